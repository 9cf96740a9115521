"""Chat models behind OpenAI-compatible servers: good ones, bad ones, and the one that transformers brings."""

import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tiny_chat
from chat_server import Answering, serving, speaks
from patience import PATIENT_S
from soundserver import end, until

from audio_io.errors import Trouble, WrongUse
from engine.assistant.assistant import Assistant
from engine.llm.chat import ChatBrain
from engine.llm.chat_model import Call, Message
from engine.llm.server import Server, ServerModel, make_chat
from engine.llm.tool_table import offered
from engine.messages import Prompt, Say, Used

HI = [Message("system", "You are a test."), Message("user", "hi")]
SCHEMAS = [tool.schema for tool in offered().values()]
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)


@pytest.fixture
def asking():
    """-> a function: a server's plan -> (the server, a model that asks it). All is closed at the end."""
    open_: list[Any] = []

    def make(plan: Callable[[Answering], None], **settings: Any) -> tuple[Any, ServerModel]:
        context = serving(plan)
        server = context.__enter__()
        model = ServerModel(Server(server.url, **settings))
        open_.append((context, model))
        return server, model

    yield make
    for context, model in reversed(open_):
        model.stop()
        context.__exit__(None, None, None)


def answer(model: ServerModel, tools: list[dict[str, Any]] | None = None) -> list[str | Call]:
    return [d for d in model.stream(HI, tools or []) if d is not None]


# -- good ones ----------------------------------------------------------------------------------------
def test_text_streams_and_what_was_asked_is_what_was_meant(asking) -> None:
    server, model = asking(speaks("Hel", "lo ", "you."), key="s3cret", temperature=0.3)
    assert "".join(answer(model, SCHEMAS)) == "Hello you."
    asked = server.asked[0]
    assert asked["model"] == "first"
    assert asked["temperature"] == 0.3
    assert asked["stream"] is True
    assert asked["messages"] == [{"role": m.role, "content": m.content} for m in HI]
    assert asked["tools"] == SCHEMAS
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked["reasoning_effort"] == "none"                   # Ollama heeds this one alone
    assert server.keys == ["Bearer s3cret"]
    assert "s3cret" not in repr(model.server)


def test_one_connection_serves_all_turns(asking) -> None:
    ports = []
    say = speaks("Hello.")

    def plan(to: Answering) -> None:
        ports.append(to.client_address[1])
        say(to)

    _, model = asking(plan, model="second")
    assert [answer(model) for _ in range(3)] == [["Hello."]] * 3
    assert len(set(ports)) == 1


