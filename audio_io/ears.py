"""The ears: microphone and reference in, one `Heard` for every hop out. They know nothing of turns.

In the product they run on a thread of their own (`audio_io.worker`); in the simulated room one loop calls them, so both
run the very same code.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_io.dsp.echo import Canceller
from audio_io.dsp.resample import Resampler
from audio_io.dsp.vad import Vad
from audio_io.frames import FRAME, HOP, MIC_HZ

# A suppressor tears holes into a voice that speaks over a loud echo, most in the first seconds. This share of the
# canceller's linear output fills them to -13 dB, and raises an echo alone by as little. Where nothing is played both
# outputs are the same, and nothing changes.
WHOLE = 0.3
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
