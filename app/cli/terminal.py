"""The conversation as text in a terminal: captions that live, and what is typed."""

import json
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from app.cli.event_lines import shown
from audio_io.notices import line
from engine.messages import (
    BackChannelGiven,
    Event,
    FinalWords,
    HeardNothing,
    Latency,
    Notice,
    Ready,
    ReplyHeard,
    ReplyText,
    Resumed,
    WordsSoFar,
    Yielded,
)

CLEAR = "\r\x1b[2K"


class Captions:
    """Writes each event as it happens; words so far are overwritten by the final ones where there is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.live = out, out.isatty()
        self.heard = ""
        self.said: dict[int, str] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case Ready():
                self._line("Ready. Speak, or type and press Enter. Ctrl+C ends.")
            case WordsSoFar() if self.live and event.text:
                self._write(f"{CLEAR}you: {event.text} ...")
            case FinalWords():
                self._line(f"you: {event.text}")
            case ReplyText():
                self._line(f"parley: {event.text}")
            case ReplyHeard():
                self.heard = event.text
            case Yielded():
                self._line(f"        [stopped; you heard: {self._end_of(event.heard)}]")
            case Resumed():
                self._line("        [that was no interruption: going on]")
            case BackChannelGiven():
                self._line(f"        [{event.text}]")
            case HeardNothing():
                self._line("        [heard a voice, but no words]")
            case Latency(_, wait, listen, think, speak, total):
                self._line(f"        [{total:.0f} ms from your last word: wait {wait:.0f}, listen {listen:.0f}, think "
                           f"{think:.0f}, speak {speak:.0f}]")  # fmt: skip
            case Notice(what=what, do=do):
                self._line(f"        [{line(what)}{f' {do.value}' if do else ''}]")

    def _end_of(self, text: str) -> str:
        return text if len(text) < 40 else f"... {text[-36:]}"

    def _line(self, text: str) -> None:
        self._write((CLEAR if self.live else "") + text + "\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class JsonLines:
    """One object a line: see `app.cli.event_lines`."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def __call__(self, event: Event) -> None:
        if (told := shown(event)) is not None:
            self.out.write(json.dumps(told, ensure_ascii=False) + "\n")
            self.out.flush()


def read_lines(typed: Callable[[str], None], source: TextIO | None = None) -> None:
    """Calls `typed(line)` for every line of standard input, on a thread that ends with the program."""
    stream = source or sys.stdin

    def read() -> None:
        for text in stream:
            typed(text.strip())

    threading.Thread(target=read, name="typed", daemon=True).start()
