"""What the tests of the voice listen with."""

import numpy as np

from audio_io.frames import VOICE_HZ
from engine.messages import Chunk, Phrase, Style
from engine.tts.espeak import EspeakVoice


def say(voice: EspeakVoice, text: str, style: Style | None = None, last: bool = False) -> list[Chunk]:
    return list(voice.work(Phrase(text, style or Style(), last)))


def sound(chunks: list[Chunk]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.pcm for chunk in chunks)])


def words(chunks: list[Chunk]) -> list[str]:
    return [word for chunk in chunks for _, word in chunk.words]


def times(chunks: list[Chunk]) -> list[int]:
    """The sample of the phrase at which each word begins."""
    out, at = [], 0
    for chunk in chunks:
        out += [at + k for k, _ in chunk.words]
        at += len(chunk.pcm)
    return out


def voiced(x: np.ndarray) -> np.ndarray:
    """Without the silence around it."""
    loud = np.flatnonzero(np.abs(x) > 0.01)
    return x[loud[0] : loud[-1] + 1]


def pitch_hz(x: np.ndarray) -> float:
    """Median fundamental frequency over the voiced frames, by autocorrelation."""
    found = []
    size = VOICE_HZ // 25
    for i in range(0, len(x) - size, size // 2):
        frame = x[i : i + size] - x[i : i + size].mean()
        r = np.correlate(frame, frame, "full")[size - 1 :]
        lags = r[VOICE_HZ // 400 : VOICE_HZ // 60]
        if r[0] > 0.5 and lags.max() > 0.5 * r[0]:
            found.append(VOICE_HZ / (VOICE_HZ // 400 + int(lags.argmax())))
    return float(np.median(found))


def check(text: str, chunks: list[Chunk], last: bool) -> None:
    assert words(chunks) == text.split()
    at = times(chunks)
    assert at == sorted(at)
    for chunk in chunks:
        assert chunk.pcm.dtype == np.float32
        assert chunk.pcm.ndim == 1
        assert len(chunk.pcm) <= VOICE_HZ // 20
        assert all(0 <= k < len(chunk.pcm) for k, _ in chunk.words)
        assert np.isfinite(chunk.pcm).all()
    assert [chunk.last for chunk in chunks[:-1]] == [False] * (len(chunks) - 1) if chunks else not last
    assert not chunks or chunks[-1].last == last
