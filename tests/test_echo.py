import json
import sys
from functools import partial

import numpy as np
import pytest
import soundfile
from scipy import signal

from audio_io.dsp import echo as module
from audio_io.dsp.delay import Aligner, DelayFinder
from audio_io.dsp.echo import DEFAULT, MAKERS, EchoMeter, make
from audio_io.dsp.kalman import PathFilter
from audio_io.errors import NotHere, WrongUse
from audio_io.frames import DEVICE_HZ, FRAME, HOP, MIC_HZ
from audio_io.room import RoomShape
from engine.bench import echo as bench
from engine.bench.echo import Speech, clean, process_folder, record

NAMES = ["kalman", "aec3", "speex"]


def talk(seed, seconds):
    """Pulses through formants that change with every syllable, with pauses: a voice to a canceller."""
    rng = np.random.default_rng(seed)
    parts, hz = [], DEVICE_HZ
    while sum(map(len, parts)) < seconds * hz:
        n = int(hz * rng.uniform(0.12, 0.3))
        pulses = np.zeros(n)
        pulses[:: int(hz / rng.uniform(90, 220))] = 1.0
        source = pulses + 0.02 * rng.standard_normal(n)
        for f in (rng.uniform(300, 800), rng.uniform(900, 2200), rng.uniform(2400, 3500)):
            b, a = signal.iirpeak(f, 6, fs=hz)
            source = source * 0.4 + signal.lfilter(b, a, source)
        parts += [source * np.hanning(n), np.zeros(int(hz * rng.uniform(0.02, 0.12)))]
    x = np.concatenate(parts)[: int(seconds * hz)]
    return (0.1 * x / np.sqrt(np.mean(x**2))).astype(np.float32)


