"""The tools by themselves: timers on microphone time, notes, chance, the clock elsewhere."""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assistant.tools import LONGEST_S, MOST_NOTES, MOST_TIMERS, Tools
from engine.nlu.place_names import begins_place, find_place, guess_place

NOW = datetime(2025, 11, 20, 15, 5, tzinfo=ZoneInfo("Europe/London"))


def make(seed: int = 1) -> Tools:
    return Tools(lambda: NOW, Random(seed))


def test_a_timer_speaks_up_once_when_it_is_due() -> None:
    tools = make()
    tools.set_timer(300, now_s=10.0)
    assert tools.due(309.9) == []
    assert tools.due(310.0) == ["Your five minute timer is done."]
    assert tools.due(311.0) == []
    assert tools.timers() == []


def test_timers_due_together_speak_in_the_order_of_their_ends() -> None:
    tools = make()
    tools.set_timer(60, 0.0, "pasta")
    tools.set_timer(30, 0.0, "call your mum", "reminder")
    tools.set_timer(45, 0.0, kind="alarm")
    assert tools.due(100.0) == [
        "Here is your reminder: call your mum.", "This is your alarm.", "Your pasta timer is done."]


@given(st.lists(st.floats(1, LONGEST_S), max_size=MOST_TIMERS), st.lists(st.floats(0, LONGEST_S), max_size=20))
def test_every_timer_is_announced_exactly_once(lengths: list[float], asked: list[float]) -> None:
    tools = make()
    for seconds in lengths:
        assert tools.set_timer(seconds, 0.0) is not None
    said = [line for now in [*sorted(asked), LONGEST_S] for line in tools.due(now)]
    assert len(said) == len(lengths)


def test_a_timer_out_of_range_is_refused() -> None:
    for seconds in (0.0, -5.0, LONGEST_S + 1, float("nan")):
        with pytest.raises(ValueError, match="outside"):
            make().set_timer(seconds, 0.0)


def test_there_is_an_end_to_timers_and_notes() -> None:
    tools = make()
    assert all(tools.set_timer(60, 0.0) for _ in range(MOST_TIMERS))
    assert tools.set_timer(60, 0.0) is None
    assert all(tools.add_note("x") for _ in range(MOST_NOTES))
    assert not tools.add_note("y")


def test_changing_and_cancelling() -> None:
    tools = make()
    first, second = tools.set_timer(60, 0.0), tools.set_timer(30, 0.0)
    assert first is not None
    assert second is not None
    assert [t.number for t in tools.timers()] == [2, 1]
    assert tools.newest() == second
    changed = tools.change_timer(second, 90, 90.0)
    assert [t.number for t in tools.timers()] == [1, 2]
    tools.cancel([first])
    assert tools.timers() == [changed]
    assert tools.timers("alarm") == []


def test_notes() -> None:
    tools = make()
    for text in ("milk", "bread", "eggs"):
        tools.add_note(text)
    assert tools.delete_notes("2") == 1
    assert tools.notes() == ["milk", "eggs"]
    assert tools.delete_notes("last") == 1
    assert tools.delete_notes("7") == 0
    assert tools.delete_notes("all") == 1
    assert tools.notes() == []


def test_chance_is_the_seeds() -> None:
    def draw(tools: Tools) -> list[object]:
        return [tools.coin(), tools.dice(6, 3), tools.number(1, 1000), tools.order(6)]
    assert draw(make(7)) == draw(make(7))
    assert any(draw(make(7)) != draw(make(s)) for s in range(8, 12))
    assert draw(Tools(lambda: NOW)) == draw(Tools(lambda: NOW))            # the fixed clock of a simulation


@given(st.integers(0, 10**6), st.integers(2, 100), st.integers(1, 10))
def test_dice_stay_on_their_sides(seed: int, sides: int, count: int) -> None:
    rolled = make(seed).dice(sides, count)
    assert len(rolled) == count
    assert all(1 <= n <= sides for n in rolled)


def test_the_clock_elsewhere() -> None:
    tokyo = find_place("tokyo")
    assert tokyo is not None
    assert tools_hour(tokyo.name) == 0
    assert make().time(tokyo).day == 21
    assert make().time() == NOW


def tools_hour(name: str) -> int:
    return make().time(find_place(name.lower())).hour


@pytest.mark.parametrize(("said", "zone"), [
    ("tokyo", "Asia/Tokyo"), ("tokyo who", "Asia/Tokyo"), ("new york city", "America/New_York"),
    ("rio", "America/Sao_Paulo"),
    ("london no tokyo", "Asia/Tokyo"), ("the united states", "America/New_York"),
    ("san francisco california", "America/Los_Angeles"),
    ("washington d c", "America/New_York"), ("washington state", "America/Los_Angeles"), ("bombay", "Asia/Kolkata"),
    ("new zealand", "Pacific/Auckland"), ("pacific time", "America/Los_Angeles"), ("hawaii", "Pacific/Honolulu"),
])
def test_places(said: str, zone: str) -> None:
    place = find_place(said)
    assert place is not None
    assert place.zone == zone


@pytest.mark.parametrize(("said", "name"), [("pariss", "Paris"), ("barselona", "Barcelona"),
("johanesburg", "Johannesburg")])
def test_a_place_heard_wrongly(said: str, name: str) -> None:
    assert find_place(said) is None
    place = guess_place(said)
    assert place is not None
    assert place.name == name


def test_what_is_no_place() -> None:
    assert find_place("the meeting") is None
    assert guess_place("the meeting") is None
    assert begins_place("new")
    assert not begins_place("meeting")


def test_every_place_in_the_table_has_a_clock() -> None:
    from engine.assistant.places import by_name
    names = by_name()
    assert len({p.name for p in names.values()}) >= 350
    for said, place in names.items():
        assert place.clock.utcoffset(NOW) is not None
        assert said == said.lower().strip()
