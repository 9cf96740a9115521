"""`parley bench useful`: the requests are readable, and the rules judge what was heard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ
from engine.bench import useful
from engine.bench.useful import Request, Talk
from engine.messages import FinalWords, ReplyEnded, ReplyHeard, ReplyStarted, ToolUsed
from engine.simulation.rehearsal import Cued, Outcome

TIMER = Talk("timers", (Request("Ten minutes, please.", ("(10|ten).?minute",), ("beyond me",), "set_timer",
                                {"seconds": 600}), Request("How long is left?", ("minute",))))  # fmt: skip


def outcome(events, cues):
    silence = np.zeros(30 * DEVICE_HZ, np.float32)
    return Outcome(tuple(events), tuple(cues), silence, silence, silence, silence, 0.0)


def told(*rows):
    return [Cued(f"turn {i + 1}", start, end) for i, (start, end) in enumerate(rows)]


ANSWERED = [FinalWords(2.0, "ten minutes please"), ToolUsed(2.0, "set_timer", {"seconds": 600}, "ok"),
            ReplyStarted(2.4, 1), ReplyHeard(3.0, 1, "Your ten"), ReplyHeard(3.4, 1, "Your ten minute timer is set."),
            ReplyEnded(4.0, 1)]  # fmt: skip


def test_the_shipped_requests_are_of_fifteen_kinds_and_more_than_150():
    talks = useful.read_talks()
    assert sum(len(talk.turns) for talk in talks) >= 150
    assert len({talk.kind for talk in talks}) >= 15
    assert all(turn.says for talk in talks for turn in talk.turns)


def test_a_turn_is_judged_by_what_was_heard_and_done():
    first, second = useful.judge(TIMER, outcome(ANSWERED, told((1.0, 1.9), (5.0, 6.0))))
    assert (first.words, first.reply, first.late_ms) == ("ten minutes please", "Your ten minute timer is set.", 500.0)
    assert first.understood
    assert first.useful
    assert (second.reply, second.late_ms, second.useful) == ("", None, False)


@pytest.mark.parametrize("events", [
    [e for e in ANSWERED if not isinstance(e, ToolUsed)],                            # said, not done
    [ToolUsed(2.0, "set_timer", {"seconds": 60}, "ok"), *(e for e in ANSWERED if not isinstance(e, ToolUsed))],
    [*ANSWERED[:3], ReplyHeard(3.4, 1, "A ten minute timer is beyond me.")],
])  # fmt: skip
def test_what_was_not_done_or_must_not_be_said_is_not_useful(events):
    first, _ = useful.judge(TIMER, outcome(events, told((1.0, 1.9), (5.0, 6.0))))
    assert not first.useful


def test_a_turn_that_was_never_said_counts_as_not_answered():
    _, second = useful.judge(TIMER, outcome(ANSWERED, told((1.0, 1.9))))
    assert not second.useful
    table = useful.row("timers", list(useful.judge(TIMER, outcome(ANSWERED, told((1.0, 1.9))))))
    assert (table["turns"], table["useful %"], table["answered %"], table["first sound p50 ms"]) == (2, 50, 50, 500.0)


@pytest.mark.parametrize(("text", "says"), [
    ("version: 1\nkinds: {a: [[{ask: x, says: ['(']}]]}", "is not a regular expression"),
    ("version: 1\nkinds: {a: [{ask: x}]}", "must be a list of talks"),
    ("version: 1\nkinds: {a: [[{aks: x, says: [y]}]]}", "did you mean ask?"),
    ("version: 1\nkind: {}", "is not a part of a list of requests"),
])  # fmt: skip
def test_a_wrong_list_is_refused_with_the_key(tmp_path, text, says):
    path = tmp_path / "requests.yaml"
    path.write_text(text)
    with pytest.raises(WrongUse) as wrong:
        useful.read_talks(path)
    assert says in str(wrong.value)
    assert str(path) in str(wrong.value)


@given(st.integers(1, 4))
def test_the_same_talks_are_drawn_every_time(each):
    talks = useful.read_talks()
    once, again = useful.drawn(talks, each), useful.drawn(talks, each)
    assert once == again
    assert max(sum(t.kind == kind for t in once) for kind in {t.kind for t in talks}) <= each


def test_each_turn_waits_for_the_reply_before_it():
    made = useful.scenario(TIMER, lambda text: np.zeros(len(text), np.float32))
    assert [(cue.after, cue.reply) for cue in made.user] == [("", 0), ("reply_end", 1)]
