"""The window's parts one by one: what is said of the state, marks, search, export, strip, tray, light and dark."""

import json
from queue import SimpleQueue
from typing import Any

import pytest
from patience import PATIENT_MS
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QTextBrowser

from app.desktop.vitals import CALM_LOOKS, STUCK_LOOKS, TRIES, Progress, Watch
from app.window import theme
from app.window.bridge import Bridge
from app.window.export import as_json, as_markdown, as_text
from app.window.help import KEYS
from app.window.history import SPAN_S, USER, VOICE, History
from app.window.lanes import KINDS, SHAPES, told
from app.window.options import Options
from app.window.orb import STATES
from app.window.saving import save_transcript
from app.window.transcript import Transcript
from app.window.tray import Tray
from app.window.truth import FLOWING_MS, GRACE_MS, START_MS, THINK_MS, ZEROS_MS, Truth
from app.window.window import COMPACT, SMALLEST, Window
from audio_io.notices import line
from engine import messages as m


class Desk:
    """A window, the news it gets, and the commands it has sent."""

    def __init__(self, qtbot: Any, **options: Any) -> None:
        self.asked: list[m.Command] = []
        self.bridge = Bridge(SimpleQueue())
        self.window = Window(self.bridge, self.asked.append,
                             Options(**options))  # fmt: skip
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow, timeout=PATIENT_MS)

    def tell(self, event: m.Event) -> None:
        self.bridge.events.put(event)
        self.bridge.drain()


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot)


# -- one truth about the state --------------------------------------------------------------------------
def hearing() -> Truth:
    truth = Truth()
    truth.ready()
    truth.level(0.01)
    return truth


def test_after_ready_samples_have_a_while_to_come():
    truth = Truth()
    truth.ready()
    truth.passes(GRACE_MS - 1)
    assert truth.shown()[0] == "quiet"
    truth.passes(2)
    assert truth.shown()[0] == "no sound"
    truth.level(0.01)
    assert truth.shown() == ("quiet", "")


@pytest.mark.parametrize("floor", ["quiet", "hearing", "ending", "talking", "held"])
def test_no_state_is_shown_as_alive_when_samples_stop(floor):
    truth = hearing()
    truth.turn(floor)
    truth.passes(FLOWING_MS)
    state, hint = truth.shown()
    assert state == "no sound"
    assert "No samples" in hint


def test_exact_zeros_are_told_unless_it_is_muted():
    truth = hearing()
    for _ in range(20):
        truth.passes(ZEROS_MS / 10)
        truth.level(0.0)
    assert truth.shown()[0] == "no sound"
    assert "zeros" in truth.line
    truth.modes("open", True)
    for _ in range(20):
        truth.passes(ZEROS_MS / 10)
        truth.level(0.0)
    assert truth.shown() == ("muted", "")
    truth.modes("open", False)
    truth.level(1e-4)
    assert truth.shown() == ("quiet", "")


def test_each_source_takes_back_only_its_own_trouble():
    truth = hearing()
    truth.status("The headset is gone.", True, m.Source.DEVICE)
    truth.status("Saved.", False, m.Source.WINDOW)
    assert truth.shown() == ("trouble", "The headset is gone.")
    truth.status("It stands still.", True, m.Source.ENGINE)
    assert truth.shown()[0] == "stuck"
    truth.status("It goes on.", False, m.Source.ENGINE)
    truth.status("Sound is back.", False, m.Source.DEVICE)
    assert truth.shown() == ("quiet", "")


