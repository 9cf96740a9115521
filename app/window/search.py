"""The bar that searches the captions: as one types, with the number of hits, forwards and backwards."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPalette, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QTextEdit, QWidget

from app.window.buttons import SoftButton
from app.window.theme import LINE, THINKING

MOST = 500                       # hits that are looked for


class SearchBar(QWidget):
    """Hidden until `open`. Escape in it closes it, and does not stop the conversation."""

    def __init__(self, page: QTextEdit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = page
        self.hits: list[QTextCursor] = []
        self.at = 0
        self.line = QLineEdit()
        self.line.setMinimumHeight(34)
        self.line.setStyleSheet(LINE)
        self.line.setPlaceholderText(self.tr("Search the conversation"))
        self.line.setAccessibleName(self.tr("Search the conversation"))
        self.count = QLabel()
        up = SoftButton("", self.tr("Earlier hit"), "up", flat=True)
        down = SoftButton("", self.tr("Later hit"), "down", flat=True)
        away = SoftButton("", self.tr("Close the search"), "close", flat=True)
        up.clicked.connect(lambda: self.step(-1))
        down.clicked.connect(lambda: self.step(1))
        away.clicked.connect(self.shut)
        self.line.textChanged.connect(lambda: self.look_for(self.line.text()))
        self.line.installEventFilter(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 8)
        for part in (self.line, self.count, up, down, away):
            self.row.addWidget(part, 1 if part is self.line else 0)
        self.hide()

    def open(self) -> None:
        self.show()
        self.line.setFocus()
        self.line.selectAll()
        self.look_for(self.line.text())

    def shut(self) -> None:
        self.hide()
        self.page.setExtraSelections([])
        self.page.setFocus()

    def look_for(self, text: str) -> None:
        """Marks every hit; the latest is the one at hand."""
        self.hits = []
        cursor = QTextCursor(self.page.document())
        while text and len(self.hits) < MOST:
            cursor = self.page.document().find(text, cursor)
            if cursor.isNull():
                break
            self.hits.append(QTextCursor(cursor))
        self.at = len(self.hits) - 1
        self._mark()

    def step(self, by: int) -> None:
        if self.hits:
            self.at = (self.at + by) % len(self.hits)
            self._mark()

    def _mark(self) -> None:
        marked = []
        for i, hit in enumerate(self.hits):
            one = QTextEdit.ExtraSelection()
            one.cursor = hit                       
            tint = QColor(THINKING)
            tint.setAlpha(255 if i == self.at else 90)
            one.format.setBackground(tint)         
            if i == self.at:
                one.format.setForeground(QColor("white"))  
            marked.append(one)
        self.page.setExtraSelections(marked)
        if self.hits:
            place = QTextCursor(self.hits[self.at])
            place.clearSelection()
            self.page.setTextCursor(place)
            self.page.ensureCursorVisible()
        none = bool(self.line.text()) and not self.hits
        self.count.setText(self.tr("none") if none else f"{self.at + 1} / {len(self.hits)}" if self.hits else "")
        self.count.setAccessibleName(self.tr("{n} hits").format(n=len(self.hits)))
        ink = QPalette.ColorRole.WindowText
        self.count.setForegroundRole(QPalette.ColorRole.PlaceholderText if none else ink)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self.shut()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        return False
