"""Questions about the time and the date: canonical text -> Request.

A reader returns None rather than guess: a wrong tool is worse than "I can't do that".
"""

import re
from datetime import date

from engine.nlu.dates import FEASTS, find_clock, find_day
from engine.nlu.normalise import unexplained
from engine.nlu.place_names import find_place
from engine.nlu.request import Request
from engine.tts.number_words import MONTHS, WEEKDAYS, words

SOME_DAY = date(2024, 1, 1)          # dates are only looked for here; what they mean is settled when answering


# -- the time ---------------------------------------------------------------------------------------
_EXACT = r"(?:current |exact |local |present |right |correct |actual )*"
_TIME = re.compile(
    rf"\b(?:what|which) (?:is (?:the )?)?(?:the )?{_EXACT}(?:time|hour)(?: right now| currently| now)? "
    r"(?:is it|it is|do we have|do you have|would it be|will it be|is it now|is it right now)\b"
    rf"|\b(?:what|which) time is(?= (?:in|over in) |$)|\bwhat time(?= in |$)|\b(?:what|how|that|was|tell|show|give|"
    rf"get|need|know|check|read|say|have|got|see|is) (?:me |us |you )?(?:is |are |what )*(?:the |my |our "
    rf")?{_EXACT}time(?: it is| is it)?\b(?! (?:zone|difference|to|for (?!\w+$)\w+|"
    r"does|did|do|will|should|can|i|we|limit|table|frame|period|when|until|till|left|that|my|was|travel|card|sheet|"
    r"off|out)\b)"
    rf"|^(?:the )?{_EXACT}time(?: it is| is it)?(?: now| right now| currently)*(?= in | at | for | of |$)"
    r"|\bhow late is it\b|\bwhat does the clock say\b|\bwhat is the clock say\b"
)
_NOT_TIME = re.compile(r"\b(?:last|first|next|long|much|many|every|each|all|any|no|good|of time|meeting|flight|"
                       r"train)\b")
_PLACE_TIME = re.compile(rf"^(?:what is |what |tell me |and )?(?:the )?(?P<place>.+?) {_EXACT}time(?: now| right "
                         rf"now)?$")
_IN = re.compile(r"^(?: right| now| currently| like| today| at the moment| there)*(?: over| out| down| up| back)? "
                 r"?(?:in|at|for|of|and|inn|on) (?:the city of |the )?")
_HERE = frozenset({"here", "there", "my location", "my area", "my place", "my city", "home", "my time zone", "now"})
_DIFFERENCE = re.compile(r"\b(?:time|hours?) (?:zone )?(?:difference|apart|ahead|behind|distance)\b")
_ELSEWHERE = re.compile(r"\b(?:if|when|suppose) (?:it is|it's|its) (?P<clock>.+?) (?:in|at) (?P<a>.+?) (?:what|"
                        r"which) (?:time|hour)\b.*?(?: in (?P<b>.+)| here)?$")


def read_time(s: str) -> Request | None:
    if "time" not in s and "late" not in s and "clock" not in s and "hour" not in s:
        return None
    if (zone := _read_zone(s)) is not None:
        return zone
    m = _TIME.search(s)
    if m is None:
        if (m := _PLACE_TIME.match(s)) and (place := find_place(m["place"])) and _whole_place(m["place"]):
            return Request("time", {"place": place})
        return None
    tail = s[m.end():]
    lead = _IN.match(tail)
    rest = tail[lead.end():] if lead else tail.strip()
    if not rest or rest in _HERE:
        known = frozenset({"hour", "time"})
        return Request("time") if len(unexplained(s, m.start(), len(s), known)) <= 1 else None
    place = find_place(rest) or find_place(rest, anywhere=True)
    if place is not None:
        return Request("time", {"place": place}) if len(rest.split()) <= 6 else None
    if _NOT_TIME.search(s):
        return None
    if lead and lead[0].split()[-1] in ("in", "the", "of") and len(rest.split()) <= 3:
        return Request("time", {"unknown": rest})
    return Request("time") if len(unexplained(s, m.start(), m.end())) <= 1 else None


def _whole_place(text: str) -> bool:
    """Whether nothing but a place is named."""
    names = text.replace("'s", "").replace("'", "").split()
    return find_place(" ".join(names)) is not None and len(names) <= 4


def _read_zone(s: str) -> Request | None:
    """Time zones, differences between two places, and a time there when it is so late here."""
    if _DIFFERENCE.search(s):
        parts = re.split(r"\b(?:between|from)\b", s)[-1]
        halves = re.split(r"\b(?:and|to|compared to|than|of|from)\b", parts, maxsplit=1)
        found = [find_place(h.strip(), anywhere=True) for h in halves]
        if any(found) and len(halves) == 2:
            return Request("time_between", {"a": found[0], "b": found[1]})
        return None
    if (m := _ELSEWHERE.search(s)) is not None:
        clock = find_clock(m["clock"], loose=True)
        a, b = find_place(m["a"]), find_place(m["b"]) if m["b"] else None
        if clock is not None and a is not None and (b is not None or m["b"] is None):
            return Request("time_elsewhere", {"hour": clock.hour, "minute": clock.minute, "a": a, "b": b})
        return None
    if re.search(r"\btime ?zones?\b", s):
        place = find_place(s, anywhere=True)
        fits = place is not None and len(unexplained(s, 0, 0, frozenset(words("time zone timezone zones")))) <= 5
        return Request("time_zone", {"place": place}) if fits else None
    return None


