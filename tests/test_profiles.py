"""The profiles with large models, on tiny checkpoints in the published formats: from the hub to sound in the room."""

# ruff: noqa: E402
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors", "openai"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_models
from chat_server import serving, speaks
from hub_server import HubServer

from app import models as models_command
from app.__main__ import main
from app.settings import BrainSettings, ListenSettings, Settings, TurnSettings, VoiceSettings, load_profile
from app.wiring import make_cast, make_parts
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import VOICE_HZ
from audio_io.wav import write_wav
from engine.bench.latency import overlaps
from engine.floor import TurnRules
from engine.local import catalogue, llm, loaded, parts, voice_text, weights
from engine.local.parts import Mind, Order
from engine.local.speak import AVERAGE, CosyVoice, language, said_words
from engine.local.store import Store
from engine.local.voice_model import load_cosyvoice
from engine.parts import Phrase, Style
from engine.presets import Preset, Recording
from engine.rehearse import rehearse, rehearse_live
from engine.scenario import load
from engine.spoken import as_spoken

SCENARIOS = Path(__file__).parent.parent / "assets" / "scenarios"
EARS, CHAT = "FunAudioLLM/SenseVoiceSmall", "Qwen/Qwen3-0.6B"
VOICES = {2: "FunAudioLLM/CosyVoice2-0.5B", 3: "FunAudioLLM/Fun-CosyVoice3-0.5B-2512"}
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    loaded.forget()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """-> {repository: folder}, as their owners would publish them."""
    home = tmp_path_factory.mktemp("published")
    return {EARS: tiny_models.sensevoice(home / "ears"), CHAT: tiny_models.chat(home / "chat"),
            VOICES[2]: tiny_models.cosyvoice(home / "voice2", 2),
            VOICES[3]: tiny_models.cosyvoice(home / "voice3", 3, speakers=())}  # fmt: skip


@pytest.fixture(scope="module")
def home(published, tmp_path_factory):
    """-> Parley's folder after `parley models pull` from a hub with these files."""
    folder = tmp_path_factory.mktemp("home")
    keys = tmp_path_factory.mktemp("keys")
    tiny_models.write_keys(keys, published[EARS], published[VOICES[2]])
    hub = HubServer()
    hub.repositories = {name: tiny_models.files(published[name]) for name in (EARS, CHAT, VOICES[2])}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "KEYS", keys)
        patch.setattr(models_command, "hub", lambda downloads: hub.endpoint)
        patch.setenv("PARLEY_HOME", str(folder))
        try:
            assert main(["models", "pull", EARS, CHAT, VOICES[2], "--accept-licence"]) == 0
            assert main(["models", "verify", EARS, VOICES[2]]) == 0
        finally:
            hub.stop()
    return folder


@pytest.fixture(autouse=True)
def here(request, monkeypatch, tmp_path):
    """Parley's folder for this test, and a chat model that does not go on for ever."""
    monkeypatch.setattr(llm, "MOST_TOKENS", 24)
    wants = "home" in request.fixturenames
    monkeypatch.setenv("PARLEY_HOME", str(request.getfixturevalue("home") if wants else tmp_path))


@pytest.fixture
def nothing_left():
    """Afterwards no more threads than before."""
    before = set(threading.enumerate())
    yield
    assert [t.name for t in threading.enumerate() if t not in before and t.is_alive()] == []


def settings(profile, **more):
    return Settings(profile=profile, turns=TurnSettings(backchannels=False), **more)


def scenario(name, profile):
    return replace(load(SCENARIOS / f"{name}.yaml"), profile=profile)


def order(folder, profile="workstation", told=lambda _: None, **more):
    usual = ("sensevoice", "cosyvoice")
    made = Order(profile, lambda: NOW, usual, ("", ""), ("pocketsphinx", "espeak"), Style(), {}, folder / "models",
                 folder / "cache", lockstep=True, device="cpu", told=told)  # fmt: skip
    return replace(made, **more)


# -- from the hub to sound ------------------------------------------------------------------------------------
def test_what_was_pulled_is_converted_and_loads(home):
    store = Store(home / "models")
    folder = store.folder(VOICES[2])
    assert {"llm.safetensors", "flow.safetensors", "hift.safetensors"} <= {p.name for p in folder.iterdir()}
    assert not list(folder.glob("l*.pt"))
    model = load_cosyvoice(store.find(VOICES[2]))
    assert model.version == 2
    assert list(model.speakers) == ["anna"]


def test_a_conversation_on_the_workstation_is_heard_answered_and_interrupted(home, nothing_left):
    outcome = rehearse(scenario("02_interruption", "workstation"), make_cast(settings("workstation"), "workstation"))
    assert outcome.of("error") == []
    starts, ends = outcome.of("reply_start"), outcome.of("reply_end")
    assert len(starts) == len(ends) == 2
    assert all(n.fields["text"] for n in outcome.of("final"))
    (over,) = overlaps(outcome)
    assert over.duck_ms is not None
    assert over.silent_ms is not None
    assert over.silent_ms < 2500
    reply = outcome.assistant[round(starts[1].t * 48000) : round(ends[1].t * 48000)]
    assert np.sqrt(np.mean(np.square(reply))) > 1e-3             # the loudspeaker sounds
    said = " ".join(n.fields["text"] for n in outcome.of("reply_text") if n.fields["reply"] == 2)
    heard = [n.fields["text"] for n in outcome.of("heard") if n.fields["reply"] == 2]
    assert heard[-1].split() == said.split()                     # every word was marked, in order
    first = [n.fields["text"] for n in outcome.of("heard") if n.fields["reply"] == 1]
    written = " ".join(n.fields["text"] for n in outcome.of("reply_text") if n.fields["reply"] == 1).split()
    assert first[-1].split() == written[: len(first[-1].split())]
    assert len(first[-1].split()) < len(written)                 # and the rest of the first reply was not heard
