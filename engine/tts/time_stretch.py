"""Speaking faster or slower: mel stretched in time, as it comes."""

import torch
from torch import Tensor


class Pace:
    """One stream. Frame k of the result lies at (k + 0.5) pace - 0.5 of what came, between two frames linearly.

    The grid is one for the whole stream, so nothing jumps where a call ends, and it does not matter how the frames were
    cut. The reference resamples whole utterances on the same grid.
    """

    def __init__(self, pace: float) -> None:
        """pace: above 1 is faster."""
        self.pace = pace
        self.came, self.went = 0, 0              # frames
        self.kept: Tensor | None = None          # the frames from the last position on

    def __call__(self, mel: Tensor, final: bool = False) -> Tensor:
        """mel [1, C, t], the next ones -> [1, C, n], those that lie between frames that came, int(t / pace) in all."""
        if self.pace == 1:
            return mel
        x = mel if self.kept is None else torch.cat([self.kept, mel], 2)
        first = self.came - (0 if self.kept is None else self.kept.shape[2])
        self.came += mel.shape[2]
        count = int(self.came / self.pace)
        while not final and count > self.went and self._at(count - 1) > self.came - 1:
            count -= 1                           # needs a frame that is still to come
        at = torch.tensor([self._at(k) for k in range(self.went, count)], dtype=torch.float64)
        at = at.clamp(0, max(0, self.came - 1))
        self.went = max(self.went, count)
        low = at.floor()
        share = (at - low).to(x)
        i = (low.long() - first).to(x.device)
        y = x[:, :, i] * (1 - share) + x[:, :, (i + 1).clamp(max=max(0, x.shape[2] - 1))] * share
        keep = max(0, min(int(max(0.0, self._at(self.went))), self.came - 1) - first)
        self.kept = x[:, :, keep:].clone()
        return y

    def _at(self, k: int) -> float:
        return (k + 0.5) * self.pace - 0.5
