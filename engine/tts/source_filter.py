"""From the spectra that hibari's network predicts to sound, with what a voice is coloured by on the way.

Per frame of 12.5 ms the network gives a filter for a pulse train (the voiced part), a level of noise (the unvoiced
part), a part with phases of its own, and F0. Because source and filter are apart, pitch moves without the formants:

    S = exp(lh) e^(i pi tanh(theta)) STFT(pulses(f0)) + exp(ln) Z + exp(lr) e^(i phi)          then one inverse STFT

The formula and its sizes are those of hibari-tts 0.2.1 (`hibari/dsp.py`, Apache-2.0, Maureese Williams), which does a
sentence at a time; this is the same in blocks of frames, so that sound leaves early and work can be stopped.
Pulse train: the closed form of a sum of cosines of equal amplitude (Dirichlet kernel).

The filter was learnt with its own F0 and means something only at that F0's harmonics: between them there was hardly
any sound to shape. Where F0 is moved or replaced by noise, the filter is therefore read at the old harmonics and drawn
through between them (the envelope that a source-filter vocoder would have), and the part with phases of its own,
which carries the old F0, is held back below FREE_HZ.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import fft

from audio_io.frames import VOICE_HZ

N_FFT, HOP = 1200, 300           # samples: 50 ms, 12.5 ms
BINS = N_FFT // 2 + 1
OVERLAP = N_FFT // HOP
VOICED_HZ = 40.0                 # an F0 below it means that there is none
HIGHEST_HZ = 11_000.0            # of a harmonic
BLOCK = 24                       # frames that are made at a time: 300 ms of sound, about 1 ms of work
LOUDEST = 7.0                    # of a log magnitude
FREE_HZ, FREE_HELD = 2500.0, 0.25
PIVOT_HZ = 400.0                 # tilt leaves what is below alone
NOISE_AS_PULSES = 0.27           # noise of this factor is as strong as a pulse train of 200 Hz in the same filter
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
ANALYSIS = WINDOW / np.float32(N_FFT / 4)        # a cosine of amplitude 1 peaks at 1
SYNTHESIS = WINDOW / np.float32(1.5)             # squared windows at a quarter of their length add up to 1.5
SEED = 0                         # the same phrase is the same bytes


@dataclass(frozen=True, slots=True)
class Spectra:
    """What the network predicts of one clause; [BINS, F] float32 each, f0 [F] in Hz (below VOICED_HZ: none)."""

    harmonic: np.ndarray         # log magnitude
    theta: np.ndarray
    noise: np.ndarray            # log magnitude
    free: np.ndarray             # log magnitude of the part with phases of its own
    phi: np.ndarray              # radians
    f0: np.ndarray


@dataclass(frozen=True, slots=True)
class Colour:
    """pitch: factor on F0. melody: factor on its distance from its mean, in octaves; 0 is one note.

    tilt: dB an octave above PIVOT_HZ, positive is brighter. breath: 0..1, how much of the voiced part becomes noise
    in the same filter; 1 is a whisper. Nothing is changed by 1, 1, 0, 0.
    """

    pitch: float = 1.0
    melody: float = 1.0
    tilt: float = 0.0
    breath: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether the voiced part gets another source than it was predicted with."""
        return self != Colour(tilt=self.tilt)


