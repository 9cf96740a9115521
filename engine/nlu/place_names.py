"""Places in what people say: canonical text -> Place. Names that are nearly right are guessed."""

from engine.assistant.places import Place, by_name
from engine.nlu.normalise import nearest

_LONGEST = 5                         # words in a name
_NOT_ALONE = frozenset({"la", "us", "nice", "york", "cork", "reading", "turkey", "chad", "mobile", "america", "dc"})
_WITH_ARTICLE = ("united", "netherlands", "czech", "philippines", "bahamas", "maldives", "seychelles", "dominican",
                 "congo", "ivory", "canary", "gold coast")


def place_words(place: Place) -> str:
    """As it is said in a sentence: "Tokyo", "the United States", "Pacific time"."""
    return f"the {place.name}" if place.name.lower().startswith(_WITH_ARTICLE) else place.name


def find_place(text: str, anywhere: bool = False) -> Place | None:
    """The place that canonical `text` begins with (or holds `anywhere`); the longest name wins, the last is taken of
    several: "london no tokyo" is Tokyo. Names that are common words count at the beginning only."""
    named, words = by_name(), text.replace("'s", "").split()
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
    return any(name.startswith(text + " ") for name in by_name())


def guess_place(text: str) -> Place | None:
    """The place whose name is nearest in spelling to the first words of `text`: "pariss", "barselona"."""
    words = text.replace("'s", "").split()
    for n in range(min(3, len(words)), 0, -1):
        if (name := nearest(" ".join(words[:n]), frozenset(by_name()))) is not None:
            return by_name()[name]
    return None
