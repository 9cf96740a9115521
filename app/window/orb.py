"""The calm centre: who has the floor, as one shape that moves with both voices, a word and a hint."""

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.i18n.languages import announce
from app.i18n.marking import QT_TRANSLATE_NOOP
from app.window.theme import ALARM, CALM, ME, THINKING, WAITING, YOU, blend

FALL = 0.035                     # of its width a voice's ring falls a paint: full to nothing in a second
DISC = 96                        # pixels, the large disc
TURN = 6                         # degrees the thinking arc turns a paint

# state -> colour (readable on light and on dark), what it is called, what the user may do
STATES: dict[str, tuple[str, str, str]] = {
    "starting": (CALM, QT_TRANSLATE_NOOP("States", "Starting"),
                 QT_TRANSLATE_NOOP("States", "Microphone and voice are being opened.")),
    "quiet": (CALM, QT_TRANSLATE_NOOP("States", "Ready"), QT_TRANSLATE_NOOP("States", "Say something.")),
    "hearing": (YOU, QT_TRANSLATE_NOOP("States", "Listening"), QT_TRANSLATE_NOOP("States", "Take your time.")),
    "ending": (YOU, QT_TRANSLATE_NOOP("States", "Listening"),
               QT_TRANSLATE_NOOP("States", "Finished? Just go on if not.")),
    "thinking": (THINKING, QT_TRANSLATE_NOOP("States", "Thinking"),
                 QT_TRANSLATE_NOOP("States", "The answer is on its way.")),
    "talking": (ME, QT_TRANSLATE_NOOP("States", "Talking"),
                QT_TRANSLATE_NOOP("States", "Just speak to interrupt, or press Escape.")),
    "ducked": ("#5aa3dd", QT_TRANSLATE_NOOP("States", "Talking softly"),
               QT_TRANSLATE_NOOP("States", "Did you want to say something?")),
    "held": (WAITING, QT_TRANSLATE_NOOP("States", "Waiting"),
             QT_TRANSLATE_NOOP("States", "The answer is held back until you have finished.")),
    "muted": (ALARM, QT_TRANSLATE_NOOP("States", "Muted"), QT_TRANSLATE_NOOP("States", "Parley cannot hear you.")),
    "no sound": (ALARM, QT_TRANSLATE_NOOP("States", "Not hearing you"), ""),
    "stuck": (ALARM, QT_TRANSLATE_NOOP("States", "Stuck"), ""),
    "trouble": (ALARM, QT_TRANSLATE_NOOP("States", "Attention"), ""),
}


def words_of(state: str) -> tuple[str, str]:
    """-> the state's name and usual hint, in the user's language; one that is not in STATES is named by itself."""
    _, name, hint = STATES.get(state, ("", state.capitalize(), ""))
    return QCoreApplication.translate("States", name), QCoreApplication.translate("States", hint) if hint else ""


def colour_of(state: str) -> str:
    return STATES.get(state, STATES["quiet"])[0]


class Orb(QWidget):
    """A disc in the state's colour. The ring around it moves with the user's voice, its heart with Parley's.

    small: the disc on the left, the words beside it; else the words below.
    """

    def __init__(self, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.hint, self._name, self.small = "", "", "", small
        self._user = self._voice = 0.0               # 0..1, as drawn
        self._turn = 0                               # of the thinking arc, degrees
        self.name, self.line = QLabel(self), QLabel(self)
        for label, scale in ((self.name, 1.15 if small else 1.7), (self.line, 0.9 if small else 1.0)):
            font = label.font()
            font.setPointSizeF(font.pointSizeF() * scale)
            font.setBold(label is self.name)
            label.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_state("starting")

    def be_small(self, small: bool) -> None:
        if small != self.small:
            self.small = small
            self._place_words()
            self.updateGeometry()
            self.update()

    def show_state(self, state: str, hint: str = "", aloud: bool = True) -> None:
        """`hint` replaces the state's usual one. aloud: a screen reader says it."""
        state = state.replace("_", " ")
        name, usual = words_of(state)
        hint = hint or usual
        if (state, hint) == (self.state, self.hint):
            return
        self.state, self.hint, self._name = state, hint, name
        self.line.setToolTip(hint)
        self._place_words()
        self.setAccessibleName(self.tr("State: {name}. {hint}").format(name=name, hint=hint))
        if aloud:
            announce(self, f"{name}. {hint}")
        self.update()

    def breathe(self, user: float, voice: float) -> None:
        """One paint: 0..1, how loud each of the two voices is now."""
        user, voice = max(user, self._user - FALL), max(voice, self._voice - FALL)
        if self.state == "thinking":
            self._turn = (self._turn + TURN) % 360
            self.update(self._disc().toAlignedRect())
        if abs(user - self._user) > 0.004 or abs(voice - self._voice) > 0.004:
            self._user, self._voice = user, voice
            self.update(self._disc().toAlignedRect())

    def sizeHint(self) -> QSize:
        return QSize(150, 46) if self.small else QSize(240, DISC + 68)

    def minimumSizeHint(self) -> QSize:
        return QSize(46, 46) if self.small else QSize(180, DISC + 68)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_words()

    def _place_words(self) -> None:
        """Beside the disc on one line each, shortened if need be; or below it."""
        place, sides = self._disc(), Qt.AlignmentFlag.AlignLeft if self.small else Qt.AlignmentFlag.AlignHCenter
        self.name.setAlignment(sides | Qt.AlignmentFlag.AlignVCenter)
        self.line.setAlignment(sides | Qt.AlignmentFlag.AlignTop)
        self.line.setWordWrap(not self.small)
        if self.small:
            left, half = int(place.right()) + 10, self.height() // 2
            wide = max(0, self.width() - left)
            self.name.setGeometry(left, 1, wide, half)
            self.line.setGeometry(left, half, wide, half)
        else:
            low, tall = int(place.bottom()) + 4, self.name.fontMetrics().height()
            self.name.setGeometry(0, low, self.width(), tall)
            self.line.setGeometry(0, low + tall, self.width(), max(0, self.height() - low - tall))
        for label, text in ((self.name, self._name), (self.line, self.hint)):
            short = label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, label.width())
            label.setText(short if self.small else text)

    def _disc(self) -> QRectF:
        side = float(self.height() if self.small else DISC)
        return QRectF(0 if self.small else (self.width() - side) / 2, 0, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        place = self._disc()
        centre, half = place.center(), place.width() / 2 - 1
        colour = QColor(colour_of(self.state))
        ground = self.palette().color(QPalette.ColorRole.Window)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(blend(QColor(YOU), ground, 0.28 if self._user > 0.01 else 0.0))
            ring = half * (0.68 + 0.32 * self._user)
            painter.drawEllipse(centre, ring, ring)
            painter.setBrush(blend(colour, ground, 0.30))
            painter.drawEllipse(centre, 0.68 * half, 0.68 * half)
            painter.setBrush(colour)
            heart = half * (0.42 + 0.22 * self._voice)
            painter.drawEllipse(centre, heart, heart)
            if self.state == "thinking":
                painter.setPen(QPen(colour, max(2.0, half / 18), c=Qt.PenCapStyle.RoundCap))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                arc = 0.80 * half
                painter.drawArc(QRectF(centre.x() - arc, centre.y() - arc, 2 * arc, 2 * arc), -16 * self._turn, 16 * 90)
