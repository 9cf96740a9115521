"""CosyVoice2's vocoder: mel to 24 kHz audio (20.8 M parameters). Every output sample depends on both neighbourhoods.

../shared/reference/models.md 4.8. How it streams, with overlaps, is in engine/nets/vocoder.py. fp32 throughout.
"""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from engine.nets.hift_nets import F0Net, HiftBody, HiftConfig, Source, Walk


def same(channels: int, kernel: int, dilation: int = 1) -> nn.Module:
    """A convolution that keeps the length and sees as much to the left as to the right."""
    conv = nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)
    return weight_norm(conv)  # type: ignore[no-any-return]


class HiftV2(HiftBody):
    """mel [1, 80, T] -> audio [1, 480 T] in -0.99..0.99."""

    def __init__(self, cfg: HiftConfig) -> None:
        super().__init__(cfg, same)
        c = cfg.base_channels
        self.m_source = Source(cfg, "linear", uniform=False)
        self.conv_pre = weight_norm(nn.Conv1d(cfg.in_channels, c, 7, padding=3))
        self.ups, self.source_downs = nn.ModuleList(), nn.ModuleList()
        rest = cfg.frame // cfg.hop_len
        for out, rate, kernel in zip(self.widths, cfg.upsample_rates, cfg.upsample_kernel_sizes, strict=True):
            self.ups.append(weight_norm(nn.ConvTranspose1d(2 * out, out, kernel, rate, (kernel - rate) // 2)))
            rest //= rate                        # steps of the spectrum for one of this stage
            self.source_downs.append(
                nn.Conv1d(cfg.n_fft + 2, out, 1) if rest == 1
                else nn.Conv1d(cfg.n_fft + 2, out, 2 * rest, rest, rest // 2)
            )  # fmt: skip
        self.conv_post = weight_norm(nn.Conv1d(self.widths[-1], cfg.n_fft + 2, 7, padding=3))
        d = cfg.f0_cond_channels
        first = weight_norm(nn.Conv1d(cfg.in_channels, d, 3, padding=1))
        self.f0_predictor = F0Net([first, *(same(d, 3) for _ in range(4))], d)

    def f0(self, mel: Tensor) -> Tensor:
        """mel [1, 80, T] -> [1, T] Hz."""
        f0: Tensor = self.f0_predictor(mel)
        return f0

    def walk_f0(self, mel: Tensor) -> Walk:
        return self.f0_predictor.walk(mel)

    def walk(self, mel: Tensor, source: Tensor) -> Walk:
        """mel [1, 80, T], source [1, 1, 480 T] -> audio [1, 480 T]."""
        return self.walk_body(self.conv_pre(mel), self.spectrum(source))
