"""Echo removal of our own: a frequency-domain Kalman filter, and a gentle suppressor for what it leaves.

    mic ---------------------------(-)--> e --> suppressor --> clean       10 ms later
    ref --> Aligner --> Kalman filter^ y ----------^

Why a Kalman filter: its step size is the quotient of two estimated variances (how wrong is the filter: how
loud is everything that is not echo), so it holds still by itself while the user speaks, and the user's voice
goes through unharmed. Why an Aligner in front: see audio_io/dsp/delay.py; with it 400 ms of filter do for any delay.

Sources: Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
telephones" (Signal Processing 86, 2006); Kuech, Mabande and Enzner, "State-space architecture of the
partitioned-block-based acoustic echo controller" (ICASSP 2014).
"""

import numpy as np
from scipy import fft

from audio_io.dsp.delay import Aligner
from audio_io.frames import FRAME

PARTS = 40                       # partitions of FRAME samples: an echo path of 400 ms after its delay
BINS = FRAME + 1
KEEPS = 0.9995                   # of the echo path a frame: less follows a moving path faster, more converges deeper
STEP = 0.75                      # share of the filter's error in the innovation; 0.5 in theory overshoots
LOUD = 0.8                       # smoothing of the innovation's power, a frame
PRIOR = 0.04                     # variance of the unknown path in its first partition, to its likely power
PRIOR_DB = 1.0                   # its decay a partition: reverberation of 0.6 s
BEFORE_DB = 10.0                 # and before the direct path, a partition
REOPEN = 0.1                     # of the prior is added when the drift becomes known
REOPEN_DRIFT = 3e-5              # change of the drift that calls for it

EDGES = np.unique(np.round(np.geomspace(4, 150, 19)).astype(int))     # 200..7500 Hz in bins of 50 Hz
BANDS = len(EDGES) - 1
UP_DB, DOWN_DB = 0.03, 0.12      # a frame; together they follow the 20 % quantile of residual to echo
OFFSET_DB = 12.0                 # from that quantile to what the residual hardly exceeds
LEAK_DB = (-40.0, 3.0)           # range of the residual to the echo estimate
TAIL = 0.9                       # decay of the echo's power a frame: reverberation of 1.3 s beyond the filter
SEARCH_TAIL = 0.97               # as long as the delay is unknown
FLOOR = 0.03                     # least gain (-30 dB): there is no musical silence
EARLY = 40.0                     # over-estimation (16 dB) of the residual at the start ...
SETTLE = 0.994                   # ... and what is left of it after a frame with a voice in the reference
VOICE = 1e-3                     # band energy of a frame that counts as a voice in the reference
COUPLED_UP_DB, COUPLED_DOWN_DB = 0.1, 0.6     # a frame: 14 % quantile of microphone to reference
COUPLED_DB = (-60.0, 10.0)
NOISE_MARGIN = 10.0              # an echo below ten times the noise teaches nothing

FAINT = 1e-32                    # band energy so far below the least residual (1e-12) that no gain differs from 1

LOST = 0.2                       # (out - in) / echo estimate: -1 when the estimate is right, with a user or
LOST_FRAMES = 100                # until the new delay should have been found
PROVEN = -0.5                    # as it is at least once before a filter can be lost
LOST_KEEP = 0.85                 # without; +1 when it is of another path. Over about 70 ms
LOST_ENERGY = 1e-3               # of the echo estimate, below which neither
LOST_LEVEL = 0.1                 # echo estimate to microphone, below which this says nothing


