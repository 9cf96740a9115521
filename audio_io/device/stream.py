"""One duplex PortAudio stream in this process. The program uses it through `hot_plug.SteadyDevice`.

Microphone and reference are sample-aligned by construction: one callback, one clock. What remains is the constant
delay through converters and room, which the echo canceller learns.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from audio_io.device.portaudio import NO_CHANNELS, NO_RATE, DeviceChoice, in_words, load, pairs, read_table
from audio_io.device.ring import Ring
from audio_io.device.shared_ring import Rings
from audio_io.errors import Trouble
from audio_io.frames import DEVICE_HZ
from audio_io.notices import DeviceCode, Statement, state
from audio_io.worker_messages import Listed

STALL_S = 1.0                    # no callback for so long: the stream is dead
FIRST_S = 3.0                    # ... but a Bluetooth headset takes its time to wake
ASLEEP_S = 1.5                   # nobody has looked for so long: the computer slept, and the stream with it
SILENT_S = 1.0                   # exact zeros for so long: no room is that quiet
SAFE_S = 0.02                    # the least latency asked for: a Python callback may be this late
NARROW_HZ = 24_000               # telephone profiles of Bluetooth run at 8, 16 or 24 kHz


class Vital:
    """Judges from the rings' counters whether a stream lives. `clock` -> seconds; not the conversation's clock:
    a stream that has died delivers no samples to count."""

    def __init__(self, rings: Rings, clock: Callable[[], float] = time.monotonic) -> None:
        self.rings, self.clock = rings, clock
        self.first = self.seen = rings.blocks
        self.since = self.looked = clock()

    def stalled(self) -> Statement | None:
        """-> what is wrong with the stream itself, or None. To be asked several times a second."""
        now = self.clock()
        if self.rings.blocks != self.seen or now - self.looked > ASLEEP_S:
            self.seen, self.since = self.rings.blocks, now
        self.looked = now
        limit = FIRST_S if self.seen == self.first else STALL_S
        return state(DeviceCode.STALLED, s=round(limit)) if now - self.since >= limit else None

    def mute(self) -> Statement | None:
        """-> what is wrong with the microphone alone, or None."""
        return state(DeviceCode.ZEROS) if self.rings.silent_s >= SILENT_S else None


class SoundDevice:
    """`open` finds and opens the devices, `start` lets them run; before `open` hz is only a wish.

    notes: what the user should know about the devices that were opened.
    """

    def __init__(self, choice: DeviceChoice | None = None) -> None:
        self.choice = choice or DeviceChoice()
        self.rings = Rings.local()
        self.stream: Any = None
        self.names = ("", "")                    # input, output
        self.notes: tuple[Statement, ...] = ()
        self.vital = Vital(self.rings)

    @property
    def hz(self) -> int:
        return self.rings.hz

    @property
    def block(self) -> int:
        return self.rings.block

    @property
    def mic(self) -> Ring:
        return self.rings.mic

    @property
    def reference(self) -> Ring:
        return self.rings.reference

    @property
    def speaker(self) -> Ring:
        return self.rings.speaker

    @property
    def trouble(self) -> int:
        return self.rings.trouble

    @property
    def blocks(self) -> int:
        return self.rings.blocks

    def open(self) -> None:
        """Raises WrongUse for a choice that means nothing, NotHere when nothing can be opened."""
        sd = load()
        first: Trouble | None = None
        for given, taken in pairs(self.choice, read_table(sd)):
            try:
                self.stream = _open(sd, given, taken, self.on_raw)
            except sd.PortAudioError as error:
                first = first or in_words(error, (given, taken))
                continue
            self.rings = Rings.local(int(self.stream.samplerate))
            self.names = (given.full_name, taken.full_name)
            self.notes = tuple(_notes(given, self.hz))
            return
        assert first is not None, "pairs() yields or raises"
        raise first

    def start(self, rings: Rings | None = None) -> None:
        """`rings`: of the same rate, to be used instead of the device's own. Raises NotHere."""
        if self.stream is None:
            self.open()
        if rings is not None:
            assert rings.hz == self.hz, (rings.hz, self.hz)
            self.rings = rings
        self.vital = Vital(self.rings)
        sd = load()
        try:
            self.stream.start()
        except sd.PortAudioError as error:
            raise Trouble(f"{self.names[1]}: cannot be started ({error.args[0]})") from error

    def stop(self) -> None:
        """May block for ever if the sound server has died: see shared.py."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def alive(self) -> Statement | None:
        """-> what is wrong, or None."""
        if self.stream is None:
            return state(DeviceCode.NOT_OPEN)
        if not self.stream.active:
            return state(DeviceCode.AMISS, name=self.names[0], trouble=state(DeviceCode.STREAM_ENDED))
        return self.vital.stalled() or self.vital.mute()

    def on_raw(self, indata: Any, outdata: Any, n: int, when: Any, status: Any) -> None:
        """PortAudio's thread. indata, outdata: its own bytes. Most blocks of a day have nothing to play: those pass
        without arrays being made of them, which halves what an idle stream costs (docs/log.md)."""
        if self.rings.pass_quiet(memoryview(indata), outdata, bool(status)):
            return
        given, taken = (np.frombuffer(data, np.float32).reshape(n, -1) for data in (indata, outdata))
        self.on_block(given, taken, n, when, status)

    def on_block(self, indata: np.ndarray, outdata: np.ndarray, n: int, when: Any, status: Any) -> None:
        """PortAudio's thread. indata [n, channels], outdata [n, channels]. No lock, no log, no model, no wait."""
        rings = self.rings
        rings.speaker.pull(outdata[:, 0])
        outdata[:, 1:] = outdata[:, :1]
        rings.reference.push(outdata[:, 0])      # exactly what the room will hear, silence included
        rings.mic.push(indata[:, 0])
        rings.count(bool(status), not indata.any())


def _open(sd: Any, given: Listed, taken: Listed, callback: Callable[..., None]) -> Any:
    """-> a stream at the best rate that both devices run at. Raises the PortAudioError of the first attempt."""
    first: Exception | None = None
    for hz in dict.fromkeys((DEVICE_HZ, taken.hz, given.hz)):
        for inputs in dict.fromkeys((1, given.inputs)):
            try:
                return sd.RawStream(
                    samplerate=hz, blocksize=Rings.local(hz).block, dtype="float32", callback=callback,
                    device=(given.index, taken.index), channels=(inputs, min(2, taken.outputs)),
                    latency=(max(SAFE_S, given.low_in_s), max(SAFE_S, taken.low_out_s)), **_extra(sd, given),
                )
            except sd.PortAudioError as error:
                first = first or error
                if error.args[1] not in (NO_RATE, NO_CHANNELS):
                    raise
    assert first is not None
    raise first


def _extra(sd: Any, device: Listed) -> dict[str, Any]:
    """WASAPI runs at the mixer's rate alone unless it is told to convert."""
    return {"extra_settings": sd.WasapiSettings(auto_convert=True)} if device.host == "Windows WASAPI" else {}


def _notes(given: Listed, hz: int) -> list[Statement]:
    if min(hz, given.hz) <= NARROW_HZ:
        return [state(DeviceCode.NARROW, name=given.name, khz=min(hz, given.hz) // 1000)]
    if hz != DEVICE_HZ:
        return [state(DeviceCode.CONVERTED, name=given.name, khz=f"{hz / 1000:g}", good=DEVICE_HZ // 1000)]
    return []
