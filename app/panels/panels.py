"""The settings panel and the first run over a window: made when they are wanted, and what they share."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.desktop.downloads import Downloads
from app.desktop.jobs import Jobs
from app.desktop.program import Program
from app.i18n.notices import words
from app.panels.page_devices import DevicesPage
from app.panels.page_diagnostics import DiagnosticsPage
from app.panels.page_models import ModelsPage, ServerPage
from app.panels.page_privacy import PrivacyPage
from app.panels.page_voice import VoicePage
from app.panels.pages import Page
from app.panels.settings_panel import SettingsPanel
from app.settings.schema import DECLARED
from app.window.window import Window
from audio_io.errors import Trouble
from audio_io.notices import Code, line
from engine.messages import ModeChanged, Notice, Severity
from engine.notices import NoticeCode

if TYPE_CHECKING:                # it is made when it is wanted
    from app.panels.first_run import FirstRun

KEPT = 20                        # problems for a bug report
CHAT = "Get a chat model"        # of the settings' EXTRAS


class Panels:
    """Lives on the UI thread, as long as the window."""

    def __init__(self, program: Program, window: Window) -> None:
        self.program, self.window = program, window
        self.jobs = Jobs(window)
        self.downloads = Downloads(program.choices, self.jobs)
        self.panel: SettingsPanel | None = None
        self.first_run: FirstRun | None = None
        self.problems: list[str] = []
        self._listener = lambda name, value: self.jobs.later(lambda: self._changed(name))
        program.choices.listeners.append(self._listener)
        bridge = window.bridge
        bridge.on(ModeChanged, self._mode)
        bridge.on(Notice, self._told)
        window.closed.connect(self.close)
        window.page.chat_offer.taken.connect(lambda: self.open("models").pages["models"].point_at(CHAT))
        self.downloads.chat_came.connect(self._chat_came)
        self._chat_awaited = False               # the user has asked for one, or could have done with one
        window.far_key.changed.connect(self._key_told)

    def begin(self) -> None:
        """The window is on the screen: the first run, if there has been none."""
        if not self.program.choices.get("window.welcomed"):
            self.welcome()

    def open(self, page: str = "") -> SettingsPanel:
        if self.panel is None:
            self.panel = SettingsPanel(self, self.window)
        if page:
            self.panel.show_page(page)
        if self.panel.isVisible():
            self.panel.raise_()
        self.panel.show()
        self.panel.activateWindow()
        return self.panel

    def welcome(self) -> "FirstRun":
        from app.panels.first_run import FirstRun

        if self.first_run is None or not self.first_run.isVisible():
            self.first_run = FirstRun(self, self.window)
        self.first_run.show()
        return self.first_run

    def make_page(self, name: str) -> Page:
        if name == "diagnostics":
            return DiagnosticsPage(self)
        special: dict[str, Callable[[Panels], Page]] = {
            "devices": DevicesPage, "voice": VoicePage, "models": ModelsPage, "server": ServerPage,
            "privacy": PrivacyPage}  # fmt: skip
        if name in special:
            return special[name](self)
        page = Page(name, self.program.choices)
        page.finish()
        return page

    def reset_all(self) -> None:
        """Every setting as if nothing had ever been chosen."""
        for name in sorted(DECLARED, key=lambda one: one != "profile"):       # the profile has defaults of its own
            self.program.choices.reset(name)

    def close(self) -> None:
        self.jobs.close()
        self.downloads.cancel()
        if self._listener in self.program.choices.listeners:
            self.program.choices.listeners.remove(self._listener)
        for part in (self.panel, self.first_run):
            if part is not None:
                part.close()

    # -- what happens elsewhere ---------------------------------------------------------------------
    def _changed(self, name: str) -> None:
        if name == "window.hotkey":
            self._take_key()
        if self.panel is not None:
            self.panel.refresh(name)

    def _take_key(self) -> None:
        """Another key for talking from anywhere, from now on."""
        self.window.far_key.use(str(self.program.choices.get("window.hotkey")))
        self.window.far_key.changed.emit()       # it is taken, and told of, there

    def _key_told(self) -> None:
        page = self.panel.pages.get("conversation") if self.panel is not None else None
        if page is not None:
            page.rows["window.hotkey"].refuse(self.window.far_key.why)

    def _mode(self, mode: ModeChanged) -> None:
        """The window's own buttons have changed it: for the next time too. Not what the first run does for itself."""
        if self.first_run is None or not self.first_run.holds_mode:
            try:
                self.program.choices.note("mode", "push" if mode.push else "open")
            except Trouble as trouble:
                self._problem(str(trouble))
            if self.panel is not None:
                self.panel.refresh("mode")

    def _chat_came(self, name: str) -> None:
        self._chat_awaited = True
        self.program.chat_arrived()

    def _chat_told(self, code: Code) -> None:
        """What the conversation says of its chat model: that there is none, or that it has joined."""
        offer = self.window.page.chat_offer
        if code is NoticeCode.CHAT_WANTED and not self.downloads.going:
            self._chat_awaited = True
            offer.make()
        elif code is NoticeCode.CHAT_JOINED:
            offer.hide()
            if self._chat_awaited:               # where one waits for it, it is part of what happened
                self._chat_awaited = False
                self.window.transcript.aside(words(code))

    def _told(self, notice: Notice) -> None:
        """In English: a bug report is read by who mends it."""
        for what in notice.what:
            self._chat_told(what.code)
        if notice.severity is not Severity.INFO:
            self._problem(f"{line(notice.what)} {notice.do.value if notice.do else ''}".rstrip())

    def _problem(self, text: str) -> None:
        self.problems = [*self.problems[1 - KEPT :], text]
