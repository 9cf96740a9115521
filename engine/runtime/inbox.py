"""The session's inbox: two lanes, so that what a user asks for is neither dropped nor kept waiting behind sound.

    first    commands, and what has left the loudspeaker   never refused; taken before everything else
    usual    hops, and what the stages have to say         bounded, in the order in which it came

The first lane needs no bound: people press keys slowly, and the playout reports no more than it was given.
"""

import threading
from collections import deque
from queue import Empty, Full
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Any thread puts; one takes."""

    def __init__(self, depth: int) -> None:
        """depth: messages that the usual lane holds."""
        self.depth = depth
        self._first: deque[T] = deque()
        self._usual: deque[T] = deque()
        self._lock = threading.Lock()
        self._came, self._went = threading.Condition(self._lock), threading.Condition(self._lock)

    def put_first(self, msg: T) -> None:
        """Never blocks, never refuses."""
        with self._lock:
            self._first.append(msg)
            self._came.notify()

    def put(self, msg: T, /, *, timeout: float) -> None:
        """Into the usual lane, when there is room. Raises queue.Full after `timeout` seconds without."""
        with self._lock:
            if not self._went.wait_for(lambda: len(self._usual) < self.depth, timeout):
                raise Full
            self._usual.append(msg)
            self._came.notify()

    def offer(self, msg: T) -> bool:
        """Into the usual lane; never blocks. -> False: it is full, and the message was refused."""
        with self._lock:
            if len(self._usual) >= self.depth:
                return False
            self._usual.append(msg)
            self._came.notify()
            return True

    def get(self, timeout: float) -> T:
        """Raises queue.Empty after `timeout` seconds with nothing."""
        with self._lock:
            if not self._came.wait_for(lambda: self._first or self._usual, timeout):
                raise Empty
            if self._first:
                return self._first.popleft()
            self._went.notify()
            return self._usual.popleft()
