"""A scripted conversation: who says what when, in which room. This is version 1 of the format.

    version: 1
    profile: embedded                       # optional: which parts listen, think and speak
    now: 2026-01-05T09:30:00+00:00          # optional: the wall clock at time 0 (this is the default)
    room: {delay_ms: 60, echo_db: -10}      # fields of audio_io.room.RoomShape
    user:                                   # what the user's mouth does; wav paths relative to this file
      - {wav: ask.wav, at: 1.0}                              # seconds from the start
      - {wav: stop.wav, after: reply_start, plus: 1.5}       # of the assistant's reply number `reply` (default 1)
      - {wav: ask.wav, after: reply_end, reply: 2, id: more} # as if said again: `id` names a cue
      - {wav: hm.wav, after: user_end, gain_db: -6}          # the end of the cue above
      - {wav: bye.wav, after: more, plus: 2}                 # the end of the cue of that id
    end: {after: last_reply_end, plus: 2.0, at_most: 60}

`after` is the beginning or end of reply number `reply` from 1, whoever caused it (a timer may speak up by itself), so
it does not depend on the order of the cues. `plus` (0..600 s) counts from there. `end.after` is `last_reply_end` or
`user_end` (of everything the user has to say). What happens at run time is in engine/simulation/script.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ
from audio_io.room import RoomShape
from audio_io.wav import read_wav
from engine.runtime.profile import PROFILES
from engine.strict_yaml import Table, filled, nearest, read

VERSION = 1
WAITS = ("reply_start", "reply_end", "user_end")
ENDS = ("last_reply_end", "user_end")
LONGEST_S = 3600.0               # of a whole scenario
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)   # any fixed moment: two runs are the same to the byte
MOST_CUES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """One thing the user's mouth does.

    pcm: [n] float32 at DEVICE_HZ, `gain_db` (-60..20) already applied. Starts `plus` seconds after: time 0 (`after`
    is ""), reply number `reply` (`reply_start`, `reply_end`), or the end of cue number `cue` (`cue_end`).
    """

    name: str
    wav: Path
    pcm: np.ndarray
    after: str
    plus: float
    reply: int = 0
    cue: int = -1
    gain_db: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.pcm) / DEVICE_HZ


@dataclass(frozen=True, slots=True)
class Ending:
    """Over `plus` seconds after the last reply or the user's last word, at the latest at `at_most` (all seconds)."""

    after: str = "last_reply_end"
    plus: float = 2.0
    at_most: float = 60.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """`now`: the wall clock at time 0, with its zone. `profile`: None where the scenario leaves it open."""

    path: Path
    room: RoomShape
    user: tuple[Cue, ...]
    end: Ending
    profile: str | None = None
    now: datetime = NOW


def load(path: Path | str) -> Scenario:
    """Reads the scenario and all its sounds. Raises WrongUse with the file and the key that is amiss."""
    path = Path(path)
    table = read(path, "a scenario")
    table.only(("version", "profile", "now", "room", "user", "end"), "a part of a scenario")
    version = table.whole("version", 1, 1_000_000)
    if version != VERSION:
        table.refuse("version", f"{version} is not known here; this Parley reads version {VERSION}")
    profile = table.choice("profile", PROFILES) if "profile" in table.values else None
    if "user" not in table.values:
        table.refuse("user", "is missing; list what the user says, or [] for a silent one")
    cues = _cues(table, path.parent)
    return Scenario(path, filled(RoomShape(), table.table("room"), "a property of a room"),
                    cues, _ending(table.table("end")), profile, _now(table))


def _now(table: Table) -> datetime:
    if "now" not in table.values:
        return NOW
    text = table.text("now")
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        table.refuse("now", f"must be a date and time such as {NOW.isoformat()}, not {text!r}")
    if now.tzinfo is None:
        table.refuse("now", f"needs a time zone, such as {text}+00:00")
    if not 1971 <= now.year <= 2200:
        table.refuse("now", f"must be between 1971 and 2200, not {now.year}")
    return now


