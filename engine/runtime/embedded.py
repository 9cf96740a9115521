"""The parts of the `embedded` profile: a small recogniser, rules and tools, eSpeak NG. Nothing to download."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.asr.recognisers import make_recogniser
from engine.assistant.tools import Shelf, Tools
from engine.duplex.predictors import make_predictor
from engine.duplex.rules import Predictor, RulePredictor
from engine.messages import Prompt, Style
from engine.nlu.brain import Brain
from engine.runtime.session import Tools as SessionTools
from engine.tts.espeak import Voice
from engine.tts.voices import Preset, presets, told
from engine.workers.stage import Work


@dataclass(frozen=True, slots=True)
class Parts:
    """What a profile is made of: three generators, the tools, who decides when, and how to end the processes behind it.

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
    predictor: Predictor = field(default_factory=RulePredictor)


def embedded(
    now: Callable[[], datetime], words: tuple[str, ...], style: Style, lockstep: bool = False,
    shelf: Shelf | None = None, models: tuple[str, str] = ("pocketsphinx", "rules"),
    voices: Mapping[str, Preset] | None = None,
) -> Parts:  # fmt: skip
    """now: the wall clock, time-zone aware. words: the user's own. lockstep: the same words every time.

    shelf: where notes are kept; without one they are forgotten at the end. models: one of recognisers.RECOGNISERS
    and one of predictors.NAMES. voices: the presets there are; None for those that Parley ships.
    """
    tools = Tools(now, shelf=shelf)
    listener, predictor = make_recogniser(models[0], words, lockstep), make_predictor(models[1])
    named = presets() if voices is None else voices
    voice = Voice(named)

    def stop() -> None:
        listener.stop()
        voice.stop()

    brain = Brain(tools, told(named))
    return Parts(listener.work, brain.work, voice.work, tools, style, stop, brain.lasting, predictor)
