"""Below the captions, after a question that only a chat model could answer: the way to get one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.fact import Fact
from app.window.buttons import SoftButton
from app.window.theme import ME


class ChatOffer(QWidget):
    """`taken`: the button was pressed. Once dismissed, it is not made again."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = Fact[()]()
        self.dismissed = False
        self.line = QLabel(self.tr("A chat model could answer this."))
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.button = SoftButton(self.tr("Get one"), self.tr("Opens the settings, where a chat model can be had"))
        self.button.setAccessibleName(self.tr("Get a chat model"))
        self.button.light_up(ME)
        self.away = SoftButton("", self.tr("Dismiss the offer"), "close", flat=True)
        self.button.clicked.connect(self._take)
        self.away.clicked.connect(self._dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        row.addWidget(self.away)
        self.hide()

    def make(self) -> None:
        self.setVisible(not self.dismissed)

    def _take(self) -> None:
        self.hide()
        self.taken.emit()

    def _dismiss(self) -> None:
        self.dismissed = True
        self.hide()
