"""The end-of-turn curve: how often a pause is cut off against how much dead air every end costs.

After LiveKit's eot-bench. Every silence of at least 0.1 s of a user's turn is a span: the last one, from the end of
the turn to the user's next turn or the end of the recording, is `eot`; the others are `hold`, scored where they last
0.2 to 5.0 s. The score of a span is read every 0.1 s of silence, causally: the last value that is known by then.

A policy has three numbers. It ends the turn at the first scored moment of at least `delay` seconds of silence at which
the score reaches `threshold`, and after `timeout` seconds at the latest. A hold is cut off when the policy ends it
before it is over; the latency of an eot span is when the policy ends it. All policies of the grid are tried; the
reported operating points are the best of them. The VAD-only baseline knows when the silence begins, and nothing else:
a time-out on the same grid.

In a recording the other side replies soon, often within half a second, and a system that hears it needs no skill to
know that the turn is over. So there is a second curve, "reply unheard", whose scores stand still from the reply on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bench.duplex.events import SHORTEST_PAUSE_S, THRESHOLDS, Tag
from engine.bench.duplex.run import Odds
from engine.corpus.labels import Labels

STEP_S = 0.1
HOLD_S = (0.2, 5.0)
POINTS = np.round(np.arange(1, 51) * STEP_S, 3)                   # of silence, at which a span is scored
DELAYS = np.arange(20)                                            # places in POINTS: 0.1 .. 2.0 s
TIMEOUTS = POINTS                                                 # 0.1 .. 5.0 s
LATENCIES_S = (0.3, 0.6)
CUTOFFS = (0.05, 0.10)
FAR = 1e9


@dataclass(frozen=True, slots=True)
class Silence:
    """start: seconds; lasts: seconds until the user goes on (hold) or speaks again (eot)."""

    file: int
    start: float
    lasts: float
    eot: bool
    tag: Tag


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Every policy: cut [thresholds, delays, timeouts] 0..1, latency [same] s; NaN where timeout < delay."""

    cut: np.ndarray
    latency: np.ndarray
    holds: int
    eots: int

    def at(self, where: tuple[int, ...]) -> tuple[float, float]:
        return float(self.cut[where]), float(self.latency[where])


def silences(labels: Labels, file: int) -> list[Silence]:
    """The spans of one recording, in order of time."""
    found = []
    turns = sorted(labels.turns, key=lambda e: e.start)
    for e in turns:
        tag = Tag(file, "turn", e.voice, labels.condition)
        for start, end in e.pauses:
            if end - start >= SHORTEST_PAUSE_S - 1e-9:
                found.append(Silence(file, start, end - start, False, tag))
        until = min((later.start for later in turns if later.start >= e.end), default=labels.seconds)
        if until - e.end >= SHORTEST_PAUSE_S - 1e-9:
            found.append(Silence(file, e.end, until - e.end, True, tag))
    return sorted(found, key=lambda s: s.start)


def scores(spans: Sequence[Silence], odds: Sequence[Odds], output: str = "turn_done") -> np.ndarray:
    """-> [spans, POINTS], NaN beyond the end of a span."""
    out = np.full((len(spans), len(POINTS)), np.nan)
    for i, span in enumerate(spans):
        o = odds[span.file]
        known = np.searchsorted(o.time, span.start + POINTS + 1e-6, side="right") - 1
        good = (span.lasts > POINTS + 1e-9) & (known >= 0)
        out[i, good] = getattr(o, output)[known[good]]
    return out


def unheard(spans: Sequence[Silence], score: np.ndarray, labels: Sequence[Labels]) -> np.ndarray:
    """-> score [spans, POINTS] that stands still from where the other side begins to talk in a span (the first moment
    is always scored): in a recording its reply tells whoever hears it that the turn was over."""
    out = score.copy()
    for i, span in enumerate(spans):
        starts = [start for start, end in labels[span.file].assistant if end > span.start]
        begins = max(span.start, min(starts, default=np.inf))
        k = max(1, int((span.start + POINTS <= begins + 1e-6).sum()))
        later = np.isfinite(out[i, k:])
        out[i, k:][later] = out[i, k - 1]
    return out


