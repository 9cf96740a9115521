"""Makes assets/models/words.npz: `python -m engine.training.words.request_lm TEXT_DIR OUT_DIR`.

Four trigram models are mixed: what people ask assistants (SLURP, CLINC150), a grammar of what the embedded brain
understands, what people say in task dialogues, and read English. The weights maximise the likelihood of a blend
of held-out sentences of each. The mix is pruned to a few megabytes. What the test and development speakers of
`--speech DIR` read is left out of the text.
"""

import argparse
import csv
import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np

from engine.asr import word_lm
from engine.corpus.manifest import manifest, split_of
from engine.corpus.spoken_form import spoken
from engine.training.words import ngram, request_grammar

GENERAL_MIN = 3                  # a word of the dialogues or books enters when said this often
TRIGRAMS, BIGRAMS = 480_000, 260_000             # what is left after pruning: about 5 MB
DIALOGUES = "taskmaster4"        # CC BY; the other source in the file is share-alike and stays out of the model
BLEND = {"requests": 0.45, "grammar": 0.35, "dialogues": 0.05, "read": 0.15}   # what is said to Parley, we guess


def held_out(text: str, per_mille: int, salt: str) -> bool:
    """The same sentences are held out on every machine: a hash of the text decides."""
    return int(hashlib.md5((salt + text).encode()).hexdigest()[:6], 16) % 1000 < per_mille


Sentences = dict[str, list[list[str]]]


def read(text_dir: Path, exclude: set[str]) -> tuple[Sentences, Sentences]:
    """-> (training, development) sentences by source. `exclude`: transcripts that a later test will speak."""
    train: Sentences = {"requests": [], "grammar": request_grammar.sentences(120_000, seed=1)}
    dev: Sentences = {"requests": [], "grammar": request_grammar.sentences(3_000, seed=2)}
    for line in (text_dir / "requests.tsv").read_text().splitlines()[1:]:
        text = line.split("\t")[2]
        if not held_out(text, 30, "test"):
            (dev if held_out(text, 40, "dev") else train)["requests"].append(spoken(text))
    with gzip.open(text_dir / "dialogues.tsv.gz", "rt") as f:
        turns = [row[3] for row in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
                 if row[0] == DIALOGUES and row[2] == "user"]
    with gzip.open(text_dir / "read_english.txt.gz", "rt") as f:
        books = [line.strip() for line in f]
    for name, texts in (("dialogues", turns), ("read", books)):
        kept = [t for t in texts if t not in exclude]
        train[name] = [spoken(t) for t in kept if not held_out(t, 20, "dev")]
        dev[name] = [spoken(t) for t in kept if held_out(t, 20, "dev")]
    return train, dev


def vocabulary(train: Sentences) -> list[str]:
    """-> the three marks, then the words, sorted."""
    own = Counter(w for name in ("requests", "grammar") for s in train[name] for w in s)
    general = Counter(w for name in ("dialogues", "read") for s in train[name] for w in s)
    wanted = {w for w, n in own.items() if n >= 2} | {w for w, n in general.items() if n >= GENERAL_MIN}
    return ["<s>", "</s>", "<unk>", *sorted(wanted)]


def build(
    train: Sentences, dev: Sentences, words: list[str], trigrams: int = TRIGRAMS, bigrams: int = BIGRAMS
) -> tuple[ngram.Model, dict[str, object]]:
    """-> (pruned mixture, what there is to report about it)."""
    ids = {w: i for i, w in enumerate(words)}

    def coded(sentences: list[list[str]]) -> list[list[int]]:
        return [[ids.get(w, ngram.OTHER) for w in s] for s in sentences if s]

    models = [ngram.estimate(coded(train[name]), words) for name in train]
    smallest = min(sum(map(len, dev[name])) / share for name, share in BLEND.items())
    blend: list[list[int]] = []
    for name, share in BLEND.items():
        room = int(smallest * share)
        for s in coded(dev[name]):
            if room > 0:
                blend.append(s)
                room -= len(s)
    weights = ngram.tune(models, blend)
    mixed = ngram.mix(models, weights)
    small = ngram.prune(mixed, trigrams, bigrams)
    report: dict[str, object] = {
        "weights": dict(zip(train, (round(w, 3) for w in weights), strict=True)),
        "words": len(words) - 3,
        "ngrams": {"mixed": [len(o.keys) for o in mixed.orders], "pruned": [len(o.keys) for o in small.orders]},
        "perplexity": {
            name: {k: round(ngram.perplexity(m.prob, coded(dev[name])), 1)
                   for k, m in (("mixed", mixed), ("pruned", small))}
            for name in dev
        },
        "outside": {name: round(sum(w not in ids for s in dev[name] for w in s) / sum(map(len, dev[name])), 4)
                    for name in dev},
    }  # fmt: skip
    return small, report


def as_word_lm(model: ngram.Model) -> word_lm.WordLm:
    """-> the same model in the form that the recogniser asks."""
    def logs(p: ngram.Floats) -> word_lm.Floats:
        return np.log(np.maximum(p, 1e-30)).astype(np.float32)

    return word_lm.WordLm(model.words, [word_lm.Grams(o.keys, logs(o.p), logs(o.gamma)) for o in model.orders])


def unseen(speech: Path) -> set[str]:
    """-> what the speakers read that are not trained on, as the files of text write it."""
    rows = manifest(speech)
    return {row["transcript"].lower().strip() for row in rows if split_of(row) != "train"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("text_dir", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--speech", type=Path, help="recordings whose test and development transcripts stay out")
    parser.add_argument("--trigrams", type=int, default=TRIGRAMS)
    parser.add_argument("--bigrams", type=int, default=BIGRAMS)
    args = parser.parse_args()
    train, dev = read(args.text_dir, unseen(args.speech) if args.speech else set())
    args.out_dir.mkdir(parents=True, exist_ok=True)
    model, report = build(train, dev, vocabulary(train), args.trigrams, args.bigrams)
    word_lm.save(as_word_lm(model), args.out_dir / "words.npz")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
