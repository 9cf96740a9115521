"""The profiles that need a graphics card, on a pretended one (card.py): nothing of the host is mixed with the card's,
what is recorded may be, its replays compute what the operations do; and whose the card's memory is."""

# ruff: noqa: E402
import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_models
from card import Card, OnCard

from app.settings.schema import BrainSettings, Settings, TurnSettings
from app.wiring import make_cast
from engine import messages as m
from engine.assistant.assistant import Assistant
from engine.bench.large import nets
from engine.bench.large.chain import build, measure
from engine.bench.large.clock import Budget
from engine.llm import kv_cache as reader
from engine.llm import local_model as llm
from engine.messages import Audio, Begin, Chunk, End, Phrase, Prompt, Say, Style
from engine.models import loaded
from engine.nets.cfm import finish
from engine.nets.graphs import record
from engine.runtime import aligned, make_stages, profile_makers
from engine.runtime.make_stages import Mind, Order
from engine.simulation.rehearsal import rehearse
from engine.simulation.scenario import load

SCENARIOS = Path(__file__).parent.parent / "assets" / "scenarios"
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)
EARS, CHAT, OTHER = "FunAudioLLM--SenseVoiceSmall", "Qwen--Qwen3-0.6B", "Qwen--Qwen3-1.7B"
VOICES = {2: "FunAudioLLM--CosyVoice2-0.5B", 3: "FunAudioLLM--Fun-CosyVoice3-0.5B-2512"}


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch):
    monkeypatch.setattr(llm, "MOST_TOKENS", 30)
    monkeypatch.setattr(reader, "CONTEXT", 16_384)               # its vocabulary is bytes: the tools are thousands
    loaded.forget()
    yield
    loaded.forget()


@pytest.fixture
def card():
    with Card() as made:
        yield made


def installed(folder, version=2):
    ears, chat, *voices = tiny_models.published()
    there = {EARS: ears, CHAT: chat, OTHER: chat, VOICES[version]: voices[version - 2]}
    tiny_models.installed(folder / "models", **there)
    return Order("workstation", Assistant(lambda: NOW), ("sensevoice", "cosyvoice"), ("", ""),
                 ("parley", "espeak"), {}, folder / "models", folder / "cache", lockstep=True)  # fmt: skip


# -- the pretended card -----------------------------------------------------------------------------------------
def test_the_card_refuses_what_cuda_refuses(card):
    layer, x = torch.nn.Linear(3, 3).to(card.device), torch.ones(2, 3)
    with pytest.raises(RuntimeError, match="card and of the host"):
        layer(x)
    with pytest.raises(TypeError, match="copied to the host first"):
        x.to(card.device).numpy()
    with pytest.raises(RuntimeError, match="index on the card"):
        x[torch.zeros(1, dtype=torch.long, device=card.device)]
    y = layer(x.to(card.device))
    assert isinstance(y, OnCard)
    assert y.device.type == "cuda"
    assert not isinstance(y.cpu(), OnCard)
    assert (y * torch.tensor(2.0)).shape == (2, 3)               # a number of the host's


@pytest.mark.parametrize("waits", [
    lambda x: x.sum().item(), lambda x: x.cpu(), lambda x: x.copy_(torch.zeros(2)), lambda x: bool(x[0] > 0),
    lambda x: x + torch.tensor([1.0, 2.0], device="cuda")])  # fmt: skip
def test_nothing_is_waited_for_in_a_recording(card, waits):
    x = torch.ones(2, device=card.device)
    with torch.no_grad(), pytest.raises(RuntimeError, match="in a recording"):
        record(lambda: waits(x), lambda: None)


def test_a_replay_does_what_was_recorded_and_nothing_of_the_hosts(card):
    x, by = torch.ones(2, device=card.device), [3.0]
    with torch.no_grad():
        graph, out = record(lambda: x.reshape(2, 1) * by[0] + 1, lambda: None)
    x.fill_(2)
    by[0] = 100.0                                # too late: the host's numbers were recorded
    graph.replay()
    assert out.flatten().tolist() == [7, 7]


