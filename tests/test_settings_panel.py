"""The settings panel: every setting has a control, holds and is saved at once, is found, refused and reset."""

import dataclasses

import pytest
from panel_program import Desk
from patience import PATIENT_MS
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolButton, QWidget

from app.desktop.beside import Beside
from app.panels import page_voice
from app.panels.rows import ChoiceRow, FlagRow, KeyRow, PersonaRow, SlideRow, TextRow, WordsRow
from app.panels.settings_panel import WIDE, found
from app.settings.choices import Choices, value_of
from app.settings.declaration import PAGES
from app.settings.schema import DECLARED, Settings, on_page
from app.settings.settings import load
from app.settings.texts import EXTRAS
from audio_io.errors import NotHere, Trouble, WrongUse
from engine import messages as m

WITHOUT = {"remarks", "window.welcomed"}         # not the user's to set: lines to show once, what has been shown


def unanswered(self, do, *_, **__):
    """The process beside the window has tests of its own."""
    raise Trouble("nobody is asked in this test")


def every(kind=Settings, before=""):
    for f in dataclasses.fields(kind):
        default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
        if dataclasses.is_dataclass(default):
            yield from every(type(default), f"{before}{f.name}.")
        else:
            yield f"{before}{f.name}"


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(page_voice.VoicePage, "_voices", lambda self: [("calm", "calm: unhurried"), ("en-us", "en-us")])
    monkeypatch.setattr(Beside, "ask", unanswered)
    one = Desk(qtbot, tmp_path)
    yield one
    one.quit()


@pytest.fixture
def panel(desk, qtbot):
    made = desk.panels.open("privacy")
    qtbot.waitExposed(made)
    return made


def rows(panel):
    for name in PAGES:
        panel.made(name)
    return {name: row for page in panel.pages.values() for name, row in page.rows.items()}


def saved(desk):
    desk.choices.close()
    return load(environ={"PARLEY_HOME": str(desk.home)})


def test_every_setting_has_a_control_a_name_and_a_page(panel):
    assert set(every()) - WITHOUT == set(rows(panel)) == set(DECLARED)
    assert sorted(name for page in PAGES for name in on_page(page)) == sorted(DECLARED)


def use(row, qtbot):
    """The user does something to it, with the keyboard alone. -> what is chosen then."""
    if row.name in ("audio.input", "audio.output"):
        row.offer([("", "default"), ("Headset, ALSA", "Headset, ALSA")])
    if row.name == "voice.voice":
        row.offer([("en-us", "en-us"), ("calm", "calm")])
    part = next(getattr(row, name) for name in ("box", "slider", "edit") if hasattr(row, name))
    part.setFocus(Qt.FocusReason.TabFocusReason)
    part.window().activateWindow()
    qtbot.waitUntil(lambda: part.hasFocus() or part.isAncestorOf(QApplication.focusWidget()), timeout=PATIENT_MS)
    focused = QApplication.focusWidget()
    if isinstance(row, ChoiceRow | PersonaRow):
        last = row.box.currentIndex() == row.box.count() - 1
        qtbot.keyClick(focused, Qt.Key.Key_Up if last else Qt.Key.Key_Down)
        return row.box.currentData()
    if isinstance(row, SlideRow):
        qtbot.keyClick(focused, Qt.Key.Key_Right)
        return pytest.approx(row.choices.default(row.name) + row.step)
    if isinstance(row, FlagRow):
        qtbot.keyClick(focused, Qt.Key.Key_Space)
        return not row.choices.default(row.name)
    if isinstance(row, WordsRow):
        qtbot.keyClicks(focused, "Zora")
        qtbot.keyClick(focused, Qt.Key.Key_Return)
        qtbot.keyClicks(focused, "St. Ives")
        qtbot.waitUntil(lambda: not row.timer.isActive(), timeout=PATIENT_MS)
        return ("Zora", "St. Ives")
    if isinstance(row, KeyRow):
        qtbot.keyClick(focused, Qt.Key.Key_F9)
        return "F9"
    assert isinstance(row, TextRow)
    qtbot.keyClicks(focused, "~/x")
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    return "~/x"


NEED_MORE = {"profile"}                          # a profile that lacks its parts is refused, see below


def test_what_is_typed_at_a_control_holds_is_saved_and_can_be_reset(panel, desk, qtbot):
    for name in sorted(set(DECLARED) - NEED_MORE):
        check(panel, desk, qtbot, name)


