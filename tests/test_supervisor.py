"""The life of the pipeline: what is kept over a rebuild, what happens when one cannot be built, and how it all ends."""

import threading
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from patience import PATIENT_S

from app.desktop import supervisor
from app.desktop.supervisor import EARLY, Supervisor
from app.desktop.vitals import Progress
from app.settings.choices import Choices
from app.settings.schema import Settings
from audio_io.errors import Trouble
from engine import messages as m
from engine.messages import Notice, Severity, Source
from engine.notices import Advice, NoticeCode


class FakePipeline:
    def __init__(self, settings, stops=True):
        self.settings, self.stops = settings, stops
        self.told, self.started, self.stopped, self.broken = [], False, False, False
        self.session = SimpleNamespace(core=SimpleNamespace(hop=0))

    def start(self):
        self.started = True

    def stop(self):
        self.stopped = True
        if not self.stops:
            raise RuntimeError("thread 'session' is still running")

    def command(self, command):
        self.told.append(command)


class Desk:
    """A supervisor and what it has told. `builds`: what the next buildings do, in order; then a FakePipeline."""

    def __init__(self):
        self.events, self.made, self.builds, self.began = SimpleQueue(), [], [], SimpleQueue()
        device = SimpleNamespace(mic=SimpleNamespace(wrote=0))
        self.choices = Choices(Settings())
        self.one = Supervisor(device, self.choices, self.build, lambda: self.began.put(None), self.events.put)

    def build(self, settings):
        pipeline = self.builds.pop(0)(settings) if self.builds else FakePipeline(settings)
        self.made.append(pipeline)
        return pipeline

    def runs(self):
        """Waits until a pipeline has begun. -> it."""
        self.began.get(timeout=PATIENT_S)
        return self.one.pipeline

    def notice(self, code):
        """Waits until it is told. -> it."""
        while True:
            event = self.events.get(timeout=PATIENT_S)
            if isinstance(event, Notice) and event.what[0].code is code:
                return event


@pytest.fixture
def desk(monkeypatch, tmp_path):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    monkeypatch.setattr(supervisor, "LOOK_S", 0.001)
    desk = Desk()
    yield desk
    desk.one.close()
    desk.choices.close()


def fails(error):
    def build(settings):
        raise error

    return build


@pytest.mark.parametrize(("error", "code", "advice"), [
    (Trouble("no such models"), NoticeCode.TROUBLE, Advice.MEND_OR_CHOOSE),
    (ValueError("weights are torn"), NoticeCode.FAULT, Advice.REPORT_AND_CHOOSE),
    (MemoryError("no room"), NoticeCode.FAULT, Advice.REPORT_AND_CHOOSE),
])  # fmt: skip
def test_whatever_goes_wrong_while_loading_is_told_with_what_to_do(desk, error, code, advice):
    desk.builds = [fails(error)]
    desk.one.begin()
    told = desk.notice(code)
    assert (told.severity, told.do) == (Severity.ERROR, advice)
    assert str(error) in str(told.what[0])
    now = desk.notice(NoticeCode.CANNOT_START)                        # no longer "starting"
    assert (now.severity, now.source) == (Severity.TROUBLE, Source.ENGINE)
    desk.one.rebuild()
    assert desk.runs() is desk.made[0]
    assert desk.notice(NoticeCode.GOES_ON).severity is Severity.INFO


def test_a_pipeline_that_does_not_start_is_ended_and_told(desk):
    def build(settings):
        pipeline = FakePipeline(settings)
        pipeline.start = fails(RuntimeError("can't start new thread"))
        return pipeline

    desk.builds = [lambda settings: build(settings)]
    desk.made.clear()
    desk.one.begin()
    desk.notice(NoticeCode.CANNOT_START)
    assert desk.made[0].stopped
    assert desk.one.pipeline is None


