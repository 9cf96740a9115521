"""Push-to-talk from anywhere under Wayland: the desktop's portal `org.freedesktop.portal.GlobalShortcuts`, 1 and 2.

    Register                       who asks, for portals that cannot see it (xdg-desktop-portal 1.20 and newer)
    CreateSession, BindShortcuts   each answers with a request; its signal Response has the result. The desktop may ask
                                   the user, and may bind another key than the one we would like
    Activated, Deactivated         the key goes down, comes up
    Session.Close                  the key is no longer wanted; the connection ends with it, since one connection
                                   can say who it is only once

Nothing waits: while no answer has come, the state is "asked".
"""

import secrets
from collections.abc import Mapping
from typing import Any

from jeepney import DBusAddress

from app.fact import Fact
from app.hotkey.bus import Body, Bus, address_of

DESKTOP, ROOT = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
APP, SHORTCUT = "org.parley.Parley", "talk"
LIST = "a(sa{sv})"
Options = dict[str, tuple[str, Any]]      # name -> signature and value
# what a bus or a portal answers that does not know what is asked
UNKNOWN = {f"org.freedesktop.DBus.Error.{name}" for name in (
    "ServiceUnknown", "NameHasNoOwner", "UnknownMethod", "UnknownInterface", "UnknownObject")}  # fmt: skip


def _at(interface: str, path: str = ROOT) -> DBusAddress:
    return DBusAddress(path, DESKTOP, f"org.freedesktop.{interface}")


SHORTCUTS, REGISTRY = _at("portal.GlobalShortcuts"), _at("host.portal.Registry")


class PortalKey:
    """`told(state, detail)` on the UI thread, whenever the state is another one:

    asked       the desktop has not answered; the user may be looking at its dialog
    bound       detail: the key, as the desktop writes it
    keyless     the desktop knows the shortcut, but the user has to give it a key
    refused     by the user, or by the portal; detail: "" or what it says
    lacking     no bus, no portal, or one without shortcuts; detail: "" or what the bus says
    gone        the portal or the bus has ended; when the portal is there again, it is asked again
    """

    def __init__(self, environ: Mapping[str, str], trigger: str, does: str, pressed: "Fact[bool]") -> None:
        """trigger: the key we would like, as the portal writes it; does: what it does, for the desktop's dialog."""
        self.address, self.trigger, self.does, self.pressed = address_of(environ), trigger, does, pressed
        self.told = Fact[str, str]()
        self.state = ""
        self._bus: Bus | None = None
        self._down = False
        self._forget()

    def take(self) -> bool:
        """-> True; what comes of it is told."""
        self.free()
        self._tell("asked")
        try:
            self._bus = Bus(self.address)
        except OSError as error:
            self._tell("lacking", error.strerror or str(error))
            return True
        self._bus.ready.connect(self._begin)
        self._bus.lost.connect(lambda why: self._end("gone", why))
        self._bus.signalled.connect(self._signal)
        return True

    def free(self) -> None:
        if self._bus is not None:
            for interface, path in (("portal.Request", self._request), ("portal.Session", self._session)):
                if path:
                    self._bus.call(_at(interface, path), "Close", "", ())
            self._bus.close()
            self._bus = None
        self._forget()
        self._press(False)
        self.state = ""

    def close(self) -> None:
        self.free()

    # -- one step after the other -------------------------------------------------------------------
    def _forget(self) -> None:
        self._session = self._request = self._sender = self._no_name = ""

    def _begin(self, name: str) -> None:
        self._sender = name.removeprefix(":").replace(".", "_")
        if self._bus is not None:
            self._bus.hear(DESKTOP, path_namespace=ROOT)
            self._bus.hear("org.freedesktop.DBus", member="NameOwnerChanged", arg0=DESKTOP)
            self._bus.call(REGISTRY, "Register", "sa{sv}", (APP, {}), self._registered)

    def _registered(self, body: Body, error: str) -> None:
        if error and error not in UNKNOWN:
            self._no_name = _text(body, error)       # a sandbox, or no menu entry: it may do without
        token = _token()
        self._session = f"{ROOT}/session/{self._sender}/{token}"
        self._ask("CreateSession", "a{sv}", (), {"session_handle_token": ("s", token)})

    def _bind(self) -> None:
        wish = (SHORTCUT, {"description": ("s", self.does), "preferred_trigger": ("s", self.trigger)})
        self._ask("BindShortcuts", f"o{LIST}sa{{sv}}", (self._session, [wish], ""), {})

    def _ask(self, method: str, signature: str, body: Body, options: Options) -> None:
        """A call that is answered by the request's signal, which may come before the call returns."""
        token = _token()
        self._request = f"{ROOT}/request/{self._sender}/{token}"
        if self._bus is not None:
            self._bus.call(SHORTCUTS, method, signature, (*body, {"handle_token": ("s", token), **options}),
                           lambda answer, error: self._asked(token, answer, error))

    def _asked(self, token: str, body: Body, error: str) -> None:
        if error:
            self._request = ""
        if error in UNKNOWN:
            self._session = ""
            self._end("lacking", "")
        elif error:
            self._end("refused", " ".join(filter(None, (_text(body, error), self._no_name))))
        elif self._request.endswith(token):
            self._request = body[0]                  # portals before 0.9 choose a path of their own

    def _responded(self, code: int, results: Options) -> None:
        self._request = ""
        if code != 0:
            self._end("refused", "")
        elif "session_handle" in results:
            self._session = results["session_handle"][1]
            self._bind()
        else:
            self._bound(results.get("shortcuts", (LIST, []))[1])

    def _bound(self, shortcuts: list[tuple[str, Options]]) -> None:
        ours = dict(shortcuts).get(SHORTCUT)
        if ours is None:
            self._end("refused", "")
        else:
            key = ours.get("trigger_description", ("s", ""))[1]
            self._tell("bound" if key else "keyless", key)

    # -- what the portal says by itself ------------------------------------------------------------
    def _signal(self, path: str, member: str, body: Body) -> None:
        if member == "org.freedesktop.DBus.NameOwnerChanged":
            self._owner(body[2])
        elif member == "org.freedesktop.portal.Request.Response" and path == self._request:
            self._responded(*body)
        elif member == "org.freedesktop.portal.Session.Closed" and path == self._session:
            self._end("refused", "")
        elif path == ROOT and member.startswith(SHORTCUTS.interface) and body[0] == self._session:
            if member.endswith(".ShortcutsChanged"):
                self._bound(body[1])
            elif body[1] == SHORTCUT:
                self._press(member.endswith(".Activated"))

    def _owner(self, new: str) -> None:
        if self.state == "gone" and new:
            self.take()
        elif self.state not in ("gone", "lacking") and not new:
            self._request = self._session = ""
            self._press(False)
            self._tell("gone")

    def _end(self, state: str, detail: str) -> None:
        """The desktop's last word: the connection is closed."""
        self.free()
        self._tell(state, detail)

    def _press(self, down: bool) -> None:
        if down != self._down:
            self._down = down
            self.pressed.emit(down)

    def _tell(self, state: str, detail: str = "") -> None:
        self.state = state
        self.told.emit(state, detail)


def _token() -> str:
    """-> a name that nobody else can know."""
    return f"parley_{secrets.token_hex(8)}"


def _text(body: Body, error: str) -> str:
    """-> what the portal says of its error, in one line."""
    said = str(body[0]).strip() if body else ""
    return " ".join((said or error).split())
