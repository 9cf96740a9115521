"""Drawing the next speech token: nucleus sampling that avoids repetition ("RAS", VALL-E 2, arXiv 2406.05370).

The rule and its numbers are CosyVoice2's (../shared/reference/models.md 4.1): one draw from the nucleus; where it was
emitted among the last `window` tokens, one draw from all the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Draw = Callable[[Tensor, Sequence[int]], int]    # (log-odds [ids], ids so far) -> id


@dataclass(frozen=True)
class RasConfig:
    top_p: float = 0.8           # 0..1: candidates are taken until they have this much together
    top_k: int = 25              # at most so many candidates
    window: int = 10             # tokens looked back at
    share: float = 0.1           # of the window: so often, or more, is a repetition


def candidates(scores: Tensor, cfg: RasConfig) -> tuple[Tensor, Tensor]:
    """scores [ids] -> (probabilities [n], ids [n]), likeliest first, the lower id first among equals.

    Probabilities are of the whole: they do not sum to 1.
    """
    p = scores.softmax(0)
    least = p.topk(min(cfg.top_k, len(p))).values[-1]
    ids = (p >= least).nonzero()[:, 0]           # in order of ids, so that a stable sort of few equals one of all
    values, order = p[ids].sort(descending=True, stable=True)
    n, total = 0, torch.zeros((), dtype=p.dtype, device=p.device)
    while n < min(cfg.top_k, len(values)) and total < cfg.top_p:
        total, n = total + values[n], n + 1
    return values[:n], ids[order[:n]]


class Ras:
    """A `Draw` with random numbers of its own: the same seed draws the same tokens. One for each reply."""

    def __init__(self, seed: int, cfg: RasConfig | None = None) -> None:
        self.cfg = cfg or RasConfig()
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, scores: Tensor, so_far: Sequence[int]) -> int:
        """scores [ids] float32 on the CPU; what is not allowed is -inf there."""
        p, ids = candidates(scores, self.cfg)
        drawn = int(ids[self._one(p)])
        recent = so_far[max(0, len(so_far) - self.cfg.window) :]
        if sum(token == drawn for token in recent) >= self.cfg.window * self.cfg.share:
            others = scores.clone()
            others[drawn] = float("-inf")
            if others.max() > float("-inf"):     # else it is the only one allowed
                drawn = self._one(others.softmax(0))
        return drawn

    def _one(self, p: Tensor) -> int:
        return int(torch.multinomial(p, 1, replacement=True, generator=self.generator))


def likeliest(scores: Tensor, so_far: Sequence[int]) -> int:
    """A `Draw` without chance."""
    return int(scores.argmax())
