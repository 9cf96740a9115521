"""Sounds of a conversation, [n] float32 at MIC_HZ: silences found, vowels lengthened, hums, laughs, coughs, keyboards.

Levels: speech is brought to LEVEL (RMS of its active parts); everything else is given relative to that.
"""

from itertools import pairwise

import numpy as np
from scipy import signal
from scipy.fft import irfft, next_fast_len, rfft

from audio_io.frames import MIC_HZ

FRAME_S = 0.01
FRAME_N = MIC_HZ // 100
LEVEL_DB = -26.0
LEVEL = 10 ** (LEVEL_DB / 20)
FADE_N = MIC_HZ // 200           # 5 ms at either side of a cut
Sound = np.ndarray
Rng = np.random.Generator


def frame_db(x: Sound) -> Sound:
    """[n] -> [n // 10 ms] dB to full scale, at least -100."""
    k = len(x) // FRAME_N
    power = np.mean(x[: k * FRAME_N].reshape(k, FRAME_N).astype(np.float64) ** 2, axis=1)
    return np.asarray(10 * np.log10(power + 1e-10))


def threshold_db(db: Sound, least: float = -200.0) -> float:
    """Between silence and speech: 30 dB below the loud parts (`least` at least), above the recording's own noise."""
    loud, quiet = max(np.percentile(db, 95), least), np.percentile(db, 3)
    return float(max(loud - 30, min(quiet + 6, loud - 20)))