def _ending(table: Table) -> Ending:
    table.only(("after", "plus", "at_most"), "a part of the end")
    return Ending(
        table.choice("after", ENDS, "last_reply_end"),
        table.number("plus", 0, 600, 2.0),
        table.number("at_most", 0.1, LONGEST_S, 60.0),
    )


def _cues(table: Table, folder: Path) -> tuple[Cue, ...]:
    tables = table.tables("user")
    if len(tables) > MOST_CUES:
        table.refuse("user", f"has {len(tables)} entries, at most {MOST_CUES} are allowed")
    ids = _ids(tables)
    sound = lru_cache(maxsize=None)(lambda file: read_wav(file, DEVICE_HZ))
    waits = [_wait(cue, i, ids) for i, cue in enumerate(tables)]
    _refuse_circles(tables, waits)
    return tuple(_with_sound(wait, cue, folder, sound) for wait, cue in zip(waits, tables, strict=True))


def _ids(tables: Sequence[Table]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for i, table in enumerate(tables):
        table.only(("wav", "at", "after", "reply", "plus", "gain_db", "id"), "a property of what the user says")
        if "id" in table.values:
            name = table.text("id", longest=60)
            if not name or name in WAITS:
                table.refuse("id", f"cannot be {name!r}, which means something else after `after:`")
            if name in ids:
                table.refuse("id", f"{name!r} is taken by user[{ids[name] + 1}]; choose another")
            ids[name] = i
    return ids


def _wait(table: Table, number: int, ids: dict[str, int]) -> Cue:
    """-> the cue without its sound: what it waits for."""
    if ("at" in table.values) == ("after" in table.values):
        both = "at" in table.values
        raise WrongUse(f"{table.where}: {table.path} {'has both' if both else 'needs'} `at` "
                       f"{'and' if both else 'or'} `after`{'; keep one' if both else ''}")
    name = table.text("id", longest=60) if "id" in table.values else f"user[{number + 1}]"
    cue = Cue(name, Path(), np.zeros(0, np.float32), "", 0.0, gain_db=table.number("gain_db", -60, 20, 0.0))
    if "at" in table.values:
        for key in ("plus", "reply"):
            if key in table.values:
                table.refuse(key, "belongs to `after`, not to `at`; remove it")
        return replace(cue, plus=table.number("at", 0, LONGEST_S))
    after = table.text("after", longest=60)
    cue = replace(cue, plus=table.number("plus", 0, 600, 0.0))
    if after in ("reply_start", "reply_end"):
        return replace(cue, after=after, reply=table.whole("reply", 1, 1000, 1))
    if "reply" in table.values:
        table.refuse("reply", "belongs to reply_start and reply_end; remove it")
    if after == "user_end" and number == 0:
        table.refuse("after", "user_end is the end of the entry above, and there is none; use `at`")
    if after != "user_end" and after not in ids:
        table.refuse("after", f"{after!r} is neither an id nor an event{nearest(after, [*WAITS, *ids])}")
    return replace(cue, after="cue_end", cue=number - 1 if after == "user_end" else ids[after])


def _refuse_circles(tables: Sequence[Table], cues: Sequence[Cue]) -> None:
    """A cue that waits for itself, however indirectly; and cues that all wait for a reply, which waits for them."""
    for first in range(len(cues)):
        chain = [first]
        while (following := cues[chain[-1]].cue) >= 0:
            chain.append(following)
            if following in chain[:-1]:
                ring = chain[chain.index(following):]
                tables[ring[0]].refuse("after", f"is a circle: {' waits for '.join(cues[i].name for i in ring)}")
    if cues and not any(cue.after == "" for cue in cues):
        tables[0].refuse("after", "is a circle: all the user says waits for a reply, and no reply comes before; "
                         "give one entry `at`")


def _with_sound(cue: Cue, table: Table, folder: Path, sound: Callable[[Path], np.ndarray]) -> Cue:
    name = table.text("wav", longest=400)
    try:
        pcm = sound(folder / name) * np.float32(10 ** (cue.gain_db / 20))
    except WrongUse as error:
        raise WrongUse(f"{table.where}: {table.key('wav')}: {error}") from error
    return replace(cue, wav=folder / name, pcm=pcm)
