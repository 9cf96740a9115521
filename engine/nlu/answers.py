"""From a request to what is said about it: the time, dates, timers, sums, conversions, notes.

An answer yields `Used` before the `Say` that depends on it. State changes happen when the generator is run.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from engine.assistant.assistant import Assistant
from engine.assistant.clock import later, next_time, seconds_between
from engine.assistant.places import Place
from engine.assistant.scheduler import LONGEST_S, Timer
from engine.messages import Change, Prompt, Say, Used
from engine.nlu.dates import find_day
from engine.nlu.phrases import phrases, said_back, sentence
from engine.nlu.place_names import guess_place, place_words
from engine.nlu.request import Request
from engine.nlu.sums import Sum
from engine.nlu.timer_words import timer_words
from engine.nlu.units import amount_words, convert, sensible
from engine.tts.number_words import clock_words, counted, day_words, duration_words, listed, number_words, year_words

Answer = Generator[Say | Used | Change, None, None]


@dataclass(frozen=True, slots=True)
class Turn:
    """What an answer may use."""

    assistant: Assistant
    prompt: Prompt
    voices: Mapping[str, str] = field(default_factory=dict)      # the presets there are: name and description

    @property
    def now(self) -> datetime:
        """The moment that the answer is for."""
        return self.prompt.now or self.assistant.now()


def speak(text: str, asks: bool = False) -> Answer:
    """The text, a phrase at a time; `asks` marks the last one."""
    pieces = phrases(text)
    for i, piece in enumerate(pieces):
        yield Say(piece, asks and i == len(pieces) - 1)


# -- the time ---------------------------------------------------------------------------------------
def time(request: Request, turn: Turn) -> Answer:
    place: Place | None = request.slots.get("place")
    unknown = request.slots.get("unknown")
    if place is None and unknown and (place := guess_place(unknown)) is None:
        yield from speak(f"I don't know a place called {said_back(unknown)}.")
        return
    here, there = turn.assistant.time(), turn.assistant.time(place)
    yield Used("time", {"place": place.name} if place else {}, there.isoformat(timespec="minutes"))
    where = f"In {place_words(place)}, it" if place else "It"
    if place and place.kind == "zone":
        where = f"In {place.name}, it"
    ahead = (there.date() - here.date()).days
    day = {1: " tomorrow", -1: " yesterday"}.get(ahead, "")
    yield Say(f"{where} is {clock_words(there)}{',' + day if day else ''}.")


def _hours_apart(a: datetime, b: datetime) -> float:
    """How far the clock b is ahead of a, in hours."""
    return ((b.utcoffset() or timedelta()) - (a.utcoffset() or timedelta())).total_seconds() / 3600


def time_between(request: Request, turn: Turn) -> Answer:
    a, b = request.slots["a"], request.slots["b"]
    hours = _hours_apart(turn.assistant.time(a), turn.assistant.time(b))
    names = [place_words(p) if p else "here" for p in (a, b)]
    yield Used("time_between", {"a": names[0], "b": names[1]}, f"{hours:+g} h")
    if hours == 0:
        yield from speak(f"There is no time difference between {names[0]} and {names[1]}.")
        return
    apart = duration_words(abs(hours) * 3600)
    subject = "We are" if b is None else f"{sentence(names[1])[:-1]} is"
    yield from speak(f"{subject} {apart} {'ahead of' if hours > 0 else 'behind'} {names[0] if a else 'us'}.")


def time_zone(request: Request, turn: Turn) -> Answer:
    place: Place = request.slots["place"]
    there = turn.assistant.time(place)
    hours = (there.utcoffset() or timedelta()).total_seconds() / 3600
    yield Used("time_zone", {"place": place.name}, place.zone)
    name = sentence(place_words(place))[:-1]
    if hours == 0:
        yield Say(f"{name} is on universal time.")
    else:
        apart = duration_words(abs(hours) * 3600)
        yield Say(f"{name} is {apart} {'ahead of' if hours > 0 else 'behind'} universal time.")


def time_elsewhere(request: Request, turn: Turn) -> Answer:
    slots = request.slots
    there = turn.assistant.time(slots["a"]).replace(hour=slots["hour"], minute=slots["minute"], second=0)
    here = there.astimezone(slots["b"].clock) if slots["b"] else there.astimezone(turn.assistant.time().tzinfo)
    yield Used("time_elsewhere", {"clock": there.isoformat(timespec="minutes")}, here.isoformat(timespec="minutes"))
    where = f"in {place_words(slots['b'])}" if slots["b"] else "here"
    yield Say(f"Then it is {clock_words(here)} {where}.")


# -- days -------------------------------------------------------------------------------------------
def _day(request: Request, today: date) -> tuple[date | None, str]:
    """The day that is meant, and the feast's name if it is one."""
    when = request.slots.get("when") or ""
    found = find_day(when, today) if when else None
    return (found.day, found.name) if found else (None if when else today, "")


