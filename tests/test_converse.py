"""Scripted conversations through the real parts in the simulated room."""

import io
import json
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import soundfile
from same import unlike

from app.__main__ import main
from app.settings.schema import Settings, TurnSettings
from app.wiring import make_cast
from audio_io.frames import DEVICE_HZ
from engine import messages as m
from engine.bench.latency import answers, overlaps, self_interruptions
from engine.simulation.rehearsal import Outcome, rehearse
from engine.simulation.scenario import load

SCENARIOS = Path(__file__).parent.parent / "assets" / "scenarios"
STABLE = {"user_start", "user_end", "words", "final", "reply_start", "reply_text", "duck", "unduck", "yield", "resume",
          "backchannel", "reply_end", "tool", "heard_nothing", "error"}  # fmt: skip
FILES = {"user.wav", "mic.wav", "clean.wav", "assistant.wav", "stereo.wav", "timeline.png", "events.jsonl"}


@pytest.fixture(scope="module")
def play():
    """-> the outcome of a shipped scenario, each played once."""
    played: dict[str, Outcome] = {}

    def outcome(name: str) -> Outcome:
        if name not in played:
            played[name] = rehearse(load(SCENARIOS / f"{name}.yaml"), make_cast(Settings()))
        return played[name]

    return outcome


def said(outcome: Outcome) -> str:
    return " ".join(n.text for n in outcome.of(m.ReplyText))


def test_a_question_and_a_follow_up_are_answered_soon(play):
    outcome = play("01_question_and_follow_up")
    assert "Tokyo" in said(outcome)
    assert "London" in said(outcome)
    assert len(outcome.of(m.ReplyEnded)) == 2
    assert max(a.late_ms for a in answers(outcome)) < 700


def test_an_interruption_is_yielded_to_and_answered(play):
    outcome = play("02_interruption")
    (over,) = overlaps(outcome)
    assert over.duck_ms is not None
    assert over.duck_ms < 300
    assert over.silent_ms is not None
    assert not over.came_back
    assert len(outcome.of(m.ReplyStarted)) == 2


def test_stop_is_obeyed_and_not_answered(play):
    outcome = play("03_stop")
    assert len(outcome.of(m.ReplyStarted)) == 1
    end = outcome.of(m.ReplyEnded)[0].t
    assert end < outcome.cues[1].end + 0.5
    assert not np.abs(outcome.assistant[int((end + 0.2) * 48_000):]).any()


@pytest.mark.parametrize("name", ["04_back_channel", "05_cough_and_keyboard"])
def test_sounds_that_are_no_interruption_do_not_stop_the_story(play, name):
    outcome = play(name)
    assert len(outcome.of(m.Yielded)) == len(outcome.of(m.Resumed))
    heard = outcome.of(m.ReplyHeard)[-1].text
    assert heard == said(outcome)                            # to its last word


def test_a_hesitating_user_is_not_cut_off(play):
    outcome = play("06_hesitating")
    assert "twenty-five minutes" in said(outcome)
    assert "New York" in said(outcome)
    for cue, reply in zip(outcome.cues, outcome.of(m.ReplyStarted), strict=True):
        assert reply.t > cue.end


def test_noise_alone_is_no_conversation(play):
    outcome = play("07_silence_and_noise")
    assert not outcome.of(m.ReplyStarted)
    assert not outcome.of(m.FinalWords)


def test_a_loud_loudspeaker_does_not_interrupt_itself(play):
    outcome = play("08_loud_loudspeaker")
    assert self_interruptions(outcome) == 0
    assert not [n for n in outcome.of(m.Ducked) if n.t < outcome.cues[1].start]
    assert len(outcome.of(m.ReplyStarted)) == 2


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """-> the folder of one run of a scenario, and what it printed."""
    folder, printed = tmp_path_factory.mktemp("stopped"), io.StringIO()
    with redirect_stdout(printed):
        assert main(["converse", str(SCENARIOS / "03_stop.yaml"), "--out", str(folder), "--json"]) == 0
    return folder, printed.getvalue()


