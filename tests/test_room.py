import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ, MIC_HZ, block_samples
from audio_io.room import Room, RoomShape

BLOCK = block_samples(DEVICE_HZ)
QUIET = {"noise_db": -120.0}


def play(shape, x, room=None, say=()):
    """Plays x through a room -> the room, stopped."""
    room = room or Room(shape)
    room.start()
    for pcm, at, gain in say:
        room.say(pcm, at, gain)
    for i in range(0, len(x) - BLOCK + 1, BLOCK):
        room.speaker.push(x[i : i + BLOCK])
        room.advance()
    return room


def noise(seconds, seed=0, rms=0.05):
    return (np.random.default_rng(seed).standard_normal(int(seconds * DEVICE_HZ)) * rms).astype(np.float32)


def db(x):
    return 20 * np.log10(np.std(x) + 1e-12)


def test_the_rings_are_those_of_a_device():
    room = Room(RoomShape())
    assert (room.hz, room.block) == (DEVICE_HZ, BLOCK)
    assert len(room.mic.buf) == len(room.reference.buf) == DEVICE_HZ // 2
    assert len(room.speaker.buf) == 2 * BLOCK
    assert room.trouble == 0
    assert room.alive() is not None
    with pytest.raises(RuntimeError, match="not started"):
        room.advance(1)
    room.start()
    assert room.alive() is None
    room.advance(3)
    assert len(room.mic) == len(room.reference) == 3 * BLOCK
    assert room.speaker.starved == 3 * BLOCK
    room.stop()
    assert room.alive() is not None


def test_what_was_played_is_the_reference():
    x = noise(0.3)
    room = play(RoomShape(), x)
    np.testing.assert_array_equal(room.reference.take(len(x)), x)
    np.testing.assert_array_equal(room.recording("assistant"), x)


