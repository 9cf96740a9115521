"""The process in which PortAudio runs: opens one stream, moves samples between it and shared rings, ends.

    table                     -> {"devices": [...], "hosts": [...]} on the standard output, and ends
    stream INPUT OUTPUT       (each in JSON) -> {"open": ...}; then a line on the standard input, the path of
                              the rings, starts it -> {"started": true}; the end of the standard input ends it;
                              {"moved": true}: the system's default that it was opened for is another one now

What goes wrong is the last line: {"trouble": text, "code": exit code}. The parent is `audio_io.device.hot_plug`.
"""

import json
import os
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from audio_io.device import system_default
from audio_io.device.portaudio import DeviceChoice, load, named, read_table
from audio_io.device.shared_ring import Rings
from audio_io.device.stream import SoundDevice
from audio_io.dsp.resample import Resampler
from audio_io.errors import Trouble

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


def main(argv: list[str]) -> int:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)                                # sound libraries print where they like; the pipe is ours alone

    def tell(**what: Any) -> None:
        print(json.dumps(what), file=out, flush=True)

    try:
        if argv[0] == "table":
            table = read_table(load())
            tell(**asdict(table))
        else:
            _stream(DeviceChoice(json.loads(argv[1]), json.loads(argv[2])), tell)
    except Trouble as trouble:
        tell(trouble=str(trouble), code=trouble.code)
    except BrokenPipeError:
        pass                                     # the parent is gone, nobody is left to be told
    except Exception as error:                   # the edge of a process: told to the parent, who reports it
        tell(trouble=f"the sound process failed: {error!r}", code=1)
    os._exit(0)                                  # PortAudio's exit handler hangs or aborts on a dead server


def _stream(choice: DeviceChoice, tell: Any) -> None:
    device = SoundDevice(choice)
    device.open()
    default = Default(choice, system_default.asker())
    tell(open={"input": device.names[0], "output": device.names[1], "hz": device.hz, "notes": device.notes,
               "latency_s": list(device.stream.latency)})
    path = sys.stdin.readline().strip()
    if path:
        _run(device, Rings.attach(Path(path)), default, tell)
    closing = threading.Thread(target=device.stop, daemon=True)
    closing.start()
    closing.join(CLOSE_S)


def _run(device: SoundDevice, rings: Rings, default: Default, tell: Any) -> None:
    """Until the parent closes the standard input. Raises Trouble when the stream ends by itself."""
    same = rings.hz == device.hz
    converter = None if same else Converter(device, rings)
    device.start(rings if same else None)
    tell(started=True)
    orders: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=lambda: orders.put(sys.stdin.readline()), daemon=True).start()
    while True:
        try:
            orders.get(timeout=MOVE_S if converter else LOOK_S)
            return
        except Empty:
            if not device.stream.active:
                raise Trouble("the stream has ended") from None
            if converter:
                converter.move()
            if default.moved():
                tell(moved=True)
