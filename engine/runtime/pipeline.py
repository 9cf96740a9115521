"""The pipeline: ears, predictor, recogniser, brain and voice in real time, as threads around one session.

It is replaced whenever a setting asks for it; the device that it runs on and the assistant that it works for are handed
in, and stay.

    thread    does                                          hears from            tells
    ears      rings -> 16 kHz -> echo -> VAD -> predictor   mic, reference rings  inbox
    mouth     playout -> speaker ring                       playout               inbox
    session   the core and its actions                      inbox (two lanes)     stages, playout
    listen, think, speak   one generator each               their inboxes         inbox; speak: playout

Beside them PortAudio's callback, which touches the three rings and nothing else.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty

from audio_io.device.contract import Device, whole_blocks
from audio_io.dsp.echo import Canceller
from audio_io.ears import Ears, Heard
from audio_io.frames import HOP, MIC_HZ
from audio_io.mouth import Mouth
from audio_io.notices import state
from audio_io.playout import Playout, Report, Speech
from audio_io.worker import IDLE_S as MOUTH_IDLE_S
from audio_io.worker import POLL_S, REST_S, Worker
from engine import messages as m
from engine.messages import Chunk, EchoRemoved, Event, Notice, Ready, Severity, Source
from engine.notices import Advice, NoticeCode
from engine.runtime.embedded import Parts
from engine.runtime.hearing import BATCH_S, Hearer, Hearing
from engine.runtime.inbox import Inbox
from engine.runtime.reading import judged
from engine.runtime.session import Session, Stages
from engine.tts.back_channels import with_signs
from engine.tts.sample_rate import at_rate
from engine.turns.core import Turns
from engine.turns.floor import Floor
from engine.turns.rules import TurnRules
from engine.workers.stage import Done, Epoch, Failed, Item, Message, Outlet, Stage

INBOX = 512                      # messages: about 8 s of hops; fuller than that, the session is stuck
LISTEN_DEPTH = 256               # hops the recogniser may lag before words are lost: 8 s
STILL_S = 1.0                    # of nothing to say, after which the mouth rests
IDLE_S = 0.5                     # the session looks up so often, whatever comes
METER_HOPS = 16                  # an echo report about twice a second


@dataclass(frozen=True, slots=True)
class Played:
    t: float
    report: Report


@dataclass(frozen=True, slots=True)
class Broke:
    """A thread ended with an error."""

    thread: str
    error: BaseException


Mail = tuple[Hearing, ...] | Played | Message | m.Command | None      # None: look up


class SpeakerBox:
    """Where the speak stage puts things: a reply's audio to the playout (it waits there), all else to the session."""

    def __init__(self, playout: Playout, news: Outlet, stir: Callable[[], None] = lambda: None) -> None:
        """stir: tells the mouth that there is something to say."""
        self.playout, self.news, self.stir = playout, news, stir

    def put(self, msg: Message, /, *, timeout: float) -> None:
        """Raises queue.Full."""
        if isinstance(msg, Item) and isinstance(msg.body, Chunk):
            self.playout.inbox.put(Speech(msg.epoch, msg.body.pcm, msg.body.words, msg.body.last), timeout=timeout)
            self.stir()
        else:
            self.news.put(msg, timeout=timeout)


