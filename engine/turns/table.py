"""Every change of the floor, as a table: `python -m engine.turns.table` prints it as Markdown.

The core (`engine.turns.core`) is written as code, not driven by this table; tests/test_turns_table.py holds the two
together: no change happens that is not in it, and every change in it can happen.
"""

from dataclasses import dataclass
from itertools import product

from engine.turns.floor import (
    Broken,
    Event,
    Floor,
    Halt,
    Hop,
    Recognised,
    Sounding,
    Spoken,
    TalkKey,
    Typed,
)

QUIET, HEARING, ENDING, THINKING, TALKING, HELD = Floor


@dataclass(frozen=True, slots=True)
class Row:
    """In any state of `at`, any event of `on` may move the floor to any state of `to`."""

    at: tuple[Floor, ...]
    on: tuple[type[Event], ...]
    to: tuple[Floor, ...]
    when: str


def _but(state: Floor) -> tuple[Floor, ...]:
    return tuple(one for one in Floor if one is not state)


TO_WHOM = HEARING, ENDING, QUIET     # in this order: the user is speaking; has just spoken; neither
TRANSITIONS = (
    Row((QUIET,), (Hop,), (HEARING,), "a voice begins (`onset_ms`)"),
    Row((QUIET,), (Hop,), (THINKING,), "an announcement has waited for quiet"),
    Row((HEARING,), (Hop,), (ENDING,), "`turn_ending`, `turn_done`, a long pause, or the longest turn"),
    Row((HEARING,), (TalkKey,), (ENDING,), "the push-to-talk key is released"),
    Row((ENDING, THINKING), (Hop,), (HEARING,), "the user goes on before the reply sounds: the same turn"),
    Row((ENDING,), (Hop, Recognised), (THINKING,), "the words are final and the turn is done"),
    Row((ENDING,), (Hop, Recognised), (QUIET,), "the turn is done and asked for nothing"),
    Row((THINKING,), (Sounding,), (TALKING,), "the first sample leaves the loudspeaker"),
    Row((THINKING,), (Hop,), (QUIET,), "nothing sounds for `longest_thought_ms`"),
    Row((THINKING,), (Spoken,), (QUIET,), "the reply had no sound"),
    Row((TALKING,), (Hop,), (HELD,), "`takes_floor`"),
    Row((TALKING, HELD), (Spoken,), TO_WHOM, "the last sample leaves the loudspeaker"),
    Row((TALKING, HELD), (Recognised,), TO_WHOM, "a stop word"),
    Row((HELD,), (Hop, Recognised), (TALKING,), "no words, or only a back-channel: the reply resumes"),
    Row((HELD,), (Hop, Recognised), (ENDING, THINKING), "real words; ENDING while it is not sure that they are all"),
    Row((HELD,), (Hop, Recognised), (QUIET,), "as for TALKING, where `resume` is off: the reply has ended"),
    Row((ENDING, THINKING), (Broken,), (QUIET,), "a stage failed before the reply sounded"),
    Row((TALKING, HELD), (Broken,), TO_WHOM, "a stage failed"),
    Row(_but(HEARING), (TalkKey,), (HEARING,), "the push-to-talk key is pressed"),
    Row(_but(THINKING), (Typed,), (THINKING,), "the user typed"),
    Row(_but(QUIET), (Halt,), (QUIET,), "the stop key"),
)  # fmt: skip


def changes() -> set[tuple[Floor, type[Event], Floor]]:
    """-> (state, kind of event, next state) of every row."""
    return {change for row in TRANSITIONS for change in product(row.at, row.on, row.to)}


def as_markdown() -> str:
    lines = ["| floor | event | next | when |", "|---|---|---|---|"]
    for row in TRANSITIONS:
        missing = [state.name for state in Floor if state not in row.at]
        at = f"any but {missing[0]}" if len(missing) == 1 else ", ".join(state.name for state in row.at)
        on, to = ", ".join(event.__name__ for event in row.on), ", ".join(state.name for state in row.to)
        lines.append(f"| {at} | {on} | {to} | {row.when} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_markdown())
