"""`parley train encoder`: from recordings with words to assets/models/encoder.onnx.

    parley train encoder --data SPEECH [--text TEXT] [--words TSV] --work DIR [--out assets/models] [--steps N]

Everything in DIR is made once and kept: the decoded sounds, the synthetic speech, the subwords, the newest checkpoint.
An interrupted run goes on where it was; the same seed and steps make the same order of the same examples.
"""

import argparse
import contextlib
import copy
import ctypes
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import sentencepiece
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ
from engine.nets.encoder import EncoderConfig, VoiceEncoder
from engine.training.encoder.batches import Corpus, Examples, ahead, word_errors
from engine.training.encoder.export import export
from engine.training.encoder.sources import atmosphere, fingerprint, gather, subwords
from engine.training.encoder.start import smart_turn, start

HEAD_ALONE = 120                                 # steps: random heads' gradients would wipe out what the body knows
HEAD_FASTER = 10.0                               # the heads' learning rate to the body's


def rate(step: int, steps: int, peak: float, head: bool) -> float:
    """The head from the start; the body after HEAD_ALONE steps with a warm-up of 100; a half cosine to nothing."""
    fall = peak * (0.5 + 0.5 * math.cos(math.pi * min(1, step / steps)))
    if head:
        return fall * HEAD_FASTER * (2.0 if step < HEAD_ALONE else 1.0) * min(1, (step + 1) / 10)
    return fall * min(1, max(0, step - HEAD_ALONE) / 100)


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


def learn(model: VoiceEncoder, examples: Examples, args: argparse.Namespace, measure: Callable[[int], None]) -> None:
    """Trains up to args.steps; saves every args.every steps. The state on disk is complete: a rerun goes on from it.

    The network computes in bfloat16 throughout; `model` keeps its weights in 32 bits, where small steps still count.
    """
    work = Path(args.work)
    device = next(model.parameters()).device
    swift = copy.deepcopy(model).bfloat16()
    heads = ("ctc.", "letters.")
    groups = [{"params": [p for n, p in model.named_parameters() if n.startswith(heads) is head], "head": head}
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
        with torch.set_grad_enabled(step >= HEAD_ALONE):
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
            measure(step)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="parley train encoder", description=__doc__)
    p.add_argument("--data", required=True, help="folder with manifest.csv and recordings")
    p.add_argument("--text", help="folder with requests.tsv, for the synthetic speech")
    p.add_argument("--words", type=Path, help="file <tab> words, for recordings without a transcript")
    p.add_argument("--work", required=True, help="folder for caches and checkpoints")
    p.add_argument("--out", default="assets/models")
    p.add_argument("--steps", type=int, default=1800)
    p.add_argument("--every", type=int, default=250)
    p.add_argument("--rate", type=float, default=1.8e-4)
    p.add_argument("--weather", type=float, default=0.5, help="how often sounds are augmented, 0 to 1")
    p.add_argument("--batch", type=float, default=80, help="seconds of sound a step")
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
    model = VoiceEncoder(EncoderConfig())
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

    air = atmosphere(work, Path(args.data), args.jobs, args.seed)
    examples = Examples(corpora, air, args.seed, args.weather, args.batch)
    learn(model, examples, args, measure)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