# -- days -------------------------------------------------------------------------------------------
_UNTIL = re.compile(
    r"\bhow (?:many (?:more )?(?P<unit>days|weeks|months|hours|sleeps)|long|far)(?: \w+){0,4}? (?:until|till|til|"
    r"to|before|away|from now|up to|left)\b|^(?:the )?days (?:until|till|to|before|left)\b|\bhow (?:far away|long "
    r"away|far off|soon) is\b|^countdown to\b"
)
_SINCE = re.compile(r"\bhow (?:many (?:days|weeks|months|years)|long)(?: \w+){0,4}? since\b")
_WHICH_DAY = re.compile(
    r"\b(?:what|which|whats) (?:is |was |will be |would be |will |would |does )?(?:the |our |my )?(?:current |"
    r"exact )?(?P<part>date|"
    r"day of the week|day of the month|weekday|day|month|year|week number|week)\b|\b(?:what|which|tell me|give me|"
    r"know|is|say|on) (?:is |was )?(?:the )?(?P<own>today|tomorrow|yesterday)'s (?:\w+ )?date\b|^(?:what is "
    r")?(?P<bare>today|tomorrow|yesterday)(?:'s)?(?: date)?$|^what is (?P<is>today|tomorrow)$|\b(?:tell|give|show|"
    r"know|need|check|say) (?:me |us )?(?:what )?(?:the |what |today's |tomorrow's )(?P<tell>date|day)\b|^(?:the |"
    r"today's |current )*(?P<only>date|year|month|day of the week)(?: today| now)?$|\bwhen is (?P<when>.+)|\bwhat "
    r"day (?:does|is|was|will) (?P<falls>.+)|^is (?:it|today) (?P<guess>\w+)(?: today)?$"
)
_SOME_DATE = re.compile(r"\b(?:today's|tomorrow's|current|full|the) (?P<part>date)\b")
DATE_WORDS = frozenset(words(
    "date day days week weeks weekday month months year years today tomorrow yesterday tonight number falls fall "
    "land on until till til before long many far away left since from between ago is last next this coming after "
    "current calendar todays come comes be take place celebrated happens happen occur sleeps more exact hours was "
    "were later"
) + MONTHS + WEEKDAYS) | frozenset(w for name in FEASTS for w in name.split())
_FOREIGN_DAY = re.compile(r"\b(?:due|holiday|holidays|payday|paid|bill|expire|meeting|flight|birthday|off|vacation|"
                          r"next bill)\b")


def read_date(s: str) -> Request | None:
    for name, pattern in (("days_until", _UNTIL), ("days_since", _SINCE)):
        if (m := pattern.search(s)) is not None:
            day = find_day(s, SOME_DAY)
            if day is None or unexplained(s[: day.start] + s[day.end :], m.start(), m.end(), DATE_WORDS):
                return None
            return Request(name, {"when": s, "unit": m.groupdict().get("unit") or "days"})
    m = _WHICH_DAY.search(s) or _SOME_DATE.search(s)
    if m is None or _FOREIGN_DAY.search(s):
        return None
    said = dict.fromkeys(("part", "own", "bare", "is", "tell", "only", "when", "falls", "guess")) | m.groupdict()
    day = find_day(s, SOME_DAY)
    if said["guess"]:
        return Request("date", {"when": "", "part": "day"}) if said["guess"] in WEEKDAYS + MONTHS else None
    if (said["when"] or said["falls"]) and day is None:
        fall = said["falls"] or ""
        return Request("date", {"part": "day"}) if re.fullmatch(r"(?:it|today)(?: today| now| it)*", fall) else None
    place = find_place(re.split(r" in ", s, maxsplit=1)[1]) if " in " in s else None
    body = (s[: day.start] + " " + s[day.end :] if day else s).replace("'s", "")
    foreign = [w for w in unexplained(body, 0, 0, DATE_WORDS) if place is None or w not in place.name.lower()]
    part = said["part"] or said["only"] or ""
    if foreign:
        return None
    if part == "week":
        part = "week number" if re.fullmatch(r"(?:what|which) week(?: is it| of the year is it| are we "
                                             r"in)?", s) else ""
        if not part:
            return None
    if part in ("year", "month", "day") and day is None and not re.search(r"\b(?:it|today|date|current|now|we|this|"
        r"the)\b", s):
        return None
    part = "date" if part == "day of the month" else "day" if part in ("day of the week", "weekday") else part or "date"
    return Request("date", {"when": s if day else "", "part": part, **({"place": place} if place else {})})