class PathFilter:
    """The echo path as PARTS x BINS complex weights, each with the variance of its error. [FRAME] in and out."""

    def __init__(self) -> None:
        self.reset(np.zeros(BINS, np.float32))

    def reset(self, coupled: np.ndarray) -> None:
        """coupled: [BINS] power of the microphone to that of the reference: how strong the path may be."""
        self.coupled = coupled
        self.spectra = np.zeros((PARTS, BINS), np.complex64)      # of the reference, newest first
        self.weights = np.zeros((PARTS, BINS), np.complex64)
        self.variance = prior() * coupled
        self.power = np.full(BINS, 1e-3, np.float32)              # of the innovation
        self.last = np.zeros(FRAME, np.float32)
        self.zeros = PARTS                                        # frames of exact silence in the reference, in a row
        self.owed = 0                                             # frames that weights and variance have not seen

    def __call__(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        """mic, ref: [FRAME] -> the microphone less the echo estimate, [FRAME]."""
        self.zeros = 0 if ref.any() else self.zeros + 1
        if self.zeros > PARTS:                                    # all spectra are zero: no echo, nothing to learn from
            self.last = ref
            self.owed += 1
            self._loudness(_after_silence(mic))
            return np.array(mic, np.float32)
        self._catch_up()
        self.spectra[1:] = self.spectra[:-1]
        self.spectra[0] = fft.rfft(np.concatenate([self.last, ref]))
        self.last = ref
        echo = fft.irfft(np.einsum("pk,pk->k", self.spectra, self.weights), 2 * FRAME)[FRAME:]
        rest = np.asarray(mic - echo, np.float32)
        self._learn(_after_silence(rest))
        return rest

    def _learn(self, error: np.ndarray) -> None:
        x2 = self.spectra.real**2 + self.spectra.imag**2
        w2 = self.weights.real**2 + self.weights.imag**2
        keeps = np.float32(KEEPS**2)
        self.variance = keeps * self.variance + (1 - keeps) * w2 + np.float32(1e-9)
        self._loudness(error)
        doubt = np.float32(STEP) * np.einsum("pk,pk->k", self.variance, x2)
        gain = self.variance / (doubt + self.power + np.float32(1e-6))
        update = fft.irfft(gain * np.conj(self.spectra) * error, 2 * FRAME, axis=1)
        update[:, FRAME:] = 0                                     # the path is causal within its partition
        self.weights = np.float32(KEEPS) * self.weights + fft.rfft(update, axis=1)
        self.variance *= np.maximum(0, 1 - np.float32(STEP) * gain * x2)

    def _loudness(self, error: np.ndarray) -> None:
        self.power = np.float32(LOUD) * self.power + np.float32(1 - LOUD) * (error.real**2 + error.imag**2)

    def _catch_up(self) -> None:
        """What `owed` frames without a reference do to the variance, in one step. The weights stand still: silence is
        no reason to forget the room.

        `_learn`'s recursion v' = a v + (1 - a) w^2 + e, where a = k^2, then has a closed form: the longer the silence,
        the likelier the room has changed, up to all of it; what was known of it stays the best guess.
        """
        n, keeps = self.owed, float(np.float32(KEEPS**2))
        if n == 0:
            return
        self.owed = 0
        w2 = self.weights.real**2 + self.weights.imag**2
        decay = keeps**n
        floor = 1e-9 * (1 - decay) / (1 - keeps)
        self.variance = np.float32(decay) * self.variance + np.float32(1 - decay) * w2 + np.float32(floor)

    def reopen(self) -> None:
        """The path has been learnt through a moving clock: learn again, from what is there."""
        self._catch_up()
        self.variance = np.maximum(self.variance, np.float32(REOPEN) * prior() * self.coupled)


def _after_silence(x: np.ndarray) -> np.ndarray:
    return np.asarray(fft.rfft(np.concatenate([np.zeros(FRAME, np.float32), x])))


def prior() -> np.ndarray:
    """-> [PARTS, BINS] float32: variance of an echo path whose direct sound lies in partition 1."""
    p = np.arange(PARTS) - 1
    db = np.where(p < 0, BEFORE_DB * p, -PRIOR_DB * p)
    return np.asarray(PRIOR * 10 ** (db[:, None] / 10) * np.ones(BINS), np.float32)


class Suppressor:
    """Takes the residual echo down where it is all there is; a voice that is louder passes. 10 ms late.

    Per band: residual = leak x echo estimate, the leak being a running low quantile of (what came out) /
    (echo estimate), which a voice of a few seconds hardly moves (UP_DB). Spectral subtraction gives the gain.
    """

    def __init__(self) -> None:
        self.window = np.sin(np.pi * (np.arange(2 * FRAME) + 0.5) / (2 * FRAME)).astype(np.float32)
        centres = np.log(np.sqrt(EDGES[:-1] * EDGES[1:]))
        bins = np.log(np.maximum(np.arange(BINS), 1))
        spread = [np.interp(bins, centres, row) for row in np.eye(BANDS)]
        self.spread = np.asarray(spread, np.float32)              # [BANDS, BINS]
        self.reset()

    def reset(self) -> None:
        silence = np.zeros(FRAME, np.float32)
        self.last = [silence, silence, silence]
        self.overlap = silence
        self.heard = np.zeros(BANDS)                              # echo estimate, with its tail
        self.played = np.zeros(BANDS)                             # reference, with its tail
        self.noise = np.full(BANDS, 1e-6)
        self.coupled_db = np.zeros(BANDS)                         # microphone to reference: the echo at most
        self.gain = np.ones(BANDS)
        self.zeros = 0                                            # frames without reference and echo estimate, in a row
        self.restart()

    def restart(self) -> None:
        """The echo path is unknown again: be strict until it is known."""
        self.leak_db = np.zeros(BANDS)
        self.doubt = 1.0                                          # 1: knows nothing; falls to 0 with experience

    def __call__(self, rest: np.ndarray, echo: np.ndarray, ref: np.ndarray, searching: bool) -> np.ndarray:
        """rest, echo, ref: [FRAME]; searching: the delay is unknown -> [FRAME], FRAME samples late."""
        frames = [rest, echo, ref]
        self.zeros = 0 if echo.any() or ref.any() else self.zeros + 1
        if self.zeros > 1 and max(self.heard.max(), self.played.max()) < FAINT:
            return self._pass(frames)
        spectra = [fft.rfft(np.concatenate(pair) * self.window) for pair in zip(self.last, frames, strict=True)]
        self.last = frames
        out, heard, played = (_bands(s) for s in spectra)
        mic = _bands(spectra[0] + spectra[1])
        self.played = np.maximum(played, (SEARCH_TAIL if searching else TAIL) * self.played)
        self.heard = np.maximum(heard, TAIL * self.heard)
        if played.sum() > VOICE:
            self.doubt *= SETTLE
            if not (searching and echo.any()):                    # a lost delay teaches nothing
                self._couple(mic)
        self._background(out)
        gain = self._gain(out, np.maximum(self.heard, self.doubt * 10 ** (self.coupled_db / 10) * self.played))
        self.gain = np.maximum(gain, 0.5 * (self.gain + gain))    # opens at once, closes in a few frames
        y = fft.irfft(spectra[0] * (self.gain @ self.spread).astype(np.float32), 2 * FRAME) * self.window
        clean, self.overlap = self.overlap + y[:FRAME], y[FRAME:]
        return np.asarray(clean, np.float32)

    def _pass(self, frames: list[np.ndarray]) -> np.ndarray:
        """There is no echo and was none of late: every gain is 1, and only the noise is to be followed."""
        both = np.concatenate([self.last[0], frames[0]]) * self.window
        self.last, self.gain = frames, np.ones(BANDS)
        self._background(_bands(fft.rfft(both)))
        y = both * self.window
        clean, self.overlap = self.overlap + y[:FRAME], y[FRAME:]
        return np.asarray(clean, np.float32)

    def _background(self, out: np.ndarray) -> None:
        self.noise = np.where(out < self.noise, 0.9 * self.noise + 0.1 * out, 1.003 * self.noise) + 1e-12

    def coupled(self) -> np.ndarray:
        """-> [BINS] float32: power of the microphone to that of the reference, hardly exceeded by the echo's."""
        return np.asarray(10 ** ((self.coupled_db + OFFSET_DB) / 10) @ self.spread, np.float32)

    def _couple(self, mic: np.ndarray) -> None:
        ratio_db = 10 * np.log10((mic + 1e-12) / (self.played + 1e-12))
        step = np.where(ratio_db > self.coupled_db, COUPLED_UP_DB, -COUPLED_DOWN_DB)
        self.coupled_db = np.clip(self.coupled_db + step * (self.played > self.noise), *COUPLED_DB)

    def _gain(self, out: np.ndarray, echo: np.ndarray) -> np.ndarray:
        ratio_db = 10 * np.log10((out + 1e-12) / (echo + 1e-12))
        step = np.where(ratio_db > self.leak_db, UP_DB, -DOWN_DB) * (echo > NOISE_MARGIN * self.noise)
        self.leak_db = np.clip(self.leak_db + step, *LEAK_DB)
        residual = 10 ** ((self.leak_db + OFFSET_DB) / 10) * echo * (1 + EARLY * self.doubt)
        floor = FLOOR * max(0.1, 1 - 2 * self.doubt)
        return np.asarray(np.sqrt(np.clip(1 - residual / (out + 1e-12), floor**2, 1.0)))


class KalmanCanceller:
    """Aligner, path filter and suppressor: the `kalman` of audio_io/dsp/echo.py."""

    name = "kalman"
    latency = FRAME

    def __init__(self) -> None:
        self.aligner, self.path, self.suppressor = Aligner(), PathFilter(), Suppressor()
        self.reset()

    def reset(self) -> None:
        self.aligner.reset()
        self.suppressor.reset()
        self.path.reset(self.suppressor.coupled())
        self.moved, self.drift = 0, 0.0
        self.proven = False                                       # this path has removed something
        self.lost = 0                                             # frames for which the delay is in doubt
        self.energies = np.zeros(3)
        self.linear = self._rest = np.zeros(FRAME, np.float32)    # the suppressor is a frame late, so is this

    @property
    def delay_ms(self) -> float | None:
        return self.aligner.delay_ms

    @property
    def drift_ppm(self) -> float:
        return self.aligner.drift_ppm

    def rest(self, frames: int) -> None:
        self.aligner.rest(frames)
        if self.aligner.delay_ms is not None:                     # else the filter is not asked in silence either
            self.path.zeros += frames
            self.path.owed += frames

    def process(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        """mic, ref: [FRAME] float32 at 16 kHz -> [FRAME] float32, `latency` samples late."""
        aligned = self.aligner.align(mic, ref)
        if self.aligner.moved != self.moved:
            self.moved, self.lost = self.aligner.moved, 0
            self._restart()
        if abs(self.aligner.drift - self.drift) > REOPEN_DRIFT:
            self.drift = self.aligner.drift
            self.path.reopen()
        if self.aligner.delay_ms is None:                         # headphones, or nothing played yet
            self.linear, self._rest = self._rest, np.asarray(mic, np.float32)
            return self.suppressor(mic, np.zeros_like(mic), aligned, searching=True)
        rest = self.path(mic, aligned)
        self.linear, self._rest = self._rest, rest
        self.lost = max(0, self.lost - 1)
        self._watch(mic, rest)
        return self.suppressor(rest, mic - rest, aligned, searching=self.lost > 0)

    def _watch(self, mic: np.ndarray, rest: np.ndarray) -> None:
        """A path that has changed under the filter makes it add an echo: then it starts anew at once."""
        echo = mic - rest
        now = np.array([mic @ mic, rest @ rest, echo @ echo], float)
        self.energies = LOST_KEEP * self.energies + now
        before, after, removed = self.energies
        if removed > max(LOST_LEVEL * before, LOST_ENERGY):
            self.proven = self.proven or bool(after - before < PROVEN * removed)
            if self.proven and after - before > LOST * removed:
                self._restart()
                self.lost = LOST_FRAMES

    def _restart(self) -> None:
        self.path.reset(self.suppressor.coupled())
        self.proven = False
        self.suppressor.restart()
        self.energies = np.zeros(3)


def _bands(spectrum: np.ndarray) -> np.ndarray:
    power = spectrum.real**2 + spectrum.imag**2
    return np.add.reduceat(power[: EDGES[-1]], EDGES[:-1])
