"""Shows the window and runs it until it is closed."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from PySide6.QtWidgets import QApplication

from app.i18n.languages import speak_system_language
from app.window import icons
from app.window.bridge import Bridge
from app.window.options import Options
from app.window.theme import follow_system
from app.window.window import Told, Window
from engine.messages import Event


@contextmanager
def _closed_by_signals(window: Window) -> Iterator[None]:
    """Ctrl+C and a polite kill close the window as its cross does. The bridge's timer gives Python the chance."""
    def close(number: int, frame: FrameType | None) -> None:
        window.close()

    before = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_window(events: "SimpleQueue[Event]", command: Told, options: Options,
               after_paint: Callable[[], None] | None = None) -> int:
    """Call on the main thread. -> exit code.

    `after_paint`: called once, on the UI thread, when the window is on the screen; start slow things there (in a
    thread), so that they do not delay it. Ask `display_missing` first: without a display Qt aborts.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Parley")
    application.setDesktopFileName("org.parley.Parley")
    application.setQuitOnLastWindowClosed(False)     # hidden in the tray it goes on
    follow_system(application)
    speak_system_language(application)
    application.setWindowIcon(icons.program())
    bridge = Bridge(events)
    window = Window(bridge, command, options)
    window.closed.connect(application.quit)
    if after_paint is not None:
        window.on_screen.connect(after_paint)
    options.made(window)
    window.on_screen.connect(options.shown)
    window.begin()
    bridge.start()
    with _closed_by_signals(window):
        return application.exec()
