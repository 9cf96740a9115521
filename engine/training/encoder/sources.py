"""Where the encoder's training gets its examples, subwords, rooms and noises from: made once, kept in a folder."""

import argparse
import hashlib
import random
from pathlib import Path

import numpy as np
import sentencepiece
import torch

from engine.corpus.manifest import DEV, decoded, manifest, share, split_of
from engine.training.encoder import augment
from engine.training.encoder import data as encoder_data
from engine.training.encoder.data import Utterance
from engine.training.words import request_grammar


def teacher(path: Path | None) -> dict[str, str]:
    """-> file -> words, of recordings that have no transcript: a table of two columns."""
    if path is None:
        return {}
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {r[0]: encoder_data.plain_words(r[1]) for r in rows if len(r) == 2 and len(r[1].split()) >= 3}


def gather(args: argparse.Namespace) -> tuple[list[tuple[Path, list[Utterance]]], dict[str, list[Utterance]]]:
    """-> (cache, utterances) of every source, and the human ones by split."""
    work, data = Path(args.work), Path(args.data)
    work.mkdir(parents=True, exist_ok=True)
    pairs = list(encoder_data.human(data, teacher(args.words)))
    speakers = {row["file"]: split_of(row) for row, _ in pairs}
    human = encoder_data.cache(data, pairs, work / "human", args.jobs)
    sources = [(work / "human", [u for u in human if speakers[u.file] == "train"])]
    split = {s: [u for u in human if speakers[u.file] == s] for s in ("dev", "test")}
    folder = work / "synth"
    if not (work / "synthetic.tsv").exists():
        texts = requests(args.text, args.synthetic)
        encoder_data.cache(folder, encoder_data.synthesise(texts, folder, args.jobs), work / "synthetic", args.jobs)
    sources.append((work / "synthetic", encoder_data.cache(folder, [], work / "synthetic", args.jobs)))
    rows = [r for r in manifest(data) if r.get("category", "") in ("noise", "esc10_sounds")
            and share(r["file"]) >= DEV]  # fmt: skip
    sources.append((work / "sounds", encoder_data.cache(data, [(r, "") for r in rows], work / "sounds", args.jobs)))
    return sources, split


def requests(folder: str | None, count: int) -> list[str]:
    """-> `count` sentences: what the embedded brain understands, and what people ask others."""
    rng = random.Random(7)
    texts = [" ".join(s) for s in request_grammar.sentences(count * 2 // 3, seed=11)]
    if folder:
        lines = (Path(folder) / "requests.tsv").read_text(encoding="utf-8").splitlines()[1:]
        asked = [line.split("\t")[2].strip() for line in lines]
        rng.shuffle(asked)
        texts += asked[: count - len(texts)]
    texts = list(dict.fromkeys(texts))
    rng.shuffle(texts)
    return texts


def subwords(work: Path, texts: list[str], size: int) -> "sentencepiece.SentencePieceProcessor":
    """A unigram model (arXiv 1804.10959) of `size` pieces; id 0, its unknown, serves as CTC's blank."""
    path = work / "pieces.model"
    if not path.exists():
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_prefix=str(path.with_suffix("")), vocab_size=size, unk_id=0, bos_id=-1,
            eos_id=-1, character_coverage=1.0, minloglevel=2,
        )
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def atmosphere(work: Path, data: Path, jobs: int, seed: int) -> augment.Air:
    """Rooms and noises of the training split."""
    sounds = np.memmap(work / "sounds.i16", np.int16, "r")
    rng = torch.Generator().manual_seed(seed)
    rooms = [*augment.synthetic_rooms(60, rng)]
    for row in manifest(data):
        if row.get("category") == "rir":
            x = decoded(data / row["file"]).astype(np.float32)
            x = x[int(np.abs(x).argmax()) :][: rooms[0].numel()]
            rooms += [torch.from_numpy(np.pad(x / np.abs(x).max(), (0, rooms[0].numel() - len(x))))] * 2
    return augment.Air(torch.stack(rooms), torch.from_numpy(np.asarray(sounds, np.float32) / 32768))


def fingerprint(sources: list[tuple[Path, list[Utterance]]]) -> str:
    """-> what was learnt from, as one number: the indices of all caches."""
    text = "".join(f"{u.start} {u.n} {u.words} {u.file}\n" for _, us in sources for u in us)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
