"""The session: carries out what the core decides, and tells the core what has happened.

It is used by one thread and owns the epoch: it alone writes it. The same class serves the product
(`runtime/pipeline.py`, threads) and the simulated conversation (`simulation/virtual_time.py`, one loop on the
microphone's clock): it never waits and never asks what time it is: `now` is the microphone's time, handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import assert_never

import numpy as np

from audio_io import playout as out
from audio_io.ears import Heard
from audio_io.errors import Trouble, words_of
from audio_io.frames import hops, seconds
from audio_io.notices import Said, state
from engine import messages as m
from engine.asr.tags import noticed
from engine.asr.written import written_as
from engine.assistant.assistant import Assistant
from engine.duplex.predictor import View
from engine.messages import Change, Exchange, Lasting, Murmur, Phrase, Prompt, Say, Style, Used, Words
from engine.nlu.timer_words import announcement
from engine.notices import Advice, NoticeCode
from engine.runtime.reply import Reply
from engine.runtime.trace import Trace
from engine.runtime.utterance import Inbox, Utterances
from engine.tts.back_channels import Signs
from engine.tts.styles import changed
from engine.turns import floor as fl
from engine.turns.core import Turns
from engine.turns.lexicon import is_stop
from engine.workers.stage import Done, Epoch, Failed, Item, Message

ECHO_KNOWN_MS = 3000             # of the assistant's voice, until its echo is removed well enough to murmur into a turn
PLAYING = 1e-5                   # power of the reference from which on something is played: -50 dB
LOST_END_MS = 1000               # with nothing left to play, after which a reply is over that nobody has called over
LEVEL_HOPS = 3                   # a level report about ten times a second
WRITTEN = 16                     # utterances of which it is remembered how they are written
SORRY = "Sorry, something went wrong with that. Please say it again."


@dataclass(frozen=True, slots=True)
class Stages:
    """The inboxes of the three stages and the epoch that voids what is in them.

    Listening is not stamped with a reply's epoch: an utterance may begin in one and end in the next. It is named
    by the hop it began at.
    """

    epoch: Epoch
    listen: Inbox
    think: Inbox
    speak: Inbox


class Session:
    """`hear`, `take`, `played` and `command` are its four entrances, all for the same thread."""

    def __init__(
        self, core: Turns, stages: Stages, playout: out.Playout, assistant: Assistant,
        tell: Callable[[m.Event], None], now: Callable[[], float],
    ) -> None:  # fmt: skip
        self.core, self.stages, self.playout, self.assistant = core, stages, playout, assistant
        assistant.scheduler.ring_again()         # the session before may have ended before it was heard
        self.tell, self.now = tell, now
        self.trace, self.signs = Trace(core), Signs()
        self.view = View()
        self.muted = False
        self._reply = Reply()
        self.utterances = Utterances(stages.listen, self._too_slow)
        self._peaks = [0.0, 0.0]
        self._unplayed = 0                       # hops in a row of a reply that talks and has nothing to be played
        self._echoed = 0                         # hops in which the assistant could be heard, on this device
        self._voice_end = self._settled = 0.0
        self._noticed: tuple[str, ...] = ()      # how the last utterance was said, for the brain
        self._written: tuple[tuple[str, str], ...] = ()          # of the latest utterances: plain, as one writes it

    # -- four entrances -----------------------------------------------------------------------------
    def hear(self, heard: Heard, hop: fl.Hop) -> None:
        """One hop of hearing and what the predictor makes of it."""
        self.trace.sound(heard)
        if (missed := heard.hop - self.core.hop - 1) > 0:
            self._step(fl.Missed(missed))
        self._peaks = [max(p, float(np.abs(x).max())) for p, x in zip(self._peaks, (heard.raw, heard.ref), strict=True)]
        if heard.hop % LEVEL_HOPS == 0:
            self.tell(m.Level(self.now(), *self._peaks))
            self._peaks = [0.0, 0.0]
        self.utterances.hear(heard)
        for due in self.assistant.scheduler.due(self.assistant.now()):
            self._step(fl.Announce(announcement(due), due.timer.number))
        self._echoed += float(np.mean(np.square(heard.ref))) > PLAYING
        if not self._may_murmur():
            hop = replace(hop, backchannel_here=0.0)
        self._step(fl.Hop(turn_done=1.0) if self.muted else hop)
        self._end_what_has_ended()
        if self.core.rules.backchannels and not self.core.replying:
            self._prepare_signs()
        if self.core.voiced:
            self._voice_end = seconds(heard.hop)

    def take(self, msg: Message) -> None:
        """What a stage has to say."""
        match msg:
            case Item(_, Words(since, text, final, tags, written, sense)):
                self._noticed = noticed(tags) if final else self._noticed
                self._written = (*self._written[-WRITTEN:], (text, written)) if final and text else self._written
                counts = final and text and (self.core.state is not fl.Floor.TALKING or is_stop(text))
                # what was said over a reply that went on was not for us: its words so far are taken back
                self.tell((m.FinalWords if counts else m.WordsSoFar)(self.now(), text if counts or not final else ""))
                self._step(fl.Recognised(since, text, final, sense))
            case Item(_, Murmur() as murmur):
                self.signs.take(murmur)
            case Failed(epoch, stage, error):
                self._failed(epoch, stage, error)
            case Item(epoch) | Done(epoch) if epoch != self.core.epoch:
                return
            case Item() | Done() if self._reply.waits(msg):
                self._reply.waiting.append(msg)
            case Item(_, Say() as say):
                self._say(say)
            case Item(_, Used(name, arguments, result)):
                self.tell(m.ToolUsed(self.now(), name, arguments, result))
            case Item(_, Change() as change):
                self.change(change)
            case Item(_, Lasting()):
                self._reply.unanswered = True
            case Done(_, "think") if self._reply.unanswered:
                self._give("think", self._reply.ends_unanswered())
            case Done(_, "think"):
                self._reply.thought = True
                self._next_phrase()
            case Done(_, "speak"):
                self._reply.busy = False
                self._next_phrase()

    def played(self, t: float, report: out.Report) -> None:
        """What has left the loudspeaker, at microphone time t."""
        if isinstance(report, out.Murmured):
            self.tell(m.BackChannelGiven(t, report.text))
            return
        if report.epoch != self.core.epoch:
            return
        match report:
            case out.Sounding():
                self._sounding(t)
            case out.Said(_, _, word):
                self.assistant.memory.heard(word)
                self.tell(m.ReplyHeard(t, self.assistant.replies, self.assistant.memory.reply))
                if self.core.announcements.telling is not None:
                    self._step(fl.Heard(report.epoch))
            case out.Spoken():
                if self._reply.sounded:
                    self.tell(m.ReplyEnded(t, self.assistant.replies))
                self._step(fl.Spoken(report.epoch))

    def command(self, command: m.Command) -> None:
        """What the user or the program wants; it holds at once."""
        match command:
            case m.Mute(on):
                self.muted = on
                self._modes()
            case m.SetMode(push):
                self._step(fl.Mode(push))
                self._modes()
            case m.Push(down):
                if self.core.push_to_talk:
                    self._step(fl.TalkKey(down))
            case m.Stop():
                self._step(fl.Halt())
            case m.SayText(text):
                self._typed(text.strip())
            case Change():
                self.change(command)
            case m.Preview(text):                # at once, and in place of what is being said
                self._step(fl.Halt())
                if all(one.text != text for one in self.core.announcements.waiting):
                    self._step(fl.Announce(text))
            case m.SetRules(patience, barge_in, resume, backchannels):
                self.core.rules = replace(self.core.rules, patience=patience, barge_in=barge_in, resume=resume,
                                          backchannels=backchannels)  # fmt: skip
                self.trace.cut()
            case m.Forget():
                self.assistant.memory.forget()
            case m.NewRoute():
                self._echoed = 0
            case m.SaveTrace(folder):
                self._save_trace(folder)
            case _:
                assert_never(command)

    def _end_what_has_ended(self) -> None:
        """A reply that talks with nothing left to be played does not talk: nobody waits for a report that got lost."""
        talks_of_nothing = self.core.state is fl.Floor.TALKING and not self.playout.has_speech
        self._unplayed = self._unplayed + 1 if talks_of_nothing else 0
        if self._reply.closed and not self._reply.busy:
            if self._unplayed >= hops(LOST_END_MS):
                self.played(self.now(), out.Spoken(self.core.epoch, 0))
        elif self._unplayed >= hops(self.core.rules.longest_thought_ms):
            self._act(fl.GaveUp(self.core.epoch))
            self._step(fl.Broken(self.core.epoch))

    def _typed(self, text: str) -> None:
        if not text:
            return
        self.tell(m.FinalWords(self.now(), text))
        self._voice_end = self._settled = self.now()
        self._noticed = ()
        self._step(fl.Typed(text))

    def change(self, change: Change) -> None:
        """Style from the next phrase on. "*1.2" is relative to what it is now."""
        self.assistant.style = changed(self.assistant.style, change)
        self.tell(m.StyleChanged(self.now(), change.field, getattr(self.assistant.style, change.field)))

    def _save_trace(self, folder: Path) -> None:
        what, how = state(NoticeCode.TRACE_SAVED, folder=str(folder)), m.Severity.INFO
        try:
            self.trace.save(folder)
        except (OSError, Trouble) as error:
            what, how = state(NoticeCode.TRACE_NOT_SAVED, error=words_of(error)), m.Severity.TROUBLE
        self.tell(m.Notice(self.now(), (what,), how))

    # -- the core and its actions -------------------------------------------------------------------
    def _step(self, ev: fl.Event) -> None:
        was = self.core.state, self.core.ducked
        hop = self.core.hop
        acts = self.core.step(ev)
        self.stages.epoch.now = self.core.epoch
        self.trace.step(hop, ev, acts)
        for act in acts:
            self._act(act)
        core = self.core
        if core.state is not fl.Floor.HEARING and (core.done or core.state is not fl.Floor.ENDING):
            self.playout.aside = None            # a sign of listening belongs into the other's turn
        self.view = View(core.state, core.waited, f"{core.before} {core.text}".strip(), core.sense)
        if (core.state, core.ducked) != was:
            shown = m.FloorState.DUCKED if core.ducked else m.FloorState[core.state.name]
            self.tell(m.FloorChanged(self.now(), shown))

    def _act(self, act: fl.Action) -> None:
        match act:
            case fl.Listen(since):
                self.tell(m.UserStarted(self.now()))
                self.utterances.begin(since, self.core.hop)
            case fl.Settle(since):
                self.tell(m.UserEnded(self.now()))
                self._settled = self.now()
                self.utterances.end(since, self.core.hop)
            case fl.Think(epoch, text, ahead):
                self._think(epoch, text, ahead)
            case fl.Release():
                self._release()
            case fl.BackChannel(text):           # one that is not ready is not made now: it would come too late
                self.playout.aside = self.signs.ready.get(text)
            case fl.Tell(epoch, text):
                self.assistant.memory.tells()
                self._voice_end = self._settled = self.now()
                self._reply = Reply(self.assistant.mark(), self.now())
                self._reply.thought = True
                self._say(Say(text))
            case fl.Told(number):
                self.assistant.scheduler.heard(number)
            case fl.Untold(_, text):
                self._error(NoticeCode.NOT_SPOKEN, Advice.TOLD_AT_NEXT_START, text=text)
            case fl.Duck(on):
                self.playout.duck = on
                self.tell((m.Ducked if on else m.Unducked)(self.now(), self.assistant.replies))
            case fl.Hold():
                self.playout.hold = True
                self.tell(m.Yielded(self.now(), self.assistant.replies, self.assistant.memory.reply))
            case fl.Resume():
                self.playout.hold = False
                self.tell(m.Resumed(self.now(), self.assistant.replies))
            case fl.Cancel():
                self._cancel()
            case fl.HeardNothing():
                self.tell(m.HeardNothing(self.now()))
            case fl.GaveUp():
                self._error(NoticeCode.NO_ANSWER_IN_TIME, Advice.SAY_IT_AGAIN)

    def _cancel(self) -> None:
        if self._reply.sounded:
            if not self.playout.hold:
                self.tell(m.Yielded(self.now(), self.assistant.replies, self.assistant.memory.reply))
            self.assistant.memory.cut()
            self.tell(m.ReplyEnded(self.now(), self.assistant.replies))
        else:                                    # nobody knows of it: as if it had never been
            self.assistant.memory.goes_on()
            self.assistant.back(self._reply.mark)
        self.playout.hold = False
        self._reply = Reply()

    def _too_slow(self) -> None:
        self._error(NoticeCode.RECOGNISER_TOO_SLOW, Advice.FREE_THE_COMPUTER)

    # -- the reply ----------------------------------------------------------------------------------
    def _think(self, epoch: int, text: str, ahead: bool) -> None:
        self._reply = Reply(self.assistant.mark(), self.now(), ahead)
        prompt = Prompt(text, self.assistant.memory.asked(text), self.assistant.now(), self._noticed,
                        written_as(text, self._written), ahead)
        if ahead:
            self.playout.hold = True             # not a sample of it, however fast it is made
            self._reply.sure = Item(epoch, replace(prompt, ahead=False))
        self._give("think", Item(epoch, prompt))

    def _release(self) -> None:
        """The user has finished: what was thought ahead may show, last and sound."""
        reply = self._reply
        self.playout.hold = False
        for msg in reply.release(self.now()):
            self.take(msg)
        self._give("think", reply.declined)

    def _may_murmur(self) -> bool:
        """The signs are ready, and the recogniser would not take their echo for the user's words."""
        return self.signs.complete and self._echoed >= hops(ECHO_KNOWN_MS)

    def _prepare_signs(self) -> None:
        sign = self.signs.missing(self.assistant.style, self.core.epoch)
        if sign is not None and self.stages.speak.put(Item(self.core.epoch, sign)):
            self.signs.pending = self.core.epoch

    def _say(self, say: Say) -> None:
        if say.holding and self._reply.phrase is not None:
            return                               # what it was to wait for is there
        if self._reply.phrase is None:
            self._reply.phrase = self.now()
        if say.asks:
            self._step(fl.Asked(self.core.epoch))
        self._reply.phrases.append(say)
        if self._reply.sounded:
            self.tell(m.ReplyText(self.now(), self.assistant.replies, say.text))
        else:
            self._reply.texts.append(say.text)
        self._next_phrase()

    def _next_phrase(self) -> None:
        """One phrase at a time is with the synthesiser; the last one is empty and says so."""
        reply = self._reply
        if reply.busy or reply.closed:
            return
        if reply.phrases:
            say = reply.phrases.popleft()
            phrase = Phrase(say.text, reduce(changed, say.how, self.assistant.style))
        elif reply.thought:
            phrase, reply.closed = Phrase("", self.assistant.style, last=True), True
        else:
            return
        reply.busy = True
        self._give("speak", Item(self.core.epoch, phrase))

    def _give(self, stage: str, item: Item | None) -> None:
        if item is None:
            return
        inbox: Inbox = getattr(self.stages, stage)
        if not inbox.put(item):
            self._failed(item.epoch, stage, Trouble(state(NoticeCode.STILL_BUSY)))

    def _sounding(self, t: float) -> None:
        reply = self._reply
        reply.sounded = True
        self.assistant.replies += 1
        self.tell(m.ReplyStarted(t, self.assistant.replies))
        for text in reply.texts:
            self.tell(m.ReplyText(self.now(), self.assistant.replies, text))
        self._step(fl.Sounding(self.core.epoch))
        self.tell(reply.latency(self.now(), self._voice_end, self._settled, t))

    def _failed(self, epoch: int, stage: str, error: BaseException) -> None:
        self._error(NoticeCode.STAGE_FAILED, Advice.NEXT_SENTENCE, stage=stage, error=words_of(error))
        if stage == "speak" and epoch == self.signs.pending:
            self.signs.give_up()
            return
        if stage == "listen" or epoch != self.core.epoch or (self._reply.closed and stage == "think"):
            return
        self._step(fl.Broken(epoch))
        if stage == "think":
            self._step(fl.Announce(SORRY))

    # -- what is told ---------------------------------------------------------------------------------------
    def _modes(self) -> None:
        self.tell(m.ModeChanged(self.now(), self.core.push_to_talk, self.muted))

    def _error(self, code: NoticeCode, do: Advice, **arguments: Said) -> None:
        self.tell(m.Notice(self.now(), (state(code, **arguments),), m.Severity.ERROR, m.Source.ENGINE, do))

    @property
    def style(self) -> Style:
        """How it speaks now."""
        return self.assistant.style

    @property
    def past(self) -> tuple[Exchange, ...]:
        return tuple(self.assistant.memory.past)
