"""The bench of a spoken reply, with networks of a few thousand weights: what it runs, what it stops, what it writes."""

import json
from dataclasses import replace
from functools import partial
from itertools import islice

import pytest
from golden_files import torch

from app.__main__ import main
from audio_io.errors import WrongUse
from engine.bench.large import counts, nets
from engine.bench.large.chain import PARTS, build, measure, token2wav
from engine.bench.large.clock import Budget, Meter, repeated
from engine.bench.large.operations import TOKENS_S
from engine.nets.cfm import Solver
from engine.nets.flow import BOUNDED
from engine.nets.flow_recorded import RecordedFlow
from engine.tts.token2wav import TOKEN, Token2Wav

PUBLISHED = {"make_ears": 233_999_167, "make_voice": 505_803_812, "make_flow": 112_549_360, "make_vocoder": 20_821_295}
STAGES = ["predictor's head", "LLM and predictor's head", "SenseVoice, 3 s", "SenseVoice, 10 s", "first token",
          "five tokens", "15 speech tokens", "token to wave", "first audio"]  # fmt: skip


class Ticks:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.fixture(scope="module", params=[2, 3], ids=["cv2", "cv3"])
def chain(request):
    return build(nets.sizes("tiny", version=request.param), "cpu", Budget(60), say=lambda line: None)


# -- networks -----------------------------------------------------------------------------------------------
def test_full_size_is_the_published_one():
    s = nets.sizes("full")
    for name, weights in PUBLISHED.items():
        net = nets.made(partial(getattr(nets, name), s), "meta")
        assert sum(p.numel() for p in net.parameters()) == weights, name
    seven = nets.made(lambda: nets.make_llm(s.llm), "meta", torch.bfloat16)
    assert nets.bytes_of(seven) == 2 * 7_615_616_512                     # as its safetensors' index says


def test_the_seed_decides_and_nothing_else_changes():
    torch.manual_seed(5)
    before, s = torch.get_rng_state(), nets.sizes("tiny")
    one, two, other = (nets.made(lambda: nets.make_voice(s), "cpu", torch.bfloat16, seed) for seed in (1, 1, 2))
    assert torch.equal(one.speech_embedding.weight, two.speech_embedding.weight)
    assert not torch.equal(one.speech_embedding.weight, other.speech_embedding.weight)
    assert one.dtype == torch.bfloat16
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("wrong", [("big", "7b", 2), ("full", "9b", 2), ("full", "7b", 4)])
def test_sizes_that_are_none(wrong):
    with pytest.raises(WrongUse, match="choose from"):
        nets.sizes(*wrong)


# -- the chain ----------------------------------------------------------------------------------------------
def test_a_reply_is_as_long_as_wanted_and_every_part_takes_part(chain):
    meter = Meter()
    sound = [piece for piece in chain.reply(meter, 3.0) if piece is not None]
    assert sum(map(len, sound)) == round(3.0 * TOKENS_S) * TOKEN
    assert list(meter.spent) == [PARTS[0], PARTS[3], PARTS[2], PARTS[1]]   # in the order in which they begin
    assert all(spent.own > 0 and spent.yields > 1 for spent in meter.spent.values())


def test_the_first_sound_needs_no_more_than_its_hop(chain):
    taken = {"text": 0, "speech": 0}
    text, speech = chain.text, chain.speech

    def count(name, work):
        for batch in work:
            taken[name] += len(batch)
            yield batch

    chain.text, chain.speech = (lambda n: count("text", text(n))), (lambda t, n: count("speech", speech(t, n)))
    chain.ready()
    try:
        next(piece for piece in chain.reply(Meter(), 10.0) if piece is not None)
    finally:
        chain.text, chain.speech = text, speech
    assert taken["speech"] == 28
    # version 3 leaves out long silences, of which a tiny table of codes has many
    assert taken["text"] == 10 if chain.sizes.voice.version == 2 else 10 <= taken["text"] <= 20


