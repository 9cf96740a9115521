"""The help sheet: every key, what the marks mean, and what the system does not allow here."""

from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.i18n.marking import QT_TRANSLATE_NOOP

# action -> (key, what it does); the window takes its shortcuts from here
KEYS: dict[str, tuple[str, str]] = {
    "stop": ("Esc", QT_TRANSLATE_NOOP("Help", "Stop talking at once")),
    "talk": ("Space", QT_TRANSLATE_NOOP("Help", "Held: talk (push to talk; not while you type)")),
    "mute": ("Ctrl+M", QT_TRANSLATE_NOOP("Help", "Mute, or hear again")),
    "mode": ("Ctrl+P", QT_TRANSLATE_NOOP("Help", "Open microphone, or push to talk")),
    "type": ("Ctrl+T", QT_TRANSLATE_NOOP("Help", "Type instead of speaking")),
    "search": ("Ctrl+F", QT_TRANSLATE_NOOP("Help", "Search the conversation")),
    "copy": ("Ctrl+Shift+C", QT_TRANSLATE_NOOP("Help", "Copy the conversation")),
    "export": ("Ctrl+S", QT_TRANSLATE_NOOP("Help", "Save the conversation as a file")),
    "delete": ("Ctrl+Shift+Del", QT_TRANSLATE_NOOP("Help", "Delete the conversation, also from Parley's memory")),
    "latency": ("Ctrl+L", QT_TRANSLATE_NOOP("Help", "Latency of the last turn, by stage")),
    "compact": ("Ctrl+K", QT_TRANSLATE_NOOP("Help", "Small window, always on top")),
    "settings": ("Ctrl+,", QT_TRANSLATE_NOOP("Help", "Settings")),
    "help": ("F1", QT_TRANSLATE_NOOP("Help", "This sheet")),
    "hide": ("Ctrl+H", QT_TRANSLATE_NOOP("Help", "Hide the window (the tray's icon stays)")),
    "quit": ("Ctrl+Q", QT_TRANSLATE_NOOP("Help", "Quit")),
}


def does(action: str) -> str:
    return QCoreApplication.translate("Help", KEYS[action][1])


def keys_of(action: str) -> str:
    """-> as this system writes them."""
    return QKeySequence(KEYS[action][0]).toString(QKeySequence.SequenceFormat.NativeText)


class Help(QDialog):
    """far_key: what to say of the key that works everywhere."""

    def __init__(self, far_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Parley: keys and signs"))
        rows = "".join(f"<tr><td style='padding:3px 18px 3px 0'><b>{escape(keys_of(action))}</b></td>"
                       f"<td style='padding:3px 0'>{escape(does(action))}</td></tr>" for action in KEYS)
        signs = self.tr("In the picture of the last 30 seconds, a triangle to the right is Parley taking the floor or "
                        "going on, one pointing down its voice lowered, one pointing up its full voice again, a square "
                        "its falling silent, a diamond a sign of listening or a sound without words. Point at a sign, "
                        "or go to it with Left and Right, for its reason.")
        speech = self.tr("Just speak to interrupt. “Stop” and “quiet” always end the answer.")
        page = QTextBrowser()
        page.setAccessibleName(self.tr("Keys and signs"))
        page.setHtml(f"<table>{rows}</table><p>{escape(far_key)}</p><p>{escape(signs)}</p><p>{escape(speech)}</p>")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(page)
        layout.addWidget(buttons)
        self.resize(500, 560)
