"""PocketSphinx as the recogniser: right words, words before the end, nothing out of nothing, and its process."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speech import NOISES, PHRASES, final, hear, room, spoken, utterance

from audio_io.errors import NotHere
from audio_io.frames import HOP, MIC_HZ
from audio_io.worker_process import WorkerGone
from engine.asr.pocketsphinx import PocketSphinxRecogniser, as_int16
from engine.asr.pronunciation import pronounce
from engine.asr.word_evidence import Word, harmonicity, likely_words
from engine.messages import Audio, Begin, End, Words

pytest.importorskip("pocketsphinx", reason="parley[pocketsphinx] is not installed")

PHONES = set(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()  # noqa: SIM905
)


@pytest.fixture(scope="module")
def listener() -> Iterator[PocketSphinxRecogniser]:
    made = PocketSphinxRecogniser(words=["Zoltan", "brisket"], lockstep=True)
    yield made
    made.stop()


# -- words ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PHRASES)
def test_a_request_is_understood(listener: PocketSphinxRecogniser, name: str) -> None:
    assert final(listener, spoken(name)) == PHRASES[name]


def test_words_come_while_they_are_spoken_and_only_when_they_change(listener: PocketSphinxRecogniser) -> None:
    pcm = spoken("time_in_london")
    heard = hear(listener, pcm)
    last_message = len(list(utterance(pcm))) - 1
    partials = [words.text for i, words in heard if not words.final]
    assert any("what time" in text for text in partials)
    assert all(a != b for a, b in pairwise(partials))
    assert [i for i, words in heard if words.final] == [last_message]
    assert min(i for i, _ in heard) < last_message / 2


def test_a_fifth_of_the_level_is_understood_as_well(listener: PocketSphinxRecogniser) -> None:
    assert final(listener, 0.2 * spoken("timer")) == "set a timer for five minutes"


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_is_no_word(listener: PocketSphinxRecogniser, name: str) -> None:
    assert final(listener, NOISES[name]) == ""


def test_nothing_at_all_has_a_final_too(listener: PocketSphinxRecogniser) -> None:
    empty = np.zeros(0, np.float32)
    assert [*listener.work(Begin(3, empty)), *listener.work(End(3))] == [Words(3, "", True)]


def test_what_belongs_to_another_utterance_is_ignored(listener: PocketSphinxRecogniser) -> None:
    pcm = spoken("story")
    first = [*listener.work(Begin(1, pcm))]
    assert all(words.since == 1 for words in first)
    list(listener.work(Begin(2, room(HOP))))
    assert list(listener.work(Audio(1, pcm[:HOP]))) == []
    assert list(listener.work(End(1))) == []
    assert list(listener.work(End(2))) == [Words(2, "", True)]
    assert list(listener.work(End(2))) == []


def test_lockstep_gives_the_same_words_at_the_same_hop() -> None:
    def conversation() -> list[tuple[int, Words]]:
        made = PocketSphinxRecogniser(lockstep=True)
        try:
            return hear(made, spoken("timer"), 5) + hear(made, spoken("sum"), 90)
        finally:
            made.stop()

    first = conversation()
    assert first == conversation()
    assert len(first) > 4


def test_what_was_heard_before_changes_nothing() -> None:
    made = PocketSphinxRecogniser(lockstep=True)
    try:
        pcm = spoken("stop")
        first = hear(made, pcm)
        for before in (40 * room(MIC_HZ), spoken("story"), 0.1 * spoken("timer")):
            hear(made, before)
            assert hear(made, pcm) == first
    finally:
        made.stop()


def test_live_ends_with_the_same_words(listener: PocketSphinxRecogniser) -> None:
    live = PocketSphinxRecogniser()
    try:
        assert final(live, spoken("no_thanks")) == "no thank you"
    finally:
        live.stop()


# -- the process --------------------------------------------------------------------------------------
def test_a_dead_recogniser_is_replaced_once_an_utterance() -> None:
    made = PocketSphinxRecogniser(lockstep=True)
    try:
        messages = list(utterance(spoken("timer")))
        for message in messages[:30]:
            list(made.work(message))
        made.worker.process.kill()
        said = [words for message in messages[30:] for words in made.work(message)]
        assert said[-1] == Words(7, "set a timer for five minutes", True)

        list(made.work(messages[0]))
        made.worker.process.kill()
        list(made.work(messages[1]))
        made.worker.process.kill()
        with pytest.raises(WorkerGone, match="recogniser"):
            list(made.work(messages[2]))
        assert final(made, spoken("stop")) == "stop"
    finally:
        made.stop()


def test_stop_leaves_no_process_and_nothing_to_say() -> None:
    made = PocketSphinxRecogniser()
    list(made.work(Begin(1, spoken("stop"))))
    process = made.worker.process
    made.stop()
    assert process.poll() is not None
    assert list(made.work(End(1))) == []
    assert made.worker.process is process


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    made = PocketSphinxRecogniser(models=tmp_path)
    try:
        with pytest.raises(NotHere, match=r"requests\.lm is missing"):
            list(made.work(Begin(1, room(HOP))))
    finally:
        made.stop()


# -- the user's own words -------------------------------------------------------------------------------
@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1).filter(lambda w: w.strip("'")))
def test_every_spelling_has_sounds(word: str) -> None:
    phones = pronounce(word).split()
    assert phones
    assert set(phones) <= PHONES


def test_sounds_of_usual_spellings() -> None:
    assert [pronounce(w) for w in ("brisket", "phone", "cheese")] == ["B R IH S K EH T", "F OW N", "CH IY S"]


# -- small things ---------------------------------------------------------------------------------------
def test_a_voice_is_harmonic_and_hiss_is_not() -> None:
    n = np.arange(MIC_HZ)
    voice = sum(np.sin(2 * np.pi * 140 * k * n / MIC_HZ) / k for k in range(1, 12)) * 0.1
    assert np.median(harmonicity(np.asarray(voice, np.float32))) > 0.95
    assert np.median(harmonicity(100 * room(MIC_HZ))) < 0.5
    assert harmonicity(np.zeros(MIC_HZ, np.float32)).max() == 0


def test_a_stretched_hoarse_word_is_left_out_and_its_neighbours_stay() -> None:
    harmonic = np.concatenate([np.zeros(200, np.float32), np.ones(60, np.float32)])
    noise = Word("what", first=0, frames=200, phones=3, posterior=0.2, acoustic=1e-300)
    stop = Word("stop", first=200, frames=36, phones=4, posterior=0.9, acoustic=1e-50)
    assert likely_words([noise, stop], harmonic) == ["stop"]
    assert likely_words([noise], harmonic) == []
    assert likely_words([], harmonic) == []


def test_samples_out_of_range_or_no_number_do_no_harm() -> None:
    got = np.frombuffer(as_int16(np.array([2, -2, np.nan, np.inf, 0.5], np.float32)), "<i2")
    assert got.tolist() == [32767, -32767, 0, 32767, 16383]
