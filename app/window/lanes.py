"""The last 30 s, one lane a voice: how loud, and where the floor changed hands. The reason is in the tool tip."""

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.i18n.languages import announce
from app.i18n.marking import QT_TRANSLATE_NOOP
from app.window.history import SPAN_S, USER, VOICE, History, Mark
from app.window.theme import ALARM, CALM, ME, THINKING, WAITING, YOU, blend
from app.window.widgets import level_to_share

NEAR = 9                         # pixels from a mark at which its reason is shown
SIGN = 5.0                       # half a mark's size
LOUD = 0.002                     # a level above this is drawn: -54 dB

# kind -> colour, what it is called
KINDS: dict[str, tuple[str, str]] = {
    "take over": (ME, QT_TRANSLATE_NOOP("Lanes", "Parley takes the floor")),
    "duck": (THINKING, QT_TRANSLATE_NOOP("Lanes", "Parley lowers its voice")),
    "full voice": (CALM, QT_TRANSLATE_NOOP("Lanes", "Parley is at full voice again")),
    "yield": (ALARM, QT_TRANSLATE_NOOP("Lanes", "Parley yields")),
    "resume": (WAITING, QT_TRANSLATE_NOOP("Lanes", "Parley goes on")),
    "back-channel": (ME, QT_TRANSLATE_NOOP("Lanes", "Parley shows that it listens")),
    "no words": (CALM, QT_TRANSLATE_NOOP("Lanes", "A sound, but no words")),
    "stop": (ALARM, QT_TRANSLATE_NOOP("Lanes", "You pressed Stop")),
}


def told(mark: Mark) -> str:
    """-> the mark in words, with its reason."""
    name = QCoreApplication.translate("Lanes", KINDS[mark.kind][1])
    return f"{name}: {mark.why}" if mark.why else f"{name}."


class Lanes(QWidget):
    """Left and Right go from mark to mark when it has the focus; each is read out."""

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history = history
        self.chosen: Mark | None = None              # by the keyboard
        self._was_still = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("The last 30 seconds"))
        self.setAccessibleDescription(self.tr("Left and Right go through the marks."))

    def show_now(self) -> None:
        """The history has moved on. Paints nothing while there is nothing to be seen."""
        still = self.history.still(LOUD)
        if not (still and self._was_still):
            self.update()
        self._was_still = still

    def sizeHint(self) -> QSize:
        return QSize(300, 84)

    def at(self, x: float) -> Mark | None:
        """-> the mark nearest to x pixels, if one is near."""
        marks = [(abs(self._x(mark.t) - x), i) for i, mark in enumerate(self.history.marks)]
        near = min(marks, default=(NEAR + 1.0, 0))
        return self.history.marks[near[1]] if near[0] <= NEAR else None

    # -- the marks' reasons -------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            mark = self.at(event.pos().x())
            ago = "" if mark is None else self.tr("{s:.0f} s ago").format(s=self.history.now - mark.t)
            QToolTip.showText(event.globalPos(), f"{told(mark)}\n{ago}" if mark else "", self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        marks = list(self.history.marks)
        if not step or not marks:
            super().keyPressEvent(event)
            return
        place = next((i for i, mark in enumerate(marks) if mark is self.chosen), len(marks) if step < 0 else -1)
        self.chosen = marks[min(len(marks) - 1, max(0, place + step))]
        line = told(self.chosen)
        self.setAccessibleDescription(line)
        announce(self, line)
        where = QPointF(self._x(self.chosen.t), self.height() / 2).toPoint()
        QToolTip.showText(self.mapToGlobal(where), line, self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.chosen = None
        super().focusOutEvent(event)

    # -- drawing ------------------------------------------------------------------------------------
    def _x(self, t: float) -> float:
        return self.width() - (self.history.now - t) / SPAN_S * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        ink, ground = (self.palette().color(role) for role in (QPalette.ColorRole.WindowText,
                                                               QPalette.ColorRole.Window))
        band = (self.height() - 18) / 2
        middles = band / 2 + 1, band * 1.5 + 3
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(blend(ink, ground, 0.05))
            for middle in middles:
                painter.drawRoundedRect(QRectF(0, middle - band / 2, self.width(), band - 1), 5, 5)
            self._draw_scale(painter, blend(ink, ground, 0.55))
            for lane, colour in ((USER, YOU), (VOICE, ME)):
                self._draw_wave(painter, lane, middles[lane], band / 2 - 3, QColor(colour))
            for mark in self.history.marks:
                self._draw_mark(painter, mark, middles, band, ground)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
                painter.drawRoundedRect(QRectF(1, 1, self.width() - 2, 2 * band), 5, 5)

    def _draw_scale(self, painter: QPainter, ink: QColor) -> None:
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        painter.setPen(ink)
        foot = QRectF(0, self.height() - 15, self.width(), 15)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, self.tr("30 s ago"))
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, self.tr("15 s"))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, self.tr("now"))

    def _draw_wave(self, painter: QPainter, lane: int, middle: float, half: float, colour: QColor) -> None:
        """The envelope, mirrored: one polygon for the whole lane."""
        if not self.history.levels:
            return
        points = [(self._x(entry[0]), half * level_to_share(entry[1 + lane])) for entry in self.history.levels]
        shape = QPolygonF([QPointF(x, middle - y) for x, y in points]
                          + [QPointF(x, middle + y) for x, y in reversed(points)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(shape)

    def _draw_mark(self, painter: QPainter, mark: Mark, middles: tuple[float, float], band: float,
                   ground: QColor) -> None:
        """A line down the lane with a sign on top: the shape tells the kind without its colour."""
        x, top = self._x(mark.t), middles[mark.lane] - band / 2
        if x < SIGN:
            return
        colour = QColor(KINDS[mark.kind][0])
        painter.setPen(QPen(colour, 2.5 if mark is self.chosen else 1.2))
        painter.drawLine(QPointF(x, top + SIGN), QPointF(x, top + band - 2))
        painter.setPen(QPen(ground, 1.5))
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x + dx * SIGN, top + SIGN + dy * SIGN) for dx, dy in SHAPES[mark.kind]]))


DIAMOND = ((0, -1), (1, 0), (0, 1), (-1, 0))
SQUARE = ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8))
SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "take over": ((-0.7, -1), (1, 0), (-0.7, 1)), "resume": ((-0.7, -1), (1, 0), (-0.7, 1)),
    "duck": ((-1, -0.7), (1, -0.7), (0, 1)), "full voice": ((-1, 0.7), (1, 0.7), (0, -1)),
    "yield": SQUARE, "stop": SQUARE, "back-channel": DIAMOND, "no words": DIAMOND,
}
