"""The system's default devices: asked of libraries that answer by the systems' headers, and followed by a stream."""

import ctypes
import struct
from ctypes import POINTER, c_int, c_int32, c_uint32, c_void_p
from pathlib import Path
from typing import Any

import pytest
import soundserver
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENT_S
from soundserver import Pulse, until

from audio_io.device import hot_plug
from audio_io.device import sound_process as streamer
from audio_io.device.hot_plug import SteadyDevice
from audio_io.device.portaudio import DeviceChoice
from audio_io.device.sound_process import Default
from audio_io.device.system_default import METHOD, Mac, Windows
from audio_io.notices import line

NO_PULSE = soundserver.lacking("pulseaudio", "pactl")
FAILED = -2147023728                                     # E_NOTFOUND: there is no such device
CLASS, INTERFACE = (                                     # MMDeviceEnumerator, IMMDeviceEnumerator: a GUID in memory
    struct.pack("<LHH8B", 0xBCDE0395, 0xE52F, 0x467C, 0x8E, 0x3D, 0xC4, 0x57, 0x92, 0x91, 0x69, 0x2E),
    struct.pack("<LHH8B", 0xA95664D2, 0x9614, 0x4F35, 0xA7, 0x46, 0xDE, 0x8D, 0xB6, 0x36, 0x17, 0xE6),
)


# -- macOS ---------------------------------------------------------------------------------------------------------
class CoreAudio:
    """AudioObjectGetPropertyData as AudioHardware.h has it, called through C. defaults: by selector."""

    def __init__(self, defaults: dict[bytes, int]) -> None:
        def answer(thing: int, address: Any, n: int, qualifier: Any, size: Any, value: Any) -> int:
            asked = address[0]
            assert (thing, asked.scope.to_bytes(4, "big"), asked.element, n, size[0]) == (1, b"glob", 0, 0, 4)
            device = defaults.get(asked.selector.to_bytes(4, "big"))
            if device is None:
                return int.from_bytes(b"!obj", "big")
            value[0] = device
            return 0

        kind = ctypes.CFUNCTYPE(c_int32, c_uint32, POINTER(Asked), c_uint32, c_void_p, *2 * (POINTER(c_uint32),))
        self.kept = kind(answer)
        self.AudioObjectGetPropertyData = ctypes.CFUNCTYPE(c_int32)(ctypes.cast(self.kept, c_void_p).value)


class Asked(ctypes.Structure):
    _fields_ = [("selector", c_uint32), ("scope", c_uint32), ("element", c_uint32)]


def test_macos_is_asked_by_the_headers():
    defaults = {b"dIn ": 71, b"dOut": 4_000_000_001}
    asks = Mac(CoreAudio(defaults))
    assert asks() == ("71", "4000000001")
    defaults[b"dOut"] = 83
    assert asks() == ("71", "83")
    del defaults[b"dIn "]
    assert asks() == ("", "83")
    defaults[b"dOut"] = 0                                # kAudioObjectUnknown
    assert asks() == ("", "")


# -- Windows -------------------------------------------------------------------------------------------------------
class Com:
    """ole32 with a list of devices, as objects with vtables in memory, in the order of mmdeviceapi.h.

    held: how many references to devices and texts are not given back.
    """

    def __init__(self, defaults: dict[int, str], there: bool = True) -> None:
        self.defaults, self.there, self.held, self.texts, self.kept = defaults, there, 0, {}, []
        self.devices: dict[int, c_void_p] = {}
        self.list = self.object({4: (METHOD(c_int32, c_void_p, c_int, c_int, POINTER(c_void_p)), self.default)}, 9)
        self.CoInitializeEx = lambda reserved, how: 1
        self.CoCreateInstance = Function(self.create)
        self.CoTaskMemFree = Function(self.free)

    def object(self, methods: dict[int, tuple[Any, Any]], n: int) -> c_void_p:
        """-> a pointer to a pointer to n methods; those that are not given end the test."""
        def never(this: int) -> int:
            raise AssertionError("a method that is not asked for")

        made = [kind(run) for kind, run in
                (methods.get(place, (METHOD(c_int32, c_void_p), never)) for place in range(n))]  # fmt: skip
        table = (c_void_p * n)(*(ctypes.cast(one, c_void_p).value for one in made))
        thing = (c_void_p * 1)(ctypes.addressof(table))
        self.kept += [made, table, thing]
        return c_void_p(ctypes.addressof(thing))

    def create(self, which: bytes, outer: None, context: int, interface: bytes, to: Any) -> int:
        assert (which, interface) == (CLASS, INTERFACE)
        if self.there:
            to._obj.value = self.list.value
        return 0 if self.there else FAILED

    def default(self, this: int, flow: int, role: int, to: Any) -> int:
        assert (this, role) == (self.list.value, 1)
        if flow not in self.defaults:
            return FAILED
        if flow not in self.devices:
            self.devices[flow] = self.object({
                2: (METHOD(c_uint32, c_void_p), lambda this: self.count(-1)),
                5: (METHOD(c_int32, c_void_p, POINTER(c_void_p)), lambda this, to: self.id(flow, to)),
            }, 7)
        self.count(+1)
        to[0] = self.devices[flow].value
        return 0

    def id(self, flow: int, to: Any) -> int:
        text = ctypes.create_unicode_buffer(self.defaults[flow])
        self.texts[ctypes.addressof(text)] = text
        to[0] = ctypes.addressof(text)
        return 0

    def free(self, text: c_void_p) -> None:
        del self.texts[text.value]

    def count(self, by: int) -> int:
        self.held += by
        return self.held


