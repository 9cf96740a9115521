"""The flow's equation solved over one chunk at fixed addresses: each step of the solver is one recorded graph.

`FixedSolver` has room for one stream. Which one's contexts lie there now is a `Page`; when another one comes, the first
is copied away, if anybody still holds it, and copied back when it goes on. One stream after the other costs no copy.
"""

import weakref
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.nets.cfm import Estimator, Given, Solver, finish
from engine.nets.fixed_tape import Contexts, FixedTape, Places
from engine.nets.graphs import Piece
from engine.nets.tape import Context, Span, Tape


@dataclass(frozen=True, eq=False)
class Kept:
    """A page copied away. head: slots of the frames seen for ever. ring: None where no frame lies there."""

    head: Tensor
    ring: Tensor | None
    before: Tensor
    rest: tuple[Tensor, ...]     # of a chunk that is half done
    frames: int

    @property
    def bytes(self) -> int:
        parts = (self.head, self.before, *(() if self.ring is None else (self.ring,)))
        return sum(t.numel() * t.element_size() for t in parts)


class Page:
    """One stream's contexts, wherever they are. Its owner counts up `version` whenever it changes them."""

    def __init__(self, first: int, kept: Kept | None = None) -> None:
        """first: frames of the stream that are seen for ever. kept: where it goes on; None: at its start."""
        self.first, self.kept, self.version = first, kept, 0
        self.frames = 0 if kept is None else kept.frames         # that were begun


class FixedSolver:
    def __init__(self, estimator: Estimator, mel: int, how: Solver, span: Span, head: int, noise: Tensor) -> None:
        """span: its `chunk` and `recent` hold. head: frames there is room for that are seen for ever.

        noise: [1, mel, n], on the device that all of it is for. On CUDA everything is recorded now.
        """
        assert span.chunk is not None
        assert span.recent is not None
        self.how, self.noise, self.chunk, device = how, noise, span.chunk, noise.device
        both = 2 if how.guidance else 1
        self.x = noise.new_zeros(1, mel, span.chunk)
        self.mu, self.cond = noise.new_zeros(both, mel, span.chunk), noise.new_zeros(both, mel, span.chunk)
        self.speaker = noise.new_zeros(both, mel)                # the second halves stay zero: without condition
        self.times = [torch.full((both,), t, device=device) for t, _ in how.times()]
        layers = [t.shape for t in self._layers(estimator, span.chunk)]
        before = max(s[2] for s in layers if len(s) == 3)
        self.places = Places(span.chunk, span.recent, head, before, device)
        self.contexts = Contexts(layers, how.steps, self.places.keys, self.x)
        self.steps = [Piece(StepOf(self, estimator, k)) for k in range(how.steps)]
        self.begin = Piece(self._begin)
        self._here: weakref.ref[Page] | None = None
        if device.type == "cuda":
            self.record()

    @property
    def recorded(self) -> bool:
        return self.begin.graph is not None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return self.begin, *self.steps

    @property
    def buffers(self) -> tuple[Tensor, ...]:
        """All that a run reads and writes, at addresses that stay."""
        return self.contexts.keys, self.contexts.before, *self._rest

    def record(self) -> None:
        self.places.set(0, self.chunk, 0, keep=True)     # any chunk: a run's masks must hide none from all
        pool = self.begin.record()
        for step in self.steps:
            pool = step.record(pool)

    def walk(self, page: Page, frames: tuple[int, int], given: Given) -> Generator[None, None, Tensor]:
        """The next frames, from a chunk's start to its end or before -> mel [1, mel, n]. Yields between steps.

        Where they end at a chunk, the page stands at the next one afterwards; else still at this one's start.
        """
        block, end = frames
        n = end - block
        self.take(page)
        page.frames = max(page.frames, block + self.chunk)
        self.places.set(block, end, page.first, keep=n == self.chunk)
        self.mu[:1, :, :n].copy_(given.mu)
        self.cond[:1, :, :n].copy_(given.cond)
        self.speaker[:1].copy_(given.speaker)
        self.begin()
        for step in self.steps:
            step()
            yield
            self.take(page)
        return self.x[:, :, :n].clone()

    # -- pages ------------------------------------------------------------------------------------------------
    def take(self, page: Page) -> None:
        """Makes it the one that is here."""
        here = self._here() if self._here is not None else None
        if here is page:
            return
        if here is not None:
            here.kept = self._keep(here)
        if page.kept is None:
            self.contexts.before.zero_()                 # as convolutions are padded at a stream's start
        else:
            self._put(page.kept)
        page.kept, self._here = None, weakref.ref(page)

    def keep(self, page: Page) -> Kept:
        """A copy of it, which any number of pages may go on from."""
        self.take(page)
        return self._keep(page)

    def _keep(self, page: Page) -> Kept:
        keys, head = self.contexts.keys, self.places.head
        ring = keys[..., head : head + self.places.ring, :].clone() if page.frames > page.first else None
        return Kept(keys[..., : min(page.first, page.frames), :].clone(), ring, self.contexts.before.clone(),
                    tuple(t.clone() for t in self._rest), page.frames)  # fmt: skip

    def _put(self, kept: Kept) -> None:
        keys, head = self.contexts.keys, self.places.head
        keys[..., : kept.head.shape[-2], :].copy_(kept.head)
        if kept.ring is not None:
            keys[..., head : head + self.places.ring, :].copy_(kept.ring)
        self.contexts.before.copy_(kept.before)
        for place, value in zip(self._rest, kept.rest, strict=True):
            place.copy_(value)

    @property
    def _rest(self) -> tuple[Tensor, ...]:
        return self.x, self.mu, self.cond, self.speaker, *self.places.buffers

    # -- what is recorded ---------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self.places.find()
        at = (self.places.block + self.places.frames) % self.noise.shape[2]
        self.x.copy_(self.noise.index_select(2, at))

    def _layers(self, estimator: Estimator, chunk: int) -> Context:
        """A step's context, by running one."""
        tape = Tape(Span(0, chunk, chunk, chunk), (), self.x.device)
        with torch.no_grad():
            finish(estimator.walk(self.x.expand_as(self.mu), self.mu, self.times[0], self.speaker, self.cond, tape))
        return tape.context()


class StepOf:
    """The solver's step `k`: x goes on by its length along the estimator's velocity."""

    def __init__(self, solver: FixedSolver, estimator: Estimator, k: int) -> None:
        self.solver, self.estimator, self.k = solver, estimator, k
        self.tape = FixedTape(solver.contexts.of(k), solver.places, solver.places.mask)
        self.length = solver.how.times()[k][1]

    def __call__(self) -> None:
        s, g = self.solver, self.solver.how.guidance
        self.tape.rewind()
        v = finish(self.estimator.walk(s.x.expand_as(s.mu), s.mu, s.times[self.k], s.speaker, s.cond, self.tape))
        if g:
            v = (1 + g) * v[:1] - g * v[1:]
        s.x.copy_(s.x + self.length * v)
