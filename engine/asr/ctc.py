"""From the voice encoder's posteriors to words: a prefix beam search whose state is a value.

A hypothesis is a sequence of pieces; its probability is the sum over all alignments of it with the frames, kept in
two parts, those that end in a blank and those that do not (Graves, "Sequence transduction", 2012, and Hannun and
others, "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs", 2014). What
`engine/asr/lookahead.py` knows of words is added to the score (shallow fusion), never to the probability.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.asr.lookahead import START, Expectation, Place

NEVER = -1e30                    # a logarithm of zero that can still be added to
BLANK = 0


@dataclass(frozen=True, slots=True)
class Width:
    """How much is searched. hypotheses: kept after a frame; pieces: tried in a frame, those above `least` (natural
    logarithm of the posterior) alone; behind: a hypothesis may be this far behind the best (natural logarithm)."""

    hypotheses: int = 10
    pieces: int = 8
    least: float = -6.0
    behind: float = 14.0


EVERYTHING = Width(1_000_000_000, 1_000_000, -math.inf, math.inf)


class Mark(NamedTuple):
    """A piece of a hypothesis, and the ones before it. frame: where its posterior is highest; logp: that posterior."""

    before: "Mark | None"
    piece: int
    frame: int
    logp: float


class Hypothesis(NamedTuple):
    """key: of the sequence of pieces. blank, sound: log probability of the alignments that end in a blank, in `piece`.

    gain: what the expectation adds. marks: the pieces, the newest first, None for none.
    """

    key: int
    piece: int
    blank: float
    sound: float
    gain: float
    place: Place
    marks: Mark | None

    @property
    def total(self) -> float:
        """Log probability of the sound, without what was expected."""
        return _add(self.blank, self.sound)


class Beam(NamedTuple):
    """The state after `frames` frames: hypotheses, the best first."""

    frames: int
    hypotheses: tuple[Hypothesis, ...]


@dataclass(frozen=True, slots=True)
class Spelt:
    """A recognised word. first, last: frames in which its first and last pieces are surest.

    sure: the mean over its pieces of the natural logarithm of their highest posterior. least: the lowest of them.
    known: whether it is in the vocabulary or one of the user's own.
    """

    text: str
    first: int
    last: int
    pieces: int
    sure: float
    least: float
    known: bool


def _add(a: float, b: float) -> float:
    """log(exp a + exp b)"""
    if a < b:
        a, b = b, a
    return a if b <= NEVER / 2 else a + math.log1p(math.exp(b - a))


class Search:
    """The decoder: holds what does not change. `beam, ... = search(log_probs, beam)` as often as frames come."""

    def __init__(self, pieces: Sequence[str], expect: Expectation, width: Width | None = None) -> None:
        """pieces: as VoiceEncoder.pieces, the blank first; names in <> are never words."""
        self.pieces, self.expect, self.width = tuple(pieces), expect, width or Width()
        self._never = np.array([i for i, p in enumerate(self.pieces) if p.startswith("<")], np.int64)

    def init_state(self) -> Beam:
        return Beam(0, (Hypothesis(0, BLANK, 0.0, NEVER, 0.0, self.expect.start, None),))

    def __call__(self, log_probs: npt.NDArray[np.float32], beam: Beam) -> Beam:
        """log_probs: [k, V] natural logarithms of posteriors, any k -> the beam after them."""
        allowed = log_probs.copy()
        allowed[:, self._never] = -np.inf
        tried = allowed > self.width.least
        frames, hypotheses = beam
        for row, at in zip(log_probs, range(len(log_probs)), strict=True):
            candidates = np.flatnonzero(tried[at])
            if len(candidates) > self.width.pieces:
                best = np.argpartition(allowed[at][candidates], -self.width.pieces)[-self.width.pieces :]
                candidates = np.sort(candidates[best])
            hypotheses = self._frame(hypotheses, candidates.tolist(), row.tolist(), frames + at)
        return Beam(frames + len(log_probs), hypotheses)

    def best(self, beam: Beam, final: bool = False) -> Hypothesis:
        """The likeliest hypothesis; final: judged as the whole of what was said."""
        if not final:
            return beam.hypotheses[0]
        return max(beam.hypotheses, key=lambda h: h.total + h.gain + self.expect.finish(h.place, whole=True))

    def words(self, beam: Beam, final: bool = False) -> list[Spelt]:
        """The words of the likeliest hypothesis, the last one perhaps not whole yet."""
        marks: list[Mark] = []
        mark = self.best(beam, final).marks
        while mark is not None:
            marks.append(mark)
            mark = mark.before
        groups: list[list[Mark]] = []
        for mark in reversed(marks):
            if not groups or self.pieces[mark.piece].startswith(START):
                groups.append([])
            groups[-1].append(mark)
        return [word for group in groups if (word := self._word(group)).text]

    # -- one frame ------------------------------------------------------------------------------------
    def _frame(
        self, hypotheses: tuple[Hypothesis, ...], tried: list[int], logp: list[float], frame: int
    ) -> tuple[Hypothesis, ...]:
        """tried: the pieces that a hypothesis may be extended by. logp: [V] of this frame."""
        made: dict[int, Hypothesis] = {}
        for h in hypotheses:
            total = _add(h.blank, h.sound)
            stays, marks = NEVER, h.marks
            if marks is not None:
                p = logp[h.piece]
                stays = h.sound + p
                if p > marks.logp and h.sound > h.blank:
                    marks = Mark(marks.before, h.piece, frame, p)
            _merge(made, h._replace(blank=total + logp[BLANK], sound=stays, marks=marks))
            for piece in tried:
                p = logp[piece]
                base = h.blank if piece == h.piece else total
                if base <= NEVER / 2:
                    continue                     # the same piece twice needs a blank between
                key = hash((h.key, piece))
                place, gain = self.expect.extend(h.place, self.pieces[piece])
                _merge(made, Hypothesis(key, piece, NEVER, base + p, h.gain + gain, place,
                                        Mark(h.marks, piece, frame, p)))  # fmt: skip
        return self._pruned(made)

    def _pruned(self, made: dict[int, Hypothesis]) -> tuple[Hypothesis, ...]:
        scored = sorted(((_add(h.blank, h.sound) + h.gain, h.key) for h in made.values()), reverse=True)
        least = scored[0][0] - self.width.behind
        return tuple(made[key] for score, key in scored[: self.width.hypotheses] if score >= least)

    def _word(self, marks: list[Mark]) -> Spelt:
        text = "".join(self.pieces[m.piece] for m in marks).replace(START, "")
        logps = [m.logp for m in marks]
        return Spelt(text, marks[0].frame, marks[-1].frame, len(marks), sum(logps) / len(logps), min(logps),
                     self.expect.is_word(text))  # fmt: skip


def _merge(made: dict[int, Hypothesis], h: Hypothesis) -> None:
    """Two ways to the same pieces are one hypothesis; where the pieces were is told by the likelier way."""
    other = made.get(h.key)
    if other is None:
        made[h.key] = h
        return
    likelier = h if max(h.blank, h.sound) > max(other.blank, other.sound) else other
    made[h.key] = likelier._replace(blank=_add(h.blank, other.blank), sound=_add(h.sound, other.sound))
