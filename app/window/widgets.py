"""The window's own controls: what Qt has not got. They know nothing of the session and nothing of each other."""

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from app.window.bridge import PAINT_MS
from app.window.buttons import SoftButton
from app.window.theme import ALARM, CALM, ME, THINKING, YOU
from engine.messages import Latency

FLOOR_DB = -54.0                 # the left end of a level meter
FALL = 0.035                     # of its width a meter falls a paint: full to empty in a second
SILENT_PAINTS = 1500 // PAINT_MS      # no level for so long: the meter says so


def level_to_share(peak: float) -> float:
    """Peak 0..1 -> share of the meter 0..1, even in decibels: FLOOR_DB is 0, full scale is 1."""
    if peak <= 0.0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - 20.0 * math.log10(peak) / FLOOR_DB))


class LevelMeter(QProgressBar):
    """A named bar, even in decibels, that jumps up and falls slowly. Says so when no level arrives.

    A progress bar, so that a screen reader knows what it is; drawn here. thin: without its name.
    """

    def __init__(self, name: str, colour: str, thin: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.silent = False                          # no level has arrived for SILENT_PAINTS
        self._name, self._colour, self._since, self._thin = name, QColor(colour), 0, thin
        self.setRange(0, 100)
        self.setAccessibleName(self.tr("Level: {name}").format(name=name))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40 if thin else 84)

    def show_peak(self, peak: float) -> None:
        """peak: 0..1, linear."""
        self._since, self.silent = 0, False
        self._move(max(self.share, level_to_share(peak)))

    def tick(self) -> None:
        """One paint without a new peak: the bar falls."""
        self._since += 1
        silent = self._since > SILENT_PAINTS
        if silent != self.silent:
            self.silent = silent
            self.update()
        self._move(max(0.0, self.share - FALL))

    def sizeHint(self) -> QSize:
        return QSize(96, 8 if self._thin else self.fontMetrics().height() + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.sizeHint().height())

    def _move(self, share: float) -> None:
        if share != self.share:
            self.share = share
            self.update()
            if QAccessible.isActive():
                self.setValue(round(100 * share))

    def paintEvent(self, event: QPaintEvent) -> None:
        text, height = (0 if self._thin else self.fontMetrics().height() + 5), 6.0
        groove = QRectF(0, text, self.width(), height)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not self._thin:
                painter.setOpacity(0.75)
                painter.setPen(ink)
                label = QRectF(0, 0, self.width(), text)
                said = self.tr("no signal") if self.silent else self._name
                painter.drawText(label, Qt.AlignmentFlag.AlignHCenter, said)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setOpacity(0.14)
            painter.setBrush(ink)
            painter.drawRoundedRect(groove, height / 2, height / 2)
            if self.share > 0.0:
                painter.setOpacity(1.0)
                painter.setBrush(self._colour)
                groove.setWidth(max(height, self.share * self.width()))
                painter.drawRoundedRect(groove, height / 2, height / 2)


class StageBar(QWidget):
    """The latency of the last turn: one line of figures over a bar divided by stage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = self.short = self.total = ""
        self._parts: list[tuple[float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_stages(None)

    def show_stages(self, took: Latency | None) -> None:
        """None: there was no answer yet."""
        self._parts = []
        self.text = self.short = self.tr("No answer yet")
        if took is not None:
            parts = ((self.tr("wait"), took.wait_ms, CALM), (self.tr("listen"), took.listen_ms, YOU),
                     (self.tr("think"), took.think_ms, THINKING), (self.tr("speak"), took.speak_ms, ME))
            self._parts = [(ms, QColor(shade)) for _, ms, shade in parts if ms > 0]
            self.total = self.tr("{ms:.0f} ms").format(ms=took.total_ms)
            self.short = f"{self.total}: " + " · ".join(f"{name} {ms:.0f}" for name, ms, _ in parts)
            self.text = self.tr("Answered in {stages}").format(stages=self.short)
        self.setAccessibleName(self.text)
        self.setToolTip(self.tr("From the end of your words to the first sound of the answer, by stage, "
                                "in milliseconds"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = self.fontMetrics()
        whole = sum(ms for ms, _ in self._parts)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.setOpacity(0.8)
            fits = metrics.horizontalAdvance(self.text) <= self.width()
            text = metrics.elidedText(self.text if fits else self.short, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(0, metrics.ascent(), text)
            painter.setOpacity(1.0)
            x, y = 0.0, float(metrics.height() + 5)
            for ms, shade in self._parts:
                width = self.width() * ms / whole
                painter.fillRect(QRectF(x, y, max(1.0, width - 2), 4), shade)
                x += width


class ShortLine(QLabel):
    """A line that is shortened with an ellipsis instead of widening the window; the tool tip has all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ""
        self.setMinimumWidth(40)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_line(self, text: str) -> None:
        if text == self.whole:
            return
        self.whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, self.width()))


class Notice(QFrame):
    """A problem, with what to do about it, until it is dismissed or solved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLabel(self)
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        away = SoftButton("", self.tr("Dismiss the problem"), "close", flat=True)
        away.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 4, 6)
        row.addWidget(self.line, 1)
        row.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_problem(self, what: str, do: str) -> None:
        text = f"{what} {do}".strip()
        self.line.setText(text)
        self.setAccessibleName(self.tr("Problem: {text}").format(text=text))
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            tint = QColor(ALARM)
            tint.setAlpha(40)
            painter.setBrush(tint)
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
            painter.setBrush(QColor(ALARM))
            painter.drawRoundedRect(QRectF(0, 0, 4, self.height()), 2, 2)
