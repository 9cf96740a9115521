"""The voice encoder's ears: streaming log-mel frames. NumPy only; the state is a value.

80 Slaney-normalised mel bands of 0-8 kHz from a periodic Hann window of 25 ms every 10 ms, log10 of the power: the
front end of Whisper (openai/whisper, audio.py; arXiv 2212.04356 section 2.2) without its look at the whole recording:
a fixed gain and floor take the place of the normalisation by the recording's maximum, so that a frame never changes.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from audio_io.frames import FRAME, MIC_HZ

BANDS = 80
WINDOW = 400                                     # samples: 25 ms
LEAD = WINDOW // 2 + 2 * FRAME                   # zeros before the sound: a chunk's last window ends 7.5 ms before it
GAIN = 2.6                                       # log10 of power: speech at -26 dBFS comes out as Whisper has it
FLOOR = -6.0                                     # log10 of power after the gain
SILENCE = (FLOOR + 4) / 4                        # the feature of digital silence


def _mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's scale: linear to 1 kHz, then logarithmic."""
    return np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))


def _hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))


@cache
def slaney(bands: int, length: int, hz: float, top_hz: float) -> np.ndarray:
    """-> [length // 2 + 1, bands] float32: triangles of equal area, 0 to top_hz, for a window of `length` samples."""
    edges = _hz(np.linspace(0, float(_mel(np.array(top_hz))), bands + 2))
    bins = np.linspace(0, hz / 2, length // 2 + 1)[:, None]
    width = np.diff(edges)
    up, down = (bins - edges[:-2]) / width[:-1], (edges[2:] - bins) / width[1:]
    return np.asarray(np.maximum(0, np.minimum(up, down)) * 2 / (edges[2:] - edges[:-2]), np.float32)


def filters(bands: int = BANDS) -> np.ndarray:
    """-> [WINDOW // 2 + 1, bands] float32: the encoder's own."""
    return slaney(bands, WINDOW, MIC_HZ, MIC_HZ / 2)


@cache
def window() -> np.ndarray:
    """-> [WINDOW] float32, the periodic Hann window."""
    return np.asarray(np.hanning(WINDOW + 1)[:-1], np.float32)


def features(power: np.ndarray) -> np.ndarray:
    """power: any shape, mel power -> the same shape, about -0.5 (silence) to 1.5."""
    logs = np.log10(np.maximum(power, 1e-10)) + GAIN
    return np.asarray((np.maximum(logs, FLOOR) + 4) / 4, np.float32)


@dataclass(frozen=True, slots=True)
class MelState:
    left: np.ndarray = field(default_factory=lambda: np.zeros(LEAD, np.float32))    # samples not yet framed


def log_mel(pcm: np.ndarray, state: MelState) -> tuple[np.ndarray, MelState]:
    """pcm: [n] float32 at MIC_HZ -> ([k, BANDS] float32 frames that are complete, state).

    Frame m (from 0) is centred at (m - 2) * 10 ms of what has come in.
    """
    x = np.concatenate([state.left, np.asarray(pcm, np.float32)])
    k = max(0, (len(x) - WINDOW) // FRAME + 1)
    if k == 0:
        return np.zeros((0, BANDS), np.float32), MelState(x)
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[: k * FRAME : FRAME]
    power = np.square(np.abs(np.fft.rfft(frames * window(), axis=1))).astype(np.float32)
    # row by row: a product's last bits depend on its shape, and a frame must not depend on how the sound was cut
    bands = np.stack([row @ filters() for row in power])
    return features(bands), MelState(x[k * FRAME :])
