"""With which feeling and in which manner: "sound happy", "say that again sadly", "use the voice bright".

Canonical text -> Request. Like `voice_control`: only when every word is about that, so that a sad story, somebody
who is sad, and a robot in the kitchen are none of it.
"""

import re

from engine.messages import Change
from engine.nlu.normalise import SMALL
from engine.nlu.request import Request
from engine.tts.number_words import words

_EMOTIONS = {
    "happy": "happy happier happily happiness cheerful cheerfully cheerier cheery joyful joyfully joy merry merrily "
             "glad gladly upbeat jolly",
    "sad": "sad sadder sadly sadness unhappy unhappily sorrowful sorrowfully sorrow melancholy melancholic gloomy "
           "gloomily depressed",
    "angry": "angry angrier angrily anger mad furious furiously cross annoyed grumpy grumpily",
    "fearful": "fearful fearfully fear afraid scared frightened anxious anxiously terrified nervous nervously",
    "surprised": "surprised surprise astonished astonishment amazed amazement",
    "calm": "calm calmer calmly calmness relaxed serene serenely peaceful peacefully soothing soothingly",
    "excited": "excited excitedly excitement enthusiastic enthusiastically enthusiasm thrilled energetic "
               "energetically",
    "neutral": "neutral neutrally emotionless",
}  # fmt: skip
_MANNERS = {
    "whisper": "whisper whispers whispered whispering",
    "robot": "robot robots robotic robotically android",
    "storyteller": "storyteller storytellers storytelling narrator narrators dramatic dramatically grandfather "
                   "grandmother fairy",
    "slow-and-clear": "clear clearer clearly distinctly articulate articulately enunciate",
}
WHAT = {word: ("emotion", name) for name, said in _EMOTIONS.items() for word in words(said)} | {
    word: ("manner", name) for name, said in _MANNERS.items() for word in words(said)
}
_SOFT = re.compile(r"\b(?:soft|gentle|quiet|indoor|inside) (?:voice|tone|way|manner)\b|\bgently\b")
_LOUD = re.compile(r"\b(?:loud|booming) (?:voice|tone|way|manner)\b")
_ABOUT = frozenset(words(
    "speak speaking talk talking sound sounding read reading reply answer act say tell make use using change switch "
    "set try put voice voices tone tones mood emotion emotions feeling manner way style mode intonation more less "
    "bit little lot much very really so extra super as like normal your yours you yourself it that this again not "
    "stop stopping quit being out too soft quiet indoor inside "
    "gentle gently loud booming slow slowly slower from story stories tale tales "
    "telling bedtime child children kid kids a's old an one always instead rather enable activate start into "
    "audiobook keep saying everything things anything of"
))
_CONTEXT = re.compile(r"\b(?:speak|speaking|talk|talking|sound|sounding|say|saying|read|reading|reply|answer|act|tell|"
                      r"voice|tone|mood|emotion|manner|mode|intonation|style)\b")
_COMPARED = re.compile(r"^(?:(?:do|be|more|a|bit|little|much|lot|even|very|really|so|not|no|please|still|again) )*"
                       r"(?:(?:happier|sadder|angrier|calmer|cheerier|clearer|clearly|whisper)(?: again)?|"
                       r"(?:be|more|so) (?:cheerful|enthusiastic|energetic|happy|sad|angry|calm|excited|"
                       r"scared|surprised|grumpy|nervous|neutral|dramatic))$|"
                       r"^be (?:(?:more|very|really|a bit|a little|so|not) )*(?:"
                       r"cheerful|enthusiastic|energetic|happy|sad|angry|calm|excited|scared|surprised|grumpy|nervous|neutral|"
                       r"dramatic)$")
_NOT_ASKED = re.compile(  # somebody's state, a question, a story: not a wish for a voice
    r"\b(?:why|who|whose|when|where|how|my|our|his|her|he|she|they|we|us|was|were|are|is|am|do you|does|did|has|had|"
    r"have|if|because|story about|about|someone|people)\b|^(?:you (?!sound like|should|could|can|must)|i (?!want|would|"
    r"need|prefer|like|wish))|\b(?:can|could) i\b"
)
_LIKENED = re.compile(r"\b(?:like|as if|as though) (?:you|it) (?:are|is|were|was)\b")
_TELLS = re.compile(r"\b(?:story|stories|tale|tales)\b")
_AS_TOLD = re.compile(r"\b(?:like|as if|as)\b.*\b(?:story|stories|tale|tales)\b|\b(?:story|fairy tale|bedtime story|"
                      r"tale) (?:telling )?(?:voice|mode|style|tone|manner)\b|"
                      r"\b(?:like|as)\b.*\baudiobook\b")
_STOPS = re.compile(r"\b(?:stop|stopping|quit|not|less|no more|off|without|out of|from (?:the |your |this )?"
                    r"(?:whisper\w*|robot\w*|story\w*))\b")


def feeling(s: str) -> tuple[str, str] | None:
    """The field of `Style` and the value that the words of `s` name, or None."""
    found = [WHAT[w] for w in s.split() if w in WHAT]
    if _AS_TOLD.search(s):
        return "manner", "storyteller"
    if found:
        return found[0]
    if _SOFT.search(s):
        return "manner", "soft"
    return ("manner", "loud") if _LOUD.search(s) else None


