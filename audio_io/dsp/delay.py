"""How late the echo comes, and how fast that changes: what every linear canceller needs to know first.

`DelayFinder` correlates the microphone with the reference; `Aligner` plays the reference back at the delay
found, resampled by the drift found, so that the canceller behind it sees an echo path that stands still.
"""

import numpy as np
from scipy import fft

from audio_io.frames import FRAME, MIC_HZ

SEGMENT = 8192                   # microphone samples per look (0.5 s); also the longest delay that is found
EVERY = 25                       # frames between two looks: 0.25 s
KEEP = 0.6                       # of the averaged correlation, per look
SURE = 9.0                       # peak of the correlation to its RMS from which on a delay counts
QUIET = 1e-8                     # mean square of a reference that is silence (-80 dBFS)
BAND_HZ = (200, 6500)

TREND = 96                       # looks in the drift's line: 24 s
FIRST_TREND = 8                  # looks before a drift is believed: 2 s
AS_GOOD = 0.8                    # certainty that replaces a drift, to the best so far: clocks do not change
OFF_LINE = 1.5                   # samples; a look further from the line does not bend it
JUMP = 24.0                      # samples (1.5 ms) off the line: the path has changed
TWICE = 2                        # looks in a row that must agree on a new delay
DRIFT_PPM = (8.0, 600.0)         # smaller is none (and costs nothing), larger is not a clock but an error
MARGIN = 160                     # samples by which the reference is early, for a delay found too long
REACH = 640                      # samples: a new delay in MARGIN / 4 .. REACH of the shift moves nothing
TAPS, PHASES = 16, 512           # fractional delay: windowed sinc


