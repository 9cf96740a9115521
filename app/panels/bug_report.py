"""What a bug report needs: the doctor's lines, the settings, the last problems. No words that were said, no names."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from app.settings.schema import Settings
from engine.llm.personas import personas
from engine.strict_yaml import written


def nameless(text: str, home: Path) -> str:
    """The home folder as ~, and the user's name in any other path as USER."""
    text = text.replace(str(home), "~")
    name = home.name
    return re.sub(rf"(?<=[/\\]){re.escape(name)}(?=[/\\\s:;,]|$)", "USER", text) if name else text


def settings_lines(settings: Settings) -> str:
    """What differs from the defaults, without what is personal: words, sentences, keys."""
    from dataclasses import fields, is_dataclass

    told: dict[str, object] = {}
    for f in fields(settings):
        ours, theirs = getattr(settings, f.name), getattr(Settings(), f.name)
        if f.name == "remarks" or ours == theirs:
            continue
        if not is_dataclass(ours):
            told[f.name] = ours
            continue
        told[f.name] = {g.name: _plain(f"{f.name}.{g.name}", getattr(ours, g.name)) for g in fields(ours)
                        if getattr(ours, g.name) != getattr(theirs, g.name)}  # fmt: skip
    return written(told) if told else "all as shipped\n"


def _plain(name: str, value: object) -> object:
    if name == "listen.words":
        return f"{len(value)} words" if isinstance(value, tuple) else value
    if name == "brain.persona" and value not in personas():
        return "the user's own sentences"
    if name == "brain.server":
        try:
            parts = urlsplit(str(value))
        except ValueError:
            return "no address"
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return value


def bug_report(doctor: str, settings: Settings, problems: Sequence[str], version: str, home: Path) -> str:
    """doctor: the lines of `parley doctor`. problems: what the window has shown, oldest first."""
    last = "\n".join(f"- {line}" for line in problems) or "none"
    text = (f"Parley {version}\n\n{doctor}\n\nSettings that differ\n{settings_lines(settings)}\n"
            f"Problems shown since the start\n{last}\n")
    return nameless(text, home)
