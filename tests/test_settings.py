"""Settings: what is wrong is told with the file, the key and the nearest right name; nothing is lost."""

from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.settings.declaration import LIVE, NEXT_START, PAGES, REBUILD
from app.settings.folders import folders, hub
from app.settings.schema import DECLARED, BrainSettings, Settings, value_of
from app.settings.settings import PROFILE_FILES, changed, load, load_profile, save
from audio_io.errors import NotHere, Trouble, WrongUse
from engine import strict_yaml
from engine.runtime.profile import Costs
from engine.turns.rules import TurnRules

LENIENT = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def env(tmp_path):
    return {"PARLEY_HOME": str(tmp_path / "home")}


def put(tmp_path: Path, text: str | bytes, name: str = "settings.yaml") -> Path:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_without_any_file_the_defaults_hold(env, tmp_path):
    s = load(environ=env)
    assert s == Settings()
    assert (s.profile, s.mode, s.turns.patience, s.turns.barge_in) == ("embedded", "open", 0.5, 0.5)
    assert s.privacy.record is False
    assert s.notes(env) == tmp_path / "home" / "notes"


def test_later_layers_win_and_leave_the_rest(env, tmp_path):
    (tmp_path / "home").mkdir()
    put(tmp_path / "home", "turns: {patience: 0.1, barge_in: 0.2}\nvoice: {rate: 1.5}\nmode: push\n")
    more = put(tmp_path, "turns: {barge_in: 0.3}\nlisten: {words: [Zoë, Jean-Luc, St. Ives]}\n", "more.yaml")
    s = load(more, {"voice.rate": 2, "audio.canceller": "off"}, env)
    assert (s.turns.patience, s.turns.barge_in, s.voice.rate, s.mode) == (0.1, 0.3, 2.0, "push")
    assert s.listen.words == ("Zoë", "Jean-Luc", "St. Ives")
    assert s.audio.canceller == "off"
    assert s.voice.style().rate == 2.0


def test_the_profile_stands_between_the_defaults_and_the_user(env, tmp_path, monkeypatch):
    folder = tmp_path / "profiles"
    folder.mkdir()
    text = "listens: a\nthinks: b\nspeaks: c\nsettings: {turns: {patience: 0.9}, voice: {rate: 0.7}}\n"
    put(folder, text, "embedded.yaml")
    monkeypatch.setattr("app.settings.settings.PROFILE_FILES", folder)
    s = load(put(tmp_path, "voice: {rate: 1.2}"), environ=env)
    assert (s.turns.patience, s.voice.rate) == (0.9, 1.2)
    back = load(save(s, tmp_path / "saved.yaml"), environ=env)
    assert back == s
    assert "patience" not in (tmp_path / "saved.yaml").read_text()      # the profile's own choice stays its own


@pytest.mark.parametrize(("text", "words"), [
    ("turns: {puase_ms: 3}", "turns.puase_ms is not a setting"),
    ("turns: {patient: 1}", "turns.patient is not a setting (did you mean patience?)"),
    ("turn: {patience: 1}", "turn is not a setting (did you mean turns?)"),
    ("turns: {patience: 1.5}", "turns.patience must be a number from 0 to 1, not 1.5"),
    ("turns: {patience: high}", "turns.patience must be a number from 0 to 1, not 'high'"),
    ("turns: {patience: .nan}", "turns.patience must be a number"),
    ("turns: {patience: .inf}", "turns.patience must be a number"),
    ("turns: {patience: true}", "turns.patience must be a number from 0 to 1, not true"),
    ("turns: {patience: }", "turns.patience has no value"),
    ("turns: {resume: 1}", "turns.resume must be true or false, not 1"),
    ("turns: 7", "turns must be a mapping of names to values, not 7"),
    ("mode: opne", "mode cannot be 'opne' (did you mean open?)"),
    ("audio: {canceller: of}", "(did you mean off?)"),
    ("audio: {input: 3}", "put quotes around 3"),
    ('audio: {input: "a\\nb"}', "audio.input must be one line of text"),
    ("profile: embeded", "profile cannot be 'embeded' (did you mean embedded?)"),
    ("listen: {words: [ok, 3]}", "listen.words[2] must be text; put quotes around 3"),
    ("listen: {words: {a: b}}", "listen.words must be a list"),
    ("listen: {words: [r2d2]}", "'r2d2' is not a word"),
    ("notes_dir: notes", "notes_dir must be an absolute path"),
    ("models_dir: ./models", "models_dir must be an absolute path"),
    ("remarks: [a]", "remarks is not a setting"),
    ("voice: {rate: 1}\nvoice: {rate: 2}", ", line 2: voice is there twice"),
    ("turns:\n\tpatience: 1", ", line 2: a tab"),
    ("turns: {patience: 1", "line 1: not YAML"),
    ("a: b: c", "line 1: not YAML"),
    ("- a\n- b", "must be `name: value` lines"),
    ("just words", "must be `name: value` lines"),
    ("a: &x 1\nb: *x", ", line 1: anchors"),
    ("mode: !!python/object:os.system open", "the tag"),
    ("mode: open\n---\nmode: push", "line 2: not YAML"),
    ("[" * 400, "nested more than"),
    ('mode: "\\UFFFFFFFF"', "not YAML"),
    ("mode: \x07", "line 1: a character"),
    ("version: two", "version must be a whole number"),
    (b"voice: \xff\xfe", "byte 7 is not UTF-8"),
    (b"\0" * 300_000, "larger than 256 KiB"),
])
def test_what_is_wrong_is_said_in_one_line(env, tmp_path, text, words):
    with pytest.raises(WrongUse) as caught:
        load(put(tmp_path, text), environ=env)
    line = str(caught.value)
    assert line.startswith(str(tmp_path / "settings.yaml"))
    assert words in line, line
    assert "\n" not in line
    assert caught.value.code == 2


