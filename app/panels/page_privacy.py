"""The page of privacy: what is on the disk, where, how much; and how it is deleted."""


from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from app.cli.models import size
from app.panels.host import PanelHost
from app.panels.pages import Page, beside, heading, lines, say
from app.panels.rows import BOX, faint
from app.panels.stored_files import Stored, delete, stored
from app.window.buttons import SoftButton
from audio_io.errors import Trouble

CONVERSATION, SETTINGS = "conversation", "settings"


class PrivacyPage(Page):
    """`boxes`: what may be deleted, by its kind. Nothing is deleted before it was asked twice."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__("privacy", panels.program.choices)
        self.panels = panels
        self.found: dict[str, Stored] = {}
        self.boxes: dict[str, QCheckBox] = {}
        self.places: dict[str, QLabel] = {}
        part = QWidget()
        self.list = QVBoxLayout(part)
        self.list.setContentsMargins(0, 0, 0, 0)
        self.list.addWidget(heading(self.tr("What is stored")))
        self.list.addWidget(faint(self.tr("Only on this computer; Parley sends nothing anywhere unless you choose a "
                                          "server or download a model.")))
        names = {CONVERSATION: self.tr("This conversation (in memory alone)"), "notes": self.tr("Notes"),
                 "timers": self.tr("Timers, alarms and reminders"),
                 "recordings": self.tr("Recordings of conversations"), "traces": self.tr("Saved last minutes (traces)"),
                 "cache": self.tr("What models have prepared (cache)"), "models": self.tr("Downloaded models"),
                 SETTINGS: self.tr("Settings")}  # fmt: skip
        for kind, name in names.items():
            box = self.boxes[kind] = QCheckBox(name)
            box.setStyleSheet(BOX)
            box.setChecked(kind not in ("models", SETTINGS))
            box.toggled.connect(self._calm_down)
            place = self.places[kind] = faint(" ")
            self.list.addWidget(box)
            self.list.addWidget(place)
        self.names = names
        self.delete = SoftButton(self.tr("Delete what is ticked"), self.tr("Asks once more before it deletes"),
                                 "delete")
        self.sure = SoftButton(self.tr("Yes, delete"), self.tr("This cannot be undone"))
        self.no = SoftButton(self.tr("No"), self.tr("Keep everything"))
        self.sure.light_up("#c05a48")
        self.delete.clicked.connect(self.ask)
        self.sure.clicked.connect(self.do)
        self.no.clicked.connect(self._calm_down)
        self.line = lines()
        holder = beside(self.delete, self.sure, self.no)
        holder.setFocusProxy(self.delete)
        self.add(part)
        self.add(self.line)
        self.add(holder, "What is stored, and delete all")
        self.finish()
        self._calm_down()

    def entered(self) -> None:
        self.look()

    def look(self) -> None:
        program = self.panels.program
        self.panels.jobs.start("stored", lambda told: stored(program.choices.now, program.home), self._found)

    def ask(self) -> None:
        ticked = [self.names[kind] for kind, box in self.boxes.items() if box.isChecked()]
        if not ticked:
            say(self.line, self.tr("Nothing is ticked."))
            return
        say(self.line, self.tr("Really delete? {what}. This cannot be undone.").format(what=", ".join(ticked)))
        self.delete.hide()
        self.sure.show()
        self.no.show()
        self.no.setFocus()

    def do(self) -> None:
        kinds = [kind for kind, box in self.boxes.items() if box.isChecked()]
        self._calm_down()
        if CONVERSATION in kinds:
            self.panels.window.forget()
        if SETTINGS in kinds:
            self.panels.reset_all()
        program = self.panels.program

        def work(told: object) -> list[Stored]:
            lines_ = []
            for one in stored(program.choices.now, program.home):
                if one.kind in kinds:
                    try:
                        program.forget(one.kind)             # else what it still knows would be written again
                        delete(one)
                    except Trouble as trouble:
                        lines_.append(str(trouble))
            if lines_:
                raise Trouble("; ".join(lines_))
            return stored(program.choices.now, program.home)

        def done(found: list[Stored] | None, line: str) -> None:
            self._found(found, line)
            say(self.line, line or self.tr("Deleted."))

        self.panels.jobs.start("delete", work, done)

    def _calm_down(self) -> None:
        self.delete.show()
        self.sure.hide()
        self.no.hide()
        say(self.line, "")

    def _found(self, found: list[Stored] | None, line: str) -> None:
        say(self.line, line)
        program = self.panels.program
        for one in found or []:
            self.found[one.kind] = one
            say(self.places[one.kind], self.tr("{folder}: files: {n}, {size}").format(
                folder=one.place, n=len(one.files), size=size(one.bytes)) if one.files else
                self.tr("{folder}: nothing").format(folder=one.place))
        turns = len(self.panels.window.transcript.turns)
        say(self.places[CONVERSATION], self.tr("Lines: {n}; gone when Parley is closed").format(n=turns))
        say(self.places[SETTINGS], str(program.settings_file))
