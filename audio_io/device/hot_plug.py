"""A sound device that outlives its plugs: what the conversation runs on.

PortAudio runs in a process of its own (`sound_process`, and see `shared_ring` for why). When that process falls silent,
ends or cannot open its devices, it is killed and another one starts, with a fresh list of devices; the rings stay.
While the stream is away the microphone's clock stands still, so nothing that was being said is lost.
"""

import threading
import time
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from audio_io.device.portaudio import DeviceChoice
from audio_io.device.ring import Ring
from audio_io.device.shared_ring import Rings
from audio_io.device.stream import Vital
from audio_io.errors import NotHere, Trouble
from audio_io.notices import DeviceCode, Said, Statement, state
from audio_io.worker_messages import (
    DefaultMoved,
    ListDevices,
    OpenStream,
    StartStream,
    StreamOpened,
    StreamStarted,
    Table,
)
from audio_io.worker_process import WorkerGone, WorkerProcess

OPEN_S = 6.0                     # to start the process and to open a device; a dead sound server takes for ever
START_S = 4.0
CLOSE_S = 1.0                    # to end by itself, before it is killed
STEP_S = 0.1                     # how often the stream is looked at
AGAIN_S = 2.0                    # between two looks for a device that is not there
WORKER = ("audio_io.device.sound_process", "the sound process")

T = TypeVar("T")


def sound_process(choice: DeviceChoice) -> WorkerProcess:
    """The other process, which opens these devices at once."""
    process = WorkerProcess(*WORKER)
    process.send(OpenStream(choice.input, choice.output))
    return process


def _want(process: WorkerProcess, kind: type[T], timeout_s: float, silent: DeviceCode) -> T:
    """Raises Trouble: its own, that of its end, and, with the code `silent`, that it does not answer."""
    answer = process.want(kind, timeout_s)
    if answer is None:
        raise NotHere(state(silent, s=f"{timeout_s:g}"))
    return answer


def devices() -> Table:
    """-> what is plugged in now. Raises NotHere without PortAudio, or when the sound system does not answer."""
    process = WorkerProcess(*WORKER)
    try:
        process.send(ListDevices())
        return _want(process, Table, OPEN_S, DeviceCode.NOT_LISTED)
    finally:
        process.stop(CLOSE_S)