# -- the profiles' networks -------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", [2, 3])
def test_the_bench_of_a_spoken_reply_runs_on_a_card(card, version):
    chain = build(nets.sizes("tiny", version=version), "cuda", Budget(60), say=lambda line: None)
    assert chain.whole
    assert chain.computes == "steps recorded"
    found = measure(chain, Budget(10), 1.0, runs=1, say=lambda line: None)
    assert all(times.runs for times in found.times.values())
    assert len(card.graphs) == 13                # a token of either model, a chunk's beginning, ten steps
    assert all(graph.replays for graph in card.graphs)


@pytest.mark.parametrize("version", [2, 3])
def test_recorded_steps_make_the_sound_of_the_operations(version):
    """The same weights, the same tokens: as on a processor, and from replays."""
    sounds = []
    for device in ("cpu", "cuda"):
        with Card() as card:
            chain = build(nets.sizes("tiny", version=version), device, Budget(60), say=lambda line: None)
            tokens = [[k * 7 % 60 for k in range(120)]]
            pieces = [p for p in chain.sound(iter(tokens)) if p is not None]
            sounds.append(np.concatenate(pieces))
            assert [bool(g.replays) for g in card.graphs].count(True) == (0 if device == "cpu" else 11)
    assert len(sounds[0]) == len(sounds[1]) == 120 * 960
    assert np.abs(sounds[0]).max() > 1e-3
    assert np.abs(sounds[1] - sounds[0]).max() < 0.02            # as in test_graphs


def test_recorded_tokens_are_those_of_the_operations(monkeypatch):
    monkeypatch.setattr(nets, "voice_dtype", lambda device: torch.float32)
    monkeypatch.setattr(nets, "llm_dtype", lambda device, config: torch.float32)
    written, said = [], []
    for device in ("cpu", "cuda"):
        with Card():
            chain = build(nets.sizes("tiny"), device, Budget(60), say=lambda line: None)
            finish(chain.chat.reader.read([list(range(40))]))
            steps = [chain.chat.reader.step(k).logits.cpu() for k in (5, 9, 70, 3)]
            written.append(torch.stack(steps))
            said.append([t for batch in chain.speech(iter([list(range(5))] * 3), 40) for t in batch])
    assert torch.allclose(*written, atol=1e-4)
    assert said[0] == said[1]
    assert len(said[0]) == 40


def test_a_conversation_on_a_card_is_interrupted_and_goes_on(card, tmp_path, monkeypatch):
    """What is cancelled half way leaves the places of the recorded steps to the next reply."""
    installed(tmp_path)
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    play = replace(load(SCENARIOS / "02_interruption.yaml"), profile="workstation")
    chosen = Settings(profile="workstation", turns=TurnSettings(backchannels=False), brain=BrainSettings(
        model="Qwen/Qwen3-0.6B"))  # fmt: skip
    outcome = rehearse(play, make_cast(chosen, "workstation"))
    assert not [n for n in outcome.of(m.Notice) if n.severity is m.Severity.ERROR]
    assert len(outcome.of(m.ReplyStarted)) == len(outcome.of(m.ReplyEnded)) == 2
    assert np.abs(outcome.assistant).max() > 1e-3
    assert all(graph.replays for graph in card.graphs)


def test_the_workstation_hears_thinks_and_speaks_on_a_card(card, tmp_path):
    told = []
    made = profile_makers.workstation(replace(installed(tmp_path, 3), told=lambda what: told.append(str(what))))
    pcm = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    words = [w for body in (Begin(0, pcm), Audio(0, pcm), End(0)) for w in made.listen(body)]
    assert words[-1].final
    assert words[-1].text
    assert any(isinstance(piece, Say) for piece in made.think(Prompt("hello there")))
    style = Style(voice="anna")
    for text in ("Good morning.", "And once more."):
        chunks = [c for c in made.speak(Phrase(text, style, last=True)) if isinstance(c, Chunk)]
        assert sum(len(c.pcm) for c in chunks) > 960
    made.stop()
    assert not [line for line in told if "operation by operation" in line]
    assert all(graph.replays for graph in card.graphs)


