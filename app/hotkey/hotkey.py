"""A key that works while another program has the keyboard: push-to-talk from anywhere.

    X11       the key is grabbed at the root window, over a connection of our own (libxcb, which Qt needs anyway);
              its events arrive at a socket that the event loop watches: no thread, no timer
    Wayland   the desktop is asked through its portal (`app.hotkey.portal_key`): it may ask the user and choose another
    Windows   RegisterHotKey tells of the press; the release is looked for while it is held (not run so far)
    macOS     Carbon's hot keys (`app.hotkey.mac_key`; not run so far)

The key is only taken while it is wanted.
"""

import ctypes
import sys
from collections.abc import Mapping
from typing import Any, Protocol, SupportsInt

from PySide6.QtCore import (
    QAbstractNativeEventFilter,
    QCoreApplication,
    QKeyCombination,
    QObject,
    QSocketNotifier,
    QTimer,
)
from PySide6.QtGui import QKeySequence

from app.fact import Fact
from app.hotkey.key_codes import Codes, Held, codes, held, trigger

KEY_PRESS, KEY_RELEASE = 2, 3
LOCKS = (0, 2, 16, 18)           # Caps Lock and Num Lock do not matter
HOTKEY_MESSAGE = 0x0312
LOOK_MS = 30


def _read(keys: str) -> QKeyCombination | None:
    sequence = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence[0] if sequence.count() == 1 else None  # type: ignore[index]


class Backend(Protocol):
    """One system's way to the key. take: -> whether the system gives it."""

    def take(self) -> bool: ...
    def free(self) -> None: ...
    def close(self) -> None: ...


class FarKey(QObject):
    """`pressed(down)`: the key went down or came up, auto-repeat included. why: "" or why there is none.

    `changed()`: what `works`, `name` or `about` say is another thing now; the desktop may answer late.
    name: the key as the user is told it. environ: the process's, read by `app.settings.settings`.
    """

    def __init__(self, keys: str, environ: Mapping[str, str], qt_platform: str, system: str = sys.platform) -> None:
        """keys: as Qt writes them, "Ctrl+Alt+Space" or "F9"; "" for none."""
        super().__init__()
        self.pressed, self.changed = Fact[bool](), Fact[()]()
        self._environ, self._platform, self._system = environ, qt_platform, system
        self._backend: Backend | None = None
        self.use(keys)

    def use(self, keys: str) -> None:
        """Another key, which is not taken yet."""
        self.close()
        self.keys = self.name = keys
        self._taken = False
        self._maybe = ""                             # what is said while nobody knows whether there will be a key
        self.why = self._prepare() if keys else ""

    @property
    def works(self) -> bool:
        return bool(self.keys) and not self.why and not self._maybe

    def about(self) -> str:
        """-> one sentence for the user: which key, or why there is none."""
        if self.works:
            return self.tr("Held anywhere: {keys} talks (in push-to-talk mode).").format(keys=self.name)
        return self.why or self._maybe or self.tr("No key for talking from other programs is chosen (window.hotkey).")

    def take(self, on: bool) -> None:
        """From now on, or no longer. A key that another program has taken already is told in `why`."""
        if self._backend is None or on == self._taken:
            return
        self._taken = on
        if not on:
            self._backend.free()
        elif not self._backend.take():
            self.why = self.tr("{keys} belongs to another program; choose another key in the settings.").format(
                keys=self.keys)
            self._taken = False

    def close(self) -> None:
        if self._backend is not None:
            self.take(False)
            self._backend.close()
            self._backend = None

    def _prepare(self) -> str:
        """Makes the backend. -> "" or why there is none."""
        combination = _read(self.keys)
        key = codes(combination.key()) if combination else None
        if combination is None or key is None:
            return self.tr("{keys} cannot be a key for everywhere; use a letter, a digit, F1 to F24, Space or Pause."
                           ).format(keys=self.keys)
        with_it = held(combination.keyboardModifiers())
        if self._platform == "windows":
            self._backend = _Windows(key.virtual, sum(one.windows for one in with_it), self.pressed)
            return ""
        if self._system == "darwin":
            return self._prepare_mac(key, with_it)
        if self._environ.get("WAYLAND_DISPLAY") or self._platform.startswith("wayland"):
            return self._prepare_portal(trigger(key, with_it))
        if self._platform != "xcb":
            return self.tr("There is no desktop that could give a key to a program in the background.")
        try:
            self._backend = _X11(key.keysym, sum(one.x11 for one in with_it), self.pressed)
        except OSError as error:
            return self.tr("The X server gives no key: {error}.").format(error=error)
        return ""

    def _prepare_mac(self, key: Codes, with_it: list[Held]) -> str:
        from app.hotkey import mac_key

        if key.mac is None:
            return self.tr("A Mac has no key {keys}; choose another one in the settings.").format(keys=self.keys)
        try:
            carbon = mac_key.load()
        except OSError as error:
            return self.tr("macOS gives no key: {error}.").format(error=error)
        self._backend = mac_key.MacKey(key.mac, sum(one.mac for one in with_it), self.pressed, carbon)
        return ""

    # -- Wayland's portal answers when it likes ------------------------------------------------------
    def _prepare_portal(self, wish: str) -> str:
        from app.hotkey.portal_key import PortalKey  # its library is not there on Windows and macOS

        does = self.tr("Hold to talk to Parley")
        self._backend = portal = PortalKey(self._environ, wish, does, self.pressed)
        portal.told.connect(self._on_portal)
        self._maybe = self.tr("In push-to-talk mode your desktop is asked for {keys} as the key to hold anywhere."
                              ).format(keys=self.keys)
        return ""

    def _on_portal(self, state: str, detail: str) -> None:
        self.why = self._maybe = ""
        if state == "asked":
            self._maybe = self.tr("Your desktop has been asked for {keys} as the key to hold anywhere; it has not "
                                  "answered yet.").format(keys=self.keys)
        elif state == "bound":
            self.name = detail
        elif state == "keyless":
            self.why = self.tr("Your desktop knows “Hold to talk to Parley” but has no key for it; give it one in the "
                               "desktop's settings for shortcuts.")
        elif state == "lacking":
            self.why = self.tr("This desktop offers programs no key for everywhere (portal GlobalShortcuts); use the "
                               "space bar in the window.")
        elif state == "gone":
            self.why = self.tr("The desktop's portal for shortcuts has ended; the key is back when it is.")
        elif detail:
            self.why = self.tr("The desktop gives no key for everywhere: {error}. `parley desktop-file install` may "
                               "help; then choose push to talk again.").format(error=detail.rstrip("."))
        else:
            self.why = self.tr("You or your desktop refused a key for everywhere; choose push to talk again to be "
                               "asked again.")
        self.changed.emit()


