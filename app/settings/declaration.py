"""What one declaration of a setting holds: its default and range, its texts, its page, and when a change takes hold.

    patience: float = setting(0.5, page="conversation", takes=LIVE, lo=0, hi=1, label=..., help=..., ends=...)

`app.settings.schema` has all of them; the settings file, the panel, its search, "reset" and the running program read
what they need from there, so that a setting is written down once.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.i18n.marking import QT_TRANSLATE_NOOP
from engine.strict_yaml import Limits, Value

# when a change takes hold
LIVE = "live"                    # told to what runs: device, assistant, pipeline or window
REBUILD = "rebuild"              # the pipeline is built anew; device and assistant stay
NEXT_START = "next start"        # read when the program starts

V = TypeVar("V", bound=Value)

# pages of the settings panel, in their order
PAGES: dict[str, str] = {
    "devices": QT_TRANSLATE_NOOP("Settings", "Devices"),
    "conversation": QT_TRANSLATE_NOOP("Settings", "Conversation"),
    "voice": QT_TRANSLATE_NOOP("Settings", "Voice"),
    "languages": QT_TRANSLATE_NOOP("Settings", "Languages"),
    "persona": QT_TRANSLATE_NOOP("Settings", "Persona"),
    "models": QT_TRANSLATE_NOOP("Settings", "Profile and models"),
    "server": QT_TRANSLATE_NOOP("Settings", "Server"),
    "privacy": QT_TRANSLATE_NOOP("Settings", "Privacy"),
    "diagnostics": QT_TRANSLATE_NOOP("Settings", "Diagnostics"),
}


@dataclass(frozen=True)
class Declared:
    """One setting. name: as `turns.patience`. lo, hi: of a number. choices: of a text that is one of a few.

    label, help: its title and what it does, in English, marked for translation. words: others by which it is found.
    names: value -> what it is called. ends: of a slider, left and right. step: of a slider.
    control: device, voice, key or persona, where type and range do not say which control it needs.
    """

    page: str
    takes: str
    label: str
    help: str = ""
    words: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[str, str] = ("", "")
    step: float = 0.05
    control: str = ""
    name: str = ""
    default: Value | None = None
    lo: float = -math.inf
    hi: float = math.inf
    choices: tuple[str, ...] = ()


def setting(
    default: V, *, lo: float = -math.inf, hi: float = math.inf, choices: tuple[str, ...] = (), longest: int = 200,
    **about: Any,
) -> V:  # fmt: skip
    """A dataclass field that declares a setting; `about`: as of `Declared`.

    choices: a closed list; where it is not given, the values in `names` are it, unless `control` lets others in.
    longest: characters of a text.
    """
    if not choices and not about.get("control"):
        choices = tuple(about.get("names", ()))
    declared = Declared(**about, default=default, lo=lo, hi=hi, choices=choices)
    limits = Limits(lo, hi, choices, longest)
    return dataclasses.field(default=default, metadata={"limits": limits, "declared": declared})


def declared(kind: type, within: str = "") -> Iterator[Declared]:
    """-> every setting that the dataclass `kind` and the dataclasses in it declare, in their order."""
    for one in dataclasses.fields(kind):
        name = f"{within}{one.name}"
        if found := one.metadata.get("declared"):
            yield dataclasses.replace(found, name=name)
        elif isinstance(one.default_factory, type):
            yield from declared(one.default_factory, f"{name}.")
