"""Ears and mouth: what stands between a device's rings and the rest of Parley.

Both work on whole 10 ms blocks and know nothing of turns. In the product each runs on a thread of its own
(`Worker`); in the simulated room one loop calls them in turn, so both run the very same code.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from audio_io.echo import Canceller
from audio_io.frames import FRAME, HOP, MIC_HZ
from audio_io.playout import Playout, Report
from audio_io.resample import Resampler
from audio_io.ring import Ring
from audio_io.vad import Vad

# A suppressor tears holes into a voice that speaks over a loud echo, most in the first seconds. This share of the
# canceller's linear output fills them to -13 dB, and raises an echo alone by as little. Where nothing is played both
# outputs are the same, and nothing changes.
WHOLE = 0.3
POLL_S = 0.004                   # a worker looks at its rings this often; the speaker ring holds 20 ms
IDLE_S = 0.014                   # ... and as long as nobody has the floor, so often
EARLY_S = 0.006                  # dozing ears look again so long before a hop can be complete: a poll and a bit


@dataclass(frozen=True, slots=True)
class Heard:
    """One hop of hearing. clean, raw, ref, whole: [HOP] float32 at 16 kHz, sample-aligned.

    clean: the microphone after echo removal; raw: before it; ref: what the loudspeaker played.
    whole: for the recogniser: `clean` with its holes filled, see WHOLE.
    vad, vad_whole: 0..1, on `clean` and on `whole`.
    """

    hop: int                     # counted from 1; the clock
    clean: np.ndarray
    raw: np.ndarray
    ref: np.ndarray
    vad: float
    whole: np.ndarray
    vad_whole: float


class Device(Protocol):
    """What a sound device and the simulated room have in common."""

    hz: int
    block: int
    mic: Ring
    reference: Ring
    speaker: Ring

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def alive(self) -> str: ...


class Ears:
    """Microphone and reference in, any length; one `Heard` for every hop that is complete."""

    def __init__(self, hz: int, canceller: Canceller, vad: Callable[[], Callable[[np.ndarray], float]] = Vad) -> None:
        self.hz, self.canceller = hz, canceller
        self.vad, self.vad_whole = vad(), vad()
        self.hop = 0
        self.deaf = False                        # muted: silence goes on instead of the microphone
        self._mic, self._ref = Resampler(hz, MIC_HZ), Resampler(hz, MIC_HZ)
        self._raw = self._played = self._clean = self._linear = np.zeros(0, np.float32)
        self._done = 0                           # samples of _raw that the canceller has seen

    def hear(self, mic: np.ndarray, ref: np.ndarray) -> list[Heard]:
        """mic, ref: [n] at the device's rate, aligned."""
        if self.deaf:
            mic = np.zeros_like(mic)
        self._raw = np.concatenate([self._raw, self._mic(mic)])
        self._played = np.concatenate([self._played, self._ref(ref)])
        clean, linear = [self._clean], [self._linear]
        while self._done + FRAME <= min(len(self._raw), len(self._played)):
            at = slice(self._done, self._done + FRAME)
            clean.append(self.canceller.process(self._raw[at], self._played[at]))
            linear.append(self.canceller.linear)
            self._done += FRAME
        self._clean, self._linear = np.concatenate(clean), np.concatenate(linear)
        out = []
        while len(self._clean) >= HOP:
            out.append(self._one_hop())
        return out

    def _one_hop(self) -> Heard:
        self.hop += 1
        raw, ref, clean, linear = self._raw[:HOP], self._played[:HOP], self._clean[:HOP], self._linear[:HOP]
        self._raw, self._played = self._raw[HOP:], self._played[HOP:]
        self._clean, self._linear = self._clean[HOP:], self._linear[HOP:]
        self._done -= HOP
        whole = np.asarray((clean + WHOLE * linear) / (1 + WHOLE), np.float32)
        return Heard(self.hop, clean, raw, ref, self.vad(clean), whole, self.vad_whole(whole))

    def until_hop_s(self) -> float:
        """-> seconds of sound that the next hop still needs; less EARLY_S, so long nobody need look at the rings."""
        frames = -(-(HOP - len(self._clean)) // FRAME)
        return (frames * FRAME - (len(self._raw) - self._done)) / MIC_HZ

    def new_route(self) -> None:
        """The device has changed: what the canceller has learnt is void."""
        self.canceller.reset()


class Mouth:
    """Keeps the speaker ring filled from the playout and says what has left the loudspeaker."""

    def __init__(self, device: Device, playout: Playout) -> None:
        self.device, self.playout = device, playout
        self.peak = 0.0                          # loudest sample since somebody asked
        self._waiting: list[Report] = []         # given to the ring, not yet played

    def feed(self) -> list[tuple[float, Report]]:
        """Top up the ring. -> (microphone time in seconds, report) for what has been played since."""
        ring, block = self.device.speaker, self.device.block
        while ring.free >= block:
            y = self.playout.block(block)
            ring.push(y)
            self.peak = max(self.peak, float(np.abs(y).max()))
        self._waiting += self.playout.take_reports()
        played, clock = ring.read, self.device.reference.wrote
        out = [(max(0.0, (clock - (played - r.at)) / self.device.hz), r) for r in self._waiting if r.at < played]
        self._waiting = [r for r in self._waiting if r.at >= played]
        return out


class Worker:
    """A thread that calls `work()` until stopped; `work` says whether there was anything to do.

    Where there was not, it sleeps for `wait_s()`. An error ends the thread and is handed to `failed`, never swallowed.
    """

    def __init__(
        self, name: str, work: Callable[[], bool], failed: Callable[[str, BaseException], None],
        wait_s: Callable[[], float] = lambda: POLL_S,
    ) -> None:  # fmt: skip
        self.work, self.failed, self.wait_s = work, failed, wait_s
        self.stopping = False
        self.error: BaseException | None = None
        self.cpu_s = 0.0                         # processor time of the thread so far
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Raises RuntimeError by name when the thread does not end in time."""
        self.stopping = True
        self.thread.join(timeout_s)
        if self.thread.is_alive():
            raise RuntimeError(f"thread {self.thread.name!r} is still running {timeout_s} s after stop()")

    def _run(self) -> None:
        try:
            while not self.stopping:
                idle = not self.work()
                self.cpu_s = time.thread_time()
                if idle:
                    time.sleep(self.wait_s())
        except Exception as error:
            self.error = error
            self.failed(self.thread.name, error)


def whole_blocks(device: Device) -> tuple[np.ndarray, np.ndarray] | None:
    """-> (mic, reference) [k * block] as far as both have it, or None when there is no whole block yet."""
    n = min(len(device.mic), len(device.reference)) // device.block * device.block
    return (device.mic.take(n), device.reference.take(n)) if n else None