def test_the_line_of_the_style_guide(tmp_path):
    @dataclass(frozen=True)
    class Rules:
        pause_ms: int = 500
    table = strict_yaml.parse("turns: {puase_ms: 3}", "settings.yaml").table("turns")
    with pytest.raises(WrongUse) as caught:
        strict_yaml.filled(Rules(), table)
    assert str(caught.value) == "settings.yaml: turns.puase_ms is not a setting (did you mean pause_ms?)"


def test_words_that_yaml_would_turn_into_something_else(env, tmp_path):
    s = load(put(tmp_path, "audio: {canceller: off}\nturns: {resume: no}\nlisten: {words: [No, on]}"), environ=env)
    assert s.audio.canceller == "off"
    assert s.turns.resume is False
    assert s.listen.words == ("No", "on")


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "turns:\n", "\ufeffmode: open\n", "---\n{}\n"])
def test_a_file_with_nothing_in_it_changes_nothing(env, tmp_path, text):
    assert load(put(tmp_path, text), environ=env) == Settings()


def test_files_that_are_not_there_or_not_files(env, tmp_path):
    for bad in (tmp_path / "none.yaml", tmp_path, "a\0b"):
        with pytest.raises(WrongUse):
            load(bad, environ=env)
    with pytest.raises(WrongUse, match="no such file"):
        load(environ={**env, "PARLEY_SETTINGS": str(tmp_path / "none.yaml")})


def test_the_command_line_is_checked_too(env):
    with pytest.raises(WrongUse, match=r"command line: turns\.patienc is not a setting \(did you mean patience\?\)"):
        load(None, {"turns.patienc": 1}, env)
    with pytest.raises(WrongUse, match="command line: turns is given as a value and as a section"):
        load(None, {"turns": 1, "turns.patience": 1}, env)


def test_a_newer_file_is_read_as_far_as_known_and_not_overwritten(env, tmp_path):
    file = put(tmp_path, "version: 9\nmode: push\nfuture: {a: 1}\nturns: {patience: 0.2, mood: 3}\n")
    s = load(file, environ=env)
    assert (s.mode, s.turns.patience) == ("push", 0.2)
    assert len(s.remarks) == 1
    assert "version 9" in s.remarks[0]
    before = file.read_bytes()
    with pytest.raises(WrongUse, match="not overwritten"):
        save(s, file)
    assert file.read_bytes() == before


# -- the profiles shipped -------------------------------------------------------------------------
def test_every_profile_file_fits_the_rules_of_the_core():
    assert PROFILE_FILES.is_dir()
    for file in PROFILE_FILES.glob("*.yaml"):
        profile = load_profile(file.stem, TurnRules)
        TurnRules(**profile.turns)
        assert profile.costs.final >= 0


def test_a_profile_with_a_misspelt_rule_or_cost(tmp_path, monkeypatch):
    monkeypatch.setattr("app.settings.settings.PROFILE_FILES", tmp_path)
    put(tmp_path, "listens: a\nthinks: b\nspeaks: c\nturns: {onset_sm: 64}\n", "embedded.yaml")
    with pytest.raises(WrongUse, match=r"turns\.onset_sm is not a rule of turns \(did you mean onset_ms\?\)"):
        load_profile("embedded", TurnRules)
    put(tmp_path, "listens: a\nthinks: b\nspeaks: c\nturns: {onset_ms: 96}\ncosts: {think: 5}\n", "embedded.yaml")
    profile = load_profile("embedded", TurnRules)
    assert profile.turns == {"onset_ms": 96}
    assert profile.costs == Costs(think=5)
    put(tmp_path, "listens: a\nthinks: b\nspeaks: c\ncosts: {think: 0.5}\n", "embedded.yaml")
    with pytest.raises(WrongUse, match=r"costs\.think must be a whole number from 0 to 1000"):
        load_profile("embedded")


