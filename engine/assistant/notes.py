"""Notes, one a line, in a text file that other programs (another Parley, an editor) may change as well.

Every change reads the file again under a lock, changes what it found and writes it whole. What a reply did that nobody
heard is undone later, by whoever touches the file next: `mark` and `back` do no disk work, for they are called where
sound must not wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from audio_io.errors import Trouble
from audio_io.files import check_writable, why, write_whole
from engine.assistant.file_lock import FileLock

MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Added:
    text: str

    def undone(self, notes: list[str]) -> list[str]:
        """Without the last note of this text."""
        for at in range(len(notes) - 1, -1, -1):
            if notes[at] == self.text:
                return notes[:at] + notes[at + 1 :]
        return notes


@dataclass(frozen=True, slots=True)
class Deleted:
    at: int
    texts: tuple[str, ...]

    def undone(self, notes: list[str]) -> list[str]:
        return [*notes[: self.at], *self.texts, *notes[self.at :]]


class Notes:
    """From any thread. Methods that may touch the disk say so; they raise Trouble, and then nothing has changed."""

    def __init__(self, path: Path | None = None) -> None:
        """path: the text file; None: kept in memory alone."""
        self.path = path
        self._notes: list[str] = []              # without a file
        self._disk = Lock()                      # around all work on the file
        self._books = Lock()                     # around the three below; held for moments only
        self._journal: list[Added | Deleted] = []        # since the mark
        self._pending: list[Added | Deleted] = []        # to be undone, in this order
        self._marks, self._void = 0, False

    def all(self) -> list[str]:
        """Oldest first. Reads the disk."""
        with self._disk:
            return self._now()[0]

    def add(self, text: str) -> bool:
        """False when there is no room for another. Writes to the disk."""
        line = " ".join(text.split())

        def change(notes: list[str]) -> tuple[list[str], Added | None]:
            return (notes, None) if len(notes) >= MOST_NOTES or not line else ([*notes, line], Added(line))

        return self._change(change) is not None

    def delete(self, which: str) -> int:
        """`which`: "all", "last" or a number from 1 -> how many went. Writes to the disk."""

        def change(notes: list[str]) -> tuple[list[str], Deleted | None]:
            if which == "all":
                return [], Deleted(0, tuple(notes)) if notes else None
            at = len(notes) - 1 if which == "last" else int(which) - 1
            if not 0 <= at < len(notes):
                return notes, None
            return notes[:at] + notes[at + 1 :], Deleted(at, (notes[at],))

        done = self._change(change)
        return len(done.texts) if isinstance(done, Deleted) else 0

    # -- undoing --
    def mark(self) -> int:
        """What is done from here on can be undone, until the next mark. No disk work."""
        with self._books:
            self._journal, self._void = [], False
            self._marks += 1
            return self._marks

    def back(self, mark: int) -> None:
        """Undoes what was done since `mark`, and what is still being done for it. No disk work: see `settle`."""
        with self._books:
            if mark == self._marks:
                self._pending += reversed(self._journal)
                self._journal, self._void = [], True

    @property
    def unsettled(self) -> bool:
        """Something is to be undone in the file."""
        return bool(self._pending)

    def settle(self) -> None:
        """Undoes in the file what is to be undone. Writes to the disk."""
        if self.unsettled:
            self._change(lambda notes: (notes, None))

    def forget(self) -> None:
        """There are no notes any more, nor a file of them; nothing is undone any more. Writes to the disk."""
        with self._disk:
            with self._books:
                self._journal, self._pending = [], []
            self._notes = []
            try:
                if self.path is not None:
                    self.path.unlink(missing_ok=True)
            except OSError as error:
                raise Trouble(f"{self.path}: cannot be deleted: {why(error)}") from error

    def keep_in(self, path: Path) -> None:
        """From now on. The notes so far stay where they are. Writes to the disk."""
        if path != self.path:
            self.settle()
            with self._disk:
                self.path = path

    # -- the file --
    def _change(
        self, change: "Callable[[list[str]], tuple[list[str], Added | Deleted | None]]"
    ) -> Added | Deleted | None:
        with self._disk:
            if self.path is None:
                return self._changed(change)
            check_writable(self.path.parent)
            with FileLock(self.path.with_name(f".{self.path.name}.lock")):
                return self._changed(change)

    def _changed(
        self, change: "Callable[[list[str]], tuple[list[str], Added | Deleted | None]]"
    ) -> Added | Deleted | None:
        before, undone, found = self._now()
        after, done = change(before)
        if after != found:
            self._write(after)
        with self._books:
            del self._pending[:undone]
            if done is not None:
                (self._pending if self._void else self._journal).append(done)
        return done

    def _now(self) -> tuple[list[str], int, list[str]]:
        """-> the notes, how many undos that are still to be written they are without, and what is in the file."""
        found = self._read()
        with self._books:
            pending = list(self._pending)
        notes = found
        for one in pending:
            notes = one.undone(notes)
        return notes, len(pending), found

    def _read(self) -> list[str]:
        if self.path is None:
            return list(self._notes)
        try:
            return [line for line in self.path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Trouble(f"{self.path}: cannot be read: {why(error)}; mend it or set notes_dir") from error
        except UnicodeDecodeError as error:      # not to be overwritten
            raise Trouble(f"{self.path}: is not a text file; move it away or set notes_dir") from error

    def _write(self, notes: list[str]) -> None:
        if self.path is None:
            self._notes = notes
        else:
            write_whole(self.path, "".join(f"{note}\n" for note in notes).encode())
