"""`parley doctor`: the echo measurement against known paths, what follows from what was found, a real device."""

import json

import numpy as np
import pytest
import soundserver
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENT_S

from app.cli import doctor
from app.settings.schema import Settings
from audio_io.device import hot_plug
from audio_io.device.play_and_record import play_and_record
from audio_io.dsp import coupling
from audio_io.errors import Trouble
from audio_io.frames import DEVICE_HZ
from audio_io.room import Room, RoomShape

JACK = soundserver.lacking("jackd", "jack_lsp", "jack_connect")


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 500), st.floats(-45, 6), st.integers(0, 99))
def test_delay_and_level_of_any_echo_are_found(delay_ms, echo_db, seed):
    played = coupling.sweeps(DEVICE_HZ)
    lag = int(delay_ms * DEVICE_HZ / 1000)
    mic = np.zeros_like(played)
    mic[lag:] = played[: len(played) - lag] * 10 ** (echo_db / 20)
    mic += np.random.default_rng(seed).standard_normal(len(mic)).astype(np.float32) * 10 ** (-65 / 20)
    found = coupling.measure(mic, played, DEVICE_HZ)
    assert found.heard
    assert found.delay_ms == pytest.approx(delay_ms, abs=0.05)
    assert found.echo_db == pytest.approx(echo_db, abs=0.7)
    assert found.noise_db == pytest.approx(-65, abs=1)


@pytest.mark.parametrize("noise_db", [-200, -60, -20])
@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_no_echo(noise_db, seed):
    played = coupling.sweeps(DEVICE_HZ)
    mic = np.random.default_rng(seed).standard_normal(len(played)).astype(np.float32) * 10 ** (noise_db / 20)
    found = coupling.measure(mic, played, DEVICE_HZ)
    assert not found.heard
    assert "headphones?" in doctor.echo_line({"heard": False, "noise_db": found.noise_db})


@pytest.mark.parametrize(("echo_db", "delay_ms"), [(-10.0, 60.0), (0.0, 180.0), (-120.0, 60.0)])
def test_the_self_test_measures_a_reverberant_room(echo_db, delay_ms):
    room = Room(RoomShape(delay_ms=delay_ms, echo_db=echo_db, rt60_s=0.2))
    room.start()

    def clock():                                                      # time passes whenever somebody asks
        room.advance(2)
        return room.now / room.hz

    heard = play_and_record(room, coupling.sweeps(room.hz), clock)
    found = coupling.measure(*heard, room.hz)
    assert found.heard == (echo_db > -120)
    if found.heard:
        assert found.delay_ms == pytest.approx(delay_ms, abs=25)      # the strongest reflection may be a later one
        assert found.echo_db == pytest.approx(echo_db, abs=8)         # the room's gain is one for speech


def test_a_device_that_stops_in_the_test_is_given_up():
    room = Room(RoomShape())
    room.start()
    with pytest.raises(Trouble, match="stopped during the echo test"):
        play_and_record(room, np.zeros(DEVICE_HZ, np.float32), clock=iter(range(0, 1000, 3)).__next__)


def test_gpu_lines_are_read():
    text = "NVIDIA A, big, 24564, 23000\nOld card, [N/A], [N/A]\n"
    assert doctor.gpu_lines(text) == [
        {"name": "NVIDIA A, big", "total_mib": 24564, "free_mib": 23000},
        {"name": "Old card", "total_mib": None, "free_mib": None},
    ]
    assert doctor.gpu_lines("") == []


def test_a_machine_without_sound_gets_the_reason_and_code_3(tmp_path, monkeypatch):
    monkeypatch.setattr(hot_plug, "OPEN_S", PATIENT_S)
    soundserver.wear(soundserver.bare_env(tmp_path) | {"PARLEY_HOME": str(tmp_path / "own")}, monkeypatch)
    found = doctor.examine(Settings())
    assert found["exit_code"] == 3
    assert "no microphone was found" in found["problems"][0]
    assert json.loads(json.dumps(found)) == found
    text = doctor.report(found)
    assert "Device      none" in text
    assert "not possible here" in text
    assert "embedded" in text
    assert "workstation" in text


def test_a_part_that_is_missing_and_a_folder_that_is_a_file_are_named(tmp_path, monkeypatch):
    soundserver.wear(soundserver.bare_env(tmp_path) | {"PARLEY_HOME": str(tmp_path / "own")}, monkeypatch)
    monkeypatch.setitem(doctor.PARTS, "parley_ear_trumpet", "hearing")
    (tmp_path / "own").write_text("in the way")
    found = doctor.examine(Settings())
    assert any("parley_ear_trumpet (hearing)" in line for line in found["problems"])
    assert any("is a file, not a folder" in line for line in found["problems"])
    assert "none will run here" in doctor.report(found)


def test_a_broken_voice_of_ones_own_is_a_line_and_no_reason_not_to_run(tmp_path, monkeypatch):
    soundserver.wear(soundserver.bare_env(tmp_path) | {"PARLEY_HOME": str(tmp_path / "own")}, monkeypatch)
    (tmp_path / "own" / "voices").mkdir(parents=True)
    (tmp_path / "own" / "voices" / "me.yaml").write_text("description: [")
    found = doctor.examine(Settings())
    assert found["voices"]["trouble"] == ""
    assert "calm" in found["voices"]["presets"]
    assert [line for line in found["problems"] if "me.yaml, line 1" in line] == found["voices"]["broken"] != []


@pytest.mark.device
@pytest.mark.realtime
@pytest.mark.skipif(bool(JACK), reason=JACK or "-")
def test_on_a_real_device_the_echo_is_measured(tmp_path, monkeypatch):
    with soundserver.Jack(tmp_path) as jack, jack.person(echo_db=-20.0) as person:
        soundserver.wear(jack.env | {"PARLEY_HOME": str(tmp_path / "own")}, monkeypatch)
        with person.wired():
            found = doctor.examine(Settings())
    assert found["sound"]["works"], found["sound"]
    assert found["sound"]["echo"]["heard"]
    assert found["sound"]["echo"]["echo_db"] == pytest.approx(-20, abs=1)
    assert 10 <= found["sound"]["echo"]["delay_ms"] <= 60
    assert found["exit_code"] == 0, found["problems"]
    text = doctor.report(found)
    assert "heard" in text
    assert "Sound       works: system, JACK" in text
