"""`parley train encoder`: from recordings with words to assets/models/encoder.onnx.

    parley train encoder --data SPEECH [--text TEXT] [--words TSV] --work DIR [--out assets/models] [--steps N]

Everything in DIR is made once and kept: the decoded sounds, the synthetic speech, the subwords, the newest checkpoint.
An interrupted run goes on where it was; the same seed and steps make the same order of the same examples.
"""

import argparse
import collections
import contextlib
import copy
import ctypes
import hashlib
import itertools
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from audio_io.errors import WrongUse
from audio_io.frames import FRAME, MIC_HZ
from engine import mel as front
from engine.nets.encoder import EncoderConfig, VoiceEncoder
from engine.training import augment, encoder_data, request_grammar
from engine.training.encoder_data import Utterance
from engine.training.encoder_export import export
from engine.training.encoder_start import smart_turn, start

BATCH_S = 100                                    # seconds of sound a step
CHUNK = 16 * FRAME
PLAIN = 250                      # steps without augmentation: letters are found sooner in clear speech
HEAD_ALONE = 100                 # steps: a random head's gradients would wipe out what the body already knows
HEAD_FASTER = 10.0               # the head's learning rate to the body's


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
    """engine.mel.log_mel on batches. pcm: [b, n], n a multiple of CHUNK -> [b, n / 160 + 3, bands]: two frames of
    silence, then the frames up to the end of the last chunk's context."""
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
    """Batches of about BATCH_S seconds of similar length, in an order that the seed and the epoch decide."""

    def __init__(self, corpora: list[Corpus], air: augment.Air, seed: int) -> None:
        self.air, self.seed = air, seed
        self.corpora, self.pieces = corpora, corpora[0].pieces
        self.all = [(c, i) for c in corpora for i in range(len(c.utterances))]

    def order(self, epoch: int) -> list[list[int]]:
        rng = random.Random(self.seed * 1000 + epoch)
        lengths = [c.utterances[i].n * rng.uniform(0.9, 1.1) for c, i in self.all]
        batches: list[list[int]] = [[]]
        longest = 0.0
        for k in sorted(range(len(self.all)), key=lambda k: lengths[k]):
            longest = max(longest, lengths[k] + MIC_HZ)
            if longest * (len(batches[-1]) + 1) > BATCH_S * MIC_HZ:
                batches.append([])
                longest = lengths[k] + MIC_HZ
            batches[-1].append(k)
        rng.shuffle(batches)
        return batches

    def example(self, k: int, rng: torch.Generator, plain: bool) -> tuple[Tensor, list[int]]:
        corpus, i = self.all[k]
        x = corpus.sound(i)
        if plain:
            return x, corpus.ids[i]
        if augment.chance(0.6, rng):
            x = augment.faster(x, augment.uniform(0.87, 1.15, rng))
        quiet = [torch.zeros(int(augment.uniform(0, 0.5, rng) * MIC_HZ)) for _ in range(2)]
        return augment.weather(torch.cat([quiet[0], x, quiet[1]]), self.air, rng), corpus.ids[i]

    def batch(self, ks: list[int], epoch: int, plain: bool) -> tuple[Tensor, Tensor, list[Tensor]]:
        """-> mel [b, t, bands], frames [b], pieces of each; `plain`: nothing augmented."""
        rng = torch.Generator().manual_seed(hash((self.seed, epoch, ks[0])) & 0x7FFFFFFF)
        pairs = [self.example(k, rng, plain) for k in ks]
        x, frames = padded([p[0] for p in pairs])
        mel = log_mel(x)
        if not plain:
            mel = torch.stack([augment.masked(m, front.SILENCE, rng) for m in mel])
        ids = [torch.tensor(p[1], dtype=torch.long) for p in pairs]
        return mel, frames, ids


def ahead(examples: Examples, epoch: int, at: int, count: int, plain: int = PLAIN) -> "Iterator[tuple[int, int, Any]]":
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
            waiting.append((e, a, pool.submit(examples.batch, ks, e, e == 0 and a < plain)))
        while waiting:
            e, a, batch = waiting.popleft()
            yield e, a, batch.result()
            for later, place, ks in itertools.islice(todo, 1):
                still = later == 0 and place < plain
                waiting.append((later, place, pool.submit(examples.batch, ks, later, still)))


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