def speech(seconds=9.0):
    made = Speech.__new__(Speech)
    made.assistant = talk(1, seconds)[: int(seconds * 100) * (DEVICE_HZ // 100)]
    made.user = [(int(6.5 * DEVICE_HZ), talk(2, 1.5))]
    return made


@pytest.fixture(scope="module")
def takes():
    """The same conversation in four rooms, made once."""
    shapes = {
        "desk": RoomShape(delay_ms=60, echo_db=-6, rt60_s=0.25),
        "far": RoomShape(delay_ms=300, echo_db=-6, rt60_s=0.25),
        "drift": RoomShape(delay_ms=60, echo_db=-6, rt60_s=0.25, drift_ppm=200),
        "phones": RoomShape(echo_db=-120.0),
    }
    said = speech()
    return {name: (record(s, said, None), record(s, said, 0.0)) for name, s in shapes.items()}


def db(x):
    return 10 * np.log10(np.mean(np.square(x, dtype=float)) + 1e-12)


def part(x, a, b):
    return x[int(a * MIC_HZ) : int(b * MIC_HZ)]


def removed(take, rest, a, b):
    return db(part(take.mic, a, b)) - db(part(rest, a, b))


@pytest.mark.parametrize(("name", "room", "at_least"), [
    ("kalman", "desk", 25), ("aec3", "desk", 25), ("speex", "desk", 12),
    ("kalman", "far", 25), ("aec3", "far", 25), ("speex", "far", 10),
    ("kalman", "drift", 20), ("aec3", "drift", 20),
])
def test_the_echo_goes(takes, name, room, at_least):
    take = takes[room][0]
    rest = clean(make(name), take.mic, take.ref)
    assert removed(take, rest, 5, 8.9) > at_least


@pytest.mark.parametrize("room", ["desk", "far", "drift", "phones"])
def test_the_users_voice_stays_while_the_assistant_speaks(takes, room):
    take = takes[room][1]
    rest, user = part(clean(make("kalman"), take.mic, take.ref), 6.7, 8.0), part(take.user, 6.7, 8.0)
    likeness = float(rest @ user) / np.sqrt(float(rest @ rest) * float(user @ user))
    assert likeness > 0.8                          # 0.7 would be as much echo as voice
    assert abs(db(rest) - db(user)) < 3


def test_headphones_cost_nothing(takes):
    """The microphone hears the user alone: nothing is found, nothing is taken away, from the first second."""
    take = takes["phones"][1]
    canceller = make("kalman")
    rest = clean(canceller, take.mic, take.ref)
    assert canceller.delay_ms is None
    assert abs(db(part(rest, 6.5, 8)) - db(part(take.mic, 6.5, 8))) < 1.5


def test_a_weak_echo_does_not_make_it_deaf():
    shape = RoomShape(delay_ms=60, echo_db=-30, rt60_s=0.25)
    take = record(shape, speech(), 20.0)
    rest = clean(make("kalman"), take.mic, take.ref)
    assert abs(db(part(rest, 6.7, 8)) - db(part(take.user, 6.7, 8))) < 2


@pytest.mark.parametrize("name", NAMES)
def test_reset_forgets_the_room(takes, name):
    take = takes["desk"][0]
    mic, ref = part(take.mic, 0, 2), part(take.ref, 0, 2)
    canceller = make(name)
    first = clean(canceller, mic, ref)
    clean(canceller, mic, ref)
    canceller.reset()
    np.testing.assert_array_equal(clean(canceller, mic, ref), first)


@pytest.mark.parametrize("name", [*NAMES, "off"])
def test_the_stated_latency_is_the_latency(name):
    """Without a reference every canceller passes the microphone on, `latency` samples later."""
    canceller, x = make(name), signal.resample_poly(talk(3, 2), 1, 3).astype(np.float32)
    y = np.concatenate([
        canceller.process(x[i : i + FRAME], np.zeros(FRAME, np.float32)) for i in range(0, len(x) - FRAME, FRAME)
    ])
    lags = np.arange(-100, 400)
    window = slice(MIC_HZ // 2, MIC_HZ)
    match = [float(y[window.start + k : window.stop + k] @ x[window]) for k in lags]
    assert abs(int(lags[int(np.argmax(match))]) - canceller.latency) <= 1


@pytest.mark.parametrize("name", [*NAMES, "off"])
def test_extremes_are_survived(name):
    canceller, rng = make(name), np.random.default_rng(0)
    for scale in (0.0, 1.0, 30.0, 0.0):
        for _ in range(30):
            mic, ref = rng.standard_normal((2, FRAME)).astype(np.float32) * scale
            y = canceller.process(mic, ref)
            assert y.shape == (FRAME,)
            assert y.dtype == np.float32
            assert np.all(np.isfinite(y))


def test_off_is_a_copy():
    x = np.ones(FRAME, np.float32)
    y = make("off").process(x, x)
    y[0] = 0
    assert x[0] == 1


def test_kalman_is_the_default_and_reports_delay_and_drift(takes):
    canceller = make()
    assert canceller.name == DEFAULT == "kalman"
    take = takes["drift"][0]
    clean(canceller, take.mic, take.ref)
    assert abs(canceller.delay_ms - (60 + 9 * 0.2)) < 0.3
    assert abs(canceller.drift_ppm - 200) < 15


def test_a_wrong_name_gets_the_right_one():
    with pytest.raises(WrongUse, match="did you mean 'kalman'"):
        make("kalmann")
    with pytest.raises(WrongUse, match="kalman, aec3, speex, off"):
        make("?")
    assert set(MAKERS) == {*NAMES, "off"}


def test_a_missing_library_is_one_line_that_helps(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotHere, match=r"speexdsp is not installed; pip install .* or choose kalman"):
        make("speex")
    monkeypatch.setitem(sys.modules, "livekit.rtc", None)
    with pytest.raises(NotHere, match="livekit does not load"):
        make("aec3")


# -- delay and drift ---------------------------------------------------------------------------------
@pytest.mark.parametrize("samples", [0, 37, 1600, 7000])
def test_the_delay_is_found_in_spite_of_another_voice(samples):
    far = signal.resample_poly(talk(4, 4), 1, 3).astype(np.float32)
    near = 0.7 * signal.resample_poly(talk(5, 4), 1, 3).astype(np.float32)
    mic = near[: len(far)] + np.concatenate([np.zeros(samples, np.float32), far])[: len(far)]
    finder = DelayFinder()
    for i in range(0, len(far) - FRAME, FRAME):
        finder.push(mic[i : i + FRAME], far[i : i + FRAME])
    assert abs(finder.delay - samples) < 0.5


def test_two_voices_that_have_nothing_to_do_with_each_other_have_no_delay():
    finder = DelayFinder()
    far, near = (signal.resample_poly(talk(k, 5), 1, 3).astype(np.float32) for k in (6, 7))
    for i in range(0, len(far) - FRAME, FRAME):
        finder.push(near[i : i + FRAME], far[i : i + FRAME])
    assert finder.delay is None


def test_a_jump_of_the_delay_is_followed():
    far = signal.resample_poly(talk(8, 6), 1, 3).astype(np.float32)
    mic = np.concatenate([np.zeros(500, np.float32), far])[: len(far)]
    cut = 3 * MIC_HZ
    mic[cut:] = np.concatenate([np.zeros(4000, np.float32), far])[cut : len(far)]
    aligner = Aligner()
    moved = []
    for i in range(0, len(far) - FRAME, FRAME):
        y = aligner.align(mic[i : i + FRAME], far[i : i + FRAME])
        moved.append(aligner.moved)
    assert moved[-1] == moved[cut // FRAME] + 1
    assert moved.index(moved[-1]) - cut // FRAME < 100                   # within a second
    assert abs(aligner.delay_ms - 250) < 1
    lag = 160                                                            # the reference comes MARGIN early
    np.testing.assert_allclose(y, mic[i + lag : i + lag + FRAME], atol=1e-6)


# -- the meter ---------------------------------------------------------------------------------------
def test_the_meter_says_how_much_is_gone_and_how_late_it_was():
    far = signal.resample_poly(talk(9, 5), 1, 3).astype(np.float32)
    mic = 0.5 * np.concatenate([np.zeros(1000, np.float32), far])[: len(far)]
    meter = EchoMeter()
    assert str(meter) == "echo: nothing played yet"
    for i in range(0, len(far) - HOP, HOP):
        user = 1.0 if 2 * MIC_HZ < i < 3 * MIC_HZ else 0.0               # a voice must not spoil the figure
        meter(mic[i : i + HOP] + user, far[i : i + HOP], mic[i : i + HOP] * 10 ** (-28 / 20) + user)
    assert str(meter) == "echo removed: 28 dB, delay 62 ms"
    meter.reset()
    assert meter.erle_db is None
    assert meter.delay_ms is None


# -- recordings of anybody ------------------------------------------------------------------------------
def stereo(path, hz, take, channels=2):
    x = np.stack([take.mic, take.ref], axis=1)[: 4 * MIC_HZ]
    y = signal.resample_poly(x, hz, MIC_HZ, axis=0)
    soundfile.write(path, y[:, :channels], hz)
    return len(y)


def test_recordings_of_any_rate_come_back_clean_and_as_long(takes, tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    (data / "more").mkdir(parents=True)
    lengths = {"a": stereo(data / "a.wav", 44_100, takes["desk"][0]),
               "more/b": stereo(data / "more" / "b.flac", 8_000, takes["desk"][0])}
    lines = []
    found = process_folder(data, out, ["kalman", "speex"], lines.append)
    assert lines == found["skipped"] == []
    for name, n in lengths.items():
        first, hz = soundfile.read(out / f"{name}.clean.wav")
        chosen, _ = soundfile.read(out / "kalman" / f"{name}.clean.wav")
        other, _ = soundfile.read(out / "speex" / f"{name}.clean.wav")
        assert len(first) == len(chosen) == len(other) == n
        np.testing.assert_array_equal(first, chosen)
        assert not np.array_equal(first, other)
        raw = soundfile.read(data / ("a.wav" if name == "a" else "more/b.flac"))[0][:, 0]
        assert db(raw[2 * hz :]) - db(first[2 * hz :]) > 12
    assert len(found["done"]) == 4


def test_what_cannot_be_used_costs_one_line_each(takes, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    stereo(data / "good.wav", MIC_HZ, takes["desk"][0])
    stereo(data / "mono.wav", MIC_HZ, takes["desk"][0], channels=1)
    (data / "empty.wav").write_bytes(b"")
    (data / "text.wav").write_text("this is no sound")
    (data / "notes.txt").write_text("not even meant to be one")
    soundfile.write(data / "good.flac", np.zeros((100, 2)), MIC_HZ)
    lines = []
    found = process_folder(data, tmp_path / "out", ["off"], lines.append)
    assert len(lines) == 4
    assert all("skipped" in line and "\n" not in line for line in lines)
    assert any("mono.wav" in line and "1 channel" in line for line in lines)
    assert [d["file"] for d in found["done"]] == ["good.flac"]             # the first by name takes the place


def test_a_folder_without_sound_or_none_at_all_is_told(tmp_path):
    with pytest.raises(WrongUse, match="no sound files"):
        process_folder(tmp_path, tmp_path / "out")
    with pytest.raises(WrongUse, match="is not a folder"):
        process_folder(tmp_path / "nowhere", tmp_path / "out")


# -- the bench -----------------------------------------------------------------------------------------
def test_the_bench_tells_good_from_bad(monkeypatch, tmp_path):
    """A made-up voice instead of a synthesiser; `off` must look as bad as it is."""
    monkeypatch.setattr(bench, "synthesiser", lambda: lambda voice, text: talk(len(text), 1.5))
    monkeypatch.setattr(bench, "SER_DB", (0.0,))
    monkeypatch.setattr(bench, "SILENCE_S", 8.0)
    rooms = {"desk": RoomShape(delay_ms=40, echo_db=-6, rt60_s=0.1)}
    found = bench.bench_echo(tmp_path, rooms, ["kalman", "off"], seconds=20)
    good, bad = found["results"]
    assert good["erle_db"] > 25
    assert abs(bad["erle_db"]) < 0.1
    assert good["to_20_db_s"] < 2
    assert bad["to_20_db_s"] is None
    assert good["recovery_s"] < 3
    assert good["after_silence_db"] > 8
    assert abs(bad["after_silence_db"]) < 0.1
    assert good["after_silence_recall_percent"] > 0
    assert good["false_voice_percent"] <= bad["false_voice_percent"]
    again = json.loads((tmp_path / "report.json").read_text())
    assert again["results"][0]["erle_db"] == good["erle_db"]
    assert "| desk | kalman |" in (tmp_path / "report.md").read_text()
    assert (tmp_path / "echo.png").stat().st_size > 1000


def test_the_bench_goes_on_without_a_library_and_refuses_what_is_too_short(monkeypatch):
    monkeypatch.setattr(bench, "synthesiser", lambda: lambda voice, text: talk(len(text), 1.0))
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    found = bench.bench_echo(None, {}, ["speex", "kalman"], seconds=20)
    assert found["results"] == []
    assert "speexdsp is not installed" in found["skipped"][0]
    with pytest.raises(WrongUse, match="too short"):
        bench.bench_echo(None, {}, ["kalman"], seconds=5)
    monkeypatch.undo()
    monkeypatch.setattr(bench.shutil, "which", lambda name: None)
    with pytest.raises(NotHere, match="install espeak-ng or flite"):
        bench.bench_echo(None, {}, ["kalman"], seconds=20)


@pytest.mark.parametrize(("voice", "lengths"), [
    ([0, 1, 1, 0, 1], [2, 1]), ([], []), ([1, 1], [2]), ([0, 0], []),
])
def test_runs(voice, lengths):
    assert bench.runs(np.array(voice, bool)) == lengths


# -- while nothing is played ---------------------------------------------------------------------------
def wakeful(canceller):
    """The same canceller, kept from ever noticing that nothing is played; but its room stands still meanwhile."""
    for part in (canceller.path, canceller.suppressor, canceller.aligner):
        part.zeros = -10**9
    canceller.path._learn = partial(still, canceller.path)
    return canceller


def still(path, error):
    weights = path.weights
    PathFilter._learn(path, error)
    if not path.spectra.any():
        path.weights = weights


def with_rests(seconds, drift):
    """The assistant talks, is silent for long and talks again; somebody speaks in either state. mic, ref: [n]"""
    rng = np.random.default_rng(5)
    says = talk(1, sum(seconds) + 1)[::3]
    n, first, rest = (int(s * MIC_HZ) for s in (sum(seconds), *seconds[:2]))
    ref = says[:n].copy()
    ref[first : first + rest] = 0
    late = 900 + drift * np.arange(n)
    echo = 0.4 * np.interp(np.arange(n) - late, np.arange(n), ref)
    user = talk(2, 2.0)[::3]
    mic = echo + 1e-4 * rng.standard_normal(n)
    for at in (first + rest - MIC_HZ, n - 2 * MIC_HZ):
        mic[at : at + len(user)] += 0.3 * user[: n - at]
    return mic.astype(np.float32), ref.astype(np.float32)


@pytest.mark.parametrize("drift", [0.0, 1e-4])
def test_a_canceller_that_rests_while_nothing_is_played_gives_out_the_same_then_and_after(drift):
    mic, ref = with_rests((5.0, 12.0, 5.0), drift)
    rests, works = make("kalman"), make("kalman")
    rested, error, linear = 0, 0.0, 0.0
    for at in range(0, len(mic) - FRAME, FRAME):
        frame = slice(at, at + FRAME)
        error = max(error, np.abs(rests.process(mic[frame], ref[frame])
                                  - wakeful(works).process(mic[frame], ref[frame])).max())
        linear = max(linear, np.abs(rests.linear - works.linear).max())
        rested = max(rested, rests.path.owed)
    assert rests.delay_ms == works.delay_ms
    assert rests.delay_ms == pytest.approx(1000 * 900 / MIC_HZ, abs=3)
    assert (rests.drift_ppm != 0) == (drift != 0)
    assert rested > 500
    assert rests.path.owed == 0
    assert error < 1e-4
    assert linear < 1e-4
    assert np.allclose(rests.path.weights, works.path.weights, atol=1e-3)


def test_a_drift_that_goes_on_through_hours_of_silence_does_not_lead_off_the_tape():
    aligner = Aligner()
    aligner.drift, aligner.shift, silence = 6e-4, 900.0, np.zeros(FRAME, np.float32)
    for _ in range(20_000):
        assert not aligner.align(silence, silence).any()
    aligner.shift = 1e6                          # what days would come to
    assert len(aligner.align(silence, silence + 0.1)) == FRAME


def removed_db(canceller, rests_s, path):
    """The assistant talks for 8 s, is silent for so long, and talks again -> echo loss of the linear part in the
    first second after it. path(n): the room's response, before (0) and after (1)."""
    says = talk(1, 12.0)[::3]
    first, again = says[: 8 * MIC_HZ], says[8 * MIC_HZ : 10 * MIC_HZ]
    silence = np.zeros(3 * MIC_HZ, np.float32)
    before = np.concatenate([first, silence])
    mic = np.concatenate([np.convolve(before, path(0))[: len(before)], np.convolve(again, path(1))[: len(again)]])
    ref = np.concatenate([before, again])
    mic = (mic + 1e-4 * np.random.default_rng(2).standard_normal(len(mic))).astype(np.float32)
    out = []
    for at in range(0, len(mic) - FRAME, FRAME):
        if at == len(before) - MIC_HZ // 2 // FRAME * FRAME:
            canceller.rest(int(rests_s * 100))
        canceller.process(mic[at : at + FRAME], ref[at : at + FRAME])
        out.append(canceller.linear)
    linear = np.concatenate(out)[FRAME:]                          # a frame late
    return [db(mic[at : at + MIC_HZ]) - db(linear[at : at + MIC_HZ])
            for at in (len(before) - 5 * MIC_HZ, len(before), len(mic) - MIC_HZ - 2 * FRAME)]


def a_room(gain, seed):
    path = np.zeros(2600)
    path[800] = gain
    path[800:] += 0.03 * np.random.default_rng(seed).standard_normal(1800) * np.exp(-np.arange(1800) / 400)
    return path


@pytest.mark.parametrize("rests_s", [0, 60, 7200])
def test_what_was_learnt_of_a_room_is_known_after_hours_of_silence(rests_s):
    before, after, _ = removed_db(make("kalman"), rests_s, lambda n: a_room(0.4, 1))
    assert before > 20
    assert after > before - 6


def test_a_room_that_changed_in_a_long_silence_is_learnt_anew():
    _, after, later = removed_db(make("kalman"), 600, lambda n: a_room((0.4, 0.25)[n], n))
    assert after > 2
    assert later > 9
