"""The recogniser with the models that are shipped: right words, words before the end, nothing out of noise."""

from itertools import pairwise

import pytest
from speech import NOISES, PHRASES, final, hear, spoken, utterance

from engine.asr.ctc_recogniser import CtcRecogniser


@pytest.fixture(scope="module")
def listener() -> CtcRecogniser:
    return CtcRecogniser(["Zoltan", "flute practice"])


@pytest.mark.parametrize("name", PHRASES)
def test_a_request_is_understood(listener: CtcRecogniser, name: str) -> None:
    assert final(listener, spoken(name)) == PHRASES[name]


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_is_no_word(listener: CtcRecogniser, name: str) -> None:
    assert [words.text for _, words in hear(listener, NOISES[name])] == [""]


def test_words_come_while_they_are_spoken_and_only_when_they_change(listener: CtcRecogniser) -> None:
    pcm = spoken("time_in_london")
    heard = hear(listener, pcm)
    last_message = len(list(utterance(pcm))) - 1
    partials = [words.text for i, words in heard if not words.final]
    assert any("what time" in text for text in partials)
    assert all(a != b for a, b in pairwise(partials))
    assert [i for i, words in heard if words.final] == [last_message]
    assert min(i for i, _ in heard) < last_message / 2


def test_a_fifth_of_the_level_is_understood_as_well(listener: CtcRecogniser) -> None:
    assert final(listener, 0.2 * spoken("timer")) == PHRASES["timer"]


def test_what_was_heard_before_changes_nothing(listener: CtcRecogniser) -> None:
    first = hear(listener, spoken("stop"))
    for before in (NOISES["hiss"], spoken("story")):
        hear(listener, before)
        assert hear(listener, spoken("stop")) == first
