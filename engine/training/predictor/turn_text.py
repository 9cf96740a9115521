"""Makes assets/models/turn_text.npz: `train(text_dir, out, ...)`, the first stage of `parley train predictor`.

Turns of task dialogues, requests and answers are spelled out as a recogniser would give them: lower case, no
punctuation, some letters wrong. After every letter the network says whether the turn ends there, whether a sentence
does, and which letter comes next (that head is thrown away; it teaches the words). Speech is not writing: fillers,
restarts and repairs are put in, and turns are joined by connectives, so that "and" or "um" never looks like an end.
"""

import csv
import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from engine.corpus.spoken_form import spoken
from engine.duplex.turn_text import CODE, LETTERS
from engine.training.dialogues.text import Texts
from engine.training.words import request_grammar
from engine.training.words.request_lm import DIALOGUES, held_out

WIDE, EMBED, LONGEST = 192, 32, 160
FILLERS = ("um", "uh", "er", "like", "you know", "i mean", "well", "so", "let me see", "hmm", "i guess", "kind of")
JOINTS = ("and", "and then", "so", "but", "because", "or", "also", "and also", "and uh", "oh and", "but um", "well",
          "i mean", "you know", "actually", "so um", "then", "plus")  # fmt: skip
ANSWERS = ("yes", "yeah", "yep", "no", "nope", "okay", "right", "sure", "uh huh", "mm hm", "mhm", "mm", "oh", "wow",
           "really", "oh really", "i see", "oh okay", "yeah yeah", "that's right", "exactly", "yeah that's true",
           "oh my god", "no way", "that's good", "okay good", "i know", "i don't know", "oh i see", "oh yeah", "huh",
           "yeah definitely", "right right", "thank you", "thanks", "stop", "wait", "hold on", "never mind", "hello",
           "hi", "bye", "bye bye", "of course", "not really", "i think so", "yeah i think so", "no no")  # fmt: skip
TAGS = ("right", "you know", "isn't it", "don't you think", "or something", "or whatever", "and stuff", "though",
        "please", "thanks", "i think", "i guess", "anyway", "so yeah", "and that's it", "or something like that")
SOUNDS = {"a": "eo", "e": "ia", "i": "ey", "o": "ua", "u": "oa", "c": "k", "k": "c", "s": "zc", "z": "s", "t": "d",
          "d": "t", "p": "b", "b": "p", "g": "k", "v": "f", "f": "v", "m": "n", "n": "m", "y": "i", "l": "r"}

Sentence = list[str]


