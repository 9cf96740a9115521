"""`parley desktop-file install | remove`: Parley in the menu of a Linux desktop, for this user alone."""

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import assets
from app.settings.folders import environment
from audio_io.errors import NotHere
from audio_io.files import check_writable, write_whole

NAME = "org.parley.Parley"
SOURCE = Path(assets.__path__[0], "desktop")
ICONS = Path(assets.__path__[0], "icons")
RESERVED = re.compile(r"[^\w@%+=:,./-]")           # else Exec wants quotes (Desktop Entry Specification 1.5)


def add_parser(commands: Any) -> None:
    """Adds `desktop-file` to the command line."""
    entry = commands.add_parser("desktop-file", help="Parley in your desktop's menu, with its icon (Linux)")
    entry.add_argument("what", choices=("install", "remove"), help="into or from your ~/.local/share")


def run(args: argparse.Namespace) -> int:
    """-> exit code. Raises NotHere where desktops know no such files, Trouble where they cannot be written."""
    if sys.platform in ("win32", "darwin"):
        raise NotHere("desktop files are for Linux and BSD desktops; make a shortcut to parley here instead")
    here = data_home(environment())
    lines = install(here, command()) if args.what == "install" else remove(here)
    print("\n".join(lines) or f"nothing of Parley is in {here}")
    return 0


def data_home(environ: Mapping[str, str]) -> Path:
    """Where this user's desktop looks (XDG base directories; a relative path there is to be ignored)."""
    named = environ.get("XDG_DATA_HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    try:
        return Path(environ["HOME"] if environ.get("HOME") else Path.home()) / ".local" / "share"
    except RuntimeError as error:
        raise NotHere(f"no home folder is known for this user: {error}; set HOME") from error


def command() -> Path:
    """-> the program that the menu is to start. Raises NotHere without one."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable)
    beside = Path(sys.executable).parent / "parley"
    found = str(beside) if beside.exists() else shutil.which("parley")
    if found is None:
        raise NotHere("there is no command `parley` that a menu could start; install Parley first (pip install)")
    return Path(found).absolute()


def quoted(program: Path) -> str:
    """-> as Exec wants it."""
    text = str(program)
    if RESERVED.search(text):
        text = '"' + re.sub(r'(["`$\\])', r"\\\1", text) + '"'
    return text.replace("\\", "\\\\").replace("%", "%%")         # a string's escapes, and no field codes


def files(home: Path) -> dict[Path, Path]:
    """-> what is copied: where to, from where."""
    hicolor = home / "icons" / "hicolor"
    pictures = {hicolor / f"{side}x{side}" / "apps" / f"{NAME}.png": ICONS / f"parley-{side}.png"
                for side in (16, 24, 32, 48, 64, 128, 256, 512)}  # fmt: skip
    return pictures | {
        hicolor / "scalable" / "apps" / f"{NAME}.svg": ICONS / "parley.svg",
        home / "applications" / f"{NAME}.desktop": SOURCE / f"{NAME}.desktop",
        home / "metainfo" / f"{NAME}.metainfo.xml": SOURCE / f"{NAME}.metainfo.xml",
    }


def install(home: Path, program: Path) -> list[str]:
    """-> lines: what was written. Raises Trouble where it cannot be."""
    lines = []
    for target, source in files(home).items():
        check_writable(target.parent)
        data = source.read_bytes()
        if target.suffix == ".desktop":
            text = data.decode()
            data = re.sub(r"^Exec=parley", lambda _: f"Exec={quoted(program)}", text, flags=re.MULTILINE).encode()
        write_whole(target, data)
        lines.append(f"written: {target}")
    return lines


def remove(home: Path) -> list[str]:
    """-> lines: what was taken away."""
    lines = []
    for target in files(home):
        if target.exists():
            target.unlink()
            lines.append(f"removed: {target}")
    return lines
