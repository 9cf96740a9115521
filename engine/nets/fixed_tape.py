"""Left context at fixed addresses: what `engine.nets.tape` is for any span, for one whole chunk at a time.

A recorded graph needs the same shapes at the same places in every run. Keys and values have a slot for each frame that
is seen for ever (the prompt's, `head` of them) and a ring for the others: a frame's slot is its number modulo the
ring's length, so a chunk overwrites the one that has just gone out of sight, and nothing is moved. Which slots are seen
is a mask made on the device from four numbers. Attention does not ask in what order its keys lie.

A chunk that is not complete has numbers of any kind after its last frame. They are never seen: convolutions are causal
and the mask ends where the frames do.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.nets.tape import Tape

ALIGN = 16                       # keys are a multiple of it: kernels would copy the mask to make it one


class Places:
    """Where the frames of a chunk lie and what they see. `set` from the host, then `find`, which may be recorded."""

    def __init__(self, chunk: int, recent: int, head: int, before: int, device: torch.device) -> None:
        """chunk, recent: as in Span. head: frames there is room for that are seen for ever. before: the longest
        context of a convolution."""
        self.chunk, self.recent, self.head, self.ring = chunk, recent, head, recent + chunk
        self.keys = -(-(head + self.ring) // ALIGN) * ALIGN
        self.block, self.end, self.first, self.on = (torch.zeros((), dtype=torch.long, device=device) for _ in "1234")
        self.frames, self._slots = (torch.arange(n, device=device) for n in (chunk, self.keys))
        self._before = torch.arange(before, device=device)
        self.at = torch.zeros(chunk, dtype=torch.long, device=device)            # slots of the chunk's frames
        self.mask = torch.zeros(chunk, self.keys, device=device)                 # added to scores
        self.positions = torch.zeros(chunk, device=device)
        self.behind = torch.zeros(before, dtype=torch.long, device=device)       # which inputs a convolution keeps

    def set(self, block: int, end: int, first: int, keep: bool) -> None:
        """Frames block..end, end at most a chunk further; of the stream's first `first` all are seen for ever.

        keep: whether convolutions go on at the chunk's end, or once more at its start.
        """
        for place, value in ((self.block, block), (self.end, end), (self.first, first), (self.on, keep * self.chunk)):
            place.fill_(value)

    def find(self) -> None:
        place = self.block + self.frames
        self.positions.copy_(place)
        self.at.copy_(torch.where(place < self.first, place, self.head + place % self.ring))
        oldest, slots = self.block - self.recent, self._slots
        held = oldest + (slots - self.head - oldest) % self.ring     # the frame that a slot of the ring has now
        in_head, in_ring = slots < self.head, slots < self.head + self.ring
        seen = torch.where(in_head, slots < torch.minimum(self.first, self.end),
                           (held >= self.first) & (held < self.end) & in_ring)  # fmt: skip
        self.mask.copy_(torch.zeros_like(self.mask).masked_fill_(~seen, float("-inf")))
        self.behind.copy_(self._before + self.on)

    @property
    def buffers(self) -> tuple[Tensor, ...]:
        return self.block, self.end, self.first, self.on, self.at, self.mask, self.positions, self.behind


class Contexts:
    """Contexts of several tapes over the same layers, as few large tensors.

    keys: [tapes, layers' keys and values, B, heads, slots, wide]. before: [tapes, inputs of all convolutions].
    """

    def __init__(self, layers: Sequence[torch.Size], tapes: int, slots: int, like: Tensor) -> None:
        """layers: shapes of a `tape.Context`, in its order; of keys and values all but the third number counts.

        Raises ValueError where they are not alike.
        """
        kinds = {(b, heads, wide) for b, heads, _, wide in (s for s in layers if len(s) == 4)}
        if len(kinds) > 1:
            raise ValueError(f"keys and values of several shapes: {sorted(kinds)}")
        many = sum(len(s) == 4 for s in layers)
        b, heads, wide = kinds.pop() if kinds else (0, 0, 0)
        self.layers = tuple(layers)
        self.keys = like.new_zeros(tapes, many, b, heads, slots, wide)
        self.before = like.new_zeros(tapes, sum(s.numel() for s in layers if len(s) == 3))

    def of(self, tape: int) -> list[Tensor]:
        """Views, in the layers' order."""
        found, key, at = list[Tensor](), 0, 0
        for shape in self.layers:
            if len(shape) == 4:
                found.append(self.keys[tape, key])
                key += 1
            else:
                found.append(self.before[tape, at : at + shape.numel()].view(shape))
                at += shape.numel()
        return found

    @property
    def bytes(self) -> int:
        return sum(t.numel() * t.element_size() for t in (self.keys, self.before))


class FixedTape(Tape):
    """One chunk's contexts, read and written in place. Begin each run with `rewind`."""

    def __init__(self, contexts: list[Tensor], places: Places, mask: Tensor) -> None:
        """mask: of `places`, as the layers take it."""
        self.places, self.contexts, self.mask, self.read = places, contexts, mask, 0

    def rewind(self) -> None:
        self.read = 0

    def positions(self) -> Tensor:
        return self.places.positions

    def before(self, x: Tensor, n: int) -> Tensor:
        past = self._next()
        x = torch.cat([past, x], 2)
        past.copy_(x.index_select(2, self.places.behind[:n]))
        return x

    def grown(self, x: Tensor) -> Tensor:
        return self._next().index_copy_(2, self.places.at, x)

    def _next(self) -> Tensor:
        self.read += 1
        return self.contexts[self.read - 1]
