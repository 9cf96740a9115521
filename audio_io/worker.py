"""A thread that looks again and again whether there is something to do: ears, mouth and session each run on one."""

import threading
import time
from collections.abc import Callable

POLL_S = 0.004                   # a worker looks at its rings this often; the speaker ring holds 20 ms
IDLE_S = 0.014                   # ... and as long as nobody has the floor, so often
REST_S = 0.25                    # ... and as long as nothing has been played for a while; whoever speaks stirs it
LONG_S = 0.05                    # a wait that can be cut short


class Worker:
    """A thread that calls `work()` until stopped; `work` says whether there was anything to do.

    Where there was not, it sleeps for `wait_s()`, or until it is stirred where that is long. An error ends the thread
    and is handed to `failed`, never swallowed.
    """

    def __init__(
        self, name: str, work: Callable[[], bool], failed: Callable[[str, BaseException], None],
        wait_s: Callable[[], float] = lambda: POLL_S,
    ) -> None:  # fmt: skip
        self.work, self.failed, self.wait_s = work, failed, wait_s
        self.stopping = False
        self.error: BaseException | None = None
        self.cpu_s = 0.0                         # processor time of the thread so far
        self._stirred = threading.Event()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stir(self) -> None:
        """From any thread: there is something to do now."""
        self._stirred.set()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Raises RuntimeError by name when the thread does not end in time."""
        self.stopping = True
        self.stir()
        self.thread.join(timeout_s)
        if self.thread.is_alive():
            raise RuntimeError(f"thread {self.thread.name!r} is still running {timeout_s} s after stop()")

    def _run(self) -> None:
        try:
            while not self.stopping:
                idle = not self.work()
                self.cpu_s = time.thread_time()
                if idle:
                    self._wait(self.wait_s())
        except Exception as error:
            self.error = error
            self.failed(self.thread.name, error)

    def _wait(self, s: float) -> None:
        if s < LONG_S:                           # an Event's time-out is a clock tick late on Windows
            time.sleep(s)
        elif self._stirred.wait(s):
            self._stirred.clear()
