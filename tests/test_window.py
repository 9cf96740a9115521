import gc
import sys
import threading
from itertools import pairwise
from queue import SimpleQueue
from statistics import median
from time import perf_counter, thread_time

import pytest
from events import error, status
from patience import PATIENT_MS
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPalette, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.desktop.running import run_window
from app.window.bridge import PAINT_MS, PER_PAINT, Bridge
from app.window.buttons import RELEASE_MS
from app.window.options import Options
from app.window.transcript import KEPT
from app.window.truth import NOTHING_MS
from app.window.widgets import SILENT_PAINTS, LevelMeter, level_to_share
from app.window.window import Window
from audio_io.errors import NotHere
from engine import messages as m
from engine.notices import Advice

LEFT, SPACE = Qt.MouseButton.LeftButton, Qt.Key.Key_Space


class Desk:
    """A window on the screen, the news it gets, and the commands it has sent."""

    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.events: SimpleQueue[m.Event] = SimpleQueue()
        self.asked: list[m.Command] = []
        self.bridge = Bridge(self.events)
        self.window = Window(self.bridge, self.asked.append)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow, timeout=PATIENT_MS)

    def tell(self, event: m.Event) -> None:
        self.events.put(event)
        self.bridge.drain()

    def click(self, button: QWidget) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def key(self, kind: QEvent.Type, repeat: bool = False) -> None:
        target = QApplication.focusWidget() or self.window
        QApplication.sendEvent(target, QKeyEvent(kind, SPACE, Qt.KeyboardModifier.NoModifier, " ", repeat))


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot)


@pytest.fixture
def push(desk) -> Desk:
    """As `desk`, in push-to-talk mode."""
    desk.tell(m.ModeChanged(0.0, push=True, muted=False))
    return desk


# -- every control sends its command ---------------------------------------------------------------------
def test_mute_asks_and_shows_what_the_session_reports(desk):
    desk.click(desk.window.mute)
    desk.tell(m.Ready(0.0))
    desk.tell(m.ModeChanged(0.0, push=False, muted=True))
    assert desk.window.sign.state == "muted"
    desk.click(desk.window.mute)
    desk.tell(m.ModeChanged(0.0, push=False, muted=False))
    assert desk.asked == [m.Mute(on=True), m.Mute(on=False)]
    assert desk.window.sign.state == "quiet"


def test_the_mode_is_switched_by_mouse_and_by_arrow_key(desk):
    desk.click(desk.window.push_mic)
    desk.window.push_mic.setFocus()
    desk.qtbot.keyClick(desk.window.push_mic, Qt.Key.Key_Left)
    assert desk.asked == [m.SetMode(push=True), m.SetMode(push=False)]


def test_the_report_of_a_mode_sends_nothing_back(desk):
    desk.tell(m.ModeChanged(0.0, push=True, muted=True))
    desk.tell(m.ModeChanged(0.0, push=False, muted=False))
    assert desk.asked == []


@pytest.mark.parametrize("focus", ["captions", "line", "mute"])
def test_escape_stops_wherever_the_focus_is(desk, focus):
    getattr(desk.window, focus).setFocus()
    desk.qtbot.keyClick(getattr(desk.window, focus), Qt.Key.Key_Escape)
    assert desk.asked == [m.Stop()]


def test_the_stop_button_stops(desk):
    desk.click(desk.window.stop)
    assert desk.asked == [m.Stop()]


def test_a_typed_line_is_said_once_and_an_empty_one_not_at_all(desk):
    line = desk.window.line
    desk.qtbot.keyClicks(line, "  what time is it ")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.qtbot.keyClicks(line, "thanks")
    desk.click(desk.window.send)
    assert desk.asked == [m.SayText("what time is it"), m.SayText("thanks")]
    assert line.text() == ""


def test_closing_ends_the_drain(desk):
    desk.bridge.start()
    desk.window.close()
    desk.events.put(m.FloorChanged(0.0, m.FloorState.TALKING))
    desk.qtbot.wait(100)
    assert desk.asked == []
    assert desk.events.qsize() == 1


