"""The words that turn-taking knows: stop words, back-channels, sounds that are no words, dictation."""

import re
from functools import lru_cache

OWN_BACK_CHANNELS = ("mm-hm", "uh-huh", "right", "mm-hm", "okay")    # in turn: the least committal comes most
STOP_WORDS = frozenset({
    "stop", "stop it", "stop that", "stop talking", "stop stop", "stop please", "please stop", "quiet", "be quiet",
    "silence", "shut up", "enough", "that's enough", "parley stop", "okay stop", "no stop",
})
NON_LEXICAL = frozenset({             # sounds that ask for nothing
    "mm", "hm", "hmm", "mhm", "mm-hm", "mm-hmm", "mmhm", "uh-huh", "uh", "huh", "um", "ah", "oh", "aha",
})
BACK_CHANNELS = NON_LEXICAL | frozenset({
    "yeah", "yep", "yes", "okay", "ok", "right", "sure", "wow", "really", "nice", "good", "cool", "i", "see", "alright",
})


def bare(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").replace(".", " ").replace("!", " ").split())


def is_stop(text: str) -> bool:
    return bare(text) in STOP_WORDS


def goes_on_after_stop(text: str) -> bool:
    """"stop the timer": begins like a stop word, and is more than that."""
    said = bare(text)
    return said not in STOP_WORDS and any(said.startswith(f"{word} ") for word in STOP_WORDS)


def is_non_lexical(text: str) -> bool:
    """Sounds that ask for nothing, whoever has the floor. Empty counts."""
    return all(word in NON_LEXICAL for word in bare(text).split())


def is_back_channel(text: str) -> bool:
    """Nothing but acknowledging sounds. Empty counts."""
    return all(word in BACK_CHANNELS for word in bare(text).split())


_DIGITS = frozenset({
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple", "dash",
    "dot",
})
_TENS = frozenset({
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "point",
})
_NOTE = re.compile(
    r"(?:^|\b(?:you|please|to|parley) )(?:(?:take|make|write|add|leave|dictate) (?:down )?(?:a|an|another|this|the) "
    r"(?:\w+ )?(?:note|memo|list|message)|note (?:that|down)|write (?:this |it )?down|remember that)\b"
)


@lru_cache(256)
def is_dictation(text: str) -> bool:
    """Whether the user is dictating: a note or a list, or the last two words are single digits or letters.

    The last words of a number ("three point one four", "twenty five") are none.
    """
    words = bare(text).split()
    if _NOTE.search(" ".join(words)):
        return True
    units = [len(w) == 1 or w in _DIGITS for w in words[-2:]]
    return len(units) == 2 and all(units) and not (len(words) > 2 and words[-3] in _TENS)
