"""Buttons that look the same on every system, and the one that is held to talk."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPushButton

from app.fact import Fact
from app.window import icons
from app.window.theme import YOU, blend

RELEASE_MS = 40                  # a key that comes down again within this time was never up
SIDE = 20                        # of an icon
PAD = 12
ROUND = 8.0


class SoftButton(QPushButton):
    """A rounded button with an icon, a text or both. `lit`: a colour that fills it, or "".

    It is reached by Tab, not by a click: a click must not take the space bar away from push-to-talk.
    """

    def __init__(self, text: str, does: str, icon: str = "", flat: bool = False, big: bool = False) -> None:
        """does: what happens; read out and shown as a tool tip. Without a text, `does` is the name too."""
        super().__init__(text)
        self.lit, self.picture, self.big = "", icon, big
        self.setFlat(flat)
        self.setAccessibleName(text or does)
        self.explain(does)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if big:
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 1.15)
            font.setBold(True)
            self.setFont(font)

    def explain(self, does: str, keys: str = "") -> None:
        self.setAccessibleDescription(does)
        self.setToolTip(f"{does} ({keys})" if keys else does)

    def light_up(self, colour: str) -> None:
        """Fills the button; with "" it is as the others again."""
        if colour != self.lit:
            self.lit = colour
            self.update()

    def show_icon(self, name: str) -> None:
        self.picture = name
        self.update()

    def sizeHint(self) -> QSize:
        height = 52 if self.big else 34
        if not self.text():
            return QSize(height, height)
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2 * PAD + (SIDE + 6 if self.picture else 0)
        return QSize(width, height)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), 34 if self.picture else hint.width()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        face, ink = self._colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(face)
            area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.drawRoundedRect(area, ROUND, ROUND)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
                painter.drawRoundedRect(area, ROUND, ROUND)
            self._draw_content(painter, ink)

    def _draw_content(self, painter: QPainter, ink: QColor) -> None:
        metrics = self.fontMetrics()
        room = self.width() - 2 * 6 - (SIDE + 6 if self.picture else 0)
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, max(0, room)) if room > 24 else ""
        wide = metrics.horizontalAdvance(text)
        x = (self.width() - wide - (SIDE + (6 if text else 0) if self.picture else 0)) / 2
        if self.picture:
            image = icons.pixmap(self.picture, ink, SIDE, self.devicePixelRatioF())
            painter.drawPixmap(round(x), (self.height() - SIDE) // 2, image)
            x += SIDE + 6
        painter.setPen(ink)
        painter.drawText(QRectF(x, 0, wide + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def _colours(self) -> tuple[QColor, QColor]:
        """-> of the face, of what is on it."""
        wears = self.palette()
        ink, ground = wears.color(QPalette.ColorRole.ButtonText), wears.color(QPalette.ColorRole.Window)
        face = QColor(self.lit) if self.lit else wears.color(QPalette.ColorRole.Button)
        if self.lit:
            ink = QColor("white")
        if not self.isEnabled():
            return blend(face, ground, 0.4), wears.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        if self.isFlat() and not self.lit and not (self.underMouse() or self.isDown()):
            face = QColor(Qt.GlobalColor.transparent)
        elif self.isDown():
            face = blend(face, ink, 0.8)
        elif self.underMouse():
            face = blend(face, ink, 0.92)
        return face, ink


class HoldButton(SoftButton):
    """Push-to-talk: down while the mouse button, the space bar anywhere in the window, or a key anywhere is held.

    `held(True)` and `held(False)` alternate, whatever mixture of mouse and keys is held. A key's auto-repeat is not
    a release: X11 sends it as release and press, and Qt marks them as a repeat only when both have arrived at once,
    so the end of a hold waits RELEASE_MS for another press. Assistive tools, which can only click, toggle it.
    """

    def __init__(self, text: str, does: str, icon: str = "mic", big: bool = True) -> None:
        super().__init__(text, does, icon, big=big)
        self.held = Fact[bool]()
        self._by: set[str] = set()               # what holds it: "mouse", "key", "far", "click"
        self._rising = {by: self._timer(by) for by in ("key", "far")}
        self.clicked.connect(lambda: self._change("click", "click" not in self._by))

    def _timer(self, by: str) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(RELEASE_MS)
        timer.timeout.connect(lambda: self._change(by, False))
        return timer

    @property
    def is_held(self) -> bool:
        return bool(self._by)

    def far_key(self, down: bool) -> None:
        """The key that works while another program has the keyboard."""
        self._key("far", down)

    def let_go(self, far: bool = True) -> None:
        """Everything in the window is released: it lost the focus, or the mode changed. `far`: the far key too."""
        before = self.is_held
        self._rising["key"].stop()
        self._by &= set() if far else {"far"}
        if before and not self.is_held:
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
        elif not event.isAutoRepeat():
            self._key("key", event.type() == QEvent.Type.KeyPress)
        elif event.type() == QEvent.Type.KeyPress:
            self._rising["key"].stop()
        return True

    def _key(self, by: str, down: bool) -> None:
        if down:
            self._rising[by].stop()
            self._change(by, True)
        elif by in self._by:
            self._rising[by].start()

    def _change(self, by: str, on: bool) -> None:
        before = self.is_held
        (self._by.add if on else self._by.discard)(by)
        if self.is_held != before:
            self._tell()

    def _tell(self) -> None:
        self.setDown(self.is_held)
        self.light_up(YOU if self.is_held else "")
        self.held.emit(self.is_held)
