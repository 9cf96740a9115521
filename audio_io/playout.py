"""Epoch-stamped speech in, loudspeaker blocks out. The block returned is also the echo reference.

Three things can silence a reply, all with a 5 ms fade:

- its epoch is no longer the live one: the rest of it is forgotten;
- `hold` is set: it stops and waits at the start of the word it was in, and goes on from there when `hold` is cleared;
- `duck` is set: it goes on, quieter.

Beside replies there are asides: a short sound that takes nobody's floor, quieter than speech. A reply that sounds
ends it; so does clearing `aside`.
"""

from collections import deque
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Protocol

import numpy as np

DUCKED = 0.25                    # -12 dB: clearly quieter, still followed with ease
ASIDE = 0.355                    # -9 dB: who murmurs "mm-hm" does not raise the voice
FADE_MS = 5                      # short enough to feel instant, long enough not to click
FALL_MS = 40                     # an aside that is not wanted any more dies away, it is not cut
DEPTH = 64                       # chunks of at most 50 ms: what a synthesiser may be ahead


@dataclass(frozen=True, slots=True)
class Speech:
    """pcm: [n] float32 at the device's rate; words: (first sample within pcm, word); last: the reply ends here."""

    epoch: int
    pcm: np.ndarray
    words: tuple[tuple[int, str], ...] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Sounding:
    """The first sample of the reply is at `at`, counted in samples given to the loudspeaker."""

    epoch: int
    at: int


@dataclass(frozen=True, slots=True)
class Said:
    """This word of the reply has been played to its end."""

    epoch: int
    at: int
    word: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """The last sample of the reply is at `at`."""

    epoch: int
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """A sign of listening. pcm: [n] float32 at the device's rate, as loud as speech."""

    text: str
    pcm: np.ndarray


@dataclass(frozen=True, slots=True)
class Murmured:
    """The first sample of an aside is at `at`."""

    text: str
    at: int


Report = Sounding | Said | Spoken | Murmured


class LiveEpoch(Protocol):
    """Whatever says which reply is still wanted."""

    now: int


