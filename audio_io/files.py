"""Writing a file wholly or not at all, and saying in a few words why a file cannot be had.

A full disk or Ctrl-C in the middle leaves the old file as it was, and no half-written one beside it.
"""

import errno
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from audio_io.errors import Trouble

_numbers = count()

_WHY = {
    errno.ENOENT: "there is no such file or folder",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed here",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links go round in a circle",
}


def why(error: OSError) -> str:
    """-> the reason in plain words, without the file's name."""
    return _WHY.get(error.errno or 0) or error.strerror or type(error).__name__


def write_whole(path: Path | str, data: bytes) -> None:
    """Writes `data` to `path`, replacing what was there in one step.

    Raises Trouble (no folder, no permission, disk full ...); then `path` is what it was before.
    """
    path = Path(path)
    part = path.with_name(f".{path.name[:80]}.{os.getpid()}-{next(_numbers)}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())                # a full disk may only say so here
            os.replace(part, path)
        except BaseException:                          # Ctrl-C too: whatever it was, leave nothing behind
            with suppress(FileNotFoundError):
                part.unlink()
            raise
    except OSError as error:
        raise Trouble(f"{path}: could not be written: {why(error)}; choose another place") from error


def check_writable(folder: Path | str) -> None:
    """Makes `folder` (with its parents) where it is missing and tries to write there.

    To be asked before long work whose result goes there. Raises Trouble.
    """
    folder = Path(folder)
    probe = folder / f".parley-{os.getpid()}-{next(_numbers)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        probe.unlink()
    except FileExistsError as error:                   # mkdir found something else of that name
        raise Trouble(f"{folder}: is a file, not a folder; choose another place") from error
    except OSError as error:
        raise Trouble(f"{folder}: cannot be written to: {why(error)}; choose another folder") from error
