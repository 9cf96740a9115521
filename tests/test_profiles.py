"""The profiles with large models, on tiny checkpoints in the published formats: from the hub to sound in the room."""

# ruff: noqa: E402, F811
import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors", "openai"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_models
from chat_server import serving, speaks
from hub_server import HubServer
from patience import PATIENT_S
from test_chat_server import transformers_server  # noqa: F401 - a fixture

from app.__main__ import main
from app.cli import doctor_models
from app.cli import models as models_command
from app.settings.schema import BrainSettings, ListenSettings, Settings, TurnSettings, VoiceSettings
from app.settings.settings import load_profile
from app.wiring import make_cast, make_parts
from audio_io.errors import NotHere, Trouble
from audio_io.frames import DEVICE_HZ, VOICE_HZ
from engine import messages as m
from engine.assistant.assistant import Assistant
from engine.bench.latency import overlaps
from engine.llm import chat, server_kinds
from engine.llm import kv_cache as reader
from engine.llm import local_model as llm
from engine.llm.tool_table import offered
from engine.messages import HeardTags, Phrase, Prompt, Say
from engine.models import catalogue, loaded, weights
from engine.models.store import Store
from engine.runtime import make_stages, profile_makers
from engine.runtime.make_stages import Mind, Order
from engine.simulation.rehearsal import rehearse
from engine.simulation.scenario import load
from engine.tts.cosyvoice_model import load_cosyvoice
from engine.turns.rules import TurnRules

