"""The three rings of a device and its counters, over one piece of memory that two processes may share.

Why two processes: a PortAudio call on a dead sound server does not return (a killed JACK server: `Pa_AbortStream`
hangs, `Pa_Terminate` aborts the whole program), and PortAudio's device table is frozen when it starts. In a process
of its own the stream can be killed and started afresh, and nobody's Python holds the callback's interpreter lock.
"""

import mmap
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.device.ring import Ring
from audio_io.frames import BLOCK_MS, DEVICE_HZ, block_samples

CELLS = 20                                       # int64: hz, blocks, trouble, zeros, then five for each ring; one free
FAST = Path("/dev/shm")                          # memory that looks like a folder (Linux); else the temporary folder
DEEP_S = 0.5                                     # how long the reader of mic and reference may be away
NAME = ("parley-", ".rings")                     # of the files, before and behind something random
YOUNG_S = 60.0                                   # a file that may be on its way to its owner
STAMPS = 8192                                    # callbacks whose moment is remembered: 82 s
AHEAD = 2                                        # blocks of speech ahead of the DAC: how fast we can fall silent


class SharedRing(Ring):
    """A `Ring` whose samples and counters lie in memory that it is given.

    cells: int64 [5], `wrote read lost starved resting`; buf: float32 [capacity]. Still one writer and one reader.
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

    @property
    def resting(self) -> bool:
        return bool(self.cells[4])

    @resting.setter
    def resting(self, on: bool) -> None:
        self.cells[4] = on


class Rings:
    """`mic` and `reference` (0.5 s), `speaker` (two blocks), and what the callback counts.

    blocks: callbacks so far. trouble: those with an over- or underflow. zeros: callbacks in a row whose
    microphone samples were all exactly zero.
    """

    def __init__(self, memory: "mmap.mmap | bytearray", path: Path | None = None) -> None:
        """`memory`: `size(hz)` bytes with the rate in the first cell. `path`: the file behind it, if there is one."""
        self.path, self._held = path, -1         # _held: the creator's file, locked for as long as it lives
        view = memoryview(memory)
        self.cells = view[: 8 * CELLS].cast("q")
        self.hz = int(self.cells[0])
        self.block = block_samples(self.hz)
        self.stamps = view[8 * CELLS : 8 * (CELLS + STAMPS)].cast("q")
        samples = np.frombuffer(memory, np.float32, offset=8 * (CELLS + STAMPS))
        deep = int(self.hz * DEEP_S)
        self._silence = bytes(4 * 2 * self.block)        # of up to two channels
        at = 8 * (CELLS + STAMPS)                        # the same memory as of the two rings below, as bytes
        self._mic, self._reference = view[at : at + 4 * deep], view[at + 4 * deep : at + 8 * deep]
        self.mic = SharedRing(self.cells[4:9], samples[:deep])
        self.reference = SharedRing(self.cells[9:14], samples[deep : 2 * deep])
        self.speaker = SharedRing(self.cells[14:19], samples[2 * deep : 2 * deep + AHEAD * self.block])

    @classmethod
    def local(cls, hz: int = DEVICE_HZ) -> "Rings":
        """For a stream in this very process."""
        memory = bytearray(size(hz))
        memoryview(memory)[:8].cast("q")[0] = hz
        return cls(memory)

    @classmethod
    def create(cls, hz: int = DEVICE_HZ) -> "Rings":
        """In a file that `attach` opens elsewhere; the creator calls `forget` at the end. Raises OSError."""
        where = FAST if os.access(FAST, os.W_OK) else Path(tempfile.gettempdir())
        clear_away(where)
        fd, name = tempfile.mkstemp(prefix=NAME[0], suffix=NAME[1], dir=where)
        try:
            locked(fd)
            os.write(fd, int(hz).to_bytes(8, "little"))
            os.truncate(fd, size(hz))
            rings = cls(mmap.mmap(fd, size(hz)), Path(name))
        except BaseException:
            os.close(fd)
            Path(name).unlink(missing_ok=True)
            raise
        rings._held = fd
        return rings

    @classmethod
    def attach(cls, path: Path) -> "Rings":
        """The other side's view of what `create` made. Raises OSError where there is no such file."""
        with open(path, "r+b") as file:
            return cls(mmap.mmap(file.fileno(), 0), path)

    def forget(self) -> None:
        """Takes the file away; whoever has it open keeps it. Where an open file cannot be deleted
        (Windows), the next `create` takes it away."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1
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

    def pass_quiet(self, given: memoryview, out: Any, trouble: bool) -> bool:
        """A whole callback while nothing is to be played, in as few steps as Python can. For the callback alone.

        given: the bytes of one channel; out: the bytes to be played, filled with zeros. -> False, and nothing
        was done: something is to be played, or it is not as simple as that.
        """
        mic, reference, speaker = self.mic.cells, self.reference.cells, self.speaker.cells     # wrote, read ...
        n, deep = 4 * self.block, len(self._mic)
        i, k = 4 * mic[0] % deep, 4 * reference[0] % deep
        full = max(mic[0] - mic[1], reference[0] - reference[1]) + self.block > deep // 4
        if (not speaker[4] or speaker[0] != speaker[1] or full or len(given) != n or len(out) > len(self._silence)
                or i + n > deep or k + n > deep):
            return False
        out[:] = self._silence[: len(out)]
        self._reference[k : k + n] = self._silence[:n]
        self._mic[i : i + n] = given
        reference[0], mic[0] = reference[0] + self.block, mic[0] + self.block
        # the first sample's mantissa: of a microphone that is alive it is hardly ever 0, and NumPy is not asked
        self.count(trouble, given[2] == 0 and not np.frombuffer(given, np.float32).any())
        return True

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


def locked(fd: int) -> bool:
    """-> whether the file is ours alone now, until it is closed. True on Windows, which deletes no file in use."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def clear_away(folder: Path) -> None:
    """Deletes rings whose owner was killed: half a second of a microphone is nothing to leave lying about."""
    for path in folder.glob("*".join(NAME)):
        try:
            if time.time() - path.stat().st_mtime < YOUNG_S:
                continue
            with open(path, "rb") as file:
                left = locked(file.fileno())
            if left:
                path.unlink()
        except OSError:                          # somebody else's, or somebody was faster
            continue


def size(hz: int) -> int:
    """Bytes that the rings of a device at `hz` need."""
    return 8 * (CELLS + STAMPS) + 4 * (2 * int(hz * DEEP_S) + AHEAD * block_samples(hz))
