"""The profiles with large models as cards: what fits here, what is on disk, whose licence, and one download."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QVBoxLayout, QWidget

from app.cli.findings import Fit, Model, ModelsHere, ProfileRow
from app.cli.models import size
from app.desktop.beside import Beside
from app.panels.download_bar import DownloadBar
from app.panels.host import PanelHost
from app.panels.pages import beside, heading, lines, say
from app.panels.rows import BOX, faint
from app.window.buttons import SoftButton


class Card(QFrame):
    """One profile: what it takes, what stands in its way, and what is to be downloaded."""

    def __init__(self, panels: PanelHost, profile: ProfileRow, fit: Fit | None,
                 models: Mapping[str, Model]) -> None:  # fmt: skip
        super().__init__()
        self.panels, self.name = panels, str(profile["name"])
        # what fits here is what is fetched: perhaps a smaller chat model than the profile's first
        self.models = list((fit["models"] if fit else []) or [names[0] for names in profile["roles"].values() if names])
        self.wanted = [name for name in self.models if not models[name]["whole"]]
        self.setStyleSheet("Card { border: 1px solid palette(mid); border-radius: 8px; }")
        column = QVBoxLayout(self)
        column.addWidget(heading(self.name.capitalize()))
        for text in (self._about(profile, fit), *self._files(models)):
            column.addWidget(lines(text))
        lacks = self._lacks(fit)
        column.addWidget(faint(self.tr("Lacks: {what}").format(what="; ".join(lacks)) if lacks else ""))
        if self.name == "server":
            column.addWidget(faint(self.tr("These listen and speak. Without them the embedded profile's ears and voice "
                                           "do, and the server thinks all the same.")))  # fmt: skip
        self.agree = self._licences(models, column)
        self.load = SoftButton("", self.tr("In the background; you can go on talking"))
        self.load.setVisible(bool(self.wanted))
        self.load.setText(self.tr("Download {size}").format(
            size=size(sum(models[name]["to_download"] for name in self.wanted))))
        self.load.clicked.connect(self.download)
        column.addWidget(beside(self.load))
        self.allow()

    def _about(self, profile: ProfileRow, fit: Fit | None) -> str:
        where = self.tr("graphics memory") if profile["on"] == "gpu" else self.tr("memory")
        if not fit:
            return self.tr("Needs: {what}").format(what=profile["besides"]) if profile["besides"] else ""
        text = self.tr("Needs {needs} of {where}; {free} are free here.").format(
            needs=size(fit["needs"]), where=where, free=size(fit["free"]))
        return text + (" " + self.tr("Chat model at {bits}.").format(bits=fit["width"]) if fit["width"] else "")

    def _lacks(self, fit: Fit | None) -> list[str]:
        """What it needs besides its models. No command that would put it there: a window has no place for one."""
        lacks = []
        for line in fit["missing"] if fit else []:
            what, command, _ = str(line).partition(": pip install")
            if command:
                lacks.append(self.tr("parts that this Parley was installed without ({what})").format(what=what))
            elif "parley models pull" not in line:
                lacks.append(line)
        return lacks

    def _files(self, models: Mapping[str, Model]) -> list[str]:
        told = []
        for name in self.models:
            one = models[name]
            state = self.tr("here") if one["whole"] else self.tr("{size} to download").format(
                size=size(one["to_download"]))
            told.append(f"• {name}: {state}; {one['licence']['name']}")
        return told

    def _licences(self, models: Mapping[str, Model], column: QVBoxLayout) -> list[tuple[QCheckBox, str]]:
        """A box for each licence that has to be agreed to; all others are shown."""
        boxes: list[tuple[QCheckBox, str]] = []
        seen = {models[name]["licence"]["id"]: models[name]["licence"] for name in self.wanted}
        for licence in seen.values():
            link = QLabel(f"{licence['name']}: {licence['conditions']} "
                          f"(<a href='{licence['url']}'>{licence['url']}</a>)")
            link.setWordWrap(True)
            link.setOpenExternalLinks(True)
            link.setTextFormat(Qt.TextFormat.RichText)
            column.addWidget(link)
            if licence["to_accept"] and not licence["accepted"]:
                box = QCheckBox(self.tr("I have read it and agree"))
                box.setStyleSheet(BOX)
                box.setAccessibleName(self.tr("I have read the licence {name} and agree").format(name=licence["name"]))
                box.toggled.connect(self.allow)
                column.addWidget(box)
                boxes.append((box, str(licence["id"])))
        return boxes

    def allow(self) -> None:
        choices = self.panels.program.choices
        free = not self.panels.downloads.going and not choices.get("privacy.offline")
        self.load.setEnabled(free and all(box.isChecked() for box, _ in self.agree))
        if choices.get("privacy.offline"):
            self.load.explain(self.tr("Parley is offline: see Privacy"))

    def download(self) -> None:
        self.panels.downloads.start(self.wanted, [licence for _, licence in self.agree])


class ModelsView(QWidget):
    """`look` asks what there is; meanwhile, and during a download, the page stays as it is."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__()
        self.panels, self.cards = panels, list[Card]()
        self.asked: Beside | None = None
        self.bar = DownloadBar(panels.downloads, "models")
        self.state = self.bar.state
        say(self.state, self.tr("Looking at what would run here..."))
        self.holder = QWidget()
        self.column = QVBoxLayout(self.holder)
        self.column.setContentsMargins(0, 0, 0, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.bar)
        whole.addWidget(self.holder)
        panels.downloads.changed.connect(self._allow)
        panels.downloads.ended.connect(lambda whole: self.look())

    def look(self) -> None:
        beside_ = self.asked = Beside()
        settings = self.panels.program.choices.now
        self.panels.jobs.start(f"models {id(self)}", lambda told: beside_.ask("models", settings), self.show_found)

    def leave(self) -> None:
        if self.asked is not None:
            self.asked.cancel()

    def _allow(self) -> None:
        for card in self.cards:
            card.allow()

    def show_found(self, found: ModelsHere | None, line: str) -> None:
        """found: as `app.desktop.side.models` gives it."""
        self.asked = None
        if found is None:
            say(self.state, line)
            return
        for card in self.cards:
            card.hide()
            self.column.removeWidget(card)
            card.deleteLater()
        fits, self.cards = found["fits"], []
        for profile in found["profiles"]:
            card = Card(self.panels, profile, fits.get(profile["name"]), found["models"])
            self.column.addWidget(card)
            self.cards.append(card)
        if not self.bar.on and not self.bar.ended_badly:
            say(self.state, found["trouble"] or self.tr("Models are in {folder}").format(folder=found["folder"]))