class Function:
    """A library's function whose types are told, as ctypes wants it."""

    restype = argtypes = None

    def __init__(self, run: Any) -> None:
        self.run = run

    def __call__(self, *arguments: Any) -> Any:
        return self.run(*arguments)


def test_windows_is_asked_by_the_headers_and_everything_is_given_back():
    com = Com({0: "{0.0.0.00000000}.{speakers}", 1: "{0.0.1.00000000}.{микрофон}"})
    asks = Windows(com)
    assert asks() == ("{0.0.1.00000000}.{микрофон}", "{0.0.0.00000000}.{speakers}")
    com.defaults[0] = "{headphones}"
    assert asks()[1] == "{headphones}"
    del com.defaults[1]
    assert asks() == ("", "{headphones}")
    assert (com.held, com.texts) == (0, {})


def test_windows_without_a_list_of_devices_is_not_followed():
    with pytest.raises(OSError, match="lists no sound devices"):
        Windows(Com({}, there=False))


# -- when it is followed -------------------------------------------------------------------------------------------
names = st.sampled_from(["", "a", "b", "c"])
ids = st.tuples(names, names)


@given(ids, st.lists(ids, max_size=6), st.booleans(), st.booleans())
def test_only_what_was_left_to_the_system_is_followed_and_only_to_a_device(first, later, own_input, own_output):
    now = [0.0]
    answers = iter([first, *later])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streamer.time, "monotonic", lambda: now[0])
        watched = Default(DeviceChoice("mine" if own_input else None, "mine" if own_output else "default"),
                          lambda: next(answers))
        for answer in later:
            assert not watched.moved()                   # asked too early: nothing is said, and nobody is asked
            now[0] += streamer.DEFAULT_S
            sides = zip(answer, first, (own_input, own_output), strict=True)
            assert watched.moved() == any(a and a != b for a, b, own in sides if not own)


def test_where_the_sound_server_moves_streams_nobody_is_asked():
    assert not Default(DeviceChoice(), None).moved()


@pytest.mark.device
@pytest.mark.realtime
@pytest.mark.skipif(bool(NO_PULSE), reason=NO_PULSE or "-")
def test_a_stream_is_opened_anew_when_the_system_has_another_default(tmp_path, monkeypatch):
    """As on Windows and macOS, with a sound server that would have kept it where it is."""
    said, lines = tmp_path / "said", []
    said.write_text("microphone\nspeaker\n")
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setenv("PARLEY_TEST_DEFAULT", str(said))
    monkeypatch.setattr(hot_plug, "WORKER", ("said_default", "the sound process"))
    with Pulse(tmp_path) as server, server.quiet_room():
        soundserver.wear(server.env, monkeypatch)
        device = SteadyDevice(say=lambda what: lines.append(line(what)))
        device.start(strict=True)
        try:
            until(lambda: device.blocks > 20, PATIENT_S, "the stream")
            before, route = device.mic, device.route
            said.write_text("microphone\ndesk\n")
            until(lambda: device.route > route, PATIENT_S, "the new stream")
            at = device.blocks
            until(lambda: device.blocks > at + 20, PATIENT_S, "its blocks")
            assert (device.route, device.gaps, device.mic) == (route + 1, 1, before)
            assert device.alive() is None
        finally:
            device.stop()
    assert [line for line in lines if "zeros" not in line and "heard again" not in line] == [
        "The system's default device has changed: sound goes through default, ALSA now."]
