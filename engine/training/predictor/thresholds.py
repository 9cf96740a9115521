"""`parley train thresholds`: chooses the core's thresholds on a development set and writes them into a profile.

    parley train thresholds --data DIR [--predictor trained|rules] [--predictions FILE] [--write PROFILE]

DIR holds labelled conversations (NAME.wav, NAME.json). The predictor hears them open loop, as in `parley bench
duplex`, or its `predictions.npz` is read. A threshold acts as in the core: turn_done and turn_ending count only while
user_speaking is down. Criteria, in this order for each:

- `on`, `off` of user_speaking: at most 1 % of the hops without the user's voice above `on`, then as many hops of the
  voice as possible (to half a percent), then the highest; `off`: at least 0.1 below `on`, at most 5 % of the voice's
  hops and at least 95 % of the others below it, then the highest.
- `done`: at most 10 % false cutoffs (pauses of 0.2 s and more in which the turn would be taken for finished), then
  the lowest mean latency after the ends of turns (one that is missed counts as 3 s).
- `ending`: at most 20 % of those pauses make the assistant think in vain, then the greatest lead before `done`.
- `takes`: at most 15 % false positives, then recall, then the median latency (engine/bench/duplex/events.py): a reply
  that stopped in vain goes on by itself (ADR 0004), one that stops late does not.
- `backchannel`: at least 60 % of the signs, after 2 s of a turn, where the labels welcome one; then most signs.

Where no threshold keeps to its criterion, the nearest is shown and not written: the core's own stays. What
the data say nothing of (no overlaps, fewer than ten signs) stays as it is.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import assets
from audio_io.errors import Trouble, WrongUse
from audio_io.files import why, write_whole
from engine.bench import report
from engine.bench.duplex import events as duplex_events
from engine.bench.duplex import score as duplex
from engine.bench.duplex.run import OUTPUTS, Odds, Setup
from engine.corpus.labels import Labels, find
from engine.duplex import choose_predictor
from engine.strict_yaml import read
from engine.turns.rules import TurnRules

GRID = np.round(np.arange(5, 96) / 100, 2)
FALSE_VOICE, LOST_VOICE, HYSTERESIS, TIE = 0.01, 0.05, 0.1, 0.005
CUTOFFS, IN_VAIN, FALSE_TAKES, WELCOME = 0.10, 0.20, 0.15, 0.60
SHORTEST_HOLD_S, EARLY_S, LATE_S = 0.2, 0.25, 3.0
UNSURE_S = 0.15                  # beside the edges of a voice: neither voice nor silence
FIRST_S = 2.0
FEWEST_SIGNS = 10
SLACK_S = 0.2                    # a sign so much beside its window is still welcome


@dataclass(frozen=True, slots=True)
class Choice:
    """One threshold, and what it was chosen by. `kept`: the criterion is met."""

    rule: str
    value: float
    kept: bool
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One recording. voice: [n] 1 the user's voice, 0 none, -1 not to be judged."""

    labels: Labels
    odds: Odds
    voice: np.ndarray


# -- what is there ----------------------------------------------------------------------------------
def load_predictions(path: Path, labels: Sequence[Labels]) -> list[Odds]:
    """`NAME/OUTPUT` arrays as `parley bench duplex` writes them, one Odds a recording. Raises WrongUse."""
    try:
        with np.load(path) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError) as error:
        reason = why(error) if isinstance(error, OSError) else "it is no NumPy archive"
        raise WrongUse(f"{path}: cannot be read: {reason}; make it with `parley bench duplex`") from error
    odds = []
    for one in labels:
        keys = [f"{one.name}/{part}" for part in ("time", *OUTPUTS)]
        if gone := [key for key in keys if key not in arrays]:
            raise WrongUse(f"{path}: has no {gone[0]}; make it with `parley bench duplex` on the same folder")
        if len({len(arrays[key]) for key in keys}) != 1:
            raise WrongUse(f"{path}: the arrays of {one.name} are of different lengths; make it anew")
        odds.append(Odds(*(arrays[key] for key in keys)))
    return odds


