"""Scenarios: what the file says is what happens, to the sample; what it cannot mean is refused in one line."""

import importlib.util
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import assets
from audio_io.dsp.vad import Vad
from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ, MIC_HZ, block_samples
from audio_io.room import RoomShape
from audio_io.wav import read_wav, write_wav
from engine.simulation import scenario
from engine.simulation.script import ANSWER_S, Script, samples

FLITE = shutil.which("flite") and "flite-2.2" in subprocess.run(
    ["flite", "--version"], capture_output=True, text=True).stdout
SHIPPED = sorted((Path(assets.__file__).parent / "scenarios").glob("*.yaml"))
BLOCK = block_samples(DEVICE_HZ)


def s(seconds: float) -> int:
    return samples(seconds)


@pytest.fixture
def write(tmp_path):
    """Puts a scenario beside one.wav (1 s) and half.wav (0.5 s), and loads it."""
    write_wav(tmp_path / "one.wav", np.full(MIC_HZ, 0.25, np.float32), MIC_HZ)
    write_wav(tmp_path / "half.wav", np.full(MIC_HZ // 2, 0.25, np.float32), MIC_HZ)

    def load(text: str, head: str = "version: 1\n") -> scenario.Scenario:
        file = tmp_path / "talk.yaml"
        file.write_bytes((head + text).encode("utf-8", "replace"))
        return scenario.load(file)
    return load


# -- the file -------------------------------------------------------------------------------------
def test_the_example_of_the_format_means_what_it_says(write):
    talk = write("""
profile: embedded            # optional
room: {delay_ms: 60, echo_db: -10, rt60_s: 0.3, nonlinear: false, drift_ppm: 0, noise_db: -65, seed: 1}
user:
  - {wav: one.wav, at: 1.0}
  - {wav: half.wav, after: reply_start, plus: 1.5}
  - {wav: half.wav, after: reply_start, reply: 2, plus: 1.0, gain_db: -6}
end: {after: last_reply_end, plus: 2.0, at_most: 60}
""")
    assert talk.profile == "embedded"
    assert talk.room == RoomShape(60, -10, 0.3, False, 0, -65, 1)
    assert [(c.after, c.reply, c.plus) for c in talk.user] == [
        ("", 0, 1.0), ("reply_start", 1, 1.5), ("reply_start", 2, 1.0)]
    assert talk.end == scenario.Ending("last_reply_end", 2.0, 60.0)
    assert talk.now == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    first, _, quiet = talk.user
    assert abs(first.seconds - 1.0) < 1e-3
    assert first.pcm.dtype == np.float32
    middle = slice(5000, 15000)
    assert quiet.pcm[middle].mean() == pytest.approx(0.25 * 10 ** (-6 / 20), abs=0.002)


def test_what_may_be_left_out(write):
    talk = write("user: []\n")
    assert (talk.room, talk.end, talk.profile, talk.user) == (RoomShape(), scenario.Ending(), None, ())


def test_the_clock_of_the_wall_can_be_set(write):
    talk = write("now: 2026-07-01T12:00:00+02:00\nuser: []\n")
    assert talk.now.astimezone(UTC) == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(("text", "words"), [
    ("usr: []", "usr is not a part of a scenario (did you mean user?)"),
    ("room: {}", "user is missing"),
    ("user: {wav: one.wav}", "user must be a list"),
    ("user: [one.wav]", "user[1] must be a mapping"),
    ("user: [{wav: one.wav, att: 1}]", "user[1].att is not a property of what the user says (did you mean at?)"),
    ("user: [{wav: one.wav}]", "user[1] needs `at` or `after`"),
    ("user: [{wav: one.wav, at: 1, after: reply_end}]", "user[1] has both `at` and `after`"),
    ("user: [{wav: one.wav, at: -1}]", "user[1].at must be a number from 0 to 3600"),
    ("user: [{wav: one.wav, at: 1, plus: 2}]", "user[1].plus belongs to `after`"),
    ("user: [{wav: one.wav, at: 1, reply: 2}]", "user[1].reply belongs to `after`"),
    ("user: [{at: 1}]", "user[1].wav is missing"),
    ("user: [{wav: none.wav, at: 1}]", "user[1].wav: "),
    ("user: [{wav: ., at: 1}]", "is a folder"),
    ("user: [{wav: talk.yaml, at: 1}]", "not a sound file"),
    ("user: [{wav: one.wav, at: 1}, {wav: one.wav, after: replystart}]", "(did you mean reply_start?)"),
    ("user: [{wav: one.wav, at: 1}, {wav: one.wav, after: reply_start, reply: 0}]", "user[2].reply must be a whole"),
    ("user: [{wav: one.wav, at: 1, id: a}, {wav: one.wav, after: a, reply: 1}]", "user[2].reply belongs to"),
    ("user: [{wav: one.wav, at: 1, id: a}, {wav: one.wav, at: 2, id: a}]", "'a' is taken by user[1]"),
    ("user: [{wav: one.wav, at: 1, id: reply_end}]", "means something else"),
    ("user: [{wav: one.wav, after: user_end}]", "there is none"),
    ("user: [{wav: one.wav, at: 1}, {wav: one.wav, after: b}]", "'b' is neither an id nor an event"),
    ("user: [{wav: one.wav, after: a, id: a}]", "user[1].after is a circle: a waits for a"),
    ("user: [{wav: one.wav, at: 0}, {wav: one.wav, after: c, id: b}, {wav: one.wav, after: b, id: c}]",
     "user[2].after is a circle: b waits for c waits for b"),
    ("user: [{wav: one.wav, at: 0}, {wav: one.wav, after: c}, {wav: one.wav, after: user_end, id: c}]",
     "is a circle: user[2] waits for c waits for user[2]"),
    ("user: [{wav: one.wav, after: reply_start}, {wav: one.wav, after: user_end}]", "give one entry `at`"),
    ("user: []\nroom: {delay: 3}", "room.delay is not a property of a room (did you mean delay_ms?)"),
    ("user: []\nroom: {rt60_s: 99}", "rt60_s must be 0 to 1.5, not 99"),
    ("user: []\nroom: {nonlinear: maybe}", "room.nonlinear must be true or false"),
    ("user: []\nroom: {seed: 1.5}", "room.seed must be a whole number"),
    ("user: []\nend: {after: reply_end}", "end.after cannot be 'reply_end' (did you mean last_reply_end?)"),
    ("user: []\nend: {at_most: 0}", "end.at_most must be a number from 0.1 to 3600"),
    ("user: []\nprofile: embeded", "(did you mean embedded?)"),
    ("user: []\nnow: yesterday", "now must be a date and time"),
    ("user: []\nnow: 2026-01-01T10:00:00", "needs a time zone"),
    ("user: []\nuser: []", "line 3: user is there twice"),
    ("user: &a [*a]", "line 2: anchors"),
])
def test_what_is_wrong_is_said_in_one_line(write, text, words):
    with pytest.raises(WrongUse) as caught:
        write(text)
    line = str(caught.value)
    assert "talk.yaml" in line
    assert words in line, line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("head", "words"), [("", "version is missing"), ("version: 2\n", "version 2 is not known here")])
def test_the_version_is_asked_for(write, head, words):
    with pytest.raises(WrongUse, match=words):
        write("user: []\n", head)


WORDS = st.sampled_from(
    ["one.wav", "reply_start", "reply_end", "user_end", "a", "b", 0, 1, 2.5, -1, None, True, [], {}])
CUES = st.dictionaries(st.sampled_from(["wav", "at", "after", "reply", "plus", "gain_db", "id"]), WORDS, max_size=5)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.one_of(
    st.text(max_size=60),
    st.lists(CUES, max_size=5).map(lambda cues: f"user: {cues}".replace("None", "null")),
))
@example("user: [" + "{wav: one.wav, after: user_end}," * 300 + "]")
def test_any_text_is_a_scenario_that_ends_or_one_line(write, text):
    with suppress(WrongUse):
        script = Script(write(text))
        play(script, answers=())
        assert script.over()


