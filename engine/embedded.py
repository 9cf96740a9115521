"""The parts of the `embedded` profile: PocketSphinx, rules and tools, eSpeak NG. Nothing to download."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from engine.parts import Prompt, Style
from engine.recognisers import make_recogniser
from engine.session import Tools as SessionTools
from engine.speak import Voice
from engine.stage import Work
from engine.think import Brain
from engine.tools import Shelf, Tools


@dataclass(frozen=True, slots=True)
class Parts:
    """What a profile is made of: three generators, the tools, and how to end the processes behind them.

    lasting: whether answering this leaves a trace that must not be left twice, or in vain; it is then not begun
    before the user has surely finished.
    """

    listen: Work
    think: Work
    speak: Work
    tools: SessionTools
    style: Style
    stop: Callable[[], None]
    lasting: Callable[[Prompt], bool] = lambda prompt: False


def embedded(
    now: Callable[[], datetime], words: tuple[str, ...], style: Style, lockstep: bool = False,
    shelf: Shelf | None = None, listens: str = "pocketsphinx",
) -> Parts:  # fmt: skip
    """now: the wall clock, time-zone aware. words: the user's own. lockstep: the same words every time.

    shelf: where notes are kept; without one they are forgotten at the end. listens: one of RECOGNISERS.
    """
    tools = Tools(now, shelf=shelf)
    listener = make_recogniser(listens, words, lockstep)
    voice = Voice()

    def stop() -> None:
        listener.stop()
        voice.stop()

    brain = Brain(tools)
    return Parts(listener.work, brain.work, voice.work, tools, style, stop, brain.lasting)
