"""CosyVoice3's vocoder: as CosyVoice2's, but no convolution looks further ahead than eight frames of mel in all.

../shared/reference/models.md 4.9. What a sample sees of the past is bounded as well (`behind`), so that a stream needs
a window of the mel and not all of it: engine/nets/vocoder.py. fp32, the pitch in float64.
"""

import math

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from engine.nets.hift_nets import F0Net, HiftBody, HiftConfig, Source, Walk


class LeftConv(nn.Conv1d):
    """x [B, C, T] -> [B, C', T / stride]: frame t sees t and earlier ones, and in a coarse grid its own cell."""

    def __init__(self, channels: int, out: int, kernel: int, dilation: int = 1, stride: int = 1) -> None:
        super().__init__(channels, out, kernel, stride, dilation=dilation)
        self.before = stride - 1 if stride > 1 else (kernel - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, (self.before, 0)))


class UpConv(LeftConv):
    """Repeats every frame `rate` times, then convolves."""

    def __init__(self, channels: int, out: int, kernel: int, rate: int) -> None:
        super().__init__(channels, out, kernel)
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.repeat_interleave(self.rate, 2))


def left(channels: int, kernel: int, dilation: int = 1) -> nn.Module:
    return weight_norm(LeftConv(channels, channels, kernel, dilation))  # type: ignore[no-any-return]


class HiftV3(HiftBody):
    """mel [1, 80, T] -> audio [1, 480 T]; of a stream that goes on [1, 480 (T - 8)]."""

    def __init__(self, cfg: HiftConfig) -> None:
        super().__init__(cfg, left)
        c = cfg.base_channels
        self.m_source = Source(cfg, "nearest", uniform=True)
        self.conv_pre = weight_norm(nn.Conv1d(cfg.in_channels, c, cfg.conv_pre_look_right + 1))
        self.ups, self.source_downs = nn.ModuleList(), nn.ModuleList()
        rest = cfg.frame // cfg.hop_len
        for out, rate, kernel in zip(self.widths, cfg.upsample_rates, cfg.upsample_kernel_sizes, strict=True):
            self.ups.append(weight_norm(UpConv(2 * out, out, kernel, rate)))
            rest //= rate
            self.source_downs.append(LeftConv(cfg.n_fft + 2, out, 1 if rest == 1 else 2 * rest, stride=rest))
        self.conv_post = weight_norm(LeftConv(self.widths[-1], cfg.n_fft + 2, 7))
        d = cfg.f0_cond_channels
        first = weight_norm(nn.Conv1d(cfg.in_channels, d, 4))
        self.f0_predictor = F0Net([first, *(left(d, 3) for _ in range(4))], d).double()
        self.f0_ahead, self.f0_behind = 3, 8     # frames: one kernel of 4, four of 3

    @property
    def ahead(self) -> int:
        """Frames at the end of a stream that have no audio yet."""
        return self.f0_ahead + self.cfg.conv_pre_look_right + 1

    @property
    def behind(self) -> int:
        """Frames before its own that a sample depends on, given the source: the sum over all layers, rounded up."""
        cfg, rate, frames, widest = self.cfg, 1, 0.0, 0
        for k, (r, kernel) in enumerate(zip(cfg.upsample_rates, cfg.upsample_kernel_sizes, strict=True)):
            rate *= r
            side = _reach(cfg.source_resblock_kernel_sizes[k], cfg.source_resblock_dilation_sizes[k])
            widest = max(_reach(*kind) for kind in
                         zip(cfg.resblock_kernel_sizes, cfg.resblock_dilation_sizes, strict=True))
            frames += (kernel + side + widest + 2) / rate
        return math.ceil(frames + (cfg.n_fft + 8) / rate) + 1

    def f0(self, mel: Tensor, final: bool) -> Tensor:
        """mel [1, 80, T] -> [1, T] Hz, of a stream that goes on [1, T - 3]. In float64, which costs little here."""
        x = F.pad(mel.double(), (0, self.f0_ahead)) if final else mel.double()
        return self.f0_predictor(x).to(mel)      # type: ignore[no-any-return]

    def walk(self, mel: Tensor, source: Tensor, final: bool = True) -> Walk:
        """mel [1, 80, T], source [1, 1, 480 T] -> [1, 480 T]; not final: source of T - 3 frames, audio of T - 8."""
        ahead, frame = self.cfg.conv_pre_look_right, self.cfg.frame
        if not final:
            mel = mel[:, :, : mel.shape[2] - self.f0_ahead]
        x = self.conv_pre(F.pad(mel, (0, ahead)) if final else mel)
        spectrum = self.spectrum(source)
        if not final:
            spectrum = spectrum[:, :, : spectrum.shape[2] - ahead * frame // self.cfg.hop_len]
        wave = yield from self.walk_body(x, spectrum)
        return wave if final else wave[:, :-frame]


def _reach(kernel: int, dilations: tuple[int, ...]) -> int:
    """Steps to the left that a residual block sees."""
    return (kernel - 1) * (sum(dilations) + len(dilations))
