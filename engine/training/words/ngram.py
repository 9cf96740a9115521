"""Trigram language models in numpy: counting, Kneser-Ney, mixing, pruning, ARPA.

A model is three sorted arrays of packed n-grams. Word ids take 20 bits each, the last word lowest:
`key = w1 << 40 | w2 << 20 | w3`. So the context of a key is `key >> 20`, its suffix `key & mask`, and every
look-up is one `searchsorted` over a million n-grams instead of a million dictionary accesses.

Sources: modified Kneser-Ney after Chen & Goodman, "An empirical study of smoothing techniques for language
modeling" (1998), section 3; pruning by weighted difference after Seymore & Rosenfeld, "Scalable backoff
language models" (1996), with the probability of the history in place of its count.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BITS = 20
BEGIN, END, OTHER = 0, 1, 2                      # ids of <s>, </s> and of every word outside the vocabulary
Keys = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def suffix(keys: Keys, n: int) -> Keys:
    """The last `n` words of each key."""
    return keys & ((1 << (BITS * n)) - 1)


def last(keys: Keys) -> Keys:
    return suffix(keys, 1)


@dataclass
class Order:
    """The n-grams of one length. keys: [k] sorted; p: [k] P(last word | context); gamma: [k] backoff weight."""

    keys: Keys
    p: Floats
    gamma: Floats

    def find(self, keys: Keys) -> tuple[Keys, npt.NDArray[np.bool_]]:
        """-> (index of each key, whether it is there)."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return at, self.keys[at] == keys


@dataclass
class Model:
    """orders[0] holds all words of the vocabulary, orders[1] the bigrams seen, orders[2] the trigrams seen."""

    words: list[str]
    orders: list[Order]

    def prob(self, keys: Keys, n: int) -> Floats:
        """P(last word | the n-1 words before it) for packed n-grams, backing off where a key was not seen."""
        order = self.orders[n - 1]
        at, seen = order.find(keys)
        p: Floats = np.where(seen, order.p[at] if len(order.p) else 0.0, 0.0)
        if n == 1:
            return p
        rest = np.flatnonzero(~seen)
        p[rest] = self.prob(suffix(keys[rest], n - 1), n - 1) * self.backoff(keys[rest] >> BITS, n - 1)
        return p

    def backoff(self, contexts: Keys, n: int) -> Floats:
        """The weight of a context of `n` words; 1 where nothing was seen after it."""
        order = self.orders[n - 1]
        at, seen = order.find(contexts)
        weight: Floats = np.where(seen, order.gamma[at] if len(order.gamma) else 1.0, 1.0)
        return weight


def windows(sentences: Iterable[Sequence[int]]) -> tuple[Keys, Keys]:
    """-> (bigrams, trigrams) of `<s> sentence </s>`, with repeats; those with a word outside are left out."""
    flat: list[int] = [OTHER]
    for s in sentences:
        flat += [BEGIN, *s, END, OTHER]          # OTHER keeps windows from reaching over the sentence's edge
    w = np.array(flat, np.int64)
    two, three = (w[:-1] << BITS) | w[1:], (w[:-2] << 2 * BITS) | (w[1:-1] << BITS) | w[2:]
    known = w != OTHER
    return two[known[:-1] & known[1:]], three[known[:-2] & known[1:-1] & known[2:]]


def discounts(counts: Keys) -> Floats:
    """-> [4] what to subtract from a count of 0, 1, 2, and 3 or more (Chen & Goodman, equation 26)."""
    n = [float(np.sum(counts == k)) for k in (1, 2, 3, 4)]
    if min(n) == 0:                              # too regular a text (a grammar): plain absolute discounting
        return np.array([0.0, 0.5, 0.5, 0.5])
    y = n[0] / (n[0] + 2 * n[1])
    d = [1 - 2 * y * n[1] / n[0], 2 - 3 * y * n[2] / n[1], 3 - 4 * y * n[3] / n[2]]
    kept: Floats = np.clip(np.array([0.0, *d]), 0.05, [0, 0.95, 1.9, 2.85])
    return kept


def estimate(sentences: Iterable[Sequence[int]], words: list[str]) -> Model:
    """Interpolated modified Kneser-Ney over sentences of word ids (without <s> and </s>)."""
    two_all, three_all = windows(sentences)
    three, c3 = np.unique(three_all, return_counts=True)
    raw2, raw2_count = np.unique(two_all, return_counts=True)
    # lower orders count in how many different contexts a word appears, not how often (the heart of Kneser-Ney);
    # a bigram that starts a sentence has no word before it, so its own count stands
    kept, c2 = np.unique(suffix(three, 2), return_counts=True)
    two, c2 = _with_starts(kept, c2, raw2, raw2_count)
    one, c1 = np.unique(last(raw2), return_counts=True)
    size = len(words)
    uni = np.zeros(size)
    d1 = discounts(c1)
    uni[one] = c1 - d1[np.minimum(c1, 3)]
    left = 1 - uni.sum() / c1.sum()
    uni = uni / c1.sum()
    speakable = np.ones(size, bool)
    speakable[[BEGIN, OTHER]] = False
    uni[speakable] += left / speakable.sum()
    model = Model(words, [Order(np.arange(size, dtype=np.int64), uni, np.ones(size))])
    for keys, counts, n in ((two, c2, 2), (three, c3, 3)):
        _add_order(model, keys, counts.astype(np.int64), n)
    return model


