"""`parley`: the window. The device opens beside the import of Qt; the rest is loaded when the window is painted.

Three lifetimes: the device and the assistant (memory, timers, notes, style) live as long as the program, the pipeline
(ears, predictor, recogniser, brain, voice) until a setting asks for another one; see `app.desktop.supervisor`.
"""

import importlib
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from app.cli.findings import Sound
from app.desktop.program import Program
from app.desktop.supervisor import Supervisor
from app.platform.display import display_missing
from app.settings.choices import Choices
from app.settings.declaration import REBUILD
from app.settings.folders import environment, folders
from app.settings.schema import DECLARED, Settings
from app.window.options import Options
from app.wiring import (
    Keeper,
    choice_of,
    chosen_canceller,
    chosen_rules,
    keep_recording,
    make_assistant,
    make_pipeline,
    notes_file,
)
from audio_io.device.hot_plug import SteadyDevice, devices
from audio_io.errors import NotHere, Trouble
from audio_io.notices import Statement, state
from engine import messages as m
from engine.messages import Event, Notice, Severity, Source
from engine.notices import NoticeCode
from engine.strict_yaml import Value

if TYPE_CHECKING:                # what they import would delay the window
    from app.window.window import Window
    from engine.assistant.assistant import Assistant
    from engine.runtime.pipeline import Pipeline

SOON_MS = 20


class Desktop:
    """Owns device, assistant and settings; the window only sees `events` and `command`."""

    def __init__(self, settings: Settings) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.choices = Choices(settings, lambda what: self._say(Source.SETTINGS, Severity.TROUBLE, what))
        self.choices.listeners.append(self._changed)
        self.device = SteadyDevice(choice_of(settings), self._status)
        self.assistant: Assistant | None = None  # made with the first pipeline: its import would delay the window
        self.supervisor = Supervisor(self.device, self.choices, self._build, self._began, self.events.put)
        self.trouble: Trouble | None = None      # why there is no device
        if settings.mode == "push":
            self.command(m.SetMode(push=True))
        self._keeper = Keeper(self.choices, self.events.put)
        self._end_recording: Callable[[], None] | None = None
        self._opener = threading.Thread(target=self._open, name="open")

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
        self.supervisor.begin()

    def command(self, command: m.Command) -> None:
        """From the UI thread; never blocks."""
        self.supervisor.command(command)

    def forget(self, kind: str) -> None:
        """As of `Program`. Raises Trouble."""
        if self.assistant is not None and kind == "notes":
            self.assistant.notes.forget()
        elif self.assistant is not None and kind == "timers":
            self.assistant.scheduler.forget()

    def chat_arrived(self) -> None:
        """As of `Program`: it joins, or takes the place of another one with the next pipeline."""
        self.supervisor.ask(self._let_in)

    def _let_in(self, pipeline: "Pipeline") -> None:
        if not pipeline.parts.chat_arrived():
            self.supervisor.rebuild()

    def close(self) -> None:
        """Everything ends, and what the user has is on the disk; what does not end is told and left behind."""
        try:
            if left := self.supervisor.close():
                print(f"parley: {left}", file=sys.stderr)
            if self.assistant is not None:
                self.assistant.close()
        finally:
            self.device.stop()
            self.choices.close()

    def program(self) -> Program:
        """What the panels may ask."""
        where = folders()
        return Program(self.choices, self.command, self.supervisor.alone, self.forget, self.chat_arrived, devices,
                       self._sound, where.settings, where.home)  # fmt: skip

    def _sound(self) -> Sound:
        device = self.device
        return {"works": bool(device.now[0]), "trouble": str(device.alive() or ""),
                "notes": [str(note) for note in device.notes], "echo": None,
                "hz": device.hz, "input": device.now[0], "output": device.now[1], "devices": [], "hosts": [],
                "latency_ms": [round(1000 * s, 1) for s in device.latency_s]}  # fmt: skip

    def _open(self) -> None:
        try:
            self.device.start(strict=False)
        except Trouble as trouble:
            self.trouble = trouble

    # -- for the supervisor, on its thread ----------------------------------------------------------
    def _build(self, settings: Settings) -> "Pipeline":
        if self.assistant is None:
            self.assistant = make_assistant(settings, self._not_kept)
        pipeline = make_pipeline(self.device, settings, self.assistant, self._keeper.tell, self.supervisor.go_on)
        self._end_recording = keep_recording(pipeline, self._keeper.tell) if settings.privacy.record else None
        return pipeline

    def _began(self) -> None:
        now = self.device.now
        self._status((state(NoticeCode.DEVICES_IN_USE, input=now[0], output=now[1]), *self.device.notes))

    # -- settings that change while it runs ---------------------------------------------------------
    def _changed(self, name: str, value: Value) -> None:
        """A setting, on any thread: it holds from now on."""
        if name in DECLARED and DECLARED[name].takes == REBUILD:
            self.supervisor.rebuild()
        elif name == "mode":
            self.command(m.SetMode(push=value == "push"))
        elif name in ("audio.input", "audio.output"):
            self.device.choose(choice_of(self.choices.now))
        elif name.startswith("voice."):
            self._voice(name.removeprefix("voice."), value)
        elif name == "audio.canceller":
            self.supervisor.ask(lambda pipeline: pipeline.remove_echo_with(chosen_canceller(self.choices.now)))
        elif name == "privacy.record":
            self.supervisor.ask(lambda pipeline: self._record(pipeline, self.choices.now.privacy.record))
        elif name == "notes_dir":
            self.supervisor.ask(lambda _: self._keep_notes())
        elif name.startswith("turns."):
            self.supervisor.ask(lambda pipeline: pipeline.command(chosen_rules(self.choices.now)))

    def _voice(self, field: str, value: Value) -> None:
        assert isinstance(value, str | float)
        if self.assistant is None or getattr(self.assistant.style, field) != value:      # else said by voice: it holds
            self.command(m.Change(field, value))

    def _keep_notes(self) -> None:
        """On the supervisor's thread: the disk may be slow. Where there is no pipeline, the next one sees to it."""
        assert self.assistant is not None
        self.assistant.keep_notes_in(notes_file(self.choices.now))

    def _record(self, pipeline: "Pipeline", on: bool) -> None:
        if on and self._end_recording is None:
            self._end_recording = keep_recording(pipeline, self._keeper.tell)
        elif not on and self._end_recording is not None:
            end, self._end_recording = self._end_recording, None
            end()

    def _not_kept(self, what: Statement) -> None:
        self._say(Source.ENGINE, Severity.TROUBLE, what)

    def _say(self, source: Source, severity: Severity, *what: Statement) -> None:
        self.events.put(Notice(0.0, what, severity, source))

    def _status(self, what: tuple[Statement, ...]) -> None:
        self._say(Source.DEVICE, Severity.TROUBLE if self.device.alive() else Severity.INFO, *what)


