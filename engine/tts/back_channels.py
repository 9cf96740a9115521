"""The assistant's signs of listening ("mm-hm") in the voice of now, synthesised before anybody needs them.

Synthesis goes through the speak stage while nobody replies; what a new reply pushes aside is asked for again.
"""

from collections.abc import Generator
from contextlib import closing

import numpy as np

from audio_io.playout import Aside
from engine.messages import Chunk, Murmur, Phrase, Sign, Style
from engine.turns.lexicon import OWN_BACK_CHANNELS
from engine.workers.stage import Speak, Work

AS_READ = {"mm-hm": "um-hum"}    # a synthesiser would spell "mm-hm" out
QUIET = 0.003                    # -50 dB: what is below it at the ends is cut away
EDGE_S = 0.005


def with_signs(speak: Speak, hz: int) -> Work[Phrase | Sign, Chunk | Murmur]:
    """-> the same work, which makes of a `Sign` one `Murmur`. `speak` delivers at `hz`."""

    def work(body: Phrase | Sign) -> Generator[Chunk | Murmur | None, None, None]:
        if isinstance(body, Phrase):
            with closing(speak(body)) as chunks:
                yield from chunks
            return
        with closing(speak(Phrase(AS_READ.get(body.text, body.text), body.style, last=True))) as chunks:
            parts = [np.zeros(0, np.float32)]
            for chunk in chunks:
                if chunk is None:                # still at work: a moment at which it may be stopped
                    yield None
                else:
                    parts.append(chunk.pcm)
        yield Murmur(body.text, body.style, trimmed(np.concatenate(parts), hz))

    return work


def trimmed(pcm: np.ndarray, hz: int) -> np.ndarray:
    """pcm [n] float32 -> [m] without the silence around it, its edges rounded."""
    loud = np.flatnonzero(np.abs(pcm) > QUIET)
    if not len(loud):
        return np.zeros(0, np.float32)
    edge = round(EDGE_S * hz)
    out = pcm[max(0, loud[0] - edge) : loud[-1] + 1 + edge].astype(np.float32)
    ramp = np.linspace(0, 1, min(edge, len(out) // 2), dtype=np.float32)
    out[: len(ramp)] *= ramp
    out[len(out) - len(ramp) :] *= ramp[::-1]
    return out


class Signs:
    """Those that are ready, in one style at a time."""

    def __init__(self) -> None:
        self.ready: dict[str, Aside] = {}
        self.pending: int | None = None          # the epoch in which one was asked for that has not come yet
        self._style: Style | None = None
        self._given_up = False

    @property
    def complete(self) -> bool:
        return len(self.ready) == len(set(OWN_BACK_CHANNELS))

    def missing(self, style: Style, epoch: int) -> Sign | None:
        """What the synthesiser should make next for `style`; None: nothing, or it is at it."""
        if style != self._style:
            self._style, self.ready, self.pending, self._given_up = style, {}, None, False
        if self._given_up or self.pending == epoch:
            return None
        text = next((text for text in OWN_BACK_CHANNELS if text not in self.ready), None)
        return None if text is None else Sign(text, style)

    def take(self, murmur: Murmur) -> None:
        """One is there. In another voice than the one of now it is not wanted."""
        if murmur.style == self._style:
            self.ready[murmur.text], self.pending = Aside(murmur.text, murmur.pcm), None

    def give_up(self) -> None:
        """This voice cannot say them: not tried again before the voice changes."""
        self._given_up, self.pending = True, None
