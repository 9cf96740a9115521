"""A key that works while another program has the keyboard: push-to-talk from anywhere.

    X11       the key is grabbed at the root window, over a connection of our own (libxcb, which Qt needs anyway);
              its events arrive at a socket that the event loop watches: no thread, no timer
    Windows   RegisterHotKey tells of the press; the release is looked for while it is held (not run so far)
    Wayland   programs may not: the compositor offers it through a portal that Parley does not speak yet
    macOS     programs may not without the permission "Input Monitoring": not supported yet

No library is needed beyond what the system and Qt have. The key is only taken while it is wanted.
"""

import ctypes
import sys
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import (
    QAbstractNativeEventFilter,
    QCoreApplication,
    QKeyCombination,
    QObject,
    QSocketNotifier,
    Qt,
    QTimer,
)
from PySide6.QtGui import QKeySequence

from app.fact import Fact

KEY_PRESS, KEY_RELEASE = 2, 3
LOCKS = (0, 2, 16, 18)           # Caps Lock and Num Lock do not matter
MODIFIERS = ((Qt.KeyboardModifier.ShiftModifier, 1, 4), (Qt.KeyboardModifier.ControlModifier, 4, 2),
             (Qt.KeyboardModifier.AltModifier, 8, 1), (Qt.KeyboardModifier.MetaModifier, 64, 8))   # Qt, X11, Windows
# Qt's key -> X11's keysym, Windows' virtual key; letters and digits are the same everywhere
SPECIAL = {Qt.Key.Key_Space: (0x20, 0x20), Qt.Key.Key_Pause: (0xFF13, 0x13), Qt.Key.Key_ScrollLock: (0xFF14, 0x91),
           Qt.Key.Key_Insert: (0xFF63, 0x2D), Qt.Key.Key_Home: (0xFF50, 0x24), Qt.Key.Key_End: (0xFF57, 0x23),
           Qt.Key.Key_PageUp: (0xFF55, 0x21), Qt.Key.Key_PageDown: (0xFF56, 0x22)}
HOTKEY_MESSAGE = 0x0312
LOOK_MS = 30


def _read(keys: str) -> QKeyCombination | None:
    sequence: Any = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence[0] if sequence.count() == 1 and sequence[0].key() != Qt.Key.Key_unknown else None


def _codes(key: Qt.Key) -> tuple[int, int] | None:
    """-> (keysym, virtual key), or None for a key that cannot be taken."""
    if Qt.Key.Key_F1 <= key <= Qt.Key.Key_F24:
        return 0xFFBE + key - Qt.Key.Key_F1, 0x70 + key - Qt.Key.Key_F1
    if Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        return int(key) + 32, int(key)
    if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
        return int(key), int(key)
    return SPECIAL.get(key)


class FarKey(QObject):
    """`pressed(down)`: the key went down or came up, auto-repeat included. why: "" or why there is none.

    keys: as Qt writes them, "Ctrl+Alt+Space" or "F9"; "" for none. environ: the process's, read by `app.settings`.
    """

    def __init__(self, keys: str, environ: Mapping[str, str], qt_platform: str, system: str = sys.platform) -> None:
        super().__init__()
        self.pressed = Fact[bool]()
        self.keys, self._taken = keys, False
        self._backend: Any = None
        self.why = self._prepare(environ, qt_platform, system) if keys else ""

    @property
    def works(self) -> bool:
        return bool(self.keys) and not self.why

    def about(self) -> str:
        """-> one sentence for the user: which key, or why there is none."""
        if self.works:
            return self.tr("Held anywhere: {keys} talks (in push-to-talk mode).").format(keys=self.keys)
        return self.why or self.tr("No key for talking from other programs is chosen (window.hotkey).")

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
        self.take(False)
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _prepare(self, environ: Mapping[str, str], qt_platform: str, system: str) -> str:
        combination = _read(self.keys)
        codes = _codes(combination.key()) if combination else None
        if combination is None or codes is None:
            return self.tr("{keys} cannot be a key for everywhere; use a letter, a digit, F1 to F24, Space or Pause."
                           ).format(keys=self.keys)
        held = combination.keyboardModifiers()
        if qt_platform == "windows":
            flags = sum(theirs for ours, _, theirs in MODIFIERS if held & ours)
            self._backend = _Windows(codes[1], flags, self.pressed)
            return ""
        not_yet = self.tr("On {system} Parley cannot have a key while another program is in front; use the space bar "
                          "in the window.")
        if system == "darwin":
            return not_yet.format(system="macOS")
        if environ.get("WAYLAND_DISPLAY") or qt_platform.startswith("wayland"):
            return not_yet.format(system="Wayland")
        if qt_platform != "xcb":
            return self.tr("There is no desktop that could give a key to a program in the background.")
        flags = sum(theirs for ours, theirs, _ in MODIFIERS if held & ours)
        try:
            self._backend = _X11(codes[0], flags, self.pressed)
        except OSError as error:
            return self.tr("The X server gives no key: {error}.").format(error=error)
        return ""


class _Cookie(ctypes.Structure):
    _fields_ = [("sequence", ctypes.c_uint)]


class _Roots(ctypes.Structure):
    _fields_ = [("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int),
                ("index", ctypes.c_int)]


def _load() -> tuple[Any, Any]:
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

    def nativeEventFilter(self, kind: Any, message: Any) -> Any:
        words = ctypes.cast(int(message), ctypes.POINTER(ctypes.c_size_t))     # MSG: window, message, ...
        if words[1] & 0xFFFF == HOTKEY_MESSAGE and not self.timer.isActive():
            self.timer.start()
            self.pressed.emit(True)
        return False, 0

    def _look(self) -> None:
        if not self.user32.GetAsyncKeyState(self.key) & 0x8000:
            self.timer.stop()
            self.pressed.emit(False)