class Opened(Protocol):
    """What is asked of `app.panels.panels.Panels`, which asks the desktop in turn."""

    def begin(self) -> None: ...
    def open(self) -> object: ...


class Opener:
    """Makes the panels when they are first wanted: their import shall not delay the window."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.window: Window | None = None
        self.panels: Opened | None = None

    def made(self, window: "Window") -> None:
        self.window = window

    def shown(self) -> None:
        """They are imported beside the UI thread, and made on it."""
        from PySide6.QtCore import QTimer

        worker = threading.Thread(target=importlib.import_module, args=("app.panels.panels",), name="panels",
                                  daemon=True)  # fmt: skip
        worker.start()

        def look() -> None:
            if worker.is_alive():
                QTimer.singleShot(SOON_MS, look)
            else:
                self._make().begin()

        look()

    def open(self, over: object) -> None:
        self._make().open()

    def _make(self) -> Opened:
        if self.panels is None:
            self.panels = importlib.import_module("app.panels.panels").Panels(self.program, self.window)
        return self.panels


def run(settings: Settings, watch: Callable[["Window"], None] = lambda window: None) -> int:
    """-> exit code. Raises NotHere without a display or a sound device.

    watch: gets the window before it is shown, as `parley bench start` wants it.
    """
    desktop = Desktop(settings)
    opener = Opener(desktop.program())

    def made(window: "Window") -> None:
        opener.made(window)
        watch(window)

    options = Options(start=settings.window.start, hotkey=settings.window.hotkey, environ=environment(),
                      open_settings=opener.open, made=made, shown=opener.shown)
    desktop.open()                               # its process starts beside the import of Qt
    try:
        if missing := display_missing(environment()):
            raise NotHere(missing)
        from app.desktop.running import run_window

        desktop.opened()
        return run_window(desktop.events, desktop.command, options, desktop.begin)
    finally:
        desktop.close()
