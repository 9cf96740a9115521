"""The assistant's tools as a language model is offered them: a name, what it is for, which arguments it takes.

They are the embedded brain's own: a call becomes the request that the rules would have read from the user's words, and
its answer, the sentence that brain would have said, is what the model is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from audio_io.worker_messages import ArgumentSchema, ToolSchema
from engine.assistant.assistant import Assistant
from engine.assistant.places import Place
from engine.messages import Change, Prompt, Say, Used
from engine.nlu.answers import Turn
from engine.nlu.brain import ANSWERS
from engine.nlu.normalise import hear
from engine.nlu.place_names import find_place, guess_place
from engine.nlu.request import Request
from engine.nlu.sums import find_sum
from engine.nlu.units import UNITS, Unit
from engine.tts.styles import EMOTIONS, LIMITS, MANNERS

TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,)}
# what a language model does by itself, better than the rules: it needs no tool for it
BY_ITSELF = frozenset((
    "repeat", "go_on", "stop", "unknown", "count", "story", "joke", "fact", "timer_pause", "alarm_far", "reminder_far",
    "greeting", "how_are_you", "thanks", "goodbye", "name", "bot", "maker", "age", "hear_me", "yes", "no", "okay",
    "wait", "cancel", "life", "love", "empty", "help", "voices",
))


@dataclass(frozen=True, slots=True)
class Once:
    """A change of the voice for the rest of this answer only."""

    change: Change


Arguments = Mapping[str, Any]     # after `Tool.checked`: each of the type that its Argument names
Done = Used | Change | Once


class BadCall(ValueError):
    """The model used a tool wrongly. The message tells the model, not the user."""


@dataclass(frozen=True, slots=True)
class Argument:
    """type: one of TYPES. choices: the only values it may have."""

    type: str
    says: str
    needed: bool = False
    choices: tuple[str, ...] = ()

    @property
    def schema(self) -> ArgumentSchema:
        table: ArgumentSchema = {"type": self.type, "description": self.says}
        return {**table, "enum": list(self.choices)} if self.choices else table


@dataclass(frozen=True, slots=True)
class Tool:
    """`covers`: the requests of the embedded brain it stands for. `ask`: checked arguments -> such a request."""

    name: str
    says: str
    covers: tuple[str, ...]
    ask: Callable[[Arguments], Request]
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    @property
    def schema(self) -> ToolSchema:
        """As OpenAI's interface and the chat templates take it."""
        return {"type": "function", "function": {"name": self.name, "description": self.says, "parameters": {
            "type": "object", "properties": {name: a.schema for name, a in self.arguments.items()},
            "required": [name for name, a in self.arguments.items() if a.needed]}}}  # fmt: skip

    def checked(self, given: object) -> dict[str, object]:
        """-> the arguments, of the right types. Raises BadCall."""
        if not isinstance(given, dict):
            raise BadCall(f"{self.name}: the arguments must be a JSON object")
        values: dict[str, object] = {}
        for name, value in given.items():
            if name not in self.arguments:
                known = ", ".join(self.arguments) or "none"
                raise BadCall(f"{self.name} has no argument {name!r}; its arguments are: {known}")
            if value is not None and value != "":
                values[name] = _typed(self.name, name, self.arguments[name], value)
        for name, argument in self.arguments.items():
            if argument.needed and name not in values:
                raise BadCall(f"{self.name} needs the argument {name!r}")
        return values

    def run(self, assistant: Assistant, prompt: Prompt, given: object) -> tuple[list[Done], str]:
        """Uses the tool. -> what it did, and what the model is told. Raises BadCall, and Trouble as the tools do."""
        arguments = self.checked(given)
        request = self.ask(arguments)
        done: list[Done] = []
        said: list[str] = []
        for piece in ANSWERS[request.name](request, Turn(assistant, prompt)):
            if isinstance(piece, Say):
                said.append(piece.text)
            elif isinstance(piece, Change) and arguments.get("once"):
                done.append(Once(piece))
            else:
                done.append(piece)
        return done, " ".join(said) or "Done."