@pytest.mark.parametrize("delay_ms", [0.0, 20.0, 33.337, 300.0])
def test_the_echo_is_late_by_the_delay(delay_ms):
    click = np.zeros(DEVICE_HZ // 2, np.float32)
    click[100] = 0.5
    echo = play(RoomShape(delay_ms=delay_ms, rt60_s=0.0, **QUIET), click).recording("echo")
    assert abs(int(np.argmax(np.abs(echo))) - 100 - delay_ms * DEVICE_HZ / 1000) <= 1


@pytest.mark.parametrize("rt60_s", [0.0, 0.2, 0.6])
@pytest.mark.parametrize("echo_db", [-20.0, 0.0])
def test_the_echo_of_speech_is_as_loud_as_asked(rt60_s, echo_db):
    sos = signal.butter(1, [100, 500], "bandpass", fs=DEVICE_HZ, output="sos")
    x = signal.sosfilt(sos, noise(2.0)).astype(np.float32)
    echo = play(RoomShape(echo_db=echo_db, rt60_s=rt60_s, delay_ms=0.0, **QUIET), x).recording("echo")
    assert abs(db(echo[DEVICE_HZ:]) - db(x[DEVICE_HZ:]) - echo_db) < 2.5


def test_headphones_have_no_echo():
    assert not play(RoomShape(echo_db=-120.0, **QUIET), noise(0.2)).recording("mic").any()


def test_reverberation_decays_by_60_db_in_rt60():
    click = np.zeros(DEVICE_HZ, np.float32)
    click[0] = 1.0
    h = play(RoomShape(delay_ms=0.0, echo_db=0.0, rt60_s=0.4, **QUIET), click).recording("echo")
    left = np.cumsum(h[::-1].astype(np.float64) ** 2)[::-1]                  # Schroeder's backward integral
    curve = 10 * np.log10(left / left[0] + 1e-12)
    a, b = (int(np.argmax(curve < level)) for level in (-10, -30))
    assert 0.28 < 3 * (b - a) / DEVICE_HZ < 0.52


@pytest.mark.parametrize("ppm", [-300.0, 200.0])
def test_drift_is_a_resampling_that_accumulates(ppm):
    t = np.arange(4 * DEVICE_HZ) / DEVICE_HZ
    shape = RoomShape(delay_ms=100.0, rt60_s=0.0, drift_ppm=ppm, **QUIET)
    room = play(shape, (0.3 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32))
    echo = room.recording("echo")[DEVICE_HZ:]
    phase = np.unwrap(np.angle(signal.hilbert(echo.astype(float))))[2000:-2000]
    hz = np.polyfit(np.arange(len(phase)), phase, 1)[0] * DEVICE_HZ / (2 * np.pi)
    assert abs((1 - hz / 1000) * 1e6 - ppm) < 2
    assert abs(room.delay_ms() - (100.0 + 4 * ppm / 1000)) < 0.01
    residual = phase - np.polyval(np.polyfit(np.arange(len(phase)), phase, 1), np.arange(len(phase)))
    assert np.max(np.abs(residual)) < 0.01                                   # no clicks between blocks


def test_a_driver_that_runs_dry_slips_back():
    shape = RoomShape(delay_ms=1.0, rt60_s=0.0, drift_ppm=-500.0, **QUIET)
    room = play(shape, noise(4.0))
    assert 0.1 < room.delay_ms() <= 1.0


def test_a_jump_changes_the_delay_for_good():
    room = Room(RoomShape(delay_ms=50.0, rt60_s=0.0, **QUIET))
    room.start()
    room.jump_delay(30.0)
    assert room.delay_ms() == pytest.approx(80.0)
    room.jump_delay(-500.0)
    assert room.delay_ms() == 0.0


def test_a_small_loudspeaker_distorts_and_a_good_one_does_not():
    t = np.arange(DEVICE_HZ) / DEVICE_HZ
    tone = (0.5 * np.sin(2 * np.pi * 500 * t)).astype(np.float32)

    def harmonics(nonlinear):
        shape = RoomShape(rt60_s=0.0, echo_db=0.0, nonlinear=nonlinear, **QUIET)
        spectrum = np.abs(np.fft.rfft(play(shape, tone).recording("echo")[-DEVICE_HZ // 2 :]))
        return 20 * np.log10(spectrum[[500, 750]] / spectrum[250] + 1e-12)     # 1000, 1500 over 500 Hz

    assert np.all(harmonics(False) < -70)
    second, third = harmonics(True)
    assert -50 < second < -20
    assert -40 < third < -15


@pytest.mark.parametrize("noise_db", [-65.0, -30.0])
def test_noise_is_as_loud_as_asked_and_pink(noise_db):
    x = play(RoomShape(noise_db=noise_db), np.zeros(3 * DEVICE_HZ, np.float32)).recording("mic")
    assert abs(db(x) - noise_db) < 1.5
    f, p = signal.welch(x, DEVICE_HZ, nperseg=8192)
    low, high = (10 * np.log10(np.mean(p[(f > a) & (f < 2 * a)])) for a in (200, 3200))
    assert 9 < low - high < 15                                               # -3 dB an octave


def test_the_user_is_heard_when_and_as_loudly_as_asked():
    pcm = noise(0.1, seed=5)
    room = play(RoomShape(rt60_s=0.0, **QUIET), np.zeros(DEVICE_HZ, np.float32), say=[(pcm, 12_345, -6.0)])
    user = room.recording("user")
    assert np.max(np.abs(user[:12_345])) < 1e-6
    np.testing.assert_allclose(user[12_345 : 12_345 + len(pcm)], pcm * 10 ** (-6 / 20), atol=1e-6)
    np.testing.assert_array_equal(room.recording("mic"), user)


def test_what_is_said_late_starts_at_once_and_voices_overlap():
    room = Room(RoomShape(rt60_s=0.0, **QUIET), user=np.full(3 * BLOCK, 0.1, np.float32))
    room.start()
    room.advance(2)
    assert room.say(np.full(BLOCK, 0.2, np.float32), 7) == 2 * BLOCK
    assert room.say(np.full(BLOCK, 0.2, np.float32), 4 * BLOCK) == 4 * BLOCK
    room.advance(3)
    levels = room.recording("user").reshape(5, BLOCK).mean(axis=1)
    np.testing.assert_allclose(levels, [0.1, 0.1, 0.3, 0.0, 0.2], atol=1e-5)


def test_the_same_seed_and_calls_give_the_same_bytes():
    def digest(seed):
        room = play(RoomShape(seed=seed, nonlinear=True, drift_ppm=50.0), noise(0.5), say=[(noise(0.2, 3), 900, 0.0)])
        return hashlib.sha256(b"".join(room.recording(n).tobytes() for n in ("user", "mic", "assistant", "echo")))

    assert digest(1).digest() == digest(1).digest()
    assert digest(1).digest() != digest(2).digest()


@settings(deadline=None, max_examples=20)
@given(chunks=st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_it_does_not_matter_how_time_is_cut(chunks):
    shape, n = RoomShape(rt60_s=0.2), sum(chunks)
    user = noise(0.05, 9)
    whole, pieces = Room(shape, user), Room(shape, user)
    whole.start()
    pieces.start()
    whole.advance(n)
    for k in chunks:
        pieces.advance(k)
    np.testing.assert_array_equal(whole.recording("mic"), pieces.recording("mic"))


@settings(deadline=None, max_examples=25)
@given(sizes=st.lists(st.integers(0, 3), min_size=3, max_size=12), seed=st.integers(0, 99))
def test_streaming_convolution_is_convolution(sizes, seed):
    """Silent stretches in between take a short cut; it must not be heard."""
    x = np.concatenate([noise(0.01, seed + i) * (s > 0) for i, s in enumerate(sizes)])
    shape = RoomShape(delay_ms=0.0, echo_db=0.0, rt60_s=0.05, seed=seed, **QUIET)
    room = play(shape, x)
    click = np.zeros(len(x), np.float32)
    click[0] = 1.0
    h = play(shape, click).recording("echo")
    np.testing.assert_allclose(room.recording("echo"), np.convolve(x, h)[: len(x)], atol=2e-5)


@pytest.mark.parametrize(("key", "value"), [
    ("delay_ms", -1), ("delay_ms", float("nan")), ("echo_db", 30.0), ("rt60_s", 9.0), ("drift_ppm", 1e4),
    ("noise_db", 3.0), ("seed", -1), ("seed", 1.5), ("nonlinear", 1), ("delay_ms", "60"), ("echo_db", True),
])
def test_a_room_that_cannot_be_is_refused_by_name(key, value):
    with pytest.raises(WrongUse, match=f"room: {key}"):
        RoomShape(**{key: value})


def test_another_rate_works_as_well():
    room = Room(RoomShape(), hz=MIC_HZ)
    room.start()
    room.advance(10)
    assert len(room.recording("mic")) == MIC_HZ // 10
