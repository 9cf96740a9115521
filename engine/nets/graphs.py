"""Recorded work: what has fixed shapes and fixed addresses is told to a GPU once, as a CUDA graph, and then replayed.

Started one by one from Python, an operation takes the host longer than it takes the device. `Piece` is work that is
recorded where the device is CUDA and run plainly elsewhere, so that tests run the same code without a GPU. What may be
recorded is checked without one by tests/recordable.py. The recording itself has not been run: there was no CUDA device
where this was written.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import torch

WARM_UPS = 3                     # runs before the recording, on a side stream: libraries allocate in the first ones
T = TypeVar("T")
_one = threading.Lock()          # before it begins, one empties the memory's cache, which fails while another is made


class Unrecordable(RuntimeError):
    """CUDA did not take a recording; the work itself runs. The message is for the user."""


def record(work: Callable[[], T], again: Callable[[], None], pool: Any = None) -> tuple[Any, T]:
    """-> (a graph, what `work` returned while it was recorded: every replay writes there).

    again: puts back what a run of `work` moves on; before each run and at the end. pool: another graph's memory, where
    nothing of the one is needed when the other runs. Raises Unrecordable, and what `work` raises when it is not
    recorded. For any thread.
    """
    with _one:
        return _recorded(work, again, pool)


def _recorded(work: Callable[[], T], again: Callable[[], None], pool: Any) -> tuple[Any, T]:
    cuda: Any = torch.cuda
    side = cuda.Stream()
    side.wait_stream(cuda.current_stream())
    with cuda.stream(side):
        for _ in range(WARM_UPS):
            again()
            work()
        again()
    cuda.current_stream().wait_stream(side)
    graph = cuda.CUDAGraph()
    # on a stream of its own and in this thread's name only: other stages may load and compute in theirs meanwhile
    try:
        with cuda.graph(graph, pool=pool, stream=side, capture_error_mode="thread_local"):
            out = work()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        said = " ".join(str(error).split())[:90]
        raise Unrecordable(f"the graphics card's driver did not take the recording ({said})") from error
    finally:
        again()
    return graph, out


class Piece:
    """`work` without arguments or result, from and to fixed addresses. Calling it runs it, or replays its recording."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work
        self.graph: Any = None

    def record(self, pool: Any = None) -> Any:
        """On CUDA alone; runs must not depend on each other. -> the memory that it took, for pieces that follow."""
        with torch.no_grad():
            self.graph, _ = record(self.work, lambda: None, pool)
        return self.graph.pool()

    @torch.no_grad()
    def __call__(self) -> None:
        if self.graph is None:
            self.work()
        else:
            self.graph.replay()
