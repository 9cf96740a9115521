"""An encoder for tests that hears levels instead of sounds: frames of 0.01 * k are the piece number k, surely."""

import numpy as np
import numpy.typing as npt

from audio_io.frames import HOP, MIC_HZ

Pcm = npt.NDArray[np.float32]
FRAME = MIC_HZ // 50             # 20 ms
CHUNK = 5 * HOP                  # what the real one computes at once: 8 frames
PIECES = ("<blank>", "▁set", "▁a", "▁time", "r", "▁stop", "▁zol", "tan", "▁sul", "▁five", "▁minutes", "▁for", "ax")


class LevelEncoder:
    """pieces: as `engine.asr.encoder.VoiceEncoder`. sure: the posterior of the piece that is heard, 0..1."""

    pieces = PIECES

    def __init__(self, sure: float = 0.97) -> None:
        self.sure = sure

    def init_state(self) -> Pcm:
        return np.zeros(0, np.float32)

    def __call__(self, pcm: Pcm, state: Pcm) -> tuple[Pcm, Pcm, Pcm]:
        heard = np.concatenate([state, pcm])
        n = len(heard) // CHUNK * CHUNK
        rest = (1 - self.sure) / (len(PIECES) - 1)
        heard_pieces = np.rint(100 * heard[:n].reshape(-1, FRAME).mean(1)).astype(int)
        p = np.full((n // FRAME, len(PIECES)), rest)
        p[np.arange(len(p)), heard_pieces] = self.sure
        return np.zeros((len(p), 384), np.float32), np.log(p).astype(np.float32), heard[n:]


def said(*pieces: str, gap: int = 2) -> Pcm:
    """The sound of pieces: two frames each and `gap` of blank after."""
    frames = [v for piece in pieces for v in [0.01 * PIECES.index(piece)] * 2 + [0.0] * gap]
    return np.repeat(np.array(frames, np.float32), FRAME)
