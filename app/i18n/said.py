"""What the engine and the sound device say in English, in the user's language: texts that come as news, not as source.

They are made on threads and in processes that know no Qt, and the same lines go to the terminal and into bug reports.
So the window translates them when it shows them. tests/test_translations.py holds that the list is complete.
"""

# ruff: noqa: E501  Qt's tools find a text by this long name only; a table is better read in one line each

import re
from functools import cache

from PySide6.QtCore import QCoreApplication

from app.i18n.marking import QT_TRANSLATE_NOOP

SAID = (
    # the conversation
    QT_TRANSLATE_NOOP("Said", "Mend it, or choose otherwise in the settings."),
    QT_TRANSLATE_NOOP("Said", "It is read again at the next start."),
    QT_TRANSLATE_NOOP("Said", "a voice of your own is left out: {trouble}"),
    QT_TRANSLATE_NOOP("Said", "the usual voice, because this one's file is broken"),
    QT_TRANSLATE_NOOP("Said", "The settings hold."),
    QT_TRANSLATE_NOOP("Said", "The settings hold, but were not saved: {trouble}"),
    QT_TRANSLATE_NOOP("Said", "The conversation starts again with the new settings."),
    QT_TRANSLATE_NOOP("Said", "The conversation cannot be ended ({error}). Start Parley again."),
    QT_TRANSLATE_NOOP("Said", "The conversation stands still; it is started again. What was said so far is forgotten."),
    QT_TRANSLATE_NOOP("Said", "The conversation stands still and cannot be ended ({error}). Start Parley again."),
    QT_TRANSLATE_NOOP("Said", "The conversation stands still again and again. Run `parley doctor`, then start Parley again."),
    QT_TRANSLATE_NOOP("Said", "The conversation goes on."),
    QT_TRANSLATE_NOOP("Said", "No answer came in time."),
    QT_TRANSLATE_NOOP("Said", "Say it again."),
    QT_TRANSLATE_NOOP("Said", "The recogniser cannot keep up, words may be missed."),
    QT_TRANSLATE_NOOP("Said", "Close other programs or choose a smaller profile."),
    QT_TRANSLATE_NOOP("Said", "It is tried again with the next sentence."),
    QT_TRANSLATE_NOOP("Said", "{thread} stopped: {error}"),
    QT_TRANSLATE_NOOP("Said", "Start Parley again."),
    # what is kept
    QT_TRANSLATE_NOOP("Said", "recording to {path}"),
    QT_TRANSLATE_NOOP("Said", "recording stopped: {error}"),
    QT_TRANSLATE_NOOP("Said", "not saved: {trouble}"),
    QT_TRANSLATE_NOOP("Said", "the trace was not saved: {error}"),
    QT_TRANSLATE_NOOP("Said", "the last minute is in {folder}"),
    QT_TRANSLATE_NOOP("Said", "{path} was not saved: {error}."),
    QT_TRANSLATE_NOOP("Said", "Choose another folder."),
    QT_TRANSLATE_NOOP("Said", "Saved: {path}"),
    # the sound device
    QT_TRANSLATE_NOOP("Said", "{trouble}. Looking for a working device."),
    QT_TRANSLATE_NOOP("Said", "No sound device works: {trouble}. Parley goes on as soon as there is one."),
    QT_TRANSLATE_NOOP("Said", "Sound is back, through {name}."),
    QT_TRANSLATE_NOOP("Said", "The system's default device has changed: sound goes through {name} now."),
    QT_TRANSLATE_NOOP("Said", "the system's default device has changed"),
    QT_TRANSLATE_NOOP("Said", "{trouble}. Until it is back, sound goes through {name}"),
    QT_TRANSLATE_NOOP("Said", "{name} is back; sound goes through it again."),
    QT_TRANSLATE_NOOP("Said", "{name} came back but does not run: {trouble}"),
    QT_TRANSLATE_NOOP("Said", "the microphone is heard again."),
    QT_TRANSLATE_NOOP("Said", "the microphone delivers nothing but zeros: it is muted, or Parley has no permission to use it"),
    QT_TRANSLATE_NOOP("Said", "{name} runs at {khz} kHz, telephone quality (a Bluetooth headset whose microphone is on?): choose the built-in microphone as input to hear the assistant clearly"),
    QT_TRANSLATE_NOOP("Said", "{name} runs at {khz} kHz instead of {good}; Parley converts"),
    QT_TRANSLATE_NOOP("Said", "no sound for {s} s"),
    QT_TRANSLATE_NOOP("Said", "the stream has ended"),
    QT_TRANSLATE_NOOP("Said", "the device is stopped"),
    QT_TRANSLATE_NOOP("Said", "another device was chosen"),
    QT_TRANSLATE_NOOP("Said", "the chosen device takes over"),
    QT_TRANSLATE_NOOP("Said", "the sound process ended (exit code {code})"),
    QT_TRANSLATE_NOOP("Said", "no microphone was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)"),
    QT_TRANSLATE_NOOP("Said", "no loudspeaker was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)"),
    QT_TRANSLATE_NOOP("Said", "{names}: in use by another program (another Parley?); close that one, or choose another device with --input and --output"),
    QT_TRANSLATE_NOOP("Said", "{names}: cannot be opened ({error}); is it plugged in, and does its sound server run? `parley doctor` lists what is there"),
    # the voices that are shipped
    QT_TRANSLATE_NOOP("Said", "Clara, a woman's natural voice, American"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, American"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, American, quick"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, British"),
    QT_TRANSLATE_NOOP("Said", "A man's voice, American, unhurried"),
    QT_TRANSLATE_NOOP("Said", "A man's voice, American, the easiest to understand"),
    QT_TRANSLATE_NOOP("Said", "A deep man's voice, American"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, American, soft and calm"),
    QT_TRANSLATE_NOOP("Said", "A man's voice, British, matter-of-fact and brisk"),
    QT_TRANSLATE_NOOP("Said", "A robot, all on one note"),
    QT_TRANSLATE_NOOP("Said", "A man's voice, Scottish"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, British, that tells stories"),
    QT_TRANSLATE_NOOP("Said", "A woman's voice, American, in a good mood"),
    QT_TRANSLATE_NOOP("Said", "A whisper, for the night"),
)


def said(text: str) -> str:
    """-> in the user's language, as far as it is known; the rest, paths and other programs' words, as it is.

    Several sentences may stand in one line.
    """
    for template in SAID:
        own = QCoreApplication.translate("Said", template)
        if own != template and (found := _pattern(template).fullmatch(text)):
            values = found.groupdict()
            dot, rest = values.pop("dot_", None) or "", values.pop("rest_", None)
            return own.format(**{name: said(value) for name, value in values.items()}) + dot + (
                f" {said(rest)}" if rest else "")
    name, colon, rest = text.partition(": ")
    return f"{name}: {said(rest)}" if colon else text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """The template, and after its full stop perhaps more."""
    words = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template))
    more = r"(?: (?P<rest_>.+))?"
    return re.compile(words + (more if template.endswith(".") else rf"(?:(?P<dot_>\.){more})?"), re.DOTALL)
