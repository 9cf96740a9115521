"""What a single sentence asks for: canonical text (`engine.nlu.normalise.hear`) -> Request, or None."""

import re
from functools import lru_cache

from engine.nlu.games import read_game
from engine.nlu.manner import read_again, read_manner, read_voices
from engine.nlu.normalise import unexplained
from engine.nlu.request import Request
from engine.nlu.sums import find_sum
from engine.nlu.talk import read_loose_talk, read_talk
from engine.nlu.timers import read_timer
from engine.nlu.units import find_conversion
from engine.nlu.voice_control import read_voice
from engine.nlu.when import read_date, read_time
from engine.tts.number_words import words

_CONVERT_WORDS = frozenset(words("convert conversion converted equal equals much many difference change turn into "
                                 "far long calculate there between amount number help figure exact measure would"))


def read_conversion(s: str) -> Request | None:
    found = find_conversion(s)
    if found is None or len(unexplained(s, found.start, found.end, _CONVERT_WORDS)) > 1:
        return None
    if found.source.kind != found.target.kind and re.search(r"\b(?:per|get|will|for|my)\b", s):
        return None                                  # miles per gallon are no conversion
    return Request("convert", {"amount": found.amount, "source": found.source, "target": found.target})


def read_sum(s: str) -> Request | None:
    found = find_sum(s, strays=1)
    return Request("sum", {"sum": found, "said": s}) if found is not None else None


_NOTE = re.compile(
    r"^(?:take|make|write|add|create|leave|record|save|start|keep|talk a|taken?)(?: down)? (?:me )?(?:a |an |"
    r"another |the |this |that )?(?:quick |new |short )?(?:note|memo|notes)\b(?: down)?(?: of this)?(?P<a> .*)?$|"
    r"^note (?:that |down |to self |this down |the following )(?P<b>.*)$|^(?:write|jot) (?:this |that |it "
    r")?down(?P<c> .*)?$|^(?:new|another) (?:note|memo)(?P<d> .*)?$"
)
_NOTE_LEAD = re.compile(r"^(?:(?:that|saying|to|about|of|for|which says|that says|to say|reading|says|and write|"
                        r"down|please|colon) )+")
_NOTE_WORDS = frozenset(words("note notes memo memos read list show delete remove clear erase forget last first "
                              "all every number wrote written took taken made saved many everything latest recent "
                              "most 1st 2nd 3rd have left cancel throw away second third repeat play hear back "
                              "check them"))
_DELETE = re.compile(r"\b(?:delete|remove|clear|erase|forget|throw away|cancel|scratch)\b")


def read_note(s: str) -> Request | None:
    if (m := _NOTE.match(s)) is not None:
        text = _NOTE_LEAD.sub("", (m["a"] or m["b"] or m["c"] or m["d"] or "").strip() + " ").strip()
        if re.match(r"(?:in|on|to) (?:my |the )?(?:calendar|schedule|list)\b", text):
            return None
        return Request("note", {"text": text}, "" if text else "text")
    if not re.search(r"\b(?:notes?|memos?)\b", s) or unexplained(s, 0, 0, _NOTE_WORDS):
        return None
    if _DELETE.search(s):
        which = re.search(r"\b(\d+)(?:st|nd|rd|th)?\b", s)
        last = re.search(r"\b(?:last|latest|that|recent)\b", s)
        several = re.search(r"\b(?:notes|all|everything|memos)\b", s) and not last
        return Request("notes_delete", {"which": which[1] if which else "all" if several else "last"})
    if re.search(r"\b(?:read|repeat|hear|play|show|list|what|tell|say|any|many|check)\b|^(?:my )?notes$", s):
        return Request("notes_read")
    return None


_TOOLS = (read_note, read_timer, read_time, read_conversion, read_date, read_sum, read_voices, read_manner, read_voice,
          read_game, read_loose_talk)


def understand(s: str) -> Request | None:
    """The request that canonical `s` makes on its own; the first reader that is sure wins."""
    return read_again(s) or read_talk(s) or understand_rest(s)


@lru_cache(256)
def understand_rest(s: str) -> Request | None:
    """The same for what is known not to be `read_talk`'s. A text is read once: partial words are judged (`complete`)
    by the same reading that the brain later answers."""
    for reader in _TOOLS:
        if (request := reader(s)) is not None:
            return request
    return None
