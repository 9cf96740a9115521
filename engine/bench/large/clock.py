"""Time as a bench sees it: who computes, for how long, how long without a yield; and how much time there is at all."""

import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

import torch

Y = TypeVar("Y")
R = TypeVar("R")
Clock = Callable[[], float]


class Budget:
    """Seconds that a bench may take. Looked at before each piece of work, so one piece may exceed it."""

    def __init__(self, seconds: float, clock: Clock = time.perf_counter, measures: Clock | None = None) -> None:
        """measures: the clock of what is measured, if that is another, such as the processor's time."""
        self.seconds, self.clock, self.measures, self.began = seconds, clock, measures or clock, clock()

    @property
    def left(self) -> float:
        return self.seconds - (self.clock() - self.began)


@dataclass
class Spent:
    """Of one generator, in seconds: own computing, the longest between two yields, and how many yields."""

    own: float = 0.0
    longest: float = 0.0
    yields: int = 0


@dataclass
class Meter:
    """Watches generators that draw from each other: what one waits for another is not its own computing.

    On CUDA a generator's own time is what its thread takes, which ends with the device's work wherever the next part
    needs numbers on the host: so does each token, and each hop of sound.
    """

    clock: Clock = time.perf_counter
    spent: dict[str, Spent] = field(default_factory=dict)
    _within: list[float] = field(default_factory=list)       # of each that runs now: what others took of its time

    def watch(self, name: str, work: Generator[Y, None, R]) -> Generator[Y, None, R]:
        """`work`, whose time is counted for `name`; closing this closes it."""
        mine = self.spent.setdefault(name, Spent())
        try:
            while True:
                began = self.clock()
                self._within.append(0.0)
                try:
                    item = next(work)
                except StopIteration as end:
                    value: R = end.value
                    return value
                finally:
                    took = self.clock() - began
                    own = took - self._within.pop()
                    if self._within:
                        self._within[-1] += took
                    mine.own += own
                    mine.longest = max(mine.longest, own)
                    mine.yields += 1
                yield item
        finally:
            work.close()


@dataclass(frozen=True)
class Times:
    """Of one piece of work, run several times, in seconds; a first run that was slower for being first is left out."""

    runs: tuple[float, ...]

    @property
    def middle(self) -> float | None:
        return median(self.runs) if self.runs else None


def repeated(work: Callable[[], float], budget: Budget, share: float = 0.06, most: int = 7) -> Times:
    """Runs `work`, which says how long it took, until it has run `most` times or taken its share of the budget.

    Not at all where nothing is left. The first run warms up and counts only where there is no other.
    """
    runs, began = list[float](), budget.clock()
    while budget.left > 0 and len(runs) <= most and budget.clock() - began < share * budget.seconds:
        runs.append(work())
    return Times(tuple(runs[1:] or runs))


def idle(device: str) -> None:
    """Returns when the device has nothing left to do."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def peak_bytes(device: str) -> tuple[str, int | None]:
    """-> what was measured, and the most bytes taken so far; None where the system does not say."""
    if torch.device(device).type == "cuda":
        return "VRAM allocated", torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:                          # Windows
        return "memory of the process", None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return "memory of the process", peak if sys.platform == "darwin" else peak * 1024
