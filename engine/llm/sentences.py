"""A reply cut into speakable pieces while it is still being written.

What a model writes is not all meant for the ear: markdown, emoji and code are dropped, of a link its text or its host
is left. What remains is cut where a voice may pause: the first piece early, at a clause, so that speech begins soon;
later ones at the ends of sentences. Every decision rests on the characters alone, never on how they happened to
arrive, so the same text gives the same pieces however it is chopped.
"""

import re
import unicodedata
from collections.abc import Iterator

from engine.tts.number_words import words
from engine.tts.text import BULLET, LINK_TARGET, MARKS, RULE, SELECTORS, TAG, TIMES

FIRST_WORDS = 3                  # a first piece has at least so many
FIRST_MOST = 14                  # and is cut anywhere that is not ugly when no mark has come by then
WORDS = 3                        # so many at least in later pieces: "Yes. No." is one
CLAUSE_WORDS = 18                # from here on a comma will do
MOST_WORDS = 40                  # and from here on any gap
LONGEST_WORD = 300               # letters; a longer one is taken apart so that nothing grows without bound

STOPS, CLAUSES = ".!?…。！？", ",;:，；：、–—"
WIDE_MARKS = "。！？，；：、…"     # no space follows these in Chinese and Japanese
CLOSERS = "\"'”’»)」』）"
_SENTENCE = re.compile(rf"[{re.escape(STOPS)}]+[{re.escape(CLOSERS)}]*$")
_CLAUSE = re.compile(rf"[{re.escape(CLAUSES)}][{re.escape(CLOSERS)}]*$")
_TITLES = frozenset(words(
    "mr mrs ms dr prof st rev gen col sgt capt lt hon gov sen rep no nr nos vol fig eq ch sec p pp ed e.g i.e vs cf "
    "ca approx dept univ viz al ave rd blvd jan feb mar apr jun jul aug sept oct nov dec tel ext bzw z.b d.h usw inkl"
))                       # what follows belongs to them
_ENDINGS = frozenset(words("a.m p.m etc inc ltd co corp jr sr"))       # may end a sentence as well
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\.")
_LEANS = frozenset(words(
    "a an the of to in on at by for with from and or but as if than that this is are was were be my your his her its "
    "our their no not very so der die das ein eine und oder zu von im mit"
))                       # no pause after these
_URL = re.compile(r"(?:https?://|www\.)(?P<host>[\w.-]*\w)"
                  r"(?::\d+)?(?:[/?#](?:[^\s<>\"')\]]*[^\s<>\"')\].,;:!?])?)?", re.IGNORECASE)
_CITATION = re.compile(r"\[\d+(?:[-,]\d+)*\]")
_MATHS = re.compile(r"\\[()\[\]]")
_POWER = re.compile(r"(?<=\w)\*\*(?=-?\d)")
_FENCE = "```"
_STRAIGHT, _OPENS, _CLOSES = '"', "“„«「『", "”»」』"


def clean(text: str) -> str:
    """What is to be said of a whole reply: all its pieces, one after the other."""
    cutter = Pieces()
    return "".join([*cutter.feed(text), *cutter.end()])


