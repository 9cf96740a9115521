"""What an emotion and a manner of speaking mean: for eSpeak NG its controls, for CosyVoice a sentence of instruction.

Pure. One table each: `EMOTIONS` and `MANNERS` name what there is, `FEELS` and `SPEAKS` what it does to a voice. The
directions are those found in acted speech again and again (Scherer 2003, "Vocal communication of emotion", table 2):
joy, anger and fear raise the pitch and the rate, sadness lowers both and flattens the melody, and so on. neutral and
plain change nothing at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from audio_io.errors import WrongUse
from engine.messages import Change, Style

EMOTIONS = ("neutral", "happy", "sad", "angry", "fearful", "surprised", "calm", "excited")
MANNERS = ("plain", "soft", "loud", "whisper", "robot", "storyteller", "slow-and-clear")
DIALECTS: Mapping[str, str] = {  # as CosyVoice names them in its own instructions
    "": "", "cantonese": "广东话", "northeastern": "东北话", "gansu": "甘肃话", "guizhou": "贵州话", "henan": "河南话",
    "hubei": "湖北话", "hunan": "湖南话", "jiangxi": "江西话", "minnan": "闽南话", "ningxia": "宁夏话",
    "shanxi": "山西话", "shaanxi": "陕西话", "shandong": "山东话", "shanghai": "上海话", "sichuan": "四川话",
    "tianjin": "天津话", "yunnan": "云南话",
}  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {"emotion": EMOTIONS, "manner": MANNERS, "dialect": tuple(DIALECTS)}
LIMITS = {"rate": (0.5, 2.5), "pitch": (0.5, 2.0), "volume": (0.1, 2.0)}
OWN = Style()                    # what a voice is when nobody has changed it


# -- changes ----------------------------------------------------------------------------------------
def changed(style: Style, change: Change) -> Style:
    """-> `style` after `change`; "*1.2" is relative to what it is now, figures stay inside LIMITS.

    Raises TypeError for a field that is none, WrongUse for a value that is none.
    """
    value = change.value
    if change.field in LIMITS:
        low, high = LIMITS[change.field]
        now: float = getattr(style, change.field)
        number = now * float(value[1:]) if isinstance(value, str) and value.startswith("*") else float(value)
        value = round(min(high, max(low, number)), 3)
    elif change.field in CHOICES:
        value = _one_of(str(value), CHOICES[change.field], change.field)
    return style.with_(Change(change.field, value))


def set_voice(
    emotion: str = "", manner: str = "", rate: float | None = None, voice: str = "", voices: Iterable[str] = ()
) -> list[Change]:
    """The changes that a call of the tool `set_voice` asks for; what is empty stays as it is.

    rate: 0.5..2.5 times the voice's own. voices: the names there are; empty: any name is taken.
    Raises WrongUse with one line that names the argument, for the model to read.
    """
    changes: list[Change] = []
    if voice:
        changes.append(Change("voice", _one_of(voice, list(voices), "voice") if list(voices) else voice))
    if emotion:
        changes.append(Change("emotion", _one_of(emotion, EMOTIONS, "emotion")))
    if manner:
        changes.append(Change("manner", _one_of(manner, MANNERS, "manner")))
    if rate is not None:
        low, high = LIMITS["rate"]
        if not low <= rate <= high:
            raise WrongUse(f"rate must be from {low:g} to {high:g}, not {rate:g}")
        changes.append(Change("rate", float(rate)))
    return changes


def back_to_normal(fields: Iterable[str] = ("rate", "pitch", "volume", "emotion", "manner")) -> list[Change]:
    """Each of `fields` becomes the voice's own again."""
    return [Change(field, getattr(OWN, field)) for field in fields]


def _one_of(value: str, valid: Iterable[str], what: str) -> str:
    valid = list(valid)
    found = next((name for name in valid if name.lower() == value.strip().lower()), None)
    if found is None:
        near = get_close_matches(value[:60].lower(), valid, 3, 0.5) or [name for name in valid if name][:10]
        raise WrongUse(f"{what} {value[:60]!r} is none there is; the nearest are {', '.join(near)}")
    return found


# -- eSpeak NG --------------------------------------------------------------------------------------
WORDS_A_MINUTE = 175             # eSpeak's own rate
RATES = (80, 450)                # what it accepts, in words a minute
PITCH = 50                       # its own pitch, and its own range of it
PITCHES = (0, 99)
GAPS = (0, 20)                   # between words, in 10 ms at its own rate; beyond, words no longer make a sentence
GAINS = (0.0, 4.0)


