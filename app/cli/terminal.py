"""The conversation as text in a terminal: captions that live, and what is typed."""

import json
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from engine.runtime.news import News

SHOWN = frozenset({"status", "ready", "latency", "echo"})      # besides the stable events, in JSON
CLEAR = "\r\x1b[2K"


class Captions:
    """Writes each fact as it happens; words so far are overwritten by the final ones where there is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.live = out, out.isatty()
        self.heard = ""
        self.said: dict[int, str] = {}

    def __call__(self, news: News) -> None:
        f = news.fields
        match news.name:
            case "ready":
                self._line("Ready. Speak, or type and press Enter. Ctrl+C ends.")
            case "words" if self.live and f["text"]:
                self._write(f"{CLEAR}you: {f['text']} ...")
            case "final":
                self._line(f"you: {f['text']}")
            case "reply_text":
                self._line(f"parley: {f['text']}")
            case "heard":
                self.heard = f["text"]
            case "yield":
                self._line(f"        [stopped; you heard: {self._end_of(f['heard'])}]")
            case "resume":
                self._line("        [that was no interruption: going on]")
            case "backchannel":
                self._line(f"        [{f['text']}]")
            case "heard_nothing":
                self._line("        [heard a voice, but no words]")
            case "latency":
                parts = ", ".join(f"{k[:-3]} {v:.0f}" for k, v in f.items() if k != "total_ms")
                self._line(f"        [{f['total_ms']:.0f} ms from your last word: {parts}]")
            case "status":
                self._line(f"        [{f['text']}]")
            case "error":
                self._line(f"        [{f['what']} {f['do']}]")

    def _end_of(self, text: str) -> str:
        return text if len(text) < 40 else f"... {text[-36:]}"

    def _line(self, text: str) -> None:
        self._write((CLEAR if self.live else "") + text + "\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class JsonLines:
    """One object a line: the events of `parley converse`, and `ready`, `status`, `latency`, `echo`."""

    def __init__(self, out: TextIO, events: frozenset[str]) -> None:
        self.out, self.events = out, events | SHOWN

    def __call__(self, news: News) -> None:
        if news.name in self.events:
            line = {"t": round(news.t, 4), "event": news.name, **news.fields}
            self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.out.flush()


def read_lines(typed: Callable[[str], None], source: TextIO | None = None) -> None:
    """Calls `typed(line)` for every line of standard input, on a thread that ends with the program."""
    stream = source or sys.stdin

    def read() -> None:
        for line in stream:
            typed(line.strip())

    threading.Thread(target=read, name="typed", daemon=True).start()
