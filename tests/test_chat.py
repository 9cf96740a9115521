"""The brain over a language model: what it tells the model, what it says, and how tools go on beside it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_io.errors import Trouble, WrongUse
from engine.assistant.assistant import Assistant
from engine.llm import chat, context
from engine.llm.chat import LOST, ChatBrain, make_chat
from engine.llm.chat_model import Call, Markup, Message, read_call
from engine.llm.context import CUT, HOLDING, KEPT, MOST, UNASKED, Context
from engine.llm.personas import persona, personas
from engine.llm.tool_table import BadCall, Request, Tool, offered
from engine.messages import Change, Exchange, Prompt, Say, Used

NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)


class Scripted:
    """A chat model that answers by a script: each answer a list of deltas, or an error to raise."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked, self.closed, self.stopped = list(answers), list[list[Message]](), 0, 0

    def prepare(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Iterator[None]:
        self.asked.append(list(messages))
        yield

    def stream(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Iterator[Any]:
        self.asked.append(list(messages))
        answer = self.answers.pop(0)
        try:
            for delta in answer:
                if isinstance(delta, Exception):
                    raise delta
                yield delta
        finally:
            self.closed += 1

    def stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def brains():
    made: list[ChatBrain] = []

    def make(*answers: Any, table: dict[str, Tool] | None = None) -> tuple[ChatBrain, Scripted]:
        model = Scripted(*answers)
        made.append(ChatBrain(model, Assistant(lambda: NOW), "friendly", table))
        return made[-1], model

    yield make
    for brain in made:
        brain.stop()


def said(brain: ChatBrain, prompt: Prompt | str) -> list[Any]:
    return [x for x in brain.work(Prompt(prompt) if isinstance(prompt, str) else prompt) if x is not None]


def texts(pieces: list[Any]) -> str:
    return " ".join(p.text for p in pieces if isinstance(p, Say))


def call(name: str, arguments: str = "{}") -> Call:
    return Call(name, arguments)


# -- what is said -----------------------------------------------------------------------------------
def test_the_answer_is_spoken_piece_by_piece_while_it_is_written(brains) -> None:
    brain, model = brains(["Well, **that", "** depends, I", " think. Do you", " know it?"])
    answer = brain.work(Prompt("hm well"))
    assert next(x for x in answer if x) == Say("Well, that depends,")
    assert model.answers == []
    assert [x for x in answer if x] == [Say("I think. Do you know it?", asks=True)]


def test_it_yields_at_every_delta_and_closing_closes_the_model(brains) -> None:
    brain, model = brains(["a"] * 50)
    answer = brain.work(Prompt("hm well"))
    assert [next(answer) for _ in range(10)] == [None] * 10
    answer.close()
    assert model.closed == 1


def test_stop_is_answered_by_silence_without_the_model(brains) -> None:
    brain, model = brains()
    assert said(brain, "stop talking") == []
    assert model.asked == []


@pytest.mark.parametrize("answer", [[], ["😀"], ["  \n"], [None]])
def test_silence_is_never_the_answer(brains, answer: list[str]) -> None:
    assert said(brains(answer)[0], "what is love made of") == [Say(LOST)]


def test_an_error_of_the_model_is_raised_and_the_next_prompt_is_answered(brains) -> None:
    brain, _ = brains(["Half an", Trouble("the server hung up")], ["All is well."])
    with pytest.raises(Trouble, match="hung up"):
        said(brain, "what is love made of")
    assert texts(said(brain, "and now")) == "All is well."


# -- tools ------------------------------------------------------------------------------------------
def test_a_tool_is_used_and_the_model_goes_on_with_its_result(brains) -> None:
    brain, model = brains(["Sure, let me look. ", call("get_time", '{"place": "Tokyo"}')], ["It is midnight there."])
    pieces = said(brain, "tell me about the clocks of tokyo")
    assert [type(p) for p in pieces] == [Say, Used, Say]
    assert texts(pieces) == "Sure, let me look. It is midnight there."
    asked, answered = model.asked[-1][-2:]
    assert (asked.role, asked.content, asked.calls[0].name) == ("assistant", "Sure, let me look.", "get_time")
    assert (answered.role, answered.answers) == ("tool", asked.calls[0].id)
    assert "twelve at night" in answered.content


def test_several_tools_in_one_answer(brains) -> None:
    brain, model = brains([call("set_timer", '{"seconds": 60}'), call("set_timer", '{"seconds": 120}')], ["Both set."])
    said(brain, "hm well")
    assert [t.seconds for t in brain.assistant.scheduler.timers()] == [60, 120]
    assert [m.role for m in model.asked[-1][-3:]] == ["assistant", "tool", "tool"]
    assert len({m.answers for m in model.asked[-1][-2:]}) == 2


@pytest.mark.parametrize(("used", "told"), [
    (call("open_door"), "no tool called 'open_door'"), (call("set_timer", "{seconds: 5"), "are not JSON"),
    (call("", "{{{"), "no readable tool call"), (call("set_timer", "[1]"), "must be a JSON object"),
    (call("set_timer", '{"seconds": "x"}'), "must be a number"), (call("get_time", "[" * 100_000), "are not JSON"),
])  # fmt: skip
def test_a_wrong_call_is_explained_to_the_model_and_it_answers(brains, used: Call, told: str) -> None:
    brain, model = brains([used], ["I see, then not."])
    assert texts(said(brain, "hm well")) == "I see, then not."
    assert told in model.asked[-1][-1].content


def broken(error: Exception) -> dict[str, Tool]:
    def ask(_: Any) -> Request:
        raise error

    return {"fails": Tool("fails", "Fails.", (), ask)}


@pytest.mark.parametrize("error", [Trouble("the disk is full"), RuntimeError("a\nb"), BadCall("not so"),
                                   ZeroDivisionError()])  # fmt: skip
def test_a_tool_that_fails_gives_its_one_line_to_the_model(brains, error: Exception) -> None:
    brain, model = brains([call("fails")], ["That did not work."], table=broken(error))
    assert texts(said(brain, "hm well")) == "That did not work."
    line = model.asked[-1][-1].content
    assert "\n" not in line
    assert line.endswith(str(error).replace("\n", " ") or "ZeroDivisionError: ")


def test_a_slow_tool_is_bridged_by_one_holding_line(brains, monkeypatch) -> None:
    monkeypatch.setattr(chat, "POLL_S", 0.001)
    go = threading.Event()
    slow = Tool("slow", "Slow.", (), lambda _: Request("coin") if go.wait(20) else Request("dice"))
    brain, _ = brains([call("slow"), call("slow")], ["Heads it is."], table={"slow": slow})
    answer = brain.work(Prompt("hm well"))
    waits = 0
    for piece in answer:
        waits += piece is None
        if piece == Say(HOLDING):
            break
    assert waits >= chat.HOLD_POLLS - 1                         # not before its time, and a chance to stop at each wait
    go.set()
    rest = [x for x in answer if x]
    assert [type(p) for p in rest] == [Used, Used, Say]
    assert rest[-1].text == "Heads it is."


def test_closing_does_not_wait_for_a_slow_tool(brains, monkeypatch) -> None:
    monkeypatch.setattr(chat, "POLL_S", 0.001)
    go = threading.Event()
    slow = Tool("slow", "Slow.", (), lambda _: Request("coin") if go.wait(20) else Request("dice"))
    brain, model = brains([call("slow"), call("slow")], table={"slow": slow})
    with closing(brain.work(Prompt("hm well"))) as answer:
        next(answer)
        next(answer)
    assert not go.is_set()
    assert model.closed == 1
    go.set()


def test_a_model_that_only_calls_tools_is_ended(brains) -> None:
    brain, model = brains(*[[call("flip_coin")]] * 9)
    pieces = said(brain, "hm well")
    assert pieces[-1] == Say(LOST)
    assert len(model.asked) == chat.ROUNDS + 1
    assert model.asked[-1][-1].content == chat.ENOUGH


def test_the_voice_changes_and_for_one_answer_only_where_that_is_meant(brains) -> None:
    brain, _ = brains([call("change_voice", '{"what": "rate", "factor": 0.8}')], ["Like this?"],
                      [call("set_emotion", '{"emotion": "sad", "once": true}')], ["Oh dear, oh dear."])
    assert Change("rate", "*0.800") in said(brain, "hm well")
    pieces = said(brain, "hm well again")
    assert not [p for p in pieces if isinstance(p, Change)]
    assert pieces[-1] == Say("Oh dear, oh dear.", how=(Change("emotion", "sad"),))


def test_what_would_leave_a_trace_is_known_from_the_words(brains) -> None:
    brain, _ = brains()
    assert brain.lasting(Prompt("set a timer for five minutes"))
    assert not brain.lasting(Prompt("why is the sky blue"))


# -- what the model is told ---------------------------------------------------------------------------
def roles(messages: Sequence[Message]) -> str:
    return "".join({"system": "s", "user": "u", "assistant": "a", "tool": "t"}[m.role] for m in messages)


def test_only_what_was_heard_is_in_the_past_and_a_cut_is_marked() -> None:
    past = (Exchange("tell me a story", "Once upon a", cut=True), Exchange("and what is", ""),
            Exchange("", "Your timer is done."))  # fmt: skip
    shown = Context("You are P.").messages(Prompt("go on", past, tags=("sounds sad",)))
    assert roles(shown) == "suauau"
    assert shown[0].content.startswith("You are P.")
    assert [m.content for m in shown[1:]] == [
        "tell me a story", "Once upon a", f"[{CUT}]\nand what is\n[{UNASKED}]", "Your timer is done.",
        "[sounds sad]\ngo on"]  # fmt: skip


def test_the_tools_of_the_past_and_tags_stay_where_they_were(brains) -> None:
    brain, model = brains(["Let me see. ", call("get_time")], ["It is three."], ["Yes."])
    said(brain, Prompt("what is the clock", tags=("sounds tired",)))
    first = model.asked[1]
    said(brain, Prompt("really", (Exchange("what is the clock", "Let me see. It is three."),)))
    again = model.asked[-1]
    assert again[: len(first)] == first                          # word for word: the model's cache holds
    assert roles(again) == "suatau"
    assert [m.content for m in again[4:]] == ["It is three.", "really"]


def test_the_same_words_twice_keep_their_own_tools(brains) -> None:
    brain, model = brains([call("flip_coin")], ["Heads."], [call("get_time")], ["Three."], ["Well."])
    said(brain, "and now what")
    past = (Exchange("and now what", "Heads."),)
    said(brain, Prompt("and now what", past))
    said(brain, Prompt("hm well", (*past, Exchange("and now what", "Three."))))
    assert [m.calls[0].name for m in model.asked[-1] if m.calls] == ["flip_coin", "get_time"]


def test_only_the_end_of_an_answer_asks(brains) -> None:
    brain, _ = brains(["Shall I look? ", call("get_time")], ["It is three."])
    assert not any(p.asks for p in said(brain, "and now what") if isinstance(p, Say))


def test_what_was_not_heard_before_a_tool_is_not_shown(brains) -> None:
    brain, model = brains(["Let me see. ", call("get_time")], ["It is three."], ["Yes."])
    said(brain, "what is the clock")
    said(brain, Prompt("really", (Exchange("what is the clock", "Let me", cut=True),)))
    assert (model.asked[-1][2].role, model.asked[-1][2].content) == ("assistant", "")
    assert model.asked[-1][-2].content == "Let me"
    assert model.asked[-1][-1].content == f"[{CUT}]\nreally"


def test_the_window_moves_seldom_and_the_prefix_holds_meanwhile() -> None:
    told, past, moved, before = Context("P."), [], 0, ()
    for i in range(100):
        shown = told.messages(Prompt(f"q{i}", tuple(past[-40:])))
        moved += shown[: len(before)] != before
        before = shown
        past.append(Exchange(f"q{i}", f"a{i}"))
        assert len(shown) <= 2 * MOST + 2
    assert 1 <= moved <= 100 // (MOST - KEPT)


def test_a_long_talk_is_shortened_by_letters_too() -> None:
    past = tuple(Exchange(f"q{i}", "word " * 1000) for i in range(20))
    shown = Context("P.").messages(Prompt("hm", past))
    assert sum(len(m.content) for m in shown[1:]) < context.MOST_LETTERS
    assert shown[-2].content.strip() == ("word " * 1000).strip()


SAID = st.sampled_from(["", "a", "b c"])


@given(st.lists(st.builds(Exchange, SAID, SAID, st.booleans()), max_size=45))
def test_any_past_gives_turns_that_alternate(past: list[Exchange]) -> None:
    shown = Context("P.").messages(Prompt("hm", tuple(past)))
    assert shown[0].role == "system"
    assert shown[-1].content.endswith("hm")
    assert all(a != b for a, b in pairwise(roles(shown)))


# -- marks in the text --------------------------------------------------------------------------------
WRITTEN = ('Hi <b>x</b> <think>no <tool_call>{"a"}</tool_call></think>there <tool_call>\n{"name": "f", "arguments": '
           '{"a": 1}}\n</tool_call> and <tool_call><function=g>\n<parameter=x>\n5\n</parameter>\n<parameter=y>b c'
           '</parameter></function></tool_call>end < <tool')  # fmt: skip


@given(st.lists(st.integers(0, len(WRITTEN)), max_size=20))
def test_thoughts_and_calls_are_found_however_the_text_is_split(at: list[int]) -> None:
    ends, parser, found = sorted({0, len(WRITTEN), *at}), Markup(), list[Any]()
    for a, b in pairwise(ends):
        found += parser.feed(WRITTEN[a:b])
    found += parser.end()
    assert "".join(x for x in found if isinstance(x, str)) == "Hi <b>x</b> there  and end < <tool"
    assert [x for x in found if isinstance(x, Call)] == [Call("f", '{"a": 1}'), Call("g", '{"x": 5, "y": "b c"}')]


def test_a_thought_that_the_prompt_opened_is_dropped_and_an_open_call_is_one() -> None:
    parser = Markup(thinking=True)
    assert [*parser.feed("hmm</th"), *parser.feed("ink>Yes")] == ["Yes"]
    assert [*parser.feed('<tool_call>{"name": "f"}'), *parser.end()] == [Call("f", "{}")]
    assert [*Markup().feed("<think>for ever"), *Markup().end()] == []
    stuck = Markup()
    assert len([*stuck.feed("<tool_call>"), *stuck.feed("x" * 30_000)]) == 1


@pytest.mark.parametrize("text", ["", "x", "[]", '{"name": 5}', "{", "null", "[" * 100_000])
def test_a_call_that_cannot_be_read_has_no_name(text: str) -> None:
    assert read_call(text) == Call("", text)


# -- who it is ----------------------------------------------------------------------------------------
def test_personas_by_name_and_by_text() -> None:
    assert {"friendly", "concise", "storyteller", "tutor"} <= set(personas())
    assert persona("") == personas()["friendly"]
    assert persona("You are a pirate.") == "You are a pirate."
    with pytest.raises(WrongUse, match="did you mean tutor"):
        persona("tutr")
    with pytest.raises(WrongUse, match="too long"):
        persona("very " * 2000)


def test_make_chat_prepares_the_model_and_frees_it_when_that_fails() -> None:
    model = Scripted(["Hello to you."])
    work, lasting, stop = make_chat(model, Assistant(lambda: NOW), "concise", ("a",))
    assert model.asked[0][0].content.startswith(personas()["concise"])
    assert texts([x for x in work(Prompt("well then")) if x]) == "Hello to you."
    assert not lasting(Prompt("well then"))
    stop()
    assert model.stopped == 1
    with pytest.raises(WrongUse):
        make_chat(model, Assistant(lambda: NOW), "nobody")
    assert model.stopped == 2


def test_the_tools_offered_are_those_of_the_table(brains) -> None:
    assert [s["function"]["name"] for s in brains()[0].schemas] == list(offered())
