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
REST_S = 0.25                    # ... and as long as nothing has been played for a while; whoever speaks stirs it
LONG_S = 0.05                    # a wait that can be cut short
WARM = 10 * HOP                  # samples that echo removal and VAD hear again after dozing: 320 ms, 32 frames


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
        self._last = np.zeros(FRAME, np.float32)         # of the microphone, before _raw[_done]
        self._slept = np.zeros(0, np.float32)    # of the microphone while dozing, the last of it, and ...
        self._dozed = 0                          # ... how many frames the canceller has not seen

    def hear(self, mic: np.ndarray, ref: np.ndarray) -> list[Heard]:
        """mic, ref: [n] at the device's rate, aligned."""
        if self._dozed:
            self._rouse()
        self._take(mic, ref)
        clean, linear = [self._clean], [self._linear]
        while self._done + FRAME <= min(len(self._raw), len(self._played)):
            at = slice(self._done, self._done + FRAME)
            self._last = self._raw[at]
            clean.append(self.canceller.process(self._last, self._played[at]))
            linear.append(self.canceller.linear)
            self._done += FRAME
        self._clean, self._linear = np.concatenate(clean), np.concatenate(linear)
        return self._hops(dozing=False)

    def doze(self, mic: np.ndarray) -> list[Heard]:
        """Like `hear`, where nothing has been played for two seconds and nobody speaks: the microphone passes as it is.

        It comes as late as out of the canceller, and nobody is said to speak. Costs little; the next `hear` gives
        canceller and VAD the last WARM samples before it goes on.
        """
        self._take(mic, np.zeros_like(mic))
        n = (min(len(self._raw), len(self._played)) - self._done) // FRAME * FRAME
        late = np.concatenate([self._last, self._raw[self._done : self._done + n]])
        clean = late[FRAME - self.canceller.latency :][:n]
        self._clean, self._linear = np.concatenate([self._clean, clean]), np.concatenate([self._linear, clean])
        self._slept = np.concatenate([self._slept, late[FRAME:]])[-WARM:]
        self._last = late[len(late) - FRAME :]
        self._done += n
        self._dozed += n // FRAME
        return self._hops(dozing=True)

    def _rouse(self) -> None:
        silence = np.zeros(FRAME, np.float32)
        frames = self._slept.reshape(-1, FRAME)
        self.canceller.rest(self._dozed - len(frames))
        clean = np.concatenate([self.canceller.process(frame, silence) for frame in frames])
        for at in range(len(clean) % HOP, len(clean), HOP):
            for vad in (self.vad, self.vad_whole):
                vad(clean[at : at + HOP])
        self._slept, self._dozed = self._slept[:0], 0

    def _take(self, mic: np.ndarray, ref: np.ndarray) -> None:
        if self.deaf:
            mic = np.zeros_like(mic)
        self._raw = np.concatenate([self._raw, self._mic(mic)])
        self._played = np.concatenate([self._played, self._ref(ref)])

    def _hops(self, dozing: bool) -> list[Heard]:
        out = []
        while len(self._clean) >= HOP:
            out.append(self._one_hop(dozing))
        return out

    def _one_hop(self, dozing: bool) -> Heard:
        self.hop += 1
        raw, ref, clean, linear = self._raw[:HOP], self._played[:HOP], self._clean[:HOP], self._linear[:HOP]
        self._raw, self._played = self._raw[HOP:], self._played[HOP:]
        self._clean, self._linear = self._clean[HOP:], self._linear[HOP:]
        self._done -= HOP
        if dozing:
            return Heard(self.hop, clean, raw, ref, 0.0, clean, 0.0)
        whole = np.asarray((clean + WHOLE * linear) / (1 + WHOLE), np.float32)
        return Heard(self.hop, clean, raw, ref, self.vad(clean), whole, self.vad_whole(whole))

    def new_route(self) -> None:
        """The device has changed: what the canceller has learnt is void, and what it has slept through."""
        self.canceller.reset()
        self._slept, self._dozed = self._slept[:0], 0


class Mouth:
    """Keeps the speaker ring filled from the playout and says what has left the loudspeaker.

    It may `rest` while there is nothing to say: the ring runs dry. The next `feed` ends that.
    """

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
        if ring.resting:
            ring.resting = False                 # only now: it has not been empty by mistake
        self._waiting += self.playout.take_reports()
        played, clock = ring.read, self.device.reference.wrote
        out = [(max(0.0, (clock - (played - r.at)) / self.device.hz), r) for r in self._waiting if r.at < played]
        self._waiting = [r for r in self._waiting if r.at >= played]
        return out

    def rest(self) -> None:
        """Nothing is to be said, and has not been for a while."""
        if not self.device.speaker.resting:
            self.device.speaker.resting = True


class Worker:
    """A thread that calls `work()` until stopped; `work` says whether there was anything to do.

    Where there was not, it sleeps for `wait_s()`, or until it is stirred where that is long. An error ends the thread
    and is handed to `failed`, never swallowed.
    """

    def __init__(
        self, name: str, work: Callable[[], bool], failed: Callable[[str, BaseException], None],
        wait_s: Callable[[], float] = lambda: POLL_S,
    ) -> None:  # fmt: skip
        self.work, self.failed, self.wait_s = work, failed, wait_s
        self.stopping = False
        self.error: BaseException | None = None
        self.cpu_s = 0.0                         # processor time of the thread so far
        self._stirred = threading.Event()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stir(self) -> None:
        """From any thread: there is something to do now."""
        self._stirred.set()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Raises RuntimeError by name when the thread does not end in time."""
        self.stopping = True
        self.stir()
        self.thread.join(timeout_s)
        if self.thread.is_alive():
            raise RuntimeError(f"thread {self.thread.name!r} is still running {timeout_s} s after stop()")

    def _run(self) -> None:
        try:
            while not self.stopping:
                idle = not self.work()
                self.cpu_s = time.thread_time()
                if idle:
                    self._wait(self.wait_s())
        except Exception as error:
            self.error = error
            self.failed(self.thread.name, error)

    def _wait(self, s: float) -> None:
        if s < LONG_S:                           # an Event's time-out is a clock tick late on Windows
            time.sleep(s)
        elif self._stirred.wait(s):
            self._stirred.clear()


def whole_blocks(device: Device) -> tuple[np.ndarray, np.ndarray] | None:
    """-> (mic, reference) [k * block] as far as both have it, or None when there is no whole block yet."""
    n = min(len(device.mic), len(device.reference)) // device.block * device.block
    return (device.mic.take(n), device.reference.take(n)) if n else None
