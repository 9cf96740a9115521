"""The hub: what a repository holds, and its files, fetched so that a cut line costs nothing but time.

The protocol, names, tokens and proxies are huggingface_hub's (imported when first needed). Its own downloads begin
anew after an interruption (since 2.x the temporary file has a name of its own each time and is removed on failure),
so the bytes are read here, over its client: the part stays on the disk under a name that says which content it
belongs to, and the next try asks for the rest. Offline, nothing is imported and no socket opened.
"""

import importlib
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from audio_io.errors import NotHere, Trouble
from audio_io.files import why
from engine.models.catalogue import safe
from engine.models.store import hashes

TRIES = 5                        # in a row that bring no byte
PAUSE_S = 1.0                    # before the next of them
SILENT_S = 30.0                  # a server that sends nothing for so long has gone
MARGIN = 64 << 20                # bytes that stay free on the disk
BUSY = (408, 429, 500, 502, 503, 504)
CLIENTS = ("httpx", "httpx2")    # what huggingface_hub 1.x and 2.x speak HTTP with
PARTS = ".parts"                 # folder of unfinished files, in the repository's


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on the hub. sha256: of a large file (LFS), else empty; git: the blob's name, else empty."""

    name: str
    bytes: int
    sha256: str = ""
    git: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at one commit. licence: as its page says; empty if it does not."""

    repository: str
    commit: str
    licence: str
    files: dict[str, Remote]


class Cancelled(Trouble):
    """The user stopped a download; what has come is kept."""


class Hub:
    """One server that speaks the hub's API.

    endpoint: its address; empty: huggingface_hub's own. offline: refuse everything. pause_s: before another try.
    """

    def __init__(self, endpoint: str = "", offline: bool = False, pause_s: float = PAUSE_S) -> None:
        self.endpoint = endpoint.rstrip("/") or None
        self.offline = offline
        self.pause_s = pause_s

    def listing(self, repository: str, revision: str = "main") -> Listing:
        """Asks the hub. Raises NotHere (offline, no huggingface_hub, gated), Trouble (unreachable, no such thing)."""
        hf = self._library(repository)
        try:
            info = hf.HfApi(endpoint=self.endpoint).model_info(
                repository, revision=revision, files_metadata=True, timeout=SILENT_S
            )
            files = {s.rfilename: Remote(s.rfilename, s.size, s.lfs.sha256 if s.lfs else "", s.blob_id or "")
                     for s in info.siblings if s.size is not None and safe(s.rfilename)}  # fmt: skip
            card = info.card_data.get("license") if info.card_data else None
            return Listing(repository, str(info.sha or revision), str(card or ""), files)
        except Exception as error:
            raise self._trouble(hf, repository, error) from error

    def fetch(
        self, listing: Listing, name: str, folder: Path, told: Callable[[int], None], cancel: threading.Event
    ) -> str:
        """The file `name` of `listing` -> `folder/name`, checked, or nothing. -> its sha256.

        told: called with the bytes that have come since the last call (negative when a part had to be thrown away;
        what an earlier try has left counts as come). cancel: set it to stop at the next bytes.
        Raises Cancelled, Trouble (the line broke, disk full, wrong bytes) with the part kept, unless its bytes were
        wrong; NotHere as `listing` does.
        """
        hf = self._library(listing.repository)
        remote, target = listing.files[name], folder / name
        part = self.part(folder, remote)
        had = _size(part)
        told(had)
        needs = remote.bytes - had + MARGIN
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if (free := shutil.disk_usage(folder).free) < needs:
                raise Trouble(f"{target}: needs {needs / 1e9:.2f} GB, the disk has {free / 1e9:.2f} GB; make room, or "
                              "set models_dir to another disk")  # fmt: skip
            self._all(hf, listing, remote, part, told, cancel)
            sha, right = self._check(remote, part)
            if not right and had:                      # the old part may have been at fault: once more from the start
                told(-_size(part))
                part.unlink()
                self._all(hf, listing, remote, part, told, cancel)
                sha, right = self._check(remote, part)
            if not right:
                part.unlink()
                raise Trouble(f"{target}: what came has not the checksum that the hub reports; not kept. Try again; if "
                              "it stays so, a proxy or mirror changes the file")  # fmt: skip
            os.replace(part, target)
        except OSError as error:
            raise Trouble(f"{target}: could not be written: {why(error)}; what has come is kept for the next try"
                          ) from error  # fmt: skip
        with suppress(OSError):                        # the last one takes the folder away
            part.parent.rmdir()
        return sha

    # -- the parts of a download -------------------------------------------------------------------------------
    def part(self, folder: Path, remote: Remote) -> Path:
        """The unfinished file for exactly this content; those of the same file's other contents are removed."""
        stem = remote.name.replace("/", "--")
        part = folder / PARTS / f"{stem}.{(remote.sha256 or remote.git or 'any')[:16]}.part"
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            for other in part.parent.glob("*.part"):
                if other != part and other.name.rsplit(".", 2)[0] == stem:
                    other.unlink()
            if _size(part) > remote.bytes:
                part.unlink()
        except OSError as error:
            raise Trouble(f"{part.parent}: cannot be written to: {why(error)}; choose another folder") from error
        return part

    def _all(
        self, hf: ModuleType, listing: Listing, remote: Remote, part: Path,
        told: Callable[[int], None], cancel: threading.Event,
    ) -> None:
        """Asks for what is missing until the part has its length or `TRIES` times nothing came."""
        failures, part_bytes = 0, _size(part)
        if remote.bytes == 0:
            part.touch()
        while part_bytes < remote.bytes:
            try:
                self._some(hf, listing, remote, part, told, cancel)
                error: Exception | None = None
            except Trouble:
                raise
            except Exception as problem:
                if isinstance(problem, OSError) and not isinstance(problem, hf.errors.HfHubHTTPError | ConnectionError):
                    raise                              # the disk, not the line
                if not _passing(hf, problem):
                    raise self._trouble(hf, listing.repository, problem, part) from problem
                error = problem
            now = _size(part)
            failures = 0 if now > part_bytes else failures + 1
            part_bytes = now
            if part_bytes < remote.bytes and failures >= TRIES:
                raise self._trouble(hf, listing.repository, error, part) from error
            if part_bytes < remote.bytes and failures and cancel.wait(self.pause_s):
                raise _cancelled(remote, part)
        if part_bytes > remote.bytes:
            told(-part_bytes)
            part.unlink()
            raise Trouble(f"{listing.repository}: {remote.name} is longer than the hub says ({part_bytes:,} bytes, not "
                          f"{remote.bytes:,}); not kept")  # fmt: skip

    def _some(
        self, hf: ModuleType, listing: Listing, remote: Remote, part: Path,
        told: Callable[[int], None], cancel: threading.Event,
    ) -> None:
        """One request: appends what comes. Returns when the server ends it, whether everything came or not."""
        start = _size(part)
        headers = {**hf.utils.build_hf_headers(), "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        url = hf.hf_hub_url(listing.repository, remote.name, revision=listing.commit, endpoint=self.endpoint)
        with hf.get_session().stream("GET", url, headers=headers, timeout=SILENT_S, follow_redirects=True) as answer:
            if answer.status_code == 416:              # our part is no beginning of what the server has
                told(-start)
                part.unlink()
                return
            if answer.is_error:
                answer.read()
            hf.utils.hf_raise_for_status(answer)
            where = answer.headers.get("Content-Range", "")
            goes_on = answer.status_code == 206 and where.startswith(f"bytes {start}-")
            if start and not goes_on:                  # a server that knows no ranges begins anew
                told(-start)
            with part.open("ab" if goes_on or not start else "wb") as file:
                for chunk in answer.iter_bytes():      # as they come: what is gathered first would be lost in a break
                    file.write(chunk)
                    told(len(chunk))
                    if cancel.is_set():
                        raise _cancelled(remote, part)
                    if file.tell() > remote.bytes:     # never fill the disk with what nobody announced
                        return
                file.flush()
                os.fsync(file.fileno())

    def _check(self, remote: Remote, part: Path) -> tuple[str, bool]:
        sha, git = hashes(part, remote.bytes)
        if remote.sha256:
            return sha, sha == remote.sha256
        return sha, not remote.git or git == remote.git

    # -- the library and its errors ----------------------------------------------------------------------------
    def _library(self, repository: str) -> ModuleType:
        if self.offline:
            raise NotHere(f"{repository}: privacy.offline is on, so nothing is asked of the hub; turn it off to "
                          "download, or name a folder that has the files (--folder)")  # fmt: skip
        try:
            for name in ("huggingface_hub.errors", "huggingface_hub.utils"):
                importlib.import_module(name)
            # else it tells every server what else is installed, and asks its own hub for a list of programs to tell of
            importlib.import_module("huggingface_hub.constants").HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]
            return importlib.import_module("huggingface_hub")
        except ImportError as error:
            raise NotHere("downloads need huggingface_hub: pip install 'parley[local]'") from error

    def _trouble(self, hf: ModuleType, repository: str, error: Exception | None, part: Path | None = None) -> Trouble:
        """What went wrong, as the line for the user."""
        kept = f"; {_kept(part)}" if part else ""
        place, errors = self.endpoint or "the hub", hf.errors
        match error:
            case Trouble():
                return error
            case errors.GatedRepoError():
                return NotHere(f"{repository}: its owner asks you to agree to terms on its page at {place} first; then "
                               "set HF_TOKEN to your token and pull again")  # fmt: skip
            case errors.RevisionNotFoundError():
                return Trouble(f"{repository}: {place} has no such revision of it")
            case errors.RepositoryNotFoundError():
                return Trouble(f"{repository}: {place} has no such repository, or it needs a token (HF_TOKEN)")
            case errors.OfflineModeIsEnabled():
                return NotHere(f"{repository}: HF_HUB_OFFLINE is set; unset it to download")
            case errors.HfHubHTTPError():
                code = getattr(error.response, "status_code", "?")
                return Trouble(f"{repository}: {place} refuses with the status {code}{kept}")
            case None:
                return Trouble(f"{repository}: {place} ends the line again and again{kept}")
            case _ if type(error).__module__.partition(".")[0] in CLIENTS:
                return Trouble(f"{repository}: {place} is not reached or the line breaks ({_short(error)}){kept}")
        return Trouble(f"{repository}: {place} does not answer as a hub does ({_short(error)}){kept}")


def _passing(hf: ModuleType, error: Exception) -> bool:
    """Whether another try may help: the line, or a server that is busy."""
    if isinstance(error, hf.errors.HfHubHTTPError):
        return error.response.status_code in BUSY
    return type(error).__module__.partition(".")[0] in CLIENTS


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:80]}" if text else type(error).__name__


def _cancelled(remote: Remote, part: Path) -> Cancelled:
    return Cancelled(f"{remote.name}: stopped; {_kept(part)}")


def _kept(part: Path) -> str:
    return f"{_size(part) / 1e6:.1f} MB of it are kept, the next try goes on from there"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


__all__ = ["Cancelled", "Hub", "Listing", "Remote"]
