"""How finished words sound: high after a whole request, low where it goes on, a half where nobody can tell."""

import pytest

from engine.nlu.completeness import complete

WHOLE = (
    "what time is it in tokyo", "stop", "set a timer for five minutes", "what time is it", "21 km in miles",
    "what is five plus three", "tell me a joke", "slower", "thank you", "and in tokyo", "what about tomorrow",
    "ten minutes", "make it ten minutes", "never mind", "how many days until christmas", "read my notes",
    "turn it up", "what can you do", "flip a coin", "what's the time please", "cancel the timer", "go on",
    "repeat that",
)
GOES_ON = (
    "what time is it in", "set a timer for", "i want to", "and then um", "so", "set a timer for twenty",
    "twenty", "what is five plus", "could you", "tell me a", "what is the", "how many feet are in",
    "set a timer for five", "convert ten miles to", "what's", "and", "remind me to", "the", "what is twenty",
    "what is the square root of", "i would like", "three point", "what time is it in new", "set an alarm for",
    "um", "a hundred", "what is ten divided by", "take a", "how many days until",
)
OPEN = ("", "set a timer for two hours thirty minutes and wwenty",
        "i was at the market yesterday", "take a note buy milk", "set a timer", "the weather was fine last year")


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_request_sounds_finished(text: str) -> None:
    assert complete(text) >= 0.8


@pytest.mark.parametrize("text", GOES_ON)
def test_what_goes_on_sounds_unfinished(text: str) -> None:
    assert complete(text) <= 0.35


@pytest.mark.parametrize("text", OPEN)
def test_where_nobody_can_tell_it_says_so(text: str) -> None:
    assert 0.35 < complete(text) < 0.65


def test_growing_words_fall_and_rise() -> None:
    said = ["set", "a", "timer", "for", "twenty", "five", "minutes"]
    course = [complete(" ".join(said[:n])) for n in range(1, len(said) + 1)]
    assert course[-1] > 0.9
    assert max(course[3:6]) < 0.35