def test_a_refused_command_is_shown(qtbot):
    def refuse(command: m.Command) -> None:
        raise NotHere("no microphone; plug one in")

    window = Window(Bridge(SimpleQueue()), refuse)
    qtbot.addWidget(window)
    window.show()
    qtbot.mouseClick(window.mute, LEFT)
    assert window.notice.isVisible()
    assert window.notice.line.text() == "no microphone; plug one in"


# -- push-to-talk -----------------------------------------------------------------------------------
def held(desk: Desk) -> list[object]:
    return [one.down for one in desk.asked if isinstance(one, m.Push)]


def released(desk: Desk) -> bool:
    """Waits for the end of the hold. -> whether there was one hold, and it has ended."""
    desk.qtbot.waitUntil(lambda: not desk.window.talk.is_held, timeout=PATIENT_MS)
    return held(desk) == [True, False]


def test_the_talk_button_is_there_only_for_push_to_talk(desk):
    assert not desk.window.talk.isVisible()
    desk.tell(m.ModeChanged(0.0, push=True, muted=False))
    assert desk.window.talk.isVisible()


def test_holding_the_button_also_when_the_mouse_slides_off(push):
    talk = push.window.talk
    push.qtbot.mousePress(talk, LEFT)
    QTest.mouseMove(talk, QPoint(-50, -50))
    assert held(push) == [True]
    assert talk.isDown()
    push.qtbot.mouseRelease(talk, LEFT, pos=QPoint(-50, -50))
    assert held(push) == [True, False]


def test_the_space_bar_is_held_through_its_auto_repeat(push):
    push.key(QEvent.Type.KeyPress)
    for _ in range(5):
        push.key(QEvent.Type.KeyRelease, repeat=True)
        push.key(QEvent.Type.KeyPress, repeat=True)
    push.qtbot.wait(2 * RELEASE_MS)
    assert held(push) == [True]
    push.key(QEvent.Type.KeyRelease)
    assert released(push)


def test_auto_repeat_that_qt_has_not_marked_is_no_release_either(push):
    push.key(QEvent.Type.KeyPress)
    for _ in range(5):
        push.key(QEvent.Type.KeyRelease)
        push.key(QEvent.Type.KeyPress)
    push.qtbot.wait(2 * RELEASE_MS)
    assert held(push) == [True]
    push.key(QEvent.Type.KeyRelease)
    assert released(push)


def test_a_click_on_a_button_does_not_take_the_space_bar_away(push):
    push.click(push.window.mute)
    push.key(QEvent.Type.KeyPress)
    push.key(QEvent.Type.KeyRelease)
    assert released(push)


def test_mouse_and_space_bar_together_are_one_hold(push):
    push.qtbot.mousePress(push.window.talk, LEFT)
    push.key(QEvent.Type.KeyPress)
    push.qtbot.mouseRelease(push.window.talk, LEFT)
    assert held(push) == [True]
    push.key(QEvent.Type.KeyRelease)
    assert released(push)


def test_losing_the_window_releases(push):
    push.key(QEvent.Type.KeyPress)
    other = QWidget()
    push.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    push.qtbot.waitUntil(lambda: held(push) == [True, False], timeout=PATIENT_MS)
    push.key(QEvent.Type.KeyPress, repeat=True)          # the key is still down when the window comes back
    assert held(push) == [True, False]


def test_the_focus_may_move_while_the_space_bar_is_held(push):
    push.key(QEvent.Type.KeyPress)
    push.window.line.setFocus()
    push.key(QEvent.Type.KeyPress, repeat=True)
    push.key(QEvent.Type.KeyRelease)
    assert released(push)
    assert push.window.line.text() == ""


def test_in_the_line_the_space_bar_types(push):
    push.window.line.setFocus()
    push.qtbot.keyClicks(push.window.line, "a b")
    assert push.window.line.text() == "a b"
    assert held(push) == []


def test_on_a_button_reached_by_tab_the_space_bar_presses_it(push):
    push.window.mute.setFocus(Qt.FocusReason.TabFocusReason)
    push.qtbot.keyClick(push.window.mute, SPACE)
    assert push.asked == [m.Mute(on=True)]


