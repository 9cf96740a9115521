"""Whether the conversation keeps up with its microphone: judged from two counters, without a clock.

The device judges itself (`audio_io.device.hot_plug`), the window what reaches it (`app.window.truth`); this is what
lies between.
"""

from dataclasses import dataclass

LOOK_S = 0.5                     # between two looks
STUCK_LOOKS = 6                  # so many looks with samples and without a hop: it stands still
TRIES = 3                        # restarts in a row before the user has to do something
CALM_LOOKS = 120                 # so many good looks, and the tries count anew


@dataclass(frozen=True, slots=True)
class Progress:
    """samples: the microphone has delivered so far. hops: the conversation has dealt with so far."""

    samples: int
    hops: int


class Watch:
    """`look` once every LOOK_S."""

    def __init__(self) -> None:
        self._last: Progress | None = None
        self._bad = self._good = self.tries = 0

    def look(self, now: Progress) -> bool:
        """-> whether the conversation stands still although samples arrive."""
        last, self._last = self._last, now
        if last is None or now.samples == last.samples:
            return False                         # without samples there is nothing to keep up with
        if now.hops != last.hops:
            self._bad, self._good = 0, self._good + 1
            if self._good >= CALM_LOOKS:
                self.tries = 0
            return False
        self._bad, self._good = self._bad + 1, 0
        return self._bad >= STUCK_LOOKS

    def restarts(self) -> bool:
        """It is about to be started again. -> False when that has not helped often enough."""
        self._last, self._bad, self._good = None, 0, 0
        self.tries += 1
        return self.tries <= TRIES
