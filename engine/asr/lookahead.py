"""Which words are expected next: the language model and the user's own words, asked one piece of a word at a time.

The search in `engine/asr/ctc.py` adds pieces of words. A model of words knows what a word costs only when it is whole;
until then a beginning costs what the likeliest word with that beginning costs, so that every hypothesis is judged at
every piece (look-ahead; Ortmanns and others, "Language-model look-ahead for large vocabulary speech recognition",
1996). The user's own words are never less likely than `own`, wherever they are said, and the next word of a phrase
of theirs is as likely as not: contextual biasing by shallow fusion.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from audio_io.errors import WrongUse
from engine.asr.word_lm import BEGIN, END, OTHER, WordLm

START = "▁"                      # begins a word in SentencePiece's spelling
ROOM = 100_000                   # remembered answers; about 20 MB
LETTERS = re.compile(r"[a-z]+(?:'[a-z]+)*")
NEXT_OWN = math.log(0.5)         # the next word of one of the user's phrases


@dataclass(frozen=True, slots=True)
class Weights:
    """How much the words count beside the sound; natural logarithms. Chosen on the development set.

    lm: of a word's probability, 0..2. word: for every word, against the model's liking for few. other: the
    probability of a word that is in no list. own: at least this for the user's own; above 0 it is a gift.
    """

    lm: float = 0.5
    word: float = 2.5
    other: float = -14.0
    own: float = -1.0


NO_MODEL = Weights(lm=0.0, word=0.0)


class Place(NamedTuple):
    """Where a hypothesis is: the numbers of its last words, and the letters of the one begun."""

    before: tuple[int, ...]
    letters: str


class Expectation:
    """What to add to a hypothesis' score. Answers depend on the arguments alone; they are remembered."""

    def __init__(self, lm: WordLm, own: Sequence[str] = (), weights: Weights | None = None) -> None:
        """own: words and phrases of the user's, in lower case, letters a to z and apostrophes, single spaces."""
        self.lm, self.weights = lm, weights or Weights()
        self.start = Place((BEGIN,), "")
        self._own: dict[str, int] = {}
        self._phrases: set[tuple[int, int]] = set()
        for phrase in own:
            numbers = [self._learn(word) for word in phrase.split()]
            self._phrases |= set(pairwise(numbers))
        self._ahead = self._beginnings()
        self._pieces: dict[tuple[Place, str], tuple[Place, float]] = {}
        self._words: dict[tuple[tuple[int, ...], str], tuple[int, float]] = {}

    def extend(self, place: Place, piece: str) -> tuple[Place, float]:
        """-> where the hypothesis is after `piece`, and what its score gains (mostly below 0)."""
        found = self._pieces.get((place, piece))
        if found is None:
            if len(self._pieces) >= ROOM:
                self._pieces.clear()
            found = self._pieces[place, piece] = self._extend(place, piece)
        return found

    def finish(self, place: Place, whole: bool = False) -> float:
        """What the score gains if the word begun ends here; whole: and with it what was said."""
        before, gain = self._end_word(place)
        return gain + (self.weights.lm * self.lm.logp(before, END) if whole else 0.0)

    def is_word(self, letters: str) -> bool:
        return letters in self.lm.numbers or letters in self._own

    # -- the parts of it ------------------------------------------------------------------------------
    def _extend(self, place: Place, piece: str) -> tuple[Place, float]:
        gain = 0.0
        if piece.startswith(START):
            before, gain = self._end_word(place)
            place, piece = Place(before, ""), piece[1:]
        letters = place.letters + piece
        lm = self.weights.lm
        return Place(place.before, letters), gain + lm * (self._look(letters) - self._look(place.letters))

    def _end_word(self, place: Place) -> tuple[tuple[int, ...], float]:
        """-> the last words with this one, and the gain: what the word costs in place of what its beginning did."""
        if not place.letters:
            return place.before, 0.0
        found = self._words.get(place)
        if found is None:
            if len(self._words) >= ROOM:
                self._words.clear()
            found = self._words[place] = self._word(place.before, place.letters)
        number, logp = found
        gain = self.weights.lm * (logp - self._look(place.letters)) + self.weights.word
        return (*place.before, number)[-2:], gain

    def _word(self, before: tuple[int, ...], letters: str) -> tuple[int, float]:
        number = self.lm.number(letters)
        logp = self.weights.other
        if number != OTHER:
            logp = max(logp, self.lm.logp(before, number))
        if letters in self._own:
            number = self._own[letters]
            logp = max(logp, self.weights.own)
            if before and (before[-1], number) in self._phrases:
                logp = max(logp, NEXT_OWN)
        return number, logp

    def _look(self, letters: str) -> float:
        return self._ahead.get(letters, self.weights.other) if letters else 0.0

    def _learn(self, word: str) -> int:
        known = self.lm.number(word)
        return self._own.setdefault(word, known if known != OTHER else len(self.lm.words) + len(self._own))

    def _beginnings(self) -> dict[str, float]:
        """-> for every beginning of a word, the logarithm of the likeliest word's probability."""
        ahead: dict[str, float] = {}
        listed = [(p, w) for w, p in zip(self.lm.words[3:], self.lm.singles[3:], strict=True)]
        listed += [(self.weights.own, w) for w in self._own]
        for p, word in sorted(listed, reverse=True):          # the likeliest first: later ones change nothing
            floor = max(p, self.weights.other)
            for end in range(len(word), 0, -1):
                if word[:end] in ahead:
                    break                                      # and with it all shorter beginnings
                ahead[word[:end]] = floor
        return ahead


def spelt(word: str) -> str:
    """-> lower case, without accents. Raises WrongUse where letters are missing or there is something else."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if not LETTERS.fullmatch(plain):
        raise WrongUse(f"words: {word[:40]!r} cannot be learnt; write it as it is spoken, with letters a to z only")
    return plain
