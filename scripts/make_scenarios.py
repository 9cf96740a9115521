"""Makes the sounds of assets/scenarios again: `python scripts/make_scenarios.py [FOLDER]`. Same bytes every time.

Speech comes from flite (its voices are not the assistant's); cough, mm-hm, keys, door and a room's noise are
synthesised here. Every utterance is 16 kHz mono 16 bit, its speech at -23 dBFS, with 50 ms of near silence around.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy import signal

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from audio_io.errors import NotHere, Trouble  # noqa: E402
from audio_io.files import check_writable  # noqa: E402
from audio_io.frames import MIC_HZ  # noqa: E402
from audio_io.wav import read_wav, write_wav  # noqa: E402

SPEECH_DB = -23.0                # RMS of an utterance where it is louder than 20 dB below its loudest
EDGE_S = 0.05
FLOOR_DB = -80.0                 # "near silence": digital zero would tell a detector where the file begins

SAID = {                         # file: (voice, words)
    "time_in_tokyo": ("rms", "what time is it in tokyo"),
    "and_in_london": ("rms", "and in london"),
    "tell_a_story": ("slt", "tell me a story"),
    "time_in_paris": ("slt", "what is the time in paris"),
    "stop": ("slt", "stop"),
    "low_tell_a_story": ("rms", "tell me a story"),          # the demo: one voice from beginning to end
    "low_time_in_paris": ("rms", "what is the time in paris"),
    "low_stop": ("rms", "stop"),
}
PAUSED = {                       # file: (voice, words, {number of words before the pause: seconds})
    "hesitating_timer": ("rms", "please set a timer for twenty five minutes", {5: 1.5, 6: 0.3}),
    "long_timer": ("slt", "hello please set a timer for two hours thirty minutes and twenty five seconds", {12: 1.2}),
    "hesitating_time": ("rms", "what time is it in new york", {3: 0.4, 5: 1.2}),
}


def level(db: float) -> float:
    return float(10 ** (db / 20))


def silence(seconds: float, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(round(seconds * MIC_HZ)) * level(FLOOR_DB)


def edged(x: np.ndarray, rng: np.random.Generator, db: float = SPEECH_DB) -> np.ndarray:
    """x [n] at `db` RMS, counted where it sounds, between two edges of near silence."""
    frames = x[: len(x) // 160 * 160].reshape(-1, 160)
    power = np.mean(frames**2, axis=1)
    sounding = power[power > power.max() * level(2 * -20.0)]
    x = x * level(db) / np.sqrt(sounding.mean())
    return np.concatenate([silence(EDGE_S, rng), x, silence(EDGE_S, rng)])


def flite(voice: str, text: str) -> np.ndarray:
    """-> [n] at MIC_HZ, without the pauses around."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        try:
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(wav)], check=True, capture_output=True)
        except FileNotFoundError as error:
            raise NotHere("flite is not installed; install it (package `flite`) to make the sounds again") from error
        x = read_wav(wav, MIC_HZ).astype(np.float64)
    loud = np.flatnonzero(np.abs(x) > 0.01 * np.abs(x).max())
    return x[max(0, loud[0] - 160) : loud[-1] + 160]


def word_ends(voice: str, text: str) -> list[float]:
    """Seconds at which each word but the last ends, measured by saying ever longer beginnings of the text.

    flite prints segments without words; the number of segments of each word gives the words back.
    """
    def segments(some: str) -> list[tuple[str, float]]:
        command = ["flite", "-voice", voice, "-psdur", "-t", some, "-o", "none"]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        pairs = (item.rsplit(":", 1) for item in out.split())
        return [(name, float(end)) for name, end in pairs]

    whole = [item for item in segments(text) if item[0] != "pau"]
    start = segments(text)[0][1]                       # the pause before, which `flite` cuts away
    ends, at, words = [], 0, text.split()
    for word in words[:-1]:
        at += sum(name != "pau" for name, _ in segments(word))
        ends.append(whole[at - 1][1] - start)
    return ends


def paused(voice: str, text: str, pauses: dict[int, float], rng: np.random.Generator) -> np.ndarray:
    """The sentence spoken in one go, then opened between words: its melody stays that of an unfinished sentence."""
    x, parts, at = flite(voice, text), [], 0
    ends, fade = word_ends(voice, text), np.linspace(1, 0, 160)
    x = edged(x, rng)[round(EDGE_S * MIC_HZ) : -round(EDGE_S * MIC_HZ)]
    for words, seconds in pauses.items():
        cut = quietest(x, ends[words - 1] + 0.01)
        part = x[at:cut].copy()
        part[-160:] *= fade
        if at:
            part[:160] *= fade[::-1]
        parts += [part, silence(seconds, rng)]
        at = cut
    last = x[at:].copy()
    last[:160] *= fade[::-1]
    parts.append(last)
    return np.concatenate([silence(EDGE_S, rng), *parts, silence(EDGE_S, rng)])


