"""A conversation as the text that a model was trained on: its own chat template, helped where that knows too little."""

import json
from collections.abc import Sequence
from typing import Any

from audio_io.errors import Trouble
from audio_io.worker_messages import ToolSchema
from engine.llm.chat_model import Message
from engine.llm.tool_words import plain, read

NO_TOOLS = """
You have tools. To use one, write nothing but <tool_call>{"name": NAME, "arguments": {...}}</tool_call>; the result
comes between <tool_response> and </tool_response>. The tools:
"""


class ChatTemplate:
    """Some templates know no system message, some no tools; that is tried out once, and said to the model otherwise."""

    def __init__(self, tokenizer: Any) -> None:
        """Raises Trouble for a tokenizer without a chat template."""
        if not getattr(tokenizer, "chat_template", None):
            raise Trouble(f"{tokenizer.name_or_path}: has no chat template, so it is not a chat model; "
                          "choose one that is (often called instruct)")  # fmt: skip
        self.tokenizer = tokenizer
        self.takes_system = self._shows([Message("system", "qzjx"), Message("user", "a")], [], "qzjx")
        tool: ToolSchema = {"type": "function", "function": {"name": "qzjx", "description": "a", "parameters": {
            "type": "object", "properties": {}}}}  # fmt: skip
        self.takes_tools = self._shows([Message("user", "a")], [tool], "qzjx")

    def text(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> str:
        """Up to where the assistant's answer begins. Raises Trouble where the template refuses the messages."""
        system = "\n\n".join(m.content for m in messages if m.role == "system")
        rest = [m for m in messages if m.role != "system"]
        if tools and not self.takes_tools:
            listed = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
            system = f"{system}\n\n{' '.join(NO_TOOLS.split())}\n{listed}".strip()
            rest, tools = [plain(m) for m in rest], []
        if system and self.takes_system:
            rest = [Message("system", system), *rest]
        elif system and rest:
            rest = [Message("user", f"{system}\n\n{rest[0].content}"), *rest[1:]]
        try:
            return self._rendered(rest, tools)
        except Exception as error:               # whatever a template's author made it raise
            said = " ".join(str(error).split())
            name = self.tokenizer.name_or_path
            raise Trouble(f"{name}: its chat template refuses the conversation: {said}") from error

    def _shows(self, messages: Sequence[Message], tools: Sequence[ToolSchema], word: str) -> bool:
        try:
            return word in self._rendered(messages, tools)
        except Exception:
            return False

    def _rendered(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> str:
        text: str = self.tokenizer.apply_chat_template(
            [_table(m) for m in messages], tools=list(tools) or None, add_generation_prompt=True, tokenize=False,
            enable_thinking=False,               # where the model can think first: not while somebody waits
        )
        return text


def _table(message: Message) -> dict[str, object]:
    table: dict[str, object] = {"role": message.role, "content": message.content}
    if message.calls:
        table["tool_calls"] = [{"id": call.id, "type": "function", "function": {
            "name": call.name or "unknown", "arguments": read(call.arguments)}} for call in message.calls]  # fmt: skip
    if message.role == "tool":
        table |= {"tool_call_id": message.answers, "name": message.name}
    return table
