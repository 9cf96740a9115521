"""A virtual screen of a test's own, and the hands of somebody who sits before it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import soundserver

LACKING = soundserver.lacking("Xvfb")


@contextmanager
def virtual(size: str = "1000x900") -> Iterator[str]:
    """-> its DISPLAY.

    -noreset: else an X server begins anew when its last client leaves, and answers nobody meanwhile. Whoever looks
    for a window is that last client until the program under test has come, fifty times a second.
    """
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        yield f":{number}"
    finally:
        soundserver.end(server)


def xdotool(display: str, *words: str) -> str:
    return soundserver.ask(["xdotool", *words], os.environ | {"DISPLAY": display}).stdout.strip()


def opened(display: str, name: str, program: "subprocess.Popen[str]", limit_s: float = soundserver.SERVER_S) -> str:
    """-> the program's window of this title, as soon as it is there. Raises RuntimeError: the program has ended."""

    def there() -> str:
        if program.poll() is not None:
            told = program.stderr.read() if program.stderr is not None else ""
            raise RuntimeError(f"it ended with exit code {program.returncode}: {told[-2000:]}")
        return shown(display, name)

    return str(soundserver.until(there, limit_s, f"the window {name!r}"))


def shown(display: str, name: str) -> str:
    """-> the visible window with exactly this title, or ""."""
    return xdotool(display, "search", "--onlyvisible", "--name", f"^{name}$").partition("\n")[0]
