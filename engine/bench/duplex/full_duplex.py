"""Full-Duplex-Bench v1's rows, on whole conversations: the product in the simulated room, listening, thinking, talking.

The user's turns come from labelled conversations: the sound of the user alone where the labels name one, else the
microphone's channel where the assistant is silent. A take-over is at least 1 s of the assistant's speech, or more than
3 words. Four tasks, with the names of the original:

- pause handling: one turn with pauses inside; TOR is the share in which the assistant takes over before its end (lower
  is better); the gap is that of `smooth turn taking`, over the same turns.
- back-channel: one long turn. TOR as above; frequency: the assistant's signs of listening per second of the turn; JSD:
  Jensen-Shannon distance (base e, square root) between when they come and when the labels welcome them
  (`backchannel_here`), in windows of 0.2 s; 1 where the assistant gave none, as in the original; no value where the
  labels have no such windows.
- smooth turn taking: one turn; TOR is the share in which a take-over follows (higher is better) within 6 s of its end
  or came before; latency from its end to the reply's first sample, 0 where it came before.
- user interruption: the assistant tells something, the turn begins 2 s into it; TOR is the share in which a new reply
  follows the turn's end, latency from there; stop: from the turn's first sound to the assistant's silence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import jensenshannon

from audio_io.errors import Trouble
from audio_io.frames import DEVICE_HZ
from audio_io.room import RoomShape
from audio_io.wav import read_stereo, read_wav
from engine.corpus.labels import LONGEST_S, Event, Labels, Span
from engine.messages import BackChannelGiven, ReplyEnded, ReplyHeard, ReplyStarted, Resumed, Yielded
from engine.simulation.rehearsal import Cast, Outcome, rehearse
from engine.simulation.scenario import Cue, Ending, Scenario

TASKS = ("pause handling", "back-channel", "smooth turn taking", "user interruption")
EACH = 4                         # conversations of each task
ROOM = RoomShape(delay_ms=60, echo_db=-10, rt60_s=0.3, noise_db=-65, seed=31)
FIRST_S, INTO_S = 1.0, 2.0       # the user's first word; an interruption begins so long after the reply
MARGIN_S = 0.1                   # of sound kept around a turn
ANSWER_S = 6.0
TAKE_S, TAKE_WORDS = 1.0, 3      # a take-over: at least so long, or more words than that
WINDOW_S = 0.2
LONG_TURN_S = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One turn of a user's. pcm: [n] float32 at DEVICE_HZ; pauses, here: seconds from its first sample."""

    name: str
    pcm: np.ndarray
    pauses: tuple[Span, ...]
    here: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / DEVICE_HZ


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant did once. start, end: seconds; words: how many of them were heard."""

    start: float
    end: float
    words: int

    @property
    def takes_over(self) -> bool:
        return self.end - self.start >= TAKE_S or self.words > TAKE_WORDS


def turns_of(conversations: Sequence[Labels], want: Callable[[Event], bool], each: int) -> list[Said]:
    """At most `each` turns, from as many conversations as possible: the first that fits of each, then the second."""
    picks = [[(labels, e) for e in labels.turns if want(e) and _alone(labels, e)] for labels in conversations]
    queue = [some[k] for k in range(max(map(len, picks), default=0)) for some in picks if len(some) > k]
    return [_said(labels, e) for labels, e in queue[:each]]


def _alone(labels: Labels, e: Event) -> bool:
    """Whether the sound of this turn can be had without the assistant's."""
    if labels.clean is not None and labels.clean.is_file():
        return True
    begins, ends = e.start - MARGIN_S, e.end + MARGIN_S
    others = [o for o in labels.user if o is not e]
    return not any(s < ends and begins < t for s, t in [*labels.assistant, *((o.start, o.end) for o in others)])


def _said(labels: Labels, e: Event) -> Said:
    if labels.clean is not None and labels.clean.is_file():
        whole = read_wav(labels.clean, DEVICE_HZ, LONGEST_S)
    else:
        whole = read_stereo(labels.wav, DEVICE_HZ, LONGEST_S)[:, 0]
    first = max(0, round((e.start - MARGIN_S) * DEVICE_HZ))
    pcm = np.array(whole[first : round((e.end + MARGIN_S) * DEVICE_HZ)], np.float32)
    level = float(np.sqrt(np.mean(np.square(pcm))) + 1e-9)
    zero = first / DEVICE_HZ
    here = tuple((s - zero, t - zero) for s, t in labels.backchannel_here if e.start <= s < e.end)
    return Said(f"{labels.name} {e.start:.1f} s", pcm * np.float32(0.1 / level),       # everyone at -20 dB
                tuple((s - zero, t - zero) for s, t in e.pauses), here)  # fmt: skip


def play(said: Said, cast: Cast, over: tuple[np.ndarray, str] | None = None) -> tuple[Outcome, float, float]:
    """-> the outcome, and when the turn's first and last sound were. over: (a request [n] at DEVICE_HZ, its name) that
    makes the assistant talk, for the turn to interrupt."""
    cues = [Cue("turn", Path("turn.wav"), said.pcm, "", FIRST_S)]
    if over is not None:
        cues = [Cue("request", Path(over[1]), over[0], "", FIRST_S),
                Cue("turn", Path("turn.wav"), said.pcm, "reply_start", INTO_S, reply=1)]  # fmt: skip
    end = Ending("last_reply_end", 2.0, 40.0 + said.seconds)
    outcome = rehearse(Scenario(Path("full_duplex"), ROOM, tuple(cues), end), cast)
    mine = next((c for c in outcome.cues if c.name == "turn"), None)
    return (outcome, mine.start, mine.end) if mine is not None else (outcome, np.inf, np.inf)


