"""The window's own controls: what Qt has not got. They know nothing of the session and nothing of each other."""

import math

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.bridge import PAINT_MS
from app.fact import Fact

FLOOR_DB = -54.0                 # the left end of a level meter
FALL = 0.035                     # of its width a meter falls a paint: full to empty in a second
RELEASE_MS = 40                  # a key that comes down again within this time was never up
SILENT_PAINTS = 1500 // PAINT_MS      # no level for so long: the meter says so

# state -> colour (readable on light and on dark), what it is called, what the user may do
STATES: dict[str, tuple[str, str, str]] = {
    "starting": ("#8a8f98", "Starting", "Microphone and voice are being opened."),
    "quiet": ("#8a8f98", "Ready", "Say something."),
    "hearing": ("#2f9e6e", "Listening", "Take your time."),
    "thinking": ("#c98a1b", "Thinking", "The answer is on its way."),
    "talking": ("#3d84c6", "Talking", "Just speak to interrupt, or press Escape."),
    "ducked": ("#5aa3dd", "Talking softly", "Did you want to say something?"),
    "held": ("#8a6fc4", "Waiting", "The answer is held back until you have finished."),
    "muted": ("#c05a48", "Muted", "Parley cannot hear you."),
    "no microphone": ("#c05a48", "No microphone", "Plug one in, or type below."),
    "trouble": ("#c05a48", "Attention", ""),
}


def level_to_share(peak: float) -> float:
    """Peak 0..1 -> share of the meter 0..1, even in decibels: FLOOR_DB is 0, full scale is 1."""
    if peak <= 0.0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - 20.0 * math.log10(peak) / FLOOR_DB))


def light_up(button: QPushButton, colour: str) -> None:
    """Fills the button with the colour; with "" it looks as the system wants it again."""
    lit = QPalette()
    if colour:
        lit.setColor(QPalette.ColorRole.Button, QColor(colour))
        lit.setColor(QPalette.ColorRole.ButtonText, QColor("white"))
    button.setPalette(lit)


class StateSign(QWidget):
    """Who has the floor: a disc that breathes with the voice, the state's name, and a hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.hint = "", ""
        self._share = 0.0                            # of the disc's breath
        self._turn = 0                               # of the thinking arc, degrees
        self.name = QLabel(self)
        self.line = QLabel(self)
        self.line.setWordWrap(True)
        big = self.name.font()
        big.setPointSizeF(big.pointSizeF() * 1.7)
        big.setBold(True)
        self.name.setFont(big)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_state("starting")

    def show_state(self, state: str, hint: str = "") -> None:
        """A state that is not in STATES is shown by its own name. `hint` replaces the state's usual one."""
        state = state.replace("_", " ")
        _, name, usual = STATES.get(state, ("", state.capitalize(), ""))
        hint = hint or usual
        if (state, hint) == (self.state, self.hint):
            return
        self.state, self.hint = state, hint
        self.name.setText(name)
        self.line.setText(hint)
        self.setAccessibleName(f"State: {name}. {hint}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
        self.update()

    def breathe(self, share: float) -> None:
        """One paint: share 0..1 of the voice that is heard now."""
        share = max(share, self._share - FALL)
        if self.state == "thinking":
            self._turn = (self._turn + 9) % 360
            self.update()
        if abs(share - self._share) > 0.004:
            self._share = share
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 76)

    def resizeEvent(self, event: QResizeEvent) -> None:
        left = self.height() + 8
        half = self.height() // 2
        self.name.setGeometry(left, 4, self.width() - left, half)
        self.line.setGeometry(left, half + 2, self.width() - left, half - 2)
        self.line.setAlignment(Qt.AlignmentFlag.AlignTop)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = QColor(STATES.get(self.state, STATES["quiet"])[0])
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            side = self.height()
            core, full = 0.27 * side, 0.47 * side
            halo = QColor(colour)
            halo.setAlphaF(0.22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(halo)
            ring = core + (full - core) * (0.25 + 0.75 * self._share)
            painter.drawEllipse(QRectF(side / 2 - ring, side / 2 - ring, 2 * ring, 2 * ring))
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(side / 2 - core, side / 2 - core, 2 * core, 2 * core))
            if self.state == "thinking":
                painter.setPen(QPen(colour, 3, c=Qt.PenCapStyle.RoundCap))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                arc = full - 2
                painter.drawArc(QRectF(side / 2 - arc, side / 2 - arc, 2 * arc, 2 * arc), -16 * self._turn, 16 * 100)