def test_with_an_open_microphone_the_space_bar_does_not_push(desk):
    desk.key(QEvent.Type.KeyPress)
    desk.key(QEvent.Type.KeyRelease)
    assert desk.asked == []


def test_a_change_of_mode_releases(push):
    push.key(QEvent.Type.KeyPress)
    push.tell(m.ModeChanged(0.0, push=False, muted=False))
    assert held(push) == [True, False]


def test_assistive_tools_that_can_only_click_toggle(push):
    push.window.talk.click()
    assert held(push) == [True]
    push.window.talk.click()
    assert held(push) == [True, False]


# -- what is shown ------------------------------------------------------------------------------------
def drawn(desk: Desk) -> list[tuple[str, bool, QColor]]:
    """-> (text, struck through, colour) of every piece of the captions, names left out."""
    out = []
    block = desk.window.captions.document().begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            look = piece.charFormat()
            if not piece.text().endswith("\u2028"):
                out.append((piece.text(), look.fontStrikeOut(), look.foreground().color()))
            pieces += 1
        block = block.next()
    return out


def lines(desk: Desk) -> list[str]:
    return desk.window.captions.document().toRawText().replace("\u2028", ": ").split("\u2029")


def test_partial_words_are_paler_until_they_are_final(desk):
    desk.tell(m.WordsSoFar(0.0, "what time"))
    [(text, _, pale)] = drawn(desk)
    desk.tell(m.FinalWords(0.0, "what time is it"))
    [(final, _, full)] = drawn(desk)
    assert (text, final) == ("what time", "what time is it")
    assert full == desk.window.captions.palette().color(QPalette.ColorRole.Text)
    assert pale != full


def test_heard_words_stand_out_and_unheard_ones_of_an_interrupted_reply_are_struck(desk):
    desk.tell(m.ReplyText(0.0, 1, "One two three"))
    desk.tell(m.ReplyText(0.0, 1, "four five."))
    desk.tell(m.ReplyStarted(0.0, 1))
    desk.tell(m.ReplyHeard(0.0, 1, "One two"))
    (heard, struck, strong), (ahead, struck_too, pale) = drawn(desk)
    assert (heard, ahead) == ("One two ", "three four five.")
    assert not struck
    assert not struck_too
    assert strong != pale
    desk.tell(m.Yielded(0.0, 1, "One two three"))
    assert [(text, struck) for text, struck, _ in drawn(desk)] == [
        ("One two three ", False), ("four five.", True), ("  interrupted", False)]
    desk.tell(m.Resumed(0.0, 1))
    assert not any(struck for _, struck, _ in drawn(desk))


def test_captions_follow_the_transcript_through_removals(desk):
    desk.tell(m.WordsSoFar(0.0, "gone"))
    desk.tell(m.FinalWords(0.0, ""))
    assert lines(desk) == [""]
    desk.tell(m.FinalWords(0.0, "first"))
    desk.tell(m.ReplyText(0.0, 1, "Never spoken."))
    desk.tell(m.FinalWords(0.0, "second"))
    desk.tell(m.ReplyText(0.0, 2, "Spoken."))
    desk.tell(m.ReplyStarted(0.0, 2))
    assert lines(desk) == ["You: first", "You: second", "Parley: Spoken."]
    for i in range(KEPT):
        desk.events.put(m.FinalWords(0.0, str(i)))
    while desk.bridge.drain():
        pass
    assert lines(desk) == [f"You: {i}" for i in range(KEPT)]


def test_captions_stay_at_the_end_unless_the_reader_has_scrolled_up(desk):
    for i in range(60):
        desk.tell(m.FinalWords(0.0, f"line {i}"))
    bar = desk.window.captions.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    bar.setValue(10)
    desk.tell(m.FinalWords(0.0, "one more"))
    assert bar.value() == 10


def test_captions_are_drawn_anew_in_the_dark(desk):
    desk.tell(m.FinalWords(0.0, "bright"))
    dark = QPalette(QColor("#2c2e33"))
    desk.window.captions.setPalette(dark)
    assert drawn(desk)[0][2] == dark.color(QPalette.ColorRole.Text)