def date_(request: Request, turn: Turn) -> Answer:
    place: Place | None = request.slots.get("place")
    today = turn.assistant.time(place).date()
    day, feast = _day(request, today)
    if day is None:
        yield from speak("There is no such day in the calendar.")
        return
    yield Used("date", {"when": request.slots.get("when") or "today"}, day.isoformat())
    part, where = request.slots.get("part"), f"In {place_words(place)}, " if place else ""
    subject = feast.title().replace("'S", "'s") if feast else {0: "today", 1: "tomorrow", -1: "yesterday"}.get(
        (day - today).days, "that")
    verb = "was" if day < today else "is"
    if part == "year":
        said = f"the year {verb} {year_words(day.year)}"
    elif part == "month":
        said = f"it {verb} {day.strftime('%B')}"
    elif part == "week number":
        said = f"it is week {number_words(day.isocalendar().week)}"
    else:
        said = f"{subject} {verb} {day_words(day, day.year != today.year or (part == 'date' and not feast))}"
    yield from speak(sentence(where + said))


def days_until(request: Request, turn: Turn) -> Answer:
    today = turn.assistant.time().date()
    day, feast = _day(request, today)
    if day is None:
        yield from speak("There is no such day in the calendar.")
        return
    n = (day - today).days
    yield Used("days_until", {"when": day.isoformat()}, str(n))
    name = feast.title().replace("'S", "'s") if feast else day_words(day, day.year > today.year)
    if n <= 0:
        said = f"{name} is today" if n == 0 else f"{name} was {counted(-n, 'day')} ago"
    elif request.slots.get("unit") == "weeks":
        rest = f" and {counted(n % 7, 'day')}" if n % 7 else ""
        said = f"It is {counted(n // 7, 'week')}{rest} until {name}"
    elif request.slots.get("unit") == "hours":
        said = f"It is about {counted(n * 24, 'hour')} until {name}"
    else:
        said = f"{counted(n, 'day')} until {name}"
    yield from speak(sentence(said))


# -- timers -----------------------------------------------------------------------------------------
_ASK = {"timer": "For how long?", "alarm": "For what time?", "reminder": "When should I remind you?"}


def _due(request: Request, turn: Turn) -> datetime | None:
    """The next such time of day, where one was said."""
    slots = request.slots
    if "hour" not in slots:
        return None
    return next_time(turn.now, slots["hour"], slots["minute"], bool(slots.get("sure")), bool(slots.get("tomorrow")))


