"""Coins, dice, numbers, and the order in which stories are told."""

from random import Random
from typing import Any, cast


class Chance:
    """seed: the same draws every time for the same one."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._order = self._random.random()

    def coin(self) -> str:
        """heads or tails"""
        return self._random.choice(("heads", "tails"))

    def dice(self, sides: int, count: int) -> list[int]:
        return [self._random.randint(1, sides) for _ in range(count)]

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return self._random.randint(low, high)

    def order(self, n: int) -> list[int]:
        """0..n-1 in an order that stays the same."""
        return Random(f"{self._order}:{n}").sample(range(n), n)

    def mark(self) -> object:
        """What `back` returns to."""
        return self._random.getstate()

    def back(self, mark: object) -> None:
        """As if nothing had been drawn since `mark`."""
        self._random.setstate(cast(tuple[Any, ...], mark))
