"""Timers, alarms and reminders: due at a moment of the clock on the wall, kept until they were heard.

    set -> running -> due -> told to whoever has the loudspeaker -> heard: gone
              `-> cancelled

A timer is a length: what passes counts, whatever the clock shows. An alarm is a time of day: 7:00 stays 7:00 when the
clock changes, or the zone. What was not heard before the program ended is told when it runs again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

from audio_io.errors import Trouble
from engine.assistant.clock import Clock, later, seconds_between
from engine.assistant.schedule_file import KeptTimer, ScheduleFile

LONGEST_S = 48 * 3600.0              # what is further ahead belongs into a calendar
CHANGE_S = 3 * 3600.0                # two days of the clock are longer than 48 h when it is put back
MOST_TIMERS = 50


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind`: timer, alarm or reminder. `label`: its name, or what to be reminded of.

    seconds: from when it was set until it is due. set, due: aware. at_clock: set for a time of day.
    """

    number: int
    kind: str
    seconds: float
    due: datetime
    label: str
    set: datetime
    at_clock: bool = False

    def left_s(self, now: datetime) -> float:
        """Seconds until it is due; negative afterwards."""
        return seconds_between(now, self.due)


@dataclass(frozen=True, slots=True)
class Due:
    """`late_s`: for so long it has been due: more than moments when the program did not run, or the machine slept."""

    timer: Timer
    now: datetime

    @property
    def late_s(self) -> float:
        return -self.timer.left_s(self.now)


@dataclass(frozen=True, slots=True)
class Change:
    """before, after: None where there was, or is, none."""

    before: Timer | None
    after: Timer | None


