"""Conditional flow matching: from noise to a mel in a few Euler steps, with classifier-free guidance.

Flow matching (arXiv 2210.02747), the step sizes and the guidance of CosyVoice (arXiv 2407.05407, 2412.10117);
../shared/reference/models.md 4.6.
"""

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from engine.nets.tape import Context, Span, Tape, Walk

T = TypeVar("T")
NOISE_FRAMES = 15_000            # 300 s at 50 frames/s


class Estimator(Protocol):
    def walk(self, x: Tensor, mu: Tensor, t: Tensor, speaker: Tensor, cond: Tensor, tape: Tape) -> Walk: ...


@dataclass(frozen=True)
class Solver:
    """How the equation is solved. The defaults are the published ones; fewer steps are faster and coarser."""

    steps: int = 10              # calls of the estimator
    guidance: float = 0.7        # 0: the estimator runs without its second, unconditional half: half the work
    autocast: torch.dtype | None = None   # bfloat16, or float16 on CUDA, for the estimator; None: fp32

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}, but a solver takes at least one")

    def times(self) -> list[tuple[float, float]]:
        """-> (time, length) of each step from 0 to 1, small ones first.

        In the reference's single precision, in its order: the times' last bits, multiplied by 1000 on their way into
        the estimator, move the mel by 3e-6, and CosyVoice3's pitch adds that up to an audible difference.
        """
        marks = 1 - torch.cos(torch.linspace(0, 1, self.steps + 1, device="cpu") * 0.5 * torch.pi)
        t, found = marks[0], []
        for k in range(self.steps):
            length = marks[k + 1] - t
            found.append((float(t), float(length)))
            t = t + length
        return found


def noise(mel: int) -> Tensor:
    """[1, mel, 15000]: the reference's fixed noise, drawn on the CPU whatever the device that uses it."""
    return torch.randn(1, mel, NOISE_FRAMES, generator=torch.Generator().manual_seed(0))


def noise_at(buffer: Tensor, start: int, end: int) -> Tensor:
    """Frames start..end of the noise. Past its end it begins again: a stream has no longest length."""
    return buffer[:, :, torch.arange(start, end, device=buffer.device) % buffer.shape[2]]


def stepwise(
    walk: Generator[None, None, T], device: torch.device, autocast: torch.dtype | None = None
) -> Generator[None, None, T]:
    """`walk` without gradients and in `autocast`, both of which end at every yield: they belong to the thread."""
    while True:
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            if autocast is not None:
                stack.enter_context(torch.autocast(device.type, dtype=autocast))
            try:
                next(walk)
            except StopIteration as end:
                value: T = end.value
                return value
        yield


def finish(walk: Generator[None, None, T]) -> T:
    """The value of a generator, without a pause."""
    while True:
        try:
            next(walk)
        except StopIteration as end:
            value: T = end.value
            return value


@dataclass(frozen=True)
class Given:
    """What conditions the mel of one call."""

    mu: Tensor                   # [1, 80, T], what the tokens say
    speaker: Tensor              # [1, 80]
    cond: Tensor                 # [1, 80, T], the prompt's mel where it is, zeros after


def solve(
    estimator: Estimator, x: Tensor, given: Given, how: Solver, span: Span, past: tuple[Context, ...]
) -> Generator[None, None, tuple[Tensor, tuple[Context, ...]]]:
    """x [1, 80, T] noise -> (mel [1, 80, T], what to give as `past` the next time), as the generator's value.

    past: a context a step, or () at the start of a stream. Yields within and after every call of the estimator.
    """
    both = how.guidance != 0
    mu, speaker, cond = (
        torch.cat([y, torch.zeros_like(y)]) if both else y for y in (given.mu, given.speaker, given.cond)
    )
    times, contexts = how.times(), list[Context]()
    first = Tape(span, (), x.device)
    for k, (t, length) in enumerate(times):
        tape = first.again(past[k] if past else ())
        now = torch.full((mu.shape[0],), t, device=x.device)
        walk = estimator.walk(x.expand_as(mu), mu, now, speaker, cond, tape)
        v = yield from stepwise(walk, x.device, how.autocast)
        v = v.float()
        if both:
            v = (1 + how.guidance) * v[:1] - how.guidance * v[1:]
        x = x + length * v
        contexts.append(tape.context())
        yield
    return x, tuple(contexts) if span.keep > span.start else past
