"""The tools as a language model is offered them: the embedded brain's own, all of them, and nothing crashes them."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assistant.assistant import Assistant
from engine.assistant.clock import later
from engine.llm.tool_table import BY_ITSELF, BadCall, Done, Once, offered
from engine.messages import Change, Prompt, Used
from engine.nlu.brain import ANSWERS

NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)
TABLE = offered(("en-us", "en-gb"))


def use(name: str, assistant: Assistant | None = None, **arguments: object) -> tuple[list[Done], str]:
    return TABLE[name].run(assistant or Assistant(lambda: NOW), Prompt("x", now=later(NOW, 10)), arguments)


def test_every_tool_of_the_embedded_brain_is_offered() -> None:
    covered = [request for tool in TABLE.values() for request in tool.covers]
    assert {*covered} | BY_ITSELF == set(ANSWERS)
    assert not BY_ITSELF & {*covered}


def test_the_schemas_are_json_in_openais_form() -> None:
    for name, tool in TABLE.items():
        schema = json.loads(json.dumps(tool.schema))["function"]
        assert schema["name"] == name
        assert schema["description"].endswith(".")
        assert set(schema["parameters"]["required"]) <= set(schema["parameters"]["properties"])
    assert "use_voice" not in offered()                         # without voices there is nothing to choose


@pytest.mark.parametrize(("name", "arguments", "told"), [
    ("get_time", {}, "five minutes past three"), ("get_time", {"place": "Tokyo"}, "past twelve at night"),
    ("time_difference", {"from_place": "London", "to_place": "New York"}, "five hours behind London"),
    ("time_zone", {"place": "Paris"}, "one hour ahead"),
    ("convert_time", {"hour": 5, "there": "Berlin"}, "four o'clock"),
    ("get_date", {}, "Thursday"), ("get_date", {"when": "2026-12-24"}, "twenty-fourth of December"),
    ("get_date", {"part": "week_number"}, "week forty-seven"), ("days_until", {"when": "Christmas"}, "days until"),
    ("set_timer", {"seconds": "300", "label": "Pasta"}, "Pasta timer set for five minutes"),
    ("set_alarm", {"hour": 7}, "seven o'clock in the morning"),
    ("set_reminder", {"text": "call mum", "seconds": 600}, "in ten minutes"), ("list_timers", {}, "no timer"),
    ("change_timer", {"seconds": 60, "add": True}, "no timer"), ("cancel_timer", {}, "no timer"),
    ("calculate", {"expression": "(2 + 3) * 4"}, "twenty"), ("calculate", {"expression": "sqrt(2)"}, "one point four"),
    ("calculate", {"expression": "2**10"}, "one thousand and twenty-four"),
    ("convert", {"amount": 21, "from_unit": "km", "to_unit": "miles"}, "thirteen miles"),
    ("convert", {"amount": 20, "from_unit": "Celsius", "to_unit": "fahrenheit"}, "sixty-eight"),
    ("take_note", {"text": "Buy milk"}, "Noted"), ("read_notes", {}, "no notes"),
    ("delete_notes", {"which": "2"}, "no"),
    ("flip_coin", {}, "It's"), ("roll_dice", {"count": 2}, "together"),
    ("random_number", {"low": 3, "high": 3}, "Three"),
    ("spell", {"word": "cat"}, "C, A, T"),
])  # fmt: skip
def test_what_a_call_does(name: str, arguments: dict[str, object], told: str) -> None:
    assert told in use(name, **arguments)[1]


def test_a_timer_is_really_set_and_told_of() -> None:
    assistant = Assistant(lambda: NOW)
    done, _ = use("set_timer", assistant, seconds=300, label="pasta")
    assert [t.due for t in assistant.scheduler.timers()] == [later(NOW, 310)]
    assert done == [Used("timer", {"seconds": 300, "label": "pasta"}, "number 1")]


def test_the_voice_changes() -> None:
    assert Change("rate", "*0.800") in use("change_voice", what="rate", factor=0.8)[0]
    assert Change("voice", "en-gb") in use("use_voice", voice="en-gb")[0]
    assert {c.field for c in use("reset_voice")[0] if isinstance(c, Change)} >= {"rate", "pitch", "volume"}
    assert Change("emotion", "sad") in use("set_emotion", emotion="sad")[0]
    assert Once(Change("emotion", "sad")) in use("set_emotion", emotion="sad", once=True)[0]
    assert Change("manner", "robot") in use("set_manner", manner="robot")[0]


@pytest.mark.parametrize(("name", "arguments", "says"), [
    ("set_timer", {}, "needs the argument 'seconds'"), ("set_timer", {"seconds": "soon"}, "must be a number"),
    ("set_timer", {"seconds": 5, "colour": "red"}, "no argument 'colour'"), ("set_timer", {"seconds": True}, "number"),
    ("set_timer", {"seconds": float("inf")}, "too large"), ("set_alarm", {}, "hour and minute"),
    ("set_alarm", {"hour": 25}, "no time 25:00"), ("get_time", {"place": "Zzyzxx"}, "no place"),
    ("convert", {"amount": 1, "from_unit": "smoot", "to_unit": "mile"}, "no unit"),
    ("calculate", {"expression": "hello"}, "is not a sum"),
    ("use_voice", {"voice": "x"}, "must be one of en-us, en-gb"),
    ("roll_dice", {"count": 1.5}, "must be a integer"), ("change_voice", {"what": "rate", "factor": 99}, "between"),
    ("delete_notes", {"which": "some"}, "all, last, or a number"),
])  # fmt: skip
def test_what_is_told_of_a_wrong_call(name: str, arguments: dict[str, object], says: str) -> None:
    with pytest.raises(BadCall, match=says):
        use(name, **arguments)


JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
                    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
                    max_leaves=6)  # fmt: skip


@given(st.data())
def test_no_arguments_break_a_tool(data: st.DataObject) -> None:
    tool = TABLE[data.draw(st.sampled_from(sorted(TABLE)))]
    given_ = data.draw(JUNK | st.fixed_dictionaries({}, optional={name: JUNK for name in tool.arguments}))
    with suppress(BadCall):
        assert tool.run(Assistant(lambda: NOW), Prompt("x"), given_)[1]
