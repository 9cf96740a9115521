"""Moonshine's streaming network (`moonshine_streaming` of transformers) step by step: sound in as it comes, words out.

Facts, from transformers' modelling code: frames of 5 ms, normalised one by one; two causal convolutions make a row of
20 ms; every encoder layer sees a window of rows to its left and a few (or none) to its right, and there are no
positions in the encoder. So a row is final once the few rows to the right of it, in all layers together, have come
(240 ms in the published sizes), and never computed again. transformers itself computes an utterance at once; here each
layer keeps the rows that its window still needs. Any cutting of the sound gives the rows of one go, which the tests
hold against transformers' own. An extractor's normalising of the whole utterance (`do_normalize`) is left out: it could
not be done as the sound comes, and the network normalises every frame by itself.

The decoder writes words from all rows. It begins with what it wrote before: one pass says how far that still holds.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache, EncoderDecoderCache

from audio_io.frames import MIC_HZ
from engine.nets.halting import halting, halts

TOKENS_S = 6.5                   # an utterance of one second has at most so many tokens: what Moonshine's authors set
FEWEST = 6                       # but a short one may have these
FAINT = 1e-4                     # -80 dBFS: below it nobody speaks, and a decoder left alone with it invents words


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """rows: [1, n, d], what came and the window still needs. first: the number of rows[0]. done: rows given on."""

    rows: Tensor
    first: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """An utterance so far; a value, so a step that is broken off has not happened.

    rest: [k] samples that do not make a frame yet. convs: [1, C, m] inputs that the two convolutions still need.
    rows: [1, n, d], final. samples: heard in all. loud: whether any frame was louder than FAINT.
    """

    rest: Tensor
    convs: tuple[Tensor, Tensor]
    layers: tuple[Layer, ...]
    rows: Tensor
    samples: int = 0
    loud: bool = False


class Moonshine:
    """The network and its tokenizer. Holds no state of an utterance: one object serves any number of listeners."""

    def __init__(self, net: Any, tokenizer: Any) -> None:
        """net: a MoonshineStreamingForConditionalGeneration in eval mode, float32."""
        self.net, self.tokenizer = net, tokenizer
        self.encoder, self.decoder = net.model.encoder, net.model.decoder
        self.places = halts(self.decoder)
        self.embedder = self.encoder.embedder
        self.windows = [(max(1, left), max(1, right)) for left, right in net.config.encoder_config.sliding_windows]
        given = net.generation_config.eos_token_id
        given = net.config.eos_token_id if given is None else given
        self.ends = frozenset(given if isinstance(given, list) else [given])
        start = net.generation_config.decoder_start_token_id
        self.start = int(start if start is not None else net.config.bos_token_id)
        self.most = int(net.config.max_position_embeddings)
        self.row = 4 * int(self.embedder.frame_len)                        # samples
        self.ahead = sum(right - 1 for _, right in self.windows) * self.row     # samples that the last row waits for

    @property
    def longest_s(self) -> float:
        """Seconds that the decoder has positions for."""
        return self.most * self.row / MIC_HZ

    def begin(self) -> Stream:
        """An utterance of which nothing is known yet."""
        convs = [torch.zeros(1, conv.in_channels, conv.left_pad) for conv in (self.embedder.conv1, self.embedder.conv2)]
        empty = torch.zeros(1, 0, self.net.config.encoder_config.hidden_size)
        return Stream(torch.zeros(0), (convs[0], convs[1]), tuple(Layer(empty) for _ in self.windows), empty)

    # -- hearing --------------------------------------------------------------------------------------
    def hear(self, stream: Stream, pcm: np.ndarray, last: bool = False) -> Generator[None, None, Stream]:
        """pcm: [n] float32 at MIC_HZ, the next samples. last: no more will come; what is waiting is computed too.

        Yields after every layer. -> the utterance with it; `stream` stays as it was.
        """
        with torch.inference_mode():
            x = torch.cat([stream.rest, torch.from_numpy(np.ascontiguousarray(pcm, np.float32))])
            size = int(self.embedder.frame_len)
            if last and len(x) % size:
                x = functional.pad(x, (0, size - len(x) % size))
            whole = len(x) // size * size
            frames = x[:whole].reshape(1, -1, size)
            loud = stream.loud or bool((frames.square().mean(2) > FAINT**2).any())
            rows, convs = self._embed(frames, stream.convs)
        yield
        layers = []
        for module, state, window in zip(self.encoder.layers, stream.layers, self.windows, strict=True):
            with torch.inference_mode():
                rows, state = _through(module, state, rows, window, last)
            layers.append(state)
            yield
        with torch.inference_mode():
            rows = torch.cat([stream.rows, self.encoder.final_norm(rows)], 1)
        return replace(stream, rest=x[whole:].clone(), convs=convs, layers=tuple(layers), rows=rows,
                       samples=stream.samples + len(pcm), loud=loud)  # fmt: skip

    def _embed(self, frames: Tensor, convs: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """frames: [1, t, samples] -> rows [1, n, d] of four frames each, and what the convolutions keep."""
        e = self.embedder
        x = functional.silu(e.linear(e.comp(e.cmvn(frames)))).transpose(1, 2)
        first, one = _convolved(e.conv1, torch.cat([convs[0], x], 2))
        second, two = _convolved(e.conv2, torch.cat([convs[1], functional.silu(first)], 2))
        return second.transpose(1, 2), (one, two)

    def until(self, stream: Stream, samples: int) -> Stream:
        """`stream` as far as `samples`, to be written, not to be gone on with."""
        return replace(stream, rows=stream.rows[:, : -(-samples // self.row)], samples=samples)

    # -- writing --------------------------------------------------------------------------------------
    def write(self, stream: Stream, before: Sequence[int] = ()) -> Generator[None, None, list[int]]:
        """The likeliest token after the likeliest token; yields after each. before: what was written last time.

        -> the tokens without start and end; the same whatever `before` is.
        """
        rows = stream.rows[:, : self.most]
        most = min(FEWEST + int(TOKENS_S * stream.samples / MIC_HZ), self.most - 1)
        if not rows.shape[1] or not stream.loud:
            return []
        tokens, cache = list(before[:most]), self._cache()
        chosen = yield from self._choose([self.start, *tokens], rows, cache)
        same = next((i for i, token in enumerate(tokens) if token != chosen[i]), len(tokens))
        if same < len(tokens):
            cache.self_attention_cache.crop(same - len(tokens))
            tokens = tokens[:same]
        token = chosen[same]
        while token not in self.ends and len(tokens) < most:
            yield
            tokens.append(token)
            one = rows[:, :1]                    # the cache has the rows: one stands for them
            token = (yield from self._choose([token], one, cache))[-1]
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        """As the model writes it, with capitals and punctuation."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True)).strip()

    def _cache(self) -> EncoderDecoderCache:
        return EncoderDecoderCache(DynamicCache(), DynamicCache())

    def _choose(
        self, tokens: list[int], rows: Tensor, cache: EncoderDecoderCache
    ) -> Generator[None, None, list[int]]:
        """-> for each of `tokens` the likeliest next one. The cache is one writing's, so this may be left."""
        return (yield from halting(self.places, lambda: self._chosen(tokens, rows, cache)))

    def _chosen(self, tokens: list[int], rows: Tensor, cache: EncoderDecoderCache) -> list[int]:
        with torch.inference_mode():
            out = self.decoder(
                input_ids=torch.tensor([tokens]), past_key_values=cache, use_cache=True,
                encoder_hidden_states=rows.clone(),              # the decoder adds positions to it in place
            )  # fmt: skip
            return [int(i) for i in self.net.proj_out(out.last_hidden_state[0]).argmax(-1)]


