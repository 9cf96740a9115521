"""Speech tokens to mel, whole or as they come: one interface to CosyVoice2's and CosyVoice3's flows.

    flow = Flow(FlowV2(FlowV2Config()))              # or FlowV3; load the state dict into the network, strictly
    mel = flow.mel(tokens, prompt)                   # [1, 80, 2 n], all at once
    state = flow.init_state(prompt)                  # once a voice: a value, good for any number of replies
    mel, state = flow.step(tokens, state)            # for every few tokens: the frames that are new
    mel, state = flow.step(tokens, state, final=True)

A token is 40 ms, a frame of mel 20 ms. Streams run under the networks' chunk masks (25 tokens, the prompt's counted):
what step() returns is, to rounding, what the reference's streaming mode computes from the tokens so far, cut to the
new frames. The reference computes everything again each time, step() at most the chunk that is not complete. What a
frame sees of the past may be limited (`Left`): then a stream costs the same at its tenth minute as at its first.

Every method has a twin walk_...: a generator with the same value, that yields between the layers of the estimator.
Closing it costs nothing: a state is never changed. Device: the network's. CUDA was not run so far.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from engine.nets.cfm import Given, Solver, finish, noise, noise_at, solve, stepwise
from engine.nets.flow_nets import FlowNet, FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.tape import Context, Span, Tape, size

__all__ = ["ALL", "BOUNDED", "PUBLISHED", "Flow", "FlowPrompt", "FlowState", "FlowV2", "FlowV2Config", "FlowV3",
           "FlowV3Config", "Left", "Solver"]  # fmt: skip


@dataclass(frozen=True)
class FlowPrompt:
    """A voice: a recording's tokens and mel, of the same length, and its speaker's vector."""

    tokens: Tensor               # [1, P] int64; P may be 0: a preset voice
    mel: Tensor                  # [1, 80, 2 P] natural logarithm, engine/features/fbank.py
    speaker: Tensor              # [1, 192]


@dataclass(frozen=True)
class Left:
    """How much of the past a chunk sees besides itself. None: all of it, as the networks were trained."""

    # mel frames that the estimator sees. Each takes 4.6 MB of CosyVoice2's state and 3.6 MB of CosyVoice3's (fp32, 10
    # steps with guidance), the prompt's too: in proportion to the steps, half without guidance or in half precision
    frames: int | None = None
    prompt: bool = True          # and the prompt's for ever, which hold the voice
    tokens: int | None = None    # tokens that CosyVoice2's encoder sees, 57 kB each; CosyVoice3 has no such layers


PUBLISHED, ALL = Solver(), Left()
BOUNDED = Left(frames=200, tokens=500)    # for streams of any length: 4 s and the prompt; docs/log.md has the errors


@dataclass(frozen=True)
class FlowState:
    """Where a stream is. A value: to begin again is to use an old one, to forget is to drop it."""

    speaker: Tensor              # [1, 80]
    prompt: int                  # frames of the prompt
    cond: Tensor                 # [1, 80, n] the prompt's mel from `done` on
    tokens: Tensor               # [1, n] from `done` on
    done: int = 0                # tokens that the contexts stand for, whole chunks
    given: int = 0               # frames that were returned, the prompt's among them
    slow: Context = ()           # the encoder's at the tokens' rate
    fast: Context = ()           # and at the frames'
    steps: tuple[Context, ...] = ()    # the estimator's, one a solver's step
    how: Solver = PUBLISHED
    left: Left = ALL
    closed: bool = False
    live: Any = None             # in place of `steps`: where they lie at fixed addresses, engine/nets/flow_recorded.py

    @property
    def bytes(self) -> int:
        """What the contexts take that are its own."""
        return size(self.slow) + size(self.fast) + sum(size(c) for c in self.steps)


class Flow:
    def __init__(self, net: FlowNet, lacks: str = "") -> None:
        """lacks: why it is not recorded, where it might be."""
        self.net, self.lacks = net, lacks
        self.device: torch.device = next(net.parameters()).device
        self.noise = noise(net.mel).to(self.device)

    def why_not(self, prompt: FlowPrompt, how: Solver | None = None, left: Left | None = None) -> str:
        """Why this voice is not computed in the fastest way that there is here; here there is one."""
        return ""

    @property
    def computes(self) -> str:
        """How, in words."""
        return f"operation by operation, on {self.device}"

    def mel(
        self, tokens: Tensor, prompt: FlowPrompt, how: Solver = PUBLISHED, streaming: bool = False, final: bool = True
    ) -> Tensor:
        """tokens [1, n] int64 -> [1, 80, 2 n], the frames after the prompt's; the reference's modes.

        streaming: chunk masks. final False: the last 3 tokens are only looked at, [1, 80, 2 (n - 3)].
        """
        return finish(self.walk_mel(tokens, prompt, how, streaming, final))

    def walk_mel(
        self, tokens: Tensor, prompt: FlowPrompt, how: Solver = PUBLISHED, streaming: bool = False, final: bool = True
    ) -> Generator[None, None, Tensor]:
        state = self._with(self._begin(prompt, how, ALL), tokens)
        end = self._end(state, final)
        if end * self.net.cfg.token_mel_ratio <= state.given:
            return self._nothing()
        mel, _ = yield from self._run(state, end, 0, streaming)
        return mel

    def init_state(self, prompt: FlowPrompt, how: Solver = PUBLISHED, left: Left = ALL) -> FlowState:
        """The start of a stream in this voice, the prompt's whole chunks computed."""
        return finish(self.walk_init_state(prompt, how, left))

    def walk_init_state(
        self, prompt: FlowPrompt, how: Solver = PUBLISHED, left: Left = ALL
    ) -> Generator[None, None, FlowState]:
        state = self._begin(prompt, how, left)
        whole = self._chunks(self._end(state, final=False))
        if whole:
            _, state = yield from self._run(state, whole, whole)
        return state

    def step(self, tokens: Tensor, state: FlowState, final: bool = False) -> tuple[Tensor, FlowState]:
        """tokens [1, n] int64, the next ones, n >= 0 -> (mel [1, 80, t] of all frames that are new, the next state).

        Not final: the last 3 tokens so far are only looked at, and t may be 0. Frames of a chunk that is not complete
        are returned too, and computed again with the rest of it: steps that end at whole chunks are the cheapest.
        """
        return finish(self.walk_step(tokens, state, final))

    def walk_step(
        self, tokens: Tensor, state: FlowState, final: bool = False
    ) -> Generator[None, None, tuple[Tensor, FlowState]]:
        if state.closed:
            raise ValueError("flow: a step after the final one; begin with init_state's state again")
        state = self._with(state, tokens)
        end = self._end(state, final)
        if end * self.net.cfg.token_mel_ratio <= state.given:
            return self._nothing(), replace(state, closed=final)
        mel, state = yield from self._run(state, end, state.done if final else self._chunks(end))
        return mel, replace(state, closed=final)

    def _begin(self, prompt: FlowPrompt, how: Solver, left: Left) -> FlowState:
        frames = prompt.tokens.shape[1] * self.net.cfg.token_mel_ratio
        if prompt.mel.shape != (1, self.net.mel, frames) or prompt.tokens.shape[0] != 1:
            raise ValueError(f"flow: a prompt of {tuple(prompt.tokens.shape)} tokens needs mel "
                             f"(1, {self.net.mel}, {frames}), not {tuple(prompt.mel.shape)}")  # fmt: skip
        with torch.no_grad():
            speaker = self.net.speaker(prompt.speaker.to(self.device))
        state = FlowState(speaker, frames, prompt.mel.to(self.device), prompt.tokens[:, :0].to(self.device))
        return self._with(replace(state, given=frames, how=how, left=left), prompt.tokens)

    def _with(self, state: FlowState, tokens: Tensor) -> FlowState:
        if tokens.dim() != 2 or tokens.shape[0] != 1 or tokens.is_floating_point():
            raise ValueError(f"flow: tokens are whole numbers [1, n], not {tokens.dtype} {tuple(tokens.shape)}")
        if tokens.numel() and not 0 <= int(tokens.min()) <= int(tokens.max()) < self.net.cfg.vocab_size:
            raise ValueError(f"flow: tokens lie in 0..{self.net.cfg.vocab_size - 1}, "
                             f"not in {int(tokens.min())}..{int(tokens.max())}")  # fmt: skip
        return replace(state, tokens=torch.cat([state.tokens, tokens.to(self.device)], 1))

    def _nothing(self) -> Tensor:
        return torch.zeros(1, self.net.mel, 0, device=self.device)

    def _end(self, state: FlowState, final: bool) -> int:
        """One past the last token that can be computed."""
        return state.done + state.tokens.shape[1] - (0 if final else self.net.cfg.pre_lookahead_len)

    def _chunks(self, tokens: int) -> int:
        return max(0, tokens) // self.net.chunk * self.net.chunk

    def _run(
        self, state: FlowState, end: int, keep: int, streaming: bool = True
    ) -> Generator[None, None, tuple[Tensor, FlowState]]:
        """Computes tokens state.done..end, and leaves the contexts at `keep` -> (mel that is new, state)."""
        ratio, left = self.net.cfg.token_mel_ratio, state.left
        chunk = self.net.chunk if streaming else None
        slow = Span(state.done, end, max(keep, state.done), chunk, 0, left.tokens)
        fast = slow.times(ratio)
        span = replace(fast, first=state.prompt if left.prompt else 0, recent=left.frames)
        n = end - state.done
        after = state.tokens[:, n : n + self.net.cfg.pre_lookahead_len]
        tapes = Tape(slow, state.slow, self.device), Tape(fast, state.fast, self.device)
        mu = yield from stepwise(self._mu(state.tokens[:, :n], after if after.shape[1] else None, tapes), self.device)
        cond = torch.zeros_like(mu)
        known = min(state.cond.shape[2], mu.shape[2])
        cond[:, :, :known] = state.cond[:, :, :known]
        x, state = yield from self._solve(state, span, Given(mu, state.speaker, cond))
        on = slow.keep - slow.start
        after_state = replace(
            state, cond=state.cond[:, :, on * ratio :], tokens=state.tokens[:, on:], done=slow.keep,
            given=max(state.given, span.end), slow=tapes[0].context(), fast=tapes[1].context(),
        )  # fmt: skip
        return x[:, :, max(0, state.given - span.start) :], after_state

    def _solve(self, state: FlowState, span: Span, given: Given) -> Generator[None, None, tuple[Tensor, FlowState]]:
        """-> (mel of the span, the state with the estimator's contexts at its `keep`)."""
        x = noise_at(self.noise, span.start, span.end)
        x, steps = yield from solve(self.net.estimator, x, given, state.how, span, state.steps)
        return x, replace(state, steps=steps)

    def _mu(self, tokens: Tensor, after: Tensor | None, tapes: tuple[Tape, Tape]) -> Generator[None, None, Tensor]:
        mu = yield from self.net.walk_mu(tokens, after, *tapes)
        yield
        return mu.float()
