"""MinMo's projectors (arXiv 2501.06282): voice into the LLM, and the LLM's state into the voice LM.

The paper gives their kinds and sizes; no code or weights were published (../shared/reference/models.md 5.1-5.4). Our
reading meets the published sizes: width 3584 with an inner layer of 2048 and a convolution of 3 (132.2 M + 38.5 M =
170.7 M, "170 M"; a linear layer more where the encoder has another width), norms before the layers, no positions (the
voice encoder's frames carry theirs), and for the other projector Linear(2 * 3584 -> 896) (6.42 M, "6 M").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class InputProjectorConfig:
    encoder: int = 1280          # width of the voice encoder's frames; SenseVoiceSmall has 512
    llm: int = 3584
    layers: int = 2
    heads: int = 28
    inner: int = 2048
    kernel: int = 3
    stride: int = 2              # frames to one embedding: 40 ms -> 80 ms. 1 for an encoder of 60 ms
    causal: bool = True          # False: every frame sees every other, and nothing streams
    left: int = 250              # causal: frames that one frame sees, itself included: 10 s


class InputState(NamedTuple):
    """What an input projector remembers of a stream: a value, one for each user."""

    pasts: tuple[Tensor, ...]    # for each layer [2, B, heads, at most left - 1, wide]: keys and values
    tail: Tensor                 # [B, t, llm]: frames that the next embedding needs


class ProjectorLayer(nn.Module):
    """Transformer encoder layer, norms first."""

    def __init__(self, cfg: InputProjectorConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.norm1, self.norm2 = nn.LayerNorm(cfg.llm), nn.LayerNorm(cfg.llm)
        self.q, self.k, self.v, self.out = (nn.Linear(cfg.llm, cfg.llm) for _ in range(4))
        self.up, self.down = nn.Linear(cfg.llm, cfg.inner), nn.Linear(cfg.inner, cfg.llm)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """x [B, T, llm], past [2, B, heads, P, wide] -> ([B, T, llm], the new past)"""
        y, (b, n, width), heads = self.norm1(x), x.shape, self.cfg.heads
        q, k, v = (m(y).reshape(b, n, heads, width // heads).transpose(1, 2) for m in (self.q, self.k, self.v))
        seen = None
        if self.cfg.causal:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
            ago = torch.arange(k.shape[2] - n, k.shape[2], device=x.device)[:, None] - torch.arange(
                k.shape[2], device=x.device)  # fmt: skip
            seen = (ago >= 0) & (ago < self.cfg.left)
            past = torch.stack([k, v])[..., max(0, k.shape[2] - self.cfg.left + 1) :, :]
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        x = x + self.out(a.transpose(1, 2).flatten(2))
        return x + self.down(F.relu(self.up(self.norm2(x)))), past


class InputProjector(nn.Module):
    """Encoder frames [B, T, encoder] -> LLM embeddings [B, T // stride, llm].

    An embedding needs no frame after its own `stride` frames: a causal one streams without delay.
    """

    def __init__(self, cfg: InputProjectorConfig) -> None:
        """Raises ValueError where the kernel is smaller than the stride, or the width is not divided by the heads."""
        super().__init__()
        if cfg.kernel < cfg.stride or cfg.llm % cfg.heads:
            raise ValueError(f"kernel {cfg.kernel} under stride {cfg.stride}, or width {cfg.llm} in {cfg.heads} heads")
        self.cfg = cfg
        self.enter = nn.Linear(cfg.encoder, cfg.llm) if cfg.encoder != cfg.llm else nn.Identity()
        self.layers = nn.ModuleList(ProjectorLayer(cfg) for _ in range(cfg.layers))
        self.conv = nn.Conv1d(cfg.llm, cfg.llm, cfg.kernel, cfg.stride)

    def init_state(self, batch: int = 1) -> InputState:
        """Before the first frame."""
        like, heads = self.conv.weight, self.cfg.heads
        pasts = [like.new_zeros(2, batch, heads, 0, self.cfg.llm // heads) for _ in self.layers]
        return InputState(tuple(pasts), like.new_zeros(batch, self.cfg.kernel - self.cfg.stride, self.cfg.llm))

    def forward(self, frames: Tensor, state: InputState | None = None) -> tuple[Tensor, InputState]:
        """frames [B, T, encoder]; state: what the last call returned, None at the beginning.

        Frames that are fewer than a whole embedding wait in the state. Raises ValueError for a state where attention is
        not causal.
        """
        if state is not None and not self.cfg.causal:
            raise ValueError("an input projector that is not causal does not stream")
        state = state or self.init_state(len(frames))
        x, pasts = self.enter(frames), []
        for layer, past in zip(self.layers, state.pasts, strict=True):
            x, past = layer(x, past)
            pasts.append(past)
        x = torch.cat([state.tail, x], 1)
        n = max(0, (x.shape[1] - self.cfg.kernel) // self.cfg.stride + 1)
        used = x[:, : (n - 1) * self.cfg.stride + self.cfg.kernel]
        out = self.conv(used.transpose(1, 2)).transpose(1, 2) if n else x[:, :0]
        return out, InputState(tuple(pasts), x[:, n * self.cfg.stride :])


@dataclass(frozen=True)
class OutputProjectorConfig:
    llm: int = 3584
    voice: int = 896             # width of the voice LM
    norm: bool = False           # the variant of the public code's history: then LayerNorm and swish


class OutputProjector(nn.Module):
    """(embedding, hidden state) of a token -> its semantic vector, which the voice LM reads in place of a text row."""

    def __init__(self, cfg: OutputProjectorConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.linear = nn.Linear(2 * cfg.llm, cfg.voice)
        self.after = nn.Sequential(nn.LayerNorm(cfg.voice), nn.SiLU()) if cfg.norm else nn.Identity()

    def forward(self, embeddings: Tensor, hidden: Tensor) -> Tensor:
        """[..., llm] each -> [..., voice]"""
        out: Tensor = self.after(self.linear(torch.cat([embeddings, hidden], -1)))
        return out

    def query(self, embeddings: Tensor, hidden: Tensor) -> Tensor:
        """The user's turn: the LLM's inputs [T, llm] and its last hidden states over them [T, llm] -> [T, voice]."""
        out: Tensor = self(embeddings, hidden)
        return out

    def semantic(self, embeddings: Tensor, hidden: Tensor, begin: int, end: int) -> Tensor:
        """Tokens begin..end-1 of the LLM's sequence -> [end - begin, voice], each with the state that predicted it.

        embeddings, hidden [T, llm]: its inputs and last hidden states; `begin` >= 1. The token that ends the turn is
        not among them. Raises ValueError for places outside the sequence.
        """
        if not 1 <= begin <= end <= len(embeddings) or end - 1 > len(hidden):
            raise ValueError(f"tokens {begin}..{end} of a sequence of {len(embeddings)} with {len(hidden)} states")
        out: Tensor = self(embeddings[begin:end], hidden[begin - 1 : end - 1])
        return out


class Meanings:
    """Semantic vectors while the LLM writes: give every token's embedding and the state that comes after it.

    Holds the one state that predicts the next token. One for each reply.
    """

    def __init__(self, project: OutputProjector, last: Tensor) -> None:
        """last [llm]: the LLM's state after the prompt, which predicts the first token."""
        self.project, self.last = project, last

    def __call__(self, embeddings: Sequence[Tensor] | Tensor, states: Sequence[Tensor] | Tensor) -> Tensor:
        """embeddings, states: n of [llm], of n new tokens -> [n, voice], to be given to the reply as text."""
        if not len(embeddings):
            return self.last.new_zeros(0, self.project.cfg.voice)
        states = torch.stack(tuple(states))
        before = torch.cat([self.last[None], states[:-1]])
        self.last = states[-1]
        out: Tensor = self.project(torch.stack(tuple(embeddings)), before)
        return out
