"""Work beside the UI thread: it runs on a thread of its own, and what it says arrives on the UI thread."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.i18n.notices import words
from audio_io.errors import Trouble, words_of

T = TypeVar("T")
Say = Callable[[Any], None]


class Jobs(QObject):
    """Made on the UI thread. `start(work, done)`: `work(say)` on a thread, then `done(result, "")` on the UI thread.

    What `work` hands to `say` goes to `progress`, also there. A Trouble is `done(None, its line)`, in the user's
    language where there is a translation; so is any OSError.
    After `close` nothing arrives any more.
    """

    _call = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.closed = False
        self.running: dict[str, threading.Thread] = {}
        self._call.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def start(self, name: str, work: Callable[[Say], T], done: Callable[[T | None, str], None],
              progress: Say = lambda told: None) -> bool:  # fmt: skip
        """name: one of a name runs at a time. -> False: it runs already, and this was not started."""
        if name in self.running or self.closed:
            return False

        def run() -> None:
            result: T | None = None
            line = ""
            try:
                result = work(lambda told: self._post(lambda: progress(told)))
            except (Trouble, OSError) as error:
                line = words(words_of(error))
            except Exception as error:           # a fault of ours: the thread must not end without a word
                line = f"This is a fault in Parley, please report it: {error!r}"
            self._post(lambda: self._end(name, done, result, line))

        self.running[name] = threading.Thread(target=run, name=name, daemon=True)
        self.running[name].start()
        return True

    def later(self, call: Callable[[], None]) -> None:
        """From any thread: `call` on the UI thread, soon."""
        self._post(call)

    def close(self) -> None:
        self.closed = True

    def _end(self, name: str, done: Callable[[T | None, str], None], result: T | None, line: str) -> None:
        self.running.pop(name, None)
        done(result, line)

    def _post(self, call: Callable[[], None]) -> None:
        if not self.closed:
            try:
                self._call.emit(call)
            except RuntimeError:                 # the window has gone meanwhile
                self.closed = True

    def _run(self, call: Callable[[], None]) -> None:
        if not self.closed:
            call()
