"""From the hub to files that can be loaded: what is missing is fetched, checked, locked, converted; and checked again.

A pull may be stopped anywhere and begun again: what is verified is locked file by file, what is unfinished is kept.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from audio_io.errors import NotHere, Trouble
from audio_io.files import why
from engine.models.catalogue import Licence, Repository
from engine.models.hub import MARGIN, Hub, Listing, Remote
from engine.models.store import Lock, Locked, Store, hashes

CHAT_FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")  # of a repository that the catalogue lacks


@dataclass(frozen=True, slots=True)
class Step:
    """Where a pull or a check is. doing: fetches, checks or converts; done, total: bytes of the whole of it."""

    repository: str
    file: str
    doing: str
    done: int
    total: int


Told = Callable[[Step], None]


def unknown(listing: Listing) -> Repository:
    """A repository that is in no catalogue: taken as a chat model, under the licence that its page names."""
    name = listing.licence or "no licence named on its page"
    licence = Licence(f"hub:{listing.licence or 'none'}", name, "read its text on the model's page before you use it",
                      True, f"https://huggingface.co/{listing.repository}")  # fmt: skip
    size = sum(remote.bytes for remote in listing.files.values())
    return Repository(listing.repository, listing.commit, licence, "thinks: a model of your own choice", (),
                      CHAT_FILES, size, False, ())  # fmt: skip


def as_locked(lock: Lock) -> Repository:
    """The same of what an earlier pull has brought, without asking the hub."""
    remotes = {name: Remote(name, file.bytes) for name, file in lock.files.items() if not file.source}
    return unknown(Listing(lock.repository, lock.commit, lock.licence.removeprefix("hub:"), remotes))


def pull(
    store: Store, hub: Hub, repository: Repository, told: Told, cancel: threading.Event,
    listing: Listing | None = None,
) -> Lock:
    """Makes `repository` whole on this disk. -> its lock. What is there and right is not fetched again.

    Raises Cancelled, Trouble (no room, no line, wrong bytes, wrong keys) and NotHere (offline), with everything that
    is done kept.
    """
    listing = listing or hub.listing(repository.name, repository.revision)
    wanted = _wanted(repository, listing)
    folder, own = store.folder(repository.name), store.own(repository.name)
    lock = store.lock(repository.name)
    lock = Lock(repository.name, listing.commit, repository.licence.id, lock.files)
    total, done = sum(remote.bytes for remote in wanted), 0

    def tell(remote: Remote, doing: str) -> Callable[[int], None]:
        def more(n: int) -> None:
            nonlocal done
            done += n
            told(Step(repository.name, remote.name, doing, done, total))
        return more

    missing = []
    for remote in wanted:
        before = done
        found = _already(folder, lock, remote, tell(remote, "checks"))
        if found is None:
            if not own and (folder / remote.name).exists():
                raise Trouble(f"{folder / remote.name}: is not the file that the hub has at {listing.commit[:12]}, and "
                              "in a folder of yours nothing is replaced; move it away and pull again")  # fmt: skip
            missing.append(remote)
            done = before
        else:
            lock = lock.with_file(remote.name, found) if not lock.holds(remote.name) else lock
            done = before + remote.bytes
    _room(folder, sum(r.bytes - _begun(hub, folder, r) for r in missing) + _to_convert(repository, lock, missing))
    store.write_lock(lock)
    for remote in missing:
        sha = hub.fetch(listing, remote.name, folder, tell(remote, "fetches"), cancel)
        lock = _without(lock, remote.name).with_file(remote.name, Locked(remote.bytes, sha))
        store.write_lock(lock)
    lock = _convert(store, repository, lock, tell)
    told(Step(repository.name, "", "done", total, total))
    return lock


def _wanted(repository: Repository, listing: Listing) -> list[Remote]:
    for file in repository.files:
        if file.name not in listing.files and not file.optional:
            raise Trouble(f"{repository.name}: has no file {file.name} at {listing.commit[:12]}; its owner has changed "
                          "it: a newer Parley may know it")  # fmt: skip
    wanted = [remote for name, remote in sorted(listing.files.items()) if repository.takes(name)]
    if not repository.files and not any(r.name.endswith(".safetensors") for r in wanted):
        raise Trouble(f"{repository.name}: has no weights that could be used (*.safetensors); choose another")
    return sorted(wanted, key=lambda remote: remote.bytes)     # a wrong small file shows before the large ones come


def _already(folder: Path, lock: Lock, remote: Remote, told: Callable[[int], None]) -> Locked | None:
    """What stands on the disk for `remote` if it is right, by the lock or, unlocked, by its hash."""
    held = lock.holds(remote.name)
    original = lock.files.get(remote.name)
    same = original is not None and (original.sha256, original.bytes) == (remote.sha256, remote.bytes)
    if held and same and all(_size(folder / name) == locked.bytes for name, locked in held.items()):
        return original
    if _size(folder / remote.name) != remote.bytes:
        return None
    sha, git = hashes(folder / remote.name, remote.bytes, told)
    right = sha == remote.sha256 if remote.sha256 else git == remote.git
    return Locked(remote.bytes, sha) if right else None


def _without(lock: Lock, name: str) -> Lock:
    """The lock without the hub's file `name` and what was converted from it."""
    kept = {n: f for n, f in lock.files.items() if name not in (n, f.source)}
    return Lock(lock.repository, lock.commit, lock.licence, kept)


