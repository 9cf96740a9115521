"""How much arithmetic the voice needs, counted on the published networks without their weights (meta device).

Multiply-adds of matrix products, convolutions and attention, per second of sound; what else there is (norms, sines) is
small beside it. For `parley bench latency`, so that a measured time can be held against what the device could do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch.utils.flop_counter import FlopCounterMode

from audio_io.frames import VOICE_HZ
from engine.nets.cfm import Given, Solver, finish, solve
from engine.nets.flow import FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import HiftConfig
from engine.nets.tape import Span, Tape
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig

TOKENS_S = 25                    # speech tokens a second
META = torch.device("meta")


@dataclass(frozen=True)
class Operations:
    """Multiply-adds for a second of sound."""

    voice_lm: int
    flow: int
    vocoder: int


def voice_operations(version: int, how: Solver | None = None) -> Operations:
    """version: 2 or 3, of CosyVoice. how: the flow's solver, default the published one.

    The LM at an empty past, one token a step. The flow computes one second in one go, without a prompt: in a stream
    come attention over the past and, where hops do not end at chunks, the same frames again.
    """
    if version not in (2, 3):
        raise ValueError(f"version {version}: must be 2 or 3")
    with META, torch.no_grad():
        return Operations(_lm(version), _flow(version, how or Solver()), _vocoder(version))


def _count(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops()) // 2   # the counter has two operations for a multiply-add


def _lm(version: int) -> int:
    lm = VoiceLm(VoiceLmConfig(version=version)).eval()
    row = torch.zeros(1, 1, lm.cfg.hidden)
    return TOKENS_S * _count(lambda: lm.llm_decoder(lm(row)))


def _flow(version: int, how: Solver) -> int:
    net = FlowV2(FlowV2Config()).eval() if version == 2 else FlowV3(FlowV3Config()).eval()
    n = TOKENS_S * net.cfg.token_mel_ratio
    slow, fast = Span(0, TOKENS_S), Span(0, n)
    ids, mel = torch.zeros(1, TOKENS_S, dtype=torch.long), torch.zeros(1, net.mel, n)

    def encoder() -> None:
        with torch.device("cpu"):                # whose tables of positions are made of numbers
            net.mu(ids, None, Tape(slow, (), META), Tape(fast, (), META))

    given, once = Given(mel, torch.zeros(1, net.mel), mel), replace(how, steps=1)      # all steps are alike
    return _count(encoder) + how.steps * _count(lambda: finish(solve(net.estimator, mel, given, once, fast, ())))


def _vocoder(version: int) -> int:
    cfg = HiftConfig()
    n = VOICE_HZ // cfg.frame
    mel, source = torch.zeros(1, cfg.in_channels, n), torch.zeros(1, 1, n * cfg.frame)
    if version == 2:
        two = HiftV2(cfg).eval()
        two.samples = _no_samples  # type: ignore[method-assign, assignment]
        return _count(lambda: (two.f0(mel), finish(two.walk(mel, source))))
    three = HiftV3(cfg).eval()
    three.samples = _no_samples  # type: ignore[method-assign, assignment]
    return _count(lambda: (three.f0(mel, True), finish(three.walk(mel, source))))


def _no_samples(spectrum: torch.Tensor) -> torch.Tensor:
    """The inverse transform of 16 points looks at its window's values, which meta tensors have not. It costs little."""
    return spectrum.new_zeros(1, spectrum.shape[2])
