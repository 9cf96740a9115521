"""What assets/models.toml says: the public models, their files and licences, and which profile takes which.

Pure: reads one file, knows nothing of torch or of what is on the disk.
"""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TypeVar

import assets
from audio_io.errors import WrongUse
from audio_io.files import why
from engine.strict_yaml import Table, nearest

CATALOGUE = Path(assets.__file__).parent / "models.toml"
VERSION = 1
ROLES = ("hears", "thinks", "speaks")
T = TypeVar("T")
MOST = 1 << 50                   # bytes or parameters; more is a typing error


@dataclass(frozen=True, slots=True)
class Licence:
    """conditions: in one line. accept: whether the user has to agree before a download."""

    id: str
    name: str
    conditions: str
    accept: bool
    url: str


@dataclass(frozen=True, slots=True)
class File:
    """One file of a repository. bytes: its size; about: that this is approximate.

    keys: the table of its tensors in assets/models/keys, without `.tsv`; such a file is converted to safetensors.
    optional: whether a repository without it will do.
    """

    name: str
    bytes: int
    about: bool = False
    keys: str = ""
    optional: bool = False

    @property
    def converted(self) -> str:
        """The name of what it is converted to; empty where it is used as it is."""
        return str(PurePosixPath(self.name).with_suffix(".safetensors")) if self.keys else ""


@dataclass(frozen=True, slots=True)
class Part:
    """One network in memory. params: their number; bits: of each as it is run; on: `gpu` or `cpu`.

    embedding: parameters that stay at 16 bits where the rest is quantised; 0 where it never is.
    kv: bytes of the cache for one token of context, at 16 bits.
    beside: bytes that it takes on a card besides its weights, where there is room (engine/models/memory_fit.py).
    """

    name: str
    params: int
    bits: int
    on: str = "gpu"
    embedding: int = 0
    kv: int = 0
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Repository:
    """A model on the hub. Either `files` names what is taken of it, or `patterns` does (`*.json`)."""

    name: str
    revision: str
    licence: Licence
    purpose: str
    files: tuple[File, ...]
    patterns: tuple[str, ...]
    bytes: int
    about: bool
    parts: tuple[Part, ...]

    def takes(self, name: str) -> bool:
        """Whether the file `name` of the repository is wanted."""
        if self.files:
            return any(file.name == name for file in self.files)
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)

    def file(self, name: str) -> File | None:
        return next((file for file in self.files if file.name == name), None)


@dataclass(frozen=True, slots=True)
class FromHub:
    """A file of a repository on the hub, at a revision that does not move."""

    repository: str
    revision: str
    path: str

    @property
    def where(self) -> str:
        return f"{self.repository} at {self.revision[:12]}"


@dataclass(frozen=True, slots=True)
class PackagePart:
    """A file of a Python package. path: inside its wheel, so also below site-packages."""

    distribution: str
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class FromPackages:
    """Files of packages that are the wanted file when they are joined in this order."""

    parts: tuple[PackagePart, ...]

    @property
    def where(self) -> str:
        first, last = self.parts[0], self.parts[-1]
        more = f" to {last.distribution}" if len(self.parts) > 1 else ""
        return f"the package{'s' if more else ''} {first.distribution}=={first.version}{more}"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file with its exact size and checksum, and who has it; the sources are tried in order."""

    name: str
    bytes: int
    sha256: str
    sources: tuple[FromHub | FromPackages, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A model of the embedded profile (engine/models/sources.py). role: hears, thinks or speaks.

    memory: bytes that it takes when it runs, about. tried: whether it was run for Parley, and not only looked up.
    """

    name: str
    role: str
    purpose: str
    licence: Licence
    files: tuple[WeightFile, ...]
    memory: int
    tried: bool

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def file(self, name: str) -> WeightFile:
        """Raises KeyError for a name that the catalogue does not have."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(f"{self.name} has no file {name}")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a profile takes. roles: role -> repositories, the first is the default; on: where it runs.

    besides: what it needs that is no download, in words; empty if nothing.
    """

    name: str
    on: str
    roles: dict[str, tuple[str, ...]]
    besides: str

    def defaults(self) -> tuple[str, ...]:
        return tuple(names[0] for names in self.roles.values() if names)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in the file, by name."""

    licences: dict[str, Licence]
    repositories: dict[str, Repository]
    profiles: dict[str, Needs]
    weights: dict[str, Weights]

    def named(self, name: str) -> tuple[Repository, ...]:
        """name: of a profile (-> its defaults) or of a repository. Raises WrongUse for any other."""
        if name in self.profiles:
            return tuple(self.repositories[n] for n in self.profiles[name].defaults())
        if name in self.repositories:
            return (self.repositories[name],)
        raise WrongUse(f"{name!r} is neither a profile with models nor a known repository"
                       f"{nearest(name, [*self.profiles, *self.repositories])}")  # fmt: skip


@cache
def load(path: Path = CATALOGUE) -> Catalogue:
    """Raises WrongUse with the file and the key for anything unknown, missing, twice there or of the wrong type."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {why(error)}; install Parley again") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: not TOML: {error}") from error
    top = Table(str(path), "", values)
    top.only(("version", "licence", "repository", "profile", "weights"), "a part of the catalogue")
    if top.whole("version", 1, 1_000_000) != VERSION:
        top.refuse("version", f"must be {VERSION}")
    licences = _by_name([_licence(table) for table in top.tables("licence")], "id", top)
    repositories = _by_name([_repository(table, licences) for table in top.tables("repository")], "name", top)
    profiles = _by_name([_needs(table, repositories) for table in top.tables("profile")], "name", top)
    weights = _by_name([_weights(table, licences) for table in top.tables("weights")], "name", top)
    return Catalogue(licences, repositories, profiles, weights)