def check(panel, desk, qtbot, name):
    row, told = rows(panel)[name], []
    desk.choices.listeners[1:] = [lambda *change: told.append(change)]
    before = desk.choices.get(name)
    panel.show_page(DECLARED[name].page)
    value = use(row, qtbot)
    assert row.line.isHidden(), (name, row.line.text())
    assert desk.choices.get(name) == value != before, name
    assert told == [(name, desk.choices.get(name))]
    assert value_of(saved(desk), name) == desk.choices.get(name)
    assert row.reset.isVisible()
    row.reset.click()
    assert desk.choices.get(name) == before
    assert not row.reset.isVisible()
    assert value_of(saved(desk), name) == before


def test_the_key_is_lost_by_no_half_key_and_taken_away_by_button_or_backspace(panel, desk, qtbot):
    row = rows(panel)["window.hotkey"]
    panel.show_page("conversation")
    usual = desk.choices.get("window.hotkey")
    told = []
    desk.choices.listeners.append(lambda name, value: told.append(value))
    with qtbot.waitSignal(row.edit.editingFinished, timeout=PATIENT_MS):
        qtbot.keyPress(row.edit, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyRelease(row.edit, Qt.Key.Key_Control)
    assert told == []
    assert row.edit.keySequence() == QKeySequence(usual)     # shown again
    with qtbot.waitSignal(row.edit.editingFinished, timeout=PATIENT_MS):
        qtbot.keyClick(row.edit, Qt.Key.Key_Backspace)
    row.reset.click()
    row.edit.findChild(QToolButton).click()
    assert told == ["", usual, ""]
    assert row.edit.keySequence().isEmpty()


@pytest.mark.parametrize(("name", "text", "says"), [
    ("models_dir", "here", "must be an absolute path"), ("notes_dir", "a/b", "must be an absolute path"),
    ("brain.model", "x" * 201, "at most 200"),
])  # fmt: skip
def test_a_wrong_text_is_refused_with_the_line_of_the_settings(panel, desk, name, text, says):
    row = rows(panel)[name]
    row.edit.setText(text)
    row.commit()
    assert says in row.line.text()
    assert name.split(".")[-1] in row.line.text()
    assert not row.line.isHidden()
    assert desk.choices.get(name) == ""
    row.edit.setText("/tmp" if "dir" in name else "y")
    row.commit()
    assert row.line.isHidden()


def test_a_wrong_word_and_a_wrong_persona_are_refused(panel, desk):
    words = rows(panel)["listen.words"]
    words.edit.setPlainText("Anna\n4711")
    words.commit()
    assert "'4711' is not a word" in words.line.text()
    assert desk.choices.get("listen.words") == ()
    persona = rows(panel)["brain.persona"]
    persona.box.setCurrentIndex(persona.box.count() - 1)
    persona.box.activated.emit(persona.box.count() - 1)
    assert not persona.edit.isReadOnly()
    persona.edit.setPlainText("freindly")
    persona.commit()
    assert "is not a persona" in persona.line.text()
    persona.edit.setPlainText("You are a pirate.")
    persona.commit()
    assert persona.line.isHidden()
    assert saved(desk).brain.persona == "You are a pirate."


def test_the_choices_refuse_and_nothing_changes(tmp_path):
    choices = Choices(Settings(), environ={"PARLEY_HOME": str(tmp_path)})
    for name, value in (("turns.patience", 2.0), ("voice.emotion", "hungry"), ("window.puase", 1)):
        with pytest.raises(WrongUse):
            choices.set(name, value)
    assert choices.now == Settings()
    assert not list(tmp_path.iterdir())
    with pytest.raises((WrongUse, NotHere)):
        choices.set("profile", "nonsense")


def test_many_changes_are_all_saved_and_what_stood_in_the_file_stays(tmp_path):
    (tmp_path / "settings.yaml").write_text("turns: {patience: 0.1}\n")
    env = {"PARLEY_HOME": str(tmp_path)}
    choices = Choices(load(overrides={"mode": "push"}, environ=env), environ=env)
    for i in range(50):
        choices.set("voice.rate", 1 + i / 100)
        choices.set("turns.barge_in", i / 100)
    choices.close()
    now = load(environ=env)
    assert (now.voice.rate, now.turns.barge_in, now.turns.patience) == (1.49, 0.49, 0.1)
    assert now.mode == "open"                    # said on the command line alone
    assert [path.name for path in tmp_path.iterdir()] == ["settings.yaml"]


def test_what_cannot_be_saved_holds_and_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    lines = []
    choices = Choices(Settings(), lines.append, {"PARLEY_HOME": str(tmp_path / "file")})
    choices.set("turns.patience", 0.8)
    choices.close()
    assert choices.get("turns.patience") == 0.8
    assert "not saved" in str(lines[0])


# -- search -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "page", "key"), [
    ("patience", "conversation", "turns.patience"), ("mm-hm", "conversation", "turns.backchannels"),
    ("interrupt", "conversation", "turns.barge_in"), ("headset", "devices", "audio.input"),
    ("fast", "voice", "voice.rate"), ("api key", "server", "brain.key_file"), ("DELETE all", "privacy", EXTRAS[5][1]),
    ("echo test", "devices", EXTRAS[0][1]), ("bug", "diagnostics", EXTRAS[6][1]), ("vocabulary", "languages",
                                                                                   "listen.words"),
])  # fmt: skip
def test_a_setting_is_found_by_its_words_and_synonyms(text, page, key):
    assert (page, key) in [hit[:2] for hit in found(text)]


