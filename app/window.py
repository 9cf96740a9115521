"""The window: who has the floor, two levels, live captions, and the few things a user can do.

It hears of the session by the bridge's facts alone and asks it by verbs: `mute(on)`, `mode(mode)`, `push(down)`,
`stop()`, `say(text)`, `quit()`. What a control shows of the session is what the session has reported.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.bridge import PAINT_MS, Bridge
from app.captions import Captions
from app.fact import Fact
from app.transcript import Transcript
from app.widgets import HoldButton, LevelMeter, Notice, ShortLine, StageBar, StateSign, light_up
from audio_io.errors import Trouble
from engine.news import News

Command = Callable[..., None]    # (verb, **arguments); returns at once
COLUMN = 760                     # head and foot get no wider than this
EDGE = 16
SMALL, BIG = 32, 56              # heights of controls: easy to hit, also with a finger
CHOSEN, SHUT = "#3d84c6", "#c05a48"   # of a button that is on
NOTHING_PAINTS = 3000 // PAINT_MS     # how long "no words" stays on the screen


class Window(QWidget):
    """`command` is called on the UI thread and has to return at once; a `Trouble` it raises is shown."""
    def __init__(self, bridge: Bridge, command: Command, title: str = "Parley") -> None:
        super().__init__()
        self.bridge, self._command = bridge, command
        self.floor, self.trouble = "starting", ""
        self.is_ducked = self.is_muted = False
        self.talk_mode = "open"
        self._nothing = 0                            # paints for which "no words" is still shown
        self._was_painted = False
        self.transcript = Transcript()
        self.on_screen = Fact[()]()                  # once, after the first paint
        self.setWindowTitle(title)
        self.setMinimumSize(360, 480)
        self.resize(560, 740)
        self._make_head()
        self._make_foot()
        self._lay_out()
        self._wire_controls()
        self._wire_bridge()
        self._show_floor()
        self.captions.setFocus()

    # -- building -----------------------------------------------------------------------------------
    def _make_head(self) -> None:
        self.sign = StateSign()
        self.mic_meter = LevelMeter("You", "#2f9e6e")
        self.speaker_meter = LevelMeter("Parley", "#3d84c6")
        self.notice = Notice()
        self.captions = Captions(self.transcript)

    def _make_foot(self) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText("Or type here")
        self.line.setMinimumHeight(SMALL)
        self.line.setTextMargins(6, 0, 6, 0)
        self.line.setAccessibleName("Type instead of speaking")
        self.send = _button("Send", "Send the typed line")
        self.talk = HoldButton("Hold to talk")
        self.talk.setAccessibleName("Hold to talk")
        self.talk.setToolTip("Hold this button or the space bar while you speak")
        self.stop = _button("Stop", "Stop talking at once", "Escape")
        for big in (self.talk, self.stop):
            font = big.font()
            font.setPointSizeF(font.pointSizeF() * 1.2)
            font.setBold(True)
            big.setFont(font)
            big.setMinimumHeight(BIG)
        self.open_mic = _button("Open microphone", "Parley listens all the time")
        self.push_mic = _button("Push to talk", "Parley listens while you hold the button or the space bar")
        self.mute = _button("Mute", "Parley does not hear you", "Ctrl+M")
        for choice, colour in ((self.open_mic, CHOSEN), (self.push_mic, CHOSEN), (self.mute, SHUT)):
            choice.setCheckable(True)
            choice.toggled.connect(lambda on, choice=choice, colour=colour: light_up(choice, colour if on else ""))
        self.open_mic.setChecked(True)
        self.modes = QButtonGroup(self)
        self.modes.addButton(self.open_mic)
        self.modes.addButton(self.push_mic)
        self.talk.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.talk.hide()
        self.stages = StageBar()
        self.status_line, self.echo_line = ShortLine(), QLabel()

    def _lay_out(self) -> None:
        self.head, self.foot = QVBoxLayout(), QVBoxLayout()
        self.head.addWidget(self.sign)
        self.head.addLayout(_row(self.mic_meter, self.speaker_meter, gap=20))
        self.head.addWidget(self.notice)
        self.head.setSpacing(10)
        self.foot.addLayout(_row(self.line, self.send))
        large = _row(self.talk, self.stop)
        large.setStretch(0, 2)
        large.setStretch(1, 1)
        self.foot.addLayout(large)
        choices = _row(self.open_mic, self.push_mic, self.mute)
        choices.insertStretch(2, 1)
        self.foot.addLayout(choices)
        self.foot.addWidget(self.stages)
        status = _row(self.status_line, self.echo_line, gap=12)
        status.setStretch(0, 1)
        self.foot.addLayout(status)
        self.foot.setSpacing(10)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self.head)
        whole.addWidget(self.captions, 1)
        whole.addLayout(self.foot)

    def _wire_controls(self) -> None:
        self.line.returnPressed.connect(self._say)
        self.send.clicked.connect(self._say)
        self.stop.clicked.connect(lambda: self._ask("stop"))
        self.mute.clicked.connect(lambda on: self._ask("mute", on=on))
        self.open_mic.clicked.connect(lambda: self._ask("mode", mode="open"))
        self.push_mic.clicked.connect(lambda: self._ask("mode", mode="push"))
        self.talk.held.connect(self._push)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, lambda: self._ask("stop"))
        QShortcut(QKeySequence("Ctrl+M"), self, self.mute.click)
        for part in (self, self.captions, self.line, self.send, self.talk, self.stop, self.open_mic,
                     self.push_mic, self.mute):
            part.installEventFilter(self.talk)

    def _wire_bridge(self) -> None:
        bridge, script = self.bridge, self.transcript
        bridge.ready.connect(self._on_ready)
        bridge.floor.connect(self._on_floor)
        bridge.level.connect(self._on_level)
        bridge.ducked.connect(self._on_ducked)
        bridge.mode.connect(self._on_mode)
        bridge.status.connect(self._on_status)
        bridge.echo.connect(self._on_echo)
        bridge.latency.connect(self.stages.show_stages)
        bridge.failed.connect(self.notice.show_problem)
        bridge.heard_nothing.connect(self._on_heard_nothing)
        bridge.heard_nothing.connect(lambda: script.final(""))
        bridge.user_speaks.connect(lambda on: script.user_starts() if on else None)
        bridge.words.connect(script.words)
        bridge.final.connect(script.final)
        bridge.reply_text.connect(script.reply_text)
        bridge.reply_started.connect(script.reply_starts)
        bridge.heard.connect(script.heard)
        bridge.yielded.connect(script.cut)
        bridge.resumed.connect(script.resume)
        bridge.reply_ended.connect(script.reply_ends)
        bridge.backchannel.connect(lambda text: script.aside(text) if text else None)
        bridge.tool.connect(script.tool)
        bridge.painted.connect(self._on_painted)

    # -- the user asks ------------------------------------------------------------------------------
    def _ask(self, verb: str, **arguments: Any) -> None:
        try:
            self._command(verb, **arguments)
        except Trouble as trouble:
            self.notice.show_problem(str(trouble), "")

    def _say(self) -> None:
        if text := self.line.text().strip():
            self._ask("say", text=text)
            self.line.clear()

    def _push(self, down: bool) -> None:
        self.talk.setText("Listening: let go when done" if down else "Hold to talk")
        self._ask("push", down=down)

    # -- the session reports ------------------------------------------------------------------------
    def _on_ready(self) -> None:
        if self.floor == "starting":
            self.floor = "quiet"
        self._show_floor()

    def _on_floor(self, state: str) -> None:
        self.floor = state
        if state not in ("talking", "ducked"):
            self.is_ducked = False
        self._show_floor()

    def _on_ducked(self, on: bool) -> None:
        self.is_ducked = on
        self._show_floor()

    def _on_mode(self, mode: str, muted: bool) -> None:
        self.talk_mode, self.is_muted = mode, muted
        self.talk.let_go()
        (self.push_mic if mode == "push" else self.open_mic).setChecked(True)
        self.mute.setChecked(muted)
        self.mute.setText("Muted" if muted else "Mute")
        self.talk.setVisible(mode == "push")
        self._show_floor()

    def _on_status(self, text: str, trouble: bool) -> None:
        self.trouble = text if trouble else ""
        self.status_line.show_line(text)
        self._show_floor()

    def _on_echo(self, erle_db: float, delay_ms: float) -> None:
        self.echo_line.setText(f"Echo removed: {erle_db:.0f} dB")
        self.echo_line.setToolTip(f"The loudspeaker reaches the microphone after {delay_ms:.0f} ms")

    def _on_heard_nothing(self) -> None:
        self._nothing = NOTHING_PAINTS
        self._show_floor()

    def _on_level(self, mic: float, speaker: float) -> None:
        self.mic_meter.show_peak(mic)
        self.speaker_meter.show_peak(speaker)

    def _on_painted(self) -> None:
        self.mic_meter.tick()
        self.speaker_meter.tick()
        talking = self.sign.state in ("talking", "ducked")
        self.sign.breathe((self.speaker_meter if talking else self.mic_meter).share)
        self.captions.flush()
        if self._nothing:
            self._nothing -= 1
            if not self._nothing:
                self._show_floor()

    def _show_floor(self) -> None:
        """One state is shown: what the user has to know first."""
        state, hint = self.floor, ""
        if self.floor == "talking" and self.is_ducked:
            state = "ducked"
        if self.is_muted and self.floor in ("quiet", "hearing"):
            state = "muted"
        elif self._nothing and self.floor == "quiet":
            hint = "There was a sound, but no words."
        elif self.floor == "quiet" and self.talk_mode == "push":
            hint = "Hold the button or the space bar and speak."
        if self.trouble:
            state, hint = (state if "microphone" in state else "trouble"), self.trouble
        self.sign.show_state(state, hint)

    # -- the window itself --------------------------------------------------------------------------
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.talk.let_go()                       # the release of the key goes to another window

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.on_screen.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(EDGE, (self.width() - COLUMN) // 2)
        self.head.setContentsMargins(side, 14, side, 14)
        self.foot.setContentsMargins(side, 14, side, 10)
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.talk.let_go()
        self.bridge.stop()
        self._ask("quit")
        super().closeEvent(event)


def _button(text: str, does: str, keys: str = "") -> QPushButton:
    """Reached by Tab, not by a click: a click must not take the space bar away from push-to-talk."""
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setAccessibleDescription(does)
    button.setToolTip(f"{does} ({keys})" if keys else does)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setMinimumHeight(SMALL)
    return button


def _row(*parts: QWidget, gap: int = 8) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(gap)
    for part in parts:
        row.addWidget(part)
    return row


@contextmanager
def _closed_by_signals(window: Window) -> Iterator[None]:
    """Ctrl+C and a polite kill close the window as its cross does. The bridge's timer gives Python the chance."""
    def close(number: int, frame: FrameType | None) -> None:
        window.close()

    before = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_window(news: "SimpleQueue[News]", command: Command, title: str,
               after_paint: Callable[[], None] | None = None) -> int:
    """Shows the window and runs it until it is closed; call on the main thread. -> exit code.

    `after_paint`: called once, on the UI thread, when the window is on the screen; start slow things there (in a
    thread), so that they do not delay it. Ask `app.display.display_missing` first: without a display Qt aborts.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Parley")
    bridge = Bridge(news)
    window = Window(bridge, command, title)
    if after_paint is not None:
        window.on_screen.connect(after_paint)
    window.show()
    bridge.start()
    with _closed_by_signals(window):
        return application.exec()
