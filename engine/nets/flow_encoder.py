"""Speech tokens' encoders of the flow: CosyVoice2's up-sampling conformer, and the look-ahead layer that both have.

CosyVoice2 (arXiv 2412.10117), public code of CosyVoice; ../shared/reference/models.md 4.6. Parameter names are the
reference's. One token is 40 ms; the encoder's output has two frames a token.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.nets.tape import Span, Tape, Walk


@dataclass(frozen=True)
class EncoderConfig:
    """The published sizes; the golden fixture has its own. Other keys of its file are not read."""

    output_size: int = 512
    heads: int = 8
    linear_units: int = 2048
    num_blocks: int = 6          # at the tokens' rate
    num_up_blocks: int = 4       # at the frames' rate
    static_chunk_size: int = 25  # tokens


class LookAhead(nn.Module):
    """[B, T, width] -> the same: each token sees `ahead` tokens to its right and two to its left."""

    def __init__(self, width: int, inner: int, ahead: int) -> None:
        super().__init__()
        self.ahead = ahead
        self.conv1 = nn.Conv1d(width, inner, ahead + 1)
        self.conv2 = nn.Conv1d(inner, width, 3)

    def forward(self, x: Tensor, after: Tensor | None, tape: Tape) -> Tensor:
        """after [B, ahead, width]: what follows x; None: nothing does."""
        right = x.new_zeros(x.shape[0], self.ahead, x.shape[2]) if after is None else after
        y = F.leaky_relu(self.conv1(torch.cat([x, right], 1).transpose(1, 2)))
        out: Tensor = self.conv2(tape.before(y, 2)).transpose(1, 2) + x
        return out


class Embed(nn.Module):
    """Linear and norm, times the root of the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.scale = math.sqrt(width)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(x) * self.scale
        return y


class RelativeAttention(nn.Module):
    """Attention whose scores depend on the distance i - j as in Transformer-XL (arXiv 1901.02860), with biases u, v."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.wide = heads, width // heads
        self.linear_q, self.linear_k = nn.Linear(width, width), nn.Linear(width, width)
        self.linear_v, self.linear_out = nn.Linear(width, width), nn.Linear(width, width)
        self.linear_pos = nn.Linear(width, width, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, self.wide))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, self.wide))

    def split(self, x: Tensor) -> Tensor:
        """[B, T, width] -> [B, heads, T, wide]"""
        return x.reshape(*x.shape[:2], self.heads, self.wide).transpose(1, 2)

    def forward(self, x: Tensor, far: "Distances", tape: Tape) -> Tensor:
        q, k, v = self.split(self.linear_q(x)), self.split(self.linear_k(x)), self.split(self.linear_v(x))
        k, v = tape.grown(k), tape.grown(v)
        p = self.split(self.linear_pos(far.table.to(x.dtype))[None])                        # [1, heads, R, wide]
        near = (q + self.pos_bias_v[:, None]) @ p.transpose(2, 3)                           # [B, heads, T, R]
        bias = near.gather(3, far.index.expand(*near.shape[:3], -1)) / math.sqrt(self.wide)
        if tape.mask is not None:
            bias = bias.masked_fill(~tape.mask, float("-inf"))
        a = F.scaled_dot_product_attention(q + self.pos_bias_u[:, None].to(q.dtype), k, v, attn_mask=bias.to(q.dtype))
        out: Tensor = self.linear_out(a.transpose(1, 2).flatten(2))
        return out


class Distances:
    """The sines and cosines of every distance between the frames of a call and their keys."""

    def __init__(self, span: Span, width: int, device: torch.device) -> None:
        keys = torch.tensor(span.keys(), dtype=torch.long)
        far = torch.arange(span.start, span.end)[:, None] - keys[None]                      # [T, keys]
        low, high = int(far.min()), int(far.max())
        rates = torch.exp(torch.arange(0, width, 2) * -(math.log(1e4) / width))
        angle = torch.arange(low, high + 1)[:, None] * rates                                # [R, width / 2]
        self.table = torch.stack([angle.sin(), angle.cos()], 2).flatten(1).to(device)       # [R, width]
        self.index = (far - low).to(device)                                                 # [T, keys] rows of `table`


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.w_1, self.w_2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.w_2(F.silu(self.w_1(x)))
        return out


class ConformerLayer(nn.Module):
    """A conformer layer with neither convolution nor second feed-forward; its norms have another epsilon."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.self_attn = RelativeAttention(width, heads)
        self.feed_forward = FeedForward(width, inner)
        self.norm_ff, self.norm_mha = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor, far: Distances, tape: Tape) -> Tensor:
        x = x + self.self_attn(self.norm_mha(x), far, tape)
        out: Tensor = x + self.feed_forward(self.norm_ff(x))
        return out


class UpConv(nn.Module):
    """[B, T, width] -> [B, 2 T, width]: every token twice, then a causal convolution."""

    def __init__(self, width: int, ratio: int) -> None:
        super().__init__()
        self.ratio, self.left = ratio, 2 * ratio
        self.conv = nn.Conv1d(width, width, 2 * ratio + 1)

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        y = x.transpose(1, 2).repeat_interleave(self.ratio, 2)
        out: Tensor = self.conv(tape.before(y, self.left)).transpose(1, 2)
        return out


class ConformerEncoder(nn.Module):
    """Embedded tokens [1, T, width] -> [1, 2 T, width]."""

    def __init__(self, cfg: EncoderConfig, ahead: int, ratio: int) -> None:
        super().__init__()
        self.cfg = cfg
        w = cfg.output_size
        self.embed, self.pre_lookahead_layer = Embed(w), LookAhead(w, w, ahead)
        self.encoders = nn.ModuleList(ConformerLayer(w, cfg.heads, cfg.linear_units) for _ in range(cfg.num_blocks))
        self.up_layer, self.up_embed = UpConv(w, ratio), Embed(w)
        self.up_encoders = nn.ModuleList(
            ConformerLayer(w, cfg.heads, cfg.linear_units) for _ in range(cfg.num_up_blocks)
        )
        self.after_norm = nn.LayerNorm(w)

    def walk(self, x: Tensor, after: Tensor | None, tokens: Tape, frames: Tape) -> Walk:
        """after [1, ahead, width]: the tokens that follow, None at the end; tokens, frames: the two rates' contexts.

        Yields between layers.
        """
        x = self.pre_lookahead_layer(self.embed(x), None if after is None else self.embed(after), tokens)
        far = Distances(tokens.span, self.cfg.output_size, x.device)
        for layer in self.encoders:
            x = layer(x, far, tokens)
            yield
        x = self.up_embed(self.up_layer(x, frames))
        far = Distances(frames.span, self.cfg.output_size, x.device)
        for layer in self.up_encoders:
            x = layer(x, far, frames)
            yield
        out: Tensor = self.after_norm(x)
        return out
