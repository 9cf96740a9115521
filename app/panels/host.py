"""What a page or a step of the first run may use of the panels it belongs to: the contract, apart from `panels.Panels`,
which knows every page.
"""

from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.desktop.downloads import Downloads
from app.desktop.jobs import Jobs
from app.desktop.program import Program
from app.panels.pages import Page
from app.window.window import Window


class PanelHost(Protocol):
    """problems: what was reported to the user, oldest first. `open` and `welcome` show the settings, the first run."""

    program: Program
    window: Window
    jobs: Jobs
    downloads: Downloads
    problems: list[str]

    def open(self, page: str = "") -> QWidget: ...

    def welcome(self) -> QWidget: ...

    def make_page(self, name: str) -> Page: ...

    def reset_all(self) -> None: ...
