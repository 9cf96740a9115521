"""Recordings of people through the whole path: how often they are understood, cut off, answered, and how late.

A folder with `manifest.csv` (columns file, category, transcript, label, language). Several recordings are said in one
simulated conversation, far enough apart for an answer; what happens until the next one begins counts for each.
"""

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ
from audio_io.room import RoomShape
from audio_io.wav import read_wav
from engine.bench.report import quantiles
from engine.messages import FinalWords, ReplyStarted, UserEnded
from engine.simulation.rehearsal import Cast, Outcome, rehearse
from engine.simulation.scenario import Cue, Ending, Scenario

GAP_S = 9.0                      # between two recordings: an answer fits in
AT_ONCE = 8                      # recordings in one conversation
ANSWER_S = 6.0


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of the manifest."""

    path: Path
    category: str
    said: str                    # what was said, lower case, "" if nobody wrote it down


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one recording. cut_off: the reply began before its end. late_ms: None if not answered."""

    recording: Recording
    heard: str
    cut_off: bool
    ended_early: int             # times the turn was taken for finished before it was
    answered: bool
    late_ms: float | None


def read_manifest(folder: Path, categories: Sequence[str], each: int, seed: int = 1) -> list[Recording]:
    """-> up to `each` English recordings of every category, drawn with `seed`. Raises WrongUse."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise WrongUse(f"{manifest}: is missing; --data wants a folder of recordings with a manifest.csv")
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if (r.get("language") or "en").startswith("en")]
    chosen = []
    for category in categories:
        here = [r for r in rows if r["category"] == category and 0.3 <= float(r.get("duration_s") or 1) <= 20]
        random.Random(seed).shuffle(here)
        chosen += [Recording(folder / r["file"], category, _said(r)) for r in here[:each]]
    if not chosen:
        raise WrongUse(f"{manifest}: has no recordings of {', '.join(categories)}")
    return chosen


def _said(row: dict[str, str]) -> str:
    if row.get("transcript"):
        return row["transcript"].lower()
    label = row.get("label") or ""
    return label.lower() if row["category"].startswith("speech_commands") else ""


def bench_people(
    folder: Path, cast: Cast, categories: Sequence[str], each: int, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """-> {"rows": one per category, "results": one per recording}."""
    results: list[Result] = []
    for category in categories:
        say(category)
        recordings = read_manifest(folder, [category], each)
        for i in range(0, len(recordings), AT_ONCE):
            part = recordings[i : i + AT_ONCE]
            results += list(_judge(part, rehearse(_scenario(part), cast)))
    rows = [_row(c, [r for r in results if r.recording.category == c]) for c in categories]
    return {"rows": rows, "results": [
        {"file": r.recording.path.name, "said": r.recording.said, "heard": r.heard, "cut_off": r.cut_off,
         "answered": r.answered, "late_ms": r.late_ms} for r in results]}  # fmt: skip


def _scenario(recordings: Sequence[Recording]) -> Scenario:
    cues = []
    for i, r in enumerate(recordings):
        pcm = read_wav(r.path, DEVICE_HZ)
        after, plus = ("", 1.0) if i == 0 else ("cue_end", GAP_S)
        cues.append(Cue(r.path.name, r.path, pcm, after, plus, cue=i - 1))
    room = RoomShape(delay_ms=60, echo_db=-10, rt60_s=0.3, noise_db=-65, seed=21)
    return Scenario(Path("people"), room, tuple(cues), Ending("user_end", GAP_S, 3600.0))


def _judge(recordings: Sequence[Recording], outcome: Outcome) -> Iterator[Result]:
    starts = [c.start for c in outcome.cues] + [outcome.seconds]
    for r, cue, until in zip(recordings, outcome.cues, starts[1:], strict=True):
        finals = [n.text for n in outcome.of(FinalWords) if cue.start <= n.t < until]
        replies = [n.t for n in outcome.of(ReplyStarted) if cue.start <= n.t < until]
        early = sum(cue.start < n.t < cue.end for n in outcome.of(UserEnded))
        after = [t for t in replies if cue.end <= t <= cue.end + ANSWER_S]
        late = round(1000 * (after[0] - cue.end)) if after else None
        cut = any(t < cue.end - 0.05 for t in replies)
        yield Result(r, " ".join(finals), cut, early, bool(after), late)


def _row(category: str, results: Sequence[Result]) -> dict[str, Any]:
    late = quantiles([r.late_ms for r in results if r.late_ms is not None])
    known = [r for r in results if r.recording.said]
    wrong = sum(word_errors(r.recording.said, r.heard) for r in known)
    words = sum(len(r.recording.said.split()) for r in known)
    n = max(1, len(results))
    right = sum(r.recording.said == r.heard for r in known)
    return {
        "category": category, "n": len(results),
        "heard anything %": round(100 * sum(bool(r.heard) for r in results) / n),
        "all words right %": round(100 * right / len(known)) if known else None,
        "word errors %": round(100 * wrong / words) if words else None,
        "reply before the end %": round(100 * sum(r.cut_off for r in results) / n),
        "turn ended early %": round(100 * sum(r.ended_early > 0 for r in results) / n),
        "answered %": round(100 * sum(r.answered for r in results) / n),
        "late p50 ms": late["p50"], "late p95 ms": late["p95"],
    }  # fmt: skip


def word_errors(said: str, heard: str) -> int:
    """Edit distance in words."""
    a, b = said.split(), heard.split()
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]
