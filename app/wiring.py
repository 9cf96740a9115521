"""From settings to parts: the one place where a profile's name becomes code.

The parts are imported where they are made: the window is on the screen before that.
"""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings.choices import Choices
from app.settings.folders import folders
from app.settings.schema import Settings
from app.settings.settings import load_profile
from audio_io.device.portaudio import DeviceChoice
from audio_io.errors import NotHere, Trouble
from audio_io.notices import Statement, state
from engine.messages import Event, Notice, SetRules, Severity, Source, StyleChanged
from engine.notices import Advice, NoticeCode
from engine.runtime.profile import LARGE, Profile
from engine.tts.voices import Preset, own_and_shipped
from engine.turns.rules import TurnRules

if TYPE_CHECKING:
    from audio_io.device.contract import Device
    from audio_io.dsp.echo import Canceller
    from engine.assistant.assistant import Assistant
    from engine.llm.router import Mind
    from engine.runtime.embedded import Parts
    from engine.runtime.pipeline import Pipeline
    from engine.simulation.rehearsal import Cast

SWITCH_S = 0.001                 # Python's own 5 ms between threads would eat a quarter of the speaker ring


def on_stderr(what: Statement) -> None:
    print(f"parley: {what}", file=sys.stderr)


def make_parts(profile: Profile, settings: Settings, assistant: "Assistant", lockstep: bool,
               told: Callable[[Statement], None] = lambda _: None,
               amiss: Callable[[Statement], None] = on_stderr, chat: bool = False) -> "Parts":  # fmt: skip
    """assistant: whose they are. lockstep: the recogniser answers in step. chat: the embedded profile may have a chat
    model, which joins when it is read.

    told: hears of what is being loaded. amiss: hears of what is broken and left out.
    Raises Trouble with one line for what is missing.
    """
    voices = own_and_shipped(settings.voices(), amiss)
    if profile.name in LARGE:
        return _large_parts(profile, settings, assistant, lockstep, told, voices)
    models = settings.listen.engine or profile.listens, settings.turns.predictor or profile.predicts
    from engine.asr.recognisers import Listening
    from engine.runtime.embedded import embedded

    listening = Listening(settings.listen.words, settings.listen.language, lockstep, settings.models(), amiss)
    return embedded(assistant, listening, models, voices, settings.voice.engine or profile.speaks, amiss,
                    _mind(settings, told) if chat else None)


def _mind(settings: Settings, told: Callable[[Statement], None]) -> "Mind":
    """The embedded profile's chat model: the user's own, or the best of those that are here."""
    import time

    from engine.llm.choose import any_here, chosen, machine_here
    from engine.llm.llama import LlamaChat, LlamaModel
    from engine.llm.router import Mind
    from engine.models import loaded
    from engine.models.sources import Sources

    brain, machine, sources = settings.brain, machine_here(), Sources(settings.models(), say=told)

    def make() -> LlamaChat:
        path = chosen(brain.model, sources, machine)
        if path is None:
            raise NotHere("none is on this machine; run: parley models pull chat")
        told(state(NoticeCode.READS_MIND, name=path.name))
        model = loaded.once("chat", ("llama", path), lambda: LlamaModel(path, folders().home / "cache"))
        return LlamaChat(model, brain.temperature, told=told)

    return Mind(make, time.monotonic, lambda: any_here(brain.model, sources, machine), brain.persona, told)


def _large_parts(profile: Profile, settings: Settings, assistant: "Assistant", lockstep: bool,
                 told: Callable[[Statement], None], voices: dict[str, Preset]) -> "Parts":  # fmt: skip
    from engine.runtime.make_stages import Mind, Order
    from engine.runtime.profile_makers import PROFILE_MAKERS

    small, brain = load_profile("embedded"), settings.brain
    order = Order(
        profile.name, assistant, (profile.listens, profile.speaks), (settings.listen.engine, settings.voice.engine),
        (small.listens, small.speaks), voices, settings.models(),
        folders().home / "cache", Mind(brain.model, brain.persona, brain.server, brain.key(), brain.temperature),
        settings.listen.words, settings.listen.language, lockstep,
        settings.turns.predictor or profile.predicts, told=told,
    )  # fmt: skip
    return PROFILE_MAKERS[profile.name](order)


