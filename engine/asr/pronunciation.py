"""How an unknown English word may sound: letter-to-sound rules, coarse but always an answer.

Rules of our own, longest spelling first; a final silent e lengthens the vowel before one consonant. Good enough
for a recogniser, which needs to come near and not to speak: names ("zoltan", "brisket") are found, irregular
words are in the dictionary anyway.
"""

import re

SOUNDS = {
    "tion": "SH AH N", "sion": "ZH AH N", "eigh": "EY", "ough": "AO", "augh": "AO", "tch": "CH", "igh": "AY",
    "sch": "SH", "ear": "IH R", "eer": "IH R", "air": "EH R", "our": "AW R", "oor": "AO R", "dge": "JH",
    "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "ng": "NG", "qu": "K W", "kn": "N",
    "wr": "R", "gh": "G", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "oa": "OW", "oi": "OY",
    "oy": "OY", "ai": "EY", "ay": "EY", "ei": "EY", "ey": "IY", "ie": "IY", "au": "AO", "aw": "AO", "ew": "UW",
    "ue": "UW", "ui": "UW", "ar": "AA R", "er": "ER", "ir": "ER", "or": "AO R", "ur": "ER", "x": "K S",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH",
    "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T",
    "u": "AH", "v": "V", "w": "W", "y": "Y", "z": "Z",
}  # fmt: skip
LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
AT_END = {"a": "AH", "e": "IY", "i": "IY", "o": "OW", "u": "UW", "y": "IY"}
SPELLING = re.compile("|".join(sorted(SOUNDS, key=len, reverse=True)))
MAGIC_E = re.compile(r"([aiouy])([bcdfgklmnpstvz])e$")
SILENT_E = re.compile(r"[aeiouy].*[^aeiouy]e$")
SOFT = {"c": "S", "g": "JH"}


def pronounce(word: str) -> str:
    """word: letters a to z and apostrophes -> phones of PocketSphinx's English, separated by spaces."""
    letters = word.replace("'", "")
    tail: list[str] = []
    if m := MAGIC_E.search(letters):
        tail = [LONG[m[1]], SOFT.get(m[2], SOUNDS[m[2]])]
        letters = letters[: m.start()]
    elif SILENT_E.search(letters):
        letters = letters[:-1]
    phones: list[str] = []
    for m in SPELLING.finditer(re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", letters)):
        piece, rest = m[0], m.string[m.end() :]
        at_end = not rest and not tail
        if piece in AT_END and at_end and phones:
            phones.append(AT_END[piece])
        elif piece == "y" and phones:
            phones.append("IH")
        elif piece in SOFT and rest[:1] in ("e", "i", "y"):
            phones.append(SOFT[piece])
        else:
            phones.append(SOUNDS[piece])
    return " ".join([*phones, *tail])
