"""How late the assistant is: from the user's last word to the first sample of the reply, by stage, in real time.

The scenarios run through the product's threads in the simulated room on the wall clock, so every computing time is
the one really taken. The same scenarios on simulated time tell how far the profile's constants are from it.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from audio_io.room import RoomShape
from engine.bench.report import quantiles
from engine.messages import Ducked, Latency, ReplyEnded, ReplyStarted, Resumed, Yielded
from engine.simulation.rehearsal import Cast, Cued, Outcome, rehearse, rehearse_live
from engine.simulation.scenario import Scenario

ROOMS = {
    "headphones": RoomShape(echo_db=-120, rt60_s=0.0, noise_db=-80, seed=11),
    "as shipped": None,                          # each scenario's own room
    "living room": RoomShape(delay_ms=90, echo_db=-6, rt60_s=0.5, noise_db=-55, seed=12),
    "loud, distorting": RoomShape(delay_ms=40, echo_db=0, rt60_s=0.4, nonlinear=True, noise_db=-60, seed=13),
}
ANSWER_S = 6.0                   # a reply later than that is no answer to the cue before it
SOUNDS = ("mm_hm", "cough", "keyboard", "door", "fan")        # cues that are not meant to take the floor
STAGES = ("wait_ms", "listen_ms", "think_ms", "speak_ms")


def is_sound(cue: Cued) -> bool:
    return cue.name.startswith(SOUNDS)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to a cue: how late after the cue's last sound, and where the time went, ms."""

    late_ms: float
    stages: dict[str, float]


def answers(outcome: Outcome) -> list[Answer]:
    """Each reply that follows something the user said, by the sound itself: the user's track is the truth."""
    stages = {round(took.t, 2): asdict(took) for took in outcome.of(Latency)}
    found = []
    for start in outcome.of(ReplyStarted):
        said = [c for c in outcome.cues if not is_sound(c) and c.end <= start.t <= c.end + ANSWER_S]
        if said:
            nearest = min(stages, key=lambda t: abs(t - start.t), default=None)
            parts = stages[nearest] if nearest is not None and abs(nearest - start.t) < 0.2 else {}
            found.append(Answer(1000 * (start.t - said[-1].end), {s: parts[s] for s in STAGES if s in parts}))
    return found


@dataclass(frozen=True, slots=True)
class Overlap:
    """A cue that began while the assistant was audible."""

    name: str
    sound: bool                  # a cough, a keyboard, a back-channel
    duck_ms: float | None
    silent_ms: float | None      # until the reply stopped, None if it did not
    came_back: bool              # it went on after that


def overlaps(outcome: Outcome) -> list[Overlap]:
    """What happened to the reply under each cue that began over it."""
    found = []
    spans = _spans(outcome)
    for cue in outcome.cues:
        span = next((s for s in spans if s[0] + 0.1 < cue.start < s[1]), None)
        if span is None:
            continue
        until = cue.end + 3.0
        duck = next((n.t for n in outcome.of(Ducked) if cue.start <= n.t < until), None)
        stop = next((n.t for n in outcome.of(Yielded) if cue.start <= n.t < until), None)
        back = stop is not None and any(stop <= n.t <= stop + 6.0 for n in outcome.of(Resumed))
        found.append(Overlap(cue.name, is_sound(cue), _ms(duck, cue.start), _ms(stop, cue.start), back))
    return found


def _spans(outcome: Outcome) -> list[tuple[float, float]]:
    ends = outcome.of(ReplyEnded)
    last = outcome.seconds
    return [(n.t, next((e.t for e in ends if e.t >= n.t), last)) for n in outcome.of(ReplyStarted)]


def _ms(t: float | None, since: float) -> float | None:
    return None if t is None else round(1000 * (t - since), 1)


def self_interruptions(outcome: Outcome) -> int:
    """Yields while the user was not making any sound."""
    return sum(not any(c.start - 0.05 <= n.t <= c.end + 1.5 for c in outcome.cues) for n in outcome.of(Yielded))


def bench_latency(
    scenarios: Iterable[Scenario], cast: Cast, rooms: dict[str, RoomShape | None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:  # fmt: skip
    """-> {"rows": one per room, "constants": ..., "budgets": ...}."""
    scenarios = list(scenarios)
    rows, answered, over = [], [], []
    for name, shape in (rooms or ROOMS).items():
        live, simulated, lapped, selfs, played = [], [], [], 0, 0.0
        for scenario in scenarios:
            say(f"{name}: {scenario.path.stem}")
            played_in = scenario if shape is None else replace(scenario, room=shape)
            real, ideal = rehearse_live(played_in, cast), rehearse(played_in, cast)
            live += answers(real)
            simulated += answers(ideal)
            lapped += overlaps(real)
            selfs += self_interruptions(real)
            played += sum(b - a for a, b in _spans(real))
        answered += live
        over += lapped
        rows.append(_row(name, live, simulated, lapped) | {"self-interruptions": selfs, "played s": round(played)})
    return {"rows": rows, "constants": _constants(answered, cast), "all": _row("all", answered, [], over)}


def _row(name: str, live: list[Answer], simulated: list[Answer], over: list[Overlap]) -> dict[str, Any]:
    late = quantiles([a.late_ms for a in live])
    ducks = quantiles([o.duck_ms for o in over if not o.sound and o.duck_ms is not None])
    stops = quantiles([o.silent_ms for o in over if not o.sound and o.silent_ms is not None])
    sounds = [o for o in over if o.sound]
    stages = {s: quantiles([a.stages[s] for a in live if s in a.stages])["p50"] for s in STAGES}
    return {
        "room": name, "answers": late["n"], "p50 ms": late["p50"], "p95 ms": late["p95"], **stages,
        "simulated p50 ms": quantiles([a.late_ms for a in simulated])["p50"],
        "duck p95 ms": ducks["p95"], "silent p50 ms": stops["p50"], "silent p95 ms": stops["p95"],
        "noises over replies": len(sounds),
        "stopped for good": sum(o.silent_ms is not None and not o.came_back for o in sounds),
    }  # fmt: skip


def _constants(live: list[Answer], cast: Cast) -> list[dict[str, Any]]:
    """The profile's constants beside what was measured, ms."""
    pairs = (("listen_ms", "final", cast.costs.final), ("think_ms", "think", cast.costs.think),
             ("speak_ms", "speak", cast.costs.speak))  # fmt: skip
    return [
        {"stage": stage, "constant": f"{key}: {cost} hops", "constant ms": cost * 32,
         **{f"really {k} ms": v for k, v in quantiles([a.stages[stage] for a in live if stage in a.stages]).items()
            if k != "n"}}
        for stage, key, cost in pairs
    ]  # fmt: skip
