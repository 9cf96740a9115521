"""What the two public HiFT vocoders share: sizes, source, residual blocks, the way from mel to samples.

HiFT-Net (arXiv 2309.09493): a neural source filter whose output is a short-time spectrum. Sizes and order as in the
public repository FunAudioLLM/CosyVoice; ../shared/reference/models.md 4.8, 4.9. State dict keys are the checkpoints',
and torch itself accepts the older names of weight norm (`weight_g`, `weight_v`).

Randomness: the sines get noise, read by position from a buffer that an own generator has filled, so that neither other
programs' draws nor the size of the calls change it. The reference also draws initial phases, but adds them to a sample
that its down-sampling never looks at: they have no effect, and there are none here.
"""

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from audio_io.frames import VOICE_HZ

NOISE_S = 5                      # the noise repeats after so many seconds, at -50 dB: nobody can hear that
PART = 100                       # frames of mel that the widest convolutions take between two yields
SEES = 2                         # steps to either side that those that raise the rate see: kernels of 2 strides and 1
Walk = Generator[None, None, Tensor]
THREE = ((1, 3, 5),) * 3


@dataclass(frozen=True)
class HiftConfig:
    """The published sizes of CosyVoice2-0.5B and Fun-CosyVoice3-0.5B. Names are those of the published files."""

    in_channels: int = 80
    base_channels: int = 512
    nb_harmonics: int = 8
    sampling_rate: int = VOICE_HZ
    nsf_alpha: float = 0.1       # loudness of the sines
    nsf_sigma: float = 0.003     # of the noise where there is a voice
    nsf_voiced_threshold: float = 10       # Hz
    upsample_rates: tuple[int, ...] = (8, 5, 3)
    upsample_kernel_sizes: tuple[int, ...] = (16, 11, 7)
    n_fft: int = 16
    hop_len: int = 4
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = THREE
    source_resblock_kernel_sizes: tuple[int, ...] = (7, 7, 11)
    source_resblock_dilation_sizes: tuple[tuple[int, ...], ...] = THREE
    lrelu_slope: float = 0.1
    audio_limit: float = 0.99
    f0_cond_channels: int = 512
    conv_pre_look_right: int = 4           # frames, version 3

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a configuration file with the names of these fields; lists become tuples."""
        flat = {**values, **values.get("istft_params", {})}
        names = {f.name for f in fields(cls)}
        return cls(**{k: _tuples(v) for k, v in flat.items() if k in names})

    @property
    def frame(self) -> int:
        """Samples of a frame of mel."""
        return math.prod(self.upsample_rates) * self.hop_len

    @property
    def harmonics(self) -> int:
        return self.nb_harmonics + 1


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


class Conv(Protocol):
    """Makes a convolution that keeps the length."""

    def __call__(self, channels: int, kernel: int, dilation: int) -> nn.Module: ...


class Snake(nn.Module):
    """x [B, C, T] -> x + sin(alpha x)^2 / alpha (arXiv 2006.08195)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        alpha = self.alpha[None, :, None]
        return x + torch.sin(alpha * x) ** 2 / (alpha + 1e-9)