def set_timer(request: Request, turn: Turn) -> Answer:
    """timer, alarm and reminder."""
    kind, slots, scheduler = request.name, request.slots, turn.assistant.scheduler
    if request.missing == "text" and not slots.get("text"):
        yield from speak("What should I remind you of?", asks=True)
        return
    due, seconds = _due(request, turn), float(slots.get("seconds", 0.0))
    if due is None and seconds <= 0 and "seconds" not in slots:
        yield Say(_ASK[kind], asks=True)
        return
    if due is None and not 1 <= seconds <= LONGEST_S:
        yield from speak("I can only set timers from one second to forty-eight hours.")
        return
    label = slots.get("text" if kind == "reminder" else "label") or ""
    named = said_back(label)
    timer = (scheduler.set(kind, seconds, named, turn.now) if due is None
             else scheduler.set_at(kind, due, named, turn.now))
    if timer is None:
        yield from speak("There are too many timers running. Cancel some first.")
        return
    yield Used(kind, {"seconds": round(timer.seconds), **({"label": label} if label else {})}, f"number {timer.number}")
    yield from speak(_confirmed(timer))


def _confirmed(timer: Timer) -> str:
    clock = clock_words(timer.due)
    when = f"at {clock}" if timer.at_clock else f"in {duration_words(timer.seconds)}"
    if timer.kind == "alarm":
        return f"Alarm set for {clock}."
    if timer.kind == "reminder":
        return f"I'll remind you {when}." + (f" {sentence(timer.label)}" if timer.label else "")
    name = f"{timer.label} timer" if timer.label else "timer"
    return f"{sentence(name)[:-1]} set for {duration_words(timer.seconds)}."


def change_timer(request: Request, turn: Turn) -> Answer:
    """ "make it ten" and "add five minutes": the timer set last."""
    scheduler, now = turn.assistant.scheduler, turn.now
    timer = scheduler.newest()
    if timer is None:
        if request.name == "timer_change":
            yield from set_timer(Request("timer", request.slots), turn)
        else:
            yield from speak("There is no timer running.")
        return
    due = _due(request, turn)
    more = float(request.slots.get("seconds", 0.0)) if due is None else seconds_between(now, due)
    left = more + max(0.0, timer.left_s(now)) if request.name == "timer_more" else more
    total = timer.seconds + more if request.name == "timer_more" else more
    if due is None and not 1 <= left <= LONGEST_S:
        yield from speak("I can only set timers from one second to forty-eight hours.")
        return
    changed = scheduler.change(timer, total, due or later(now, left), at_clock=due is not None)
    yield Used(request.name, {"seconds": round(more)}, f"{round(left)} s left")
    if request.name == "timer_more":
        yield from speak(f"Okay. Now there are {duration_words(left)} left.")
    else:
        yield from speak(f"Okay. {_confirmed(changed)}")


def _chosen(request: Request, turn: Turn) -> list[Timer]:
    """The timers that a request speaks of: all, a named one, one of a length, else the newest or the only one."""
    slots = request.slots
    running = turn.assistant.scheduler.timers(slots.get("kind", ""))
    which, seconds = slots.get("which") or "", slots.get("seconds") or 0.0
    if which == "all":
        return running
    if which:
        return [t for t in running if which in t.label.split() or which == t.label]
    if seconds:
        return [t for t in running if t.seconds == seconds]
    if slots.get("newest"):
        return [t for t in running if t == turn.assistant.scheduler.newest()]
    return running


def cancel_timer(request: Request, turn: Turn) -> Answer:
    chosen = _chosen(request, turn)
    kind = request.slots.get("kind") or "timer"
    if not chosen:
        others = turn.assistant.scheduler.timers()
        yield from speak(f"There is no such {kind}." if others else f"There is no {kind} running.")
        return
    if len(chosen) > 1 and request.slots.get("which") != "all":
        names = listed([f"the {timer_words(t)}" for t in chosen[:4]])
        yield from speak(f"Which one: {names}?", asks=True)
        return
    turn.assistant.scheduler.cancel(chosen)
    yield Used("timer_cancel", {"which": [timer_words(t) for t in chosen]}, f"{len(chosen)} cancelled")
    first, all_of_them = timer_words(chosen[0]), f"All {number_words(len(chosen))} cancelled."
    yield from speak(f"The {first} is cancelled." if len(chosen) == 1 else all_of_them)