class Pipeline:
    """One conversation on a device that the caller starts before and stops after it.

    `tell` is called on Parley's threads: it must only put things away.
    """

    def __init__(
        self, device: Device, parts: Parts, rules: TurnRules, canceller: Canceller,
        tell: Callable[[Event], None],
    ) -> None:  # fmt: skip
        self.device, self.parts, self.tell = device, parts, tell
        self.inbox = Inbox[Mail](INBOX)
        self.dropped = 0                         # hops that found the inbox full
        epoch = Epoch()
        self.playout = Playout(device.hz, epoch)
        self.ears = Ears(device.hz, canceller)
        self.ears.hop = device.mic.read * MIC_HZ // (device.hz * HOP)        # the microphone's count, not our own
        self.mouth = Mouth(device, self.playout)
        self.hearer = Hearer(self.ears, parts.predictor, lambda: self.session.view, lambda: not self.busy,
                             lambda: self.session.core.push_to_talk)  # fmt: skip
        self._route = getattr(device, "route", 0)
        self._canceller: Canceller | None = None         # for the ears, before their next block
        self._spoke = 0                          # samples of the reference until which there was something to say
        self.listeners: list[Callable[[Heard], None]] = []      # called on the ears thread, every hop
        self.at_end: list[Callable[[], None]] = []                   # called once, after the last hop
        self.stages = [
            Stage("listen", judged(parts.listen, lambda: self.session.core.before), Epoch(), self.inbox, LISTEN_DEPTH),
            Stage("think", parts.think, epoch, self.inbox),
            Stage("speak", with_signs(at_rate(parts.speak, device.hz), device.hz), epoch,
                  SpeakerBox(self.playout, self.inbox, lambda: self.workers[0].stir())),
        ]
        core, stages = Turns(rules, self.ears.hop), Stages(epoch, *self.stages)
        self.session = Session(core, stages, self.playout, parts.assistant, tell, self.now)
        self.workers = [
            Worker("mouth", self._speak, self._broke, self._mouth_waits_s),
            Worker("session", self._decide, self._broke),
            Worker("ears", self._hear, self._broke, self._ears_wait_s),
        ]

    def now(self) -> float:
        """Microphone time in seconds."""
        return self.device.mic.wrote / self.device.hz

    @property
    def busy(self) -> bool:
        """Somebody has the floor."""
        return self.session.core.state is not Floor.QUIET

    @property
    def broken(self) -> bool:
        """One of its threads has ended with an error."""
        return any(worker.error is not None for worker in self.workers)

    def start(self) -> None:
        """From now on it hears and answers."""
        for stage in self.stages:
            stage.start()
        for worker in self.workers:
            worker.start()
        self.tell(Ready(self.now()))

    def stop(self) -> None:
        """In the order ears, stages, mouth, session. Raises RuntimeError with the name of what does not end."""
        stuck = []
        mouth, session, ears = self.workers
        parts: list[Worker | Stage] = [ears, *self.stages, mouth, session]
        for part in parts:
            if part is session:
                session.stopping = True
                self.inbox.put_first(None)       # it may be waiting for a message
            try:
                part.stop()
            except RuntimeError as error:
                stuck.append(str(error))
        try:
            self.parts.stop()
        finally:
            for end in self.at_end:
                end()
        if stuck:
            raise RuntimeError("; ".join(stuck))

    def remove_echo_with(self, canceller: Canceller) -> None:
        """From the next block on; it learns the room anew."""
        self._canceller = canceller

    def command(self, command: m.Command) -> None:
        """From any thread; never blocks."""
        if isinstance(command, m.Mute):
            self.ears.deaf = command.on
        self.inbox.put_first(command)
        self._stir()

    # -- the threads' work --------------------------------------------------------------------------
    def _post(self, *hearings: Hearing) -> None:
        """One message: the session is woken once. Full means that it is stuck; hops are then dropped and counted, the
        device never waits."""
        if not self.inbox.offer(hearings):
            self.dropped += len(hearings)

    def _hear(self) -> bool:
        blocks = whole_blocks(self.device)
        if blocks is None:
            return False
        if (canceller := self._canceller) is not None:
            self._canceller = None
            self.ears.canceller = canceller
            self.hearer.meter.reset()
            self.inbox.put_first(m.NewRoute())
        route = getattr(self.device, "route", 0)
        if route != self._route:
            self._route = route
            self.hearer.new_route()
            self.inbox.put_first(m.NewRoute())
        dozed = []
        for hearing in self.hearer.hear(*blocks):
            heard, meter = hearing.heard, self.hearer.meter
            if heard.hop % METER_HOPS == 0 and meter.erle_db is not None:
                self.tell(EchoRemoved(self.now(), meter.erle_db, meter.delay_ms or 0.0))
            for listener in self.listeners:
                listener(heard)
            if self.hearer.dozing:
                dozed.append(hearing)
            else:
                self._post(hearing)
        if dozed:
            self._post(*dozed)
        return True

    def _ears_wait_s(self) -> float:
        return BATCH_S if self.hearer.dozing and not self.busy else POLL_S

    def _speak(self) -> bool:
        now = self.device.reference.wrote
        if self._speaks():
            self._spoke = now
        if now - self._spoke > STILL_S * self.device.hz:
            self.mouth.rest()
            return False
        for t, report in self.mouth.feed():
            self.inbox.put_first(Played(t, report))
        return False                             # the ring is full now; look again in a few ms

    def _speaks(self) -> bool:
        playout = self.playout
        return self.busy or playout.busy or playout.murmuring or not playout.inbox.empty()

    def _mouth_waits_s(self) -> float:
        if self._speaks():
            return POLL_S
        return REST_S if self.device.speaker.resting else MOUTH_IDLE_S

    def _stir(self) -> None:
        for worker in self.workers:
            worker.stir()

    def _decide(self) -> bool:
        with suppress(Empty):
            self._one(self.inbox.get(timeout=IDLE_S))
        return True

    def _one(self, msg: Mail) -> None:
        match msg:
            case tuple():
                for hearing in msg:
                    self.session.hear(hearing.heard, hearing.hop)
            case Played(t, report):
                self.session.played(t, report)
            case Item() | Done() | Failed():
                self.session.take(msg)
            case command if command is not None:
                self.session.command(command)

    def _broke(self, thread: str, error: BaseException) -> None:
        what = state(NoticeCode.THREAD_STOPPED, thread=thread, error=repr(error))
        self.tell(Notice(self.now(), (what,), Severity.ERROR, Source.ENGINE, Advice.REPORT))
