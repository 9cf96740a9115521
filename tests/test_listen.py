"""The recogniser's stage: words while they are spoken, the final ones at the end, nothing out of nothing."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from voices import CHUNK, LevelEncoder, Pcm, said

from audio_io.errors import NotHere, WrongUse
from audio_io.frames import HOP
from engine.asr.ctc_recogniser import CtcRecogniser
from engine.asr.lookahead import spelt
from engine.messages import Audio, Begin, End, Words

TIMER = said("▁set", "▁a", "▁time", "r", "▁for", "▁five", "▁minutes")


def utterance(pcm: Pcm, since: int = 7) -> Iterator[Begin | Audio | End]:
    pcm = np.concatenate([pcm, np.zeros(-len(pcm) % HOP, np.float32)])
    yield Begin(since, pcm[:HOP])
    for at in range(HOP, len(pcm), HOP):
        yield Audio(since, pcm[at : at + HOP])
    yield End(since)


def hear(listener: CtcRecogniser, pcm: Pcm, since: int = 7) -> list[tuple[int, Words]]:
    """-> (number of the message, words)."""
    return [(i, words) for i, message in enumerate(utterance(pcm, since)) for words in listener.work(message)]


def final(listener: CtcRecogniser, pcm: Pcm) -> str:
    ends = [words.text for _, words in hear(listener, pcm) if words.final]
    assert len(ends) == 1
    return ends[0]


@pytest.fixture(scope="module")
def listener() -> CtcRecogniser:
    return CtcRecogniser(encoder=LevelEncoder())


def test_what_is_said_is_heard_and_ends_once(listener: CtcRecogniser) -> None:
    heard = hear(listener, TIMER)
    assert heard[-1] == (len(list(utterance(TIMER))) - 1, Words(7, "set a timer for five minutes", True))
    assert [words.final for _, words in heard] == [False] * (len(heard) - 1) + [True]


def test_words_come_with_the_chunk_that_holds_them_and_only_when_they_change(listener: CtcRecogniser) -> None:
    partials = [(i, words.text) for i, words in hear(listener, TIMER) if not words.final]
    assert all(a != b for (_, a), (_, b) in pairwise(partials))
    assert partials[0] == (CHUNK // HOP - 1, "set a")


def test_the_last_sound_is_heard_even_if_the_utterance_ends_with_it(listener: CtcRecogniser) -> None:
    assert final(listener, said("▁stop", gap=0)) == "stop"


def test_a_word_that_nobody_knows_waits_until_it_is_whole(listener: CtcRecogniser) -> None:
    pcm = np.concatenate([said("▁set", "▁a", "▁zol", gap=1), np.zeros(2 * CHUNK, np.float32)])
    heard = hear(listener, pcm)
    assert [(i, words.text) for i, words in heard][:2] == [(4, "set a"), (9, "set a zol")]


def test_the_users_words_are_preferred() -> None:
    half = LevelEncoder(0.5)
    assert final(CtcRecogniser(["Zoltan"], encoder=half), said("▁set", "▁zol", "tan")) == "set zoltan"


@pytest.mark.parametrize("pcm", [np.zeros(0, np.float32), np.zeros(9 * HOP, np.float32)], ids=["nothing", "silence"])
def test_silence_is_no_word_and_has_a_final_too(listener: CtcRecogniser, pcm: Pcm) -> None:
    assert [words for _, words in hear(listener, pcm)] == [Words(7, "", True)]


def test_what_the_encoder_is_not_sure_of_is_no_word() -> None:
    assert final(CtcRecogniser(encoder=LevelEncoder(0.15)), said("▁stop")) == ""


def test_samples_out_of_range_or_no_number_do_no_harm(listener: CtcRecogniser) -> None:
    pcm = TIMER.copy()
    pcm[:40] = [np.nan, 0.0] * 20
    assert final(listener, pcm) == "set a timer for five minutes"


def test_what_belongs_to_another_utterance_is_ignored(listener: CtcRecogniser) -> None:
    assert [w.since for w in listener.work(Begin(1, TIMER))] == [1]
    assert list(listener.work(Begin(2, np.zeros(HOP, np.float32)))) == []
    assert list(listener.work(Audio(1, TIMER[: 10 * HOP]))) == []
    assert list(listener.work(End(1))) == []
    assert list(listener.work(End(2))) == [Words(2, "", True)]
    assert list(listener.work(End(2))) == []


def test_what_was_heard_before_changes_nothing(listener: CtcRecogniser) -> None:
    first = hear(listener, TIMER)
    hear(listener, said("▁stop", "ax", "tan"))
    assert hear(listener, TIMER) == first


def test_nothing_comes_after_stop() -> None:
    made = CtcRecogniser(encoder=LevelEncoder())
    assert list(made.work(Begin(1, TIMER))) != []
    made.stop()
    assert list(made.work(End(1))) == []


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match=r"words\.npz is missing"):
        CtcRecogniser(models=tmp_path, encoder=LevelEncoder())


# -- the user's own words -------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["x1", "naïve?", "", "日本"])
def test_what_is_no_word_is_refused_by_name(word: str) -> None:
    with pytest.raises(WrongUse, match="cannot be learnt"):
        spelt(word)


def test_accents_and_capitals_do_not_matter() -> None:
    assert spelt("Zoë’s") == "zoe's"
