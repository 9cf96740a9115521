"""Sounds for the tests of the recognisers: six phrases, and what is none; and how they hear them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import butter, sosfilt

from audio_io.frames import HOP, MIC_HZ, hops
from engine.asr.recognisers import Recogniser
from engine.messages import Audio, Begin, End, Words

DATA = Path(__file__).parent / "data" / "listen"
PHRASES = {path.stem: path.read_text().strip() for path in sorted(DATA.glob("*.txt"))}
PREROLL = hops(200) * HOP
Pcm = npt.NDArray[np.float32]


def room(n: int, seed: int = 0) -> Pcm:
    """[n] of a quiet room: -66 dB of white noise."""
    return np.random.default_rng(seed).normal(0, 5e-4, n).astype(np.float32)


def spoken(name: str) -> Pcm:
    """A phrase at a usual level with a quiet room before and after."""
    pcm, hz = soundfile.read(DATA / f"{name}.flac", dtype="float32")
    assert hz == MIC_HZ
    return np.concatenate([room(PREROLL), 0.4 * pcm / np.abs(pcm).max() + room(len(pcm), 1), room(MIC_HZ // 2, 2)])


def utterance(pcm: Pcm, since: int = 7) -> Iterator[Begin | Audio | End]:
    yield Begin(since, pcm[:PREROLL])
    for at in range(PREROLL, len(pcm) - HOP + 1, HOP):
        yield Audio(since, pcm[at : at + HOP])
    yield End(since)


def hear(listener: Recogniser, pcm: Pcm, since: int = 7) -> list[tuple[int, Words]]:
    """-> (number of the message, words)."""
    return [(i, words) for i, message in enumerate(utterance(pcm, since)) for words in listener.work(message)]


def final(listener: Recogniser, pcm: Pcm) -> str:
    ends = [words.text for _, words in hear(listener, pcm) if words.final]
    assert len(ends) == 1
    return ends[0]


def click(at: int, seed: int) -> Pcm:
    """A key: 8 ms of noise that dies away."""
    out = room(MIC_HZ * 2, seed)
    burst = np.random.default_rng(seed).normal(0, 0.2, 128) * np.exp(-np.arange(128) / 30)
    out[at : at + 128] += burst.astype(np.float32)
    return out


NOISES = {
    "nothing": np.zeros(MIC_HZ * 2, np.float32),
    "room": room(MIC_HZ * 2),
    "hiss": 60 * room(MIC_HZ * 3),
    "hum": (0.1 * np.sin(2 * np.pi * 50 * np.arange(2 * MIC_HZ) / MIC_HZ)).astype(np.float32),
    "keyboard": sum((click(at, at) for at in range(4000, 30_000, 3500)), np.zeros(MIC_HZ * 2, np.float32)),
    "puff": room(MIC_HZ * 2) * np.where(np.arange(MIC_HZ * 2) // 3200 == 4, 200, 1).astype(np.float32),
}


def band(low: float, high: float) -> npt.NDArray[np.float64]:
    """2 s of noise between two frequencies (Hz)."""
    sos = butter(2, [low, high], "band", fs=MIC_HZ, output="sos")
    return np.asarray(sosfilt(sos, np.random.default_rng(3).normal(0, 1, 2 * MIC_HZ)))


def burst(at_s: float, decay_s: float) -> npt.NDArray[np.float64]:
    """2 s: nothing, then 1 within 10 ms, then a decay."""
    t = np.arange(2 * MIC_HZ) / MIC_HZ - at_s
    return np.where(t < 0, 0, np.minimum(t / 0.01, 1) * np.exp(-np.maximum(t, 0) / decay_s))


# what the search alone takes for "and", "then", "if" and "thanked"
BODILY = {
    "cough": 0.3 * band(400, 3000) * (burst(0.3, 0.12) + burst(0.8, 0.1)),
    "whoosh": 0.2 * band(500, 2500) * np.exp(-(((np.arange(2 * MIC_HZ) / MIC_HZ - 0.8) / 0.25) ** 2)),
    "clap": 0.5 * band(20, 7900) * (burst(0.3, 0.02) + burst(0.8, 0.02) + burst(1.3, 0.02)),
    "sneeze": 0.3 * band(1500, 6000) * burst(0.8, 0.2),
}
NOISES |= {name: np.clip(x + room(2 * MIC_HZ), -1, 1).astype(np.float32) for name, x in BODILY.items()}
