"""Thoughts, marks of turns and tool calls in whatever notation a model uses: none of it is said."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.llm.chat_model import Call, Markup

OWLS = "Owls hunt at night."
THOUGHTS = (
    f"<think>I think of owls.</think>{OWLS}", f"<thinking>of owls</thinking>\n\n{OWLS}",
    f"<thought>of owls</thought>{OWLS}", f"[THINK]of owls[/THINK]{OWLS}", f"<reasoning>of owls</reasoning>{OWLS}",
    f"<|channel|>analysis<|message|>of owls<|end|><|start|>assistant<|channel|>final<|message|>{OWLS}<|return|>",
    f"{OWLS}<|im_end|>", f"{OWLS}<|eot_id|>", f"{OWLS}</s>", f"{OWLS}<end_of_turn>\n",
    f"<|im_start|>assistant\n{OWLS}<|im_end|>", f"<seed:think>of owls</seed:think>{OWLS}",
)  # fmt: skip
TOKYO = '{"place": "Tokyo"}'
CALLS = (
    '{"name": "get_time", "arguments": {"place": "Tokyo"}}', '{"name":"get_time","parameters":{"place":"Tokyo"}}',
    '{"type": "function", "function": {"name": "get_time", "arguments": {"place": "Tokyo"}}}',
    '{"type": "function", "name": "get_time", "parameters": {"place": "Tokyo"}}',
    '{"function": "get_time", "arguments": {"place": "Tokyo"}}',
    '```json\n{"name": "get_time", "arguments": {"place": "Tokyo"}}\n```',
    '[TOOL_CALLS] [{"name": "get_time", "arguments": {"place": "Tokyo"}}]', '[TOOL_CALLS]get_time{"place": "Tokyo"}',
    '[TOOL_CALLS]get_time[ARGS]{"place": "Tokyo"}',
    '<|python_tag|>{"name": "get_time", "parameters": {"place": "Tokyo"}}',
    '<|python_tag|>{"name": "get_time", "parameters": {"place": "Tokyo"}}<|eom_id|>',
    'functools[{"name": "get_time", "arguments": {"place": "Tokyo"}}]',
    '<function=get_time>{"place": "Tokyo"}</function>',
    "<tool_call><function=get_time><parameter=place>Tokyo</parameter></function></tool_call>",
    '<tool_call>{"name": "get_time", "arguments": {"place": "Tokyo"}}</tool_call>',
    '<function_call>{"name": "get_time", "arguments": {"place": "Tokyo"}}</function_call>',
    '<|channel|>commentary to=functions.get_time <|constrain|>json<|message|>{"place": "Tokyo"}<|call|>',
    '<|channel|>analysis<|message|>of owls<|end|><|start|>assistant<|channel|>commentary to=functions.get_time'
    '<|message|>{"place": "Tokyo"}<|call|>',
)  # fmt: skip


def read(text: str, cuts: list[int] | None = None, **how: int) -> tuple[str, list[Call]]:
    markup, out = Markup(**how), []
    edges = [0, *sorted(min(c, len(text)) for c in cuts or ()), len(text)]
    for a, b in pairwise(edges):
        out += markup.feed(text[a:b])
    out += markup.end()
    return "".join(o for o in out if isinstance(o, str)).strip(), [o for o in out if isinstance(o, Call)]


@pytest.mark.parametrize("text", THOUGHTS)
@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_thoughts_and_marks_are_never_said(text, cuts):
    assert read(text, cuts) == (OWLS, [])


@pytest.mark.parametrize("text", CALLS)
@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_a_call_is_a_call_in_any_shape(text, cuts):
    assert read(text, cuts) == ("", [Call("get_time", TOKYO)])


def test_a_thought_that_nobody_opened():
    assert read(f"I think of owls.</think>{OWLS}", perhaps=200) == (OWLS, [])
    assert read(OWLS, perhaps=200) == (OWLS, []), "and an answer without one is said"
    assert read("long " * 99, perhaps=200) == (("long " * 99).strip(), [])
    assert read(CALLS[0], perhaps=200) == ("", [Call("get_time", TOKYO)])


def test_words_before_a_call_are_said_and_two_calls_are_two():
    words, calls = read(f"Let me look. [TOOL_CALLS] [{CALLS[0]}, {CALLS[0]}]")
    assert words == "Let me look."
    assert [c.name for c in calls] == ["get_time", "get_time"]


@pytest.mark.parametrize("text", ["[TOOL_CALLS] what?", "<|python_tag|>print(1)", '{"name": broken'])
def test_what_cannot_be_read_is_not_said_either(text):
    words, calls = read(text)
    assert words == ""
    assert [c.name for c in calls] == [""]


@pytest.mark.parametrize("text", ["It costs [about] 3 < 4 dollars.", "Use {braces} sparingly.", "A [TOOL] is not one.",
                                  "She said <hello> to me."])  # fmt: skip
@given(cuts=st.lists(st.integers(0, 40), max_size=6))
def test_ordinary_text_is_left_alone(text, cuts):
    assert read(text, cuts) == (text, [])
