"""What Parley keeps on this disk: where, how much, and how to delete it. Imports no Qt; reads whole folders: waits.

Left out is what is the user's own: the settings, which are reset instead, voice files and exported conversations. So
are the locks beside notes and timers: they are empty, and without them two programs could write at once.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.settings.schema import Settings
from audio_io.errors import Trouble
from audio_io.files import why
from engine.models.hub import PARTS
from engine.models.sources import CHECKED, WEIGHTS
from engine.models.store import NOTES, Store

KINDS = ("notes", "timers", "recordings", "traces", "cache", "models")
FOLDERS = ("traces", "cache", "models")          # kinds that have folders of their own


@dataclass(frozen=True)
class Stored:
    """files: everything of this kind. place: the folder where it is."""

    kind: str
    place: Path
    files: tuple[Path, ...]
    bytes: int


def stored(settings: Settings, home: Path) -> list[Stored]:
    """One for each of KINDS, also where there is nothing. Raises Trouble where a folder cannot be read."""
    folders = {"notes": settings.notes(), "timers": home, "recordings": home / "recordings", "traces": home / "traces",
               "cache": home / "cache", "models": settings.models()}  # fmt: skip
    return [_stored(kind, folders[kind]) for kind in KINDS]


def _stored(kind: str, place: Path) -> Stored:
    try:
        files = tuple(sorted(set(_files(kind, place))))
        return Stored(kind, place, files, sum(path.stat().st_size for path in files))
    except OSError as error:
        raise Trouble(f"{place}: cannot be read: {why(error)}") from error


def _files(kind: str, place: Path) -> Iterable[Path]:
    """Only what Parley has written: folders may be the user's own."""
    if not place.is_dir():
        return []
    match kind:
        case "notes":
            return _only_files([place / "notes.txt"])
        case "timers":                           # of a second program, and damaged ones that were set aside, too
            return _only_files(place.glob("schedule*.json*"))
        case "recordings":
            return place.glob("*.flac")
        case "traces":
            return [path for folder in place.iterdir() if (folder / "trace.jsonl").is_file()
                    for path in folder.iterdir()]  # fmt: skip
        case "cache":                            # what chat models have read, how fast they are; prepared voices
            return _only_files([*place.glob("llama-*/*"), *place.glob("voice-*.npz")])
        case _:
            return _only_files(path for folder in _model_folders(place) for path in folder.rglob("*"))


def _model_folders(place: Path) -> Iterable[Path]:
    """Pulled repositories, those whose download was broken off, and weights joined from packages."""
    store = Store(place)
    yield from (store.folder(name) for name in store.pulled() if store.own(name))
    yield from (parts.parent for parts in place.glob(f"*--*/{PARTS}"))
    yield place / WEIGHTS


def _only_files(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.is_file()]


def delete(found: Stored) -> None:
    """Raises Trouble with what could not be deleted."""
    try:
        for path in found.files:
            path.unlink(missing_ok=True)
        folders = {folder for path in found.files for folder in path.parents if found.place in folder.parents}
        for folder in sorted(folders, key=lambda one: -len(one.parts)) if found.kind in FOLDERS else ():
            if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
                shutil.rmtree(folder)
        if found.kind == "models":
            for note in (NOTES, CHECKED):
                (found.place / note).unlink(missing_ok=True)
    except OSError as error:
        raise Trouble(f"{found.place}: not everything could be deleted: {why(error)}") from error
