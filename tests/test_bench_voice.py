"""What the bench of voices counts, without a recogniser."""

import numpy as np

from audio_io.frames import VOICE_HZ
from engine.asr.whisper_model import Heard
from engine.bench import voice
from engine.bench.voice import SENTENCES, Spoken, edits


class Hears:
    """Mishears one word."""

    def hear(self, pcm: np.ndarray, language: str = "") -> Heard:
        return Heard("The cat sat on a mat.")


def test_edits_are_counted_in_words() -> None:
    assert edits(["a", "b", "c"], ["a", "c", "d", "d"]) == 3
    assert edits([], ["a"]) == 1
    assert edits(["a"], ["a"]) == 0


def test_a_row_sums_up_what_was_made() -> None:
    spoken = Spoken(np.zeros(2 * VOICE_HZ, np.float32), 20.0, 15.0, 0.1)
    row = voice._row("x", [("The cat sat on the mat.", spoken)] * 2, Hears(), {"loud": lambda x: 3.0})  # type: ignore[arg-type]
    assert (row["words"], row["wrong %"], row["p95 cpu ms"]) == (12, 16.7, 15.0)
    assert (row["s"], row["cpu s a second"], row["loud"]) == (4.0, 0.05, 3.0)


def test_there_are_enough_sentences_and_none_twice() -> None:
    assert len(SENTENCES) >= 40
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_a_score_that_is_not_installed_is_said(monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(voice.importlib, "import_module", missing)
    lines: list[str] = []
    assert voice.scorers(lines.append) == {}
    assert len(lines) == 2
