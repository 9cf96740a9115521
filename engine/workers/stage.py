"""A stage: one thread, one inbox, one generator. Cancelling is a comparison of two integers."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any, Protocol, TypeVar

from engine.messages import Audio, Begin, Change, Chunk, End, Lasting, Murmur, Phrase, Prompt, Say, Sign, Used, Words

Body = Begin | Audio | End | Prompt | Phrase | Sign               # what stages are given
Thought = Say | Used | Change | Lasting
Piece = Words | Thought | Chunk | Murmur                          # what they make of it
B = TypeVar("B")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Item:
    """Something made for the reply of this epoch."""

    epoch: int
    body: Body | Piece | None    # None: still at work, in simulation


@dataclass(frozen=True, slots=True)
class Done:
    """The stage has finished one item."""

    epoch: int
    stage: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The stage broke on one item; it lives on and takes the next."""

    epoch: int
    stage: str
    error: BaseException


Message = Item | Done | Failed


class Outlet(Protocol):
    """Where a stage puts its messages: a `queue.Queue`, or what stands before one. Raises queue.Full."""

    def put(self, msg: Message, /, *, timeout: float) -> None: ...


# None in between: still at work
Work = Callable[[B], Generator[P | None, None, None]]
Listen = Work[Begin | Audio | End, Words]
Think = Work[Prompt, Thought]
Speak = Work[Phrase, Chunk]


class Epoch:
    """The live epoch. One writer (the session), many readers; an int read needs no lock."""

    def __init__(self) -> None:
        self.now = 0


class Stage:
    """Runs `work(body)` for each item and forwards what it yields, then `Done` or `Failed`, in order.

    Contract: `work` is a generator that yields at least every ~50 ms and cleans up in `finally`.
    A yield is a cancellation point; nothing else is. What is yielded goes on to `out`, except None: still at work.
    """

    def __init__(self, name: str, work: Work[Any, Piece], epoch: Epoch, out: Outlet, depth: int = 8) -> None:
        self.name, self.work, self.epoch, self.out = name, work, epoch, out
        self.inbox: Queue[Item | None] = Queue(depth)
        self.stopping = False
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def put(self, item: Item) -> bool:
        """Never blocks. -> False when the inbox is full and the item was refused."""
        with suppress(Full):
            self.inbox.put_nowait(item)
            return True
        return False

    def stop(self, timeout_s: float = 2.0) -> None:
        """Raises RuntimeError by name when the stage does not end in time."""
        self.stopping = True
        while True:                                               # make room for the end mark
            with suppress(Full):
                self.inbox.put_nowait(None)
                break
            with suppress(Empty):
                self.inbox.get_nowait()
        self.thread.join(timeout_s)
        if self.thread.is_alive():
            raise RuntimeError(f"stage {self.name!r} is still running {timeout_s} s after stop()")

    def wanted(self, epoch: int) -> bool:
        return epoch == self.epoch.now and not self.stopping

    def _run(self) -> None:
        while (item := self.inbox.get()) is not None:
            if not self.wanted(item.epoch):
                continue
            try:
                with closing(self.work(item.body)) as pieces:
                    for piece in pieces:
                        if piece is None and self.wanted(item.epoch):
                            continue
                        if piece is None or not self._send(item.epoch, Item(item.epoch, piece)):
                            break
                    else:
                        self._send(item.epoch, Done(item.epoch, self.name))
            except Exception as error:
                self._send(item.epoch, Failed(item.epoch, self.name, error))

    def _send(self, epoch: int, msg: Message) -> bool:
        """Blocks while the next stage is full (back-pressure) but never outlives the epoch."""
        while self.wanted(epoch):
            with suppress(Full):
                self.out.put(msg, timeout=0.02)
                return True
        return False
