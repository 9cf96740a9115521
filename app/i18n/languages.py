"""Texts in the user's language: what Qt's tools look for in the source, and the translations that are there.

`make translations` collects the texts into app/i18n/translations/parley_en.ts and parley_XX.ts beside it,
and makes parley_XX.qm, which is loaded where the system speaks XX; on Linux LANGUAGE=XX chooses another language.
"""

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QWidget

try:
    from PySide6.QtGui import QAccessibleAnnouncementEvent as _Announcement
except ImportError:                              # before Qt 6.8: the change of the name has to do
    _Announcement = None  # type: ignore[assignment, misc]

FOLDER = Path(__file__).parent / "translations"


def speak_system_language(application: QApplication, locale: QLocale | None = None) -> bool:
    """Texts without a translation stay English. locale: instead of the system's. -> whether there is a translation."""
    ours, qts = QTranslator(application), QTranslator(application)
    if not ours.load(locale or QLocale(), "parley", "_", str(FOLDER)):
        return False                             # then Qt's own dialogs are English as well
    if qts.load(locale or QLocale(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(qts)
    application.installTranslator(ours)
    return True


def announce(part: QWidget, text: str) -> None:
    """A screen reader says it; costs nothing where none runs."""
    if not QAccessible.isActive():
        return
    QAccessible.updateAccessibility(QAccessibleEvent(part, QAccessible.Event.NameChanged))
    if _Announcement is not None:
        QAccessible.updateAccessibility(_Announcement(part, text))
