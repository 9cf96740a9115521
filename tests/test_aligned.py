"""The profile that joins ears, chat model and voice by embeddings: its recipe, its checkpoint, a conversation."""

# ruff: noqa: E402
import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors", "onnx"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_models

from app.__main__ import main
from app.settings.schema import Settings, TurnSettings
from app.wiring import make_cast
from audio_io.errors import NotHere, Trouble
from audio_io.frames import MIC_HZ
from audio_io.wav import write_wav
from engine import messages as m
from engine.asr.sensevoice_model import load_sensevoice
from engine.assistant.assistant import Assistant
from engine.llm import kv_cache as reader
from engine.llm import local_model as llm
from engine.models import loaded
from engine.nets.voice_lm import TEXT, lesson
from engine.runtime import aligned, profile_makers
from engine.runtime.aligned import MARK, Board
from engine.runtime.make_stages import Order
from engine.simulation.rehearsal import rehearse
from engine.simulation.scenario import load
from engine.training.aligned import train as train_aligned
from engine.tts.cosyvoice_model import load_cosyvoice

SCENARIOS = Path(__file__).parent.parent / "assets" / "scenarios"
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)
CHAT = "Qwen/Qwen3-0.6B"


@pytest.fixture(scope="module", autouse=True)
def nothing_held():
    yield
    loaded.forget()


@pytest.fixture(scope="module")
def folders():
    return tiny_models.published()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three recordings with words."""
    folder = tmp_path_factory.mktemp("data")
    chance = np.random.default_rng(3)
    rows = ["file,transcript,answer"]
    for name, text, answer in (("a", "aaaa", ""), ("b", "bbbb bb", "cc"), ("c", "", "")):
        tone = np.sin(2 * np.pi * (200 + 300 * len(rows)) * np.arange(round(1.2 * MIC_HZ)) / MIC_HZ)
        write_wav(folder / f"{name}.wav", (0.1 * tone + chance.normal(0, 0.02, len(tone))).astype(np.float32), MIC_HZ)
        rows.append(f"{name}.wav,{text},{answer}")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


def command(folders, data, out, *more):
    ears, chat, voice, _ = folders
    return ["train", "aligned", "--data", str(data), "--chat", str(chat), "--ears", str(ears), "--voice", str(voice),
            "--out", str(out), "--llm", CHAT, "--precision", "fp32", "--batch", "2",
            "--warm-up", "1", *more]  # fmt: skip


def losses(told, part):
    return [float(x) for x in re.findall(rf"^{part} \d+/\d+: loss ([\d.]+)$", told, re.MULTILINE)]


@pytest.fixture(scope="module")
def trained(folders, data, tmp_path_factory):
    """-> (the checkpoint's folder, what the recipe printed)"""
    out = tmp_path_factory.mktemp("models") / "aligned"
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_aligned, "TOLD", 3)
        patch.setattr("builtins.print", lambda line, **_: lines.append(line))
        assert main(command(folders, data, out, "--steps", "18", "--lr", "0.02", "--voice-lm")) == 0
    return out, "\n".join(lines)


# -- the recipe -----------------------------------------------------------------------------------------------
def test_both_joints_learn(trained):
    for part, share in (("input", 0.9), ("output", 0.8)):
        course = losses(trained[1], part)
        assert len(course) == 6
        assert course[-1] < share * course[0]


def test_only_the_joint_gets_gradients(folders, data):
    """A 7B model's would take 15 GB, and the models it joins are frozen."""
    ears, chat = load_sensevoice(folders[0]), llm.load(folders[1], precision="fp32")
    joint = aligned.fresh(CHAT, chat.net.config.hidden_size, ears.net.cfg.width, 32, 2)
    task = train_aligned.InputTask(joint, ears, chat)
    task.loss(train_aligned.read_pairs(data)[0], random.Random(0)).backward()
    assert all(p.grad is not None for p in joint.input.parameters())
    assert not [name for name, p in (*chat.net.named_parameters(), *ears.net.named_parameters()) if p.grad is not None]


