"""What every setting is called, what it does, and by which words it is found. `app.panels.rows` makes controls of it.

A setting that has no line here has no control: tests/test_settings_panel.py counts them.
"""

# ruff: noqa: E501  Qt's tools find a text by this long name only; a table is better read in one line each

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication

from app.i18n.marking import QT_TRANSLATE_NOOP


@dataclass(frozen=True)
class About:
    """words: others that one may search for. names: value -> what it is called. ends: of a slider, left and right."""

    label: str
    help: str = ""
    words: str = ""
    names: dict[str, str] = field(default_factory=dict)
    ends: tuple[str, str] = ("", "")


ABOUT: dict[str, About] = {
    "audio.input": About(QT_TRANSLATE_NOOP("Settings", "Microphone"), words=QT_TRANSLATE_NOOP("Settings", "input device sound mic headset hear"),
                         names={"": QT_TRANSLATE_NOOP("Settings", "The system's default")}),
    "audio.output": About(QT_TRANSLATE_NOOP("Settings", "Loudspeaker"), words=QT_TRANSLATE_NOOP("Settings", "output device sound speaker headphones headset volume"),
                          names={"": QT_TRANSLATE_NOOP("Settings", "The system's default")}),
    "audio.canceller": About(
        QT_TRANSLATE_NOOP("Settings", "Echo removal"), QT_TRANSLATE_NOOP("Settings", "Takes Parley's own voice out of the microphone, so that you can interrupt it."),
        QT_TRANSLATE_NOOP("Settings", "canceller echo aec headphones feedback hears itself"),
        {"kalman": QT_TRANSLATE_NOOP("Settings", "Parley's own (recommended)"), "aec3": QT_TRANSLATE_NOOP("Settings", "WebRTC AEC3"), "speex": QT_TRANSLATE_NOOP("Settings", "Speex"),
         "off": QT_TRANSLATE_NOOP("Settings", "Off: I use headphones")}),
    "mode": About(
        QT_TRANSLATE_NOOP("Settings", "When Parley listens"), "", QT_TRANSLATE_NOOP("Settings", "mode open microphone push to talk ptt key"),
        {"open": QT_TRANSLATE_NOOP("Settings", "Always (open microphone)"), "push": QT_TRANSLATE_NOOP("Settings", "While I hold a key (push to talk)")}),
    "window.hotkey": About(
        QT_TRANSLATE_NOOP("Settings", "Push-to-talk key in other programs"), QT_TRANSLATE_NOOP("Settings", "Press the keys you want. In this window, the space bar."),
        QT_TRANSLATE_NOOP("Settings", "hotkey shortcut global key push to talk")),
    "turns.patience": About(
        QT_TRANSLATE_NOOP("Settings", "Patience"), QT_TRANSLATE_NOOP("Settings", "How long you may pause before Parley answers."),
        QT_TRANSLATE_NOOP("Settings", "pause wait cut off slow fast answer end of turn thinking"),
        ends=(QT_TRANSLATE_NOOP("Settings", "answers at once"), QT_TRANSLATE_NOOP("Settings", "waits long"))),
    "turns.barge_in": About(
        QT_TRANSLATE_NOOP("Settings", "How easily it can be interrupted"), QT_TRANSLATE_NOOP("Settings", "What it takes to stop Parley while it speaks."),
        QT_TRANSLATE_NOOP("Settings", "interrupt barge in stop talk over"), ends=(QT_TRANSLATE_NOOP("Settings", "hardly ever"), QT_TRANSLATE_NOOP("Settings", "by the first syllable"))),
    "turns.resume": About(
        QT_TRANSLATE_NOOP("Settings", "Go on after a false interruption"), QT_TRANSLATE_NOOP("Settings", "A cough or a door stops the answer only for a moment."),
        QT_TRANSLATE_NOOP("Settings", "resume interruption cough noise continue")),
    "turns.backchannels": About(
        QT_TRANSLATE_NOOP("Settings", "Signs of listening"), QT_TRANSLATE_NOOP("Settings", "Says “mm-hm” now and then while you talk for long."),
        QT_TRANSLATE_NOOP("Settings", "back-channel mm-hm hum uh-huh")),
    "turns.predictor": About(
        QT_TRANSLATE_NOOP("Settings", "What decides when to speak"), QT_TRANSLATE_NOOP("Settings", "The trained one hears how you speak; the rules count pauses."),
        QT_TRANSLATE_NOOP("Settings", "predictor turn-taking model expert"),
        {"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "rules": QT_TRANSLATE_NOOP("Settings", "Rules"), "trained": QT_TRANSLATE_NOOP("Settings", "Trained network")}),
    "window.start": About(
        QT_TRANSLATE_NOOP("Settings", "The window opens"), "", QT_TRANSLATE_NOOP("Settings", "start minimised tray compact login"),
        {"shown": QT_TRANSLATE_NOOP("Settings", "as usual"), "minimised": QT_TRANSLATE_NOOP("Settings", "minimised, in the tray where there is one"),
         "compact": QT_TRANSLATE_NOOP("Settings", "as a small strip, always on top")}),
    "voice.voice": About(QT_TRANSLATE_NOOP("Settings", "Voice"), words=QT_TRANSLATE_NOOP("Settings", "speaker accent man woman british language sound")),
    "voice.engine": About(
        QT_TRANSLATE_NOOP("Settings", "What speaks"), QT_TRANSLATE_NOOP("Settings", "CosyVoice needs a profile with large models."),
        QT_TRANSLATE_NOOP("Settings", "synthesiser engine espeak cosyvoice tts expert"),
        {"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "espeak": "eSpeak NG", "cosyvoice": "CosyVoice"}),
    "voice.emotion": About(
        QT_TRANSLATE_NOOP("Settings", "Emotion"), "", QT_TRANSLATE_NOOP("Settings", "feeling mood tone happy sad"),
        {"neutral": QT_TRANSLATE_NOOP("Settings", "neutral"), "happy": QT_TRANSLATE_NOOP("Settings", "happy"), "sad": QT_TRANSLATE_NOOP("Settings", "sad"), "angry": QT_TRANSLATE_NOOP("Settings", "angry"),
         "fearful": QT_TRANSLATE_NOOP("Settings", "fearful"), "surprised": QT_TRANSLATE_NOOP("Settings", "surprised"), "calm": QT_TRANSLATE_NOOP("Settings", "calm"),
         "excited": QT_TRANSLATE_NOOP("Settings", "excited")}),
    "voice.manner": About(
        QT_TRANSLATE_NOOP("Settings", "Manner of speaking"), "", QT_TRANSLATE_NOOP("Settings", "style whisper robot loud soft storyteller"),
        {"plain": QT_TRANSLATE_NOOP("Settings", "plain"), "soft": QT_TRANSLATE_NOOP("Settings", "soft"), "loud": QT_TRANSLATE_NOOP("Settings", "loud"), "whisper": QT_TRANSLATE_NOOP("Settings", "whispering"),
         "robot": QT_TRANSLATE_NOOP("Settings", "like a robot"), "storyteller": QT_TRANSLATE_NOOP("Settings", "like a storyteller"),
         "slow-and-clear": QT_TRANSLATE_NOOP("Settings", "slow and clear")}),
    "voice.dialect": About(
        QT_TRANSLATE_NOOP("Settings", "Chinese dialect"), QT_TRANSLATE_NOOP("Settings", "Only voices of the large profiles speak one."), QT_TRANSLATE_NOOP("Settings", "cantonese sichuan"),
        {"": QT_TRANSLATE_NOOP("Settings", "none")}),
    "voice.rate": About(QT_TRANSLATE_NOOP("Settings", "Speed"), words=QT_TRANSLATE_NOOP("Settings", "rate fast slow tempo"), ends=(QT_TRANSLATE_NOOP("Settings", "slower"), QT_TRANSLATE_NOOP("Settings", "faster"))),
    "voice.pitch": About(QT_TRANSLATE_NOOP("Settings", "Pitch"), words=QT_TRANSLATE_NOOP("Settings", "high low deep tone"), ends=(QT_TRANSLATE_NOOP("Settings", "deeper"), QT_TRANSLATE_NOOP("Settings", "higher"))),
    "voice.volume": About(QT_TRANSLATE_NOOP("Settings", "Volume"), words=QT_TRANSLATE_NOOP("Settings", "loud quiet gain"), ends=(QT_TRANSLATE_NOOP("Settings", "quieter"), QT_TRANSLATE_NOOP("Settings", "louder"))),
    "listen.language": About(
        QT_TRANSLATE_NOOP("Settings", "Language you speak"), QT_TRANSLATE_NOOP("Settings", "The embedded profile understands English alone, whatever is chosen here."),
        QT_TRANSLATE_NOOP("Settings", "language english chinese cantonese japanese korean"),
        {"auto": QT_TRANSLATE_NOOP("Settings", "found out by itself"), "en": "English", "zh": "中文", "yue": "粵語", "ja": "日本語",
         "ko": "한국어"}),
    "listen.words": About(
        QT_TRANSLATE_NOOP("Settings", "Words of your own"), QT_TRANSLATE_NOOP("Settings", "Names and places that Parley should recognise, one on each line."),
        QT_TRANSLATE_NOOP("Settings", "vocabulary names dictionary recognise")),
    "listen.engine": About(
        QT_TRANSLATE_NOOP("Settings", "Recogniser"), "", QT_TRANSLATE_NOOP("Settings", "speech recognition engine pocketsphinx asr expert"),
        {"": QT_TRANSLATE_NOOP("Settings", "The profile's own"), "parley": "Parley", "pocketsphinx": "PocketSphinx",
         "sensevoice": "SenseVoice"}),
    "brain.persona": About(
        QT_TRANSLATE_NOOP("Settings", "Who Parley is"), QT_TRANSLATE_NOOP("Settings", "For profiles with a language model; the embedded one is always itself."),
        QT_TRANSLATE_NOOP("Settings", "persona character personality role prompt friendly tutor"),
        {"friendly": QT_TRANSLATE_NOOP("Settings", "Friendly"), "concise": QT_TRANSLATE_NOOP("Settings", "Concise"), "tutor": QT_TRANSLATE_NOOP("Settings", "Tutor"),
         "storyteller": QT_TRANSLATE_NOOP("Settings", "Storyteller")}),
    "brain.temperature": About(
        QT_TRANSLATE_NOOP("Settings", "How freely it words its answers"), QT_TRANSLATE_NOOP("Settings", "For profiles with a language model."),
        QT_TRANSLATE_NOOP("Settings", "temperature creative random"), ends=(QT_TRANSLATE_NOOP("Settings", "to the point"), QT_TRANSLATE_NOOP("Settings", "freely"))),
    "profile": About(
        QT_TRANSLATE_NOOP("Settings", "Profile"), QT_TRANSLATE_NOOP("Settings", "Which parts listen, think and speak. A change starts the conversation again."),
        QT_TRANSLATE_NOOP("Settings", "profile embedded workstation server aligned gpu"),
        {"embedded": QT_TRANSLATE_NOOP("Settings", "Embedded: runs everywhere"), "workstation": QT_TRANSLATE_NOOP("Settings", "Workstation"),
         "server": QT_TRANSLATE_NOOP("Settings", "Server"), "aligned": QT_TRANSLATE_NOOP("Settings", "Aligned")}),
    "models_dir": About(
        QT_TRANSLATE_NOOP("Settings", "Folder of the models"), QT_TRANSLATE_NOOP("Settings", "Empty: in Parley's own folder."), QT_TRANSLATE_NOOP("Settings", "disk path models download")),
    "brain.server": About(
        QT_TRANSLATE_NOOP("Settings", "Address of the server"),
        QT_TRANSLATE_NOOP("Settings", "Any OpenAI-compatible server, such as http://localhost:8000/v1. The profile “server” thinks with it."),
        QT_TRANSLATE_NOOP("Settings", "url openai vllm ollama llama api endpoint")),
    "brain.model": About(
        QT_TRANSLATE_NOOP("Settings", "Model"), QT_TRANSLATE_NOOP("Settings", "Its name on the server. Empty: the first that the server lists."), QT_TRANSLATE_NOOP("Settings", "llm model name")),
    "brain.key_file": About(
        QT_TRANSLATE_NOOP("Settings", "File with the key"), QT_TRANSLATE_NOOP("Settings", "Its first line is the server's key. Empty: no key, or PARLEY_SERVER_KEY."),
        QT_TRANSLATE_NOOP("Settings", "api key token password secret")),
    "privacy.record": About(
        QT_TRANSLATE_NOOP("Settings", "Keep conversations as sound"), QT_TRANSLATE_NOOP("Settings", "Off, nothing that is said is written to the disk."),
        QT_TRANSLATE_NOOP("Settings", "record recording audio save privacy")),
    "privacy.offline": About(
        QT_TRANSLATE_NOOP("Settings", "Offline"), QT_TRANSLATE_NOOP("Settings", "Refuses downloads too, the only thing that asks the network for anything."),
        QT_TRANSLATE_NOOP("Settings", "network internet download privacy")),
    "notes_dir": About(
        QT_TRANSLATE_NOOP("Settings", "Folder of the notes"), QT_TRANSLATE_NOOP("Settings", "Empty: in Parley's own folder."), QT_TRANSLATE_NOOP("Settings", "notes path disk folder")),
}

# page -> its title and settings; the other parts of a page are in its file
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "devices": (QT_TRANSLATE_NOOP("Settings", "Devices"), ("audio.input", "audio.output", "audio.canceller")),
    "conversation": (QT_TRANSLATE_NOOP("Settings", "Conversation"), (
        "mode", "window.hotkey", "turns.patience", "turns.barge_in", "turns.resume", "turns.backchannels",
        "turns.predictor", "window.start")),
    "voice": (QT_TRANSLATE_NOOP("Settings", "Voice"), ("voice.voice", "voice.emotion", "voice.manner", "voice.rate", "voice.pitch",
                              "voice.volume", "voice.dialect", "voice.engine")),
    "languages": (QT_TRANSLATE_NOOP("Settings", "Languages"), ("listen.language", "listen.words", "listen.engine")),
    "persona": (QT_TRANSLATE_NOOP("Settings", "Persona"), ("brain.persona", "brain.temperature")),
    "models": (QT_TRANSLATE_NOOP("Settings", "Profile and models"), ("profile", "models_dir")),
    "server": (QT_TRANSLATE_NOOP("Settings", "Server"), ("brain.server", "brain.model", "brain.key_file")),
    "privacy": (QT_TRANSLATE_NOOP("Settings", "Privacy"), ("privacy.record", "privacy.offline", "notes_dir")),
    "diagnostics": (QT_TRANSLATE_NOOP("Settings", "Diagnostics"), ()),
}
# what else can be found: page, what it is called, by which words
EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("devices", QT_TRANSLATE_NOOP("Settings", "Test my speakers and echo"), QT_TRANSLATE_NOOP("Settings", "echo test wizard delay headphones")),
    ("devices", QT_TRANSLATE_NOOP("Settings", "Show the first run again"), QT_TRANSLATE_NOOP("Settings", "welcome introduction tutorial")),
    ("voice", QT_TRANSLATE_NOOP("Settings", "Listen to the voice"), QT_TRANSLATE_NOOP("Settings", "preview try hear example")),
    ("models", QT_TRANSLATE_NOOP("Settings", "Download models"), QT_TRANSLATE_NOOP("Settings", "pull licence disk gigabytes")),
    ("server", QT_TRANSLATE_NOOP("Settings", "Test the server"), QT_TRANSLATE_NOOP("Settings", "connection answer")),
    ("privacy", QT_TRANSLATE_NOOP("Settings", "What is stored, and delete all"), QT_TRANSLATE_NOOP("Settings", "delete erase forget data files recordings")),
    ("diagnostics", QT_TRANSLATE_NOOP("Settings", "Copy what a bug report needs"), QT_TRANSLATE_NOOP("Settings", "bug report doctor log problem help")),
    ("diagnostics", QT_TRANSLATE_NOOP("Settings", "Save the last minute"), QT_TRANSLATE_NOOP("Settings", "trace bug report record 60 seconds")),
)


def told(text: str) -> str:
    """In the user's language."""
    return QCoreApplication.translate("Settings", text) if text else ""
