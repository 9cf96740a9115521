"""How loudly and how late the loudspeaker comes back into the microphone: the self-test of `parley doctor`.

Method: swept sine and deconvolution (Farina, "Simultaneous measurement of impulse response and distortion with a
swept-sine technique", 2000), with a regularised spectral division, here only for delay and level.
"""

from dataclasses import dataclass

import numpy as np

LOW_HZ, HIGH_HZ = 300.0, 6000.0  # what a laptop's loudspeaker and microphone surely carry
SWEEP_S, PAUSE_S, SWEEPS = 0.4, 0.2, 3
TAIL_S = 0.6                     # silence after the last sweep, for its echo
LONGEST_S = 0.5                  # the longest delay that is found
PEAK = 0.15                      # -16.5 dB of full scale: clear, not startling
CLEAR = 12.0                     # the echo's peak to the response's noise; noise alone reaches 5
FLOOR = 1e-3                     # of the strongest frequency: what is weaker says nothing
EARLY_S, LATE_S = 0.01, 0.08     # of the response around its peak: the echo


@dataclass(frozen=True, slots=True)
class Coupling:
    """heard: whether an echo was found at all. delay_ms: from the reference to its arrival at the microphone.

    echo_db: level of the echo to the level that was played (0: as loud). noise_db: of the microphone before
    the first sweep, to full scale. Without an echo, delay_ms and echo_db are None.
    """

    heard: bool
    delay_ms: float | None
    echo_db: float | None
    noise_db: float


def sweeps(hz: int) -> np.ndarray:
    """-> [n] float32 to be played: silence, SWEEPS exponential sweeps with soft ends, silence."""
    t = np.arange(int(SWEEP_S * hz)) / hz
    octaves = np.log(HIGH_HZ / LOW_HZ)
    one = np.sin(2 * np.pi * LOW_HZ * SWEEP_S / octaves * (np.exp(t / SWEEP_S * octaves) - 1))
    edge = int(0.02 * hz)
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    one[:edge] *= ramp
    one[-edge:] *= ramp[::-1]
    pause = np.zeros(int(PAUSE_S * hz))
    parts = [pause, *(x for _ in range(SWEEPS) for x in (PEAK * one, pause)), np.zeros(int(TAIL_S * hz))]
    return np.concatenate(parts).astype(np.float32)


def measure(mic: np.ndarray, reference: np.ndarray, hz: int) -> Coupling:
    """mic, reference: [n] float32, aligned, from before the first sweep to after the last one's echo."""
    played = np.flatnonzero(np.abs(reference) > PEAK / 100)
    quiet = mic[: played[0]] if len(played) else mic
    noise_db = _db(float(np.mean(np.square(quiet))) if len(quiet) else 0.0)
    if not len(played):
        return Coupling(False, None, None, noise_db)
    n = 1 << (2 * len(mic) - 1).bit_length()
    far, near = np.fft.rfft(reference, n), np.fft.rfft(mic, n)
    power = np.abs(far) ** 2
    floor = FLOOR * power.max()
    early, late = int(EARLY_S * hz), int(LATE_S * hz)

    def response(spectrum: np.ndarray) -> np.ndarray:
        """[n]: index `early` is the moment of playing."""
        return np.roll(np.fft.irfft(spectrum * np.conj(far) / (power + floor), n), early)

    def energy(around: np.ndarray) -> float:
        return float(np.sum(np.abs(np.fft.rfft(around, n) * far) ** 2))

    path = response(near)[: early + int(LONGEST_S * hz) + late]
    size = np.abs(path)
    peak = int(size[early:-late].argmax())
    if size[early + peak] <= CLEAR * float(np.median(size)) / 0.6745:      # median of |x| to standard deviation
        return Coupling(False, None, None, noise_db)
    # compared with a path that changes nothing, because division and window take their part of either
    echo = energy(path[peak : peak + early + late]) / energy(response(far)[: early + late])
    return Coupling(True, 1000 * peak / hz, _db(echo), noise_db)


def _db(power: float) -> float:
    return round(10 * float(np.log10(max(power, 1e-12))), 1)
