"""CosyVoice3's velocity estimator: a diffusion transformer with adaptive norms and chunk masks.

DiT (arXiv 2212.09748) as in F5-TTS (arXiv 2410.06885), with causal convolutions; ../shared/reference/models.md 4.9.
Parameter names are the reference's.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.nets.flow_unet import split, waves
from engine.nets.tape import Tape, Walk


@dataclass(frozen=True)
class DitConfig:
    """The published sizes; the golden fixture has its own."""

    dim: int = 1024
    depth: int = 22
    heads: int = 16
    dim_head: int = 64
    ff_mult: int = 2
    mel: int = 80
    static_chunk_size: int = 50  # mel frames
    kernel: int = 31             # of the two convolutions that stand for absolute positions
    groups: int = 16


class TimeEmbed(nn.Module):
    """t [B] in 0..1 -> [B, dim]"""

    WAVES = 256

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(nn.Linear(self.WAVES, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: Tensor) -> Tensor:
        out: Tensor = self.time_mlp(waves(t, self.WAVES))
        return out


class ConvPositions(nn.Module):
    """[B, C, T] -> the same: two causal grouped convolutions."""

    def __init__(self, dim: int, kernel: int, groups: int) -> None:
        super().__init__()
        self.left = kernel - 1
        self.conv1 = nn.Sequential(nn.Conv1d(dim, dim, kernel, groups=groups), nn.Mish())
        self.conv2 = nn.Sequential(nn.Conv1d(dim, dim, kernel, groups=groups), nn.Mish())

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        for conv in (self.conv1, self.conv2):
            x = conv(tape.before(x, self.left))
        return x


class InputEmbed(nn.Module):
    """[B, T, 4 mel] -> [B, T, dim]"""

    def __init__(self, cfg: DitConfig) -> None:
        super().__init__()
        self.proj = nn.Linear(4 * cfg.mel, cfg.dim)
        self.conv_pos_embed = ConvPositions(cfg.dim, cfg.kernel, cfg.groups)

    def forward(self, x: Tensor, tape: Tape) -> Tensor:
        x = self.proj(x)
        out: Tensor = x + self.conv_pos_embed(x.transpose(1, 2), tape).transpose(1, 2)
        return out


class Rotary(nn.Module):
    """The rates of rotary positions (arXiv 2104.09864), pairs of neighbouring channels; the checkpoint holds them."""

    inv_freq: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", 1e4 ** -(torch.arange(0, width, 2) / width))

    def forward(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """at [T] float32, places in the stream -> cosines and sines of their angles, [T, width / 2] each"""
        angle = at[:, None] * self.inv_freq.float()
        return angle.cos(), angle.sin()


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """x [B, T, heads * width]. The reference turns queries and keys before they are split into heads: head 0 alone."""
    cos, sin = (a.to(x.dtype) for a in turn)
    width = 2 * cos.shape[1]
    a, b = x[..., 0:width:2], x[..., 1:width:2]
    turned = torch.stack([a * cos - b * sin, b * cos + a * sin], 3).flatten(2)
    return torch.cat([turned, x[..., width:]], 2)


class Attention(nn.Module):
    def __init__(self, cfg: DitConfig) -> None:
        super().__init__()
        self.heads, inner = cfg.heads, cfg.heads * cfg.dim_head
        self.to_q, self.to_k = nn.Linear(cfg.dim, inner), nn.Linear(cfg.dim, inner)
        self.to_v, self.to_out = nn.Linear(cfg.dim, inner), nn.Sequential(nn.Linear(inner, cfg.dim))

    def walk(self, x: Tensor, turn: tuple[Tensor, Tensor], tape: Tape) -> Walk:
        three = (rotate(self.to_q(x), turn), rotate(self.to_k(x), turn), self.to_v(x))
        q, k, v = (split(y, self.heads) for y in three)
        yield
        a = F.scaled_dot_product_attention(q, tape.grown(k), tape.grown(v), attn_mask=tape.mask)
        out: Tensor = self.to_out(a.transpose(1, 2).flatten(2))
        return out


class AdaptiveNorm(nn.Module):
    """What the time does to a norm: [B, dim] -> `parts` times [B, 1, dim]."""

    def __init__(self, dim: int, parts: int) -> None:
        super().__init__()
        self.parts, self.linear = parts, nn.Linear(dim, parts * dim)

    def forward(self, time: Tensor) -> tuple[Tensor, ...]:
        out: tuple[Tensor, ...] = self.linear(F.silu(time))[:, None].chunk(self.parts, 2)
        return out


def norm(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """A layer norm without parameters of its own."""
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


class FeedForward(nn.Module):
    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        first = nn.Sequential(nn.Linear(dim, inner), nn.GELU(approximate="tanh"))
        self.ff = nn.Sequential(first, nn.Identity(), nn.Linear(inner, dim))     # the reference has dropout at 1

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.ff(x)
        return out


class DitBlock(nn.Module):
    """[B, T, dim], time [B, dim] -> [B, T, dim]"""

    def __init__(self, cfg: DitConfig) -> None:
        super().__init__()
        self.attn_norm, self.attn = AdaptiveNorm(cfg.dim, 6), Attention(cfg)
        self.ff = FeedForward(cfg.dim, cfg.ff_mult * cfg.dim)

    def walk(self, x: Tensor, time: Tensor, turn: tuple[Tensor, Tensor], tape: Tape) -> Walk:
        shift, scale, gate, shift2, scale2, gate2 = self.attn_norm(time)
        x = x + gate * (yield from self.attn.walk(norm(x, shift, scale), turn, tape))
        yield
        out: Tensor = x + gate2 * self.ff(norm(x, shift2, scale2))
        return out


class Dit(nn.Module):
    """Noisy mel and what conditions it -> its velocity; a walk of parts of a block at a time."""

    def __init__(self, cfg: DitConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.time_embed, self.input_embed = TimeEmbed(cfg.dim), InputEmbed(cfg)
        self.rotary_embed = Rotary(cfg.dim_head)
        self.transformer_blocks = nn.ModuleList(DitBlock(cfg) for _ in range(cfg.depth))
        self.norm_out, self.proj_out = AdaptiveNorm(cfg.dim, 2), nn.Linear(cfg.dim, cfg.mel)

    def walk(self, x: Tensor, mu: Tensor, t: Tensor, speaker: Tensor, cond: Tensor, tape: Tape) -> Walk:
        """x, mu, cond [B, 80, T], t [B] in 0..1, speaker [B, 80] -> [B, 80, T] as the generator's value.

        Yields within and between blocks, so that whoever drives it may stop.
        """
        time = self.time_embed(t.float())
        turn = self.rotary_embed(tape.positions())
        # Frames as rows in memory, as in the reference: on some processors a matrix that lies the other way is summed
        # in another order, which moves the mel by 1e-6, and that the pitch by enough for 1e-3 of the wave
        rows = [y.transpose(1, 2) for y in (x, cond, mu)]
        x = self.input_embed(torch.cat([*rows, speaker[:, None].expand(-1, x.shape[2], -1)], 2), tape)
        yield
        for block in self.transformer_blocks:
            x = yield from block.walk(x, time, turn, tape)  # type: ignore[operator]
            yield
        scale, shift = self.norm_out(time)                    # the other way round than in the blocks
        out: Tensor = self.proj_out(norm(x, shift, scale)).transpose(1, 2)
        return out
