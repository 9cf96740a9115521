"""`parley bench duplex`: when a predictor says what, on labelled conversations, by the definitions of the field.

Every recording goes through the product's ears and the predictor (engine/bench/duplex/run.py); what is measured, and
how, is said in engine/bench/duplex/events.py, eot_curve.py, minmo.py and full_duplex.py; the peers in
duplex_peers.py; what is written in docs/formats.md.
"""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.errors import NotHere, Trouble
from audio_io.files import write_whole
from engine.bench.duplex import eot_curve, events
from engine.bench.duplex import minmo as duplex_minmo
from engine.bench.duplex import peers as duplex_peers
from engine.bench.duplex.eot_curve import Silence
from engine.bench.duplex.events import Gold, Sweep
from engine.bench.duplex.run import Odds, Setup, hear, predict
from engine.corpus.labels import Labels, find

REPORT_VERSION = 1
VAD_NAME, SMART_NAME = "VAD time-out", "Smart Turn v3.2"
STRICT = 0.05                    # the second budget of false positives, for interruptions
TIMEOUTS_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """The good recordings of a folder, and what is true in them."""

    labels: tuple[Labels, ...]
    ends: tuple[Gold, ...]
    starts: tuple[Gold, ...]
    spans: tuple[Silence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """One predictor over all of it. score: [spans, POINTS] of the end-of-turn curve."""

    odds: tuple[Odds, ...]
    score: np.ndarray


@dataclass(frozen=True, slots=True)
class Job:
    """One recording for one process."""

    labels: Labels
    name: str
    setup: Setup
    peers: tuple[str, ...]


def data_of(labels: Sequence[Labels]) -> Data:
    return Data(
        tuple(labels), tuple(events.end_of_turn(one, i) for i, one in enumerate(labels)),
        tuple(events.interruption(one, i) for i, one in enumerate(labels)),
        tuple(span for i, one in enumerate(labels) for span in eot_curve.silences(one, i)),
    )  # fmt: skip


# -- from sound to odds -----------------------------------------------------------------------------
Result = dict[str, tuple[Odds, np.ndarray | None]]


def work(job: Job) -> Result | str:
    """-> by system its odds (and scores, where it has its own), or the line that says why not."""
    try:
        heard = hear(job.labels, job.setup.canceller, job.setup.ears)
        out: Result = {job.name: (predict(job.labels, heard, job.setup), None)}
        if VAD_NAME in job.peers:
            out[VAD_NAME] = (duplex_peers.vad_odds(heard.vad), None)
        if SMART_NAME in job.peers:
            spans = eot_curve.silences(job.labels, 0)
            out[SMART_NAME] = duplex_peers.smart_turn_file(job.labels, heard, spans, _ask(), job.setup.ears)
    except NotHere:
        raise                                    # not the recording's fault
    except Trouble as line:
        return str(line)
    return out


@lru_cache(1)
def _ask() -> duplex_peers.Ask:
    return duplex_peers.smart_turn()


def listen(labels: Sequence[Labels], job: Job, jobs: int, say: Say) -> tuple[Data, dict[str, System], list[str]]:
    """-> the recordings that could be heard, every system on them, a line for each of the others."""
    pending = [replace(job, labels=one) for one in labels]
    good: list[Labels] = []
    results: list[Result] = []
    bad: list[str] = []
    for i, (one, result) in enumerate(zip(labels, _each(pending, jobs), strict=True)):
        if isinstance(result, str):
            bad.append(result)
            say(result)
            continue
        say(f"{i + 1} of {len(pending)}: {one.name}")
        good.append(one)
        results.append(result)
    data = data_of(good)
    systems = {}
    for name in (job.name, *job.peers):
        odds = tuple(result[name][0] for result in results)
        own = [result[name][1] for result in results]
        if own and own[0] is not None:
            score = np.concatenate([s for s in own if s is not None])
        else:
            score = eot_curve.scores(data.spans, odds)
        systems[name] = System(odds, score)
    return data, systems, bad


def _each(pending: Sequence[Job], jobs: int) -> Any:
    """Results in order. jobs: processes; 1 stays in this one."""
    if jobs <= 1 or len(pending) < 2:
        yield from map(work, pending)
        return
    with ProcessPoolExecutor(min(jobs, len(pending)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, pending)


# -- from odds to numbers ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A system's sweeps and curve on one set of recordings."""

    ends: Sweep
    starts: Sweep
    curve: eot_curve.Curve


def measure(data: Data, system: System) -> Measured:
    return Measured(
        events.sweep(data.ends, system.odds, "turn_done"), events.sweep(data.starts, system.odds, "takes_floor"),
        eot_curve.curve(data.spans, system.score),
    )  # fmt: skip


def choose(found: Sweep, budget: float) -> tuple[int | None, str]:
    """-> which threshold, and a remark where the definition could not be kept to."""
    if not found.golds:
        return None, "no such events in the data"
    if not found.negatives:
        return int(np.argmin(np.abs(found.thresholds - 0.5))), "no negatives in the data: threshold 0.5"
    at = events.pick(found, budget)
    if at is not None:
        return at, ""
    fired, recall = found.fired.mean(axis=1), np.isfinite(found.latency).mean(axis=1)
    hit = recall > 0
    if not hit.any():
        return int(np.argmin(fired)), "nothing is found at any threshold"
    order = np.lexsort((-recall, np.where(hit, fired, np.inf)))
    return int(order[0]), f"no threshold keeps to {budget:g} false positives: the one with the fewest"


def numbers(data: Data, system: System, here: Measured, dev: Measured | None) -> dict[str, Any]:
    """Everything the report says of one system. dev: where thresholds and policies are picked; None: on `here`."""
    picked = dev or here
    out: dict[str, Any] = {}
    at: dict[str, int | None] = {}
    for name, found, source, budget in (
        ("end of turn", here.ends, picked.ends, events.BUDGET),
        ("interruption", here.starts, picked.starts, events.BUDGET),
        ("interruption, strict", here.starts, picked.starts, STRICT),
    ):  # fmt: skip
        at[name], remark = choose(source, budget)
        which = at[name]
        out[name] = None if which is None or not found.golds else events.row(found, which) | {"remark": remark}
    out["curve"] = eot_curve.operating_points(here.curve)
    deaf = eot_curve.unheard(data.spans, system.score, data.labels)
    out["curve, reply unheard"] = eot_curve.operating_points(eot_curve.curve(data.spans, deaf))
    if dev is not None:
        out["curve, picked on dev"] = eot_curve.operating_points(here.curve, picked_on=dev.curve)
    ends, starts = (data.ends, here.ends, at["end of turn"]), (data.starts, here.starts, at["interruption"])
    out["minmo"] = duplex_minmo.table(data.labels, ends, starts, system.odds)
    out["by kind"] = _by_kind(here.starts, at["interruption"])
    for what in ("voice", "condition"):
        out[f"by {what}"] = _by_group(data, system, here, at, what)
    return out


def _by_kind(found: Sweep, at: int | None) -> list[dict[str, Any]]:
    """What was heard over the assistant's talk, by kind: how often it was taken for an interruption."""
    if at is None:
        return []
    rows = []
    kinds = np.array([tag.kind for tag in found.negatives])
    if found.golds:
        hit = events.row(found, at)
        rows.append({"kind": "turn", "n": hit["events"], "taken for an interruption": hit["recall"],
                     "p50 ms": hit["p50 ms"]})  # fmt: skip
    for kind in sorted(set(kinds.tolist())):
        fired = found.fired[at][kinds == kind]
        rows.append({"kind": kind, "n": len(fired), "taken for an interruption": round(float(fired.mean()), 4),
                     "p50 ms": None})  # fmt: skip
    return rows


def _by_group(data: Data, system: System, here: Measured, at: dict[str, int | None], what: str) -> list[dict[str, Any]]:
    """The thresholds are those of the whole; the curve's policies are the best of each group."""
    def groups(tags: Sequence[events.Tag]) -> np.ndarray:
        return np.array([getattr(tag, what) for tag in tags], dtype=object)

    of_span = groups([s.tag for s in data.spans])
    found = (here.ends, here.starts)
    names = sorted({*of_span.tolist(), *(g for f in found for g in groups((*f.golds, *f.negatives)).tolist())})
    rows = []
    for name in names:
        row: dict[str, Any] = {what: name}
        for task, sweep in (("end of turn", here.ends), ("interruption", here.starts)):
            which = at[task]
            row[task] = None if which is None else events.row(
                sweep, which, groups(sweep.golds) == name, groups(sweep.negatives) == name)
        keep = of_span == name
        spans = [s for s, k in zip(data.spans, keep, strict=True) if k]
        row["curve"] = eot_curve.operating_points(eot_curve.curve(spans, system.score[keep])) if spans else None
        rows.append(row)
    return rows


def timeouts(found: Measured) -> list[dict[str, Any]]:
    """The VAD peer, which hears where silences begin, with every time-out of a grid."""
    rows = []
    for timeout in TIMEOUTS_S:
        at = int(np.argmin(np.abs(found.ends.thresholds - timeout / duplex_peers.LONGEST_S)))
        one = events.row(found.ends, at)
        cut, latency = found.curve.at((at, 0, len(eot_curve.TIMEOUTS) - 1))
        rows.append({
            "time-out s": timeout, "pauses fired in": one["false positives"], "recall": one["recall"],
            "p50 ms": one["p50 ms"], "p90 ms": one["p90 ms"],
            "false cutoffs": None if np.isnan(cut) else round(cut, 4),
            "mean latency ms": None if np.isnan(latency) else round(1000 * latency),
        })  # fmt: skip
    return rows


# -- the whole --------------------------------------------------------------------------------------
def bench_duplex(
    folder: Path, out: Path, name: str, setup: Setup, dev: Path | None = None, peers: bool = False, jobs: int = 1,
    say: Say = lambda line: None,
) -> tuple[dict[str, Any], Data, dict[str, Measured]]:  # fmt: skip
    """Writes OUT/predictions.npz. -> the report's numbers, what they are of, and by system what the plots show.

    Raises Trouble when not one recording can be used, NotHere when the predictor cannot run here.
    """
    wanted, missing = _peers() if peers else ((), None)
    if missing:
        say(missing)
    job_of = lambda labels: Job(labels[0], name, setup, wanted)      # noqa: E731
    data, systems, bad = _folder(folder, job_of, jobs, say)
    save_predictions(out / "predictions.npz", data, systems[name])
    tuned: dict[str, Measured] = {}
    if dev is not None:
        dev_data, dev_systems, more = _folder(dev, job_of, jobs, say)
        bad += more
        tuned = {k: measure(dev_data, s) for k, s in dev_systems.items()}
    measured = {k: measure(data, s) for k, s in systems.items()}
    report: dict[str, Any] = {
        "version": REPORT_VERSION, "predictor": name, "words": "product" if setup.words else "none",
        "thresholds picked on": "the development set" if dev is not None else "this very data",
        "files": len(data.labels), "hours": round(sum(one.seconds for one in data.labels) / 3600, 3), "bad": bad,
        "systems": {k: numbers(data, s, measured[k], tuned.get(k)) for k, s in systems.items()},
        "VAD-only baseline": eot_curve.operating_points(eot_curve.vad_only(data.spans), np.array([1.0])),
        "VAD time-outs": timeouts(measured[VAD_NAME]) if VAD_NAME in measured else [],
        "not measured": missing,
    }  # fmt: skip
    return report, data, measured


def _folder(folder: Path, job_of: Callable[[list[Labels]], Job], jobs: int,
            say: Say) -> tuple[Data, dict[str, System], list[str]]:  # fmt: skip
    labels, bad = find(folder)
    for line in bad:
        say(line)
    if labels:
        data, systems, more = listen(labels, job_of(labels), jobs, say)
        bad += more
        if data.labels:
            return data, systems, bad
    raise Trouble(f"{folder}: none of its {len(bad)} recordings can be used; the lines above say why")


def _peers() -> tuple[tuple[str, ...], str | None]:
    """-> those that are here, and a line about the one that is not."""
    try:
        _ask()
    except NotHere as line:
        return (VAD_NAME,), str(line)
    return (VAD_NAME, SMART_NAME), None


def save_predictions(path: Path, data: Data, system: System) -> None:
    """NAME/time and NAME/OUTPUT for every recording. Raises Trouble."""
    arrays = {f"{labels.name}/{key}": value for labels, o in zip(data.labels, system.odds, strict=True)
              for key, value in o.arrays().items()}  # fmt: skip
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)        # type: ignore[arg-type]
    write_whole(path, packed.getvalue())
