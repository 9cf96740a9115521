"""Timers, alarms and reminders: canonical text -> Request."""

import re
from typing import Any

from engine.nlu.dates import Clock, Span, find_clock, find_duration
from engine.nlu.normalise import distance, unexplained
from engine.nlu.request import Request
from engine.nlu.when import DATE_WORDS
from engine.tts.number_words import MONTHS, WEEKDAYS, words

_TIMER = re.compile(r"\b(?:timers?|countdowns?|count down)\b")
_SET = re.compile(r"\b(?:set|start|create|make|begin|put|give|need|want|run|add|new|another|have|do|use|open|"
                  r"launch|get|like|activate|initiate|turn)\b")
_CANCEL = re.compile(r"\b(?:cancel|stop|delete|remove|clear|end|kill|dismiss|forget|turn off|turn .* off|get rid "
                     r"of|deactivate|disable|shut off|switch off)\b")
_LEFT = re.compile(r"\bhow (?:much|long|many|is)\b|\b(?:left|remaining|remains|status)\b|^check ")
_ALL_LEFT = re.compile(r"^how (?:much|long)(?: more)? (?:time )?(?:is |do i have |have i got )?(?:left|remaining)$|"
                       r"^how much (?:more time|longer)$|^how much time (?:is |do i have )?left$")
_LIST = re.compile(r"\b(?:list|show|read|what|which|tell|any|are|many|check|review|have i|do i have|say|recall)\b")
_NAMED = re.compile(r"\b(?:called|named|labelled|labeled|name it|call it) (?P<n>[a-z][a-z ]*?)(?: for| of|$)")
_TIMER_WORDS = frozenset(words(
    "timer timers countdown count down set start create make begin put run add new another cancel stop delete "
    "remove clear end kill dismiss turn off time left remaining remains how much long more check status minute "
    "minutes hour hours second seconds half called named labelled for go going every all both kitchen until till "
    "cancelled of activate initiate use open launch alarm alarms reminder reminders list active running ring sound "
    "beep finish finished done session little quick thank am tell sets amount length many able also which every"
))
_NEAR_TIMER = frozenset(words("diner dinner dimer tiger primer tire climber tamer tinder timber time times tighter "
                              "timor hammer minor term tie trimmer farmer tyre dimmer diamond team temper tamar "
                              "timid"))
_DAMAGED = re.compile(r"^(?:\w+ ){0,3}?(?P<word>\w+) (?:for|4|of|off|fur|from|to|at|in|with) $")
_REMIND = re.compile(r"^(?:remind|remained|reminding) me\b(?: again)?|^(?:set|create|make|add|give me|start|new|"
                     r"set up|i need)(?: up)? (?:me )?(?:a|the|another)? ?(?:new )?reminders?\b|^(?:a )?reminder\b")
_ASKS_BACK = re.compile(r"(?: (?:again|please))*(?: (?:about|of))? (?:what|when|which|how|where|who|whose|whether|"
                        r"why|if)\b|"
                        r" of |.* (?:list|calendar|schedule|event)\b")          # "remind me of my pin": a question
_REMINDED = re.compile(r"^(?: (?:to|that|about|of|for|on|at|in|by|around))+\b|(?: (?:to|at|in|for|on|and|please))+$")
_ALARM = re.compile(r"\balarms?\b|\bwake me\b|\bget me up\b|\bwake up (?:call|at)\b")
_ALARM_WORDS = _TIMER_WORDS | frozenset(words(
    "wake get need morning today tonight tomorrow up at ring am pm o'clock noon midnight evening afternoon bed "
    "sleep schedule must have ready from oh past quarter want make sure out remember don't not"))
_FAR = re.compile(r"\b(?:every|each|daily|weekly|weekdays?|weekends?|next|month|week|" + "|".join(
    [d + "s?" for d in WEEKDAYS] + MONTHS) + r")\b")


def read_timer(s: str) -> Request | None:
    if (m := _REMIND.match(s)) is not None:
        if _ASKS_BACK.match(s[m.end():]) and find_duration(s) is None and find_clock(s) is None:
            return None
        return _read_reminder(s, m.end())
    duration = find_duration(s)
    if _ALARM.search(s) and not _TIMER.search(s):
        return _read_alarm(s, duration)
    if not _TIMER.search(s):
        if _ALL_LEFT.match(s):
            return Request("timer_left", {"which": ""})
        if re.search(r"\breminders\b|\breminder list\b", s) and len(unexplained(s, 0, 0, _TIMER_WORDS)) <= 1:
            name = "timer_cancel" if _CANCEL.search(s) else "timer_list" if _LIST.search(s) else ""
            return Request(name, {"kind": "reminder", "which": "all"}) if name else None
        return _read_damaged(s, duration)
    name = _timer_name(s, duration)
    foreign = unexplained(s[: duration.start] + s[duration.end :] if duration else s, 0, 0, _TIMER_WORDS)
    foreign = [w for w in foreign if w not in name.split()]
    if len(foreign) > 2:
        return None
    which = "all" if re.search(r"\b(?:all|both|every|timers)\b", s) else name
    slots: dict[str, Any] = {"which": which, "seconds": duration.seconds if duration else 0.0}
    if re.search(r"\b(?:pause|resume|unpause|hold)\b", s):
        return Request("timer_pause")
    if _CANCEL.search(s):
        return Request("timer_cancel", slots)
    if duration is not None and re.search(r"\badd\b|\bextend\b|\bmore\b", s) and re.search(r"\bto (?:the|my|that|"
        r"it)\b|\bextend\b", s):
        return Request("timer_more", slots)
    if _LEFT.search(s) and (duration is None or "left" in s or "how" in s):
        return Request("timer_left", slots)
    if re.search(r"\btimers\b", s) and _LIST.search(s) and not re.search(r"\b(?:set|start)\b", s):
        return Request("timer_list", {"kind": "timer"})
    if duration is not None:
        return Request("timer", {"seconds": duration.seconds, "unit": duration.unit, "label": name})
    if (m := re.search(r"\b(?:for|to|of|at) (\d+)$", s)) is not None:
        return Request("timer", {"seconds": float(m[1]) * 60, "unit": 60, "label": name})
    if re.match(r"(?:what|how|when|which|should|why|where|is|are|does|did)\b", s):
        return None
    if _SET.search(s) or re.fullmatch(r"(?:a |the )?(?:countdown|timer)", s):
        return Request("timer", {"label": name}, "seconds")
    return None


