"""`parley train predictor`: from labelled conversations to assets/models/predictor.onnx.

    parley train predictor --data DIR --text TEXT --work DIR [--out assets/models] [--passes N] [--device cuda]

DIR holds train/ and dev/ in the format of `parley bench duplex` (made by `parley train simulate`). What is made on the
way stays in --work: the features of every recording, the network of turn ends in text, the newest checkpoint. A run
that was interrupted goes on where it was; the same data, seed and passes give the same batches in the same order.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from audio_io.errors import WrongUse
from audio_io.files import write_whole
from engine.asr import encoder as voice
from engine.duplex import network as predict
from engine.duplex import turn_text
from engine.duplex.network import CHUNK_HOPS, GROUPS, HOP_WIDE
from engine.nets.predictor import OUTPUTS, DuplexPredictor, PredictorConfig
from engine.training.predictor import data as predictor_data
from engine.training.predictor import score as predictor_score
from engine.training.predictor import turn_text as text_training
from engine.training.predictor.data import DONE, TAKES, Example
from engine.training.predictor.export import export

WINDOW = 384                     # hops of one training window: 12.3 s
BATCH = 16
RATE = 1e-3
OFTEN = {"encoder": 0.1, "text": 0.1, "reference": 0.05, "floor": 0.05, "vad": 0.08}    # a group is taken away
SHARE = {"user_speaking": 1.0, "turn_done": 1.5, "turn_ending": 1.0, "takes_floor": 1.0, "backchannel_here": 0.4}
ALONE = 0.45                     # windows in which the other side's answers are not heard
LATE, LATE_HOPS = 0.6, 90         # of the others: windows in which an answer comes later, and by how much at most
QUIET_HOPS = 3                                   # after a turn's end, until the microphone really has nothing of it
GRUNT_HOPS = (6, 30)             # a listener's "mm-hm", spliced into somebody's turn
COUNTERS = [GROUPS["vad"].start + 1, GROUPS["floor"].start + 2, GROUPS["text"].start + 3]    # silence, floor, letters
WHOLE = "duplex"                                 # the name of a run that leaves nothing out
PARTS = ("reference", "vad", "encoder", "transformer", "text")


class Pool:
    """All training conversations in one row, and windows out of it."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = [e for e in examples if len(e.hop) > WINDOW // 4]
        lengths = np.array([len(e.hop) for e in self.examples])
        self.windows = int(lengths.sum() // WINDOW)
        self.odds = lengths / lengths.sum()
        talk = predict.GROUPS["floor"].start
        spoken = [e.hop[e.hop[:, talk] > 0] for e in self.examples]
        self.spoken = np.concatenate([s for s in spoken if len(s)] or [np.zeros((0, HOP_WIDE), np.float32)])

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """-> hop [B, T, HOP_WIDE], frames [B, T, 2 * FRAME], target, weight [B, T, 5]"""
        rows: list[tuple[np.ndarray, ...]] = []
        for i in rng.choice(len(self.examples), BATCH, p=self.odds):
            e = self.examples[i]
            start = int(rng.integers(0, max(1, len(e.hop) - WINDOW + 1)))
            at = np.arange(start, min(len(e.hop), start + WINDOW))
            alone = e.labels.condition != "loudspeaker" and rng.random() < ALONE
            counted = None
            if not alone and rng.random() < LATE:
                at, counted = answered_late(e, at, rng)
            hop, frames = e.hop[at].copy(), e.frames[e.at[at]].astype(np.float32)
            weight, target = e.weight[at].copy(), e.target[at]
            if counted is not None:
                hop[:, COUNTERS] = counted
            if alone:
                unanswered(hop, weight, rng)
            else:
                self._grunt(hop, target, weight, rng)
            _take_away(hop, frames, rng)
            hop += rng.normal(0, 0.04, hop.shape).astype(np.float32)
            rows.append((hop, frames, target, weight))
        return tuple(torch.from_numpy(_stack([r[k] for r in rows])) for k in range(4))  # type: ignore[return-value]

    def _grunt(self, hop: np.ndarray, target: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> None:
        """The far end says a short thing into the user's turn: the user has not finished for that."""
        open_turn = np.flatnonzero((target[:, DONE] == 0) & (weight[:, DONE] > 0.1))
        n = int(rng.integers(*GRUNT_HOPS))
        if rng.random() > 0.2 or len(open_turn) == 0 or len(self.spoken) <= n:
            return
        pauses = open_turn[weight[open_turn, DONE] > 1]
        chosen = pauses if len(pauses) and rng.random() < 0.7 else open_turn
        start = max(1, int(rng.choice(chosen)))
        stop, source = min(len(hop), start + n), int(rng.integers(0, len(self.spoken) - n))
        talk = GROUPS["floor"].start
        if (hop[start - 1 : stop, talk] > 0).any():
            return                                                       # it is speaking already
        columns = np.r_[GROUPS["reference"], GROUPS["floor"]]
        hop[start:stop, columns] = self.spoken[source : source + stop - start][:, columns]
        since = np.log1p(np.arange(len(hop) - start)) / 3 - 1
        ones = np.ones(stop - start)
        hop[start:stop, talk : talk + 4] = np.stack([ones, 0 * ones, since[: stop - start], ones], 1)
        hop[stop:, talk + 2] = np.minimum(hop[stop:, talk + 2], since[: len(hop) - stop])
        hop[start:, talk + 3] = 1
        weight[start:stop, TAKES] = 0


def unanswered(hop: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> None:
    """The same user with nobody at the other end, in place: what an assistant hears that waits for the end of a turn.

    Between people the answer comes within half a second, so a silence without one would always look like a pause.
    """
    floor, reference, n = GROUPS["floor"], GROUPS["reference"], len(hop)
    since = np.arange(n) + rng.integers(20, 900)
    ever = float(rng.random() < 0.6)
    waited = np.log1p(np.minimum(999, since if ever else 999)) / 3 - 1
    hop[:, reference] = 0
    hop[:, reference.stop - 1] = -1
    hop[:, floor] = np.stack([np.zeros(n), np.ones(n), waited * np.ones(n), np.full(n, ever)], 1)
    weight[:, TAKES] = 0


def answered_late(e: Example, at: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
    """The same window with one answer up to LATE_HOPS later: the quiet before it is repeated.

    at: the window's hops, in order -> the hops to take, as many, and the columns COUNTERS of them; None: as it was.
    """
    talk = e.hop[at, GROUPS["floor"].start] > 0
    begins = 1 + np.flatnonzero(talk[1:] & ~talk[:-1])
    ends = 1 + np.flatnonzero(np.diff(e.target[at, DONE]) > 0)
    pairs = [(end, min(later)) for end in ends if len(later := begins[begins >= end + 2 * QUIET_HOPS])]
    if not pairs:
        return at, None
    end, answer = pairs[int(rng.integers(len(pairs)))]
    more, loop = int(rng.integers(1, LATE_HOPS)), np.arange(max(end + QUIET_HOPS, answer - 2 * CHUNK_HOPS), answer)
    if (e.hop[at[loop], GROUPS["vad"].start] > -0.5).any():      # somebody is heard there
        return at, None
    where = np.concatenate([np.arange(answer), np.resize(loop, more), np.arange(answer, len(at))])[: len(at)]
    counts = np.round(np.expm1(3 * (e.hop[at[where]][:, COUNTERS] + 1)))
    place = np.arange(len(at)) - answer
    for column in counts.T:                      # what has been counting goes on, until it is set back to nothing
        first = column[answer - 1] + 1
        back = np.flatnonzero((np.diff(column) < 0) & (np.arange(1, len(column)) >= answer + more))
        until = int(back[0]) + 1 if len(back) else len(column)
        column[answer:until] = first + place[answer:until]
    return at[where], (np.log1p(np.minimum(999, counts)) / 3 - 1).astype(np.float32)


def _take_away(hop: np.ndarray, frames: np.ndarray, rng: np.random.Generator) -> None:
    for group, odds in OFTEN.items():
        if rng.random() < odds:
            if group == "encoder":
                frames[:] = 0
            else:
                hop[:, GROUPS[group]] = 0


def _stack(parts: list[np.ndarray]) -> np.ndarray:
    """[t, w] each, t <= WINDOW -> [B, WINDOW, w]; what is missing counts nothing."""
    out = np.zeros((len(parts), WINDOW, parts[0].shape[1]), np.float32)
    for i, part in enumerate(parts):
        out[i, : len(part)] = part
    return out


def loss_of(odds: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy, each output's mean over what counts. odds, target, weight: [B, T, 5]"""
    each = F.binary_cross_entropy_with_logits(odds.float(), target, reduction="none") * weight
    mean = each.sum((0, 1)) / weight.sum((0, 1)).clamp(min=1.0)
    share = torch.tensor([SHARE[name] for name in OUTPUTS], device=mean.device)
    return (mean * share).sum()


def fit(net: DuplexPredictor, pool: Pool, dev: Sequence[Example], args: argparse.Namespace) -> None:
    """Trains in place; a checkpoint after every pass, and on from there."""
    device = torch.device(args.device)
    net.to(device)
    steps = max(1, args.passes * pool.windows // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, betas=(0.9, 0.98), weight_decay=0.05)
    average = {name: p.detach().clone() for name, p in net.state_dict().items()}
    path = args.work / f"predictor-{args.name}.pt"
    step = _resume(path, net, optimiser, average, args)
    mean, began = math.nan, time.monotonic()
    while step < steps:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / (0.05 * steps)) * 0.5 * (1.02 + math.cos(math.pi * step / steps))
        hop, frames, target, weight = (x.to(device) for x in pool.batch(np.random.default_rng([args.seed, step])))
        net.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=not args.float32):
            odds = net(hop, frames)
        loss = loss_of(odds, target, weight)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            keep = min(0.998, 1 - 1 / (step + 1))
            for name, p in net.state_dict().items():
                average[name].lerp_(p, 1 - keep)
        mean = float(loss.detach()) if math.isnan(mean) else 0.98 * mean + 0.02 * float(loss.detach())
        _bar(step, steps, mean, began)
        if step % args.every == 0 or step == steps:
            torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step,
                        "recipe": _recipe(args)}, path)  # fmt: skip
        if dev and (step % (4 * args.every) == 0):
            last = {name: p.clone() for name, p in net.state_dict().items()}
            net.load_state_dict(average)
            print(f"\n{predictor_score.line(predictor_score.score(net, dev))}", flush=True)
            net.load_state_dict(last)
    net.load_state_dict(average)
    print(file=sys.stderr)


def _recipe(args: argparse.Namespace) -> dict[str, Any]:
    """What must be the same for a checkpoint to be gone on from."""
    names = ("seed", "passes", "without", "half", "synthetic_only", "data_hash", "encoder_hash")
    return {name: getattr(args, name) for name in names}


def _resume(path: Path, net: nn.Module, optimiser: torch.optim.Optimizer, average: dict[str, Tensor],
            args: argparse.Namespace) -> int:  # fmt: skip
    if not path.is_file():
        return 0
    kept = torch.load(path, map_location=args.device, weights_only=True)
    if kept["recipe"] != _recipe(args):
        print(f"{path}: another recipe's checkpoint; beginning anew", file=sys.stderr)
        return 0
    net.load_state_dict(kept["net"])
    optimiser.load_state_dict(kept["optimiser"])
    average.update(kept["average"])
    return int(kept["step"])


def _bar(step: int, steps: int, loss: float, began: float) -> None:
    filled = 30 * step // steps
    print(f"\rpredictor [{'#' * filled}{'.' * (30 - filled)}] {step}/{steps} loss {loss:.4f} "
          f"{(time.monotonic() - began) / 60:.1f} min", end="", file=sys.stderr, flush=True)  # fmt: skip


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("parley train predictor", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and dev/")
    parser.add_argument("--text", type=Path, help="folder of dialogues.tsv.gz: needed once, for turn_text.npz")
    parser.add_argument("--work", type=Path, required=True, help="what is made on the way")
    parser.add_argument("--models", type=Path, default=Path("assets/models"), help="where the voice encoder lies")
    parser.add_argument("--out", type=Path, help="default: --models")
    parser.add_argument("--passes", type=int, default=24, help="over the data")
    parser.add_argument("--every", type=int, default=50, help="steps between checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.add_argument("--float32", action="store_true", help="not bf16")
    parser.add_argument("--without", choices=PARTS, action="append", default=[], help="an ablation")
    parser.add_argument("--half", action="store_true", help="with every other conversation (an ablation)")
    parser.add_argument("--synthetic-only", action="store_true", help="no human recordings (an ablation)")
    args = parser.parse_args(argv)
    args.out = args.out or args.models
    args.name = "-".join([WHOLE, *args.without, *["half"] * args.half, *["synthetic"] * args.synthetic_only])
    return args


def _command(args: argparse.Namespace) -> str:
    """What makes this model again, without the folders of this machine."""
    flags = [*(f"--without {part}" for part in args.without), *["--half"] * args.half,
             *["--synthetic-only"] * args.synthetic_only, *["--float32"] * args.float32]  # fmt: skip
    return " ".join(["parley train predictor --data DATA --text TEXT --work WORK --passes", str(args.passes), "--seed",
                     str(args.seed), *flags])  # fmt: skip


def main(argv: list[str]) -> int:
    """-> exit code. Raises Trouble."""
    args = parse(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    words = args.work / turn_text.MODEL
    if not words.is_file():
        if args.text is None:
            raise WrongUse(f"{words}: is missing; name the folder of texts with --text")
        print(json.dumps({"turn ends in text": text_training.train(args.text, words, seed=args.seed)}))
    encoder = voice.VoiceEncoder(args.models)
    args.encoder_hash = predict.fingerprint(args.models / "encoder.onnx")
    speller = predict.Speller(encoder.pieces, turn_text.load(words))
    cache = args.work / "features"
    keep = slice(None, None, 2 if args.half else 1)
    train = list(predictor_data.load(args.data / "train", encoder, args.encoder_hash, cache, speller, keep,
                                     voice="synthetic" if args.synthetic_only else ""))  # fmt: skip
    dev = list(predictor_data.load(args.data / "dev", encoder, args.encoder_hash, cache, speller, plain=True))
    args.data_hash = predictor_data.data_hash(args.data / "train")
    minutes = sum(len(e.hop) for e in train) * predictor_data.HOP_S / 60
    print(json.dumps({"data": args.data_hash, "encoder": args.encoder_hash, "train minutes": round(minutes)}))
    for part in args.without:
        for e in [*train, *dev]:
            predictor_data.take_away(e, part)
    net = DuplexPredictor(PredictorConfig(HOP_WIDE, transformer="transformer" not in args.without))
    print(json.dumps({"parameters": sum(p.numel() for p in net.parameters()), **asdict(net.cfg)}))
    fit(net, Pool(train), dev, args)
    net.cpu()
    scores = predictor_score.score(net, dev)
    print(predictor_score.line(scores))
    notes = {
        "command": _command(args), "seed": args.seed, "data": args.data_hash,
        "encoder": args.encoder_hash, "train minutes": round(minutes), "without": args.without, "dev": scores,
    }  # fmt: skip
    if args.name != WHOLE:
        write_whole(args.work / f"{args.name}.json", json.dumps(notes, indent=1).encode())     # not to be shipped
    else:
        export(net, words, args.out, notes)
    return 0