def render(spectra: Spectra, colour: Colour) -> Iterator[np.ndarray]:
    """-> float32 at VOICE_HZ, BLOCK frames at a time; HOP samples for each of the F frames in all."""
    frames = len(spectra.f0)
    f0 = coloured(spectra.f0, colour) if colour.moves else spectra.f0
    source = np.pad(pulses(f0), N_FFT // 2)              # frame k is centred at sample k * HOP
    # fewer harmonics, each of them stronger: as loud at any pitch
    even = np.sqrt(np.where(spectra.f0 > VOICED_HZ, f0 / np.maximum(spectra.f0, 1), 1), dtype=np.float32)
    rng = np.random.default_rng(SEED)
    gain = np.exp(_tilted(colour.tilt))[:, None]
    tail = np.zeros((OVERLAP, HOP), np.float32)          # begun, waits for the windows that follow
    skip = OVERLAP // 2                                  # hops: the first window begins before the sound does
    for at in range(0, frames, BLOCK):
        until = min(at + BLOCK, frames)
        windows = np.lib.stride_tricks.sliding_window_view(source, N_FFT)[at * HOP : until * HOP : HOP]
        voiced = fft.rfft(windows * ANALYSIS, axis=1).T
        voiced *= even[at:until]
        parts = fft.irfft((_spectrum(spectra, slice(at, until), voiced, colour, rng) * gain).T, n=N_FFT, axis=1)
        parts = (parts * SYNTHESIS).reshape(-1, OVERLAP, HOP)
        sound = np.concatenate([tail, np.zeros((until - at, HOP), np.float32)])
        for k in range(OVERLAP):
            sound[k : k + until - at] += parts[:, k]
        ready, tail = sound[: until - at], sound[until - at :]
        yield ready[skip:].reshape(-1)
        skip = max(0, skip - (until - at))
    yield tail[: OVERLAP // 2].reshape(-1)[: frames * HOP]


def coloured(f0: np.ndarray, colour: Colour) -> np.ndarray:
    """f0 [F] in Hz -> the same with another pitch and melody; the mean is that of the logarithm over voiced frames."""
    voiced = f0 > VOICED_HZ
    if not voiced.any():
        return f0
    mean = np.exp(np.log(f0[voiced]).mean())
    moved = mean * colour.pitch * (np.maximum(f0, VOICED_HZ) / mean) ** colour.melody
    return np.where(voiced, np.maximum(moved, VOICED_HZ + 1), f0).astype(np.float32)


def pulses(f0: np.ndarray) -> np.ndarray:
    """f0 [F] in Hz -> [F * HOP] float32: all harmonics below HIGHEST_HZ with amplitude 1; 0 where there is no F0."""
    at = (np.arange(len(f0) * HOP) + 0.5) / HOP - 0.5
    hz = np.interp(at, np.arange(len(f0)), f0)
    voiced = hz > VOICED_HZ
    hz = np.maximum(hz, VOICED_HZ)
    phase = (2 * np.pi * (np.cumsum(hz) / VOICE_HZ % 1.0)).astype(np.float32)
    count = (np.floor(HIGHEST_HZ / hz) + 0.5).astype(np.float32)
    below = 2 * np.sin(phase / 2)
    limit = np.abs(below) <= 2e-3                        # there both are 0, and their quotient is `count`
    wave = np.where(limit, count, np.sin(count * phase) / np.where(limit, 1, below)) - np.float32(0.5)
    return np.where(voiced, wave, 0).astype(np.float32)


def envelope(log: np.ndarray, theta: np.ndarray, f0: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log, theta [BINS, n], a filter at its own f0 [n] in Hz -> the same where f0 has harmonics, straight lines between
    them for `log`, the nearest for `theta`; frames without F0 are left alone."""
    spacing = np.maximum(f0, VOICED_HZ) * (N_FFT / VOICE_HZ)             # bins between harmonics
    at = np.arange(BINS)[:, None] / spacing
    below = np.maximum(np.floor(at), 1)
    share = np.clip(at - below, 0, 1).astype(np.float32)

    def bins(harmonic: np.ndarray) -> np.ndarray:
        nearest: np.ndarray = np.minimum(np.round(harmonic * spacing), BINS - 1).astype(np.intp)
        return nearest

    drawn = np.take_along_axis(log, bins(below), 0) * (1 - share) + np.take_along_axis(log, bins(below + 1), 0) * share
    turned = np.take_along_axis(theta, bins(np.maximum(np.round(at), 1)), 0)
    voiced = f0 > VOICED_HZ
    return np.where(voiced, drawn, log), np.where(voiced, turned, theta)


def _tilted(tilt: float) -> np.ndarray:
    """-> [BINS] float32, what is added to a log magnitude."""
    hz = np.arange(BINS) * (VOICE_HZ / N_FFT)
    octaves = np.log2(np.maximum(hz, PIVOT_HZ) / PIVOT_HZ)
    added: np.ndarray = (tilt / (20 / np.log(10)) * octaves).astype(np.float32)
    return added


def _spectrum(spectra: Spectra, frames: slice, voiced: np.ndarray, colour: Colour, rng: np.random.Generator
              ) -> np.ndarray:  # fmt: skip
    """voiced: [BINS, n] complex, the pulse train -> [BINS, n] complex64, all parts together."""
    log, theta, f0 = spectra.harmonic[:, frames], spectra.theta[:, frames], spectra.f0[frames]
    free, phi = _level(spectra.free[:, frames]), spectra.phi[:, frames]
    if colour.moves:
        log, theta = envelope(log, theta, f0)
        low = np.arange(BINS)[:, None] * (VOICE_HZ / N_FFT) < FREE_HZ
        free = np.where(low & (f0 > VOICED_HZ), np.float32(FREE_HELD) * free, free)
    harmonic, turn = _level(log), np.tanh(theta) * np.float32(np.pi)
    noise = _noise(rng, harmonic.shape)
    whole: np.ndarray = harmonic * _unit(turn) * voiced * np.float32(np.sqrt(1 - colour.breath))
    whole += noise * _level(spectra.noise[:, frames])
    whole += free * _unit(phi) * np.float32(np.sqrt(1 - colour.breath))
    if colour.breath:
        # where nothing is voiced the filter of the pulses means nothing, and only noise and the free part sound
        there = harmonic * np.float32(NOISE_AS_PULSES) * (f0 > VOICED_HZ)
        extra = np.sqrt(there**2 + free**2 / 2) * np.float32(np.sqrt(colour.breath))
        whole += _noise(rng, harmonic.shape) * extra
    return whole.astype(np.complex64)


def _level(log: np.ndarray) -> np.ndarray:
    level: np.ndarray = np.exp(np.minimum(log, LOUDEST), dtype=np.float32)
    return level


def _unit(angle: np.ndarray) -> np.ndarray:
    out = np.empty(angle.shape, np.complex64)
    np.cos(angle, out=out.real)
    np.sin(angle, out=out.imag)
    return out


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Complex, both parts of variance 1."""
    both: np.ndarray = rng.standard_normal((shape[0], 2 * shape[1]), dtype=np.float32)
    return both.view(np.complex64)
