"""The user's settings while the program runs: one frozen value with one owner, changed one name at a time.

A change is checked, holds at once, is told to who listens, and is saved on a thread of its own: a slow disk holds
nobody. What only the command line or `--settings` said is not written into the user's file.
"""

import threading
from collections.abc import Callable, Mapping

from app.settings.schema import Settings, value_of
from app.settings.settings import changed, default_of, load, save
from audio_io.errors import Trouble
from audio_io.notices import Statement, state
from engine.notices import NoticeCode
from engine.strict_yaml import Value

Listener = Callable[[str, Value], None]    # (name, value), on the thread that changed it


class Choices:
    """`set`, `note` and `reset` may be called from any thread."""

    def __init__(self, settings: Settings, tell: Callable[[Statement], None] = lambda what: None,
                 environ: Mapping[str, str] | None = None) -> None:
        """tell: hears why something could not be saved, on a thread."""
        self.now, self._tell, self._environ = settings, tell, environ
        self.listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._unsaved: dict[str, Value] = {}
        self._saver: threading.Thread | None = None

    def get(self, name: str) -> Value:
        return value_of(self.now, name)

    def default(self, name: str) -> Value:
        """What it is where the user has chosen nothing."""
        return default_of(self.now, name)

    def set(self, name: str, value: Value) -> None:
        """From now on, and for the next time. Raises Trouble with one line; then nothing has changed."""
        if self._take(name, value):
            for listener in list(self.listeners):
                listener(name, self.get(name))

    def note(self, name: str, value: Value) -> None:
        """The same for what holds already, by another way: it is only to be saved."""
        self._take(name, value)

    def reset(self, name: str) -> None:
        self.set(name, self.default(name))

    def close(self) -> None:
        """Waits for the last change to be on the disk."""
        if (saver := self._saver) is not None:
            saver.join()

    def _take(self, name: str, value: Value) -> bool:
        with self._lock:
            new = changed(self.now, name, value)
            if new == self.now:
                return False
            self.now = new
            self._unsaved[name] = value_of(new, name)
            if self._saver is None:
                self._saver = threading.Thread(target=self._save, name="save settings")
                self._saver.start()
        return True

    def _save(self) -> None:
        done: dict[str, Value] = {}
        while True:
            with self._lock:
                if self._unsaved == done:
                    self._unsaved, self._saver = {}, None
                    return
                done = dict(self._unsaved)
            try:
                save(load(None, done, self._environ), environ=self._environ)
            except Trouble as trouble:
                self._tell(state(NoticeCode.SETTINGS_NOT_SAVED, trouble=trouble.said))
