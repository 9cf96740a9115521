"""MinMo's tables: positive-class F1 within K frames, accuracy on the user's back-channels, mean delays.

How frames are counted: MinMo's predictor decides once per frame of 80 ms (12.5 a second). A decision is a moment at
which the output rises to the threshold (the one picked for the events); rises within 1 s of a decision belong to it.
A decision is right when it lies within K frames, before or after, of a gold time that no other decision has taken
(greedy, in order of time). Wrong: every other decision in scope. F1 = 2 right / (2 right + wrong + missed).

- The assistant's turn-taking: `turn_done` against the ends of the user's turns. In scope are decisions outside of the
  assistant's talk: there it has the floor already.
- The user's turn-taking: `takes_floor` against the starts of the user's turns that begin over the assistant's talk. In
  scope are decisions during its talk: elsewhere nobody needs to yield.
- Back-channel accuracy: the share of the user's back-channels over the assistant's talk during which `takes_floor` did
  not come (the negatives of engine/bench/duplex/events.py).
- Mean delay: of the events found in their windows (engine/bench/duplex/events.py), early ones count as negative.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.bench.duplex.events import Gold, Sweep, rises
from engine.bench.duplex.run import Odds
from engine.corpus.labels import Labels

FRAME_S = 0.08
KS = (1, 5, 10)
REST_S = 1.0
THEIRS = {                       # MinMo, arXiv 2501.06282: lowest and highest of its three test sets
    "assistant's turn": {"F1@1": "0.61-0.79", "F1@5": "0.75-0.96", "F1@10": "0.80-0.985", "mean delay ms": "89-449"},
    "user's turn": {"F1@1": "0.26-0.48", "F1@5": "0.82-0.95", "F1@10": "0.99-1.00", "mean delay ms": "642-674"},
    "back-channel accuracy": "0.71-0.81",
}  # fmt: skip


def decisions(o: Odds, output: str, threshold: float) -> list[float]:
    """The rises of an output, those shortly after another left out."""
    kept: list[float] = []
    for t in rises(o.time, getattr(o, output), threshold):
        if not kept or t - kept[-1] >= REST_S:
            kept.append(float(t))
    return kept


def count(times: Sequence[float], decided: Sequence[float], in_scope: Sequence[bool], frames: int) -> tuple[int, int]:
    """-> right and wrong decisions of one recording. times, decided: ascending."""
    reach, taken = frames * FRAME_S + 1e-9, [False] * len(decided)
    right = 0
    for t in times:
        near = next((i for i, d in enumerate(decided) if not taken[i] and abs(d - t) <= reach), None)
        if near is not None:
            taken[near] = True
            right += 1
    return right, sum(ok and not was for ok, was in zip(in_scope, taken, strict=True))


def f1(labels: Sequence[Labels], golds: Sequence[Gold], odds: Sequence[Odds], output: str, threshold: float,
       during_talk: bool) -> dict[str, float | None]:  # fmt: skip
    """-> {"F1@1": ..., ...}; None where there is neither an event nor a decision."""
    out: dict[str, float | None] = {}
    found = [decisions(o, output, threshold) for o in odds]
    scope = [[one.talking(t) == during_talk for t in some] for one, some in zip(labels, found, strict=True)]
    events = sum(len(g.times) for g in golds)
    for frames in KS:
        counts = [count(g.times, d, s, frames) for g, d, s in zip(golds, found, scope, strict=True)]
        right, wrong = sum(r for r, _ in counts), sum(w for _, w in counts)
        total = 2 * right + wrong + (events - right)
        out[f"F1@{frames}"] = round(2 * right / total, 4) if total else None
    return out


def table(labels: Sequence[Labels], ends: tuple[Sequence[Gold], Sweep, int | None],
          starts: tuple[Sequence[Gold], Sweep, int | None], odds: Sequence[Odds]) -> dict[str, Any]:  # fmt: skip
    """ends, starts: golds, sweep and picked threshold of end of turn and of interruption. -> MinMo's columns."""
    out: dict[str, Any] = {}
    for name, (golds, swept, at), output, during in (("assistant's turn", ends, "turn_done", False),
                                                     ("user's turn", starts, "takes_floor", True)):  # fmt: skip
        if at is None:
            out[name] = None
            continue
        hits = swept.latency[at][np.isfinite(swept.latency[at])]
        out[name] = {
            **f1(labels, golds, odds, output, float(swept.thresholds[at]), during),
            "mean delay ms": round(1000 * float(hits.mean())) if len(hits) else None,
        }
    _, swept, at = starts
    heard = np.array([tag.kind == "backchannel" for tag in swept.negatives], bool)
    out["back-channel accuracy"] = None
    if at is not None and heard.any():
        out["back-channel accuracy"] = round(1 - float(swept.fired[at][heard].mean()), 4)
    return out
