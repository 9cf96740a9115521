"""Every text of the window goes through Qt's translation, and the file for translators has all of them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTextBrowser, QWidget

from app.bridge import Bridge
from app.languages import speak_system_language
from app.options import Options
from app.tray import Tray
from app.window import Window
from engine.news import News

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


@pytest.mark.skipif(LUPDATE is None, reason="pyside6-lupdate is not installed")
def test_the_file_for_translators_has_all_texts(tmp_path):
    """`make translations` makes it."""
    fresh = tmp_path / "fresh.ts"
    sources = sorted(str(path) for path in (ROOT / "app").glob("*.py"))
    subprocess.run([str(LUPDATE), "-no-obsolete", "-locations", "none", *sources, "-ts", str(fresh)], check=True,
                   capture_output=True)  # fmt: skip
    kept = (ROOT / "app" / "translations" / "parley_en.ts").read_text(encoding="utf-8")
    missing = set(_sources(fresh.read_text(encoding="utf-8"))) ^ set(_sources(kept))
    assert not missing, "run `make translations`"


TRANSLATED = [path for path in (ROOT / "app" / "translations").glob("*.ts") if path.stem != "parley_en"]
MUST = ("Captions", "Composer", "FarKey", "Help", "Lanes", "LevelMeter", "Marks", "Notice", "Orb", "Page", "SearchBar",
        "StageBar", "States", "Strip", "Tray", "Truth", "Window")  # fmt: skip


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.stem)
def test_a_translation_is_complete_and_made(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    assert _sources(text) == _sources((path.parent / "parley_en.ts").read_text(encoding="utf-8"))
    for context in re.findall(r"<context>.*?</context>", text, re.DOTALL):
        name = re.findall(r"<name>(.*?)</name>", context)[0]
        assert name not in MUST or 'type="unfinished"' not in context, f"{name} is not all translated"
    for source, own in re.findall(r"<source>(.*?)</source>\s*<translation>(.*?)</translation>", text, re.DOTALL):
        assert own.strip()
        assert sorted(re.findall(r"{.*?}", source)) == sorted(re.findall(r"{.*?}", own)), source
    if LRELEASE is not None:
        fresh = tmp_path / "fresh.qm"
        subprocess.run([str(LRELEASE), str(path), "-qm", str(fresh)], check=True, capture_output=True)
        assert fresh.read_bytes() == path.with_suffix(".qm").read_bytes(), "run `make translations`"


def test_the_window_speaks_the_systems_language(qapp):
    english = QCoreApplication.translate("Page", "Open microphone")
    assert not speak_system_language(qapp, QLocale("eo"))
    assert QCoreApplication.translate("Page", "Open microphone") == english
    assert speak_system_language(qapp, QLocale("de_AT"))
    try:
        assert QCoreApplication.translate("Page", "Open microphone") == "Offenes Mikrofon"
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.setParent(None)


def _sources(text: str) -> list[str]:
    return re.findall(r"<source>(.*?)</source>", text, re.DOTALL)
