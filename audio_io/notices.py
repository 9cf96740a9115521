"""What can be told to the user about the sound device: codes with arguments, not sentences.

A `Code` is a name in the program; its value is the English, so that a line can be printed and logged where there is no
window. The window shows the same code in the user's language (`app.i18n.notices`). The engine's own are in
`engine.notices`.
"""

# ruff: noqa: E501  a table of texts is better read in one line each

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import TypeAlias


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Marks a text that is translated where it is shown; Qt's tools know it by this name."""
    return text


class Code(Enum):
    """Its value: the English, with {names} for the arguments."""


@unique
class DeviceCode(Code):
    # what happens to the device
    LOST = QT_TRANSLATE_NOOP("Notices", "{trouble}. Looking for a working device.")
    NONE_WORKS = QT_TRANSLATE_NOOP("Notices", "No sound device works: {trouble}. Parley goes on as soon as there is one.")
    SOUND_IS_BACK = QT_TRANSLATE_NOOP("Notices", "Sound is back, through {name}.")
    DEFAULT_MOVED = QT_TRANSLATE_NOOP("Notices", "The system's default device has changed: sound goes through {name} now.")
    STANDS_IN = QT_TRANSLATE_NOOP("Notices", "{trouble}. Until it is back, sound goes through {name}")
    CHOSEN_IS_BACK = QT_TRANSLATE_NOOP("Notices", "{name} is back; sound goes through it again.")
    CHOSEN_DOES_NOT_RUN = QT_TRANSLATE_NOOP("Notices", "{name} came back but does not run: {trouble}")
    HEARD_AGAIN = QT_TRANSLATE_NOOP("Notices", "{name}: the microphone is heard again.")
    AMISS = QT_TRANSLATE_NOOP("Notices", "{name}: {trouble}")
    NARROW = QT_TRANSLATE_NOOP("Notices", "{name} runs at {khz} kHz, telephone quality (a Bluetooth headset whose microphone is on?): choose the built-in microphone as input to hear the assistant clearly")
    CONVERTED = QT_TRANSLATE_NOOP("Notices", "{name} runs at {khz} kHz instead of {good}; Parley converts")
    # why there is no sound
    STALLED = QT_TRANSLATE_NOOP("Notices", "no sound for {s} s")
    ZEROS = QT_TRANSLATE_NOOP("Notices", "the microphone delivers nothing but zeros: it is muted, or Parley has no permission to use it")
    STREAM_ENDED = QT_TRANSLATE_NOOP("Notices", "the stream has ended")
    PROCESS_GONE = QT_TRANSLATE_NOOP("Notices", "the sound process is gone: {why}")
    NOT_OPENED = QT_TRANSLATE_NOOP("Notices", "the sound system did not answer within {s} s while opening the device: restart it (or the computer), or choose another device")
    NOT_LISTED = QT_TRANSLATE_NOOP("Notices", "the sound system did not answer within {s} s while listing the devices: restart it (or the computer), or choose another device")
    NO_START = QT_TRANSLATE_NOOP("Notices", "the sound system did not answer within {s} s while starting the stream: restart it (or the computer), or choose another device")
    NOT_STARTED = QT_TRANSLATE_NOOP("Notices", "the device is not started")
    NOT_OPEN = QT_TRANSLATE_NOOP("Notices", "the device is not open")
    STOPPED = QT_TRANSLATE_NOOP("Notices", "the device is stopped")
    OTHER_CHOSEN = QT_TRANSLATE_NOOP("Notices", "another device was chosen")
    CHOSEN_TAKES_OVER = QT_TRANSLATE_NOOP("Notices", "the chosen device takes over")
    DEFAULT_CHANGED = QT_TRANSLATE_NOOP("Notices", "the system's default device has changed")
    # why none can be opened
    NO_MICROPHONE = QT_TRANSLATE_NOOP("Notices", "no microphone was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)")
    NO_LOUDSPEAKER = QT_TRANSLATE_NOOP("Notices", "no loudspeaker was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)")
    IN_USE = QT_TRANSLATE_NOOP("Notices", "{names}: in use by another program (another Parley?); close that one, or choose another device with --input and --output")
    CANNOT_BE_OPENED = QT_TRANSLATE_NOOP("Notices", "{names}: cannot be opened ({error}); is it plugged in, and does its sound server run? `parley doctor` lists what is there")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing to be told. arguments: (name, value) for each {name} of the code's text; `state` makes one.

    A value that is a str is a name, a path or another program's words: it is shown as it is.
    """

    code: Code
    arguments: tuple[tuple[str, "Said"], ...] = ()

    def __str__(self) -> str:
        """In English."""
        return str(self.code.value).format(**{name: str(value) for name, value in self.arguments})


Said: TypeAlias = str | int | float | Statement


def state(code: Code, /, **arguments: Said) -> Statement:
    return Statement(code, tuple(arguments.items()))


def line(what: Sequence[Statement], words: Callable[[Statement], str] = str) -> str:
    """-> one line, in English or in other `words`. Of several statements each ends with a full stop."""
    texts = [words(one) for one in what]
    return texts[0] if len(texts) == 1 else " ".join(text if text.endswith(".") else f"{text}." for text in texts)


def to_json(said: Said) -> object:
    """For another process. A statement that is not of the device's arrives as its English."""
    if not isinstance(said, Statement):
        return said
    if not isinstance(said.code, DeviceCode):
        return str(said)
    return {"code": said.code.name, "arguments": {name: to_json(value) for name, value in said.arguments}}


def from_json(word: object) -> Said:
    """Raises KeyError or TypeError for what `to_json` does not give."""
    if isinstance(word, dict):
        return state(DeviceCode[word["code"]], **{name: from_json(value) for name, value in word["arguments"].items()})
    if not isinstance(word, (str, int, float)):
        raise TypeError(f"{word!r} says nothing")
    return word
