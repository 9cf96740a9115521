"""Where Parley's files lie, and the only place that reads the environment."""

import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from audio_io.errors import NotHere


@dataclass(frozen=True, slots=True)
class Folders:
    """settings: the user's file. home: Parley's own folder for notes, models and recordings."""

    settings: Path
    home: Path
    named: bool = False          # the file was named in PARLEY_SETTINGS: then it has to be there


def environment() -> Mapping[str, str]:
    """The process's environment, for those who are not to read it themselves."""
    return os.environ


def hub(downloads: bool, environ: MutableMapping[str, str] | None = None) -> str:
    """Says to the libraries that know a model hub whether they may ask it. -> its address; empty: their own.

    downloads: whether this process downloads models; else they open no socket, whatever they are asked for. To be
    called before one of them is imported: they look at the environment only then.
    """
    environ = os.environ if environ is None else environ
    environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if downloads and environ.pop("PARLEY_KEEPS_OFFLINE", ""):        # the window's doing, not the user's
        environ.pop("HF_HUB_OFFLINE", None)
    elif not downloads and "HF_HUB_OFFLINE" not in environ:
        environ["HF_HUB_OFFLINE"] = environ["PARLEY_KEEPS_OFFLINE"] = "1"
    return environ.get("HF_ENDPOINT", "")


def folders(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Folders:
    """Where this system keeps such things (XDG, AppData, Library), unless PARLEY_HOME or PARLEY_SETTINGS say."""
    environ = os.environ if environ is None else environ
    try:
        config, data = _system_folders(environ, platform)
        if own := environ.get("PARLEY_HOME"):
            config = data = Path(own).expanduser()
        named = environ.get("PARLEY_SETTINGS")
        file = Path(named).expanduser() if named else config / "settings.yaml"
    except RuntimeError as error:                      # pathlib: no home directory to be found
        raise NotHere(f"no home folder is known for this user: {error}; set PARLEY_HOME to a folder") from error
    return Folders(file, data, bool(named))


def _system_folders(environ: Mapping[str, str], platform: str) -> tuple[Path, Path]:
    home = partial(_home, environ)
    if environ.get("PARLEY_HOME"):
        return Path(), Path()                          # not asked for: a machine without a home is fine then
    if platform == "win32":
        roaming = Path(environ.get("APPDATA") or home() / "AppData" / "Roaming") / "Parley"
        return roaming, Path(environ.get("LOCALAPPDATA") or home() / "AppData" / "Local") / "Parley"
    if platform == "darwin":
        library = home() / "Library" / "Application Support" / "Parley"
        return library, library
    config, data = environ.get("XDG_CONFIG_HOME", ""), environ.get("XDG_DATA_HOME", "")
    return (                                           # the XDG specification: relative paths are to be ignored
        (Path(config) if Path(config).is_absolute() else home() / ".config") / "parley",
        (Path(data) if Path(data).is_absolute() else home() / ".local" / "share") / "parley",
    )


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
