"""A scripted conversation on the hop clock: thirty seconds of talk in a millisecond, the same way every time."""

from audio_io.frames import HOP, MIC_HZ, hops
from engine.turns.core import Turns
from engine.turns.floor import (
    Action,
    Cancel,
    Event,
    Hold,
    Hop,
    Listen,
    Recognised,
    Release,
    Resume,
    Settle,
    Sounding,
    Spoken,
    Tell,
    Think,
)
from engine.turns.rules import TurnRules


class Playscript:
    """One `Hop` per 32 ms. Final words come `final_ms` after Settle, the reply `think_ms` after Think, for `reply_ms`.

    What the recogniser will make of the next utterance is set by `says`.
    """

    def __init__(self, think_ms: float = 300, reply_ms: float = 2000, final_ms: float = 64, **rules: float) -> None:
        self.core, self.log, self.due = Turns(TurnRules(**rules)), [], {}
        self.think_ms, self.reply_ms, self.final_ms = think_ms, reply_ms, final_ms
        self.text, self.sense, self.silent_ms, self.held_at = "", 0.9, 0.0, 0
        self.thought_at = 0                      # the hop at which what is thought ahead could sound
        self.left = 0                            # hops of the reply still to be played
        self.done_ms, self.ending_ms = 500.0, 1e9    # silence after which the predictor is sure, and expects the end

    @property
    def ms(self) -> int:
        return round(self.core.hop * HOP / MIC_HZ * 1000)

    def _at(self, ms: float, ev: Event) -> None:
        self.due.setdefault(self.core.hop + hops(ms), []).append(ev)

    def step(self, ev: Event) -> list[Action]:
        before = self.core.state
        acts = self.core.step(ev)
        for act in acts:
            self.log.append((self.ms, act))
            match act:
                case Listen(since):
                    self._at(160, Recognised(since, self.text, False, self.sense))
                case Settle(since):
                    self._at(self.final_ms, Recognised(since, self.text, True, self.sense))
                case Think(epoch, _, True):
                    self.thought_at = self.core.hop + hops(self.think_ms)
                case Think(epoch) | Tell(epoch):
                    self._sounds(epoch, self.think_ms)
                case Release(epoch):
                    self._sounds(epoch, (self.thought_at - self.core.hop) * HOP / MIC_HZ * 1000)
                case Hold(epoch):
                    self.held_at = self.core.hop
                    self._forget(Spoken(epoch))
                case Resume(epoch):
                    self._at(self.reply_ms / 2, Spoken(epoch))
                case Cancel(epoch):
                    self._forget(Spoken(epoch))
        if self.core.state is not before:
            self.log.append((self.ms, self.core.state.name))
        return acts

    def _sounds(self, epoch: int, ms: float) -> None:
        self._at(ms, Sounding(epoch))
        self._at(ms + self.reply_ms, Spoken(epoch))

    def _forget(self, ev: Event) -> None:
        self.due = {hop: [e for e in evs if e != ev] for hop, evs in self.due.items()}

    def run(self, ms: float, speech: float = 0.0, takes: float = 0.0, welcome: float = 0.0) -> "Playscript":
        for _ in range(hops(ms)):
            self.silent_ms = 0.0 if speech > 0.5 else self.silent_ms + HOP / MIC_HZ * 1000
            done = 1.0 if self.silent_ms >= self.done_ms else 0.0
            ending = 1.0 if self.silent_ms >= self.ending_ms else 0.0
            self.step(Hop(speech, done, ending, takes, welcome))
            for ev in self.due.pop(self.core.hop, []):
                self.step(ev)
        return self

    def says(self, text: str, ms: float, sense: float = 0.9, takes: float = 1.0) -> "Playscript":
        self.text, self.sense = text, sense
        return self.run(ms, speech=0.9, takes=takes)

    def silence(self, ms: float) -> "Playscript":
        return self.run(ms)

    def of(self, kind: type) -> list[Action]:
        return [act for _, act in self.log if isinstance(act, kind)]

    def trace(self) -> str:
        return "\n".join(f"{ms:6d}  {x}" for ms, x in self.log)