def _with_starts(keys: Keys, counts: Keys, raw: Keys, raw_counts: Keys) -> tuple[Keys, Keys]:
    starts = (raw >> BITS) == BEGIN
    # after a word outside the vocabulary a bigram has no trigram that ends in it: one unknown context
    orphans = ~starts & ~np.isin(raw, keys)
    all_keys = np.concatenate([keys, raw[starts], raw[orphans]])
    all_counts = np.concatenate([counts, raw_counts[starts], np.ones(int(orphans.sum()), np.int64)])
    order = np.argsort(all_keys)
    return all_keys[order], all_counts[order]


def _add_order(model: Model, keys: Keys, counts: Keys, n: int) -> None:
    contexts, where = np.unique(keys >> BITS, return_inverse=True)
    total = np.bincount(where, counts)
    cut = discounts(counts)[np.minimum(counts, 3)]
    gamma = np.bincount(where, cut) / total
    lower = model.prob(suffix(keys, n - 1), n - 1)
    p = (counts - cut) / total[where] + gamma[where] * lower
    below = model.orders[n - 2]
    at, seen = below.find(contexts)
    below.gamma[at[seen]] = gamma[seen]
    model.orders.append(Order(keys, p, np.ones(len(keys))))


def mix(models: Sequence[Model], weights: Sequence[float]) -> Model:
    """Linear interpolation over the union of all n-grams, written back as one backoff model."""
    words = models[0].words
    made: list[Order] = []
    for n in (1, 2, 3):
        keys = np.unique(np.concatenate([m.orders[n - 1].keys for m in models]))
        p = sum((w * m.prob(keys, n) for m, w in zip(models, weights, strict=True)), np.zeros(len(keys)))
        made.append(Order(keys, p, np.ones(len(keys))))
    return renormalise(Model(words, made))


def renormalise(model: Model) -> Model:
    """Sets every backoff weight so that each context's probabilities sum to one."""
    for n in (2, 3):
        order, below = model.orders[n - 1], model.orders[n - 2]
        contexts, where = np.unique(order.keys >> BITS, return_inverse=True)
        seen = np.bincount(where, order.p)
        lower = np.bincount(where, model.prob(suffix(order.keys, n - 1), n - 1))
        below.gamma[:] = 1.0
        at, there = below.find(contexts)
        assert there.all(), "every context of a longer n-gram is itself an n-gram"
        below.gamma[at] = np.maximum(1 - seen, 1e-6) / np.maximum(1 - lower, 1e-6)
    return model


def prune(model: Model, trigrams: int, bigrams: int) -> Model:
    """Keeps the n-grams whose loss would change the model most; contexts of kept trigrams stay as well."""
    one, two, three = model.orders
    begins = one.p.copy()
    begins[BEGIN] = one.p[END]                   # sentences begin as often as they end
    keep3 = _top(_worth(model, 3, begins[three.keys >> 2 * BITS] * model.prob(three.keys >> BITS, 2)), trigrams)
    kept = Order(three.keys[keep3], three.p[keep3], three.gamma[keep3])
    needed = np.isin(two.keys, kept.keys >> BITS)
    worth = _worth(model, 2, begins[two.keys >> BITS])
    worth[needed] = np.inf
    keep2 = _top(worth, bigrams)
    return renormalise(
        Model(model.words, [one, Order(two.keys[keep2], two.p[keep2], two.gamma[keep2]), kept])
    )


def _worth(model: Model, n: int, history: Floats) -> Floats:
    order = model.orders[n - 1]
    lower = model.prob(suffix(order.keys, n - 1), n - 1) * model.backoff(order.keys >> BITS, n - 1)
    worth: Floats = history * order.p * np.abs(np.log(order.p) - np.log(np.maximum(lower, 1e-12)))
    return worth


def _top(worth: Floats, k: int) -> npt.NDArray[np.bool_]:
    if len(worth) <= k:
        return np.ones(len(worth), bool)
    edge = np.partition(worth, len(worth) - k)[len(worth) - k]
    return np.asarray(worth >= edge)


def perplexity(prob: Callable[[Keys, int], Floats], sentences: Iterable[Sequence[int]]) -> float:
    """Per word, the sentence's end included; windows with a word outside the vocabulary are not counted."""
    return float(np.exp(-np.mean(np.log(np.maximum(_each(prob, sentences), 1e-12)))))


def _each(prob: Callable[[Keys, int], Floats], sentences: Iterable[Sequence[int]]) -> Floats:
    two, three = windows(sentences)
    return np.concatenate([prob(two[(two >> BITS) == BEGIN], 2), prob(three, 3)])


def tune(models: Sequence[Model], sentences: Sequence[Sequence[int]], rounds: int = 30) -> list[float]:
    """Mixing weights that make `sentences` most likely, by expectation maximisation from equal weights."""
    p = np.stack([_each(m.prob, sentences) for m in models])
    weights = np.full(len(models), 1 / len(models))
    for _ in range(rounds):
        share = weights[:, None] * p
        weights = (share / np.maximum(share.sum(0), 1e-300)).mean(1)
    return [float(w) for w in weights]