class LevelMeter(QWidget):
    """A named bar, even in decibels, that jumps up and falls slowly. Says so when no level arrives."""

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.silent = False                          # no level has arrived for SILENT_PAINTS
        self._name, self._colour, self._since = name, QColor(colour), 0
        self.setAccessibleName(f"Level: {name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(120)

    def show_peak(self, peak: float) -> None:
        """peak: 0..1, linear."""
        self._since, self.silent = 0, False
        self.share = max(self.share, level_to_share(peak))
        self.update()

    def tick(self) -> None:
        """One paint without a new peak: the bar falls."""
        self._since += 1
        silent = self._since > SILENT_PAINTS
        if self.share > 0.0 or silent != self.silent:
            self.silent = silent
            self.share = max(0.0, self.share - FALL)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        text, height = self.fontMetrics().height(), 6.0
        groove = QRectF(0, text + 5, self.width(), height)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(0.75)
            painter.setPen(ink)
            label = QRectF(0, 0, self.width(), text)
            painter.drawText(label, Qt.AlignmentFlag.AlignLeft, self._name)
            if self.silent:
                painter.drawText(label, Qt.AlignmentFlag.AlignRight, "no signal")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setOpacity(0.14)
            painter.setBrush(ink)
            painter.drawRoundedRect(groove, height / 2, height / 2)
            if self.share > 0.0:
                painter.setOpacity(1.0)
                painter.setBrush(self._colour)
                groove.setWidth(max(height, self.share * self.width()))
                painter.drawRoundedRect(groove, height / 2, height / 2)


class HoldButton(QPushButton):
    """Push-to-talk: down while the mouse button, or the space bar anywhere in the window, is held.

    `held(True)` and `held(False)` alternate, whatever mixture of mouse and keys is held. A key's auto-repeat is not
    a release: X11 sends it as release and press, and Qt marks them as a repeat only when both have arrived at once,
    so the end of a hold waits RELEASE_MS for another press. Assistive tools, which can only click, toggle it.
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.held = Fact[bool]()
        self._by: set[str] = set()                   # what holds it: "mouse", "key", "click"
        self._rising = QTimer(self)
        self._rising.setSingleShot(True)
        self._rising.setInterval(RELEASE_MS)
        self._rising.timeout.connect(lambda: self._change("key", False))
        self.setAccessibleDescription("Hold the mouse button or the space bar while you speak.")
        self.clicked.connect(lambda: self._change("click", "click" not in self._by))

    @property
    def is_held(self) -> bool:
        return bool(self._by)

    def let_go(self) -> None:
        """Everything is released: the window lost the focus, or the mode changed."""
        self._rising.stop()
        if self._by:
            self._by.clear()
            self._tell()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._change("mouse", True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()                               # sliding off the button does not end the turn

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._change("mouse", False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Installed on the window and on all that can have its focus; eats the space bar where it means talking."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and event.type() in (
                QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride):
            return self._space(watched, event)
        return False

    def _space(self, watched: QObject, event: QKeyEvent) -> bool:
        own = isinstance(watched, QLineEdit) or (isinstance(watched, QAbstractButton) and watched is not self)
        if "key" not in self._by and (own or not self.isVisible() or not self.isEnabled()):
            return False                             # the space bar belongs to the line or the button with the focus
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self._rising.stop()
            if not event.isAutoRepeat():
                self._change("key", True)
        elif not event.isAutoRepeat() and "key" in self._by:
            self._rising.start()
        return True

    def _change(self, by: str, on: bool) -> None:
        before = self.is_held
        (self._by.add if on else self._by.discard)(by)
        if self.is_held != before:
            self._tell()

    def _tell(self) -> None:
        self.setDown(self.is_held)
        light_up(self, STATES["hearing"][0] if self.is_held else "")
        self.held.emit(self.is_held)


class StageBar(QWidget):
    """The latency of the last turn: one line of figures over a bar divided by stage."""

    SHADES = (("wait_ms", "wait", "#8a8f98"), ("listen_ms", "listen", "#2f9e6e"),
              ("think_ms", "think", "#c98a1b"), ("speak_ms", "speak", "#3d84c6"))

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = self.short = ""
        self._parts: list[tuple[float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_stages({})

    def show_stages(self, stages: dict[str, float]) -> None:
        """stages: milliseconds by listen_ms, think_ms, speak_ms, total_ms; what is absent is not shown."""
        parts = [(name, stages[key], QColor(shade)) for key, name, shade in self.SHADES if key in stages]
        self._parts = [(ms, shade) for _, ms, shade in parts if ms > 0]
        each = " · ".join(f"{name} {ms:.0f}" for name, ms, _ in parts)
        if parts or "total_ms" in stages:
            total = stages.get("total_ms", sum(ms for _, ms, _ in parts))
            self.short = f"{total:.0f} ms" + (f": {each}" if each else "")
            self.text = f"Answered in {self.short}"
        else:
            self.text = self.short = "No answer yet"
        self.setAccessibleName(self.text)
        self.setToolTip("From the end of your words to the first sound of the answer, by stage, in milliseconds")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = self.fontMetrics()
        whole = sum(ms for ms, _ in self._parts)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.setOpacity(0.75)
            fits = metrics.horizontalAdvance(self.text) <= self.width()
            text = metrics.elidedText(self.text if fits else self.short, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(0, metrics.ascent(), text)
            painter.setOpacity(1.0)
            x, y = 0.0, float(metrics.height() + 5)
            for ms, shade in self._parts:
                width = self.width() * ms / whole
                painter.fillRect(QRectF(x, y, max(1.0, width - 2), 3), shade)
                x += width


class ShortLine(QLabel):
    """A line that is shortened with an ellipsis instead of widening the window; the tool tip has all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ""
        self.setMinimumWidth(40)

    def show_line(self, text: str) -> None:
        self.whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, self.width()))


class Notice(QFrame):
    """A problem, with what to do about it, until it is dismissed or solved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setStyleSheet("#notice { border-left: 4px solid #c05a48; background: rgba(192, 90, 72, 36); }")
        self.line = QLabel(self)
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        away = QToolButton(self)
        away.setText("✕")
        away.setAutoRaise(True)
        away.setAccessibleName("Dismiss the problem")
        away.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        away.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 6, 8)
        row.addWidget(self.line, 1)
        row.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_problem(self, what: str, do: str) -> None:
        text = f"{what} {do}".strip()
        self.line.setText(text)
        self.setAccessibleName(f"Problem: {text}")
        self.show()
