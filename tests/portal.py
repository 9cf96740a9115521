"""A private session bus, and on it a portal for shortcuts that does what the test wants. Run as a program: the portal.

    with bus(folder) as address, Portal(address, "v2") as portal:
        ...start the program under test with DBUS_SESSION_BUS_ADDRESS=address...
        portal.next()            # -> ["Register", "org.parley.Parley"], the next thing that it was asked
        portal.do("press")       # press, release, change KEY, revoke

The portal is a process of its own and speaks to the bus through jeepney's blocking connection.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import soundserver

CONFIG = """<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"""
LACKING = soundserver.lacking("dbus-daemon") if sys.platform == "linux" else "D-Bus is Linux's"
NAME, ROOT = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
UNKNOWN = "org.freedesktop.DBus.Error.UnknownMethod"


@contextmanager
def bus(folder: Path) -> Iterator[str]:
    """-> the address of a session bus of our own."""
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(path=folder / "bus"), encoding="utf-8")
    daemon = subprocess.Popen(["dbus-daemon", "--nofork", "--print-address", f"--config-file={config}"],
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert daemon.stdout is not None
    try:
        yield daemon.stdout.readline().strip()
    finally:
        soundserver.end(daemon)
        daemon.stdout.close()


class Portal:
    """kind: "v1" (as of 2022: knows no names, chooses the requests' paths itself), "v2" (answers before the call has
    returned), "refuses" (the user), "nameless" (wants a name, and knows ours not), "keyless",
    "other" (has no shortcuts)."""

    def __init__(self, address: str, kind: str) -> None:
        self.process = subprocess.Popen([sys.executable, __file__, address, kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)  # fmt: skip
        assert self.next() == ["there"]

    def __enter__(self) -> "Portal":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        soundserver.end(self.process)
        self.process.stdin.close()
        self.process.stdout.close()

    def next(self) -> list[Any]:
        assert self.process.stdout is not None
        return list(json.loads(self.process.stdout.readline()))

    def do(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")


class Service:
    """The portal itself."""

    def __init__(self, address: str, kind: str) -> None:
        from jeepney import message_bus
        from jeepney.io.blocking import open_dbus_connection

        self.kind, self.session, self.client = kind, "", ""
        self.line = open_dbus_connection(address)
        self.line.send_and_get_reply(message_bus.RequestName(NAME))
        say("there")

    def serve(self) -> None:
        from jeepney import HeaderFields, MessageType

        while True:
            message = self.line.receive()
            if message.header.message_type is MessageType.method_call:
                fields = message.header.fields
                self.client = fields[HeaderFields.sender]
                getattr(self, fields[HeaderFields.member])(message, fields[HeaderFields.path], *message.body)

    # -- methods ------------------------------------------------------------------------------------
    def Register(self, message: Any, path: str, name: str, options: Any) -> None:
        say("Register", name)
        if self.kind == "v1":
            self.fail(message, UNKNOWN, "no such interface")
        elif self.kind == "nameless":
            self.fail(message, "org.freedesktop.portal.Error.Failed", "App info not found for 'org.parley.Parley'")
        else:
            self.answer(message)

    def CreateSession(self, message: Any, path: str, options: Any) -> None:
        say("CreateSession")
        if self.kind == "other":
            self.fail(message, UNKNOWN, "no such interface")
        elif self.kind == "nameless":
            self.fail(message, "org.freedesktop.portal.Error.NotAllowed", "An app id is required")
        else:
            self.session = self.own("session", options["session_handle_token"][1])
            self.request(message, options, 0, {"session_handle": ("s", self.session)})

    def BindShortcuts(self, message: Any, path: str, session: str, wishes: Any, parent: str, options: Any) -> None:
        (name, wish), = wishes
        say("BindShortcuts", name, wish["preferred_trigger"][1], session == self.session)
        refused = self.kind == "refuses"
        self.request(message, options, int(refused), {} if refused else {"shortcuts": self.bound(
            "" if self.kind == "keyless" else "Press <Control>F12")})

    def Close(self, message: Any, path: str) -> None:
        say("Close", "session" if path == self.session else path)

    # -- what it says ---------------------------------------------------------------------------------
    @staticmethod
    def bound(key: str) -> Any:
        return "a(sa{sv})", [("talk", {"description": ("s", "Talk"), "trigger_description": ("s", key)})]

    def own(self, what: str, token: str) -> str:
        return f"{ROOT}/{what}/{self.client[1:].replace('.', '_')}/{token}"

    def request(self, message: Any, options: Any, code: int, results: Any) -> None:
        path = self.own("request", options["handle_token"][1]) + ("_of_my_own" if self.kind == "v1" else "")
        response = (path, "org.freedesktop.portal.Request", "Response", "ua{sv}", (code, results))
        if self.kind == "v2":
            self.signal(*response)
        self.answer(message, "o", (path,))
        if self.kind != "v2":
            self.signal(*response)

    def answer(self, message: Any, signature: str = "", body: Any = ()) -> None:
        from jeepney import new_method_return

        self.line.send(new_method_return(message, signature or None, body))

    def fail(self, message: Any, name: str, text: str) -> None:
        from jeepney import new_error

        self.line.send(new_error(message, name, "s", (text,)))

    def signal(self, path: str, interface: str, member: str, signature: str, body: Any) -> None:
        from jeepney import DBusAddress, HeaderFields, new_signal

        made = new_signal(DBusAddress(path, interface=interface), member, signature, body)
        made.header.fields[HeaderFields.destination] = self.client
        self.line.send(made)

    def told(self) -> None:
        """What the test wants of it, on a thread of its own."""
        for line in sys.stdin:
            what, _, rest = line.strip().partition(" ")
            if what in ("press", "release"):
                self.signal(ROOT, SHORTCUTS, "Activated" if what == "press" else "Deactivated", "osta{sv}",
                            (self.session, "talk", 1, {}))
            elif what == "change":
                self.signal(ROOT, SHORTCUTS, "ShortcutsChanged", "oa(sa{sv})", (self.session, self.bound(rest)[1]))
            elif what == "revoke":
                self.signal(self.session, "org.freedesktop.portal.Session", "Closed", "", ())


def say(*words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    service = Service(*sys.argv[1:])
    threading.Thread(target=service.told, daemon=True).start()
    service.serve()
