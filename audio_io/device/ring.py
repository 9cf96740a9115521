"""One writer, one reader, no lock: the only thing the PortAudio callback is allowed to touch."""

import numpy as np


class Ring:
    """float32 mono samples. `wrote` and `read` only grow; each is changed by one thread alone.

    Full: what does not fit is dropped and counted in `lost`. Empty: zeros, counted in `starved` unless the writer
    has said that it is `resting`.
    The writer moves the samples before it moves `wrote`, so that a reader never sees what is not there yet.
    """

    def __init__(self, capacity: int) -> None:
        self.buf = np.zeros(capacity, np.float32)
        self.wrote = self.read = 0               # samples since the stream opened
        self.lost = self.starved = 0
        self.resting = False                     # nothing is to be written for a while, and nothing is missing

    def __len__(self) -> int:
        return self.wrote - self.read

    @property
    def free(self) -> int:
        """Samples that `push` would take without loss."""
        return len(self.buf) - len(self)

    def push(self, x: np.ndarray) -> None:
        """x: [n]. What does not fit is dropped and counted: the device never waits for us."""
        n = min(len(x), self.free)
        self._copy(self.wrote, n, x, store=True)
        self.wrote += n
        self.lost += len(x) - n

    def pull(self, out: np.ndarray) -> None:
        """out: [n], always filled; zeros where there was nothing, and counted."""
        n = min(len(out), len(self))
        self._copy(self.read, n, out, store=False)
        out[n:] = 0
        self.read += n
        if n < len(out) and not self.resting:
            self.starved += len(out) - n

    def take(self, n: int) -> np.ndarray:
        """-> the next [n] samples, which the caller knows to be there (`len(ring) >= n`)."""
        out = np.empty(n, np.float32)
        self.pull(out)
        return out

    def _copy(self, pos: int, n: int, x: np.ndarray, store: bool) -> None:
        i = pos % len(self.buf)
        k = min(n, len(self.buf) - i)            # up to the wrap
        if store:
            self.buf[i : i + k], self.buf[: n - k] = x[:k], x[k:n]
        else:
            x[:k], x[k:n] = self.buf[i : i + k], self.buf[: n - k]
