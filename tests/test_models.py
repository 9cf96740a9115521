"""`parley models`, what the catalogue says, and what fits: no network, but a hub on this machine."""

import io
import json
import math
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from app.__main__ import main
from app.cli import doctor_models, models
from app.settings.schema import BrainSettings, Settings
from audio_io.errors import NotHere, WrongUse
from engine.models import catalogue
from engine.models import memory_fit as fits
from engine.models.catalogue import File, Repository

KNOWN = catalogue.load()
GB = 10**9


# -- the catalogue ------------------------------------------------------------------------------------------
def test_every_profile_with_models_is_in_the_catalogue_and_every_table_of_keys_exists():
    assert set(KNOWN.profiles) == {"workstation", "server", "aligned"}
    tables = {p.stem for p in (catalogue.CATALOGUE.parent / "models" / "keys").glob("*.tsv")}
    assert {f.keys for r in KNOWN.repositories.values() for f in r.files} - {""} == tables
    used = {name for p in KNOWN.profiles.values() for names in p.roles.values() for name in names}
    assert used == set(KNOWN.repositories)


def test_sizes_agree_with_the_tables_of_keys():
    for repository in KNOWN.repositories.values():
        for file in repository.files:
            if file.keys:
                lines = (catalogue.CATALOGUE.parent / "models" / "keys" / f"{file.keys}.tsv").read_text().splitlines()
                rows = dict(line.split("\t") for line in lines if not line.startswith("llm.model.lm_head"))  # tied
                numbers = sum(math.prod(int(n) for n in re.findall(r"\d+", shape)) for shape in rows.values())
                assert file.bytes == pytest.approx(4 * numbers, rel=1e-3)


@pytest.mark.parametrize(("change", "says"), [
    (("version = 1", "version = 2"), "version must be 1"),
    (("[[licence]]", "[[license]]"), "license is not a part of the catalogue (did you mean licence?)"),
    (('licence = "apache-2.0"', 'licence = "apache"'), "licence cannot be 'apache'"),
    (("bytes = 28_303_423", "bytes = -1"), "bytes must be a whole number"),
    (("bytes = 28_303_423", "size = 28"), "size is not a part of a file"),
    (('"am.mvn"', '"../am.mvn"'), "must be a path inside the repository"),
    (('speaks = ["FunAudioLLM/CosyVoice2-0.5B"]', 'speaks = ["FunAudioLLM/Cosy"]'),
     "names FunAudioLLM/Cosy, which is no repository"),
    (('name = "mit"', 'name = "mit'), "is not TOML"),
])  # fmt: skip
def test_a_wrong_catalogue_is_refused_with_the_key(tmp_path, change, says):
    text = catalogue.CATALOGUE.read_text()
    path = tmp_path / "models.toml"
    if says == "is not TOML":
        text, change, says = "a = [", ("", ""), "not TOML"
    assert change[0] in text
    path.write_text(text.replace(*change, 1))
    with pytest.raises(WrongUse) as wrong:
        catalogue.load(path)
    assert says in str(wrong.value)
    assert str(path) in str(wrong.value)


def test_neither_a_profile_nor_a_repository_is_said_so():
    with pytest.raises(WrongUse, match=r"'workstatio' is neither .* \(did you mean workstation\?\)"):
        KNOWN.named("workstatio")


