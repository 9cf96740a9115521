"""From a phrase as written to a phrase as spoken, with a way back from every character to its word.

What a language model writes is not what a voice should say: markdown, emoji and control characters are silent,
`and/or` is not "and slash or". The words stay those of the writer (memory and captions hold them); only the
text beside them, which the synthesiser gets, is changed.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from engine.tts.english import in_english

CLAUSE_WEIGHT = 400              # eSpeak NG drops what goes beyond 1000 phonemes without a clause mark
DIGIT_WEIGHT = 8                 # letters that a digit sounds like: "7" -> "seven hundred"
ENDS_CLAUSE = ".,;:!?…"
READS_ALL = frozenset((           # languages whose eSpeak voices read a script other than the Latin one
    "am", "ar", "as", "ba", "be", "bg", "bn", "bpy", "chr", "cmn", "cv", "el", "fa", "grc", "gu", "hak",
    "he", "hi", "hy", "hyw", "ja", "ka", "kk", "kn", "ko", "kok", "ky", "mk", "ml", "mr", "my", "ne",
    "nog", "or", "pa", "piqd", "ru", "sd", "shn", "si", "sr", "ta", "te", "th", "ti", "tt", "ug", "uk",
    "ur", "uz", "yue",
))
PLAIN = re.compile(r"[A-Za-z0-9']+[.,;:!?]?")         # most words: nothing to look at
BULLET = re.compile(r"[-*+•>]|#{1,6}|\d+[.)]")
RULE = re.compile(r"[|:=_*-]{3,}|\|+")                # a ruler or the frame of a table
LINK_TARGET = re.compile(r"\]\([^)\s]*\)")
TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*/?>")
EMPHASIS = re.compile(r"^(?:[*_]+|~~+|`+)|(?:[*_]+|~~+|`+)(?=[.,;:!?]*$)")
TIMES = re.compile(r"(?<=\d)[*×](?=\d)")
ALTERNATIVES = re.compile(r"(?<=[^\W\d])/(?=[^\W\d])")  # and/or, but neither 3/4 nor https://
MARKS = re.compile(r"[*`|]|~~|__")
SPACES = re.compile(r"[_\\\s]+")
SELECTORS = re.compile("[\ufe00-\ufe0f\u20e3\U000e0100-\U000e01ef]")   # "draw this one as an emoji"
TIMES_SIGN = "×"
OPERATORS = {TIMES_SIGN: "times", "-": "minus", "−": "minus", "~": "about"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`words`: as written, `text.split()`. `text`: for the synthesiser; empty when there is nothing to say.

    `starts`: for each word the index in `text` at which it begins (a silent word: that of the next one).
    `weights`: about how long each word sounds, in letters; 0 for a silent one.
    """

    words: tuple[str, ...]
    text: str
    starts: tuple[int, ...]
    weights: tuple[int, ...]

    def word_at(self, index: int) -> int:
        """-> the number of the word that the character `index` of `text` belongs to; -1 before the first."""
        return bisect_right(self.starts, index) - 1


def reads_all(language: str) -> bool:
    """Whether a voice of this language (an eSpeak code such as "ru-lv") reads more than Latin letters."""
    return language.split("-")[0].lower() in READS_ALL or language.endswith("-shaw")


def as_spoken(text: str, every_script: bool = False, english: bool = False) -> Reading:
    """Any text -> what to say of it. `every_script`: keep letters that are neither Latin nor Greek.

    english: figures, abbreviations and signs become English words; else the synthesiser reads them as it can.
    """
    tokens = list(re.finditer(r"\S+", text))
    words = tuple(token.group() for token in tokens)
    heard = in_english([_bare(word) for word in words]) if english else words
    said: list[str] = []
    for i, token in enumerate(tokens):
        gap = text[tokens[i - 1].end() if i else 0 : token.start()]
        opens_line = i == 0 or "\n" in gap
        if opens_line and BULLET.fullmatch(token.group()) and len(tokens) > 1:
            say = heard[i] if token.group()[0].isdigit() else ""
            _pause_after(said)
        else:
            say = _sound(heard[i], every_script)
            if gap.count("\n") > 1:
                _pause_after(said)
        said.append(say)
    _read_operators(said)
    if not any(_speakable(say) for say in said):
        said = [""] * len(said)
    return _joined(words, _with_breath(said))


