"""Every setting of Parley, declared once: name, type, range, default, texts, page, and when a change takes hold.

Frozen values. `app.settings.settings` fills them from files and the command line, `app.panels` makes controls of them.
"""

# ruff: noqa: E501  Qt's tools find a text by this long name only; a table is better read in one line each

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.i18n.marking import QT_TRANSLATE_NOOP
from app.settings.declaration import LIVE, NEXT_START, REBUILD, Declared, declared, setting
from app.settings.folders import environment, folders
from audio_io.errors import WrongUse
from audio_io.files import why
from engine.asr.recognisers import LARGE as LARGE_RECOGNISERS
from engine.asr.recognisers import RECOGNISERS
from engine.duplex.choose_predictor import NAMES as PREDICTORS
from engine.llm.personas import DEFAULT as DEFAULT_PERSONA
from engine.llm.personas import LONGEST as LONGEST_PERSONA
from engine.llm.personas import persona
from engine.messages import Style
from engine.runtime.profile import PROFILES
from engine.strict_yaml import Value
from engine.tts.styles import DIALECTS, EMOTIONS, LIMITS, MANNERS

HOTKEY = "Meta+Alt+Space" if sys.platform == "darwin" else "Ctrl+Alt+Space"     # a Mac's Ctrl
WORD = re.compile(r"[^\W\d_]+(?:(?:[-' ]|\. ?)[^\W\d_]+)*\.?")


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """The sound devices, by their names or the beginning of them; empty: the system's default."""

    input: str = setting(
        "", page="devices", takes=LIVE, control="device",
        label=QT_TRANSLATE_NOOP("Settings", "Microphone"),
        words=QT_TRANSLATE_NOOP("Settings", "input device sound mic headset hear"),
        names={"": QT_TRANSLATE_NOOP("Settings", "The system's default")},
    )  # fmt: skip
    output: str = setting(
        "", page="devices", takes=LIVE, control="device",
        label=QT_TRANSLATE_NOOP("Settings", "Loudspeaker"),
        words=QT_TRANSLATE_NOOP("Settings", "output device sound speaker headphones headset volume"),
        names={"": QT_TRANSLATE_NOOP("Settings", "The system's default")},
    )  # fmt: skip
    canceller: str = setting(
        "kalman", page="devices", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Echo removal"),
        help=QT_TRANSLATE_NOOP("Settings", "Takes Parley's own voice out of the microphone, so that you can interrupt it."),
        words=QT_TRANSLATE_NOOP("Settings", "canceller echo aec headphones feedback hears itself"),
        names={"kalman": QT_TRANSLATE_NOOP("Settings", "Parley's own (recommended)"), "aec3": QT_TRANSLATE_NOOP("Settings", "WebRTC AEC3"), "speex": QT_TRANSLATE_NOOP("Settings", "Speex"), "off": QT_TRANSLATE_NOOP("Settings", "Off: I use headphones")},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """When Parley speaks, waits and yields."""

    patience: float = setting(
        0.5, page="conversation", takes=LIVE, lo=0, hi=1,
        label=QT_TRANSLATE_NOOP("Settings", "Patience"),
        help=QT_TRANSLATE_NOOP("Settings", "How long you may pause before Parley answers."),
        words=QT_TRANSLATE_NOOP("Settings", "pause wait cut off slow fast answer end of turn thinking"),
        ends=(QT_TRANSLATE_NOOP("Settings", "answers at once"), QT_TRANSLATE_NOOP("Settings", "waits long")),
    )  # fmt: skip
    barge_in: float = setting(
        0.5, page="conversation", takes=LIVE, lo=0, hi=1,
        label=QT_TRANSLATE_NOOP("Settings", "How easily it can be interrupted"),
        help=QT_TRANSLATE_NOOP("Settings", "What it takes to stop Parley while it speaks."),
        words=QT_TRANSLATE_NOOP("Settings", "interrupt barge in stop talk over"),
        ends=(QT_TRANSLATE_NOOP("Settings", "hardly ever"), QT_TRANSLATE_NOOP("Settings", "by the first syllable")),
    )  # fmt: skip
    resume: bool = setting(
        True, page="conversation", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Go on after a false interruption"),
        help=QT_TRANSLATE_NOOP("Settings", "A cough or a door stops the answer only for a moment."),
        words=QT_TRANSLATE_NOOP("Settings", "resume interruption cough noise continue"),
    )  # fmt: skip
    backchannels: bool = setting(
        True, page="conversation", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Signs of listening"),
        help=QT_TRANSLATE_NOOP("Settings", "Says “mm-hm” now and then while you talk for long."),
        words=QT_TRANSLATE_NOOP("Settings", "back-channel mm-hm hum uh-huh"),
    )  # fmt: skip
    predictor: str = setting(
        "", page="conversation", takes=REBUILD, choices=("", *PREDICTORS),
        label=QT_TRANSLATE_NOOP("Settings", "What decides when to speak"),
        help=QT_TRANSLATE_NOOP("Settings", "The trained one hears how you speak; the rules count pauses."),
        words=QT_TRANSLATE_NOOP("Settings", "predictor turn-taking model expert"),
        names={"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "rules": QT_TRANSLATE_NOOP("Settings", "Rules"), "trained": QT_TRANSLATE_NOOP("Settings", "Trained network")},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """What is recognised. words: up to 500; letters only, written as they are spoken."""

    language: str = setting(
        "auto", page="languages", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "Language you speak"),
        help=QT_TRANSLATE_NOOP("Settings", "What Parley does by itself (time, timers, notes, sums) is asked for in English."),
        words=QT_TRANSLATE_NOOP("Settings", "language english chinese cantonese japanese korean"),
        names={"auto": QT_TRANSLATE_NOOP("Settings", "found out by itself"), "en": "English", "zh": "中文", "yue": "粵語", "ja": "日本語", "ko": "한국어"},
    )  # fmt: skip
    words: tuple[str, ...] = setting(
        (), page="languages", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "Words of your own"),
        help=QT_TRANSLATE_NOOP("Settings", "Names and places that Parley should recognise, one on each line."),
        words=QT_TRANSLATE_NOOP("Settings", "vocabulary names dictionary recognise"),
    )  # fmt: skip
    engine: str = setting(
        "", page="languages", takes=REBUILD, choices=("", *RECOGNISERS, *LARGE_RECOGNISERS),
        label=QT_TRANSLATE_NOOP("Settings", "Recogniser"),
        words=QT_TRANSLATE_NOOP("Settings", "speech recognition engine whisper asr expert"),
        names={"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "whisper": "Whisper", "parley": "Parley", "sensevoice": "SenseVoice"},
    )  # fmt: skip

    def __post_init__(self) -> None:
        for word in self.words:
            if not WORD.fullmatch(word):
                raise ValueError(f"{word!r} is not a word; write it with letters as it is spoken")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How Parley sounds. rate, pitch and volume are times the voice's own."""

    voice: str = setting(
        "en-us", page="voice", takes=LIVE, control="voice",
        label=QT_TRANSLATE_NOOP("Settings", "Voice"),
        words=QT_TRANSLATE_NOOP("Settings", "speaker accent man woman british language sound"),
    )  # fmt: skip
    emotion: str = setting(
        "neutral", page="voice", takes=LIVE, choices=EMOTIONS,
        label=QT_TRANSLATE_NOOP("Settings", "Emotion"),
        words=QT_TRANSLATE_NOOP("Settings", "feeling mood tone happy sad"),
        names={"neutral": QT_TRANSLATE_NOOP("Settings", "neutral"), "happy": QT_TRANSLATE_NOOP("Settings", "happy"), "sad": QT_TRANSLATE_NOOP("Settings", "sad"), "angry": QT_TRANSLATE_NOOP("Settings", "angry"), "fearful": QT_TRANSLATE_NOOP("Settings", "fearful"), "surprised": QT_TRANSLATE_NOOP("Settings", "surprised"), "calm": QT_TRANSLATE_NOOP("Settings", "calm"), "excited": QT_TRANSLATE_NOOP("Settings", "excited")},
    )  # fmt: skip
    manner: str = setting(
        "plain", page="voice", takes=LIVE, choices=MANNERS,
        label=QT_TRANSLATE_NOOP("Settings", "Manner of speaking"),
        words=QT_TRANSLATE_NOOP("Settings", "style whisper robot loud soft storyteller"),
        names={"plain": QT_TRANSLATE_NOOP("Settings", "plain"), "soft": QT_TRANSLATE_NOOP("Settings", "soft"), "loud": QT_TRANSLATE_NOOP("Settings", "loud"), "whisper": QT_TRANSLATE_NOOP("Settings", "whispering"), "robot": QT_TRANSLATE_NOOP("Settings", "like a robot"), "storyteller": QT_TRANSLATE_NOOP("Settings", "like a storyteller"), "slow-and-clear": QT_TRANSLATE_NOOP("Settings", "slow and clear")},
    )  # fmt: skip
    rate: float = setting(
        1.0, page="voice", takes=LIVE, lo=LIMITS["rate"][0], hi=LIMITS["rate"][1],
        label=QT_TRANSLATE_NOOP("Settings", "Speed"),
        words=QT_TRANSLATE_NOOP("Settings", "rate fast slow tempo"),
        ends=(QT_TRANSLATE_NOOP("Settings", "slower"), QT_TRANSLATE_NOOP("Settings", "faster")),
    )  # fmt: skip
    pitch: float = setting(
        1.0, page="voice", takes=LIVE, lo=LIMITS["pitch"][0], hi=LIMITS["pitch"][1],
        label=QT_TRANSLATE_NOOP("Settings", "Pitch"),
        words=QT_TRANSLATE_NOOP("Settings", "high low deep tone"),
        ends=(QT_TRANSLATE_NOOP("Settings", "deeper"), QT_TRANSLATE_NOOP("Settings", "higher")),
    )  # fmt: skip
    volume: float = setting(
        1.0, page="voice", takes=LIVE, lo=LIMITS["volume"][0], hi=LIMITS["volume"][1],
        label=QT_TRANSLATE_NOOP("Settings", "Volume"),
        words=QT_TRANSLATE_NOOP("Settings", "loud quiet gain"),
        ends=(QT_TRANSLATE_NOOP("Settings", "quieter"), QT_TRANSLATE_NOOP("Settings", "louder")),
    )  # fmt: skip
    dialect: str = setting(
        "", page="voice", takes=LIVE, choices=tuple(DIALECTS),
        label=QT_TRANSLATE_NOOP("Settings", "Chinese dialect"),
        help=QT_TRANSLATE_NOOP("Settings", "Only voices of the large profiles speak one."),
        words=QT_TRANSLATE_NOOP("Settings", "cantonese sichuan"),
        names={"": QT_TRANSLATE_NOOP("Settings", "none")},
    )  # fmt: skip
    engine: str = setting(
        "", page="voice", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "What speaks"),
        help=QT_TRANSLATE_NOOP("Settings", "CosyVoice needs a profile with large models."),
        words=QT_TRANSLATE_NOOP("Settings", "synthesiser engine hibari espeak cosyvoice tts expert"),
        names={"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "hibari": "hibari", "espeak": "eSpeak NG", "cosyvoice": "CosyVoice"},
    )  # fmt: skip

    def style(self) -> Style:
        return Style(self.voice, self.rate, self.pitch, self.volume, self.emotion, self.manner, self.dialect)


@dataclass(frozen=True, slots=True)
class BrainSettings:
    """What answers beside the grammar: a chat model here, or on a server.

    persona: one that is shipped, or a few sentences of the user's own. key_file: absolute or beginning with ~.
    """

    persona: str = setting(
        DEFAULT_PERSONA, page="persona", takes=REBUILD, longest=LONGEST_PERSONA, control="persona",
        label=QT_TRANSLATE_NOOP("Settings", "Who Parley is"),
        help=QT_TRANSLATE_NOOP("Settings", "For whatever answers beside the grammar: a chat model here, or on a server."),
        words=QT_TRANSLATE_NOOP("Settings", "persona character personality role prompt friendly tutor"),
        names={"friendly": QT_TRANSLATE_NOOP("Settings", "Friendly"), "concise": QT_TRANSLATE_NOOP("Settings", "Concise"), "tutor": QT_TRANSLATE_NOOP("Settings", "Tutor"), "storyteller": QT_TRANSLATE_NOOP("Settings", "Storyteller")},
    )  # fmt: skip
    temperature: float = setting(
        0.7, page="persona", takes=REBUILD, lo=0, hi=2,
        label=QT_TRANSLATE_NOOP("Settings", "How freely it words its answers"),
        help=QT_TRANSLATE_NOOP("Settings", "For whatever answers beside the grammar: a chat model here, or on a server."),
        words=QT_TRANSLATE_NOOP("Settings", "temperature creative random"),
        ends=(QT_TRANSLATE_NOOP("Settings", "to the point"), QT_TRANSLATE_NOOP("Settings", "freely")),
    )  # fmt: skip
    server: str = setting(
        "", page="server", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "Address of the server"),
        help=QT_TRANSLATE_NOOP("Settings", "Any OpenAI-compatible server, such as http://localhost:8000/v1. The profile “server” thinks with it."),
        words=QT_TRANSLATE_NOOP("Settings", "url openai vllm ollama llama api endpoint"),
    )  # fmt: skip
    model: str = setting(
        "", page="server", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "Model"),
        help=QT_TRANSLATE_NOOP("Settings", "Its name on the server, a GGUF file, or a chat model that Parley knows. Empty: the best that is there."),
        words=QT_TRANSLATE_NOOP("Settings", "llm model name"),
    )  # fmt: skip
    key_file: str = setting(
        "", page="server", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "File with the key"),
        help=QT_TRANSLATE_NOOP("Settings", "Its first line is the server's key. Empty: no key, or PARLEY_SERVER_KEY."),
        words=QT_TRANSLATE_NOOP("Settings", "api key token password secret"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        persona(self.persona)

    def key(self, environ: Mapping[str, str] | None = None) -> str:
        """The server's key, "" for none. Raises WrongUse for a file that holds none."""
        if not self.key_file:
            return (environment() if environ is None else environ).get("PARLEY_SERVER_KEY", "").strip()
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
    """What is kept, and who may be asked for anything."""

    record: bool = setting(
        False, page="privacy", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Keep conversations as sound"),
        help=QT_TRANSLATE_NOOP("Settings", "Off, nothing that is said is written to the disk."),
        words=QT_TRANSLATE_NOOP("Settings", "record recording audio save privacy"),
    )  # fmt: skip
    offline: bool = setting(
        False, page="privacy", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Offline"),
        help=QT_TRANSLATE_NOOP("Settings", "Refuses downloads too, the only thing that asks the network for anything."),
        words=QT_TRANSLATE_NOOP("Settings", "network internet download privacy"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How the window opens, and the key that talks from any program: as F9 or Ctrl+Alt+Space; empty for none."""

    start: str = setting(
        "shown", page="conversation", takes=NEXT_START,
        label=QT_TRANSLATE_NOOP("Settings", "The window opens"),
        words=QT_TRANSLATE_NOOP("Settings", "start minimised tray compact login"),
        names={"shown": QT_TRANSLATE_NOOP("Settings", "as usual"), "minimised": QT_TRANSLATE_NOOP("Settings", "minimised, in the tray where there is one"), "compact": QT_TRANSLATE_NOOP("Settings", "as a small strip, always on top")},
    )  # fmt: skip
    hotkey: str = setting(
        HOTKEY, page="conversation", takes=LIVE, control="key",
        label=QT_TRANSLATE_NOOP("Settings", "Push-to-talk key in other programs"),
        help=QT_TRANSLATE_NOOP("Settings", "Press the keys you want. In this window, the space bar."),
        words=QT_TRANSLATE_NOOP("Settings", "hotkey shortcut global key push to talk"),
    )  # fmt: skip
    welcomed: bool = False       # the first run has been shown; no control


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user can choose. remarks: lines to show the user once; not in any file."""

    profile: str = setting(
        "embedded", page="models", takes=REBUILD, choices=PROFILES,
        label=QT_TRANSLATE_NOOP("Settings", "Profile"),
        help=QT_TRANSLATE_NOOP("Settings", "Which parts listen, think and speak. A change starts the conversation again."),
        words=QT_TRANSLATE_NOOP("Settings", "profile embedded workstation server aligned gpu"),
        names={"embedded": QT_TRANSLATE_NOOP("Settings", "Embedded: runs everywhere"), "workstation": QT_TRANSLATE_NOOP("Settings", "Workstation"), "server": QT_TRANSLATE_NOOP("Settings", "Server"), "aligned": QT_TRANSLATE_NOOP("Settings", "Aligned")},
    )  # fmt: skip
    mode: str = setting(
        "open", page="conversation", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "When Parley listens"),
        words=QT_TRANSLATE_NOOP("Settings", "mode open microphone push to talk ptt key"),
        names={"open": QT_TRANSLATE_NOOP("Settings", "Always (open microphone)"), "push": QT_TRANSLATE_NOOP("Settings", "While I hold a key (push to talk)")},
    )  # fmt: skip
    audio: AudioSettings = field(default_factory=AudioSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    listen: ListenSettings = field(default_factory=ListenSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    brain: BrainSettings = field(default_factory=BrainSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    window: WindowSettings = field(default_factory=WindowSettings)
    notes_dir: str = setting(
        "", page="privacy", takes=LIVE,
        label=QT_TRANSLATE_NOOP("Settings", "Folder of the notes"),
        help=QT_TRANSLATE_NOOP("Settings", "Empty: in Parley's own folder."),
        words=QT_TRANSLATE_NOOP("Settings", "notes path disk folder"),
    )  # fmt: skip
    models_dir: str = setting(
        "", page="models", takes=REBUILD,
        label=QT_TRANSLATE_NOOP("Settings", "Folder of the models"),
        help=QT_TRANSLATE_NOOP("Settings", "Empty: in Parley's own folder."),
        words=QT_TRANSLATE_NOOP("Settings", "disk path models download"),
    )  # fmt: skip
    remarks: tuple[str, ...] = ()

    def voices(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where the user's own voice presets are."""
        return folders(environ).home / "voices"

    def notes(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where notes are kept."""
        return Path(self.notes_dir).expanduser() if self.notes_dir else folders(environ).home / "notes"

    def models(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where downloaded models are kept."""
        return Path(self.models_dir).expanduser() if self.models_dir else folders(environ).home / "models"


DECLARED: dict[str, Declared] = {one.name: one for one in declared(Settings)}


def value_of(settings: Settings, name: str) -> Value:
    """name: as `turns.patience`."""
    at: object = settings
    for part in name.split("."):
        at = getattr(at, part)
    assert isinstance(at, bool | int | float | str | tuple)
    return at


def on_page(page: str) -> tuple[str, ...]:
    """-> the names of the settings on a page of the panel, in their order."""
    return tuple(name for name, one in DECLARED.items() if one.page == page)
