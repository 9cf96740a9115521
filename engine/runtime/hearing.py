"""What the ears' thread does with a device's blocks: every hop heard and judged, or, in a quiet room, dozed through.

A room in which nobody speaks and nothing is played is most of a day. After DOZE hops of it the ears doze: a noise gate
(`audio_io/dsp/noise_gate.py`) looks at batches of blocks, the microphone passes as it is, and echo removal, VAD and
predictor are not asked. What opens the gate is heard properly from the beginning of its batch on, after the hops
before it have been given to everything that has a memory, so that a voice is found at the hop at which it would have
been. Anybody who takes the floor in another way (a typed line, a timer, a pressed key) ends the doze as well.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from audio_io.dsp.echo import EchoMeter
from audio_io.dsp.noise_gate import NoiseGate
from audio_io.ears import WARM, Ears, Heard
from audio_io.frames import HOP, MIC_HZ, hops
from engine.duplex.predictor import Predictor, View
from engine.turns.floor import Hop

DOZE = hops(4000)                # of quiet before the ears doze: longer than any rule of the predictor remembers
AGAIN = hops(1000)               # ... and after they were woken by what was no voice
NO_VOICE = 0.1                   # VAD below which nobody speaks
BATCH_S = 4 * HOP / MIC_HZ       # how often dozing ears look at their rings; those hold 0.5 s
NOBODY = Hop(turn_done=1.0)      # what is reported of a hop that was dozed through


@dataclass(frozen=True, slots=True)
class Hearing:
    heard: Heard
    hop: Hop


class Hearer:
    """`hear` for everything the device has given; used by one thread.

    view: what the predictor may know. free: whether nobody has the floor. deaf: whether nobody is to be heard now
    (push-to-talk, and the key is up): then there is nothing to listen for.
    """

    def __init__(
        self, ears: Ears, predictor: Predictor, view: Callable[[], View], free: Callable[[], bool],
        deaf: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.ears, self.predictor = ears, predictor
        self.meter, self.gate = EchoMeter(), NoiseGate(ears.hz)
        self._view, self._free, self._deaf = view, free, deaf
        self._odds = predictor.init_state()
        self._quiet = 0                          # hops in a row
        self._dozed = 0                          # hops that the predictor has not seen, and the last of them:
        self._last: deque[Heard] = deque(maxlen=WARM // HOP)

    @property
    def dozing(self) -> bool:
        return self._quiet >= DOZE

    def new_route(self) -> None:
        """Another device: what was learnt of room and microphone is void."""
        self._quiet = 0
        self.ears.new_route()
        self.meter.reset()
        self.gate.forget()
        self._odds, self._dozed = self.predictor.init_state(), 0
        self._last.clear()

    def hear(self, mic: np.ndarray, ref: np.ndarray) -> Iterator[Hearing]:
        """mic, ref: [n] at the device's rate, aligned. A hop is judged when it is asked for: what the hop before has
        changed, it is judged by."""
        if self.dozing and self._free() and not ref.any() and self._nothing(mic):
            for heard in self.ears.doze(mic):
                self._dozed += 1
                self._last.append(heard)
                yield Hearing(heard, NOBODY)
            return
        if self.dozing:
            self._quiet = DOZE - AGAIN
        if self._dozed:
            self._catch_up()
        for heard in self.ears.hear(mic, ref):
            hop, self._odds = self.predictor(heard, self._view(), self._odds)
            self.meter(heard.raw, heard.ref, heard.clean)
            self._count(heard)
            yield Hearing(heard, hop)
        if self._quiet >= DOZE - AGAIN and not self.ears.deaf:
            self.gate.learn(mic)

    def _nothing(self, mic: np.ndarray) -> bool:
        return self._deaf() or self.ears.deaf or not self.gate.opens(mic)

    def _count(self, heard: Heard) -> None:
        silent = self._deaf() or max(heard.vad, heard.vad_whole) < NO_VOICE
        self._quiet = self._quiet + 1 if silent and self._free() and not heard.ref.any() else 0

    def _catch_up(self) -> None:
        """The predictor is told how long it was quiet, and hears the last of it."""
        view = self._view()
        self._odds = self.predictor.rest(self._odds, self._dozed - len(self._last))
        for heard in self._last:
            _, self._odds = self.predictor(heard, view, self._odds)
        self._dozed = 0
        self._last.clear()
