"""What the assistant can do, as plain calls: the clock anywhere, timers, notes, chance. Holds the state they need.

The wall clock is injected; when a timer is due is a matter of microphone time alone (seconds since the session
began), so that a simulated conversation comes out the same every time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from threading import Lock
from typing import Any, Protocol, cast

from engine.assistant.places import Place
from engine.tts.number_words import duration_words, number_words

LONGEST_S = 48 * 3600.0              # a timer further ahead belongs into a calendar
MOST_TIMERS = 50
MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind`: timer, alarm or reminder. `label`: its name, or what to be reminded of. `due_s`: microphone time."""

    number: int
    kind: str
    seconds: float
    due_s: float
    label: str = ""

    @property
    def said(self) -> str:
        """ "five minute timer", "pasta timer", "alarm", "reminder" """
        if self.kind != "timer":
            return self.kind
        return f"{self.label or self.length} timer"

    @property
    def length(self) -> str:
        """As an adjective: "five minute", "one hour thirty minute"."""
        parts = duration_words(self.seconds).replace(" and ", " ").split()
        return " ".join(p.removesuffix("s") if p in ("minutes", "hours", "seconds", "days") else p for p in parts)

    @property
    def announcement(self) -> str:
        """What is said when it is due."""
        if self.kind == "reminder":
            return f"Here is your reminder: {self.label}."
        if self.kind == "alarm":
            return "This is your alarm."
        return f"Your {self.said} is done."


class Shelf(Protocol):
    """Where notes outlive the program."""

    def load(self) -> list[str]: ...
    def save(self, notes: list[str]) -> None: ...


class Tools:
    """`now` gives the wall clock with its zone; `chance` decides coins, dice and the order of stories.

    `due` is called by the session while the brain may be at work, hence the lock.
    """

    def __init__(
        self, now: Callable[[], datetime], chance: Random | None = None, shelf: Shelf | None = None
    ) -> None:
        self._now = now
        # seeded by the clock, not the system: a simulated conversation has a fixed clock and must repeat itself
        self._chance = chance or Random(now().isoformat())
        self._seed = self._chance.random()
        self._lock = Lock()
        self._timers: list[Timer] = []
        self._made = 0
        self._rung: set[int] = set()             # numbers of those that have spoken up
        self._shelf = shelf
        self._notes: list[str] = shelf.load() if shelf else []

    # -- the clock --
    def time(self, place: Place | None = None) -> datetime:
        """Now, here or there."""
        now = self._now()
        return now if place is None else now.astimezone(place.clock)

    # -- timers --
    def set_timer(self, seconds: float, now_s: float, label: str = "", kind: str = "timer") -> Timer | None:
        """None when there are too many. Raises ValueError outside 1 s .. LONGEST_S: the caller has checked."""
        if not 1 <= seconds <= LONGEST_S:
            raise ValueError(f"a timer of {seconds} s is outside 1..{LONGEST_S:.0f} s")
        with self._lock:
            if len(self._timers) >= MOST_TIMERS:
                return None
            self._made += 1
            timer = Timer(self._made, kind, seconds, now_s + seconds, label)
            self._timers.append(timer)
            return timer

    def timers(self, kind: str = "") -> list[Timer]:
        """Those that still run, the next one first."""
        with self._lock:
            return sorted((t for t in self._timers if kind in ("", t.kind)), key=lambda t: (t.due_s, t.number))

    def newest(self, kind: str = "") -> Timer | None:
        """The one set last that still runs."""
        return max(self.timers(kind), key=lambda t: t.number, default=None)

    def change_timer(self, timer: Timer, seconds: float, due_s: float) -> Timer:
        """It gets another length and end."""
        changed = replace(timer, seconds=seconds, due_s=due_s)
        with self._lock:
            self._timers = [changed if t.number == timer.number else t for t in self._timers]
        return changed

    def cancel(self, timers: list[Timer]) -> None:
        gone = {t.number for t in timers}
        with self._lock:
            self._timers = [t for t in self._timers if t.number not in gone]

    def due(self, now_s: float) -> list[str]:
        """The sentences of the timers that are due at microphone time `now_s`, each once."""
        with self._lock:
            ready = sorted((t for t in self._timers if t.due_s <= now_s), key=lambda t: (t.due_s, t.number))
            self._timers = [t for t in self._timers if t.due_s > now_s]
            self._rung.update(t.number for t in ready)
        return [t.announcement for t in ready]

    # -- notes --
    def notes(self) -> list[str]:
        """Oldest first."""
        with self._lock:
            return list(self._notes)

    def add_note(self, text: str) -> bool:
        """False when there is no room for another."""
        with self._lock:
            if len(self._notes) >= MOST_NOTES:
                return False
            self._keep([*self._notes, text])
            return True

    def _keep(self, notes: list[str]) -> None:
        """Raises Trouble where they cannot be kept; then nothing has changed."""
        if self._shelf is not None and notes != self._notes:
            self._shelf.save(notes)
        self._notes = notes

    def delete_notes(self, which: str) -> int:
        """`which`: "all", "last" or a number from 1 -> how many went."""
        with self._lock:
            if which == "all":
                gone = len(self._notes)
                self._keep([])
                return gone
            at = len(self._notes) - 1 if which == "last" else int(which) - 1
            if not 0 <= at < len(self._notes):
                return 0
            self._keep(self._notes[:at] + self._notes[at + 1 :])
            return 1

    # -- undoing --
    def mark(self) -> object:
        """What `back` returns to: timers, notes and chance as they are now."""
        with self._lock:
            return tuple(self._timers), self._made, tuple(self._notes), self._chance.getstate()

    def back(self, mark: object) -> None:
        """Undoes everything since `mark`, except that a timer which has spoken up meanwhile stays silent."""
        if mark is None:
            return
        timers, made, notes, chance = cast(tuple[tuple[Timer, ...], int, tuple[str, ...], Any], mark)
        with self._lock:
            self._timers = [t for t in timers if t.number not in self._rung]
            self._made = made
            self._keep(list(notes))
            self._chance.setstate(chance)

    # -- chance --
    def coin(self) -> str:
        return self._chance.choice(("heads", "tails"))

    def dice(self, sides: int, count: int) -> list[int]:
        return [self._chance.randint(1, sides) for _ in range(count)]

    def number(self, low: int, high: int) -> str:
        """A whole number from low to high, in words."""
        return number_words(self._chance.randint(low, high))

    def order(self, n: int) -> list[int]:
        """0..n-1 in the order of this session, always the same one."""
        seed = f"{self._seed}:{n}"
        return Random(seed).sample(range(n), n)
