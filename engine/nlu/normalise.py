"""From what a recogniser wrote (or a person typed) to the canonical text that the brain's rules read.

Canonical: lower case, numbers in figures, contractions written out, fillers, politeness and the assistant's name
gone, a stutter said once, a self-correction ("five no ten minutes") reduced to what was meant.
"""

import re
import unicodedata
from functools import lru_cache

from engine.nlu.numbers import digits
from engine.tts.number_words import words

FILLERS = frozenset(words("um uh er erm uhm umm uhh hmm hm mm mhm mmm ah eh please kindly basically literally"))
SMALL = frozenset(words(  # they carry no request of their own: a rule may leave them unexplained
    "a an the is are was be am it its this that these those of in on at to for from by as and or but so then i me "
    "my you your we us our do does did can could would will shall may might should let lets have has had need want "
    "like give tell show say please now right just exactly currently today here there ok okay hey hello hi well uh "
    "um some any get go with up out down over back again too also be been being what which who how when thank "
    "thanks sir dear really kind quickly maybe already know still ahead if one 1 using moment present if's wanna "
    "gonna gotta"
))
_SHORT = {
    "whats": "what is", "hows": "how is", "wheres": "where is", "whos": "who is", "whens": "when is", "its": "it is",
    "im": "i am", "ive": "i have", "lets": "let us", "dont": "do not", "cant": "can not", "cannot": "can not",
    "thats": "that is", "youre": "you are", "theres": "there is", "oclock": "o'clock", "wont": "will not",
    "didnt": "did not", "doesnt": "does not", "isnt": "is not", "wanna": "want to", "gonna": "going to",
    "gotta": "got to", "gimme": "give me", "lemme": "let me", "mins": "minutes", "min": "minutes", 
    "secs": "seconds",
    "sec": "seconds", "hrs": "hours", "hr": "hours", "ya": "you", "u": "you", "nevermind": "never mind",
    "alright": "all right", "good-bye": "goodbye", "todays": "today's", "tomorrows": "tomorrow's",
}
_CLITIC = re.compile(r"\b(what|how|where|who|when|it|that|there|here|he|she|today|time)'s\b")
_NOT = re.compile(r"\b(do|does|did|is|are|was|were|could|would|should|have|has|ca|wo)n't\b")
_TYPED = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['-][^\W\d_]+)*|[-+*/^()%=×÷√°:!]")
_UNIT_AFTER = re.compile(r"(?<=\d)(?=[a-z°])")
_ORDINAL = re.compile(r"\b(\d+) (st|nd|rd|th)\b")
_LEAD = re.compile(
    r"^(?:(?:(?:hey|hi|hello|okay|ok|yo|oh|dear) )?(?:parley|parlay|parly|barley|harley|partly|computer|assistant|"
    r"siri|alexa|google|olly|ai)\b ?|(?:okay|ok|so|well|hey|oh|alright|all right|yeah|then|listen|excuse me|sorry "
    r"but) |(?:can|could|would|will|do) you (?:be able to |happen to know |know |perhaps |possibly |maybe |be so "
    r"kind and )?(?!do\b|help\b|hear\b|talk\b|like me\b|speak\b|understand\b|say\b|call\b|think\b|have\b|feel\b)|i "
    r"(?:want|need|would like|wish|would love|would need) (?:for )?(?:you )?to (?:know )?|i am (?:curious|"
    r"wondering) |i wonder (?:if you could )?|do me a favou?r and |go ahead and |help me (?:to )?(?=\w)|let me "
    r"know |may i (?:know|ask) |would you mind (?=tell|giv|sett)|i was wondering |i mean )"
)
_TAIL = re.compile(
    r" (?:please|for me|thanks|thank you|thank you very much|if you can|if you could|if you would|could you|would "
    r"you|will you|can you|okay|ok|right now|for now|parley|you know|will ya|or something|(?<!from )now|google|"
    r"siri|alexa|ai|then)$"
)
_STUTTER = re.compile(r"\b(?!knock |minus |plus )([a-z']+(?: [a-z']+){0,2})(?: \1\b)+")
_MEANT = (r"(?:oh )?(?:no|nope|sorry|i mean|i meant|wait|actually|make that|or rather|rather|scratch that|"
          r"correction)")
_REPAIR = re.compile(
    rf"(?<![\w.])-?\d+(?:\.\d+)?(?: [a-z]+)? {_MEANT}(?: (?:{_MEANT}|to|for|it is))* (?=\d|an? (?:minute|hour|"
    rf"second))"
)


@lru_cache(512)
def hear(text: str) -> str:
    """The canonical text. "" when nothing but fillers was said. Never raises; at most the first 60 words count."""
    s = _spelled(unicodedata.normalize("NFKC", text[:600]).lower().replace("’", "'"))
    kept = [w for w in s.split()[:60] if w not in FILLERS]
    s = _STUTTER.sub(r"\1", digits(" ".join(kept)))
    s = _REPAIR.sub("", s)
    return _bared(s)


def _spelled(s: str) -> str:
    """Typed things apart ("21km" -> "21 km", "5:30pm" stays one time), contractions in full."""
    s = re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", s)
    s = re.sub(r"(\d),(?=\d{3}\b)", r"\1", s)
    s = re.sub(r"(\d{1,2}):(\d\d)(?!\d)", r"\1 colon \2 ", s)
    s = re.sub(r"(?<![\d)])\s*!", " ", s)                  # an exclamation, not a factorial
    s = _UNIT_AFTER.sub(" ", s)
    s = re.sub(r"\b(\d+) x (?=\d)", r"\1 * ", s)
    s = _NOT.sub(lambda m: {"ca": "can", "wo": "will"}.get(m[1], m[1]) + " not", s)
    s = _CLITIC.sub(lambda m: m[0] if m[1] in ("today", "time") else f"{m[1]} is", s)
    s = re.sub(r"\b(i|you|we|they)'(m|re|ve|ll|d)\b",
               lambda m: f"{m[1]} " + {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}[m[2]], s)
    pieces = (_SHORT.get(w, w) for w in _TYPED.findall(s))
    s = " ".join(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", w) for w in pieces)
    s = re.sub(r"(\d) colon (\d\d)", r"\1:\2", s).replace(" %", " percent").replace("°", "degrees")
    return _ORDINAL.sub(r"\1\2", s)


def _bared(s: str) -> str:
    """Without what is said around a request, unless that is all there is."""
    while (m := _LEAD.match(s)) and m.end() < len(s):
        s = s[m.end():]
    while (m := _TAIL.search(s)) and m.start() > 0 and not s.startswith(("thank", "can you")):
        rest = s[: m.start()]
        if rest in ("what is it", "how are you", "right", "what time is it") and m[0] == " then":
            break
        s = rest
    return s.strip()


def unexplained(text: str, start: int, end: int, known: frozenset[str] = frozenset()) -> list[str]:
    """The words of `text` outside [start, end) that could carry a request of their own."""
    outside = text[:start].split() + text[end:].split()
    return [w for w in outside if w not in SMALL and w not in known and len(w) > 1]


def distance(a: str, b: str, most: int) -> int:
    """Edit distance with transpositions (Damerau 1964, restricted), `most` + 1 as soon as it is more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def nearest(word: str, known: "frozenset[str] | dict[str, object]") -> str | None:
    """The one known word within 1 edit (from 5 letters) or 2 edits (from 8) that starts alike, or None."""
    most = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    best, least = None, most + 1
    for candidate in known:
        if candidate[0] == word[0] and abs(len(candidate) - len(word)) < least:
            d = distance(word, candidate, most)
            if d < least:
                best, least = candidate, d
    return best
