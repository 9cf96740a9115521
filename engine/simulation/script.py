"""The user of a scenario at run time: events in, cues out, to the sample. Pure: no clock, no thread, no file.

All times are samples at DEVICE_HZ since the start. The caller tells when replies start and end as they happen, asks
for what is due before the next block, and asks whether the scenario is over.
"""

from dataclasses import dataclass

from audio_io.frames import DEVICE_HZ
from engine.simulation.scenario import Cue, Scenario

ANSWER_S = 6.0                   # the assistant has been silent for so long after the user: no answer will come


@dataclass(frozen=True, slots=True)
class Start:
    """Cue number `number` (from 0) starts at sample `at`."""

    at: int
    number: int
    cue: Cue


class Script:
    """`due` gives each cue once, in order of time. A cue whose moment is already past starts at once."""

    def __init__(self, scenario: Scenario, answer_s: float = ANSWER_S) -> None:
        self.user, self.end = scenario.user, scenario.end
        self.answer = samples(answer_s)
        self.now = 0                                   # everything before is history
        self.starts: dict[int, int] = {}               # what the user did: cue number -> its first sample
        self.replies: dict[int, list[int]] = {}        # reply number -> [first sample] or [first, end]

    def reply_start(self, reply: int, at: int) -> None:
        """Reply number `reply` (from 1) has its first sample at `at`. Told twice: the first time counts."""
        self.replies.setdefault(reply, [at])

    def reply_end(self, reply: int, at: int) -> None:
        """Raises ValueError for a reply that has not started."""
        if reply not in self.replies:
            raise ValueError(f"reply {reply} ends at sample {at} and has never started")
        if len(self.replies[reply]) == 1:
            self.replies[reply].append(at)

    def due(self, until: int) -> list[Start]:
        """-> what starts before sample `until`, in order; time is `until` from then on."""
        found: list[Start] = []
        while True:
            ready = [
                (max(at, self.now), i) for i in range(len(self.user))
                if i not in self.starts and (at := self._at(i)) is not None and at < until
            ]
            if not ready:
                break
            at, i = min(ready)
            self.starts[i] = at                        # it may release another one that is due as well
            found.append(Start(at, i, self.user[i]))
        self.now = max(self.now, until)
        return sorted(found, key=lambda start: (start.at, start.number))

    @property
    def waiting(self) -> tuple[Cue, ...]:
        """What the user has not begun to say."""
        return tuple(cue for i, cue in enumerate(self.user) if i not in self.starts)

    def over(self, busy: bool = False) -> bool:
        """Whether nothing is to come. `busy`: the assistant works on a reply that has not started yet."""
        if self.now >= samples(self.end.at_most):
            return True
        if busy or not self.user or any(len(reply) == 1 for reply in self.replies.values()):
            return False
        if any(self._at(i) is not None for i in range(len(self.user)) if i not in self.starts):
            return False                               # a cue has its moment, it is only not there yet
        said = max((at + len(self.user[i].pcm) for i, at in self.starts.items()), default=0)
        heard = max((reply[1] for reply in self.replies.values()), default=0)
        if self.end.after == "user_end" and not self.waiting:
            return self.now >= said + samples(self.end.plus)
        # a reply to the last words may still come; those who wait for one that never comes wait no longer than that
        rest = max(samples(self.end.plus), self.answer if self.waiting else 0)
        return self.now >= max(heard + rest, said + self.answer)

    def _at(self, i: int) -> int | None:
        """-> when cue `i` is to start; None while that is not known."""
        cue, plus = self.user[i], samples(self.user[i].plus)
        if cue.after == "":
            return plus
        if cue.after == "cue_end":
            at = self.starts.get(cue.cue)
            return None if at is None else at + len(self.user[cue.cue].pcm) + plus
        reply = self.replies.get(cue.reply, [])
        wanted = 0 if cue.after == "reply_start" else 1
        return reply[wanted] + plus if len(reply) > wanted else None


def samples(seconds: float) -> int:
    """Samples at DEVICE_HZ."""
    return round(seconds * DEVICE_HZ)
