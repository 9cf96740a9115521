from hypothesis import given
from hypothesis import strategies as st

from engine.messages import Exchange
from engine.turns.memory import KEPT, Memory


def test_words_enter_when_they_are_heard():
    memory = Memory()
    assert memory.asked("tell me a story") == ()
    memory.heard("Once")
    memory.heard("upon")
    memory.cut()
    assert memory.asked("and then") == (Exchange("tell me a story", "Once upon", True),)


def test_a_turn_that_went_on_is_forgotten_but_an_answered_one_is_not():
    memory = Memory()
    memory.asked("set a timer")
    memory.goes_on()
    assert memory.past == []
    memory.asked("hello")
    memory.heard("Hi")
    memory.goes_on()
    assert memory.past == [Exchange("hello", "Hi")]


def test_forgetting_leaves_nothing():
    memory = Memory()
    memory.asked("my name is kim")
    memory.forget()
    memory.heard("late")
    assert memory.past == []


@given(st.lists(st.sampled_from(["asked", "heard", "tells", "cut", "goes_on"]), max_size=200))
def test_it_is_bounded(calls):
    memory = Memory()
    for call in calls:
        getattr(memory, call)(*(["x"] if call in ("asked", "heard") else []))
    assert len(memory.past) <= KEPT