class Scheduler:
    """From any thread. `open`, `sync`, `forget` and `close` touch the disk; the others do not wait for them, either."""

    def __init__(
        self, now: Clock, file: ScheduleFile | None = None, changed: Callable[[], None] = lambda: None
    ) -> None:
        """changed: called, on any thread, when there is something to `sync`."""
        self._now, self._file, self._changed = now, file, changed
        self._lock = Lock()                      # around all below; held for moments only
        self._disk = Lock()                      # around all work on the file
        self._running: dict[int, Timer] = {}
        self._ringing: dict[int, Timer] = {}     # told, not heard yet
        self._made = 0
        self._journal: list[Change] = []         # since the mark
        self._marks, self._void = 0, False
        self._dirty = False

    # -- setting --
    def set(self, kind: str, seconds: float, label: str = "", since: datetime | None = None) -> Timer | None:
        """Due in `seconds` from `since` (now). None when there are too many. Raises ValueError outside 1..LONGEST_S."""
        if not 1 <= seconds <= LONGEST_S:
            raise ValueError(f"a timer of {seconds} s is outside 1..{LONGEST_S:.0f} s")
        since = since or self._now()
        return self._add(Timer(0, kind, seconds, later(since, seconds), label, since))

    def set_at(self, kind: str, due: datetime, label: str = "", since: datetime | None = None) -> Timer | None:
        """Due when the clock shows `due`. None: too many. Raises ValueError for what is past, or too far."""
        since = since or self._now()
        seconds = seconds_between(since, due)
        if not 0 < seconds <= LONGEST_S + CHANGE_S:
            raise ValueError(f"{due.isoformat()} is not within two days")
        return self._add(Timer(0, kind, seconds, due, label, since, at_clock=True))

    def _add(self, timer: Timer) -> Timer | None:
        with self._lock:
            if len(self._running) >= MOST_TIMERS:
                return None
            self._made += 1
            timer = replace(timer, number=self._made)
            self._do(Change(None, timer))
        self._changed()
        return timer

    def timers(self, kind: str = "") -> list[Timer]:
        """Those that still run, the next one first."""
        with self._lock:
            found = [t for t in self._running.values() if kind in ("", t.kind)]
        return sorted(found, key=lambda t: (t.due.astimezone(UTC), t.number))

    def newest(self, kind: str = "") -> Timer | None:
        """The one set last that still runs."""
        return max(self.timers(kind), key=lambda t: t.number, default=None)

    def change(self, timer: Timer, seconds: float, due: datetime, at_clock: bool = False) -> Timer:
        """It gets another length and end, unless it has been due meanwhile."""
        changed = replace(timer, seconds=seconds, due=due, at_clock=at_clock)
        with self._lock:
            if (before := self._running.get(timer.number)) is not None:
                self._do(Change(before, changed))
        self._changed()
        return changed

    def cancel(self, timers: list[Timer]) -> None:
        with self._lock:
            for timer in timers:
                if (before := self._running.get(timer.number)) is not None:
                    self._do(Change(before, None))
        self._changed()

    # -- ringing --
    def due(self, now: datetime) -> list[Due]:
        """What is due at `now`, each once, the one that was due first first."""
        if not self._running:
            return []
        with self._lock:
            ready = [t for t in self._running.values() if t.left_s(now) <= 0]
            for timer in ready:
                self._ringing[timer.number] = self._running.pop(timer.number)
        return [Due(t, now) for t in sorted(ready, key=lambda t: (t.due.astimezone(UTC), t.number))]

    def heard(self, number: int) -> None:
        """Its announcement has been heard: it is done with."""
        with self._lock:
            self._dirty |= self._ringing.pop(number, None) is not None
        self._changed()

    def ring_again(self) -> None:
        """Nobody will tell what has been due and was not heard: it is due once more."""
        with self._lock:
            self._running |= self._ringing
            self._ringing.clear()

    # -- undoing --
    def mark(self) -> int:
        """What is done from here on can be undone, until the next mark."""
        with self._lock:
            self._journal, self._void = [], False
            self._marks += 1
            return self._marks

    def back(self, mark: int) -> None:
        """Undoes what was done since `mark`, and what is still being done for it. What has rung stays silent."""
        with self._lock:
            if mark != self._marks:
                return
            while self._journal:
                self._undo(self._journal.pop())
            self._void = True
        self._changed()

    def _do(self, change: Change) -> None:
        if self._void:                           # done for a reply that is undone already
            return
        if change.before is not None:
            del self._running[change.before.number]
        if change.after is not None:
            self._running[change.after.number] = change.after
        self._journal.append(change)
        self._dirty = True

    def _undo(self, change: Change) -> None:
        if change.after is not None and self._running.pop(change.after.number, None) is None:
            return                               # it has rung
        if change.before is not None:
            self._running[change.before.number] = change.before
        self._dirty = True

    # -- the disk --
    def open(self) -> None:
        """Once, before anything is set: what was kept runs again. Reads and writes the disk. Raises Trouble."""
        if self._file is None:
            return
        with self._disk:
            for kept in self._file.open(self._now()):
                self._made += 1
                self._running[self._made] = Timer(
                    self._made, kept.kind, kept.seconds, kept.due, kept.label, kept.set, kept.at_clock)  # fmt: skip

    def sync(self) -> None:
        """Writes what has changed. Raises Trouble; then it is tried again with the next change."""
        if self._file is None or not self._dirty:
            return
        with self._disk:
            with self._lock:
                kept = [KeptTimer(t.kind, t.seconds, t.due, t.label, t.set, t.at_clock)
                        for t in (*self._running.values(), *self._ringing.values())]  # fmt: skip
                self._dirty = False
            try:
                self._file.save(kept)
            except Trouble:
                self._dirty = True
                raise

    def forget(self) -> None:
        """There are no timers any more, nor a file of them. Writes to the disk. Raises Trouble."""
        with self._disk:
            with self._lock:
                self._running.clear()
                self._ringing.clear()
                self._journal, self._dirty = [], False
            if self._file is not None:
                self._file.delete()

    def close(self) -> None:
        """Writes what has changed and leaves the file to others. Raises Trouble."""
        try:
            self.sync()
        finally:
            if self._file is not None:
                self._file.close()
