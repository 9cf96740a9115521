"""Word times that are estimated: all words once, in order, near the truth."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.tts.word_times import PACE, TOKEN, WordTimes, words_of

WORDS = st.lists(st.tuples(st.sampled_from(["a", "word", "and", "another"]), st.integers(0, 6)), max_size=20)
STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40), st.integers(0, 3 * TOKEN)), max_size=30)


@settings(deadline=None)
@given(words=WORDS, steps=STEPS, pace=st.floats(0.1, 100), ended=st.booleans(), rest=st.integers(0, 5000))
def test_every_word_once_in_order_and_within_its_chunk(words, steps, pace, ended, rest):
    marks, found, at = WordTimes(words, pace), [], 0
    for text, speech, samples in steps:
        marks.read(text)
        marks.made(speech)
        chunk = marks.take(samples)
        assert all(0 <= first < max(1, samples) for first, _ in chunk)
        found += [(at + first, word) for first, word in chunk]
        at += samples
    if ended:
        marks.over()
    found += [(at + first, word) for first, word in marks.take(rest, last=True)]
    assert [word for _, word in found] == [word for word, _ in words]
    assert [first for first, _ in found] == sorted(first for first, _ in found)
    assert marks.take(TOKEN, last=True) == ()
    assert 1.5 <= marks.pace <= 30


def test_no_word_is_said_before_it_was_read():
    marks = WordTimes([("one", 5), ("two", 5), ("three", 5)], pace=2)
    marks.read(5)
    marks.made(45)
    marks.read(5)
    assert [word for _, word in marks.take(44 * TOKEN)] == ["one"]
    marks.made(15)
    assert marks.take(10 * TOKEN)[0] == (TOKEN, "two")


def speaks(seed, known):
    """A speaker whose words last as long as their text, give or take 30 %, at an own pace -> words that the estimate is
    off by at every 40 ms. known: how far ahead of the sound the tokens are, in seconds."""
    rng = random.Random(seed)
    words = [(f"w{k}", rng.choice((1, 1, 1, 2, 3))) for k in range(rng.randint(5, 25))]
    pace = PACE * rng.uniform(0.85, 1.15)
    true, t = [], 0.0
    for _, n in words:
        true.append(t)
        t += n * pace * rng.uniform(0.7, 1.3)
    total = round(t)
    marks, heard, off = WordTimes(words), 0, []
    marks.read(sum(n for _, n in words))
    for token in range(total):
        marks.made(min(total, token + round(known * 25) + 1) - marks.speech)
        if marks.speech == total:
            marks.over()
        heard += len(marks.take(TOKEN, last=token == total - 1))
        off.append(abs(heard - sum(s < token + 1 for s in true)))
    return off


@pytest.mark.parametrize("known", [1, 4])
def test_what_was_heard_is_known_within_about_a_word(known):
    off = np.concatenate([speaks(seed, known) for seed in range(60)])
    assert np.mean(off <= 1) > 0.85
    assert np.mean(off) < 0.8


def test_the_pace_of_a_voice_is_learnt():
    pace = PACE
    for _ in range(20):
        marks = WordTimes([("word", 2)] * 6, pace)
        marks.made(120)
        marks.over()
        pace = marks.pace
    assert pace == pytest.approx(10, rel=0.01)


def test_slower_sound_has_later_words():
    for stretch in (0.5, 1.0, 2.0):
        marks = WordTimes([("one", 5), ("two", 5)])
        marks.made(100)
        marks.over()
        assert marks.take(round(100 * TOKEN * stretch), stretch) == ((0, "one"), (round(50 * TOKEN * stretch), "two"))


def test_words_are_those_of_the_phrase_as_written():
    assert words_of("Well,  it's 3 o'clock.", len) == [("Well,", 5), ("it's", 5), ("3", 2), ("o'clock.", 9)]
    assert words_of(" ", len) == []
