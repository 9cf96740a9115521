"""What a user sees of the real program: the window in a process of its own, read line by line.

    with virtual() as screen, Pulse(folder) as pulse, Seen(pulse.env, screen, folder) as seen:
        seen.waits_for("the answer", lambda now: "Tokyo" in now["captions"])
        seen.said                                            # every change of it, in order

Run as a program, this file is `parley`, with an eye on its window. Nothing of the program is replaced.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from patience import PATIENT_S
from screen import shown, xdotool
from soundserver import until

ROOT = Path(__file__).parent.parent


class Seen:
    """The program on `screen` with `env`, in a process group of its own. settings: the file's text."""

    def __init__(self, env: dict[str, str], screen: str, folder: Path, settings: str = "", *args: str) -> None:
        self.screen, self.home = screen, folder / "own"
        self.home.mkdir(exist_ok=True)
        (self.home / "settings.yaml").write_text(f"window: {{welcomed: true}}\n{settings}")     # no first run
        env = {key: value for key, value in env.items() if key != "QT_QPA_PLATFORM"}
        env |= {"DISPLAY": screen, "PARLEY_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen([sys.executable, __file__, *args], env=env, cwd=ROOT, text=True,
                                        stdout=subprocess.PIPE, start_new_session=True)  # fmt: skip
        self.said: list[dict[str, Any]] = []
        self.reader = threading.Thread(target=self._read, name="reader")
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.group(signal.SIGKILL)
        self.process.wait()
        self.reader.join(PATIENT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def group(self, number: int) -> None:
        """To the program and all its children."""
        os.killpg(self.process.pid, number)

    @property
    def now(self) -> dict[str, Any]:
        return self.said[-1] if self.said else {}

    def waits_for(self, what: str, true: Callable[[dict[str, Any]], bool], since: int = 0,
                  limit_s: float = PATIENT_S) -> dict[str, Any]:  # fmt: skip
        """-> the first thing shown, from the number `since` on, of which it is true. Raises TimeoutError."""

        def come() -> list[Any]:
            gone = not self.reader.is_alive()
            return [one for one in list(self.said[since:]) if true(one)] or ([None] if gone else [])

        try:
            found = until(come, limit_s, what)[0]
        except TimeoutError as error:
            raise TimeoutError(f"{error}; shown: {self.said[-8:]}") from error
        if found is None:
            raise TimeoutError(f"{what}: the program has ended ({self.process.wait()}); shown: {self.said[-8:]}")
        return found

    def waits_for_state(self, state: str, since: int = 0, limit_s: float = PATIENT_S) -> dict[str, Any]:
        return self.waits_for(state, lambda one: one["state"] == state, since, limit_s)

    def keys(self, *words: str) -> None:
        """xdotool's words, in the program's window."""
        xdotool(self.screen, "windowfocus", "--sync", until(lambda: shown(self.screen, "Parley"), PATIENT_S, "Parley"))
        xdotool(self.screen, *words)

    def close(self) -> int:
        """Ctrl+C. -> the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENT_S)


# -- the program's own process --------------------------------------------------------------------------
def look(window: Any) -> dict[str, Any]:
    """What there is to be read in it."""
    strip = window.strip.isVisible()
    return {
        "state": window.sign.state, "line": window.status_line.whole,
        "tip": window.status_line.toolTip(), "captions": window.captions.toPlainText()[-400:],
        "push": window.push_mic.isChecked(), "held": window.talk.is_held or window.strip.talk.is_held,
        "compact": strip, "visible": window.isVisible(), "minimised": window.isMinimized(),
    }  # fmt: skip


def watch(window: Any) -> None:
    """Prints what is shown whenever it has changed."""
    last: list[dict[str, Any]] = []

    def tell() -> None:
        seen = look(window)
        if last != [seen]:
            last[:] = [seen]
            print(json.dumps(seen), flush=True)

    window.bridge.painted.connect(tell)


def main() -> int:
    sys.path[:] = [str(ROOT), *(one for one in sys.path if Path(one) != Path(__file__).parent)]
    from app.__main__ import main as parley
    from app.desktop import desktop

    run = desktop.run
    desktop.run = lambda settings: run(settings, watch)
    return parley(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
