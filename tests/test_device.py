"""The device: its callback under any schedule, its choice of devices, and real streams on private sound servers."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundserver
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENT_S
from soundserver import Jack, Pulse, until

from audio_io.device import hot_plug, shared_ring
from audio_io.device.hot_plug import SteadyDevice
from audio_io.device.portaudio import BUSY, DeviceChoice, Listed, Table, find, in_words, load, pairs
from audio_io.device.shared_ring import Rings, size
from audio_io.device.sound_process import Converter
from audio_io.device.stream import SoundDevice, Vital, _notes
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import BLOCK_MS, DEVICE_HZ, MIC_HZ
from audio_io.notices import Statement, line

JACK = soundserver.lacking("jackd", "jack_lsp", "jack_connect")
PULSE = soundserver.lacking("pulseaudio", "pactl")
needs_jack = pytest.mark.skipif(bool(JACK), reason=JACK or "-")
needs_pulse = pytest.mark.skipif(bool(PULSE), reason=PULSE or "-")


# -- the callback -----------------------------------------------------------------------------------------
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), max_size=40),
       st.integers(1, 2), st.integers(1, 2))
def test_reference_is_what_was_played_and_stays_in_step_with_the_microphone(schedule, inputs, outputs):
    io, n, played, heard, taken = SoundDevice(), 0, [], [], []
    b = io.block
    for writes, callbacks, reads in schedule:
        for _ in range(writes):
            io.speaker.push(np.full(b, n := n + 1, np.float32))
        for _ in range(callbacks):
            y = np.full((b, outputs), np.nan, np.float32)
            io.on_block(np.full((b, inputs), len(heard), np.float32), y, b, None, None)
            assert (y == y[:, :1]).all()         # the same on every channel
            played.append(y[0, 0])
            heard.append(len(heard))
        assert len(io.mic) == len(io.reference)
        assert len(io.speaker) <= 2 * b
        for _ in range(min(reads, len(io.mic) // b)):
            taken.append((int(io.mic.take(b)[0]), float(io.reference.take(b)[-1])))
    assert [t for t, _ in taken] == sorted({t for t, _ in taken})         # nothing twice, in order
    assert all(played[i] == y for i, y in taken)                          # both of the same callback
    assert io.blocks == len(heard)
    assert io.mic.lost == io.reference.lost


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3), st.booleans()), max_size=80),
       st.integers(1, 2), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_short_way_through_a_callback_does_what_the_long_one_does(schedule, inputs, outputs):
    """Over a wrap of the rings, when they are full, with speech in between, silent microphones and any channels."""
    short, long = SoundDevice(), SoundDevice()
    b, rng = short.block, np.random.default_rng(1)
    for resting, speaks, reads, silent in schedule:
        x = np.zeros((b, inputs), np.float32) if silent else rng.standard_normal((b, inputs)).astype(np.float32)
        outs = [np.full((b, outputs), np.nan, np.float32) for _ in range(2)]
        for io in (short, long):
            io.speaker.resting = resting
            if speaks:
                io.speaker.push(np.full(b, 0.5, np.float32))
        short.on_raw(memoryview(x.reshape(-1)).cast("B"), memoryview(outs[0].reshape(-1)).cast("B"), b, None, silent)
        long.on_block(x, outs[1], b, None, silent)
        assert np.array_equal(*outs)
        n = min(reads * 7 * b, len(long.mic))
        assert np.array_equal(short.mic.take(n), long.mic.take(n))
        assert np.array_equal(short.reference.take(n), long.reference.take(n))
        assert short.rings.cells[1:].tolist() == long.rings.cells[1:].tolist()


def test_the_callback_counts_trouble_and_silence():
    io = SoundDevice()
    y = np.empty((io.block, 2), np.float32)
    silent, sound = np.zeros((io.block, 1), np.float32), np.full((io.block, 1), 1e-9, np.float32)
    for x, status in ((sound, 4), (silent, 0), (silent, 0)):
        io.on_block(x, y, io.block, None, status)
    assert (io.blocks, io.trouble, io.rings.silent_blocks) == (3, 1, 2)
    io.on_block(sound, y, io.block, None, 0)
    assert io.rings.silent_s == 0


def test_a_stream_is_judged_by_its_callbacks_and_a_microphone_by_its_zeros():
    rings, now = Rings.local(), [0.0]
    vital = Vital(rings, lambda: now[0])
    now[0] = 2.9
    assert vital.stalled() is None                 # a headset may wake slowly
    rings.count(False, True)
    assert vital.stalled() is None
    now[0] = 3.8
    assert vital.stalled() is None
    now[0] = 3.95
    assert "1 s" in str(vital.stalled())
    for _ in range(1000 // BLOCK_MS - 1):
        assert vital.mute() is None
        rings.count(False, True)
    assert "muted" in str(vital.mute())
    rings.count(False, False)
    assert vital.mute() is None


def test_a_stream_that_nobody_could_look_at_is_given_the_time_to_go_on():
    rings, now = Rings.local(), [0.0]
    vital = Vital(rings, lambda: now[0])
    rings.count(False, False)
    assert vital.stalled() is None
    now[0] += 3600.0                             # the computer slept, and its clock did not
    assert vital.stalled() is None
    for _ in range(9):
        now[0] += 0.1
        assert vital.stalled() is None
    now[0] += 0.15
    assert "1 s" in str(vital.stalled())


# -- the shared rings -------------------------------------------------------------------------------------
def test_two_views_of_the_rings_are_one():
    mine = Rings.create()
    try:
        theirs = Rings.attach(mine.path)
        theirs.mic.push(np.arange(5, dtype=np.float32))
        theirs.count(True, False)
        assert mine.mic.take(3).tolist() == [0, 1, 2]
        assert (len(theirs.mic), mine.blocks, mine.trouble, mine.hz) == (2, 1, 1, DEVICE_HZ)
        mine.speaker.push(np.ones(10 * mine.block, np.float32))
        assert (len(theirs.speaker), theirs.speaker.lost) == (2 * mine.block, 8 * mine.block)
        assert theirs.reference.buf.size + theirs.mic.buf.size == DEVICE_HZ
        assert mine.path.stat().st_size == size(DEVICE_HZ)
    finally:
        mine.forget()
    assert not mine.path.exists()
    with pytest.raises(OSError, match="No such file"):
        Rings.attach(mine.path)


def test_rings_of_a_program_that_was_killed_are_taken_away_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_ring, "FAST", tmp_path)
    here = Rings.create()
    code = ("import os, signal, sys; from pathlib import Path; from audio_io.device import shared_ring; "
            "shared_ring.FAST = Path(sys.argv[1]); shared_ring.Rings.create(); os.kill(os.getpid(), signal.SIGKILL)")
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -signal.SIGKILL
    (tmp_path / "parley-notes.txt").write_text("not ours to delete")
    left = set(tmp_path.glob("*.rings")) - {here.path}
    assert len(left) == 1
    young = Rings.create()                               # a minute has not passed
    assert left < set(tmp_path.iterdir())
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    later = Rings.create()
    assert set(tmp_path.iterdir()) == {here.path, young.path, later.path, tmp_path / "parley-notes.txt"}
    for rings in (here, young, later):
        rings.forget()
    assert [path.name for path in tmp_path.iterdir()] == ["parley-notes.txt"]


def test_a_stream_killed_between_its_two_copies_leaves_no_shift():
    rings = Rings.local()
    rings.reference.push(np.ones(rings.block, np.float32))      # ... and it never came to the microphone
    rings.level()
    assert rings.reference.wrote == rings.mic.wrote == rings.block
    assert not rings.mic.take(rings.block).any()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), min_size=20, max_size=60))
def test_a_device_at_another_rate_is_converted_and_stays_aligned(steps):
    hz = 16_000 if sum(steps) % 2 else 44_100
    device, rings = SoundDevice(), Rings.local()
    device.rings = Rings.local(hz)
    converter = Converter(device, rings)
    t, sent, out, mic, ref = 0, 0, [], [], []
    for called in steps:
        for _ in range(2):
            while rings.speaker.free >= rings.block:
                rings.speaker.push(np.sin(2 * np.pi * 440 * np.arange(sent, sent + rings.block) / DEVICE_HZ))
                sent += rings.block
            converter.move()
        if called:
            y = np.empty((device.block, 1), np.float32)
            device.on_block(y, y, device.block, None, 0)         # what is played is what is heard
            out.append(y[:, 0])
            t += device.block
        converter.move()
        n = min(len(rings.mic), len(rings.reference))
        mic.append(rings.mic.take(n))
        ref.append(rings.reference.take(n))
    assert np.array_equal(np.concatenate(mic), np.concatenate(ref))
    assert abs(len(np.concatenate(mic)) - t * DEVICE_HZ / hz) < 0.01 * DEVICE_HZ
    assert rings.blocks == len(out)
    if len(out) > 10:
        tone = np.concatenate(out)[hz // 50 :]
        assert np.abs(tone).max() == pytest.approx(1, abs=0.05)
        assert np.abs(np.diff(tone)).max() < 2 * np.pi * 440 / hz * 1.1   # no click where two blocks meet


# -- which device -----------------------------------------------------------------------------------------
TABLE = Table(
    (
        Listed(0, "HDA Intel: Analog (hw:0,0)", "ALSA", 2, 2, 44_100),
        Listed(1, "USB Headset: Audio (hw:1,0)", "ALSA", 1, 2, 48_000),
        Listed(2, "default", "ALSA", 32, 32, 48_000),
        Listed(3, "jack", "ALSA", 2, 2, 48_000),
        Listed(4, "system", "JACK", 2, 2, 48_000),
        Listed(5, "Monitor", "ALSA", 0, 2, 48_000),
    ),
    (("ALSA", 2, 2), ("JACK", 4, 4)),
)


@pytest.mark.parametrize(("choice", "indices"), [
    (DeviceChoice(), (2, 2)),
    (DeviceChoice("default", ""), (2, 2)),
    (DeviceChoice("headset", "headset"), (1, 1)),
    (DeviceChoice("hda", None), (0, 2)),
    (DeviceChoice(None, "monitor"), (2, 5)),
    (DeviceChoice(1, "0"), (1, 0)),
    (DeviceChoice("system", None), (4, 4)),      # the other side follows to the same sound system
    (DeviceChoice("SYSTEM, jack", "system"), (4, 4)),
])  # fmt: skip
def test_a_choice_finds_its_devices(choice, indices):
    given_, taken = next(iter(pairs(choice, TABLE)))
    assert (given_.index, taken.index) == indices


def test_alsas_detour_to_jack_is_tried_after_jack_itself():
    table = Table((TABLE.devices[3], TABLE.devices[4]), (("ALSA", 3, 3), ("JACK", 4, 4)))
    assert [i.index for i, _ in pairs(DeviceChoice(), table)] == [4, 3]


@pytest.mark.parametrize(("choice", "line"), [
    (DeviceChoice(input="hedset"), "input device .*'hedset'.*USB Headset"),
    (DeviceChoice(input="monitor"), "input device"),
    (DeviceChoice(output=17), "output device .*17"),
    (DeviceChoice("headset", "system"), "different sound systems"),
])  # fmt: skip
def test_a_choice_that_means_nothing_is_refused_with_the_list(choice, line):
    with pytest.raises(WrongUse, match=line) as refused:
        list(pairs(choice, TABLE))
    assert "\n" not in str(refused.value)


def test_a_machine_without_microphone_says_so():
    with pytest.raises(NotHere, match="microphone"):
        list(pairs(DeviceChoice(), Table((TABLE.devices[5],), (("ALSA", -1, 5),))))


@given(st.text(max_size=6))
def test_any_name_is_found_by_its_own_letters_or_refused(text):
    try:
        found = find(text, "output", TABLE)
    except WrongUse:
        return
    assert all(text.strip().lower() in d.full_name.lower() or text.strip().isdecimal() for d in found)


def test_a_busy_device_is_called_busy():
    usb = TABLE.devices[1]
    for args in (("Device unavailable", BUSY), ("Unanticipated", -9999, (0, -16, "busy"))):
        said = in_words(Exception(*args), (usb, usb))
        assert isinstance(said, NotHere)
        assert "in use by another program" in str(said)
    assert "cannot be opened" in str(in_words(Exception("Unanticipated", -9999, (0, -5, "io")), (usb, usb)))


def test_telephone_quality_is_pointed_out():
    buds = Listed(0, "Buds", "ALSA", 1, 2, MIC_HZ)
    assert "telephone quality" in str(_notes(buds, DEVICE_HZ)[0])
    assert _notes(TABLE.devices[1], DEVICE_HZ) == []


def test_without_portaudio_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NotHere, match="pip install sounddevice"):
        load()


# -- real streams -----------------------------------------------------------------------------------------
class Talker:
    """Keeps a device's speaker ring full of noise that never repeats, and all that mic and reference gave."""

    def __init__(self, device: SteadyDevice) -> None:
        self.device, self.stopping = device, False
        self.mic: list[np.ndarray] = []
        self.reference: list[np.ndarray] = []
        self.thread = threading.Thread(target=self._run, name="talker")

    def __enter__(self) -> "Talker":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        self.thread.join(PATIENT_S)

    def _run(self) -> None:
        rng, tick, d = np.random.default_rng(2), threading.Event(), self.device
        while not self.stopping:
            while d.speaker.free >= d.block:
                d.speaker.push(0.1 * rng.standard_normal(d.block).astype(np.float32))
            n = min(len(d.mic), len(d.reference))
            self.mic.append(d.mic.take(n))
            self.reference.append(d.reference.take(n))
            tick.wait(0.004)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def jack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jack]:
    with Jack(tmp_path) as server:
        soundserver.wear(server.env, monkeypatch)
        yield server


