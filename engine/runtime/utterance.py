"""What the recogniser is given: an utterance from before its onset to its end, every hop of it once."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import hops
from engine.messages import Audio, Begin, End
from engine.workers.stage import Item

PREROLL_MS = 500                 # audio before the onset that the recogniser gets: first syllables are not lost
KEPT_MS = 2500                   # of the microphone, for the pre-roll of an onset that is noticed late


class Inbox(Protocol):
    """A stage's inbox. Never blocks; False: it is full and the item was refused."""

    def put(self, item: Item) -> bool: ...


class Utterances:
    """Used by the session's thread. `lost`: messages that the recogniser was too slow for; `slow` is called at the
    first of them."""

    def __init__(self, listen: Inbox, slow: Callable[[], None]) -> None:
        self.lost = 0
        self._inbox, self._slow = listen, slow
        self._recent: deque[tuple[int, np.ndarray]] = deque(maxlen=hops(KEPT_MS))
        self._since = self._given_to = 0         # the utterance being recognised; the last hop that was given

    def hear(self, heard: Heard) -> None:
        """One hop; it belongs to the utterance that has begun, if one has."""
        self._recent.append((heard.hop, heard.whole))
        if self._since:
            self._give(Audio(self._since, heard.whole), heard.hop)

    def begin(self, since: int, now: int) -> None:
        """since: the hop of its onset. now: the last hop heard. What an earlier utterance had is not given again."""
        first = max(since - hops(PREROLL_MS), self._given_to + 1)
        parts = [pcm for hop, pcm in self._recent if hop >= first]
        self._since = since
        self._give(Begin(since, np.concatenate([np.zeros(0, np.float32), *parts])), now)

    def end(self, since: int, now: int) -> None:
        self._since = 0
        self._give(End(since), now)

    def _give(self, body: Begin | Audio | End, hop: int) -> None:
        if self._inbox.put(Item(0, body)):
            self._given_to = hop
        else:
            self.lost += 1
            if self.lost == 1:
                self._slow()
