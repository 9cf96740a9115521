"""A large network's forward that halts on its way: where, that it computes the same, and what closing it leaves."""

import threading
from contextlib import closing
from itertools import pairwise

import pytest
import tiny_chat
from golden_files import torch
from transformers import Qwen3_5ForCausalLM, Qwen3_5TextConfig

from engine.llm.kv_cache import Reader
from engine.llm.local_model import LocalModel, Sampling, load
from engine.nets.cfm import finish
from engine.nets.halting import HALT, Halts, halting, halts
from engine.nets.voice_lane import GrowingLane
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig
from engine.nets.voice_mix import MixRules
from engine.tts.cosyvoice_text import VoicePrompt
from engine.tts.cosyvoice_tokens import VoiceTokens

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> LocalModel:
    return load(tiny_chat.save(tmp_path_factory.mktemp("tiny")), precision="fp32")


@pytest.fixture(scope="module")
def voice_lm():
    torch.manual_seed(4)
    lm = VoiceLm(VoiceLmConfig(codes=40, hidden=32, intermediate=48, layers=2, heads=4, kv_heads=2, vocab=60)).eval()
    for p in lm.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return lm


def slow(reader: Reader) -> Reader:
    """As if every layer of the tiny network were one of a large one."""
    reader.places = halts(reader.net, every=1)
    return reader


def told(walk, at_yield):
    """-> what the generator returns; calls `at_yield` at each of its yields."""
    while True:
        try:
            next(walk)
        except StopIteration as end:
            return end.value
        at_yield()


class Counted(torch.nn.Module):
    """Layers that count, and do nothing else that is seen."""

    def __init__(self, n):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(n))
        self.run, self.threads = 0, set()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
            self.run += 1
            self.threads.add(threading.current_thread())
        return x


# -- where ----------------------------------------------------------------------------------------------------
def test_it_yields_between_layers_and_no_layer_runs_while_nobody_asks():
    net, x = Counted(5), torch.ones(1, 4)
    walk, counts = halting(halts(net, 1), lambda: net(x)), []
    value = told(walk, lambda: counts.append(net.run))
    assert counts == [0, 1, 2, 3]                # within the hook the layer has not been counted yet
    assert net.run == 5
    assert torch.equal(value, net(x))
    assert not any(layer._forward_hooks for layer in net.layers)


def test_it_halts_by_the_bytes_of_its_weights_and_never_after_the_last_layer():
    layer = 4 * 4 * 4
    net = Counted(6)
    assert halts(net, 2 * layer) .after == (net.layers[1], net.layers[3])
    assert not halts(net, 7 * layer)
    assert not halts(net)                      # small: at once, in the caller's thread
    finish(halting(halts(net), lambda: net(torch.ones(1, 4))))
    assert net.threads == {threading.current_thread()}
    with torch.device("meta"):
        assert not halts(Counted(6), 1)        # not on the processor
        full = VoiceLm(VoiceLmConfig())
    layers = [sum(p.numel() * 4 for p in part.parameters()) for part in full.body.layers]
    assert max(layers) < 2 * HALT                # so a layer of the published size holds a halt or two