def runs(flags: Sound) -> list[tuple[int, int]]:
    """-> [first, after the last) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def voice_runs(x: Sound, least: float = -200.0) -> list[tuple[int, int]]:
    """-> [first, after the last) frame of every stretch of voice, no click, no breath; gaps of 20 ms closed.

    least: dB; how loud the loud parts are that a piece was cut from, lest the noise of a silent piece pass for voice.
    """
    db = frame_db(x)
    if not len(db) or db.max() < -70:
        return []
    loud = max(np.percentile(db, 95), least)
    found = [(a, b) for a, b in runs(db > threshold_db(db, least)) if b - a >= 4 and db[a:b].max() > loud - 16]
    joined: list[tuple[int, int]] = []
    for a, b in found:
        if joined and a - joined[-1][1] <= 2:
            a = joined.pop()[0]
        joined.append((a, b))
    return joined


def edges(x: Sound, least: float = -200.0) -> tuple[int, int]:
    """-> [start, end) of the voice in x, in samples; (0, 0) where there is none. least: see `voice_runs`."""
    found = voice_runs(x, least)
    return (found[0][0] * FRAME_N, found[-1][1] * FRAME_N) if found else (0, 0)


def trimmed(x: Sound) -> Sound:
    """Without the silence before and after; empty where there is nothing but silence."""
    a, b = edges(x)
    return x[a:b]


def silences(x: Sound, shortest_s: float, least: float = -200.0) -> list[tuple[int, int]]:
    """-> [start, end) in samples of the silences inside, none of those at the edges. least: see `voice_runs`."""
    found = voice_runs(x, least)
    between = [(a * FRAME_N, b * FRAME_N) for (_, a), (b, _) in pairwise(found)]
    return [(a, b) for a, b in between if b - a >= shortest_s * MIC_HZ]


def dips(x: Sound, margin_s: float = 0.35) -> list[int]:
    """-> samples where the energy is lowest between two loud stretches: words' edges and closures, deepest first."""
    db = frame_db(x)
    m = int(margin_s / FRAME_S)
    if len(db) < 2 * m + 3:
        return []
    db = np.convolve(db, [0.25, 0.5, 0.25], "same")
    minima = signal.argrelmin(db, order=4)[0]
    minima = minima[(minima > m) & (minima < len(db) - m)]
    return [int(i) * FRAME_N + FRAME_N // 2 for i in minima[np.argsort(db[minima], kind="stable")]]


def quietest(x: Sound, at: int, reach_s: float = 0.04) -> int:
    """-> the sample near `at` where 5 ms are quietest: a word's edge there is least of a click."""
    reach = int(reach_s * MIC_HZ)
    a, b = max(0, at - reach), min(len(x), at + reach)
    if b <= a:
        return min(max(at, 0), len(x))
    power = np.convolve(x[a:b].astype(np.float64) ** 2, np.ones(FADE_N), "same")
    return a + int(np.argmin(power[: b - a]))


def faded(x: Sound, n: int = FADE_N) -> Sound:
    """Both edges brought to zero within n samples."""
    y = np.array(x, np.float32)
    n = min(n, len(y) // 2)
    if n:
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
        y[:n] *= ramp
        y[-n:] *= ramp[::-1]
    return y


def levelled(x: Sound, level: float = LEVEL) -> Sound:
    """Active RMS brought to `level`."""
    db = frame_db(x)
    if not len(db):
        return x
    active = db[db > threshold_db(db)]
    rms = np.sqrt(np.mean(10 ** (active / 10))) if len(active) else 0.0
    return np.asarray(x * (level / rms), np.float32) if rms > 1e-5 else np.asarray(x, np.float32)


def resampled(x: Sound, factor: float) -> Sound:
    """Faster and higher by `factor`: a shorter vocal tract. Band-limited, any length."""
    n = max(2, round(len(x) / factor))
    m = next_fast_len(len(x), real=True)
    out = round(m / factor)
    spectrum = rfft(np.pad(np.asarray(x, np.float64), (0, m - len(x))))
    k = out // 2 + 1
    spectrum = spectrum[:k] if k <= len(spectrum) else np.pad(spectrum, (0, k - len(spectrum)))
    return np.asarray(irfft(spectrum, out)[:n] * (out / m), np.float32)


def lengthened(x: Sound, tail_s: float, factor: float) -> Sound:
    """The last `tail_s` drawn out by `factor`, pitch kept: overlap-add of 32 ms pieces at the best-fitting places."""
    n, hop = MIC_HZ * 32 // 1000, MIC_HZ * 16 // 1000
    start = max(0, len(x) - int(tail_s * MIC_HZ))
    tail = np.asarray(x[start:], np.float32)
    if len(tail) < 3 * n:
        return x
    window = np.hanning(n + 1)[:n].astype(np.float32)
    count = int(len(tail) * factor / hop)
    out = np.zeros(count * hop + n, np.float32)
    weight = np.zeros_like(out)
    wanted = 0
    for i in range(count):
        ideal = min(int(i * hop / factor), len(tail) - n)
        low, high = max(0, ideal - hop // 2), min(len(tail) - n, ideal + hop // 2)
        if i and high > low:
            target = tail[wanted : wanted + n] if wanted + n <= len(tail) else tail[-n:]
            windows = np.lib.stride_tricks.sliding_window_view(tail[low : high + n], n)[::4]
            ideal = low + 4 * int(np.argmax(windows @ target))
        at = min(ideal, len(tail) - n)
        out[i * hop : i * hop + n] += tail[at : at + n] * window
        weight[i * hop : i * hop + n] += window
        wanted = at + hop
    stretched = out / np.maximum(weight, 0.1)
    k = min(n // 2, start)
    joined = np.concatenate([x[:start], stretched])
    if k:                                                         # the seam: half a piece of crossfade
        ramp = np.linspace(0, 1, k, dtype=np.float32)
        joined[start : start + k] = x[start : start + k] * (1 - ramp) + stretched[:k] * ramp
    return np.asarray(joined, np.float32)


def pitch_hz(x: Sound) -> float:
    """Median pitch of the voiced frames, 70..350 Hz; 150 where there is none."""
    n = 640
    frames = [x[i : i + n] for i in range(0, max(0, min(len(x), 4 * MIC_HZ) - n), 640)]
    found = []
    for f in frames:
        spectrum = np.abs(rfft(f * np.hanning(n), 2 * n)) ** 2
        r = irfft(spectrum)[: MIC_HZ // 70]
        lag = MIC_HZ // 350 + int(np.argmax(r[MIC_HZ // 350 :]))
        if r[0] > 1e-3 and r[lag] > 0.5 * r[0]:
            found.append(MIC_HZ / lag)
    return float(np.median(found)) if len(found) > 3 else 150.0


# -- sounds made here ------------------------------------------------------------------------------------
def voiced(hz: Sound, loud: Sound, formants: tuple[tuple[float, float], ...], rng: Rng) -> Sound:
    """A voice: pulses at the pitch `hz` [n], as loud as `loud` [n], through resonances (Hz, bandwidth)."""
    phase = np.cumsum(hz * (1 + 0.01 * smooth_noise(len(hz), 12, rng)) / MIC_HZ)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    x = signal.lfilter([1.0], [1.0, -1.85, 0.8556], pulses) * loud           # a glottis falls by 12 dB an octave
    x = x - np.convolve(x, np.ones(160) / 160, "same")
    x = x + 0.02 * np.std(x) * rng.standard_normal(len(x)) * loud
    for hz_f, width in formants:
        r, w = np.exp(-np.pi * width / MIC_HZ), 2 * np.pi * hz_f / MIC_HZ
        x = signal.lfilter([1 - 2 * r * np.cos(w) + r * r], [1.0, -2 * r * np.cos(w), r * r], x)
    return np.asarray(x, np.float32)


def smooth_noise(n: int, hz: float, rng: Rng) -> Sound:
    """[n], about -1..1, that changes `hz` times a second."""
    k = max(4, int(n * hz / MIC_HZ) + 4)
    return np.interp(np.arange(n), np.linspace(0, n, k), rng.uniform(-1, 1, k))


VOWELS = {
    "m": ((250, 60), (1000, 200), (2200, 300)),
    "uh": ((620, 90), (1200, 110), (2500, 170), (3400, 250)),
    "ah": ((750, 90), (1150, 110), (2600, 170), (3400, 250)),
}
HUMS = {"mm-hm": "m", "mm": "m", "uh-huh": "uh", "um": "m", "uh": "uh", "hmm": "m"}


def hum(kind: str, hz: float, tract: float, rng: Rng) -> Sound:
    """One of HUMS with a pitch of about `hz`; tract: 0.85..1.2, the resonances' factor. LEVEL, trimmed."""
    two = kind in ("mm-hm", "uh-huh")
    seconds = rng.uniform(0.3, 0.55) if two or kind in ("mm", "uh") else rng.uniform(0.35, 0.8)
    n = int(seconds * MIC_HZ)
    t = np.arange(n) / n
    rise = rng.uniform(0.05, 0.3) if two else rng.uniform(-0.2, 0.03)
    contour = hz * rng.uniform(0.85, 1.1) * (1 + rise * t)
    loud = np.minimum(1, np.minimum(t, 1 - t) * rng.uniform(6, 12))
    if two:
        loud = loud * (1 - 0.9 * np.exp(-(((t - rng.uniform(0.4, 0.5)) / 0.07) ** 2)))
    shape = tuple((f * tract, w) for f, w in VOWELS[HUMS[kind]])
    x = voiced(contour, loud, shape, rng)
    if kind == "um":                                              # opens as "uh", closes as "m"
        ramp = np.clip((t - 0.45) * 8, 0, 1)
        x = x * ramp + (1 - ramp) * voiced(contour, loud, tuple((f * tract, w) for f, w in VOWELS["uh"]), rng)
    return levelled(faded(trimmed(np.asarray(x, np.float32))))


def breath_noise(n: int, low: float, high: float, rng: Rng) -> Sound:
    """[n] noise in a band, RMS 1."""
    sos = signal.butter(2, (low, min(high, MIC_HZ * 0.48)), "bandpass", fs=MIC_HZ, output="sos")
    x = signal.sosfilt(sos, rng.standard_normal(n))
    return np.asarray(x / (np.std(x) + 1e-9), np.float32)


def laugh(hz: float, tract: float, rng: Rng) -> Sound:
    """Breathy bursts, four to six a second, falling in pitch and level."""
    rate, count = rng.uniform(4, 6), int(rng.integers(2, 8))
    n = int(count / rate * MIC_HZ)
    t = np.arange(n) / MIC_HZ
    beat = np.clip(np.sin(2 * np.pi * (rate * t - 0.1)), 0, 1) ** 0.7 * np.exp(-t * rng.uniform(0.3, 1.0))
    shape = tuple((f * tract, w) for f, w in VOWELS["ah"])
    tone = voiced(hz * rng.uniform(1.2, 1.9) * np.exp(-0.2 * t), beat, shape, rng)
    tone = tone / (np.std(tone) + 1e-9) * rng.uniform(0.3, 1.0)
    air = breath_noise(n, 500 * tract, 4500, rng) * (beat + 0.15) * rng.uniform(0.2, 0.7)
    return levelled(faded(trimmed(np.asarray(tone + air, np.float32))))


def cough(rng: Rng, throat: bool) -> Sound:
    """One to three bursts; with `throat` a longer, softer clearing of it."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.uniform(0.15, 0.35) * MIC_HZ)
        t = np.arange(n) / MIC_HZ
        shape = np.minimum(1, t * 200) * np.exp(-t * (rng.uniform(6, 10) if throat else rng.uniform(10, 22)))
        x = breath_noise(n, 300, 5500, rng) + rng.uniform(0.2, 1.2) * breath_noise(n, 350, 900, rng)
        if throat:
            x = x * (1 + 0.8 * np.sign(np.sin(2 * np.pi * rng.uniform(35, 60) * t)))
        parts += [x * shape, np.zeros(int(rng.uniform(0.02, 0.25) * MIC_HZ))]
    return levelled(faded(trimmed(np.concatenate(parts).astype(np.float32))))


def keyboard(rng: Rng) -> Sound:
    """Keys for 0.6 to 4 s: two short clicks each."""
    n = int(rng.uniform(0.6, 4.0) * MIC_HZ)
    x = np.zeros(n + 2000, np.float32)
    at = 0.0
    tone = breath_noise(800, rng.uniform(800, 2000), 7000, rng) * np.exp(-np.arange(800) / rng.uniform(40, 120))
    while (at := at + rng.gamma(3, 0.05)) * MIC_HZ < n - 1600:
        i = int(at * MIC_HZ)
        x[i : i + 800] += tone * rng.uniform(0.3, 1)
        j = i + int(rng.uniform(0.05, 0.09) * MIC_HZ)
        x[j : j + 800] += (tone * rng.uniform(0.1, 0.5))[: len(x[j : j + 800])]
    return levelled(faded(x[:n]))


def door(rng: Rng) -> Sound:
    """A door or something set down: a dull knock that rings."""
    n = int(rng.uniform(0.25, 0.7) * MIC_HZ)
    t = np.arange(n) / MIC_HZ
    x = breath_noise(n, 60, rng.uniform(300, 900), rng) * np.exp(-t * rng.uniform(10, 25))
    x = x + 0.4 * breath_noise(n, 1000, 4000, rng) * np.exp(-t * 60)
    return levelled(faded(np.asarray(x, np.float32)))


def floor_noise(n: int, like: Sound, rng: Rng) -> Sound:
    """[n] noise with the spectrum and level of the quietest tenth of `like`: a recording's own background."""
    k = 512
    if len(like) < 40 * k:
        return np.zeros(n, np.float32)
    frames = like[: len(like) // k * k].reshape(-1, k)
    quiet = np.argsort(np.sum(frames**2, axis=1), kind="stable")[: max(4, len(frames) // 12)]
    power = np.mean(np.abs(rfft(frames[quiet] * np.hanning(k), axis=1)) ** 2, axis=0) / (0.375 * k)
    m = next_fast_len(n, real=True)
    shape = np.interp(np.linspace(0, 1, m // 2 + 1), np.linspace(0, 1, k // 2 + 1), np.sqrt(power))
    x = irfft(rfft(rng.standard_normal(m)) * shape, m)[:n]
    return np.asarray(x, np.float32)