class SteadyDevice:
    """One duplex device at DEVICE_HZ, whatever is plugged in; rings and `hz` stay the same all the time.

    choice: the devices to use whenever they are there; the system's default stands in for them meanwhile.
    say: takes what the user is to be told at once, on any thread, quickly.
    clock: -> seconds; only to judge a device that gives no samples to count.

    route: changes when another stream has taken over: reset the echo canceller then.
    gaps, gap_s: interruptions so far, and the seconds that the microphone's clock stood still for them.
    now: names of the devices in use (input, output), or ("", "") while there is none.
    notes: what the user should know about them. `say` gets them with each change; who starts it asks here.
    """

    def __init__(
        self, choice: DeviceChoice | None = None, say: Callable[[tuple[Statement, ...]], None] = lambda what: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises NotHere where the rings cannot be made (no space in memory or temporary folder)."""
        self.choice, self.say, self.clock = choice or DeviceChoice(), say, clock
        try:
            self.rings = Rings.create()
        except OSError as error:
            raise NotHere(f"no room for the sound buffers: {error}") from error
        self._forget = weakref.finalize(self, self.rings.forget)
        self.hz, self.block = self.rings.hz, self.rings.block
        self.mic: Ring = self.rings.mic
        self.reference: Ring = self.rings.reference
        self.speaker: Ring = self.rings.speaker
        self.route = self.gaps = 0
        self.gap_s = 0.0
        self.now = ("", "")
        self.notes: tuple[Statement, ...] = ()
        self.latency_s = (0.0, 0.0)              # input, output, as the sound system says
        self._why: Statement | None = state(DeviceCode.NOT_STARTED)
        self._lost_at: float | None = None
        self._stream: WorkerProcess | None = None
        self._opening: WorkerProcess | None = None
        self._stopping = False
        self._spare: WorkerProcess | None = None      # tries the chosen device while another one stands in
        self._vital = Vital(self.rings, clock)
        self._next_try = 0.0
        self._chosen = True                      # whether the stream is of the chosen device
        self._muted = self._moved = False        # _moved: the default that the stream was opened for is no longer it
        self._orders: SimpleQueue[DeviceChoice | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._watch, name="device", daemon=True)

    @property
    def trouble(self) -> int:
        """Blocks with an over- or underflow."""
        return self.rings.trouble

    @property
    def blocks(self) -> int:
        return self.rings.blocks

    @property
    def stands_in(self) -> bool:
        """Whether the default is used because the chosen device is away."""
        return bool(self.now[0]) and not self._chosen

    def start(self, strict: bool = False) -> None:
        """Raises NotHere when no device can be opened; with `strict`, also WrongUse when the chosen one cannot.

        Otherwise the default stands in for a device that is away, and `say` gets a line about it.
        A device that runs already goes on as it is.
        """
        if self._thread.is_alive():
            return
        self._connect(strict)
        self._thread.start()
        if self._stopping:                       # somebody lost patience meanwhile
            self.stop()

    def stop(self) -> None:
        """From any thread. Returns within seconds, whatever the sound system does."""
        self._stopping = True
        self._orders.put(None)
        if (opening := self._opening) is not None:
            opening.kill()                       # else a dead sound server would be waited for
        if self._thread.is_alive():
            self._thread.join(2 * (OPEN_S + START_S))
        for process in (self._stream, self._spare):
            if process is not None:
                process.stop(CLOSE_S)
        self._stream = self._spare = None
        self.now, self._why = ("", ""), state(DeviceCode.STOPPED)
        self._forget()

    def choose(self, choice: DeviceChoice) -> None:
        """From any thread: these devices from now on."""
        self._orders.put(choice)

    def alive(self) -> Statement | None:
        """-> what is wrong now, or None."""
        return self._why or self._vital.mute()

    # -- everything below runs in start() first, then on the watching thread alone ------------------------
    def _watch(self) -> None:
        while True:
            try:
                order = self._orders.get(timeout=STEP_S)
            except Empty:
                self._step()
                continue
            if order is None:
                return
            self.choice = order
            self._drop(state(DeviceCode.OTHER_CHOSEN))
            self._retry()

    def _step(self) -> None:
        if self._stream is None:
            if self.clock() >= self._next_try:
                self._retry()
            return
        if why := self._fault(self._stream):
            amiss = state(DeviceCode.AMISS, name=" and ".join(dict.fromkeys(self.now)), trouble=why)
            self._why = amiss                    # first: whoever is told may ask `alive`
            self.say((state(DeviceCode.LOST, trouble=amiss),))
            self._drop(amiss)
            self._retry()
            return
        if self._moved:
            self._drop(state(DeviceCode.DEFAULT_CHANGED))
            self._retry(moved=True)
            return
        self._tell_mute()
        if not self._chosen:
            self._try_chosen()

    def _fault(self, stream: WorkerProcess) -> Said | None:
        try:
            self._moved = isinstance(stream.receive(0.001), DefaultMoved)
        except WorkerGone as gone:
            return state(DeviceCode.PROCESS_GONE, why=gone.said)
        except Trouble as trouble:
            return trouble.said
        return self._vital.stalled()

    def _tell_mute(self) -> None:
        mute = self._vital.mute()
        if mute and not self._muted:
            self.say((state(DeviceCode.AMISS, name=self.now[0], trouble=mute),))
        elif self._muted and not mute:
            self._say_with_notes(state(DeviceCode.HEARD_AGAIN, name=self.now[0]))
        self._muted = mute is not None

    def _retry(self, moved: bool = False) -> None:
        """moved: it is not away; the system's default is another one."""
        try:
            self._connect()
        except Trouble as trouble:
            if self._stopping:
                return
            why = state(DeviceCode.NONE_WORKS, trouble=trouble.said)
            if why != self._why:
                self.say((why,))
            self._why = why
            self._next_try = self.clock() + AGAIN_S
            return
        if self._chosen:
            self._say_with_notes(state(DeviceCode.DEFAULT_MOVED if moved else DeviceCode.SOUND_IS_BACK,
                                       name=self.now[1]))

    def _connect(self, strict: bool = False) -> None:
        """The chosen device, or the default. Raises Trouble when neither works."""
        first: Trouble | None = None
        for choice in dict.fromkeys((self.choice, DeviceChoice())):
            if self._stopping:
                raise Trouble(state(DeviceCode.STOPPED))
            self._opening = stream = sound_process(choice)
            try:
                opened = _want(stream, StreamOpened, OPEN_S, DeviceCode.NOT_OPENED)
                self._take(stream, opened, choice == self.choice)
            except Trouble as trouble:
                stream.stop(CLOSE_S)
                first = first or trouble
                if strict:
                    raise
                continue
            finally:
                self._opening = None
            if first is not None:
                self.notes = (state(DeviceCode.STANDS_IN, trouble=first.said, name=self.now[1]), *self.notes)
                self.say(self.notes)
            return
        assert first is not None
        raise first

    def _take(self, stream: WorkerProcess, opened: StreamOpened, chosen: bool) -> None:
        """This stream from now on. Raises Trouble when it does not start."""
        stream.send(StartStream(str(self.rings.path)))
        _want(stream, StreamStarted, START_S, DeviceCode.NO_START)
        if self._lost_at is not None:
            self.gap_s += self.clock() - self._lost_at
            self._lost_at = None
        self._stream, self._chosen = stream, chosen
        self.now, self.latency_s = (opened.input, opened.output), opened.latency_s
        self._vital = Vital(self.rings, self.clock)
        self._why, self._muted, self._moved = None, False, False
        self._next_try = self.clock() + AGAIN_S
        self.route += 1
        self.notes = opened.notes

    def _drop(self, why: Statement) -> None:
        if self._stream is not None:
            self._stream.stop(CLOSE_S)
            self._stream = None
            self.rings.level()
            self.gaps += 1
            self._lost_at = self.clock()
        self._give_up_spare()
        self.now, self._why = ("", ""), why

    def _try_chosen(self) -> None:
        """Without disturbing the stream that runs: a second process tries, and takes over once it has opened."""
        if self._spare is None:
            if self.clock() >= self._next_try:
                self._spare, self._next_try = sound_process(self.choice), self.clock() + OPEN_S
            return
        try:
            opened = self._spare.want(StreamOpened, 0.001)
        except Trouble:                          # still away; the user knows that already
            self._give_up_spare()
            return
        if opened is None:
            if self.clock() >= self._next_try:
                self._give_up_spare()
            return
        spare, self._spare = self._spare, None
        self._drop(state(DeviceCode.CHOSEN_TAKES_OVER))
        try:
            self._take(spare, opened, chosen=True)
        except Trouble as trouble:
            spare.stop(CLOSE_S)
            self.say((state(DeviceCode.CHOSEN_DOES_NOT_RUN, name=opened.output, trouble=trouble.said),))
            self._retry()
            return
        self._say_with_notes(state(DeviceCode.CHOSEN_IS_BACK, name=self.now[1]))

    def _say_with_notes(self, statement: Statement) -> None:
        """At once: what comes later would take the place of what comes first."""
        self.say((statement, *self.notes))

    def _give_up_spare(self) -> None:
        if self._spare is not None:
            self._spare.stop(CLOSE_S)
            self._spare = None
        self._next_try = self.clock() + AGAIN_S
