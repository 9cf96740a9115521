"""The last 30 s of a conversation as it is drawn: two levels and the marks of what was decided. Pure, no Qt.

Times are seconds on the microphone's clock, as the events have them.
"""

from collections import deque
from dataclasses import dataclass, field

SPAN_S = 30.0
USER, VOICE = 0, 1               # the two lanes


@dataclass
class Mark:
    """kind: take over, duck, full voice, yield, resume, back-channel, no words, stop. why: the reason, one line."""

    t: float
    kind: str
    lane: int
    why: str = ""


@dataclass
class History:
    """Levels and marks, oldest first; what is older than SPAN_S before the newest leaves."""

    levels: deque[tuple[float, float, float]] = field(default_factory=deque)     # t, microphone, loudspeaker: 0..1
    marks: deque[Mark] = field(default_factory=deque)
    now: float = 0.0

    def level(self, t: float, mic: float, voice: float) -> None:
        if self.levels and t < self.levels[-1][0]:
            return                               # an older conversation's, or out of order: not drawn backwards
        self.levels.append((t, mic, voice))
        self._advance(t)

    def mark(self, t: float, kind: str, lane: int, why: str = "") -> Mark:
        """t: 0 stands for now."""
        made = Mark(t or self.now, kind, lane, why)
        self.marks.append(made)
        self._advance(made.t)
        return made

    def last(self, kind: str) -> Mark | None:
        return next((mark for mark in reversed(self.marks) if mark.kind == kind), None)

    def clear(self) -> None:
        self.levels.clear()
        self.marks.clear()

    def still(self, floor: float) -> bool:
        """Nothing to be seen: no level above `floor`, no mark."""
        return not self.marks and all(mic <= floor and voice <= floor for _, mic, voice in self.levels)

    def _advance(self, t: float) -> None:
        self.now = max(self.now, t)
        oldest = self.now - SPAN_S
        while self.levels and self.levels[0][0] < oldest:
            self.levels.popleft()
        while self.marks and self.marks[0].t < oldest:
            self.marks.popleft()
