"""The laptop profile on tiny models: what is missing, what it cannot do, and a conversation in the simulated room."""

# ruff: noqa: E402
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_laptop
import tiny_models

from app.settings import ListenSettings, Settings, TurnSettings, VoiceSettings
from app.wiring import make_cast, make_parts
from audio_io.errors import NotHere, WrongUse
from audio_io.frames import DEVICE_HZ
from engine.local import catalogue, chat, fits, llm, loaded, moonshine_stream
from engine.local.laptop import bounded, shares
from engine.local.store import Store
from engine.parts import Phrase
from engine.profile import LARGE
from engine.rehearse import rehearse
from engine.scenario import load

SCENARIO = Path(__file__).parent.parent / "assets" / "scenarios" / "03_stop.yaml"
NEEDS = catalogue.load().profiles["laptop"]
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def nothing_held():
    yield
    loaded.forget()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """-> Parley's folder with the profile's models as if they had been pulled."""
    made, folder = tmp_path_factory.mktemp("published"), tmp_path_factory.mktemp("home")
    names = {role: names[0].replace("/", "--") for role, names in NEEDS.roles.items()}
    codec = tiny_laptop.save_codec(made / "codec")
    speaks = tiny_laptop.save_pocket(made / "pocket", codec)
    tiny_laptop.save_voices(speaks)
    tiny_models.installed(folder / "models", **{
        names["hears"]: tiny_laptop.save_moonshine(made / "ears"), names["thinks"]: tiny_models.chat(made / "chat"),
        names["speaks"]: speaks, names["sounds"]: codec,
    })  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def here(home, monkeypatch):
    monkeypatch.setenv("PARLEY_HOME", str(home))
    monkeypatch.setattr(llm, "MOST_TOKENS", 24)
    monkeypatch.setattr(chat, "offered", lambda voices=(): {})   # its vocabulary is bytes: the tools are thousands
    monkeypatch.setattr(moonshine_stream, "TOKENS_S", 2.0)       # random weights seldom end by themselves


def settings(**more):
    return Settings(profile="laptop", turns=TurnSettings(backchannels=False), **more)


def parts_of(chosen, told=lambda _: None):
    profile = make_profile()
    return make_parts(profile, chosen, lambda: NOW, lockstep=True, told=told)


def make_profile():
    from app.settings import load_profile

    return load_profile("laptop")


def test_a_conversation_is_heard_answered_and_stopped():
    scenario = replace(load(SCENARIO), profile="laptop")
    outcome = rehearse(scenario, make_cast(settings(), "laptop"))
    assert outcome.of("error") == []
    assert outcome.of("final")
    starts, ends = outcome.of("reply_start"), outcome.of("reply_end")
    assert len(starts) == len(ends) >= 1
    start, end = (round(news[0].t * DEVICE_HZ) for news in (starts, ends))
    assert np.sqrt(np.mean(np.square(outcome.assistant[start:end]))) > 1e-3
    said = " ".join(n.fields["text"] for n in outcome.of("reply_text") if n.fields["reply"] == 1).split()
    heard = [n.fields["text"] for n in outcome.of("heard") if n.fields["reply"] == 1][-1].split()
    assert heard == said[: len(heard)]


def test_progress_is_told_and_the_voices_are_known():
    lines = []
    loaded.forget()
    made = parts_of(settings(listen=ListenSettings(words=("Ahlgren",))), lines.append)
    try:
        chunk = next(c for c in made.speak(Phrase("Good morning.", made.style)) if c is not None)
        assert np.isfinite(chunk.pcm).all()
    finally:
        made.stop()
    told = "\n".join(lines)
    assert all(what in told for what in ("what listens", "what speaks", "what thinks", "not preferred", "ready"))


def test_what_it_cannot_do_is_one_line():
    with pytest.raises(WrongUse, match="hears English, not zh"):
        parts_of(settings(listen=ListenSettings(language="zh")))
    with pytest.raises(NotHere, match="sensevoice is not for the profile laptop"):
        parts_of(settings(listen=ListenSettings(engine="sensevoice")))
    with pytest.raises(NotHere, match="cosyvoice is not for the profile laptop"):
        parts_of(settings(voice=VoiceSettings(engine="cosyvoice")))


def test_small_ears_and_voice_may_be_chosen():
    made = parts_of(settings(voice=VoiceSettings(engine="espeak"), listen=ListenSettings(engine="parley")))
    made.stop()


def test_models_that_are_missing_are_one_line_with_their_size(monkeypatch, tmp_path):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    size = sum(catalogue.load().repositories[name].bytes for name in NEEDS.defaults()) / 1e9
    with pytest.raises(NotHere, match=rf"laptop needs {size:.1f} GB of models; run: parley models pull laptop"):
        parts_of(settings())


def test_the_catalogue_pulls_the_codec_with_the_voice():
    assert "laptop" in LARGE
    names = [repository.name for repository in catalogue.load().named("laptop")]
    assert names == list(NEEDS.defaults())
    assert NEEDS.roles["sounds"][0] in names
    chosen, _, _ = fits.choose(catalogue.load(), NEEDS, 10**11)
    assert {r.name for r in chosen} == set(names)
    voice = catalogue.load().repositories[NEEDS.roles["speaks"][0]]
    for name in ("config.json", "generation_config.json", "processor_config.json", "model.safetensors",
                 "tokenizer.json", "chat_template.jinja", "voices/alba.safetensors"):
        assert voice.takes(name)
    assert not voice.takes("french/model.safetensors")
    small = [catalogue.load().repositories[name] for name in NEEDS.roles["thinks"]]
    assert all(part.params <= 10**9 for repository in small for part in repository.parts)


def test_every_published_file_that_is_read_is_pulled(home):
    store = Store(home / "models")
    for name in NEEDS.defaults():
        repository, folder = catalogue.load().repositories[name], store.find(name)
        needed = {"config.json", "model.safetensors", "chat_template.jinja", "tokenizer.json"}
        for path in folder.iterdir():
            assert path.name not in needed or repository.takes(path.name), (name, path.name)


@pytest.mark.parametrize("cores", [1, 2, 4, 8, 64])
def test_the_processor_is_shared(cores):
    share = shares(cores)
    assert min(share.hear, share.think, share.speak) >= 1
    assert share.think + share.speak <= max(2, cores)            # the two that work at the same time
    assert share.think <= 4


def test_each_stage_says_how_many_threads_it_takes_and_passes_a_stop_on():
    closed = []

    def work(body):
        try:
            while True:
                yield torch.get_num_threads() + body
        finally:
            closed.append(body)

    steps = bounded(work, 2)(10)
    assert next(steps) == 12
    steps.close()
    torch.set_num_threads(1)
    assert closed == [10]


def test_memory_is_counted_as_the_processor_runs_it():
    """At 32 bits, the cache too; where there is less, the smaller chat model, then a line."""
    fitting = {gb: fits.fit(catalogue.load(), NEEDS, fits.Machine(gb * 10**9), lambda _: 0) for gb in (2, 6, 8)}
    assert fitting[8].width == "fp32"
    assert NEEDS.roles["thinks"][0] in fitting[8].models
    assert NEEDS.roles["thinks"][1] in fitting[6].models
    part = catalogue.load().repositories[NEEDS.roles["thinks"][0]].parts[0]
    assert fits.bytes_of(part, 32) == 4 * part.params + 2 * part.kv * fits.CONTEXT
    assert not fitting[6].missing
    assert fitting[2].missing
