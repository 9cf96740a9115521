"""The key from anywhere: on a real X server, and what is said where there is none."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import soundserver
from patience import PATIENT_S

from app.hotkey import FarKey

LACKING = soundserver.lacking("Xvfb", "xdotool")

# holds the key as the product does, while another connection has the keyboard; says what it gets
LISTENER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.hotkey import FarKey
from app.buttons import HoldButton
application = QApplication(["far"])
key, other = FarKey("Ctrl+Alt+Space", {}, "xcb"), FarKey("Ctrl+Alt+Space", {}, "xcb")
talk = HoldButton("", "")
key.pressed.connect(talk.far_key)
talk.held.connect(lambda down: print("held" if down else "released", flush=True))
key.take(True)
other.take(True)
print(repr(key.why), "another program" in other.why, flush=True)
def stop():
    if not sys.stdin.readline():
        key.close(); other.close(); application.quit()
from PySide6.QtCore import QSocketNotifier
notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
notifier.activated.connect(lambda *_: stop())
application.exec()
"""


@pytest.fixture
def screen() -> Iterator[str]:
    """-> DISPLAY of a virtual screen of our own."""
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "300x200x24", "-nolisten", "tcp"],
                              pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    soundserver.end(server)


@pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")
def test_a_key_is_held_from_anywhere_and_a_taken_one_is_told(screen):
    env = os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
    env.pop("WAYLAND_DISPLAY", None)
    program = subprocess.Popen([sys.executable, "-c", LISTENER], env=env, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "'' True\n"
        def press(*words: str) -> None:
            subprocess.run(["xdotool", *words], env=env, check=True, timeout=PATIENT_S)

        press("keydown", "ctrl", "keydown", "alt", "keydown", "space")
        assert program.stdout.readline() == "held\n"
        press("keyup", "space", "keyup", "alt", "keyup", "ctrl")
        assert program.stdout.readline() == "released\n"
        program.stdin.close()
        assert program.stdout.read() == ""
        assert program.wait(PATIENT_S) == 0
    finally:
        soundserver.end(program)
        program.stdout.close()


@pytest.mark.parametrize(("keys", "environ", "qt", "system", "says"), [
    ("Ctrl+Alt+Space", {"WAYLAND_DISPLAY": "wayland-0"}, "xcb", "linux", "Wayland"),
    ("Ctrl+Alt+Space", {}, "wayland", "linux", "Wayland"),
    ("F9", {}, "cocoa", "darwin", "macOS"),
    ("F9", {}, "offscreen", "linux", "no desktop"),
    ("Volume Up", {}, "xcb", "linux", "Volume Up cannot be"),
    ("nonsense", {}, "xcb", "linux", "nonsense cannot be"),
])
def test_where_there_is_none_one_sentence_says_why(qapp, keys, environ, qt, system, says):
    key = FarKey(keys, environ, qt, system)
    assert says in key.about()
    assert not key.works
    key.take(True)
    key.close()


def test_no_key_is_no_trouble(qapp):
    key = FarKey("", {}, "xcb")
    assert (key.why, key.works) == ("", False)
    assert "window.hotkey" in key.about()