def voice_of(labels: Labels, time: np.ndarray) -> np.ndarray:
    """Where the user's own voice is, by the labels: [n] of 1, 0, and -1 beside its edges, in laughs and coughs."""
    out = np.zeros(len(time), np.int8)
    spans: list[tuple[float, float]] = []
    for event in labels.user:
        if event.kind in ("laugh", "cough"):
            out[(time >= event.start - UNSURE_S) & (time <= event.end + UNSURE_S)] = -1
        elif event.kind in ("turn", "backchannel"):
            edges = [event.start, *(t for pause in event.pauses for t in pause), event.end]
            spans += list(zip(edges[::2], edges[1::2], strict=True))
    for start, end in spans:
        near = (time >= start - UNSURE_S) & (time <= end + UNSURE_S)
        out[near & (out == 0)] = -1
    for start, end in spans:
        out[(time > start + UNSURE_S) & (time < end - UNSURE_S)] = 1
    return out


def silent(odds: Odds, on: float, off: float) -> np.ndarray:
    """[n] bool: the core takes the user for silent (its hysteresis)."""
    out, voiced = np.zeros(len(odds.time), bool), False
    for i, p in enumerate(odds.user_speaking):
        voiced = p >= off if voiced else p > on
        out[i] = not voiced
    return out


# -- one threshold each -----------------------------------------------------------------------------
def voice_thresholds(heard: Sequence[Heard]) -> list[Choice]:
    """`on` and `off`."""
    odds = np.concatenate([h.odds.user_speaking for h in heard])
    voice = np.concatenate([h.voice for h in heard])
    if not (voice == 0).any() or not (voice == 1).any():
        return []
    false = np.array([np.mean(odds[voice == 0] > x) for x in GRID])
    hit = np.array([np.mean(odds[voice == 1] > x) for x in GRID])
    lost = np.array([np.mean(odds[voice == 1] < x) for x in GRID])
    rest = np.array([np.mean(odds[voice == 0] < x) for x in GRID])
    room = GRID[0] + HYSTERESIS - 1e-9 <= GRID
    good = np.flatnonzero((false <= FALSE_VOICE) & room)
    at = int(good[hit[good] >= hit[good].max() - TIE][-1]) if len(good) else len(GRID) - 1
    on = float(GRID[at]) if len(good) else TurnRules().on      # `off` goes with the one that will be in force
    under = on - HYSTERESIS + 1e-9 >= GRID
    fits = np.flatnonzero((lost <= LOST_VOICE) & (rest >= 1 - LOST_VOICE) & under)
    below = int(fits[-1]) if len(fits) else int(np.argmin(np.where(under, lost + 1 - rest, np.inf)))
    return [
        Choice("on", float(GRID[at]), bool(len(good)), f"{hit[at]:.1%} of the voice, {false[at]:.2%} of the rest"),
        Choice("off", float(GRID[below]), bool(len(fits)),
               f"{lost[below]:.1%} of the voice below it, {rest[below]:.1%} of the rest"),
    ]


def _first(time: np.ndarray, sure: np.ndarray, start: float, end: float) -> float | None:
    hits = time[sure & (time >= start) & (time <= end)]
    return float(hits[0]) if len(hits) else None


def _holds(labels: Labels) -> list[tuple[float, float]]:
    return [p for turn in labels.turns for p in turn.pauses if p[1] - p[0] >= SHORTEST_HOLD_S]


def _ends(labels: Labels) -> list[tuple[float, float]]:
    """-> (end of a turn, until when it may be found)."""
    starts = [turn.start for turn in labels.turns]
    return [(t.end, min([t.end + LATE_S, *(s for s in starts if s > t.end)])) for t in labels.turns]


