"""Voices with names of their own: one YAML file each, shipped in `assets/voices` or the user's own.

    description: A woman's voice, British          one line for people, the only key that must be there
    hibari: heart                                  for the default voice's engine; without it eSpeak NG speaks
    espeak: {voice: en-gb-x-rp, variant: f4}       for eSpeak NG; the variant may be absent
    speaker: NAME                                  for CosyVoice: a name in the model's own table of speakers
    prompt:                                        or a recording to speak like, of somebody who agrees to it
      file: me.flac                                next to this file, or with its path from here
      text: What is said in it, word by word.
      consent: true
    rate, pitch, volume, emotion, manner, dialect  as in `engine.messages.Style`: what this voice does by itself

A file of the user's goes before a shipped one of the same name. One that is broken is told of and left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import assets
from audio_io.errors import WrongUse
from audio_io.files import why
from audio_io.notices import Statement, state
from engine.messages import Style
from engine.notices import NoticeCode
from engine.strict_yaml import Table, read
from engine.tts.styles import DIALECTS, EMOTIONS, LIMITS, MANNERS, OWN

SHIPPED = Path(assets.__path__[0], "voices")
KEYS = ("description", "hibari", "espeak", "speaker", "prompt",
        "rate", "pitch", "volume", "emotion", "manner", "dialect")
HIBARI = ("", "heart")           # the voices that come with the package
LONGEST_TEXT = 500               # characters of a prompt: more than 30 s of speech, which is more than a model takes


@dataclass(frozen=True, slots=True)
class Recording:
    """A prompt to speak like: the sound file, and the words in it."""

    file: Path
    text: str


@dataclass(frozen=True, slots=True)
class Preset:
    """A voice with a name of its own. `style`: what neutral, plain and 1.0 mean for it; its `voice` is eSpeak's.

    `description`: one line for people. `hibari`: the voice there, "" for none.
    `speaker`, `prompt`: for CosyVoice; at most one of them is there.
    """

    style: Style
    description: str
    hibari: str = ""
    speaker: str = ""
    prompt: Recording | None = None


def presets(*folders: Path) -> dict[str, Preset]:
    """The presets in `folders` by their names, by default those that Parley ships; earlier folders go before later
    ones, and one that does not exist is empty. Raises WrongUse with the file and the key."""
    found: dict[str, Preset] = {}
    for folder in reversed(folders or (SHIPPED,)):
        for path in _files(folder):
            found[path.stem.lower()] = _preset(read(path, "a voice preset"), path.parent)
    return dict(sorted(found.items()))


def own_and_shipped(own: Path | None, broken: Callable[[Statement], None]) -> dict[str, Preset]:
    """The user's presets in the folder `own`, and those that Parley ships.

    broken: hears of each file of the user's that is left out. The shipped voice of that name stands in, or the usual
    one: who has chosen it hears a voice all the same.
    """
    found = presets()
    try:
        files = _files(own) if own else []
    except WrongUse as wrong:
        broken(state(NoticeCode.VOICES_LEFT_OUT, trouble=wrong.said))
        return found
    for path in files:
        try:
            found[path.stem.lower()] = _preset(read(path, "a voice preset"), path.parent)
        except WrongUse as wrong:
            broken(state(NoticeCode.VOICE_LEFT_OUT, trouble=wrong.said))
            found.setdefault(path.stem.lower(), Preset(OWN, "the usual voice, because this one's file is broken"))
    return dict(sorted(found.items()))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    except OSError as error:
        raise WrongUse(f"{folder}: cannot be read: {why(error)}; check this folder of voices") from error


def told(found: Mapping[str, Preset]) -> dict[str, str]:
    """-> name and description of each, for people and models to choose from."""
    return {name: preset.description for name, preset in found.items()}


def _preset(table: Table, folder: Path) -> Preset:
    table.only(KEYS, "a part of a voice preset")
    style = Style(
        _espeak(table.table("espeak")), table.number("rate", *LIMITS["rate"], 1.0),
        table.number("pitch", *LIMITS["pitch"], 1.0), table.number("volume", *LIMITS["volume"], 1.0),
        table.choice("emotion", EMOTIONS, OWN.emotion), table.choice("manner", MANNERS, OWN.manner),
        table.choice("dialect", DIALECTS, ""),
    )  # fmt: skip
    speaker, prompt = table.text("speaker", ""), _prompt(table.table("prompt"), folder)
    if speaker and prompt:
        table.refuse("speaker", "and prompt are both there; a voice has one of them")
    return Preset(style, table.text("description"), table.choice("hibari", HIBARI, ""), speaker, prompt)


def _espeak(table: Table) -> str:
    table.only(("voice", "variant"), "a part of espeak")
    voice, variant = table.text("voice", OWN.voice), table.text("variant", "")
    return f"{voice}+{variant}" if variant else voice


def _prompt(table: Table, folder: Path) -> Recording | None:
    if not table.values:
        return None
    table.only(("file", "text", "consent"), "a part of a prompt")
    recording = Recording(folder / table.text("file"), table.text("text", longest=LONGEST_TEXT).strip())
    try:
        there = recording.file.is_file()
    except OSError as error:
        table.refuse("file", f"names {recording.file}, which cannot be read: {why(error)}; check its path")
    if not there:
        table.refuse("file", f"names {recording.file}, which is not there; record it or remove the prompt")
    if not recording.text:
        table.refuse("text", "is empty; write what is said in the recording")
    if not table.flag("consent", False):
        table.refuse("consent", "must be true: the person whose voice this is agrees to its use")
    return recording
