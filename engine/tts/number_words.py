"""Numbers, times and durations in words, as people say them.

`number_words(105)` is "one hundred and five"; `clock_words`, `day_words`, `duration_words` follow suit. What reads them
back is engine/nlu/numbers.py.
"""

from datetime import date, datetime
from fractions import Fraction

words = str.split
ONES = words("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
             "seventeen eighteen nineteen")
TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = words("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
                 "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
MONTHS = words("january february march april may june july august september october november december")
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")
LARGEST = 10**15                     # from here on a number is said in powers of ten


def number_words(value: int | float | Fraction, places: int = 6) -> str:
    """Any finite number, rounded to `places` decimals; from `LARGEST` on in powers of ten."""
    exact = Fraction(value)
    if abs(exact) >= LARGEST:
        power = len(str(abs(int(exact)))) - 1
        return f"{number_words(exact / 10**power, 2)} times ten to the power of {_whole(power)}"
    scaled = round(abs(exact) * 10**places)
    whole, rest = divmod(scaled, 10**places)
    said = ("minus " if exact < 0 and scaled else "") + _whole(whole)
    if rest:
        tail = str(rest).rjust(places, "0").rstrip("0")
        said += " point " + " ".join(ONES[int(d)] for d in tail)
    return said


def _whole(n: int) -> str:
    """0 <= n < 10**18, the British way: one hundred and five."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" and {_whole(n % 100)}" if n % 100 else "")
    name, size = next((name, size) for name, size in reversed(SCALES.items()) if n >= size)
    rest = n % size
    link = " and " if 0 < rest < 100 else " "
    return f"{_whole(n // size)} {name}" + (link + _whole(rest) if rest else "")


def ordinal_words(n: int) -> str:
    """1 <= n < 100: first, twenty-first."""
    if n < 20:
        return ORDINALS[n]
    if n % 10 == 0:
        return TENS[n // 10 - 2][:-1] + "ieth"
    return f"{TENS[n // 10 - 2]}-{ORDINALS[n % 10]}"


def counted(n: int | float | Fraction, one: str, many: str = "") -> str:
    """ "one minute", "two minutes", "zero point five minutes" """
    return f"{number_words(n)} {one if n == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """ "a, b and c" """
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def duration_words(seconds: float) -> str:
    """Whole seconds; at most two units, a third is too much for an ear: "one hour and five minutes"."""
    left = max(0, round(seconds))
    parts = []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        n, left = divmod(left, size)
        if n:
            parts.append(counted(n, name))
    return listed(parts[:2]) or "no time"


def clock_words(t: datetime) -> str:
    """ "half past three in the afternoon", "five minutes past three at night", "noon" """
    hour, minute = t.hour, t.minute
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    part = ("at night" if hour < 4 or hour >= 22 else "in the morning" if hour < 12
            else "in the afternoon" if hour < 18 else "in the evening")
    this, following = (_whole((hour + k) % 12 or 12) for k in (0, 1))
    if minute == 0:
        said = f"{this} o'clock"
    elif minute in (15, 30):
        said = f"{'half' if minute == 30 else 'a quarter'} past {this}"
    elif minute == 45:
        said = f"a quarter to {following}"
    elif minute < 30:
        said = f"{counted(minute, 'minute')} past {this}"
    else:
        said = f"{counted(60 - minute, 'minute')} to {following}"
    return f"{said} {part}"


def year_words(year: int) -> str:
    """1 <= year <= 9999: "nineteen eighty-four", "two thousand and five", "twenty twenty-five"."""
    high, low = divmod(year, 100)
    if year < 1000 or (high % 10 == 0 and low < 10):
        return _whole(year)
    if low == 0:
        return f"{_whole(high)} hundred"
    return f"{_whole(high)} {'oh ' if low < 10 else ''}{_whole(low)}"


def day_words(day: date, year: bool = False) -> str:
    """ "Thursday, the twentieth of November", with the year when asked """
    said = f"{WEEKDAYS[day.weekday()].title()}, the {ordinal_words(day.day)} of {MONTHS[day.month - 1].title()}"
    return f"{said}, {year_words(day.year)}" if year else said
