"""The conversation in real time: threads around one session.

    thread    does                                          hears from            tells
    ears      rings -> 16 kHz -> echo -> VAD -> predictor   mic, reference rings  inbox
    mouth     playout -> speaker ring                       playout               inbox
    session   the core and its actions                      inbox                 stages, playout
    listen, think, speak   one generator each               their inboxes         inbox; speak: playout

Beside them PortAudio's callback, which touches the three rings and nothing else.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any

from audio_io import loop
from audio_io.echo import Canceller, EchoMeter
from audio_io.frames import hops
from audio_io.playout import Playout, Report, Speech
from engine.duplex import Predictor
from engine.embedded import Parts
from engine.floor import Floor, Hop, TurnRules
from engine.news import News
from engine.parts import Chunk
from engine.session import Session, Stages
from engine.signs import with_signs
from engine.stage import Done, Epoch, Failed, Item, Message, Outlet, Stage
from engine.turns import Turns
from engine.voice_rate import at_rate

INBOX = 512                      # messages: about 8 s of hops; fuller than that, the session is stuck
LISTEN_DEPTH = 256               # hops the recogniser may lag before words are lost: 8 s
DOZE = hops(2000)                # of no voice and nothing played, after which the ears look at their rings once a hop
METER_HOPS = 16                  # an echo report about twice a second


@dataclass(frozen=True, slots=True)
class Hearing:
    heard: loop.Heard
    hop: Hop


@dataclass(frozen=True, slots=True)
class Played:
    t: float
    report: Report


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broke:
    """A thread ended with an error."""

    thread: str
    error: BaseException


class SpeakerBox:
    """Where the speak stage puts things: a reply's audio to the playout (it waits there), all else to the session."""

    def __init__(self, playout: Playout, news: Outlet) -> None:
        self.playout, self.news = playout, news

    def put(self, msg: Message, /, *, timeout: float) -> None:
        """Raises queue.Full."""
        if isinstance(msg, Item) and isinstance(msg.body, Chunk):
            self.playout.inbox.put(Speech(msg.epoch, msg.body.pcm, msg.body.words, msg.body.last), timeout=timeout)
        else:
            self.news.put(msg, timeout=timeout)


