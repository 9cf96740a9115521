"""Mel to audio, whole or as it comes: one interface to CosyVoice2's and CosyVoice3's vocoders.

    vocoder = Vocoder(HiftV2(HiftConfig()))          # or HiftV3; load the state dict into the network, strictly
    wave = vocoder.wave(mel)                         # [1, 480 T], all at once
    state = vocoder.init_state()                     # a value, good for any number of replies
    wave, state = vocoder.step(mel, state)           # the samples that are certain, 8 frames (160 ms) less than the mel
    wave, state = vocoder.step(mel, state, final=True)

Both cost the same at a stream's tenth minute as at its first. Summed over a stream the samples are the mel's, 480 a
frame, wherever it was cut.

Version 2 looks about 20 frames to both sides, so a cut is heard unless it is hidden: of a call the last 8 frames are
held back, computed again with the next ones, and the two results faded into each other. The reference begins the sines
anew in every call; here they go on where they were (the held frames keep their source, phases continue from it), and
6 more frames of the past are seen again; and the two halves of the fade sum to one (the reference's Hamming window to
1.08: half a decibel louder for 160 ms). `walk_on` is the reference's own way, for comparison.

Version 3 is causal but for 8 frames, so its stream equals the whole: the call's window has as many frames of the past
as any sample depends on (`HiftV3.behind`), sines and noise continue. Difference to the whole on the tiny fixture:
below 1e-5, rounding (tests/test_vocoder.py).

walk_... are generators with the same values that yield between residual blocks; a closed one leaves no trace, states
are never changed. Device: the network's. CUDA was not run so far.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.nets.cfm import finish, stepwise
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import PART

HELD = 8                         # frames that a call of version 2 leaves to the next one
PAST = 6                         # and frames before them that it sees again


@dataclass(frozen=True)
class VocoderState:
    """Where a stream is. A value."""

    mel: Tensor                  # [1, 80, n] frames that the next call needs again
    source: Tensor               # [1, 1, m] of the first of them
    phase: Tensor                # [1, harmonics] float64 turns, at the source's end
    wave: Tensor                 # [1, k] version 2: computed and not given, to be faded into the next call's
    done: int = 0                # frames before `mel`
    given: int = 0               # samples that were returned
    closed: bool = False


@dataclass(frozen=True)
class Held:
    """What the reference keeps between calls of version 2; None where there was no call."""

    mel: Tensor                  # [1, 80, 8]
    source: Tensor               # [1, 1, 3840]
    wave: Tensor                 # [1, 3840]


Stepped = Generator[None, None, tuple[Tensor, VocoderState]]


class Vocoder:
    def __init__(self, net: HiftV2 | HiftV3, seed: int | None = 0) -> None:
        """seed: of the noise in the voice; None for none, as the fixtures have it."""
        self.net = net
        self.device: torch.device = net.conv_post.bias.device  # type: ignore[assignment]
        net.m_source.draw(seed)
        self.frame = net.cfg.frame
        n = HELD * self.frame
        up = torch.cos(math.pi * torch.arange(2 * n, dtype=torch.float64) * 2 / (2 * n - 1))
        self.hann = (0.5 - 0.5 * up).float().to(self.device)         # of 2 n points: a rising and a falling half
        self.hamming = (0.54 - 0.46 * up).float().to(self.device)

    # -- whole --------------------------------------------------------------------------------------------
    def wave(self, mel: Tensor) -> Tensor:
        """mel [1, 80, T] -> [1, 480 T] float32, the reference's way."""
        return finish(stepwise(self._whole(mel), self.device))

    def walk_so_far(self, mel: Tensor, final: bool) -> Generator[None, None, Tensor]:
        """Version 3: all audio of the mel so far, [1, 480 (T - 8)], final: [1, 480 T]."""
        return stepwise(self._whole(mel, final), self.device)

    def walk_on(self, mel: Tensor, held: Held | None, final: bool) -> Generator[None, None, tuple[Tensor, Held]]:
        """Version 2, the reference's way: mel [1, 80, t] that is new -> (samples, what to give as `held` next time)."""
        return stepwise(self._on(mel, held, final), self.device)

    def _whole(self, mel: Tensor, final: bool = True) -> Generator[None, None, Tensor]:
        net, mel = self.net, self._checked(mel)
        f0 = (yield from net.walk_f0(mel)) if isinstance(net, HiftV2) else net.f0(mel, final)
        yield
        source = net.m_source(f0, net.m_source.noise_at(0, f0.shape[1] * self.frame))
        return (yield from net.walk(mel, source) if isinstance(net, HiftV2) else net.walk(mel, source, final))

    def _on(self, mel: Tensor, held: Held | None, final: bool) -> Generator[None, None, tuple[Tensor, Held]]:
        net, mel = self.net, self._checked(mel)
        assert isinstance(net, HiftV2)
        if held is not None:
            mel = torch.cat([held.mel, mel], 2)
        f0 = yield from net.walk_f0(mel)
        # Phases in double: nearer to the reference's than another sum in single precision, whose errors grow with time
        source = net.m_source(f0, net.m_source.noise_at(0, f0.shape[1] * self.frame), self.init_state().phase)
        yield
        if held is not None:
            source = torch.cat([held.source, source[:, :, held.source.shape[2] :]], 2)
        wave = yield from net.walk(mel, source)
        if held is not None:
            wave = _faded(held.wave, wave, self.hamming)
        n = HELD * self.frame
        return wave if final else wave[:, :-n], Held(mel[:, :, -HELD:], source[:, :, -n:], wave[:, -n:])

    # -- as it comes --------------------------------------------------------------------------------------
    def init_state(self) -> VocoderState:
        cfg = self.net.cfg
        return VocoderState(
            torch.zeros(1, cfg.in_channels, 0, device=self.device), torch.zeros(1, 1, 0, device=self.device),
            torch.zeros(1, cfg.harmonics, device=self.device, dtype=torch.float64),
            torch.zeros(1, 0, device=self.device),
        )  # fmt: skip

    def step(self, mel: Tensor, state: VocoderState, final: bool = False) -> tuple[Tensor, VocoderState]:
        """mel [1, 80, t], t >= 0, the next frames -> (samples [1, n], n >= 0, the next state)."""
        return finish(self.walk_step(mel, state, final))

    def walk_step(self, mel: Tensor, state: VocoderState, final: bool = False) -> Stepped:
        if state.closed:
            raise ValueError("vocoder: a step after the final one; begin with init_state's state again")
        work = self._overlapped if isinstance(self.net, HiftV2) else self._windowed
        return stepwise(work(self._checked(mel), state, final), self.device)

    def _overlapped(self, mel: Tensor, state: VocoderState, final: bool) -> Stepped:
        net, frame = self.net, self.frame
        assert isinstance(net, HiftV2)
        mel = torch.cat([state.mel, mel], 2)
        t, past = mel.shape[2], state.given // frame - state.done
        if t - past <= (0 if final else HELD):               # nothing is certain yet
            return mel.new_zeros(1, 0), replace(state, mel=mel, closed=final)
        f0 = yield from net.walk_f0(mel)
        turns = net.m_source.turns(f0)
        known = state.source.shape[2] // frame               # frames that were computed before
        start = state.phase - turns[:, :, :known].sum(2)     # so that the phases meet at the last of them
        source = net.m_source(f0, net.m_source.noise_at(state.done * frame, t * frame), start)
        yield
        kept = max(0, state.source.shape[2] - frame // 2)    # to that frame's middle: beyond it phases stood still
        source = torch.cat([state.source[:, :, :kept], source[:, :, kept:]], 2)
        wave = (yield from net.walk(mel, source))[:, past * frame :]
        wave = _faded(state.wave, wave, self.hann)
        n = t if final else t - HELD
        new, held = wave[:, : (n - past) * frame], wave[:, (n - past) * frame :].clone()
        drop = max(0, n - PAST)
        after = VocoderState(
            mel[:, :, drop:].clone(), source[:, :, drop * frame :].clone(), (start + turns.sum(2)) % 1, held,
            state.done + drop, state.given + new.shape[1], final,
        )  # fmt: skip
        return new, after

    def _windowed(self, mel: Tensor, state: VocoderState, final: bool) -> Stepped:
        net, frame = self.net, self.frame
        assert isinstance(net, HiftV3)
        mel = torch.cat([state.mel, mel], 2)
        t, sure = mel.shape[2], state.source.shape[2] // frame               # frames here, with a source
        end = t if final else t - net.ahead
        if state.done * frame + end * frame <= state.given:
            return mel.new_zeros(1, 0), replace(state, mel=mel, closed=final)
        f0 = yield from self._pitch(net, mel, sure, final)
        noise = net.m_source.noise_at((state.done + sure) * frame, f0.shape[1] * frame)
        source = torch.cat([state.source, net.m_source(f0, noise, state.phase)], 2)
        phase = (state.phase + net.m_source.turns(f0).sum(2)) % 1
        yield
        wave = yield from net.walk(mel, source, final)
        new = wave[:, state.given - state.done * frame :]
        drop = max(0, end - net.behind)
        after = VocoderState(
            mel[:, :, drop:].clone(), source[:, :, drop * frame :].clone(), phase, state.wave, state.done + drop,
            state.given + new.shape[1], final,
        )  # fmt: skip
        return new, after

    def _pitch(self, net: HiftV3, mel: Tensor, sure: int, final: bool) -> Generator[None, None, Tensor]:
        """f0 [1, n] of the frames from `sure` on, a few at a time: float64 is slow."""
        parts = list[Tensor]()
        while mel.shape[2] - sure > PART + net.f0_ahead:
            back = min(sure, net.f0_behind)
            seen = mel[:, :, sure - back : sure + PART + net.f0_ahead]
            parts.append(net.f0(seen, False)[:, back:])
            sure += PART
            yield
        back = min(sure, net.f0_behind)
        return torch.cat([*parts, net.f0(mel[:, :, sure - back :], final)[:, back:]], 1)

    def _checked(self, mel: Tensor) -> Tensor:
        if mel.dim() != 3 or mel.shape[0] != 1 or mel.shape[1] != self.net.cfg.in_channels:
            raise ValueError(f"vocoder: mel must be [1, {self.net.cfg.in_channels}, T], not {list(mel.shape)}")
        return mel.to(self.device, torch.float32)


def _faded(old: Tensor, new: Tensor, window: Tensor) -> Tensor:
    """new [1, n], its beginning faded into from old [1, m], m <= n."""
    m, half = old.shape[1], len(window) // 2
    mixed = new[:, :m] * window[:m] + old * window[half : half + m]
    return torch.cat([mixed, new[:, m:]], 1)
