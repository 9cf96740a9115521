"""Servers that refuse, in the words of those that do: what they do not take is left out, remembered, and told once."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import pytest
from chat_server import Answering, serving, speaks
from test_llama import gguf

from audio_io.errors import Trouble
from audio_io.notices import Statement
from engine.llm import server as under_test
from engine.llm.chat_model import Call, Message
from engine.llm.find_servers import Found, find
from engine.llm.server import Server, ServerModel

HI = (Message("system", "You are Parley."), Message("user", "hi"))
TIMER = {"type": "function", "function": {"name": "set_timer", "description": "", "parameters": {
    "type": "object", "properties": {}}}}  # fmt: skip
OWLS = "Owls hunt at night."


def refusing(status: int, error: object, refuses: Callable[[dict], bool]):
    """A plan: this error as long as `refuses` says so of what was asked."""
    def plan(to: Answering) -> None:
        if refuses(to.server.asked[-1]):
            to.whole(status, json.dumps(error).encode())
        else:
            speaks(OWLS)(to)

    return plan


def answers(url: str, *rounds: tuple[Message, ...], tools=(TIMER,), told: list[Statement] | None = None, **server
            ) -> list:
    model = ServerModel(Server(url, **({"model": "m"} | server)), (told if told is not None else []).append)
    with closing(model):
        return [[d for d in model.stream(messages, tools) if d is not None] for messages in rounds]


@pytest.fixture(autouse=True)
def closing_stops(monkeypatch):
    monkeypatch.setattr(ServerModel, "close", ServerModel.stop, raising=False)


@pytest.mark.parametrize(("status", "error"), [
    (400, {"error": {"message": "registry.ollama.ai/library/gemma:2b does not support tools", "type": "api_error"}}),
    (400, {"object": "error", "message": '"auto" tool choice requires --enable-auto-tool-choice and '
                                         "--tool-call-parser to be set", "code": 400}),
    (500, {"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}),
])  # fmt: skip
def test_a_server_without_tools_is_asked_without_and_that_is_told_once(status, error):
    told: list[Statement] = []
    with serving(refusing(status, error, lambda asked: "tools" in asked)) as server:
        assert answers(server.url, HI, HI, told=told) == [[OWLS], [OWLS]]
        assert ["tools" in asked for asked in server.asked] == [True, False, False]
    assert len(told) == 1
    assert "no tools" in str(told[0])


@pytest.mark.parametrize(("error", "name", "other"), [
    ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
     "max_tokens", "max_completion_tokens"),
    ("Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
     "temperature", "max_tokens"),
])  # fmt: skip
def test_a_parameter_that_is_refused_is_left_out_and_remembered(error, name, other):
    with serving(refusing(400, {"error": {"message": error}}, lambda asked: name in asked)) as server:
        assert answers(server.url, HI, HI) == [[OWLS], [OWLS]]
        assert [name in asked for asked in server.asked] == [True, False, False]
        assert other in server.asked[-1]


def test_a_small_context_gets_smaller_answers_and_fewer_turns():
    long = [Message(("user", "assistant")[i % 2], f"turn {i}") for i in range(10)]

    def too_much(asked: dict) -> bool:
        return asked["max_tokens"] + 40 * len(asked["messages"]) > 450

    error = {"error": {"message": "This model's maximum context length is 2048 tokens. However, you requested 2900"}}
    with serving(refusing(400, error, too_much)) as server:
        said = answers(server.url, (HI[0], *long, HI[1]), HI)
        assert said == [[OWLS], [OWLS]]
        last = server.asked[-2]["messages"]
        assert last[0]["content"] == "You are Parley."
        assert last[-1]["content"] == "hi"
        assert [asked["max_tokens"] for asked in server.asked] == [1500, 500, 200, 200, 200]
    with serving(refusing(400, error, lambda _: True)) as server, pytest.raises(Trouble, match="context of m is too"):
        answers(server.url, HI)


def test_a_model_without_a_system_role_is_told_in_the_first_question():
    error = {"error": {"message": "System role not supported"}}
    with serving(refusing(400, error, lambda asked: asked["messages"][0]["role"] == "system")) as server:
        assert answers(server.url, HI, HI) == [[OWLS], [OWLS]]
        assert server.asked[-1]["messages"] == [{"role": "user", "content": "You are Parley.\n\nhi"}]


@pytest.mark.parametrize("text", [f"I think of owls.</think>{OWLS}", f"<thinking>of owls</thinking>{OWLS}"])
def test_thoughts_are_not_said_opened_or_not(text):
    with serving(speaks(*text)) as server:
        assert ["".join(one) for one in answers(server.url, HI, HI)] == [OWLS, OWLS]


def test_a_call_as_text_is_a_call():
    with serving(speaks('{"name": "set_timer", ', '"arguments": {}}')) as server:
        assert answers(server.url, HI) == [[Call("set_timer", "{}")]]


def test_a_model_that_can_chat_is_taken_before_one_that_cannot():
    with serving(speaks(OWLS)) as server:
        server.models = ["nomic-embed-text:latest", "bge-m3", "llama3.2:3b"]
        assert answers(server.url, HI, model="") == [[OWLS]]
        assert server.asked[-1]["model"] == "llama3.2:3b"


def test_a_server_that_loads_its_model_is_waited_for(monkeypatch):
    monkeypatch.setattr(under_test, "POLL_S", 0.001)
    told: list[Statement] = []
    with serving(refusing(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
                          lambda _: len(server.asked) < 3)) as server:  # fmt: skip
        assert answers(server.url, HI, told=told) == [[OWLS]]
    assert len(told) == 1
    assert "loading its model" in str(told[0])


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_named(proxy, monkeypatch):
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(Trouble, match=proxy):
        ServerModel(Server("http://models.example:8000/v1"))


def test_servers_on_this_machine_are_found():
    with serving(speaks(OWLS)) as server, serving(speaks(OWLS)) as other:
        server.models, other.models = ["nomic-embed-text", "qwen3:1.7b"], b"hello"
        found = find((("Ollama", server.server_port), ("LM Studio", other.server_port), ("llama.cpp", 9)))
    assert found == (Found("Ollama", f"http://127.0.0.1:{server.server_port}/v1", ("qwen3:1.7b",)),)


SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel, params.n_gpu_layers = sys.argv[1], 1024, 1, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.hostnames, params.port, params.verbosity, params.use_jinja = ["127.0.0.1"], 0, -1, sys.argv[2] == "jinja"
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def llama_server():
    """-> the address of a real llama.cpp server with SmolLM2 and a context of 1024 tokens."""
    served = subprocess.Popen([sys.executable, "-c", SERVE, str(gguf()), "jinja"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert served.stdout is not None
    yield f"{served.stdout.readline().strip()}/v1"
    served.kill()
    served.communicate()


def test_a_real_llama_cpp_server(llama_server):
    """It answers, with and without tools; what does not fit its 1024 tokens is made to fit."""
    long = [Message(("user", "assistant")[i % 2], f"turn {i} " * 120) for i in range(6)]
    said = answers(llama_server, HI, (HI[0], *long, HI[1]), tools=(), model="", temperature=0.0)
    assert all("".join(d for d in one if isinstance(d, str)).strip() for one in said)
    with_tools = answers(llama_server, HI, model="", temperature=0.0)
    assert with_tools[0], "words or a call"
