"""Numbers, times, durations, dates, sums and units: said and read back."""

import re
from datetime import date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.nlu.dates import easter, find_clock, find_day, find_duration
from engine.nlu.normalise import distance, hear
from engine.nlu.numbers import digits, figure
from engine.nlu.sums import find_sum
from engine.nlu.units import UNITS, amount_words, convert, find_conversion, sensible
from engine.tts.number_words import (
    clock_words,
    counted,
    day_words,
    duration_words,
    listed,
    number_words,
    ordinal_words,
    year_words,
)

TODAY = date(2025, 11, 20)           # a Thursday


@given(st.integers(0, 10**15 - 1))
def test_a_whole_number_survives_being_said(n: int) -> None:
    assert digits(number_words(n)) == str(n)


@given(st.integers(0, 10**9), st.integers(1, 6))
def test_a_decimal_survives_being_said(n: int, places: int) -> None:
    value = Fraction(n, 10**places)
    assert digits(number_words(value)) == figure(value)


@given(st.integers(1, 99))
def test_an_ordinal_survives_being_said(n: int) -> None:
    assert re.fullmatch(rf"{n}(st|nd|rd|th)", digits(f"the {ordinal_words(n)} of may").split()[1])


@given(st.integers(1, 48 * 3600))
def test_a_duration_survives_being_said_to_its_second_unit(seconds: int) -> None:
    span = find_duration(hear(duration_words(seconds)))
    assert span is not None
    rest = seconds % 60 if seconds >= 3600 else 0             # "one hour and five minutes" drops the seconds
    rest = seconds % 3600 if seconds >= 86400 else rest
    dropped = seconds - span.seconds
    assert dropped == (0 if duration_words(span.seconds) == duration_words(seconds) and not dropped else dropped)
    assert 0 <= dropped <= max(rest, 0)


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_survives_being_said(hour: int, minute: int) -> None:
    clock = find_clock(hear(clock_words(datetime(2025, 1, 1, hour, minute))), loose=True)
    assert clock is not None
    assert (clock.hour, clock.minute) == (hour, minute)


@given(st.dates(date(2025, 11, 20), date(2026, 11, 19)))
def test_a_day_survives_being_said(day: date) -> None:
    found = find_day(hear(day_words(day)), TODAY)
    assert found is not None
    assert found.day == day


@pytest.mark.parametrize(("value", "said"), [
    (105, "one hundred and five"), (-2.5, "minus two point five"),
    (Fraction(1, 3), "zero point three three three three three three"),
    (1_000_005, "one million and five"), (21, "twenty-one"), (0, "zero"), (-1e-9, "zero"),
    (12 * 10**15, "one point two times ten to the power of sixteen"),
])
def test_number_words(value: float, said: str) -> None:
    assert number_words(value) == said


@pytest.mark.parametrize(("said", "read"), [
    ("a hundred and five", "105"), ("two and a half miles", "2.5 miles"), ("three point one four", "3.14"),
    ("half an hour", "0.5 hour"), ("half past three", "half past 3"), ("a quarter to four", "a quarter to 4"),
    ("the twenty first of may", "the 21st of may"), ("a twenty second timer", "a 20 second timer"),
    ("may second", "may 2nd"),
    ("three million", "3000000"), ("point five", "0.5"), ("a dozen eggs", "12 eggs"), ("half a dozen", "6"),
    ("five six", "5 6"), ("two thirds of ninety", "( 2 / 3 ) of 90"), ("twenty twenty six", "20 26"),
    ("what is the point", "what is the point"), ("three and three quarters", "3.75"), ("", ""),
])
def test_digits(said: str, read: str) -> None:
    assert digits(said) == read


def test_times_and_days_are_said_as_people_say_them() -> None:
    assert clock_words(datetime(2025, 1, 1, 15, 5)) == "five minutes past three in the afternoon"
    assert clock_words(datetime(2025, 1, 1, 23, 45)) == "a quarter to twelve at night"
    assert clock_words(datetime(2025, 1, 1, 12, 0)) == "noon"
    assert day_words(TODAY, year=True) == "Thursday, the twentieth of November, twenty twenty-five"
    assert [year_words(y) for y in (1984, 2000, 2005, 1900, 1905)] == [
        "nineteen eighty-four", "two thousand", "two thousand and five", "nineteen hundred", "nineteen oh five"]
    assert duration_words(5400) == "one hour and thirty minutes"
    assert (counted(1, "mile"), counted(2, "foot", "feet")) == ("one mile", "two feet")
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")


@pytest.mark.parametrize(("said", "day"), [
    ("christmas", date(2025, 12, 25)), ("the twenty first of may", date(2026, 5, 21)), ("tomorrow", date(2025, 11, 21)),
    ("friday", date(2025, 11, 21)), ("last friday", date(2025, 11, 14)), ("thursday", date(2025, 11, 27)),
    ("three days from now", date(2025, 11, 23)), ("in two weeks", date(2025, 12, 4)),
    ("two days ago", date(2025, 11, 18)),
    ("may 5 1984", date(1984, 5, 5)), ("the fifth of may twenty twenty six", date(2026, 5, 5)),
    ("easter", date(2026, 4, 5)),
    ("13/3/2026", date(2026, 3, 13)), ("2026-03-04", date(2026, 3, 4)), ("the day after tomorrow", date(2025, 11, 22)),
    ("the 31st", date(2025, 12, 31)), ("thanksgiving", date(2025, 11, 27)), ("new year", date(2026, 1, 1)),
    ("july fourth", date(2026, 7, 4)), ("in three months", date(2026, 2, 20)),
])
def test_days(said: str, day: date) -> None:
    found = find_day(hear(said), TODAY)
    assert found is not None
    assert found.day == day


