"""What Parley keeps on this disk: where, how much, and how to delete it. Imports no Qt; reads whole folders: waits."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.settings.schema import Settings
from audio_io.errors import Trouble
from audio_io.files import why
from engine.models.store import NOTES, Store

KINDS = ("notes", "recordings", "traces", "models")


@dataclass(frozen=True)
class Kept:
    """files: everything of this kind. place: the folder where it is."""

    kind: str
    place: Path
    files: tuple[Path, ...]
    bytes: int


def kept(settings: Settings, home: Path) -> list[Kept]:
    """One for each of KINDS, also where there is nothing. Raises Trouble where a folder cannot be read."""
    places = {"notes": settings.notes(), "recordings": home / "recordings", "traces": home / "traces",
              "models": settings.models()}  # fmt: skip
    return [_kept(kind, places[kind]) for kind in KINDS]


def _kept(kind: str, place: Path) -> Kept:
    try:
        files = tuple(sorted(_files(kind, place)))
        return Kept(kind, place, files, sum(path.stat().st_size for path in files))
    except OSError as error:
        raise Trouble(f"{place}: cannot be read: {why(error)}") from error


def _files(kind: str, place: Path) -> Iterable[Path]:
    """Only what Parley has written: folders may be the user's own."""
    if not place.is_dir():
        return []
    if kind == "notes":
        return [path for path in (place / "notes.txt",) if path.is_file()]
    if kind == "recordings":
        return place.glob("*.flac")
    if kind == "traces":
        return [path for folder in place.iterdir() if (folder / "trace.jsonl").is_file() for path in folder.iterdir()]
    store = Store(place)
    return [path for name in store.pulled() if store.own(name)
            for path in store.folder(name).rglob("*") if path.is_file()]  # fmt: skip


def delete(found: Kept) -> None:
    """Raises Trouble with what could not be deleted."""
    try:
        for path in found.files:
            path.unlink(missing_ok=True)
        folders = {path.parent for path in found.files} if found.kind in ("traces", "models") else set()
        for folder in sorted(folders, key=lambda one: -len(one.parts)):
            if folder != found.place and folder.is_dir() and not any(p.is_file() for p in folder.rglob("*")):
                shutil.rmtree(folder)
        if found.kind == "models":
            (found.place / NOTES).unlink(missing_ok=True)
    except OSError as error:
        raise Trouble(f"{found.place}: not everything could be deleted: {why(error)}") from error
