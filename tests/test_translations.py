"""Every text of the window goes through Qt's translation, and the file for translators has all of them."""

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
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
from app.i18n.said import SAID, said
from app.panels.echo_test import EchoResult
from app.settings.declaration import PAGES
from app.window.bridge import Bridge
from app.window.options import Options
from app.window.tray import Tray
from app.window.window import Window
from engine.llm.personas import personas
from engine.runtime.news import News
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
    told = (("ready", {}), ("mode", {"mode": "push", "muted": True}), ("echo", {"erle_db": 20, "delay_ms": 60}),
            ("latency", {"total_ms": 300, "think_ms": 9}), ("reply_start", {"reply": 1}),
            ("yield", {"reply": 1, "heard": ""}), ("resume", {"reply": 1}), ("heard_nothing", {}))
    for name, fields in told:
        bridge.news.put(News(1.0, name, fields))
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
    panel.pages["voice"]._found([("calm", "calm: A man's voice, American, unhurried")], "")
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
    sources = sorted(str(path) for path in (ROOT / "app").rglob("*.py"))
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
    for context, source, own, state in messages(path):
        assert state == "", f"{context}: {source!r} is {state}"
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
    for mode, muted in (("open", False), ("push", True)):
        window.bridge.mode.emit(mode, muted)
        QApplication.processEvents()
        cut = [(part.text(), part.width(), part.sizeHint().width()) for part in window.findChildren(QPushButton)
               if part.isVisible() and part.text() and part.width() < part.sizeHint().width()]  # fmt: skip
        assert cut == []


# -- what comes as news -------------------------------------------------------------------------------------------
NEWS = {"_news", "News", "say", "_say", "_engine", "_status"}        # who tells the window a line
LINES = ("text", "what", "do")


def template(node: ast.expr) -> str:
    """-> a text as it stands in the source, with {} for what is filled in; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def written() -> set[str]:
    """-> every text of the program."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for folder in ("app", "engine", "audio_io")
             for path in (ROOT / folder).rglob("*.py") if path.name != "said.py"]  # fmt: skip
    return {template(node) for one in trees for node in ast.walk(one) if isinstance(node, ast.expr)}


def told(path: Path) -> set[str]:
    """-> what this file tells the window: the lines of its news."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
        if not isinstance(call, ast.Call) or name not in NEWS:
            continue
        fields = {key.value: value for one in call.args if isinstance(one, ast.Dict)
                  for key, value in zip(one.keys, one.values, strict=True) if isinstance(key, ast.Constant)}
        fields |= {one.arg: one.value for one in call.keywords}
        found |= {template(value) for key, value in fields.items() if key in LINES}
        if name not in ("_news", "News"):
            found |= {template(one) for one in call.args}
    return {line for line in found if len(re.sub(r"{}|\W", "", line)) > 8 and " " in line}


def bare(text: str) -> str:
    return re.sub(r"{\w+}", "{}", text)


def test_what_is_told_as_news_is_on_the_list_and_the_list_is_of_what_is_told():
    listed = {bare(text) for text in SAID}
    for name in ("app/desktop/desktop.py", "app/settings/keeping.py", "app/window/saving.py", "app/wiring.py",
                 "app/settings/choices.py",
                 "engine/runtime/session.py", "engine/runtime/live.py", "audio_io/device/hot_plug.py"):
        lacking = {line for line in told(ROOT / name) if not {line, line.removeprefix("{}: ")} & listed}
        assert not lacking, f"{name}: put it into app/i18n/said.py"
    names = {"microphone", "loudspeaker"}                # `portaudio` fills them in
    source = {text.replace("no {} was", f"no {name} was") for text in written() for name in names}
    source |= {text.removeprefix("{}: ") for text in source}
    assert not listed - source - {preset.description for preset in own_and_shipped(None, print).values()}


def test_news_is_told_in_the_users_language(qapp):
    assert said("Saved: /a: b") == "Saved: /a: b"
    assert speak_system_language(qapp, QLocale("de"))
    try:
        assert said("The settings hold.") == "Die Einstellungen gelten."
        assert said("Saved: /a: b") == "Gesichert: /a: b"
        assert said("Mic and Desk: no sound for 3 s. Looking for a working device.") == (
            "Mic and Desk: seit 3 s kein Ton. Es wird ein Gerät gesucht, das geht.")
        assert said("M: no sound for 3 s. Until it is back, sound goes through D. Desk runs at 44.1 kHz instead of "
                    "48; Parley converts.") == (
            "M: seit 3 s kein Ton. Bis es wieder da ist, geht der Ton durch D. Desk läuft mit 44.1 kHz statt mit 48; "
            "Parley rechnet um.")
        assert said("calm: A man's voice, American, unhurried") == "calm: Eine Männerstimme, amerikanisch, ohne Eile"
        assert said("Desk: {braces}: and what nobody knows") == "Desk: {braces}: and what nobody knows"
    finally:
        unspeak(qapp)


def test_the_window_speaks_the_systems_language(qapp):
    english = QCoreApplication.translate("Page", "Open microphone")
    assert not speak_system_language(qapp, QLocale("eo"))
    assert QCoreApplication.translate("Page", "Open microphone") == english
    assert speak_system_language(qapp, QLocale("de_AT"))
    try:
        assert QCoreApplication.translate("Page", "Open microphone") == "Offenes Mikrofon"
    finally:
        unspeak(qapp)
