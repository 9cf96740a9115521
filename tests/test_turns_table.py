"""The printed table of transitions against the core and the documents."""

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.turns.core import Turns
from engine.turns.floor import (
    Announce,
    Broken,
    Floor,
    Halt,
    Hop,
    Mode,
    OutOfTurn,
    Recognised,
    Sounding,
    Spoken,
    TalkKey,
    Typed,
)
from engine.turns.rules import TurnRules
from engine.turns.table import TRANSITIONS, as_markdown, changes

ROOT = Path(__file__).parent.parent
SHORT = {"lost_words_ms": 320.0, "resume_ms": 640.0, "longest_thought_ms": 1600.0, "longest_pause_ms": 960.0}


def words(core: Turns, which: str, text: str) -> Recognised:
    """Of the utterance that is going on, or the final ones of the oldest or newest that is owed."""
    if which == "now":
        return Recognised(core.since, text, False, 0.9)
    return Recognised((core.owed or (0,))[0 if which == "oldest" else -1], text, which != "newest so far", 0.9)


def move(core: Turns, event: object) -> tuple[Floor, type, Floor] | None:
    """-> the change of the floor that the event made, if any. Events are values, or made for the core as it is."""
    before = core.state
    event = event(core) if callable(event) else event
    try:
        core.step(event)
    except OutOfTurn:
        assert core.state is before
        return None
    return None if core.state is before else (before, type(event), core.state)


TEXTS = ("", "mm", "stop", "yeah okay", "what time is it in paris", "one two")
HOPS = (Hop(), Hop(0.0, 1.0), Hop(0.0, 0.0, 1.0), Hop(1.0), Hop(1.0, 0.0, 0.0, 1.0))
REPORTS = tuple(lambda core, kind=kind: kind(core.epoch) for kind in (Sounding, Spoken, Broken))
KEYS = (Halt(), Typed("hello"), Announce("ding"), TalkKey(True), TalkKey(False), Mode(True), Mode(False))
SAID = tuple(lambda core, which=which, text=text: words(core, which, text)
             for which in ("now", "oldest", "newest", "newest so far") for text in TEXTS)  # fmt: skip
MOVES = st.sampled_from([*HOPS, *REPORTS, *KEYS, *SAID])
RUNS = st.lists(st.tuples(MOVES, st.sampled_from([1, 1, 3, 12])), max_size=60)
TALKS = Typed("hello"), REPORTS[0]
PRELUDES = (), TALKS, (*TALKS, *[Hop(1.0)] * 3, *[Hop()] * 6), (*TALKS, Hop(1.0, 0.0, 0.0, 1.0))    # rare states sooner
RULES = st.sampled_from([TurnRules(), TurnRules(**SHORT), TurnRules(**SHORT, resume=False),
                         TurnRules(**SHORT, think_ahead=False)])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(RULES, RUNS)
def test_no_change_of_the_floor_is_missing_in_the_table(rules, runs):
    core = Turns(rules)
    for event, times in runs:
        for _ in range(times):
            change = move(core, event)
            assert change is None or change in changes()


def test_every_row_of_the_table_can_happen():
    draw, reached = random.Random(10), set()
    for k in range(6000):
        core = Turns(TurnRules(**SHORT, resume=k % 5 > 0))
        for event in PRELUDES[k % len(PRELUDES)]:
            move(core, event)
        for _ in range(40):
            pool = draw.choices((HOPS, REPORTS, SAID, KEYS), (12, 4, 6, 2))[0]
            event = draw.choice(pool)
            for _ in range(draw.choice((1, 3, 12)) if pool is HOPS else 1):
                reached.add(move(core, event))
        if changes() <= reached:
            break
    assert reached - {None} == changes()


def test_no_row_says_what_another_says_and_none_is_a_standstill():
    assert all(row.at and row.on and row.to and row.when for row in TRANSITIONS)
    assert all(before is not after for before, _, after in changes())


def test_the_document_has_the_table_as_it_is_printed():
    assert as_markdown() in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
