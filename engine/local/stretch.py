"""Speech made faster, slower, higher or lower, as it comes: for a voice model that has no control for it.

Tempo by WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
time-scale modification of speech", ICASSP 1993): short pieces of the sound are laid over one another at another
distance than they were taken from, each taken where it goes on most like the one before would have. The pitch stays.
Pitch by changing the tempo and then the sample rate: the formants move with it, so LIMITS keep it small.
"""

from fractions import Fraction

import numpy as np

from audio_io.frames import VOICE_HZ
from audio_io.resample import Resampler

PIECE = VOICE_HZ * 3 // 100      # samples: 30 ms, two periods of a deep voice
HALF = PIECE // 2                # distance between pieces in what comes out
REACH = VOICE_HZ // 160          # how far from its place a piece may be taken: 6.25 ms
TEMPO = (0.5, 2.5)
PITCH = (0.8, 1.25)              # beyond, it is somebody else's voice
STEPS = 40                       # parts of the pitch's factor: a resampler's filter bank stays small
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(PIECE) / PIECE)).astype(np.float32)


class Stretch:
    """`s(x)` for every chunk, then `s.flush()`: any chunking gives the same samples. n come, n / tempo go, about."""

    def __init__(self, tempo: float) -> None:
        """tempo: above 1 is faster; kept within TEMPO. 1: the samples pass as they are."""
        self.tempo = min(max(tempo, TEMPO[0]), TEMPO[1])
        self._start()

    def _start(self) -> None:
        self.x = np.zeros(0, np.float32)         # what came and is needed still
        self.first = 0                           # number of x[0] among all that came
        self.came = 0
        self.pieces = 0                          # laid so far
        self.tail = np.zeros(HALF, np.float32)   # second half of the last one, under its window
        self.goes_on = 0                         # where the last piece would go on

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x: [n] float32 -> [m] float32."""
        if self.tempo == 1:
            return np.array(x, np.float32)
        self.came += len(x)
        self.x = np.concatenate([self.x, np.asarray(x, np.float32)])
        return self._lay(self.came)

    def flush(self) -> np.ndarray:
        """-> the rest. It is as new afterwards."""
        if self.tempo == 1:
            return np.zeros(0, np.float32)
        wanted = round(self.came / self.tempo) - self.pieces * HALF
        self.x = np.concatenate([self.x, np.zeros(2 * PIECE + REACH, np.float32)])
        rest = np.concatenate([self._lay(self.came + 2 * PIECE + REACH), self.tail])
        self._start()
        return rest[: max(0, wanted)]

    def _lay(self, until: int) -> np.ndarray:
        """All pieces that lie before sample `until` wherever they are taken."""
        made = [np.zeros(0, np.float32)]
        while True:
            place = round(self.pieces * HALF * self.tempo)
            if max(place + REACH, self.goes_on) + PIECE > until:
                return np.concatenate(made)
            at = place if self.pieces == 0 else self._nearest(place)
            piece = self.x[at - self.first : at - self.first + PIECE] * WINDOW
            if self.pieces == 0:                 # nothing lies under the first half of the first
                piece[:HALF] = self.x[at - self.first : at - self.first + HALF]
            made.append(self.tail + piece[:HALF])
            self.tail, self.goes_on = piece[HALF:], at + HALF
            self.pieces += 1
            drop = min(self.goes_on, round(self.pieces * HALF * self.tempo) - REACH) - self.first
            if drop > 0:
                self.x, self.first = self.x[drop:], self.first + drop

    def _nearest(self, place: int) -> int:
        """Within REACH of `place`, where the sound is most like the one that follows the last piece."""
        low = max(place - REACH, self.first)
        wanted = self.x[self.goes_on - self.first :][:HALF]
        field = self.x[low - self.first : place + REACH + HALF - self.first]
        likeness = np.correlate(field, wanted, "valid").astype(np.float64)
        power = np.concatenate([[0.0], np.cumsum(np.square(field, dtype=np.float64))])
        energy = power[HALF:] - power[:-HALF]
        return low + int(np.argmax(likeness / np.sqrt(np.maximum(energy, 1e-9))))


class Shaped:
    """Tempo and pitch together: `s(x)`, then `s.flush()`. `tempo`, `pitch`: as they are, after the limits."""

    def __init__(self, tempo: float, pitch: float = 1.0) -> None:
        ratio = Fraction(round(min(max(pitch, PITCH[0]), PITCH[1]) * STEPS), STEPS)
        self.pitch = float(ratio)
        self.tempo = min(max(tempo, TEMPO[0]), TEMPO[1])
        self.stretch = Stretch(self.tempo / self.pitch)
        self.tempo = self.stretch.tempo * self.pitch
        self.resampler = Resampler(VOICE_HZ * ratio.numerator // ratio.denominator, VOICE_HZ)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.resampler(self.stretch(x))

    def flush(self) -> np.ndarray:
        return np.concatenate([self.resampler(self.stretch.flush()), self.resampler.flush()])