@dataclass(frozen=True, slots=True)
class Prosody:
    """Factors on the voice's own; 1.0 changes nothing. melody: of the range of pitch. gap: added between words.

    tilt: dB an octave, positive is brighter; breath: 0..1, 1 is a whisper; both and no gap for hibari, which has no
    other way to them, the gap for eSpeak NG.
    """

    rate: float = 1.0
    pitch: float = 1.0
    melody: float = 1.0
    volume: float = 1.0
    gap: int = 0
    tilt: float = 0.0
    breath: float = 0.0


FEELS: Mapping[str, Prosody] = {
    "neutral": Prosody(),
    "happy": Prosody(rate=1.08, pitch=1.2, melody=1.5, volume=1.12, tilt=0.5),
    "sad": Prosody(rate=0.8, pitch=0.84, melody=0.45, volume=0.72, tilt=-1.5),
    "angry": Prosody(rate=1.12, pitch=1.08, melody=1.35, volume=1.5, tilt=1.5),
    "fearful": Prosody(rate=1.2, pitch=1.36, melody=0.6, volume=0.82, breath=0.15),
    "surprised": Prosody(rate=1.04, pitch=1.36, melody=1.9, volume=1.15, tilt=0.5),
    "calm": Prosody(rate=0.88, pitch=0.93, melody=0.75, volume=0.9, tilt=-0.75),
    "excited": Prosody(rate=1.2, pitch=1.28, melody=1.75, volume=1.3, tilt=1.0),
}
SPEAKS: Mapping[str, Prosody] = {
    "plain": Prosody(),
    "soft": Prosody(rate=0.94, melody=0.85, volume=0.5, tilt=-1.5, breath=0.15),
    "loud": Prosody(rate=0.98, pitch=1.05, melody=1.1, volume=1.7, tilt=1.5),
    "whisper": Prosody(rate=0.9, volume=1.2, breath=1.0),     # eSpeak's variant itself is quiet
    "robot": Prosody(rate=0.94, pitch=0.85, melody=0.0, gap=2),
    "storyteller": Prosody(rate=0.88, pitch=1.02, melody=1.45, volume=1.05, gap=1),
    "slow-and-clear": Prosody(rate=0.7, melody=1.1, volume=1.15, gap=4),
}


@dataclass(frozen=True, slots=True)
class Controls:
    """What eSpeak NG is told, in its own units, and `gain`: linear, applied to what it says."""

    voice: str
    rate: int
    pitch: int
    range: int
    gap: int
    gain: float


def prosody(style: Style) -> Prosody:
    """Emotion and manner together: factors are multiplied, gaps and tilts added, of breath the greater counts."""
    a, b = FEELS[style.emotion], SPEAKS[style.manner]
    return Prosody(a.rate * b.rate, a.pitch * b.pitch, a.melody * b.melody, a.volume * b.volume, a.gap + b.gap,
                   a.tilt + b.tilt, max(a.breath, b.breath))


def pace(style: Style) -> float:
    """How many times faster than its own the voice speaks, all things together."""
    return style.rate * prosody(style).rate


def controls(style: Style) -> Controls:
    """style: `voice` is eSpeak's own key, perhaps with a variant. Everything ends inside what eSpeak accepts."""
    p = prosody(style)
    base, _, variant = style.voice.partition("+")
    variant = _whispering(variant) if style.manner == "whisper" else variant
    return Controls(
        f"{base}+{variant}" if variant else base,
        round(_within(style.rate * p.rate * WORDS_A_MINUTE, RATES)),
        round(_within(style.pitch * p.pitch * PITCH, PITCHES)),
        round(_within(p.melody * PITCH, PITCHES)),
        round(_within(p.gap, GAPS)),
        _within(style.volume * p.volume, GAINS),
    )


def _whispering(variant: str) -> str:
    """eSpeak's two whispers: a woman's, and the other."""
    return "whisperf" if variant.lower() in ("whisperf", "f1", "f2", "f3", "f4", "f5") else "whisper"


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