def test_early_commands_are_bounded_and_told_in_order(desk):
    for n in range(EARLY + 100):
        desk.one.command(m.SayText(str(n)))
    desk.one.command(m.Mute(on=True))
    desk.one.command(m.Preview("I sound so"))
    desk.one.begin()
    texts = [str(n) for n in range(100, EARLY + 100)]
    assert desk.runs().told == [m.Mute(on=True), *map(m.SayText, texts)]


def test_what_is_typed_before_stop_is_not_said_later(desk):
    desk.one.command(m.SayText("tell me a story"))
    desk.one.command(m.Change("rate", 1.5))
    desk.one.command(m.Stop())
    desk.one.begin()
    assert desk.runs().told == [m.Change("rate", 1.5)]


def test_a_rebuild_keeps_mute_and_mode(desk):
    desk.one.begin()
    first = desk.runs()
    desk.one.command(m.Mute(on=True))
    desk.one.command(m.SetMode(push=True))
    desk.one.command(m.Mute(on=False))
    desk.one.rebuild()
    assert desk.runs().told == [m.Mute(on=False), m.SetMode(push=True)]
    assert first.stopped
    assert first.told[-1] == m.Stop()


def test_several_wishes_take_one_building(desk):
    hold = threading.Event()
    desk.builds = [lambda settings: hold.wait(PATIENT_S) and FakePipeline(settings)]
    desk.one.begin()
    for _ in range(5):
        desk.one.rebuild()
    hold.set()
    desk.runs()
    desk.runs()
    desk.one.close()
    assert len(desk.made) == 2


def test_a_pipeline_that_does_not_end_has_no_successor(desk):
    desk.builds = [lambda settings: FakePipeline(settings, stops=False)]
    desk.one.begin()
    desk.runs()
    for _ in range(2):
        desk.one.rebuild()
        assert "is still running" in str(desk.notice(NoticeCode.CANNOT_BE_ENDED).what[0])
    with pytest.raises(Trouble, match="cannot be ended"):
        desk.one.alone(lambda device: device)
    assert len(desk.made) == 1


def test_a_pipeline_that_has_lost_a_thread_is_replaced(desk):
    desk.one.begin()
    desk.runs().broken = True
    desk.notice(NoticeCode.STUCK)
    assert desk.runs() is desk.made[1]
    desk.notice(NoticeCode.GOES_ON)


def test_a_wish_that_fails_is_told_and_the_next_is_heard(desk):
    desk.one.begin()
    desk.runs()
    desk.one.ask(lambda pipeline: pipeline.nonsense)
    assert "nonsense" in str(desk.notice(NoticeCode.FAULT).what[0])
    assert desk.one.alone(lambda device: "still here") == "still here"


def test_closing_does_not_wait_for_ever_for_what_is_being_loaded(desk, monkeypatch):
    monkeypatch.setattr(supervisor, "QUIT_S", 0.01)
    hold = threading.Event()
    desk.builds = [lambda settings: hold.wait(PATIENT_S) and FakePipeline(settings)]
    desk.one.begin()
    assert "does not end within" in desk.one.close()
    hold.set()
    desk.one._thread.join(PATIENT_S)
    assert desk.made[0].stopped
    assert not desk.made[0].started


def test_a_pipeline_that_stands_still_is_replaced_with_its_modes(desk, monkeypatch):
    samples = iter(range(1, 10**9))

    def progress():
        return Progress(next(samples), 0 if len(desk.made) == 1 else next(samples))

    monkeypatch.setattr(desk.one, "_progress", progress)
    desk.one.command(m.Mute(on=True))
    desk.one.command(m.SayText("hello"))
    desk.one.begin()
    first = desk.runs()
    desk.notice(NoticeCode.STUCK)
    second = desk.runs()
    desk.notice(NoticeCode.GOES_ON)
    assert first.told == [m.Mute(on=True), m.SayText("hello"), m.Stop()]
    assert first.stopped
    assert second.told == [m.Mute(on=True)]
