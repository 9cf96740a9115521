"""A conversation with the embedded brain, for its tests."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from engine.assistant.assistant import Assistant
from engine.assistant.clock import later
from engine.messages import Change, Exchange, Prompt, Say, Used
from engine.nlu.brain import Brain
from engine.nlu.timer_words import announcement
from engine.tts.voices import presets, told

NOW = datetime(2025, 11, 20, 15, 5, tzinfo=ZoneInfo("Europe/London"))            # a Thursday
Piece = Say | Used | Change


@cache
def shipped() -> Mapping[str, str]:
    """The voices that Parley comes with, read once: thousands of conversations are begun here."""
    return told(presets())


class Talk:
    """A conversation in which every reply is heard to its end, 5 s a turn."""

    def __init__(self) -> None:
        self.assistant = Assistant(lambda: NOW)
        self.brain = Brain(self.assistant, shipped())
        self.past: list[Exchange] = []
        self.now_s = 0.0

    def say(self, text: str) -> list[Piece]:
        self.now_s += 5
        pieces = list(self.brain.work(Prompt(text, tuple(self.past), later(NOW, self.now_s))))
        self.past.append(Exchange(text, words(pieces)))
        return pieces


    def due(self, after_s: float) -> list[str]:
        """What is announced at `after_s` of the conversation."""
        return [announcement(due) for due in self.assistant.scheduler.due(later(NOW, after_s))]


def words(pieces: list[Piece]) -> str:
    return " ".join(p.text for p in pieces if isinstance(p, Say))


def tool(pieces: list[Piece]) -> str:
    return next((p.name for p in pieces if isinstance(p, Used)), "")
