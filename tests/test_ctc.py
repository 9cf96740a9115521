"""The search: it sums what it says it sums, a stream is one go, and expectations move it the right way."""

import math
from itertools import groupby, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_io.errors import NotHere
from engine.asr import word_lm
from engine.asr.ctc import EVERYTHING, Beam, Search, Width
from engine.asr.lookahead import NO_MODEL, Expectation, Weights
from engine.training.words import ngram
from engine.training.words.request_lm import as_word_lm

PIECES = ("<blank>", "▁a", "b", "▁c")
WORDS = ["<s>", "</s>", "<unk>", "a", "ab", "abb", "c", "cb"]
TEXT = [[3, 6], [3, 6], [4, 6], [3, 7], [6, 3], [5, 6], [7, 7], [3, 6, 3]]
LM = as_word_lm(ngram.estimate(TEXT, WORDS))
Logs = npt.NDArray[np.float32]


def posteriors(frames: int, pieces: int, seed: int, sharp: float = 1.5) -> Logs:
    x = np.random.default_rng(seed).normal(0, sharp, (frames, pieces))
    return np.asarray(x - np.log(np.exp(x).sum(1, keepdims=True)), np.float32)


def spelling(*frames: tuple[str, ...], pieces: tuple[str, ...] = PIECES) -> Logs:
    """Posteriors: what is named in a frame shares 0.98 of it evenly, the rest share the rest."""
    rows = []
    for names in frames:
        row = np.full(len(pieces), 0.02 / (len(pieces) - len(names)))
        row[[pieces.index(n) for n in names]] = 0.98 / len(names)
        rows.append(np.log(row))
    return np.array(rows, np.float32)


def plain(width: Width = EVERYTHING, pieces: tuple[str, ...] = PIECES) -> Search:
    return Search(pieces, Expectation(LM, weights=NO_MODEL), width)


def sequence(beam: Beam, i: int = 0) -> tuple[int, ...]:
    mark, out = beam.hypotheses[i].marks, []
    while mark is not None:
        out.append(mark.piece)
        mark = mark.before
    return tuple(reversed(out))


def text(search: Search, beam: Beam, final: bool = True) -> str:
    return " ".join(w.text for w in search.words(beam, final))


# -- the sum --------------------------------------------------------------------------------------------
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10_000))
def test_without_limits_it_is_the_sum_over_all_alignments(frames: int, seed: int) -> None:
    logp = posteriors(frames, len(PIECES), seed)
    exact: dict[tuple[int, ...], float] = {}
    for path in product(range(len(PIECES)), repeat=frames):
        said = tuple(p for p, _ in groupby(path) if p)
        exact[said] = exact.get(said, 0.0) + math.exp(sum(float(logp[t, p]) for t, p in enumerate(path)))
    search = plain()
    beam = search(logp, search.init_state())
    found = {sequence(beam, i): math.exp(h.total) for i, h in enumerate(beam.hypotheses)}
    assert found == pytest.approx({k: v for k, v in exact.items()}, rel=1e-5)
    assert sum(found.values()) == pytest.approx(1, rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 10_000))
def test_a_stream_is_one_go(sizes: list[int], seed: int) -> None:
    logp = posteriors(sum(sizes), len(PIECES), seed)
    search = Search(PIECES, Expectation(LM), Width(hypotheses=4))
    streamed, at = search.init_state(), 0
    for n in sizes:
        streamed = search(logp[at : at + n], streamed)
        at += n
    assert streamed == search(logp, search.init_state())


def test_the_state_is_a_value() -> None:
    search = Search(PIECES, Expectation(LM))
    start = search.init_state()
    first = search(posteriors(6, 4, 1), start)
    assert search(posteriors(6, 4, 1), start) == first
    assert start == search.init_state()


def test_the_usual_width_finds_the_same_in_sharp_posteriors() -> None:
    for seed in range(5):
        logp = posteriors(12, 4, seed, sharp=5.0)
        wide, narrow = plain(Width(300, 10, -math.inf, math.inf)), plain(Width())
        assert text(wide, wide(logp, wide.init_state())) == text(narrow, narrow(logp, narrow.init_state()))


def test_a_piece_twice_needs_a_blank_between() -> None:
    search = plain()
    once = spelling(("▁a",), ("b",), ("b",))
    twice = spelling(("▁a",), ("b",), ("<blank>",), ("b",))
    assert text(search, search(once, search.init_state())) == "ab"
    assert text(search, search(twice, search.init_state())) == "abb"


