"""What one step of the encoder's training sees: batches of augmented speech with its pieces, and how they score.

Everything is decided by a seed, an epoch and a place in it, so that an interrupted run goes on with the same batches.
"""

import collections
import itertools
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
from torch import Tensor
from torch.nn import functional as F

from audio_io.frames import FRAME, MIC_HZ
from engine.features import mel as front
from engine.nets.encoder import VoiceEncoder
from engine.training.encoder import augment
from engine.training.encoder.data import Utterance

CHUNK = 16 * FRAME
SPARINGLY = {"speechocean762": 0.35, "synthetic": 0.5}   # category -> how much of it an epoch has; all else has all
LONG_S, MANY = 5.0, 10                           # seconds and words that a sentence of the first epoch has at least


class Corpus:
    """Decoded utterances with their pieces; `sound` reads from the cache."""

    def __init__(self, name: Path, utterances: list[Utterance], pieces: "sentencepiece.SentencePieceProcessor") -> None:
        self.sounds = np.memmap(name.with_suffix(".i16"), np.int16, "r")
        self.utterances, self.pieces = utterances, pieces
        self.ids = [pieces.encode(u.words) for u in utterances]

    def sound(self, i: int) -> Tensor:
        u = self.utterances[i]
        return torch.from_numpy(np.asarray(self.sounds[u.start : u.start + u.n], np.float32) / 32768)


