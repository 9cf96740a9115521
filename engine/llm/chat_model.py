"""What a chat model is to the brain, and how its text is read: answers, tool calls, thoughts.

`ChatModel` has two implementations: `engine.llm.local_model.LocalModel` (a network on this machine) and
`engine.llm.server.ServerModel` (any OpenAI-compatible server).
"""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from audio_io.worker_messages import ToolSchema


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

    def prepare(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[None, None, None]:
        """Does ahead what every answer that begins with these messages needs. Raises Trouble where it cannot work."""
        ...

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[Delta, None, None]:
        """The answer as it is written. `tools`: JSON schemas in OpenAI's form. Closing it stops the model at once.

        Raises Trouble with one line for the user.
        """
        ...

    def stop(self) -> None:
        """Frees what it holds."""
        ...


_UNTHINK, _CALL, _UNCALL = "</think>", "<tool_call>", "</tool_call>"
THOUGHTS = {                     # how models mark what they think before they answer -> where that ends
    "<think>": _UNTHINK, "<thinking>": "</thinking>", "<thought>": "</thought>", "<reasoning>": "</reasoning>",
    "[THINK]": "[/THINK]", "<|channel|>analysis": "<|end|>", "<seed:think>": "</seed:think>",
    "<|begin_of_thought|>": "<|end_of_thought|>", "<|start|>": "assistant", "<|im_start|>": "assistant",
}  # fmt: skip
CALLS = {                        # and a tool call; "": to the end of the answer
    _CALL: _UNCALL, "<function_call>": "</function_call>", "<|tool_call|>": "<|/tool_call|>", "[TOOL_CALLS]": "",
    "<|python_tag|>": "", "functools[": "", "<function=": "", "<|channel|>commentary to=": "", '{"name"': "",
    '{ "name"': "", '{"type": "function"': "", '{"function"': "", '[{"name"': "",
}  # fmt: skip
DROPPED = (                      # marks of turns that some servers let through
    *(end for end in THOUGHTS.values() if end != "assistant"), "<|channel|>final", "<|message|>", "<|return|>",
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "</s>",
    "<end_of_turn>", "<|assistant|>", "<|user|>", "[/INST]",
)  # fmt: skip
TAGS = (*THOUGHTS, *CALLS, *DROPPED)
_FENCED_CALL = re.compile(r"```(?:json|tool_call|tool_code)?[ \t]*\n?\s*(?P<body>[\[{].*?)\s*(?:```|$)", re.DOTALL)
_FUNCTION = re.compile(r"\s*<function=(?P<name>[^>\s]+)>(?P<body>.*?)(?:</function>\s*|$)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(?P<name>[^>\s]+)>\n?(?P<value>.*?)\n?</parameter>", re.DOTALL)
_NAMED = re.compile(r"\s*(?:to=)?(?:functions\.)?(?P<name>[A-Za-z_]\w*)\s*(?:\[ARGS\]|<\|constrain\|>\s*json|"
                    r"<\|message\|>|\s)*(?P<body>\{.*)", re.DOTALL)  # fmt: skip
LONGEST_CALL = 20_000            # letters of one call; a model that goes on beyond is stuck


class Markup:
    """Takes thoughts, tool calls and marks of turns out of a stream of text, whatever the pieces it comes in.

    Thoughts are dropped. Calls come in the notations of Qwen, Hermes, Mistral, Llama, Phi, gpt-oss and as bare JSON.
    """

    def __init__(self, thinking: bool = False, perhaps: int = 0) -> None:
        """thinking: the prompt has opened a thought already. perhaps: it may have: so many letters are kept back at
        most, until the thought has ended or the answer has."""
        self._perhaps = perhaps
        self.unopened = False                    # a thought has ended that nobody had opened
        self._closer: str | None = _UNTHINK if thinking or perhaps else None       # None: plain text
        self._opened = "perhaps" if perhaps and not thinking else "<think>" if thinking else ""
        self._held = ""
        self._begun = False                      # something that is not white space has come

    def feed(self, text: str) -> Iterator[str | Call]:
        self._held += text
        while True:
            if self._closer is not None:
                inside, found, rest = self._held.partition(self._closer) if self._closer else (self._held, "", "")
                if not found:
                    if self._opened in THOUGHTS:           # nobody wants it; only a beginning of its end is kept
                        self._held = inside[len(inside) - _overlap(inside, self._closer):]
                    elif self._opened == "perhaps" and (len(inside) > self._perhaps or any(
                            tag in inside for tag in (*THOUGHTS, *CALLS))):
                        self._closer, self._opened = None, ""
                        continue
                    elif self._opened in CALLS and len(inside) > LONGEST_CALL:
                        yield from self.end()
                    return
                if self._opened in CALLS:
                    yield from read_calls(self._opened, inside)
                self.unopened = self.unopened or self._opened == "perhaps"
                self._closer, self._opened, self._held = None, "", rest
                continue
            if not self._begun and (self._held.lstrip()[:3] in ("```", "``", "`") or not self._held.strip()):
                return                           # a call in a fence, perhaps
            tags = [(at, -len(tag), tag) for tag in TAGS if (at := self._held.find(tag)) >= 0]
            if not tags:
                kept = max(_overlap(self._held, tag) for tag in TAGS)
                said, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
                if said:
                    self._begun = True
                    yield said
                return
            at, _, tag = min(tags)
            if at and (self._begun or self._held[:at].strip()):
                self._begun = True
                yield self._held[:at]
            self._held = self._held[at + len(tag) :]
            self.unopened = self.unopened or tag == _UNTHINK
            if tag in THOUGHTS or tag in CALLS:
                self._opened, self._closer = tag, THOUGHTS.get(tag, CALLS.get(tag, ""))

    def end(self) -> Iterator[str | Call]:
        """The text is over: a call that was not closed is one nevertheless, an unfinished thought is dropped."""
        held, opened, self._held, self._closer, self._opened = self._held, self._opened, "", None, ""
        if opened in CALLS:
            if held.strip() or not CALLS[opened]:
                yield from read_calls(opened, held)
        elif opened == "perhaps":
            again = Markup()
            yield from again.feed(held)
            yield from again.end()
        elif not opened and (m := _FENCED_CALL.fullmatch(held.strip())) is not None and '"name"' in m["body"]:
            yield from read_calls("", m["body"])
        elif not opened and held:
            yield held


def _overlap(text: str, tag: str) -> int:
    """How many letters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:n])), 0)


def read_calls(opened: str, text: str) -> Iterator[Call]:
    """What follows the mark `opened` of CALLS, up to its end -> the calls in it; at least one, readable or not."""
    if opened.startswith(("{", "[{")) or opened == "functools[" or opened == "<function=":
        text = opened.removeprefix("functools") + text
    rest = text.strip()
    while rest:
        try:
            table, end = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError):
            break
        for one in table if isinstance(table, list) else [table]:
            yield _read_table(one, rest)
        rest = rest[end:].lstrip(" \t\r\n;,")
        if not rest.startswith(("{", "[")):      # words after a call are of no use: its result is not known yet
            return
    yield read_call(rest)


def read_call(text: str) -> Call:
    """One call -> itself. Unreadable: no name, and the text as its arguments."""
    if (m := _FUNCTION.fullmatch(text)) is not None:
        values = {p["name"]: _value(p["value"]) for p in _PARAMETER.finditer(m["body"])}
        body = m["body"].strip()
        return Call(m["name"], body if body.startswith("{") else json.dumps(values, ensure_ascii=False))
    if (m := _NAMED.match(text)) is not None:
        try:
            table, _ = json.JSONDecoder().raw_decode(m["body"])
            return Call(m["name"], json.dumps(table, ensure_ascii=False))
        except (ValueError, RecursionError):
            return Call("", text.strip())
    try:
        return _read_table(json.loads(text), text)
    except (ValueError, RecursionError):
        return Call("", text.strip())


def _read_table(table: object, text: str) -> Call:
    if isinstance(table, dict) and isinstance(table.get("function"), dict):
        table = table["function"]
    if not isinstance(table, dict):
        return Call("", text.strip())
    name = table.get("name", table.get("function"))
    if not isinstance(name, str):
        return Call("", text.strip())
    arguments = table.get("arguments", table.get("parameters", {}))
    return Call(name, arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))


def _value(text: str) -> object:
    """Parameters come as bare text; numbers and truth values are meant as such."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value
