"""The compact strip: state, the last words, and the four things one needs; for a window with hardly any height."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.window.buttons import HoldButton, SoftButton
from app.window.orb import Orb
from app.window.theme import ME, YOU
from app.window.widgets import LevelMeter, ShortLine

TALL = 92                        # pixels


class Strip(QWidget):
    """Its parts are wired by the window, as those of the full page are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = Orb(small=True)
        self.words = ShortLine()
        self.mic_meter = LevelMeter(self.tr("You"), YOU, thin=True)
        self.speaker_meter = LevelMeter("Parley", ME, thin=True)
        self.talk = HoldButton("", self.tr("Hold to talk"), big=False)
        self.mute = SoftButton("", self.tr("Mute: Parley does not hear you"), "mic off")
        self.stop = SoftButton("", self.tr("Stop talking at once"), "stop")
        self.expand = SoftButton("", self.tr("Show the whole window"), "expand", flat=True)
        self.mute.setCheckable(True)
        self.talk.hide()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)     # so that no button is in focus before it is wanted
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.sign, 1)
        for button in (self.talk, self.mute, self.stop, self.expand):
            buttons.addWidget(button)
        meters = QHBoxLayout()
        meters.setSpacing(10)
        meters.addWidget(self.mic_meter, 1)
        meters.addWidget(self.speaker_meter, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 6, 10, 6)
        whole.setSpacing(4)
        whole.addLayout(buttons)
        whole.addLayout(meters)
        whole.addWidget(self.words)
        whole.addStretch(1)