def test_the_command_loads_no_large_library():
    code = ("import sys, app.__main__, engine.models.memory_fit; "
            "print(sorted({'torch', 'transformers', 'huggingface_hub', 'safetensors', 'httpx2'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# -- what fits ----------------------------------------------------------------------------------------------
def everything(module):
    return True


def fit(profile, machine, left=lambda repository: 0, here=everything):
    return fits.fit(KNOWN, KNOWN.profiles[profile], machine, left, here)


@pytest.mark.parametrize(("vram", "width"), [(8, "4-bit"), (12, "4-bit"), (16, "8-bit"), (24, "bf16"), (140, "bf16")])
def test_the_wider_the_card_the_less_is_quantised(vram, width):
    found = fit("workstation", fits.Machine(32 * GB, "card", int(0.97 * vram * 2**30)))
    assert found.missing == ()
    assert found.width == width
    assert found.needs <= found.free
    assert ("Qwen/Qwen2.5-7B-Instruct" in found.models) == (vram >= 12)


def test_the_memory_of_each_width_is_counted():
    chat = KNOWN.repositories["Qwen/Qwen2.5-7B-Instruct"].parts[0]
    sizes = {bits: fits.bytes_of(chat, bits) for bits in (16, 8, 4)}
    assert sizes[16] == 2 * chat.params + chat.kv * fits.CONTEXT
    assert sizes[4] < sizes[8] < sizes[16]
    assert sizes[4] > 2 * chat.embedding + 0.5 * (chat.params - chat.embedding)


def test_what_stands_in_the_way_is_named():
    bare = fit("workstation", fits.Machine(32 * GB), lambda repository: repository.bytes, lambda module: False)
    assert any("torch" in line and "parley[local]" in line for line in bare.missing)
    assert "an NVIDIA card" in bare.missing
    small = fit("workstation", fits.Machine(32 * GB, "card", 4 * GB))
    assert any("GB more free memory of the card" in line for line in small.missing)
    old = fit("workstation", fits.Machine(32 * GB, "card", 24 * GB, "a torch with CUDA"))
    assert old.missing == ("a torch with CUDA",)
    to_fetch = fit("workstation", fits.Machine(32 * GB, "card", 24 * GB), lambda repository: GB)
    assert to_fetch.missing == ("3.0 GB of models: parley models pull workstation",)
    other = fit("workstation", fits.Machine(32 * GB, "card", int(8.3 * GB)), lambda repository: GB)
    assert "Qwen/Qwen3-4B-Instruct-2507" in other.missing[0]
    without = fit("workstation", fits.Machine(32 * GB, "card", 12 * GB), here=lambda module: module != "bitsandbytes")
    assert without.missing == ("bitsandbytes: pip install 'parley[quantised]'",)
    assert any("server" in line for line in fit("server", fits.Machine(GB, "card", 8 * GB)).missing)


def test_memory_is_read_where_the_system_tells_it(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal:  2048 kB\nMemAvailable:    1024 kB\nHugePages_Total:       0\n")
    assert fits.ram_free(tmp_path / "meminfo") == 1 << 20
    assert fits.ram_free(tmp_path / "none") > 1 << 26
    two = [{"name": "a", "free_mib": 100}, {"name": "b", "free_mib": 200}, {"name": "c", "free_mib": None}]
    found = fits.machine(two, lambda: "why")
    assert (found.card, found.vram_free, found.no_cuda) == ("b", 200 << 20, "why")
    assert fits.machine([], lambda: "why").card == ""


def test_doctor_says_what_fits_before_anything_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_models.fits, "cuda_lacks", lambda: "")
    settings = replace(Settings(), models_dir=str(tmp_path))
    cards = [{"name": "Card", "free_mib": 12_000}]
    found = doctor_models.examine(settings, cards)
    told = "\n".join(doctor_models.lines(json.loads(json.dumps(found))))
    assert re.search(r"workstation +10.4 GB of 12.6 GB free graphics memory, chat model at 4-bit: Sense", told)
    assert "19.3 GB of models: parley models pull workstation" in told
    assert [one["profile"] for one in found["profiles"]] == ["workstation", "server", "aligned"]
    assert "an NVIDIA card" in "\n".join(doctor_models.lines(doctor_models.examine(settings, [])))
    (tmp_path / "parley-models.json").write_text("{")
    assert "parley-models.json: is damaged" in doctor_models.lines(doctor_models.examine(settings, cards))[0]


# -- the command --------------------------------------------------------------------------------------------
@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PARLEY_SETTINGS", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")          # main() sets it: restored after the test
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    return tmp_path / "home"