def log_mel(pcm: Tensor) -> Tensor:
    """engine.features.mel.log_mel on batches. pcm: [b, n], n a multiple of CHUNK -> [b, n / 160 + 3, bands]: two
    frames of silence, then the frames up to the end of the last chunk's context."""
    x = F.pad(pcm, (front.LEAD, 0)).unfold(1, front.WINDOW, FRAME)
    spectrum = torch.fft.rfft(x * torch.from_numpy(front.window())).abs().square()
    logs = torch.log10((spectrum @ torch.from_numpy(front.filters())).clamp(min=1e-10)) + front.GAIN
    frames = F.pad((logs.clamp(min=front.FLOOR) + 4) / 4, (0, 0, 2, 0), value=front.SILENCE)
    return frames[:, : pcm.shape[1] // FRAME + 3]


def padded(sounds: list[Tensor]) -> tuple[Tensor, Tensor]:
    """-> [b, n] with at least one chunk of silence at the end, [b] frames of 20 ms that belong to each."""
    chunks = [len(x) // CHUNK + 2 for x in sounds]
    x = torch.zeros(len(sounds), max(chunks) * CHUNK)
    for row, sound in zip(x, sounds, strict=True):
        row[: len(sound)] = sound
    return x, torch.tensor(chunks) * 8


class Examples:
    """Batches of about `batch_s` seconds of similar length, in an order that the seed and the epoch decide.

    The first epoch has only long sentences, as they are: among single words and noises the letters are found much
    later (docs/log.md). Of the corpora in SPARINGLY every epoch sees another part: read sentences teach words, and
    these would outnumber them.
    """

    def __init__(self, corpora: list[Corpus], air: augment.Air, seed: int, often: float, batch_s: float) -> None:
        self.air, self.seed, self.often, self.batch_s = air, seed, often, batch_s
        self.corpora, self.pieces = corpora, corpora[0].pieces
        self.all = [(c, i) for c in corpora for i in range(len(c.utterances))]

    def order(self, epoch: int) -> list[list[int]]:
        rng = random.Random(self.seed * 1000 + epoch)
        lengths = [c.utterances[i].n * rng.uniform(0.9, 1.1) for c, i in self.all]
        batches: list[list[int]] = [[]]
        longest = 0.0
        first = [k for k, (c, i) in enumerate(self.all) if epoch or c.utterances[i].is_long(LONG_S, MANY)]
        if epoch:
            first = [k for k in first if rng.random() < SPARINGLY.get(self.category(k), 1)]
        for k in sorted(first, key=lambda k: lengths[k]):
            longest = max(longest, lengths[k] + MIC_HZ)
            if longest * (len(batches[-1]) + 1) > self.batch_s * MIC_HZ:
                batches.append([])
                longest = lengths[k] + MIC_HZ
            batches[-1].append(k)
        rng.shuffle(batches)
        return batches

    def category(self, k: int) -> str:
        corpus, i = self.all[k]
        return corpus.utterances[i].category

    def example(self, k: int, rng: torch.Generator, plain: bool) -> tuple[Tensor, list[int]]:
        corpus, i = self.all[k]
        x = corpus.sound(i)
        if plain:
            return x, corpus.ids[i]
        if augment.chance(0.6, rng):
            x = augment.faster(x, augment.uniform(0.87, 1.15, rng))
        quiet = [torch.zeros(int(augment.uniform(0, 0.5, rng) * MIC_HZ)) for _ in range(2)]
        return augment.weather(torch.cat([quiet[0], x, quiet[1]]), self.air, rng, self.often), corpus.ids[i]

    def batch(self, ks: list[int], epoch: int, plain: bool) -> tuple[Tensor, Tensor, list[Tensor]]:
        """-> mel [b, t, bands], frames [b], pieces of each; `plain`: nothing augmented."""
        rng = torch.Generator().manual_seed(hash((self.seed, epoch, ks[0])) & 0x7FFFFFFF)
        pairs = [self.example(k, rng, plain) for k in ks]
        x, frames = padded([p[0] for p in pairs])
        mel = log_mel(x)
        if not plain:
            mel = torch.stack([augment.masked(m, front.SILENCE, rng) if augment.chance(self.often, rng) else m
                               for m in mel])  # fmt: skip
        ids = [torch.tensor(p[1], dtype=torch.long) for p in pairs]
        return mel, frames, ids


def ahead(examples: Examples, epoch: int, at: int, count: int) -> "Iterator[tuple[int, int, Any]]":
    """-> (epoch, place in it, batch) `count` times; the next batch is made while the network works on this one."""

    def places() -> Iterator[tuple[int, int, list[int]]]:
        e, a = epoch, at
        while True:
            order = examples.order(e)
            yield from ((e, k, order[k]) for k in range(a, len(order)))
            e, a = e + 1, 0

    with ThreadPoolExecutor(1) as pool:
        waiting: collections.deque[tuple[int, int, Future[Any]]] = collections.deque()
        todo = itertools.islice(places(), count)
        for e, a, ks in itertools.islice(todo, 2):
            waiting.append((e, a, pool.submit(examples.batch, ks, e, e == 0)))
        while waiting:
            e, a, batch = waiting.popleft()
            yield e, a, batch.result()
            for later, place, ks in itertools.islice(todo, 1):
                waiting.append((later, place, pool.submit(examples.batch, ks, later, later == 0)))


# -- measuring ------------------------------------------------------------------------------------------
def greedy(posteriors: Tensor, pieces: "sentencepiece.SentencePieceProcessor") -> str:
    """posteriors: [t, pieces] -> words by the best path."""
    best = posteriors.argmax(-1).tolist()
    ids = [b for a, b in zip([0, *best], best, strict=False) if b not in (0, a)]
    return str(pieces.decode(ids))


def errors(truth: list[str], heard: list[str]) -> int:
    """Substitutions, insertions and deletions between two lists of words."""
    row = list(range(len(heard) + 1))
    for i, t in enumerate(truth, 1):
        last, row[0] = row[0], i
        for j, h in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (t != h))
    return row[-1]


@torch.no_grad()
def word_errors(model: VoiceEncoder, corpus: Corpus, pieces: "sentencepiece.SentencePieceProcessor",
                limit: int = 60) -> dict[str, float]:  # fmt: skip
    """-> category -> word error rate by the best path, without a language model, of at most `limit` recordings each."""
    model.eval()
    wrong: dict[str, int] = {}
    of: dict[str, int] = {}
    seen: dict[str, int] = {}
    for i, u in enumerate(corpus.utterances):
        name = u.category.split("_")[0]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > limit or not u.words:
            continue
        x, _ = padded([corpus.sound(i)])
        _, posteriors = model(log_mel(x), torch.zeros(1, dtype=torch.long))
        heard = greedy(posteriors[0], pieces)
        wrong[name] = wrong.get(name, 0) + errors(u.words.split(), heard.split())
        of[name] = of.get(name, 0) + len(u.words.split())
    model.train()
    return {name: round(wrong[name] / of[name], 4) for name in sorted(of)}
