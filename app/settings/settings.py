"""What the user has chosen: frozen values from YAML files, and the only place that reads those and the environment.

Later ones win: built-in < profile < the user's file < `--settings FILE` < command line. An unknown name, a wrong type
or a value out of range is refused with one line that names the file and the key.
"""

import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

import assets
from app.desktop.options import STARTS
from audio_io.errors import NotHere, WrongUse
from audio_io.files import check_writable, why, write_whole
from engine.asr.recognisers import LARGE as LARGE_RECOGNISERS
from engine.asr.recognisers import RECOGNISERS
from engine.duplex.predictors import NAMES as PREDICTORS
from engine.llm.personas import DEFAULT as DEFAULT_PERSONA
from engine.llm.personas import LONGEST as LONGEST_PERSONA
from engine.llm.personas import persona
from engine.messages import Style
from engine.runtime.profile import PROFILES, Costs, Profile
from engine.strict_yaml import Table, filled, limited, nearest, read, written
from engine.tts.styles import DIALECTS, EMOTIONS, MANNERS

VERSION = 1
PROFILE_FILES = Path(assets.__file__).parent / "profiles"
SPEAKERS = ("", "espeak", "cosyvoice")
LANGUAGES = ("auto", "en", "zh", "yue", "ja", "ko")
WORD = re.compile(r"[^\W\d_]+(?:(?:[-' ]|\. ?)[^\W\d_]+)*\.?")


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """input, output: name of the device, or the beginning of it; empty: the system's default.

    canceller: what removes the loudspeaker's echo: kalman, aec3, speex, or off (with headphones).
    """

    input: str = ""
    output: str = ""
    canceller: str = limited("kalman", choices=("kalman", "aec3", "speex", "off"))


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """patience: 0..1; how long a pause may last before the assistant answers; 0 answers at once.

    barge_in: 0..1; how easily it can be interrupted; 0 hardly ever, 1 by the first syllable.
    resume: true or false; whether it goes on after an interruption that was none.
    backchannels: true or false; whether it says "mm-hm" now and then while the user talks for long.
    predictor: what decides when to speak: trained, rules, or empty for the profile's.
    """

    patience: float = limited(0.5, 0, 1)
    barge_in: float = limited(0.5, 0, 1)
    resume: bool = True
    backchannels: bool = True
    predictor: str = limited("", choices=("", *PREDICTORS))


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """words: up to 500 of the user's own words and phrases (names, timers, places), preferred to what sounds alike;
    letters only, written as they are spoken.

    engine: what recognises: parley, pocketsphinx, sensevoice (profiles with large models), or empty for the profile's.
    language: auto, en, zh, yue, ja or ko; for recognisers that know more than one (the embedded profile's: English).
    """

    words: tuple[str, ...] = ()
    engine: str = limited("", choices=("", *RECOGNISERS, *LARGE_RECOGNISERS))
    language: str = limited("auto", choices=LANGUAGES)

    def __post_init__(self) -> None:
        for word in self.words:
            if not WORD.fullmatch(word):
                raise ValueError(f"{word!r} is not a word; write it with letters as it is spoken")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """voice: its name, as `parley doctor` lists them. rate 0.5..2.5, pitch 0.5..2, volume 0.1..2: times its own.

    emotion: neutral, happy, sad, angry, fearful, surprised, calm or excited. manner: plain, soft, loud, whisper,
    robot, storyteller or slow-and-clear. dialect: a Chinese one (cantonese, sichuan, ...), for voices that have it.
    engine: what speaks: espeak, cosyvoice (profiles with large models), or empty for the profile's.
    """

    voice: str = "en-us"
    rate: float = limited(1.0, 0.5, 2.5)
    pitch: float = limited(1.0, 0.5, 2.0)
    volume: float = limited(1.0, 0.1, 2.0)
    emotion: str = limited("neutral", choices=EMOTIONS)
    manner: str = limited("plain", choices=MANNERS)
    dialect: str = limited("", choices=tuple(DIALECTS))
    engine: str = limited("", choices=SPEAKERS)

    def style(self) -> Style:
        return Style(self.voice, self.rate, self.pitch, self.volume, self.emotion, self.manner, self.dialect)