@pytest.mark.parametrize("said", ["february thirtieth", "the market", "31 june", "in 99999999999 days"])
def test_what_is_no_day(said: str) -> None:
    assert find_day(hear(said), TODAY) is None


def test_easter_against_the_almanac() -> None:
    assert [easter(y) for y in (1961, 2000, 2024, 2025, 2038)] == [
        date(1961, 4, 2), date(2000, 4, 23), date(2024, 3, 31), date(2025, 4, 20), date(2038, 4, 25)]


@pytest.mark.parametrize(("said", "value"), [
    ("What's 12*7?", 84), ("(2+3)*4", 20), ("two plus two who", 4), ("ten percent of forty", 4), ("2^2^3", 256),
    ("ten percent off forty dollars", 36), ("square root of six hundred and twenty five", 25),
    ("minus five plus three", -2),
    ("the sum of 3, 7, 9, and 24", 43), ("the average of three four and eight", 5), ("divide seventy six by two", 38),
    ("two to the power of ten", 1024), ("two thirds of ninety", 60), ("what percent of sixty is thirty", 50),
    ("five plus to", 7), ("subtract three from ten", 7), ("the factorial of ten", 3628800),
    ("five times minus three", -15),
    ("2 + 3 * 4", 14), ("-(2+3)", -5), ("nine squared", 81), ("the cube root of twenty seven", 3), ("9 mod 4", 1),
    ("0.1 + 0.2", Fraction(3, 10)), ("double twenty one", 42), ("how many times does six go into fifty four", 9),
])
def test_sums(said: str, value: float) -> None:
    found = find_sum(hear(said), strays=1)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(("said", "why"), [
    ("five divided by zero", "divided by zero"), ("the square root of minus four", "square root"),
    ("9^9^9", "too long"), ("zero to the power of minus one", "divided by zero"), ("3.5!", "whole"),
])
def test_sums_without_a_value_say_why(said: str, why: str) -> None:
    found = find_sum(hear("what is " + said))
    assert found is not None
    assert found.value is None
    assert why in found.why


@pytest.mark.parametrize("said",
["what time is it", "two and two", "2**3", "((((1", "five", "i owe you one!", "call 5 times"])
def test_what_is_no_sum(said: str) -> None:
    assert find_sum(hear(said)) is None


@given(st.integers(-999, 999), st.integers(-999, 999), st.sampled_from([("plus", "+"), ("minus", "-"), ("times", "*")]))
def test_spoken_and_typed_sums_agree(a: int, b: int, op: tuple[str, str]) -> None:
    spoken = find_sum(hear(f"what is {number_words(a)} {op[0]} {number_words(b)}"))
    typed = find_sum(hear(f"{a}{op[1]}{b}"))
    assert spoken is not None
    assert typed is not None
    assert spoken.value == typed.value == {"+": a + b, "-": a - b, "*": a * b}[op[1]]


@pytest.mark.parametrize(("said", "words"), [
    ("21 km in miles", "thirteen miles"), ("how many feet in three meters", "nine point eight four feet"),
    ("twenty degrees celsius in fahrenheit", "sixty-eight degrees Fahrenheit"),
    ("how many tablespoons in a cup", "sixteen tablespoons"),
    ("minus forty fahrenheit in celsius", "minus forty degrees Celsius"),
    ("how many seconds are in a day", "eighty-six thousand four hundred seconds"),
    ("how many kilos are in 20 pounds", "nine point zero seven kilograms"),
    ("three acres to hectares", "one point two one hectares"),
    ("a hundred mph in kilometers per hour", "one hundred and sixty point nine kilometres per hour"),
    ("500 megabytes in gigabytes", "zero point five gigabytes"),
    ("how many ounces in a liter", "thirty-three point eight fluid ounces"),
    ("convert five miles into kilometers", "eight point zero five kilometres"), ("12 inches to feet", "one foot"),
])
def test_conversions(said: str, words: str) -> None:
    found = find_conversion(hear(said))
    assert found is not None
    value = convert(found.amount, found.source, found.target)
    assert value is not None
    assert amount_words(sensible(value)[0], found.target) == words


@given(st.fractions(-10**6, 10**6), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_conversions_go_back_exactly(amount: Fraction, a: str, b: str) -> None:
    there = convert(amount, UNITS[a], UNITS[b])
    ounce = "ounce" in (UNITS[a].one, UNITS[b].one)
    if there is not None and not ounce:                       # an ounce is a fluid ounce beside a volume only
        assert convert(there, UNITS[b], UNITS[a]) == amount
    elif not ounce:
        assert UNITS[a].kind != UNITS[b].kind


@given(st.text("abcde", max_size=7), st.text("abcde", max_size=7))
def test_distance_is_symmetric_and_bounded(a: str, b: str) -> None:
    d = distance(a, b, 9)
    assert d == distance(b, a, 9)
    assert abs(len(a) - len(b)) <= d <= max(len(a), len(b))
    assert (d == 0) == (a == b)
