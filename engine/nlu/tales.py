"""Stories, jokes and facts: our own, from assets/tales.toml. What has been told is read off what was heard."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

Tale = tuple[str, ...]               # its sentences; each is a phrase to speak
_WORD = re.compile(r"[a-z']+")


@cache
def tales() -> dict[str, tuple[Tale, ...]]:
    """ "story", "joke" and "fact" -> what there is to tell of that kind."""
    table = tomllib.loads((files("assets") / "tales.toml").read_text(encoding="utf-8"))
    return {
        "story": tuple(tuple(story["lines"]) for story in table["stories"]),
        "joke": tuple(tuple(joke) for joke in table["jokes"]),
        "fact": tuple(tuple(fact) for fact in table["facts"]),
    }


def bare(text: str) -> str:
    """Letters only: a voice's captions may differ from what was written in case and punctuation."""
    return " ".join(_WORD.findall(text.lower()))


def untold(kind: str, heard: Sequence[str], order: Sequence[int], about: str = "") -> Tale:
    """One of which nobody has heard the beginning yet, in this `order`; after the last the oldest comes again.

    `about`: a word of the request; a tale that holds it goes first.
    """
    told = [bare(h) for h in heard]
    mine = [tales()[kind][i] for i in order if i < len(tales()[kind])]
    fresh = [t for t in mine if not any(" ".join(bare(t[0]).split()[:5]) in h for h in told)]
    fitting = [t for t in fresh if about and re.search(rf"\b{re.escape(about)}", bare(" ".join(t)))]
    if fitting or fresh:
        return (fitting or fresh)[0]
    return min(mine, key=lambda t: max(i for i, h in enumerate(told) if " ".join(bare(t[0]).split()[:5]) in h))


def rest_of(heard: str) -> Tale:
    """The sentences of the tale in `heard` that were not heard to their end; () when it was none, or all of it."""
    said = bare(heard)
    for tale in (t for kind in tales().values() for t in kind):
        if (said and said.startswith(" ".join(bare(tale[0]).split()[:5]))) or (said and bare(tale[0]) in said):
            whole = ""
            for i, line in enumerate(tale):
                whole = f"{whole} {bare(line)}".strip()
                if whole not in said:
                    return tale[i:]
    return ()
