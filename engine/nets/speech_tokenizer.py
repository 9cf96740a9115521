"""The S3 speech tokenizer of CosyVoice2 and 3 in torch: Whisper's log mel in, 25 codes a second out.

Source: arXiv 2412.10117 section 2.1 (finite scalar quantisation, arXiv 2309.15505) and PyPI `s3tokenizer` 0.3.0
(Apache-2.0), whose state-dict keys this network has. At run time the published ONNX graph does this work
(`engine/tts/voice_prompts.py`); this one is for parity, and for computing codes in batches on a GPU (not run on one).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FSQ_SCALE = 0.9990000128746033   # keeps tanh below 1, so that rounding never leaves the digits 0, 1, 2
LEVELS = 3
NEVER = -1e10                    # added to the scores of padding, as the reference has it


@dataclass(frozen=True)
class SpeechTokenizerConfig:
    """Sizes; the defaults are those of version 2. Version 3 has 12 layers."""

    mels: int = 128
    width: int = 1280
    heads: int = 20
    layers: int = 6
    kernel: int = 31             # of the FSMN memory
    rope: int = 64               # channels of a head that rotate: all of them
    digits: int = 8              # LEVELS ** digits = 6561 codes


def rotary(length: int, channels: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """-> cosines and sines [length, 1, channels], the two halves alike; wavelengths from 2 pi to 20,000 pi frames."""
    rates = 10000.0 ** (-torch.arange(0, channels, 2, device=device).float() / channels)
    angles = torch.arange(length, device=device).float()[:, None] * rates[None]
    both = torch.cat([angles, angles], 1)[:, None]
    return both.cos(), both.sin()


def rotated(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """x: [b, t, heads, channels], rotated in pairs of its halves."""
    left, right = x.chunk(2, -1)
    return x * turn[0] + torch.cat([-right, left], -1) * turn[1]


class Attention(nn.Module):
    """Self-attention and, beside it, a depth-wise memory over the values."""

    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        w = cfg.width
        self.heads = cfg.heads
        self.query, self.key, self.value = nn.Linear(w, w), nn.Linear(w, w, bias=False), nn.Linear(w, w)
        self.out = nn.Linear(w, w)
        self.fsmn_block = nn.Conv1d(w, w, cfg.kernel, groups=w, bias=False)
        self.pad = ((cfg.kernel - 1) // 2, cfg.kernel - 1 - (cfg.kernel - 1) // 2)

    def forward(self, x: Tensor, valid: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """x: [b, t, w]; valid: [b, t, 1] of 0 and 1."""
        b, t, w = x.shape
        q, k, v = (part.view(b, t, self.heads, -1) for part in (self.query(x), self.key(x), self.value(x)))
        values = v.reshape(b, t, w) * valid
        memory = self.fsmn_block(F.pad(values.transpose(1, 2), self.pad)).transpose(1, 2)
        memory = (memory + values) * valid
        scale = (w // self.heads) ** -0.25
        q, k = rotated(q, turn) * scale, rotated(k, turn) * scale
        scores = q.transpose(1, 2) @ k.permute(0, 2, 3, 1) + (1 - valid.transpose(1, 2)[:, None]) * NEVER
        heard = scores.float().softmax(-1).to(x.dtype) @ v.transpose(1, 2)
        y: Tensor = self.out(heard.transpose(1, 2).flatten(2)) + memory
        return y


class Block(nn.Module):
    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        w = cfg.width
        self.attn = Attention(cfg)
        self.attn_ln, self.mlp_ln = nn.LayerNorm(w), nn.LayerNorm(w)
        self.mlp = nn.Sequential(nn.Linear(w, 4 * w), nn.GELU(), nn.Linear(4 * w, w))

    def forward(self, x: Tensor, valid: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.attn(self.attn_ln(x), valid, turn)
        y: Tensor = x + self.mlp(self.mlp_ln(x))
        return y


class Encoder(nn.Module):
    """Two convolutions of stride 2 (100 -> 25 frames a second), then the blocks."""

    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        self.rope = cfg.rope
        self.conv1 = nn.Conv1d(cfg.mels, cfg.width, 3, stride=2, padding=1)
        self.conv2 = nn.Conv1d(cfg.width, cfg.width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(Block(cfg) for _ in range(cfg.layers))

    def forward(self, mel: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """mel: [b, mels, t], lengths: [b] -> frames [b, ceil(t / 4), width], their lengths."""
        x = mel
        for conv in (self.conv1, self.conv2):
            x = F.gelu(conv(x * _valid(lengths, x.shape[2])[:, None]))
            lengths = (lengths - 1) // 2 + 1
        valid = _valid(lengths, x.shape[2])
        x = (x * valid[:, None]).transpose(1, 2)
        turn = rotary(x.shape[1], self.rope, x.device)
        for block in self.blocks:
            x = block(x, valid[..., None], turn)
        return x, lengths


def _valid(lengths: Tensor, t: int) -> Tensor:
    return (torch.arange(t, device=lengths.device)[None] < lengths[:, None]).float()


class _Codebook(nn.Module):
    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        self.project_down = nn.Linear(cfg.width, cfg.digits)


class _Quantizer(nn.Module):
    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        self._codebook = _Codebook(cfg)

    def project(self, x: Tensor) -> Tensor:
        y: Tensor = self._codebook.project_down(x)
        return y


def codes(projected: Tensor) -> Tensor:
    """[..., digits] -> [...] int64: each number becomes a digit 0, 1 or 2; the first is the least significant."""
    digits = (projected.float().tanh() * FSQ_SCALE).round() + 1
    powers = LEVELS ** torch.arange(projected.shape[-1], device=projected.device)
    return (digits.long() * powers).sum(-1)


class SpeechTokenizer(nn.Module):
    """State-dict keys as in the reference: `load_state_dict` of a published checkpoint is strict."""

    def __init__(self, cfg: SpeechTokenizerConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.encoder = Encoder(cfg)
        self.quantizer = _Quantizer(cfg)

    def forward(self, mel: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """mel: [b, mels, t] of `engine.features.fbank.whisper_128`, lengths: [b] valid frames, at most 30 s.

        -> codes [b, ceil(t / 4)] int64 (those beyond a recording's end mean nothing), their number [b].
        """
        frames, lengths = self.encoder(mel, lengths)
        return codes(self.quantizer.project(frames)), lengths
