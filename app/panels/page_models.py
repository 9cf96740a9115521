"""The pages of the profile and of the server: what thinks, and whether it is there."""

from app.desktop.beside import Beside
from app.panels.chat_view import ChatView
from app.panels.host import PanelHost
from app.panels.models_view import ModelsView
from app.panels.pages import Page, beside, heading, lines, say
from app.window.buttons import SoftButton


class ModelsPage(Page):
    def __init__(self, panels: PanelHost) -> None:
        super().__init__("models", panels.program.choices)
        self.add(heading(self.tr("Chat model")))
        self.chat = ChatView(panels)
        self.add(self.chat, "Get a chat model")
        self.add(heading(self.tr("Larger profiles")))
        self.view = ModelsView(panels)
        self.add(self.view, "Download models")
        self.finish()

    def entered(self) -> None:
        self.chat.look()
        self.view.look()

    def left(self) -> None:
        self.chat.leave()
        self.view.leave()

    def refresh(self, name: str) -> None:
        super().refresh(name)
        self.chat.allow()


class ServerPage(Page):
    """The test asks for one short answer, in a process of its own; it can be stopped."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__("server", panels.program.choices)
        self.panels = panels
        self.asked: Beside | None = None
        self.test = SoftButton(self.tr("Test the server"), self.tr("Asks for one short answer"))
        self.test.clicked.connect(self.toggle)
        self.result = lines()
        holder = beside(self.test)
        holder.setFocusProxy(self.test)
        self.add(holder, "Test the server")
        self.add(self.result)
        self.finish()

    def toggle(self) -> None:
        if self.asked is not None:
            self.asked.cancel()
            return
        for row in self.rows.values():
            getattr(row, "commit", lambda: None)()           # what was typed a moment ago counts
        one = self.asked = Beside()
        settings = self.panels.program.choices.now
        self.test.setText(self.tr("Stop"))
        say(self.result, self.tr("Asking..."))
        if not self.panels.jobs.start("server", lambda told: one.ask("server", settings), self._done):
            self.asked = None

    def _done(self, answer: dict[str, str] | None, line: str) -> None:
        self.asked = None
        self.test.setText(self.tr("Test again"))
        if answer is None:
            say(self.result, line)
            return
        say(self.result, self.tr("It works: {model} says “{said}”").format(**answer))

    def left(self) -> None:
        if self.asked is not None:
            self.asked.cancel()
