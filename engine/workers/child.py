"""A helper program in a process of its own, spoken to in frames over its standard input and output.

Why processes: PocketSphinx holds the GIL for 5-40 ms a hop (docs/log.md), which is what makes audio stutter;
eSpeak NG is GPL-3.0 and is therefore never loaded into Parley's own process.

A frame is `u32 header length, u32 payload length` (little endian), a JSON header, and raw bytes.
"""

import json
import struct
import subprocess
import sys
from typing import IO, Any

HEAD = struct.Struct("<II")
LEAVING_S = 1.0                  # a program whose input has closed may take so long to end by itself


class ChildGone(RuntimeError):
    """The helper process ended or closed its pipe. The message says which, and its last words."""


def write_frame(pipe: IO[bytes], header: dict[str, Any], payload: bytes = b"") -> None:
    text = json.dumps(header).encode()
    pipe.write(HEAD.pack(len(text), len(payload)) + text + payload)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """-> (header, payload), or None at the end of the stream, be it in the middle of a frame."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    n, m = HEAD.unpack(head)
    text, payload = pipe.read(n), pipe.read(m)
    return (json.loads(text), payload) if len(text) == n and len(payload) == m else None


class Child:
    """`python -m module args`, started at once; a dead one raises ChildGone and `restart` makes a new one."""

    def __init__(self, module: str, *args: str) -> None:
        self.module, self.args = module, args
        self.process = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        # -c, not -m: the child must find the package from wherever the parent found it
        code = f"import sys; sys.path[:] = {sys.path!r}; import {self.module} as m; sys.exit(m.main(sys.argv[1:]))"
        return subprocess.Popen(
            [sys.executable, "-c", code, *self.args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        assert self.process.stdin is not None
        try:
            write_frame(self.process.stdin, header, payload)
        except (OSError, ValueError) as error:
            raise self._gone() from error

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Blocks for the next frame."""
        assert self.process.stdout is not None
        frame = read_frame(self.process.stdout)
        if frame is None:
            raise self._gone()
        return frame

    def restart(self) -> None:
        self.stop()
        self.process = self._spawn()

    def stop(self) -> None:
        """Ends the helper: its input closes, then it is killed if it does not go within LEAVING_S."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue                       # the other side went first
        try:
            self.process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _gone(self) -> ChildGone:
        return ChildGone(f"{self.module} ended (exit code {self.process.poll()})")
