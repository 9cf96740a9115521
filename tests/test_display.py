import ctypes
import socket

import pytest

from app.platform.display import _package, display_missing


@pytest.fixture
def libraries(monkeypatch):
    """What Qt's plugins need is installed, as far as can be seen."""
    real = ctypes.CDLL
    monkeypatch.setattr("app.platform.display.ctypes.CDLL", lambda path: None if "plugins" in path else real(path))


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "offscreen:configfile=x", "nonsense;offscreen"])
def test_qt_platforms_without_a_screen_count_as_one(platform):
    assert display_missing({"QT_QPA_PLATFORM": platform}, "linux") == ""


@pytest.mark.parametrize(("environ", "says"), [
    ({}, "DISPLAY and WAYLAND_DISPLAY are not set"),
    ({"DISPLAY": ":987"}, "no X server answers at DISPLAY=':987'"),
    ({"WAYLAND_DISPLAY": "wayland-987", "XDG_RUNTIME_DIR": "nowhere"}, "no Wayland compositor answers"),
    ({"QT_QPA_PLATFORM": "nonsense"}, "QT_QPA_PLATFORM=nonsense is not one of"),
])
def test_a_missing_display_is_one_line_that_says_what_to_do(libraries, environ, says):
    line = display_missing(environ, "linux")
    assert says in line
    assert "parley talk" in line
    assert "\n" not in line


def test_a_compositor_that_answers_is_a_display(libraries, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as compositor:
        compositor.bind(str(tmp_path / "wayland-5"))
        compositor.listen(1)
        assert display_missing({"WAYLAND_DISPLAY": "wayland-5", "XDG_RUNTIME_DIR": str(tmp_path)}, "linux") == ""


def test_a_library_that_is_missing_is_named_with_its_package(monkeypatch):
    def refuse(path: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("app.platform.display.ctypes.CDLL", refuse)
    line = display_missing({"DISPLAY": ":0"}, "linux")
    assert "needs libxcb-cursor.so.0" in line
    assert "apt install libxcb-cursor0 " in line


def test_qt_that_cannot_be_loaded_is_a_missing_display(monkeypatch):
    def refuse(name: str) -> None:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr("app.platform.display.importlib.import_module", refuse)
    assert "libEGL.so.1" in display_missing({"DISPLAY": ":0"}, "linux")


def test_a_qt_that_would_end_the_process_is_refused(monkeypatch):
    counts = iter([9000, 8960])
    monkeypatch.setattr("app.platform.display.sys.getrefcount", lambda thing: next(counts))
    assert "PySide6-Essentials<6.12" in display_missing({"QT_QPA_PLATFORM": "offscreen"}, "linux")


def test_windows_and_macos_always_have_one():
    assert display_missing({}, "win32") == display_missing({}, "darwin") == ""


@pytest.mark.parametrize(("library", "package"), [
    ("libxcb-cursor.so.0", "libxcb-cursor0"), ("libEGL.so.1", "libegl1"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
])
def test_debian_names(library, package):
    assert _package(library) == package
