"""The real window on the product's session in the simulated room, through every mode. No clock: the room's own."""

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
import soundfile
from patience import PATIENT_MS, PATIENT_S
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.window.bridge import HIDDEN_MS, PAINT_MS, Bridge
from app.window.options import Options
from app.window.window import Window
from audio_io.dsp import echo
from audio_io.dsp.resample import Resampler
from audio_io.frames import DEVICE_HZ, VOICE_HZ
from audio_io.room import Room, RoomShape
from engine import messages as m
from engine.messages import Chunk, End, Phrase, Prompt, Say, Words
from engine.runtime.embedded import Parts
from engine.runtime.pipeline import Pipeline
from engine.runtime.profile import Costs
from engine.simulation.virtual_time import Simulation
from engine.turns.rules import TurnRules
from tests.fakes import FakeAssistant

ASKED = Path(__file__).parent.parent / "assets" / "scenarios" / "time_in_tokyo.wav"
ANSWER = "It is nineteen minutes to eleven in the evening there, and it is raining."
STEPS = 3                        # blocks of 10 ms between two drains, as in real time
LEFT = Qt.MouseButton.LeftButton


def listen(body: Any) -> Iterator[Words]:
    if isinstance(body, End):
        yield Words(body.since, "what time is it in tokyo", True)


def think(prompt: Prompt) -> Iterator[Say]:
    yield Say(ANSWER)


def speak(phrase: Phrase) -> Iterator[Chunk]:
    words = phrase.text.split()
    n = VOICE_HZ // 4                            # four words a second
    for word in words:
        yield Chunk(0.2 * np.sin(np.arange(n) / 20).astype(np.float32), ((0, word),))
    yield Chunk(np.zeros(0, np.float32), (), phrase.last)