SCENARIOS = Path(__file__).parent.parent / "assets" / "scenarios"
EARS, CHAT = "FunAudioLLM/SenseVoiceSmall", "Qwen/Qwen3-0.6B"
VOICES = {2: "FunAudioLLM/CosyVoice2-0.5B", 3: "FunAudioLLM/Fun-CosyVoice3-0.5B-2512"}
NOW = datetime(2025, 11, 20, 15, 5, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def nothing_held():
    yield
    loaded.forget()


@pytest.fixture(scope="module")
def published():
    """-> {repository: folder}, as their owners would publish them."""
    made = tiny_models.published()
    return dict(zip((EARS, CHAT, VOICES[2], VOICES[3]), made, strict=True))


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
    monkeypatch.setattr(llm, "MOST_TOKENS", 70)
    monkeypatch.setitem(reader.SLICE, "cpu", 512)                # its vocabulary is bytes: the tools are thousands
    wants = "home" in request.fixturenames
    monkeypatch.setenv("PARLEY_HOME", str(request.getfixturevalue("home") if wants else tmp_path))


@pytest.fixture
def nothing_left():
    """Afterwards no more threads than before."""
    before = set(threading.enumerate())
    yield
    for one in set(threading.enumerate()) - before:
        one.join(PATIENT_S)                      # it may be on its last line
    assert [t.name for t in threading.enumerate() if t not in before and t.is_alive()] == []


def settings(profile, **more):
    return Settings(profile=profile, turns=TurnSettings(backchannels=False), **more)


def scenario(name, profile):
    return replace(load(SCENARIOS / f"{name}.yaml"), profile=profile)


def order(folder, profile="workstation", told=lambda _: None, **more):
    usual = ("sensevoice", "cosyvoice")
    made = Order(profile, Assistant(lambda: NOW), usual, ("", ""), ("parley", "espeak"), {}, folder / "models",
                 folder / "cache", lockstep=True, device="cpu", told=told)  # fmt: skip
    return replace(made, **more)


def sockets():
    """Of this process, where the system tells."""
    fds = Path("/proc/self/fd")
    return sum("socket:" in str(fd.readlink()) for fd in fds.iterdir() if fd.is_symlink()) if fds.is_dir() else 0


# -- from the hub to sound ------------------------------------------------------------------------------------
def test_what_was_pulled_is_converted_and_loads(home):
    store = Store(home / "models")
    folder = store.folder(VOICES[2])
    assert {"llm.safetensors", "flow.safetensors", "hift.safetensors"} <= {p.name for p in folder.iterdir()}
    assert not list(folder.glob("[lfh]*.pt"))
    model = load_cosyvoice(store.find(VOICES[2]))
    assert model.version == 2
    assert list(model.speakers) == ["anna"]


def words_of(outcome, kind, reply):
    return " ".join(n.text for n in outcome.of(kind) if n.reply == reply).split()


def heard_last(outcome, reply):
    return [n.text for n in outcome.of(m.ReplyHeard) if n.reply == reply][-1].split()


def sounds(outcome, reply):
    """Root mean square of what the loudspeaker played of it."""
    start, end = (next(n.t for n in outcome.of(kind) if n.reply == reply)
                  for kind in (m.ReplyStarted, m.ReplyEnded))  # fmt: skip
    return np.sqrt(np.mean(np.square(outcome.assistant[round(start * DEVICE_HZ) : round(end * DEVICE_HZ)])))


def test_a_conversation_on_the_workstation_is_heard_answered_and_interrupted(home, nothing_left):
    outcome = rehearse(scenario("02_interruption", "workstation"), make_cast(settings("workstation"), "workstation"))
    assert not [n for n in outcome.of(m.Notice) if n.severity is m.Severity.ERROR]
    assert len(outcome.of(m.ReplyStarted)) == len(outcome.of(m.ReplyEnded)) == 2
    assert all(n.text for n in outcome.of(m.FinalWords))
    assert sounds(outcome, 1) > 1e-3
    assert sounds(outcome, 2) > 1e-3
    assert heard_last(outcome, 2) == words_of(outcome, m.ReplyText, 2)      # every word was marked, in order
    written, heard = words_of(outcome, m.ReplyText, 1), heard_last(outcome, 1)
    assert heard == written[: len(heard)]
    (over,) = overlaps(outcome)
    assert over.duck_ms is not None
    assert over.silent_ms is not None
    assert not over.came_back


def test_a_conversation_with_a_server_is_spoken_and_leaves_nothing_open(home, nothing_left):
    before = sockets()
    with serving(speaks("Good mor", "ning to you. ", "And how are", " you?")) as there:
        chosen = settings("server", voice=VoiceSettings(voice="anna", engine="cosyvoice"),
                          listen=ListenSettings(engine="sensevoice"),
                          brain=BrainSettings(server=there.url, model="second", persona="concise"))  # fmt: skip
        outcome = rehearse(scenario("03_stop", "server"), make_cast(chosen, "server"))
        asked = there.asked[0]
    assert not [n for n in outcome.of(m.Notice) if n.severity is m.Severity.ERROR]
    assert words_of(outcome, m.ReplyText, 1) == ["Good", "morning", "to", "you.", "And", "how", "are", "you?"]
    assert sounds(outcome, 1) > 1e-3
    assert asked["model"] == "second"
    assert asked["messages"][-1]["content"].splitlines()[-1] == outcome.of(m.FinalWords)[0].text
    assert sockets() <= before


@pytest.mark.filterwarnings("default")                           # another program's
def test_a_conversation_with_transformers_serve(home, transformers_server, monkeypatch):
    url, name = transformers_server
    monkeypatch.setattr(server_kinds, "LIMITS", (40,))
    monkeypatch.setattr(chat, "offered", lambda voices=(): {"get_time": offered()["get_time"]})
    chosen = settings("server", voice=VoiceSettings(engine="espeak"), listen=ListenSettings(engine="sensevoice"),
                      brain=BrainSettings(server=url, model=name))  # fmt: skip
    assert doctor_models.server(chosen)["trouble"] == ""
    outcome = rehearse(scenario("03_stop", "server"), make_cast(chosen, "server"))
    assert not [n for n in outcome.of(m.Notice) if n.severity is m.Severity.ERROR]
    assert words_of(outcome, m.ReplyText, 1)
    assert np.abs(outcome.assistant).max() > 0.01


def test_how_it_was_said_reaches_the_brain(home):
    """The ears' tags go through the session into what the model is told."""
    told = []
    cast = make_cast(settings("workstation"), "workstation")

    def make(now, lockstep):
        made = cast.make(now, lockstep)

        def listen(body):
            for words in made.listen(body):
                yield replace(words, tags=HeardTags("ja", "sad", "laughter")) if words.final else words

        def think(prompt):
            told.append(prompt.tags)
            yield Say("I see.")

        return replace(made, listen=listen, think=think)

    rehearse(scenario("03_stop", "workstation"), replace(cast, make=make))
    assert told[0] == ("the user speaks Japanese", "the user sounds sad", "the user laughs")


def test_models_are_read_once_and_progress_is_told(home):
    lines = []
    loaded.forget()
    for _ in range(2):
        profile_makers.workstation(order(home, told=lambda what: lines.append(str(what)))).stop()
    assert lines.count("Qwen--Qwen3-0.6B: reads what thinks (fp32)") == 1
    assert sum("reads what listens" in line for line in lines) == 1
    assert lines.count("workstation: ready") == 2


# -- what is missing is one line ------------------------------------------------------------------------------
def test_models_that_are_missing_are_one_line(tmp_path):
    size = sum(r.bytes for r in catalogue.load().named("workstation")) / 1e9
    line = f"^workstation needs {size:.1f} GB of models; run: parley models pull workstation$"
    with pytest.raises(NotHere, match=line):
        profile_makers.workstation(order(tmp_path))


def test_the_profile_asked_for_goes_before_the_scenarios(tmp_path, capsys):
    assert main(["converse", "03_stop", "--profile", "workstation", "--out", str(tmp_path / "out")]) == 3
    assert "run: parley models pull workstation" in capsys.readouterr().err


def test_a_chat_model_that_is_not_here_is_named(home):
    with pytest.raises(NotHere, match=r"brain\.model: some/model is not here; run: parley models pull some/model"):
        profile_makers.workstation(order(home, mind=Mind(model="some/model")))


def test_packages_that_are_missing_are_one_line(home, monkeypatch):
    monkeypatch.setattr(make_stages, "find_spec", lambda name: None if name == "transformers" else object())
    asked = {name: make for name, make in profile_makers.PROFILE_MAKERS.items() if name != "server"}
    asked["server"] = partial(make_stages.recogniser_for, spare=True)       # where the user names what needs them
    for name, make in asked.items():
        with pytest.raises(NotHere, match=f"profile {name} needs transformers; run: pip install 'parley.local.'"):
            make(order(home, name, own=("sensevoice", "") if name == "server" else ("", "")))


def test_a_server_is_enough_with_the_embedded_ears_and_voice(tmp_path, nothing_left):
    lines = []
    with serving(speaks("Hello there.")) as there:
        made = profile_makers.server(order(tmp_path, "server", lambda what: lines.append(str(what)),
                                           mind=Mind(server=there.url)))  # fmt: skip
        try:
            assert any("SenseVoiceSmall" in line and line.endswith("until then parley listens") for line in lines)
            assert any("CosyVoice2" in line and line.endswith("until then eSpeak NG speaks") for line in lines)
            assert [p.text for p in made.think(Prompt("hello you")) if isinstance(p, Say)] == ["Hello there."]
            assert sum(len(chunk.pcm) for chunk in made.speak(Phrase("Hello there.", last=True))) > VOICE_HZ / 4
        finally:
            made.stop()


def test_what_the_user_names_is_never_replaced(tmp_path):
    with serving(speaks("Hello.")) as there:
        mind = Mind(server=there.url)
        for own in (("sensevoice", "espeak"), ("parley", "cosyvoice")):
            with pytest.raises(NotHere, match="run: parley models pull FunAudioLLM"):
                profile_makers.server(order(tmp_path, "server", own=own, mind=mind))


def test_without_a_server_the_line_says_what_to_do(tmp_path):
    with pytest.raises(NotHere, match=r"set brain\.server to its address"):
        profile_makers.server(order(tmp_path, "server", own=("parley", "espeak")))
    nobody = Mind(server="http://127.0.0.1:9/v1")
    with pytest.raises(Trouble, match="no server answers there"):
        profile_makers.server(order(tmp_path, "server", own=("parley", "espeak"), mind=nobody))


def test_large_ears_and_voices_need_their_profiles():
    embedded = load_profile("embedded", TurnRules)
    voice, ears = VoiceSettings(engine="cosyvoice"), ListenSettings(engine="sensevoice")
    for chosen in (Settings(voice=voice), Settings(listen=ears)):
        with pytest.raises(NotHere, match=r"in the profiles .*workstation, server"):
            make_parts(embedded, chosen, Assistant(lambda: NOW), lockstep=True)


# -- the doctor -----------------------------------------------------------------------------------------------
def test_doctor_asks_the_server_that_was_chosen_and_no_other():
    assert doctor_models.server(Settings(brain=BrainSettings(server="http://127.0.0.1:9/v1"))) is None
    with serving(speaks("Hello.")) as there:
        chosen = Settings(profile="server", brain=BrainSettings(server=there.url))
        assert doctor_models.server(chosen) == {"url": there.url, "model": "first", "trouble": ""}
    assert "no server answers there" in doctor_models.server(chosen)["trouble"]
