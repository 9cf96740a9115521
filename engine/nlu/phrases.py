"""A reply cut into phrases that can be spoken one by one: the first audio comes early, an interruption costs little."""

import re
from fractions import Fraction

from engine.tts.number_words import number_words

LONGEST = 15                         # words a phrase
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FIGURE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]\d)")
_YOURS = {"i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "am": "are", "your": "my"}


def phrases(text: str) -> list[str]:
    """Sentences; a long one falls apart at its commas, then before an "and", at last anywhere."""
    return [piece for sentence in _SENTENCE.split(text.strip()) if sentence for piece in _short(sentence)]


def _short(sentence: str) -> list[str]:
    words = sentence.split()
    if len(words) <= LONGEST:
        return [sentence]
    cuts = [i for i in range(1, LONGEST + 1) if words[i - 1][-1] in ",;:"]
    cuts = cuts or [i for i in range(2, LONGEST + 1) if words[i] in ("and", "or", "but", "that", "which")] or [LONGEST]
    return [" ".join(words[: cuts[-1]]), *_short(" ".join(words[cuts[-1]:]))]


def said_back(text: str) -> str:
    """The user's words in the assistant's mouth, figures as words: "call my mum at 5" -> "call your mum at five"."""
    spoken = _FIGURE.sub(lambda m: number_words(Fraction(m[0])), text)
    return " ".join(_YOURS.get(w, w) for w in spoken.split())


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}"