class Talk:
    """A window, and the conversation that feeds it: the window's commands go to the session."""

    def __init__(self, qtbot: Any, **options: Any) -> None:
        self.qtbot, self.events = qtbot, SimpleQueue[m.Event]()
        self.room = Room(RoomShape(echo_db=-120.0, rt60_s=0.0))
        parts = Parts(listen, think, speak, FakeAssistant(), lambda: None)
        self.run = Simulation(self.room, parts, TurnRules(backchannels=False), echo.make("off"), self.events.put,
                              Costs())  # fmt: skip
        self.run.ears.vad = self.run.ears.vad_whole = lambda pcm: float(np.abs(pcm).max() > 0.01)     # cheap
        self.room.start()
        self.bridge = Bridge(self.events)
        self.window = Window(self.bridge, self.command, Options(**options))
        qtbot.addWidget(self.window)
        self.window.show()
        self.events.put(m.Ready(0.0))
        self.asked: list[m.Command] = []
        self.states: list[str] = []
        pcm, hz = soundfile.read(ASKED, dtype="float32")
        self.pcm = Resampler(hz, DEVICE_HZ)(pcm)

    def command(self, command: m.Command) -> None:
        self.asked.append(command)
        if isinstance(command, m.Mute):
            self.run.ears.deaf = command.on
        self.run.session.command(command)

    def ask(self) -> None:
        self.room.say(self.pcm, self.room.now)

    def until(self, state: str, at_most_s: float = 12.0) -> None:
        """The room's time passes until the window shows `state`."""
        for _ in range(int(at_most_s * 100) // STEPS):
            for _ in range(STEPS):
                self.run.step()
            self.bridge.drain()
            if not self.states or self.states[-1] != self.window.sign.state:
                self.states.append(self.window.sign.state)
            if self.window.sign.state == state:
                return
        raise AssertionError(f"{state!r} was never shown, but {self.states}")

    def passes(self, s: float) -> None:
        for _ in range(int(s * 100) // STEPS):
            for _ in range(STEPS):
                self.run.step()
            self.bridge.drain()

    def captions(self) -> str:
        return self.window.captions.toPlainText()


@pytest.fixture
def talk(qtbot) -> Talk:
    return Talk(qtbot)


def test_a_question_goes_through_the_states_and_into_captions_and_lanes(talk):
    talk.until("quiet")
    talk.ask()
    for state in ("hearing", "talking", "quiet"):
        talk.until(state)
    assert [s for s in talk.states if s in ("quiet", "hearing", "talking")] == ["quiet", "hearing", "talking", "quiet"]
    assert "what time is it in tokyo" in talk.captions()
    assert ANSWER in talk.captions()
    marks = [(mark.kind, mark.why) for mark in talk.window.history.marks]
    assert [kind for kind, _ in marks] == ["take over"]
    assert "ms after your last word" in marks[0][1]
    levels = np.array(talk.window.history.levels)
    assert levels[:, 1].max() > 0.05
    assert levels[:, 2].max() > 0.1
    assert (np.diff(levels[:, 0]) >= 0).all()


def test_the_big_stop_silences_at_once_and_strikes_what_was_not_heard(talk):
    talk.until("quiet")
    talk.qtbot.keyClicks(talk.window.line, "what time is it")
    talk.qtbot.keyClick(talk.window.line, Qt.Key.Key_Return)
    talk.until("talking")
    talk.passes(1.0)
    talk.qtbot.mouseClick(talk.window.stop, LEFT)
    talk.until("quiet", 0.5)
    last = talk.window.transcript.turns[-1]
    assert last.cut
    assert 1 <= len(last.words[0].split()) < len(ANSWER.split())
    assert f"{last.words[0]} {last.words[1]}" == ANSWER
    assert [(m.kind, m.why) for m in talk.window.history.marks][-2:] == [("stop", ""), ("yield", "you pressed Stop.")]
    talk.passes(0.3)
    assert np.abs(talk.room.recording("assistant")[-DEVICE_HZ // 10:]).max() == 0


def test_speaking_over_the_answer_ducks_yields_and_says_why(talk):
    talk.until("quiet")
    talk.run.session.command(m.SayText("what time is it"))
    talk.until("talking")
    talk.passes(0.5)
    talk.ask()
    talk.until("ducked")
    talk.until("thinking")
    kinds = [mark.kind for mark in talk.window.history.marks]
    assert kinds.index("duck") < kinds.index("yield")
    given = talk.window.history.last("yield")
    assert given is not None
    assert "what time is it in tokyo" in given.why


@pytest.mark.parametrize("compact", [False, True])
def test_push_to_talk_hears_only_while_it_is_held(talk, compact):
    if compact:
        talk.window.toggle_compact()
    talk.until("quiet")
    talk.window.push_mic.click()
    talk.passes(0.1)
    held = talk.window.strip.talk if compact else talk.window.talk
    assert held.isVisible()
    talk.ask()
    talk.passes(3.0)
    assert talk.window.sign.state == "quiet"
    assert "tokyo" not in talk.captions()
    talk.qtbot.mousePress(held, LEFT)
    talk.ask()
    talk.until("hearing")
    talk.passes(2.5)
    talk.qtbot.mouseRelease(held, LEFT)
    talk.until("talking")
    assert "tokyo" in talk.captions()


def test_muted_it_says_so_and_hears_nothing(talk):
    talk.until("quiet")
    talk.qtbot.keyClick(talk.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    talk.until("muted")
    talk.ask()
    talk.passes(4.0)                             # zeros for so long are no trouble: they are wanted
    assert talk.window.sign.state == "muted"
    assert talk.window.strip.mute.isChecked()
    talk.window.mute.click()
    talk.until("quiet")


def test_never_listening_when_no_samples_flow_and_it_recovers(talk):
    talk.until("quiet")
    talk.passes(1.0)
    for _ in range(1600 // PAINT_MS + 1):        # the window goes on painting, the room stands still
        talk.bridge.drain()
    assert talk.window.sign.state == "no sound"
    assert "No samples arrive" in talk.window.status_line.whole
    assert talk.window.mic_meter.silent
    talk.passes(0.3)
    assert talk.window.sign.state == "quiet"
    assert "No samples" not in talk.window.status_line.whole


def test_deleting_forgets_here_and_in_the_session(talk):
    talk.until("quiet")
    talk.run.session.command(m.SayText("my secret"))
    talk.until("talking")
    talk.passes(0.5)
    talk.window.actions_by_name["delete"].trigger()
    talk.passes(0.5)
    assert m.Forget() in talk.asked
    assert talk.captions() == ""
    assert talk.window.transcript.turns == []


class Counter(QObject):
    """Counts what the whole program is asked to paint, and its timers' events."""

    def __init__(self) -> None:
        super().__init__()
        self.paints, self.timers = 0, 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.paints += event.type() == QEvent.Type.Paint and isinstance(watched, QWidget)
        self.timers += event.type() == QEvent.Type.Timer
        return False


def test_hidden_it_paints_nothing_and_only_the_slow_drain_is_left(talk):
    talk.until("quiet")
    counter = Counter()
    talk.window.hide()
    assert talk.bridge.interval_ms == HIDDEN_MS
    QApplication.instance().installEventFilter(counter)
    try:
        talk.ask()
        for _ in range(60):                      # a question and its answer, nobody sees them
            talk.passes(0.1)
            QApplication.processEvents()
    finally:
        QApplication.instance().removeEventFilter(counter)
    assert counter.paints == 0
    assert counter.timers == 0                   # the drain's own timer is not running in this test
    assert ANSWER not in talk.captions()
    talk.window.show()
    talk.passes(0.1)
    assert talk.bridge.interval_ms == PAINT_MS
    assert "tokyo" in talk.captions()


def test_hidden_the_bridge_wakes_twice_a_second_and_nothing_else_does(talk, qtbot):
    talk.window.hide()
    talk.bridge.start()
    counter, drained = Counter(), []
    talk.bridge.painted.connect(lambda: drained.append(1))
    QApplication.instance().installEventFilter(counter)
    try:
        qtbot.waitUntil(lambda: len(drained) >= 2, timeout=PATIENT_MS)
    finally:
        QApplication.instance().removeEventFilter(counter)
        talk.bridge.stop()
    assert counter.paints == 0


@pytest.mark.realtime
def test_the_ui_thread_is_never_held_while_a_conversation_runs(qtbot):
    """The product's threads talk in real time; the window paints, its heart beats every 33 ms."""
    room, news, ending = Room(RoomShape(echo_db=-120.0, rt60_s=0.0)), SimpleQueue[m.Event](), threading.Event()
    parts = Parts(listen, think, speak, FakeAssistant(), lambda: None)
    talk = Pipeline(room, parts, TurnRules(backchannels=False), echo.make("off"), news.put)
    bridge = Bridge(news)
    window = Window(bridge, talk.command, Options())
    qtbot.addWidget(window)

    def turn() -> None:
        while not ending.wait(0.01):
            room.advance(1)

    crank = threading.Thread(target=turn)
    room.start()
    talk.start()
    crank.start()
    window.show()
    bridge.start()
    gaps: list[float] = []
    bridge.painted.connect(lambda: gaps.append(bridge.take_longest_gap_ms()))
    try:
        talk.command(m.SayText("what time is it"))
        qtbot.waitUntil(lambda: window.sign.state == "talking", timeout=PATIENT_MS)
        del gaps[:]
        qtbot.waitUntil(lambda: len(gaps) >= 60, timeout=PATIENT_MS)
        window.resize(380, 640)
        window.toggle_compact()
        qtbot.waitUntil(lambda: len(gaps) >= 90, timeout=PATIENT_MS)
    finally:
        ending.set()
        crank.join(PATIENT_S)
        bridge.stop()
        talk.stop()
    assert np.median(gaps) < 50
    assert np.mean(np.array(gaps) > 2 * PAINT_MS) < 0.05
