"""What was decided, and why, as marks on the last 30 s: the session's events in, `History` out."""

from collections.abc import Callable

from app.window.bridge import Bridge
from app.window.history import USER, VOICE, History, Mark
from engine.messages import (
    BackChannelGiven,
    Ducked,
    FinalWords,
    HeardNothing,
    Latency,
    ReplyStarted,
    Resumed,
    Unducked,
    Yielded,
)

TOGETHER_S = 0.2                 # two events of one decision
LONG = 60                        # characters of the user's words that a reason quotes


class Marks:
    """A reason is completed when the events that explain it arrive: the latency after a take-over, words after a yield.

    tr: the user's language.
    """

    def __init__(self, bridge: Bridge, history: History, tr: Callable[[str], str] = str) -> None:
        self.bridge, self.history, self.tr = bridge, history, tr
        self.answer: tuple[Mark, int] | None = None      # the latest take-over, and which answer it began
        self.given: Mark | None = None                   # a yield that nobody's words have explained so far
        bridge.trail.connect(self._trail)
        bridge.on(ReplyStarted, self._took)
        bridge.on(Latency, self._latency)
        bridge.on(Ducked, self._ducked)
        bridge.on(Unducked, self._unducked)
        bridge.on(Yielded, self._yielded)
        bridge.on(Resumed, self._resumed)
        bridge.on(FinalWords, self._final)
        bridge.on(BackChannelGiven, lambda given: self._mark("back-channel", VOICE, f"“{given.text}”"))
        bridge.on(HeardNothing, lambda _: self._mark("no words", USER, self.tr("nothing to answer, so it is not.")))

    def stopped(self) -> None:
        """The user pressed Stop."""
        self.history.mark(self.history.now, "stop", VOICE)

    def forget(self) -> None:
        self.history.clear()
        self.answer = self.given = None

    def _mark(self, kind: str, lane: int, why: str) -> Mark:
        return self.history.mark(self.bridge.now_s, kind, lane, why)

    def _near(self, kind: str) -> Mark | None:
        mark = self.history.last(kind)
        return mark if mark is not None and abs(self.bridge.now_s - mark.t) <= TOGETHER_S else None

    def _trail(self, levels: list[tuple[float, float, float]]) -> None:
        for level in levels:
            self.history.level(*level)

    def _took(self, started: ReplyStarted) -> None:
        mark = self._mark("take over", VOICE, self.tr("you had finished (answer {n}).").format(n=started.reply))
        self.answer = mark, started.reply

    def _latency(self, took: Latency) -> None:
        if self.answer is None:
            return
        mark, reply = self.answer
        mark.why = self.tr("you had finished; answer {n} came {ms:.0f} ms after your last word.").format(
            n=reply, ms=took.total_ms)

    def _ducked(self, _: Ducked) -> None:
        self._mark("duck", VOICE, self.tr("there is a voice or a sound over the answer."))

    def _unducked(self, _: Unducked) -> None:
        if self._near("yield") is None:                # else it has fallen silent, not come back
            self._mark("full voice", VOICE, self.tr("that was not meant to take the floor."))

    def _yielded(self, _: Yielded) -> None:
        if (back := self._near("full voice")) is not None:
            self.history.marks.remove(back)
        if self._near("stop") is not None:
            self._mark("yield", VOICE, self.tr("you pressed Stop."))
            return
        self.given = self._mark("yield", VOICE, self.tr("you took the floor."))

    def _resumed(self, _: Resumed) -> None:
        since = "" if self.given is None else f"{self.bridge.now_s - self.given.t:.1f}"
        self._mark("resume", VOICE, self.tr("no words followed for {s} s, it was no interruption.").format(s=since)
                   if since else self.tr("it was no interruption."))
        self.given = None

    def _final(self, final: FinalWords) -> None:
        if self.given is not None and (text := final.text):
            short = text if len(text) <= LONG else f"{text[:LONG]}…"
            self.given.why = self.tr("you took the floor with “{words}”.").format(words=short)
            self.given = None
