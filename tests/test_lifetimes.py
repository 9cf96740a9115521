"""Three lifetimes: what a changed setting does to the running program; a rebuild loses nothing of the user's."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from patience import PATIENT_S

from app.desktop.desktop import Desktop
from app.panels.stored_files import delete, stored
from app.settings.declaration import LIVE, REBUILD
from app.settings.schema import DECLARED, Settings
from audio_io.dsp import echo
from audio_io.ears import Heard
from audio_io.errors import Trouble
from audio_io.notices import line
from audio_io.room import Room, RoomShape
from engine import messages as m
from engine.messages import FloorChanged, FloorState, Style
from engine.runtime.embedded import Parts
from engine.runtime.hearing import Hearing
from engine.runtime.pipeline import Pipeline
from engine.turns.floor import Hop
from engine.turns.rules import TurnRules
from tests.fakes import SILENCE, FakeAssistant

ROOT = Path(__file__).parent.parent


class FakePipeline:
    def __init__(self, settings, assistant):
        self.settings, self.assistant = settings, assistant
        self.told, self.stopped, self.broken = [], False, False
        self.session = SimpleNamespace(core=SimpleNamespace(hop=0))
        self.listeners, self.at_end, self.canceller = [], [], ""

    def start(self): ...

    def stop(self):
        self.stopped = True

    def remove_echo_with(self, canceller):
        self.canceller = canceller.name

    def command(self, command):
        self.told.append(command)


@pytest.fixture
def program(monkeypatch, tmp_path):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    device = SimpleNamespace(mic=SimpleNamespace(wrote=0), now=("in", "out"), notes=(), alive=lambda: None,
                             stop=lambda: None, chosen=[], hz=48, latency_s=(0.0, 0.0))  # fmt: skip
    device.choose = device.chosen.append
    made = []

    def make(device, settings, assistant, tell, go_on):
        made.append(FakePipeline(settings, assistant))
        return made[-1]

    monkeypatch.setattr("app.desktop.desktop.SteadyDevice", lambda choice, status: device)
    monkeypatch.setattr("app.desktop.desktop.make_pipeline", make)
    monkeypatch.setattr("app.desktop.supervisor.LOOK_S", 0.01)
    one = Desktop(Settings())
    one.begin()
    told_until(one, "in → out")
    yield one, made
    one.close()


def told_until(one, text):
    told = ""
    while text not in told:
        event = one.events.get(timeout=PATIENT_S)
        told = line(event.what) if isinstance(event, m.Notice) else ""


def test_a_device_and_thresholds_need_no_new_pipeline(program):
    one, made = program
    one.choices.set("audio.input", "Headset")
    assert one.device.chosen[0].input == "Headset"
    one.choices.set("voice.rate", 1.5)
    one.choices.set("mode", "push")
    one.choices.set("turns.patience", 0.9)
    one.choices.set("audio.canceller", "off")
    assert one.supervisor.alone(lambda device: device.hz) == 48          # behind them, and with a new pipeline
    assert m.Change("rate", 1.5) in made[0].told
    assert m.SetMode(push=True) in made[0].told
    assert [one.patience for one in made[0].told if isinstance(one, m.SetRules)] == [0.9]
    assert made[0].canceller == "off"
    assert made[0].stopped
    assert m.Stop() in made[0].told
    told_until(one, "in → out")
    assert made[1].assistant is made[0].assistant
    assert made[1].told == [m.SetMode(push=True)]


def test_a_recogniser_takes_a_new_pipeline_for_the_same_assistant(program):
    one, made = program
    one.choices.set("listen.engine", "parley")
    told_until(one, "starts again")
    told_until(one, "in → out")
    assert made[1].settings.listen.engine == "parley"
    assert made[1].assistant is made[0].assistant


@pytest.mark.parametrize("error", [Trouble("no such models"), ValueError("no such models")])
def test_a_profile_that_cannot_be_loaded_goes_back_to_the_one_that_worked(program, monkeypatch, error):
    """Also where it was chosen while a pipeline was being made for another change."""
    one, made = program
    chosen = iter(["server"])                    # once: going back to "embedded" makes a pipeline too

    def make(device, settings, assistant, tell, go_on):
        if settings.profile == "server":
            raise error
        for profile in chosen:
            one.choices.set("profile", profile)
        made.append(FakePipeline(settings, assistant))
        return made[-1]

    monkeypatch.setattr("app.desktop.desktop.make_pipeline", make)
    one.choices.set("listen.engine", "parley")
    told_until(one, "no such models")
    told_until(one, "in → out")
    assert made[-1].settings.profile == one.choices.now.profile == "embedded"
    assert made[-1].assistant is made[-2].assistant


def test_a_voice_chosen_while_a_pipeline_is_made_is_its_voice(program, monkeypatch):
    one, made = program

    def make(device, settings, assistant, tell, go_on):
        one.choices.set("voice.rate", 1.5)
        made.append(FakePipeline(settings, assistant))
        return made[-1]

    monkeypatch.setattr("app.desktop.desktop.make_pipeline", make)
    one.choices.set("listen.engine", "parley")
    told_until(one, "starts again")
    told_until(one, "in → out")
    assert made[-1].settings.voice.rate == 1.0
    assert [one for one in made[-1].told if isinstance(one, m.Change)] == [m.Change("rate", 1.5)]


# app.panels.panels takes the first, the next start the second, each download asks for the third
NOT_THE_PIPELINES = {"window.hotkey", "window.start", "privacy.offline"}


def test_a_change_of_every_setting_reaches_what_it_is_of(program, monkeypatch):
    one, _ = program
    done = []
    for name in ("command", "rebuild", "ask"):
        monkeypatch.setattr(one.supervisor, name, lambda *asked: done.append(asked))
    one.device.choose = done.append
    for name in DECLARED:
        del done[:]
        one._changed(name, "another")
        assert bool(done) != (name in NOT_THE_PIPELINES), name


def test_another_folder_of_notes_holds_without_a_new_pipeline(program, tmp_path):
    one, made = program
    one.assistant.notes.add("buy milk")
    one.choices.set("notes_dir", str(tmp_path / "other"))
    hold = SimpleQueue()
    one.supervisor.ask(hold.put)                 # behind it
    assert hold.get(timeout=PATIENT_S) is made[0]
    one.assistant.notes.add("call Ann")
    assert (tmp_path / "other" / "notes.txt").read_text() == "call Ann\n"
    assert (tmp_path / "notes" / "notes.txt").read_text() == "buy milk\n"
    assert len(made) == 1


def methods() -> list[str]:
    """-> the methods of Parley's that are being called on this thread, the outermost first."""
    frames = [one.frame for one in inspect.stack()]
    return [frame.f_code.co_qualname for frame in reversed(frames)
            if frame.f_code.co_varnames[:1] == ("self",) and frame.f_globals["__name__"].startswith("app.")]


