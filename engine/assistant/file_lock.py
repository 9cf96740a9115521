"""One program at a time: a lock that the operating system takes back when its holder ends, however it ends."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

from audio_io.errors import Trouble
from audio_io.files import why

TRIES, TRY_S = 300, 0.01         # 3 s: what is done under such a lock takes milliseconds

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """On a file of its own beside what it guards, which stays: deleting it would let two in.

        with FileLock(path):         # waits for it, for 3 s at most
            ...

    Between threads it guards nothing but what each of them opens itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """At once or not at all. Raises Trouble where there can be no such file or no lock on it."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise Trouble(f"{self.path}: cannot be written: {why(error)}; choose another folder") from error
        try:
            _take(handle)
        except (BlockingIOError, PermissionError):             # held: the one on POSIX, the other on Windows
            os.close(handle)
            return False
        except OSError as error:
            os.close(handle)
            raise Trouble(f"{self.path}: cannot be locked: {why(error)}; choose another folder") from error
        self._handle = handle
        return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> "FileLock":
        """Raises Trouble also where another program holds it for good."""
        for _ in range(TRIES):
            if self.take():
                return self
            time.sleep(TRY_S)
        raise Trouble(f"{self.path}: another program holds it; close that one, or wait")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.release()
