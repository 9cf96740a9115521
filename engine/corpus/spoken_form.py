"""Written requests -> the words that would be spoken: numbers said out, no punctuation, dictionary spellings."""

import re
from collections.abc import Iterator

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
    "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}
WRITTEN = {
    "whats": "what's", "wheres": "where's", "hows": "how's", "whos": "who's", "im": "i'm", "dont": "don't",
    "cant": "can't", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't", "thats": "that's", "ive": "i've",
    "youre": "you're", "theres": "there's", "ok": "okay", "wont": "won't", "lets": "let's", "wasnt": "wasn't",
    "couldnt": "couldn't", "havent": "haven't", "arent": "aren't", "ill": "i'll", "id": "i'd", "pls": "please",
    "tv": "t v", "pm": "p m", "am": "am", "mph": "miles per hour", "km": "kilometers", "kg": "kilograms",
    "mr": "mister", "mrs": "missus", "dr": "doctor", "etc": "et cetera", "oclock": "o'clock",
}
SYMBOLS = {"%": " percent ", "&": " and ", "+": " plus ", "=": " equals ", "°": " degrees "}


def cardinal(n: int) -> list[str]:
    """0..999,999 as people say it: 342 -> three hundred forty two."""
    if n < 20:
        return [ONES[n]]
    if n < 100:
        return [TENS[n // 10 - 2]] + ([ONES[n % 10]] if n % 10 else [])
    if n < 1000:
        return [ONES[n // 100], "hundred"] + (cardinal(n % 100) if n % 100 else [])
    return [*cardinal(n // 1000), "thousand"] + (cardinal(n % 1000) if n % 1000 else [])


def ordinal(n: int) -> list[str]:
    *head, word = cardinal(n)
    return [*head, ORDINALS.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word + "th")]


def number(digits: str) -> list[str]:
    """A year reads as two pairs, a telephone number as digits, anything else as a quantity."""
    n = int(digits)
    if len(digits) > 6 or (len(digits) > 1 and digits[0] == "0"):
        return [ONES[int(d)] for d in digits]
    if 1100 <= n < 2000 or 2010 <= n < 2100:
        head, tail = cardinal(n // 100), n % 100
        if tail < 10:
            return [*head, "oh", ONES[tail]] if tail else [*head, "hundred"]
        return [*head, *cardinal(tail)]
    return cardinal(n)


TOKEN = re.compile(
    r"(?P<clock>\d{1,2}):(?P<minute>\d\d)|(?P<nth>\d{1,4})(?:st|nd|rd|th)\b|\$(?P<dollars>\d{1,6})|"
    r"(?P<whole>\d+)\.(?P<part>\d+)|(?P<digits>\d+)|(?P<half>[ap])\.? ?m\b\.?|(?P<word>[a-z]+(?:'[a-z]+)*)"
)


def spoken(text: str) -> list[str]:
    """-> lower-case words; nothing about the dictionary is decided here."""
    text = text.lower().replace("’", "'")
    for mark, words in SYMBOLS.items():
        text = text.replace(mark, words)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return [w for m in TOKEN.finditer(text) for w in _say(m)]


def _say(m: "re.Match[str]") -> Iterator[str]:
    if m["clock"]:
        yield from cardinal(int(m["clock"]))
        minute = int(m["minute"])
        yield from ([] if minute == 0 else ["oh", ONES[minute]] if minute < 10 else cardinal(minute))
    elif m["nth"]:
        yield from ordinal(int(m["nth"]))
    elif m["dollars"]:
        yield from [*number(m["dollars"]), "dollars"]
    elif m["whole"]:
        yield from [*number(m["whole"]), "point", *(ONES[int(d)] for d in m["part"])]
    elif m["digits"]:
        yield from number(m["digits"])
    elif m["half"]:
        # "am" is far more often the verb; only after a number or with dots is it the morning
        before = m.string[: m.start()].rstrip()
        yield from ([m["half"], "m"] if "." in m[0] or before[-1:].isdigit() or m["half"] == "p" else ["am"])
    else:
        yield from WRITTEN.get(m["word"], m["word"]).split()
