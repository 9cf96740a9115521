"""The conversation as it was heard. Pure: words enter when they have left the loudspeaker, and not before."""

from engine.messages import Exchange

KEPT = 40                        # exchanges; older ones are forgotten


class Memory:
    """What the user said and what the user heard, oldest first."""

    def __init__(self) -> None:
        self.past: list[Exchange] = []

    def asked(self, text: str) -> tuple[Exchange, ...]:
        """The user's turn begins a new exchange. -> what was before it."""
        before = tuple(self.past)
        self.past = [*self.past[1 - KEPT :], Exchange(text)]
        return before

    def goes_on(self) -> None:
        """The last turn was only a part of the user's turn and nothing was answered: forget it."""
        if self.past and not self.past[-1].heard:
            self.past.pop()

    def tells(self) -> None:
        """The assistant speaks by itself."""
        self.past = [*self.past[1 - KEPT :], Exchange("")]

    def heard(self, word: str) -> None:
        """One more word of the current reply has left the loudspeaker."""
        if self.past:
            last = self.past[-1]
            self.past[-1] = Exchange(last.user, f"{last.heard} {word}".strip(), last.cut)

    def cut(self) -> None:
        """The current reply was interrupted for good."""
        if self.past:
            last = self.past[-1]
            self.past[-1] = Exchange(last.user, last.heard, True)

    @property
    def reply(self) -> str:
        """What was heard of the current reply so far."""
        return self.past[-1].heard if self.past else ""

    def forget(self) -> None:
        """Delete everything."""
        self.past = []
