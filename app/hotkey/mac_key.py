"""Push-to-talk from anywhere on macOS: Carbon's hot keys, which need no permission. Written by the headers, not run.

Carbon tells of the press and of the release, on the main thread, from the event loop that Qt runs as well. A letter or
a digit is a place on the keyboard (`app.hotkey.key_codes`): with a layout other than the US one, what is there.
"""

import ctypes
from collections.abc import Callable

from app.fact import Fact

CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"
KEYBOARD, PRESSED, RELEASED = 0x6B657962, 5, 6           # 'keyb', kEventHotKeyPressed, kEventHotKeyReleased
OURS = 0x5061726C                                        # 'Parl'
DONE, NOT_HANDLED = 0, -9874                             # noErr, eventNotHandledErr


class Kind(ctypes.Structure):
    """EventTypeSpec"""

    _fields_ = [("group", ctypes.c_uint32), ("kind", ctypes.c_uint32)]


class Name(ctypes.Structure):
    """EventHotKeyID"""

    _fields_ = [("signature", ctypes.c_uint32), ("id", ctypes.c_uint32)]


here, u32, status = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32
HANDLER = ctypes.CFUNCTYPE(status, here, here, here)     # (the next handler, the event, our data)


def load() -> ctypes.CDLL:
    """-> Carbon with the types of what is used. Raises OSError."""
    carbon = ctypes.CDLL(CARBON)
    for name, result, arguments in (
            ("GetApplicationEventTarget", here, []), ("GetEventKind", u32, [here]),
            ("InstallEventHandler", status, [here, HANDLER, ctypes.c_ulong, ctypes.POINTER(Kind), here,
                                             ctypes.POINTER(here)]),
            ("RemoveEventHandler", status, [here]),
            ("RegisterEventHotKey", status, [u32, u32, Name, here, u32, ctypes.POINTER(here)]),
            ("UnregisterEventHotKey", status, [here])):
        function = getattr(carbon, name)
        function.restype, function.argtypes = result, arguments
    return carbon


class MacKey:
    """key, modifiers: Carbon's. carbon: as `load` makes it. One at a time: the events of every hot key are its own."""

    def __init__(self, key: int, modifiers: int, pressed: "Fact[bool]", carbon: ctypes.CDLL) -> None:
        self.key, self.modifiers, self.pressed, self.carbon = key, modifiers, pressed, carbon
        self.handler, self.hot_key = here(), here()
        self.called = HANDLER(self._event)               # Carbon keeps no reference; it has to live as long as this

    def take(self) -> bool:
        """-> whether the system gives it."""
        target = self.carbon.GetApplicationEventTarget()
        kinds = (Kind * 2)(Kind(KEYBOARD, PRESSED), Kind(KEYBOARD, RELEASED))
        if self.carbon.InstallEventHandler(target, self.called, 2, kinds, None, ctypes.byref(self.handler)) != DONE:
            return False
        if self.carbon.RegisterEventHotKey(self.key, self.modifiers, Name(OURS, 1), target, 0,
                                           ctypes.byref(self.hot_key)) != DONE:
            self._let_go(self.carbon.RemoveEventHandler, self.handler)
            return False
        return True

    def free(self) -> None:
        self._let_go(self.carbon.UnregisterEventHotKey, self.hot_key)
        self._let_go(self.carbon.RemoveEventHandler, self.handler)

    def close(self) -> None:
        self.free()

    @staticmethod
    def _let_go(ending: Callable[[ctypes.c_void_p], object], held: ctypes.c_void_p) -> None:
        if held.value:
            ending(held)
            held.value = None

    def _event(self, following: int, event: int, data: int) -> int:
        kind = self.carbon.GetEventKind(event)
        if kind not in (PRESSED, RELEASED):
            return NOT_HANDLED
        self.pressed.emit(kind == PRESSED)
        return DONE
