"""Asks `app.desktop.side`, the process beside the window. Used on a thread that may wait (`app.desktop.jobs`)."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from app.settings.schema import Settings
from audio_io.errors import Trouble
from audio_io.worker_messages import RunTask, TaskDone, TaskStep
from audio_io.worker_process import WorkerProcess

STEP_S = 0.1                     # how often it is looked whether the answer is still wanted


class Cancelled(Trouble):
    """The user wanted no answer any more."""


class Beside:
    """One question. `ask` waits for the answer; `cancel` ends that, from any thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def ask(self, do: str, settings: Settings, told: Callable[[TaskStep], None] = lambda step: None,
            **wants: Any) -> Any:  # fmt: skip
        """told: gets every step before the result. Raises Trouble with the line of the other side, Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled("stopped")
        chosen = asdict(settings)
        del chosen["remarks"]
        process = WorkerProcess("app.desktop.side", "the process beside the window")
        try:
            process.send(RunTask(do, chosen, wants))
            while not self._cancelled.is_set():
                match process.receive(STEP_S):
                    case TaskDone(result):
                        return result
                    case TaskStep() as step:
                        told(step)
            raise Cancelled("stopped")
        finally:
            process.stop()                       # a download keeps what it has

    def cancel(self) -> None:
        """Soon; what it has fetched so far is kept."""
        self._cancelled.set()