def test_a_start_and_a_thought_that_take_long_are_explained():
    truth = Truth()
    truth.passes(START_MS)
    assert truth.shown()[0] == "starting"
    assert "parley doctor" in truth.line
    truth = hearing()
    truth.turn("thinking")
    for _ in range(int(THINK_MS // 1000)):
        truth.passes(1000)
        truth.level(0.1)
    assert "longer than usual" in truth.shown()[1]


def test_every_state_of_the_truth_has_a_name():
    for state in ("quiet", "hearing", "ending", "thinking", "talking", "ducked", "held", "muted", "no sound", "stuck"):
        assert state in STATES


# -- the last 30 s ------------------------------------------------------------------------------------
def test_the_history_keeps_30_s_in_order():
    history = History()
    for i in range(1000):
        history.level(i / 10, 0.1, 0.2)
    history.level(3.0, 1.0, 1.0)
    history.mark(50.0, "stop", VOICE)
    history.mark(99.0, "no words", USER)
    assert history.levels[0][0] >= 99.9 - SPAN_S
    assert max(mic for _, mic, _ in history.levels) == 0.1
    assert [mark.kind for mark in history.marks] == ["no words"]
    history.clear()
    assert history.still(0.0)


def test_marks_say_why(desk):
    desk.tell(m.ReplyStarted(1.0, 1))
    desk.tell(m.Latency(1.1, wait_ms=0.0, listen_ms=0.0, think_ms=0.0, speak_ms=0.0, total_ms=325.0))
    desk.tell(m.Ducked(2.0, 1))
    desk.tell(m.Unducked(2.4, 1))
    desk.tell(m.Ducked(3.0, 1))
    desk.tell(m.Yielded(3.4, 1, "One"))
    desk.tell(m.Unducked(3.4, 1))
    desk.tell(m.Resumed(5.0, 1))
    desk.tell(m.Ducked(6.0, 1))
    desk.tell(m.Unducked(6.4, 1))
    desk.tell(m.Yielded(6.4, 1, "One two"))
    desk.tell(m.FinalWords(7.0, "wait a moment"))
    desk.tell(m.BackChannelGiven(8.0, "mm-hm"))
    desk.tell(m.HeardNothing(9.0))
    assert [(mark.kind, mark.why) for mark in desk.window.history.marks] == [
        ("take over", "you had finished; answer 1 came 325 ms after your last word."),
        ("duck", "there is a voice or a sound over the answer."),
        ("full voice", "that was not meant to take the floor."),
        ("duck", "there is a voice or a sound over the answer."),
        ("yield", "you took the floor."),
        ("resume", "no words followed for 1.6 s, it was no interruption."),
        ("duck", "there is a voice or a sound over the answer."),
        ("yield", "you took the floor with “wait a moment”."),
        ("back-channel", "“mm-hm”"),
        ("no words", "nothing to answer, so it is not."),
    ]
    assert set(KINDS) == set(SHAPES)


@pytest.mark.qt_log_ignore("This plugin does not support")     # the offscreen screen's
def test_a_mark_is_explained_to_mouse_and_keyboard(desk):
    desk.tell(m.ReplyStarted(20.0, 1))
    desk.tell(m.Yielded(29.0, 1, ""))
    desk.tell(m.Level(30.0, 0.1, 0.1))
    lanes = desk.window.page.lanes
    QApplication.processEvents()
    x = round(lanes._x(29.0))
    assert lanes.at(x) is desk.window.history.marks[1]
    assert lanes.at(x - 100) is None
    event = QHelpEvent(QEvent.Type.ToolTip, QPoint(x, 10), lanes.mapToGlobal(QPoint(x, 10)))
    assert lanes.event(event)
    lanes.setFocus(Qt.FocusReason.TabFocusReason)
    left = Qt.Key.Key_Left
    for expected in (1, 0, 0):
        QApplication.sendEvent(lanes, _key(left))
        assert lanes.chosen is desk.window.history.marks[expected]
        assert lanes.accessibleDescription() == told(lanes.chosen)


def _key(key: Qt.Key) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)


# -- the transcript ------------------------------------------------------------------------------------
def conversation() -> Transcript:
    script = Transcript()
    script.now = lambda: 65.0
    script.final("what *can* you do")
    script.reply_text(1, "One two three four.")
    script.reply_starts(1)
    script.cut(1, "One two")
    script.tool("time", {"city": "Rome"}, "noon")
    return script


def test_a_transcript_is_exported_with_what_was_heard_and_what_was_not():
    turns = conversation().turns
    assert as_text(turns) == ("You: what *can* you do\n\nParley: One two [three four.] (interrupted)\n\n"
                              "(time (city Rome): noon)\n")  # fmt: skip
    assert as_markdown(turns) == ("**You** (01:05) what \\*can\\* you do\n\n**Parley** (01:05) One two ~~three four.~~ "
                                  "*interrupted*\n\n*time (city Rome): noon*\n")  # fmt: skip
    assert json.loads(as_json(turns))["turns"][1] == {
        "at": 65.0, "who": "Parley", "said": "One two", "not_heard": "three four.", "interrupted": True}
    assert as_text([]) == as_markdown([]) == ""


@pytest.mark.parametrize("kind", ["txt", "md", "json", "other"])
def test_a_transcript_is_saved_beside_the_ui_thread_and_told(tmp_path, kind):
    told: SimpleQueue[m.Event] = SimpleQueue()
    save_transcript(conversation().turns, tmp_path / f"talk.{kind}", told.put).join()
    assert "One two" in (tmp_path / f"talk.{kind}").read_text()
    assert line(told.get_nowait().what).endswith(f"talk.{kind}")
    (tmp_path / "file").write_text("")
    save_transcript(conversation().turns, tmp_path / "file" / "talk.txt", told.put).join()
    assert "was not saved" in line(told.get_nowait().what)


def test_search_finds_counts_and_goes_round(desk, qtbot):
    for text in ("tokyo in the morning", "rome", "TOKYO at night"):
        desk.tell(m.FinalWords(0.0, text))
    desk.window.actions_by_name["search"].trigger()
    bar = desk.window.page.search
    qtbot.keyClicks(bar.line, "tokyo")
    assert bar.count.text() == "2 / 2"
    assert len(desk.window.captions.extraSelections()) == 2
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert bar.count.text() == "1 / 2"
    qtbot.keyClick(bar.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "2 / 2"
    qtbot.keyClicks(bar.line, "x")
    assert bar.count.text() == "none"
    qtbot.keyClick(bar.line, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert desk.asked == []                      # Escape in the search is not "stop"


def test_copy_takes_the_whole_conversation(desk):
    desk.tell(m.FinalWords(0.0, "keep me"))
    desk.window.page.copy.click()
    assert QGuiApplication.clipboard().text() == "You: keep me\n"


def test_typed_lines_come_back_with_up(desk, qtbot):
    line = desk.window.line
    for text in ("first", "second"):
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Qt.Key.Key_Return)
    for key, text in ((Qt.Key.Key_Up, "second"), (Qt.Key.Key_Up, "first"), (Qt.Key.Key_Up, "first"),
                      (Qt.Key.Key_Down, "second"), (Qt.Key.Key_Down, "")):
        qtbot.keyClick(line, key)
        assert line.text() == text


# -- sizes and looks --------------------------------------------------------------------------------------
def test_little_height_shows_the_strip_with_the_same_state(desk):
    desk.tell(m.FinalWords(0.0, "what time is it"))
    desk.tell(m.FloorChanged(0.0, m.FloorState.HEARING))
    desk.window.resize(*SMALLEST)
    strip = desk.window.strip
    assert strip.isVisible()
    assert not desk.window.page.isVisible()
    assert strip.sign.state == desk.window.sign.state == "hearing"
    assert strip.words.whole == "You: what time is it"
    for part in (strip.sign, strip.mute, strip.stop, strip.expand, strip.words, strip.mic_meter):
        assert strip.rect().contains(part.geometry()), part
    strip.stop.click()
    strip.expand.click()
    assert desk.asked == [m.Stop()]
    assert desk.window.page.isVisible()


def test_compact_stays_on_top_and_comes_back_to_where_it_was(desk):
    desk.window.resize(700, 800)
    desk.window.actions_by_name["compact"].trigger()
    assert desk.window.is_compact
    assert desk.window.isVisible()
    assert (desk.window.width(), desk.window.height()) == COMPACT
    desk.window.strip.expand.click()
    assert not desk.window.is_compact
    assert (desk.window.width(), desk.window.height()) == (700, 800)
    assert desk.window.page.isVisible()


@pytest.mark.parametrize(("start", "seen", "compact"), [
    ("shown", True, False), ("compact", True, True), ("minimised", False, False)])
def test_it_starts_as_it_is_told_and_the_rest_always_begins(qtbot, start, seen, compact):
    window = Window(Bridge(SimpleQueue()), lambda command: None, Options(start=start))
    qtbot.addWidget(window)
    began = []
    window.on_screen.connect(lambda: began.append(1))
    window.begin()
    qtbot.waitUntil(lambda: began == [1], timeout=PATIENT_MS)
    assert (window.seen, window.is_compact) == (seen, compact)


def test_light_and_dark_change_while_it_runs(desk, qapp):
    before = qapp.palette()
    try:
        theme.wear(qapp, True)
        QApplication.processEvents()
        dark = desk.window.grab().toImage().pixelColor(3, 3)
        theme.wear(qapp, False)
        QApplication.processEvents()
        light = desk.window.grab().toImage().pixelColor(3, 3)
    finally:
        qapp.setPalette(before)
    assert dark.lightness() < 80
    assert light.lightness() > 200


def test_every_state_is_legible_on_light_and_dark():
    for dark in (False, True):
        wears = theme.palette(dark)
        for role, ground in ((theme.Role.WindowText, theme.Role.Window), (theme.Role.Text, theme.Role.Base),
                             (theme.Role.ButtonText, theme.Role.Button), (theme.Role.PlaceholderText, theme.Role.Base)):
            assert _contrast(wears.color(role), wears.color(ground)) >= 4.5, (dark, role)


def _contrast(a: Any, b: Any) -> float:
    """WCAG 2: relative luminances."""
    def luminance(colour: Any) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                 for c in (colour.redF(), colour.greenF(), colour.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# -- keys, help, screen readers, tray -------------------------------------------------------------------
@pytest.mark.qt_log_ignore("This plugin does not support")     # the offscreen screen's
def test_every_key_of_the_help_sheet_works_and_is_told(desk, qtbot):
    sheet = desk.window.help()
    text = sheet.findChild(QTextBrowser).toPlainText()
    keys = [action.shortcut().toString() for action in desk.window.actions_by_name.values()]
    assert len(set(keys)) == len(keys)
    for name, (key, does) in KEYS.items():
        assert does in text
        assert name == "talk" or key in keys
    sheet.close()


def test_a_screen_reader_finds_names_and_roles(desk):
    desk.tell(m.FloorChanged(0.0, m.FloorState.THINKING))
    assert desk.window.sign.accessibleName() == "State: Thinking. The answer is on its way."
    assert isinstance(desk.window.mic_meter, QProgressBar)
    role = QAccessible.queryAccessibleInterface(desk.window.mic_meter).role()
    assert role == QAccessible.Role.ProgressBar
    assert QAccessible.queryAccessibleInterface(desk.window.captions).role() == QAccessible.Role.EditableText
    assert desk.window.page.lanes.accessibleName()


def test_the_latency_is_shown_on_demand(desk):
    desk.tell(m.Latency(0.0, wait_ms=0.0, listen_ms=0.0, think_ms=9.0, speak_ms=0.0, total_ms=325.0))
    assert not desk.window.stages.isVisible()
    desk.window.actions_by_name["latency"].trigger()
    assert desk.window.stages.isVisible()
    assert desk.window.stages.text == "Answered in 325 ms: wait 0 · listen 0 · think 9 · speak 0"


def test_settings_are_offered_where_there_is_a_panel(qtbot, desk):
    opened = []
    assert not desk.window.page.settings.isVisible()
    other = Desk(qtbot, open_settings=opened.append)
    other.window.page.settings.click()
    assert opened == [other.window]


def test_the_tray_shows_the_state_and_asks(desk):
    tray, asked = Tray(desk.window), []
    tray.asked.connect(asked.append)
    tray.show_state("talking", "", False)
    assert "Talking" in tray.icon.toolTip()
    tray.show_modes(push=True, muted=True)
    assert tray.mute.isChecked()
    assert tray.push.isChecked()
    for action in tray.menu.actions():
        if not action.isSeparator():
            action.trigger()
    assert asked == ["show", "mute", "push", "stop", "settings", "quit"]
    for verb in ("mute", "push", "stop"):
        desk.window._from_tray(verb)
    assert [type(one) for one in desk.asked] == [m.Mute, m.SetMode, m.Stop]


# -- a conversation that stands still -------------------------------------------------------------------
def test_the_watch_sees_samples_without_hops_and_nothing_else():
    watch = Watch()
    assert not any(watch.look(Progress(100 * i, i)) for i in range(20))
    assert not any(watch.look(Progress(2000, 20)) for _ in range(20))           # the device is away: not our matter
    assert [watch.look(Progress(3000 + 100 * i, 20)) for i in range(STUCK_LOOKS + 1)].index(True) == STUCK_LOOKS - 1
    assert all(watch.restarts() for _ in range(TRIES))
    assert not watch.restarts()
    for i in range(CALM_LOOKS + 2):
        watch.look(Progress(10_000 + 100 * i, i))
    assert watch.restarts()