def _timer_name(s: str, duration: Span | None) -> str:
    """ "pasta" in "a pasta timer", "a timer for the pasta for ten minutes", "a timer called pasta" """
    if (m := _NAMED.search(s)) is not None:
        return m["n"]
    body = f"{s[: duration.start]}|{s[duration.end :]}" if duration else s
    m = re.search(r"(?:^|[ |])(?:an? |the |my |another |new )*(?P<n>[a-z]+) timer\b", body) or re.search(
        r"\btimer (?:\| ?)?(?:\w+ \| )?for (?:the |my )?(?P<n>[a-z]+)", body)
    m = m if m and m["n"] not in _TIMER_WORDS and unexplained(m["n"], 0, 0) else re.search(
        r"\|(?: for)? (?:the |my )?(?P<n>[a-z]+)$", body)
    name = m["n"] if m else ""
    return name if name and name not in _TIMER_WORDS and unexplained(name, 0, 0) else ""


def _read_damaged(s: str, duration: Span | None) -> Request | None:
    """ "set a diner for five minutes": a word that sounds like timer, and a duration that ends the sentence."""
    if duration is None or duration.end < len(s) - 6:
        return None
    if re.fullmatch(r"(?:alert|notify|ping|call) me (?:in|after) ", s[: duration.start]):
        return Request("timer", {"seconds": duration.seconds, "unit": duration.unit, "label": ""})
    head = s[: duration.start]
    if (m := _DAMAGED.match(head)) is None or not re.match(r"(?:set|sat|said|sit|should|start|create|put|give|i "
                                                           r"need|sent|step)", s):
        return None
    if m["word"] in _NEAR_TIMER or distance(m["word"], "timer", 2) <= 1:
        return Request("timer", {"seconds": duration.seconds, "unit": duration.unit, "label": ""})
    return None


def _at(clock: Clock, s: str) -> dict[str, Any]:
    """The slots of something that is due at a time of day."""
    return {"hour": clock.hour, "minute": clock.minute, "sure": clock.sure, "tomorrow": "tomorrow" in s}


def _read_reminder(s: str, start: int) -> Request | None:
    body = s[start:]
    if not body.strip():
        return Request("reminder", {"text": ""}, "text")
    duration = find_duration(body)
    slots: dict[str, Any] = {}
    if duration is not None and (m := re.search(r"\b(?:in|after|for) $", body[: duration.start])):
        slots = {"seconds": duration.seconds, "unit": duration.unit}
        body = body[: m.start()] + body[duration.end :]
    elif (clock := find_clock(body)) is not None:
        slots = _at(clock, body)
        body = body[: clock.start] + body[clock.end :]
    far = bool(_FAR.search(body)) or ("tomorrow" in body and not slots)
    body = re.sub(r"\b(?:tomorrow|today|tonight)\b", "", body)
    text = " ".join(body.split())
    while (shorter := _REMINDED.sub("", f" {text}").strip()) != text:
        text = shorter
    if far:
        return Request("reminder_far", {"text": text})
    return Request("reminder", {"text": text, **slots}, "" if slots else "seconds")


def _read_alarm(s: str, duration: Span | None) -> Request | None:
    asks = re.search(r"\b(?:read|list|show|what|which|any|many|check|when|do i have|is there|is my|are there|"
                     r"display|did i|see|settings)\b", s)
    if re.search(r"\bnot\b", s):
        return None
    if asks and not _CANCEL.search(s):
        foreign = unexplained(s, 0, 0, _ALARM_WORDS | DATE_WORDS)
        return Request("timer_list", {"kind": "alarm"}) if len(foreign) <= 1 else None
    clock = find_clock(s, loose=duration is None)
    found = duration or clock
    foreign = unexplained(s[: found.start] + s[found.end :] if found else s, 0, 0, _ALARM_WORDS | DATE_WORDS)
    if len(foreign) > 1 or re.search(r"\b(?:change|move|edit|smoke|volume|fire|system|car|house)\b", s):
        return None
    if _CANCEL.search(s):
        return Request("timer_cancel", {"kind": "alarm", "which": "all" if "all" in s.split() else "", "seconds": 0.0})
    rest = s[: found.start] + s[found.end :] if found else s
    if _FAR.search(rest):
        return Request("alarm_far")
    if duration is not None:
        return Request("alarm", {"seconds": duration.seconds, "unit": duration.unit})
    if clock is None:
        asked = _SET.search(s) or s.startswith(("wake me", "alarm", "get me"))
        return Request("alarm", {}, "seconds") if asked else None
    return Request("alarm", _at(clock, s))
