"""Cities, countries, states and time zones by the names people say -> the clock there.

The table is assets/cities.tsv (name, IANA zone, kind, further names); the zones' rules are zoneinfo's.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from engine.nlu.normalise import nearest

_LONGEST = 5                         # words in a name
_NOT_ALONE = frozenset({"la", "us", "nice", "york", "cork", "reading", "turkey", "chad", "mobile", "america", "dc"})

_WITH_ARTICLE = ("united", "netherlands", "czech", "philippines", "bahamas", "maldives", "seychelles", "dominican",
                 "congo", "ivory", "canary", "gold coast")


@dataclass(frozen=True, slots=True)
class Place:
    """`name` as it is said in an answer, `kind` one of city, country, state, zone."""

    name: str
    zone: str
    kind: str

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def said(self) -> str:
        """ "Tokyo", "the United States", "Pacific time" """
        return f"the {self.name}" if self.name.lower().startswith(_WITH_ARTICLE) else self.name


@cache
def _names() -> dict[str, Place]:
    text = (files("assets") / "cities.tsv").read_text(encoding="utf-8")
    named: dict[str, Place] = {}
    for row in text.splitlines()[1:]:
        name, zone, kind, also = row.split("\t")
        for said in (name.lower(), *(also.split(",") if also else ())):
            named[said] = Place(name, zone, kind)
    return named


def find_place(text: str, anywhere: bool = False) -> Place | None:
    """The place that canonical `text` begins with (or holds `anywhere`); the longest name wins, the last is taken of
    several: "london no tokyo" is Tokyo. Names that are common words count at the beginning only."""
    named, words = _names(), text.replace("'s", "").split()
    found, i = None, 0
    while i < len(words):
        for n in range(min(_LONGEST, len(words) - i), 0, -1):
            phrase = " ".join(words[i : i + n])
            if phrase in named and not (i and phrase in _NOT_ALONE):
                if found is None or anywhere or words[i - 1] in ("no", "mean", "sorry", "actually", "or", "rather"):
                    found = named[phrase]
                i += n - 1
                break
        else:
            if found is None and not anywhere and i >= 1:
                return None
        i += 1
    return found


def begins_place(text: str) -> bool:
    """Whether a longer name begins with these words: "new", "san"."""
    return any(name.startswith(text + " ") for name in _names())


def guess_place(text: str) -> Place | None:
    """The place whose name is nearest in spelling to the first words of `text`: "pariss", "barselona"."""
    words = text.replace("'s", "").split()
    for n in range(min(3, len(words)), 0, -1):
        if (name := nearest(" ".join(words[:n]), frozenset(_names()))) is not None:
            return _names()[name]
    return None
