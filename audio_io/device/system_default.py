"""Which microphone and loudspeaker are the system's default now, asked of the system itself.

PortAudio reads that once, when it starts, and keeps a stream where it was opened. PulseAudio and PipeWire take a
stream along by themselves; on Windows and macOS it has to be opened anew: the sound process asks here when.
Written by the systems' headers (mmdeviceapi.h, AudioHardware.h); neither has been run.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

Ids = tuple[str, str]            # input, output; "" where there is none
Asks = Callable[[], Ids]

CORE_AUDIO = "/System/Library/Frameworks/CoreAudio.framework/CoreAudio"
THE_SYSTEM, MASTER = 1, 0                                # kAudioObjectSystemObject, ...ElementMain
ANYWHERE, INPUT, OUTPUT = 0x676C6F62, 0x64496E20, 0x644F7574     # 'glob', 'dIn ', 'dOut'

ENUMERATOR = UUID("bcde0395-e52f-467c-8e3d-c4579291692e")        # CLSID_MMDeviceEnumerator
I_ENUMERATOR = UUID("a95664d2-9614-4f35-a746-de8db63617e6")      # IID_IMMDeviceEnumerator
ANY_CONTEXT = 23                                         # CLSCTX_ALL
RENDER, CAPTURE, MULTIMEDIA = 0, 1, 1                    # EDataFlow, ERole: the role whose default PortAudio opens
RELEASE, DEFAULT_ENDPOINT, GET_ID = 2, 4, 5              # places in the vtables of IUnknown, the enumerator, a device

here, u32, result = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32
METHOD = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)        # the same thing everywhere but on 32-bit Windows


def asker() -> Asks | None:
    """-> asks for the two defaults; None where the sound server moves streams itself, or the system has no answer.

    The first call belongs after PortAudio's start, which prepares the system's library for this process.
    """
    try:
        if sys.platform == "win32":
            return Windows(ctypes.WinDLL("ole32"))
        if sys.platform == "darwin":
            return Mac(ctypes.CDLL(CORE_AUDIO))
    except OSError:
        pass
    return None


class Address(ctypes.Structure):
    """AudioObjectPropertyAddress"""

    _fields_ = [("selector", u32), ("scope", u32), ("element", u32)]


class Mac:
    """core_audio: the framework's library."""

    def __init__(self, core_audio: Any) -> None:
        self.get = core_audio.AudioObjectGetPropertyData
        self.get.restype = result
        self.get.argtypes = [u32, ctypes.POINTER(Address), u32, here, ctypes.POINTER(u32), here]

    def __call__(self) -> Ids:
        return self._id(INPUT), self._id(OUTPUT)

    def _id(self, selector: int) -> str:
        device, size = u32(), u32(ctypes.sizeof(u32))
        address = Address(selector, ANYWHERE, MASTER)
        failed = self.get(THE_SYSTEM, ctypes.byref(address), 0, None, ctypes.byref(size), ctypes.byref(device))
        return "" if failed or not device.value else str(device.value)


class Windows:
    """ole32: the library. It is used on the thread that makes this, alone."""

    def __init__(self, ole32: Any) -> None:
        """Raises OSError where there is no list of devices."""
        self.free = ole32.CoTaskMemFree
        self.free.restype, self.free.argtypes = None, [here]
        # that PortAudio has done the same on this thread, in either way, is no fault: what comes back is not looked at
        ole32.CoInitializeEx(None, 0)
        create = ole32.CoCreateInstance
        create.restype, create.argtypes = result, [here, here, u32, here, ctypes.POINTER(here)]
        self.list = here()
        if create(ENUMERATOR.bytes_le, None, ANY_CONTEXT, I_ENUMERATOR.bytes_le, ctypes.byref(self.list)):
            raise OSError("Windows lists no sound devices")

    def __call__(self) -> Ids:
        return self._id(CAPTURE), self._id(RENDER)

    def _id(self, flow: int) -> str:
        device, text = here(), here()
        default = method(self.list, DEFAULT_ENDPOINT, ctypes.c_int, ctypes.c_int, ctypes.POINTER(here))
        if default(self.list, flow, MULTIMEDIA, ctypes.byref(device)):
            return ""
        try:
            if method(device, GET_ID, ctypes.POINTER(here))(device, ctypes.byref(text)) or not text.value:
                return ""
            try:
                return ctypes.wstring_at(text.value)
            finally:
                self.free(text)
        finally:
            method(device, RELEASE)(device)


def method(thing: ctypes.c_void_p, place: int, *kinds: Any) -> Any:
    """-> the COM object's function at this place of its vtable; it takes the object, then arguments of these kinds."""
    assert thing.value is not None
    table = ctypes.cast(thing.value, ctypes.POINTER(here))[0]
    return METHOD(result, here, *kinds)(ctypes.cast(table, ctypes.POINTER(here))[place])