class ResBlock(nn.Module):
    """x [B, C, T] -> the same shape."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], conv: Conv) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(conv(channels, kernel, d) for d in dilations)
        self.convs2 = nn.ModuleList(conv(channels, kernel, 1) for _ in dilations)
        self.activations1 = nn.ModuleList(Snake(channels) for _ in dilations)
        self.activations2 = nn.ModuleList(Snake(channels) for _ in dilations)

    def walk(self, x: Tensor) -> Walk:
        for first, one, second, two in zip(
            self.activations1, self.convs1, self.activations2, self.convs2, strict=True
        ):  # fmt: skip
            y = first(x)
            yield
            y = one(y)
            yield
            y = second(y)
            yield
            x = x + two(y)
            yield
        return x


class Source(nn.Module):
    """f0 -> the excitation: nine sines and noise, mixed by `l_linear`."""

    def __init__(self, cfg: HiftConfig, glide: str, uniform: bool) -> None:
        """glide: how phases go from frame to frame, "linear" (version 2) or "nearest" (version 3).

        uniform: the noise lies in [0, 1), otherwise it is Gaussian.
        """
        super().__init__()
        self.cfg, self.glide, self.uniform = cfg, glide, uniform
        self.l_linear = nn.Linear(cfg.harmonics, 1)
        self.noise = torch.zeros(0, 0)           # [samples, harmonics], as an attribute: checkpoints have none

    def draw(self, seed: int | None) -> None:
        """Fills the noise from a generator of its own, on the CPU whatever the device. None: silence, for tests."""
        if seed is None:
            self.noise = torch.zeros(0, 0)
            return
        make = torch.rand if self.uniform else torch.randn
        shape = (NOISE_S * self.cfg.sampling_rate, self.cfg.harmonics)
        self.noise = make(shape, generator=torch.Generator().manual_seed(seed)).to(self.l_linear.weight.device)

    def noise_at(self, start: int, n: int) -> Tensor | None:
        """[1, n, harmonics] from sample `start` of a reply on. Past the end it begins again."""
        if not len(self.noise):
            return None
        at = torch.arange(start, start + n, device=self.noise.device) % len(self.noise)
        return self.noise[at][None]

    def turns(self, f0: Tensor) -> Tensor:
        """f0 [1, T] Hz -> [1, harmonics, T] float64: by how many turns each sine goes on during each frame."""
        return self._steps(f0).double() * self.cfg.frame

    def _steps(self, f0: Tensor) -> Tensor:
        many = torch.arange(1, self.cfg.harmonics + 1, device=f0.device, dtype=f0.dtype)[None, :, None]
        return f0[:, None] * many / self.cfg.sampling_rate % 1

    def forward(self, f0: Tensor, noise: Tensor | None = None, start: Tensor | None = None) -> Tensor:
        """f0 [1, T] Hz -> source [1, 1, T frame].

        noise: [1, T frame, harmonics]. start: [1, harmonics] float64, turns before the first frame, then
        phases are summed in double and are as exact after an hour as at first. Without it the sum is the reference's,
        in single precision.
        """
        cfg, frame = self.cfg, self.cfg.frame
        if start is None:
            phase = self._long(torch.cumsum(self._steps(f0), 2) * 2 * math.pi * frame)
        else:
            phase = (self._long(start[:, :, None] + torch.cumsum(self.turns(f0), 2)) % 1 * 2 * math.pi).to(f0)
        voiced = (f0 > cfg.nsf_voiced_threshold).to(f0).repeat_interleave(frame, 1)[:, :, None]
        x = torch.sin(phase).transpose(1, 2) * cfg.nsf_alpha * voiced
        if noise is not None:
            x = x + (voiced * cfg.nsf_sigma + (1 - voiced) * cfg.nsf_alpha / 3) * noise
        mixed: Tensor = torch.tanh(self.l_linear(x)).transpose(1, 2)
        return mixed

    def _long(self, x: Tensor) -> Tensor:
        if self.glide == "nearest":
            return x.repeat_interleave(self.cfg.frame, 2)
        return F.interpolate(x, scale_factor=self.cfg.frame, mode="linear")


class F0Net(nn.Module):
    """mel -> f0 in Hz. The convolutions differ between the versions and come from outside."""

    def __init__(self, convs: list[nn.Module], channels: int) -> None:
        super().__init__()
        self.condnet = nn.Sequential(*(layer for conv in convs for layer in (conv, nn.ELU())))
        self.classifier = nn.Linear(channels, 1)

    def forward(self, mel: Tensor) -> Tensor:
        """mel [1, 80, T] -> [1, T']."""
        return self._hz(self.condnet(mel))

    def walk(self, mel: Tensor) -> Walk:
        """The same, from convolution to convolution."""
        for layer in self.condnet:
            mel = layer(mel)
            if isinstance(layer, nn.ELU):
                yield
        return self._hz(mel)

    def _hz(self, x: Tensor) -> Tensor:
        return torch.abs(self.classifier(x.transpose(1, 2)).squeeze(2))


class HiftBody(nn.Module):
    """What is alike in both vocoders; engine/nets/hift.py and hift_causal.py make the parts that differ."""

    m_source: Source
    f0_predictor: F0Net
    conv_pre: nn.Module
    ups: nn.ModuleList
    source_downs: nn.ModuleList
    conv_post: nn.Module

    def __init__(self, cfg: HiftConfig, conv: Conv) -> None:
        super().__init__()
        self.cfg = cfg
        self.widths = [cfg.base_channels >> k + 1 for k in range(len(cfg.upsample_rates))]
        shapes = zip(self.widths, cfg.source_resblock_kernel_sizes, cfg.source_resblock_dilation_sizes, strict=True)
        self.source_resblocks = nn.ModuleList(ResBlock(c, k, d, conv) for c, k, d in shapes)
        kinds = list(zip(cfg.resblock_kernel_sizes, cfg.resblock_dilation_sizes, strict=True))
        self.resblocks = nn.ModuleList(ResBlock(c, k, d, conv) for c in self.widths for k, d in kinds)
        self.window = torch.hann_window(cfg.n_fft)         # periodic

    def spectrum(self, source: Tensor) -> Tensor:
        """source [1, 1, n] -> [1, n_fft + 2, n / hop + 1], real parts, then imaginary ones."""
        cfg = self.cfg
        z = torch.stft(source[:, 0], cfg.n_fft, cfg.hop_len, window=self.window.to(source.device), return_complex=True)
        return torch.cat([z.real, z.imag], 1)

    def walk_body(self, x: Tensor, spectrum: Tensor) -> Walk:
        """x [1, C, T] after conv_pre, spectrum as `spectrum` makes it -> samples [1, T frame]. Yields as it goes."""
        cfg = self.cfg
        kinds, rate = len(cfg.resblock_kernel_sizes), 1
        yield
        for k, up in enumerate(self.ups):
            x = yield from _walk_up(up, F.leaky_relu(x, cfg.lrelu_slope), cfg.upsample_rates[k], rate)
            rate *= cfg.upsample_rates[k]
            if k == len(self.ups) - 1:
                x = F.pad(x, (1, 0), "reflect")
            yield
            side = self.source_downs[k](spectrum)
            yield
            side = yield from self.source_resblocks[k].walk(side)  # type: ignore[operator]
            x = x + side
            total = torch.zeros_like(x)
            for block in self.resblocks[k * kinds : (k + 1) * kinds]:
                total = total + (yield from block.walk(x))  # type: ignore[operator]
            x = total / kinds
        x = self.conv_post(F.leaky_relu(x))      # slope 0.01 here, as in the checkpoints' training
        yield
        wave = self.samples(x)
        yield
        return wave

    def samples(self, x: Tensor) -> Tensor:
        """x [1, n_fft + 2, T]: log magnitudes, and what is the sine of the phases -> [1, (T - 1) hop]."""
        cfg = self.cfg
        half = cfg.n_fft // 2 + 1
        size, angle = torch.exp(x[:, :half]).clamp(max=100), torch.sin(x[:, half:])
        z = torch.complex(size * torch.cos(angle), size * torch.sin(angle))
        wave = torch.istft(z, cfg.n_fft, cfg.hop_len, window=self.window.to(x.device))
        return wave.clamp(-cfg.audio_limit, cfg.audio_limit)


def _walk_up(up: nn.Module, x: Tensor, more: int, rate: int) -> Walk:
    """`up` over x [1, C, T] of `rate` steps a frame of mel, `more` to one of them, in parts of at most PART frames.

    The parts overlap by as much as its kernels see.
    """
    parts, many, end = [], PART * rate, x.shape[2]
    for a in range(0, end, many):
        b, before = min(a + many, end), min(a, SEES)
        y = up(x[:, :, a - before : b + SEES])
        parts.append(y[:, :, before * more : (before + b - a) * more])
        yield
    return torch.cat(parts, 2) if len(parts) > 1 else parts[0]


def fold_norms(net: nn.Module) -> None:
    """Weight norm is arithmetic at every call: makes plain weights of it, once, after loading."""
    for part in net.modules():
        if parametrize.is_parametrized(part, "weight"):
            parametrize.remove_parametrizations(part, "weight")