def _typed(tool: str, name: str, argument: Argument, value: object) -> object:
    kinds = TYPES[argument.type]
    if isinstance(value, str) and argument.type != "string":            # "5" for 5 is what small models write
        try:
            value = {"true": True, "false": False}[value.lower()] if bool in kinds else float(value)
        except (KeyError, ValueError):
            raise BadCall(f"{tool}: {name} must be a {argument.type}, not {value!r}") from None
    if isinstance(value, float) and argument.type == "integer" and value.is_integer():
        value = int(value)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise BadCall(f"{tool}: {name} must be a {argument.type}, not {value!r}")
    if isinstance(value, float) and not abs(value) < 1e15:
        raise BadCall(f"{tool}: {name} is too large")
    if argument.choices and value not in argument.choices:
        raise BadCall(f"{tool}: {name} must be one of {', '.join(argument.choices)}, not {value!r}")
    return value


# -- from arguments to requests -----------------------------------------------------------------------
def _place(args: Arguments, name: str) -> Place | None:
    """The place named, None where none is. Raises BadCall for one that is not known."""
    if name not in args:
        return None
    said = hear(args[name])
    place = find_place(said, anywhere=True) or guess_place(said)
    if place is None:
        raise BadCall(f"no place called {args[name]!r} is known; name a large city, a country or a time zone")
    return place


def _unit(args: Arguments, name: str) -> Unit:
    said = args[name].strip().lower()
    for known in (said, hear(said), said.rstrip("s"), f"degree {said}"):
        if known in UNITS:
            return UNITS[known]
    raise BadCall(f"no unit called {args[name]!r} is known")


def _due(args: Arguments) -> dict[str, object]:
    """When something is due: in `seconds`, or at `hour` and `minute` (24 hours)."""
    if "hour" in args:
        hour, minute = args["hour"], args.get("minute", 0)
        if not (0 <= hour <= 23 and 0 <= minute <= 59):
            raise BadCall(f"there is no time {hour}:{minute:02d}; hour is 0 to 23, minute 0 to 59")
        return {"hour": hour, "minute": minute, "sure": True, "tomorrow": args.get("tomorrow", False)}
    if "seconds" not in args:
        raise BadCall("give either seconds from now, or hour and minute; ask the user when it is not clear")
    return {"seconds": float(args["seconds"]), "unit": 60}


def _time(a: Arguments) -> Request:
    return Request("time", {"place": _place(a, "place")})


def _clock_elsewhere(a: Arguments) -> Request:
    due = _due({**a, "minute": a.get("minute", 0)})
    return Request("time_elsewhere", {**due, "a": _place(a, "there"), "b": _place(a, "here")})


def _date(a: Arguments) -> Request:
    slots = {"when": hear(a.get("when", "")), "place": _place(a, "place"), "part": a.get("part", "date")}
    return Request("date", {**slots, "part": slots["part"].replace("_", " ")})


def _days(a: Arguments) -> Request:
    return Request("days_until", {"when": hear(a["when"]), "unit": a.get("unit", "days")})


def _alarm(a: Arguments) -> Request:
    return Request("alarm", _due(a))


def _remind(a: Arguments) -> Request:
    return Request("reminder", {**_due(a), "text": a["text"]})


def _change(a: Arguments) -> Request:
    return Request("timer_more" if a.get("add") else "timer_change", {"seconds": float(a["seconds"]), "unit": 60})


def _cancel(a: Arguments) -> Request:
    return Request("timer_cancel", {"kind": a.get("kind", ""), "which": hear(a.get("which", ""))})


def _sum(a: Arguments) -> Request:
    written = a["expression"].replace("**", "^").replace("sqrt", " square root of ").replace("cbrt", " cube root of ")
    said = hear(written)
    found = find_sum(said)
    if found is None:
        raise BadCall(f"{a['expression']!r} is not a sum that can be worked out; write it like (2 + 3) * 4")
    return Request("sum", {"sum": found, "said": said})


