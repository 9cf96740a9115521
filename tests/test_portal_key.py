"""Push-to-talk from anywhere under Wayland, on a real bus with a portal of the test's own."""

import socket
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import portal
import pytest
from patience import PATIENT_MS
from portal import Portal

pytest.importorskip("jeepney", reason="no D-Bus on this system")

from app.hotkey.bus import Bus, address_of
from app.hotkey.hotkey import FarKey
from app.window.bridge import Bridge
from app.window.window import Window
from engine.messages import ModeChanged

on_a_bus = pytest.mark.skipif(bool(portal.LACKING), reason=portal.LACKING or "-")


class Hand:
    """A far key under Wayland, what it said, and how to wait for it."""

    def __init__(self, qtbot, address: str) -> None:
        environ = {"WAYLAND_DISPLAY": "wayland-0", "DBUS_SESSION_BUS_ADDRESS": address}
        self.qtbot, self.key = qtbot, FarKey("Ctrl+Alt+Space", environ, "xcb", "linux")
        self.said: list[bool] = []
        self.changes = 0
        self.key.pressed.connect(self.said.append)
        self.key.changed.connect(self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def until(self, true) -> None:
        self.qtbot.waitUntil(true, timeout=PATIENT_MS)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with portal.bus(tmp_path) as address:
        yield address


@pytest.fixture
def hand(qtbot, address: str) -> Iterator[Hand]:
    hand = Hand(qtbot, address)
    yield hand
    hand.key.close()


@on_a_bus
@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_the_desktops_key_is_held_and_let_go_and_given_back(hand, address, kind):
    key = hand.key
    assert not key.works                             # nobody has been asked
    assert "is asked for Ctrl+Alt+Space" in key.about()
    with Portal(address, kind) as desktop:
        key.take(True)
        assert "not answered yet" in key.about()
        hand.until(lambda: key.works)
        assert key.about() == "Held anywhere: Press <Control>F12 talks (in push-to-talk mode)."
        assert desktop.next() == ["Register", "org.parley.Parley"]
        assert desktop.next() == ["CreateSession"]
        assert desktop.next() == ["BindShortcuts", "talk", "CTRL+ALT+space", True]
        desktop.do("press")
        hand.until(lambda: hand.said == [True])
        desktop.do("release")
        hand.until(lambda: hand.said == [True, False])
        desktop.do("change Pause")
        hand.until(lambda: key.name == "Pause")
        desktop.do("press")
        hand.until(lambda: len(hand.said) == 3)
        key.take(False)
        assert hand.said == [True, False, True, False]       # let go of, since nobody will tell
        assert desktop.next() == ["Close", "session"]
        key.take(True)                               # and once more: a connection can say its name only once
        hand.until(lambda: key.works)
        assert desktop.next() == ["Register", "org.parley.Parley"]
        key.close()


@on_a_bus
@pytest.mark.parametrize(("kind", "says"), [
    ("refuses", "refused a key"), ("other", "portal GlobalShortcuts"), ("keyless", "has no key for it"),
    ("nameless", "An app id is required App info not found for 'org.parley.Parley'. `parley desktop-file install`"),
])
def test_where_the_desktop_gives_none_one_sentence_says_why(hand, address, kind, says):
    with Portal(address, kind) as desktop:
        hand.key.take(True)
        hand.until(lambda: bool(hand.key.why))
        assert says in hand.key.about()
        assert not hand.key.works
        changes = hand.changes
        hand.key.take(True)                          # whoever has refused is not asked again and again
        assert hand.changes == changes
        if kind == "keyless":
            desktop.do("change Pause")
            hand.until(lambda: hand.key.works)
            assert "Pause" in hand.key.about()


@on_a_bus
def test_a_key_that_is_held_is_let_go_of_when_the_desktop_takes_it_back(hand, address):
    with Portal(address, "v2") as desktop:
        hand.key.take(True)
        hand.until(lambda: hand.key.works)
        desktop.do("press")
        desktop.do("revoke")
        hand.until(lambda: bool(hand.key.why))
        assert hand.said == [True, False]


@on_a_bus
def test_a_portal_that_ends_is_told_of_and_taken_up_again(hand, address):
    with Portal(address, "v2") as desktop:
        hand.key.take(True)
        hand.until(lambda: hand.key.works)
        desktop.do("press")
        hand.until(lambda: hand.said == [True])
    hand.until(lambda: bool(hand.key.why))
    assert "has ended" in hand.key.about()
    assert hand.said == [True, False]
    with Portal(address, "v1"):
        hand.until(lambda: hand.key.works)
        hand.key.close()


@on_a_bus
def test_the_window_tells_what_the_desktop_has_chosen(qtbot, address):
    window = Window(Bridge(SimpleQueue()), lambda verb, **_: None)
    qtbot.addWidget(window)
    window.far_key._environ = {"WAYLAND_DISPLAY": "wayland-0", "DBUS_SESSION_BUS_ADDRESS": address}
    window.far_key.use("F9")
    window.bridge.tell(ModeChanged(0.0, push=True, muted=False))
    assert "has been asked for F9" in window.page.push_mic.toolTip()
    assert window.truth.push_hint == ""
    with Portal(address, "v2"):
        window.far_key.take(False)                   # the first time there was no portal
        window.far_key.take(True)
        qtbot.waitUntil(lambda: window.far_key.works, timeout=PATIENT_MS)
        assert window.truth.push_hint.endswith("anywhere, Press <Control>F12.")
        assert "Press <Control>F12 talks" in window.page.push_mic.toolTip()
        window.close()


@on_a_bus
def test_no_portal_at_all(hand):
    hand.key.take(True)
    hand.until(lambda: bool(hand.key.why))
    assert "portal GlobalShortcuts" in hand.key.about()


@on_a_bus
def test_a_bus_that_ends_is_told_of(qtbot, tmp_path):
    with portal.bus(tmp_path) as address, Portal(address, "v2"):
        hand = Hand(qtbot, address)
        hand.key.take(True)
        hand.until(lambda: hand.key.works)
    hand.until(lambda: bool(hand.key.why))
    assert "has ended" in hand.key.about()
    hand.key.close()


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "tcp:host=localhost,port=1"])
def test_no_bus(qtbot, address):
    hand = Hand(qtbot, address)
    hand.key.take(True)
    assert "portal GlobalShortcuts" in hand.key.about()
    hand.key.close()


def test_a_bus_that_never_answers_keeps_nobody_waiting(qtbot, tmp_path):
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "bus"))
        mute.listen()
        hand = Hand(qtbot, f"unix:path={tmp_path / 'bus'}")
        hand.key.take(True)
        assert "not answered yet" in hand.key.about()
        hand.key.close()


def test_a_bus_that_does_not_let_us_in_is_lost(qtbot, tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "bus"))
        server.listen()
        bus, why = Bus(f"unix:path={tmp_path / 'bus'}"), []
        bus.lost.connect(why.append)
        line, _ = server.accept()
        with line:
            assert line.recv(100).startswith(b"\0AUTH EXTERNAL ")
            line.sendall(b"REJECTED COOKIE\r\n")
            qtbot.waitUntil(lambda: bool(why), timeout=PATIENT_MS)
        assert "REJECTED" in why[0]
        bus.close()


def test_the_bus_is_found_where_the_session_has_it():
    assert address_of({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/a", "XDG_RUNTIME_DIR": "/run/user/1"}) == "unix:path=/a"
    assert address_of({"XDG_RUNTIME_DIR": "/run/user/1"}) == "unix:path=/run/user/1/bus"
    assert address_of({}) == ""


