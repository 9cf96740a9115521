"""A worker process: a module of Parley's in a process of its own, told and asked in messages.

Why processes: PortAudio hangs on a dead sound server, eSpeak NG is GPL-3.0, and what imports large
libraries or asks the network would hold up the window. `worker_messages` is what passes between.

The parent starts `python -m audio_io.worker_process`, here and in the frozen program, and sends `Start`: from then on
the child finds modules and files where the parent does. Threads read and write, so neither `send` nor anybody who reads
with a time limit waits for the other side. A parent that does not read holds its child up, not its own memory.

The child ends by itself when its standard input ends: the parent has stopped it, or is gone. It runs in a
process group of its own, so Ctrl+C in the terminal is the parent's alone; in a session of its own, one that is held
still (SIGSTOP) would not be woken by the end of its parent. What it or its libraries print goes to the standard error,
of which the parent keeps the last lines for its own report.
"""

import importlib
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.worker_messages import BadFrame, Failed, Message, Start, encode, read

LEAVING_S = 2.0                  # a worker whose input has closed may take so long to end by itself
TERMINATED_S = 0.5               # ... and so long when it is told to, before it is killed
KEPT = 20                        # lines of its standard error
LINE = 400                       # characters of such a line that are kept
IN, OUT = 64, 4096               # messages that wait to be taken by the parent, and by the child
ROOT = Path(__file__).resolve().parent.parent    # -m looks in the folder where it is started
WINDOWS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
CODES = {cls.code: cls for cls in (Trouble, WrongUse, NotHere)}
T = TypeVar("T")


class WorkerGone(Trouble):
    """The worker ended, was stopped, or is not what it should be. The message says which, and its last words."""


class ParentGone(Exception):
    """Raised in a worker: its parent wants no more, or is gone."""


