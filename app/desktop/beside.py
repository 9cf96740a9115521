"""Asks `app.desktop.side`, the process beside the window. Used on a thread that may wait (`app.desktop.jobs`)."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.settings.schema import Settings
from audio_io.errors import NotHere, Trouble, WrongUse

LEAVING_S = 2.0                  # a process that was cancelled may take so long to keep what it has
CODES = {cls.code: cls for cls in (Trouble, WrongUse, NotHere)}


class Cancelled(Trouble):
    """The user wanted no answer any more."""


class Beside:
    """One question. `ask` waits for the answer; `cancel` ends that, from any thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()

    def ask(self, do: str, settings: Settings, told: Callable[[dict[str, Any]], None] = lambda line: None,
            **wants: Any) -> Any:  # fmt: skip
        """told: gets every line before the last. Raises Trouble with the line of the other side, Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled("stopped")
        code = f"import sys; sys.path[:] = {sys.path!r}; from app.desktop.side import main; sys.exit(main())"
        chosen = asdict(settings)
        del chosen["remarks"]
        question = json.dumps({"do": do, "settings": chosen} | wants)
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process:  # fmt: skip
            self._process = process
            assert process.stdin is not None
            assert process.stdout is not None
            watch = threading.Thread(target=self._watch, args=(process,), daemon=True)
            watch.start()
            try:
                with suppress(OSError, ValueError):      # cancelled meanwhile
                    process.stdin.write(question + "\n")
                    process.stdin.flush()
                for line in process.stdout:
                    answer = json.loads(line)
                    if "result" in answer:
                        return answer["result"]
                    if "trouble" in answer:
                        if self._cancelled.is_set():
                            raise Cancelled("stopped")
                        raise CODES[answer["code"]](answer["trouble"])
                    told(answer)
                if self._cancelled.is_set():
                    raise Cancelled("stopped")
                raise Trouble(f"the process beside the window ended without an answer (exit code {process.wait()})")
            finally:
                self._cancelled.set()
                watch.join()

    def cancel(self) -> None:
        """At once; what it has fetched so far is kept."""
        self._cancelled.set()

    def _watch(self, process: "subprocess.Popen[str]") -> None:
        """Closes the other side's stdin when it is no longer wanted; it ends by itself, or is ended."""
        self._cancelled.wait()
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            process.kill()
