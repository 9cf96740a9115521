"""The first run: a minute from nothing to the first answer. Every step can be skipped, and all of it repeated."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.panels.chat_view import ChatView
from app.panels.echo_panel import EchoPanel
from app.panels.host import PanelHost
from app.panels.pages import COLUMN, heading, lines, say, scrolling
from app.panels.rows import faint
from app.window.buttons import SoftButton
from app.window.orb import Orb
from app.window.theme import ME, YOU
from app.window.widgets import LevelMeter
from audio_io.errors import Trouble
from engine.messages import FinalWords, ReplyHeard, SetMode, WordsSoFar

LOUD = 0.03                      # a peak from which on somebody surely speaks into the microphone
ZEROS_MS = 1500.0                # exact zeros for so long: no room is that quiet
STEPS = ("welcome", "microphone", "echo", "models", "talk")


class Step(QWidget):
    """title, words; the parts come below."""

    def __init__(self, title: str, words: str, *parts: QWidget) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.words = lines(words)
        for part in (heading(title, 1.5), self.words, *parts):
            self.column.addWidget(part, 1 if isinstance(part, QScrollArea) else 0)
        if not any(isinstance(part, QScrollArea) for part in parts):
            self.column.addStretch(1)


class FirstRun(QDialog):
    """`at`: the step that is shown. Until the last one, Parley does not answer: one talks to a meter."""

    def __init__(self, panels: PanelHost, over: QWidget | None = None) -> None:
        super().__init__(over)
        self.panels, self.at = panels, 0
        self.holds_mode = False
        self.heard_you, self._zeros = False, 0.0
        self._mode = str(panels.program.choices.get("mode"))
        self.setWindowTitle(self.tr("Welcome to Parley"))
        self.setMinimumSize(340, 420)
        self.resize(560, 520)
        self.stack = QStackedWidget()
        self.steps: dict[str, Step] = {}
        for name in STEPS:
            self.steps[name] = getattr(self, f"_{name}")()
            self.stack.addWidget(self.steps[name])
        self._lay_out()
        self._wire()
        self.go(0)

    # -- the steps ----------------------------------------------------------------------------------
    def _welcome(self) -> Step:
        sign = Orb()
        sign.show_state("quiet", self.tr("Hello."), aloud=False)
        return Step(
            self.tr("Welcome"),
            self.tr("Parley is a voice assistant that runs on your own computer. You can interrupt it, it goes on "
                    "after a cough, and nothing that you say is kept, or leaves this machine unless you choose a "
                    "server.\n\nFour short steps: microphone, loudspeaker, a chat model if you like, and your "
                    "first question."), sign)

    def _microphone(self) -> Step:
        self.meter = LevelMeter(self.tr("You"), YOU)
        self.state = lines()
        self.permission = faint()
        self.choose = SoftButton(self.tr("Choose another microphone"), self.tr("Opens the settings of the devices"))
        self.choose.clicked.connect(lambda: self.panels.open("devices"))
        return Step(self.tr("Your microphone"),
                    self.tr("Say something, anything. The bar moves when Parley hears you. It does not answer yet."),
                    self.meter, self.state, self.permission, self.choose)

    def _echo(self) -> Step:
        self.echo = EchoPanel(self.panels.program, self.panels.jobs)
        return Step(self.tr("Your loudspeaker"),
                    self.tr("Parley plays a phrase and measures how much of it comes back into the microphone. So it "
                            "knows whether you can interrupt it, and you know whether it can be heard."), self.echo)

    def _models(self) -> Step:
        self.models = ChatView(self.panels)
        return Step(self.tr("A chat model"),
                    self.tr("You can talk at once: Parley tells the time, keeps timers and notes, and does sums. For "
                            "anything else it needs a chat model, now or later (Settings, Profile and models)."),
                    scrolling(self.models))

    def _talk(self) -> Step:
        self.sign = Orb()
        self.question, self.answer = lines(), lines()
        return Step(self.tr("Talk"), self.tr("Ask: “What time is it in Tokyo?” Or: “Tell me what you can do.”"),
                    self.sign, self.question, self.answer)

    def _lay_out(self) -> None:
        self.count = QLabel()
        self.back = SoftButton(self.tr("Back"), self.tr("To the step before"))
        self.skip = SoftButton(self.tr("Skip all"), self.tr("You find it again in Settings, Devices"), flat=True)
        self.next = SoftButton(self.tr("Next"), self.tr("To the next step"))
        self.next.light_up(ME)
        self.back.clicked.connect(lambda: self.go(self.at - 1))
        self.next.clicked.connect(lambda: self.go(self.at + 1))
        self.skip.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addWidget(self.skip)
        foot.addStretch(1)
        for part in (self.count, self.back, self.next):
            foot.addWidget(part)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 16)
        self.stack.setMaximumWidth(COLUMN)
        middle = QHBoxLayout()
        middle.addWidget(self.stack, 1)
        whole.addLayout(middle, 1)
        whole.addLayout(foot)

    # -- what the session says ----------------------------------------------------------------------
    def _wire(self) -> None:
        bridge = self.panels.window.bridge
        bridge.level.connect(self._level)
        bridge.painted.connect(self._painted)
        bridge.on(WordsSoFar, lambda so_far: self._heard(so_far.text))
        bridge.on(FinalWords, lambda final: self._heard(final.text))
        bridge.on(ReplyHeard, lambda heard: self._answered(heard.text))
        self.echo.levels.connect(lambda mic, speaker: self.meter.show_peak(mic))

    @property
    def step(self) -> str:
        return STEPS[self.at]

    def _level(self, mic: float, speaker: float) -> None:
        if not self.isVisible():
            return
        self.meter.show_peak(mic)
        self._zeros = 0.0 if mic > 0.0 else self._zeros
        if self.step == "microphone" and mic > LOUD and not self.heard_you:
            self.heard_you = True
            self._tell()

    def _painted(self) -> None:
        if not self.isVisible():
            return
        bridge = self.panels.window.bridge
        before = self._zeros >= ZEROS_MS
        self._zeros += bridge.interval_ms
        self.meter.tick()
        if (self._zeros >= ZEROS_MS) != before and self.step == "microphone":
            self._tell()
        state, hint = self.panels.window.truth.shown()
        if self.step == "talk":
            self.sign.show_state(state, hint, aloud=False)

    def _tell(self) -> None:
        """What the microphone's step says now: nothing arrives, zeros arrive, or somebody was heard."""
        line = self.panels.window.truth.line
        zeros = self._zeros >= ZEROS_MS
        self.permission.hide()
        if zeros and not self.panels.window.truth.flowing:
            say(self.state, line or self.tr("No samples arrive from the microphone."))
        elif zeros:
            self.heard_you = False
            say(self.state, self.tr("Only zeros arrive: the microphone is switched off, or Parley may not use it."))
            say(self.permission, self._where())
        elif self.heard_you:
            say(self.state, self.tr("Parley hears you. ✓"))
        else:
            say(self.state, self.tr("Nobody speaks yet."))

    def _where(self) -> str:
        if sys.platform == "darwin":
            return self.tr("System Settings, Privacy & Security, Microphone: allow Parley.")
        if sys.platform == "win32":
            return self.tr("Settings, Privacy & security, Microphone: let desktop apps access your microphone.")
        return self.tr("Look into the sound settings of your desktop, or for a switch at the microphone itself.")

    def _heard(self, text: str) -> None:
        if self.step == "talk" and text:
            say(self.question, self.tr("You: {text}").format(text=text))

    def _answered(self, text: str) -> None:
        if self.step == "talk":
            say(self.answer, f"Parley: {text}")
            self.next.light_up(ME)

    # -- from step to step --------------------------------------------------------------------------
    def go(self, step: int) -> None:
        """Beyond the last step it is over."""
        if step >= len(STEPS):
            self.close()
            return
        if self.step == "echo" and self.echo.cancel is not None:
            self.echo.cancel.set()
        self.at = max(0, step)
        self.stack.setCurrentIndex(self.at)
        self.back.setVisible(self.at > 0)
        last = self.at == len(STEPS) - 1
        self.skip.setVisible(not last)
        self.next.setText(self.tr("Begin") if self.at == 0 else self.tr("Done") if last else self.tr("Next"))
        self.count.setText(self.tr("{n} of {all}").format(n=self.at + 1, all=len(STEPS)))
        self.next.setFocus()
        if self.isVisible():
            self._hold(not last)
        if self.step == "microphone":
            self._tell()
        elif self.step == "models":
            self.models.look()

    def _hold(self, on: bool) -> None:
        """While it is held, nobody is answered: as in push to talk, with no key down. Not the user's own choice."""
        if on == self.holds_mode:
            return
        command = self.panels.program.command
        if on:
            self._mode, self.holds_mode = str(self.panels.program.choices.get("mode")), True
            command(SetMode(push=True))
            return
        command(SetMode(push=self._mode == "push"))
        QTimer.singleShot(1000, self, self._free)        # the session's own word of it is still on its way

    def _free(self) -> None:
        self.holds_mode = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.step != STEPS[-1]:
            self._hold(True)

    def reject(self) -> None:
        """Done, skipped, or closed by Escape or its cross."""
        if self.echo.cancel is not None:
            self.echo.cancel.set()
        self.models.leave()
        self._hold(False)
        if not self.panels.jobs.closed:          # the whole window was closed: the next time again
            try:
                self.panels.program.choices.set("window.welcomed", True)
            except Trouble as trouble:
                self.panels.window.notice.show_problem(str(trouble), "")
        super().reject()


