"""How finished a user's words sound to the embedded brain: the turn-taking predictor waits less after a whole request
and longer after one that obviously goes on."""

import re
from functools import lru_cache

from engine.nlu.follow_up import follow
from engine.nlu.grammar import understand_rest
from engine.nlu.normalise import FILLERS, hear
from engine.nlu.place_names import begins_place
from engine.nlu.request import Request
from engine.nlu.sums import unfinished
from engine.nlu.talk import read_talk
from engine.tts.number_words import SCALES, TENS, words

UNKNOWN = 0.5
_GOES_ON = frozenset(words(   # nobody ends a sentence with these
    "a an the my your our his her their its this these in at to from of for with by into onto between about than "
    "as per and or but so because if when while that which who whose whether unless until till although though "
    "then also is are was were am be do does did can could would will shall should may might must have has had i "
    "you we they he she what how where why what's how's i'm i'd i'll let's want need like please set tell give get "
    "make take read show say put add convert calculate spell remind wake turn increase decrease plus minus times "
    "divided multiplied over point percent very some any no not just another every each next last well actually "
    "maybe like and then called named saying"
))
_MAY_END = frozenset(words("that this what how where why who please no not then is are do have can next last well "
                           "add so you in on times over percent like set read say point take actually maybe about "
                           "for more"))
_OPEN = re.compile(
    r"^(?:(?:set|start|create|make) (?:a|an|the|another)(?: \w+)?(?: timer| alarm)? (?:for|of|to|at)|(?:i "
    r")?(?:want|need|would like)(?: (?:you )?to)?|(?:tell|give|show|read) me(?: (?:a|an|the|about|what|some|my))?|"
    r"what (?:is|are|time|day|date|about)(?: (?:is|the|it|a|my))?|how (?:many|much|long|do|is|about)(?: \w+)?(?: "
    r"(?:in|is|are|until))?|(?:can|could|would|will) you|(?:change|switch)(?: (?:to|your))?|remind me(?: (?:to|in|"
    r"at))?|wake me(?: up)?(?: (?:at|in))?|convert(?: \d+(?:\.\d+)?)?(?: \w+)?|\d+(?:\.\d+)? \w+ (?:in|to|into)|"
    r"(?:take|make)(?: a)?|let us|let me|(?:roll|flip|toss|pick)(?: (?:a|the))?|count(?: (?:from|to|from \d+ to))?|"
    r"spell(?: the word)?|set (?:a|the)(?: (?!timer|alarm|reminder)\w+)?)$"
)
_OPERATORS = frozenset(words("plus minus times by over x add subtract power of root + - * / ^ multiply divide mod "
                             "the off"))
_ADDS = frozenset(words("and plus then or but"))
_DURATION = re.compile(r"(?:for |in )?\d+(?:\.\d+)? (?:minute|hour|second|day)s?(?: (?:and )?\d+ (?:minute|second)s?)?")
_TENS = frozenset([*TENS, *SCALES, "hundred", "a hundred"])
_SCORES = {"timer": 0.95, "note": 0.55, "reminder": 0.75, "reminder_far": 0.7, "spell": 0.8, "okay": 0.6, "yes": 0.7,
           "no": 0.6, "wait": 0.7, "sum": 0.9, "alarm_far": 0.7, "greeting": 0.6, "voice": 0.85, "story": 0.85,
           "joke": 0.85, "fact": 0.85, "go_on": 0.9}


@lru_cache(256)
def complete(text: str) -> float:
    """0 (goes on for sure) .. 1 (a whole request that the brain understands); 0.5 when it can't tell, and for ""."""
    raw = re.findall(r"[a-z0-9'.+*/:-]+", text.lower())
    if not raw:
        return UNKNOWN
    if raw[-1] in FILLERS and raw[-1] != "please":
        return 0.05                                  # "and then um"
    s = hear(text)
    if not s:
        return UNKNOWN
    talk = read_talk(s)
    if talk is not None:
        return _SCORES.get(talk.name, 0.95)
    if raw[-1] in _GOES_ON and raw[-1] not in _MAY_END:
        return 0.05
    if _OPEN.match(s) or (raw[-1] in _OPERATORS and unfinished(s)):
        return 0.05
    request = understand_rest(s)
    if request is None:
        return _unknown(s, raw)
    if raw[-1] in _GOES_ON and request.name not in ("style", "time", "date", "convert", "timer_left", "voice", "story"):
        return 0.1 if raw[-1] not in ("please",) else 0.95
    known = _known(request, s, raw)
    if known > UNKNOWN and raw[-2:-1] and raw[-2] in _ADDS and understand_rest(hear(" ".join(raw[:-2]))) == request:
        return UNKNOWN                               # "... thirty minutes and tw": what is added is no whole word yet
    return known


def _known(request: Request, s: str, raw: list[str]) -> float:
    """A whole request: how likely more words follow all the same."""
    tens = raw[-1] in _TENS                           # "twenty" may become "twenty five"
    if request.missing:
        return 0.4
    if "unknown" in request.slots:                    # "what time is it in new"
        return 0.1 if begins_place(request.slots["unknown"]) else UNKNOWN
    if request.name in ("timer", "alarm", "reminder") and s.rsplit(" ", 1)[-1].replace(".", "").isdigit():
        return 0.1 if request.name == "timer" else 0.3 if tens else 0.6
    if request.name == "convert" and re.search(r" \d+(?:\.\d+)?$", s):
        return 0.2
    if raw[-1] in ("in", "to", "at", "for", "and", "plus", "of"):
        return 0.05
    return 0.6 if tens else _SCORES.get(request.name, 0.95)


def _unknown(s: str, raw: list[str]) -> float:
    """No request on its own: a follow-up or an answer, an unfinished number, or something else."""
    if raw[-1] in _GOES_ON:
        return 0.05 if raw[-1] not in ("that", "this", "no", "please", "more", "you", "well", "like") else UNKNOWN
    if s.rsplit(" ", 1)[-1].replace(".", "").isdigit():
        return 0.15 if raw[-1] in _TENS else 0.35
    if _DURATION.fullmatch(s):
        return 0.85
    if re.match(r"(?:and|what about|how about|in|make it|but) ", s):
        for before in ("what time is it in london", "5 miles in kilometers", "set a timer for 3 minutes"):
            if follow(s, (before,)).name != "unknown":
                return 0.85
    return UNKNOWN