def test_list_says_what_each_profile_needs(home, capsys):
    assert main(["models", "list"]) == 0
    told = capsys.readouterr().out
    assert "workstation (with a graphics card): 19.3 GB, 19.3 GB of it to download" in told
    assert "FunASR Model License 1.1: free to use" in told
    assert main(["models", "list", "--profile", "server", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [p["name"] for p in found["profiles"]] == ["server"]
    assert not any(m["whole"] for m in found["models"].values())
    assert main(["models", "list", "--profile", "servr"]) == 2
    assert "(did you mean server?)" in capsys.readouterr().err


def test_list_says_what_the_default_has_and_what_it_could_have(home, capsys):
    assert main(["models", "list", "--profile", "embedded"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"hears +whisper-base +148 MB  here", told)
    assert "`parley models pull qwen3-1.7b` fetches it" in told
    assert main(["models", "list", "--profile", "embedded", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["embedded"]
    assert sum(row["recommended"] for row in rows) == 1


def test_a_licence_is_asked_for_and_offline_is_refused(home, capsys, monkeypatch):
    assert main(["models", "pull", "FunAudioLLM/SenseVoiceSmall"]) == 3
    told = capsys.readouterr().err
    assert "FunASR Model License 1.1" in told
    assert "--accept-licence" in told
    home.mkdir()
    (home / "settings.yaml").write_text("privacy: {offline: true}\n")
    assert main(["models", "pull", "FunAudioLLM/SenseVoiceSmall", "--accept-licence"]) == 3
    assert "privacy.offline is on" in capsys.readouterr().err
    assert main(["models", "pull", "nonsense"]) == 2
    assert main(["models", "pull", "server", "--folder", str(home)]) == 1


@pytest.mark.parametrize(("answer", "code"), [("y\n", 3), ("n\n", 1), ("", 1)])
def test_the_question_is_asked_once(home, capsys, monkeypatch, answer, code):
    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return answer

    home.mkdir()
    (home / "settings.yaml").write_text("privacy: {offline: true}\n")
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main(["models", "pull", "FunAudioLLM/SenseVoiceSmall"]) == code
    asked = capsys.readouterr().err
    assert "Do you agree? [y/N]" in asked
    assert main(["models", "pull", "FunAudioLLM/SenseVoiceSmall"]) == code
    assert ("Do you agree?" in capsys.readouterr().err) == (code == 1)


def test_verify_of_what_is_not_here(home, capsys):
    assert main(["models", "verify"]) == 0
    assert "No models in" in capsys.readouterr().out
    assert main(["models", "verify", "Qwen/Qwen3-8B"]) == 1
    assert "holds nothing that was verified; `parley models pull" in capsys.readouterr().err


def test_a_repository_goes_through_the_command(home, capsys, monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub", reason="the extra `local` is not installed")
    from hub_server import HubServer

    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    small = Repository("Owner/Voice", "main", KNOWN.licences["funasr-1.1"], "for tests",
                       (File("voice.onnx", 5000), File("config.json", 2)), (), 5002, False, ())  # fmt: skip
    monkeypatch.setitem(KNOWN.repositories, small.name, small)
    server = HubServer()
    try:
        server.repositories = {small.name: {"voice.onnx": b"v" * 5000, "config.json": b"{}"},
                               "Some/Chat": {"model.safetensors": b"c" * 500, "config.json": b"{}"}}  # fmt: skip
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert main(["models", "pull", "Owner/Voice", "Some/Chat", "--accept-licence", "--json"]) == 0
        steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert steps[-1] | {"bytes_per_s": 0} == {"repository": "Some/Chat", "file": "", "doing": "done", "done": 502,
                                                  "total": 502, "bytes_per_s": 0}  # fmt: skip
        assert main(["models", "pull", "Owner/Voice"]) == 0      # agreed to already
        assert "Owner/Voice: whole, 0.005 MB at c0ffee000000" in capsys.readouterr().out
        assert main(["models", "verify"]) == 0
        told = capsys.readouterr().out
        assert "Owner/Voice: whole" in told
        assert "Some/Chat: whole" in told
        assert main(["models", "list"]) == 0
        assert "of your own choice" in capsys.readouterr().out
        (home / "models" / "Owner--Voice" / "voice.onnx").write_bytes(b"w" * 5000)
        assert main(["models", "verify", "Owner/Voice"]) == 1
        assert "voice.onnx: is damaged" in capsys.readouterr().err
    finally:
        huggingface_hub.close_session()
        server.stop()


def test_progress_is_one_line_now_and_then(capsys):
    now = [0.0]
    show = models.Progress(False, lambda: now[0])
    for n in range(101):
        now[0] = n / 20
        show(models.pull.Step("o/r", "f", "fetches", n * 10**6, 10**8))
    show.end()
    lines = capsys.readouterr().err.splitlines()
    assert 5 <= len(lines) <= 8
    assert lines[-1] == "o/r: 100 % of 100 MB, 20.0 MB/s, fetches f"


# -- what is named on the command line ------------------------------------------------------------------------
@pytest.mark.parametrize(("argv", "code", "says"), [
    (["pull"], 2, "`parley models pull chat` fetches its chat model. Or name another profile (workstation"),
    (["pull", "--profile", "embedded"], 2, "`parley models pull chat` fetches"),
    (["pull", "--profile", "server"], 3, "its licence has to be agreed to"),
    (["verify", "--profile", "server"], 1, "is missing; `parley models pull FunAudioLLM/SenseVoiceSmall`"),
    (["verify"], 0, "`parley models pull PROFILE` fetches them"),
])  # fmt: skip
def test_the_profile_is_what_is_meant_where_nothing_is_named(argv, code, says, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["models", *argv]) == code
    out = capsys.readouterr()
    assert says in out.out + out.err


def test_what_a_recorded_flow_takes_is_counted_where_it_is_recorded():
    flow = next(p for p in KNOWN.repositories["FunAudioLLM/CosyVoice2-0.5B"].parts if p.name == "flow")
    assert fits.bytes_of(flow, 16, roomy=True) - fits.bytes_of(flow, 16) == flow.beside > 10**9
    needs = [fit("server", fits.Machine(32 * GB, "card", free)).needs for free in (fits.ROOMY - 1, fits.ROOMY)]
    assert needs[1] - needs[0] == flow.beside
    assert fit("workstation", fits.Machine(32 * GB, "card", fits.ROOMY)).missing == ()


def test_the_chat_model_that_suits_a_machine():
    from engine.llm.choose import Machine, recommended

    names = [one.name for one in recommended(Machine(8_000_000_000, 2))]
    assert names[:2] == ["qwen3-1.7b", "qwen2.5-coder-1.5b"]
    assert recommended(Machine(32_000_000_000, 8))[0].name == "qwen3-4b"
    assert [one.name for one in recommended(Machine(2_000_000_000, 2))] == ["qwen2.5-coder-0.5b"]
    assert not recommended(Machine(1_000_000_000, 2))


def test_pull_chat_tries_what_suits_in_turn_and_says_why(home, capsys, monkeypatch):
    from engine.llm import choose
    from engine.models.sources import Sources

    tried: list[str] = []

    def fetch(self, weights, told=None, cancel=None):
        tried.append(weights.name)
        raise NotHere(f"{weights.name}: no source is reached")

    monkeypatch.setattr(choose, "machine_here", lambda: choose.Machine(8_000_000_000, 2))
    monkeypatch.setattr(Sources, "fetch", fetch)
    assert main(["models", "pull", "chat"]) == 3
    assert tried == ["qwen3-1.7b", "qwen2.5-coder-1.5b", "qwen3-0.6b", "qwen2.5-coder-0.5b"]
    assert "no chat model could be fetched: qwen3-1.7b: no source is reached" in capsys.readouterr().err


def test_doctor_tells_what_thinks_and_what_is_missing(tmp_path, monkeypatch):
    from engine.llm import find_servers

    ollama = find_servers.Found("Ollama", "http://127.0.0.1:11434/v1", ("a",))
    monkeypatch.setattr(find_servers, "find", lambda: (ollama,))
    found = doctor_models.mind(Settings(models_dir=str(tmp_path)))
    lines = doctor_models.mind_lines(found)
    assert "parley models pull chat" in lines[0]
    assert lines[1] == "            Ollama runs here with a: profile server, brain.server http://127.0.0.1:11434/v1"
    named = doctor_models.mind(Settings(models_dir=str(tmp_path), brain=BrainSettings(model="/no/where.gguf")))
    assert "there is no such chat model" in doctor_models.mind_lines(named)[0]