@dataclass(frozen=True, slots=True)
class BrainSettings:
    """For the profiles that think with a language model.

    server: address of an OpenAI-compatible server, such as http://localhost:8000/v1. model: its name there, or the
    local model's; empty: the first that the server lists, the profile's own. temperature: 0..2, how freely it words.
    persona: friendly, concise, storyteller, tutor, or a few sentences of your own on who the assistant is.
    key_file: a file whose first line is the server's key, absolute or beginning with ~; empty: PARLEY_SERVER_KEY in
    the environment, or none.
    """

    server: str = ""
    model: str = ""
    persona: str = limited(DEFAULT_PERSONA, longest=LONGEST_PERSONA)
    key_file: str = ""
    temperature: float = limited(0.7, 0, 2)

    def __post_init__(self) -> None:
        persona(self.persona)

    def key(self, environ: Mapping[str, str] | None = None) -> str:
        """The server's key, "" for none. Raises WrongUse for a file that holds none."""
        if not self.key_file:
            return (os.environ if environ is None else environ).get("PARLEY_SERVER_KEY", "").strip()
        path = Path(self.key_file).expanduser()
        try:
            line = path.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, ValueError) as error:
            what = why(error) if isinstance(error, OSError) else "it is not text"
            raise WrongUse(f"brain.key_file: {path} cannot be read: {what}") from error
        if not line.isascii() or not line.isprintable() or not line:
            raise WrongUse(f"brain.key_file: the first line of {path} is not a key")
        return line


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """record: true or false; whether conversations are kept on disk as sound. Off unless asked for.

    offline: true or false; whether `parley models pull` is refused too, the only thing that asks a hub for anything.
    """

    record: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """start: how it opens: shown, minimised (into the tray where there is one), or compact.

    hotkey: in push-to-talk mode, the key that talks from any program: as F9 or Ctrl+Alt+Space; empty for none.
    welcomed: true or false; whether the first run has been shown.
    """

    start: str = limited("shown", choices=STARTS)
    hotkey: str = "Meta+Alt+Space" if sys.platform == "darwin" else "Ctrl+Alt+Space"    # a Mac's Ctrl
    welcomed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user can choose.

    profile: which parts listen, think and speak. mode: `open` hears always, `push` only while the key is held.
    notes_dir: folder of the notes, absolute or beginning with ~; empty: `notes` in Parley's own folder.
    models_dir: folder of downloaded models, likewise; empty: `models` in Parley's own folder.
    remarks: lines to show the user once; not in any file.
    """

    profile: str = limited("embedded", choices=PROFILES)
    mode: str = limited("open", choices=("open", "push"))
    audio: AudioSettings = field(default_factory=AudioSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    listen: ListenSettings = field(default_factory=ListenSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    brain: BrainSettings = field(default_factory=BrainSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    window: WindowSettings = field(default_factory=WindowSettings)
    notes_dir: str = ""
    models_dir: str = ""
    remarks: tuple[str, ...] = ()

    def voices(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where the user's own voice presets are."""
        return places(environ).home / "voices"

    def notes(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where notes are kept."""
        return Path(self.notes_dir).expanduser() if self.notes_dir else places(environ).home / "notes"

    def models(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where downloaded models are kept."""
        return Path(self.models_dir).expanduser() if self.models_dir else places(environ).home / "models"


@dataclass(frozen=True, slots=True)
class Places:
    """settings: the user's file. home: Parley's own folder for notes, models and recordings."""

    settings: Path
    home: Path
    named: bool = False          # the file was named in PARLEY_SETTINGS: then it has to be there


def environment() -> Mapping[str, str]:
    """The process's environment, for those who are not to read it themselves."""
    return os.environ


def hub(downloads: bool, environ: MutableMapping[str, str] | None = None) -> str:
    """Says to the libraries that know a model hub whether they may ask it. -> its address; empty: their own.

    downloads: whether this process downloads models; else they open no socket, whatever they are asked for. To be
    called before one of them is imported: they look at the environment only then.
    """
    environ = os.environ if environ is None else environ
    environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if downloads and environ.pop("PARLEY_KEEPS_OFFLINE", ""):        # the window's doing, not the user's
        environ.pop("HF_HUB_OFFLINE", None)
    elif not downloads and "HF_HUB_OFFLINE" not in environ:
        environ["HF_HUB_OFFLINE"] = environ["PARLEY_KEEPS_OFFLINE"] = "1"
    return environ.get("HF_ENDPOINT", "")


def places(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Places:
    """Where this system keeps such things (XDG, AppData, Library), unless PARLEY_HOME or PARLEY_SETTINGS say."""
    environ = os.environ if environ is None else environ
    try:
        config, data = _system_folders(environ, platform)
        if own := environ.get("PARLEY_HOME"):
            config = data = Path(own).expanduser()
        named = environ.get("PARLEY_SETTINGS")
        file = Path(named).expanduser() if named else config / "settings.yaml"
    except RuntimeError as error:                      # pathlib: no home directory to be found
        raise NotHere(f"no home folder is known for this user: {error}; set PARLEY_HOME to a folder") from error
    return Places(file, data, bool(named))


def _system_folders(environ: Mapping[str, str], platform: str) -> tuple[Path, Path]:
    home = partial(_home, environ)
    if environ.get("PARLEY_HOME"):
        return Path(), Path()                          # not asked for: a machine without a home is fine then
    if platform == "win32":
        roaming = Path(environ.get("APPDATA") or home() / "AppData" / "Roaming") / "Parley"
        return roaming, Path(environ.get("LOCALAPPDATA") or home() / "AppData" / "Local") / "Parley"
    if platform == "darwin":
        library = home() / "Library" / "Application Support" / "Parley"
        return library, library
    config, data = environ.get("XDG_CONFIG_HOME", ""), environ.get("XDG_DATA_HOME", "")
    return (                                           # the XDG specification: relative paths are to be ignored
        (Path(config) if Path(config).is_absolute() else home() / ".config") / "parley",
        (Path(data) if Path(data).is_absolute() else home() / ".local" / "share") / "parley",
    )


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def load(
    path: Path | str | None = None,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """-> the settings that hold now. `path`: `--settings FILE`. `overrides`: {"turns.patience": 0.8} ...

    Raises WrongUse for anything amiss in a file or an override.
    """
    here, layers = places(environ), []
    if here.named or here.settings.exists():
        layers.append(read(here.settings, "a settings file"))
    if path is not None:
        layers.append(read(path, "a settings file"))
    layers.append(_from_overrides(overrides or {}))

    named = Settings()
    for layer in layers:
        named = _filled(named, layer)                  # all checked, and the profile known, before it is looked for
    settings = _filled(Settings(), _profile_table(named.profile).table("settings"))
    for layer in layers:
        settings = _filled(settings, layer)
    return settings


def save(settings: Settings, path: Path | str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Writes what differs from the profile's defaults to the user's file, wholly or not at all. -> that file.

    Raises Trouble where it cannot be written, WrongUse where it was made by a newer Parley (nothing is lost then).
    """
    file = Path(path) if path is not None else places(environ).settings
    if file.exists():
        version = _version(read(file, "a settings file"))
        if version > VERSION:
            raise WrongUse(f"{file}: is version {version}, newer than this Parley's {VERSION}; not overwritten")
    base = replace(
        _filled(Settings(), _profile_table(settings.profile).table("settings")), profile=Settings().profile
    )
    chosen = {"version": VERSION, **_difference(settings, base)}
    check_writable(file.parent)
    write_whole(file, written(chosen).encode())
    return file


def changed(settings: Settings, name: str, value: Any) -> Settings:
    """-> `settings` with one of them otherwise, checked as if it stood in a file. Raises Trouble with the one line."""
    table = _from_overrides({name: value})
    new = _filled(settings, Table("settings", table.path, table.values))
    if name == "profile":
        _profile_table(new.profile)
    return new


def default_of(settings: Settings, name: str) -> Any:
    """What `name` is where the user has chosen nothing, in the profile of `settings`."""
    if name == "profile":
        return Settings().profile
    base: Any = _filled(Settings(), _profile_table(settings.profile).table("settings"))
    return reduce(getattr, name.split("."), base)


def load_profile(name: str, rules: type | None = None) -> Profile:
    """-> the profile `name`, its `turns` checked against the fields of the dataclass `rules` where given.

    Raises WrongUse for a name that is none.
    """
    table = _profile_table(name)
    turns = table.table("turns")
    if rules is not None:
        filled(rules(), turns, "a rule of turns")
    return Profile(
        name, table.text("listens"), table.text("thinks"), table.text("speaks"),
        filled(Costs(), table.table("costs"), "a cost"), dict(turns.values),
        table.choice("predicts", PREDICTORS, "rules"),
    )


def _profile_table(name: str) -> Table:
    if name not in PROFILES:
        raise WrongUse(f"{name!r} is not a profile{nearest(name, PROFILES)}")
    table = read(PROFILE_FILES / f"{name}.yaml", "a profile")
    parts = ("version", "listens", "thinks", "speaks", "predicts", "costs", "turns", "settings")
    table.only(parts, "a part of a profile")
    return table


def _filled(settings: Settings, table: Table) -> Settings:
    version = _version(table)
    known = Table(table.where, table.path, {k: v for k, v in table.values.items() if k != "version"})
    if "remarks" in known.values:
        known.refuse("remarks", "is not a setting; remove it")
    new = filled(settings, known, skip_unknown=version > VERSION)
    for name in ("notes_dir", "models_dir"):
        folder = getattr(new, name)
        if folder and not (Path(folder).is_absolute() or re.match(r"~(/|\\|$)", folder)):
            known.refuse(name, f"must be an absolute path or begin with ~/, not {folder!r}")
    if version > VERSION:
        line = f"{table.where}: is version {version}, newer than this Parley's {VERSION}; unknown names are ignored"
        new = replace(new, remarks=(*(r for r in new.remarks if r != line), line))
    return new


def _version(table: Table) -> int:
    return table.whole("version", 1, 1_000_000, VERSION)


def _from_overrides(overrides: Mapping[str, Any]) -> Table:
    values: dict[str, Any] = {}
    for name, value in overrides.items():
        *sections, last = name.split(".")
        at = values
        for section in sections:
            at = at.setdefault(section, {})
            if not isinstance(at, dict):
                raise WrongUse(f"command line: {section} is given as a value and as a section; drop one")
        at[last] = list(value) if isinstance(value, tuple) else value
    return Table("command line", "", values)


def _difference(value: Any, base: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for f in fields(value):
        ours, theirs = getattr(value, f.name), getattr(base, f.name)
        if ours == theirs or f.name == "remarks":
            continue
        if is_dataclass(ours):
            found[f.name] = _difference(ours, theirs)
        else:
            found[f.name] = list(ours) if isinstance(ours, tuple) else ours
    return found