@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_that_is_large_alone_is_computed_in_pieces(bias):
    net, x = torch.nn.Sequential(torch.nn.Linear(8, 30, bias=bias)), torch.randn(1, 3, 8)
    places, yields = halts(net, piece=7 * 8 * 4), []
    assert not places.after
    assert places.within == (net[0],)
    found = told(halting(places, lambda: net(x)), lambda: yields.append(1))
    assert len(yields) == 4                      # pieces of 7, 7, 7, 7 and 2 outputs
    torch.testing.assert_close(found, net(x), atol=1e-6, rtol=1e-6)
    walk = halting(places, lambda: net(x))
    next(walk)
    walk.close()
    assert "forward" not in net[0].__dict__
    one, other = halting(places, lambda: net(x)), halting(places, lambda: net(2 * x))
    next(one)
    torch.testing.assert_close(finish(other), net(2 * x), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(finish(one), net(x), atol=1e-6, rtol=1e-6)


def test_closing_ends_the_forward_there_and_its_thread():
    net = Counted(5)
    walk = halting(halts(net, 1), lambda: net(torch.ones(1, 4)))
    next(walk)
    next(walk)
    walk.close()
    assert net.run == 1
    assert not any(layer._forward_hooks for layer in net.layers)
    assert not [t for t in net.threads if t.is_alive()]


def test_closing_waits_where_the_network_cannot_be_left():
    net = Counted(5)
    walk = halting(halts(net, 1), lambda: net(torch.ones(1, 4)), whole=True)
    next(walk)
    walk.close()
    assert net.run == 5


def test_what_fails_in_the_network_fails_here():
    net = Counted(3)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        finish(halting(halts(net, 1), lambda: net(torch.ones(1, 3))))
    assert torch.equal(finish(halting(halts(net, 1), lambda: net(torch.ones(1, 4)))), net(torch.ones(1, 4)))


def test_two_forwards_of_one_network_may_be_under_way_at_once():
    net = Counted(4)
    one, other = (halting(halts(net, 1), lambda x=x: net(x)) for x in (torch.ones(1, 4), torch.zeros(1, 4)))
    next(one)
    assert torch.equal(finish(other), net(torch.zeros(1, 4)))
    assert torch.equal(finish(one), net(torch.ones(1, 4)))


# -- the chat model -------------------------------------------------------------------------------------------
CONTEXT = [list(range(40))]


def test_a_reader_that_halts_reads_what_one_that_does_not_does(model):
    halted, plain = slow(Reader(model.net, CPU)), Reader(model.net, CPU)
    yields = []
    found = told(halted.read(CONTEXT, hidden=True), lambda: yields.append(1))
    assert len(yields) == 3 * (len(halted.places.after) + 1)                # three slices of rows, and after each
    other = finish(plain.read(CONTEXT, hidden=True))
    assert torch.equal(found.logits, other.logits)
    assert torch.equal(found.hidden, other.hidden)
    assert torch.equal(halted.step(5).logits, plain.step(5).logits)


@pytest.mark.parametrize("fixed", [None, 96])
@pytest.mark.parametrize("stop", [1, 2, 5, 13, 14, 15, 16, 20, 29, 30, 40])
def test_closed_in_mid_forward_the_next_read_is_that_of_a_fresh_one(model, stop, fixed):
    reader = slow(Reader(model.net, CPU, fixed))
    with closing(reader.read(CONTEXT)) as reading:
        for _, _ in zip(range(stop), reading, strict=False):
            pass
    done = stop // (len(reader.places.after) + 1) * 16
    assert len(reader.rows) == min(done, 40)                     # whole slices stay, nothing of the one under way
    with closing(reader.walk_step(7)) if reader.rows else closing(reader.read([[7]])) as step:
        next(step)
    assert len(reader.rows) == min(done, 40)
    before = reader.computed
    again = finish(reader.read([[*CONTEXT[0], 3]], hidden=True))
    assert reader.computed - before == 41 - min(done, 40)        # cropped, not rebuilt
    fresh = finish(Reader(model.net, CPU, fixed).read([[*CONTEXT[0], 3]], hidden=True))
    torch.testing.assert_close(again.logits, fresh.logits, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(reader.step(9).logits, finish(Reader(model.net, CPU).read([[*CONTEXT[0], 3, 9]])).logits,
                               atol=1e-4, rtol=1e-4)  # fmt: skip


def test_a_network_that_cannot_be_cropped_ends_its_slice():
    torch.manual_seed(0)
    net = Qwen3_5ForCausalLM(Qwen3_5TextConfig(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, linear_num_key_heads=2, linear_num_value_heads=2, linear_key_head_dim=8,
        linear_value_head_dim=8, layer_types=["linear_attention", "full_attention"])).eval()  # fmt: skip
    reader = slow(Reader(net, CPU))
    reading = reader.read(CONTEXT)
    next(reading)
    reading.close()
    assert reader.rows == CONTEXT[0][:16]
    fresh = finish(Reader(net, CPU).read(CONTEXT))
    torch.testing.assert_close(finish(reader.read(CONTEXT)).logits, fresh.logits, atol=1e-5, rtol=1e-5)


def test_an_answer_yields_within_each_of_its_tokens(model):
    chat, plain = model.chat(Sampling(0.0)), model.chat(Sampling(0.0))
    slow(chat.reader)
    found = []
    for token in chat.tokens(CONTEXT):
        found.append(token)
        if sum(t is not None for t in found) == 4:
            break
    ids = [t.id for t in found if t is not None]
    at = [k for k, t in enumerate(found) if t is not None]
    assert [b - a for a, b in pairwise(at)] == [len(chat.reader.places.after) + 2] * 3
    assert ids == [t.id for t, _ in zip((t for t in plain.tokens(CONTEXT) if t), range(4), strict=False)]


# -- the voice ------------------------------------------------------------------------------------------------
@torch.no_grad()
def test_a_lane_that_halts_is_the_same_and_closed_as_it_was(voice_lm):
    rows = voice_lm.text(range(12))
    halted, plain = GrowingLane(voice_lm), GrowingLane(voice_lm)
    halted.places = halts(voice_lm.body, every=1)
    for at in (0, 5, 11):                        # closed at the start, with rows there, and by another number of rows
        for stop in (1, 4, len(halted.places.after)):
            with closing(halted.walk(rows[at : at + 5])) as walk:
                for _ in zip(range(stop), walk, strict=False):
                    pass
            assert halted.length == plain.length == at
        end = 5 if at == 0 else 11 if at == 5 else 12
        assert torch.equal(halted.feed(rows[at:end]), plain.feed(rows[at:end]))
    assert halted.cache.layers[0].keys.shape == halted.cache.layers[1].keys.shape == plain.cache.layers[0].keys.shape


def test_a_voice_yields_within_its_steps_and_says_the_same(voice_lm):
    text = [(13 * i) % 60 for i in range(9)]

    def said(places):
        voice = VoiceTokens(voice_lm, MixRules(most=4))
        for lane in voice.free:
            lane.places = places
        return list(voice.speak([text], voice.opening(VoicePrompt(lead=(50, 51))), 0))

    halted, plain = said(halts(voice_lm.body, every=1)), said(Halts())
    assert [t for batch in halted for t in batch] == [t for batch in plain for t in batch]
    assert len(halted) > 10 * len(plain)
