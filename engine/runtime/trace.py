"""The flight recorder: the last minute of events, decisions and sound, and its replay.

Nothing is written unless asked: privacy first. What is recorded is enough to run the core again: a snapshot of it
at the start of a segment and every event after. `replay` must then reproduce every action.
"""

import copy
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import MIC_HZ, hops
from audio_io.wav import write_wav
from engine.turns import floor as fl
from engine.turns.announcements import Announcements
from engine.turns.core import Turns
from engine.turns.rules import TurnRules

SECONDS = 60
SEGMENT_HOPS = hops(10_000)
EVENTS = {t.__name__: t for t in fl.Event.__args__}


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the core and what it answered. hop: before the event."""

    hop: int
    event: fl.Event
    actions: tuple[fl.Action, ...]


@dataclass(slots=True)
class Segment:
    """A snapshot of the core, and the steps since."""

    core: dict[str, Any]
    steps: list[Step]


class Trace:
    """Bounded: whole segments are dropped at the old end, sound after SECONDS."""

    def __init__(self, core: Turns) -> None:
        self._core = core
        self.segments: deque[Segment] = deque([self._segment()], maxlen=SECONDS * 1000 // 10_000 + 1)
        self.sounds: deque[Heard] = deque(maxlen=hops(SECONDS * 1000))

    def _segment(self) -> Segment:
        return Segment(copy.deepcopy(vars(self._core)), [])

    def step(self, hop: int, event: fl.Event, actions: list[fl.Action]) -> None:
        self.segments[-1].steps.append(Step(hop, event, tuple(actions)))
        if isinstance(event, fl.Hop) and (hop + 1) % SEGMENT_HOPS == 0:
            self.segments.append(self._segment())

    def cut(self) -> None:
        """The core was changed from outside: what follows is replayed from here."""
        self.segments.append(self._segment())

    def sound(self, heard: Heard) -> None:
        self.sounds.append(heard)

    def save(self, folder: Path) -> None:
        """Writes trace.jsonl, mic.wav, clean.wav and reference.wav into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "trace.jsonl").open("w") as file:
            for segment in self.segments:
                file.write(json.dumps({"core": _plain(segment.core)}) + "\n")
                for s in segment.steps:
                    acts = [[type(a).__name__, asdict(a)] for a in s.actions]
                    row = {"hop": s.hop, "event": [type(s.event).__name__, asdict(s.event)], "actions": acts}
                    file.write(json.dumps(row) + "\n")
        for name, part in (("mic", "raw"), ("clean", "clean"), ("reference", "ref")):
            sound = [getattr(h, part) for h in self.sounds]
            write_wav(folder / f"{name}.wav", np.concatenate([np.zeros(0, np.float32), *sound]), MIC_HZ)


def _plain(core: dict[str, Any]) -> dict[str, Any]:
    def plain(x: Any) -> Any:
        if isinstance(x, TurnRules | Announcements):
            return asdict(x)
        if isinstance(x, Enum):
            return x.name
        return list(x) if isinstance(x, tuple) else x

    return {k: plain(v) for k, v in core.items()}


def _revive(row: dict[str, Any]) -> Turns:
    known = {f.name for f in fields(TurnRules)}
    core = Turns(TurnRules(**{k: v for k, v in row["rules"].items() if k in known}))
    for name, value in row.items():
        if name == "state":
            core.state = fl.Floor[value]
        elif name == "owed":
            core.owed = tuple(value)
        elif name == "announcements":
            waiting, telling = tuple(fl.Announce(**one) for one in value["waiting"]), value["telling"]
            core.announcements = Announcements(waiting, telling and fl.Announce(**telling), value["not_before"])
        elif name != "rules":
            setattr(core, name, value)
    return core


def replay(path: Path) -> Iterator[tuple[int, list[Any], list[Any]]]:
    """Runs a saved trace through a new core. -> (hop, actions recorded, actions now) for every event."""
    core = Turns()
    with path.open() as file:
        for line in file:
            row = json.loads(line)
            if "core" in row:
                core = _revive(row["core"])
                continue
            name, values = row["event"]
            now = [[type(a).__name__, asdict(a)] for a in core.step(EVENTS[name](**values))]
            yield row["hop"], row["actions"], now