def _convert(a: Arguments) -> Request:
    return Request("convert", {"amount": Fraction(str(a["amount"])), "source": _unit(a, "from_unit"),
                               "target": _unit(a, "to_unit")})  # fmt: skip


def _delete(a: Arguments) -> Request:
    which = a["which"].strip().lower()
    if which not in ("all", "last") and not which.isdecimal():
        raise BadCall("delete_notes: which must be all, last, or a number from 1")
    return Request("notes_delete", {"which": which})


def _random(a: Arguments) -> Request:
    low, high = a.get("low", 1), a.get("high", 100)
    return Request("random", {"low": min(low, high), "high": max(low, high)})


def _style(a: Arguments) -> Request:
    factor = a["factor"]
    if not 0.25 <= factor <= 4:
        raise BadCall("change_voice: factor must be between 0.25 and 4; 1.25 is somewhat more, 0.8 somewhat less")
    return Request("style", {"field": a["what"], "value": f"*{factor:.3f}", "more": factor > 1})


# -- the table --------------------------------------------------------------------------------------
_KINDS = ("timer", "alarm", "reminder")
_PLACE = Argument("string", "a city, country, state or time zone; leave out for here")
_SECONDS = Argument("number", "from now, in seconds")
_HOUR = Argument("integer", "hour of the day, 0 to 23, instead of seconds")
_MINUTE = Argument("integer", "minute, 0 to 59")
_TOMORROW = Argument("boolean", "true when tomorrow is meant")
_ONCE = Argument("boolean", "true for this answer only")
_AT = {"seconds": _SECONDS, "hour": _HOUR, "minute": _MINUTE, "tomorrow": _TOMORROW}


def _text(says: str, needed: bool = True) -> Argument:
    return Argument("string", says, needed)


