"""Tools for a small model that reads slowly: each in one line, and a grammar that lets it write nothing but good calls.

A tool's JSON schema is a hundred tokens, and a laptop reads twenty or thirty a second; a signature is twenty.
"""

import json
from collections.abc import Sequence

from audio_io.worker_messages import ArgumentSchema, ArgumentsSchema, FunctionSchema, ToolSchema
from engine.llm.chat_model import Message

HEAD = """
You have tools. To use one, answer with nothing but <tool_call>{"name": NAME, "arguments": {...}}</tool_call>. Its
result comes between <tool_response> and </tool_response>; then answer in words. Arguments marked ? may be left out.
Use a tool only for what it is there for; answer everything else in words. The tools:
"""
SHORT = {"string": "text", "number": "number", "integer": "whole", "boolean": "true/false"}


def described(tools: Sequence[ToolSchema]) -> str:
    """tools: JSON schemas in OpenAI's form -> what the system message says of them."""
    return "\n".join([" ".join(HEAD.split()), *(_signature(tool["function"]) for tool in tools)])


def _signature(tool: FunctionSchema) -> str:
    needed = tool["parameters"].get("required", ())
    arguments = [f"{name}{'' if name in needed else '?'}: {_kind(schema)}"
                 for name, schema in tool["parameters"].get("properties", {}).items()]  # fmt: skip
    return f"{tool['name']}({', '.join(arguments)}): {tool['description']}"


def _kind(schema: ArgumentSchema) -> str:
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    said = schema.get("description", "")
    return f"{SHORT[schema['type']]}, {said}" if said else SHORT[schema["type"]]


def grammar(tools: Sequence[ToolSchema]) -> str:
    """-> a GBNF grammar (llama.cpp's): either plain words, or up to four calls of these tools, their arguments of the
    types that the schemas name, the needed ones first."""
    rules = ["root ::= calls | words", 'calls ::= ("<tool_call>" call "</tool_call>" [\\n]?){1,4}',
             "words ::= [^<{\\[`\\n ] [^<`{}]*", *BASE,
             "call ::= " + " | ".join(f"call-{i}" for i in range(len(tools)))]  # fmt: skip
    for i, tool in enumerate(tools):
        name, parameters = tool["function"]["name"], tool["function"]["parameters"]
        rules.append(f'call-{i} ::= "{{" s {_quoted("name")} s ":" s {_quoted(name)} s "," s {_quoted("arguments")} s '
                     f'":" s "{{" s {_arguments(parameters)} "}}" s "}}"')  # fmt: skip
    return "\n".join(rules) + "\n"


BASE = (
    's ::= " "?', 'string ::= "\\"" char{1,200} "\\""', 'char ::= [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" ["\\\\/bfnrt]',
    'whole ::= "-"? [0-9]{1,9}', 'number ::= "-"? [0-9]{1,12} ("." [0-9]{1,6})?', 'boolean ::= "true" | "false"',
)  # fmt: skip
RULES = {"string": "string", "number": "number", "integer": "whole", "boolean": "boolean"}


def _quoted(text: str) -> str:
    return '"' + json.dumps(json.dumps(text))[1:-1] + '"'


def _arguments(parameters: ArgumentsSchema) -> str:
    needed = parameters.get("required", ())
    pairs = {name: f'{_quoted(name)} s ":" s {_value(schema)} s'
             for name, schema in parameters.get("properties", {}).items()}  # fmt: skip
    first, rest = [pairs[n] for n in pairs if n in needed], [pairs[n] for n in pairs if n not in needed]
    if first:
        return ' "," s '.join(first) + "".join(f' ("," s {pair})?' for pair in rest)
    starts = (" ".join([pair, *(f'("," s {other})?' for other in rest[i + 1 :])]) for i, pair in enumerate(rest))
    return f"({' | '.join(starts)})?" if rest else ""


def _value(schema: ArgumentSchema) -> str:
    if "enum" in schema:
        return f"({' | '.join(_quoted(one) for one in schema['enum'])})"
    return RULES[schema["type"]]


def plain(message: Message) -> Message:
    """A call and a tool's result in words, for a template that knows neither."""
    if message.role == "tool":
        return Message("user", f"<tool_response>{message.content}</tool_response>")
    calls = [json.dumps({"name": c.name, "arguments": read(c.arguments)}, ensure_ascii=False) for c in message.calls]
    return Message(message.role, "\n".join([message.content, *(f"<tool_call>{c}</tool_call>" for c in calls)]).strip())


def read(arguments: str) -> object:
    """What is no JSON stays the text it is."""
    try:
        return json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return arguments
