"""The chat model's cache at fixed addresses computes what the growing one does, on a tiny random Qwen2.

Only the recording of the step needs CUDA; everything else is the code that runs there."""

import pytest
import tiny_chat
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3_5ForCausalLM, Qwen3_5TextConfig

from engine.llm.fixed_rows import FixedRows, fits_fixed
from engine.llm.kv_cache import Reader
from engine.llm.local_model import LocalChat, LocalModel, Sampling, load

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> LocalModel:
    return load(tiny_chat.save(tmp_path_factory.mktemp("tiny")), precision="fp32")


def finish(reading):
    while True:
        try:
            next(reading)
        except StopIteration as stop:
            return stop.value


def same(a, b) -> bool:
    return (torch.allclose(a.logits, b.logits, atol=1e-4) and a.first == b.first
            and (a.hidden is None) == (b.hidden is None)
            and (a.hidden is None or torch.allclose(a.hidden, b.hidden, atol=1e-4)))  # fmt: skip


def test_it_computes_what_a_growing_cache_does_forwards_and_back(model) -> None:
    fixed, growing = Reader(model.net, CPU, fixed=96), Reader(model.net, CPU)
    voice = torch.randn(5, model.net.config.hidden_size)
    contexts = [[list(range(40))], [list(range(25)), voice, [7, 8]], [[3] * 20], [list(range(10)), voice]]
    for parts in contexts:                       # each goes back to where the one before it was alike
        assert same(finish(fixed.read(parts, hidden=True)), finish(growing.read(parts, hidden=True)))
        for token in (5, 9, 200):
            assert same(fixed.step(token, hidden=True), growing.step(token, hidden=True))
        assert same(fixed.step(4), growing.step(4))
    assert fixed.rows == growing.rows
    assert fixed.computed == growing.computed
    assert fixed._fixed is not None
    assert growing._fixed is None


def test_what_was_returned_stays_as_it_was(model) -> None:
    reader = Reader(model.net, CPU, fixed=32)
    first = finish(reader.read([[1, 2, 3]], hidden=True))
    logits, hidden = first.logits.clone(), first.hidden.clone()
    reader.step(9, hidden=True)
    assert torch.equal(first.logits, logits)
    assert torch.equal(first.hidden, hidden)


@pytest.mark.parametrize("length", [30, 32, 33])
def test_a_conversation_that_outgrows_it_goes_on(model, length: int) -> None:
    fixed, growing = Reader(model.net, CPU, fixed=32), Reader(model.net, CPU)
    rows = list(range(length))
    assert same(finish(fixed.read([rows])), finish(growing.read([rows])))
    for token in range(4):
        assert same(fixed.step(token), growing.step(token))
    assert fixed._fixed is None
    assert fixed.computed == growing.computed                # nothing was computed again
    assert same(finish(fixed.read([rows[:8]])), finish(growing.read([rows[:8]])))
    fixed.forget()
    assert same(finish(fixed.read([rows[:8]])), finish(Reader(model.net, CPU).read([rows[:8]])))
    assert fixed._fixed is not None                          # a new conversation has its room again


def test_rows_behind_the_length_are_not_seen(model) -> None:
    with torch.inference_mode():
        rows, other = FixedRows(model.net, CPU, 16), FixedRows(model.net, CPU, 16)
        for at, token in enumerate([4, 5, 6, 7]):
            rows.run({"input_ids": torch.tensor([[token]])}, at, False)
        other.run({"input_ids": torch.tensor([[4]])}, 0, False)
        a, _ = rows.run({"input_ids": torch.tensor([[9]])}, 1, False)
        b, _ = other.run({"input_ids": torch.tensor([[9]])}, 1, False)
        assert torch.equal(a, b)
        with pytest.raises(ValueError, match="do not fit"):
            rows.run({"input_ids": torch.tensor([[1, 2]])}, 15, False)
    with pytest.raises(ValueError, match="at least 1"):
        FixedRows(model.net, CPU, 0)


def test_an_answer_is_the_same_token_by_token(model) -> None:
    def some(chat: LocalChat) -> list[int]:
        return [t.id for t, _ in zip((t for t in chat.tokens([list(range(40))]) if t), range(20), strict=False)]

    chat = model.chat(Sampling(0.0))
    chat.reader = Reader(model.net, CPU, fixed=128)
    assert some(chat) == some(model.chat(Sampling(0.0)))


def test_networks_that_cannot_keep_the_growing_cache() -> None:
    small = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2, "num_key_value_heads": 1}  # fmt: skip
    full = Qwen2ForCausalLM(Qwen2Config(**small)).eval()
    assert fits_fixed(full)
    full.is_quantized = True
    assert not fits_fixed(full)
    kinds = ["full_attention", "sliding_attention"]
    config = Qwen2Config(**small, layer_types=kinds, use_sliding_window=True, sliding_window=4, max_window_layers=1)
    sliding = Qwen2ForCausalLM(config).eval()
    assert not fits_fixed(sliding)
    linear = Qwen3_5ForCausalLM(Qwen3_5TextConfig(
        **small, head_dim=8, linear_num_key_heads=2, linear_num_value_heads=2, linear_key_head_dim=8,
        linear_value_head_dim=8, layer_types=["linear_attention", "full_attention"])).eval()  # fmt: skip
    assert not fits_fixed(linear)
    for net in (full, sliding, linear):
        reader = Reader(net, CPU, fixed=32)
        finish(reader.read([[1, 2, 3]]))
        assert reader._fixed is None


class Recorded:
    """What a recorded graph does, run plainly: the same step, from and to the same places."""

    def __init__(self, rows: FixedRows) -> None:
        self.rows, self.played, rows.out = rows, 0, None

    def replay(self) -> None:
        self.played += 1
        self.rows.out = self.rows._plain({"inputs_embeds": self.rows.row}, self.rows.at, hidden=True)


def test_the_recorded_step_reads_tokens_and_embeddings_where_they_belong(model) -> None:
    fixed, growing = Reader(model.net, CPU, fixed=64), Reader(model.net, CPU)
    voice = torch.randn(1, model.net.config.hidden_size)
    assert same(finish(fixed.read([[1, 2, 3]], True)), finish(growing.read([[1, 2, 3]], True)))
    fixed._fixed.graph = graph = Recorded(fixed._fixed)
    for token in (9, 8, 7):
        assert same(fixed.step(token, True), growing.step(token, True))
    for parts in ([[1, 2, 3, 9], voice], [[1, 2, 3, 9], voice, [4] * 20], [[1, 2, 6]]):      # back, on, and back
        assert same(finish(fixed.read(parts, True)), finish(growing.read(parts, True)))
        assert same(fixed.step(5), growing.step(5))
    assert graph.played == 3 + 2 + 1 + 2                     # steps, and readings of one row; the 20 go plainly