class DelayFinder:
    """Generalised cross-correlation with phase transform (Knapp and Carter 1976), averaged over looks.

    Knows nothing of who speaks: a near-end voice is uncorrelated with the reference and averages out.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.mic = np.zeros(SEGMENT, np.float32)
        self.ref = np.zeros(2 * SEGMENT, np.float32)
        self.mean = np.zeros(SEGMENT + 1, np.complex64)
        self.frames = 0
        self.delay: float | None = None                           # samples at 16 kHz, parts included
        self.sureness = 0.0                                       # peak of the last look to its RMS

    def push(self, mic: np.ndarray, ref: np.ndarray) -> bool:
        """mic, ref: [FRAME] at 16 kHz. -> True when this frame brought a new look that is sure."""
        at = self.frames % EVERY * FRAME
        if at == 0:
            self.mic[: -EVERY * FRAME] = self.mic[EVERY * FRAME :]
            self.ref[: -EVERY * FRAME] = self.ref[EVERY * FRAME :]
        self.mic[len(self.mic) - EVERY * FRAME + at :][:FRAME] = mic
        self.ref[len(self.ref) - EVERY * FRAME + at :][:FRAME] = ref
        self.frames += 1
        return self.frames % EVERY == 0 and self._look()

    def _look(self) -> bool:
        if float(np.mean(self.ref**2)) < QUIET or float(np.mean(self.mic**2)) < QUIET:
            return False
        n = 2 * SEGMENT
        cross = fft.rfft(np.concatenate([np.zeros(SEGMENT, np.float32), self.mic])) * np.conj(fft.rfft(self.ref))
        size = np.abs(cross)
        size += 0.01 * float(size.mean()) + 1e-12
        low, high = (int(f * n / MIC_HZ) for f in BAND_HZ)
        self.mean *= KEEP
        self.mean[low:high] += (cross / size)[low:high]
        lags = fft.irfft(self.mean, n)[: SEGMENT - FRAME]
        k = int(np.argmax(np.abs(lags)))
        self.sureness = float(abs(lags[k]) / (np.sqrt(np.mean(lags**2)) + 1e-12))
        if self.sureness < SURE:
            return False
        part = 0.0
        if 0 < k < len(lags) - 1:                                 # the parabola through the peak
            a, b, c = (float(abs(v)) for v in lags[k - 1 : k + 2])
            part = 0.5 * (a - c) / (a - 2 * b + c - 1e-12)
        self.delay = k + part
        return True


class Aligner:
    """The reference, later by the echo's delay less MARGIN, with the clocks' drift taken out.

    `align(mic, ref)` -> ref [FRAME] as the canceller should see it. `moved` counts the jumps: a canceller
    starts anew when it changes.
    """

    def __init__(self) -> None:
        offset = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - np.arange(PHASES + 1)[:, None] / PHASES
        taps = np.sinc(offset) * np.i0(6.0 * np.sqrt(np.maximum(0, 1 - (2 * offset / TAPS) ** 2)))
        self.bank = np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)
        self.finder = DelayFinder()
        self.reset()

    def reset(self) -> None:
        self.finder.reset()
        self.tape = np.zeros(2 * SEGMENT, np.float32)
        self.zeros = len(self.tape)                               # samples of silence in the reference, in a row
        self.shift = 0.0                                          # samples that the reference is held back
        self.drift = 0.0                                          # samples per sample
        self.certainty = 0.0                                      # of it: 1 / its standard error, but a factor
        self.moved = 0
        self.points: list[tuple[float, float]] = []               # (time, delay) in samples: on one line
        self.strays: list[tuple[float, float]] = []               # off it, in a row

    @property
    def delay_ms(self) -> float | None:
        """-> the echo's delay, or None before it is known."""
        return None if self.finder.delay is None or not self.points else 1000 * self.points[-1][1] / MIC_HZ

    @property
    def drift_ppm(self) -> float:
        return self.drift * 1e6

    def align(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        self.zeros = 0 if ref.any() else self.zeros + FRAME
        if self.zeros <= len(self.tape):                          # after that it is all zeros already
            self.tape[:-FRAME] = self.tape[FRAME:]
            self.tape[-FRAME:] = ref
        if self.finder.push(mic, ref):
            self._note(float(self.finder.frames * FRAME), float(self.finder.delay or 0.0))
        return self._read()

    def rest(self, frames: int) -> None:
        """So many frames of silence have passed, after more silence than the tape is long: clocks go on."""
        self.zeros += frames * FRAME
        self.finder.frames += frames
        if self.drift != 0:
            self.shift = self._held(self.shift + self.drift * frames * FRAME)

    def _held(self, shift: float) -> float:
        """-> the same, where it leads off the tape the nearest that does not."""
        return min(max(TAPS // 2, shift), len(self.tape) - FRAME - TAPS)

    def _note(self, now: float, delay: float) -> None:
        expected = self._line(now)
        if expected is not None and abs(delay - expected) <= JUMP:
            self.strays.clear()
            self.points = [*self.points[1 - TREND :], (now, delay)]
            self._follow()
            return
        self.strays = [p for p in self.strays if abs(p[1] - delay) <= JUMP]
        self.strays.append((now, delay))
        if len(self.strays) >= TWICE:
            self.points, self.strays = list(self.strays), []
            if not self.shift + MARGIN / 4 <= delay <= self.shift + REACH and delay > MARGIN / 4:
                self.shift = float(round(max(0.0, delay - MARGIN)))
                self.moved += 1
                self.certainty = 0.0                              # another device has another clock

    def _line(self, now: float) -> float | None:
        if not self.points:
            return None
        return self.points[-1][1] + self.drift * (now - self.points[-1][0])

    def _follow(self) -> None:
        if len(self.points) < FIRST_TREND:
            return
        t, d = np.array(self.points).T
        t = t - t[-1]
        for _ in range(2):
            slope, level = np.polyfit(t, d, 1)
            near = np.abs(d - (slope * t + level)) < OFF_LINE
            if near.sum() < FIRST_TREND:
                return
            t, d = t[near], d[near]
        certainty = float(np.sqrt(len(t)) * np.std(t))
        if certainty < AS_GOOD * self.certainty:
            return
        least, most = DRIFT_PPM
        self.drift = float(slope) if least <= abs(slope) * 1e6 <= most else 0.0
        self.certainty = max(certainty, self.certainty)

    def _read(self) -> np.ndarray:
        end = len(self.tape) - FRAME
        if self.drift == 0 and self.shift == int(self.shift):
            start = end - int(self.shift)
            return self.tape[start : start + FRAME].copy()
        shift, longest = self.shift, end - TAPS                   # a drift goes on through hours of silence
        self.shift = self._held(shift + self.drift * FRAME)
        if self.zeros > len(self.tape):
            return np.zeros(FRAME, np.float32)
        distance = np.clip(shift + self.drift * np.arange(FRAME), TAPS // 2, longest)
        at = end + np.arange(FRAME) - distance
        whole = np.floor(at).astype(np.int64)
        phase = np.rint((at - whole) * PHASES).astype(np.int64)
        rows = np.lib.stride_tricks.sliding_window_view(self.tape, TAPS)[whole - (TAPS // 2 - 1)]
        return np.asarray(np.einsum("nt,nt->n", rows, self.bank[phase]), np.float32)
