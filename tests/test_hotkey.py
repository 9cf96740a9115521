"""The key from anywhere: on a real X server, macOS' calls on a library of the test's, and where there is none."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import soundserver
from patience import PATIENT_S
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from screen import virtual

from app.fact import Fact
from app.hotkey import mac_key
from app.hotkey.hotkey import FarKey
from app.hotkey.key_codes import MAC_F, SPECIAL, codes, held, trigger

LACKING = soundserver.lacking("Xvfb", "xdotool")

# holds the key as the product does, while another connection has the keyboard; says what it gets
LISTENER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.hotkey.hotkey import FarKey
from app.window.buttons import HoldButton
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
    with virtual() as display:
        yield display


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
    ("Ctrl+Alt+Space", {"WAYLAND_DISPLAY": "wayland-0"}, "xcb", "linux", "GlobalShortcuts"),     # it has no bus
    ("Ctrl+Alt+Space", {}, "wayland", "linux", "GlobalShortcuts"),
    ("F24", {}, "cocoa", "darwin", "A Mac has no key F24"),
    ("F9", {}, "offscreen", "linux", "no desktop"),
    ("Volume Up", {}, "xcb", "linux", "Volume Up cannot be"),
    ("nonsense", {}, "xcb", "linux", "nonsense cannot be"),
])
def test_where_there_is_none_one_sentence_says_why(qapp, keys, environ, qt, system, says):
    key = FarKey(keys, environ, qt, system)
    assert not key.works
    key.take(True)
    assert says in key.about()
    assert not key.works
    key.close()


def test_no_key_is_no_trouble(qapp):
    key = FarKey("", {}, "xcb")
    assert (key.why, key.works) == ("", False)
    assert "window.hotkey" in key.about()


@pytest.fixture
def three(qapp):
    """Another key, one that cannot be, none: in place."""
    key = FarKey("Volume Up", {"WAYLAND_DISPLAY": "wayland-0"}, "xcb")
    yield key
    key.close()


def test_another_key_takes_the_place_of_one_that_cannot_be(three):
    assert three.why
    three.use("F9")
    assert (three.why, three.name) == ("", "F9")
    three.use("")
    assert (three.why, three.works) == ("", False)


# -- the tables -----------------------------------------------------------------------------------------------
KEYS = [*(Qt.Key(Qt.Key.Key_F1 + n) for n in range(24)), *(Qt.Key(n) for n in range(Qt.Key.Key_A, Qt.Key.Key_Z + 1)),
        *(Qt.Key(n) for n in range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)), *SPECIAL]  # fmt: skip


def test_every_system_has_a_code_of_its_own_for_every_key():
    found = [codes(key) for key in KEYS]
    assert None not in found
    for name in ("keysym", "virtual", "name"):
        assert len({getattr(one, name) for one in found}) == len(KEYS)
    lacking = [one.name for one in found if one.mac is None]
    assert lacking == ["F21", "F22", "F23", "F24"]                       # Carbon has none, and the user is told
    twice = {MAC_F[13], MAC_F[14]}                                       # F14 and F15 are Scroll Lock and Pause
    assert len({one.mac for one in found if one.mac is not None}) == len(KEYS) - len(lacking) - len(twice)
    assert codes(Qt.Key.Key_VolumeUp) is None


@pytest.mark.parametrize(("keys", "mac", "masks", "portal"), [
    ("Ctrl+Alt+Space", 0x31, (12, 3, 0x900), "CTRL+ALT+space"),
    ("Shift+Meta+A", 0x00, (65, 12, 0x1200), "SHIFT+LOGO+a"),
    ("F20", 0x5A, (0, 0, 0), "F20"), ("Ctrl+9", 0x19, (4, 2, 0x100), "CTRL+9"),
])
def test_keys_are_written_as_each_system_wants_them(keys, mac, masks, portal):
    combination = QKeySequence(keys)[0]
    key, with_it = codes(combination.key()), held(combination.keyboardModifiers())
    assert key.mac == mac
    assert tuple(sum(getattr(one, name) for one in with_it) for name in ("x11", "windows", "mac")) == masks
    assert trigger(key, with_it) == portal


# -- macOS, as far as it can be tried elsewhere ------------------------------------------------------------------
class Carbon:
    """What Apple's headers say of the library: handles come through pointers, a status is 0 where it went well."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses, self.calls, self.handler = refuses, [], None

    def GetApplicationEventTarget(self) -> int:
        return 7

    def InstallEventHandler(self, target, handler, count, kinds, data, out) -> int:
        self.calls.append(("install", target, [(kind.group, kind.kind) for kind in kinds], count))
        self.handler, out._obj.value = handler, 11
        return -1 if self.refuses == "install" else 0

    def RegisterEventHotKey(self, key, modifiers, name, target, options, out) -> int:
        self.calls.append(("register", key, modifiers, target, options))
        if self.refuses == "register":
            return -9878                             # eventHotKeyExistsErr
        out._obj.value = 12
        return 0

    def GetEventKind(self, event) -> int:
        return event                                 # the test's events are their own kind

    def UnregisterEventHotKey(self, held) -> int:
        self.calls.append(("unregister", held.value))
        return 0

    def RemoveEventHandler(self, held) -> int:
        self.calls.append(("remove", held.value))
        return 0


def test_a_mac_is_asked_for_the_key_and_its_events_are_told():
    carbon, pressed, said = Carbon(), Fact[bool](), []
    pressed.connect(said.append)
    key = mac_key.MacKey(0x31, 0x900, pressed, carbon)
    assert key.take()
    assert carbon.calls == [("install", 7, [(int.from_bytes(b"keyb"), 5), (int.from_bytes(b"keyb"), 6)], 2),
                            ("register", 0x31, 0x900, 7, 0)]  # fmt: skip
    assert [carbon.handler(None, kind, None) for kind in (5, 6, 1)] == [0, 0, mac_key.NOT_HANDLED]
    assert said == [True, False]
    key.free()
    key.close()
    assert carbon.calls[2:] == [("unregister", 12), ("remove", 11)]      # once
    assert ctypes.sizeof(mac_key.Name) == ctypes.sizeof(mac_key.Kind) == 8


@pytest.mark.parametrize(("refuses", "undone"), [("register", [("remove", 11)]), ("install", [])])
def test_a_mac_that_refuses_leaves_nothing_behind(refuses, undone):
    carbon = Carbon(refuses)
    key = mac_key.MacKey(0x31, 0, Fact[bool](), carbon)
    assert not key.take()
    assert [call for call in carbon.calls if call[0] in ("unregister", "remove")] == undone


@pytest.mark.skipif(sys.platform == "darwin", reason="here it has")
def test_a_mac_without_carbon_says_so(qapp):
    assert "macOS gives no key: " in FarKey("F9", {}, "cocoa", "darwin").about()
