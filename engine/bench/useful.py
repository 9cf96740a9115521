"""How many everyday requests are answered usefully: spoken, through the whole path, in real time.

`assets/bench/useful.yaml` has the requests: talks of one to five turns, with rules that can be checked in what was
heard of each reply. A voice that no part of Parley was fitted to says them. Real time, because how long a chat model
takes is part of the answer.
"""

import random
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import assets
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import DEVICE_HZ
from audio_io.room import RoomShape
from audio_io.wav import read_wav
from engine.bench.people import word_errors
from engine.bench.report import quantiles
from engine.messages import FinalWords, ReplyHeard, ReplyStarted, ToolUsed
from engine.simulation.rehearsal import Cast, Outcome, rehearse_live
from engine.simulation.scenario import Cue, Ending, Scenario
from engine.strict_yaml import Table, read

REQUESTS = Path(assets.__file__).parent / "bench" / "useful.yaml"
VOICES = ("awb", "slt", "rms")   # flite's (Debian): no part of the default profile was fitted to them
ROOM = RoomShape(delay_ms=60, echo_db=-10, rt60_s=0.3, noise_db=-60, seed=31)
PAUSE_S = 1.0                    # from the end of a reply to the next turn
LONGEST = 200                    # characters of a pattern
TURN_S = 45.0                    # a talk that takes longer a turn is given up

Speak = Callable[[str], np.ndarray]      # text -> [n] float32 at DEVICE_HZ


@dataclass(frozen=True, slots=True)
class Request:
    """One turn. says, never: patterns of what must and must not be heard. tool: a name and some of its arguments."""

    ask: str
    says: tuple[str, ...]
    never: tuple[str, ...] = ()
    tool: str = ""
    arguments: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    kind: str
    turns: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one turn. late_ms: from the end of the user's last sound; None where nothing was answered."""

    kind: str
    ask: str
    words: str
    reply: str
    tools: tuple[str, ...]
    late_ms: float | None
    understood: bool             # the tool with its arguments, where one is asked for; else as `useful`
    useful: bool


def read_talks(path: Path = REQUESTS) -> list[Talk]:
    """Raises WrongUse with the file and the key that is amiss."""
    table = read(path, "a list of requests")
    table.only(("version", "kinds"), "a part of a list of requests")
    kinds = table.table("kinds")
    talks = []
    for kind, rows in kinds.values.items():
        if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
            kinds.refuse(str(kind), "must be a list of talks, each a list of turns")
        for row in rows:
            turns = [Table(kinds.where, f"kinds.{kind}", turn) for turn in row]
            talks.append(Talk(str(kind), tuple(_request(turn) for turn in turns)))
    return talks


def _request(table: Table) -> Request:
    table.only(("ask", "says", "never", "tool"), "a part of a request")
    wanted = table.table("tool")
    patterns = {name: table.texts(name, longest=LONGEST) if name in table.values else () for name in ("says", "never")}
    for name, found in patterns.items():
        for pattern in found:
            try:
                re.compile(pattern)
            except re.error as error:
                table.refuse(name, f"{pattern!r} is not a regular expression: {error}")
    tool = next(iter(wanted.values), "")
    arguments = wanted.table(tool).values if wanted.values.get(tool) is not None else None
    return Request(table.text("ask"), patterns["says"], patterns["never"], tool, arguments)


def flite(voice: str) -> Speak:
    """Raises NotHere where flite is not installed."""
    def speak(text: str) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "said.wav"
            try:
                done = subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(out)], capture_output=True)
            except FileNotFoundError:
                raise NotHere("bench useful: the requests are spoken by flite, which is not here; "
                              "apt install flite") from None
            if done.returncode or not out.exists():
                raise Trouble(f"bench useful: flite could not speak {text!r} (exit code {done.returncode})")
            return np.asarray(read_wav(out, DEVICE_HZ), np.float32)

    return speak


