"""Left context of causal networks, as a value: what one call leaves for the next.

A causal network computes frames `start`..`end` of a stream. What it needs of earlier frames (convolution inputs, keys
and values) lies in a `Context`, one tensor a layer in order of execution. What it leaves is the context at `keep`. That
may lie before `end`: the frames after it are of a chunk that is not complete and will be computed again.
A `Tape` is the two lists during one call. The same code computes a whole sequence: no context, nothing kept.
"""

import copy
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Context = tuple[Tensor, ...]
Walk = Generator[None, None, Tensor]             # work that yields now and then, so that whoever drives it may stop


@dataclass(frozen=True)
class Span:
    """The frames of one call, and who sees whom. All numbers are frames from the start of the stream."""

    start: int = 0               # first frame computed now
    end: int = 0                 # one past the last
    keep: int = 0                # context is left for this frame, a multiple of `chunk`; `start`: none that is new
    chunk: int | None = None     # a frame sees its own chunk and earlier ones; None: everything
    first: int = 0               # frames at the start of the stream that are seen for ever
    recent: int | None = None    # frames before its own chunk that a frame sees besides; None: all

    def times(self, n: int) -> "Span":
        """The same span at n times the rate."""
        chunk, recent = (None if x is None else n * x for x in (self.chunk, self.recent))
        return Span(n * self.start, n * self.end, n * self.keep, chunk, n * self.first, recent)

    def past(self, at: int) -> list[int]:
        """Frames whose keys a context holds at frame `at`, ascending."""
        head = min(self.first, at)
        tail = head if self.recent is None else max(head, at - self.recent)
        return [*range(head), *range(tail, at)]

    def keys(self) -> list[int]:
        """Frames whose keys are there during the call, ascending."""
        return self.past(self.start) + list(range(self.start, self.end))

    def mask(self) -> Tensor | None:
        """[end - start, keys] bool, True where a frame sees a key; None where all see all."""
        if self.chunk is None:
            return None
        i = torch.arange(self.start, self.end)[:, None]
        j = torch.tensor(self.keys(), dtype=torch.long)[None]
        block = i // self.chunk * self.chunk
        seen = j < block + self.chunk
        if self.recent is not None:
            seen &= (j < self.first) | (j >= block - self.recent)
        return None if bool(seen.all()) else seen


class Tape:
    """One call's contexts: read from `old` and written to a new one, in the order in which the layers run."""

    def __init__(self, span: Span, old: Context, device: torch.device) -> None:
        self.span, self.old, self.new, self.device = span, old, list[Tensor](), device
        self.read = 0
        mask = span.mask()
        self.mask = None if mask is None else mask.to(device)             # [end - start, keys]; bool
        self.kept = None                                                  # which keys stay, [n] int64; None: none new
        if span.keep > span.start:
            where = {frame: n for n, frame in enumerate(span.keys())}
            self.kept = torch.tensor([where[frame] for frame in span.past(span.keep)], device=device)

    def again(self, old: Context) -> "Tape":
        """A tape of the same span over another context: for the next call with the same frames."""
        twin = copy.copy(self)
        twin.old, twin.new, twin.read = old, [], 0
        return twin

    def positions(self) -> Tensor:
        """[end - start] float32, the frames' places in the stream."""
        return torch.arange(self.span.start, self.span.end, device=self.device, dtype=torch.float32)

    def context(self) -> Context:
        """What the call leaves for the next one."""
        return self.old if self.kept is None else tuple(self.new)

    def take(self) -> Tensor | None:
        """The next layer's part of the old context; None at the start of a stream."""
        if not self.old:
            return None
        self.read += 1
        return self.old[self.read - 1]

    def before(self, x: Tensor, n: int) -> Tensor:
        """x [B, C, T], inputs of a convolution -> [B, C, n + T]: with the n frames before them, zeros at the start."""
        past = self.take()
        x = F.pad(x, (n, 0)) if past is None else torch.cat([past.to(x.dtype), x], 2)
        if self.kept is not None:
            at = self.span.keep - self.span.start
            self.new.append(x[:, :, at : at + n].clone())                 # a view would keep all of x alive
        return x

    def grown(self, x: Tensor) -> Tensor:
        """x [B, heads, T, d], keys or values -> [B, heads, keys, d]: with those of earlier frames."""
        past = self.take()
        if past is not None:
            x = torch.cat([past.to(x.dtype), x], 2)
        if self.kept is not None:
            self.new.append(x.index_select(2, self.kept))
        return x


def size(context: Context) -> int:
    """Bytes of a context."""
    return sum(t.numel() * t.element_size() for t in context)
