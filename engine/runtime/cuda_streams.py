"""Several stages on one graphics card: each on a CUDA stream of its own, so that none waits for another's queue.

A higher priority goes before where both have work: the voice, which has to keep up with its own playing, before the
words so far, which may come late. Elsewhere than on CUDA nothing is changed. Not run: no CUDA device was at hand.
"""

import os
from collections.abc import Generator
from contextlib import closing
from typing import Any

import torch

from engine.workers.stage import B, P, Work

LOW, HIGH = 0, -1                # CUDA's own numbers
MOST_THREADS = 4                 # of torch on the CPU: beyond, small networks only wait for each other


def own_stream(work: Work[B, P], device: str, priority: int = LOW) -> Work[B, P]:
    """-> the same work, every step of which runs on one stream made here. What it yields is on the host."""
    if torch.device(device).type != "cuda":
        return work
    cuda: Any = torch.cuda
    stream = cuda.Stream(device=device, priority=priority)

    def streamed(body: B) -> Generator[P | None, None, None]:
        with closing(work(body)) as pieces:
            try:
                while True:
                    with torch.cuda.stream(stream):
                        piece = next(pieces)
                    yield piece
            except StopIteration:
                return
            finally:
                with torch.cuda.stream(stream):  # what is freed in there belongs to this stream
                    pieces.close()

    return streamed


def settled(device: str) -> None:
    """Waits until all that was loaded and computed ahead is there, for streams that do not wait for each other."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def device_here() -> str:
    """cuda where torch can use it, else cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def bound_threads(device: str) -> None:
    """Leaves processor cores to the ears, the sound and the window."""
    cores = os.cpu_count() or 1
    torch.set_num_threads(1 if torch.device(device).type == "cuda" else max(1, min(MOST_THREADS, cores // 2)))
