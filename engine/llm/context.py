"""What a language model is told: who it is, that it speaks, and the conversation as it was heard.

Every turn's messages begin with those of the turn before, word for word, as far as the conversation has not changed:
that is what lets a model keep its KV cache (`engine.llm.local_model`) and a server its prefix cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.llm.chat_model import Message
from engine.llm.sentences import clean
from engine.messages import Exchange, Prompt

SPEAKING = """
You are talking with the user: all you write is read aloud at once by a voice, and the user may interrupt at any time.
Speak the user's language. Use short, plain sentences, usually one to three, and begin with the answer itself. No
markdown, lists, headings, emoji, links or code. Write numbers, times, dates and units the way they are spoken:
"twenty past three", "about five kilometres". What the user said comes from a speech recogniser, so words may be
misheard; when it makes no sense, ask back in a few words. Lines in square brackets are notes from the program, not
said by the user: mind them, never read them out. Your past answers are shown only as far as the user heard them.
When a tool fits, use it rather than guess, above all for times, dates, sums and timers; never say that something was
done when no tool has done it. Tell a tool's result in your own words. You cannot call or message anybody, buy, book or
pay, switch devices, play music, or look anything up: say so when asked, and offer what you can do. Refuse, kindly, to
help anybody hurt people or themselves. You may be wrong about facts: where it matters, say that you are not sure.
"""
CUT = "The user interrupted you here and did not hear the rest of your answer."
UNASKED = "You speak up by yourself: something is due."
HOLDING = "One moment."          # said while a tool takes long, not by the model
THINKING = ("Hm, let me think.", "Let me think.", "Well, let me see.")      # said while the first words are late
MOST, KEPT = 32, 20              # exchanges: beyond MOST the oldest go, at once down to KEPT, so that it is seldom
MOST_LETTERS = 12_000            # the same for the length of what was said


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model was told of one turn beyond its words. steps: tools used, and what they answered."""

    text: str
    tags: tuple[str, ...]
    steps: tuple[Message, ...]


class Context:
    """One conversation. Keeps which tools were used when, for `Exchange` does not: a model that sees timers set
    without a tool in its past soon sets none any more."""

    def __init__(self, persona: str) -> None:
        """persona: a few sentences on who the assistant is."""
        self.system = Message("system", f"{persona}\n\n{' '.join(SPEAKING.split())}")
        self._turns: list[Turn] = []
        self._kept_for: Prompt | None = None     # whose turn the last of them is
        self._first: Exchange | None = None      # the oldest that is still shown

    def messages(self, prompt: Prompt) -> tuple[Message, ...]:
        """All that the model is to read before it answers `prompt`."""
        shown = [self.system]
        past = self._window(prompt.past)
        turns = self._matched(past)
        note = ""
        for exchange, turn in zip(past, turns, strict=True):
            notes = [note, *turn.tags] if exchange.user else [note, UNASKED]
            shown.append(Message("user", _with_notes(exchange.user, notes)))
            steps, heard = _as_heard(turn.steps, _unheld(exchange.heard))
            shown += [*steps, Message("assistant", heard)] if heard else steps
            note = CUT if exchange.cut and (exchange.heard or steps) else ""
        return _alternating([*shown, Message("user", _with_notes(prompt.text, [note, *prompt.tags]))])

    def keep(self, prompt: Prompt, steps: Sequence[Message]) -> None:
        """What has happened so far in answering `prompt` beside the words; the last word on it counts."""
        before = self._turns[:-1] if self._kept_for is prompt else self._turns[1 - 2 * MOST :]
        self._turns, self._kept_for = [*before, Turn(prompt.text, prompt.tags, tuple(steps))], prompt

    def _window(self, past: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        """The end of the conversation that is shown. Its beginning stays where it is for many turns."""
        start = next((i for i, e in enumerate(past) if e is self._first), 0)
        shown = past[start:]
        if len(shown) > MOST or _letters(shown) > MOST_LETTERS:
            shown = shown[-KEPT:]
            while len(shown) > 1 and _letters(shown) > MOST_LETTERS / 2:
                shown = shown[1:]
        self._first = shown[0] if shown else None
        return shown

    def _matched(self, past: tuple[Exchange, ...]) -> list[Turn]:
        """The kept turn of each exchange: the newest not yet taken with the same words, going back in both."""
        found: list[Turn] = []
        at = len(self._turns)
        for exchange in reversed(past):
            same = (i for i in range(at - 1, -1, -1) if exchange.user and self._turns[i].text == exchange.user)
            at_same = next(same, -1)
            found.append(self._turns[at_same] if at_same >= 0 else Turn(exchange.user, (), ()))
            at = at_same if at_same >= 0 else at
        return found[::-1]


def _as_heard(steps: Sequence[Message], heard: str) -> tuple[list[Message], str]:
    """-> the steps, with what was said before each tool only where that was heard, and the rest of what was heard."""
    left, shown = heard.split(), list[Message]()
    for step in steps:
        if step.role == "assistant" and step.content:
            said = clean(step.content).split()
            if said and left[: len(said)] == said:
                left = left[len(said) :]
            else:
                step = replace(step, content="")
        if step.role == "assistant" and left[: len(HOLDING.split())] == HOLDING.split():
            left = left[len(HOLDING.split()) :]
        shown.append(step)
    return shown, " ".join(left)


def _unheld(heard: str) -> str:
    """Without the holding phrase that it may begin with: the model did not say that."""
    said = heard.split()
    for phrase in THINKING:
        words = phrase.split()
        if said[: len(words)] == words:
            return " ".join(said[len(words) :])
    return heard


def _letters(past: Sequence[Exchange]) -> int:
    return sum(len(e.user) + len(e.heard) for e in past)


def _with_notes(text: str, notes: Sequence[str]) -> str:
    return "\n".join([*(f"[{note}]" for note in notes if note), *([text] if text else [])])


def _alternating(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Two turns of the user in a row, the first unanswered, are one: many chat templates refuse anything else."""
    shown: list[Message] = []
    for message in messages:
        if shown and message.role == shown[-1].role == "user":
            shown[-1] = Message("user", f"{shown[-1].content}\n{message.content}")
        else:
            shown.append(message)
    return tuple(shown)


def shortened(messages: Sequence[Message]) -> tuple[Message, ...] | None:
    """Without the older half of the turns; None where only the question itself is left.

    For a model whose context is smaller than the conversation.
    """
    begins = [i for i, m in enumerate(messages) if m.role == "user"]
    if len(begins) < 2:
        return None
    start = begins[(len(begins) + 1) // 2]
    return (*(m for m in messages[:start] if m.role == "system"), *messages[start:])
