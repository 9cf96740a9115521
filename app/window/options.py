"""How the window is opened: what it needs to be told besides the events. Imports no Qt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

STARTS = ("shown", "minimised", "compact")


@dataclass(frozen=True)
class Options:
    """start: shown, minimised (into the tray where there is one) or compact. hotkey: push-to-talk from anywhere.

    environ: the process's, read by `app.settings.settings`.
    open_settings: shows the settings panel over the given window (a QWidget); None: there is none.
    made: called once with the window, before it is shown; shown: when it is on the screen. Both on the UI thread.
    """

    title: str = "Parley"
    start: str = "shown"
    hotkey: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    open_settings: Callable[[Any], None] | None = None
    made: Callable[[Any], None] = lambda window: None
    shown: Callable[[], None] = lambda: None