# -- at run time ----------------------------------------------------------------------------------
def play(script: Script, answers: tuple[float, ...], delay: float = 0.5, block: int = BLOCK) -> list[tuple[int, int]]:
    """An assistant that stops when the user speaks and answers `delay` seconds after; answer k lasts
    `answers[k - 1]` seconds, and when they are used up it is silent. -> [(sample, number of the cue)]
    """
    heard: list[tuple[int, int]] = []
    starts: dict[int, int] = {}                                  # replies to come, and those that sound
    ends: dict[int, int] = {}
    told, now = 0, 0
    while not script.over(busy=bool(starts)):
        for k in [k for k, at in starts.items() if at <= now]:
            script.reply_start(k, starts.pop(k))
        for k in [k for k, at in ends.items() if at <= now and k not in starts]:
            script.reply_end(k, ends.pop(k))
        for start in script.due(now + block):
            heard.append((start.at, start.number))
            ends = {k: min(at, max(start.at, now)) for k, at in ends.items() if k not in starts}
            told -= len(starts)                                  # replies that never began are not counted
            starts.clear()
            if told < len(answers):
                told += 1
                starts[told] = start.at + len(start.cue.pcm) + s(delay)
                ends[told] = starts[told] + s(answers[told - 1])
        now += block
    return heard


