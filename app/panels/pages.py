"""A page of the settings: a column of rows that scrolls; and the small parts that the pages share."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels.rows import Row, faint, make_row
from app.settings.choices import Choices
from app.settings.declaration import PAGES
from app.settings.schema import on_page
from app.settings.texts import told
from app.window.theme import BAR

COLUMN = 620                     # a row gets no wider than this
LIT_MS = 1500                    # how long a setting that was searched for is marked


class Page(QScrollArea):
    """`rows`: the settings on it by their names. `parts`: what else can be searched for, by its label."""

    def __init__(self, name: str, choices: Choices) -> None:
        super().__init__()
        title, names = PAGES[name], on_page(name)
        self.name, self.rows, self.parts = name, dict[str, Row](), dict[str, QWidget]()
        self.setAccessibleName(told(title))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setStyleSheet(BAR)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner, column = QWidget(), QWidget()
        inner.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        column.setMaximumWidth(COLUMN)
        self.column = QVBoxLayout(column)
        self.column.setContentsMargins(10, 4, 16, 10)
        self.column.setSpacing(6)
        self.column.addWidget(heading(told(title), 1.35))
        across = QHBoxLayout(inner)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(column, 1)
        across.addStretch(0)
        self.setWidget(inner)
        for setting in names:
            self.rows[setting] = make_row(setting, choices)
            self.column.addWidget(self.rows[setting])

    def finish(self) -> None:
        """After the last part."""
        self.column.addStretch(1)

    def add(self, part: QWidget, label: str = "") -> None:
        """label: by which it is found, of `app.settings.texts.EXTRAS`."""
        self.column.addWidget(part)
        if label:
            self.parts[label] = part

    def refresh(self, name: str) -> None:
        """A setting has changed somewhere else."""
        if (row := self.rows.get(name)) is not None and not row.control.hasFocus():
            row.refresh()

    def point_at(self, key: str) -> None:
        """A setting's name or a part's label: there, and with the focus."""
        part = self.rows.get(key) or self.parts.get(key)
        if part is None:
            return
        if (inner := self.widget()) is not None and (layout := inner.layout()) is not None:
            layout.activate()
        self.ensureWidgetVisible(part, 0, 40)
        (part.control if isinstance(part, Row) else part).setFocus(Qt.FocusReason.ShortcutFocusReason)
        light(part)

    def entered(self) -> None:
        """It is shown now."""

    def left(self) -> None:
        """It is shown no longer: what costs something ends."""


def heading(text: str, size: float = 1.1) -> QLabel:
    label = QLabel(text)
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * size)
    font.setBold(True)
    label.setFont(font)
    label.setWordWrap(True)
    label.setContentsMargins(0, 8 if size < 1.3 else 0, 0, 4)
    return label


def lines(text: str = "") -> QLabel:
    """What may be several lines, can be selected, and is hidden while it is empty."""
    label = faint(text)
    label.setForegroundRole(QPalette.ColorRole.WindowText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                  | Qt.TextInteractionFlag.TextSelectableByKeyboard)
    return label


def say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def beside(*parts: QWidget) -> QWidget:
    """In a row, at the left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return holder


def scrolling(part: QWidget) -> QScrollArea:
    """Where a part may be taller than there is room."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.verticalScrollBar().setStyleSheet(BAR)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(part)
    part.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area


def light(part: QWidget) -> None:
    """Marks what was searched for, for a moment."""
    part.setAutoFillBackground(True)
    part.setBackgroundRole(part.palette().ColorRole.Midlight)

    def out() -> None:
        part.setAutoFillBackground(False)
        part.setBackgroundRole(part.palette().ColorRole.Window)

    QTimer.singleShot(LIT_MS, part, out)