def _convolved(conv: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """x: [1, C, n], with the inputs that were kept -> [1, D, m], and the inputs that the next output needs."""
    kernel, stride = int(conv.kernel_size[0]), int(conv.stride[0])
    n = max(0, (x.shape[2] - kernel) // stride + 1)
    if not n:
        return x.new_zeros(1, conv.out_channels, 0), x
    return functional.conv1d(x, conv.weight, conv.bias, stride), x[:, :, n * stride :].clone()


def _through(
    module: Any, state: Layer, new: Tensor, window: tuple[int, int], last: bool
) -> tuple[Tensor, Layer]:
    """One encoder layer. new: [1, n, d], the rows after those it has -> the rows that are final now.

    window: how many rows it sees to the left, itself among them; and to the right, itself among them.
    """
    left, right = window
    rows = torch.cat([state.rows, new], 1)
    total = state.first + rows.shape[1]
    until = total if last else max(state.done, total - (right - 1))
    if until == state.done:
        return rows[:, :0], Layer(rows, state.first, state.done)
    at = torch.arange(rows.shape[1])
    distance = at[:, None] - at[None]                # how far the row that looks is after the one it looks at
    unseen = (distance >= left) | (-distance >= right)
    mask = torch.zeros(unseen.shape).masked_fill(unseen, torch.finfo(rows.dtype).min)[None, None]
    made = module(rows, attention_mask=mask)[:, state.done - state.first : until - state.first]
    first = max(state.first, until - (left - 1))
    return made, Layer(rows[:, first - state.first :].clone(), first, until)