def test_a_live_setting_takes_the_hops_that_the_document_names(program, monkeypatch):
    one, made = program
    asked, told, put = [], SimpleQueue(), one.supervisor.ask
    made[0].command = lambda command: told.put(methods())
    monkeypatch.setattr(one.supervisor, "ask", lambda work: (asked.extend(methods()), put(work)))
    one.choices.set("turns.patience", 0.9)
    there = told.get(timeout=PATIENT_S)
    assert asked == ["Choices.set", "Desktop._changed"]
    assert there == ["Supervisor._run", "Supervisor._do"]
    text = " ".join((ROOT / "ARCHITECTURE.md").read_text("utf-8").split())
    assert "`Choices` -> `Desktop._changed` -> `Supervisor.ask` -> `Pipeline.command` -> `Session.command`" in text


def test_deleted_timers_and_notes_are_forgotten_and_not_written_again(program, tmp_path):
    one, _ = program
    one.assistant.scheduler.set("timer", 300, "tea")
    one.assistant.scheduler.sync()
    one.assistant.notes.add("buy milk")
    mark = one.assistant.mark()
    one.assistant.notes.delete("all")
    one.assistant.back(mark)                     # the note is to come back
    found = {kept.kind: kept for kept in stored(one.choices.now, tmp_path)}
    assert found["timers"].files == (tmp_path / "schedule.json",)
    for kind in found:
        one.forget(kind)
        delete(found[kind])
    one.assistant._keep()
    assert one.assistant.scheduler.timers() == []
    assert one.assistant.notes.all() == []
    one.assistant.close()
    assert not (tmp_path / "schedule.json").exists()
    assert not (tmp_path / "notes" / "notes.txt").exists()