def _bare(word: str) -> str:
    """Without markup, so that what it marks can be read."""
    if PLAIN.fullmatch(word) or RULE.fullmatch(word) or word == "*":
        return word
    return EMPHASIS.sub("", SELECTORS.sub("", TAG.sub("", LINK_TARGET.sub("", word))))


def _sound(word: str, every_script: bool) -> str:
    """One written word -> what to say, perhaps several words, perhaps nothing."""
    if PLAIN.fullmatch(word):
        return word
    if RULE.fullmatch(word):
        return ""
    if word == "*":
        return TIMES_SIGN                                 # `_read_operators` decides whether it is heard
    word = LINK_TARGET.sub("", word)
    word = TAG.sub(" ", word)
    word = MARKS.sub("", TIMES.sub(" times ", word))
    word = ALTERNATIVES.sub(" ", word)
    word = "".join(_letter(c, every_script) for c in unicodedata.normalize("NFC", SELECTORS.sub("", word)))
    return SPACES.sub(" ", word).strip()


def _letter(c: str, every_script: bool) -> str:
    """One character -> itself, its plain form, or nothing."""
    kind = unicodedata.category(c)
    if kind in ("So", "Sk"):
        return {"°": c, "^": " "}.get(c, "")             # "3^4" must never become 34
    if kind[0] == "C":
        return c if every_script and c in "\u200c\u200d" else ""            # joiners matter in Persian and Hindi
    if kind == "Nd":
        return str(unicodedata.digit(c))
    if kind[0] not in "LM" or every_script:
        return c
    plain = unicodedata.normalize("NFKC", c)                                # mathematical bold and the like
    return "".join(p for p in plain if unicodedata.name(p, "").startswith(("LATIN", "GREEK", "COMBINING")))


def _speakable(say: str) -> bool:
    return any(unicodedata.category(c)[0] in "LNS" or c in "%&@#/" for c in say)


def _pause_after(said: list[str]) -> None:
    """The end of a list item or paragraph is heard even where the writer put no full stop."""
    last = _last_heard(said)
    if last is not None and said[last][-1] not in ENDS_CLAUSE:
        said[last] += "."


def _last_heard(said: list[str]) -> int | None:
    return next((i for i in reversed(range(len(said))) if said[i]), None)


def _read_operators(said: list[str]) -> None:
    """A lone mark is an operator between two numbers, and a breath or nothing anywhere else."""
    for i, say in enumerate(said):
        if say not in OPERATORS:
            continue
        between = 0 < i < len(said) - 1 and said[i - 1][-1:].isdigit() and said[i + 1][:1].isdigit()
        said[i] = OPERATORS[say] if between else "" if say == TIMES_SIGN else "–"


def _with_breath(said: list[str]) -> list[str]:
    """Adds commas where a clause would grow longer than the synthesiser can hold."""
    out: list[str] = []
    weight = 0
    for say in said:
        more = _weight(say) + 1
        if weight and weight + more > CLAUSE_WEIGHT:
            last = _last_heard(out)
            if last is not None and out[last][-1] not in ENDS_CLAUSE:
                out[last] += ","
            weight = 0
        weight = 0 if say and say[-1] in ENDS_CLAUSE else weight + more
        out.append(say)
    return out


def _joined(words: tuple[str, ...], said: list[str]) -> Reading:
    text = ""
    starts: list[int] = []
    for say in said:
        if text and say and not all(c in ENDS_CLAUSE for c in say):         # "wait !" sounds like "wait!"
            text += " "
        starts.append(len(text))
        text += say
    following = len(text)
    for i in reversed(range(len(said))):                                    # a silent word goes with the next one
        starts[i] = starts[i] if said[i] else following
        following = starts[i]
    return Reading(words, text, tuple(starts), tuple(_weight(say) for say in said))


def _weight(say: str) -> int:
    return sum(1 if c.isalpha() or c == " " or c in ENDS_CLAUSE else DIGIT_WEIGHT for c in say)
