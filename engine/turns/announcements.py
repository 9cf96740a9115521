"""What the assistant has to say by itself, and what becomes of it when it is not heard. Pure."""

from dataclasses import dataclass, replace

from audio_io.frames import hops
from engine.turns.floor import Action, Announce, Told, Untold
from engine.turns.rules import TurnRules


@dataclass(slots=True)
class Announcements:
    """waiting: the next one first. telling: what the live reply announces, until its first word was heard.

    not_before: the hop before which nothing is announced.
    """

    waiting: tuple[Announce, ...] = ()
    telling: Announce | None = None
    not_before: int = 0

    def add(self, one: Announce) -> None:
        self.waiting += (one,)

    def ready(self, hop: int) -> bool:
        return bool(self.waiting) and hop >= self.not_before

    def next(self) -> str:
        """It is told now. -> its text"""
        self.telling, *rest = self.waiting
        self.waiting = tuple(rest)
        return self.telling.text

    def told(self) -> list[Action]:
        """The first word was heard: that is enough."""
        one, self.telling = self.telling, None
        return [Told(one.number)] if one is not None and one.number else []

    def over(self, sounded: bool, hop: int, rules: TurnRules) -> list[Action]:
        """The reply was played to its end; not `sounded`: there was nothing to play."""
        return self.told() if sounded else self.unheard(True, hop, rules)

    def unheard(self, failed: bool, hop: int, rules: TurnRules) -> list[Action]:
        """The reply ends before its first word was heard: what has to be heard is told again.

        failed: it could not be said; after some time it is tried again, and at last given up.
        """
        one, self.telling = self.telling, None
        if one is None or not one.number:
            return []
        one = replace(one, failed=one.failed + failed)
        if failed:
            if one.failed >= rules.announce_tries:
                return [Untold(one.number, one.text)]
            self.not_before = hop + hops(rules.announce_again_ms)
        self.waiting = (one, *self.waiting)
        return []
