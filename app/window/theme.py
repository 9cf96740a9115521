"""Colours: a light and a dark palette, chosen by the system, also while the program runs."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

YOU, ME = "#2f9e6e", "#3d84c6"           # the user's voice and Parley's, everywhere
THINKING, WAITING, ALARM, CALM = "#c98a1b", "#8a6fc4", "#c05a48", "#8a8f98"

Role = QPalette.ColorRole
LIGHT = {
    Role.Window: "#f4f5f7", Role.Base: "#ffffff", Role.AlternateBase: "#eceef1", Role.Button: "#e4e7eb",
    Role.WindowText: "#1c1f24", Role.Text: "#1c1f24", Role.ButtonText: "#1c1f24", Role.PlaceholderText: "#6b7280",
    Role.Mid: "#c9ced6", Role.Midlight: "#dde1e6", Role.Dark: "#9aa1ab", Role.Light: "#ffffff", Role.Shadow: "#7b828c",
    Role.ToolTipBase: "#ffffff", Role.ToolTipText: "#1c1f24", Role.Highlight: "#2f6fae",
    Role.HighlightedText: "#ffffff", Role.Link: "#2f6fae",
}  # fmt: skip
DARK = {
    Role.Window: "#24262b", Role.Base: "#1a1c20", Role.AlternateBase: "#2b2e34", Role.Button: "#373b43",
    Role.WindowText: "#e8eaed", Role.Text: "#e8eaed", Role.ButtonText: "#e8eaed", Role.PlaceholderText: "#9aa1ab",
    Role.Mid: "#454a53", Role.Midlight: "#3d4149", Role.Dark: "#15161a", Role.Light: "#4d525c", Role.Shadow: "#0c0d0f",
    Role.ToolTipBase: "#33363d", Role.ToolTipText: "#e8eaed", Role.Highlight: "#3d84c6",
    Role.HighlightedText: "#ffffff", Role.Link: "#7db5e8",
}  # fmt: skip
FAINT = (Role.WindowText, Role.Text, Role.ButtonText)


def palette(dark: bool) -> QPalette:
    made = QPalette()
    for role, colour in (DARK if dark else LIGHT).items():
        made.setColor(role, QColor(colour))
    for role in FAINT:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor("#7b818b" if dark else "#8f959e"))
    return made


def is_dark(made: QPalette) -> bool:
    return made.color(Role.Window).lightnessF() < made.color(Role.WindowText).lightnessF()


def blend(colour: QColor, other: QColor, share: float) -> QColor:
    """-> `share` of the colour, the rest of the other; both opaque."""
    pairs = ((colour.redF(), other.redF()), (colour.greenF(), other.greenF()), (colour.blueF(), other.blueF()))
    return QColor.fromRgbF(*(share * a + (1 - share) * b for a, b in pairs))


def wear(application: QApplication, dark: bool) -> None:
    application.setPalette(palette(dark))


def follow_system(application: QApplication) -> None:
    """From now on as light or dark as the desktop. Where Qt is not told which, as light as it has painted so far."""
    application.setStyle("Fusion")           # the only style that wears a palette on every system
    usual = is_dark(application.palette())
    hints = application.styleHints()

    def change(scheme: Qt.ColorScheme) -> None:
        wear(application, usual if scheme == Qt.ColorScheme.Unknown else scheme == Qt.ColorScheme.Dark)

    hints.colorSchemeChanged.connect(change)
    change(hints.colorScheme())


LINE = """QLineEdit { border: 1px solid palette(mid); border-radius: 8px; padding: 0 8px; background: palette(base); }
QLineEdit:focus { border: 2px solid palette(highlight); padding: 0 7px; }"""
BAR = """QScrollBar:vertical { width: 10px; background: transparent; margin: 2px; }
QScrollBar::handle:vertical { background: palette(mid); border-radius: 3px; min-height: 24px; }
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: transparent; }"""
