"""`parley`: the window. The device opens beside the import of Qt; the engine starts when the window is painted."""

import importlib
import importlib.util
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from app.display import display_missing
from app.options import Options
from app.settings import Settings, environment
from app.vitals import LOOK_S, Vital, Watch
from app.wiring import Keeper, choice_of, make_conversation
from audio_io.errors import NotHere, Trouble
from audio_io.steady import SteadyDevice
from engine.live import Conversation
from engine.news import News


class Desktop:
    """Owns device and conversation; the window only sees `news` and `command`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.news: SimpleQueue[News] = SimpleQueue()
        self.device = SteadyDevice(choice_of(settings), self._status)
        self.talk: Conversation | None = None
        self.trouble: Trouble | None = None      # why there is no device
        self._early: list[tuple[str, dict[str, Any]]] = []       # said before the engine was there
        self._modes: dict[str, dict[str, Any]] = {}              # the last "mute" and "mode", for a restart
        if settings.mode == "push":
            self._modes["mode"] = {"mode": "push"}
        self._keeper = Keeper(settings, self.news.put)
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._opener = threading.Thread(target=self._open, name="open")
        self._starter = threading.Thread(target=self._start, name="start")

    def open(self) -> None:
        """Begin to open the device."""
        self._opener.start()

    def opened(self) -> None:
        """Wait for it. Raises what went wrong."""
        self._opener.join()
        if self.trouble is not None:
            self.device.stop()
            raise self.trouble

    def begin(self) -> None:
        """The window is on the screen: load the rest."""
        self._starter.start()

    def command(self, name: str, **arguments: Any) -> None:
        """From the UI thread; never blocks."""
        if name == "quit":
            return
        with self._lock:
            if name in ("mute", "mode"):
                self._modes[name] = arguments
            if self.talk is None:
                self._early.append((name, arguments))
                return
            talk = self.talk
        talk.command(name, **arguments)

    def close(self) -> None:
        self._ending.set()
        if self._starter.is_alive():
            self._starter.join()
        if self.talk is not None:
            self.talk.stop()
        self.device.stop()

    def _open(self) -> None:
        try:
            self.device.start(strict=False)
        except Trouble as trouble:
            self.trouble = trouble

    def _start(self) -> None:
        """On a thread of its own: loads the conversation, then watches it until the end."""
        watch = Watch()
        going = self._load()
        while going and not self._ending.wait(LOOK_S):
            if watch.look(self._vital()):
                going = self._again(watch)

    def _load(self) -> bool:
        """Raises nothing. -> whether there is a conversation now."""
        try:
            talk = make_conversation(self.device, self._keeper.settings, self._keeper.tell)
        except Trouble as trouble:
            self._keeper.tell(News(0.0, "error", {"what": str(trouble), "do": "Start Parley again when it is mended."}))
            return False
        talk.start()
        with self._lock:
            self.talk = talk
            early = [(name, arguments) for name, arguments in self._early if name not in self._modes]
            self._early, modes = [], list(self._modes.items())
        for name, arguments in (*modes, *early):
            talk.command(name, **arguments)
        self._status(f"{self.device.now[0]} → {self.device.now[1]}")
        return True

    def _vital(self) -> Vital:
        assert self.talk is not None
        return Vital(self.device.mic.wrote, self.talk.session.core.hop)

    def _again(self, watch: Watch) -> bool:
        """The conversation stands still: a new one in its place. -> whether there is one."""
        self._engine("The conversation stands still; it is started again. What was said so far is forgotten.", True)
        with self._lock:
            talk, self.talk = self.talk, None
        try:
            assert talk is not None
            talk.stop()
        except RuntimeError as error:            # two of them would share one microphone
            self._engine(f"The conversation stands still and cannot be ended ({error}). Start Parley again.", True)
            return False
        if not watch.restarts():
            self._engine("The conversation stands still again and again. Run `parley doctor`, then start Parley "
                         "again.", True)
            return False
        if not self._load():
            return False
        self._engine("The conversation goes on.", False)
        return True

    def _engine(self, line: str, trouble: bool) -> None:
        self.news.put(News(0.0, "status", {"text": line, "trouble": trouble, "source": "engine"}))

    def _status(self, line: str) -> None:
        self.news.put(News(0.0, "status", {"text": line, "trouble": bool(self.device.alive())}))


def settings_opener() -> Callable[[Any], None] | None:
    """-> what shows the settings panel over a window, or None where this version has none."""
    if importlib.util.find_spec("app.settings_panel") is None:
        return None

    def show(over: Any) -> None:
        importlib.import_module("app.settings_panel").SettingsPanel(over).show()

    return show


def run(settings: Settings) -> int:
    """-> exit code. Raises NotHere without a display or a sound device."""
    if missing := display_missing(environment()):
        raise NotHere(missing)
    desktop = Desktop(settings)
    options = Options(start=settings.window.start, hotkey=settings.window.hotkey, environ=environment(),
                      open_settings=settings_opener())
    desktop.open()
    from app.running import run_window  # imports Qt, while the device opens

    desktop.opened()
    try:
        return run_window(desktop.news, desktop.command, options, desktop.begin)
    finally:
        desktop.close()
