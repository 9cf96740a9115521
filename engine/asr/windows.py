"""Long utterances in windows: where to cut one, and how the words of two are joined. Pure."""

import numpy as np

from audio_io.frames import FRAME, MIC_HZ

CUT_S = 10.0                     # the cut lies in the last so many seconds of a full window
QUIET = 20                       # frames of 10 ms whose energy decides where


def quietest(pcm: np.ndarray) -> int:
    """-> the sample in the last CUT_S of pcm [n] round which QUIET frames have the least energy."""
    start = max(0, len(pcm) - round(CUT_S * MIC_HZ))
    frames = pcm[start : start + (len(pcm) - start) // FRAME * FRAME].reshape(-1, FRAME)
    energy = np.convolve(np.square(frames, dtype=np.float64).sum(1), np.ones(QUIET), "valid")
    return start + (int(energy.argmin()) + QUIET // 2) * FRAME


def join(before: str, after: str) -> str:
    """Words of two windows; no space between Chinese or Japanese characters (Korean has spaces)."""
    wide = bool(before and after) and all("\u2e80" <= c < "\uac00" or c >= "\uf900" for c in (before[-1], after[0]))
    return f"{before}{after}" if wide else f"{before} {after}".strip()
