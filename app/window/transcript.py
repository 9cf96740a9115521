"""The conversation as it is shown: pure, no Qt. Events come in, turns made of marked spans come out.

A reply shows what was *heard* as said, what is still to come as `AHEAD`, and, once it was cut, as `LOST`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from engine.messages import Json

KEPT = 300                       # turns kept on the screen; older ones leave at the top


class Mark(Enum):
    """How a span is to be read."""

    NAME = auto()                # who speaks
    PARTIAL = auto()             # the user's words so far, may still change
    SAID = auto()                # the user's final words
    HEARD = auto()               # words that left the loudspeaker
    AHEAD = auto()               # generated, still to be spoken
    LOST = auto()                # generated, never heard
    ASIDE = auto()               # a tool, a sign of listening, "interrupted"


@dataclass
class Turn:
    """One contribution. `reply`: its number from 1, 0 for the user and for asides."""

    who: str
    reply: int = 0
    text: str = ""               # the user's words, or the aside
    final: bool = False
    phrases: list[str] = field(default_factory=list)
    heard: str = ""
    started: bool = False
    cut: bool = False
    over: bool = False
    at: float = 0.0              # microphone time it began at, seconds
    cut_note: str = "interrupted"

    @property
    def words(self) -> tuple[str, str]:
        """-> (what was said or heard, what was never heard or is still to come)."""
        if self.reply == 0:
            return self.text, ""
        heard = self.heard.split()
        return " ".join(heard), " ".join(" ".join(self.phrases).split()[len(heard):])

    def spans(self) -> list[tuple[str, Mark]]:
        """-> what to write, in order. The heard words are shown as reported, the rest by counting words."""
        if self.who == "":
            return [(self.text, Mark.ASIDE)]
        out = [(self.who, Mark.NAME)]
        if self.reply == 0:
            return [*out, (self.text, Mark.SAID if self.final else Mark.PARTIAL)]
        heard, rest = self.words
        if heard:
            out.append((heard + (" " if rest else ""), Mark.HEARD))
        if rest:
            out.append((rest, Mark.LOST if self.cut or self.over else Mark.AHEAD))
        if self.cut:
            out.append((f"  {self.cut_note}", Mark.ASIDE))
        return out


class Transcript:
    """Turns, oldest first. `changed` collects the turns to draw again; whoever draws empties it."""

    def __init__(self, you: str = "You", me: str = "Parley", cut_note: str = "interrupted") -> None:
        self.you, self.me, self.cut_note = you, me, cut_note
        self.now: Callable[[], float] = float    # microphone time; 0 until somebody knows it
        self.turns: list[Turn] = []
        self.changed: list[Turn] = []
        self._open: Turn | None = None               # the user's turn that has no final words yet
        self._replies: dict[int, Turn] = {}
        self._forgotten = 0                          # replies up to this number are not shown
        self._new_voice = False                      # the user began to speak since the last words

    def forget(self) -> None:
        """All of it goes; of a reply that is being spoken nothing is written any more."""
        self.turns, self.changed, self._open = [], [], None
        self._forgotten = max([self._forgotten, *self._replies])
        self._replies.clear()

    def user_starts(self) -> None:
        self._new_voice = True

    def words(self, text: str) -> None:
        """The user's words so far. Words that never became a turn are replaced by those of the next utterance."""
        moved = self._open is not None and self._new_voice and self.turns[-1] is not self._open
        if self._open is not None and (moved or not text):
            self._remove(self._open)
            self._open = None
        if not text:
            return
        if self._open is None:
            self._open = self._add(Turn(self.you))
        self._open.text = text
        self._new_voice = False
        self._touch(self._open)

    def final(self, text: str) -> None:
        """The words of the user's turn; empty: there were none, and the partial words go."""
        self.words(text)
        if self._open is not None:
            self._open.final = True
            self._open = None

    def reply_text(self, reply: int, phrase: str) -> None:
        turn = self._reply(reply)
        turn.phrases.append(phrase)
        self._touch(turn)

    def reply_starts(self, reply: int) -> None:
        """Replies before this one that were prepared and never spoken leave: nobody has heard them."""
        for number, turn in list(self._replies.items()):
            if number < reply and not turn.started and not turn.heard:
                self._remove(turn)
        self._reply(reply).started = True

    def heard(self, reply: int, text: str) -> None:
        turn = self._reply(reply)
        turn.heard = text
        self._touch(turn)

    def cut(self, reply: int, heard: str) -> None:
        turn = self._reply(reply)
        turn.cut, turn.heard = True, heard
        self._touch(turn)

    def resume(self, reply: int) -> None:
        """The cut was a mistake: what was struck is still to come."""
        turn = self._reply(reply)
        turn.cut = turn.over = False
        self._touch(turn)

    def reply_ends(self, reply: int) -> None:
        turn = self._reply(reply)
        turn.over = True
        self._touch(turn)

    def tool(self, name: str, arguments: Mapping[str, Json], result: str) -> None:
        with_ = ", ".join(f"{key} {value}" for key, value in arguments.items())
        self.aside(f"{name}{f' ({with_})' if with_ else ''}: {result}")

    def aside(self, text: str) -> None:
        self._touch(self._add(Turn("", text=text)))

    def _reply(self, reply: int) -> Turn:
        if reply <= self._forgotten:
            return Turn(self.me, reply=reply)        # nobody sees it
        if reply not in self._replies:
            self._replies[reply] = self._add(Turn(self.me, reply=reply))
        return self._replies[reply]

    def _add(self, turn: Turn) -> Turn:
        turn.at, turn.cut_note = self.now(), self.cut_note
        self.turns.append(turn)
        while len(self.turns) > KEPT:
            self._remove(self.turns[0])
        return turn

    def _touch(self, turn: Turn) -> None:
        if not any(turn is other for other in self.changed):
            self.changed.append(turn)

    def _remove(self, turn: Turn) -> None:
        self.turns = [other for other in self.turns if other is not turn]
        self.changed = [other for other in self.changed if other is not turn]
        self._replies.pop(turn.reply, None)
        if self._open is turn:
            self._open = None
