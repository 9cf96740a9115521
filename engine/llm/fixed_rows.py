"""A chat model's keys and values at fixed addresses: on CUDA one token is then one replay of a recorded graph.

Started one by one from Python, a 7B model's token is some 1,500 operations (docs/log.md), which takes a GPU longer to
be told than to do. `engine.llm.kv_cache` uses this where the network allows it; the arithmetic is that of the growing
cache and is tested against it on the CPU. The recording itself has not been run: there was no CUDA device here.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import StaticCache

from engine.nets.graphs import Unrecordable, record
from engine.nets.voice_lm import causal

DENSE = ("sdpa", "eager")        # ways of attention that take a mask of numbers


def fits_fixed(net: Any) -> bool:
    """Whether `net` can: full attention in every layer, no branches on values, weights that are not quantised."""
    config = net.config.get_text_config(decoder=True)
    kinds = getattr(config, "layer_types", None) or ()
    return (
        bool(getattr(net, "_can_compile_fullgraph", False))
        and all(kind == "full_attention" for kind in kinds)
        and (bool(kinds) or not getattr(config, "sliding_window", None))
        and not getattr(net, "is_quantized", False)
        and config._attn_implementation in DENSE
    )


class FixedRows:
    """At most `capacity` rows of one conversation. How many there are the caller knows; what lies behind is not seen.

    Every row is computed against the whole capacity, under a mask: a GPU's memory is read for it, 8192 rows of a 7B
    model being half a gigabyte, in place of the operations that are saved.
    """

    def __init__(self, net: Any, device: torch.device, capacity: int) -> None:
        """net: one that `fits_fixed`. Allocates everything and on CUDA records the step. Raises ValueError below 1."""
        if capacity < 1:
            raise ValueError(f"room for {capacity} rows: needs at least 1")
        self.net, self.capacity, self.next = net, capacity, 0      # next: where the next row goes
        self.cache: Any = StaticCache(config=net.config, max_cache_len=capacity)
        self.embedding: Any = net.get_input_embeddings()
        self.row = torch.zeros(1, 1, self.embedding.weight.shape[1], dtype=self.embedding.weight.dtype, device=device)
        self.at = torch.zeros(1, dtype=torch.long, device=device)
        self.graph: Any = None
        self.out: Any = None
        self.lacks = ""                          # why it is not recorded on CUDA
        with torch.inference_mode():
            self._plain({"inputs_embeds": self.row}, self.at, hidden=False)      # the cache allocates in its first step
            self._set(0)
            if device.type == "cuda":
                self._record()

    def run(self, given: dict[str, Tensor], first: int, hidden: bool) -> tuple[Tensor, Tensor | None]:
        """given: input_ids [1, n] or inputs_embeds [1, n, d], rows `first`..`first` + n of the context.

        -> logits [vocabulary] after the last row; last hidden states [n, d] where `hidden`. Copies: the graph writes
        its own again and again. To be called under inference mode. Raises ValueError where the rows do not fit.
        """
        n = next(iter(given.values())).shape[1]
        if first + n > self.capacity:
            raise ValueError(f"{first} + {n} rows do not fit into room for {self.capacity}")
        if first != self.next:
            self._set(first)
        self.next = -1                           # not known until all layers have taken the rows
        if n == 1 and self.graph is not None:
            self.row.copy_(given["inputs_embeds"] if "inputs_embeds" in given else self.embedding(given["input_ids"]))
            self.at.fill_(first)
            self.graph.replay()
            out = self.out
        else:
            out = self._plain(given, torch.arange(first, first + n, device=self.at.device), hidden)
        self.next = first + n
        return out.logits[0, -1].clone(), out.hidden_states[-1][0].clone() if hidden else None

    def rows(self, length: int) -> list[tuple[Tensor, Tensor]]:
        """Copies of the first `length` rows, (keys, values) [1, heads, length, wide] for each layer."""
        return [(x.keys[:, :, :length].clone(), x.values[:, :, :length].clone()) for x in self.cache.layers]

    def _set(self, length: int) -> None:
        self.next = length
        for layer in self.cache.layers:
            layer.cumulative_length.fill_(length)       # where the next row goes; in place, the graph has its address

    def _plain(self, given: dict[str, Tensor], at: Tensor, hidden: bool) -> Any:
        """Every shape but the number of rows is fixed, and nothing here waits for the device."""
        return self.net(**given, attention_mask=causal(at, self.capacity, self.net.dtype), position_ids=at[None],
                        past_key_values=self.cache, use_cache=True, logits_to_keep=1,
                        output_hidden_states=hidden)  # fmt: skip

    def _record(self) -> None:
        try:
            self.graph, self.out = record(lambda: self._plain({"inputs_embeds": self.row}, self.at, hidden=True),
                                          lambda: self._set(0))  # fmt: skip
        except Unrecordable as error:
            self.lacks = str(error)