def test_calls_split_over_deltas_and_calls_that_all_count_as_the_first(asking) -> None:
    def split(to: Answering) -> None:
        to.begin()
        to.delta(content="Wait. ")
        to.delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "set_", "arguments": ""}}])
        to.delta(tool_calls=[{"index": 0, "function": {"name": "timer", "arguments": '{"sec'}},
                             {"index": 1, "id": "b", "function": {"name": "get_time"}}])  # fmt: skip
        to.delta(tool_calls=[{"index": 1, "function": {"arguments": "{}"}}])
        to.delta(tool_calls=[{"index": 0, "function": {"arguments": 'onds": 60}'}}])
        to.delta(end="tool_calls")
        to.end()

    def same(to: Answering) -> None:
        to.begin()
        for name in "ab":
            to.delta(tool_calls=[{"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}}])
        to.delta(end="tool_calls")
        to.end()

    assert answer(asking(split)[1]) == [
        "Wait. ", Call("set_timer", '{"seconds": 60}', "a"), Call("get_time", "{}", "b")]  # fmt: skip
    assert answer(asking(same)[1]) == [Call("a", "{}", "a"), Call("b", "{}", "b")]


def test_thoughts_and_calls_that_the_server_left_in_the_text(asking) -> None:
    _, model = asking(speaks("<thi", "nk>hm</think>Yes.<tool_", 'call>{"name": "f"}</tool_call>'))
    assert answer(model) == ["Yes.", Call("f", "{}")]


def test_a_conversation_with_tools(asking) -> None:
    def plan(to: Answering) -> None:
        if to.server.asked[-1]["messages"][-1]["role"] == "tool":
            return speaks("It is ", "set now. ", "Fine?")(to)
        to.begin()
        used = {"name": "set_timer", "arguments": '{"seconds": 60}'}
        to.delta(tool_calls=[{"index": 0, "id": "a", "function": used}])
        to.delta(end="tool_calls")
        return to.end()

    server, model = asking(plan)
    assistant = Assistant(lambda: NOW)
    brain = ChatBrain(model, assistant)
    said = [p for p in brain.work(Prompt("hm well")) if p]
    assert said == [Used("timer", {"seconds": 60}, "number 1"), Say("It is set now."), Say("Fine?", asks=True)]
    assert server.asked[-1]["messages"][-2]["tool_calls"][0]["function"]["arguments"] == '{"seconds": 60}'
    assert server.asked[-1]["messages"][-1]["tool_call_id"] == "a"
    brain.stop()


@pytest.mark.parametrize(("option", "said"), [
    ("chat_template_kwargs", f"{'x' * 300} Unrecognized request argument: chat_template_kwargs"),
    ("reasoning_effort", "Unexpected keys in the request: {'reasoning_effort'}"),
    ("reasoning_effort", 'think value "none" is not supported for this model'),
    ("reasoning_effort", '"first" does not support thinking'),
])  # fmt: skip
def test_a_server_that_does_not_take_an_option_is_asked_without_it(asking, option, said) -> None:
    def plan(to: Answering) -> None:
        if option in to.server.asked[-1]:
            return to.whole(400, json.dumps({"error": {"message": said}}).encode())
        return speaks("Fine.")(to)

    server, model = asking(plan)
    assert [answer(model), answer(model)] == [["Fine."], ["Fine."]]
    assert len(server.asked) == 3                                # it is remembered
    kept = {"chat_template_kwargs", "reasoning_effort"} - {option}
    assert all(kept <= asked.keys() for asked in server.asked)


def test_a_server_that_takes_no_option_is_asked_once_for_each(asking) -> None:
    def plan(to: Answering) -> None:
        given = sorted({"chat_template_kwargs", "reasoning_effort"} & to.server.asked[-1].keys())
        if given:
            return to.whole(422, json.dumps({"error": {"message": f"Extra inputs: {given}"}}).encode())
        return speaks("Fine.")(to)

    server, model = asking(plan)
    assert answer(model) == ["Fine."]
    assert len(server.asked) == 3


# -- closing ------------------------------------------------------------------------------------------
def test_closing_in_the_middle_of_an_answer_closes_the_connection_at_once(asking) -> None:
    def plan(to: Answering) -> None:
        to.begin()
        to.delta(content="Once upon a time, ")
        to.hang()

    server, model = asking(plan)
    brain = ChatBrain(model, Assistant(lambda: NOW))
    work = brain.work(Prompt("hm well"))
    while next(work) is not None or not server.asked:
        pass
    assert not server.left.is_set()
    work.close()
    assert server.left.wait(10)
    brain.stop()


def test_closing_before_an_answer_has_begun_closes_the_connection_at_once(asking) -> None:
    server, model = asking(Answering.hang)
    stream = model.stream(HI, [])
    while not server.asked:
        assert next(stream) is None
    stream.close()
    assert server.left.wait(10)


# -- bad ones -----------------------------------------------------------------------------------------
def status(code: int, body: bytes = b'{"error": {"message": "because"}}') -> Callable[[Answering], None]:
    return lambda to: to.whole(code, body)


def then(*steps: Callable[[Answering], None]) -> Callable[[Answering], None]:
    def plan(to: Answering) -> None:
        to.begin()
        for step in steps:
            step(to)

    return plan


ONE = [lambda to: to.delta(content="One")]
BAD = {
    "refuses the key": status(401), "because": status(500), "no model 'first'": status(404),
    "answered 400": status(400, b"<html>" + b"x" * 10_000), "answered 429": status(429),
    "answered 503": status(503, b""),
    "sent no answer": lambda to: to.whole(200, b"<html>Welcome</html>", "text/html"),
    "hung up": lambda to: to.cut(),
}  # fmt: skip
CUT = {
    "cut": then(*ONE, Answering.cut), "ended": then(*ONE, Answering.end), "hangs": then(*ONE, Answering.hang),
    "not json": then(*ONE, lambda to: to.event(b"{{{")), "not utf8": then(*ONE, lambda to: to.event(b'"\xff\xfe"')),
    "an error": then(*ONE, lambda to: to.event({"error": {"message": "out of memory"}})),
    "junk": then(*ONE, lambda to: to.event({"choices": "x"})), "a list": then(*ONE, lambda to: to.event([1])),
    "numbers": then(*ONE, lambda to: to.delta(content=5)), "a name": then(*ONE, lambda to: to.delta(
        tool_calls=[{"index": [1], "function": {"name": 5}}])), "no chunk": then(*ONE, lambda to: to.raw(b"zz")
        or to.wfile.write(b"nonsense\r\n")),
}  # fmt: skip


@pytest.mark.parametrize("says", BAD)
def test_a_bad_server_is_told_of_in_one_line_and_the_next_turn_works(asking, says: str) -> None:
    server, model = asking(BAD[says])
    with pytest.raises(Trouble, match=says) as caught:
        answer(model)
    assert str(caught.value).startswith(server.url)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert len(server.asked) == 1                                # not tried again behind the user's back
    server.plan = speaks("Fine.")
    assert answer(model) == ["Fine."]


def test_after_an_error_the_next_question_has_a_connection_of_its_own(asking) -> None:
    """Many a server closes the one that it had kept, in the very moment in which it would be used again."""
    server, model = asking(speaks("Yes."), model="mine")
    server.models = 500
    assert list(model.prepare(HI, [])) in ([], [None])
    assert [answer(model) for _ in range(2)] == [["Yes."]] * 2
    listed, first, second = server.peers
    assert listed != first == second


@pytest.mark.parametrize("how", CUT)
def test_an_answer_that_breaks_off_is_told_of_and_not_asked_again(asking, how: str) -> None:
    server, model = asking(CUT[how], read_s=0.3)
    stream = (delta for delta in model.stream(HI, []) if delta is not None)
    assert next(stream) == "One"
    with pytest.raises(Trouble, match=server.url) as caught:
        next(stream)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == 1
    server.plan = speaks("Fine.")
    assert answer(model) == ["Fine."]


def test_a_server_that_never_ends_is_left(asking, monkeypatch) -> None:
    def plan(to: Answering) -> None:
        to.begin()
        while True:
            to.delta(content="word " * 50)

    monkeypatch.setattr("engine.llm.server.MOST_LETTERS", 5000)
    _, model = asking(plan)
    assert len("".join(answer(model))) <= 5250


def test_a_server_that_hangs_after_the_end_is_not_waited_for(asking) -> None:
    def plan(to: Answering) -> None:
        to.begin()
        to.delta(content="Done.", end="stop")
        to.hang()

    server, model = asking(plan, read_s=60)
    assert answer(model) == ["Done."]
    assert server.left.wait(10)


def test_a_server_that_hangs_is_given_up(asking) -> None:
    _, model = asking(Answering.hang, model="m", read_s=0.2)
    stream = model.stream(HI, [])
    assert next(stream) is None                                  # and could be stopped
    with pytest.raises(Trouble, match="does not answer"):
        list(stream)


def test_nobody_there_no_address_and_no_model(asking) -> None:
    server, model = asking(speaks("x"))
    server.models = []
    with pytest.raises(Trouble, match="lists no model"):
        answer(model)
    server.models = b"junk"
    with pytest.raises(Trouble, match="no answer"):
        list(model.prepare(HI, []))
    for url in ("localhost:8000", "", "ftp://x", "http://", "http://a:99999/v1", "http://[::1/v1", "http://a b/v1"):
        with pytest.raises(WrongUse, match="is not an address"):
            ServerModel(Server(url))
    nobody = ServerModel(Server("http://127.0.0.1:9/v1"))
    with pytest.raises(Trouble, match="no server answers there"):
        list(nobody.prepare(HI, []))
    nobody.stop()
    nobody.stop()
    with pytest.raises(Trouble, match="no server answers there"):
        make_chat(Server("http://127.0.0.1:9/v1"), Assistant(lambda: NOW))


def test_a_server_that_cannot_list_its_models_will_do_when_one_is_named(asking) -> None:
    server, model = asking(speaks("Fine."), model="mine")
    server.models = 404
    assert list(model.prepare(HI, [])) in ([], [None])
    assert answer(model) == ["Fine."]
    model.model = ""
    with pytest.raises(Trouble, match="knows no such"):
        list(model.prepare(HI, []))


# -- the one that transformers brings -------------------------------------------------------------------
@pytest.fixture
def transformers_server(tmp_path_factory):
    """-> (its address, the name of its model): `transformers serve` over a tiny checkpoint, in a process; started.

    As the user starts it: in this process its threads would share the interpreter with the test.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder = tiny_chat.save(tmp_path_factory.mktemp("served"))
    program = Path(sys.executable).with_name("transformers")
    process = subprocess.Popen(
        [program, "serve", folder, "--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(port),
         "--log-level", "error", "--default-seed", "1"],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: _listens(port) or process.poll() is not None, PATIENT_S, "transformers serve")
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        end(process)


def _listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def test_transformers_serve_is_such_a_server(transformers_server) -> None:
    url, name = transformers_server
    model = ServerModel(Server(url, name, temperature=1.0, connect_s=20))
    brain = ChatBrain(model, Assistant(lambda: NOW), table={k: v for k, v in offered().items() if k == "get_time"})
    list(brain.prepare())
    stream = model.stream(HI, [])
    text = "".join(itertools.islice((d for d in stream if isinstance(d, str)), 5))
    stream.close()
    assert text
    work = brain.work(Prompt("tell me something about the sea"))     # with a tool offered
    assert any(isinstance(piece, Say) for piece in itertools.islice(work, 3000))
    work.close()
    model.model = "nobody/knows-it"
    with pytest.raises(Trouble, match=url):
        list(model.stream(HI, []))
    brain.stop()
