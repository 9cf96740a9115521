"""What every setting is called, what it does, and by which words it is found. `app.rows` makes controls of it.

A setting that has no line here has no control: tests/test_settings_panel.py counts them.
"""

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication

from app.languages import QT_TRANSLATE_NOOP as T


@dataclass(frozen=True)
class About:
    """words: others that one may search for. names: value -> what it is called. ends: of a slider, left and right."""

    label: str
    help: str = ""
    words: str = ""
    names: dict[str, str] = field(default_factory=dict)
    ends: tuple[str, str] = ("", "")


S = "Settings"
ABOUT: dict[str, About] = {
    "audio.input": About(T(S, "Microphone"), words=T(S, "input device sound mic headset hear"),
                         names={"": T(S, "The system's default")}),
    "audio.output": About(T(S, "Loudspeaker"), words=T(S, "output device sound speaker headphones headset volume"),
                          names={"": T(S, "The system's default")}),
    "audio.canceller": About(
        T(S, "Echo removal"), T(S, "Takes Parley's own voice out of the microphone, so that you can interrupt it."),
        T(S, "canceller echo aec headphones feedback hears itself"),
        {"kalman": T(S, "Parley's own (recommended)"), "aec3": T(S, "WebRTC AEC3"), "speex": T(S, "Speex"),
         "off": T(S, "Off: I use headphones")}),
    "mode": About(
        T(S, "When Parley listens"), "", T(S, "mode open microphone push to talk ptt key"),
        {"open": T(S, "Always (open microphone)"), "push": T(S, "While I hold a key (push to talk)")}),
    "window.hotkey": About(
        T(S, "Push-to-talk key in other programs"), T(S, "Press the keys you want. In this window, the space bar."),
        T(S, "hotkey shortcut global key push to talk")),
    "turns.patience": About(
        T(S, "Patience"), T(S, "How long you may pause before Parley answers."),
        T(S, "pause wait cut off slow fast answer end of turn thinking"),
        ends=(T(S, "answers at once"), T(S, "waits long"))),
    "turns.barge_in": About(
        T(S, "How easily it can be interrupted"), T(S, "What it takes to stop Parley while it speaks."),
        T(S, "interrupt barge in stop talk over"), ends=(T(S, "hardly ever"), T(S, "by the first syllable"))),
    "turns.resume": About(
        T(S, "Go on after a false interruption"), T(S, "A cough or a door stops the answer only for a moment."),
        T(S, "resume interruption cough noise continue")),
    "turns.backchannels": About(
        T(S, "Signs of listening"), T(S, "Says “mm-hm” now and then while you talk for long."),
        T(S, "back-channel mm-hm hum uh-huh")),
    "turns.predictor": About(
        T(S, "What decides when to speak"), T(S, "The trained one hears how you speak; the rules count pauses."),
        T(S, "predictor turn-taking model expert"),
        {"": T(S, "The profile's own"), "rules": T(S, "Rules"), "trained": T(S, "Trained network")}),
    "window.start": About(
        T(S, "The window opens"), "", T(S, "start minimised tray compact login"),
        {"shown": T(S, "as usual"), "minimised": T(S, "minimised, in the tray where there is one"),
         "compact": T(S, "as a small strip, always on top")}),
    "voice.voice": About(T(S, "Voice"), words=T(S, "speaker accent man woman british language sound")),
    "voice.engine": About(
        T(S, "What speaks"), T(S, "CosyVoice needs a profile with large models."),
        T(S, "synthesiser engine espeak cosyvoice tts expert"),
        {"": T(S, "The profile's own"), "espeak": "eSpeak NG", "cosyvoice": "CosyVoice"}),
    "voice.emotion": About(
        T(S, "Emotion"), "", T(S, "feeling mood tone happy sad"),
        {"neutral": T(S, "neutral"), "happy": T(S, "happy"), "sad": T(S, "sad"), "angry": T(S, "angry"),
         "fearful": T(S, "fearful"), "surprised": T(S, "surprised"), "calm": T(S, "calm"),
         "excited": T(S, "excited")}),
    "voice.manner": About(
        T(S, "Manner of speaking"), "", T(S, "style whisper robot loud soft storyteller"),
        {"plain": T(S, "plain"), "soft": T(S, "soft"), "loud": T(S, "loud"), "whisper": T(S, "whispering"),
         "robot": T(S, "like a robot"), "storyteller": T(S, "like a storyteller"),
         "slow-and-clear": T(S, "slow and clear")}),
    "voice.dialect": About(
        T(S, "Chinese dialect"), T(S, "Only voices of the large profiles speak one."), T(S, "cantonese sichuan"),
        {"": T(S, "none")}),
    "voice.rate": About(T(S, "Speed"), words=T(S, "rate fast slow tempo"), ends=(T(S, "slower"), T(S, "faster"))),
    "voice.pitch": About(T(S, "Pitch"), words=T(S, "high low deep tone"), ends=(T(S, "deeper"), T(S, "higher"))),
    "voice.volume": About(T(S, "Volume"), words=T(S, "loud quiet gain"), ends=(T(S, "quieter"), T(S, "louder"))),
    "listen.language": About(
        T(S, "Language you speak"), T(S, "The embedded profile understands English alone, whatever is chosen here."),
        T(S, "language english chinese cantonese japanese korean"),
        {"auto": T(S, "found out by itself"), "en": "English", "zh": "中文", "yue": "粵語", "ja": "日本語",
         "ko": "한국어"}),
    "listen.words": About(
        T(S, "Words of your own"), T(S, "Names and places that Parley should recognise, one on each line."),
        T(S, "vocabulary names dictionary recognise")),
    "listen.engine": About(
        T(S, "Recogniser"), "", T(S, "speech recognition engine pocketsphinx asr expert"),
        {"": T(S, "The profile's own"), "parley": "Parley", "pocketsphinx": "PocketSphinx",
         "sensevoice": "SenseVoice"}),
    "brain.persona": About(
        T(S, "Who Parley is"), T(S, "For profiles with a language model; the embedded one is always itself."),
        T(S, "persona character personality role prompt friendly tutor"),
        {"friendly": T(S, "Friendly"), "concise": T(S, "Concise"), "tutor": T(S, "Tutor"),
         "storyteller": T(S, "Storyteller")}),
    "brain.temperature": About(
        T(S, "How freely it words its answers"), T(S, "For profiles with a language model."),
        T(S, "temperature creative random"), ends=(T(S, "to the point"), T(S, "freely"))),
    "profile": About(
        T(S, "Profile"), T(S, "Which parts listen, think and speak. A change starts the conversation again."),
        T(S, "profile embedded laptop workstation server aligned gpu"),
        {"embedded": T(S, "Embedded: runs everywhere"), "laptop": T(S, "Laptop"), "workstation": T(S, "Workstation"),
         "server": T(S, "Server"), "aligned": T(S, "Aligned")}),
    "models_dir": About(
        T(S, "Folder of the models"), T(S, "Empty: in Parley's own folder."), T(S, "disk path models download")),
    "brain.server": About(
        T(S, "Address of the server"),
        T(S, "Any OpenAI-compatible server, such as http://localhost:8000/v1. The profile “server” thinks with it."),
        T(S, "url openai vllm ollama llama api endpoint")),
    "brain.model": About(
        T(S, "Model"), T(S, "Its name on the server. Empty: the first that the server lists."), T(S, "llm model name")),
    "brain.key_file": About(
        T(S, "File with the key"), T(S, "Its first line is the server's key. Empty: no key, or PARLEY_SERVER_KEY."),
        T(S, "api key token password secret")),
    "privacy.record": About(
        T(S, "Keep conversations as sound"), T(S, "Off, nothing that is said is written to the disk."),
        T(S, "record recording audio save privacy")),
    "privacy.offline": About(
        T(S, "Offline"), T(S, "Refuses downloads too, the only thing that asks the network for anything."),
        T(S, "network internet download privacy")),
    "notes_dir": About(
        T(S, "Folder of the notes"), T(S, "Empty: in Parley's own folder."), T(S, "notes path disk folder")),
}

