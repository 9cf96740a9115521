"""One conversation's place in a causal language model: its KV cache, rolled back to what still holds, never rebuilt.

The network is shared, this is not. What is read are rows: token ids, or embeddings in their place (the voice of the
`aligned` profile). Two contexts that begin alike share that beginning's keys and values: reading the second crops the
cache to it and computes the rest, so a turn costs what is new in it.
"""

from collections.abc import Generator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from audio_io.errors import Trouble
from engine.llm.fixed_rows import FixedRows, fits_fixed
from engine.models.memory_fit import CONTEXT
from engine.nets.cfm import finish
from engine.nets.halting import Halts, halting, halts

Part = Sequence[int] | Tensor    # token ids, or embeddings [n, d] as the network's own embedding layer gives them
SNAPSHOTS = 2                    # of a network whose state cannot be cropped; one is the persona's
SLICE = {"cpu": 16, "cuda": 256}  # rows computed between two yields


@dataclass(frozen=True, slots=True)
class Read:
    """logits: [vocabulary] float32, of what follows the last row. hidden: [m, d] last hidden states (after the final
    norm) of the `m` rows that were computed, the first of which is row `first` of the context; None unless wanted."""

    logits: Tensor
    first: int
    hidden: Tensor | None = None


class Reader:
    """`read` a context, then `step` token by token. `rows` is what the cache holds, `computed` counts rows run.

    On a processor `read` and `walk_step` yield on their way through a large network; closed there, they leave the
    context as it was before the rows that were under way.
    """

    def __init__(self, net: Any, device: torch.device, fixed: int | None = None) -> None:
        """net: a `transformers` causal language model in eval mode, on `device`.

        fixed: rows that are kept at fixed addresses where the network can (`engine.llm.fixed_rows`); a context that
        outgrows them goes on in a cache that grows. None: on CUDA what `memory_fit` counts, elsewhere none.
        """
        self.net, self.device = net, device
        self.places = halts(net) if device.type == "cpu" else Halts()
        self.rows: list[int | bytes] = []
        self.computed = 0
        config = net.config.get_text_config(decoder=True)
        kinds = getattr(config, "layer_types", None) or ()
        self.crops = all(kind.endswith("attention") and "linear" not in kind for kind in kinds)
        self.limit: int = getattr(config, "max_position_embeddings", 0) or 1 << 20
        wanted = (CONTEXT if device.type == "cuda" else 0) if fixed is None else fixed
        self._most = min(wanted, self.limit) if self.crops and fits_fixed(net) else 0
        self._fixed: FixedRows | None = None     # in its place, as long as it has room
        self._cache = self._empty()
        self._snapshots: list[tuple[int, DynamicCache]] = []

    def read(self, parts: Sequence[Part], hidden: bool = False) -> Generator[None, None, Read]:
        """Makes `parts`, one after the other, the context; yields after each slice of rows it has to compute.

        Raises Trouble for an empty context and one longer than the network's.
        """
        keys, values = _flat(parts)
        if not keys:
            raise Trouble("a language model was given nothing to read")
        if len(keys) >= self.limit:
            raise Trouble(f"the conversation has {len(keys)} tokens, the language model takes {self.limit}; "
                          "start a new one or choose a model with a longer context")  # fmt: skip
        same = next((i for i, (a, b) in enumerate(zip(self.rows, keys, strict=False)) if a != b),
                    min(len(self.rows), len(keys)))  # fmt: skip
        if self._most and self._fixed is None and not self.rows:
            self._fixed = FixedRows(self.net, self.device, self._most)
        first = self._roll(min(same, len(keys) - 1))     # one row at least: its logits are wanted
        found: list[Tensor] = []
        size = SLICE.get(self.device.type, SLICE["cuda"])
        for at in range(first, len(keys), size):
            to = min(at + size, len(keys))
            logits, states = yield from self._run(keys[at:to], values[at:to], hidden, to == len(keys))
            found += [states] if states is not None else []
            yield
        return Read(logits, first, torch.cat(found) if found else None)

    def step(self, token: int, hidden: bool = False) -> Read:
        """One more token. -> what follows it, and its own last hidden state [1, d]."""
        return finish(self.walk_step(token, hidden))

    def walk_step(self, token: int, hidden: bool = False) -> Generator[None, None, Read]:
        """As `step`."""
        if len(self.rows) >= self.limit:
            raise Trouble(f"the answer has reached the language model's limit of {self.limit} tokens")
        logits, states = yield from self._run([token], [token], hidden)
        if self.places:
            yield                                # whoever draws from many logits has work of its own
        return Read(logits, len(self.rows) - 1, states)

    @property
    def lacks(self) -> str:
        """Why a token is not computed in the quickest way on CUDA; empty if it is, or before the first `read`."""
        return self._fixed.lacks if self._fixed is not None else ""

    def keep(self) -> None:
        """Remembers this point for a network that cannot be cropped: the next context probably begins like this."""
        if not self.crops and all(n != len(self.rows) for n, _ in self._snapshots):
            self._snapshots = [*self._snapshots[: SNAPSHOTS - 1], (len(self.rows), deepcopy(self._cache))]

    def forget(self) -> None:
        """Frees all that is kept."""
        self.rows, self._snapshots, self._fixed = [], [], None
        self._cache = self._empty()

    # -- inside -------------------------------------------------------------------------------------
    def _empty(self) -> DynamicCache:
        """Sliding windows are kept whole (the mask narrows them): a window that has moved on could not be cropped."""
        return DynamicCache() if self.crops else DynamicCache(config=self.net.config)

    def _roll(self, n: int) -> int:
        """Back to the first `n` rows, or where that is impossible to the longest part of them that was kept."""
        if n == len(self.rows):
            return n
        if self.crops:
            if self._fixed is None:
                self._cache.crop(n - len(self.rows))
            self.rows = self.rows[:n]
            return n
        self._snapshots = [(m, cache) for m, cache in self._snapshots if m <= n]
        m, cache = max(self._snapshots, key=lambda s: s[0], default=(0, None))
        self._cache = self._empty() if cache is None else deepcopy(cache)
        self.rows = self.rows[:m]
        return m

    def _run(
        self, keys: list[int | bytes], values: list[int | Tensor], hidden: bool, last: bool = True
    ) -> Generator[None, None, tuple[Tensor, Tensor | None]]:
        """keys, values: the rows to compute. -> logits [vocabulary] of the last, last hidden states [n, d] or None.

        last: more rows follow where False; then there are no logits where that spares computing them.
        """
        try:
            logits, states = yield from halting(self.places, lambda: self._computed(values, hidden, last),
                                                whole=not self.crops)  # fmt: skip
        except GeneratorExit:                    # nobody wants the rest
            if self.crops:
                self._undo()
            else:
                self.rows += keys
            raise
        except BaseException:
            self.forget()                        # some layers may have taken the rows, others not
            raise
        self.rows += keys
        self.computed += len(keys)
        return logits, states

    @torch.inference_mode()
    def _computed(self, values: list[int | Tensor], hidden: bool, last: bool) -> tuple[Tensor, Tensor | None]:
        given = self._input(values)
        if self._fixed is not None and len(self.rows) + len(values) > self._fixed.capacity:
            self._outgrow(self._fixed)
        if self._fixed is not None:
            logits, states = self._fixed.run(given, len(self.rows), hidden)
            return logits.float(), states
        out = self.net(**given, past_key_values=self._cache, use_cache=True,
                       logits_to_keep=self._wanted(len(values), last), output_hidden_states=hidden)  # fmt: skip
        logits = out.logits[0, -1].float() if out.logits.shape[1] else out.logits[0].float()
        return logits, out.hidden_states[-1][0] if hidden else None

    def _wanted(self, n: int, last: bool) -> int | Tensor:
        """Whose logits, of n rows, as a network's `logits_to_keep`.

        On a processor by index: the last row as a slice does not lie in memory as the product with the vocabulary's
        table wants it, which at 16 bits copied the whole table, 0.27 GB for Qwen2.5-0.5B (docs/log.md).
        """
        if self.device.type != "cpu":
            return 1
        return torch.tensor([n - 1] if last else [], dtype=torch.long)

    def _undo(self) -> None:
        """Takes out of the cache what a forward that was left has put there. Fixed rows write over it."""
        n = len(self.rows)
        if n == 0 and self._fixed is None:
            self._cache = self._empty()
        cache: Any = self._cache
        for layer in cache.layers:
            if layer.is_initialized:
                layer.keys, layer.values = layer.keys[..., :n, :], layer.values[..., :n, :]

    def _outgrow(self, fixed: FixedRows) -> None:
        """What is kept goes on in a cache that grows, for the rest of the conversation."""
        self._cache, self._fixed = self._empty(), None
        for k, (keys, values) in enumerate(fixed.rows(len(self.rows))):
            self._cache.update(keys, values, k)

    def _input(self, values: list[int | Tensor]) -> dict[str, Tensor]:
        ids = [v for v in values if isinstance(v, int)]
        if len(ids) == len(values):
            return {"input_ids": torch.tensor([ids], device=self.device)}
        embedding = self.net.get_input_embeddings()
        rows = [v.to(self.device, embedding.weight.dtype) if isinstance(v, Tensor)
                else embedding(torch.tensor(v, device=self.device)) for v in values]  # fmt: skip
        return {"inputs_embeds": torch.stack(rows)[None]}


def _flat(parts: Sequence[Part]) -> tuple[list[int | bytes], list[int | Tensor]]:
    """-> what identifies each row, and what is computed from."""
    keys: list[int | bytes] = []
    values: list[int | Tensor] = []
    for part in parts:
        if isinstance(part, Tensor):
            numbers = part.detach().to("cpu", torch.float32).contiguous().numpy()
            keys += [blake2b(row.tobytes(), digest_size=16).digest() for row in numbers]
            values += list(part)
        else:
            keys += part
            values += part
    return keys, values
