"""The page of diagnostics: everything a bug report needs, without words and names; and the last minute as a trace."""

from datetime import datetime
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from app.desktop.beside import Beside
from app.i18n.notices import words_in_line
from app.panels.bug_report import bug_report, nameless
from app.panels.host import PanelHost
from app.panels.pages import Page, beside, heading, lines, say
from app.panels.rows import faint
from app.window.buttons import SoftButton
from engine.messages import Notice, SaveTrace
from engine.notices import NoticeCode


class DiagnosticsPage(Page):
    def __init__(self, panels: PanelHost) -> None:
        super().__init__("diagnostics", panels.program.choices)
        self.panels = panels
        self.asked: Beside | None = None
        self.saving = ""                         # the folder that was asked for
        self.copy = SoftButton(self.tr("Copy for a bug report"), self.tr("All of it, into the clipboard"), "copy")
        self.again = SoftButton(self.tr("Look again"), self.tr("Examines this machine anew"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(220)
        self.text.setAccessibleName(self.tr("What a bug report needs"))
        self.state = lines()
        self.copy.clicked.connect(self.copy_all)
        self.again.clicked.connect(self.look)
        self.add(faint(self.tr("No word that was said is in it, and not your name.")))
        holder = beside(self.copy, self.again)
        holder.setFocusProxy(self.copy)
        self.add(holder, "Copy what a bug report needs")
        self.add(self.state)
        self.add(self.text)
        self.add(heading(self.tr("The last minute")))
        self.add(faint(self.tr("Saves the sound and the decisions of the last 60 seconds into a folder. Your voice is "
                               "in it: listen to it before you give it to anybody.")))
        self.trace = SoftButton(self.tr("Save the last minute"), self.tr("Into a folder of its own"), "export")
        self.trace.clicked.connect(self.save)
        saver = beside(self.trace)
        saver.setFocusProxy(self.trace)
        self.add(saver, "Save the last minute")
        self.saved = lines()
        self.add(self.saved)
        self.finish()
        panels.window.bridge.on(Notice, self._told)

    def entered(self) -> None:
        if not self.text.toPlainText():
            self.look()

    def left(self) -> None:
        if self.asked is not None:
            self.asked.cancel()

    def look(self) -> None:
        one = self.asked = Beside()
        program = self.panels.program
        say(self.state, self.tr("Looking at this machine..."))
        self.again.setEnabled(False)

        def work(told: object) -> str:
            sound = program.sound()
            table = program.devices()
            sound["devices"] = [dict(index=d.index, name=d.name, host=d.host, inputs=d.inputs, outputs=d.outputs,
                                     hz=d.hz) for d in table.devices]  # fmt: skip
            sound["hosts"] = [dict(name=n, default_input=i, default_output=o) for n, i, o in table.hosts]
            found = one.ask("report", program.choices.now, sound=sound)
            return bug_report(found["doctor"], program.choices.now, self.panels.problems, found["version"], Path.home())

        self.panels.jobs.start("report", work, self._done)

    def _done(self, text: str | None, line: str) -> None:
        self.asked = None
        self.again.setEnabled(True)
        say(self.state, line)
        if text is not None:
            self.text.setPlainText(text)

    def copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        say(self.state, self.tr("Copied.") if self.text.toPlainText() else self.tr("There is nothing to copy yet."))

    def save(self) -> None:
        folder = self.panels.program.home / "traces" / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
        self.saving = str(folder)
        say(self.saved, self.tr("Saving..."))
        self.panels.program.command(SaveTrace(folder))

    def _told(self, notice: Notice) -> None:
        if self.saving and notice.what[0].code in (NoticeCode.TRACE_SAVED, NoticeCode.TRACE_NOT_SAVED):
            self.saving = ""
            say(self.saved, nameless(words_in_line(notice.what), Path.home()))
