"""CosyVoice2's velocity estimator: a causal one-dimensional U-Net of residual blocks and transformers.

Made after Matcha-TTS's decoder (arXiv 2309.03199) with causal convolutions and chunk masks, without resampling;
../shared/reference/models.md 4.6. Parameter names are the reference's.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.nets.tape import Tape, Walk


@dataclass(frozen=True)
class UnetConfig:
    """The published sizes; the golden fixture has its own."""

    in_channels: int = 320       # noisy mel, what the encoder says, speaker, prompt mel: 80 each
    out_channels: int = 80
    channels: tuple[int, ...] = (256,)
    attention_head_dim: int = 64
    n_blocks: int = 4            # transformers after every residual block
    num_mid_blocks: int = 12
    num_heads: int = 8
    static_chunk_size: int = 50  # mel frames


class TimeMlp(nn.Module):
    """t [B] in 0..1 -> [B, out]"""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.width = width
        self.linear_1, self.linear_2 = nn.Linear(width, out), nn.Linear(out, out)

    def forward(self, t: Tensor) -> Tensor:
        out: Tensor = self.linear_2(F.silu(self.linear_1(waves(t, self.width))))
        return out


def waves(t: Tensor, width: int) -> Tensor:
    """t [B] in 0..1 -> [B, width]: sines, then cosines, of 1000 t at rates from 1 down to 1e-4."""
    half = width // 2
    rates = torch.exp(torch.arange(half, device=t.device) * -(math.log(1e4) / (half - 1)))
    angle = 1000 * t[:, None] * rates
    return torch.cat([angle.sin(), angle.cos()], 1)


class Turned(nn.Module):
    """A layer norm over channels: [B, C, T] -> [B, C, T]. Its parameters are named as the reference's."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x.transpose(1, 2), self.weight.shape, self.weight, self.bias).transpose(1, 2)


class Block(nn.Module):
    """Causal convolution, norm, mish."""

    def __init__(self, wide: int, out: int) -> None:
        super().__init__()
        self.block = nn.ModuleDict({"0": nn.Conv1d(wide, out, 3), "2": Turned(out)})

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        return F.mish(self.block["2"](self.block["0"](tape.before(x, 2))))


class Resnet(nn.Module):
    """[B, wide, T], time [B, time] -> [B, out, T]"""

    def __init__(self, wide: int, out: int, time: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(time, out))
        self.block1, self.block2 = Block(wide, out), Block(out, out)
        self.res_conv = nn.Conv1d(wide, out, 1)

    def forward(self, x: Tensor, time: Tensor, tape: Tape) -> Tensor:
        h = self.block1(x, tape) + self.mlp(time)[:, :, None]
        out: Tensor = self.block2(h, tape) + self.res_conv(x)
        return out


def split(x: Tensor, heads: int) -> Tensor:
    """[B, T, heads * d] -> [B, heads, T, d]"""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, wide: int) -> None:
        super().__init__()
        self.heads, inner = heads, heads * wide
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_k = nn.Linear(width, inner, bias=False)
        self.to_v = nn.Linear(width, inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, width))

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        q, k, v = (split(m(x), self.heads) for m in (self.to_q, self.to_k, self.to_v))
        a = F.scaled_dot_product_attention(q, tape.grown(k), tape.grown(v), attn_mask=tape.mask)
        out: Tensor = self.to_out(a.transpose(1, 2).flatten(2))
        return out


class Gelu(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, inner)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.proj(x))


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.ModuleDict({"0": Gelu(width, 4 * width), "2": nn.Linear(4 * width, width)})

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net["2"](self.net["0"](x))
        return out


class Transformer(nn.Module):
    """[B, T, width] -> the same"""

    def __init__(self, width: int, heads: int, wide: int) -> None:
        super().__init__()
        self.norm1, self.attn1 = nn.LayerNorm(width), Attention(width, heads, wide)
        self.norm3, self.ff = nn.LayerNorm(width), FeedForward(width)

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        x = x + self.attn1(self.norm1(x), tape)
        out: Tensor = x + self.ff(self.norm3(x))
        return out


class Level(nn.ModuleList):
    """A residual block, transformers, and perhaps a causal convolution: one item of the reference's lists."""

    def __init__(self, cfg: UnetConfig, wide: int, conv: bool) -> None:
        (out,) = cfg.channels
        layers = (Transformer(out, cfg.num_heads, cfg.attention_head_dim) for _ in range(cfg.n_blocks))
        parts: list[nn.Module] = [Resnet(wide, out, 4 * out), nn.ModuleList(layers)]
        super().__init__([*parts, nn.Conv1d(out, out, 3)] if conv else parts)

    def walk(self, x: Tensor, time: Tensor, tape: Tape) -> Generator[None, None, tuple[Tensor, Tensor]]:
        """-> [B, out, T] after the transformers, and after the convolution if there is one; yields between them."""
        resnet, transformers, *convs = self
        x = resnet(x, time, tape).transpose(1, 2)
        yield
        assert isinstance(transformers, nn.ModuleList)
        for layer in transformers:
            x = layer(x, tape)
            yield
        x = x.transpose(1, 2)
        return x, convs[0](tape.before(x, 2)) if convs else x


class Unet(nn.Module):
    """Noisy mel and what conditions it -> its velocity; a walk of one layer at a time."""

    def __init__(self, cfg: UnetConfig) -> None:
        super().__init__()
        if len(cfg.channels) != 1:
            raise ValueError(f"channels {cfg.channels}: only one level is published and written here")
        self.cfg, (w,) = cfg, cfg.channels
        self.time_mlp = TimeMlp(cfg.in_channels, 4 * w)
        self.down_blocks = nn.ModuleList([Level(cfg, cfg.in_channels, conv=True)])
        self.mid_blocks = nn.ModuleList(Level(cfg, w, conv=False) for _ in range(cfg.num_mid_blocks))
        self.up_blocks = nn.ModuleList([Level(cfg, 2 * w, conv=True)])
        self.final_block, self.final_proj = Block(w, w), nn.Conv1d(w, cfg.out_channels, 1)

    def walk(self, x: Tensor, mu: Tensor, t: Tensor, speaker: Tensor, cond: Tensor, tape: Tape) -> Walk:
        """x, mu, cond [B, 80, T], t [B] in 0..1, speaker [B, 80] -> [B, 80, T] as the generator's value.

        Yields between layers, so that whoever drives it may stop.
        """
        time = self.time_mlp(t.float())
        x = torch.cat([x, mu, speaker[:, :, None].expand(-1, -1, x.shape[2]), cond], 1)
        levels: Any = (*self.down_blocks, *self.mid_blocks, *self.up_blocks)
        skip, x = yield from levels[0].walk(x, time, tape)
        for level in levels[1:-1]:
            _, x = yield from level.walk(x, time, tape)
        _, x = yield from levels[-1].walk(torch.cat([x, skip], 1), time, tape)
        out: Tensor = self.final_proj(self.final_block(x, tape))
        return out
