"""A line to type in instead of speaking. Up and Down bring back what was typed before."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.fact import Fact
from app.window.buttons import SoftButton
from app.window.theme import LINE

KEPT = 50                        # lines that Up brings back
LONGEST = 2000                   # characters


class Composer(QWidget):
    """`said(text)`: a line was sent; never an empty one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = Fact[str]()
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST)
        self.line.setMinimumHeight(34)
        self.line.setStyleSheet(LINE)
        self.line.setPlaceholderText(self.tr("Or type here"))
        self.line.setAccessibleName(self.tr("Type instead of speaking"))
        self.line.setAccessibleDescription(self.tr("Return sends; Up and Down bring back earlier lines."))
        self.send = SoftButton("", self.tr("Send the typed line"), "send")
        self._past: list[str] = []
        self._place = 0
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self._say)
        self.send.clicked.connect(self._say)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.send)
        self.setFocusProxy(self.line)

    def forget(self) -> None:
        """What was typed is not to be brought back."""
        self._past, self._place = [], 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if step and self._past:
                self._place = min(len(self._past), max(0, self._place + step))
                self.line.setText(self._past[self._place] if self._place < len(self._past) else "")
                return True
        return False

    def _say(self) -> None:
        if text := self.line.text().strip():
            self._past = [*self._past[-KEPT + 1:], text]
            self._place = len(self._past)
            self.line.clear()
            self.said.emit(text)
