"""Timers, alarms and reminders in words: what they are called, and what is said when they are due."""

from engine.assistant.scheduler import Due, Timer
from engine.tts.number_words import clock_words, day_words, duration_words

LATE_S = 60.0                        # what is due for longer than that is told with when it was due


def timer_words(timer: Timer) -> str:
    """ "five minute timer", "pasta timer", "alarm", "reminder" """
    if timer.kind != "timer":
        return timer.kind
    return f"{timer.label or _length(timer.seconds)} timer"


def _length(seconds: float) -> str:
    """As an adjective: "five minute", "one hour thirty minute"."""
    parts = duration_words(seconds).replace(" and ", " ").split()
    return " ".join(p.removesuffix("s") if p in ("minutes", "hours", "seconds", "days") else p for p in parts)


def announcement(due: Due) -> str:
    """What is said when it is due, or, where that could not be said in time, since when it is."""
    timer = due.timer
    if due.late_s >= LATE_S:
        rest = f": {timer.label}" if timer.kind == "reminder" else ""
        return f"Your {timer_words(timer)} was due {_since(due)}{rest}."
    if timer.kind == "reminder":
        return f"Here is your reminder: {timer.label}."
    if timer.kind == "alarm":
        return "This is your alarm."
    return f"Your {timer_words(timer)} is done."


def _since(due: Due) -> str:
    """ "at seven o'clock in the morning, two hours ago" """
    at, days = due.timer.due, (due.now.date() - due.timer.due.date()).days
    day = "" if days == 0 else "yesterday " if days == 1 else f"on {day_words(at.date())}, "
    ago = f", {duration_words(round(due.late_s / 60) * 60)} ago" if days < 2 else ""
    return f"{day}at {clock_words(at)}{ago}"
