"""From a synthesiser's samples to chunks of at most 50 ms with the words in them, no silence around a phrase."""

from collections.abc import Iterator, Sequence

import numpy as np

from audio_io.dsp.resample import Resampler
from audio_io.frames import VOICE_HZ
from engine.messages import Chunk
from engine.tts.text import ENDS_CLAUSE, Reading

STEP = VOICE_HZ // 25            # samples a chunk: 40 ms
LEAD_S = 0.005                   # kept before the first sound, so that it does not start with a click
QUIET = 2.0**-10                 # -60 dB of full scale: below it is silence
PAUSE_S = 0.22                   # after a sentence, at rate 1
SHORT_PAUSE_S = 0.16             # after a part of one
TAIL_S = 0.04                    # after the last phrase of a reply
KNEE = 0.8                       # the limiter leaves everything below alone


class Cutter:
    """One phrase's way from a synthesiser's samples and marks to chunks of ours.

    Times are samples at the synthesiser's rate from the beginning of the phrase, the silence before it included.
    """

    def __init__(self, reading: Reading, hz: int, gain: float) -> None:
        """hz: of the samples that come in. gain: linear, 1.0 leaves them as they are."""
        self.reading, self.hz, self.gain = reading, hz, gain
        self.lead = round(hz * LEAD_S)
        self.resampler = Resampler(hz, VOICE_HZ)
        self.held = np.zeros(0, np.float32)      # what has come and is not yet released
        self.base = 0                            # time of held[0]
        self.begin: int | None = None            # time of the first sample that is released, once it is known
        self.loud = 0                            # time at which the last sound so far ends
        self.mark, self.marked = 0, -1           # time and word of the last mark
        self.placed: list[tuple[float, str]] = []    # (time, word), not yet in a chunk
        self.ready = np.zeros(0, np.float32)     # at VOICE_HZ, not yet in a chunk
        self.cut = 0                             # samples already in chunks

    def take(self, pcm: np.ndarray, marks: Sequence[Sequence[int]]) -> Iterator[Chunk]:
        """pcm: [n] int16, or float32 in the same range. marks: (time, character of the reading's text), times never
        going back."""
        for time, index in marks:
            self._place(max(time, self.mark), self.reading.word_at(index))
        self._hold(pcm.astype(np.float32) / 32768)
        self._release(min(self.mark, self.loud))
        while len(self.ready) > STEP:            # `finish` needs one to be the last
            yield self._chunk(STEP)

    def finish(self, silence_s: float, last: bool) -> Iterator[Chunk]:
        """The rest, then silence. At least one chunk if there is a word in it or `last` is to be told."""
        self._place(max(self.loud, self.mark), len(self.reading.words))
        self._release(self.loud)
        self.ready = np.concatenate([self.ready, self._level(self.resampler.flush())])
        if self.cut + len(self.ready):
            self.ready = np.pad(self.ready, (0, round(silence_s * VOICE_HZ)))
        elif self.placed:                        # a word that is not spoken still has a place in the reply
            self.ready = np.zeros(STEP // 2, np.float32)
        elif not last:
            return
        while len(self.ready) > STEP:
            yield self._chunk(STEP)
        yield self._chunk(len(self.ready), last, rest=True)

    def _place(self, time: int, word: int) -> None:
        """`word` begins at `time`, and so those between the last mark and it are somewhere between."""
        if word > self.marked:
            words, weights = self.reading.words, self.reading.weights
            so_far = weights[self.marked] if self.marked >= 0 else 0
            whole = max(1, so_far + sum(weights[self.marked + 1 : word]))
            for k in range(self.marked + 1, word):
                self.placed.append((self.mark + (time - self.mark) * so_far / whole, words[k]))
                so_far += weights[k]
            if word < len(words):
                self.placed.append((time, words[word]))
            self.marked = word
        self.mark = time

    def _hold(self, x: np.ndarray) -> None:
        """x: [n] float32, the next samples. What is silent before the first sound is forgotten."""
        sounds = np.flatnonzero(np.abs(x) > QUIET)
        arrived = self.base + len(self.held)
        self.held = np.concatenate([self.held, x])
        if len(sounds):
            self.loud = arrived + int(sounds[-1]) + 1
        if self.begin is None:
            first = arrived + (int(sounds[0]) if len(sounds) else len(x))
            keep_from = max(self.base, first - self.lead)
            self.held, self.base = self.held[keep_from - self.base :], keep_from
            if len(sounds):
                self.begin = keep_from

    def _release(self, until: int) -> None:
        n = until - self.base
        if n > 0:
            self.ready = np.concatenate([self.ready, self._level(self.resampler(self.held[:n]))])
            self.held, self.base = self.held[n:], until

    def _level(self, x: np.ndarray) -> np.ndarray:
        return limited(x * np.float32(self.gain))

    def _chunk(self, n: int, last: bool = False, rest: bool = False) -> Chunk:
        """The next n samples with the words that begin in them; `rest`: with all words that are left."""
        begin = self.begin or 0
        words: list[tuple[int, str]] = []
        while self.placed:
            time, word = self.placed[0]
            at = round((time - begin) * VOICE_HZ / self.hz) - self.cut
            if at >= n and not rest:
                break
            words.append((max(0, min(at, n - 1)), word))
            del self.placed[0]
        pcm, self.ready = self.ready[:n], self.ready[n:]
        self.cut += n
        return Chunk(pcm, tuple(words), last)


def pause_s(text: str, rate: float, last: bool) -> float:
    """How long to be silent after a phrase, in seconds: longer after a sentence, shorter when speaking fast."""
    if last:
        return TAIL_S
    ends_sentence = text.rstrip("\"')]”’»")[-1:] in set(ENDS_CLAUSE) - set(",;:")
    return (PAUSE_S if ends_sentence else SHORT_PAUSE_S) / max(0.5, min(rate, 2.5))


def limited(x: np.ndarray) -> np.ndarray:
    """x: [n] float32 -> the same below KNEE, bent towards 1.0 above it: loud, but never clipped."""
    over = np.abs(x) - np.float32(KNEE)
    if not (over > 0).any():
        return x
    bent = KNEE + (1 - KNEE) * np.tanh(np.maximum(over, 0) / (1 - KNEE))
    return np.where(over > 0, np.sign(x) * bent, x).astype(np.float32)
