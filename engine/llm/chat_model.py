"""What a chat model is to the brain, and how its text is read: answers, tool calls, thoughts.

`ChatModel` has two implementations: `engine.llm.local_model.LocalModel` (a network on this machine) and
`engine.llm.server.ServerModel` (any OpenAI-compatible server).
"""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """The model wants a tool used. `arguments`: a JSON object as text, just as the model wrote it."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """role: system, user, assistant or tool. `calls`: of an assistant; `answers`: the id of the call a tool answers."""

    role: str
    content: str
    calls: tuple[Call, ...] = ()
    answers: str = ""
    name: str = ""               # of the tool


Delta = str | Call | None        # None: still at work, nothing to say; a moment at which it may be stopped


class ChatModel(Protocol):
    """One conversation with a model; what it keeps between turns (a KV cache, a connection) is this conversation's."""

    def prepare(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Generator[None, None, None]:
        """Does ahead what every answer that begins with these messages needs. Raises Trouble where it cannot work."""
        ...

    def stream(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Generator[Delta, None, None]:
        """The answer as it is written. `tools`: JSON schemas in OpenAI's form. Closing it stops the model at once.

        Raises Trouble with one line for the user.
        """
        ...

    def stop(self) -> None:
        """Frees what it holds."""
        ...


_THINK, _UNTHINK, _CALL, _UNCALL = "<think>", "</think>", "<tool_call>", "</tool_call>"
_FUNCTION = re.compile(r"\s*<function=(?P<name>[^>\s]+)>(?P<body>.*)</function>\s*", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(?P<name>[^>\s]+)>\n?(?P<value>.*?)\n?</parameter>", re.DOTALL)
LONGEST_CALL = 20_000            # letters of one call; a model that goes on beyond is stuck


class Markup:
    """Takes thoughts and tool calls out of a stream of text, whatever the pieces it comes in.

    Thoughts (`<think>`) are dropped. A call is `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` (Qwen2.5,
    Qwen3, Hermes) or holds `<function=NAME><parameter=NAME>value</parameter></function>` (Qwen3-Coder, Qwen3.5).
    """

    def __init__(self, thinking: bool = False) -> None:
        """thinking: the prompt has opened a thought already."""
        self._closer = _UNTHINK if thinking else ""
        self._held = ""

    def feed(self, text: str) -> Iterator[str | Call]:
        self._held += text
        while True:
            if self._closer:
                inside, found, rest = self._held.partition(self._closer)
                if not found:
                    if self._closer == _UNTHINK:           # nobody wants it; only a beginning of its end is kept
                        self._held = inside[len(inside) - _overlap(inside, _UNTHINK):]
                    elif len(inside) > LONGEST_CALL:
                        yield from self.end()
                    return
                if self._closer == _UNCALL:
                    yield read_call(inside)
                self._closer, self._held = "", rest
                continue
            tags = [(at, tag) for tag in (_THINK, _CALL, _UNTHINK) if (at := self._held.find(tag)) >= 0]
            if not tags:
                kept = max(_overlap(self._held, tag) for tag in (_THINK, _CALL, _UNTHINK))
                said, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
                if said:
                    yield said
                return
            at, tag = min(tags)
            if self._held[:at]:
                yield self._held[:at]
            self._held = self._held[at + len(tag) :]
            self._closer = {_THINK: _UNTHINK, _CALL: _UNCALL}.get(tag, "")

    def end(self) -> Iterator[str | Call]:
        """The text is over: a call that was not closed is one nevertheless, an unfinished thought is dropped."""
        held, closer, self._held, self._closer = self._held, self._closer, "", ""
        if closer == _UNCALL and held.strip():
            yield read_call(held)
        elif not closer and held:
            yield held


def _overlap(text: str, tag: str) -> int:
    """How many letters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:n])), 0)


def read_call(text: str) -> Call:
    """What stands between the tags -> a call. Unreadable: no name, and the text as its arguments."""
    if (m := _FUNCTION.fullmatch(text)) is not None:
        values = {p["name"]: _value(p["value"]) for p in _PARAMETER.finditer(m["body"])}
        return Call(m["name"], json.dumps(values, ensure_ascii=False))
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return Call("", text.strip())
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        return Call("", text.strip())
    arguments = table.get("arguments", table.get("parameters", {}))
    return Call(table["name"], arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))


def _value(text: str) -> Any:
    """Parameters come as bare text; numbers and truth values are meant as such."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value