def test_captions_can_be_selected_but_not_changed(desk):
    desk.tell(m.FinalWords(0.0, "keep me"))
    desk.window.captions.moveCursor(QTextCursor.MoveOperation.End)
    desk.qtbot.keyClicks(desk.window.captions, "xyz")
    assert lines(desk) == ["You: keep me"]


def floor(state: str) -> m.FloorChanged:
    return m.FloorChanged(0.0, m.FloorState(state))


@pytest.mark.parametrize(("events", "state"), [
    ([], "starting"),
    ([m.Ready(0.0)], "quiet"),
    *(([floor(state.value)], state.value) for state in m.FloorState),
    ([floor("talking"), m.Ducked(0.0, 1)], "ducked"),
    ([floor("talking"), m.Ducked(0.0, 1), m.Unducked(0.0, 1)], "talking"),
    ([floor("talking"), m.Ducked(0.0, 1), floor("hearing")], "hearing"),
    ([floor("quiet"), status("It is gone.", trouble=True)], "trouble"),
    ([status("Gone.", trouble=True), status("Back."), floor("quiet")], "quiet"),
])
def test_one_state_is_shown(desk, events, state):
    for event in events:
        desk.tell(event)
    assert desk.window.sign.state == state


def test_heard_nothing_is_said_for_a_while(desk):
    desk.tell(m.FloorChanged(0.0, m.FloorState.QUIET))
    usual = desk.window.sign.hint
    desk.tell(m.WordsSoFar(0.0, "hm"))
    desk.tell(m.HeardNothing(0.0))
    assert "no words" in desk.window.sign.hint
    assert lines(desk) == [""]
    for _ in range(int(NOTHING_MS) // PAINT_MS + 1):
        desk.bridge.drain()
    assert desk.window.sign.hint == usual


def test_latency_echo_and_devices_are_shown(desk):
    desk.tell(m.Latency(0.0, wait_ms=224, listen_ms=128.4, think_ms=9, speak_ms=64, total_ms=425.4))
    desk.tell(m.EchoRemoved(0.0, 27.6, 62))
    desk.tell(status("Studio microphone", trouble=False))
    assert desk.window.stages.text == "Answered in 425 ms: wait 224 · listen 128 · think 9 · speak 64"
    assert desk.window.echo_line.text() == "Echo removed: 28 dB"
    assert desk.window.status_line.whole == "Studio microphone"
    desk.tell(m.Latency(0.0, wait_ms=0.0, listen_ms=0.0, think_ms=5, speak_ms=40, total_ms=45))
    assert desk.window.stages.text == "Answered in 45 ms: wait 0 · listen 0 · think 5 · speak 40"


def test_an_error_is_shown_until_it_is_dismissed(desk):
    desk.tell(error("The voice did not start.", Advice.START_AGAIN))
    assert desk.window.notice.isVisible()
    assert desk.window.notice.line.text() == "The voice did not start. Start Parley again."
    desk.click(desk.window.notice.findChild(QAbstractButton))
    assert not desk.window.notice.isVisible()


def test_meters_are_even_in_decibels_fall_slowly_and_say_when_nothing_comes(qtbot):
    assert [round(level_to_share(peak), 3) for peak in (0.0, 1e-9, 0.001, 0.1, 1.0, 2.0)] == [
        0.0, 0.0, 0.0, 0.63, 1.0, 1.0]
    meter = LevelMeter("You", "#2f9e6e")
    qtbot.addWidget(meter)
    meter.show_peak(0.5)
    meter.show_peak(0.01)
    loud = meter.share
    meter.tick()
    assert loud == level_to_share(0.5)
    assert 0.9 * loud < meter.share < loud
    for _ in range(SILENT_PAINTS):
        meter.tick()
    assert meter.silent
    assert meter.share == 0.0
    meter.show_peak(0.0)
    assert not meter.silent


# -- the window itself ------------------------------------------------------------------------------
def controls(window: Window) -> list[QWidget]:
    kinds = (QAbstractButton, QLineEdit)
    return [part for kind in kinds for part in window.findChildren(kind) if part.isVisible()]


@pytest.mark.parametrize("width", [380, 560, 900, 1400])
def test_everything_fits_at_every_width(push, width):
    push.tell(status("A microphone with a very long name, and loudspeakers with another", trouble=False))
    push.tell(m.EchoRemoved(0.0, 28.0, 62.0))
    push.tell(error("Something long happened that does not fit into one line of it.", Advice.SAY_IT_AGAIN))
    push.window.resize(width, 700)
    QApplication.processEvents()
    assert push.window.size() == QSize(width, 700)
    area = push.window.rect()
    for part in [*controls(push.window), push.window.captions, push.window.echo_line, push.window.sign]:
        place = part.rect().translated(part.mapTo(push.window, QPoint(0, 0)))
        assert area.contains(place), part
        assert part.width() >= part.minimumSizeHint().width() or isinstance(part, QLabel), part
    assert push.window.captions.horizontalScrollBar().maximum() == 0


def test_every_control_has_a_name_and_can_be_reached_by_tab(push):
    push.tell(error("So that its button is there, too."))
    for part in controls(push.window):
        assert part.accessibleName(), part
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part
    assert push.window.captions.accessibleName()
    assert push.window.sign.accessibleName().startswith("State: ")
    reached, part = set(), push.window.captions
    for _ in range(200):
        part = part.nextInFocusChain()
        reached.add(part)
    assert set(controls(push.window)) <= reached


def test_run_window_tells_when_it_is_painted_and_returns_the_exit_code(qapp):
    asked: list[str] = []

    def painted() -> None:
        asked.append("painted")
        QTimer.singleShot(0, next(w for w in QApplication.topLevelWidgets() if isinstance(w, Window)).close)

    assert run_window(SimpleQueue(), lambda command: None, Options(), painted) == 0
    assert asked == ["painted"]


# -- the UI thread never blocks ---------------------------------------------------------------------
def flood(i: int) -> m.Event:
    """The kinds that cost most: words that grow, turns that come and go."""
    reply = 1 + i // 40
    kinds = (m.Level(0.0, 0.3, 0.2), m.WordsSoFar(0.0, "word " * (i % 30)),
             m.ReplyText(0.0, reply, "some more words of it"),
             m.ReplyHeard(0.0, reply, "some more words of it " * (i % 8)),
             m.FinalWords(0.0, f"turn {i}"))
    return kinds[i % 5]


def test_a_burst_of_5000_events_holds_no_drain_for_long(desk):
    for i in range(5000):
        desk.events.put(flood(i))
    costs_s, taken = [], []
    while desk.events.qsize():
        start_s = thread_time()
        taken.append(desk.bridge.drain())
        costs_s.append(thread_time() - start_s)
    assert max(taken) == PER_PAINT
    assert sum(taken) == 5000
    assert median(costs_s) < 0.05                        # the UI thread's own computing, whatever else runs here


@pytest.mark.realtime
def test_the_heart_of_the_window_beats_while_a_thread_floods_it(desk):
    beats, ending = [], threading.Event()
    desk.bridge.painted.connect(lambda: beats.append(perf_counter()))

    def pour() -> None:
        i = 0
        while not ending.wait(0.002):                    # 10 000 a second, more than a drain takes out
            for _ in range(20):
                desk.events.put(flood(i))
                i += 1

    thread = threading.Thread(target=pour)
    thread.start()
    desk.bridge.start()
    try:
        desk.qtbot.waitUntil(lambda: len(beats) >= 30, timeout=PATIENT_MS)
    finally:
        ending.set()
        thread.join()
        desk.bridge.stop()
    gaps_ms = [1000 * (b - a) for a, b in pairwise(beats)]
    assert median(gaps_ms) < 50
    assert desk.bridge.take_longest_gap_ms() >= max(gaps_ms) - 20


def test_a_window_takes_no_reference_from_none_true_or_false(desk):
    """A Qt that does ends the process sooner or later; see `app.platform.display`."""
    gc.collect()                                         # what earlier tests have left goes now, not in between
    before = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    for i in range(1000):
        desk.events.put(flood(i))
    while desk.bridge.drain():
        QApplication.processEvents()
    after = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    assert all(b - a < 100 for a, b in zip(after, before, strict=True))
