"""Durations, times of day and dates inside canonical text (`engine.nlu.normalise.hear`). Pure: today is handed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from engine.tts.number_words import MONTHS, WEEKDAYS

_SIZES = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_UNIT = r"(second|minute|hour|day|week)s?"
_ONE_SPAN = re.compile(rf"\b(\d+(?:\.\d+)?|an?|another|1 more) (?:more )?{_UNIT}\b(?: and (?:a|1) (half|quarter))?")
_JOIN = re.compile(r"^ (?:and )?(?=\d|an? )")
_PART = r"(?: (?:in the|at|this|tomorrow) (?P<part>morning|afternoon|evening|night)| (?P<tonight>tonight))"
_CLOCK = re.compile(
    rf"\b(?:(?P<noon>noon|midday|midnight)|(?P<share>half|(?:a )?quarter|\d{{1,2}})(?: minutes?)? (?P<side>past|"
    rf"after|to|before|til) (?P<h1>\d{{1,2}})\b(?: o'clock)?|(?P<h2>\d{{1,2}})(?::(?P<m2>\d\d)| (?P<m3>[0-5]\d)(?= "
    rf"[ap]m|$| (?:in the|tonight|today|to)\b)|(?P<oh> oh (?P<m4>\d)))?(?P<oclock> o'clock)?\b(?!\.\d))(?: "
    rf"(?P<ap>[ap]m)\b)?{_PART}?"
)
_COMPACT = re.compile(r"\b(\d{1,2})([0-5]\d) ([ap]m)\b")
_MONTH = "|".join([*MONTHS, "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec"])
_DAY_NO = r"(?:the )?(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?:of |in )?((?:1\d|20)\d\d|(?:19|20) \d\d|(?:next|this|last) year)\b)?"
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) {_DAY_NO}\b{_YEAR}")
_DAY_FIRST = re.compile(rf"\b{_DAY_NO} (?:of |day of )?({_MONTH})\b{_YEAR}")
_DAY_ALONE = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! of)")
_NUMERIC = re.compile(r"\b(\d{1,4}) ([/-]) (\d{1,2}) \2 (\d{1,4})\b")
_WEEKDAY = re.compile(rf"\b(next |this |last |coming )?({'|'.join(WEEKDAYS)})\b")
_OFFSET = re.compile(
    r"\b(?:(day after tomorrow)|(day before yesterday)|(tomorrow)|(yesterday)|(today|tonight)|(?:in )?(\d+|an?) "
    r"(day|week|month|year)s?(?: (from (?:now|today)|ago|later|hence|from tomorrow))?|(next week)|(last week))\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where something was found: text[start:end]; `seconds` of a duration; `unit`, the last unit named, in s."""

    start: int
    end: int
    seconds: float = 0.0
    unit: int = 60


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `sure`: am, pm, 24 hours or a part of the day was said; else the next such time is meant."""

    start: int
    end: int
    hour: int
    minute: int
    sure: bool


def find_duration(text: str) -> Span | None:
    """The first duration: "2 hours and 30 minutes", "a minute and a half", "0.5 hour"."""
    first = _ONE_SPAN.search(text)
    if first is None:
        return None
    total, unit, end, m = 0.0, 60, first.end(), first
    while True:
        n = 1.0 if m[1][0] in "a" or m[1] == "1 more" else float(m[1])
        unit = _SIZES[m[2]]
        total += (n + {"half": 0.5, "quarter": 0.25}.get(m[3] or "", 0.0)) * unit
        end = m.end()
        join = _JOIN.match(text[end:])
        following = _ONE_SPAN.match(text, end + join.end()) if join else None
        if following is None or _SIZES[following[2]] >= unit:
            return Span(first.start(), end, total, unit)
        m = following


def find_clock(text: str, loose: bool = False) -> Clock | None:
    """The first time of day. A bare number counts only when `loose`, or after "at"."""
    text = _COMPACT.sub(r"\1 \2 \3", text)
    for m in _CLOCK.finditer(text):
        said = any(m[clue] for clue in ("ap", "oclock", "m2", "m3", "share", "noon", "oh", "part", "tonight"))
        if not said and not loose and not text[: m.start()].endswith(" at "):
            continue
        if (found := _clock(m)) is not None:
            return found
    return None


def _clock(m: "re.Match[str]") -> Clock | None:
    if m["noon"]:
        return Clock(m.start(), m.end(), 0 if m["noon"] == "midnight" else 12, 0, True)
    if m["share"]:
        share = 30 if m["share"] == "half" else 15 if "quarter" in m["share"] else int(m["share"])
        hour, minute = int(m["h1"]), share
        if m["side"] in ("to", "before", "til"):
            hour, minute = hour - 1, 60 - share
    else:
        hour, minute = int(m["h2"]), int(m["m2"] or m["m3"] or m["m4"] or 0)
    if not (-1 <= hour <= 24 and 0 <= minute < 60):
        return None
    late = m["ap"] == "pm" or m["part"] in ("afternoon", "evening") or bool(m["tonight"])
    late = late or (m["part"] == "night" and 5 <= hour < 12)
    early = m["ap"] == "am" or m["part"] == "morning" or (m["part"] == "night" and not late)
    if late and hour < 12:
        hour += 12
    if early and hour == 12:
        hour = 0
    return Clock(m.start(), m.end(), hour % 24, minute, late or early or hour > 12)


# -- days -------------------------------------------------------------------------------------------
def easter(year: int) -> date:
    """The anonymous Gregorian computus (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * rest) // 433
    n = h + rest - 7 * m
    month = (n + 90) // 25
    return date(year, month, (n + 33 * month + 19) % 32)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, n: int) -> Callable[[int], date]:
    """The n-th such weekday of the month."""
    return lambda year: date(year, month, 1 + (weekday - date(year, month, 1).weekday()) % 7 + 7 * (n - 1))