class Pieces:
    """One reply. `feed` text as it comes, take the pieces that are complete; `end` gives the rest."""

    def __init__(self) -> None:
        self._word, self._gap = "", ""           # being read, and the white space after it
        self._opens = True                       # the word being read is the first of its line
        self._item = False                       # that line is a list item or a heading
        self._code = False                       # between two fences
        self._space = False                      # white space since the last word that is said
        self._piece, self._units = "", 0.0       # collected, and its length in words
        self._quote = ""                         # the mark that has opened a quotation
        self._begun = False                      # a first piece has been given

    def feed(self, text: str) -> list[str]:
        """-> complete pieces; each begins with the space that parts it from the one before."""
        return [piece for c in text for piece in self._read(c)]

    def end(self) -> list[str]:
        """The reply is over. -> what is left of it: one piece or none."""
        pieces = list(self._finish(""))
        rest, self._piece = self._piece, ""
        return [*pieces, rest] if rest.strip() else pieces

    # -- words --------------------------------------------------------------------------------------
    def _read(self, c: str) -> Iterator[str]:
        if c.isspace():
            self._gap += c if self._word or not self._gap else ""
            if not self._word:
                self._space = True
                self._opens = self._opens or c in "\n\r"
            return
        wide = self._word and self._word[-1] in WIDE_MARKS and c not in WIDE_MARKS + CLOSERS
        if self._word and (self._gap or wide or len(self._word) >= LONGEST_WORD):
            yield from self._finish(c)
        self._word += c
        self._gap = ""

    def _finish(self, following: str) -> Iterator[str]:
        """The word being read is complete; `following` is the next visible character, "" at the end."""
        word, gap, opens = self._word, self._gap, self._opens
        self._word, self._gap = "", ""
        if not word:
            return
        item = BULLET.fullmatch(word) is not None if opens else self._item
        said = self._uncoded(word, opens)
        if said and self._units and said in STOPS + CLAUSES and said != word:
            self._space = False                  # "wow 🎉!": the mark belongs to the word before
        ends_line, ends_paragraph = "\n" in gap, gap.count("\n") > 1
        if said and (ends_paragraph or (ends_line and item)) and said[-1] not in STOPS + CLAUSES + CLOSERS:
            said += "."
        if said:
            self._piece += (" " if self._space and (self._piece or self._begun) else "") + said
            self._units += _length(said)
            self._follow_quotes(said)
            self._space = False
        self._space = self._space or bool(gap)
        self._opens, self._item = ends_line, item and not ends_line
        if ends_paragraph:
            self._quote = ""
        if said and following and self._may_pause(said, following, opens and item):
            yield self._piece
            self._piece, self._units, self._begun = "", 0.0, True

    def _uncoded(self, word: str, opens: bool) -> str:
        """What is said of a word, with blocks of code left out."""
        said = ""
        for i, part in enumerate(word.split(_FENCE)):
            if i:
                self._code = not self._code
            if part and not self._code:
                said += _said(part, opens and not i)
        return said

    # -- pauses -------------------------------------------------------------------------------------
    def _follow_quotes(self, said: str) -> None:
        for i, c in enumerate(said):
            if c == _STRAIGHT and not (i and said[i - 1].isdigit() and not self._quote):      # 5" is a length
                self._quote = "" if self._quote else c
            elif self._quote == "„" and c == "“":
                self._quote = ""
            elif c in _OPENS and not self._quote:
                self._quote = c
            elif c in _CLOSES:
                self._quote = ""

    def _may_pause(self, said: str, following: str, numbers_item: bool) -> bool:
        units, last = self._units, said.rstrip(STOPS + CLAUSES + CLOSERS)[-1:]
        if numbers_item or (last.isdigit() and following.isdigit()):
            return False                         # "1." of a list; "March 3, 2024", "1 000"
        if units >= MOST_WORDS and _SENTENCE.search(said):
            return True                          # even inside a quotation
        if self._quote:
            return units >= 2 * MOST_WORDS
        if _ends_sentence(said, following):
            return units >= (WORDS if self._begun else FIRST_WORDS)
        if _CLAUSE.search(said):
            return units >= (CLAUSE_WORDS if self._begun else FIRST_WORDS)
        free = not last.isdigit() and said.lower() not in _LEANS and said[-1] not in STOPS
        return free and units >= (MOST_WORDS if self._begun else FIRST_MOST)


def _ends_sentence(said: str, following: str) -> bool:
    """Whether the full stop after a word is one, given the next visible character."""
    if not _SENTENCE.search(said) or following.islower() or following in CLAUSES + STOPS:
        return False
    bare = said.rstrip(CLOSERS).lstrip("(\"'“‘")
    if not bare.endswith(".") or bare.endswith(".."):
        return True
    stem = bare[:-1].lower()
    if stem in _ENDINGS:
        return True                              # and the next word begins with a capital
    return stem not in _TITLES and not (_INITIALS.fullmatch(bare) and stem != "i")


def _length(said: str) -> float:
    """In words. A Chinese or Japanese character counts half."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" and c.isalnum() for c in said)
    return wide / 2 if wide else float(any(c.isalnum() for c in said))


def _said(word: str, opens_line: bool) -> str:
    """One written word -> what is left of it for the ear, perhaps nothing."""
    if opens_line and BULLET.fullmatch(word):
        return word if word[0].isdigit() else ""
    if RULE.fullmatch(word):
        return ""
    word = _URL.sub(lambda m: m["host"].removeprefix("www."), LINK_TARGET.sub("", word))
    word = MARKS.sub("", TIMES.sub(" times ", TAG.sub("", _MATHS.sub("", _CITATION.sub("", _POWER.sub("^", word))))))
    word = "".join(c for c in SELECTORS.sub("", word) if _audible(c))
    return " ".join(word.strip("_").replace("_", " ").split())


def _audible(c: str) -> bool:
    kind = unicodedata.category(c)
    if c in "[]\\":
        return False
    return c in "°^" or (kind not in ("So", "Sk", "Cs", "Cn", "Co", "Cc") and (kind != "Cf" or c in "\u200c\u200d"))