class _Cookie(ctypes.Structure):
    _fields_ = [("sequence", ctypes.c_uint)]


class _Roots(ctypes.Structure):
    _fields_ = [("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int),
                ("index", ctypes.c_int)]


def _load() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """-> libxcb and libxcb-keysyms with the types of what is used. Raises OSError."""
    xcb, syms = ctypes.CDLL("libxcb.so.1"), ctypes.CDLL("libxcb-keysyms.so.1")
    here, u32 = ctypes.c_void_p, ctypes.c_uint32
    types: tuple[tuple[Any, Any, list[Any]], ...] = (
        (xcb.xcb_connect, here, [ctypes.c_char_p, here]), (xcb.xcb_get_setup, here, [here]),
        (xcb.xcb_connection_has_error, ctypes.c_int, [here]), (xcb.xcb_setup_roots_iterator, _Roots, [here]),
        (xcb.xcb_get_file_descriptor, ctypes.c_int, [here]), (xcb.xcb_disconnect, None, [here]),
        (xcb.xcb_poll_for_event, here, [here]), (xcb.xcb_flush, ctypes.c_int, [here]),
        (xcb.xcb_request_check, here, [here, _Cookie]),
        (xcb.xcb_grab_key_checked, _Cookie, [here, ctypes.c_uint8, u32, ctypes.c_uint16, *[ctypes.c_uint8] * 3]),
        (xcb.xcb_ungrab_key, _Cookie, [here, ctypes.c_uint8, u32, ctypes.c_uint16]),
        (syms.xcb_key_symbols_alloc, here, [here]), (syms.xcb_key_symbols_free, None, [here]),
        (syms.xcb_key_symbols_get_keycode, ctypes.POINTER(ctypes.c_uint8), [here, u32]),
    )  # fmt: skip
    for function, result, arguments in types:
        function.restype, function.argtypes = result, arguments
    return xcb, syms


class _X11:
    """Raises OSError without an X server, or where its keyboard has no such key."""

    def __init__(self, keysym: int, modifiers: int, pressed: "Fact[bool]") -> None:
        self.xcb, syms = _load()
        self.free_memory = ctypes.CDLL(None).free
        self.free_memory.argtypes = [ctypes.c_void_p]
        self.modifiers, self.pressed = modifiers, pressed
        self.line = self.xcb.xcb_connect(None, None)
        if self.xcb.xcb_connection_has_error(self.line):
            self.xcb.xcb_disconnect(self.line)
            raise OSError("it does not answer")
        self.root = self.xcb.xcb_setup_roots_iterator(self.xcb.xcb_get_setup(self.line)).data[0]
        table = syms.xcb_key_symbols_alloc(self.line)
        found = syms.xcb_key_symbols_get_keycode(table, keysym)
        self.code = int(found[0]) if found else 0
        self.free_memory(ctypes.cast(found, ctypes.c_void_p))
        syms.xcb_key_symbols_free(table)
        if not self.code:
            self.xcb.xcb_disconnect(self.line)
            raise OSError("the keyboard has no such key")
        self.notifier = QSocketNotifier(self.xcb.xcb_get_file_descriptor(self.line), QSocketNotifier.Type.Read)
        self.notifier.activated.connect(lambda *_: self.read())

    def take(self) -> bool:
        cookies = [self.xcb.xcb_grab_key_checked(self.line, 1, self.root, self.modifiers | lock, self.code, 1, 1)
                   for lock in LOCKS]
        refused = [error for cookie in cookies if (error := self.xcb.xcb_request_check(self.line, cookie))]
        for error in refused:
            self.free_memory(error)
        if refused:
            self.free()
        self.read()
        return not refused

    def free(self) -> None:
        for lock in LOCKS:
            self.xcb.xcb_ungrab_key(self.line, self.code, self.root, self.modifiers | lock)
        self.xcb.xcb_flush(self.line)

    def read(self) -> None:
        while event := self.xcb.xcb_poll_for_event(self.line):
            kind, code = ctypes.string_at(event, 2)
            self.free_memory(event)
            if code == self.code and kind & 0x7F in (KEY_PRESS, KEY_RELEASE):
                self.pressed.emit(kind & 0x7F == KEY_PRESS)
        if self.xcb.xcb_connection_has_error(self.line):
            self.notifier.setEnabled(False)          # the server has gone; Qt ends the program for it

    def close(self) -> None:
        self.notifier.setEnabled(False)
        self.xcb.xcb_disconnect(self.line)


class _Windows(QAbstractNativeEventFilter):
    """Windows tells of the press alone; a timer that runs only while the key is held looks for its release."""

    def __init__(self, key: int, modifiers: int, pressed: "Fact[bool]") -> None:
        super().__init__()
        self.key, self.modifiers, self.pressed = key, modifiers, pressed
        self.user32: Any = ctypes.WinDLL("user32")  # type: ignore[attr-defined, unused-ignore]
        self.timer = QTimer()
        self.timer.setInterval(LOOK_MS)
        self.timer.timeout.connect(self._look)

    def take(self) -> bool:
        application = QCoreApplication.instance()
        if application is None or not self.user32.RegisterHotKey(None, 1, self.modifiers | 0x4000, self.key):
            return False
        application.installNativeEventFilter(self)
        return True

    def free(self) -> None:
        self.user32.UnregisterHotKey(None, 1)
        if (application := QCoreApplication.instance()) is not None:
            application.removeNativeEventFilter(self)

    def close(self) -> None:
        self.timer.stop()

    def nativeEventFilter(self, kind: object, message: SupportsInt) -> tuple[bool, int]:
        words = ctypes.cast(int(message), ctypes.POINTER(ctypes.c_size_t))     # MSG: window, message, ...
        if words[1] & 0xFFFF == HOTKEY_MESSAGE and not self.timer.isActive():
            self.timer.start()
            self.pressed.emit(True)
        return False, 0

    def _look(self) -> None:
        if not self.user32.GetAsyncKeyState(self.key) & 0x8000:
            self.timer.stop()
            self.pressed.emit(False)
