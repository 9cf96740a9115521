"""`parley`: the window. The device opens beside the import of Qt; the engine starts when the window is painted.

What the user changes holds at once: most of it is told to the running conversation, a device to the device; what a
conversation is built of takes a new conversation, which knows what was said in the old one.
"""

import importlib
import threading
from collections.abc import Callable
from dataclasses import fields
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from app.desktop.program import Program
from app.desktop.vitals import LOOK_S, Vital, Watch
from app.platform.display import display_missing
from app.settings.choices import Choices
from app.settings.places import environment, places
from app.settings.schema import Settings
from app.window.options import Options
from app.wiring import Keeper, choice_of, chosen_rules, keep_recording, make_assistant, make_conversation
from audio_io.device.hot_plug import SteadyDevice, devices
from audio_io.errors import NotHere, Trouble
from audio_io.notices import Said, Statement, state
from engine import messages as m
from engine.messages import Event, FloorChanged, FloorState, Notice, Severity, Source
from engine.notices import Advice, NoticeCode

if TYPE_CHECKING:                # what they import would delay the window
    from audio_io.device.contract import Device
    from engine.assistant.assistant import Assistant
    from engine.runtime.live import Conversation

BUILT_OF = ("profile", "listen.", "turns.predictor", "voice.engine", "brain.", "notes_dir", "models_dir")
SOON_MS = 20
RULES = ("turns.patience", "turns.barge_in", "turns.resume", "turns.backchannels")