# -- making what is learnt from -------------------------------------------------------------------------
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
    speakers = {row["file"]: encoder_data.split_of(row) for row, _ in pairs}
    human = encoder_data.cache(data, pairs, work / "human", args.jobs)
    sources = [(work / "human", [u for u in human if speakers[u.file] == "train"])]
    split = {s: [u for u in human if speakers[u.file] == s] for s in ("dev", "test")}
    folder = work / "synth"
    if not (work / "synthetic.tsv").exists():
        texts = requests(args.text, args.synthetic)
        encoder_data.cache(folder, encoder_data.synthesise(texts, folder, args.jobs), work / "synthetic", args.jobs)
    sources.append((work / "synthetic", encoder_data.cache(folder, [], work / "synthetic", args.jobs)))
    rows = [r for r in encoder_data.manifest(data) if r.get("category", "") in ("noise", "esc10_sounds")
            and encoder_data.share(r["file"]) >= encoder_data.DEV]  # fmt: skip
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
    for row in encoder_data.manifest(data):
        if row.get("category") == "rir":
            x = encoder_data.decoded(data / row["file"]).astype(np.float32)
            x = x[int(np.abs(x).argmax()) :][: rooms[0].numel()]
            rooms += [torch.from_numpy(np.pad(x / np.abs(x).max(), (0, rooms[0].numel() - len(x))))] * 2
    return augment.Air(torch.stack(rooms), torch.from_numpy(np.asarray(sounds, np.float32) / 32768))


# -- training -------------------------------------------------------------------------------------------
def rate(step: int, steps: int, peak: float, head: bool) -> float:
    """The head from the start; the body after HEAD_ALONE steps with a warm-up of 200; a half cosine to nothing."""
    fall = peak * (0.5 + 0.5 * math.cos(math.pi * min(1, step / steps)))
    if head:
        return fall * (HEAD_FASTER if step < HEAD_ALONE else 3.0) * min(1, (step + 1) / 10)
    return fall * min(1, max(0, step - HEAD_ALONE) / 200)


def ctc(scores: Tensor, targets: list[Tensor], frames: Tensor) -> Tensor:
    """-> nats a target. A mean over all targets of the batch alike: a mean by recording would let noises, which have
    none, outweigh speech."""
    lengths = torch.tensor([len(t) for t in targets])
    posteriors = F.log_softmax(scores.float(), -1).transpose(0, 1).cpu()
    loss = F.ctc_loss(posteriors, pad_sequence(targets, batch_first=True), frames, lengths, reduction="sum",
                      zero_infinity=True)  # fmt: skip
    return loss / (lengths.sum() + 1)


def spelling(pieces: "sentencepiece.SentencePieceProcessor") -> list[list[int]]:
    """-> piece -> classes of its letters: 1 space, 2 apostrophe, 3 and on a-z."""
    return [[1 if c == "\u2581" else 2 if c == "'" else ord(c) - 94 for c in pieces.id_to_piece(i)] if i else []
            for i in range(len(pieces))]  # fmt: skip


def letters(ids: list[Tensor], spelt: list[list[int]]) -> list[Tensor]:
    return [torch.tensor([c for i in row.tolist() for c in spelt[i]], dtype=torch.long) for row in ids]


@torch.no_grad()
def refresh(swift: VoiceEncoder, model: VoiceEncoder) -> None:
    for exact, quick in zip(model.parameters(), swift.parameters(), strict=True):
        quick.copy_(exact)


