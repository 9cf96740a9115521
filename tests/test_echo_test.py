"""The test of loudspeakers and echo, in good rooms and bad ones: the figures and the advice differ."""

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.panels import echo_test
from app.panels.echo_test import Advice, EchoResult, advice, judge, play
from audio_io.dsp import echo
from audio_io.dsp.resample import Resampler
from audio_io.errors import Trouble
from audio_io.frames import DEVICE_HZ
from audio_io.room import Room, RoomShape

SPOKEN = Path(__file__).parent.parent / "assets" / "scenarios" / "tell_a_story.wav"


@pytest.fixture(scope="module")
def phrase():
    pcm, hz = soundfile.read(SPOKEN, dtype="float32")
    one = Resampler(hz, DEVICE_HZ)(pcm)
    return np.tile(0.3 * one / np.abs(one).max(), 1 + int(5 * DEVICE_HZ / len(one)))


def measured(phrase, shape, canceller="kalman", told=lambda *values: None):
    room = Room(shape)
    room.start()
    mic, reference = play(room, phrase, told, wait=room.advance)
    return judge(mic, reference, room.hz, echo.make(canceller))


def test_a_good_room_is_told_how_much_and_how_late(phrase):
    shares = []
    result = measured(phrase, RoomShape(delay_ms=60, echo_db=-12, rt60_s=0.2), told=lambda *v: shares.append(v))
    assert result.heard
    assert result.removed_db > echo_test.GOOD_DB
    assert result.delay_ms == pytest.approx(60, abs=8)
    assert result.echo_db == pytest.approx(-12, abs=4)
    assert advice(result).verdict == "good"
    assert shares[-1][0] == 1.0
    assert max(speaker for _, _, speaker in shares) == pytest.approx(0.3, abs=0.02)


def test_a_bad_room_gets_another_advice(phrase):
    result = measured(4 * phrase, RoomShape(delay_ms=420, echo_db=14, rt60_s=1.2, nonlinear=True, noise_db=-70))
    told = advice(result)
    assert result.clipped
    assert told.verdict in ("bad", "fair")
    assert told.do[0] == "lower"
    assert "wired" in told.do


def test_headphones_are_noticed(phrase):
    result = measured(phrase, RoomShape(echo_db=-120))
    assert not result.heard
    assert result.delay_ms is None
    assert advice(result) == Advice("headphones", ("off",))
    assert advice(result, "off") == Advice("headphones")


def test_without_a_canceller_the_same_room_is_bad(phrase):
    result = measured(phrase, RoomShape(delay_ms=60, echo_db=-12), "off")
    assert result.removed_db == pytest.approx(0, abs=0.1)
    assert advice(result, "off").do[0] == "canceller"


def test_a_microphone_of_zeros_is_not_taken_for_headphones(phrase):
    result = measured(phrase, RoomShape(echo_db=-120, noise_db=-120))
    assert result.zeros
    assert advice(result) == Advice("silent", ("permission", "pair"))


def test_what_is_hardly_removed_needs_headphones():
    result = EchoResult(4.0, 90.0, -5.0, -70.0, 30.0, True)
    assert advice(result) == Advice("bad", ("headphones", "pair"))


def test_a_device_that_stops_and_a_user_who_stops_end_it(phrase):
    room = Room(RoomShape())
    now = iter(range(1000))
    with pytest.raises(Trouble, match="not started"):
        play(room, phrase, wait=lambda: None, clock=lambda: float(next(now)))
    room.start()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Trouble, match="stopped"):
        play(room, phrase, cancel=cancel, wait=room.advance)
