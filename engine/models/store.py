"""Models on disk: one folder for each repository, in it a lock file that says what was verified.

`models_dir/OWNER--NAME/` holds a repository's files under their own names, or the user has named another folder for
it. `parley-lock.json` in that folder is written after a file has been checked, and read to know at once, without
hashing gigabytes, whether everything is there. `models_dir/parley-models.json` keeps what the user agreed to and
the folders that were named. Nothing here opens a socket or needs torch.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_io.errors import NotHere, Trouble
from audio_io.files import why, write_whole
from engine.models.catalogue import Repository, safe

VERSION = 1
LOCK = "parley-lock.json"
NOTES = "parley-models.json"
CHUNK = 1 << 20                  # bytes hashed at a time: 1 ms or so


@dataclass(frozen=True, slots=True)
class Locked:
    """A file as it was when it was checked. source: the file it was converted from; empty if it was downloaded."""

    bytes: int
    sha256: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """commit: of the repository on the hub. files: name -> what was checked, converted files among them."""

    repository: str
    commit: str = ""
    licence: str = ""
    files: dict[str, Locked] = field(default_factory=dict)

    def holds(self, name: str) -> dict[str, Locked]:
        """What stands for the hub's file `name` on the disk: itself, or what it was converted to."""
        made = {n: f for n, f in self.files.items() if f.source == name}
        return made or ({name: self.files[name]} if name in self.files else {})

    def with_file(self, name: str, locked: Locked) -> "Lock":
        return replace(self, files={**self.files, name: locked})


@dataclass(frozen=True, slots=True)
class State:
    """folder: where. bytes: on the disk. wrong: what is amiss, one line each; empty if whole. there: any file."""

    folder: Path
    bytes: int
    wrong: tuple[str, ...]
    there: bool