def test_a_long_turn_is_listened_to_with_an_mm_hm_that_takes_nobodys_floor(play):
    outcome = play("09_sign_of_listening")
    (sign,) = outcome.of(m.BackChannelGiven)
    request = outcome.cues[-1]
    assert sign.text == "mm-hm"
    assert request.start + 2 < sign.t < request.end - 1
    before, after = outcome.of(m.ReplyStarted)
    assert not before.t < sign.t < outcome.of(m.ReplyEnded)[0].t
    assert after.t > request.end
    said = " ".join(words.text for words in outcome.of(m.FinalWords) if words.t > request.start)
    assert said.endswith("timer for two hours thirty minutes and twenty five seconds")
    assert [n.arguments for n in outcome.of(m.ToolUsed)][-1]["seconds"] == 2 * 3600 + 30 * 60 + 25
    assert not outcome.of(m.Yielded)[1:]
    loud = np.abs(outcome.assistant[int(sign.t * DEVICE_HZ) : int((sign.t + 0.7) * DEVICE_HZ)])
    assert 0 < loud.max() < 0.5 * np.abs(outcome.assistant).max()


def test_back_channels_can_be_switched_off():
    settings = Settings(turns=TurnSettings(backchannels=False))
    assert not make_cast(settings).rules.backchannels
    assert make_cast(Settings()).rules.backchannels


def test_two_runs_are_the_same_to_the_byte(tmp_path, stopped):
    assert main(["converse", "03_stop", "--out", str(tmp_path)]) == 0
    assert {p.name for p in tmp_path.iterdir()} == FILES
    for file in FILES:
        assert not unlike((tmp_path / file).read_bytes(), (stopped[0] / file).read_bytes()), file


def test_the_outcome_is_what_the_format_says(stopped):
    folder, lines = stopped
    printed = [json.loads(line) for line in lines.splitlines()]
    written = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert printed == written
    assert {e["event"] for e in written} <= STABLE
    times = [e["t"] for e in written]
    assert times == sorted(times)
    numbers = [e["reply"] for e in written if e["event"] == "reply_start"]
    assert numbers == list(range(1, len(numbers) + 1))
    start = next(e["t"] for e in written if e["event"] == "reply_start")
    stereo, hz = soundfile.read(folder / "stereo.wav", dtype="float32")
    first = np.flatnonzero(np.abs(stereo[:, 1]) > 1e-4)[0] / hz
    assert first == pytest.approx(start, abs=0.02)           # the event is when the sound is


@pytest.mark.realtime
def test_a_scenario_in_real_time_comes_to_the_same_answers(tmp_path, capsys):
    for file in ("time_in_tokyo.wav",):
        shutil.copy(SCENARIOS / file, tmp_path / file)
    (tmp_path / "one.yaml").write_text("version: 1\nuser: [{wav: time_in_tokyo.wav, at: 1.0}]\nend: {plus: 0.5}\n")
    assert main(["converse", str(tmp_path / "one.yaml"), "--realtime", "--out", str(tmp_path / "out")]) == 0
    assert "In Tokyo" in capsys.readouterr().out


@pytest.mark.parametrize(("change", "line"), [
    ("usr: []", "did you mean user?"), ("user: [{wav: gone.wav, at: 1}]", "gone.wav"),
    ("user: [{wav: a.wav, at: 1, after: b, id: a}]", "at"), ("room: {delay_ms: -3}\nuser: []", "delay_ms"),
])  # fmt: skip
def test_a_bad_scenario_is_one_line_and_exit_code_2(tmp_path, capsys, change, line):
    (tmp_path / "bad.yaml").write_text(f"version: 1\n{change}\n")
    assert main(["converse", str(tmp_path / "bad.yaml"), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    assert error.startswith("parley: ")
    assert line in error


def test_no_write_permission_is_said_before_the_work_begins(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["converse", "03_stop", "--out", str(tmp_path / "file")]) == 1
    assert "is a file" in capsys.readouterr().err
