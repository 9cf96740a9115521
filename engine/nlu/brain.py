"""The embedded brain: rules and tools, no model. What it can't do it says, and names the profile that can."""

from collections.abc import Callable, Generator, Mapping

from engine.assistant.assistant import Assistant
from engine.messages import Change, Prompt, Say, Used
from engine.nlu import answers
from engine.nlu import small_talk as talk
from engine.nlu.answers import Answer, Turn
from engine.nlu.follow_up import follow
from engine.nlu.request import Request
from engine.tts.voices import presets, told

ANSWERS: dict[str, Callable[[Request, Turn], Answer]] = {
    "time": answers.time, "time_between": answers.time_between, "time_zone": answers.time_zone,
    "time_elsewhere": answers.time_elsewhere, "date": answers.date_, "days_until": answers.days_until,
    "days_since": answers.days_until, "timer": answers.set_timer, "alarm": answers.set_timer,
    "reminder": answers.set_timer, "timer_change": answers.change_timer, "timer_more": answers.change_timer,
    "timer_cancel": answers.cancel_timer, "timer_left": answers.timers_left, "timer_list": answers.timers_left,
    "timer_pause": answers.timer_pause, "alarm_far": answers.too_far, "reminder_far": answers.too_far,
    "sum": answers.sum_, "convert": answers.convert_, "note": answers.note, "notes_read": answers.notes_read,
    "notes_delete": answers.notes_delete, "stop": talk.stop, "repeat": talk.repeat, "go_on": talk.go_on,
    "style": talk.style, "normal": talk.normal, "voice": talk.voice, "voices": talk.voices, "manner": talk.manner,
    "coin": talk.coin, "dice": talk.dice,
    "random": talk.random, "count": talk.count, "spell": talk.spell, "story": talk.tale, "joke": talk.tale,
    "fact": talk.tale, "unknown": talk.unknown, **dict.fromkeys(talk.SAYINGS, talk.say),
}
LASTING = frozenset({"timer", "alarm", "reminder", "timer_change", "timer_more", "timer_cancel", "note", "notes_delete",
                     "coin", "dice", "random"})


class Brain:
    """Keeps nothing of the conversation: what "and in Tokyo?" means comes from `prompt.past`, each time anew."""

    def __init__(self, assistant: Assistant, voices: Mapping[str, str] | None = None) -> None:
        """voices: the presets that can be asked for by name, with their descriptions; None for those shipped."""
        self.assistant = assistant
        self.voices = told(presets()) if voices is None else voices

    def work(self, prompt: Prompt) -> Generator[Say | Used | Change, None, None]:
        """The reply, a speakable phrase at a time; `Used` before the `Say` that depends on it.

        "Stop" alone is answered by silence: nothing is yielded. A tool does its work when its `Used` is asked for.
        """
        request = self.read(prompt)
        yield from ANSWERS[request.name](request, Turn(self.assistant, prompt, self.voices))

    def lasting(self, prompt: Prompt) -> bool:
        """Whether answering leaves a trace (a timer, a note, a throw of dice): then it must not be
        begun before the user's turn is surely over, and not twice."""
        return self.read(prompt).name in LASTING

    @staticmethod
    def read(prompt: Prompt) -> Request:
        """What the user asks for."""
        return follow(prompt.text, tuple(e.user for e in prompt.past))
