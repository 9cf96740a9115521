"""Every text of the window goes through Qt's translation, and the file for translators has all of them."""

import ast
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from events import error
from panel_program import TABLE, Desk
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from app.i18n.languages import speak_system_language
from app.i18n.notices import VOICES, voice_words, words, words_in_line
from app.panels.echo_test import EchoResult
from app.settings.declaration import PAGES
from app.window.bridge import Bridge
from app.window.options import Options
from app.window.tray import Tray
from app.window.window import Window
from audio_io.errors import NotHere
from audio_io.notices import Code, DeviceCode, from_json, state, to_json
from engine import messages as m
from engine.llm.personas import personas
from engine.notices import Advice, NoticeCode
from engine.tts.voices import own_and_shipped

ROOT = Path(__file__).parent.parent
LRELEASE = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent))
LUPDATE = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent))
SAME = {"", "Parley"}            # names


class Marking(QTranslator):
    """Translates everything, so that what was not asked for stands out."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"¿{text}?"


@pytest.fixture
def marked(qapp):
    translator = Marking()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def texts(part: QWidget) -> list[str]:
    found = [part.toolTip(), part.accessibleName(), part.accessibleDescription()]
    if isinstance(part, (QLabel, QPushButton)):
        found.append(part.text())
    if isinstance(part, QLineEdit):
        found.append(part.placeholderText())
    return found + [action.text() for action in part.actions()]


@pytest.mark.qt_log_ignore("This plugin does not support")     # the offscreen screen's
def test_every_text_of_the_window_is_translated(qtbot, marked):
    bridge = Bridge(SimpleQueue())
    window = Window(bridge, lambda verb, **_: None, Options(open_settings=print))
    qtbot.addWidget(window)
    window.show()
    for event in (m.Ready(1.0), m.ModeChanged(1.0, push=True, muted=True), m.EchoRemoved(1.0, 20, 60),
                  m.Latency(1.0, 0, 0, 9, 0, 300), m.ReplyStarted(1.0, 1), m.Yielded(1.0, 1, ""), m.Resumed(1.0, 1),
                  m.HeardNothing(1.0), error("", Advice.START_AGAIN)):  # fmt: skip
        bridge.events.put(event)
    bridge.drain()
    sheet = window.help()
    tray = Tray(window)
    QApplication.processEvents()
    plain = [(part, text) for part in [window, *window.findChildren(QWidget), tray.menu] for text in texts(part)
             if text not in SAME and not text.startswith("qt_") and "¿" not in text]
    assert plain == []
    assert all("¿" in mark.why for mark in window.history.marks)
    assert sheet.findChild(QTextBrowser).toPlainText().count("¿") > 15
    sheet.close()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_every_text_of_the_panels_is_translated(qtbot, marked, tmp_path):
    """What is told here comes from other programs, or is a name."""
    desk = Desk(qtbot, tmp_path)
    desk.panels.jobs.start = lambda *_, **__: True
    panel, run = desk.panels.open(), desk.panels.welcome()
    for name in PAGES:
        panel.show_page(name)
    panel.pages["devices"]._found(TABLE, "")
    panel.pages["devices"].echo.show_result(EchoResult(6.0, 410.0, 4.0, -60.0, 22.0, True), "kalman")
    panel.pages["voice"]._found([("calm", "A man's voice, American, unhurried")], "")
    panel.line.setText("e")
    names = {*SAME, *(device.full_name for device in TABLE.devices), *(text.strip() for text in personas().values()),
             str(tmp_path / "settings.yaml"), "e"}
    plain = {(type(part).__name__, text) for top in (panel, run) for part in [top, *top.findChildren(QWidget)]
             for text in (*texts(part), *entries(part)) if "¿" not in text and not text.startswith("qt_")
             and text.strip() not in names}  # fmt: skip
    desk.quit()
    assert plain == set()


def entries(part: QWidget) -> list[str]:
    """-> what can be chosen, or stands to be changed."""
    if isinstance(part, QComboBox):
        return [part.itemText(n) for n in range(part.count())]
    if isinstance(part, QListWidget):
        return [part.item(n).text() for n in range(part.count())]
    if isinstance(part, (QLineEdit, QAbstractButton)):
        return [part.text()]
    return [part.toPlainText()] if isinstance(part, (QPlainTextEdit, QTextBrowser)) else []


@pytest.mark.skipif(LUPDATE is None, reason="pyside6-lupdate is not installed")
@pytest.mark.parametrize("path", sorted((ROOT / "app" / "i18n" / "translations").glob("*.ts")),
                         ids=lambda path: path.stem)  # fmt: skip
def test_the_files_for_translators_have_all_texts(path, tmp_path):
    """`make translations` makes them."""
    fresh = tmp_path / "fresh.ts"
    sources = [*sorted(str(path) for path in (ROOT / "app").rglob("*.py")),
               *(str(ROOT / folder / "notices.py") for folder in ("audio_io", "engine"))]  # fmt: skip
    subprocess.run([str(LUPDATE), "-no-obsolete", "-locations", "none", *sources, "-ts", str(fresh)], check=True,
                   capture_output=True)  # fmt: skip
    wanted, there = ({(context, source) for context, source, *_ in messages(one)} for one in (fresh, path))
    assert wanted ^ there == set(), "run `make translations`"


TRANSLATED = [path for path in (ROOT / "app" / "i18n" / "translations").glob("*.ts") if path.stem != "parley_en"]


def messages(path: Path) -> list[tuple[str, str, str, str]]:
    """-> (context, source, translation, "" or "unfinished" or "obsolete") of each text."""
    found = []
    for context in tree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            own = message.find("translation")
            assert own is not None
            found.append((context.findtext("name", ""), message.findtext("source", ""), own.text or "",
                          own.get("type", "")))  # fmt: skip
    return found


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.stem)
def test_a_translation_is_complete_and_made(path, tmp_path):
    for context, source, own, lacks in messages(path):
        assert lacks == "", f"{context}: {source!r} is {lacks}"
        assert own.strip(), f"{context}: {source!r} is not translated"
        for kept in (r"{.*?}", r"\n", r"&\w", r"`.*?`", "•"):
            assert sorted(re.findall(kept, source)) == sorted(re.findall(kept, own)), f"{kept} of {source!r}"
    if LRELEASE is not None:
        fresh = tmp_path / "fresh.qm"
        subprocess.run([str(LRELEASE), str(path), "-qm", str(fresh)], check=True, capture_output=True)
        assert fresh.read_bytes() == path.with_suffix(".qm").read_bytes(), "run `make translations`"


@pytest.fixture(params=["en", *(path.stem.removeprefix("parley_") for path in TRANSLATED)])
def spoken(request, qapp) -> Iterator[str]:
    """Each language in turn, as the window wears it."""
    speak_system_language(qapp, QLocale(request.param))
    yield request.param
    unspeak(qapp)


def unspeak(application: QApplication) -> None:
    for translator in application.findChildren(QTranslator):
        application.removeTranslator(translator)
        translator.setParent(None)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_no_page_is_wider_than_the_smallest_panel(qtbot, spoken, tmp_path):
    desk = Desk(qtbot, tmp_path)
    desk.panels.jobs.start = lambda *_, **__: True
    panel = desk.panels.open()
    panel.resize(panel.minimumSize())
    narrow = {}
    for name in PAGES:
        panel.show_page(name)
        QApplication.processEvents()
        wants, has = panel.page.widget().minimumSizeHint().width(), panel.page.viewport().width()
        if wants > has:
            narrow[name] = (wants, has)
    desk.quit()
    assert narrow == {}


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_no_button_of_the_narrow_window_is_cut_off(qtbot, spoken):
    window = Window(Bridge(SimpleQueue()), lambda verb, **_: None)
    qtbot.addWidget(window)
    window.resize(380, 640)
    window.show()
    for push, muted in ((False, False), (True, True)):
        window.bridge.tell(m.ModeChanged(0.0, push, muted))
        QApplication.processEvents()
        cut = [(part.text(), part.width(), part.sizeHint().width()) for part in window.findChildren(QPushButton)
               if part.isVisible() and part.text() and part.width() < part.sizeHint().width()]  # fmt: skip
        assert cut == []


# -- what comes as codes ------------------------------------------------------------------------------------------
CODES = [code for kind in (DeviceCode, NoticeCode, Advice) for code in kind]


def test_these_are_all_codes():
    assert {DeviceCode, NoticeCode, Advice} == set(Code.__subclasses__())


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_code_has_an_english_and_a_german_text_with_the_same_places(code, qapp):
    places = re.findall(r"{\w*}", code.value)
    assert all(len(place) > 2 for place in places)
    told = state(code, **{place[1:-1]: f"<{place[1:-1]}>" for place in places})
    english = words(told)
    assert english == str(told)
    assert speak_system_language(qapp, QLocale("de"))
    try:
        german = words(told)
        assert sorted(re.findall(r"{\w+}", words(code))) == sorted(places)
    finally:
        unspeak(qapp)
    assert sorted(re.findall(r"<\w+>", german)) == sorted(re.findall(r"<\w+>", english))
    if re.search(r"[a-z]{3}", re.sub(r"{\w+}", "", code.value)):
        assert german != english


def uses() -> dict[Code, set[str]]:
    """-> each code that the program names, with the arguments that it is given."""
    found: dict[Code, set[str]] = {}
    kinds = {kind.__name__: kind for kind in (DeviceCode, NoticeCode, Advice)}
    for folder in ("app", "engine", "audio_io"):
        for path in (ROOT / folder).rglob("*.py"):
            calls: dict[str, set[str]] = {}
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    given = {keyword.arg for keyword in node.keywords if keyword.arg}
                    calls |= {ast.unparse(one): given for arg in node.args for one in ast.walk(arg)
                              if isinstance(one, ast.Attribute) and given}  # fmt: skip
                if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in kinds:
                    found.setdefault(kinds[node.value.id][node.attr], set())
            for name, given in calls.items():
                kind, _, member = name.partition(".")
                if kind in kinds:
                    found[kinds[kind][member]] |= given
    return found


def test_every_code_is_told_somewhere_and_gets_what_its_text_needs():
    told = uses()
    assert set(told) == set(CODES)
    for code in (DeviceCode.NOT_OPENED, DeviceCode.NOT_LISTED, DeviceCode.NO_START):         # handed on by name
        told[code] |= {"s"}
    wrong = {code: given for code, given in told.items() if given != set(re.findall(r"{(\w+)}", code.value))}
    assert {code for code in wrong if not isinstance(code, Advice)} == set()         # what to do has no arguments


def test_the_voices_on_the_list_are_those_that_are_shipped():
    shipped = {preset.description for preset in own_and_shipped(None, print).values()}
    assert set(VOICES) - {"the usual voice, because this one's file is broken"} == shipped


def test_a_code_is_told_in_the_users_language(qapp):
    saved = state(NoticeCode.SAVED, path="/a: b{c}")
    stalled = state(DeviceCode.AMISS, name="Mic and Desk", trouble=state(DeviceCode.STALLED, s=3))
    assert words(saved) == str(saved) == "Saved: /a: b{c}"
    assert speak_system_language(qapp, QLocale("de"))
    try:
        assert words(state(NoticeCode.GOES_ON)) == "Das Gespräch geht weiter."
        assert words(saved) == "Gesichert: /a: b{c}"
        assert words(state(DeviceCode.LOST, trouble=stalled)) == (
            "Mic and Desk: seit 3 s kein Ton. Es wird ein Gerät gesucht, das geht.")
        assert words_in_line((state(DeviceCode.STANDS_IN, trouble=stalled, name="D"),
                              state(DeviceCode.CONVERTED, name="Desk", khz="44.1", good=48))) == (
            "Mic and Desk: seit 3 s kein Ton. Bis es wieder da ist, geht der Ton durch D. Desk läuft mit 44.1 kHz "
            "statt mit 48; Parley rechnet um.")
        assert words(NotHere(state(DeviceCode.IN_USE, names="Desk")).said).startswith("Desk: wird von einem anderen")
        assert words(NotHere("what nobody {knows}").said) == "what nobody {knows}"
        assert voice_words("A man's voice, American, unhurried") == "Eine Männerstimme, amerikanisch, ohne Eile"
    finally:
        unspeak(qapp)


def test_a_trouble_of_the_sound_process_is_told_in_the_users_language():
    """It comes as JSON through a pipe."""
    told = state(DeviceCode.STANDS_IN, name="D", trouble=state(DeviceCode.STALLED, s=3))
    assert from_json(json.loads(json.dumps(to_json(told)))) == told
    assert from_json(to_json("no such device")) == "no such device"


def test_the_window_speaks_the_systems_language(qapp):
    english = QCoreApplication.translate("Page", "Open microphone")
    assert not speak_system_language(qapp, QLocale("eo"))
    assert QCoreApplication.translate("Page", "Open microphone") == english
    assert speak_system_language(qapp, QLocale("de_AT"))
    try:
        assert QCoreApplication.translate("Page", "Open microphone") == "Offenes Mikrofon"
    finally:
        unspeak(qapp)
