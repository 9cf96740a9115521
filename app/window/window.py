"""The window: who has the floor, both voices, live captions, and what a user can do.

It hears of the session by the bridge's events alone and asks it by commands, both of `engine.messages`. What a control
shows of the session is what the session has reported; what may be said of it is decided in one place,
`app.window.truth`.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.fact import Fact
from app.hotkey.hotkey import FarKey
from app.i18n.notices import words, words_in_line
from app.window.bridge import Bridge
from app.window.export import FORMATS, as_text
from app.window.help import KEYS, Help, does, keys_of
from app.window.history import History
from app.window.marks import Marks
from app.window.options import Options
from app.window.page import Page
from app.window.saving import save_transcript
from app.window.strip import TALL, Strip
from app.window.theme import ALARM
from app.window.transcript import Transcript
from app.window.tray import Tray
from app.window.truth import Truth
from audio_io.errors import Trouble
from engine import messages as m

Told = Callable[[m.Command], None]           # returns at once
SMALLEST = (300, TALL)
USUAL, COMPACT = (560, 780), (380, TALL)
PAGE_FROM = 440                  # height from which there is room for the whole page; less shows the strip
OF_MENU = ("search", "copy", "export", "delete", "", "mode", "mute", "latency", "compact", "", "settings", "help", "",
           "hide", "quit")  # fmt: skip


class Window(QWidget):
    """`command` is called on the UI thread and has to return at once; a `Trouble` it raises is shown."""

    def __init__(self, bridge: Bridge, command: Told, options: Options | None = None) -> None:
        super().__init__()
        self.bridge, self._command, self.options = bridge, command, options or Options()
        self.truth = Truth(lambda text: QCoreApplication.translate("Truth", text))
        self.transcript = Transcript(self.tr("You"), "Parley", self.tr("interrupted"))
        self.transcript.now = lambda: bridge.now_s
        self.history = History()
        self.marks = Marks(bridge, self.history, lambda text: QCoreApplication.translate("Marks", text))
        self.on_screen = Fact[()]()                  # once, after the first paint
        self.closed = Fact[()]()
        self.seen = False                            # on the screen, not hidden and not minimised
        self._was_painted = self._down = False
        self._full = QRect()                         # where the window was before it became compact
        self.page, self.strip = Page(self.transcript, self.history, self), Strip(self)
        self._lend_names()
        self.far_key = FarKey(self.options.hotkey, self.options.environ, QGuiApplication.platformName())
        self.tray = Tray(self) if Tray.available() else None
        self.setWindowTitle(self.options.title)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.actions_by_name = self._make_actions()
        self._wire_controls()
        self._wire_bridge()
        self._show_floor()
        self.page.captions.setFocus()

    def _lend_names(self) -> None:
        """The parts that others ask for by name."""
        page = self.page
        self.sign, self.captions, self.notice = page.sign, page.captions, page.notice
        self.mic_meter, self.speaker_meter = page.mic_meter, page.speaker_meter
        self.line, self.send = page.composer.line, page.composer.send
        self.talk, self.stop, self.mute = page.talk, page.stop, page.mute
        self.open_mic, self.push_mic = page.open_mic, page.push_mic
        self.stages, self.status_line, self.echo_line = page.stages, page.status_line, page.echo_line

    # -- wiring -------------------------------------------------------------------------------------
    def _make_actions(self) -> dict[str, QAction]:
        doing: dict[str, Callable[[], object]] = {
            "stop": self._stop, "mute": self.page.mute.click, "mode": self._other_mode,
            "type": self.page.composer.line.setFocus, "search": self.page.search.open, "copy": self.copy_all,
            "export": self._export, "delete": self.forget, "latency": self.page.latency.click,
            "compact": self.toggle_compact, "settings": self._settings, "help": self.help,
            "hide": self._hide, "quit": self.close,
        }  # fmt: skip
        actions = {}
        for name, do in doing.items():
            action = QAction(does(name), self)
            action.setShortcut(QKeySequence(KEYS[name][0]))
            action.triggered.connect(lambda _=False, do=do: do())
            self.addAction(action)
            actions[name] = action
        actions["settings"].setVisible(self.options.open_settings is not None)
        actions["hide"].setVisible(self.tray is not None)
        return actions

    def _wire_controls(self) -> None:
        page, strip = self.page, self.strip
        page.composer.said.connect(lambda text: self._ask(m.SayText(text)))
        for stop in (page.stop, strip.stop):
            stop.clicked.connect(self._stop)
        for mute in (page.mute, strip.mute):
            mute.clicked.connect(lambda on: self._ask(m.Mute(on)))
        strip.mute.toggled.connect(lambda on: strip.mute.light_up(ALARM if on else ""))
        page.open_mic.clicked.connect(lambda: self._ask(m.SetMode(push=False)))
        page.push_mic.clicked.connect(lambda: self._ask(m.SetMode(push=True)))
        for button, name in ((page.seek, "search"), (page.copy, "copy"), (page.export, "export"),
                             (page.delete, "delete"), (page.compact, "compact"), (strip.expand, "compact"),
                             (page.settings, "settings")):
            button.clicked.connect(self.actions_by_name[name].trigger)
            button.explain(does(name), keys_of(name))
        page.stop.explain(does("stop"), keys_of("stop"))
        page.mute.explain(self.tr("Parley does not hear you"), keys_of("mute"))
        page.latency.toggled.connect(page.stages.setVisible)
        page.settings.setVisible(self.options.open_settings is not None)
        menu = QMenu(page.menu)
        for name in OF_MENU:
            menu.addAction(self.actions_by_name[name]) if name else menu.addSeparator()
        page.menu.setMenu(menu)
        for talk in (page.talk, strip.talk):
            talk.held.connect(lambda _: self._push())
            for part in (self, *page.focusable(), strip.talk, strip.mute, strip.stop, strip.expand):
                part.installEventFilter(talk)
        for before, after in zip(page.focusable(), page.focusable()[1:], strict=False):
            QWidget.setTabOrder(before, after)
        self.far_key.pressed.connect(page.talk.far_key)
        self.far_key.changed.connect(lambda: self._on_mode(self.truth.mode, self.truth.muted))
        if self.tray is not None:
            self.tray.asked.connect(self._from_tray)
            self.tray.icon.show()

    def _wire_bridge(self) -> None:
        bridge, script, truth = self.bridge, self.transcript, self.truth
        bridge.level.connect(self._on_level)
        bridge.painted.connect(self._on_painted)
        bridge.on(m.Ready, lambda _: truth.ready())
        bridge.on(m.FloorChanged, lambda floor: truth.turn(floor.state.value))
        bridge.on(m.Ducked, lambda _: truth.duck(True))
        bridge.on(m.Unducked, lambda _: truth.duck(False))
        bridge.on(m.HeardNothing, lambda _: truth.heard_nothing())
        for kind in (m.Ready, m.FloorChanged, m.Ducked, m.Unducked, m.HeardNothing):
            bridge.on(kind, lambda _: self._show_floor())
        bridge.on(m.ModeChanged, lambda mode: self._on_mode("push" if mode.push else "open", mode.muted))
        bridge.on(m.Notice, self._on_notice)
        bridge.on(m.EchoRemoved, self._on_echo)
        bridge.on(m.Latency, self.stages.show_stages)
        bridge.on(m.HeardNothing, lambda _: script.final(""))
        bridge.on(m.UserStarted, lambda _: script.user_starts())
        bridge.on(m.WordsSoFar, lambda so_far: script.words(so_far.text))
        bridge.on(m.FinalWords, lambda final: script.final(final.text))
        bridge.on(m.ReplyText, lambda phrase: script.reply_text(phrase.reply, phrase.text))
        bridge.on(m.ReplyStarted, lambda started: script.reply_starts(started.reply))
        bridge.on(m.ReplyHeard, lambda heard: script.heard(heard.reply, heard.text))
        bridge.on(m.Yielded, lambda cut: script.cut(cut.reply, cut.heard))
        bridge.on(m.Resumed, lambda resumed: script.resume(resumed.reply))
        bridge.on(m.ReplyEnded, lambda ended: script.reply_ends(ended.reply))
        bridge.on(m.BackChannelGiven, lambda given: script.aside(given.text))
        bridge.on(m.ToolUsed, lambda used: script.tool(used.name, used.arguments, used.result))

    # -- the user asks ------------------------------------------------------------------------------
    def _ask(self, command: m.Command) -> None:
        try:
            self._command(command)
        except Trouble as trouble:
            self.notice.show_problem(words(trouble.said), "")

    def _stop(self) -> None:
        self.marks.stopped()
        self._ask(m.Stop())

    def _push(self) -> None:
        down = self.page.talk.is_held or self.strip.talk.is_held
        if down != self._down:
            self._down = down
            self.page.talk.setText(self.tr("Listening: let go when done") if down else self.tr("Hold to talk"))
            self._ask(m.Push(down))

    def _other_mode(self) -> None:
        self._ask(m.SetMode(push=self.truth.mode != "push"))

    def copy_all(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self.transcript.turns))

    def forget(self) -> None:
        """Deletes the conversation, here and in Parley's memory."""
        self.transcript.forget()
        self.captions.flush()
        self.marks.forget()
        self.page.composer.forget()
        self.page.search.look_for(self.page.search.line.text())
        self.page.lanes.update()
        self._ask(m.Forget())

    def _export(self) -> None:
        kinds = ";;".join(f"{kind.upper()} (*.{kind})" for kind in FORMATS)
        name, _ = QFileDialog.getSaveFileName(self, does("export"), "parley.txt", kinds)
        if name:
            save_transcript(self.transcript.turns, Path(name), self.bridge.events.put)

    def _settings(self) -> None:
        if self.options.open_settings is not None:
            self.options.open_settings(self)

    def help(self) -> Help:
        sheet = Help(self.far_key.about(), self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()
        return sheet

    def _from_tray(self, verb: str) -> None:
        doing: dict[str, Callable[[], object]] = {
            "show": self._hide if self.seen else self.bring_up, "mute": self.page.mute.click, "push": self._other_mode,
            "stop": self._stop, "settings": self._settings, "quit": self.close,
        }  # fmt: skip
        doing[verb]()

    # -- the session reports ------------------------------------------------------------------------
    def _on_level(self, mic: float, speaker: float) -> None:
        self.truth.level(mic)
        for meter in (self.mic_meter, self.strip.mic_meter):
            meter.show_peak(mic)
        for meter in (self.speaker_meter, self.strip.speaker_meter):
            meter.show_peak(speaker)
        if self.seen:
            self.page.lanes.show_now()

    def _on_mode(self, mode: str, muted: bool) -> None:
        changed = mode != self.truth.mode
        self.truth.modes(mode, muted)
        push = mode == "push"
        if changed or not push:
            for talk in (self.page.talk, self.strip.talk):
                talk.let_go()
        (self.push_mic if push else self.open_mic).setChecked(True)
        for mute in (self.page.mute, self.strip.mute):
            mute.setChecked(muted)
        self.mute.setText(self.tr("Muted") if muted else self.tr("Mute"))
        self.page.talk.setVisible(push)
        self.strip.talk.setVisible(push)
        self.far_key.take(push)
        if self.tray is not None:
            self.tray.show_modes(push, muted)
        works = self.tr("Hold the button, the space bar or, anywhere, {keys}.").format(keys=self.far_key.name)
        self.truth.push_hint = works if self.far_key.works else ""
        self.page.push_mic.explain(self.tr("Parley listens while you hold the button or the space bar"),
                                   self.far_key.about())
        self._show_floor()

    def _on_notice(self, notice: m.Notice) -> None:
        text, trouble = words_in_line(notice.what), notice.severity is m.Severity.TROUBLE
        if notice.severity is m.Severity.ERROR:
            self.notice.show_problem(text, words(notice.do))
            return
        self.truth.status(text, trouble, notice.source)
        self._calm = text if not trouble else ""
        self._show_floor()

    def _on_echo(self, echo: m.EchoRemoved) -> None:
        self.echo_line.show_line(self.tr("Echo removed: {db:.0f} dB").format(db=echo.erle_db))
        self.echo_line.setToolTip(
            self.tr("The loudspeaker reaches the microphone after {ms:.0f} ms").format(ms=echo.delay_ms))

    def _on_painted(self) -> None:
        self.truth.passes(self.bridge.interval_ms)
        self._show_floor()
        if not self.seen:
            return
        for meter in (self.mic_meter, self.strip.mic_meter, self.speaker_meter, self.strip.speaker_meter):
            meter.tick()
        for sign in (self.page.sign, self.strip.sign):
            sign.breathe(self.mic_meter.share, self.speaker_meter.share)
        self.captions.flush()

    _calm = ""                                       # what the status line says while nothing is wrong

    def _show_floor(self) -> None:
        """One state is shown, the same everywhere."""
        state, hint = self.truth.shown()
        self.page.sign.show_state(state, hint, aloud=not self.strip.isVisible())
        self.strip.sign.show_state(state, hint, aloud=self.strip.isVisible())
        for stop in (self.page.stop, self.strip.stop):       # lit while there is something to stop
            stop.light_up(ALARM if state in ("talking", "ducked", "held") else "")
        self.status_line.show_line(self.truth.line or self._calm)
        self.echo_line.setHidden(bool(self.truth.line))
        turns = self.transcript.turns
        last = next((turn for turn in reversed(turns) if turn.who and turn.words[0]), None)
        self.strip.words.show_line(self.truth.line or (f"{last.who}: {last.words[0]}" if last else ""))
        if self.tray is not None:
            self.tray.show_state(self.page.sign.state, hint, self.truth.muted)

    # -- the window itself --------------------------------------------------------------------------
    @property
    def is_compact(self) -> bool:
        """Small and above all other windows."""
        return bool(self.windowFlags() & Qt.WindowType.WindowStaysOnTopHint)

    def toggle_compact(self) -> None:
        """There and back: back is where it was before."""
        if not self.is_compact and self.strip.isVisible():
            self.resize(*USUAL)                      # the user had made it small: Expand makes it large again
            return
        on = not self.is_compact
        if on:
            self._full = self.geometry()
        was_shown = self.isVisible()
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
        if on:
            self.resize(*COMPACT)
        else:
            self.setGeometry(self._full)
        if was_shown:
            self.show()

    def begin(self) -> None:
        """Shows the window as the options say."""
        if self.options.start == "compact":
            self.toggle_compact()
        if self.options.start != "minimised":
            self.show()
        elif self.tray is None:
            self.showMinimized()
        self.bridge.pace(self.seen)
        if not self._was_painted and self.options.start == "minimised":
            self._was_painted = True
            QTimer.singleShot(0, self.on_screen.emit)    # what waits for the first paint would wait for ever

    def bring_up(self) -> None:
        self.showNormal()
        self.raise_()
        self.activateWindow()

    def _hide(self) -> None:
        if self.tray is not None:
            self.hide()
        else:
            self.showMinimized()

    def _look_about(self) -> None:
        """Seen or not: what cannot be seen is not drawn, and costs next to nothing."""
        seen = self.isVisible() and not self.isMinimized()
        if seen != self.seen:
            self.seen = seen
            self.bridge.pace(seen)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow() and hasattr(self, "strip"):
            for talk in (self.page.talk, self.strip.talk):
                talk.let_go(far=False)               # the release of the key goes to another window
        elif event.type() == QEvent.Type.WindowStateChange:
            self._look_about()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_about()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look_about()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.on_screen.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        strip = self.height() < PAGE_FROM
        if strip != self.strip.isVisibleTo(self) or not self._was_painted:
            self.page.setVisible(not strip)
            self.strip.setVisible(strip)
            (self.strip if strip else self.captions).setFocus()
        (self.strip if strip else self.page).setGeometry(self.rect())
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        for talk in (self.page.talk, self.strip.talk):
            talk.let_go()
        self.far_key.close()
        if self.tray is not None:
            self.tray.icon.hide()
        self.bridge.stop()
        super().closeEvent(event)
        self.closed.emit()
