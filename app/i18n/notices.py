"""What the engine and the sound device tell by code, in the user's language.

The codes' English is where the codes are (`audio_io.notices`, `engine.notices`); `make translations` collects it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.i18n.marking import QT_TRANSLATE_NOOP
from audio_io.notices import Code, Said, Statement, line

# descriptions of the voices that are shipped: they are data, in assets/voices
VOICES = (
    QT_TRANSLATE_NOOP("Voices", "the usual voice, because this one's file is broken"),
    QT_TRANSLATE_NOOP("Voices", "Clara, a woman's natural voice, American"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, American"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, American, quick"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, British"),
    QT_TRANSLATE_NOOP("Voices", "A man's voice, American, unhurried"),
    QT_TRANSLATE_NOOP("Voices", "A man's voice, American, the easiest to understand"),
    QT_TRANSLATE_NOOP("Voices", "A deep man's voice, American"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, American, soft and calm"),
    QT_TRANSLATE_NOOP("Voices", "A man's voice, British, matter-of-fact and brisk"),
    QT_TRANSLATE_NOOP("Voices", "A robot, all on one note"),
    QT_TRANSLATE_NOOP("Voices", "A man's voice, Scottish"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, British, that tells stories"),
    QT_TRANSLATE_NOOP("Voices", "A woman's voice, American, in a good mood"),
    QT_TRANSLATE_NOOP("Voices", "A whisper, for the night"),
)


def words(said: Said | Code | None) -> str:
    """-> in the user's language; a name, a path or another program's words as they are. None: nothing."""
    match said:
        case None:
            return ""
        case Code():
            return QCoreApplication.translate("Notices", said.value)
        case Statement():
            return words(said.code).format(**{name: words(value) for name, value in said.arguments})
    return str(said)


def words_in_line(what: Sequence[Statement]) -> str:
    return line(what, words)


def voice_words(description: str) -> str:
    """-> what a voice is, in the user's language; the description of a voice of the user's own as it is."""
    return QCoreApplication.translate("Voices", description)
