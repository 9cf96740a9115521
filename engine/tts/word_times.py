"""When each word of a phrase begins, estimated: the voice LM is not told and does not tell.

What is known: how many text tokens each word has, after how many speech tokens each of them was given to the LM (it
cannot speak of what it has not read: 15 speech tokens for 5 text tokens where text arrives while speech leaves), how
many speech tokens there are so far, and at the end how many in all. A voice speaks its words at a pace that changes
little within a phrase, so a word begins where its share of the text begins; the pace is what the voice's earlier
phrases had, until the number of all tokens is known. It usually is before the words are heard, since tokens are made
faster than they are played: an estimate is final only when the sound that it lies in is handed out.

    marks = WordTimes(words_of(text, count), pace)
    marks.read(5); marks.made(15); ...; marks.over()     # as the voice LM goes on
    words = marks.take(960)                              # with every chunk of sound, the last one with last=True
    pace = marks.pace                                    # for the next phrase
"""

from collections.abc import Callable, Sequence

from audio_io.frames import VOICE_HZ

TOKEN = VOICE_HZ // 25           # samples of a speech token
PACE = 7.0                       # speech tokens a text token at first: 280 ms, English at 150 words a minute
SLOWEST = 30.0                   # beyond these it was no speech
FASTEST = 1.5
LEARNS = 0.3                     # of a phrase's pace goes into the next one's


def words_of(text: str, count: Callable[[str], int]) -> list[tuple[str, int]]:
    """The words as written, each with its number of text tokens, at least one. count: the tokenizer's, of a string.

    What two words share is the later one's: " two" is counted with its space.
    """
    words = text.split()
    return [(word, max(1, count(word if k == 0 else " " + word))) for k, word in enumerate(words)]


class WordTimes:
    """One phrase."""

    def __init__(self, words: Sequence[tuple[str, int]], pace: float = PACE) -> None:
        """words: (word, text tokens), in order. pace: speech tokens a text token, expected."""
        self.words = [word for word, _ in words]
        self.starts = [0]                        # text tokens before each word, and in all
        for _, n in words:
            self.starts.append(self.starts[-1] + max(1, n))
        self.expected = min(max(pace, FASTEST), SLOWEST)
        self.earliest = [0] * len(self.words)    # speech tokens that were there before the word was read
        self.seen = 0                            # words whose first token was read
        self.text = self.speech = 0              # tokens so far
        self.ended = False
        self.given, self.at = 0, 0               # words and samples handed out
        self.last = 0.0                          # where the latest word was put, in speech tokens

    def read(self, text: int) -> None:
        """The LM got `text` more text tokens. Without any call it is taken to have had all of them at once."""
        self.text += text
        while self.seen < len(self.words) and self.starts[self.seen] < self.text:
            self.earliest[self.seen] = self.speech
            self.seen += 1

    def made(self, speech: int) -> None:
        """There are `speech` more speech tokens."""
        self.speech += speech

    def over(self) -> None:
        """There will be no more speech tokens."""
        self.ended = True

    @property
    def pace(self) -> float:
        """What to expect of the next phrase: this one's pace, with what was known before. Meaningful after `over`."""
        if not self.ended or not self.words or not self.speech:
            return self.expected
        this = min(max(self.speech / self.starts[-1], FASTEST), SLOWEST)
        return self.expected + LEARNS * (this - self.expected)

    def take(self, samples: int, stretch: float = 1.0, last: bool = False) -> tuple[tuple[int, str], ...]:
        """-> (first sample, word) of the words that begin in the next `samples` of sound; `last`: of all that are left.

        stretch: samples of sound for one sample at pace 1, where the sound was made slower or faster.
        """
        unit = TOKEN * stretch
        end = (self.at + samples) / unit
        found: list[tuple[int, str]] = []
        while self.given < len(self.words):
            start = self._start(self.given)
            if start >= end and not last:
                break
            sample = round(start * unit) - self.at
            found.append((max(0, min(sample, samples - 1)), self.words[self.given]))
            self.last = min(start, end)
            self.given += 1
        self.at += samples
        return tuple(found)

    def _start(self, k: int) -> float:
        """Where word k begins, in speech tokens: never before the word before it, nor before it was read."""
        if k == 0:
            return float(self.earliest[0])
        step = self.starts[k] - self.starts[k - 1]
        left = self.starts[-1] - self.starts[k - 1]          # text tokens from the latest word's on
        if self.ended:
            rate = max(0.0, self.speech - self.last) / left
        else:
            rate = max(self.expected, (self.speech - self.last) / left)
        return max(self.last + rate * step, float(self.earliest[k]))