def _found(heard: Sequence[Heard], quiet: Sequence[np.ndarray], output: str,
           threshold: float) -> tuple[list[bool], list[float]]:  # fmt: skip
    """-> for each pause whether the output rose in it; for each end of a turn how late it rose, seconds."""
    cut: list[bool] = []
    late: list[float] = []
    for h, still in zip(heard, quiet, strict=True):
        sure = still & (getattr(h.odds, output) >= threshold)
        cut += [_first(h.odds.time, sure, *hold) is not None for hold in _holds(h.labels)]
        for end, until in _ends(h.labels):
            t = _first(h.odds.time, sure, end - EARLY_S, until)
            late.append(LATE_S if t is None else t - end)
    return cut, late


def turn_thresholds(heard: Sequence[Heard], on: float, off: float) -> list[Choice]:
    """`done` and `ending`."""
    quiet = [silent(h.odds, on, off) for h in heard]
    done = [_found(heard, quiet, "turn_done", float(x)) for x in GRID]
    if not done[0][1]:
        return []
    share = np.array([np.mean(cut) if cut else 0.0 for cut, _ in done])
    late = np.array([after for _, after in done])
    mean = late.mean(axis=1)
    good = np.flatnonzero(share <= CUTOFFS)
    at = int(good[np.argmin(mean[good])]) if len(good) else int(np.lexsort((mean, share))[0])
    n = len(done[at][0]), late.shape[1]
    choices = [Choice("done", float(GRID[at]), bool(len(good)),
                      f"{share[at]:.1%} of {n[0]} pauses cut off, {1000 * mean[at]:.0f} ms after {n[1]} turns")]
    ending = [_found(heard, quiet, "turn_ending", float(x)) for x in GRID]
    vain = np.array([np.mean(cut) if cut else 0.0 for cut, _ in ending])
    lead = np.maximum(0, late[at] - np.array([after for _, after in ending])).mean(axis=1)
    good = np.flatnonzero(vain <= IN_VAIN)
    at = int(good[np.argmax(lead[good])]) if len(good) else int(np.argmin(vain))
    choices.append(Choice("ending", float(GRID[at]), bool(len(good)),
                          f"{vain[at]:.1%} of pauses in vain, {1000 * lead[at]:.0f} ms ahead of done"))
    return choices


def takes_threshold(heard: Sequence[Heard]) -> list[Choice]:
    golds = [duplex_events.interruption(h.labels, i) for i, h in enumerate(heard)]
    found = duplex_events.sweep(golds, [h.odds for h in heard], "takes_floor", GRID)
    if not found.golds or not found.negatives:
        return []
    at, remark = duplex.choose(found, FALSE_TAKES)
    if at is None:
        return []
    row = duplex_events.row(found, at)
    return [Choice("takes", float(GRID[at]), not remark,
                   f"recall {row['recall']:.1%} of {row['events']}, false positives {row['false positives']:.1%} of "
                   f"{row['negatives']}, p50 {row['p50 ms']} ms")]  # fmt: skip


def backchannel_threshold(heard: Sequence[Heard]) -> list[Choice]:
    windows = sum(len(h.labels.backchannel_here) for h in heard)
    if not windows:
        return []
    rows = []
    for x in GRID:
        welcome = signs = 0
        for h in heard:
            times = duplex_events.rises(h.odds.time, h.odds.backchannel_here, float(x))
            mine = [t for t in times if any(u.start + FIRST_S <= t <= u.end for u in h.labels.turns)]
            signs += len(mine)
            welcome += sum(any(a - SLACK_S <= t <= b + SLACK_S for a, b in h.labels.backchannel_here) for t in mine)
        rows.append((signs, welcome))
    # a few signs prove nothing
    share = np.array([welcome / signs if signs >= FEWEST_SIGNS else 0.0 for signs, welcome in rows])
    hits = np.array([welcome for _, welcome in rows])
    if not share.any():
        return []
    good = np.flatnonzero(share >= WELCOME)
    at = int(good[np.argmax(hits[good])]) if len(good) else int(np.argmax(share))
    return [Choice("backchannel", float(GRID[at]), bool(len(good)),
                   f"{share[at]:.1%} of {rows[at][0]} signs welcome, {windows} windows")]  # fmt: skip