def bench_useful(
    cast: Cast, talks: Sequence[Talk], voices: Sequence[tuple[str, Speak]], say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """-> {"rows": one per kind and one for all, "answers": one per turn}. The voices take turns."""
    answers: list[Answer] = []
    for number, talk in enumerate(talks):
        name, speak = voices[number % len(voices)]
        say(f"{number + 1} of {len(talks)}: {talk.kind}, said by {name}")
        answers += judge(talk, rehearse_live(scenario(talk, speak), cast))
    kinds = list(dict.fromkeys(a.kind for a in answers))
    rows = [row(kind, [a for a in answers if a.kind == kind]) for kind in kinds]
    return {"rows": [*rows, row("all", answers)], "answers": [
        {"kind": a.kind, "ask": a.ask, "words": a.words, "reply": a.reply, "tools": list(a.tools),
         "late_ms": a.late_ms, "understood": a.understood, "useful": a.useful} for a in answers]}  # fmt: skip


def drawn(talks: Sequence[Talk], each: int, seed: int = 1) -> list[Talk]:
    """-> up to `each` talks of every kind, always the same ones. Raises WrongUse for fewer than one."""
    if each < 1:
        raise WrongUse("bench useful: --each must be at least 1")
    chosen = []
    for kind in dict.fromkeys(talk.kind for talk in talks):
        here = [talk for talk in talks if talk.kind == kind]
        random.Random(f"{seed}:{kind}").shuffle(here)
        chosen += here[:each]
    return chosen


def scenario(talk: Talk, speak: Speak) -> Scenario:
    """Each turn is said when the reply to the one before is over."""
    cues = []
    for i, turn in enumerate(talk.turns):
        after, plus = ("", 1.0) if i == 0 else ("reply_end", PAUSE_S)
        cues.append(Cue(f"turn {i + 1}", Path(f"turn{i + 1}.wav"), speak(turn.ask), after, plus, reply=i))
    return Scenario(Path("useful"), ROOM, tuple(cues), Ending("last_reply_end", 1.5, TURN_S * len(cues)))


def judge(talk: Talk, outcome: Outcome) -> Iterator[Answer]:
    """One answer for every turn; a turn that was never said, because nothing was answered before it, is not useful."""
    starts = [cue.start for cue in outcome.cues] + [outcome.seconds]
    for i, turn in enumerate(talk.turns):
        if i >= len(outcome.cues):
            yield Answer(talk.kind, turn.ask, "", "", (), None, False, False)
            continue
        begun, until, ended = starts[i], starts[i + 1], outcome.cues[i].end
        words = " ".join(e.text for e in outcome.of(FinalWords) if begun <= e.t < until)
        first = next((e.t for e in outcome.of(ReplyStarted) if begun <= e.t < until), None)
        heard = {e.reply: e.text for e in outcome.of(ReplyHeard) if begun <= e.t < until}
        reply = " ".join(heard.values())
        used = [e for e in outcome.of(ToolUsed) if begun <= e.t < until]
        useful = is_useful(turn, reply)
        known = any(e.name == turn.tool and _has(e.arguments, turn.arguments or {}) for e in used)
        late = None if first is None else round(1000 * (first - ended), 1)
        yield Answer(talk.kind, turn.ask, words, reply, tuple(e.name for e in used), late,
                     known if turn.tool else useful, useful and (known or not turn.tool))  # fmt: skip


def is_useful(turn: Request, reply: str) -> bool:
    said = [re.search(pattern, reply, re.IGNORECASE) for pattern in turn.says]
    wrong = [re.search(pattern, reply, re.IGNORECASE) for pattern in turn.never]
    return bool(reply.strip()) and all(said) and not any(wrong)


def _has(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(name in given and given[name] == value for name, value in wanted.items())


def row(kind: str, answers: Sequence[Answer]) -> dict[str, Any]:
    wrong = sum(word_errors(plain(a.ask), plain(a.words)) for a in answers)
    words = sum(len(plain(a.ask).split()) for a in answers)
    late = quantiles([a.late_ms for a in answers if a.late_ms is not None])
    n = max(1, len(answers))
    return {
        "kind": kind, "turns": len(answers), "word errors %": round(100 * wrong / max(1, words)),
        "understood %": round(100 * sum(a.understood for a in answers) / n),
        "useful %": round(100 * sum(a.useful for a in answers) / n),
        "answered %": round(100 * sum(a.late_ms is not None for a in answers) / n),
        "first sound p50 ms": late["p50"], "p95 ms": late["p95"],
    }  # fmt: skip


def plain(text: str) -> str:
    """Lower case, letters, digits and apostrophes alone, as word errors are counted."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))
