"""Events with gold times: end of turn and interruption, found in time, late, missed, or where there was none.

After Sesame's TurnBench. A decision is a moment at which an output rises to a threshold or above (from below it).

- A gold event at t is searched in [t - 0.25, min(t + 3.0, next gold)] seconds. One-to-one and greedy: in order of
  time, each takes the earliest decision in its window that is not taken. Latency = decision - t; the decision's time
  is when its value is known, all look-ahead included.
- A negative span is a false positive when a decision that nobody took, and that lies in no gold event's window,
  falls into [start - 0.25, end]; at most one each.
- The threshold is the one of the grid with the highest recall whose false-positive rate is at most 0.10 (ties: the
  lower median latency), picked on a development set where there is one.

End of turn (`turn_done`): gold is the end of every turn of the user's; negatives are its pauses of 0.1 s and more.
Interruption (`takes_floor`): gold is the start of every turn that takes the floor and begins while the assistant
talks; negatives are the user's back-channels, coughs, laughs and the noises and other voices, as far as they lie over
the assistant's talk and not under a turn of the user's own, and bleed: every stretch of at least 1 s of the
assistant's talk with nothing on the user's side. Its own "mm-hm" (an interval of the kind `backchannel`) is no talk
that could be interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bench.duplex.run import Odds
from engine.corpus.labels import Event, Labels, Span

BEFORE_S, WITHIN_S = 0.25, 3.0
BUDGET = 0.10                    # of false positives, for the threshold
SHORTEST_PAUSE_S = 0.1
SHORTEST_BLEED_S = 1.0
SHORTEST_SOUND_S = 0.05
THRESHOLDS = np.unique(np.round(np.concatenate(
    [[0.001, 0.002, 0.005], np.arange(1, 100) / 100, [0.995, 0.998, 0.999]]), 4))  # fmt: skip
NEVER = float("nan")


@dataclass(frozen=True, slots=True)
class Tag:
    """What a gold event or a negative belongs to, for the rows of the report."""

    file: int
    kind: str
    voice: str
    condition: str


@dataclass(frozen=True, slots=True)
class Gold:
    """One recording's gold times and negative spans, each with its tag, in order of time."""

    times: tuple[float, ...]
    tags: tuple[Tag, ...]
    negatives: tuple[Span, ...] = ()
    negative_tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Every threshold on every recording. latency: [thresholds, golds] s, NaN: missed; fired: [thresholds, negatives].

    golds, negatives: what they belong to."""

    thresholds: np.ndarray
    latency: np.ndarray
    fired: np.ndarray
    golds: tuple[Tag, ...]
    negatives: tuple[Tag, ...]


def end_of_turn(labels: Labels, file: int) -> Gold:
    """The ends of the user's turns against the pauses inside them."""
    turns = sorted(labels.turns, key=lambda e: e.end)
    pauses = [(p, e) for e in turns for p in e.pauses if p[1] - p[0] >= SHORTEST_PAUSE_S - 1e-9]
    return Gold(
        tuple(e.end for e in turns), tuple(_tag(labels, file, e, "turn") for e in turns),
        tuple(p for p, _ in pauses), tuple(_tag(labels, file, e, "pause") for _, e in pauses),
    )  # fmt: skip


def interruption(labels: Labels, file: int) -> Gold:
    """The user's turns that begin over the assistant against all else that is heard while it talks."""
    replies = labels.replies
    golds = [e for e in labels.turns if e.takes_floor and any(s <= e.start < t for s, t in replies)]
    others = [e for e in labels.user if e.kind != "turn" or not e.takes_floor]
    spans = [(span, _tag(labels, file, e, e.kind)) for e in others for span in over_talk(e, labels)]
    spans += [(span, Tag(file, "bleed", labels.voice, labels.condition)) for span in bleed(labels)]
    spans.sort(key=lambda pair: pair[0])
    return Gold(
        tuple(e.start for e in golds), tuple(_tag(labels, file, e, "turn") for e in golds),
        tuple(span for span, _ in spans), tuple(tag for _, tag in spans),
    )  # fmt: skip


def over_talk(e: Event, labels: Labels) -> list[Span]:
    """-> the longest stretch of a sound that lies over the assistant's talk and beside the user's own turns, if any."""
    pieces = [(max(e.start, start), min(e.end, end)) for start, end in labels.replies]
    for turn in (t for t in labels.turns if t is not e and t.takes_floor):
        pieces = [piece for start, end in pieces
                  for piece in ((start, min(end, turn.start - BEFORE_S)), (max(start, turn.end + BEFORE_S), end))]
    pieces = [piece for piece in pieces if piece[1] - piece[0] >= SHORTEST_SOUND_S]
    return [max(pieces, key=lambda piece: piece[1] - piece[0])] if pieces else []