def keep_memory() -> None:
    """glibc gives large blocks back to the system and faults them in again: a third of the time on two cores."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-4, 0)                      # M_MMAP_MAX: no block is mapped by itself
        libc.mallopt(-1, 2**31 - 1)              # M_TRIM_THRESHOLD


def learn(model: VoiceEncoder, examples: Examples, args: argparse.Namespace, measure: "object") -> None:
    """Trains up to args.steps; saves every args.every steps. The state on disk is complete: a rerun goes on from it.

    The network computes in bfloat16 throughout; `model` keeps its weights in 32 bits, where small steps still count.
    """
    work = Path(args.work)
    device = next(model.parameters()).device
    swift = copy.deepcopy(model).bfloat16()
    groups = [{"params": [p for n, p in model.named_parameters() if n.startswith(("ctc.", "letters.")) is head], "head": head}
              for head in (False, True)]  # fmt: skip
    optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    step = epoch = at = 0
    if (work / "encoder.pt").exists() and not args.anew:
        saved = torch.load(work / "encoder.pt")
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        step, epoch, at = saved["step"], saved["epoch"], saved["at"]
        print(f"going on from step {step}", flush=True)
    refresh(swift, model)
    running, began, first = 0.0, time.monotonic(), step
    spelt = spelling(examples.pieces)
    for era, place, (mel, frames, ids) in ahead(examples, epoch, at, args.steps - step):
        for group in optimiser.param_groups:
            group["lr"] = rate(step, args.steps, args.rate, group["head"])
        where = torch.randint(0, model.cfg.positions, (len(mel),), device=device)
        x = swift.body(mel.to(device, torch.bfloat16), where)
        loss = ctc(swift.ctc(x), ids, frames) + ctc(swift.letters(x), letters(ids, spelt), frames)
        swift.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for exact, quick in zip(model.parameters(), swift.parameters(), strict=True):
            exact.grad = quick.grad.float() if quick.grad is not None else None
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        refresh(swift, model)
        step += 1
        running = 0.95 * running + 0.05 * loss.item()
        if step % 20 == 0:
            pace = (time.monotonic() - began) / (step - first)
            left = pace * (args.steps - step) / 60
            done = "#" * (30 * step // args.steps)
            print(f"[{done:<30}] {step}/{args.steps} loss {running / (1 - 0.95 ** (step - first)):.3f} "
                  f"{pace:.2f} s a step, {left:.0f} min left", flush=True)  # fmt: skip
        if step % args.every == 0 or step == args.steps:
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "epoch": era,
                     "at": place + 1}  # fmt: skip
            torch.save(state, work / "encoder.tmp")
            (work / "encoder.tmp").replace(work / "encoder.pt")
            measure(step)  # type: ignore[operator]


def fingerprint(sources: list[tuple[Path, list[Utterance]]]) -> str:
    """-> what was learnt from, as one number: the indices of all caches."""
    text = "".join(f"{u.start} {u.n} {u.words} {u.file}\n" for _, us in sources for u in us)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="parley train encoder", description=__doc__)
    p.add_argument("--data", required=True, help="folder with manifest.csv and recordings")
    p.add_argument("--text", help="folder with requests.tsv, for the synthetic speech")
    p.add_argument("--words", type=Path, help="file <tab> words, for recordings without a transcript")
    p.add_argument("--work", required=True, help="folder for caches and checkpoints")
    p.add_argument("--out", default="assets/models")
    p.add_argument("--steps", type=int, default=2600)
    p.add_argument("--every", type=int, default=200)
    p.add_argument("--rate", type=float, default=3e-4)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--synthetic", type=int, default=4000, help="sentences of synthetic speech")
    p.add_argument("--from-scratch", action="store_true", help="random weights instead of public ones")
    p.add_argument("--anew", action="store_true", help="forget the checkpoint")
    return p


def main(argv: list[str]) -> int:
    args = parser().parse_args(argv)
    torch.manual_seed(args.seed)
    keep_memory()
    work, out = Path(args.work), Path(args.out)
    sources, split = gather(args)
    if not sources[0][1]:
        raise WrongUse(f"{args.data}: no English recording with words for training")
    pieces = subwords(work, [u.words for _, us in sources for u in us if u.words], EncoderConfig.pieces)
    model = VoiceEncoder(EncoderConfig(dropout=0.05))
    if not args.from_scratch:
        start(model, smart_turn())
    if torch.cuda.is_available():
        model.cuda()
    corpora = [Corpus(name, us, pieces) for name, us in sources]
    dev = Corpus(work / "human", split["dev"], pieces)
    notes: dict[str, object] = {
        "command": "parley train encoder", "seed": args.seed, "steps": args.steps, "data": fingerprint(sources),
        "hours": round(sum(u.n for _, us in sources for u in us) / MIC_HZ / 3600, 2), "config": asdict(model.cfg),
        "start": "random" if args.from_scratch else "Smart Turn v3.2",
    }  # fmt: skip
    print(json.dumps(notes), flush=True)

    def measure(step: int) -> None:
        scores = word_errors(model, dev, pieces)
        print(f"step {step}: word errors on dev {scores}", flush=True)
        with (work / "scores.jsonl").open("a") as file:
            print(json.dumps({"step": step, **scores}), file=file)
        export(model, [pieces.id_to_piece(i) for i in range(len(pieces))], out,
               {**notes, "step": step, "dev": scores, "final": step == args.steps})  # fmt: skip

    examples = Examples(corpora, atmosphere(work, Path(args.data), args.jobs, args.seed), args.seed)
    learn(model, examples, args, measure)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
