"""`parley bench asr`: what is counted as an error, what as late, what is not scored, and what is refused."""

import csv
from pathlib import Path

import numpy as np
import pytest
from voices import CHUNK, FRAME, LevelEncoder, Pcm, said

from app.__main__ import main
from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ
from audio_io.wav import write_wav
from engine.asr.ctc_recogniser import CtcRecogniser
from engine.asr.lookahead import NO_MODEL
from engine.asr.recognisers import Recogniser
from engine.bench import asr

ROWS = [
    {"file": "timer.wav", "transcript": "Set a timer for 5 minutes!", "language": "en-GB", "category": "requests"},
    {"file": "stop.wav", "transcript": "stop it", "language": "en", "category": "requests"},
    {"file": "other.wav", "transcript": "arrête", "language": "fr", "category": "abroad"},
    {"file": "nothing.wav", "transcript": "", "language": "", "category": "noise"},
]
SOUNDS = {
    "timer.wav": said("▁set", "▁a", "▁time", "r", "▁for", "▁five", "▁minutes"), "stop.wav": said("▁stop"),
    "other.wav": said("▁a"), "nothing.wav": np.concatenate([np.zeros(MIC_HZ * 12, np.float32), said("▁stop")]),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(asr, "SILENCE_S", 5.0)
    for name, pcm in SOUNDS.items():
        write_wav(tmp_path / name, pcm, MIC_HZ)
    table(tmp_path, ROWS)
    return tmp_path


def table(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def recognisers() -> dict[str, Recogniser]:
    recorded = asr.Recorded(LevelEncoder())
    return {"parley": CtcRecogniser(encoder=recorded),
            "parley, sound alone": CtcRecogniser(encoder=asr.Replayed(recorded), weights=NO_MODEL)}  # fmt: skip


def test_errors_and_words_in_nothing_are_counted(folder: Path) -> None:
    found, results = asr.bench_asr(asr.read_manifest(folder), recognisers())
    rows = {(r["category"], r["recogniser"]): r for r in found["rows"]}
    requests = rows["requests", "parley"]
    assert (requests["n"], requests["words"], requests["word errors %"]) == (2, 8, 12.5)
    assert requests["all words right %"] == 50
    assert rows["(all scored)", "parley, sound alone"]["word errors %"] == 12.5
    assert rows["abroad", "parley"]["word errors %"] is None
    noise = rows["noise", "parley"]
    assert noise["words in nothing, a minute"] == pytest.approx(60 / (12 + len(said("▁stop")) / MIC_HZ), abs=0.01)
    assert rows["(silence, digital)", "parley"]["words in nothing, a minute"] == 0
    lines = asr.words_csv(results).splitlines()
    assert lines[:3] == ["file,words,\"parley, sound alone\"", *(f"{f},{w},{w}" for f, w in (
        ("timer.wav", "set a timer for five minutes"), ("stop.wav", "stop")))]  # fmt: skip
    assert len(lines) == 1 + len(ROWS)


def test_the_last_word_is_late_by_the_rest_of_its_chunk(folder: Path) -> None:
    clip = asr.read_manifest(folder)[1]
    pcm = np.concatenate([np.full(3 * FRAME, 0.02, np.float32), SOUNDS["stop.wav"][: 2 * FRAME]])     # "a stop"
    got = asr.play(CtcRecogniser(encoder=LevelEncoder()), clip, pcm)
    ended = int(asr.LEAD_S * MIC_HZ) + len(pcm)
    assert got.heard == "a stop"
    assert not got.told_late
    assert got.last_ms == 1000 * (-(-ended // CHUNK) * CHUNK - ended) / MIC_HZ


def test_what_comes_with_the_final_words_only_is_told_late() -> None:
    class Late(CtcRecogniser):
        def _hear(self, pcm: Pcm):  # type: ignore[no-untyped-def]
            self._take(pcm)
            yield from ()

    clip = asr.Clip("x", Path("x"), "a", "scored", "stop")
    got = asr.play(Late(encoder=LevelEncoder()), clip, SOUNDS["stop.wav"])
    assert (got.heard, got.told_late) == ("stop", True)
    assert (got.last_ms or 0) >= 1000 * asr.REST_S


def test_the_sounds_end_is_where_it_falls_silent() -> None:
    pcm = np.concatenate([np.full(1600, 0.3), np.full(1600, 0.001), np.zeros(800)]).astype(np.float32)
    assert asr.sound_end(pcm) == 1600
    assert asr.sound_end(np.zeros(500, np.float32)) == 500


@pytest.mark.parametrize(("text", "same"), [
    ("It's 7:05, O.K.?", "it's seven oh five o k"), ("Zoë’s café", "zoe's cafe"), ("", ""),
    ("TWENTY-FIVE  %", "twenty five percent"),
])  # fmt: skip
def test_transcripts_are_compared_as_they_are_spoken(text: str, same: str) -> None:
    assert asr.normal(text) == same


def test_a_split_and_a_number_of_each(folder: Path) -> None:
    table(folder, [{**ROWS[0], "file": f"{i}.wav", "speaker": str(i)} for i in range(60)])
    for i in range(60):
        write_wav(folder / f"{i}.wav", SOUNDS["stop.wav"], MIC_HZ)
    by_split = {split: {c.file for c in asr.read_manifest(folder, split)} for split in ("train", "dev", "test")}
    assert [len(files) for files in by_split.values()] == [len(files) for files in by_split.values() if files]
    assert set().union(*by_split.values()) == {f"{i}.wav" for i in range(60)}
    assert sum(map(len, by_split.values())) == 60
    table(folder, ROWS)
    assert len([c for c in asr.read_manifest(folder, each=1) if c.category == "requests"]) == 1
    assert [c.file for c in asr.read_manifest(folder, categories=["abroad"])] == ["other.wav"]


@pytest.mark.parametrize(("rows", "line"), [
    ([{"file": "x.wav", "words": "a"}], "columns file and transcript"),
    ([{"file": "x.wav", "transcript": "a"}], r"x\.wav: is missing"),
    ([{"file": "", "transcript": "a"}], "line 2 names no file"),
])  # fmt: skip
def test_a_table_that_is_none_is_refused(folder: Path, rows: list[dict[str, str]], line: str) -> None:
    table(folder, rows)
    with pytest.raises(WrongUse, match=line):
        asr.read_manifest(folder)


def test_the_command_wants_a_folder_with_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "asr", "--out", str(tmp_path / "out")]) == 2
    assert "--data DIR is missing" in capsys.readouterr().err
    assert main(["bench", "asr", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "manifest.csv: is missing" in capsys.readouterr().err
    table(tmp_path, ROWS)
    with pytest.raises(WrongUse, match="no recordings of nowhere"):
        asr.read_manifest(tmp_path, categories=["nowhere"])
