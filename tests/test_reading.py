"""The grammar reads a text once, and never on the session's thread."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from engine.assistant.assistant import Assistant
from engine.messages import Begin, End, Lasting, Prompt, Say, Used, Words
from engine.nlu import completeness, follow_up, grammar, talk
from engine.nlu.brain import Brain
from engine.runtime.reading import judged, not_in_vain
from engine.workers.stage import Item
from tests.brain_conversation import NOW
from tests.fakes import Table

SAID = "set a timer for five minutes"
READ = "set a timer for 5 minutes"      # its canonical text


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Canonical text -> how often the grammar's first reader was asked about it."""
    counted: Counter[str] = Counter()
    first, *rest = grammar._TOOLS

    def counting(s: str) -> Any:
        counted[s] += 1
        return first(s)

    monkeypatch.setattr(grammar, "_TOOLS", (counting, *rest))
    caches = (grammar.understand_rest, talk.read_talk, completeness.complete, follow_up._in_context,
              follow_up._thread)  # fmt: skip
    for one in caches:
        one.cache_clear()
    yield counted
    for one in caches:
        one.cache_clear()


def recogniser(body: Begin | End) -> Iterator[Words]:
    words = SAID.split()
    for n in range(1, len(words) + 1):
        yield Words(body.since, " ".join(words[:n]))
    yield Words(body.since, SAID, True)


def test_a_request_is_read_once_from_its_partial_words_to_its_answer(readings: Counter[str]) -> None:
    assistant = Assistant(lambda: NOW)
    brain = Brain(assistant)
    think = not_in_vain(brain.work, brain.lasting)
    words = list(judged(recogniser, lambda: "")(End(1)))
    assert words[-1].sense == completeness.complete(SAID) > 0.9
    assert list(think(Prompt(SAID, ahead=True))) == [Lasting()]
    assert not assistant.scheduler.timers()
    assert [type(piece) for piece in think(Prompt(SAID))] == [Used, Say]
    assert readings[READ] == 1
    assert max(readings.values()) == 1


def test_words_are_judged_together_with_what_was_said_before(readings: Counter[str]) -> None:
    words = list(judged(recogniser, lambda: "please")(End(1)))
    assert words[-1].sense == completeness.complete(f"please {SAID}")


def test_what_leaves_no_trace_is_answered_ahead() -> None:
    brain = Brain(Assistant(lambda: NOW))
    said = [p for p in not_in_vain(brain.work, brain.lasting)(Prompt("hello", ahead=True)) if isinstance(p, Say)]
    assert said


def test_the_session_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    monkeypatch.setattr(grammar, "_TOOLS", (lambda s: pytest.fail(f"read {s!r}"),))
    monkeypatch.setattr(talk, "_COMPILED", ())
    table.user_says("set a timer for eleven minutes and more")
    assert table.think.bodies[-1].text == "set a timer for eleven minutes and more"
    table.session.take(Item(0, Words(1, "set a timer for twelve minutes and more")))
