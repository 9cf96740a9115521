"""Who the assistant is for a language model: a few sentences, from assets/personas or the user's own."""

from functools import cache
from pathlib import Path

import assets
from audio_io.errors import WrongUse
from engine.strict_yaml import nearest, read

DEFAULT = "friendly"
LONGEST = 4000                   # letters: it is read again by the model whenever it is loaded


@cache
def personas() -> dict[str, str]:
    """Name -> its sentences. Raises WrongUse for a file that is not a persona."""
    found: dict[str, str] = {}
    for path in sorted(Path(assets.__path__[0], "personas").glob("*.yaml")):
        table = read(path, "a persona")
        table.only(("about", "text"), "of a persona")
        table.text("about")
        found[path.stem] = " ".join(table.text("text", longest=LONGEST).split())
    return found


def persona(chosen: str) -> str:
    """The sentences of the persona named, or `chosen` itself where it is a text of several words.

    Raises WrongUse for a single word that names none, and for a text that is too long.
    """
    said = " ".join(chosen.split()) or DEFAULT
    if said in personas():
        return personas()[said]
    if " " not in said:
        raise WrongUse(f"{said!r} is not a persona{nearest(said, personas())}; or describe one in a sentence")
    if len(said) > LONGEST:
        raise WrongUse(f"a persona of {len(said)} letters is too long; the longest has {LONGEST}")
    return said