def test_stopping_it_anywhere_frees_everything(chain):
    for n in (1, 6, 40, 120):
        chain.ready()
        reply = chain.reply(Meter(), 5.0)
        assert len(list(islice(reply, n))) == n
        reply.close()
        assert len(chain.voice.free) == 1                # its lane is back
        assert list(reply) == []
    chain.ready()
    assert sum(len(p) for p in chain.reply(Meter(), 1.0) if p is not None) == TOKENS_S * TOKEN


def test_another_first_hop(chain):
    flow, vocoder = chain.wave.flow.net, chain.wave.vocoder.net
    assert next(token2wav(flow, vocoder, 12).schedule.ends(75)) == 12
    assert next(chain.wave.schedule.ends(75)) == 25
    with pytest.raises(WrongUse, match="first hop of 0"):
        token2wav(flow, vocoder, 0)


# -- the clock ----------------------------------------------------------------------------------------------
def test_time_of_others_is_not_ones_own():
    ticks = Ticks()
    meter = Meter(ticks)

    def slow():
        for _ in range(3):
            for _ in range(10):
                ticks()
            yield 1

    def draws(source):
        yield from source

    assert list(meter.watch("outer", draws(meter.watch("inner", slow())))) == [1, 1, 1]
    inner, outer = meter.spent["inner"], meter.spent["outer"]
    assert inner.longest == 11
    assert inner.own == 3 * 11 + 1
    assert outer.longest == 2                            # two looks at the clock
    assert inner.yields == outer.yields == 4


def test_what_is_closed_closes_what_it_watches():
    closed = []

    def work():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    watched = Meter().watch("work", work())
    assert next(watched) == 1
    watched.close()
    assert closed == [True]


def test_a_budget_ends_the_runs_and_the_first_warms_up():
    times = iter([9.0, 1.0, 3.0, 2.0, 5.0])
    assert repeated(lambda: next(times), Budget(1000, Ticks()), most=3).runs == (1.0, 3.0, 2.0)
    assert repeated(lambda: 7.0, Budget(10, Ticks()), share=0.3).runs == (7.0,)
    assert repeated(lambda: 7.0, Budget(0.5, Ticks())).middle is None


# -- counts -------------------------------------------------------------------------------------------------
def test_counts_are_those_that_are_known():
    seven = nets.LLMS["7b"]
    one = counts.think("7b", seven, 1)
    assert one.macs == pytest.approx(7.07e9, rel=0.01)                     # its weights without the table
    assert one.read == pytest.approx(2 * 7.07e9, rel=0.01)
    assert one.weights == 2 * 7_615_616_512
    assert counts.think("7b", seven, 32).macs > 25 * one.macs
    token = counts.voice_token(nets.sizes("full"))
    assert token.macs == pytest.approx(364e6, rel=0.02)
    assert token.read == pytest.approx(2 * 364e6, rel=0.02)
    assert token.weights == 2 * 505_803_812


def test_layers_are_counted_as_one_and_two_say():
    s = nets.sizes("tiny")
    assert counts.hear(s, 3) == counts._hear(s, 3)
    assert counts.think("", s.llm, 4) == counts._think("", s.llm, 4)
    three = counts.Solver(steps=3)
    ours, whole = counts.flow(s, 4, three), counts._flow(s, 4, three)
    assert (ours.macs, ours.starts, ours.weights) == (whole.macs, whole.starts, whole.weights)
    assert whole.read < ours.read < 3 * whole.read                         # the estimator's weights once a step


@pytest.mark.parametrize("version", [2, 3])
def test_the_flow_is_counted_as_it_runs(version):
    s = nets.sizes("tiny", version=version)
    plain, ours = counts.flow(s, 50), counts.flow_as_run(s, 50)
    assert ours.macs == plain.macs == counts.flow_as_run(s, 26).macs       # whole chunks
    encoder = ours.starts - 2 * (counts.SET + 1 + 10)
    assert 0 < encoder < plain.starts / 10
    assert counts.counted(s, "tiny", 12).flows[0] == counts.flow_as_run(s, 12)