TOOLS: tuple[Tool, ...] = (
    Tool("get_time", "What time it is now, here or elsewhere.", ("time",), _time, {"place": _PLACE}),
    Tool("time_difference", "How far apart the clocks of two places are.", ("time_between",), lambda a: Request(
        "time_between", {"a": _place(a, "from_place"), "b": _place(a, "to_place")}),
        {"from_place": _PLACE, "to_place": _PLACE}),
    Tool("time_zone", "A place's distance from universal time.", ("time_zone",),
         lambda a: Request("time_zone", {"place": _place(a, "place")}), {"place": _text("a city or country")}),
    Tool("convert_time", "What the clock shows in one place when it shows a given time in another.",
         ("time_elsewhere",), _clock_elsewhere, {
             "hour": Argument("integer", "hour of the day there, 0 to 23", True), "minute": _MINUTE,
             "there": _PLACE, "here": _PLACE}),
    Tool("get_date", "Which day it is today, or on which day something falls.", ("date",), _date, {
        "when": _text("a day in English: tomorrow, in 3 days, next friday, christmas, 2026-12-24; leave out for today",
                      False),
        "part": Argument("string", "what is asked for", False, ("date", "day", "month", "year", "week_number")),
        "place": _PLACE}),
    Tool("days_until", "How far away a day is.", ("days_until", "days_since"), _days, {
        "when": _text("a day in English: friday, christmas, 2026-12-24"),
        "unit": Argument("string", "count in", False, ("days", "weeks", "hours"))}),
    Tool("set_timer", "Starts a timer that speaks up when it is done.", ("timer",), lambda a: Request(
        "timer", {"seconds": float(a["seconds"]), "unit": 60, "label": hear(a.get("label", ""))}), {
            "seconds": Argument("number", "how long, in seconds, at most 172800", True),
            "label": _text("its name, such as pasta", False)}),
    Tool("set_alarm", "Sets an alarm within the next two days.", ("alarm",), _alarm, _AT),
    Tool("set_reminder", "Reminds the user of something within the next two days.", ("reminder",), _remind,
         {"text": _text("what to remind of, in the user's words"), **_AT}),
    Tool("change_timer", "Changes the timer that was set last.", ("timer_change", "timer_more"), _change, {
        "seconds": Argument("number", "its new length, or what is added, in seconds", True),
        "add": Argument("boolean", "true to add to what is left")}),
    Tool("cancel_timer", "Cancels a timer, alarm or reminder.", ("timer_cancel",), _cancel, {
        "kind": Argument("string", "which sort", False, _KINDS),
        "which": _text("all, or a timer's name; leave out for the only one", False)}),
    Tool("list_timers", "Which timers, alarms and reminders run, and the time left.", ("timer_list", "timer_left"),
         lambda a: Request("timer_left", {"kind": a.get("kind", "")}),
         {"kind": Argument("string", "only this sort", False, _KINDS)}),
    Tool("calculate", "Works out a sum exactly.", ("sum",), _sum,
         {"expression": _text("such as (2 + 3) * 4, sqrt 2, 15 % of 80, 2 ^ 10")}),
    Tool("convert", "Converts between units.", ("convert",), _convert, {
        "amount": Argument("number", "how many", True), "from_unit": _text("English name, such as mile"),
        "to_unit": _text("English name, such as kilometre")}),
    Tool("take_note", "Writes down a note for the user.", ("note",), lambda a: Request("note", {"text": a["text"]}),
         {"text": _text("the note, in the user's words")}),
    Tool("read_notes", "The user's notes, oldest first.", ("notes_read",), lambda a: Request("notes_read")),
    Tool("delete_notes", "Deletes notes. Only when the user has asked for it.", ("notes_delete",), _delete,
         {"which": _text("all, last, or a number from 1")}),
    Tool("flip_coin", "Flips a coin.", ("coin",), lambda a: Request("coin")),
    Tool("roll_dice", "Rolls dice.", ("dice",), lambda a: Request(
        "dice", {"sides": a.get("sides", 6), "count": a.get("count", 1)}), {
            "sides": Argument("integer", "of each, 2 to 1000, usually 6"),
            "count": Argument("integer", "how many, 1 to 10")}),
    Tool("random_number", "Draws a whole number.", ("random",), _random,
         {"low": Argument("integer", "the smallest, usually 1"), "high": Argument("integer", "the largest")}),
    Tool("spell", "The letters of a word, one by one.", ("spell",), lambda a: Request("spell", {"word": a["word"]}),
         {"word": _text("one word")}),
    Tool("set_emotion", "How you sound from now on, for instance when the user wants something said sadly.",
         ("manner",), lambda a: Request("manner", {"field": "emotion", "value": a["emotion"]}),
         {"emotion": Argument("string", "neutral is the usual", True, EMOTIONS), "once": _ONCE}),
    Tool("set_manner", "In which manner you speak from now on: whispering, like a robot and so on.",
         ("manner",), lambda a: Request("manner", {"field": "manner", "value": a["manner"]}),
         {"manner": Argument("string", "plain is the usual", True, MANNERS), "once": _ONCE}),
    Tool("change_voice", "Makes your own voice faster, slower, louder, softer, higher or deeper from now on.",
         ("style",), _style, {
             "what": Argument("string", "rate is speed", True, tuple(LIMITS)),
             "factor": Argument("number", "times what it is now: 1.25 is somewhat more, 0.8 somewhat less", True),
             "once": _ONCE}),
    Tool("reset_voice", "Puts your voice back to normal.", ("normal",),
         lambda a: Request("normal", {"fields": (*LIMITS, "emotion", "manner")})),
)  # fmt: skip


def offered(voices: tuple[str, ...] = ()) -> dict[str, Tool]:
    """The tools by name. voices: those the profile has; without any there is nothing to choose."""
    tools = list(TOOLS)
    if voices:
        tools.append(Tool(
            "use_voice", "Speaks with another voice from now on.", ("voice",),
            lambda a: Request("voice", {"voice": a["voice"]}),
            {"voice": Argument("string", "its name", True, voices)}))  # fmt: skip
    return {tool.name: tool for tool in tools}
