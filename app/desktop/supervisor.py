"""The life of the pipeline: built beside the window, watched, and built anew whenever a setting asks for it.

Device and assistant outlive every pipeline, so nothing is lost with one: what was said is remembered, timers run, the
microphone stays muted, and what the user asks for meanwhile is told to the next one.
"""

import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from app.desktop.vitals import LOOK_S, Progress, Watch
from app.settings.choices import Choices
from app.settings.schema import Settings
from audio_io.errors import Trouble
from audio_io.notices import Said, state
from engine import messages as m
from engine.messages import Event, FloorChanged, FloorState, Notice, Severity, Source
from engine.notices import Advice, NoticeCode

T = TypeVar("T")

if TYPE_CHECKING:                # what they import would delay the window
    from audio_io.device.contract import Device
    from engine.runtime.pipeline import Pipeline

EARLY = 32                       # commands that are kept for a pipeline that is not there yet; the oldest go
QUIT_S = 5.0                     # who closes the program waits so long for models that are being loaded
AT_ONCE = (m.Preview, m.Push, m.Stop)            # to be obeyed now or not at all
CLOSING = "Parley is being closed"


class Supervisor:
    """`command`, `rebuild`, `ask` and `alone` may be called from any thread; the work is done on one of its own.

    pipeline: the one that runs, or None. worked: the profile of the last one that began.
    """

    def __init__(
        self, device: "Device", choices: Choices, build: "Callable[[Settings], Pipeline]",
        began: Callable[[], None], tell: Callable[[Event], None],
    ) -> None:  # fmt: skip
        """build: loads a pipeline that has not started; it may take long, and may raise anything. began: one runs."""
        self.device, self.choices, self.tell = device, choices, tell
        self.pipeline: Pipeline | None = None
        self.worked = ""
        self.closing = threading.Event()
        self._build, self._began = build, began
        self._early: deque[m.Command] = deque(maxlen=EARLY)
        self._modes: dict[type, m.Command] = {}  # the last Mute and SetMode
        self._wishes: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._amiss = False                      # that there is no pipeline, or that it stood still, has been told
        self._stuck = ""                         # what of a pipeline does not end: two would share one microphone
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def command(self, command: m.Command) -> None:
        """Never blocks."""
        with self._lock:
            if isinstance(command, m.Mute | m.SetMode):
                self._modes[type(command)] = command
            pipeline = self.pipeline
            if pipeline is None:
                self._keep(command)
                return
        pipeline.command(command)

    def _keep(self, command: m.Command) -> None:
        if isinstance(command, m.Stop):          # what was typed before it is not wanted any more
            self._early = deque((c for c in self._early if not isinstance(c, m.SayText)), EARLY)
        if not isinstance(command, (*AT_ONCE, m.Mute, m.SetMode)):
            self._early.append(command)

    def rebuild(self) -> None:
        """Soon, with the settings of then. Several wishes at once take one building."""
        self._wishes.put(self._anew)

    def ask(self, work: "Callable[[Pipeline], object]") -> None:
        """`work` with the pipeline that runs, on the supervisor's thread; where there is none, the next is made so."""
        self._wishes.put(lambda: self.pipeline is not None and work(self.pipeline))

    def alone(self, work: "Callable[[Device], T]") -> T:
        """On a thread that may wait: the pipeline ends, `work` has the device, another pipeline begins.

        Raises what `work` raises, and Trouble when the program ends meanwhile.
        """
        answers: SimpleQueue[tuple[T] | Exception] = SimpleQueue()

        def wish() -> None:
            if not self._end():
                answers.put(Trouble("the conversation cannot be ended; start Parley again"))
                return
            try:
                answers.put((work(self.device),))
            except Exception as error:           # it belongs to who has asked
                answers.put(error)
            self._load()

        self._wishes.put(wish)
        while not self.closing.is_set():
            try:
                answer = answers.get(timeout=LOOK_S)
            except Empty:
                continue
            if isinstance(answer, Exception):
                raise answer
            return answer[0]
        raise Trouble(CLOSING)

    def go_on(self) -> None:
        """Raises Trouble when the program is being closed: what is being loaded is not wanted any more."""
        if self.closing.is_set():
            raise Trouble(CLOSING)

    def close(self) -> str:
        """Ends the pipeline; waits at most QUIT_S for one that is being built. -> "" or what does not end."""
        self.closing.set()
        if self._thread.is_alive():
            self._thread.join(QUIT_S)
        if self._thread.is_alive():
            return f"what is being loaded does not end within {QUIT_S:g} s; it is left behind"
        with self._lock:
            pipeline, self.pipeline = self.pipeline, None
        try:
            if pipeline is not None:
                pipeline.stop()
        except RuntimeError as error:
            return str(error)
        return ""

    # -- on the supervisor's thread -----------------------------------------------------------------
    def _run(self) -> None:
        watch = Watch()
        self._load()
        while not self.closing.is_set():
            try:
                wish = self._wishes.get(timeout=LOOK_S)
            except Empty:
                pipeline = self.pipeline
                if pipeline is not None and (pipeline.broken or watch.look(self._progress())):
                    self._again(watch)
                continue
            self._do(wish)
            watch = Watch()                      # what stood still stood still for a reason

    def _do(self, wish: Callable[[], object]) -> None:
        """Whatever goes wrong with one wish, the next is heard."""
        try:
            wish()
        except Exception as error:
            self._failed(error)

    def _load(self) -> bool:
        """A pipeline with the settings of now. Raises nothing. -> whether there is one."""
        settings, pipeline = self.choices.now, None      # they may change while it is made
        try:
            pipeline = self._build(settings)
            self.go_on()
            pipeline.start()
        except Exception as error:
            if pipeline is not None:
                self._stop(pipeline)
            if not self.closing.is_set():
                self._failed(error)
            return False
        self.worked = settings.profile
        with self._lock:                         # nobody's command goes before those that came earlier
            self.pipeline = pipeline
            for command in (*self._modes.values(), *self._early):
                pipeline.command(command)
            self._early.clear()
        if self._amiss:
            self._amiss = False
            self._say(Severity.INFO, NoticeCode.GOES_ON)
        self._began()
        return True

    def _failed(self, error: Exception) -> None:
        """It is told what to do, and "starting" is over."""
        if isinstance(error, Trouble):
            what, do = state(NoticeCode.TROUBLE, trouble=error.said), Advice.MEND_OR_CHOOSE
        else:
            what, do = state(NoticeCode.FAULT, error=repr(error)), Advice.REPORT_AND_CHOOSE
        self.tell(Notice(0.0, (what,), Severity.ERROR, Source.ENGINE, do))
        if self.pipeline is None:
            self._amiss = True
            self._say(Severity.TROUBLE, NoticeCode.CANNOT_START)

    def _anew(self) -> None:
        """In place of the pipeline that runs, with the settings of now."""
        self._tell_settings(NoticeCode.NEW_SETTINGS)
        if not self._end():
            return
        while True:                              # several changes at once take one start
            try:
                wish = self._wishes.get_nowait()
            except Empty:
                break
            if wish != self._anew:
                self._do(wish)
        self.tell(FloorChanged(0.0, FloorState.STARTING))
        if not self._load() and self.worked not in ("", self.choices.now.profile):
            self.choices.set("profile", self.worked)     # the error stays to be read

    def _end(self) -> bool:
        """No pipeline until the next `_load`. -> False: it does not end, and there will be no other."""
        with self._lock:
            pipeline, self.pipeline = self.pipeline, None
        if pipeline is not None:
            pipeline.command(m.Stop())
            self._stuck = self._stop(pipeline)
        if self._stuck:
            self._amiss = True
            self._say(Severity.TROUBLE, NoticeCode.CANNOT_BE_ENDED, error=self._stuck)
        return not self._stuck

    def _stop(self, pipeline: "Pipeline") -> str:
        """-> "" or what does not end."""
        try:
            pipeline.stop()
        except Exception as error:
            return str(error) or repr(error)
        return ""

    def _again(self, watch: Watch) -> None:
        """The pipeline stands still, or one of its threads has ended: another one in its place."""
        self._amiss = True
        self._say(Severity.TROUBLE, NoticeCode.STUCK)
        if not self._end():
            return
        if not watch.restarts():
            self._say(Severity.TROUBLE, NoticeCode.STUCK_AGAIN)
            return
        self._load()

    def _progress(self) -> Progress:
        assert self.pipeline is not None
        return Progress(self.device.mic.wrote, self.pipeline.session.core.hop)

    def _say(self, severity: Severity, code: NoticeCode, **arguments: Said) -> None:
        self.tell(Notice(0.0, (state(code, **arguments),), severity, Source.ENGINE))

    def _tell_settings(self, code: NoticeCode) -> None:
        self.tell(Notice(0.0, (state(code),), Severity.INFO, Source.SETTINGS))
