"""A scenario played through the whole path in the simulated room: on simulated time, or in real time with threads."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from queue import SimpleQueue
from typing import TypeVar

import numpy as np

from audio_io.dsp import echo
from audio_io.ears import Heard
from audio_io.frames import BLOCK_MS, DEVICE_HZ
from audio_io.room import Room
from audio_io.worker import Worker
from engine.assistant.clock import later
from engine.messages import Event, ReplyEnded, ReplyStarted, SetMode
from engine.runtime.embedded import Parts
from engine.runtime.pipeline import Pipeline
from engine.runtime.profile import Costs
from engine.simulation.scenario import Scenario
from engine.simulation.script import Script
from engine.simulation.virtual_time import Simulation
from engine.turns.rules import TurnRules

E = TypeVar("E", bound=Event)
CATCH_UP = 20                    # blocks that a late real-time room makes up for at once
WATCH_MS = 200                   # the real-time loop asks this often whether the script is over


@dataclass(frozen=True, slots=True)
class Cast:
    """What plays: `make(now, lockstep)` builds the parts, with the wall clock `now`."""

    make: Callable[[Callable[[], datetime], bool], Parts]
    rules: TurnRules
    costs: Costs
    canceller: str = echo.DEFAULT
    push: bool = False


@dataclass(frozen=True, slots=True)
class Cued:
    """What the user really did: cue `name`, and when its sound itself began and ended, seconds."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tracks are [n] float32; `clean` at MIC_HZ, the others at DEVICE_HZ. events: in order of time."""

    events: tuple[Event, ...]
    cues: tuple[Cued, ...]
    user: np.ndarray
    mic: np.ndarray
    clean: np.ndarray
    assistant: np.ndarray
    took_s: float

    @property
    def seconds(self) -> float:
        return len(self.mic) / DEVICE_HZ

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def sounding(pcm: np.ndarray, below_peak_db: float = 35.0) -> tuple[int, int]:
    """-> (first, last) sample of a recording that is not the silence around it."""
    level = np.abs(pcm)
    loud = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (-below_peak_db / 20))
    return (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(pcm))


class Play:
    """The room, the script, and the events that tie the one to the other."""

    def __init__(self, scenario: Scenario) -> None:
        self.room = Room(scenario.room)
        self.script = Script(scenario)
        self.events: list[Event] = []
        self.cues: list[Cued] = []

    def tell(self, event: Event) -> None:
        self.events.append(event)
        at = round(event.t * DEVICE_HZ)
        match event:
            case ReplyStarted():
                self.script.reply_start(event.reply, at)
            case ReplyEnded():
                self.script.reply_end(event.reply, at)

    def cue(self) -> None:
        """Puts into the room what the user says before the next block ends."""
        for start in self.script.due(self.room.now + self.room.block):
            at = self.room.say(start.cue.pcm, start.at)
            first, last = sounding(start.cue.pcm)
            self.cues.append(Cued(start.cue.wav.stem, (at + first) / DEVICE_HZ, (at + last) / DEVICE_HZ))

    def outcome(self, clean: list[np.ndarray], took_s: float) -> Outcome:
        user, mic, assistant = (self.room.recording(name) for name in ("user", "mic", "assistant"))
        whole = np.concatenate([np.zeros(0, np.float32), *clean])
        events = tuple(sorted(self.events, key=lambda event: event.t))
        return Outcome(events, tuple(self.cues), user, mic, whole, assistant, took_s)


def rehearse(scenario: Scenario, cast: Cast) -> Outcome:
    """On simulated time: byte-identical every time."""
    began = time.perf_counter()
    play = Play(scenario)

    def wall() -> datetime:
        return later(scenario.now, play.room.mic.wrote / play.room.hz)

    parts = cast.make(wall, True)
    try:
        run = Simulation(play.room, parts, cast.rules, echo.make(cast.canceller), play.tell, cast.costs)
        if cast.push:
            run.session.command(SetMode(push=True))
        play.room.start()
        while not play.script.over(run.busy):
            play.cue()
            run.step()
    finally:
        parts.stop()
    return play.outcome(run.clean, time.perf_counter() - began)


def rehearse_live(scenario: Scenario, cast: Cast, heard_by: Callable[[Pipeline], None] | None = None) -> Outcome:
    """In real time, with the product's threads and the computing time that they really take.

    `heard_by(conversation)` may add listeners before it starts.
    """
    began = time.perf_counter()
    play = Play(scenario)
    queue: SimpleQueue[Event] = SimpleQueue()    # what the threads tell, read by the room's thread
    parts = cast.make(lambda: later(scenario.now, play.room.now / DEVICE_HZ), False)
    talk = Pipeline(play.room, parts, cast.rules, echo.make(cast.canceller), queue.put)
    clean: list[np.ndarray] = []

    def keep(heard: Heard) -> None:
        clean.append(heard.clean)

    talk.listeners.append(keep)
    if heard_by is not None:
        heard_by(talk)
    play.room.start()
    talk.start()
    if cast.push:
        talk.command(SetMode(push=True))
    _turn_the_crank(play, talk, queue)
    return replace(play.outcome(clean, 0.0), took_s=time.perf_counter() - began)


def _turn_the_crank(play: Play, talk: Pipeline, queue: "SimpleQueue[Event]") -> None:
    """A block of the room every 10 ms of wall clock, on a thread of its own, until the script is over."""
    failures: list[BaseException] = []
    first_s = time.perf_counter()

    def work() -> bool:
        while not queue.empty():
            play.tell(queue.get())
        late = int((time.perf_counter() - first_s) * 1000 / BLOCK_MS) - play.room.now // play.room.block
        for _ in range(min(late, CATCH_UP)):
            play.cue()
            play.room.advance(1)
        return late > 0

    crank = Worker("room", work, lambda _, error: failures.append(error))
    crank.start()
    try:
        while not failures and not play.script.over(talk.busy):
            time.sleep(WATCH_MS / 1000)
    finally:
        crank.stop()
        talk.stop()
    if failures:
        raise failures[0]
    while not queue.empty():
        play.tell(queue.get())