@pytest.mark.parametrize("name", [one.name for one in DECLARED.values() if one.takes in (LIVE, REBUILD)])
def test_what_is_declared_to_take_a_new_pipeline_takes_one_and_nothing_else_does(program, monkeypatch, name):
    one, _ = program
    rebuilt = []
    monkeypatch.setattr(one.supervisor, "rebuild", lambda: rebuilt.append(name))
    for other in ("command", "ask"):
        monkeypatch.setattr(one.supervisor, other, lambda *asked: None)
    one.device.choose = lambda choice: None
    one._changed(name, "another")
    assert bool(rebuilt) == (DECLARED[name].takes == REBUILD)


@pytest.mark.parametrize("joins", [True, False])
def test_a_chat_model_that_has_arrived_joins_the_pipeline_or_takes_another(program, joins):
    one, made = program
    asked = []
    made[0].parts = SimpleNamespace(chat_arrived=lambda: asked.append(1) or joins)
    one.chat_arrived()
    if joins:
        done = SimpleQueue()
        one.supervisor.ask(done.put)             # behind it
        done.get(timeout=PATIENT_S)
        assert len(made) == 1
    else:
        told_until(one, "starts again")
        told_until(one, "in → out")
        assert len(made) == 2
    assert asked == [1]


def test_what_fails_alone_is_told_and_the_program_goes_on(program):
    one, made = program

    def fails(device):
        raise Trouble("the device stopped")

    with pytest.raises(Trouble, match="the device stopped"):
        one.supervisor.alone(fails)
    told_until(one, "in → out")
    assert made[1].assistant is made[0].assistant


# -- with real pipelines --------------------------------------------------------------------------------
def nothing(body: Any) -> Iterator[Any]:
    yield from ()


class Home:
    """An assistant and a room, in which one pipeline after the other runs."""

    def __init__(self) -> None:
        self.assistant, self.events = FakeAssistant(), SimpleQueue[Any]()
        self.room = Room(RoomShape(echo_db=-120.0, rt60_s=0.0))
        self.pipeline = self.another()

    def another(self) -> Pipeline:
        parts = Parts(nothing, nothing, nothing, self.assistant, lambda: None)
        pipeline = Pipeline(self.room, parts, TurnRules(backchannels=False), echo.make("off"), self.events.put)
        pipeline.start()
        return pipeline

    def rebuild(self) -> None:
        self.pipeline.command(m.Stop())
        self.pipeline.stop()
        self.pipeline = self.another()

    def hears(self) -> None:
        """One hop of a quiet room."""
        hop = self.pipeline.session.core.hop + 1
        self.pipeline._post(Hearing(Heard(hop, SILENCE, SILENCE, SILENCE, 0.0, SILENCE, 0.0), Hop()))

    def until(self, kind: type) -> Any:
        while not isinstance(event := self.events.get(timeout=PATIENT_S), kind):
            continue
        return event


@pytest.fixture
def home():
    home = Home()
    yield home
    home.pipeline.stop()


def test_a_rebuild_loses_nothing_of_the_users(home):
    home.assistant.memory.asked("my name is Ann")
    home.assistant.memory.heard("Hello Ann.")
    home.pipeline.command(m.Change("rate", 1.5))
    home.until(m.StyleChanged)
    home.assistant.notes.add("buy milk")
    timer = home.assistant.scheduler.set("timer", 300, "tea")
    home.rebuild()
    session = home.pipeline.session
    assert session.past[-1] == m.Exchange("my name is Ann", "Hello Ann.")
    assert session.assistant.style == Style(rate=1.5)
    assert session.assistant.scheduler.timers() == [timer]
    assert session.assistant.notes.all() == ["buy milk"]
    home.assistant.passes(301)
    home.hears()
    home.hears()
    assert home.until(FloorChanged).state is FloorState.THINKING         # it rings in the new pipeline


def test_what_was_ringing_when_the_pipeline_went_rings_in_the_next(home):
    home.assistant.scheduler.set("timer", 300, "tea")
    home.assistant.passes(301)
    home.hears()
    home.hears()
    assert home.until(FloorChanged).state is FloorState.THINKING
    home.rebuild()
    home.until(m.Ready)
    home.hears()
    home.hears()
    assert home.until(FloorChanged).state is FloorState.THINKING