def choose(labels: Sequence[Labels], odds: Sequence[Odds]) -> list[Choice]:
    """All that the data say something of. labels, odds: one each recording."""
    heard = [Heard(one, o, voice_of(one, o.time)) for one, o in zip(labels, odds, strict=True)]
    rules = TurnRules()
    choices = voice_thresholds(heard)
    values = {"on": rules.on, "off": rules.off} | {c.rule: c.value for c in choices if c.kept}
    return [*choices, *turn_thresholds(heard, values["on"], values["off"]), *takes_threshold(heard),
            *backchannel_threshold(heard)]  # fmt: skip


# -- into the profile ---------------------------------------------------------------------------------
def profile_path(name: str) -> Path:
    """A shipped profile's name, or a YAML file of one's own. Raises WrongUse where there is none."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else Path(assets.__path__[0], "profiles", f"{name}.yaml")
    if not path.is_file():
        raise WrongUse(f"--write {name}: there is no {path}; name a profile of Parley's or a YAML file")
    return path


def write_profile(path: Path, choices: Sequence[Choice]) -> None:
    """Puts the thresholds into the profile's `turns:`; all else, comments too, stays as it is. Raises Trouble."""
    turns = dict(read(path, "a profile").table("turns").values) | {c.rule: c.value for c in choices}
    known = ", ".join(f"{name}: {str(value).lower() if isinstance(value, bool) else value}"
                      for name, value in turns.items())  # fmt: skip
    line = f"turns: {{{known}}}   # chosen by `parley train thresholds`\n"
    text = path.read_text(encoding="utf-8")
    # the key with its value: the rest of its line, and the indented or closing lines under it
    new, n = re.subn(r"(?m)^turns:.*\n(?:[ \t}].*\n)*", lambda _: line, text if text.endswith("\n") else text + "\n")
    write_whole(path, (new if n else new + line).encode())


def _predictions(
    args: argparse.Namespace, labels: list[Labels], say: Callable[[str], None]
) -> tuple[list[Labels], list[Odds]]:
    if args.predictions is not None:
        return labels, load_predictions(args.predictions, labels)
    make = partial(choose_predictor.make_predictor, args.predictor)
    make()                                       # what is missing is said before the long work
    setup = Setup(make, TurnRules(), words=args.words == "product", ears=args.ears)
    data, systems, _ = duplex.listen(labels, duplex.Job(labels[0], args.predictor, setup, ()), args.jobs, say)
    return list(data.labels), list(systems[args.predictor].odds)


def main(arguments: list[str]) -> int:
    """-> exit code. Raises Trouble."""
    parser = argparse.ArgumentParser(prog="parley train thresholds", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="the development set")
    parser.add_argument("--predictor", choices=choose_predictor.NAMES, default=choose_predictor.DEFAULT)
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="predictions.npz of `parley bench duplex`")
    parser.add_argument("--words", choices=("none", "product"), default="none", help="what the predictor reads")
    parser.add_argument("--ears", type=Path, metavar="DIR", help="keeps what the ears make of the recordings")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--write", metavar="PROFILE", help="a profile's name or file: gets the thresholds")
    args = parser.parse_args(arguments)
    path = profile_path(args.write) if args.write else None

    def say(line: str) -> None:
        print(f"  {line}", file=sys.stderr, flush=True)

    labels, bad = find(args.data)
    for line in bad:
        say(line)
    if labels:
        labels, odds = _predictions(args, labels, say)
    if not labels:
        raise Trouble(f"{args.data}: none of its recordings can be used; the lines above say why")
    choices = choose(labels, odds)
    before = TurnRules()
    rows = [{"rule": c.rule, "default": getattr(before, c.rule), "chosen": c.value, "found": c.why,
             "criterion": "met" if c.kept else "NOT met: nearest, not written"} for c in choices]  # fmt: skip
    print(report.table(rows) if rows else "nothing to choose by: the recordings hold no turns of a user")
    if path is not None and (kept := [c for c in choices if c.kept]):
        write_profile(path, kept)
        print(f"written to {path}")
    return 0
