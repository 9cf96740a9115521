"""Named stand-ins for a session's surroundings. They keep what they are given and answer when they are told to."""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import DEVICE_HZ, HOP, seconds
from audio_io.playout import Playout
from engine.assistant.assistant import Assistant, Mark
from engine.messages import Chunk, End, Event, Say, Words
from engine.runtime.session import Session, Stages
from engine.turns.core import Turns
from engine.turns.floor import Hop
from engine.turns.rules import TurnRules
from engine.workers.stage import Done, Epoch, Item

E = TypeVar("E", bound=Event)
SILENCE = np.zeros(HOP, np.float32)


class FakeInbox:
    """A stage that does nothing by itself. `full`: refuses."""

    def __init__(self) -> None:
        self.items: deque[Item] = deque()
        self.full = False

    def put(self, item: Item) -> bool:
        if self.full:
            return False
        self.items.append(item)
        return True

    @property
    def bodies(self) -> list[Any]:
        return [item.body for item in self.items]


class FakeAssistant(Assistant):
    """On a clock that stands at noon until it is moved. Remembers what it was asked to undo."""

    def __init__(self) -> None:
        self.clock = datetime(2026, 1, 5, 12, tzinfo=UTC)
        super().__init__(lambda: self.clock)
        self.marks: list[Mark] = []
        self.undone: list[int] = []              # which of the marks, from 1

    def mark(self) -> Mark:
        self.marks.append(super().mark())
        return self.marks[-1]

    def back(self, mark: Mark | None) -> None:
        if mark is not None:
            self.undone.append(self.marks.index(mark) + 1)
        super().back(mark)

    def passes(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)


class Table:
    """A session with everything around it faked but the core, the memory and the playout.

    Without back-channels, unless asked for: they would be the first thing in the speak stage's inbox.
    """

    def __init__(self, **rules: float) -> None:
        rules = {"backchannels": False} | rules
        self.epoch = Epoch()
        self.listen, self.think, self.speak = FakeInbox(), FakeInbox(), FakeInbox()
        self.assistant = FakeAssistant()
        self.playout = Playout(DEVICE_HZ, self.epoch)
        self.events: list[Event] = []
        self.hops = 0
        stages = Stages(self.epoch, self.listen, self.think, self.speak)
        core = Turns(TurnRules(**rules))
        self.session = Session(core, stages, self.playout, self.assistant, self.events.append,
                               lambda: seconds(self.hops))  # fmt: skip

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def hear(self, n: int, hop: Hop | None = None) -> None:
        for _ in range(n):
            self.hops += 1
            pcm = np.full(HOP, self.hops, np.float32)
            self.session.hear(Heard(self.hops, pcm, SILENCE, SILENCE, 0.0, pcm, 0.0), hop or Hop())

    def user_says(self, text: str, hops: int = 20) -> None:
        """A whole turn, up to its final words."""
        self.hear(hops, Hop(1.0, 0.0, 0.0, 1.0))
        self.hear(1, Hop(0.0, 1.0))
        self.hear(20, Hop(0.0, 1.0))
        ends = [b for b in self.listen.bodies if isinstance(b, End)]
        self.session.take(Item(0, Words(ends[-1].since, text, True)))

    def assistant_thinks(self, *phrases: str) -> None:
        epoch = self.think.items[-1].epoch
        for phrase in phrases:
            self.session.take(Item(epoch, Say(phrase)))
        self.session.take(Done(epoch, "think"))

    def chunk(self, seconds_: float, *words: str) -> Chunk:
        n = int(seconds_ * DEVICE_HZ)
        return Chunk(np.full(n, 0.1, np.float32), tuple((i * n // len(words), w) for i, w in enumerate(words)))
