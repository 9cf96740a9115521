"""A network's forward that halts on its way, for processors: a token of a large model takes one longer than a stage may
be silent.

    value = yield from halting(halts(net), compute)  # compute() calls the network

`compute` runs in a thread of its own that takes turns with the caller's: one of the two always waits, so the network is
used by one at a time. Wherever HALT bytes of weights have been read it hands over, and the generator yields; a linear
layer that is much larger alone, such as the head over a vocabulary, is computed in pieces of its outputs. Closing the
generator there ends the forward there; what some of its layers have put into a cache is the caller's to take out.

Where it halts depends on the network alone, never on time: a run is the same every time, and so is its arithmetic.
"""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

T = TypeVar("T")
HALT = 32 << 20                  # bytes of weights: 4 to 10 ms of one row on a desktop's core, by its memory


class _Left(BaseException):
    """Ends a forward that nobody wants any more; no network catches it."""


@dataclass(frozen=True)
class Halts:
    """Where a network halts: after the one layers, within the others, after each piece of `piece` bytes of weights."""

    after: tuple[nn.Linear, ...] = ()
    within: tuple[nn.Linear, ...] = ()
    piece: int = HALT

    def __bool__(self) -> bool:
        return bool(self.after or self.within)


def halts(net: nn.Module, every: int = HALT, piece: int = HALT) -> Halts:
    """every: bytes of weights from halt to halt. Nowhere in a network that is small, or not on the processor."""
    linears = [part for part in net.modules() if isinstance(part, nn.Linear) and part.weight.device.type == "cpu"]
    after, read = list[nn.Linear](), 0
    for part in linears[:-1]:                    # after the last one it is over
        read += _bytes(part)
        if read >= every:
            after.append(part)
            read = 0
    return Halts(tuple(after), tuple(p for p in linears if type(p) is nn.Linear and _bytes(p) > 2 * piece), piece)


def _bytes(layer: nn.Linear) -> int:
    return layer.weight.numel() * layer.weight.element_size()


def halting(places: Halts, compute: Callable[[], T], whole: bool = False) -> Generator[None, None, T]:
    """-> what `compute` returns; raises what it raises. It has to enter torch's modes itself: they are a thread's own.

    places: from `halts`; where there are none it is computed at once, in this thread. whole: closing waits until the
    forward has ended, for networks whose cache cannot be taken back.
    """
    if not places:
        return compute()
    run = _Run(compute)
    hooks = [layer.register_forward_hook(run.halt) for layer in places.after]
    for layer in places.within:
        layer.__dict__["forward"] = _in_pieces(layer, places.piece, run.halt)
    try:
        while not run.goes_on():
            yield
    finally:
        run.end(whole)
        for hook in hooks:
            hook.remove()
        for layer in places.within:              # of two runs at once the later one may find it gone
            layer.__dict__.pop("forward", None)
    return run.result()


def _in_pieces(layer: nn.Linear, piece: int, halt: Callable[[], None]) -> Callable[[Tensor], Tensor]:
    """What `layer` computes, some outputs after the others."""
    size, total = max(1, piece * layer.out_features // _bytes(layer)), layer.out_features

    def forward(x: Tensor) -> Tensor:
        made: list[Tensor] = []
        for at in range(0, total, size):
            if made:
                halt()
            bias = None if layer.bias is None else layer.bias[at : at + size]
            made.append(F.linear(x, layer.weight[at : at + size], bias))
        return torch.cat(made, -1)

    return forward


class _Run(Generic[T]):
    def __init__(self, compute: Callable[[], T]) -> None:
        self.compute, self.over, self.left = compute, False, False
        self.found: list[T] = []
        self.error: BaseException | None = None
        self.mine, self.theirs = threading.Semaphore(0), threading.Semaphore(0)      # whose turn it is
        self.thread = threading.Thread(target=self._compute, name="forward", daemon=True)

    # -- in the caller's thread ---------------------------------------------------------------------------
    def goes_on(self) -> bool:
        """To the next place. -> whether it is over"""
        if self.thread.ident is None:
            self.thread.start()
        self.mine.release()
        self.theirs.acquire()
        return self.over

    def end(self, whole: bool) -> None:
        """Returns when the thread has ended."""
        while whole and not self.over:
            self.goes_on()
        self.left = True
        self.mine.release()
        self.thread.join()
        if whole and self.error is not None:
            raise self.error

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self.found[0]

    # -- in the other -------------------------------------------------------------------------------------
    def _compute(self) -> None:
        self.mine.acquire()
        try:
            self.found.append(self.compute())
        except BaseException as error:           # whatever it is, it is raised where the value is awaited
            self.error = error
        self.over = True
        self.theirs.release()

    def halt(self, *_: Any) -> None:
        """A forward hook. Another run of the same network, in another thread, passes by."""
        if threading.get_ident() != self.thread.ident:
            return
        self.theirs.release()
        self.mine.acquire()
        if self.left:
            raise _Left
