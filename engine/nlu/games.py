"""Coin, dice, random numbers, counting, spelling, stories, jokes and facts. Canonical text -> Request."""

import re

from engine.nlu.normalise import SMALL, unexplained
from engine.nlu.request import Request
from engine.tts.number_words import words

_COIN = re.compile(r"\b(?:flip|toss|throw|flipping|spin)\b.*\bcoins?\b|\bcoin (?:flip|toss)\b|^(?:heads or tails|"
                   r"flip it)$")
_DICE = re.compile(r"\b(?:roll|throw|rolling|toss|cast|shake)\b.*\b(?:dice|die|dices|d \d+|dies)\b|\b(?:dice|die) "
                   r"(?:roll|throw)\b|\b(?:dice|die) a roll\b|\broll (?:of|with) (?:the|a|some) (?:dice|die)\b")
_GAME_WORDS = frozenset(words(
    "flip toss throw coin coins heads tails head tail call calling choose pick select lands land land on if win "
    "virtual roll dice die dices sided sides side number numbers rolling cast do make see results result tell "
    "happens happen come comes take go time chance me's side-sided six fair random lets virtually new another game "
    "playing board shake toss give"))
_RANDOM = re.compile(r"\brandom (?:number|integer)\b|\b(?:pick|choose|think of|give me|say|generate|tell me|select|"
                     r"name) (?:me )?(?:a|any|some) number\b")
_BETWEEN = re.compile(r"\b(?:between|from) (\d+) (?:and|to|2) (\d+)\b|\b(\d+) (?:to|and|through) (\d+)\b|\b(?:up "
                      r"to|under|below|to) (\d+)\b")
_TALE = {
    "story": (re.compile(r"\b(?:stor(?:y|ies)|tales?|fairy tale)\b"),
              re.compile(r"\b(?:tell|another|hear|know|short|bedtime|read me|good|nice|long|have|like|love|listen|"
                         r"telling|give|want)\b|^(?:a |the )?story$")),
    "joke": (re.compile(r"\bjokes?\b|\bmake (?:me|us) (?:laugh|smile)\b|\bsomething (?:funny|hilarious)\b|\bcheer "
                        r"me up\b|^knock knock$|\bfunny joke\b"),
             re.compile(r"")),
    "fact": (re.compile(r"\b(?:fun|interesting|random|cool|surprising|weird|strange|another|tell me (?:a|some|any)|"
                        r"give me (?:a|some)|know (?:a|any|some)) (?:\w+ )?(?:facts?|trivia)\b|\bsomething "
                        r"(?:interesting|fun|cool)(?: about .*)?$|\bfacts? about \w+$|\btrivia\b|^(?:a )?facts?$"),
             re.compile(r"")),
}
_TALE_WORDS = frozenset(words(
    "story stories tale tales tell another hear short bedtime good nice long joke jokes funny something make laugh "
    "smile listen best new really hilarious cheer knock fact facts fun interesting random cool trivia different "
    "next first love telling else time bored great read little silly clever dad kid kids children child favourite "
    "favorite fairy share surprise lets hey crack dad's bit learn weird strange surprising piece"))
_NEWSY = re.compile(r"\b(?:news|top|latest|headline\w*|breaking|today|instagram|facebook|snapchat|toy|write|add|"
                    r"post|podcast|book|email|play|search|internet|audio|send|store|find|look up|audiobook|movie|"
                    r"film|netflix)\b")
_SPELL = re.compile(r"^(?:how (?:do|would|should|can) (?:you|i|we|1) (?:properly |correctly )?spell|how to spell|"
                    r"how (?:is|are|was)(?= .+ spelled$)|(?:what is |tell me |give me |show me |know )?(?:the "
                    r")?(?:correct |right |proper )?(?:spelling (?:of|for)|way to spell|how to spell)|(?:tell me |"
                    r"can you |please |and )?(?:spell|spelled)(?: out)?|tell me how to spell|tell me how you "
                    r"spell)(?: (?:me|for me|the word|the name|word))* (?P<word>[a-z' ]+?)(?: (?:spelled|for me|"
                    r"out|please|correctly|properly|is spelled))*$")
_COUNT = re.compile(r"^(?:please |now )?count(?: for me| me)?(?: (?P<dir>up|down|backwards?))?(?: from "
                    r"(?P<a>-?\d+))?(?: (?P<dir2>up|down|backwards?))?(?: (?:to|until|till|up to|down to) "
                    r"(?P<b>-?\d+))?$|^count (?P<c>\d+) (?:to|2) (?P<d>\d+)$")


def read_game(s: str) -> Request | None:
    if _COIN.search(s) and len(unexplained(s, 0, 0, _GAME_WORDS)) <= 1:
        return Request("coin")
    if _DICE.search(s) and len(unexplained(s, 0, 0, _GAME_WORDS)) <= 1:
        sides = re.search(r"\b(\d+) ?(?:- )?(?:sided|sides|side)\b|\bd (\d+)\b", s)
        count = re.search(r"\b(\d+) (?:\d+ (?:- )?sided )?(?:dice|die|times)\b", s)
        n = int(sides[1] or sides[2]) if sides else 6
        return Request("dice", {"sides": n, "count": int(count[1]) if count else 1})
    if (m := _RANDOM.search(s)) is not None:
        b = _BETWEEN.search(s)
        low, high = (1, 100) if b is None else (int(b[1] or b[3] or 1), int(b[2] or b[4] or b[5]))
        known = _GAME_WORDS | {"between", "generate", "integer", "any", "think", "under", "below"}
        fits = b is not None or not unexplained(s, 0, 0, known)
        return Request("random", {"low": min(low, high), "high": max(low, high)}) if fits else None
    if (m := _COUNT.match(s)) is not None and (m["b"] or m["c"] or m["a"]):
        down = (m["dir"] or m["dir2"] or "up") not in ("up",)
        a, b2 = (m["c"], m["d"]) if m["c"] else (m["a"], m["b"])
        if b2 is None:
            return Request("count", {"a": int(a), "b": 1 if down else int(a)})
        return Request("count", {"a": int(b2), "b": 1} if down and a is None else {"a": int(a or 1), "b": int(b2)})
    return _read_tale(s) or _read_spelling(s)


def _read_tale(s: str) -> Request | None:
    for kind, (named, wanted) in _TALE.items():
        if named.search(s) and wanted.search(s) and not _NEWSY.search(s):
            about = re.search(r"\b(?:about|regarding|on|involving) (?:a |an |the |some )?(?P<w>[a-z]+)", s)
            foreign = unexplained(s[: about.start()] if about else s, 0, 0, _TALE_WORDS)
            if len(foreign) <= 1:
                topic = about["w"] if about else foreign[0] if foreign else ""
                return Request(kind, {"about": topic.removesuffix("s")})
    return None


def _read_spelling(s: str) -> Request | None:
    m = _SPELL.match(s)
    if m is None or len(m["word"].split()) > 3 or m["word"].startswith("check"):
        return None
    word = m["word"].split()[-1] if m["word"].split()[0] in SMALL and len(m["word"].split()) > 1 else m["word"]
    if word in ("it", "that", "this", "check", "checker", "word"):
        return Request("spell", {}, "word")
    return Request("spell", {"word": word})
