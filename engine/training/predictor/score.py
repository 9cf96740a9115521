"""How good a predictor in training is: the numbers of `parley bench duplex`, on features instead of sound."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from engine.bench.duplex import eot_curve
from engine.bench.duplex import events as duplex_events
from engine.bench.duplex.run import OUTPUTS, Odds
from engine.nets.predictor import DuplexPredictor
from engine.training.predictor.data import HOP_S, Example


@torch.no_grad()
def odds_of(net: DuplexPredictor, examples: Sequence[Example]) -> list[Odds]:
    """-> what the predictor says of each recording."""
    net.eval()
    device = next(net.parameters()).device
    made = []
    for e in examples:
        hop, frames = torch.from_numpy(e.hop)[None], torch.from_numpy(e.frames[e.at].astype(np.float32))[None]
        p = torch.sigmoid(_windows(net, hop.to(device), frames.to(device)))[0].float().cpu().numpy()
        made.append(Odds((np.arange(len(p)) + 1) * HOP_S, *(p[:, k] for k in range(len(OUTPUTS)))))
    return made


def _windows(net: DuplexPredictor, hop: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """A long recording in pieces that overlap by what attention sees."""
    left, size = net.cfg.left, 1024
    out = []
    for at in range(0, hop.shape[1], size):
        begin = max(0, at - left + 1)
        piece = net(hop[:, begin : at + size], frames[:, begin : at + size])
        out.append(piece[:, at - begin :])
    return torch.cat(out, 1)


def score(net: DuplexPredictor, dev: Sequence[Example]) -> dict[str, Any]:
    """-> by group of voices: the end-of-turn curve beside time-outs, and interruptions."""
    odds = odds_of(net, dev)
    groups: dict[str, list[int]] = {"all": list(range(len(dev)))}
    for i, e in enumerate(dev):
        groups.setdefault(e.labels.voice, []).append(i)
    made: dict[str, Any] = {name: _group([dev[i] for i in which], [odds[i] for i in which])
                            for name, which in groups.items() if len(groups) > 2 or name == "all"}  # fmt: skip
    made["speaking"] = _speaking(dev, odds)
    return made


def _group(dev: Sequence[Example], odds: Sequence[Odds]) -> dict[str, Any]:
    spans = [s for i, e in enumerate(dev) for s in eot_curve.silences(e.labels, i)]
    found = eot_curve.curve(spans, eot_curve.scores(spans, odds))
    golds = [duplex_events.interruption(e.labels, i) for i, e in enumerate(dev)]
    sweep = duplex_events.sweep(golds, odds, "takes_floor")
    at = duplex_events.pick(sweep, 0.05)
    return {
        "eot": eot_curve.operating_points(found),
        "time-outs": eot_curve.operating_points(eot_curve.vad_only(spans), np.array([1.0])),
        "interruption": None if at is None else duplex_events.row(sweep, at),
    }


def _speaking(dev: Sequence[Example], odds: Sequence[Odds]) -> dict[str, float]:
    """Share of hops that are right at 0.5, of those that count."""
    right = np.concatenate([(o.user_speaking > 0.5) == (e.target[:, 0] > 0.5) for e, o in zip(dev, odds, strict=True)])
    sure = np.concatenate([e.weight[:, 0] >= 1 for e in dev])
    return {"right": round(float(right[sure].mean()), 4)}


def line(made: dict[str, Any]) -> str:
    """The scores in one line a group."""
    out = []
    for group, s in made.items():
        if "eot" in s:
            ends, plain = s["eot"], s["time-outs"]
            points = "  ".join(f"{name} {_value(ends[name])} (time-out {_value(plain[name])})"
                               for name in ends if name not in ("holds", "ends"))  # fmt: skip
            out.append(f"  {group:10} {points}  n {ends['holds']}/{ends['ends']}")
            out.append(f"  {'':10} takes {s['interruption']}")
        else:
            out.append(f"  {group} {s}")
    return "\n".join(out)


def _value(point: dict[str, Any] | None) -> str:
    return "-" if point is None else f"{point['value']:g}"
