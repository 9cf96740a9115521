"""The mouth: keeps the speaker ring filled from the playout, in whole blocks of 10 ms."""

import numpy as np

from audio_io.device.contract import Device
from audio_io.playout import Playout, Report


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
