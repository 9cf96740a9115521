"""What belongs to the user and lives as long as the program, whatever becomes of the pipeline that hears and speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from audio_io.errors import Trouble
from audio_io.notices import Said, Statement, state
from audio_io.worker import Worker
from engine.assistant.chance import Chance
from engine.assistant.clock import Clock
from engine.assistant.notes import Notes
from engine.assistant.places import Place
from engine.assistant.schedule_file import ScheduleFile
from engine.assistant.scheduler import Scheduler
from engine.messages import Style
from engine.notices import NoticeCode
from engine.turns.memory import Memory

WAIT_S = 1.0                     # the disk's thread looks up so often, if nobody stirs it


@dataclass(frozen=True, slots=True)
class Files:
    """Where things are kept. tell: hears, on any thread, of what cannot be kept."""

    notes: Path
    schedule: Path
    tell: Callable[[Statement], None]


@dataclass(frozen=True, slots=True)
class Mark:
    """How things stood before a reply was made."""

    scheduler: int
    notes: int
    chance: object


class Assistant:
    """Made once, handed to every pipeline. Services take and return data; what is said about it is made elsewhere.

    `memory`, `style` and `replies` are the session's to change, on its one thread.
    """

    def __init__(self, now: Clock, files: Files | None = None, style: Style | None = None) -> None:
        """now: the wall clock. files: None keeps everything in memory alone, and starts no thread."""
        self.now = now
        self.memory, self.style, self.replies = Memory(), style or Style(), 0     # replies: that have sounded
        self.chance = Chance(now().isoformat())  # by the clock: a simulated conversation has a fixed one, and repeats
        self._files = files
        self.notes = Notes(files.notes if files else None)
        schedule = ScheduleFile(files.schedule, files.tell) if files else None
        self.scheduler = Scheduler(now, schedule, self._stir)
        self._keeper: Worker | None = None
        self._told: dict[str, Said] = {}         # the last trouble with each kind of work, so as not to repeat it
        if files is not None:
            self._try(self.scheduler.open)
            self._keeper = Worker("assistant", self._keep, self._broke, lambda: WAIT_S)
            self._keeper.start()

    def time(self, place: Place | None = None) -> datetime:
        """Now, here or there."""
        now = self.now()
        return now if place is None else now.astimezone(place.clock)

    # -- undoing --
    def mark(self) -> Mark:
        """What `back` returns to. No disk work."""
        return Mark(self.scheduler.mark(), self.notes.mark(), self.chance.mark())

    def back(self, mark: Mark | None) -> None:
        """As if nothing had been done since `mark`, the last one. No disk work: that is done beside."""
        if mark is None:
            return
        self.scheduler.back(mark.scheduler)
        self.notes.back(mark.notes)
        self.chance.back(mark.chance)
        self._stir()

    # -- the disk --
    def keep_notes_in(self, path: Path) -> None:
        """From now on, unless all is kept in memory alone. Raises Trouble."""
        if self._files is not None:
            self.notes.keep_in(path)

    def close(self) -> None:
        """At the end of the program: everything is on the disk. Raises RuntimeError where the thread does not end."""
        if self._keeper is not None:
            self._keeper.stop()
            self._try(self.notes.settle)
            self._try(self.scheduler.close)
            self._keeper = None

    def _stir(self) -> None:
        if self._keeper is not None:
            self._keeper.stir()

    def _keep(self) -> bool:
        self._try(self.notes.settle)
        self._try(self.scheduler.sync)
        return False

    def _try(self, work: Callable[[], None]) -> None:
        assert self._files is not None
        said: Said = ""
        try:
            work()
        except Trouble as trouble:
            said = trouble.said
        if said and said != self._told.get(work.__qualname__):           # a full disk is told once, not at every try
            self._files.tell(state(NoticeCode.TROUBLE, trouble=said))
        self._told[work.__qualname__] = said

    def _broke(self, thread: str, error: BaseException) -> None:
        assert self._files is not None
        self._files.tell(state(NoticeCode.NO_LONGER_KEPT, error=repr(error)))
