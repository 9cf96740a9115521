"""From two dry tracks to what a device records: a telephone, headphones, or loudspeakers in a room.

The loudspeakers' echo goes through `audio_io.room.Room` and is taken off by `audio_io.ears.Ears`, the product's own
code, so that a model learns the residue it will hear.
"""

import random
from dataclasses import dataclass, replace

import numpy as np
from scipy import signal
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

from audio_io.dsp import echo
from audio_io.ears import Ears
from audio_io.frames import BLOCK_MS, HOP, MIC_HZ
from audio_io.room import Room, RoomShape, near_response
from engine.training.dialogues.people import numpy_rng
from engine.training.dialogues.recordings import Recordings
from engine.training.dialogues.sound import LEVEL, floor_noise

MU = 255.0
EQ_HZ = (50, 150, 400, 1000, 2500, 5000, 8000)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Dry sound, [n] float32 at MIC_HZ at LEVEL: the user, what is far from the microphone, the assistant."""

    user: np.ndarray
    far: np.ndarray
    assistant: np.ndarray


@dataclass(frozen=True, slots=True)
class Taken:
    """mic, played, clean: [n] float32; clean is None where nothing was to be removed."""

    mic: np.ndarray
    played: np.ndarray
    clean: np.ndarray | None
    about: dict[str, float | str | bool]


def convolved(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """-> [len(x)]"""
    n = next_fast_len(len(x) + len(h) - 1, real=True)
    return np.asarray(irfft(rfft(x, n) * rfft(h, n), n)[: len(x)], np.float32)


def shaped(x: np.ndarray, db: tuple[float, ...]) -> np.ndarray:
    """An equaliser with zero phase: db at EQ_HZ, straight lines between on a logarithmic scale."""
    n = next_fast_len(len(x), real=True)
    at = np.log(np.maximum(rfftfreq(n, 1 / MIC_HZ), 20))
    gain = 10 ** (np.interp(at, np.log(EQ_HZ), db) / 20)
    return np.asarray(irfft(rfft(x, n) * gain, n)[: len(x)], np.float32)


def some_eq(rng: random.Random, spread_db: float) -> tuple[float, ...]:
    return tuple(rng.gauss(0, spread_db) for _ in EQ_HZ)


def mu_law(x: np.ndarray) -> np.ndarray:
    """Through the 8-bit code of the telephone (G.711) at half the rate and back."""
    half = signal.resample_poly(x, 1, 2)
    coded = np.rint(np.sign(half) * np.log1p(MU * np.minimum(1, np.abs(half))) / np.log1p(MU) * 127) / 127
    back = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return np.asarray(signal.resample_poly(back, 2, 1)[: len(x)], np.float32)


def telephone_line(x: np.ndarray, rng: random.Random) -> np.ndarray:
    """300-3400 Hz, give or take a handset, and mostly mu-law. Zero phase: labels stay exact."""
    low, high = rng.uniform(200, 400), rng.uniform(3000, 3700)
    n = next_fast_len(len(x), real=True)
    f = rfftfreq(n, 1 / MIC_HZ)
    band = 1 / np.sqrt(1 + (low / np.maximum(f, 1)) ** rng.choice((4, 8))) / np.sqrt(1 + (f / high) ** 24)
    y = np.asarray(irfft(rfft(x, n) * band, n)[: len(x)], np.float32)
    return mu_law(np.clip(y, -1, 1)) if rng.random() < 0.8 else y


def noise(n: int, recordings: Recordings | None, rng: random.Random) -> np.ndarray:
    """[n] with RMS 1: a room's noise from the recordings (from a place of its own) or coloured noise."""
    gen = numpy_rng(rng)
    found = recordings.of("noise") if recordings else []
    if found and recordings is not None and rng.random() < 0.5:
        x = recordings.pcm(rng.choice(found))
        if rng.random() < 0.5:
            x = floor_noise(n, x, gen)
        else:
            start = rng.randrange(len(x))
            x = np.resize(np.roll(x, -start), n)
    else:
        m = next_fast_len(n, real=True)
        f = np.maximum(rfftfreq(m, 1 / MIC_HZ), 30)
        x = irfft(rfft(gen.standard_normal(m)) * f ** -rng.uniform(0.0, 1.0), m)[:n]
        if rng.random() < 0.3:                                    # mains
            hum = rng.choice((50, 60))
            x = x / np.std(x) + 0.5 * np.sin(2 * np.pi * hum * np.arange(n) / MIC_HZ)
    return np.asarray(x / (np.std(x) + 1e-9), np.float32)


def room_response(rt60_s: float, recordings: Recordings | None, rng: random.Random) -> np.ndarray:
    """-> [k] mouth to microphone, the direct sound first: made by `near_response`, or measured, cut to 0.6 s."""
    found = recordings.room_responses() if recordings else []
    if found and recordings is not None and rng.random() < 0.15 and rt60_s > 0.2:
        h = recordings.pcm(rng.choice(found))
        peak = int(np.argmax(np.abs(h)))
        h = h[peak : peak + int(0.6 * MIC_HZ)] / (np.abs(h[peak]) + 1e-9)
        h = h * np.exp(-np.arange(len(h)) / (0.25 * MIC_HZ))
        tail = np.linalg.norm(h[1:])
        return np.asarray(h / max(1.0, float(tail)), np.float32)
    shape = RoomShape(rt60_s=rt60_s, seed=rng.getrandbits(32))
    return near_response(shape, MIC_HZ, np.random.default_rng(shape.seed))


def _near(tracks: Tracks, rt60_s: float, recordings: Recordings | None, rng: random.Random) -> np.ndarray:
    """The user and what is far, each through a response of its own."""
    x = convolved(tracks.user, room_response(rt60_s, recordings, rng)) if rt60_s else tracks.user
    if tracks.far.any():
        x = x + convolved(tracks.far, room_response(rng.uniform(0.3, 0.9), recordings, rng))
    return np.asarray(x, np.float32)