def test_a_voice_that_learns_has_32_bits_wherever_it_is(folders, data):
    chat, voice = llm.load(folders[1], precision="fp32"), load_cosyvoice(folders[2])
    voice.tokens.lm.bfloat16()                   # as on CUDA
    joint = aligned.fresh(CHAT, chat.net.config.hidden_size, 32, voice.tokens.lm.cfg.hidden, 2)
    task = train_aligned.OutputTask(joint, chat, voice, with_lm=True)
    assert {p.dtype for p in task.trained["voice"].parameters()} == {torch.float32}
    task.loss(train_aligned.read_pairs(data)[0], random.Random(0)).backward()
    assert voice.tokens.lm.speech_embedding.weight.grad is not None


def test_the_checkpoint_says_what_it_joins_and_loads(trained):
    joint = aligned.load(trained[0])
    facts = json.loads((trained[0] / "aligned.json").read_text())
    assert facts["llm"] == joint.facts.llm == CHAT
    assert joint.facts.steps == {"input": 18, "output": 18}
    assert joint.facts.voice_lm
    assert joint.voice
    assert aligned.embedded(joint, torch.zeros(9, 32)).shape == (9, 32)


def test_training_goes_on_where_it_stopped(folders, data, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert main(command(folders, data, whole, "--part", "input", "--steps", "4")) == 0
    assert main(command(folders, data, cut, "--part", "input", "--steps", "2")) == 0
    assert main(command(folders, data, cut, "--part", "input", "--steps", "4")) == 0
    one, two = (aligned.load(place) for place in (whole, cut))
    assert two.facts == one.facts
    for key, value in one.input.state_dict().items():
        assert torch.allclose(two.input.state_dict()[key], value, atol=1e-6), key


def test_semantic_vectors_stand_where_text_stood(folders):
    lm = train_aligned.load_cosyvoice(folders[2]).tokens.lm
    text, speech = [5, 6, 7, 8, 9, 10], list(range(40))
    for mixed in (False, True):
        taught = lesson(lm.cfg, text, speech, mixed)
        assert (taught.kinds == TEXT).sum() == 6
        expected = lm.loss(lm.rows(taught.kinds, taught.values)[None], taught.targets[None])
        assert torch.allclose(train_aligned.voice_loss(lm, lm.text(text), speech, mixed), expected)


def test_data_that_will_not_do_is_one_line(folders, data, tmp_path, capsys):
    (tmp_path / "manifest.csv").write_text("file,words\na.wav,x\n")
    assert main(command(folders, tmp_path, tmp_path / "out")) == 2
    assert "manifest.csv: needs the columns file and transcript" in capsys.readouterr().err


# -- between the parts ----------------------------------------------------------------------------------------
def test_a_turn_of_several_utterances_is_found_and_typed_text_is_not():
    board, rows = Board(), torch.arange(12.0).reshape(6, 2)
    board.heard("what time", rows[:2])
    board.heard("is it", rows[2:3])
    board.heard("is it", rows[3:])
    assert torch.equal(board.embeddings("What time is it"), rows[:3])
    assert torch.equal(board.embeddings("is it"), rows[3:])
    assert board.embeddings("what time it is") is None
    assert board.embeddings("") is None


def test_a_phrase_finds_the_tokens_it_was_cut_from():
    board = Board()
    for k, text in enumerate(["**Hel", "lo", "**", " you", ".", " \U0001f600", " Bye", "!"]):
        board.wrote(text, torch.full((1,), float(k)))
    assert board.meaning("Hello you.").ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert board.meaning("Bye!").ravel().tolist() == [6, 7]
    assert board.meaning("One moment.") is None
    assert board.meaning("...") is None


# -- the profile ----------------------------------------------------------------------------------------------
@pytest.fixture
def home(folders, trained, tmp_path, monkeypatch):
    ears, chat, voice, _ = folders
    tiny_models.installed(tmp_path / "models", **{"FunAudioLLM--SenseVoiceSmall": ears, "Qwen--Qwen3-0.6B": chat,
                                                  "FunAudioLLM--CosyVoice2-0.5B": voice})  # fmt: skip
    (tmp_path / "models" / "aligned").symlink_to(trained[0])
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    monkeypatch.setattr(llm, "MOST_TOKENS", 30)
    monkeypatch.setitem(reader.SLICE, "cpu", 512)
    return tmp_path


def order(folder, **more):
    made = Order("aligned", Assistant(lambda: NOW), ("sensevoice", "cosyvoice"), ("", ""), ("parley", "espeak"),
                 {}, folder / "models", folder / "cache", lockstep=True, device="cpu")  # fmt: skip
    return replace(made, **more)


def test_a_conversation_goes_from_voice_to_voice(home, monkeypatch):
    read, meant = [], []
    tokens, meaning = llm.LocalChat.tokens, Board.meaning

    def spied(self, given, *rest, **more):
        read.append([type(part) for part in given])
        return tokens(self, given, *rest, **more)

    def noted(self, phrase):
        meant.append(meaning(self, phrase))
        return meant[-1]

    monkeypatch.setattr(llm.LocalChat, "tokens", spied)
    monkeypatch.setattr(Board, "meaning", noted)
    settings = Settings(profile="aligned", turns=TurnSettings(backchannels=False))
    play = replace(load(SCENARIOS / "03_stop.yaml"), profile="aligned")
    outcome = rehearse(play, make_cast(settings, "aligned"))
    assert not [n for n in outcome.of(m.Notice) if n.severity is m.Severity.ERROR]
    assert torch.Tensor in read[0]                               # the user's turn is not words for the chat model
    assert any(rows is not None and rows.shape[1] == 32 for rows in meant)
    said = " ".join(n.text for n in outcome.of(m.ReplyText) if n.reply == 1).split()
    heard = [n.text for n in outcome.of(m.ReplyHeard) if n.reply == 1][-1].split()
    assert heard == said[: len(heard)]
    assert heard
    assert np.abs(outcome.assistant).max() > 1e-3


def test_notes_stay_words_beside_the_voice(folders, trained):
    board, joint = Board(), aligned.load(trained[0])
    chat = aligned.AlignedChat(llm.load(folders[1], precision="fp32").chat(), joint, board)
    board.heard("hello there", torch.ones(3, 32))
    found, thinking = chat.parts([llm.Message("user", "[the user sounds sad]\nhello there")], [])
    kinds = [torch.Tensor if isinstance(part, torch.Tensor) else list for part in found]
    assert kinds == [list, torch.Tensor, list]
    assert "[the user sounds sad]" in chat.chat.model.tokenizer.decode(found[0])
    assert not thinking
    assert all(isinstance(p, list) for p in chat.parts([llm.Message("user", f"typed{MARK}")], [])[0])


def test_without_a_checkpoint_or_with_another_models_it_is_one_line(home, tmp_path):
    place = home / "models" / "aligned"
    kept = place.resolve()
    place.unlink()
    with pytest.raises(NotHere, match="there is no aligned checkpoint; make one with: parley train aligned"):
        profile_makers.aligned(order(home))
    place.mkdir()
    joint = aligned.fresh(CHAT, 64, 32, 32, 2)
    aligned.save(place, joint)
    with pytest.raises(Trouble, match=r"aligned\.json: was made for a model of 64, Qwen/Qwen3-0\.6B has 32"):
        profile_makers.aligned(order(home))
    (place / "aligned.safetensors").write_bytes((kept / "aligned.safetensors").read_bytes())
    with pytest.raises(Trouble, match=r"aligned\.safetensors: lacks the key input\.enter\.weight"):
        aligned.load(place)
