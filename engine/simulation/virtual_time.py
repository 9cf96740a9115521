"""A conversation in the simulated room, on the microphone's clock alone: the same way every time.

The session, the core, ears, mouth, playout and the stages' generators are those of the product. What differs: one
loop instead of threads, and what a stage computes is there after a constant number of hops (the profile's `costs`),
whatever it really took.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import Full
from typing import Any

import numpy as np

from audio_io.device.contract import whole_blocks
from audio_io.dsp.echo import Canceller
from audio_io.ears import Ears
from audio_io.frames import HOP, MIC_HZ
from audio_io.mouth import Mouth
from audio_io.playout import Playout
from audio_io.room import Room
from engine.duplex.predictor import Predictor
from engine.messages import End, Event
from engine.runtime.embedded import Parts
from engine.runtime.pipeline import SpeakerBox
from engine.runtime.profile import Costs
from engine.runtime.reading import judged
from engine.runtime.session import Session, Stages
from engine.tts.back_channels import with_signs
from engine.tts.sample_rate import at_rate
from engine.turns.core import Turns
from engine.turns.floor import Floor
from engine.turns.rules import TurnRules
from engine.workers.stage import Body, Done, Epoch, Failed, Item, Message, Piece, Work


@dataclass(slots=True)
class Job:
    """One item being worked on, and when its first piece is there."""

    item: Item
    due_s: float
    pieces: Generator[Piece | None, None, None] | None = None


class SimStage:
    """`Stage` without a thread. `cost_s(body)`: from its arrival to its first piece; later ones follow
    at once, as fast as `deliver` takes them (False: full, try again)."""

    def __init__(self, name: str, work: Work[Any, Piece], epoch: Epoch, deliver: Callable[[Message], bool],
                 cost_s: Callable[[Body | Piece | None], float]) -> None:  # fmt: skip
        self.name, self.work, self.epoch, self.deliver, self.cost_s = name, work, epoch, deliver, cost_s
        self.jobs: deque[Job] = deque()
        self.now_s = 0.0
        self._refused: Message | None = None

    def put(self, item: Item) -> bool:
        due = self.now_s + self.cost_s(item.body)
        self.jobs.append(Job(item, max(due, self.jobs[-1].due_s) if self.jobs else due))
        return True

    def pump(self, now_s: float) -> None:
        """Deliver what is due."""
        self.now_s = now_s
        while self.jobs and self.jobs[0].due_s <= now_s:
            if not self._advance(self.jobs[0]):
                return

    def _advance(self, job: Job) -> bool:
        """One step of one job. False: the outlet is full."""
        if job.item.epoch != self.epoch.now:
            self._refused = None
            if job.pieces is not None:
                job.pieces.close()
            self.jobs.popleft()
            return True
        msg = self._refused or self._next(job)
        if not self.deliver(msg):
            self._refused = msg
            return False
        self._refused = None
        if not isinstance(msg, Item):
            self.jobs.popleft()
        return True

    def _next(self, job: Job) -> Message:
        epoch = job.item.epoch
        if job.pieces is None:
            job.pieces = self.work(job.item.body)
        try:
            return Item(epoch, next(job.pieces))
        except StopIteration:
            return Done(epoch, self.name)
        except Exception as error:
            return Failed(epoch, self.name, error)


class Simulation:
    """One conversation in `room`. `step()` is one block of 10 ms."""

    def __init__(
        self, room: Room, parts: Parts, rules: TurnRules, canceller: Canceller,
        tell: Callable[[Event], None], costs: Costs,
    ) -> None:  # fmt: skip
        self.room, self.parts = room, parts
        epoch = Epoch()
        self.playout = Playout(room.hz, epoch)
        self.ears, self.mouth = Ears(room.hz, canceller), Mouth(room, self.playout)
        self.predictor: Predictor = parts.predictor
        self._odds_state = self.predictor.init_state()
        self._box = SpeakerBox(self.playout, _Direct(self._take))

        def hops_s(n: int) -> float:
            return n * HOP / MIC_HZ

        self.stages = [
            SimStage("listen", judged(parts.listen, lambda: self.session.core.before), Epoch(), self._take,
                     lambda body: hops_s(costs.final if isinstance(body, End) else costs.listen)),
            SimStage("think", parts.think, epoch, self._take, lambda _: hops_s(costs.think)),
            SimStage("speak", with_signs(at_rate(parts.speak, room.hz), room.hz), epoch, self._play,
                     lambda _: hops_s(costs.speak)),
        ]  # fmt: skip
        self.session = Session(Turns(rules), Stages(epoch, *self.stages), self.playout, parts.assistant, tell, self.now)
        self.clean: list[np.ndarray] = []           # what the ears make of the microphone, [HOP] a piece

    def now(self) -> float:
        return self.room.mic.wrote / self.room.hz

    @property
    def busy(self) -> bool:
        """The assistant works on a reply, or the user has the floor."""
        return self.session.core.state is not Floor.QUIET

    def step(self) -> None:
        self.room.advance(1)
        for t, report in self.mouth.feed():
            self.session.played(t, report)
        blocks = whole_blocks(self.room)
        if blocks is not None:
            for heard in self.ears.hear(*blocks):
                self.clean.append(heard.clean)
                hop, self._odds_state = self.predictor(heard, self.session.view, self._odds_state)
                self.session.hear(heard, hop)
        for stage in self.stages:
            stage.pump(self.now())

    def _take(self, msg: Message) -> bool:
        self.session.take(msg)
        return True

    def _play(self, msg: Message) -> bool:
        try:
            self._box.put(msg, timeout=0)
        except Full:
            return False
        return True


class _Direct:
    """A queue's `put` that hands over at once."""

    def __init__(self, take: Callable[[Message], bool]) -> None:
        self.take = take

    def put(self, msg: Message, /, *, timeout: float) -> None:
        self.take(msg)