def turns(text_dir: Path) -> dict[str, list[list[Sentence]]]:
    """-> by source: turns as lists of sentences as lists of words. The share-alike dialogues stay out."""
    made: dict[str, list[list[Sentence]]] = {"requests": [], "dialogues": [], "read": []}
    for line in (text_dir / "requests.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        made["requests"].append([spoken(line.split("\t")[2])])
    with gzip.open(text_dir / "dialogues.tsv.gz", "rt", encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row[0] == DIALOGUES:
                made["dialogues"].append([s for s in map(spoken, re.split(r"(?<=[.?!])\s+", row[3])) if s])
    with gzip.open(text_dir / "read_english.txt.gz", "rt", encoding="utf-8") as file:
        made["read"] = [[line.split()] for line in file if len(line.split()) <= 25]   # longer ones end anywhere
    made["grammar"] = [[s] for s in request_grammar.sentences(30_000, seed=11)]
    made["answers"] = [[a.split()] for a in ANSWERS] * 120
    made["talk"] = list(_talk(text_dir, 40_000, random.Random(13)))
    return {name: [t for t in ts if t and t[0]] for name, ts in made.items()}


def _talk(text_dir: Path, count: int, rng: random.Random) -> Iterator[list[Sentence]]:
    """Turns of the simulator's training split, with its own fillers and repairs."""
    texts = Texts(text_dir, "train")
    for _ in range(count):
        kind = rng.choices(("long", "short", "question", "reply", "command"), (5, 3, 2, 2, 2))[0]
        plan = texts.plan(kind, rng)
        yield [[w for word in s.words for w in spoken(word)] for s in plan.sentences]


def split(text_dir: Path, exclude: set[str]) -> tuple[list[list[Sentence]], list[list[Sentence]]]:
    """-> (training, held-out) turns. `exclude`: turns that a test speaks, as lower-case words."""
    train: list[list[Sentence]] = []
    dev: list[list[Sentence]] = []
    for source, every in turns(text_dir).items():
        for turn in every:
            text = " ".join(w for s in turn for w in s)
            if text not in exclude:
                out = source != "answers" and held_out(text, 25, "turns")
                (dev if out else train).append(turn)
    return train, dev


def disfluent(words: Sentence, rng: random.Random) -> Sentence:
    """Fillers, repeated words and broken-off words, as people speak."""
    out: Sentence = []
    rate = rng.choice((0.0, 0.0, 0.04, 0.1))
    for i, word in enumerate(words):
        if rng.random() < rate:
            out += rng.choice(FILLERS).split()
        if rng.random() < rate * 0.6:
            n = rng.randint(1, min(3, i + 1))
            out += [*words[i + 1 - n : i + 1], *(["no"] if rng.random() < 0.1 else [])]
        out.append(word)
    return out


def said(turn: list[Sentence], others: list[list[Sentence]], rng: random.Random) -> list[Sentence]:
    """One turn as it might be spoken: its sentences, perhaps with another turn's joined to them."""
    made = [disfluent(s, rng) for s in turn]
    if rng.random() < 0.15:
        joint = rng.choice(JOINTS).split() if rng.random() < 0.8 else []
        made += [[*joint, *disfluent(rng.choice(others)[0], rng)]]
    if rng.random() < 0.08:
        made[-1] = [*made[-1], *rng.choice(TAGS).split()]
    if rng.random() < 0.12:
        made[0] = [*rng.choice((*FILLERS, "okay", "yeah", "oh", "no", "so")).split(), *made[0]]
    return made


def misheard(word: str, rng: random.Random) -> str:
    """A word with a letter or two as a recogniser gets them wrong."""
    letters = list(word)
    for _ in range(rng.choice((1, 1, 2))):
        i = rng.randrange(len(letters)) if letters else 0
        if letters and rng.random() < 0.6:
            letters[i] = rng.choice(SOUNDS.get(letters[i], "e"))
        elif len(letters) > 1:
            del letters[i]
    return "".join(letters)


def spell(sentences: list[Sentence], rng: random.Random) -> tuple[list[int], list[int], list[int]]:
    """-> symbols, and for each 1 where the turn, where a sentence ends after it. The first symbol is the beginning."""
    wrong = rng.choice((0.0, 0.05, 0.15, 0.3))
    text, ends = "", []
    for words in sentences:
        for word in words:
            heard = misheard(word, rng) if rng.random() < wrong else word
            if heard and rng.random() >= 0.15 * wrong:
                text += (" " if text else "") + heard
        ends.append(len(text))
    symbols = [0, *(LETTERS.index(c) for c in text if c in LETTERS[1:])]
    sentence = [0] * len(symbols)
    for at in ends:
        sentence[min(at, len(symbols) - 1)] = 1
    turn = [0] * len(symbols)
    turn[-1] = int(len(symbols) > 1)
    sentence[0] = 0
    return symbols, turn, sentence


class TurnTextNet(nn.Module):
    """symbols [B, T] -> (end, sentence) log-odds [B, T, 2], next-letter logits [B, T, 29]."""

    def __init__(self) -> None:
        super().__init__()
        n = len(LETTERS)
        self.embed, self.gru = nn.Embedding(n, EMBED), nn.GRU(EMBED, WIDE, batch_first=True)
        self.code, self.out, self.next = nn.Linear(WIDE, CODE), nn.Linear(CODE, 2), nn.Linear(WIDE, n)

    def forward(self, symbols: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden, _ = self.gru(self.embed(symbols))
        return self.out(torch.tanh(self.code(hidden))), self.next(hidden)

    def weights(self) -> dict[str, np.ndarray]:
        """-> the arrays that engine.duplex.turn_text.TurnText computes with."""
        g = self.gru
        named: dict[str, Any] = {
            "embed": self.embed.weight, "w_in": g.weight_ih_l0, "w_state": g.weight_hh_l0, "b_in": g.bias_ih_l0,
            "b_state": g.bias_hh_l0, "w_code": self.code.weight, "b_code": self.code.bias, "w_out": self.out.weight,
            "b_out": self.out.bias,
        }  # fmt: skip
        return {name: p.detach().float().numpy() for name, p in named.items()}


def batches(
    pool: list[list[Sentence]], size: int, rng: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """One pass over `pool` -> symbols [B, T], labels [B, T, 2], valid [B, T]; turns of like length together."""
    every = (spell(said(t, pool, rng), rng) for t in pool)
    spelled = [tuple(x[:LONGEST] for x in s) for s in every if len(s[0]) > 1]
    spelled.sort(key=lambda s: len(s[0]) + rng.random() * 8)
    starts = list(range(0, len(spelled), size))
    rng.shuffle(starts)
    for at in starts:
        part = spelled[at : at + size]
        longest = max(len(s[0]) for s in part)
        padded = torch.zeros(3, len(part), longest, dtype=torch.long)
        valid = torch.zeros(len(part), longest)
        for i, three in enumerate(part):
            for k in range(3):
                padded[k, i, : len(three[k])] = torch.tensor(three[k])
            valid[i, : len(three[0])] = 1
        yield padded[0], padded[1:].permute(1, 2, 0).float(), valid


def loss_of(net: TurnTextNet, symbols: torch.Tensor, labels: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    marks, letters = net(symbols)
    ends = F.binary_cross_entropy_with_logits(marks, labels, reduction="none").sum(-1)
    after = F.cross_entropy(letters[:, :-1].flatten(0, 1), symbols[:, 1:].flatten(), reduction="none")
    return (ends * valid).sum() / valid.sum() * 4 + 0.5 * (after * valid[:, 1:].flatten()).sum() / valid[:, 1:].sum()


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve."""
    rank = np.empty(len(scores))
    rank[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    n = float(labels.sum())
    return float((rank[labels > 0].sum() - n * (n + 1) / 2) / max(1.0, n * (len(labels) - n)))


@torch.no_grad()
def judge(net: TurnTextNet, dev: list[list[Sentence]]) -> dict[str, float]:
    """Area under the curve of turn ends against other word ends, on held-out turns."""
    net.eval()
    found: list[np.ndarray] = []
    for symbols, labels, valid in batches(dev, 256, random.Random(5)):
        marks = net(symbols)[0].float()
        space = LETTERS.index(" ")
        word_end = torch.zeros_like(valid)
        word_end[:, :-1] = (symbols[:, 1:] == space).float()
        word_end = ((word_end + labels[..., 0]) > 0) & (valid > 0)
        found.append(torch.stack([marks[..., 0][word_end], labels[..., 0][word_end]]).numpy())
    net.train()
    scores, truth = np.concatenate(found, axis=1)
    return {"auc": round(area(scores, truth), 4), "words": len(truth), "ends": int(truth.sum())}


def train(text_dir: Path, out: Path, passes: int = 3, seed: int = 1, exclude: frozenset[str] = frozenset()) -> Any:
    """Writes `out` (npz) and returns the scores on held-out turns."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    pool, dev = split(text_dir, set(exclude))
    net = TurnTextNet()
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.01)
    steps = passes * (len(pool) // 128 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps + 8, pct_start=0.1)
    done, mean = 0, 2.0
    for number in range(passes):
        for symbols, labels, valid in batches(pool, 128, rng):
            with torch.autocast("cpu", torch.bfloat16, enabled=False):
                loss = loss_of(net, symbols, labels, valid)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done, mean = done + 1, 0.99 * mean + 0.01 * float(loss.detach())
            if done % 50 == 0:
                print(f"\rturn ends in text {100 * done / steps:3.0f} %  loss {mean:.4f}", end="", flush=True)
        print(f"  pass {number + 1}: {judge(net, dev)}", flush=True)
    score = judge(net, dev)
    np.savez(out, allow_pickle=False, **net.weights())
    return score
