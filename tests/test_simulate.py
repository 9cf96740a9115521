"""The simulator of conversations: labels are exact, the same command makes the same bytes, splits share nothing."""

import argparse
import csv
import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_io.dsp import echo
from audio_io.errors import WrongUse
from audio_io.frames import FRAME, MIC_HZ
from engine.training.dialogues import device as dialogue_device
from engine.training.dialogues import simulate
from engine.training.dialogues.people import Assembly, Spoken, alone
from engine.training.dialogues.recordings import SPLITS, Recordings, phrase_split
from engine.training.dialogues.script import ASSISTANT, CALL, HELPER, USER, Scene, converse, disturb, nod_windows, track
from engine.training.dialogues.sound import FRAME_N, LEVEL, hum, lengthened, resampled, silences, trimmed
from engine.training.dialogues.text import FREE_WORDS, Texts
from engine.training.dialogues.voices import FESTIVAL, FLITE, Synthesisers

KINDS = {"turn", "backchannel", "noise", "other_voice", "laugh", "cough"}


def tone(ms: int, hz: float = 300.0) -> np.ndarray:
    t = np.arange(ms * MIC_HZ // 1000) / MIC_HZ
    return np.asarray(LEVEL * 1.4 * np.sin(2 * np.pi * hz * t), np.float32)


class Whistler:
    """Talks in tones, so that energy tells exactly when."""

    name = "synthetic:tones"

    def turn(self, kind: str, rng: random.Random) -> Spoken:
        whole = Assembly()
        for _ in range(rng.randint(1, 5)):
            whole.add(tone(10 * rng.randint(20, 150)), rng.randint(1600, 20000))
        return whole.spoken("la la la")

    def backchannel(self, rng: random.Random) -> Spoken:
        return alone(tone(250, 200.0), "mm")

    def laugh(self, rng: random.Random) -> Spoken:
        return alone(tone(400, 500.0), "")

    def background(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return np.zeros(n, np.float32)


@pytest.fixture(scope="module", params=[CALL, HELPER], ids=["call", "helper"])
def scene(request: pytest.FixtureRequest) -> Scene:
    return converse((Whistler(), Whistler()), request.param, 150.0, random.Random(4))


def spans(scene: Scene, side: int) -> np.ndarray:
    """[total] bool: what the labels call voice."""
    flags = np.zeros(scene.total, bool)
    for e in scene.of(side):
        flags[e.start : e.end] = True
        for s, t in e.spoken.pauses:
            flags[e.at + s : e.at + t] = False
    return flags


@pytest.mark.parametrize("side", [USER, ASSISTANT])
def test_labels_agree_with_the_energy_to_the_sample(scene: Scene, side: int) -> None:
    sounding = np.abs(track(scene, side)) > 1e-6
    labelled = spans(scene, side)
    assert labelled.any()
    assert not labelled.all()
    assert not (sounding & ~labelled).any()                       # not one sample outside
    gaps = silences(track(scene, side), 0.0)
    edges = np.flatnonzero(np.diff(labelled.astype(int)))
    near = [any(abs(int(e) + 1 - s) <= FRAME_N for pair in gaps for s in pair) for e in edges[1:-1]]
    assert all(near)                                              # and every label's edge is one of the sound


def test_people_pause_nod_interrupt_and_overlap() -> None:
    scenes = [converse((Whistler(), Whistler()), CALL, 55.0, random.Random(k)) for k in range(20)]
    events = [e for s in scenes for e in s.events]
    assert {"turn", "backchannel"} <= {e.kind for e in events}
    assert any(e.cut for e in events)
    assert any(e.spoken.pauses for e in events)
    assert all(e.takes_floor == (e.kind == "turn" and e.side == USER) for e in events)
    gaps = []
    for s in scenes:
        turns = [e for e in s.events if e.kind == "turn"]
        gaps += [(b.start - a.end) / MIC_HZ for a, b in itertools.pairwise(turns) if not a.cut]
    assert min(gaps) >= -1.5                                      # begun while the other said the last word
    assert max(gaps) <= 1.51
    assert min(gaps) < -0.05
    assert 0.1 < float(np.median(gaps)) < 0.45
    for s in scenes:
        assert all(0 <= e.start < e.end <= s.total for e in s.events)


def test_a_window_for_a_nod_lies_inside_a_turn(scene: Scene) -> None:
    windows = nod_windows(scene)
    turns = [(e.start / MIC_HZ, e.end / MIC_HZ) for e in scene.of(USER, "turn")]
    assert windows
    assert all(any(a <= s < e <= b + 1e-6 for a, b in turns) for s, e in windows)


def test_noises_are_added_where_the_labels_say(scene: Scene) -> None:
    noisy = Scene(list(scene.events), scene.total)
    disturb(noisy, Whistler(), [Whistler()], None, 12.0, random.Random(2))
    added = [e for e in noisy.events if e not in scene.events]
    assert {e.kind for e in added} >= {"cough", "noise", "other_voice"}
    difference = sum(np.abs(track(noisy, USER, far) - track(scene, USER, far)) for far in (False, True))
    for e in added:
        assert np.max(difference[e.start : e.end]) > 1e-3
    assert len([e for e in noisy.of(USER, "turn")]) == len(scene.of(USER, "turn"))


@pytest.mark.parametrize("condition", sorted(dialogue_device.DEVICES))
def test_a_device_moves_nothing_in_time(condition: str) -> None:
    rng = np.random.default_rng(1)
    user = np.zeros(4 * MIC_HZ, np.float32)
    user[MIC_HZ : 2 * MIC_HZ] = LEVEL * rng.standard_normal(MIC_HZ)
    played = np.zeros_like(user)
    played[3 * MIC_HZ : 3 * MIC_HZ + MIC_HZ // 2] = LEVEL * rng.standard_normal(MIC_HZ // 2)
    tracks = dialogue_device.Tracks(user, np.zeros_like(user), played)
    taken = dialogue_device.DEVICES[condition](tracks, None, random.Random(3))
    assert (taken.clean is not None) == (condition == "loudspeaker")
    pairs = [(user, taken.mic, 0), (played, taken.played, 0)]
    if taken.clean is not None:
        pairs.append((user, taken.clean, echo.make(echo.DEFAULT).latency))        # as in the product
    for dry, wet, late in pairs:
        assert wet.shape == dry.shape
        assert wet.dtype == np.float32
        likeness = np.fft.irfft(np.conj(np.fft.rfft(dry)) * np.fft.rfft(wet))
        lag = int(np.argmax(np.abs(likeness)))
        assert abs((lag + len(dry) // 2) % len(dry) - len(dry) // 2 - late) <= 2


def test_the_echo_is_in_the_microphone_and_gone_from_clean() -> None:
    rng = np.random.default_rng(2)
    played = np.asarray(LEVEL * rng.standard_normal(6 * MIC_HZ), np.float32)
    tracks = dialogue_device.Tracks(np.zeros_like(played), np.zeros_like(played), played)
    taken = dialogue_device.loudspeaker(tracks, None, random.Random(8))
    assert taken.clean is not None
    last = slice(-2 * MIC_HZ, -FRAME * 4)
    assert np.std(taken.clean[last]) < 0.5 * np.std(taken.mic[last])


def test_splits_share_no_phrase_voice_or_content_word() -> None:
    said: dict[str, set[str]] = {}
    for split in SPLITS:
        texts, rng = Texts(None, split), random.Random(5)
        said[split] = set()
        for kind in ("long", "reply", "command", "question"):
            for _ in range(40):
                said[split] |= {s.text for s in texts.plan(kind, rng, 0.0).sentences if len(s.words) > FREE_WORDS}
        assert len(said[split]) > 80
    assert not said["train"] & said["test"]
    assert not said["train"] & said["dev"]
    assert not said["dev"] & said["test"]
    rules = [Texts(None, split).rules for split in SPLITS]
    content = [{o for n, options in r.items() if n.startswith("x_") for _, o in options} for r in rules]
    assert not content[0] & content[1]
    assert not content[0] & content[2]
    assert not content[1] & content[2]
    for table in (FLITE, FESTIVAL):
        assert not set(table["train"]) & set(table["test"])
        assert not set(table["dev"]) & set(table["test"])


def test_voices_are_dealt_out_and_speak_alike_twice() -> None:
    makers = [Synthesisers(split, ("espeak",)) for split in SPLITS]
    try:
        variants = [set(m.variants) for m in makers]
        assert all(variants)
        assert not variants[0] & variants[1]
        assert not variants[0] & variants[2]
        assert not variants[1] & variants[2]
        voice = makers[0].draw(random.Random(1))
        first, marks = makers[0].say("this is said, and then this", voice)
        again, _ = makers[0].say("this is said, and then this", voice)
        np.testing.assert_array_equal(first, again)
        assert len(marks) >= 5
        assert max(marks.values()) < len(first)
    finally:
        for m in makers:
            m.stop()


def recordings_folder(folder: Path) -> Path:
    """Twelve speakers with five sentences each, made of tones and silences."""
    rng = np.random.default_rng(3)
    rows = []
    for speaker in range(12):
        for k in range(5):
            name = f"book/{speaker}-1-{k:04d}.wav"
            (folder / "book").mkdir(parents=True, exist_ok=True)
            word = np.concatenate([tone(600, 150 + 10 * speaker), np.zeros(MIC_HZ // 4, np.float32)])
            x = np.tile(word, 3) + 1e-4 * rng.standard_normal(3 * len(word))
            soundfile.write(folder / name, x, MIC_HZ)
            rows.append({
                "file": name, "category": "librispeech_train_clean_5", "language": "en", "speaker": f"s{speaker}",
                "duration_s": f"{len(x) / MIC_HZ:.3f}", "transcript": "one two three", "label": "",
            })  # fmt: skip
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_speakers_are_split_and_decoded_once(tmp_path: Path) -> None:
    folder = recordings_folder(tmp_path / "speech")
    own = {s: set(Recordings(folder, s).speakers("librispeech_train_clean_5")) for s in SPLITS}
    assert set.union(*own.values()) == {f"s{k}" for k in range(12)}
    assert sum(map(len, own.values())) == 12
    train = Recordings(folder, "train", tmp_path / "cache")
    first = train.of("librispeech_train_clean_5")[0]
    x = train.pcm(first)
    assert x.dtype == np.float32
    assert abs(len(x) / MIC_HZ - first.seconds) < 1e-3
    assert len(list((tmp_path / "cache").rglob("*.npy"))) == 1
    np.testing.assert_array_equal(Recordings(folder, "train", tmp_path / "cache").pcm(first), x)
    with pytest.raises(WrongUse, match="split 'all'"):
        Recordings(folder, "all")
    with pytest.raises(WrongUse, match="manifest"):
        Recordings(tmp_path, "train")


def test_the_same_seed_makes_the_same_bytes_in_the_published_form(tmp_path: Path) -> None:
    sources = simulate.Sources("test", None, None, ("espeak",), None, ("headphones",))
    for name in ("a", "b"):
        maker = simulate.Maker(sources)
        (tmp_path / name).mkdir()
        try:
            said = [maker.make(7, k, tmp_path / name) for k in ((1, 2) if name == "a" else (2, 1))]
        finally:
            maker.stop()
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files == ["test-7-00001.json", "test-7-00001.wav", "test-7-00002.json", "test-7-00002.wav"]
    for f in files:
        assert (tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes()
    for said in (json.loads((tmp_path / "a" / f).read_text()) for f in files if f.endswith(".json")):
        check_form(said)
    x, hz = soundfile.read(tmp_path / "a" / files[1])
    assert hz == MIC_HZ
    assert x.shape[1] == 2
    assert soundfile.info(tmp_path / "a" / files[1]).subtype == "PCM_16"


def check_form(said: dict) -> None:
    assert said["version"] == 1
    assert said["clean"] is None
    assert said["condition"] == "headphones"
    assert said["user"]
    assert said["assistant"]
    for event in said["user"] + said["assistant"]:
        assert event["kind"] in KINDS
        assert 0 <= event["start"] < event["end"] <= said["seconds"]
        ends = [event["start"], *(t for pair in event["pauses"] for t in pair), event["end"]]
        assert ends == sorted(ends)
    assert [e["start"] for e in said["user"]] == sorted(e["start"] for e in said["user"])
    assert all(s < e for s, e in said["backchannel_here"])


def test_wrong_use_is_one_line(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    simulate.arguments(parser)
    with pytest.raises(WrongUse, match="--voices 'festivall'"):
        simulate.main(parser.parse_args(["--out", str(tmp_path), "--voices", "festivall"]))
    with pytest.raises(WrongUse, match="--conditions 'car'"):
        simulate.main(parser.parse_args(["--out", str(tmp_path), "--conditions", "car"]))
    with pytest.raises(WrongUse, match="--hours 0"):
        simulate.main(parser.parse_args(["--out", str(tmp_path), "--hours", "0"]))


def test_a_piece_of_noise_is_no_voice() -> None:
    noise = 10 ** (-62 / 20) * np.random.default_rng(1).standard_normal(MIC_HZ).astype(np.float32)
    whole = Assembly()
    whole.add(noise + tone(1000), 0)
    whole.add(noise, 8000)
    said = whole.spoken("la")
    assert (said.start, said.end, said.pauses) == (0, MIC_HZ, ())


def test_sounds() -> None:
    x = np.concatenate([np.zeros(1600, np.float32), tone(500), np.zeros(4800, np.float32), tone(300)])
    assert len(trimmed(x)) == len(x) - 1600
    assert silences(x, 0.1) == [(1600 + 8000, 1600 + 8000 + 4800)]
    higher = resampled(tone(1000), 1.1)
    assert abs(len(higher) - MIC_HZ / 1.1) <= 1
    assert abs(np.argmax(np.abs(np.fft.rfft(higher))) * MIC_HZ / len(higher) - 330) < 3
    longer = lengthened(tone(1000), 0.3, 1.5)
    assert 0.10 < (len(longer) - MIC_HZ) / MIC_HZ < 0.25
    assert abs(np.argmax(np.abs(np.fft.rfft(longer))) * MIC_HZ / len(longer) - 300) < 6
    for kind in ("mm-hm", "uh", "um"):
        h = hum(kind, 120.0, 1.0, np.random.default_rng(1))
        assert 0.15 < len(h) / MIC_HZ < 1.2
        assert np.isfinite(h).all()
    assert phrase_split("some phrase") == phrase_split("some phrase")