def test_a_cue_starts_at_its_sample_whatever_the_blocks_are(write):
    talk = write("user:\n  - {wav: one.wav, at: 1.00001}\n  - {wav: half.wav, after: user_end, plus: 0.1234}\n")
    wanted = [(s(1.00001), 0), (s(1.00001) + len(talk.user[0].pcm) + s(0.1234), 1)]
    for block in (1 + DEVICE_HZ // 7, BLOCK, DEVICE_HZ * 100):
        assert play(Script(talk), (), block=block) == wanted


def test_a_cue_follows_the_reply_it_names(write):
    talk = write("""
user:
  - {wav: one.wav, at: 1}
  - {wav: half.wav, after: reply_start, reply: 2, plus: 0.25}
  - {wav: half.wav, after: reply_end, plus: 0.5}
""")
    script = Script(talk)
    assert [x.number for x in script.due(s(2))] == [0]
    assert script.due(s(3)) == []
    script.reply_start(1, s(3))
    script.reply_end(1, s(4))
    assert [(x.number, x.at) for x in script.due(s(5))] == [(2, s(4.5))]
    script.reply_start(2, s(5))
    assert [(x.number, x.at) for x in script.due(s(6))] == [(1, s(5.25))]
    assert script.waiting == ()


def test_news_that_come_late_start_the_cue_at_once(write):
    script = Script(write("user: [{wav: one.wav, at: 0}, {wav: half.wav, after: reply_start}]"))
    script.due(s(3))
    script.reply_start(1, s(2))
    assert [x.at for x in script.due(s(4))] == [s(3)]


def test_an_end_without_a_beginning_is_our_own_mistake(write):
    with pytest.raises(ValueError, match="never started"):
        Script(write("user: []")).reply_end(1, 0)


def test_it_is_over_when_the_last_reply_is(write):
    script = Script(write("user: [{wav: one.wav, at: 1}]\nend: {after: last_reply_end, plus: 2.0}"))
    play(script, (10.0,))
    assert script.now / DEVICE_HZ == pytest.approx(1 + 1 + 0.5 + 10 + 2, abs=0.03)


def test_a_user_who_waits_in_vain_does_not_wait_for_ever(write):
    script = Script(write("user: [{wav: one.wav, at: 1}, {wav: one.wav, after: reply_start, reply: 9}]"))
    play(script, (2.0,))
    assert [cue.name for cue in script.waiting] == ["user[2]"]
    assert script.now / DEVICE_HZ == pytest.approx(1 + 1 + 0.5 + 2 + ANSWER_S, abs=0.03)


def test_while_the_assistant_works_on_an_answer_it_is_not_over(write):
    script = Script(write("user: [{wav: one.wav, at: 0}]"))
    script.due(s(1 + ANSWER_S + 1))
    assert not script.over(busy=True)
    assert script.over(busy=False)


def test_the_latest_end_holds_even_in_a_reply(write):
    script = Script(write("user: [{wav: one.wav, at: 0}]\nend: {at_most: 5}"))
    script.due(s(2))
    script.reply_start(1, s(2))
    script.due(s(4.99))
    assert not script.over()
    script.due(s(5))
    assert script.over()


def test_an_end_after_the_user_waits_for_nobody(write):
    script = Script(write("user: [{wav: one.wav, at: 1}]\nend: {after: user_end, plus: 0.5}"))
    play(script, ())
    assert script.now / DEVICE_HZ == pytest.approx(2.5, abs=0.02)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_every_cue_starts_at_most_once_and_in_order(write, data):
    n = data.draw(st.integers(1, 6))
    lines = ["  - {wav: half.wav, at: 0.5, id: c0}"]
    for i in range(1, n):
        after = data.draw(st.sampled_from(["reply_start", "reply_end", "user_end", *[f"c{j}" for j in range(i)]]))
        reply = f", reply: {data.draw(st.integers(1, 3))}" if after.startswith("reply") else ""
        lines.append(f"  - {{wav: half.wav, after: {after}{reply}, plus: {data.draw(st.floats(0, 3)):.4f}, id: c{i}}}")
    script = Script(write("user:\n" + "\n".join(lines)))
    heard = play(script, tuple(data.draw(st.lists(st.floats(0.1, 3), max_size=5))))
    assert heard == sorted(heard)
    assert len({number for _, number in heard}) == len(heard)
    assert len(heard) + len(script.waiting) == n


# -- the scenarios shipped ------------------------------------------------------------------------
def test_there_are_ten():
    assert [p.stem[:2] for p in SHIPPED] == ["01", "02", "03", "04", "05", "06", "07", "08", "09", "de"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_shipped_scenario_says_what_is_expected_and_plays_to_its_end(path):
    assert path.read_text().startswith("# ")
    assert "Expected" in path.read_text()
    script = Script(scenario.load(path))
    heard = play(script, (15.0, 15.0, 15.0, 15.0, 15.0, 15.0))
    assert script.waiting == ()
    assert len(heard) == len(script.user)
    assert not any(np.abs(cue.pcm).max() > 1.0 for cue in script.user)


@pytest.mark.parametrize(("name", "voice"), [
    ("mm_hm_1", True), ("mm_hm_2", True), ("stop", True), ("and_in_london", True), ("cough", False),
    ("keyboard", False), ("door", False), ("fan", False),
])
def test_what_is_voice_sounds_like_voice_to_the_detector(name, voice):
    x = read_wav(SHIPPED[0].parent / f"{name}.wav", MIC_HZ)
    vad = Vad()
    odds = [vad(x[i : i + 512]) for i in range(0, len(x) - 511, 512)]
    assert (np.mean(np.array(odds) > 0.5) > 0.4) == voice


def test_every_sound_shipped_is_used_and_small():
    folder = SHIPPED[0].parent
    used = {cue.wav.name for path in SHIPPED for cue in scenario.load(path).user}
    assert {p.name for p in folder.glob("*.wav")} == used
    assert sum(p.stat().st_size for p in folder.iterdir()) < 3_000_000


@pytest.mark.skipif(not FLITE, reason="flite 2.2 is not installed")
def test_the_sounds_can_be_made_again(tmp_path):
    path = Path(__file__).parents[1] / "scripts" / "make_scenarios.py"
    spec = importlib.util.spec_from_file_location("make_scenarios", path)
    make = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(make)
    sys.path[:] = before
    assert make.main([str(tmp_path)]) == 0
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {p.name for p in SHIPPED[0].parent.glob("*.wav")}
    for name in names:                                           # two steps: another processor's sine may round so
        again, shipped = (read_wav(folder / name, MIC_HZ) for folder in (tmp_path, SHIPPED[0].parent))
        np.testing.assert_allclose(again, shipped, atol=2 / 32768, err_msg=name)
