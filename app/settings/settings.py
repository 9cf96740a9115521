"""The user's settings in files: read, checked, changed one at a time, and written.

Later ones win: built-in < profile < the user's file < `--settings FILE` < command line. An unknown name, a wrong type
or a value out of range is refused with one line that names the file and the key.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import assets
from app.settings.folders import folders
from app.settings.schema import Settings, value_of
from audio_io.errors import WrongUse
from audio_io.files import check_writable, write_whole
from engine.duplex.choose_predictor import NAMES as PREDICTORS
from engine.runtime.profile import PROFILES, Costs, Profile
from engine.strict_yaml import Table, Value, filled, nearest, read, written

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1
GONE = ("pocketsphinx",)         # recognisers of earlier versions
PROFILE_FILES = Path(assets.__file__).parent / "profiles"


def load(
    path: Path | str | None = None,
    overrides: Mapping[str, Value] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """-> the settings that hold now. `path`: `--settings FILE`. `overrides`: {"turns.patience": 0.8} ...

    Raises WrongUse for anything amiss in a file or an override.
    """
    here, layers = folders(environ), []
    if here.named or here.settings.exists():
        layers.append(read(here.settings, "a settings file"))
    if path is not None:
        layers.append(read(path, "a settings file"))
    layers.append(_from_overrides(overrides or {}))

    named = Settings()
    for layer in layers:
        named = _filled(named, layer)                  # all checked, and the profile known, before it is looked for
    settings = _filled(Settings(), _profile_table(named.profile).table("settings"))
    for layer in layers:
        settings = _filled(settings, layer)
    return settings


def save(settings: Settings, path: Path | str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Writes what differs from the profile's defaults to the user's file, wholly or not at all. -> that file.

    Raises Trouble where it cannot be written, WrongUse where it was made by a newer Parley (nothing is lost then).
    """
    file = Path(path) if path is not None else folders(environ).settings
    if file.exists():
        version = _version(read(file, "a settings file"))
        if version > VERSION:
            raise WrongUse(f"{file}: is version {version}, newer than this Parley's {VERSION}; not overwritten")
    base = replace(
        _filled(Settings(), _profile_table(settings.profile).table("settings")), profile=Settings().profile
    )
    chosen = {"version": VERSION, **_difference(settings, base)}
    check_writable(file.parent)
    write_whole(file, written(chosen).encode())
    return file


def changed(settings: Settings, name: str, value: Value) -> Settings:
    """-> `settings` with one of them otherwise, checked as if it stood in a file. Raises Trouble with the one line."""
    table = _from_overrides({name: value})
    new = _filled(settings, Table("settings", table.path, table.values))
    if name == "profile":
        _profile_table(new.profile)
    return new


def default_of(settings: Settings, name: str) -> Value:
    """What `name` is where the user has chosen nothing, in the profile of `settings`."""
    if name == "profile":
        return Settings().profile
    return value_of(_filled(Settings(), _profile_table(settings.profile).table("settings")), name)


def load_profile(name: str, rules: type | None = None) -> Profile:
    """-> the profile `name`, its `turns` checked against the fields of the dataclass `rules` where given.

    Raises WrongUse for a name that is none.
    """
    table = _profile_table(name)
    turns = table.table("turns")
    if rules is not None:
        filled(rules(), turns, "a rule of turns")
    return Profile(
        name, table.text("listens"), table.text("thinks"), table.text("speaks"),
        filled(Costs(), table.table("costs"), "a cost"), dict(turns.values),
        table.choice("predicts", PREDICTORS, "rules"),
    )


def _profile_table(name: str) -> Table:
    if name not in PROFILES:
        raise WrongUse(f"{name!r} is not a profile{nearest(name, PROFILES)}")
    table = read(PROFILE_FILES / f"{name}.yaml", "a profile")
    parts = ("version", "listens", "thinks", "speaks", "predicts", "costs", "turns", "settings")
    table.only(parts, "a part of a profile")
    return table


def _filled(settings: Settings, table: Table) -> Settings:
    version = _version(table)
    known = Table(table.where, table.path, {k: v for k, v in table.values.items() if k != "version"})
    if "remarks" in known.values:
        known.refuse("remarks", "is not a setting; remove it")
    remarks = settings.remarks
    if isinstance(listen := known.values.get("listen"), dict) and listen.get("engine") in GONE:
        remarks = _with(remarks, f"{table.where}: listen.engine: {listen['engine']} has left Parley; the profile's own "
                                 "recogniser listens")
        known = Table(known.where, known.path, {**known.values, "listen": {**listen, "engine": ""}})
    new = replace(filled(settings, known, skip_unknown=version > VERSION), remarks=remarks)
    for name in ("notes_dir", "models_dir"):
        folder = getattr(new, name)
        if folder and not (Path(folder).is_absolute() or re.match(r"~(/|\\|$)", folder)):
            known.refuse(name, f"must be an absolute path or begin with ~/, not {folder!r}")
    if version > VERSION:
        line = f"{table.where}: is version {version}, newer than this Parley's {VERSION}; unknown names are ignored"
        new = replace(new, remarks=_with(new.remarks, line))
    return new


def _with(remarks: tuple[str, ...], line: str) -> tuple[str, ...]:
    return (*(r for r in remarks if r != line), line)


def _version(table: Table) -> int:
    return table.whole("version", 1, 1_000_000, VERSION)


def _from_overrides(overrides: Mapping[str, Value]) -> Table:
    values: dict[str, object] = {}
    for name, value in overrides.items():
        *sections, last = name.split(".")
        at = values
        for section in sections:
            within = at.setdefault(section, {})
            if not isinstance(within, dict):
                raise WrongUse(f"command line: {section} is given as a value and as a section; drop one")
            at = within
        at[last] = list(value) if isinstance(value, tuple) else value
    return Table("command line", "", values)


def _difference(value: "DataclassInstance", base: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for f in fields(value):
        ours, theirs = getattr(value, f.name), getattr(base, f.name)
        if ours == theirs or f.name == "remarks":
            continue
        if is_dataclass(ours) and not isinstance(ours, type):
            found[f.name] = _difference(ours, theirs)
        else:
            found[f.name] = list(ours) if isinstance(ours, tuple) else ours
    return found
