"""Whether a window can open here, found out before Qt is asked: Qt ends the whole process when it cannot.

Imports no Qt itself, so that `parley talk` and the tests of the command line start without it.
"""

import ctypes
import importlib
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

CALLS = 40                       # enough to tell a lost reference a call from what other threads do meanwhile
INSTEAD = "or use `parley talk` in the terminal"


def display_missing(environ: Mapping[str, str], system: str = sys.platform) -> str:
    """-> "" where a window can open; otherwise one line: what is missing, what to do.

    environ: the process's environment, read by `app.settings.settings`. Costs a few ms besides the import of Qt.
    """
    try:
        core = importlib.import_module("PySide6.QtCore")
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return (f"No window: Qt cannot be loaded ({error}); install that library "
                f"(Debian and Ubuntu: apt install libegl1 libgl1 libxkbcommon0) {INSTEAD}.")
    if _loses_references(core):
        return (f"No window: PySide6 {core.__version__} ends a Python {sys.version_info[0]}.{sys.version_info[1]} "
                f"process after a few thousand calls; pip install 'PySide6-Essentials<6.12' {INSTEAD}.")
    if system in ("win32", "darwin", "cygwin"):
        return ""
    plugins = Path(core.QLibraryInfo.path(core.QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    wanted = [part.split(":")[0] for part in environ.get("QT_QPA_PLATFORM", "").split(";") if part]
    if not wanted:
        wanted = [name for name, variable in (("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY"))
                  if environ.get(variable)]
    if not wanted:
        return f"No window: no display (DISPLAY and WAYLAND_DISPLAY are not set); log in at a desktop {INSTEAD}."
    reasons = [_platform_missing(name, plugins, environ) for name in wanted]
    return "" if "" in reasons else reasons[-1]


def _loses_references(core: ModuleType) -> bool:
    """-> whether each call of Qt that returns nothing gives up a reference to None.

    PySide6 6.12.0 does; below Python 3.12, which counts them, "deallocating None" ends the process after seconds.
    """
    thing = core.QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        thing.setObjectName("")
    return before - sys.getrefcount(None) > CALLS // 2


def _platform_missing(name: str, plugins: Path, environ: Mapping[str, str]) -> str:
    """-> "" where Qt's platform `name` will work here."""
    plugin = plugins / f"libq{name}.so"
    if not plugin.exists():
        known = ", ".join(sorted(path.stem.removeprefix("libq") for path in plugins.glob("libq*.so")))
        return f"No window: QT_QPA_PLATFORM={name} is not one of {known}; unset it {INSTEAD}."
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        library = str(error).split(":")[0]
        return (f"No window: Qt's {name} platform needs {library}, which is not installed: "
                f"Debian and Ubuntu: apt install {_package(library)} {INSTEAD}.")
    if name == "xcb":
        return _x_missing(environ.get("DISPLAY", ""))
    if name == "wayland":
        return _wayland_missing(environ)
    return ""


def _package(library: str) -> str:
    """-> Debian's package of a shared library: libxcb-cursor.so.0 is in libxcb-cursor0."""
    stem, _, version = library.lower().partition(".so")
    number = version.lstrip(".").split(".")[0]
    return f"{stem}-{number}" if stem[-1:].isdigit() and number else f"{stem}{number}"


def _x_missing(display: str) -> str:
    """-> "" where the X server answers."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode() if display else None, None)
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        return f"No window: no X server answers at DISPLAY={display!r}; start one, set DISPLAY right {INSTEAD}."
    return ""


def _wayland_missing(environ: Mapping[str, str]) -> str:
    """-> "" where the compositor answers."""
    name = environ.get("WAYLAND_DISPLAY", "wayland-0")
    where = Path(environ.get("XDG_RUNTIME_DIR", "")) / name     # an absolute name stays as it is
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(where))
        except OSError as error:
            return (f"No window: no Wayland compositor answers at {where} ({error.strerror}); "
                    f"log in at a desktop {INSTEAD}.")
    return ""