def test_silence_is_no_word_and_marks_in_brackets_are_none() -> None:
    pieces = ("<blank>", "<unk>", "▁a")
    search = plain(pieces=pieces)
    assert search.words(search.init_state()) == []
    logp = spelling(("<blank>",), ("<unk>",), ("▁a",), pieces=pieces)
    assert text(search, search(logp, search.init_state())) == "a"


def test_words_tell_when_and_how_surely() -> None:
    search = plain()
    logp = spelling(("<blank>",), ("▁a",), ("b",), ("<blank>",), ("▁c", "▁a"), ("<blank>",))
    one, two = search.words(search(logp, search.init_state()), final=True)
    assert (one.text, one.first, one.last, one.pieces) == ("ab", 1, 2, 2)
    assert one.known
    assert one.sure == pytest.approx(math.log(0.98), abs=1e-4)
    assert two.first == two.last == 4
    assert two.sure == pytest.approx(math.log(0.49), abs=1e-4)


# -- expectations ---------------------------------------------------------------------------------------
def test_the_model_of_words_picks_the_likelier_word() -> None:
    logp = spelling(("▁a",), ("<blank>",), ("▁c", "▁a"), ("<blank>",))
    with_model = Search(PIECES, Expectation(LM, weights=Weights(1.0, 0.0)))
    assert text(with_model, with_model(logp, with_model.init_state())) == "a c"


def test_one_of_the_users_words_is_preferred_to_what_sounds_alike() -> None:
    pieces = (*PIECES, "▁z", "ol", "▁s")
    logp = spelling(("▁s", "▁z"), ("ol",), ("<blank>",), pieces=pieces)
    logp[0, pieces.index("▁s")] += 0.5
    def heard(*own: str) -> str:
        search = Search(pieces, Expectation(LM, own))
        return text(search, search(logp, search.init_state()))

    assert heard() == "sol"
    assert heard("zol") == "zol"
    assert heard("sol") == "sol"


def test_the_users_phrase_brings_its_next_word() -> None:
    logp = spelling(("▁c",), ("<blank>",), ("▁c", "▁a"), ("b",), ("<blank>",))
    def heard(*own: str) -> str:
        search = Search(PIECES, Expectation(LM, own, Weights(1.0, 0.0, own=-8.0)))
        return text(search, search(logp, search.init_state()))

    assert heard("c ab") == "c ab"
    assert heard("c cb") == "c cb"


@given(st.lists(st.sampled_from(["▁a", "b", "▁c", "▁"]), min_size=1, max_size=8))
def test_looking_ahead_changes_nothing_once_a_word_is_whole(pieces: list[str]) -> None:
    """What was taken for beginnings is given back: the sum is that of the words alone."""
    weights = Weights(lm=0.7, word=0.3, other=-9.0)
    expect, place, gain = Expectation(LM, weights=weights), None, 0.0
    place = expect.start
    for piece in pieces:
        place, more = expect.extend(place, piece)
        gain += more
    gain += expect.finish(place)
    said, before = "".join(pieces).replace("▁", " ").split(), (word_lm.BEGIN,)
    wanted = 0.0
    for word in said:
        number = LM.number(word)
        p = -9.0 if number == word_lm.OTHER else max(-9.0, LM.logp(before, number))
        wanted += 0.7 * p + 0.3
        before = (*before, number)[-2:]
    assert gain == pytest.approx(wanted, abs=1e-5)


# -- the model of words ---------------------------------------------------------------------------------
def test_the_file_keeps_the_model(tmp_path: Path) -> None:
    word_lm.save(LM, tmp_path / "x.npz")
    again = word_lm.load(tmp_path / "x.npz")
    assert again.words == LM.words
    half_a_step = 0.5 * word_lm.STEP * word_lm.LN10 + 1e-4
    for before in [(0,), (3,), (0, 3), (3, 6), (6, 2), (99, 3), ()]:
        for word in range(3, len(WORDS)):
            assert again.logp(before, word) == pytest.approx(LM.logp(before, word), abs=3 * half_a_step)


def test_it_asks_what_the_recipe_computed() -> None:
    model = ngram.estimate(TEXT, WORDS)
    for u, v, w in product((0, 3, 4, 6), (3, 5, 6, 7), (1, 3, 4, 5, 6, 7)):
        key = np.array([u << 40 | v << 20 | w], np.int64)
        assert math.exp(LM.logp((u, v), w)) == pytest.approx(float(model.prob(key, 3)[0]), rel=1e-4)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match=r"words\.npz is missing"):
        word_lm.load(tmp_path / "words.npz")
    (tmp_path / "words.npz").write_bytes(b"no archive")
    with pytest.raises(NotHere, match=r"words\.npz cannot be read"):
        word_lm.load(tmp_path / "words.npz")