def _level(x: np.ndarray, gain_db: float) -> np.ndarray:
    return np.asarray(np.clip(x * 10 ** (gain_db / 20), -1, 1), np.float32)


def telephone(tracks: Tracks, recordings: Recordings | None, rng: random.Random) -> Taken:
    """Two people on the line, each with a handset and a noise of their own; sometimes a faint echo of the other."""
    n = len(tracks.user)
    rt60 = rng.choice((0.0, 0.1, 0.2, 0.35))
    snr = (rng.uniform(14, 45), rng.uniform(14, 45))
    left = _near(tracks, rt60, recordings, rng) + noise(n, recordings, rng) * LEVEL * 10 ** (-snr[0] / 20)
    right = convolved(tracks.assistant, room_response(rng.choice((0.05, 0.2)), None, rng))
    right = right + noise(n, recordings, rng) * LEVEL * 10 ** (-snr[1] / 20)
    left, right = shaped(left, some_eq(rng, 2.5)), shaped(right, some_eq(rng, 2.5))
    leak_db = -120.0
    if rng.random() < 0.35:
        leak_db = -rng.uniform(25, 50)
        delay = int(rng.uniform(0.0, 0.15) * MIC_HZ)
        other = np.concatenate([np.zeros(delay, np.float32), right])[:n]
        left, right = (left + other * np.float32(10 ** (leak_db / 20)),
                       right + left * np.float32(10 ** (-rng.uniform(28, 55) / 20)))  # fmt: skip
    gain = rng.uniform(-15, 10)
    left = telephone_line(_level(left, gain), rng)
    right = telephone_line(_level(right, rng.uniform(-12, 8)), rng)
    return Taken(left, right, None, {"rt60_s": rt60, "ser_db": round(-leak_db, 1), "snr_db": round(snr[0], 1),
                                     "gain_db": round(gain, 1)})  # fmt: skip


def headphones(tracks: Tracks, recordings: Recordings | None, rng: random.Random) -> Taken:
    """A close or a far microphone, no echo."""
    n = len(tracks.user)
    rt60 = rng.choice((0.0, 0.15, 0.3, 0.5))
    snr = rng.uniform(12, 50)
    mic = _near(tracks, rt60, recordings, rng) + noise(n, recordings, rng) * LEVEL * 10 ** (-snr / 20)
    gain = rng.uniform(-15, 10)
    mic = _level(shaped(mic, some_eq(rng, 3)), gain)
    return Taken(mic, _level(tracks.assistant, rng.uniform(-6, 6)), None,
                 {"rt60_s": rt60, "ser_db": 120.0, "snr_db": round(snr, 1), "gain_db": round(gain, 1)})  # fmt: skip


def loudspeaker(tracks: Tracks, recordings: Recordings | None, rng: random.Random) -> Taken:
    """The assistant out of a loudspeaker, its echo taken off by the product's canceller."""
    n = len(tracks.user)
    shape = RoomShape(
        delay_ms=rng.uniform(8, 180), echo_db=rng.uniform(-22, 4), rt60_s=rng.uniform(0.12, 0.6),
        nonlinear=rng.random() < 0.5, drift_ppm=rng.choice((0.0, 0.0, rng.uniform(-60, 60))), noise_db=-120.0,
        seed=rng.getrandbits(32),
    )  # fmt: skip
    snr = rng.uniform(14, 45)
    played = _level(tracks.assistant, rng.uniform(-4, 8))
    heard = _echo(replace(shape), played)
    near = _near(tracks, shape.rt60_s, recordings, rng)
    mic = near + heard + noise(n, recordings, rng) * LEVEL * 10 ** (-snr / 20)
    gain = rng.uniform(-15, 6)
    mic = _level(shaped(mic, some_eq(rng, 2.5)), gain)
    ser = 20 * np.log10(LEVEL / (np.sqrt(np.mean(heard[np.abs(heard) > 1e-4] ** 2)) + 1e-9)) if heard.any() else 120.0
    return Taken(mic, played, _cleaned(mic, played), {
        "rt60_s": round(shape.rt60_s, 3), "ser_db": round(float(ser), 1), "snr_db": round(snr, 1),
        "gain_db": round(gain, 1), "nonlinear": shape.nonlinear, "delay_ms": round(shape.delay_ms, 1),
    })  # fmt: skip


def _echo(shape: RoomShape, played: np.ndarray) -> np.ndarray:
    """-> [n] float32: what the loudspeaker brings to the microphone, through the simulated device."""
    room = Room(shape, hz=MIC_HZ)
    room.start()
    block = MIC_HZ * BLOCK_MS // 1000
    padded = np.concatenate([played, np.zeros(-len(played) % block, np.float32)])
    for i in range(0, len(padded), block):
        room.speaker.push(padded[i : i + block])
        room.advance(1)
        room.mic.take(block)
        room.reference.take(block)
    return room.recording("echo")[: len(played)]


def _cleaned(mic: np.ndarray, played: np.ndarray) -> np.ndarray:
    """-> [n] float32: what `Ears` give as Heard.clean, the canceller's 10 ms late; a last part of a hop is silence."""
    ears = Ears(MIC_HZ, echo.make(echo.DEFAULT), vad=lambda: lambda x: 0.0)
    heard = [h.clean for h in ears.hear(mic, played)]
    out = np.concatenate([*heard, np.zeros(HOP, np.float32)])[: len(mic)]
    return np.concatenate([out, np.zeros(len(mic) - len(out), np.float32)])


DEVICES = {"telephone": telephone, "loudspeaker": loudspeaker, "headphones": headphones}
