"""The whole page of the window: what is where, at every size. It knows nothing of the session."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from app.window.buttons import HoldButton, SoftButton
from app.window.captions import COLUMN, EDGE, Captions
from app.window.chat_offer import ChatOffer
from app.window.composer import Composer
from app.window.history import History
from app.window.lanes import Lanes
from app.window.orb import DISC, Orb
from app.window.search import SearchBar
from app.window.theme import ALARM, ME, YOU
from app.window.transcript import Transcript
from app.window.widgets import LevelMeter, Notice, ShortLine, StageBar

LANES_FROM, ORB_FROM = 600, 520  # heights from which there is room for the lanes, for the large orb


class Face(QWidget):
    """The orb between its two meters; small: above them."""

    def __init__(self, sign: Orb, left: LevelMeter, right: LevelMeter) -> None:
        super().__init__()
        self.sign, self.meters = sign, (left, right)
        for part in (sign, left, right):
            part.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def be_small(self, small: bool) -> None:
        if small != self.sign.small:
            self.sign.be_small(small)
            self.updateGeometry()
            self._place()

    def sizeHint(self) -> QSize:
        below = self.meters[0].sizeHint().height() + 4 if self.sign.small else 0
        return QSize(260, self.sign.sizeHint().height() + below)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        wide, tall = self.width(), self.meters[0].sizeHint().height()
        self.sign.setGeometry(0, 0, wide, self.sign.sizeHint().height())
        if self.sign.small:
            size, top = (wide - 16) // 2, self.sign.height() + 4
        else:
            size, top = min(220, (wide - DISC - 48) // 2), (DISC - tall) // 2
        for i, meter in enumerate(self.meters):
            meter.setGeometry(i * (wide - size), top, size, tall)


class Page(QWidget):
    """Head (state, levels, the last 30 s), captions, foot (typing, talking, modes, status)."""

    def __init__(self, transcript: Transcript, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = Orb()
        self.mic_meter = LevelMeter(self.tr("You"), YOU)
        self.speaker_meter = LevelMeter("Parley", ME)
        self.face = Face(self.sign, self.mic_meter, self.speaker_meter)
        self.lanes = Lanes(history)
        self.notice = Notice()
        self.captions = Captions(transcript)
        self.search = SearchBar(self.captions)
        self.chat_offer = ChatOffer()
        self.composer = Composer()
        self.stages = StageBar()
        self.stages.hide()
        self.status_line, self.echo_line = ShortLine(), ShortLine()
        self._make_tools()
        self._make_foot()
        self._lay_out()

    def _make_tools(self) -> None:
        self.seek = SoftButton("", self.tr("Search the conversation"), "search", flat=True)
        self.copy = SoftButton("", self.tr("Copy the conversation"), "copy", flat=True)
        self.export = SoftButton("", self.tr("Save the conversation as a file"), "export", flat=True)
        self.delete = SoftButton("", self.tr("Delete the conversation"), "delete", flat=True)
        self.latency = SoftButton("", self.tr("Latency of the last turn"), "clock", flat=True)
        self.compact = SoftButton("", self.tr("Small window, always on top"), "compact", flat=True)
        self.settings = SoftButton("", self.tr("Settings"), "settings", flat=True)
        self.menu = SoftButton("", self.tr("Menu"), "menu", flat=True)
        self.latency.setCheckable(True)

    def _make_foot(self) -> None:
        self.talk = HoldButton(self.tr("Hold to talk"), self.tr("Hold this button or the space bar while you speak"))
        self.stop = SoftButton(self.tr("Stop"), self.tr("Stop talking at once"), "stop", big=True)
        self.open_mic = SoftButton(self.tr("Open microphone"), self.tr("Parley listens all the time"))
        self.push_mic = SoftButton(self.tr("Push to talk"),
                                   self.tr("Parley listens while you hold the button or the space bar"))
        self.mute = SoftButton(self.tr("Mute"), self.tr("Parley does not hear you"), "mic off")
        for choice, colour in ((self.open_mic, ME), (self.push_mic, ME), (self.mute, ALARM)):
            choice.setCheckable(True)
            choice.toggled.connect(lambda on, choice=choice, colour=colour: choice.light_up(colour if on else ""))
        self.open_mic.setChecked(True)
        self.modes = QButtonGroup(self)
        self.modes.addButton(self.open_mic)
        self.modes.addButton(self.push_mic)
        self.talk.hide()

    def _lay_out(self) -> None:
        self.head, self.foot = QVBoxLayout(), QVBoxLayout()
        tools = _row(self.seek, self.copy, self.export, self.delete, None, self.latency, self.compact, self.settings,
                     self.menu, gap=2)
        self.head.addLayout(tools)
        self.head.addWidget(self.face)
        for part in (self.lanes, self.notice, self.search):
            self.head.addWidget(part)
        self.head.setSpacing(6)
        self.foot.addWidget(self.chat_offer)
        self.foot.addWidget(self.composer)
        large = _row(self.talk, self.stop)
        large.setStretch(0, 2)
        large.setStretch(1, 1)
        self.foot.addLayout(large)
        self.foot.addLayout(_row(self.open_mic, self.push_mic, None, self.mute))
        self.foot.addWidget(self.stages)
        status = _row(self.status_line, self.echo_line, gap=12)
        status.setStretch(0, 3)
        status.setStretch(1, 2)
        self.echo_line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.foot.addLayout(status)
        self.foot.setSpacing(8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        whole.addLayout(self.head)
        whole.addWidget(self.captions, 1)
        whole.addLayout(self.foot)

    def focusable(self) -> list[QWidget]:
        """In the order of Tab."""
        return [self.captions, self.chat_offer.button, self.chat_offer.away, self.composer.line, self.composer.send,
                self.talk, self.stop, self.open_mic, self.push_mic, self.mute, self.seek, self.copy, self.export,
                self.delete, self.latency, self.compact, self.settings, self.menu, self.lanes]

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(EDGE, (self.width() - COLUMN) // 2)
        self.head.setContentsMargins(side, 8, side, 10)
        self.foot.setContentsMargins(side, 12, side, 10)
        self.lanes.setVisible(self.height() >= LANES_FROM)
        self.face.be_small(self.height() < ORB_FROM)
        super().resizeEvent(event)


def _row(*parts: QWidget | None, gap: int = 8) -> QHBoxLayout:
    """None: a space that takes what is left."""
    row = QHBoxLayout()
    row.setSpacing(gap)
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part)
    return row