def test_what_the_driver_does_not_record_is_computed_all_the_same_and_told(card, tmp_path):
    card.refuses = "CUDA error: operation not permitted when stream is capturing"
    told = []
    made = profile_makers.workstation(replace(installed(tmp_path), told=lambda what: told.append(str(what))))
    assert any(isinstance(piece, Say) for piece in made.think(Prompt("hello there")))
    chunks = [c for c in made.speak(Phrase("Good morning.", Style(voice="anna"), last=True)) if isinstance(c, Chunk)]
    assert sum(len(c.pcm) for c in chunks) > 960
    made.stop()
    assert len(card.graphs) == 3                 # one try for each kind
    slower = [line for line in told if "operation by operation" in line]
    assert [line.split(":")[0] for line in slower] == [*[VOICES[2]] * 2, OTHER]
    assert all("did not take the recording (CUDA error: operation not permitted" in line for line in slower)


def test_voice_goes_through_the_joints_on_a_card(card, tmp_path):
    joint = aligned.fresh("Qwen/Qwen3-0.6B", 32, 32, 32, 2)
    aligned.save(tmp_path / "models" / "aligned", joint)
    made = profile_makers.aligned(replace(installed(tmp_path), profile="aligned"))
    pcm = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    nothing = [w for body in (Begin(0, pcm[:0]), End(0)) for w in made.listen(body)]
    assert [(w.text, w.final) for w in nothing] == [("", True)]
    words = [w for body in (Begin(0, pcm), Audio(0, pcm), End(0)) for w in made.listen(body)]
    said = [piece.text for piece in made.think(Prompt(words[-1].text)) if isinstance(piece, Say)]
    sound = [c.pcm for c in made.speak(Phrase(said[0], Style(voice="anna"), last=True)) if isinstance(c, Chunk)]
    assert np.abs(np.concatenate(sound)).max() > 1e-4
    made.stop()


# -- the card's room --------------------------------------------------------------------------------------------
def test_a_chat_model_that_is_here_is_taken_as_it_is_however_little_is_free(card, tmp_path, monkeypatch):
    order = replace(installed(tmp_path), mind=Mind("Qwen/Qwen3-0.6B"))
    first = make_stages.chat_model(order)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (10_000_000, 24_000_000_000))
    assert make_stages.chat_model(order) is first


def test_a_model_that_is_here_is_given_when_the_card_has_done_what_was_asked_of_it(card, tmp_path, monkeypatch):
    """The conversation before may have been left half way through a chunk, on a stream that nobody waits for."""
    order, done = replace(installed(tmp_path), mind=Mind("Qwen/Qwen3-0.6B")), []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device=None: done.append(device))
    make_stages.chat_model(order)
    assert done == []
    make_stages.chat_model(order)
    assert len(done) == 1


def test_before_another_chat_model_is_measured_the_one_before_has_gone(card, tmp_path, monkeypatch):
    """The conversation that has ended is still held, for its memory."""
    order = replace(installed(tmp_path), mind=Mind("Qwen/Qwen3-0.6B"))
    ended = profile_makers.workstation(order)
    net = weakref.ref(loaded._held["chat"][1].net)
    ended.stop()
    gc.collect()
    assert net() is not None                     # kept: the next conversation probably wants it
    emptied, seen = [], []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(net()))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: seen.append(net()) or (64 << 30, 64 << 30))
    make_stages.chat_model(replace(order, mind=Mind("Qwen/Qwen3-1.7B")))
    assert emptied == seen == [None]
    assert ended.assistant.style == Style()
