"""How the voice sounds: louder, slower, higher, another one. Canonical text -> Request."""

import re

from engine.nlu.normalise import SMALL
from engine.nlu.request import Request
from engine.tts.number_words import words

_VOICE_WORDS = frozenset(words(
    "speak speaking speech talk talking voice voices volume sound sounding audio loud louder loudly loudness quiet "
    "quieter quietly soft softer softly slow slower slowly fast faster quick quicker quickly speed rate pace make "
    "increase decrease reduce raise lower turn bit little lot much more less very too so even way level whisper "
    "whispering mode higher high deeper deep low pitch normal usual default original regular change switch use set "
    "your yours yourself hear bring down up speaker speakers again then reset only percent go read say slightly "
    "notch rise boost adjust accelerate keep saying words can not please hard barely output settings stop stopping "
    "start part under than before permanently tell louder max maximum full highest lowest minimum half way crank "
    "pump enable activate setting accent male female man woman boy girl men women british american english "
    "scottish scots us uk gb rp caribbean lancashire standard lady gentleman guy different another other new like "
    "different sir accents back into kind normally"
))
_RATE = (r"\b(?:faster|quicker|speed up|speed it up|quickly|fast|accelerate|too slow|too slowly|increase (?:the |"
         r"your )?(?:\w+ )?(?:speed|rate|pace))\b",
         r"\b(?:slower|slow down|slow it down|slowly|slow|too fast|too quickly|(?:decrease|reduce|lower) (?:the |"
         r"your )?(?:\w+ )?(?:speed|rate|pace))\b")
_LOUD = (r"\b(?:louder|loudly|speak up|turn (?:it |this |that |yourself |the volume |your volume |the sound |the "
         r"speakers? |your speakers? |volume )?up|volume up|(?:increase|raise|boost|rise|pump|"
         r"crank)\b.*\b(?:volume|sound|audio|loudness|it)|too quiet|too soft|(?:can not|barely) hear)\b",
         r"\b(?:quieter|softer|quietly|softly|less loud|turn (?:it |this |that |yourself |the volume |your volume |"
         r"the sound |the speakers? |volume )?down|volume down|(?:decrease|reduce|lower|bring down|"
         r"bring)\b.*\b(?:volume|sound|audio|loudness)(?: down)?|too loud)\b")
_PITCH = (r"\b(?:higher|high pitch\w*)\b", r"\b(?:deeper|deep|low pitch\w*|lower (?:voice|pitch)|(?:voice|pitch|"
                                           r"speak|talk) lower|lower your (?:voice|pitch))\b")
_VOICE_MEANT = re.compile(r"\b(?:voice|voices|accents?|sound like|talk like|speak like|talk in|speak in|speak with|"
                          r"talk with|british|american|scottish|male|female)\b")
_LEVEL = re.compile(r"\bvolume\b.*?\b(\d+)(?P<p> percent)?\b|\b(\d+) percent volume\b")
NORMAL = ("rate", "volume", "pitch", "emotion", "manner")
ACCENTS = {"british": "en-gb", "english": "en-gb", "uk": "en-gb", "gb": "en-gb", "american": "en-us", "us": "en-us",
           "scottish": "en-gb-scotland", "scots": "en-gb-scotland", "rp": "en-gb-x-rp", "caribbean": "en-029",
           "lancashire": "en-gb-x-gbclan"}
_FEMALE, _MALE = frozenset(words("female woman girl women lady")), frozenset(words("male man boy men guy "
        "gentleman"))


def read_voice(s: str) -> Request | None:
    """Louder, slower, higher, another voice. Only when every word is about that: "turn up the music" is not."""
    if len(s.split()) > 16 or any(w not in _VOICE_WORDS and w not in SMALL and not w.isdigit() for w in s.split()):
        return None
    if (request := _read_other_voice(s)) is not None:
        return request
    usual = re.search(r"\b(?:normal|usual|default|original|regular|reset|normally)\b", s)
    if usual and (re.search(r"\b(?:voice|speak|talk|speed|rate|pace|volume|pitch|sound|mode)\b", s) or s == "normal"):
        named = (("rate", r"speed|rate|pace|slow|fast"), ("volume", r"volume|loud"), ("pitch", r"pitch"))
        fields = [field for field, name in named if re.search(name, s)]
        return Request("normal", {"fields": tuple(fields or NORMAL)})
    if (m := _LEVEL.search(s)) is not None:
        n = int(m[1] or m[3])
        share = n / 100 if m["p"] or m[3] or n > 10 else n / 10
        return Request("style", {"field": "volume", "value": min(2.0, max(0.1, share)), "more": False})
    if re.search(r"\bvolume\b.*\b(?:max|maximum|full|highest)\b|\b(?:max|maximum|full|highest)\b.*\bvolume\b", s):
        return Request("style", {"field": "volume", "value": 2.0, "more": False})
    step = 0.5 if re.search(r"\b(?:bit|little|slightly|notch)\b", s) else 2.0 if re.search(r"\b(?:much|lot|"
        r"way)\b", s) else 1.0
    for field, (up, down), size in (("volume", _LOUD, 1.35), ("rate", _RATE, 1.25), ("pitch", _PITCH, 1.2)):
        lower = re.search(down, s)
        if lower or re.search(up, s):
            falls = lower and not re.search(r"\btoo (?:slow|slowly|quiet|soft)\b", s)
            factor = (1 + (size - 1) * step) ** (-1 if falls else 1)
            return Request("style", {"field": field, "value": f"*{factor:.3f}", "more": factor > 1})
    return None


def _read_other_voice(s: str) -> Request | None:
    said = set(s.split())
    sex = "f" if said & _FEMALE else "m" if said & _MALE else ""
    language = "english" in said and not said & {"accent", "voice"}          # "speak English" is no accent
    accent = next((voice for word, voice in ACCENTS.items() if word in said and not language), "")
    if not _VOICE_MEANT.search(s) or re.search(r"\b(?:volume|pitch|speed)\b", s):
        return None
    if not sex and not accent:
        other = re.search(r"\b(?:change|switch|different|another|other|new|use)\b.*\b(?:voices?|accents?)\b", s)
        usual = re.search(r"\b(?:normal|default|original|usual|regular|whisper\w*|lower|higher|deeper)\b", s)
        return Request("voice", {}, "voice") if other and not usual else None
    variant = {"": "", "f": "+f2" if accent.startswith("en-gb") else "+f3", "m": "+m3"}[sex]
    name = " ".join(w for w in s.split() if w in _FEMALE | _MALE or w in ACCENTS)
    return Request("voice", {"voice": (accent or "en-us") + variant, "said": name})
