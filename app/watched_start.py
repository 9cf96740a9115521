"""The program, started as the user starts it and watched: the process that `parley bench start` measures."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app import __main__ as command
from audio_io.errors import Trouble
from engine.messages import Ready

if TYPE_CHECKING:                # imports Qt, the import of which is measured here
    from app.window.window import Window

BEAT_MS = 5                      # how often the UI thread shows that it is alive


def main(arguments: list[str]) -> int:
    """arguments: of the command `parley`. Says on stdout what is reached, one line of JSON each. -> exit code."""
    from app.desktop import desktop

    try:
        return desktop.run(command.settings_of(command.parser().parse_args(arguments)), _watch)
    except Trouble as trouble:
        _tell("trouble", line=str(trouble))
        return trouble.code


def _watch(window: "Window") -> None:
    from PySide6.QtCore import Qt, QTimer

    beat, gap, last = QTimer(window), 0.0, time.monotonic()

    def alive() -> None:
        nonlocal gap, last
        now = time.monotonic()
        gap, last = max(gap, now - last), now

    def painted() -> None:
        nonlocal gap, last
        _tell("painted")
        gap, last = 0.0, time.monotonic()
        beat.start()

    def ready() -> None:
        alive()
        beat.stop()
        _tell("ready", gap_s=gap, files=_files())

    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.setInterval(BEAT_MS)
    beat.timeout.connect(alive)
    window.on_screen.connect(painted)
    window.bridge.on(Ready, lambda _: ready())


def _tell(what: str, **more: object) -> None:
    line = {"what": what, "at": time.monotonic(), "cpu_s": time.process_time()} | more
    print(json.dumps(line), flush=True)


def _files() -> list[str]:
    """-> what this process has read to come so far, as far as it can be told."""
    modules = list(sys.modules.values())
    files = {getattr(module, name, None) for module in modules for name in ("__file__", "__cached__")}
    maps = Path("/proc/self/maps")
    if maps.exists():
        files |= {line.split(maxsplit=5)[-1] for line in maps.read_text().splitlines() if "/" in line}
    return sorted(file for file in files if isinstance(file, str) and Path(file).is_file())