class Store:
    """The models below one folder. Holds no state of its own: every question looks at the disk."""

    def __init__(self, home: Path) -> None:
        self.home = home

    # -- what the user has said -------------------------------------------------------------------------------
    def folder(self, repository: str) -> Path:
        """repository: OWNER/NAME -> its folder, whether it exists or not."""
        named = self._notes()["folders"].get(repository)
        return Path(named) if named else self.home / repository.replace("/", "--")

    def own(self, repository: str) -> bool:
        """Whether the folder is Parley's: nothing is ever removed from, or replaced in, one that the user named."""
        return repository not in self._notes()["folders"]

    def use(self, repository: str, folder: Path) -> None:
        """From now on `folder` is where this repository lies. Raises Trouble where it is none."""
        if not folder.is_dir():
            raise Trouble(f"{folder}: there is no such folder; make it, or leave --folder out")
        self._note("folders", repository, str(folder.resolve()))

    def accepted(self, repository: str) -> str:
        """-> the id of the licence that the user has agreed to for it; empty if none."""
        return str(self._notes()["accepted"].get(repository, ""))

    def accept(self, repository: str, licence: str) -> None:
        self._note("accepted", repository, licence)

    def _notes(self) -> dict[str, dict[str, str]]:
        found = _read(self.home / NOTES)
        notes = {name: found.get(name, {}) for name in ("accepted", "folders")}
        if not all(isinstance(v, dict) and all(isinstance(x, str) for x in v.values()) for v in notes.values()):
            raise Trouble(f"{self.home / NOTES}: is damaged; remove it and agree to the licences again")
        return notes

    def _note(self, kind: str, name: str, value: str) -> None:
        notes = self._notes()
        notes[kind][name] = value
        _make(self.home)
        write_whole(self.home / NOTES, _json({"version": VERSION, **notes}))

    def pulled(self) -> list[str]:
        """OWNER/NAME of every repository that has a lock, sorted."""
        notes = self._notes()["folders"]
        locks = [*self.home.glob(f"*/{LOCK}"), *(Path(folder) / LOCK for folder in notes.values())]
        return sorted({str(_read(path).get("repository", "")) for path in locks if path.is_file()} - {""})

    # -- what is there ----------------------------------------------------------------------------------------
    def lock(self, repository: str) -> Lock:
        """What was verified; an empty lock where nothing was. Raises Trouble for a damaged lock file."""
        path = self.folder(repository) / LOCK
        found = _read(path)
        if not found:
            return Lock(repository)
        try:
            files = {str(name): Locked(int(f["bytes"]), str(f["sha256"]), str(f.get("source", "")))
                     for name, f in found["files"].items()}  # fmt: skip
            lock = Lock(str(found["repository"]), str(found["commit"]), str(found["licence"]), files)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Trouble(f"{path}: is damaged ({error!r}); remove it and pull again: what is there is kept") from error
        if lock.repository != repository:
            raise Trouble(f"{path}: belongs to {lock.repository}, not to {repository}; name another folder")
        if not all(safe(name) for name in files):
            raise Trouble(f"{path}: names a file outside its folder; remove it and pull again")
        return lock

    def write_lock(self, lock: Lock) -> None:
        folder = self.folder(lock.repository)
        _make(folder)
        write_whole(folder / LOCK, _json({"version": VERSION, **asdict(lock)}))

    def state(self, repository: Repository) -> State:
        """Looks at names and sizes only."""
        folder, lock = self.folder(repository.name), self.lock(repository.name)
        wrong: list[str] = []
        for name in self.wanted(repository, lock):
            for path, locked in self._standing(folder, lock, name):
                size = path.stat().st_size if path.is_file() else None
                if size is None:
                    wrong.append(f"{path}: is missing")
                elif locked is None:
                    wrong.append(f"{path}: was not verified")
                elif size != locked.bytes:
                    wrong.append(f"{path}: has {size:,} bytes, must have {locked.bytes:,}")
        if not lock.files and not wrong:
            wrong.append(f"{folder}: holds nothing that was verified")
        files = [p for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else []
        return State(folder, sum(p.stat().st_size for p in files), tuple(wrong), bool(files))

    def wanted(self, repository: Repository, lock: Lock) -> list[str]:
        """The hub's files that have to be there: those of the catalogue, and those that a pull has locked."""
        named = [f.name for f in repository.files if not f.optional]
        return list(dict.fromkeys([*named, *(f.source or name for name, f in lock.files.items())]))

    def _standing(self, folder: Path, lock: Lock, name: str) -> Iterator[tuple[Path, Locked | None]]:
        held = lock.holds(name)
        if not held:
            yield folder / name, None
        for on_disk, locked in held.items():
            yield folder / on_disk, locked

    def find(self, repository: str, name: str = "") -> Path:
        """-> the file `name` of a repository (or its folder), to be loaded: the converted one where there is one.

        Raises NotHere, with the command that fetches it, where it is missing or was not verified.
        """
        folder, lock = self.folder(repository), self.lock(repository)
        again = f"`parley models pull {repository}` fetches it"
        if not lock.files:
            raise NotHere(f"{repository} is not on this machine ({folder}); {again}")
        if not name:
            return folder
        for path, locked in self._standing(folder, lock, name):
            if not path.is_file():
                raise NotHere(f"{path}: is missing; {again}")
            if locked is None or path.stat().st_size != locked.bytes:
                raise NotHere(f"{path}: is not the file that was verified; {again}")
            return path
        raise NotHere(f"{folder / name}: is missing; {again}")


# -- hashing ----------------------------------------------------------------------------------------------
def hashes(path: Path, size: int, told: Callable[[int], None] = lambda n: None) -> tuple[str, str]:
    """-> (sha256, the name git gives a blob of these bytes). told: called with the bytes read since the last call.

    Raises Trouble where the file cannot be read.
    """
    whole, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                whole.update(chunk)
                git.update(chunk)
                told(len(chunk))
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    return whole.hexdigest(), git.hexdigest()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"{folder}: cannot be made: {why(error)}; set models_dir to another folder") from error


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _read(path: Path) -> dict[str, Any]:
    """-> what a file of ours says; nothing where there is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except ValueError as error:
        raise Trouble(f"{path}: is damaged ({error}); remove it: what is beside it is kept") from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise Trouble(f"{path}: is of another version of Parley; remove it: what is beside it is kept")
    return found
