"""Timers, alarms and reminders on the disk, so that they outlive the program. Written whole at every change.

One program holds a file as long as it runs. A second one beside it takes a file of the next name; what a program that
has ended left in its own is taken over by the next one that starts.

    {"version": 1, "timers": [{"kind": "alarm", "due": "2026-03-29T07:00:00+01:00", "set": ..., "seconds": 32400.0,
                               "label": "", "at_clock": true}]}

Of what is set for a time of day (`at_clock`) the time that the clock shows counts, whatever the zone is by then; of the
others the moment.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from audio_io.errors import Trouble
from audio_io.files import check_writable, why, write_whole
from audio_io.notices import Statement, state
from engine.assistant.file_lock import FileLock
from engine.notices import NoticeCode

VERSION = 1
MOST_PROGRAMS = 16
KINDS = ("timer", "alarm", "reminder")


@dataclass(frozen=True, slots=True)
class KeptTimer:
    """As engine.assistant.scheduler.Timer, without its number: that is the program's own."""

    kind: str
    seconds: float
    due: datetime
    label: str
    set: datetime
    at_clock: bool

    def row(self) -> dict[str, object]:
        return {"kind": self.kind, "due": self.due.isoformat(), "set": self.set.isoformat(), "seconds": self.seconds,
                "label": self.label, "at_clock": self.at_clock}  # fmt: skip


class ScheduleFile:
    """tell: hears of what is wrong with a file."""

    def __init__(self, path: Path, tell: Callable[[Statement], None]) -> None:
        self.path, self.tell = path, tell        # path: the first program's
        self._own: Path | None = None
        self._lock: FileLock | None = None

    def open(self, now: datetime) -> list[KeptTimer]:
        """-> what is kept, in the zone of `now`. Takes over what programs that have ended left. Raises Trouble."""
        check_writable(self.path.parent)
        names = [self.path, *(self.path.with_stem(f"{self.path.stem}-{n}") for n in range(2, MOST_PROGRAMS + 1))]
        kept: list[KeptTimer] = []
        left: list[Path] = []
        locks: list[FileLock] = []
        try:
            for path in names:
                if self._own is not None and not path.exists():
                    continue
                lock = FileLock(path.with_name(f".{path.name}.lock"))
                if not lock.take():
                    continue
                if self._own is None:
                    self._own, self._lock = path, lock
                else:
                    locks.append(lock)
                    left.append(path)
                kept += [one for one in self._read(path, now) if one not in kept]
            if self._own is None:
                raise Trouble(f"{self.path}: {MOST_PROGRAMS} programs hold it; timers are kept in memory alone")
            if left:
                self.save(kept)
                for path in left:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise Trouble(f"{self.path}: {why(error)}; timers may ring twice") from error
        finally:
            for lock in locks:
                lock.release()
        return kept

    def save(self, kept: list[KeptTimer]) -> None:
        """Raises Trouble; then the file is what it was."""
        if self._own is not None:
            table = {"version": VERSION, "timers": [one.row() for one in kept]}
            write_whole(self._own, json.dumps(table, ensure_ascii=False, indent=1).encode())

    def delete(self) -> None:
        """There is none until the next `save`. Raises Trouble."""
        try:
            if self._own is not None:
                self._own.unlink(missing_ok=True)
        except OSError as error:
            raise Trouble(f"{self._own}: cannot be deleted: {why(error)}") from error

    def close(self) -> None:
        """Leaves it to the next program."""
        if self._lock is not None:
            self._lock.release()
        self._own = self._lock = None

    def _read(self, path: Path, now: datetime) -> list[KeptTimer]:
        """What of it can be read; where not all can, the file itself is set aside, and told of."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Trouble(f"{path}: cannot be read: {why(error)}; timers are kept in memory alone") from error
        kept, wrong = [], 0
        try:
            table = json.loads(data)
            if table["version"] != VERSION:
                raise ValueError(f"version {table['version']!r}")
            rows = list(table["timers"])
        except (ValueError, TypeError, KeyError, RecursionError):
            rows, wrong = [], 1
        for row in rows:
            try:
                kept.append(_kept(row, now.tzinfo))
            except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
                wrong += 1
        if wrong:
            aside = _set_aside(path)
            self.tell(state(NoticeCode.TIMERS_DAMAGED, path=str(path), aside=aside.name, n=len(kept)) if kept else
                      state(NoticeCode.TIMERS_LOST, path=str(path), aside=aside.name))  # fmt: skip
        return kept


def _kept(row: dict[str, Any], zone: tzinfo | None) -> KeptTimer:
    """Raises what reading a damaged row raises."""
    due, made = datetime.fromisoformat(row["due"]), datetime.fromisoformat(row["set"])
    seconds, label, kind, at_clock = float(row["seconds"]), row["label"], row["kind"], row["at_clock"]
    aware = due.tzinfo is not None and made.tzinfo is not None
    if not (aware and kind in KINDS and isinstance(label, str) and isinstance(at_clock, bool) and seconds >= 0):
        raise ValueError(row)
    if at_clock:
        shown = [due.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        same = [one for one in shown if one.utcoffset() == due.utcoffset()]
        there = (same or shown)[0].astimezone(UTC).astimezone(zone)
    else:
        there = due.astimezone(zone)
    return KeptTimer(kind, seconds, there, label, made.astimezone(zone), at_clock)


def _set_aside(path: Path) -> Path:
    """-> its new name. Raises OSError."""
    n = 1
    while (aside := path.with_name(f"{path.name}.damaged-{n}")).exists():
        n += 1
    with suppress(FileNotFoundError):
        os.replace(path, aside)
    return aside