def _by_name(items: list[T], key: str, top: Table) -> dict[str, T]:
    named: dict[str, T] = {}
    for item in items:
        name = getattr(item, key)
        if name in named:
            raise WrongUse(f"{top.where}: {name} is there twice; keep one")
        named[name] = item
    return named


def _licence(table: Table) -> Licence:
    table.only(("id", "name", "conditions", "accept", "url"), "a part of a licence")
    return Licence(table.text("id"), table.text("name"), table.text("conditions", longest=400),
                   table.flag("accept", False), table.text("url"))  # fmt: skip


def _repository(table: Table, licences: dict[str, Licence]) -> Repository:
    table.only(("name", "revision", "licence", "for", "files", "patterns", "bytes", "parts"), "a part of a repository")
    name = table.text("name")
    if name.count("/") != 1:
        table.refuse("name", f"must be OWNER/NAME, not {name!r}")
    files = tuple(_file(one) for one in table.tables("files"))
    patterns = table.texts("patterns") if "patterns" in table.values else ()
    if bool(files) == bool(patterns) or bool(files) == ("bytes" in table.values):
        table.refuse("files", "are named, or there are patterns and their bytes in all: one of the two")
    size = sum(file.bytes for file in files) if files else table.whole("bytes", 1, MOST)
    return Repository(
        name, table.text("revision", "main"), licences[table.choice("licence", licences)], table.text("for"),
        files, patterns, size, any(file.about for file in files) or not files,
        tuple(_part(one) for one in table.tables("parts")),
    )


def _file(table: Table) -> File:
    table.only(("name", "bytes", "about", "keys", "optional"), "a part of a file")
    name = table.text("name")
    if not safe(name):
        table.refuse("name", f"must be a path inside the repository, not {name!r}")
    return File(name, table.whole("bytes", 1, MOST), table.flag("about", False),
                table.text("keys", ""), table.flag("optional", False))  # fmt: skip


def safe(name: str) -> bool:
    """Whether a repository's file may be written under this name: relative, no way out of the folder."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and not set(name) & set('\\:*?"<>|') and ".." not in path.parts


def _part(table: Table) -> Part:
    table.only(("name", "params", "bits", "on", "embedding", "kv", "beside"), "a part of a network")
    return Part(table.text("name"), table.whole("params", 1, MOST), table.whole("bits", 16, 32),
                table.choice("on", ("gpu", "cpu"), "gpu"), table.whole("embedding", 0, MOST, 0),
                table.whole("kv", 0, MOST, 0), table.whole("beside", 0, MOST, 0))  # fmt: skip


def _weights(table: Table, licences: dict[str, Licence]) -> Weights:
    table.only(("name", "role", "for", "licence", "files", "memory", "tried"), "a part of weights")
    name = table.text("name")
    if not safe(name) or "/" in name:
        table.refuse("name", f"must be one name for a folder, not {name!r}")
    files = tuple(_weight_file(one) for one in table.tables("files"))
    if not files:
        table.refuse("files", "needs at least one")
    return Weights(name, table.choice("role", ROLES), table.text("for"), licences[table.choice("licence", licences)],
                   files, table.whole("memory", 1, MOST), table.flag("tried", False))  # fmt: skip


def _weight_file(table: Table) -> WeightFile:
    table.only(("name", "bytes", "sha256", "sources"), "a part of a file")
    name, sha = table.text("name"), table.text("sha256")
    if not safe(name) or "/" in name:
        table.refuse("name", f"must be a file's name, not {name!r}")
    if not re.fullmatch("[0-9a-f]{64}", sha):
        table.refuse("sha256", f"must be 64 hexadecimal digits, not {sha!r}")
    sources = tuple(_source(one) for one in table.tables("sources"))
    if not sources:
        table.refuse("sources", "needs at least one")
    return WeightFile(name, table.whole("bytes", 1, MOST), sha, sources)


def _source(table: Table) -> FromHub | FromPackages:
    if "hub" in table.values:
        table.only(("hub", "revision", "path"), "a part of a source on the hub")
        repository, path = table.text("hub"), table.text("path")
        if not safe(path):
            table.refuse("path", f"must be a path inside the repository, not {path!r}")
        return FromHub(repository, table.text("revision"), path)
    table.only(("packages", "count"), "a part of a source of packages")
    count = table.whole("count", 0, 99, 0)
    listed = table.texts("packages", longest=200)
    if count:                                    # a row of packages that differ in their number
        listed = tuple(one.replace("{n:02}", f"{n:02}").replace("{n}", str(n))
                       for n in range(1, count + 1) for one in listed)  # fmt: skip
    parts = []
    for one in listed:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+):(.+)", one)
        if match is None or not safe(match[3]):
            table.refuse("packages", f"must be written NAME==VERSION:path/in/it, not {one!r}")
        parts.append(PackagePart(*match.groups()))
    if not parts:
        table.refuse("packages", "needs at least one")
    return FromPackages(tuple(parts))


def _needs(table: Table, repositories: dict[str, Repository]) -> Needs:
    table.only(("name", "on", *ROLES, "needs"), "a part of a profile")
    roles = {}
    for role in ROLES:
        names = table.texts(role)
        for name in names:
            if name not in repositories:
                table.refuse(role, f"names {name}, which is no repository here{nearest(name, repositories)}")
        roles[role] = names
    return Needs(table.text("name"), table.choice("on", ("gpu", "cpu")), roles, table.text("needs", ""))