def test_whether_the_flow_was_recorded_is_said(chain):
    assert chain.computes == "operation by operation, on cpu"
    net = chain.wave.flow.net
    fixed = replace(chain, wave=Token2Wav(RecordedFlow(net, Solver(2)), chain.wave.vocoder, left=BOUNDED))
    assert fixed.computes == "at fixed addresses, not recorded"
    assert replace(chain, wave=None).computes == "not run"


def test_an_estimate_is_the_slowest_of_three():
    device = counts.Device("", tflops_16=10, tflops_32=5, gb_s=100, gb=1)
    much = counts.Count("", 10**12, 10, 10, 32, 10)
    assert much.ms(device) == pytest.approx(1000 * 2 / 5 / counts.SHARE_ARITHMETIC)
    assert counts.Count("", 10, 10**9, 10, 16, 10).ms(device) == pytest.approx(10 / counts.SHARE_READING)
    slow = counts.Count("", 10, 10, 1000, 16, 10)
    assert slow.ms(device) == pytest.approx(counts.START_US)
    assert counts.recorded(slow).ms(device) < 0.001


# -- the command --------------------------------------------------------------------------------------------
def test_the_command_measures_and_writes(tmp_path, capsys, monkeypatch):
    out = tmp_path / "bench"
    given = ["bench", "latency", "--random-weights", "--size", "tiny", "--runs", "1", "--budget-s", "200"]
    given += ["--seconds", "1"]
    monkeypatch.setattr("engine.bench.large.chain.CANCELS", 2)
    assert main([*given, "--out", str(out), "--json"]) == 0
    found = json.loads((out / "report.json").read_text())
    assert found == json.loads(capsys.readouterr().out)
    assert (out / "report.md").read_text().startswith("# Latency of a spoken reply")
    assert (out / "computing.png").stat().st_size > 1000
    stages = {row["stage"]: row for row in found["stages"]}
    assert list(stages) == STAGES
    ms = {name: row["measured ms"] for name, row in stages.items()}
    assert all(row["runs"] >= 1 and row["measured ms"] > 0 for row in stages.values())
    assert stages["five tokens"]["MinMo ms"] == 150
    assert ms["predictor's head"] < ms["first audio"]
    assert ms["five tokens"] < ms["first audio"]         # nearer ones may change places on a busy machine
    assert [row["network"] for row in found["networks"] if row["measured"] == "yes"] == [
        "SenseVoice", "voice LM", "flow", "vocoder", "predictor's head", "LLM"]  # fmt: skip
    assert len(found["targets"]) == 6
    assert found["cancel"]["times"] == 2
    assert 0 < found["cancel"]["p50 ms"] <= found["cancel"]["slowest ms"]
    assert found["answer"]["real-time factor"] > 0
    assert {row["generator"] for row in found["gaps"]} == set(PARTS)
    assert found["memory"]["MB"] > 50


def test_what_does_not_fit_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.models.memory_fit.ram_free", lambda: 160_000)    # half of it may be taken
    s = nets.sizes("tiny")
    chain = build(s, "cpu", Budget(60), say=lambda line: None)
    assert chain.chat is not None
    assert chain.wave is None
    assert any("by counts" in row["measured"] for row in chain.networks)
    found = measure(chain, Budget(20), 1.0, 1, lambda line: None)
    assert "token to wave" not in found.times
    assert found.cancels == ()


@pytest.mark.parametrize(("wrong", "told"), [
    (["--profile", "embedded"], "workstation"), (["--budget-s", "0"], "above 0"), (["--first-hop", "0"], "first hop"),
])  # fmt: skip
def test_wrong_use_is_said(wrong, told, tmp_path, capsys):
    given = ["bench", "latency", "--random-weights", "--size", "tiny", "--budget-s", "5", *wrong]
    assert main([*given, "--out", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_no_gpu_is_said(tmp_path, capsys):
    assert main(["bench", "latency", "--random-weights", "--device", "cuda", "--out", str(tmp_path)]) == 3
    assert "no CUDA device" in capsys.readouterr().err