def test_without_any_sound_server_one_line_says_so(tmp_path, monkeypatch):
    soundserver.wear(soundserver.bare_env(tmp_path), monkeypatch)
    monkeypatch.setattr(hot_plug, "OPEN_S", PATIENT_S)
    device = SteadyDevice(say=pytest.fail)
    with pytest.raises(NotHere, match="no microphone was found on this machine: plug one in"):
        device.start()
    device.stop()
    assert "stopped" in str(device.alive())
    assert not device.rings.path.exists()


@pytest.mark.device
@pytest.mark.realtime
@needs_jack
def test_on_jack_every_block_arrives_and_the_reference_is_what_was_played(jack, lines):
    device = SteadyDevice(say=lambda what: lines.append(line(what)))
    with jack.person(echo_db=None) as person:
        device.start()
        try:
            until(lambda: device.blocks, PATIENT_S, "the first block")
            program = person.wire()
            jack.connect(f"{program}:out_0", f"{program}:in_0")           # the loudspeaker into the microphone
            with Talker(device) as talker:
                first, began = device.blocks, person.now()
                person.wait(2.0)
                blocks, periods = device.blocks - first, (person.now() - began) // soundserver.PERIOD
            recorded = person.heard()[:, 1]
            assert device.alive() is None
            assert abs(blocks - periods) <= 4                             # asked one after the other
            assert device.mic.lost == device.reference.lost == 0
        finally:
            device.stop()
    assert lines == []
    b, mic, played = device.block, np.concatenate(talker.mic), np.concatenate(talker.reference)
    middle = slice(len(played) // 2, len(played) // 2 + 20 * b)
    assert _at(played[middle], recorded) >= 0                             # bit by bit what left the machine
    at = _at(played[middle][:b], mic)
    delay = at - middle.start
    assert 0 <= delay <= 4 * b
    pairs_ = [(mic[i + delay : i + delay + b], played[i : i + b]) for i in range(40 * b, len(mic) - 5 * b, b)]
    same = np.mean([np.array_equal(m - p, np.zeros(b)) or np.abs(m - p).max() < 1e-3 for m, p in pairs_])
    assert same > 0.9                                                     # a busy machine may miss a period


def _at(part: np.ndarray, whole: np.ndarray) -> int:
    """-> where `part` lies in `whole`, within the person's own dither (-90 dB), or -1."""
    for i in np.flatnonzero(np.abs(whole[: len(whole) - len(part) + 1] - part[0]) < 1e-3):
        if np.abs(whole[i : i + len(part)] - part).max() < 1e-3:
            return int(i)
    return -1


@pytest.mark.device
@pytest.mark.realtime
@needs_jack
def test_two_at_once_both_run_and_a_killed_server_is_survived(jack, lines):
    device, other = SteadyDevice(say=lambda what: lines.append(line(what))), SteadyDevice()
    device.start()
    other.start()
    try:
        until(lambda: device.blocks > 10 and other.blocks > 10, PATIENT_S, "both streams")
        other.stop()
        jack.switch_off(kill=True)
        until(lambda: any("No sound device works" in line for line in lines), PATIENT_S, "the line")
        assert "No sound device works" in str(device.alive())
        assert device.now == ("", "")
        for ring in (device.mic, device.reference):
            ring.take(len(ring))                                          # nobody reads here: they may be full
        at, mic = device.blocks, device.mic.wrote
        jack.switch_on()
        until(lambda: device.blocks > at + 10, PATIENT_S, "the stream to come back")
        assert device.mic.wrote > mic                                     # one clock, from the first sample on
        assert (device.route, device.gaps) == (2, 1)
        assert device.gap_s > 0
        assert any("Sound is back" in line for line in lines)
    finally:
        device.stop()
        other.stop()
    assert len(device.mic) == len(device.reference)


@pytest.mark.device
@pytest.mark.realtime
@needs_pulse
def test_unplugged_in_mid_stream_the_default_stands_in_until_it_is_back(tmp_path, monkeypatch, lines):
    with Pulse(tmp_path / "home") as home, Pulse(tmp_path / "headset", "headset") as headset:
        soundserver.wear(home.env | {"ALSA_CONFIG_PATH": str(home.alsa(home, headset))}, monkeypatch)
        assert [d.name for d in hot_plug.devices().devices] == ["headset", "default"]
        device = SteadyDevice(DeviceChoice("headset", "headset"), say=lambda what: lines.append(line(what)))
        device.start(strict=True)
        try:
            with Talker(device) as talker:
                until(lambda: device.blocks > 20, PATIENT_S, "the headset's stream")
                until(lambda: any(x.any() for x in talker.mic), PATIENT_S, "the echo in the microphone")
                headset.unplug_all()
                until(lambda: device.stands_in, PATIENT_S, "the default to stand in")
                at, route = device.blocks, device.route
                until(lambda: device.blocks > at + 20, PATIENT_S, "the default's stream")
                assert device.now == ("default, ALSA", "default, ALSA")
                headset.plug_all()
                until(lambda: device.now[0] == "headset, ALSA", PATIENT_S, "the headset to return")
                assert not device.stands_in
                assert device.route > route
                device.choose(DeviceChoice())
                until(lambda: device.now[0] == "default, ALSA", PATIENT_S, "the choice")
        finally:
            device.stop()
    said = [line for line in lines if "zeros" not in line and "heard again" not in line]
    assert "headset, ALSA: " in said[0]
    assert "sound goes through default, ALSA" in said[1]
    assert "headset, ALSA is back" in said[2]
    assert all("\n" not in line for line in said)


@pytest.mark.device
@pytest.mark.realtime
@needs_pulse
def test_when_the_systems_default_changes_the_stream_goes_with_it_and_nothing_is_lost(tmp_path, monkeypatch, lines):
    """The sound server moves it; what changes is the echo's delay, which the canceller follows."""
    with Pulse(tmp_path) as server:
        soundserver.wear(server.env, monkeypatch)
        device = SteadyDevice(say=lambda what: lines.append(line(what)))
        device.start(strict=True)
        try:
            with Talker(device) as talker:
                until(lambda: device.blocks > 20, PATIENT_S, "the stream")
                where = sink_of_program(server)
                server.plug("desk", f"{soundserver.SINK} sink_name=desk")
                server.control("set-default-sink", "desk")
                until(lambda: sink_of_program(server) not in ("", where), PATIENT_S, "the stream to move")
                at, taken = device.blocks, len(talker.mic)
                until(lambda: device.blocks > at + 50, PATIENT_S, "the stream to go on")
                until(lambda: len(talker.mic) > taken, PATIENT_S, "the microphone")
                assert device.now == ("default, ALSA", "default, ALSA")
        finally:
            device.stop()
    assert not [line for line in lines if "working device" in line]


def sink_of_program(server: Pulse) -> str:
    """-> the number of the sink that the program plays to, "" for none; the room's own loop is not it."""
    inputs = [line.split("\t") for line in server.control("list", "short", "sink-inputs").splitlines()]
    return next((words[1] for words in inputs if words[2] != "-"), "")


@pytest.mark.device
@pytest.mark.realtime
@needs_pulse
def test_a_sound_server_that_does_not_answer_is_not_waited_for(tmp_path, monkeypatch, lines):
    with Pulse(tmp_path) as server:
        soundserver.wear(server.env, monkeypatch)
        amiss: list[Statement | None] = []
        device = SteadyDevice(say=lambda what: (lines.append(line(what)), amiss.append(device.alive())))
        device.start()
        device.start()                           # a second time: it goes on as it is
        until(lambda: device.blocks > 20, PATIENT_S, "the stream")
        server.signal(signal.SIGSTOP)
        until(lambda: any("no sound for 1 s" in line for line in lines), PATIENT_S, "the line")
        until(lambda: device._opening, PATIENT_S, "the attempt to open it again")
        assert amiss[next(i for i, line in enumerate(lines) if "no sound for 1 s" in line)]     # not after the line
        device.stop()
        assert device._opening is None           # the attempt ended with it, not by its own time limit
        assert not any("did not answer" in line for line in lines)

        monkeypatch.setattr(hot_plug, "OPEN_S", 1.0)
        device = SteadyDevice()
        with pytest.raises(NotHere, match="did not answer within 1 s while opening"):
            device.start()
        with pytest.raises(Trouble, match="listing the devices"):
            hot_plug.devices()
        device.stop()
        server.signal(signal.SIGCONT)