# -- CosyVoice --------------------------------------------------------------------------------------
END_OF_PROMPT = "<|endofprompt|>"
LEAD_V3 = "You are a helpful assistant."
# CosyVoice2 takes free sentences in the language of what is said; (English, Chinese)
_FREE: Mapping[str, tuple[str, str]] = {
    "happy": ("Speak with a happy, cheerful tone.", "用开心的语气说这句话。"),
    "sad": ("Speak with a sad, downcast tone.", "用悲伤的语气说这句话。"),
    "angry": ("Speak with an angry tone.", "用生气的语气说这句话。"),
    "fearful": ("Speak with a frightened, trembling tone.", "用恐惧的语气说这句话。"),
    "surprised": ("Speak with a surprised, astonished tone.", "用惊讶的语气说这句话。"),
    "calm": ("Speak with a calm, even tone.", "用冷静的语气说这句话。"),
    "excited": ("Speak with an excited, lively tone.", "用兴奋的语气说这句话。"),
    "soft": ("Speak in a soft, gentle voice.", "用轻柔的声音说这句话。"),
    "loud": ("Speak in a loud voice.", "大声地说这句话。"),
    "whisper": ("Speak in a whisper.", "用悄悄话的方式说这句话。"),
    "robot": ("Speak like a robot.", "用机器人的方式说这句话。"),
    "storyteller": ("Speak like a storyteller, vividly and unhurried.", "用讲故事的语气说这句话。"),
    "slow-and-clear": ("Speak very slowly and clearly.", "用很慢的语速清楚地说这句话。"),
}
# CosyVoice3 was trained on a published list of instructions (its `instruct_list`), in these words, whatever the
# language of the speech; what it has none for (fearful, ..., storyteller) is asked for in sentences of the same form
_V3: Mapping[str, str] = {
    "happy": "请非常开心地说一句话。", "sad": "请非常伤心地说一句话。", "angry": "请非常生气地说一句话。",
    "fearful": "请非常恐惧地说一句话。", "surprised": "请非常惊讶地说一句话。", "calm": "请非常冷静地说一句话。",
    "excited": "请非常兴奋地说一句话。", "soft": "Please say a sentence in a very soft voice.",
    "loud": "Please say a sentence as loudly as possible.", "whisper": "Please say a sentence in a whisper.",
    "robot": "你可以尝试用机器人的方式解答吗？", "storyteller": "请用讲故事的语气说一句话。",
    "slow-and-clear": "请用尽可能慢地语速说一句话。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """How CosyVoice is to say a phrase.

    instruct: the text before the prompt's end, with its end mark; "" for none (CosyVoice2 then speaks zero-shot).
    speed: factor on the rate, 1.0 leaves the mel as it is. gain: linear. top_p, top_k: nucleus and size for sampling
    the speech tokens (the reference's own: 0.8 and 25).
    """

    instruct: str
    speed: float = 1.0
    gain: float = 1.0
    top_p: float = 0.8
    top_k: int = 25


# A flat delivery comes from a narrow choice of tokens, a lively one from a wider. Judged by design, not by listening:
# no published weights were at hand.
_CHOICE: Mapping[str, tuple[float, int]] = {
    "robot": (0.6, 10), "slow-and-clear": (0.7, 20), "sad": (0.75, 25), "calm": (0.75, 25),
    "excited": (0.85, 30), "surprised": (0.85, 30),
}  # fmt: skip


def delivery(style: Style, version: int, language: str = "en") -> Delivery:
    """version: 2 or 3, of CosyVoice. language: of what is said, a code as `en` or `zh-cn`.

    An instruction asks for one thing at a time best, so there is at most one sentence each for dialect, emotion and
    manner. The rate of emotion and manner is left to the model; `speed` is the user's rate alone.
    """
    if version not in (2, 3):
        raise ValueError(f"there is no CosyVoice {version} here")
    chinese = language.lower().startswith(("zh", "yue", "cmn"))
    asked = [name for name in (style.emotion, style.manner) if name not in ("neutral", "plain")]
    sentences = [_V3[name] if version == 3 else _FREE[name][chinese] for name in asked]
    if style.dialect:
        name = DIALECTS[style.dialect]
        sentences.insert(0, f"请用{name}表达。" if version == 3 else f"用{name}说这句话。")
    text = " ".join([LEAD_V3, *sentences] if version == 3 else sentences)
    top_p, top_k = next((_CHOICE[name] for name in reversed(asked) if name in _CHOICE), (0.8, 25))
    return Delivery(text + END_OF_PROMPT if text else "", _within(style.rate, LIMITS["rate"]),
                    _within(style.volume, GAINS), top_p, top_k)  # fmt: skip


def with_preset(style: Style, own: Style) -> Style:
    """`style` as the user has it, spoken by a preset whose own style is `own`: figures are multiplied, and what the
    user has not chosen is the preset's."""
    return replace(
        style, voice=own.voice, rate=own.rate * style.rate, pitch=own.pitch * style.pitch,
        volume=own.volume * style.volume, emotion=style.emotion if style.emotion != OWN.emotion else own.emotion,
        manner=style.manner if style.manner != OWN.manner else own.manner, dialect=style.dialect or own.dialect,
    )  # fmt: skip
