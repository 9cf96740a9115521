"""A virtual screen of a test's own, and the hands of somebody who sits before it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import soundserver

LACKING = soundserver.lacking("Xvfb")


@contextmanager
def virtual(size: str = "1000x900") -> Iterator[str]:
    """-> its DISPLAY."""
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                              pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        yield f":{number}"
    finally:
        soundserver.end(server)


def xdotool(display: str, *words: str) -> str:
    return soundserver.ask(["xdotool", *words], os.environ | {"DISPLAY": display}).stdout.strip()


def shown(display: str, name: str) -> str:
    """-> the visible window with exactly this title, or ""."""
    return xdotool(display, "search", "--onlyvisible", "--name", f"^{name}$").partition("\n")[0]