def curve(spans: Sequence[Silence], score: np.ndarray, thresholds: np.ndarray = THRESHOLDS) -> Curve:
    """score: [spans, POINTS]. Holds shorter or longer than HOLD_S are left out."""
    lasts = np.array([s.lasts for s in spans])
    eot = np.array([s.eot for s in spans], bool)
    hold = ~eot & (lasts >= HOLD_S[0] - 1e-9) & (lasts <= HOLD_S[1] + 1e-9)
    shape = (len(thresholds), len(DELAYS), len(TIMEOUTS))
    cut, latency = np.full(shape, np.nan), np.full(shape, np.nan)
    too_short = TIMEOUTS[None, :] < POINTS[DELAYS][:, None] - 1e-9
    late = TIMEOUTS[None, :] < lasts[hold][:, None] - 1e-9                       # [holds, timeouts]
    for i, threshold in enumerate(thresholds):
        fires = _first_from(score, float(threshold))[:, DELAYS]                 # [spans, delays] s
        if hold.any():
            early = fires[hold] < lasts[hold][:, None] - 1e-9                   # [holds, delays]
            cut[i] = 1 - _both(~early, ~late) / hold.sum()
        if eot.any():
            latency[i] = np.minimum(fires[eot][:, :, None], TIMEOUTS).mean(axis=0)
        cut[i][too_short], latency[i][too_short] = np.nan, np.nan
    return Curve(cut, latency, int(hold.sum()), int(eot.sum()))


def _both(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a [n, d], b [n, t] bool -> [d, t]: in how many of n both are true."""
    return np.asarray(a.T.astype(np.float64) @ b.astype(np.float64))


def _first_from(score: np.ndarray, threshold: float) -> np.ndarray:
    """-> [spans, POINTS]: the first scored moment (s) from this one on that reaches the threshold; FAR: none."""
    with np.errstate(invalid="ignore"):
        when = np.where(score >= threshold, POINTS, FAR)
    return np.asarray(np.minimum.accumulate(when[:, ::-1], axis=1)[:, ::-1])


def vad_only(spans: Sequence[Silence]) -> Curve:
    """Time-outs alone: nothing is ever scored."""
    return curve(spans, np.full((len(spans), len(POINTS)), np.nan), np.array([1.0]))


Cell = tuple[int, ...]


def best_cut(found: Curve, latency_s: float) -> Cell | None:
    """The policy with the fewest cutoffs within a mean latency; ties: the faster one. None: there is none."""
    return _best(found.cut, found.latency, latency_s)


def best_latency(found: Curve, cut: float) -> Cell | None:
    """The fastest policy within a share of cutoffs; ties: the one that cuts less."""
    return _best(found.latency, found.cut, cut)


def _best(wanted: np.ndarray, limited: np.ndarray, limit: float) -> Cell | None:
    with np.errstate(invalid="ignore"):
        good = (limited <= limit + 1e-9) & np.isfinite(wanted)
    if not good.any():
        return None
    places = np.argwhere(good)
    order = np.lexsort((limited[good], np.round(wanted[good], 9)))
    return tuple(int(k) for k in places[order[0]])


POLICIES: tuple[tuple[str, str, float], ...] = (
    *((f"false cutoffs at {round(1000 * s)} ms", "cut", s) for s in LATENCIES_S),
    *((f"latency at {round(100 * r)} % cutoffs", "latency", r) for r in CUTOFFS),
)  # fmt: skip


def operating_points(
    found: Curve, thresholds: np.ndarray = THRESHOLDS, picked_on: Curve | None = None
) -> dict[str, Any]:
    """-> the four operating points: value, and the policy it needs. `picked_on`: where the policies are picked (a
    development set); else the best on this very data."""
    out: dict[str, Any] = {"holds": found.holds, "ends": found.eots}
    for name, what, limit in POLICIES:
        cell = (best_cut if what == "cut" else best_latency)(picked_on or found, limit)
        if cell is None:
            out[name] = None
            continue
        cut, latency = found.at(cell)
        out[name] = {
            "cutoffs": round(cut, 4), "latency ms": round(1000 * latency), "value": _value(what, cut, latency),
            "threshold": float(thresholds[cell[0]]), "delay s": float(POINTS[DELAYS[cell[1]]]),
            "timeout s": float(TIMEOUTS[cell[2]]),
        }  # fmt: skip
    return out


def _value(what: str, cut: float, latency: float) -> float:
    return round(cut, 4) if what == "cut" else round(1000 * latency)


def frontier(found: Curve) -> tuple[np.ndarray, np.ndarray]:
    """-> latency [k] s ascending, cut [k] descending: the policies that no other beats in both."""
    good = np.isfinite(found.cut) & np.isfinite(found.latency)
    latency, cut = found.latency[good], found.cut[good]
    order = np.lexsort((cut, latency))
    latency, cut = latency[order], cut[order]
    keep = cut < np.concatenate([[np.inf], np.minimum.accumulate(cut)[:-1]]) if len(cut) else cut > 0
    return latency[keep], cut[keep]
