"""`parley`: the window. The device opens beside the import of Qt; the engine starts when the window is painted."""

import threading
from queue import SimpleQueue
from typing import Any

from app.display import display_missing
from app.options import Options
from app.settings import Settings, environment
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
        self._lock = threading.Lock()
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
        with self._lock:
            if self.talk is None:
                self._early.append((name, arguments))
                return
        if name != "quit":
            self.talk.command(name, **arguments)

    def close(self) -> None:
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
        try:
            talk = make_conversation(self.device, self.settings, Keeper(self.settings, self.news.put).tell)
        except Trouble as trouble:
            self.news.put(News(0.0, "error", {"what": str(trouble), "do": "Start Parley again when it is mended."}))
            return
        talk.start()
        if self.settings.mode == "push":
            talk.command("mode", mode="push")
        with self._lock:
            self.talk = talk
            early, self._early = self._early, []
        for name, arguments in early:
            if name != "quit":
                talk.command(name, **arguments)
        self._status(f"{self.device.now[0]} → {self.device.now[1]}")

    def _status(self, line: str) -> None:
        self.news.put(News(0.0, "status", {"text": line, "trouble": bool(self.device.alive())}))


def run(settings: Settings) -> int:
    """-> exit code. Raises NotHere without a display or a sound device."""
    if missing := display_missing(environment()):
        raise NotHere(missing)
    desktop = Desktop(settings)
    desktop.open()
    from app.running import run_window  # imports Qt, while the device opens

    desktop.opened()
    try:
        return run_window(desktop.news, desktop.command, Options(environ=environment()), desktop.begin)
    finally:
        desktop.close()
