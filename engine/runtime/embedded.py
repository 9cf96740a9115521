"""The parts of the `embedded` profile: Whisper base, rules and tools, eSpeak NG. Nothing to download."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from audio_io.notices import Statement
from engine.asr.recognisers import Listening, make_recogniser
from engine.assistant.assistant import Assistant
from engine.duplex.choose_predictor import make_predictor
from engine.duplex.predictor import Predictor
from engine.duplex.rules import RulePredictor
from engine.llm.router import Mind, Router
from engine.nlu.brain import Brain
from engine.runtime.reading import not_in_vain
from engine.tts.synthesisers import make_synthesiser
from engine.tts.voices import Preset, presets
from engine.tts.voices import told as described
from engine.workers.stage import Listen, Speak, Think

LISTENING = Listening()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a profile is made of: three generators, whose they are, who decides when, how to end what is behind.

    think: answers by `Lasting` where it is asked ahead and would leave a trace. chat_arrived: from any thread: a chat
    model has come to this machine; -> whether these parts make use of it as they are.
    """

    listen: Listen
    think: Think
    speak: Speak
    assistant: Assistant
    stop: Callable[[], None]
    predictor: Predictor = field(default_factory=RulePredictor)
    chat_arrived: Callable[[], bool] = lambda: True


def embedded(
    assistant: Assistant, listening: Listening = LISTENING,
    models: tuple[str, str] = ("whisper", "rules"), voices: Mapping[str, Preset] | None = None,
    speaks: str = "espeak", told: Callable[[Statement], None] = lambda _: None, mind: Mind | None = None,
) -> Parts:  # fmt: skip
    """listening: how to listen, and who is told what is replaced. mind: the chat model, which joins when it is read.

    models: one of recognisers.RECOGNISERS and one of choose_predictor.NAMES. voices: the presets there are; None for
    those that Parley ships. speaks: one of synthesisers.SYNTHESISERS. told: gets a line where another one has to stand
    in.
    """
    listener, predictor = make_recogniser(models[0], listening), make_predictor(models[1])
    named = presets() if voices is None else voices
    voice = make_synthesiser(speaks, named, told)

    def stop() -> None:
        router.stop()
        listener.stop()
        voice.stop()

    router = Router(Brain(assistant, described(named)), assistant, mind)
    router.start()
    return Parts(listener.work, not_in_vain(router.work, router.lasting), voice.work, assistant, stop, predictor,
                 router.arrived)
