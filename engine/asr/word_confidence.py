"""Was that a word, or a noise that had to be something? What the voice encoder's posteriors say of each word.

A word that was said has pieces that the network was sure of at some frame; what is made of a noise has pieces that
were barely likelier than nothing. A word alone has to be surer than one in a sentence, because noises come alone.
"""

import math
from collections.abc import Sequence

from engine.asr.ctc import Spelt

# odds = a sum of weights and measures; fitted by engine/training/words/fit_words.py
WEIGHTS = (2.0, 1.0, 0.2, 3.0)
A_WORD, A_SENTENCE = -1.0, 0.0   # odds (natural logarithm) below which a word, and all of an utterance, is noise


def measures(word: Spelt) -> tuple[float, ...]:
    """-> mean and lowest log posterior of its pieces, how many (up to 4), and 1."""
    return (max(word.sure, -6.0), max(word.least, -8.0), float(min(word.pieces, 4)), 1.0)


def odds(word: Spelt) -> float:
    """The logarithm of the odds that it was said; 0 is even."""
    return math.fsum(w * m for w, m in zip(WEIGHTS, measures(word), strict=True))


def likely(words: Sequence[Spelt]) -> list[Spelt]:
    """Leaves out single words that are noises, and everything when what remains is on the whole no better."""
    kept = [(score, word) for word in words if (score := odds(word)) > A_WORD]
    if not kept or max(score for score, _ in kept) < A_SENTENCE:
        return []
    return [word for _, word in kept]
