"""Is it still as quiet as it was? What dozing ears ask, in place of echo removal, VAD and predictor.

A noise gate that errs on the side of waking: it opens when any 10 ms are louder than the background of late by a few
dB, in the band where voices are. Steady noise of any level keeps it closed; what opens it is then looked at properly.
"""

import numpy as np

from audio_io.frames import block_samples

BAND_HZ = 8000                   # sampled so: up to 4 kHz
RISE_DB = 5.0                    # over the background; of white noise 10 ms vary by 0.7 dB
LEAST_DB = -72.0                 # nothing below is a voice, whatever the background: microphones that gate themselves
SLOW = 0.02                      # of the background, a block: half a second


class NoiseGate:
    """`opens(mic)` for every few blocks of a quiet room, in order; `learn(mic)` before, for at least a second."""

    def __init__(self, hz: int) -> None:
        self.block = block_samples(hz)
        self.every = max(1, round(hz / BAND_HZ))
        self.background: float | None = None     # mean square; None: nothing heard yet

    def forget(self) -> None:
        """Another microphone."""
        self.background = None

    def learn(self, mic: np.ndarray) -> None:
        """mic: [k * block] at the device's rate: this is what quiet sounds like."""
        self._follow(self._power(mic))

    def opens(self, mic: np.ndarray) -> bool:
        """mic: [k * block] -> whether something is louder than the background; if not, it is learnt."""
        power = self._power(mic)
        if self.background is None or len(power) == 0:
            return True
        if float(power.max()) > max(self.background * 10 ** (RISE_DB / 10), 10 ** (LEAST_DB / 10)):
            return True
        self._follow(power)
        return False

    def _power(self, mic: np.ndarray) -> np.ndarray:
        """-> [k] mean squares, below 4 kHz, higher frequencies more: a hum of the mains is not what tells a voice."""
        k = len(mic) // self.block
        n = self.block // self.every
        low = mic[: k * self.block].reshape(k, self.block)[:, : n * self.every].reshape(k, n, self.every).mean(axis=2)
        return np.asarray(np.square(np.diff(low, axis=1)).mean(axis=1), np.float64)

    def _follow(self, power: np.ndarray) -> None:
        if len(power) == 0:
            return
        if self.background is None:
            self.background = float(power.mean())
            return
        keep = (1 - SLOW) ** len(power)
        self.background = keep * self.background + (1 - keep) * float(power.mean())