class Desktop:
    """Owns device and conversation; the window only sees `events` and `command`."""

    def __init__(self, settings: Settings) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.choices = Choices(settings, lambda what: self._say(Source.SETTINGS, Severity.TROUBLE, what))
        self.choices.listeners.append(self._changed)
        self.device = SteadyDevice(choice_of(settings), self._status)
        self.talk: Conversation | None = None
        self.trouble: Trouble | None = None      # why there is no device
        self._early: list[m.Command] = []        # said before the engine was there
        self._modes: dict[type, m.Command] = {}  # the last Mute and SetMode, for a restart
        if settings.mode == "push":
            self._modes[m.SetMode] = m.SetMode(push=True)
        self._keeper = Keeper(self.choices, self.events.put)
        self._wishes: SimpleQueue[Callable[[], bool]] = SimpleQueue()    # for the thread that starts; -> goes on
        self._end_recording: Callable[[], None] | None = None
        self._amiss, self._worked = False, ""    # _worked: the profile of the last conversation that began
        self._assistant: Assistant | None = None         # made once, beside the window
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

    def command(self, command: m.ProgramCommand) -> None:
        """From the UI thread; never blocks."""
        with self._lock:
            if isinstance(command, m.Rebuild):
                self._wishes.put(self._anew)
                return
            if isinstance(command, m.Mute | m.SetMode):
                self._modes[type(command)] = command
            if self.talk is None:
                if not isinstance(command, m.Preview):           # to be heard now or not at all
                    self._early.append(command)
                return
            talk = self.talk
        talk.command(command)

    def close(self) -> None:
        self._ending.set()
        if self._starter.is_alive():
            self._starter.join()
        if self.talk is not None:
            self.talk.stop()
        if self._assistant is not None:
            self._assistant.close()
        self.device.stop()
        self.choices.close()

    def alone(self, work: "Callable[[Device], Any]") -> Any:
        """On a thread that may wait: the conversation pauses, `work` has the device, the conversation goes on.

        Raises what `work` raises, and Trouble when the program ends meanwhile.
        """
        answers: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

        def wish() -> bool:
            self._pause()
            try:
                answers.put((work(self.device), None))
            except Exception as error:           # it belongs to who has asked
                answers.put((None, error))
            return self._load()

        self._wishes.put(wish)
        while not self._ending.is_set():
            try:
                result, error = answers.get(timeout=LOOK_S)
            except Empty:
                continue
            if error is not None:
                raise error
            return result
        raise Trouble("Parley is being closed")

    def program(self) -> Program:
        """What the panels may ask."""
        where = places()
        return Program(self.choices, self.command, self.alone, devices, self._sound, where.settings, where.home)

    def _sound(self) -> dict[str, Any]:
        device = self.device
        return {"works": bool(device.now[0]), "trouble": device.alive(), "notes": list(device.notes), "echo": None,
                "hz": device.hz, "input": device.now[0], "output": device.now[1], "devices": [], "hosts": [],
                "latency_ms": [round(1000 * s, 1) for s in device.latency_s]}  # fmt: skip

    def _open(self) -> None:
        try:
            self.device.start(strict=False)
        except Trouble as trouble:
            self.trouble = trouble

    def _start(self) -> None:
        """On a thread of its own: loads the conversation, then watches it until the end."""
        watch = Watch()
        self._load()
        while not self._ending.is_set():
            try:
                wish = self._wishes.get(timeout=LOOK_S)
            except Empty:
                if self.talk is not None and watch.look(self._vital()):
                    self._again(watch)
                continue
            wish()
            watch = Watch()                      # what stood still stood still for a reason

    def _load(self) -> bool:
        """Raises nothing. -> whether there is a conversation now."""
        settings = self.choices.now              # they may change while it is made
        try:
            if self._assistant is None:
                self._assistant = make_assistant(settings, self._not_kept)
            talk = make_conversation(self.device, settings, self._assistant, self._keeper.tell)
        except Trouble as trouble:
            what = state(NoticeCode.TROUBLE, trouble=trouble.said)
            self.events.put(Notice(0.0, (what,), Severity.ERROR, Source.SETTINGS, Advice.MEND_OR_CHOOSE))
            return False
        self._end_recording = keep_recording(talk, self._keeper.tell) if settings.privacy.record else None
        talk.start()
        self._worked = settings.profile
        with self._lock:
            self.talk = talk
            early = [command for command in self._early if type(command) not in self._modes]
            self._early, modes = [], list(self._modes.values())
        for command in (*modes, *early):
            talk.command(command)
        self._tell_voice(talk, settings)
        now = self.device.now
        self._status((state(NoticeCode.DEVICES_IN_USE, input=now[0], output=now[1]), *self.device.notes))
        return True

    def _tell_voice(self, talk: "Conversation", made_of: Settings) -> None:
        """What was changed of the voice while there was no conversation to be told."""
        was, now = made_of.voice.style(), self.choices.now.voice.style()
        for field in fields(now):
            if (value := getattr(now, field.name)) != getattr(was, field.name):
                talk.command(m.Change(field.name, value))

    def _changed(self, name: str, value: Any) -> None:
        """A setting, on any thread: it holds from now on."""
        if name == "mode":
            self.command(m.SetMode(push=value == "push"))
        elif name in ("audio.input", "audio.output"):
            self.device.choose(choice_of(self.choices.now))
        elif name.startswith(BUILT_OF):
            self._wishes.put(self._anew)
        elif name.startswith("voice."):
            talk, field = self.talk, name.removeprefix("voice.")
            if talk is not None and getattr(talk.session.style, field) != value:
                self.command(m.Change(field, value))
        elif name in RULES or name in ("audio.canceller", "privacy.record"):
            self._wishes.put(lambda: self._tell_talk(name))

    def _tell_talk(self, name: str) -> bool:
        """A change that the running conversation can take. -> it goes on."""
        talk, settings = self.talk, self.choices.now
        if talk is None:
            return True                          # the next one is made so
        try:
            if name in RULES:
                talk.command(chosen_rules(settings))
            elif name == "audio.canceller":
                from audio_io.dsp import echo

                talk.remove_echo_with(echo.make(settings.audio.canceller))
            elif settings.privacy.record and self._end_recording is None:
                self._end_recording = keep_recording(talk, self._keeper.tell)
            elif not settings.privacy.record and self._end_recording is not None:
                end, self._end_recording = self._end_recording, None
                end()
        except Trouble as trouble:
            self._amiss = True
            self._settings(Severity.TROUBLE, NoticeCode.TROUBLE, trouble=trouble.said)
            return True
        if self._amiss:
            self._amiss = False
            self._settings(Severity.INFO, NoticeCode.SETTINGS_HOLD)
        return True

    def _anew(self) -> bool:
        """A new conversation with the settings of now, in place of the one that runs. -> whether there is one."""
        self._settings(Severity.INFO, NoticeCode.NEW_SETTINGS)
        self._pause()
        while True:                              # several changes at once take one start
            try:
                wish = self._wishes.get_nowait()
            except Empty:
                break
            if wish != self._anew:
                wish()
        self.events.put(FloorChanged(0.0, FloorState.STARTING))
        if self._load():
            return True
        if self._worked and self._worked != self.choices.now.profile:      # the error stays to be read
            self.choices.set("profile", self._worked)
        return False

    def _pause(self) -> None:
        """No conversation until the next `_load`."""
        with self._lock:
            talk, self.talk = self.talk, None
        if talk is None:
            return
        talk.command(m.Stop())
        try:
            talk.stop()
        except RuntimeError as error:
            self._engine(Severity.TROUBLE, NoticeCode.CANNOT_BE_ENDED, error=str(error))

    def _vital(self) -> Vital:
        assert self.talk is not None
        return Vital(self.device.mic.wrote, self.talk.session.core.hop)

    def _again(self, watch: Watch) -> bool:
        """The conversation stands still: a new one in its place. -> whether there is one."""
        self._engine(Severity.TROUBLE, NoticeCode.STUCK)
        with self._lock:
            talk, self.talk = self.talk, None
        try:
            assert talk is not None
            talk.stop()
        except RuntimeError as error:            # two of them would share one microphone
            self._engine(Severity.TROUBLE, NoticeCode.STUCK_FOR_GOOD, error=str(error))
            return False
        if not watch.restarts():
            self._engine(Severity.TROUBLE, NoticeCode.STUCK_AGAIN)
            return False
        if not self._load():
            return False
        self._engine(Severity.INFO, NoticeCode.GOES_ON)
        return True

    def _engine(self, severity: Severity, code: NoticeCode, **arguments: Said) -> None:
        self._say(Source.ENGINE, severity, state(code, **arguments))

    def _not_kept(self, what: Statement) -> None:
        self._say(Source.ENGINE, Severity.TROUBLE, what)

    def _settings(self, severity: Severity, code: NoticeCode, **arguments: Said) -> None:
        self._say(Source.SETTINGS, severity, state(code, **arguments))

    def _say(self, source: Source, severity: Severity, *what: Statement) -> None:
        self.events.put(Notice(0.0, what, severity, source))

    def _status(self, what: tuple[Statement, ...]) -> None:
        self._say(Source.DEVICE, Severity.TROUBLE if self.device.alive() else Severity.INFO, *what)


class Opener:
    """Makes the panels when they are first wanted: their import shall not delay the window."""

    def __init__(self, program: Program) -> None:
        self.program, self.window = program, None
        self.panels: Any = None

    def made(self, window: Any) -> None:
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

    def open(self, over: Any) -> None:
        self._make().open()

    def _make(self) -> Any:
        if self.panels is None:
            self.panels = importlib.import_module("app.panels.panels").Panels(self.program, self.window)
        return self.panels


def run(settings: Settings, watch: Callable[[Any], None] = lambda window: None) -> int:
    """-> exit code. Raises NotHere without a display or a sound device.

    watch: gets the window before it is shown, as `parley bench start` wants it.
    """
    desktop = Desktop(settings)
    opener = Opener(desktop.program())

    def made(window: Any) -> None:
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