def read_manner(s: str) -> Request | None:
    """ "sound happy", "talk like a robot", "whisper", "stop whispering", "with a sad voice please" """
    said = s.split()
    what = feeling(s)
    if what is None or len(said) > 14 or _NOT_ASKED.search(_LIKENED.sub(" ", s)):
        return None
    if any(w not in WHAT and w not in _ABOUT and w not in SMALL for w in said):
        return None
    if _TELLS.search(s) and not _AS_TOLD.search(s):
        return None                              # a sad story is a story
    field, value = what
    whispers = value == "whisper" and not {"who", "what"} & set(said)
    if not (whispers or _CONTEXT.search(s) or _COMPARED.match(s) or re.match(r"(?:stop|quit) being\b", s)):
        return None
    if field == "emotion" and re.search(r"\b(?:tell|say)\b(?! (?:it|that|this|everything|things|anything)\b)", s):
        return None                              # "tell a happy one": of what, we do not know
    if _STOPS.search(s):
        value = "neutral" if field == "emotion" else "plain"
    return Request("manner", {"field": field, "value": value})


_AGAIN = re.compile(
    r"^(?:(?:and|now|no|so|sorry|okay|but|please|once|again|just) )*(?:(?:can|could|would|will) you )?"
    r"(?:say|repeat|read|tell me|try|speak|do) (?:that|it|this|yourself|(?:the |that |your )?last (?:thing|sentence|"
    r"part|bit|1|answer|reply|information)|what you (?:just )?said|your answer)"
    r"(?: (?:to me|out|back|again|1 more time|one more time|once more|for me|please))*"
    r"(?: but| and| just| this time| in| with)* (?P<how>.+)$"
)
_HOW_WORDS = frozenset(words(
    "in with a an the more less very really much bit little lot way but and this time again please voice tone mood "
    "manner way style like as if you your were are be being to me slower slowly slow faster fast quickly quicker "
    "louder loudly loud quieter quietly softer softly soft gently gentle clearly one 1 once sound sounding even so old "
    "too for telling story stories tale tales bedtime child children reading from it was sounded feeling of"
))
_DEGREES = (
    (r"\b(?:slower|slowly|slow|less (?:fast|quickly))\b", "rate", "*0.750"),
    (r"\b(?:faster|fast|quickly|quicker)\b", "rate", "*1.300"),
    (r"\b(?:louder|loudly|loud)\b", "volume", "*1.500"),
    (r"\b(?:quieter|quietly|softer|softly)\b", "volume", "*0.600"),
)


def read_again(s: str) -> Request | None:
    """ "say that again happily", "repeat it more slowly": the last reply once more, and so only this once."""
    m = _AGAIN.match(s)
    if m is None or any(w not in WHAT and w not in _HOW_WORDS for w in m["how"].split()):
        return None
    how = [Change(field, value) for pattern, field, value in _DEGREES if re.search(pattern, m["how"])]
    if (what := feeling(m["how"])) is not None:
        slowly = what == ("manner", "slow-and-clear")
        how = [c for c in how if not (slowly and c.field == "rate")] + [Change(*what)]
    return Request("repeat", {"how": tuple(how)}) if how else None


_LISTED = re.compile(
    r"^(?:and )?(?:(?:what|which) (?:kinds? of |sorts? of |other |different )?voices? (?:are there|do you (?:have|know|"
    r"offer|speak with)|have you(?: got)?|can (?:you|i) (?:use|choose(?: from)?|do|have|pick|hear|speak with|offer)|"
    r"are available|could you use|is there|exist)|(?:list|tell|name|show|give|read)(?: me)? (?:all )?(?:the |your |of "
    r"your )?(?:available |other |different )?voices(?: (?:there are|you have|you know))?|do you have (?:any )?"
    r"(?:other|more|different) voices|how many voices (?:are there|do you have|have you)|"
    r"what are (?:your|the) (?:other |available )?voices)(?: (?:here|there|please|now|exactly|to offer|available))*$"
)
_NAMED = re.compile(
    r"^(?:use|using|switch to|change to|change your voice to|try|take|speak with|talk with|speak in|choose|select|"
    r"set|set your voice to|pick|give me|go to|use it with|i (?:want|would like|prefer)) (?:the |your |a )?"
    r"(?:voice (?:called |named |of )?(?:the )?(?P<a>[a-z]+(?: [a-z0-9]+)?)|(?P<b>[a-z]+) voice)$|"
    r"^(?:the )?voice (?:called |named )(?P<c>[a-z]+(?: [a-z0-9]+)?)$"
)
_NO_NAMES = SMALL | _ABOUT | WHAT.keys() | frozenset(words(
    "other another different new male female man woman british american english scottish lower higher deeper default "
    "original usual regular quieter louder softer faster slower mail mails message messages memo recorder recording "
    "recognition recognizer command commands control controls search assistant call calls note notes volume speed "
    "pitch settings setting text actor option options service google nice better good cool funny lady gentleman boy "
    "girl men women guy high deep low females males"
))


def read_voices(s: str) -> Request | None:
    """ "what voices are there", "use the voice bright" """
    if _LISTED.match(s):
        return Request("voices")
    m = _NAMED.match(s)
    name = next((name for name in (m["a"], m["b"], m["c"]) if name), "") if m is not None else ""
    sure = m is not None and (m["a"] or m["c"]) and name.split()[0] not in ("mail", "recorder", "recognition", "call")
    if not name or (not sure and name in _NO_NAMES):
        return None
    return Request("voice", {"named": name})
