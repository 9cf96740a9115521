"""The process in which PortAudio runs: opens one stream, moves samples between it and shared rings, ends.

    ListDevices     -> Table, and ends
    OpenStream      -> StreamOpened
    StartStream     -> StreamStarted, and DefaultMoved whenever the system's default that it was opened for is another

The parent, `audio_io.device.hot_plug`, ends it. A stream that ends by itself is Trouble.
"""

import threading
import time
from pathlib import Path

from audio_io.device import system_default
from audio_io.device.portaudio import DeviceChoice, load, named, read_table
from audio_io.device.shared_ring import Rings
from audio_io.device.stream import SoundDevice
from audio_io.dsp.resample import Resampler
from audio_io.errors import Trouble
from audio_io.notices import DeviceCode, state
from audio_io.worker_messages import DefaultMoved, ListDevices, OpenStream, StartStream, StreamOpened, StreamStarted
from audio_io.worker_process import Parent

LOOK_S = 0.1                     # how often the stream is looked at
MOVE_S = 0.004                   # ... and its samples are moved, where the rates differ
DEFAULT_S = 1.0                  # ... and the system is asked for its default
CLOSE_S = 0.5                    # how long a stream may take to close; then the process goes without


class Converter:
    """Joins a device that cannot run at the rings' rate to them. `move` is to be called every few milliseconds.

    Microphone and reference pass through equal filters in equal steps, so they stay aligned.
    """

    def __init__(self, device: SoundDevice, rings: Rings) -> None:
        self.device, self.rings = device, rings
        self.mic, self.reference = (Resampler(device.hz, rings.hz) for _ in range(2))
        self.speaker = Resampler(rings.hz, device.hz)
        self.base = rings.blocks, rings.trouble

    def move(self) -> None:
        device, rings = self.device, self.rings
        n = min(len(device.mic), len(device.reference))
        if n:
            rings.mic.push(self.mic(device.mic.take(n)))
            rings.reference.push(self.reference(device.reference.take(n)))
        while device.speaker.free > device.block:            # a conversion may give one sample more
            out = rings.speaker.take(rings.block)
            device.speaker.push(self.speaker(out))
        of = device.rings
        rings.mark(self.base[0] + of.blocks, self.base[1] + of.trouble, of.silent_blocks)


class Default:
    """Whether the system's default, where the choice leaves it to that, is another one than when this was made."""

    def __init__(self, choice: DeviceChoice, asks: system_default.Asks | None) -> None:
        self.follows = tuple(not named(wish) for wish in (choice.input, choice.output))
        self.asks = asks if any(self.follows) else None
        self.was = self.asks() if self.asks is not None else ("", "")
        self.at = time.monotonic() + DEFAULT_S

    def moved(self) -> bool:
        """To be called often; it asks once a second. That there is none for a while is no change."""
        if self.asks is None or time.monotonic() < self.at:
            return False
        self.at = time.monotonic() + DEFAULT_S
        now = self.asks()
        return any(follow and a and a != b for follow, a, b in zip(self.follows, now, self.was, strict=True))


def main(parent: Parent) -> None:
    parent.listen(at_end=lambda: None)           # the stream is closed first
    match parent.receive():
        case ListDevices():
            parent.send(read_table(load()))
        case OpenStream(input, output):
            _stream(DeviceChoice(input, output), parent)


def _stream(choice: DeviceChoice, parent: Parent) -> None:
    device = SoundDevice(choice)
    device.open()
    try:
        default = Default(choice, system_default.asker())
        names, latency = device.names, device.stream.latency
        parent.send(StreamOpened(names[0], names[1], device.hz, tuple(device.notes), (latency[0], latency[1])))
        started = parent.receive()
        if isinstance(started, StartStream):
            _run(device, Rings.attach(Path(started.rings)), default, parent)
    finally:
        closing = threading.Thread(target=device.stop, daemon=True)
        closing.start()
        closing.join(CLOSE_S)


def _run(device: SoundDevice, rings: Rings, default: Default, parent: Parent) -> None:
    """Until the parent ends it. Raises ParentGone then, Trouble when the stream ends by itself."""
    same = rings.hz == device.hz
    converter = None if same else Converter(device, rings)
    device.start(rings if same else None)
    parent.send(StreamStarted())
    while parent.receive(MOVE_S if converter else LOOK_S) is None:
        if not device.stream.active:
            raise Trouble(state(DeviceCode.STREAM_ENDED))
        if converter:
            converter.move()
        if default.moved():
            parent.send(DefaultMoved())