def test_every_setting_and_part_is_found_by_its_own_name():
    for page in PAGES:
        for name in on_page(page):
            assert (page, name) in [hit[:2] for hit in found(DECLARED[name].label)]
    for page, label, _ in EXTRAS:
        assert (page, label) in [hit[:2] for hit in found(label)]


def test_searching_by_keyboard_jumps_to_the_control(panel, qtbot):
    panel.line.setFocus()
    qtbot.keyClicks(panel.line, "patience")
    assert panel.page is None
    assert panel.hits.item(0).text().startswith("Patience")
    qtbot.keyClick(panel.line, Qt.Key.Key_Return)
    assert panel.page.name == "conversation"
    assert panel.line.text() == ""
    assert QApplication.focusWidget() is rows(panel)["turns.patience"].slider
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(panel.line.hasFocus, timeout=PATIENT_MS)
    qtbot.keyClicks(panel.line, "volume")
    qtbot.keyClick(panel.line, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: panel.line.selectedText() == "volume", timeout=PATIENT_MS)
    qtbot.keyClicks(panel.line, "zzzz")
    assert "Nothing" in panel.hits.item(0).text()
    qtbot.keyClick(panel.line, Qt.Key.Key_Return)
    qtbot.keyClick(panel.line, Qt.Key.Key_Escape)
    assert panel.isVisible()
    assert panel.page.name == "conversation"


def test_every_part_that_is_found_is_there_and_takes_the_focus(panel):
    for page, label, _ in EXTRAS:
        panel._go((page, label))
        assert panel.page.name == page
        if label not in ("Download models", "Get a chat model"):             # their buttons come with what is found
            assert isinstance(QApplication.focusWidget(), QAbstractButton), label


# -- how it is used ---------------------------------------------------------------------------------
def test_everything_has_a_name_for_screen_readers(panel):
    for name, row in rows(panel).items():
        assert row.control.accessibleName(), name
        assert row.reset.accessibleName().startswith("Reset: ")
    for part in panel.findChildren(QWidget):
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible():
            face = QAccessible.queryAccessibleInterface(part)
            assert face is None or face.text(QAccessible.Text.Name) or face.childCount(), part


def test_tab_reaches_every_control_of_a_page(panel, qtbot):
    panel.show_page("conversation")
    panel.line.setFocus()
    seen = set()
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    wanted = {row.control for row in panel.pages["conversation"].rows.values()}
    reached = {part for part in wanted if any(one is part or part.isAncestorOf(one) for one in seen if one)}
    assert reached == wanted


@pytest.mark.parametrize("width", [340, WIDE])
def test_no_page_is_wider_than_the_panel(panel, width):
    panel.resize(width, 600)
    assert rows(panel)
    for name, page in panel.pages.items():
        panel.show_page(name)
        QApplication.processEvents()
        assert page.widget().width() <= page.viewport().width(), name
        for row in page.rows.values():
            assert row.minimumSizeHint().width() <= page.viewport().width(), row.name
    assert panel.short.isVisible() == (width < WIDE)
    assert panel.names.isVisible() == (width >= WIDE)


def test_a_change_by_voice_shows_in_the_open_panel(panel, desk, qtbot):
    desk.choices.set("voice.rate", 1.5)
    qtbot.waitUntil(lambda: "1.5" in rows(panel)["voice.rate"].label.text(), timeout=PATIENT_MS)
    desk.tell(m.ModeChanged(0.0, push=True, muted=False))
    assert desk.choices.get("mode") == "push"
    assert rows(panel)["mode"].box.currentData() == "push"


def test_the_wheel_changes_nothing_by_the_way(panel, qtbot):
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    slider = rows(panel)["voice.rate"].slider
    event = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 240), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    before = slider.value()
    QApplication.sendEvent(slider, event)
    assert slider.value() == before