# -- folders --------------------------------------------------------------------------------------
def test_where_each_system_keeps_such_things():
    linux = folders({"HOME": "/h"}, "linux")
    assert linux.settings == Path("/h/.config/parley/settings.yaml")
    assert linux.home == Path("/h/.local/share/parley")
    moved = folders({"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "relative"}, "linux")
    assert moved.settings == Path("/c/parley/settings.yaml")
    assert moved.home == Path("/h/.local/share/parley")
    mac = folders({"HOME": "/h"}, "darwin")
    assert mac.settings == Path("/h/Library/Application Support/Parley/settings.yaml")
    windows = folders({"HOME": "/h", "APPDATA": "/r", "LOCALAPPDATA": "/l"}, "win32")
    assert (windows.settings, windows.home) == (Path("/r/Parley/settings.yaml"), Path("/l/Parley"))


def test_parley_home_and_parley_settings_win():
    own = folders({"PARLEY_HOME": "/p", "HOME": "/h", "XDG_CONFIG_HOME": "/c"}, "linux")
    assert (own.settings, own.home, own.named) == (Path("/p/settings.yaml"), Path("/p"), False)
    named = folders({"PARLEY_HOME": "/p", "PARLEY_SETTINGS": "/s.yaml"}, "linux")
    assert (named.settings, named.home, named.named) == (Path("/s.yaml"), Path("/p"), True)


def test_a_user_without_a_home(monkeypatch):
    def lost() -> Path:
        raise RuntimeError("Could not determine home directory.")
    monkeypatch.setattr(Path, "home", lost)
    with pytest.raises(NotHere, match="set PARLEY_HOME"):
        folders({}, "linux")
    assert folders({"PARLEY_HOME": "/p"}, "linux").home == Path("/p")


# -- the brain ------------------------------------------------------------------------------------
def test_the_key_comes_from_a_file_or_the_environment_and_is_never_shown(env, tmp_path):
    file = put(tmp_path, " s3cret \nmore\n", "key")
    brain = load(overrides={"brain.key_file": str(file), "brain.server": "http://x/v1"}, environ=env).brain
    assert brain.key({}) == "s3cret"
    assert "s3cret" not in repr(brain)
    assert BrainSettings().key({"PARLEY_SERVER_KEY": " k \n"}) == "k"
    assert BrainSettings().key({}) == ""


@pytest.mark.parametrize("text", [b"", b"\n\nkey", b"\xff\xfe", "kéy".encode(), b"a\x07b"])
def test_a_key_file_without_a_key_is_named(env, tmp_path, text):
    file = put(tmp_path, text, "key")
    with pytest.raises(WrongUse, match=r"brain\.key_file: .*key"):
        BrainSettings(key_file=str(file)).key({})
    with pytest.raises(WrongUse, match="cannot be read"):
        BrainSettings(key_file=str(tmp_path / "none")).key({})


def test_a_persona_is_a_name_or_sentences(env, tmp_path):
    said = "You are a pirate, " * 100
    assert load(put(tmp_path, f"brain: {{persona: '{said}'}}"), environ=env).brain.persona == said
    with pytest.raises(WrongUse, match=r"'freindly' is not a persona .did you mean friendly"):
        load(put(tmp_path, "brain: {persona: freindly}"), environ=env)
    with pytest.raises(WrongUse, match="at most 4000"):
        load(put(tmp_path, f"brain: {{persona: '{said * 3}'}}"), environ=env)


# -- any text, any settings -----------------------------------------------------------------------
NAMES = [f.name for f in fields(Settings)] + ["patience", "words", "rate", "version", "canceller", "x"]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
                    st.sampled_from(["open", "off", "embedded", "1:30", "2026-01-05", "~", "=", "<<", "0x1f"]))
TREES = st.recursive(
    SCALARS, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.sampled_from(NAMES), t, max_size=4))


@hypothesis_settings(max_examples=200, suppress_health_check=LENIENT)
@given(st.one_of(
    st.text(max_size=80).map(lambda t: t.encode("utf-8", "replace")),
    st.binary(max_size=60),
    st.text(alphabet="abm:-{}[],&*!|>'\"#%@`\t\n \\U0?~.<=", max_size=40).map(str.encode),
    TREES.map(lambda tree: repr(tree).replace("None", "null").encode("utf-8", "replace")),
))
@example(b"? [a]\n: b")
@example(b"!!int x")
@example(b"mode: !!float open")
@example(b"version: 1" + b"0" * 5000)
@example(b"%YAML 9.9\n---\na: 1")
@example(b'? "\\xff"\n')
@example(b"<<: {mode: open}")
def test_any_text_is_settings_or_one_line(env, tmp_path, text):
    with suppress(Trouble):
        assert isinstance(load(put(tmp_path, text), environ=env), Settings)