def timers_left(request: Request, turn: Turn) -> Answer:
    """ "how much time is left" and "what timers do I have" """
    asked_for = request.slots.get("kind") or ("timer" if request.name == "timer_list" else "")
    chosen = turn.assistant.scheduler.timers(asked_for) if request.name == "timer_list" else _chosen(request, turn)
    yield Used(request.name, {}, f"{len(chosen)} running")
    if not chosen:
        none = "There is no timer running." if asked_for in ("", "timer") else f"You have no {asked_for}s."
        yield from speak(none)
        return
    if len(chosen) > 1:
        yield Say(f"There are {number_words(len(chosen))}.")
    for timer in chosen[:5]:
        left = duration_words(max(1.0, timer.left_s(turn.now)))
        said = {"reminder": f"In {left}: {timer.label}.", "alarm": f"An alarm in {left}."}
        yield from speak(said.get(timer.kind, f"The {timer_words(timer)} has {left} left."))


def timer_pause(request: Request, turn: Turn) -> Answer:
    yield from speak("I can't pause a timer, only cancel it or give it more time.")


def too_far(request: Request, turn: Turn) -> Answer:
    yield from speak("I have no calendar. I can set alarms and reminders for the next two days.")


# -- figures ----------------------------------------------------------------------------------------
def sum_(request: Request, turn: Turn) -> Answer:
    found: Sum = request.slots["sum"]
    if found.value is None:
        yield Used("sum", {"said": request.slots["said"]}, "no value")
        yield from speak(found.why)
        return
    value, about = found.value, found.about
    places = 4 if abs(value) >= 1 or value == 0 else 8
    rounded = Fraction(round(value, places))
    yield Used("sum", {"said": request.slots["said"]}, str(float(rounded)) if abs(value) < 10**300 else "huge")
    about = about or rounded != value or abs(value) >= 10**15
    said = number_words(rounded, places) + (" percent" if found.percent else "")
    yield from speak(f"That is {'about ' if about else ''}{said}.")


def convert_(request: Request, turn: Turn) -> Answer:
    amount, source, target = (request.slots[k] for k in ("amount", "source", "target"))
    value = convert(amount, source, target)
    if value is None:
        yield from speak(f"I can't turn {source.many} into {target.many}: they measure different things.")
        return
    rounded, about = sensible(value)
    yield Used("convert", {"amount": float(amount), "from": source.one, "to": target.one}, f"{float(rounded):g}")
    are = "is" if amount == 1 else "are"
    first = f"{sentence(amount_words(amount, source))[:-1]} {are}"
    said = f"{'about ' if about else ''}{amount_words(rounded, target)}."
    yield from speak(f"{first} {said}" if len(f"{first} {said}".split()) <= 15 else f"{first}, {said}")


# -- notes ------------------------------------------------------------------------------------------
def note(request: Request, turn: Turn) -> Answer:
    text = request.slots.get("text") or ""
    if not text:
        yield Say("What should I write down?", asks=True)
    elif turn.assistant.notes.add(text):
        yield Used("note", {"text": text}, f"{len(turn.assistant.notes.all())} notes")
        yield Say("Noted.")
    else:
        yield from speak("There is no room for another note. Delete some first.")


def notes_read(request: Request, turn: Turn) -> Answer:
    notes = turn.assistant.notes.all()
    yield Used("notes_read", {}, f"{len(notes)} notes")
    if not notes:
        yield from speak("You have no notes.")
        return
    yield Say(f"You have {counted(len(notes), 'note')}.")
    for text in notes:
        yield from speak(sentence(said_back(text)))


def notes_delete(request: Request, turn: Turn) -> Answer:
    which = request.slots["which"]
    gone = turn.assistant.notes.delete(which)
    yield Used("notes_delete", {"which": which}, f"{gone} deleted")
    if gone == 0:
        yield from speak("You have no notes." if not turn.assistant.notes.all() else "There is no such note.")
    else:
        yield from speak("The note is deleted." if gone == 1 else f"All {number_words(gone)} notes are deleted.")