FEASTS: dict[str, Callable[[int], date]] = {
    "christmas eve": _fixed(12, 24), "christmas day": _fixed(12, 25), "christmas": _fixed(12, 25),
    "xmas": _fixed(12, 25), "boxing day": _fixed(12, 26), "new year's eve": _fixed(12, 31),
    "new years eve": _fixed(12, 31), "new year's day": _fixed(1, 1), "new year's": _fixed(1, 1),
    "new years": _fixed(1, 1), "new year": _fixed(1, 1), "valentine's day": _fixed(2, 14),
    "valentines day": _fixed(2, 14), "valentine's": _fixed(2, 14), "halloween": _fixed(10, 31),
    "saint patrick's day": _fixed(3, 17), "st patrick's day": _fixed(3, 17), "april fools": _fixed(4, 1),
    "independence day": _fixed(7, 4), "good friday": lambda y: easter(y) - timedelta(2),
    "easter monday": lambda y: easter(y) + timedelta(1), "easter": easter, "bastille day": _fixed(7, 14),
    "thanksgiving": _nth(11, 3, 4), "labor day": _nth(9, 0, 1), "summer solstice": _fixed(6, 21),
}
_FEAST = re.compile(r"\b(" + "|".join(sorted(FEASTS, key=len, reverse=True)) + r")\b")


@dataclass(frozen=True, slots=True)
class Day:
    """text[start:end] names `day`; `name` is set for a feast."""

    start: int
    end: int
    day: date
    name: str = ""


def find_day(text: str, today: date) -> Day | None:
    """The first day named: a feast, a date with a month, "the 21st", a weekday, "tomorrow", "3 days from now".

    Without a year the next such day is meant, today included.
    """
    for reader in (_feast, _month_date, _numeric, _relative, _weekday, _day_alone):
        try:
            found = reader(text, today)
        except (ValueError, OverflowError):           # the 31st of February, or beyond the calendar's last year
            found = None
        if found is not None:
            return found
    return None


def _feast(text: str, today: date) -> Day | None:
    if (m := _FEAST.search(text)) is None:
        return None
    rule = FEASTS[m[1]]
    day = rule(today.year)
    return Day(m.start(), m.end(), day if day >= today else rule(today.year + 1), m[1])


def _month_date(text: str, today: date) -> Day | None:
    first, other = _MONTH_FIRST.search(text), _DAY_FIRST.search(text)
    for m, month_at, day_at in ((other, 2, 1), (first, 1, 2)):
        if m is not None and not (m is other and first is not None and first.start() < m.start()):
            month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(m[month_at][:3]))
            said, n = (m[3] or "").replace(" ", ""), int(m[day_at])
            if said[-4:] == "year":
                return Day(m.start(), m.end(), date(today.year + {"n": 1, "l": -1}.get(said[0], 0), month, n))
            day = date(int(said) if said else today.year, month, n)
            return Day(m.start(), m.end(), day if said or day >= today else date(today.year + 1, month, n))
    return None


def _numeric(text: str, today: date) -> Day | None:
    """2025-03-04 and 13/3/2025; where both orders fit, the month comes first (3/4/2025 is the 4th of March)."""
    if (m := _NUMERIC.search(text)) is None:
        return None
    a, b, c = int(m[1]), int(m[3]), int(m[4])
    if a > 31:
        return Day(m.start(), m.end(), date(a, b, c))
    c += 2000 if c < 100 else 0
    return Day(m.start(), m.end(), date(c, b, a) if a > 12 else date(c, a, b))


def _relative(text: str, today: date) -> Day | None:
    if (m := _OFFSET.search(text)) is None:
        return None
    for group, days in ((1, 2), (2, -2), (3, 1), (4, -1), (5, 0), (9, 7), (10, -7)):
        if m[group]:
            return Day(m.start(), m.end(), today + timedelta(days))
    if not m[8] and not m[0].startswith("in "):
        return None
    n = (1 if m[6][0] == "a" else int(m[6])) * (-1 if m[8] == "ago" else 1)
    if m[7] in ("day", "week"):
        return Day(m.start(), m.end(), today + timedelta(n * (7 if m[7] == "week" else 1) + ("tomorrow" in m[0])))
    months = today.year * 12 + today.month - 1 + n * (12 if m[7] == "year" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    return Day(m.start(), m.end(), first.replace(day=min(today.day, last.day)))


def _weekday(text: str, today: date) -> Day | None:
    """ "friday" and "next friday" are the first one after today; "last friday" the one before."""
    if (m := _WEEKDAY.search(text)) is None:
        return None
    ahead = (WEEKDAYS.index(m[2]) - today.weekday()) % 7
    if (m[1] or "").strip() == "last":
        return Day(m.start(), m.end(), today - timedelta(7 - ahead if ahead else 7))
    if (m[1] or "").strip() == "this" and ahead == 0:
        return Day(m.start(), m.end(), today)
    return Day(m.start(), m.end(), today + timedelta(ahead or 7))


def _day_alone(text: str, today: date) -> Day | None:
    if (m := _DAY_ALONE.search(text)) is None:
        return None
    n, day = int(m[1]), today
    if not 1 <= n <= 31:
        return None
    while day.day != n:
        day += timedelta(1)
    return Day(m.start(), m.end(), day)
