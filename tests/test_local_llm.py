"""A chat model on this machine, on a tiny random Qwen2 in the published layout, through the real loading code."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tiny_chat
import torch
from transformers import Qwen3_5ForCausalLM, Qwen3_5TextConfig

from audio_io.errors import NotHere, Trouble, WrongUse
from engine.assistant.assistant import Assistant
from engine.llm import chat as chat_brain
from engine.llm.chat_model import Call, Message
from engine.llm.chat_template import ChatTemplate
from engine.llm.kv_cache import Reader
from engine.llm.local_model import LocalModel, Sampling, load, make_chat
from engine.llm.tool_table import offered
from engine.messages import Exchange, Prompt, Say

SYSTEM, CPU = Message("system", "You are a test."), torch.device("cpu")
SCHEMAS = [tool.schema for tool in offered().values()][:2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_chat.save(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def model(folder) -> LocalModel:
    return load(folder, precision="fp32")


def fresh(net: torch.nn.Module, rows: list[int]) -> torch.Tensor:
    """The logits after `rows`, computed without any cache."""
    with torch.inference_mode():
        return net(input_ids=torch.tensor([rows])).logits[0, -1].float()


def finish(reading):
    """What a generator returns."""
    while True:
        try:
            next(reading)
        except StopIteration as stop:
            return stop.value


def written(model: LocalModel, text: str):
    """A `pick` that makes the model write `text` and end."""
    ids = [*model.tokenizer(text, add_special_tokens=False)["input_ids"], *model.stops]
    return lambda _: ids.pop(0)


# -- the cache ----------------------------------------------------------------------------------------
def test_a_turn_costs_what_is_new_and_an_interrupted_answer_stays_as_far_as_it_was_heard(model) -> None:
    chat = model.chat(Sampling(0.0))
    for _ in chat.prepare([SYSTEM], []):
        pass
    prefix = chat.reader.computed
    assert prefix == len(model.ids([SYSTEM, Message("user", "x")], [])[0]) - len("x") - len("\n\nassistant") - 2

    first = [SYSTEM, Message("user", "tell me")]
    chat.pick = written(model, "Once upon a time there was")
    answer = chat.stream(first, [])
    text = ""
    while len(text) < 15:                                        # "Once upon a tim": then it is interrupted
        text += next(answer) or ""
    answer.close()
    ids = model.ids(first, [])[0]
    assert chat.reader.computed == len(ids) + 14                 # all of the prompt once, and no token beyond the stop

    second = [*first, Message("assistant", "Once upon"), Message("user", "who")]       # so much was heard
    ids2 = model.ids(second, [])[0]
    kept = len(ids) + len("Once upon")
    before = chat.reader.computed
    read = finish(chat.reader.read([ids2]))
    assert chat.reader.computed - before == len(ids2) - kept
    assert read.first == kept
    assert chat.reader.rows == ids2
    assert torch.allclose(read.logits, fresh(model.net, ids2), atol=1e-4)


def test_the_same_context_again_costs_one_row_and_a_shorter_one_none_but_that(model) -> None:
    kept, rows = Reader(model.net, CPU), list(range(50, 120))
    a = finish(kept.read([rows])).logits
    assert torch.allclose(finish(kept.read([rows])).logits, a, atol=1e-4)
    b = finish(kept.read([rows[:30]])).logits
    assert kept.computed == 70 + 1 + 1
    assert torch.allclose(b, fresh(model.net, rows[:30]), atol=1e-4)
    assert torch.allclose(kept.step(7).logits, fresh(model.net, [*rows[:30], 7]), atol=1e-4)


def test_an_abandoned_reading_is_no_loss(model) -> None:
    kept, rows = Reader(model.net, CPU), list(range(100))
    reading = kept.read([rows])
    next(reading)
    reading.close()
    assert 0 < kept.computed < 100
    assert torch.allclose(finish(kept.read([rows])).logits, fresh(model.net, rows), atol=1e-4)
    assert kept.computed == 100


def test_a_network_that_breaks_leaves_no_half_cache(model, monkeypatch) -> None:
    kept, layer = Reader(model.net, CPU), model.net.model.layers[1]
    finish(kept.read([[1, 2, 3]]))
    with monkeypatch.context() as broken:
        broken.setattr(layer, "forward", lambda *a, **k: (_ for _ in ()).throw(RuntimeError("out of memory")))
        with pytest.raises(RuntimeError):
            kept.step(4)
    assert torch.allclose(finish(kept.read([[1, 2, 3, 4]])).logits, fresh(model.net, [1, 2, 3, 4]), atol=1e-4)


def test_embeddings_in_place_of_tokens_and_hidden_states(model) -> None:
    kept, rows = Reader(model.net, CPU), list(range(20, 50))
    voice = model.net.get_input_embeddings()(torch.tensor(rows[10:20])).detach()
    read = finish(kept.read([rows[:10], voice, rows[20:]], hidden=True))
    assert read.hidden.shape == (30, 32)
    assert torch.allclose(read.logits, fresh(model.net, rows), atol=1e-4)
    assert torch.allclose(model.net.lm_head(read.hidden[-1]), read.logits, atol=1e-4)
    read = finish(kept.read([rows[:10], voice, [1]], hidden=True))
    assert (read.first, kept.computed) == (20, 31)             # the same voice again costs nothing
    tokens = [t for t in model.chat(Sampling(0.0)).tokens([rows], hidden=True, pick=written(model, "ab")) if t]
    assert [t.id for t in tokens] == model.tokenizer("ab")["input_ids"]
    assert torch.allclose(model.net.lm_head(tokens[0].hidden), fresh(model.net, rows), atol=1e-4)


def test_a_network_with_a_state_that_cannot_be_cropped_goes_back_to_what_was_kept() -> None:
    torch.manual_seed(0)
    net = Qwen3_5ForCausalLM(Qwen3_5TextConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, linear_num_key_heads=2, linear_num_value_heads=2, linear_key_head_dim=8,
        linear_value_head_dim=8, layer_types=["linear_attention", "full_attention"])).eval()  # fmt: skip
    kept, rows = Reader(net, CPU), [i % 60 for i in range(40)]
    finish(kept.read([rows[:20]]))
    kept.keep()
    finish(kept.read([rows]))
    assert kept.computed == 40
    other = [*rows[:25], 63, 62]
    assert torch.allclose(finish(kept.read([other])).logits, fresh(net, other), atol=1e-4)
    assert kept.computed == 40 + 7                             # from the kept 20 on
    assert torch.allclose(finish(kept.read([rows[1:9]])).logits, fresh(net, rows[1:9]), atol=1e-4)


def test_a_context_that_is_too_long_is_named(model) -> None:
    with pytest.raises(Trouble, match="16384"):
        finish(Reader(model.net, CPU).read([[1] * 16384]))
    with pytest.raises(Trouble, match="nothing to read"):
        finish(Reader(model.net, CPU).read([]))


# -- writing ------------------------------------------------------------------------------------------
def test_text_streams_in_whole_characters_and_calls_and_thoughts_are_taken_out(model) -> None:
    chat = model.chat()
    said = 'Größe 你好 😀 <think>hm</think>ok<tool_call>{"name": "f", "arguments": {}}</tool_call>'
    chat.pick = written(model, said)
    deltas = [d for d in chat.stream([SYSTEM, Message("user", "hi")], SCHEMAS) if d]
    assert "".join(d for d in deltas if isinstance(d, str)) == "Größe 你好 😀 ok"
    assert deltas[-1] == Call("f", "{}")
    assert len(deltas) > 10


def test_sampling_is_seeded_and_temperature_nought_takes_the_likeliest(model) -> None:
    def some(sampling: Sampling) -> list[int]:
        answer = model.chat(sampling).tokens([list(range(40))])
        return [t.id for t, _ in zip((t for t in answer if t), range(12), strict=False)]

    assert some(Sampling(1.0, 1.0, 5)) == some(Sampling(1.0, 1.0, 5)) != some(Sampling(1.0, 1.0, 6))
    assert some(Sampling(0.0)) == some(Sampling(1.0, 0.0, 9))     # a share of nothing leaves the likeliest
    assert some(Sampling(0.0))[0] == int(fresh(model.net, list(range(40))).argmax())


def test_top_p_draws_from_that_share_only(model) -> None:
    chat = model.chat(Sampling(1.0, 0.6))
    drawn = {chat.pick(torch.tensor([0.5, 0.3, 0.15, 0.05]).log()) for _ in range(200)}
    assert drawn == {0, 1}


def test_a_whole_conversation_with_a_tool(model, monkeypatch) -> None:
    few = {name: tool for name, tool in offered().items() if name in ("set_timer", "get_time")}
    monkeypatch.setattr(chat_brain, "offered", lambda voices: few)       # all of them are 10,000 bytes to read
    assistant = Assistant(lambda: datetime(2025, 11, 20, 15, 5, tzinfo=UTC))
    chat = model.chat()
    script = iter([written(model, 'Sure thing, wait.<tool_call>{"name": "set_timer", "arguments": {"seconds": 60}}'
                                  "</tool_call>"), written(model, "It is set. Anything else?")])  # fmt: skip
    picks = {"now": next(script)}

    def pick(logits: torch.Tensor) -> int:
        token = picks["now"](logits)
        if token in model.stops:
            picks["now"] = next(script, picks["now"])
        return token

    chat.pick = pick
    monkeypatch.setattr(model, "chat", lambda sampling=None: chat)
    work, _, stop = make_chat(model, assistant)
    said = [p.text for p in work(Prompt("hm well", (Exchange("hi", "Hello."),))) if isinstance(p, Say)]
    assert said == ["Sure thing, wait.", "It is set.", "Anything else?"]
    assert [t.seconds for t in assistant.scheduler.timers()] == [60]
    stop()
    assert chat.reader.rows == []


# -- templates ----------------------------------------------------------------------------------------
def test_a_template_that_knows_neither_system_nor_tools_is_helped() -> None:
    strict = ("{% for m in messages %}{% if m.role not in ('user', 'assistant') %}{{ raise_exception('no ' + m.role) }}"
              "{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]")  # fmt: skip
    template = ChatTemplate(tiny_chat.tokenizer(strict))
    assert not template.takes_system
    assert not template.takes_tools
    used = [Message("assistant", "", (Call("f", '{"a": 1}', "1"),)), Message("tool", "done", answers="1", name="f")]
    text = template.text([SYSTEM, Message("user", "hi"), *used], SCHEMAS)
    assert text.startswith("[user]You are a test.")
    assert '"get_time"' in text
    assert '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>' in text
    assert "<tool_response>done</tool_response>" in text


def test_a_template_shows_tools_and_broken_calls_of_the_past(model) -> None:
    text = model.template.text([SYSTEM, Message("user", "a"), Message("assistant", "", (Call("", "{{"),))], SCHEMAS)
    assert '"get_time"' in text
    assert '"name": "unknown", "arguments": "{{"' in text


def test_thinking_is_off_where_the_template_can_and_dropped_where_it_begins_with_it() -> None:
    switch = "{% for m in messages %}{{ m.content }}{% endfor %}{% if enable_thinking is false %}<no>{% endif %}"
    assert ChatTemplate(tiny_chat.tokenizer(switch)).text([Message("user", "a")], []).endswith("<no>")
    always = ChatTemplate(tiny_chat.tokenizer("{% for m in messages %}{{ m.content }}{% endfor %}<think>"))
    assert always.text([Message("user", "a")], []).endswith("<think>")


def test_a_thought_that_the_template_opened_is_not_spoken(folder, tmp_path) -> None:
    thinks = load(tiny_chat.save(tmp_path / "thinks", tiny_chat.TEMPLATE + "{{ '<think>\n' }}"), precision="fp32")
    chat = thinks.chat()
    chat.pick = written(thinks, "hm, let me see</think>Yes.")
    assert "".join(d for d in chat.stream([Message("user", "a")], []) if d) == "Yes."


def test_a_base_model_and_a_refusing_template_are_named() -> None:
    with pytest.raises(Trouble, match="no chat template"):
        ChatTemplate(tiny_chat.tokenizer(None))
    with pytest.raises(Trouble, match="refuses the conversation: never"):
        ChatTemplate(tiny_chat.tokenizer("{{ raise_exception('never') }}")).text([Message("user", "a")], [])


# -- loading ------------------------------------------------------------------------------------------
def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def test_what_cannot_be_loaded_is_named_in_one_line(folder, tmp_path) -> None:
    with pytest.raises(NotHere, match="there is no config"):
        load(tmp_path)
    with pytest.raises(WrongUse, match="'int3' is not a precision"):
        load(folder, precision="int3")
    cut = copied(folder, tmp_path / "cut")
    whole = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    strange = copied(folder, tmp_path / "strange")
    (strange / "config.json").write_text('{"model_type": "nobody_knows"}')
    bare = copied(folder, tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    for wrong in (cut, strange, bare):
        with pytest.raises(Trouble, match="cannot be loaded as a chat model") as caught:
            load(wrong)
        assert "\n" not in str(caught.value)


def test_weights_that_are_missing_are_named_not_made_up(folder, tmp_path) -> None:
    deeper = copied(folder, tmp_path / "deeper")
    config = json.loads((deeper / "config.json").read_text())
    (deeper / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3, "layer_types": None}))
    with pytest.raises(Trouble, match=r"weights are amiss \(missing keys\), first model.layers.2"):
        load(deeper)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_a_cuda_model_is_refused(folder) -> None:
    with pytest.raises(NotHere, match="no CUDA device"):
        load(folder, "cuda")


def test_half_precision_loads_and_answers(folder) -> None:
    model = load(folder, precision="bf16")
    assert model.net.dtype == torch.bfloat16
    assert len([t for t in model.chat().tokens([[1, 2, 3]], pick=written(model, "abc")) if t]) == 3
