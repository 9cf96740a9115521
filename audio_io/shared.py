"""The three rings of a device and its counters, over one piece of memory that two processes may share.

Why two processes: a PortAudio call on a dead sound server does not return (a killed JACK server: `Pa_AbortStream`
hangs, `Pa_Terminate` aborts the whole program), and PortAudio's device table is frozen when it starts. In a process
of its own the stream can be killed and started afresh, and nobody's Python holds the callback's interpreter lock.
"""

import mmap
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from audio_io.frames import BLOCK_MS, DEVICE_HZ, block_samples
from audio_io.ring import Ring

CELLS = 16                                       # int64: hz, blocks, trouble, zeros, then four for each ring
FAST = Path("/dev/shm")                          # memory that looks like a folder (Linux); else the temporary folder
DEEP_S = 0.5                                     # how long the reader of mic and reference may be away
STAMPS = 8192                                    # callbacks whose moment is remembered: 82 s
AHEAD = 2                                        # blocks of speech ahead of the DAC: how fast we can fall silent


class SharedRing(Ring):
    """A `Ring` whose samples and counters lie in memory that it is given.

    cells: int64 [4], `wrote read lost starved`; buf: float32 [capacity]. Still one writer and one reader.
    """

    def __init__(self, cells: memoryview, buf: np.ndarray) -> None:
        self.cells, self.buf = cells, buf

    @property
    def wrote(self) -> int:
        return int(self.cells[0])

    @wrote.setter
    def wrote(self, n: int) -> None:
        self.cells[0] = n

    @property
    def read(self) -> int: 
        return int(self.cells[1])

    @read.setter
    def read(self, n: int) -> None:
        self.cells[1] = n

    @property
    def lost(self) -> int: 
        return int(self.cells[2])

    @lost.setter
    def lost(self, n: int) -> None:
        self.cells[2] = n

    @property
    def starved(self) -> int:
        return int(self.cells[3])

    @starved.setter
    def starved(self, n: int) -> None:
        self.cells[3] = n


class Rings:
    """`mic` and `reference` (0.5 s), `speaker` (two blocks), and what the callback counts.

    blocks: callbacks so far. trouble: those with an over- or underflow. zeros: callbacks in a row whose
    microphone samples were all exactly zero.
    """

    def __init__(self, memory: "mmap.mmap | bytearray", path: Path | None = None) -> None:
        """`memory`: `size(hz)` bytes with the rate in the first cell. `path`: the file behind it, if there is one."""
        self.path = path
        view = memoryview(memory)
        self.cells = view[: 8 * CELLS].cast("q")
        self.hz = int(self.cells[0])
        self.block = block_samples(self.hz)
        self.stamps = view[8 * CELLS : 8 * (CELLS + STAMPS)].cast("q")
        samples = np.frombuffer(memory, np.float32, offset=8 * (CELLS + STAMPS))
        deep = int(self.hz * DEEP_S)
        self.mic = SharedRing(self.cells[4:8], samples[:deep])
        self.reference = SharedRing(self.cells[8:12], samples[deep : 2 * deep])
        self.speaker = SharedRing(self.cells[12:16], samples[2 * deep : 2 * deep + AHEAD * self.block])

    @classmethod
    def local(cls, hz: int = DEVICE_HZ) -> "Rings":
        """For a stream in this very process."""
        memory = bytearray(size(hz))
        memoryview(memory)[:8].cast("q")[0] = hz
        return cls(memory)

    @classmethod
    def create(cls, hz: int = DEVICE_HZ) -> "Rings":
        """In a file that `attach` opens elsewhere; the creator calls `forget` at the end. Raises OSError."""
        where = FAST if os.access(FAST, os.W_OK) else None
        fd, name = tempfile.mkstemp(prefix="parley-", suffix=".rings", dir=where)
        try:
            os.write(fd, int(hz).to_bytes(8, "little"))
            os.truncate(fd, size(hz))
            return cls(mmap.mmap(fd, size(hz)), Path(name))
        finally:
            os.close(fd)

    @classmethod
    def attach(cls, path: Path) -> "Rings":
        """The other side's view of what `create` made. Raises OSError where there is no such file."""
        with open(path, "r+b") as file:
            return cls(mmap.mmap(file.fileno(), 0), path)

    def forget(self) -> None:
        """Takes the file away; whoever has it open keeps it. Where an open file cannot be deleted
        (Windows), the temporary folder keeps 250 kB until it is emptied."""
        if self.path is not None:
            try:
                self.path.unlink(missing_ok=True)
            except PermissionError:
                return

    @property
    def blocks(self) -> int:
        return int(self.cells[1])

    @property
    def trouble(self) -> int:
        return int(self.cells[2])

    @property
    def silent_blocks(self) -> int:
        """Blocks in a row, until now, in which the microphone delivered exact zeros."""
        return int(self.cells[3])

    @property
    def silent_s(self) -> float:
        return self.silent_blocks * BLOCK_MS / 1000

    def mark(self, blocks: int, trouble: int, silent_blocks: int) -> None:
        """For the one that stands in for a callback."""
        self.cells[2], self.cells[3], self.cells[1] = trouble, silent_blocks, blocks

    def count(self, trouble: bool, silent: bool) -> None:
        """One more block. For the callback alone."""
        self.stamps[self.blocks % STAMPS] = time.perf_counter_ns()
        self.mark(self.blocks + 1, self.trouble + trouble, self.silent_blocks + 1 if silent else 0)

    def moments_ms(self) -> np.ndarray:
        """-> when the latest callbacks came, oldest first, in ms of a clock that all processes share."""
        n = self.blocks
        last = np.array([self.stamps[i % STAMPS] for i in range(max(0, n - STAMPS), n)], np.int64)
        return last / 1e6

    def level(self) -> None:
        """Brings mic and reference into step again. Only while no stream runs: one that was killed may have
        written the one and not the other."""
        self.cells[3] = 0
        behind = self.reference.wrote - self.mic.wrote
        (self.mic if behind > 0 else self.reference).push(np.zeros(abs(behind), np.float32))


def size(hz: int) -> int:
    """Bytes that the rings of a device at `hz` need."""
    return 8 * (CELLS + STAMPS) + 4 * (2 * int(hz * DEEP_S) + AHEAD * block_samples(hz))