def replies(outcome: Outcome) -> list[Reply]:
    """The assistant's, with the words that were heard of each; a reply on hold for good ends where it was held."""
    found = []
    for start in outcome.of(ReplyStarted):
        def mine(event: ReplyEnded | Yielded | Resumed | ReplyHeard, start: ReplyStarted = start) -> bool:
            return event.reply == start.reply and event.t >= start.t

        end = next((e.t for e in outcome.of(ReplyEnded) if mine(e)), outcome.seconds)
        stops = [e.t for e in outcome.of(Yielded) if mine(e) and e.t <= end]
        if stops and not any(mine(e) and e.t >= stops[-1] for e in outcome.of(Resumed)):
            end = stops[-1]
        heard = [e.text for e in outcome.of(ReplyHeard) if mine(e)]
        found.append(Reply(start.t, end, len(heard[-1].split()) if heard else 0))
    return found


def within(reply: Reply, until: float) -> Reply:
    """What of a reply was heard before `until`; its words in proportion."""
    end = min(reply.end, until)
    share = (end - reply.start) / max(1e-9, reply.end - reply.start)
    return replace(reply, end=end, words=int(reply.words * share))


def bench(conversations: Sequence[Labels], cast: Cast, story: np.ndarray, each: int = EACH,
          say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:  # fmt: skip
    """story: [n] at DEVICE_HZ, a request that makes the assistant talk for long. -> {"rows": ..., "results": ...}."""
    hesitant = turns_of(conversations, lambda e: any(t - s >= 0.2 for s, t in e.pauses), each)
    long = turns_of(conversations, lambda e: e.end - e.start >= LONG_TURN_S, each)
    plain = turns_of(conversations, lambda e: not e.pauses, each) or turns_of(conversations, lambda e: True, each)
    over = [s for s in plain if s.seconds <= 6.0] or plain
    results: list[dict[str, Any]] = []
    played: dict[tuple[str, bool], dict[str, Any]] = {}              # one conversation may serve several tasks
    for task, turns in zip(TASKS, (hesitant, long, plain, over), strict=True):
        for said in turns:
            key = (said.name, task == TASKS[-1])
            if key not in played:
                say(f"{task}: {said.name}")
                played[key] = _one(said, cast, (story, "story.wav") if key[1] else None)
            results.append({"task": task, "turn": said.name, **played[key]})
    return {"rows": [_row(task, [r for r in results if r["task"] == task]) for task in TASKS], "results": results}


def _one(said: Said, cast: Cast, over: tuple[np.ndarray, str] | None) -> dict[str, Any]:
    try:
        outcome, begins, ends = play(said, cast, over)
    except Trouble as line:
        return {"error": str(line)}
    found = replies(outcome)
    during = [within(r, ends) for r in found if begins <= r.start < ends]
    early = any(r.takes_over for r in during)
    after = [r for r in found if ends <= r.start <= ends + ANSWER_S and r.takes_over]
    signs = [n.t - begins + MARGIN_S for n in outcome.of(BackChannelGiven) if begins <= n.t < ends]
    answer = 0.0 if early and over is None else after[0].start - ends if after else None
    stop = next((n.t - begins for n in outcome.of(Yielded) if n.t >= begins), None) if over is not None else None
    return {
        "taken before the end": early, "answered": answer is not None,
        "latency ms": None if answer is None else round(1000 * answer),
        "stop ms": None if stop is None else round(1000 * stop), "interrupted": bool(np.isfinite(begins)),
        "signs per s": len(signs) / said.seconds, "jsd": distance(signs, said.here, said.seconds),
    }  # fmt: skip


def distance(signs: Sequence[float], here: Sequence[Span], seconds: float) -> float | None:
    """Jensen-Shannon distance 0..1 between when signs were given and when they were welcome; None: never welcome."""
    if not here:
        return None
    if not signs:
        return 1.0
    edges = np.arange(0.0, seconds + WINDOW_S, WINDOW_S)
    given = np.histogram(signs, edges)[0] + 1e-10
    middles = edges[:-1] + WINDOW_S / 2
    welcome = np.array([sum(s <= m < t for s, t in here) for m in middles], float) + 1e-10
    return round(float(jensenshannon(given, welcome)), 4)


def _row(task: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One task's numbers, and how many conversations they are from."""
    good = [r for r in results if "error" not in r and r["interrupted"]]
    row: dict[str, Any] = {"task": task, "n": len(good)}
    early = task in ("pause handling", "back-channel")
    wanted = "taken before the end" if early else "answered"
    row["TOR"] = _mean([float(r[wanted]) for r in good])
    late = [r["latency ms"] for r in good if r["latency ms"] is not None and (not early or not r[wanted])]
    row["latency mean ms"] = _mean(late, 0)
    row["latency p50 ms"] = round(float(np.median(late))) if late else None
    row["frequency 1/s"] = _mean([r["signs per s"] for r in good], 3) if task == "back-channel" else None
    row["JSD"] = _mean([r["jsd"] for r in good if r["jsd"] is not None], 3) if task == "back-channel" else None
    stops = [r["stop ms"] for r in good if r["stop ms"] is not None]
    row["stop p50 ms"] = round(float(np.median(stops))) if stops and task == "user interruption" else None
    return row


def _mean(values: Sequence[float], digits: int = 2) -> float | None:
    return round(float(np.mean(values)), digits) if len(values) else None
