"""A lane: one reply's way through the voice LM, its keys and values and nothing else.

`GrowingLane` keeps what it needs and allocates as it goes; `FixedLane` has room for a fixed number of rows at fixed
addresses, so that on CUDA its step of one row is one recorded graph. Both compute the same. What was computed once (a
voice's prompt) is a value, `Past`, that any number of lanes start from; none of them changes it.

Rules of the arithmetic (../shared/reference/models.md 4.10): never a mask of one position beside a cache.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import DynamicCache, StaticCache

from engine.nets.cfm import finish
from engine.nets.graphs import Unrecordable, record
from engine.nets.halting import halting, halts
from engine.nets.voice_lm import VoiceLm, causal


@dataclass(frozen=True, eq=False)
class Past:
    """Keys and values of the first `length` rows, a pair for each layer, each [1, kv_heads, length, wide]."""

    length: int
    layers: tuple[tuple[Tensor, Tensor], ...]


class Lane(Protocol):
    """`length`: rows so far. `room`: rows that still fit, None where there is no limit. `lacks`: why a step is not
    recorded on CUDA, where it might be."""

    length: int
    lacks: str

    @property
    def room(self) -> int | None: ...

    def start(self, past: Past | None) -> None:
        """Forgets everything and goes on after `past`."""

    def feed(self, rows: Tensor) -> Tensor:
        """rows [n, hidden], n >= 1 -> [hidden], the state after the last of them; valid until the next call."""

    def walk(self, rows: Tensor) -> Generator[None, None, Tensor]:
        """As `feed`, with yields on the way where it takes long; closed there, it leaves the lane as it was."""

    def crop(self, length: int) -> None:
        """Back to the first `length` rows. Raises ValueError where there were never so many."""

    def keep(self) -> Past:
        """-> a copy of what there is."""


class GrowingLane:
    """Any number of rows; each step copies the cache once, which the network's own work outweighs on a CPU."""

    lacks = ""                                   # nothing of it is recorded anywhere

    def __init__(self, lm: VoiceLm) -> None:
        self.lm, self.length = lm, 0
        self.places = halts(lm.body)
        self.cache: Any = DynamicCache(config=lm.body.config)

    @property
    def room(self) -> int | None:
        return None

    def start(self, past: Past | None) -> None:
        self.cache, self.length = DynamicCache(config=self.lm.body.config), 0
        if past is not None:
            for k, (keys, values) in enumerate(past.layers):
                self.cache.update(keys, values, k)      # joins to a new tensor, so `past` stays as it is
            self.length = past.length

    def feed(self, rows: Tensor) -> Tensor:
        return finish(self.walk(rows))

    def walk(self, rows: Tensor) -> Generator[None, None, Tensor]:
        try:
            hidden = yield from halting(self.places, lambda: self._run(rows))
        except GeneratorExit:                    # some layers have taken the rows, others not
            self._cut(self.length)
            raise
        self.length += len(rows)
        return hidden

    def crop(self, length: int) -> None:
        _can_crop(length, self.length)
        if length < self.length:
            self._cut(length)
        self.length = length

    def keep(self) -> Past:
        return _kept(self.cache, self.length)

    @torch.no_grad()
    def _run(self, rows: Tensor) -> Tensor:
        at = torch.arange(self.length, self.length + len(rows), device=rows.device)
        mask = None if len(rows) == 1 else causal(at, self.length + len(rows), rows.dtype)
        hidden: Tensor = self.lm(rows[None], mask, at[None], self.cache)
        return hidden[0, -1]

    def _cut(self, length: int) -> None:
        for layer in self.cache.layers:
            if layer.is_initialized:
                layer.keys, layer.values = layer.keys[:, :, :length], layer.values[:, :, :length]


class FixedLane:
    """At most `capacity` rows. On CUDA one row is one replay of a recorded graph; anything else runs it plainly.

    The CPU runs the same operations without the recording. The recording itself has not been run: there was no CUDA
    device where this was written.
    """

    def __init__(self, lm: VoiceLm, capacity: int = 4096) -> None:
        """capacity: 4096 rows hold two minutes, in 50 MB at 16 bits. Raises ValueError below 1."""
        if capacity < 1:
            raise ValueError(f"a lane of {capacity} rows: needs at least 1")
        self.lm, self.capacity, self.length = lm, capacity, 0
        cfg = lm.cfg
        self.cache: Any = StaticCache(config=lm.body.config, max_cache_len=capacity)
        self.cache.early_initialization(1, cfg.kv_heads, cfg.hidden // cfg.heads, lm.dtype, lm.device)
        self.row = torch.zeros(1, cfg.hidden, dtype=lm.dtype, device=lm.device)
        self.at = torch.zeros(1, dtype=torch.long, device=lm.device)
        self.graph: Any = None
        self.out: Tensor | None = None
        self.lacks = ""                          # why it is not recorded on CUDA
        if lm.device.type == "cuda":
            self._record()

    @property
    def room(self) -> int | None:
        return self.capacity - self.length

    def start(self, past: Past | None) -> None:
        """Raises ValueError where `past` has more rows than fit."""
        length = 0 if past is None else past.length
        if length > self.capacity:
            raise ValueError(f"a prompt of {length} rows does not fit a lane of {self.capacity}")
        for layer, (keys, values) in zip(self.cache.layers, past.layers, strict=True) if past and length else ():
            layer.keys[:, :, :length].copy_(keys)
            layer.values[:, :, :length].copy_(values)
        self._set(length)

    def walk(self, rows: Tensor) -> Generator[None, None, Tensor]:
        """At once: it is made for CUDA, where a step is one replay."""
        yield from ()
        return self.feed(rows)

    @torch.no_grad()
    def feed(self, rows: Tensor) -> Tensor:
        """Raises ValueError where the rows do not fit."""
        n = len(rows)
        if self.length + n > self.capacity:
            raise ValueError(f"{self.length} + {n} rows do not fit a lane of {self.capacity}")
        if n == 1 and self.graph is not None:
            self.row.copy_(rows)
            self.at.fill_(self.length)
            self.graph.replay()
            hidden = self.out
        else:
            hidden = self._run(rows, torch.arange(self.length, self.length + n, device=rows.device))
        self.length += n
        assert hidden is not None
        return hidden[-1]

    def crop(self, length: int) -> None:
        _can_crop(length, self.length)
        self._set(length)

    def keep(self) -> Past:
        return _kept(self.cache, self.length)

    def _set(self, length: int) -> None:
        """What lies behind `length` stays where it is: no row sees it before it is written again."""
        self.length = length
        for layer in self.cache.layers:
            layer.cumulative_length.fill_(length)       # where the next row goes; in place, the graph has its address

    def _run(self, rows: Tensor, at: Tensor) -> Tensor:
        """rows [n, hidden], at [n] -> [n, hidden]. Every shape but n is fixed; nothing here waits for the device."""
        hidden: Tensor = self.lm(rows[None], causal(at, self.capacity, rows.dtype), at[None], self.cache)
        return hidden[0]

    @torch.no_grad()
    def _record(self) -> None:
        try:
            self.graph, self.out = record(lambda: self._run(self.row, self.at), lambda: self._set(0))
        except Unrecordable as error:
            self.lacks = str(error)


def _can_crop(to: int, length: int) -> None:
    if not 0 <= to <= length:
        raise ValueError(f"cannot go back to row {to} of {length}")


def _kept(cache: Any, length: int) -> Past:
    if length == 0:
        return Past(0, ())
    return Past(length, tuple((x.keys[:, :, :length].clone(), x.values[:, :, :length].clone()) for x in cache.layers))