# page -> its title and settings; the other parts of a page are in its file
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "devices": (T(S, "Devices"), ("audio.input", "audio.output", "audio.canceller")),
    "conversation": (T(S, "Conversation"), (
        "mode", "window.hotkey", "turns.patience", "turns.barge_in", "turns.resume", "turns.backchannels",
        "turns.predictor", "window.start")),
    "voice": (T(S, "Voice"), ("voice.voice", "voice.emotion", "voice.manner", "voice.rate", "voice.pitch",
                              "voice.volume", "voice.dialect", "voice.engine")),
    "languages": (T(S, "Languages"), ("listen.language", "listen.words", "listen.engine")),
    "persona": (T(S, "Persona"), ("brain.persona", "brain.temperature")),
    "models": (T(S, "Profile and models"), ("profile", "models_dir")),
    "server": (T(S, "Server"), ("brain.server", "brain.model", "brain.key_file")),
    "privacy": (T(S, "Privacy"), ("privacy.record", "privacy.offline", "notes_dir")),
    "diagnostics": (T(S, "Diagnostics"), ()),
}
# what else can be found: page, what it is called, by which words
EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("devices", T(S, "Test my speakers and echo"), T(S, "echo test wizard delay headphones")),
    ("devices", T(S, "Show the first run again"), T(S, "welcome introduction tutorial")),
    ("voice", T(S, "Listen to the voice"), T(S, "preview try hear example")),
    ("models", T(S, "Download models"), T(S, "pull licence disk gigabytes")),
    ("server", T(S, "Test the server"), T(S, "connection answer")),
    ("privacy", T(S, "What is stored, and delete all"), T(S, "delete erase forget data files recordings")),
    ("diagnostics", T(S, "Copy what a bug report needs"), T(S, "bug report doctor log problem help")),
    ("diagnostics", T(S, "Save the last minute"), T(S, "trace bug report record 60 seconds")),
)


def told(text: str) -> str:
    """In the user's language."""
    return QCoreApplication.translate(S, text) if text else ""
