"""The language model's recipe: probabilities that sum to one, after mixing and pruning too; numbers said out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.corpus.spoken_form import spoken
from engine.training.words import ngram
from engine.training.words.request_grammar import rules, sentences

WORDS = ["<s>", "</s>", "<unk>", "a", "b", "c", "d"]
texts = st.lists(st.lists(st.sampled_from([ngram.OTHER, 3, 4, 5, 6]), min_size=1, max_size=6), min_size=2, max_size=30)


def worst_sum(model: ngram.Model) -> float:
    """How far the probabilities after any context are from one in all."""
    ids = np.array([i for i in range(len(WORDS)) if i not in (ngram.BEGIN, ngram.OTHER)], np.int64)
    off = []
    for v in (ngram.BEGIN, 3, 4, 5, 6):
        off.append(model.prob((np.int64(v) << ngram.BITS) | ids, 2).sum())
        for u in (ngram.BEGIN, 3, 4, 5, 6):
            if v != ngram.BEGIN:
                off.append(model.prob((np.int64(u) << 2 * ngram.BITS) | (np.int64(v) << ngram.BITS) | ids, 3).sum())
    return float(np.abs(np.array(off) - 1).max())


def usable(text: list[list[int]]) -> bool:
    return len(ngram.windows(text)[1]) > 0


@settings(max_examples=60, deadline=None)
@given(texts.filter(usable), texts.filter(usable), st.floats(0.1, 0.9), st.integers(1, 6))
def test_probabilities_sum_to_one(one: list[list[int]], other: list[list[int]], share: float, keep: int) -> None:
    models = [ngram.estimate(one, WORDS), ngram.estimate(other, WORDS)]
    assert worst_sum(models[0]) < 1e-6
    mixed = ngram.mix(models, [share, 1 - share])
    assert worst_sum(mixed) < 1e-4
    assert worst_sum(ngram.prune(mixed, keep, keep)) < 1e-4


def test_what_was_said_is_likelier_and_tuning_finds_the_nearer_model() -> None:
    near, far = [[3, 4, 5]] * 8 + [[3, 4, 6]], [[6, 5, 4]] * 8 + [[6, 3, 3]]
    models = [ngram.estimate(near, WORDS), ngram.estimate(far, WORDS)]
    assert ngram.perplexity(models[0].prob, [[3, 4, 5]]) < ngram.perplexity(models[1].prob, [[3, 4, 5]]) / 2
    weights = ngram.tune(models, [[3, 4, 5], [3, 4, 6]])
    assert weights[0] > 0.8
    assert sum(weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Set a 7:05 a.m. alarm", "set a seven oh five a m alarm"),
        ("whats 12.5% of $20?", "what's twelve point five percent of twenty dollars"),
        ("in 1995, on the 21st", "in nineteen ninety five on the twenty first"),
        ("i am 40", "i am forty"),
        ("call 5551234", "call five five five one two three four"),
    ],
)
def test_written_is_said_out(written: str, said: str) -> None:
    assert " ".join(spoken(written)) == said


def test_the_grammar_names_only_rules_that_exist_and_repeats_itself_by_seed() -> None:
    made = sentences(3000, seed=4)
    assert made == sentences(3000, seed=4)
    assert all(set("".join(s)) <= set("abcdefghijklmnopqrstuvwxyz'-") for s in made)
    assert len(rules()["request"]) > 200
