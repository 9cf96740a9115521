"""A virtual screen of a test's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import soundserver

LACKING = soundserver.lacking("Xvfb")


@contextmanager
def screen(size: str = "300x200") -> Iterator[str]:
    """-> its DISPLAY."""
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                              pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    try:
        yield f":{number}"
    finally:
        soundserver.end(server)