def quietest(x: np.ndarray, seconds: float) -> int:
    """-> the sample of least power (5 ms) within 40 ms of `seconds`."""
    power = np.convolve(x**2, np.ones(80) / 80, "same")
    a = round((seconds - 0.04) * MIC_HZ)
    return a + int(np.argmin(power[a : a + round(0.08 * MIC_HZ)]))


def voiced(f0: np.ndarray, formants: list[tuple[float, float, float]], rng: np.random.Generator) -> np.ndarray:
    """Harmonics of f0 [n] Hz (with 0.6 % jitter), falling 12 dB an octave, through formants (Hz, width, gain)."""
    knots = np.arange(len(f0) // 80 + 2) * 80
    wobble = np.interp(np.arange(len(f0)), knots, rng.standard_normal(len(knots)))
    f0 = f0 * (1 + 0.006 * wobble)
    phase = 2 * np.pi * np.cumsum(f0) / MIC_HZ
    y = np.zeros(len(f0))
    for k in range(1, 40):
        f = k * f0
        gain = sum(g / np.sqrt(1 + ((f - at) / (width / 2)) ** 2) for at, width, g in formants)
        y += np.where(f < 0.45 * MIC_HZ, gain / k**1.2, 0.0) * np.sin(k * phase)
    return y


def curve(seconds: float, points: list[tuple[float, float]]) -> np.ndarray:
    """Through (0..1 of the time, value), rounded at the corners by 15 ms. -> [n]"""
    n = round(seconds * MIC_HZ)
    line = np.interp(np.arange(n) / n, [t for t, _ in points], [v for _, v in points])
    w = signal.windows.hann(240)
    return np.convolve(np.pad(line, 120, "edge"), w / w.sum(), "same")[120:-120]


def mm_hm(pitch: float, rng: np.random.Generator) -> np.ndarray:
    """Lips closed: a low nasal murmur, a breath through the nose, and the same higher and rising at the end."""
    nasal = [(250.0, 90.0, 1.0), (1050.0, 180.0, 0.12), (2200.0, 250.0, 0.06)]
    t = 0.62
    f0 = pitch * curve(t, [(0, 1.0), (0.3, 0.93), (0.42, 0.95), (0.55, 1.12), (0.8, 1.28), (1, 1.2)])
    loud = curve(t, [(0, 0), (0.07, 0.8), (0.3, 0.7), (0.39, 0.06), (0.45, 0.08), (0.53, 1), (0.8, 0.8), (1, 0)])
    breath = curve(t, [(0, 0), (0.33, 0), (0.4, 1), (0.45, 1), (0.52, 0), (1, 0)])
    air = signal.lfilter(*signal.butter(2, [300, 2500], "band", fs=MIC_HZ), rng.standard_normal(len(f0)))
    return voiced(f0, nasal, rng) * loud + 0.06 * air * breath


def cough(rng: np.random.Generator) -> np.ndarray:
    """Two coughs: the glottis bursts open, air rushes through the mouth, a short hoarse voice ends it."""
    parts = []
    for strength, tail in ((1.0, 0.13), (0.7, 0.17)):
        t = 0.22 + tail
        n = round(t * MIC_HZ)
        noise = rng.standard_normal(n)
        bands = ((400, 900, 1.0), (1100, 2000, 0.8), (2400, 4200, 0.5), (4500, 7000, 0.25))
        rush = sum(g * signal.lfilter(*signal.butter(2, [a, b], "band", fs=MIC_HZ), noise) for a, b, g in bands)
        burst = curve(t, [(0, 0), (0.012, 1), (0.1, 0.55), (0.45, 0.22), (0.7, 0.08), (1, 0)])
        throat = [(600.0, 200.0, 1.0), (1400.0, 250.0, 0.5), (2600.0, 400.0, 0.2)]
        f0 = curve(t, [(0, 330), (0.5, 300), (1, 170)]) * (1 + 0.05 * rng.standard_normal())
        hoarse = voiced(f0, throat, rng) * (0.6 + 0.4 * np.abs(noise))
        voice = curve(t, [(0, 0), (0.1, 0.1), (0.5, 0.05), (0.6, 0.35), (0.8, 0.25), (1, 0)])
        parts += [strength * (rush * burst + 0.4 * hoarse * voice), np.zeros(round(0.12 * MIC_HZ))]
    return np.concatenate(parts[:-1])


def ring(hz: float, decay_s: float, n: int) -> np.ndarray:
    t = np.arange(n) / MIC_HZ
    return np.asarray(np.sin(2 * np.pi * hz * t) * np.exp(-t / decay_s))


def keyboard(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Keys: the finger's tap, 12 ms later the key's bottom, 60-110 ms later its release; 5-8 a second, with gaps."""
    y = np.zeros(round(seconds * MIC_HZ))
    t = 0.05
    while t < seconds - 0.3:
        force, colour = rng.uniform(0.5, 1.0), rng.uniform(0.85, 1.2)
        for later, gain in ((0.0, 0.35), (0.012, 1.0), (rng.uniform(0.06, 0.11), 0.4)):
            n = round(0.03 * MIC_HZ)
            tap = rng.standard_normal(n) * np.exp(-np.arange(n) / (0.0025 * MIC_HZ))
            plate = 0.8 * ring(420 * colour, 0.006, n) + 0.5 * ring(2300 * colour, 0.003, n)
            at = round((t + later) * MIC_HZ)
            y[at : at + n] += force * gain * (tap + plate)
        t += rng.uniform(0.12, 0.2) if rng.random() < 0.8 else rng.uniform(0.35, 0.7)
    return y


def door(rng: np.random.Generator) -> np.ndarray:
    """A latch, then the leaf against the frame: low modes of the wall and a dull crash."""
    n = round(0.9 * MIC_HZ)
    y = np.zeros(n)
    for at_s, gain in ((0.05, 0.15), (0.09, 0.1)):
        at = round(at_s * MIC_HZ)
        y[at:] += gain * (ring(1800, 0.008, n - at) + ring(3100, 0.004, n - at))
    at = round(0.2 * MIC_HZ)
    for hz, decay, gain in ((62, 0.16, 1.0), (97, 0.12, 0.8), (148, 0.08, 0.6), (231, 0.05, 0.4), (410, 0.03, 0.25)):
        y[at:] += gain * ring(hz, decay, n - at)
    crash = signal.lfilter(*signal.butter(2, 1200, fs=MIC_HZ), rng.standard_normal(n - at))
    y[at:] += 0.9 * crash * np.exp(-np.arange(n - at) / (0.03 * MIC_HZ))
    return y * curve(0.9, [(0, 1), (0.9, 1), (1, 0)])


def fan(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A fan that starts and stops: noise falling with frequency, and the hum of its motor."""
    n = round(seconds * MIC_HZ)
    rush = signal.lfilter([1.0], [1.0, -0.95], rng.standard_normal(n))
    hum = sum(ring(hz, 1e9, n) * g for hz, g in ((99.0, 1.0), (198.0, 0.5), (297.0, 0.2)))
    return (rush + hum) * curve(seconds, [(0, 0), (0.2, 1), (0.8, 1), (1, 0)])


def sounds() -> dict[str, np.ndarray]:
    """File name without ending -> [n] at MIC_HZ. Each has a generator of its own: one can change, others stay."""
    made = {name: edged(flite(*said), _rng(name)) for name, said in SAID.items()}
    made |= {name: paused(*said, _rng(name)) for name, said in PAUSED.items()}
    made |= {f"mm_hm_{i}": edged(mm_hm(hz, _rng(f"mm{i}")), _rng(f"mm{i}"), -27) for i, hz in ((1, 118.0), (2, 190.0))}
    made["cough"] = edged(cough(_rng("cough")), _rng("cough"), -22)
    made["keyboard"] = edged(keyboard(3.0, _rng("keyboard")), _rng("keyboard"), -34)
    made["door"] = edged(door(_rng("door")), _rng("door"), -25)
    made["fan"] = edged(fan(3.0, _rng("fan")), _rng("fan"), -45)
    return made


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else ROOT / "assets" / "scenarios"
    try:
        check_writable(folder)
        for name, pcm in sounds().items():
            if clipped := write_wav(folder / f"{name}.wav", pcm, MIC_HZ):
                raise Trouble(f"{name}.wav: {clipped} samples are over full scale; lower its level in {__file__}")
    except Trouble as error:
        print(error, file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