class Conversation:
    """One running conversation on a device that the caller starts before and stops after it.

    `tell` is called on Parley's threads: it must only put things away.
    """

    def __init__(
        self, device: loop.Device, parts: Parts, rules: TurnRules, canceller: Canceller,
        tell: Callable[[News], None],
    ) -> None:  # fmt: skip
        self.device, self.parts, self.tell = device, parts, tell
        self.inbox: Queue[Any] = Queue(INBOX)
        self.dropped = 0                         # messages that found the inbox full
        epoch = Epoch()
        self.playout = Playout(device.hz, epoch)
        self.ears = loop.Ears(device.hz, canceller)
        self.mouth = loop.Mouth(device, self.playout)
        self.meter = EchoMeter()
        self.predictor: Predictor = parts.predictor
        self._odds_state = self.predictor.init_state()
        self._route = getattr(device, "route", 0)
        self._quiet = 0                          # hops in a row
        self.listeners: list[Callable[[loop.Heard], None]] = []      # called on the ears thread, every hop
        self.at_end: list[Callable[[], None]] = []                   # called once, after the last hop
        self.stages = [
            Stage("listen", parts.listen, Epoch(), self.inbox, LISTEN_DEPTH),
            Stage("think", parts.think, epoch, self.inbox),
            Stage("speak", with_signs(at_rate(parts.speak, device.hz), device.hz), epoch,
                  SpeakerBox(self.playout, self.inbox)),
        ]
        self.session = Session(Turns(rules), Stages(epoch, *self.stages), self.playout, parts.tools, tell, self.now)
        self.session.style, self.session.lasting = parts.style, parts.lasting
        self.workers = [
            loop.Worker("mouth", self._speak, self._broke, self._mouth_waits_s),
            loop.Worker("session", self._decide, self._broke),
            loop.Worker("ears", self._hear, self._broke, self._ears_wait_s),
        ]

    def now(self) -> float:
        """Microphone time in seconds."""
        return self.device.mic.wrote / self.device.hz

    @property
    def busy(self) -> bool:
        """Somebody has the floor."""
        return self.session.core.state is not Floor.QUIET

    def start(self) -> None:
        """From now on it hears and answers."""
        for stage in self.stages:
            stage.start()
        for worker in self.workers:
            worker.start()
        self.tell(News(self.now(), "ready"))

    def stop(self) -> None:
        """In the order ears, stages, mouth, session. Raises RuntimeError with the name of what does not end."""
        stuck = []
        mouth, session, ears = self.workers
        parts: list[loop.Worker | Stage] = [ears, *self.stages, mouth, session]
        for part in parts:
            try:
                part.stop()
            except RuntimeError as error:
                stuck.append(str(error))
        self.parts.stop()
        for end in self.at_end:
            end()
        if stuck:
            raise RuntimeError("; ".join(stuck))

    def remove_echo_with(self, canceller: Canceller) -> None:
        """From now on; it learns the room anew."""
        self.ears.canceller = canceller
        self.meter.reset()
        self._post(Command("new_route", {}))

    def goes_on_from(self, before: "Conversation") -> None:
        """Before `start`: it knows what was said in a conversation that has ended, and counts on from there."""
        old = before.session
        self.session.memory, self.session.replies = old.memory, old.replies

    def command(self, name: str, **arguments: Any) -> None:
        """From any thread. See Session.command for the verbs."""
        if name == "mute":
            self.ears.deaf = bool(arguments["on"])
        self._post(Command(name, arguments))

    # -- the threads' work --------------------------------------------------------------------------
    def _post(self, msg: Any) -> None:
        """Full means that the session is stuck; hops are then dropped and counted, the device never waits."""
        try:
            self.inbox.put_nowait(msg)
        except Full:
            self.dropped += 1

    def _hear(self) -> bool:
        blocks = loop.whole_blocks(self.device)
        if blocks is None:
            return False
        route = getattr(self.device, "route", 0)
        if route != self._route:
            self._route = route
            self.ears.new_route()
            self.meter.reset()
            self._odds_state = self.predictor.init_state()
            self._post(Command("new_route", {}))
        for heard in self.ears.hear(*blocks):
            hop, self._odds_state = self.predictor(heard, self.session.view, self._odds_state)
            self.meter(heard.raw, heard.ref, heard.clean)
            if heard.hop % METER_HOPS == 0 and self.meter.erle_db is not None:
                delay = self.meter.delay_ms or 0.0
                self.tell(News(self.now(), "echo", {"erle_db": self.meter.erle_db, "delay_ms": delay}))
            for listener in self.listeners:
                listener(heard)
            quiet = not self.busy and max(heard.vad, heard.vad_whole) < 0.1 and not heard.ref.any()
            self._quiet = self._quiet + 1 if quiet else 0
            self._post(Hearing(heard, hop))
        return True

    def _speak(self) -> bool:
        for t, report in self.mouth.feed():
            self._post(Played(t, report))
        return False                             # the ring is full now; look again in a few ms

    def _mouth_waits_s(self) -> float:
        return loop.POLL_S if self.playout.busy or self.busy or self.playout.murmuring else loop.IDLE_S

    def _ears_wait_s(self) -> float:
        """While nobody talks, all blocks of a hop are heard together: half a millisecond later than one by one."""
        return max(loop.POLL_S, self.ears.until_hop_s() - loop.EARLY_S) if self._quiet > DOZE else loop.POLL_S

    def _decide(self) -> bool:
        with suppress(Empty):
            self._one(self.inbox.get(timeout=0.05))
        return True

    def _one(self, msg: Any) -> None:
        match msg:
            case Hearing(heard, hop):
                self.session.hear(heard, hop)
            case Played(t, report):
                self.session.played(t, report)
            case Command(name, arguments):
                self.session.command(name, **arguments)
            case Item() | Done() | Failed():
                self.session.take(msg)

    def _broke(self, thread: str, error: BaseException) -> None:
        self.tell(News(self.now(), "error", {"what": f"{thread} stopped: {error!r}", "do": "Start Parley again."}))
