"""Parley's voice encoder: log-mel frames in, 20 ms frames and CTC posteriors out, in chunks of 160 ms.

The body is a transformer of Whisper tiny's shape (arXiv 2212.04356, table 1: width 384, 4 layers, 6 heads), so that
it can start from public weights of that shape (ADR 0005), made causal: frames see their own chunk and `left` chunks
before it, the convolutions are fed their left context instead of padding, positions count round a ring. Look-ahead:
180 ms for the first frame of a chunk, 40 ms for its last.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class EncoderConfig:
    pieces: int = 80             # CTC classes, 0 = blank
    letters: int = 29            # classes of the second head, which only training uses: blank, space, ', a-z
    bands: int = 80
    width: int = 384
    layers: int = 4
    heads: int = 6
    inner: int = 1536
    chunk: int = 8               # frames of 20 ms computed at once
    left: int = 24               # chunks of the past that attention sees: 3.84 s
    positions: int = 1500        # the ring of positions: 30 s

    @property
    def mels(self) -> int:
        """Mel frames a chunk needs: its own 16, one after for the first convolution, two before."""
        return 2 * self.chunk + 3


def sinusoids(length: int, width: int) -> Tensor:
    """-> [length, width]: sines, then cosines, of wavelengths from 2 pi to 20,000 pi frames."""
    rates = torch.exp(-torch.arange(width // 2) * (torch.log(torch.tensor(10000.0)) / (width // 2 - 1)))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Layer(nn.Module):
    """Pre-norm self-attention and feed-forward. Keys have no bias, as in Whisper."""

    def __init__(self, cfg: EncoderConfig) -> None:
        super().__init__()
        w = cfg.width
        self.heads = cfg.heads
        self.norm1, self.norm2 = nn.LayerNorm(w), nn.LayerNorm(w)
        self.q, self.k, self.v = nn.Linear(w, w), nn.Linear(w, w, bias=False), nn.Linear(w, w)
        self.out = nn.Linear(w, w)
        self.up, self.down = nn.Linear(w, cfg.inner), nn.Linear(cfg.inner, w)

    def split(self, x: Tensor) -> Tensor:
        """[b, t, w] -> [b, heads, t, w / heads]"""
        b, t, w = x.shape
        return x.reshape(b, t, self.heads, w // self.heads).transpose(1, 2)

    def forward(self, x: Tensor, mask: Tensor, past: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x: [b, t, w], mask: [t, s] or [b, 1, t, s] added to the scores, past: [2, b, p, w] earlier keys and values.

        -> x [b, t, w], keys and values of past and present [2, b, p + t, w].
        """
        y = self.norm1(x)
        kv = torch.stack([self.k(y), self.v(y)])
        if past is not None:
            kv = torch.cat([past, kv], 2)
        a = F.scaled_dot_product_attention(self.split(self.q(y)), self.split(kv[0]), self.split(kv[1]), mask)
        x = x + self.out(a.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x)))), kv


class VoiceEncoder(nn.Module):
    ring: Tensor                 # [positions, width], not learnt

    def __init__(self, cfg: EncoderConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.conv1 = nn.Conv1d(cfg.bands, cfg.width, 3)
        self.conv2 = nn.Conv1d(cfg.width, cfg.width, 3, stride=2)
        self.layers = nn.ModuleList(Layer(cfg) for _ in range(cfg.layers))
        self.norm = nn.LayerNorm(cfg.width)
        self.ctc = nn.Sequential(nn.Linear(cfg.width, cfg.width), nn.GELU(), nn.Linear(cfg.width, cfg.pieces))
        self.letters = nn.Sequential(nn.Linear(cfg.width, cfg.width), nn.GELU(), nn.Linear(cfg.width, cfg.letters))
        self.register_buffer("ring", sinusoids(cfg.positions, cfg.width), persistent=False)

    def stem(self, mel: Tensor) -> Tensor:
        """mel: [b, 2 t + 3, bands] -> [b, t, width]; no padding: the caller gives the context."""
        x = F.gelu(self.conv1(mel.transpose(1, 2)))
        return F.gelu(self.conv2(x)).transpose(1, 2)

    def body(self, mel: Tensor, position: Tensor) -> Tensor:
        """A whole recording. mel: [b, 2 t + 3, bands] with two frames of silence before it, t a multiple of the
        chunk; position: [b] int, where on the ring each begins. -> frames [b, t, width].
        """
        x = self.stem(mel)
        t = x.shape[1]
        x = x + self.ring[(position[:, None] + torch.arange(t, device=mel.device)) % self.cfg.positions].to(x.dtype)
        chunk = torch.arange(t, device=mel.device) // self.cfg.chunk
        gap = chunk[:, None] - chunk[None]
        mask = torch.where((gap >= 0) & (gap <= self.cfg.left), 0.0, float("-inf")).to(x.dtype)
        for layer in self.layers:
            x, _ = layer(x, mask)
        y: Tensor = self.norm(x)
        return y

    def forward(self, mel: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """As `body`. -> frames [b, t, width], log posteriors [b, t, pieces]."""
        x = self.body(mel, position)
        return x, F.log_softmax(self.ctc(x).float(), -1)

    def step(self, mel: Tensor, past: Tensor, ring: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One chunk of one stream.

        mel: [1, 19, bands]; past: [layers, 2, 1, left * chunk, width]; ring: [chunk, width] its positions;
        mask: [chunk, left * chunk + chunk], -inf where there is no past yet.
        -> frames [1, chunk, width], log posteriors [1, chunk, pieces], past.
        """
        x = self.stem(mel) + ring
        kept = []
        for i, layer in enumerate(self.layers):
            x, kv = layer(x, mask, past[i])
            kept.append(kv[:, :, self.cfg.chunk :])
        x = self.norm(x)
        return x, F.log_softmax(self.ctc(x), -1), torch.stack(kept)
