"""Streaming change of sample rate with a short delay: a polyphase windowed-sinc filter of our own.

Why not soxr: its stream hands samples out in bursts (48 kHz -> 16 kHz, HQ: 6-37 ms late, docs/log.md), which
is more than the whole way from the microphone to the predictor may take. Here the delay is constant.

Method: Crochiere and Rabiner, "Multirate Digital Signal Processing" (1983), chapter 4; Kaiser window.
"""

from fractions import Fraction

import numpy as np

ZEROS = 24                       # zero crossings of the sinc on either side, at the lower of both rates
ROLLOFF = 0.94                   # -6 dB point as a part of the lower rate's Nyquist frequency
BETA = 7.86                      # Kaiser window: 80 dB
CHUNK = 2048                     # output samples at a time: bounds the memory that a long file takes


class Resampler:
    """`r(x)` for every chunk, then `r.flush()`: any chunking gives the same samples as one go.

    Output sample k belongs to the time k / to_hz of the input: nothing is shifted, it only comes later, by
    `delay` output samples (24 samples of the lower rate: 1.5 ms for 48 kHz -> 16 kHz, 1.0 ms for
    24 kHz -> 48 kHz, plus at most one input sample). n samples in give ceil(n * to_hz / from_hz) out,
    `flush` included. Flat within 0.1 dB up to 0.83 of the lower Nyquist frequency; images and aliases
    from above 1.05 of it are 75 dB down. Equal rates: the samples pass as they are, without delay.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """from_hz, to_hz: positive, in Hz. Raises ValueError for anything else."""
        if from_hz <= 0 or to_hz <= 0:
            raise ValueError(f"a sample rate is positive: {from_hz} Hz -> {to_hz} Hz")
        self.from_hz, self.to_hz = from_hz, to_hz
        ratio = Fraction(to_hz, from_hz)
        self.up, self.down = ratio.numerator, ratio.denominator
        self.half = 0 if ratio == 1 else -(-ZEROS * from_hz // min(from_hz, to_hz))     # input samples
        self.bank = _bank(self.up, self.half, min(1.0, to_hz / from_hz))
        self.past: np.ndarray                                     # the input that outputs still need
        self._start()

    @property
    def delay(self) -> int:
        """Output samples that are still to come when the input has been given: what `flush` returns."""
        return -(-self.half * self.up // self.down)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x: [n] float32 at from_hz -> [m] float32 at to_hz, m within one sample of n * to_hz / from_hz."""
        if self.half == 0:
            return np.array(x, np.float32)
        self.given += len(x)
        self.past = np.concatenate([self.past, np.asarray(x, np.float32)])
        # output k needs the inputs up to floor(k * down / up) + half
        return self._until(((self.given - self.half) * self.up - 1) // self.down + 1)

    def flush(self) -> np.ndarray:
        """-> [k] float32: the rest, as if silence followed. The resampler is as new afterwards."""
        if self.half == 0:
            return np.zeros(0, np.float32)
        until = -(-self.given * self.up // self.down)
        self.past = np.concatenate([self.past, np.zeros(self.half + 1, np.float32)])
        rest = self._until(until)
        self._start()
        return rest

    def _start(self) -> None:
        self.given = 0                                            # input samples so far
        self.sent = 0                                             # output samples so far
        self.first = 1 - self.half                                # input index of past[0]
        self.past = np.zeros(max(0, self.half - 1), np.float32)

    def _until(self, until: int) -> np.ndarray:
        parts = []
        if self.sent < until and not self.past.any():             # silence stays silence
            parts.append(np.zeros(until - self.sent, np.float32))
            self.sent = until
        while self.sent < until:
            k = np.arange(self.sent, min(until, self.sent + CHUNK), dtype=np.int64)
            at = k * self.down // self.up
            windows = np.lib.stride_tricks.sliding_window_view(self.past, 2 * self.half)
            start = int(at[0]) + 1 - self.half - self.first
            if self.up == 1:                                      # a whole ratio: one filter, and rows need no copy
                rows = windows[start :: self.down][: len(k)]
                parts.append(np.einsum("kt,t->k", rows, self.bank[0]))
            else:
                rows = windows[at + (1 - self.half) - self.first] # [k, 2 * half]
                parts.append(np.einsum("kt,kt->k", rows, self.bank[k * self.down % self.up]))
            self.sent = int(k[-1]) + 1
        keep = self.sent * self.down // self.up + 1 - self.half   # the first input the next output needs
        if keep > self.first:
            self.past, self.first = self.past[keep - self.first :], keep
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def resample(x: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """x: [n] float32 in one go -> [ceil(n * to_hz / from_hz)] float32."""
    r = Resampler(from_hz, to_hz)
    return np.concatenate([r(x), r.flush()])


def _bank(up: int, half: int, scale: float) -> np.ndarray:
    """-> [up, 2 * half] float32: row p is the filter for an output p/up of a sample after an input."""
    if half == 0:
        return np.ones((1, 1), np.float32)
    offset = np.arange(1 - half, half + 1)[None, :] - np.arange(up)[:, None] / up      # [up, 2 * half]
    window = np.i0(BETA * np.sqrt(np.maximum(0.0, 1 - (offset / half) ** 2))) / np.i0(BETA)
    taps = np.sinc(offset * scale * ROLLOFF) * window
    taps /= taps.sum(axis=1, keepdims=True)                       # unity at 0 Hz for every phase
    return np.asarray(taps, np.float32)
