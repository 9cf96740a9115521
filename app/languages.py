"""Texts in the user's language: what Qt's tools look for in the source, and the translations that are there.

`make translations` collects the texts into app/translations/parley_en.ts; a translator's parley_XX.ts beside it
becomes parley_XX.qm by `pyside6-lrelease`, which is loaded where the system speaks XX.
"""

from pathlib import Path

from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QWidget

try:
    from PySide6.QtGui import QAccessibleAnnouncementEvent as _Announcement
except ImportError:                              # before Qt 6.8: the change of the name has to do
    _Announcement = None  # type: ignore[assignment, misc]

FOLDER = Path(__file__).parent / "translations"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Marks a text that is translated where it is shown; Qt's tools know it by this name."""
    return text


def speak_system_language(application: QApplication) -> None:
    """Texts without a translation stay English."""
    translator = QTranslator(application)
    if translator.load(QLocale(), "parley", "_", str(FOLDER)):
        application.installTranslator(translator)


def announce(part: QWidget, text: str) -> None:
    """A screen reader says it; costs nothing where none runs."""
    if not QAccessible.isActive():
        return
    QAccessible.updateAccessibility(QAccessibleEvent(part, QAccessible.Event.NameChanged))
    if _Announcement is not None:
        QAccessible.updateAccessibility(_Announcement(part, text))
