"""What happens to speech between a mouth and a microphone, on batches, in torch: for training only.

Speed, room, noise and babble, telephone band, level; and SpecAugment (arXiv 1904.08779) on the mel frames.
"""

from dataclasses import dataclass

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn import functional as F

from audio_io.frames import MIC_HZ


@dataclass(frozen=True)
class Air:
    """rooms: [r, n] impulse responses that begin with the direct sound; noises: [m] one long strip of sounds."""

    rooms: Tensor
    noises: Tensor


def synthetic_rooms(count: int, rng: torch.Generator) -> Tensor:
    """-> [count, 0.4 s]: a direct sound and an exponentially decaying tail, reverberation time 0.1-0.7 s."""
    n = MIC_HZ * 4 // 10
    t = torch.arange(n) / MIC_HZ
    rt60 = 0.1 + 0.6 * torch.rand(count, 1, generator=rng)
    tail = torch.randn(count, n, generator=rng) * 10 ** (-3 * t / rt60)
    tail[:, : MIC_HZ // 400] = 0
    ratio_db = 12 * torch.rand(count, 1, generator=rng) - 2                  # direct to reverberant
    tail *= 10 ** (-ratio_db / 20) / tail.square().sum(1, keepdim=True).sqrt()
    tail[:, 0] = 1
    return tail


def faster(x: Tensor, factor: float) -> Tensor:
    """Linear resampling: speed and pitch together. x: [n]"""
    return F.interpolate(x[None, None], scale_factor=1 / factor, mode="linear", align_corners=False)[0, 0]


def chance(p: float, rng: torch.Generator) -> bool:
    return bool(torch.rand((), generator=rng) < p)


def uniform(lo: float, hi: float, rng: torch.Generator) -> float:
    return lo + (hi - lo) * float(torch.rand((), generator=rng))


def power(x: Tensor) -> Tensor:
    return x.square().mean() + 1e-12


def strip(noises: Tensor, n: int, rng: torch.Generator) -> Tensor:
    at = int(torch.randint(0, max(1, len(noises) - n), (), generator=rng))
    return noises[at : at + n]


def weather(x: Tensor, air: Air, rng: torch.Generator, often: float = 1.0) -> Tensor:
    """x: [n] clean speech -> [n] as some microphone would deliver it; `often` scales how often something is wrong."""
    n = len(x)
    size = next_fast_len(n + air.rooms.shape[1], real=True)
    spectrum = torch.fft.rfft(x, size)
    if chance(0.35 * often, rng):
        spectrum = spectrum * torch.fft.rfft(air.rooms[int(torch.randint(len(air.rooms), (), generator=rng))], size)
    hz = torch.linspace(0, MIC_HZ / 2, size // 2 + 1)
    telephone = chance(0.25 * often, rng)
    if telephone:
        lo, hi = uniform(200, 350, rng), uniform(3100, 3800, rng)
        spectrum = spectrum * torch.sigmoid((hz - lo) / 25) * torch.sigmoid((hi - hz) / 60)
    elif chance(0.5, rng):                       # a microphone's tilt, up to 6 dB over the band
        spectrum = spectrum * 10 ** (uniform(-6, 6, rng) / 20 * (hz / MIC_HZ * 2 - 0.5))
    y: Tensor = torch.fft.irfft(spectrum, size)[:n]
    if chance(0.55 * often, rng):
        noise = strip(air.noises, n, rng)
        if len(noise) == n:
            y = y + noise * (power(y) / power(noise) * 10 ** (-uniform(2, 30, rng) / 10)).sqrt()
    y = y + torch.randn(n, generator=rng) * 10 ** (uniform(-95, -60, rng) / 20)
    y = y * 10 ** ((uniform(-40, -14, rng) - 10 * float(torch.log10(power(y)))) / 20)
    if telephone and chance(0.7, rng):           # mu-law, 8 bits
        y = y.clamp(-1, 1)
        coded = torch.sign(y) * torch.log1p(255 * y.abs()) / 5.545177
        coded = (coded * 127).round() / 127
        y = torch.sign(coded) * (torch.exp(coded.abs() * 5.545177) - 1) / 255
    return y.clamp(-1, 1)


def masked(mel: Tensor, fill: float, rng: torch.Generator) -> Tensor:
    """mel: [t, bands] -> two bands of at most 14 mels and up to four spans of at most 0.2 s are blanked."""
    mel = mel.clone()
    t, bands = mel.shape
    for _ in range(2):
        w = int(torch.randint(0, 15, (), generator=rng))
        at = int(torch.randint(0, bands - w, (), generator=rng))
        mel[:, at : at + w] = fill
    for _ in range(min(4, t // 120)):
        w = int(torch.randint(0, 21, (), generator=rng))
        at = int(torch.randint(0, max(1, t - w), (), generator=rng))
        mel[at : at + w] = fill
    return mel