def make_rules(profile: Profile, settings: Settings) -> TurnRules:
    """The profile's thresholds with the user's patience and barge-in. Both must want back-channels.

    A profile's thresholds were chosen for its predictor; another one is judged by the core's own.
    """
    own = settings.turns
    rules = TurnRules(**profile.turns) if own.predictor in ("", profile.predicts) else TurnRules()
    return replace(rules, patience=own.patience, barge_in=own.barge_in, resume=own.resume,
                   backchannels=own.backchannels and rules.backchannels)  # fmt: skip


def chosen_rules(settings: Settings) -> SetRules:
    """What a running pipeline is told when the user's patience and the like have changed."""
    rules = make_rules(load_profile(settings.profile, TurnRules), settings)
    return SetRules(rules.patience, rules.barge_in, rules.resume, rules.backchannels)


def chosen_canceller(settings: Settings) -> "Canceller":
    """Raises Trouble for one that is not installed."""
    from audio_io.dsp import echo

    return echo.make(settings.audio.canceller)


def make_cast(settings: Settings, profile_name: str | None = None) -> "Cast":
    """For scenarios. `profile_name`: the scenario's, which goes before the settings'."""
    profile = load_profile(profile_name or settings.profile, TurnRules)

    from engine.assistant.assistant import Assistant
    from engine.simulation.rehearsal import Cast

    def make(now: Callable[[], datetime], lockstep: bool) -> "Parts":
        return make_parts(profile, settings, Assistant(now, style=settings.voice.style()), lockstep)

    rules = make_rules(profile, settings)
    return Cast(make, rules, profile.costs, settings.audio.canceller, settings.mode == "push")


def choice_of(settings: Settings) -> DeviceChoice:
    return DeviceChoice(settings.audio.input or None, settings.audio.output or None)


def make_assistant(settings: Settings, tell: Callable[[Statement], None]) -> "Assistant":
    """What lives as long as the program: made once, handed to every pipeline, closed at the end.

    tell: hears, on any thread, of what cannot be kept.
    """
    from engine.assistant.assistant import Assistant, Files
    from engine.assistant.clock import local_time

    files = Files(notes_file(settings), folders().home / "schedule.json", tell)
    return Assistant(local_time, files, settings.voice.style())


def notes_file(settings: Settings) -> Path:
    return settings.notes() / "notes.txt"


def make_pipeline(device: "Device", settings: Settings, assistant: "Assistant",
                  tell: Callable[[Event], None], go_on: Callable[[], None] = lambda: None) -> "Pipeline":  # fmt: skip
    """Loads the parts; not yet started. go_on: called now and then on this thread; what it raises ends the loading."""
    sys.setswitchinterval(SWITCH_S)
    from engine.runtime.pipeline import Pipeline

    profile = load_profile(settings.profile, TurnRules)

    loader = threading.current_thread()

    def told(what: Statement) -> None:
        if threading.current_thread() is loader:
            go_on()
        tell(Notice(0.0, (what,)))

    def amiss(what: Statement) -> None:
        tell(Notice(0.0, (what,), Severity.ERROR, Source.SETTINGS, Advice.READ_AT_NEXT_START))

    assistant.keep_notes_in(notes_file(settings))
    assistant.style = settings.voice.style()     # the user may have changed it while there was no conversation
    parts = make_parts(profile, settings, assistant, lockstep=False, told=told, amiss=amiss, chat=True)
    return Pipeline(device, parts, make_rules(profile, settings), chosen_canceller(settings), tell)


def keep_recording(pipeline: "Pipeline", tell: Callable[[Event], None]) -> Callable[[], None]:
    """From now on the conversation is kept on the disk. -> what ends that; it ends with the conversation by itself."""
    from app.settings.keeping import Recorder

    recorder = Recorder(folders().home / "recordings", tell)
    pipeline.listeners = [*pipeline.listeners, recorder.hear]    # a new list: the ears' thread may be at the old one
    pipeline.at_end.append(recorder.close)

    def end() -> None:
        pipeline.listeners = [listener for listener in pipeline.listeners if listener != recorder.hear]
        pipeline.at_end.remove(recorder.close)
        recorder.close()

    return end


class Keeper:
    """Passes events on, and saves what the user changes by voice, at once."""

    def __init__(self, choices: Choices, tell: Callable[[Event], None]) -> None:
        self.choices, self._tell = choices, tell

    def tell(self, event: Event) -> None:
        if not isinstance(event, StyleChanged):
            self._tell(event)
            return
        try:
            self.choices.set(f"voice.{event.field}", event.value)
        except Trouble as trouble:
            what = state(NoticeCode.NOT_SAVED, trouble=trouble.said)
            self._tell(Notice(event.t, (what,), Severity.TROUBLE, Source.SETTINGS))
