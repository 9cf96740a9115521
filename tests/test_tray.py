"""The tray's icon as a desktop sees it: on a real bus, with a host (StatusNotifierItem, dbusmenu) of the test's own.

The program runs as it does at the user's, on a virtual screen. What it is asked by the tray it prints.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import portal
import pytest
import screen
import soundserver
from patience import PATIENT_S

pytest.importorskip("jeepney", reason="no D-Bus on this system")

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_method_call,
    new_method_return,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

LACKING = portal.LACKING or screen.LACKING
WATCHER = "org.kde.StatusNotifierWatcher"
ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
DESCRIBED = f"""<node><interface name="{WATCHER}">
<method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/></interface></node>"""
PROGRAM = """
import json, sys
from dataclasses import asdict
from queue import SimpleQueue
from PySide6.QtCore import QSocketNotifier
from app.window.options import Options
from app.desktop.running import run_window
from engine import messages as m

def say(*words):
    print(json.dumps(words), flush=True)

def made(window):
    def told(*_):
        word = json.loads(sys.stdin.readline() or '["quit"]')
        if word[0] == "quit":
            window.close()
        elif word[0] == "look":
            say("visible", window.isVisible())
        else:
            event = m.ModeChanged(1.0, *word[1:]) if word[0] == "mode" else m.FloorChanged(1.0, m.FloorState(word[1]))
            events.put(event)
            window.bridge.drain()
            say("told", window.tray.state)
    window.ear = QSocketNotifier(0, QSocketNotifier.Type.Read, window)
    window.ear.activated.connect(told)

events = SimpleQueue()
options = Options(open_settings=lambda over: say("settings"), made=made)
run_window(events, lambda command: say(type(command).__name__, asdict(command)), options, lambda: say("shown"))
"""


class Host:
    """The desktop's side: the watcher that takes the item, and who draws it and its menu."""

    def __init__(self, address: str) -> None:
        self.line: DBusConnection = open_dbus_connection(address)
        self.line.send_and_get_reply(message_bus.RequestName(WATCHER))
        self.line.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal", interface=ITEM)))
        self.item = ""                               # who has registered one
        self.signals: list[str] = []

    def until_registered(self) -> None:
        while not self.item:
            self._serve(self.line.receive(timeout=PATIENT_S))

    def ask(self, path: str, interface: str, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        """-> what the item answers; who asks us meanwhile is answered."""
        asked = new_method_call(DBusAddress(path, self.item, interface), method, signature or None, body)
        serial = next(self.line.outgoing_serial)
        self.line.send(asked, serial=serial)
        while True:
            got = self.line.receive(timeout=PATIENT_S)
            if got.header.fields.get(HeaderFields.reply_serial) == serial:
                assert got.header.message_type is MessageType.method_return, got.body
                return got.body
            self._serve(got)

    def of_item(self, name: str) -> Any:
        kind, value = self.ask("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", (ITEM, name))[0]
        assert kind
        return value

    def menu(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """-> its entries by their texts: number and properties."""
        _, (_, _, entries) = self.ask(self.of_item("Menu"), MENU, "GetLayout", "iias", (0, -1, []))
        plain = [(number, {key: value for key, (_, value) in more.items()}) for _, (number, more, _) in entries]
        return {more["label"].replace("_", ""): (number, more) for number, more in plain if more.get("label")}

    def choose(self, text: str) -> None:
        self.ask(self.of_item("Menu"), MENU, "Event", "isvu", (self.menu()[text][0], "clicked", ("i", 0), 0))

    def _serve(self, got: Message) -> None:
        fields = got.header.fields
        if got.header.message_type is not MessageType.method_call:
            self.signals.append(fields.get(HeaderFields.member, ""))
            return
        answers: dict[str, tuple[str | None, tuple[Any, ...]]] = {
            "Introspect": ("s", (DESCRIBED,)), "Get": ("v", (("b", True),)),
            "GetAll": ("a{sv}", ({"IsStatusNotifierHostRegistered": ("b", True)},))}  # fmt: skip
        if fields[HeaderFields.member] == "RegisterStatusNotifierItem":
            self.item = fields[HeaderFields.sender]
        self.line.send(new_method_return(got, *answers.get(fields[HeaderFields.member], (None, ()))))


class Run:
    """The program, and what it says."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=env, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE)  # fmt: skip

    def next(self) -> list[Any]:
        assert self.process.stdout is not None
        return list(json.loads(self.process.stdout.readline()))

    def tell(self, *words: Any) -> list[Any]:
        """-> its answer."""
        assert self.process.stdin is not None
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return self.next()

    def end(self) -> None:
        soundserver.end(self.process)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Host, Run]]:
    with portal.bus(tmp_path) as address, screen.virtual("800x900") as display:
        host = Host(address)
        env = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "DBUS_SESSION_BUS_ADDRESS": address,
                            "LANGUAGE": "en", "LC_ALL": "C.UTF-8"}  # fmt: skip
        env.pop("WAYLAND_DISPLAY", None)
        run = Run(env)
        try:
            host.until_registered()
            assert run.next() == ["shown"]
            yield host, run
        finally:
            run.end()
            host.line.close()


@pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")
def test_the_desktop_sees_the_icon_its_state_and_its_menu(desk):
    host, run = desk
    assert (host.of_item("Category"), host.of_item("Status")) == ("ApplicationStatus", "Active")
    before = host.of_item("IconPixmap")
    assert all(len(pixels) == 4 * wide * high for wide, high, pixels in before)
    assert any(any(pixels) for _, _, pixels in before)
    assert host.of_item("ToolTip")[2].startswith("Parley: Starting")
    assert run.tell("floor", "talking") == ["told", "talking"]
    talking = host.of_item("IconPixmap")
    assert talking != before
    assert host.of_item("ToolTip")[2].startswith("Parley: Talking")
    assert {"NewIcon", "NewToolTip"} <= set(host.signals)
    assert run.tell("mode", True, True) == ["told", "talking"]
    assert host.of_item("IconPixmap") not in (before, talking)           # struck through
    menu = host.menu()
    assert list(menu) == ["Show or hide the window", "Mute", "Push to talk", "Stop talking", "Settings…", "Quit"]
    assert [menu[text][1]["toggle-state"] for text in ("Mute", "Push to talk")] == [1, 1]


@pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")
def test_what_is_chosen_there_is_done(desk):
    host, run = desk
    for text, asks in (("Mute", ["Mute", {"on": True}]), ("Push to talk", ["SetMode", {"push": True}]),
                       ("Stop talking", ["Stop", {}]), ("Settings…", ["settings"])):
        host.choose(text)
        assert run.next() == asks
    assert run.tell("look") == ["visible", True]
    host.choose("Show or hide the window")
    assert run.tell("look") == ["visible", False]
    host.ask("/StatusNotifierItem", ITEM, "Activate", "ii", (0, 0))      # a click
    assert run.tell("look") == ["visible", True]
    host.ask("/StatusNotifierItem", ITEM, "SecondaryActivate", "ii", (0, 0))
    assert run.next()[0] == "Mute"                                       # the middle button
    host.choose("Quit")
    assert run.process.wait(PATIENT_S) == 0