class Playout:
    """Used by one thread (the mouth), except `inbox.put`, `duck`, `hold` and `aside`, which other threads may write.

    `aside`: what is to be murmured, from its first sample on; None: nothing. The same value is played once.
    """

    def __init__(self, hz: int, epoch: LiveEpoch) -> None:
        self.inbox: Queue[Speech] = Queue(DEPTH)
        self.duck = self.hold = False
        self.aside: Aside | None = None
        self._murmur: Aside | None = None    # the aside that is being played, or was the last one
        self._murmurs = np.zeros(0, np.float32)      # the rest of it
        self._swell = 0.0                    # its gain at the end of the last block
        self.reports: list[Report] = []      # appended here, taken by the mouth
        self._epoch = epoch
        self._fade, self._fall = hz * FADE_MS // 1000, hz * FALL_MS // 1000
        self._out = 0                        # samples given away since the start
        self._begin(0)

    def _begin(self, reply: int) -> None:
        """Forget the reply that was played; the next one is `reply`."""
        self._reply = reply
        self._gain = 1.0                         # at the end of the last block
        self._chunks: deque[Speech] = deque()    # from the word being spoken on
        self._base = 0                           # position in the reply of the first of them
        self._pos = 0                            # position in the reply of the next sample
        self._words: deque[tuple[int, str]] = deque()    # not yet heard to the end; the first may be sounding
        self._word_at = 0                        # where the word being spoken began: `hold` goes back to it
        self._sounding = self._ended = False

    @property
    def busy(self) -> bool:
        """Something is being played or held back."""
        return bool(self._chunks)

    @property
    def has_speech(self) -> bool:
        """Something of a reply is being played, held back or waiting to be played."""
        return bool(self._chunks) or not self.inbox.empty()

    @property
    def murmuring(self) -> bool:
        """An aside is being played."""
        return len(self._murmurs) > 0

    def block(self, n: int) -> np.ndarray:
        """-> [n] float32, the next block for the loudspeaker, silence where there is nothing to say."""
        live = self._epoch.now
        audible = self._sounding and self._gain > 0
        if self._reply != live and audible:
            y = self._fade_out()
            self._begin(live)
        elif self.hold:
            y = self._fade_out() if audible else np.zeros(0, np.float32)
            self._pos = max(self._word_at, self._base)
        else:
            if self._reply != live:
                self._begin(live)
            y = self._take(n)
            target = DUCKED if self.duck else 1.0
            if len(y):
                ramp = min(len(y), self._fade)
                y[:ramp] *= np.linspace(self._gain, target, ramp, dtype=np.float32)
                y[ramp:] *= np.float32(target)
            self._gain = target
        out = np.pad(y, (0, n - len(y))) if len(y) < n else y
        if self.aside is not None or self._murmur is not None:
            self._add_aside(out, len(y) > 0)
        self._out += n
        return out

    def _add_aside(self, out: np.ndarray, replying: bool) -> None:
        """Adds the next samples of the aside to `out` [n]; where it is not wanted any more, they fade."""
        wanted = None if replying else self.aside
        if not len(self._murmurs):
            if wanted is None or wanted is self._murmur:
                return
            self._murmur, self._murmurs, self._swell = wanted, wanted.pcm, 1.0
            self.reports.append(Murmured(wanted.text, self._out))
        part, self._murmurs = self._murmurs[: len(out)], self._murmurs[len(out) :]
        fall = 0.0 if self._murmur is wanted else 1 / self._fall
        gain = np.maximum(0, self._swell - fall * np.arange(1, len(part) + 1))
        out[: len(part)] += (ASIDE * gain * part).astype(np.float32)
        np.clip(out, -1, 1, out=out)
        self._swell = float(gain[-1]) if len(part) else 0.0
        if self._swell == 0:
            self._murmurs = self._murmurs[:0]

    def _fade_out(self) -> np.ndarray:
        y = self._take(self._fade)
        y *= np.linspace(self._gain, 0.0, len(y), dtype=np.float32)
        self._gain = 0.0
        return y

    def _fill(self, end: int) -> None:
        """Take chunks from the inbox until position `end` of the live reply is there; drop those of dead replies."""
        have = self._base + sum(len(c.pcm) for c in self._chunks)
        while have < end and not self._ended:
            try:
                chunk = self.inbox.get_nowait()
            except Empty:
                return
            if chunk.epoch == self._reply:
                self._words.extend((have + at, word) for at, word in chunk.words)
                self._chunks.append(chunk)
                self._ended = chunk.last
                have += len(chunk.pcm)

    def _take(self, n: int) -> np.ndarray:
        """-> up to [n] samples of the live reply, a copy, with the reports that go with them."""
        self._fill(self._pos + n)
        parts: list[np.ndarray] = [np.zeros(0, np.float32)]
        start, at = self._pos, self._base
        for c in self._chunks:
            parts.append(c.pcm[max(0, start - at) : max(0, start + n - at)])
            at += len(c.pcm)
        y = np.concatenate(parts)
        self._pos = start + len(y)
        self._report(start)
        while self._chunks and self._base + len(self._chunks[0].pcm) <= min(self._word_at, self._pos):
            self._base += len(self._chunks.popleft().pcm)
        return y

    def _report(self, start: int) -> None:
        def out(pos: int) -> int:
            return self._out + pos - start

        if self._pos > start and not self._sounding:
            self._sounding = True
            self.reports.append(Sounding(self._reply, self._out))
        while len(self._words) > 1 and self._words[1][0] <= self._pos:
            _, word = self._words.popleft()
            self._word_at = self._words[0][0]
            self.reports.append(Said(self._reply, out(self._word_at), word))
        whole = self._base + sum(len(c.pcm) for c in self._chunks)
        if self._ended and self._pos >= whole:
            for _, word in self._words:
                self.reports.append(Said(self._reply, out(whole), word))
            self.reports.append(Spoken(self._reply, out(whole)))
            self._words.clear()
            self._chunks.clear()
            self._base = self._word_at = whole
            self._sounding = self._ended = False

    def take_reports(self) -> list[Report]:
        """What has happened since the last call, in order."""
        out, self.reports = self.reports, []
        return out