def bleed(labels: Labels) -> list[Span]:
    """Where the assistant talks for a while and nobody else makes a sound; BEFORE_S away from those who do."""
    found = []
    for start, end in labels.replies:
        at = start
        for e in [*labels.user, None]:
            until = end if e is None else min(end, e.start - BEFORE_S)
            if until - at >= SHORTEST_BLEED_S:
                found.append((at, until))
            if e is not None:
                # the user's last sound is still being judged for as long as its window
                at = max(at, e.end + BEFORE_S)
    return found


def _tag(labels: Labels, file: int, e: Event, kind: str) -> Tag:
    return Tag(file, kind, e.voice, labels.condition)


def rises(time: np.ndarray, value: np.ndarray, threshold: float) -> np.ndarray:
    """time, value: [n] -> the times at which the value comes to the threshold from below."""
    above = value >= threshold
    return np.asarray(time[above & ~np.concatenate([[False], above[:-1]])])


def match(times: Sequence[float], negatives: Sequence[Span], decisions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """-> latency [golds] s (NaN: missed), fired [negatives]. times, decisions: ascending."""
    latency = np.full(len(times), NEVER)
    taken = np.zeros(len(decisions), bool)
    exempt = np.zeros(len(decisions), bool)
    last = -1
    for i, t in enumerate(times):
        following = next((later for later in times[i + 1 :] if later > t), np.inf)
        first, end = np.searchsorted(decisions, [t - BEFORE_S - 1e-9, min(t + WITHIN_S, following) + 1e-9])
        exempt[first:end] = True
        first = max(int(first), last + 1)
        if first < end:
            latency[i], last = decisions[first] - t, first
            taken[first] = True
    free = decisions[~taken & ~exempt]
    spans = np.asarray(negatives, float).reshape(-1, 2)
    first = np.searchsorted(free, spans[:, 0] - BEFORE_S - 1e-9)
    return latency, np.searchsorted(free, spans[:, 1] + 1e-9) > first


def sweep(golds: Sequence[Gold], odds: Sequence[Odds], output: str, thresholds: np.ndarray = THRESHOLDS) -> Sweep:
    """golds, odds: one each recording; output: `turn_done` or `takes_floor`."""
    rows = [
        [match(gold.times, gold.negatives, rises(o.time, getattr(o, output), float(threshold)))
         for gold, o in zip(golds, odds, strict=True)]
        for threshold in thresholds
    ]  # fmt: skip
    none = np.zeros(0)
    return Sweep(
        thresholds, np.array([np.concatenate([none, *(latency for latency, _ in row)]) for row in rows]),
        np.array([np.concatenate([none > 0, *(fired for _, fired in row)]) for row in rows], bool),
        tuple(tag for gold in golds for tag in gold.tags), tuple(tag for gold in golds for tag in gold.negative_tags),
    )  # fmt: skip


def pick(found: Sweep, budget: float = BUDGET) -> int | None:
    """-> which threshold: the highest recall within the budget, then the lowest median latency. None: nothing to pick
    by, or no threshold keeps to the budget."""
    if not found.golds or not found.negatives:
        return None
    recall = np.isfinite(found.latency).mean(axis=1)
    good = np.flatnonzero((found.fired.mean(axis=1) <= budget + 1e-12) & (recall > 0))
    if not len(good):
        return None
    best = good[recall[good] >= recall[good].max() - 1e-12]
    median = np.nanmedian(found.latency[best], axis=1)
    return int(best[np.argmin(median)])


def row(found: Sweep, at: int, golds: np.ndarray | None = None, negatives: np.ndarray | None = None) -> dict[str, Any]:
    """Threshold number `at` over all, or over those golds and negatives that the masks leave."""
    latency = found.latency[at] if golds is None else found.latency[at][golds]
    fired = found.fired[at] if negatives is None else found.fired[at][negatives]
    hits = latency[np.isfinite(latency)]
    p = [round(1000 * float(v)) for v in np.percentile(hits, (10, 50, 90))] if len(hits) else [None] * 3
    return {
        "threshold": round(float(found.thresholds[at]), 4),
        "events": len(latency), "recall": _share(len(hits), len(latency)),
        "negatives": len(fired), "false positives": _share(int(fired.sum()), len(fired)),
        "p10 ms": p[0], "p50 ms": p[1], "p90 ms": p[2],
        "mean ms": round(1000 * float(hits.mean())) if len(hits) else None,
    }  # fmt: skip


def _share(n: int, of: int) -> float | None:
    return round(n / of, 4) if of else None