def _begun(hub: Hub, folder: Path, remote: Remote) -> int:
    return _size(hub.part(folder, remote)) or 0


def _to_convert(repository: Repository, lock: Lock, missing: list[Remote]) -> int:
    """Bytes of the largest conversion ahead: originals go one by one, so only one copy is there at a time."""
    ahead = [r.bytes for r in missing if (file := repository.file(r.name)) and file.keys]
    ahead += [f.bytes for n, f in lock.files.items() if (file := repository.file(n)) and file.keys
              and file.converted not in lock.files]  # fmt: skip
    return max(ahead, default=0)


def _room(folder: Path, needs: int) -> None:
    there = next((p for p in (folder, *folder.parents) if p.is_dir()), Path("."))
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise Trouble(f"{there}: cannot be read: {why(error)}; choose another folder") from error
    if needs and free < needs + MARGIN:
        raise Trouble(f"{folder}: {(needs + MARGIN) / 1e9:.1f} GB more are needed, the disk has {free / 1e9:.1f} GB; "
                      "make room, or set models_dir to another disk")  # fmt: skip


def _convert(
    store: Store, repository: Repository, lock: Lock, tell: Callable[[Remote, str], Callable[[int], None]]
) -> Lock:
    """Every `.pt` whose keys are known -> safetensors; the original then goes, in a folder of Parley's own."""
    folder = store.folder(repository.name)
    for file in repository.files:
        original = lock.files.get(file.name)
        if not file.keys or original is None or file.converted in lock.files:
            continue
        weights = _weights()
        source, target = folder / file.name, folder / file.converted
        tell(Remote(file.name, original.bytes), "converts")(0)
        weights.convert(source, target, weights.KEYS / f"{file.keys}.tsv", note={"source_sha256": original.sha256})
        size = target.stat().st_size
        lock = lock.with_file(file.converted, Locked(size, hashes(target, size)[0], file.name))
        store.write_lock(lock)
        if store.own(repository.name):
            source.unlink(missing_ok=True)
    return lock


def verify(store: Store, repository: Repository, told: Told) -> None:
    """Everything again: sizes, then checksums, then every key and shape. Raises Trouble with the first wrong thing."""
    state, lock = store.state(repository), store.lock(repository.name)
    if state.wrong:
        raise Trouble(f"{state.wrong[0]}; `parley models pull {repository.name}` mends it")
    on_disk = {name: locked for file in store.wanted(repository, lock) for name, locked in lock.holds(file).items()}
    total, done = sum(locked.bytes for locked in on_disk.values()), 0
    for name, locked in on_disk.items():
        def more(n: int, name: str = name) -> None:
            nonlocal done
            done += n
            told(Step(repository.name, name, "checks", done, total))
        if hashes(state.folder / name, locked.bytes, more)[0] != locked.sha256:
            store.write_lock(_without(lock, locked.source or name))
            raise Trouble(f"{state.folder / name}: is damaged: its checksum is not the one it had when it came; "
                          f"`parley models pull {repository.name}` fetches it again")  # fmt: skip
    for file in repository.files:
        if file.keys:
            weights, path = _weights(), store.find(repository.name, file.name)
            weights.check_keys(weights.read_tensors(path), weights.KEYS / f"{file.keys}.tsv", path)


def _weights() -> ModuleType:
    """engine.models.weights, which needs torch: loaded only where there is something to convert or to check."""
    try:
        from engine.models import weights
    except ImportError as error:
        raise NotHere(f"checkpoints need {error.name}: pip install 'parley[local]'") from error
    return weights


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
