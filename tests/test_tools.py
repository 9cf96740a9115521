"""What the assistant draws, and the places it knows."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assistant.assistant import Assistant
from engine.assistant.chance import Chance
from engine.nlu.place_names import begins_place, find_place, guess_place

NOW = datetime(2025, 11, 20, 15, 5, tzinfo=ZoneInfo("Europe/London"))


def test_chance_is_the_seeds() -> None:
    def draw(chance: Chance) -> list[object]:
        return [chance.coin(), chance.dice(6, 3), chance.number(1, 1000), chance.order(6)]
    assert draw(Chance("7")) == draw(Chance("7"))
    assert any(draw(Chance("7")) != draw(Chance(str(s))) for s in range(8, 12))


@given(st.text(), st.integers(2, 100), st.integers(1, 10))
def test_dice_stay_on_their_sides(seed: str, sides: int, count: int) -> None:
    rolled = Chance(seed).dice(sides, count)
    assert len(rolled) == count
    assert all(1 <= n <= sides for n in rolled)


def test_what_was_drawn_for_nobody_is_drawn_again() -> None:
    chance = Chance("x")
    mark = chance.mark()
    first = chance.dice(1000, 5)
    chance.back(mark)
    assert chance.dice(1000, 5) == first


def test_the_clock_is_the_one_that_was_handed_in() -> None:
    assert Assistant(lambda: NOW).time() == NOW


def tools_hour(name: str) -> int:
    return Assistant(lambda: NOW).time(find_place(name.lower())).hour


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