class Mailbox(Generic[T]):
    """Messages between two threads, at most `n`; what has been put can be taken after it is closed."""

    def __init__(self, n: int) -> None:
        self.n, self.closed = n, False
        self.waiting: deque[T] = deque()
        self.changed = threading.Condition()

    def put(self, message: T, block: bool = True) -> bool:
        """-> False: it is closed, or full and we are not to wait."""
        with self.changed:
            if block:
                self.changed.wait_for(lambda: self.closed or len(self.waiting) < self.n)
            if self.closed or len(self.waiting) >= self.n:
                return False
            self.waiting.append(message)
            self.changed.notify_all()
            return True

    def take(self, timeout_s: float | None = None) -> T | None:
        """-> None when there is none within `timeout_s`. Raises EOFError when there is none and never will be."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or self.waiting, timeout_s)
            if self.waiting:
                message = self.waiting.popleft()
                self.changed.notify_all()
                return message
            if self.closed:
                raise EOFError
            return None

    def close(self, drop: bool = False) -> None:
        """drop: nobody wants what is left, either."""
        with self.changed:
            self.closed = True
            if drop:
                self.waiting.clear()
            self.changed.notify_all()


class Life:
    """One process and three threads at its pipes. Each closes its own pipe: nobody does so under it."""

    def __init__(self, module: str) -> None:
        """Raises OSError where the system starts no process."""
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "audio_io.worker_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0, cwd=ROOT, process_group=0, creationflags=WINDOWS,
        )  # fmt: skip
        self.inbox: Mailbox[Message] = Mailbox(IN)
        self.outbox: Mailbox[bytes] = Mailbox(OUT)
        self.lines: deque[str] = deque(maxlen=KEPT)
        self.wrong = ""                          # what it wrote that is no message
        self.threads = [threading.Thread(target=run, name=f"{module} {run.__name__[1:]}", daemon=True)
                        for run in (self._write, self._read, self._errors)]  # fmt: skip
        self.outbox.put(encode(Start(module, tuple(map(str, sys.path)), _folder())))
        for thread in self.threads:
            thread.start()

    def end(self, leaving_s: float) -> None:
        """Always returns, and the process is gone then: by itself, terminated after leaving_s, or killed."""
        self.inbox.close(drop=True)
        self.outbox.close(drop=True)
        try:
            self.process.wait(leaving_s)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                self.process.wait(TERMINATED_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for thread in self.threads:
            thread.join(LEAVING_S)

    def _write(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError), self.process.stdin as pipe:
            while True:
                try:
                    frame = self.outbox.take()
                except EOFError:
                    return
                assert frame is not None
                _write_all(pipe, frame)

    def _read(self) -> None:
        """Also after `end`, so that a child that is held up in a full pipe sees that it is to go."""
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            try:
                while (message := read(lambda n: _take(pipe, n))) is not None:
                    self.inbox.put(message)
            except BadFrame as error:
                self.wrong = f"wrote what is {error}"
                self.process.kill()
        self.inbox.close()

    def _errors(self) -> None:
        assert self.process.stderr is not None
        rest = b""
        with self.process.stderr as pipe:
            while some := pipe.read(4096):
                *whole, rest = (rest + some).splitlines(keepends=True)[-KEPT:]
                if rest.endswith((b"\n", b"\r")):
                    whole, rest = [*whole, rest], b""
                self._keep(whole)
                rest = rest[:LINE]
        self._keep([rest])

    def _keep(self, lines: list[bytes]) -> None:
        told = (line.decode("utf-8", "replace").strip()[:LINE] for line in lines)
        self.lines.extend(line for line in told if line)


class WorkerProcess:
    """A worker, started at once; it can be replaced by a new one until it is stopped. From any thread."""

    def __init__(self, module: str, name: str) -> None:
        """module: has `main(parent: Parent)`. name: what it is called in errors, as in "the voice"."""
        self.module, self.name = module, name
        self._changing = threading.Lock()        # a restart against stop
        self._stopped = False
        self._life = self._begin()

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        return self._life.process

    def send(self, message: Message) -> None:
        """Never waits. Raises WorkerGone where it has ended or reads nothing any more, BadFrame for a wrong message."""
        frame, life = encode(message), self._life
        if not life.outbox.put(frame, block=False) and not life.outbox.closed:
            raise WorkerGone(f"{self.name} has not read the last {OUT} messages ({self.module})")
        if life.inbox.closed and not life.inbox.waiting:     # what it has said before may tell more
            raise self._gone(life)

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """-> its next message, None when there is none within `timeout_s`. Raises WorkerGone, and its own Trouble."""
        life = self._life
        try:
            message = life.inbox.take(timeout_s)
        except EOFError:
            raise self._gone(life) from None
        if isinstance(message, Failed):
            raise CODES[message.code](message.said)
        return message

    def want(self, kind: type[T], timeout_s: float | None = None) -> T | None:
        """Like `receive`, for whoever knows what has to come. Raises WorkerGone for anything else, too."""
        message = self.receive(timeout_s)
        if message is None or isinstance(message, kind):
            return message
        raise WorkerGone(f"{self.name} said {type(message).__name__} where {kind.__name__} was due ({self.module})")

    def restart(self) -> None:
        """A new process in place of this one, which is killed. Raises WorkerGone after `stop`."""
        with self._changing:
            if self._stopped:
                raise WorkerGone(f"{self.name} is stopped")
            self._life.process.kill()
            self._life.end(LEAVING_S)
            self._life = self._begin()

    def kill(self) -> None:
        """At once; whoever waits for a message gets WorkerGone. `stop` is still to be called."""
        self._life.process.kill()

    def stop(self, leaving_s: float | None = None) -> None:
        """Returns soon, and the process is gone then. leaving_s: how long it may take to end by itself."""
        with self._changing:
            self._stopped = True
            self._life.end(LEAVING_S if leaving_s is None else leaving_s)

    def _begin(self) -> Life:
        try:
            return Life(self.module)
        except OSError as error:
            raise WorkerGone(f"{self.name} cannot be started: {error.strerror or error} ({self.module})") from error

    def _gone(self, life: Life) -> WorkerGone:
        if self._stopped:
            return WorkerGone(f"{self.name} is stopped")
        with suppress(subprocess.TimeoutExpired):
            life.process.wait(TERMINATED_S)      # its pipes close a moment before it has ended
        life.threads[-1].join(TERMINATED_S)      # its last words
        last = f": {life.lines[-1]}" if life.lines else ""
        why = life.wrong or f"ended (exit code {life.process.poll()})"
        return WorkerGone(f"{self.name} {why}{last} ({self.module})")


# -- the child's side ---------------------------------------------------------------------------------------
class Parent:
    """Who started this process, seen from it. `send` waits while the parent is busy; one gone ends the process."""

    def __init__(self, inp: IO[bytes], out: IO[bytes]) -> None:
        self.inp, self.out = inp, out
        self._inbox: Mailbox[Message] = Mailbox(OUT)
        self._writing = threading.Lock()

    def listen(self, first: Callable[[Message], bool] = lambda message: False,
               at_end: Callable[[], None] = lambda: os._exit(0)) -> None:  # fmt: skip
        """Begins to take messages, on a thread: `receive` gives those for which `first` says False.

        at_end: called on that thread when the parent wants no more, or is gone. As given, it ends the process whatever
        that is doing; else `receive` raises ParentGone then, and `main` is to return soon.
        """
        threading.Thread(target=self._read, args=(first, at_end), name="parent", daemon=True).start()

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """-> None when there is none within `timeout_s`. Raises ParentGone when there will be none any more."""
        try:
            return self._inbox.take(timeout_s)
        except EOFError:
            raise ParentGone from None

    def send(self, message: Message) -> None:
        frame = encode(message)
        with self._writing:
            try:
                _write_all(self.out, frame)
            except OSError:
                os._exit(0)                      # nobody is left to be told

    def _read(self, first: Callable[[Message], bool], at_end: Callable[[], None]) -> None:
        with suppress(BadFrame):
            while (message := read(lambda n: _take(self.inp, n))) is not None:
                if not first(message):
                    self._inbox.put(message)
        at_end()
        self._inbox.close()


def main() -> int:
    """Runs the module that the parent names. -> exit code; it does not return to an interpreter's exit handlers.

    PortAudio's hangs or aborts on a dead server, and a thread that reads the standard input would make them abort.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)             # Ctrl+C is for the parent, which then ends us
    inp, out = (os.fdopen(os.dup(fd), mode, buffering=0) for fd, mode in ((0, "rb"), (1, "wb")))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)                                            # what a library prints is no message
    parent = Parent(inp, out)
    code = 0
    try:
        start = read(lambda n: _take(inp, n))
        if isinstance(start, Start):
            sys.path[:] = start.path
            with suppress(OSError):                          # gone meanwhile: relative paths mean nothing then
                os.chdir(start.folder)
            importlib.import_module(start.module).main(parent)
    except ParentGone:
        pass                                                 # the parent wants no more
    except Trouble as trouble:
        parent.send(Failed(trouble.said, trouble.code))
        code = trouble.code
    except BaseException:                                    # the edge of a process: the parent gets the last line
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:                              # it has been removed: relative paths mean nothing
        return ""


def _take(pipe: IO[bytes], n: int) -> bytes:
    """-> n bytes of an unbuffered pipe, fewer at its end."""
    parts = []
    while n:
        try:
            some = pipe.read(n)
        except (OSError, ValueError):
            break
        if not some:
            break
        parts.append(some)
        n -= len(some)
    return b"".join(parts)


def _write_all(pipe: IO[bytes], frame: bytes) -> None:
    left: Any = memoryview(frame)
    while left:
        left = left[pipe.write(left) :]


if __name__ == "__main__":
    from audio_io import worker_process

    sys.exit(worker_process.main())              # of the module that the workers import: this one is __main__
