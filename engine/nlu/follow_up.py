"""What a sentence means after what was said before. The brain keeps no conversation of its own: the user's earlier
sentences are read again, in order, and each is understood in the light of those before it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from engine.assistant.places import Place
from engine.nlu.dates import find_clock, find_day, find_duration
from engine.nlu.grammar import understand
from engine.nlu.manner import read_voices
from engine.nlu.normalise import hear, unexplained
from engine.nlu.numbers import figure
from engine.nlu.place_names import find_place, guess_place
from engine.nlu.request import Request
from engine.nlu.sums import find_sum
from engine.nlu.units import Conversion, convert, find_amount, find_target
from engine.nlu.voice_control import read_voice
from engine.nlu.when import SOME_DAY
from engine.tts.number_words import words

DEPTH = 8                            # exchanges that are read again
_AND = re.compile(r"^(?:(?:and|but|or|also|now|then|okay|what about|how about|what of|about|what is|same for|the "
                  r"same for|i mean|i meant|no|sorry|actually|not that) )+")
_AGAIN = re.compile(r"^(?:(?:and |okay |tell me |give me |now |yes |1 |do )*(?:another|another 1|1 more|1 more "
                    r"time|again|next|next 1|do it again|do that again|once more|a different 1|more|another time|"
                    r"tell me another|a new 1|roll again|flip again|flip it again|roll it again|toss again|another "
                    r"(?:story|joke|fact|1|roll|flip))(?: please| again| 1)*)$")
_MORE = re.compile(r"^(?:(?:and|even|still|a|little|bit|much|just|yet|no|okay) )*(?:more|again|further|not enough|"
                   r"still too \w+|more than that|a bit more|a little more|1 more time|even more|less)(?: (?:more|"
                   r"please|than that|again))*$")
_THERE = re.compile(r"\b(?:there|over there|in that (?:city|place|country))\b")
_MAKE_IT = re.compile(r"^(?:(?:no|actually|sorry|wait|okay|oh|i mean|i meant|and|or|better|rather|instead|please) "
                      r")*(?:(?:make|set|change|put|turn|switch) (?:it|that|the timer|this|them)(?: to| for| into| "
                      r"a)?|better|i mean|i meant|rather|instead|no|not \d+(?: \w+)? but) (?P<rest>.*\d.*|.*\ban? "
                      r"(?:minute|hour|half).*)$")
_ADD = re.compile(r"^(?:add|plus|and|give it|another|and another|1 more|put on)?(?: another)? ?(?P<rest>(?:\d|an? |"
                  r"another |1 more).*?)(?: more| longer| extra| to (?:it|that|the timer))*$")
_OPERATION = re.compile(r"^(?:(?:and|then|now|what is|okay|what about|how about|so|what if you|that|it|the result|"
                        r"this|you) )*(?P<op>(?:plus|minus|times|divided by|multiplied by|multiply (?:it|that|"
                        r"this)? ?by|divide (?:it|that|this)? ?by|add|subtract|take away|over|squared|cubed|to the|"
                        r"[-+*/^]|x|less|percent).*)$")
_OF_IT = re.compile(r"^(?:(?:and|then|now|what is|okay|what about|how about|so|take) )*(?P<op>the square root|"
                    r"square root|half|\( \d+ / \d+ \)|double|twice|triple|\d+(?:\.\d+)? percent|the square|the "
                    r"cube root)(?: of)? ?(?:that|it|this|the result|them)?$")
_CANCELS = frozenset({"cancel", "stop", "no"})
_REPEATABLE = frozenset({"story", "joke", "fact", "coin", "dice", "random"})
_OPEN_TO_MORE = frozenset({"sum", "cancel", "no", "time", "date"})
_OWN_WORDS = _CANCELS | {"repeat", "help", "wait", "goodbye", "thanks"}
_WHEN_WORDS = frozenset(words("a an in at for after make it set to about around say o'clock am pm timer time from "
                              "now minutes make tomorrow today tonight please then the morning evening afternoon "
                              "of on um let us maybe exactly"))


@dataclass(frozen=True, slots=True)
class Thread:
    """What later sentences may refer to: the last request with a tool, the last place, the last figure."""

    last: Request | None = None
    place: Place | None = None
    value: Fraction | None = None

    def after(self, request: Request) -> "Thread":
        if request.name in ("unknown", "okay", "yes", "thanks", "repeat", "go_on", "hear_me", "empty", "wait"):
            # small talk in between does not break the thread, but an answer nobody gave is no longer awaited
            return self if self.last is None or not self.last.missing else Thread(None, self.place, self.value)
        slots = request.slots
        place = slots.get("place") or slots.get("b") or self.place
        value = self.value
        if request.name == "sum":
            value = slots["sum"].value
        elif request.name == "convert":
            value = convert(slots["amount"], slots["source"], slots["target"])
        return Thread(request, place, value)


def follow(text: str, past: tuple[str, ...] = ()) -> Request:
    """What the user means with `text` after the sentences `past` (oldest first); "unknown" at worst."""
    return _in_context(text, past[-DEPTH:])


@lru_cache(64)
def _in_context(text: str, past: tuple[str, ...]) -> Request:
    return _read(text, _thread(past))


@lru_cache(64)
def _thread(past: tuple[str, ...]) -> Thread:
    thread = Thread()
    for text in past:
        thread = thread.after(_read(text, thread))
    return thread


def _read(text: str, thread: Thread) -> Request:
    s = hear(text)
    if not s:
        return Request("empty")
    last = thread.last
    alone = understand(s)
    if last is not None and last.missing and (answer := _answer(s, last, alone)) is not None:
        return answer
    if alone is None and (m := _AND.match(s)) and m.end() < len(s):
        alone = understand(s[m.end():])
    if last is not None and (alone is None or alone.name in _OPEN_TO_MORE):
        later = _later(s, thread, alone)
        if later is not None:
            return later
    return alone or Request("unknown", {"said": s})


# -- answers to what the assistant has asked --------------------------------------------------------
def _answer(s: str, last: Request, alone: Request | None) -> Request | None:
    if alone is not None and alone.name in _CANCELS:
        return Request("cancel") if alone.name != "stop" else alone
    if last.missing == "text":
        if alone is not None and alone.name in _OWN_WORDS:
            return None
        return _filled(last, text=re.sub(r"^(?:to|that|write|say) ", "", s))
    if last.missing == "word":
        word = s.split()[-1]
        return _filled(last, word=word) if alone is None or alone.name in ("spell", "okay", "yes") else None
    if last.missing == "voice":
        voice = read_voice(f"{s} voice")
        if voice is not None and voice.name == "voice":
            return voice if not voice.missing else None
        return read_voices(f"use the voice {re.sub('^(?:the|use|take) ', '', s)}") if alone is None else None
    if last.missing == "seconds" and (alone is None or alone.name in ("timer", "alarm", "sum", "time", "date")):
        return _when(s, last)
    return None


def _when(s: str, last: Request) -> Request | None:
    """ "ten minutes", "at seven", "make it five" as the answer to "for how long?" or "when?" """
    span = find_duration(s)
    clock = find_clock(s, loose=last.name != "timer") if span is None else None
    found = span or clock
    body = s[: found.start] + s[found.end :] if found else s
    if [w for w in unexplained(body, 0, 0, _WHEN_WORDS) if not w.isdigit()]:
        return None
    if span is not None:
        return _filled(last, seconds=span.seconds, unit=span.unit)
    if clock is not None:
        return _filled(last, hour=clock.hour, minute=clock.minute, sure=clock.sure, tomorrow="tomorrow" in s)
    bare = re.search(r"\b(\d+(?:\.\d+)?)$", s)
    return _filled(last, seconds=float(bare[1]) * 60, unit=60) if bare else None


def _filled(last: Request, **slots: Any) -> Request:
    return Request(last.name, {**last.slots, **slots})


# -- what refers back -------------------------------------------------------------------------------
def _later(s: str, thread: Thread, alone: Request | None) -> Request | None:
    last = thread.last
    assert last is not None
    if alone is not None and alone.name in ("time", "date"):
        place = thread.place if _THERE.search(s) and not alone.slots.get("place") else None
        return Request(alone.name, {**alone.slots, "place": place}) if place else None
    if alone is not None and alone.name == "cancel":
        undone = last.name in ("timer", "alarm", "reminder", "timer_change", "timer_more")
        return Request("timer_cancel", {"which": "", "seconds": 0.0, "newest": True}) if undone else None
    if _AGAIN.match(s) and last.name in _REPEATABLE:
        return Request(last.name, {**last.slots, "about": ""}) if last.name in ("story", "joke", "fact") else last
    if last.name in ("style", "voice", "voices", "normal", "manner"):
        return last if last.name == "style" and _MORE.match(s) else None
    if last.name in ("timer", "alarm", "reminder", "timer_more", "timer_change", "timer_left", "timer_list"):
        return _later_timer(s, last) if alone is None or alone.name == "no" else None
    if (later := _later_figures(s, thread)) is not None:
        return later
    if alone is not None:
        return None
    return _later_place_or_day(_AND.sub("", s), s, thread)


def _later_timer(s: str, last: Request) -> Request | None:
    """ "make it ten", "no fifteen minutes", "add five minutes", "and another one for ten minutes" """
    if s.startswith(("and another", "another", "set another", "and set", "set a", "start a", "and a timer")):
        body = find_duration(s.replace("another ", ""))
        if body is not None and ("1 " in s or "timer" in s):
            return Request("timer", {"seconds": body.seconds, "unit": body.unit, "label": ""})
    unit = int(last.slots.get("unit", 60))
    for pattern, name in ((_MAKE_IT, "timer_change"), (_ADD, "timer_more")):
        m = pattern.match(s)
        if m is None or "timer" in m["rest"]:
            continue
        span = find_duration(m["rest"])
        bare = re.fullmatch(r"(?:to |for )?(\d+(?:\.\d+)?)(?: instead| then)?", m["rest"])
        clock = find_clock(m["rest"], loose=True) if last.name != "timer" and span is None else None
        if clock is not None and name == "timer_change":
            return Request(name, {"hour": clock.hour, "minute": clock.minute, "sure": clock.sure, "tomorrow": False})
        if name == "timer_more" and not re.match(r"(?:add|plus|give it|put on|another|and another|1 more|and \d)|"
                                                 r".*(?:more|longer|extra)$", s):
            continue
        if span is not None and not unexplained(m["rest"], span.start, span.end, frozenset({"instead", "then"})):
            return Request(name, {"seconds": span.seconds, "unit": span.unit})
        if bare is not None:
            return Request(name, {"seconds": float(bare[1]) * unit, "unit": unit})
    return None


def _later_figures(s: str, thread: Thread) -> Request | None:
    last, value = thread.last, thread.value
    assert last is not None
    if last.name == "convert" and (again := _later_conversion(s, last.slots)) is not None:
        return again
    if last.name not in ("sum", "convert") or value is None:
        return None
    base = f"( {figure(value)} )" if value >= 0 else f"( 0 - {figure(-value)} )"
    joined = ""
    if (m := _OPERATION.match(s)) is not None:
        op = _VERB.sub(lambda o: _SIGN[o[1]] + " ", m["op"])
        joined = f"{base} {re.sub(r'(?<=[*/]) by ', ' ', op)}"
        joined = re.sub(r" (?:to|from) (?:it|that|this)$", "", joined)
    elif (m := _OF_IT.match(s)) is not None and (m["op"] not in ("half",) or s != "half"):
        joined = {"half": f"{base} / 2", "the square": f"{base} ^ 2"}.get(m["op"], f"{m['op']} of {base}")
    elif (amount := re.fullmatch(r"(?:and|what about|how about) (\d+(?:\.\d+)?)", s)) and last.name == "sum":
        said = str(last.slots.get("said", ""))          # "5 times 3" ... "and 4" -> "5 times 4"
        joined = re.sub(r"\d+(?:\.\d+)?(?=\D*$)", amount[1], said) if said else ""
    found = find_sum(joined, strays=0) if joined else None
    return Request("sum", {"sum": found, "said": joined}) if found is not None else None


_VERB = re.compile(r"\b(multiply|divide|add|subtract)\b(?: it| that| this)? ?(?:to )?")
_UNTIL_WORDS = frozenset(words("until till to day the date"))
_SIGN = {"multiply": "*", "divide": "/", "add": "+", "subtract": "-"}


def _later_conversion(s: str, slots: Mapping[str, Any]) -> Request | None:
    """ "and in miles", "what about ten", "and twenty litres" after a conversion """
    conversion = Conversion(slots["amount"], slots["source"], slots["target"])
    if (target := find_target(s)) is not None:
        source = conversion.source if target is not conversion.source else conversion.target
        amount = conversion.amount
        if source is conversion.target:
            amount = convert(conversion.amount, conversion.source, source) or amount
        return Request("convert", {"amount": amount, "source": source, "target": target})
    body = _AND.sub("", s)
    if (bare := re.fullmatch(r"(?:for )?((?:minus )?\d+(?:\.\d+)?)", body)) is not None:
        amount = Fraction(bare[1].replace("minus ", "-"))
        return Request("convert", {**slots, "amount": amount})
    found = find_amount(body)
    if found is not None and not unexplained(body, found[2], found[3]):
        return Request("convert", {**slots, "amount": found[0], "source": found[1]})
    return None


def _later_place_or_day(body: str, s: str, thread: Thread) -> Request | None:
    """ "and in tokyo", "and there", "what about tomorrow" after a question about the time or a date """
    last = thread.last
    assert last is not None
    if last.name in ("time", "time_zone") or (last.name == "date" and last.slots.get("part")):
        named = re.sub(r"^(?:the time |is it |it |over )?(?:in|at|for) (?:the city of )?", "", body)
        if _THERE.fullmatch(re.sub(r"^(?:and|what about|how about|over|in) ", "", s)) and thread.place is not None:
            return Request(last.name, {**last.slots, "place": thread.place})
        if named in ("here", "home", "at home", "where i am", "here now"):
            return Request(last.name, {k: v for k, v in last.slots.items() if k not in ("place", "unknown")})
        place = find_place(named) if len(named.split()) <= 4 else None
        asked = body != s or named != body
        if place is None and asked and len(named.split()) <= 2:
            place = guess_place(named)
        if place is not None:
            kept = {k: v for k, v in last.slots.items() if k != "unknown"}
            return Request(last.name, {**kept, "place": place})
        if asked and last.name != "date" and re.search(r"\bin [a-z]+$", s) and len(named.split()) <= 2:
            return Request(last.name, {"unknown": named})
    if last.name in ("date", "days_until", "days_since"):
        day = find_day(body, SOME_DAY)
        if day is not None and not unexplained(body, day.start, day.end, _UNTIL_WORDS):
            return Request(last.name, {**last.slots, "when": body, "part": last.slots.get("part") or "date"})
    return None