@st.composite
def some_settings(draw):
    def of(value):
        new = {}
        for f in fields(value):
            old = getattr(value, f.name)
            limits = f.metadata.get("limits", strict_yaml.Limits())
            if is_dataclass(old):
                new[f.name] = of(old)
            elif f.name == "words":
                new[f.name] = tuple(draw(st.lists(st.sampled_from(["Anna", "Zoë", "null", "yes", "on"]), max_size=3)))
            elif f.name in ("profile", "remarks", "notes_dir", "models_dir"):
                continue
            elif f.name == "persona":
                new[f.name] = draw(st.sampled_from(["friendly", "tutor", "You are: a 'pirate', #1 of them."]))
            elif limits.choices:
                new[f.name] = draw(st.sampled_from(limits.choices))
            elif isinstance(old, bool):
                new[f.name] = draw(st.booleans())
            elif isinstance(old, float):
                new[f.name] = draw(st.floats(limits.lo, limits.hi))
            else:
                new[f.name] = draw(st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=10))
        return type(value)(**new)
    return of(Settings())


@pytest.mark.parametrize("text", ["0E0", "1e5", ".5e3", "5E+3", "0x1F", "on", "1:30", "null", "~", "=", "", "1_000"])
def test_words_that_look_like_numbers_stay_words(tmp_path, text):
    file = tmp_path / "file.yaml"
    file.write_text(strict_yaml.written({"v": text}))
    assert strict_yaml.read(file, "a file").text("v") == text


@hypothesis_settings(max_examples=60, suppress_health_check=LENIENT)
@given(some_settings())
def test_what_is_saved_is_what_is_loaded(env, tmp_path, chosen):
    assert load(save(chosen, tmp_path / "saved.yaml"), environ=env) == chosen


def test_saving_where_one_cannot(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="file"):
        save(Settings(), tmp_path / "file" / "settings.yaml")


def test_the_first_saving_makes_the_folder(env, tmp_path):
    file = save(Settings(mode="push"), environ=env)
    assert file == tmp_path / "home" / "settings.yaml"
    assert load(environ=env).mode == "push"
    assert [p.name for p in file.parent.iterdir()] == ["settings.yaml"]


def test_models_lie_where_the_settings_say_and_only_a_download_may_ask_the_hub(tmp_path):
    environ = {"PARLEY_HOME": str(tmp_path)}
    assert Settings().models(environ) == tmp_path / "models"
    assert load(None, {"models_dir": "/data/m"}, environ).models(environ) == Path("/data/m")
    environ = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    assert hub(True, environ) == "http://127.0.0.1:9"
    assert "HF_HUB_OFFLINE" not in environ
    assert hub(False, environ) == "http://127.0.0.1:9"
    assert environ["HF_HUB_OFFLINE"] == environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    hub(True, environ)                           # a process of the window's that downloads
    assert "HF_HUB_OFFLINE" not in environ
    environ = {"HF_HUB_OFFLINE": "1"}            # the user's own wish stays
    hub(False, environ)
    hub(True, environ)
    assert environ["HF_HUB_OFFLINE"] == "1"


# -- one declaration a setting ------------------------------------------------------------------------------------
def test_every_value_that_a_setting_can_have_has_a_name_of_its_own():
    for one in DECLARED.values():
        if one.name != "voice.dialect":          # which are called what they are
            assert set(one.names) >= set(one.choices), one.name
        assert one.takes in (LIVE, REBUILD, NEXT_START)
        assert one.page in PAGES
        assert one.label


def test_what_the_declaration_says_is_what_a_file_may_say():
    for one in DECLARED.values():
        if isinstance(one.default, float):
            for value, fits in ((one.lo, True), (one.hi, True), (one.lo - 0.1, False), (one.hi + 0.1, False)):
                assert accepted(one.name, value) is fits
        if one.choices:
            assert all(accepted(one.name, value) for value in one.choices if one.name != "profile")
            assert not accepted(one.name, "nonsense")
        assert value_of(Settings(), one.name) == one.default


def accepted(name: str, value: object) -> bool:
    try:
        changed(Settings(), name, value)
    except WrongUse:
        return False
    return True


def test_a_recogniser_that_has_left_costs_one_line_and_not_the_file(env, tmp_path):
    file = put(tmp_path, "listen: {words: [zoltan], engine: pocketsphinx}\nmode: push\n")
    found = load(file, environ=env)
    assert (found.listen.engine, found.listen.words, found.mode) == ("", ("zoltan",), "push")
    line = "listen.engine: pocketsphinx has left Parley; the profile's own recogniser listens"
    assert found.remarks == (f"{file}: {line}",)
