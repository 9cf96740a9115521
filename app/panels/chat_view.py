"""A chat model for the default profile: what suits this machine, one click to get it, and servers that run already."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QVBoxLayout, QWidget

from app.cli.findings import ChatHere, ChatOffer, FoundServer
from app.cli.models import size
from app.desktop.beside import Beside
from app.panels.chat_texts import conditions, good_for, title
from app.panels.download_bar import DownloadBar
from app.panels.host import PanelHost
from app.panels.pages import beside, lines, say
from app.panels.rows import faint
from app.window.buttons import SoftButton
from app.window.theme import ME
from audio_io.errors import Trouble
from engine.strict_yaml import Value

DEFAULT = "embedded"             # the profile that the chat model joins


class ChatView(QWidget):
    """`look` asks what there is, beside the UI thread; a download goes on whether this is shown or not.

    names: of the models on offer, the best first: the first whose source is reached will come.
    """

    def __init__(self, panels: PanelHost) -> None:
        super().__init__()
        self.panels, self.here = panels, ""
        self.names: list[str] = []
        self.asked: Beside | None = None
        self.card = QFrame()
        self.card.setObjectName("chat")
        self.card.setStyleSheet("#chat { border: 1px solid palette(mid); border-radius: 8px; }")
        self.fits, self.instead = lines(self.tr("Looking at what would run here...")), faint()
        self.licence = _licence()
        self.get = SoftButton("", self.tr("In the background; you can go on talking"))
        self.get.light_up(ME)
        self.get.clicked.connect(self.download)
        self.use = SoftButton(self.tr("Think with it"), self.tr("Chooses the profile Embedded and this model"))
        self.use.clicked.connect(self.choose_here)
        self.download_bar = DownloadBar(panels.downloads, "chat")
        self.state = self.download_bar.state
        self.buttons = beside(self.get, self.use)
        self.servers = ServersView(panels)
        about = lines(self.tr("For questions, advice, plans and stories. It runs on this computer, nothing that you "
                              "say leaves it, and when it has come it joins the conversation."))  # fmt: skip
        inside, whole = QVBoxLayout(self.card), QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        for part in (about, self.fits, self.licence, self.instead, self.buttons, self.download_bar):
            inside.addWidget(part)
        whole.addWidget(self.card)
        whole.addWidget(self.servers)
        for part in (self.get, self.use):
            part.hide()
        self.setAccessibleName(self.tr("Chat model"))
        panels.downloads.changed.connect(self.allow)
        panels.downloads.ended.connect(lambda whole: self.look())

    # -- what there is --------------------------------------------------------------------------------
    def look(self) -> None:
        beside_ = self.asked = Beside()
        settings = self.panels.program.choices.now
        self.panels.jobs.start(f"chat {id(self)}", lambda told: beside_.ask("chat", settings), self.show_found)

    def leave(self) -> None:
        if self.asked is not None:
            self.asked.cancel()

    def show_found(self, found: ChatHere | None, line: str) -> None:
        """found: as `app.desktop.side.chat` gives it."""
        self.asked = None
        if found is None:
            say(self.fits, line)
            return
        models = found["models"]
        self.here = next((one["name"] for one in models if one["here"]), "")
        self.names = [one["name"] for one in models]
        self._show_model(found, next((one for one in models if one["here"]), models[0] if models else None))
        self.servers.show_found(found["servers"])
        self.allow()

    def _show_model(self, found: ChatHere, one: ChatOffer | None) -> None:
        where = self.tr("{memory} of memory, {cores} cores").format(memory=size(found["memory"]), cores=found["cores"])
        self.licence.setVisible(one is not None)
        if one is None:
            say(self.fits, self.tr("This computer ({where}) has too little memory for a chat model. A server can think "
                                   "for it: see Server.").format(where=where))  # fmt: skip
            say(self.instead, "")
            return
        name, what = title(one["name"]), good_for(one["name"])
        say(self.fits, (self.tr("Here: {name}; {what}. It takes about {memory} of memory while it runs.") if self.here
                        else self.tr("Recommended for this computer ({where}): {name}; {what}. It takes about {memory} "
                                     "of memory while it runs.")).format(
            where=where, name=name, what=what, memory=size(one["memory"])))  # fmt: skip
        licence = one["licence"]
        text = self.tr("Licence: {name}: {conditions}").format(
            name=licence["name"], conditions=conditions(licence["conditions"]))
        self.licence.setText(f"{text} (<a href='{licence['url']}'>{licence['url']}</a>)")
        others = [other for other in found["models"] if other is not one and not self.here]
        names = ", ".join(f"{title(other['name'])} ({size(other['bytes'])}, {other['licence']['name']})"
                          for other in others)  # fmt: skip
        say(self.instead, self.tr("Where it cannot be reached, the next of these comes: {names}.").format(names=names)
            if names else "")  # fmt: skip
        self.get.setText(self.tr("Download {size}").format(size=size(one["bytes"])))
        self.get.setAccessibleName(self.tr("Download the chat model {name}, {size}").format(
            name=name, size=size(one["bytes"])))  # fmt: skip

    def allow(self) -> None:
        """Which buttons there are now, and which of them may be pressed."""
        choices, going = self.panels.program.choices, bool(self.panels.downloads.going)
        offline = bool(choices.get("privacy.offline"))
        self.get.setVisible(bool(self.names) and not self.here and not self.download_bar.on)
        self.get.setEnabled(not going and not offline)
        self.get.explain(self.tr("Parley is offline: see Privacy") if offline else
                         self.tr("In the background; you can go on talking"))  # fmt: skip
        if offline and self.get.isVisibleTo(self) and not self.download_bar.ended_badly:
            say(self.state, self.tr("Parley is offline: see Privacy"))
        elif not self.download_bar.on and not self.download_bar.ended_badly:
            say(self.state, "")
        self.use.setVisible(bool(self.here) and not self._used())
        self._hand_on()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        """Who was led here waits for the first button that there will be."""
        button = next((one for one in (self.get, self.use) if one.isVisible()), None)
        if self.hasFocus() and button is not None:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is done ---------------------------------------------------------------------------------
    def download(self) -> None:
        self.panels.downloads.start_chat(self.names)

    def _used(self) -> bool:
        choices = self.panels.program.choices
        return choices.get("profile") == DEFAULT and choices.get("brain.model") in ("", self.here)

    def choose_here(self) -> None:
        """The default profile with the model that is here; a name that was meant for a server goes."""
        _choose(self.panels, self.state, {"brain.model": "", "profile": DEFAULT})
        self.allow()


class ServersView(QWidget):
    """Chat servers that run on this computer, each with a button that chooses it."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__()
        self.panels = panels
        self.rows: list[QWidget] = []
        self.buttons: list[SoftButton] = []
        self.line = lines()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.line)
        self.hide()

    def show_found(self, servers: list[FoundServer]) -> None:
        for row in self.rows:
            row.hide()
            self.column.removeWidget(row)
            row.deleteLater()
        self.rows, self.buttons = [], []
        for server in servers:
            self._add(server)
        self.setVisible(bool(servers))

    def _add(self, server: FoundServer) -> None:
        choices, models = self.panels.program.choices, list(server["models"])
        used = choices.get("profile") == "server" and choices.get("brain.server") == server["url"]
        text = self.tr("{name} runs on this computer ({url}), and Parley thinks with it.") if used else \
            self.tr("{name} runs on this computer ({url}) and can think for Parley.")
        about = lines(text.format(name=server["name"], url=server["url"]))
        which = QComboBox()
        which.addItems(models)
        which.setMinimumHeight(34)
        which.setAccessibleName(self.tr("Model of {name}").format(name=server["name"]))
        if (chosen := str(choices.get("brain.model"))) in models:
            which.setCurrentText(chosen)
        use = SoftButton(self.tr("Think with {name}").format(name=server["name"]),
                         self.tr("Chooses the profile Server with this address and model"))  # fmt: skip
        use.clicked.connect(lambda: self.choose(server["url"], which.currentText()))
        holder, row = beside(which, use), QWidget()
        inside = QVBoxLayout(row)
        inside.setContentsMargins(0, 8, 0, 0)
        inside.addWidget(about)
        inside.addWidget(holder)
        self.column.addWidget(row)
        self.rows.append(row)
        self.buttons.append(use)

    def choose(self, url: str, model: str) -> None:
        if _choose(self.panels, self.line, {"brain.server": url, "brain.model": model, "profile": "server"}):
            say(self.line, self.tr("Chosen. The conversation starts again with {model}.").format(model=model))


def _choose(panels: PanelHost, line: QLabel, values: Mapping[str, Value]) -> bool:
    """Several settings at once; they take one building of the pipeline. What is refused is said in `line`."""
    try:
        for name, value in values.items():
            panels.program.choices.set(name, value)
    except Trouble as trouble:
        say(line, str(trouble))
        return False
    return True


def _licence() -> QLabel:
    """A line that can be read to its end, with a link that mouse and keyboard reach."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    label.setOpenExternalLinks(True)
    label.hide()
    return label
