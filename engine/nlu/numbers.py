"""Spoken numbers in figures: `digits("two and a half miles")` is "2.5 miles", whatever a recogniser writes in words, so
that the rules downstream read typed and spoken requests alike. The other way is engine/tts/number_words.py.
"""

import re
from fractions import Fraction

from engine.tts.number_words import MONTHS, ONES, ORDINALS, SCALES, TENS

_VALUE = {word: n for n, word in enumerate(ONES)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
_VALUE |= {"fourty": 40, "ninty": 90}
_ORDINAL = {word: n for n, word in enumerate(ORDINALS) if n}
_ORDINAL |= {word[:-1] + "ieth": 10 * n for n, word in enumerate(TENS, 2)}
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5,
          "fifths": 5, "sixth": 6, "sixths": 6, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10}
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")


def figure(value: Fraction) -> str:
    """Plain figures, at most ten decimals: Fraction(5, 2) -> "2.5"."""
    scaled = round(value * 10**10)
    whole, rest = divmod(abs(scaled), 10**10)
    tail = f".{rest:010d}".rstrip("0") if rest else ""
    return f"{'-' if scaled < 0 else ''}{whole}{tail}"


def _is_figure(token: str) -> bool:
    return token.isascii() and token.replace(".", "", 1).isdigit() and token[0] != "." and token[-1] != "."


def _below_hundred(tokens: list[str], i: int) -> tuple[int, int] | None:
    """A word from zero to ninety nine at i, or None."""
    value = _VALUE.get(tokens[i]) if i < len(tokens) else None
    if value is None:
        return None
    if value >= 20 and i + 1 < len(tokens) and 1 <= _VALUE.get(tokens[i + 1], 0) <= 9:
        return value + _VALUE[tokens[i + 1]], i + 2
    return value, i + 1


def _below_thousand(tokens: list[str], i: int) -> tuple[Fraction, int] | None:
    """Up to nine hundred and ninety nine in words, or any figure; "a hundred" counts."""
    at = tokens[i : i + 2]
    if at[:1] and _is_figure(at[0]):
        value, j = Fraction(at[0]), i + 1
    elif len(at) == 2 and at[0] in ("a", "an") and (at[1] == "hundred" or at[1] in SCALES):
        value, j = Fraction(1), i + 1
    elif (small := _below_hundred(tokens, i)) is not None:
        value, j = Fraction(small[0]), small[1]
    elif at[:1] in (["hundred"], ["thousand"], ["million"]):
        value, j = Fraction(1), i
    else:
        return None
    if tokens[j : j + 1] == ["hundred"]:
        value, j = value * 100, j + 1
        k = j + 1 if tokens[j : j + 1] == ["and"] else j
        if (low := _below_hundred(tokens, k)) is not None:
            value, j = value + low[0], low[1]
    return value, j


def read_number(tokens: list[str], i: int) -> tuple[Fraction, int] | None:
    """The number that starts at tokens[i] -> (value, the first index after it), or None.

    Understands "a hundred and five", "three point one four", "two and a half", "3 million", "2.5", "point five".
    """
    start = (Fraction(0), i) if tokens[i] == "point" else _below_thousand(tokens, i)
    if start is None:
        return None
    total, group, j, last = Fraction(0), start[0], start[1], 10**16
    while j < len(tokens) and SCALES.get(tokens[j], last) < last:
        last = SCALES[tokens[j]]
        total, group, j = total + group * last, Fraction(0), j + 1
        k = j + 1 if tokens[j : j + 1] == ["and"] else j
        follows = _below_thousand(tokens, k) if k < len(tokens) and tokens[k] not in ("a", "an") else None
        if follows is None or follows[0] >= last:
            break
        group, j = follows
    value = total + group
    if tokens[j : j + 1] == ["point"]:
        value, j = _decimals(tokens, j, value)
        return (value, j) if j > i else None
    return _and_a_half(tokens, j, value)


def _decimals(tokens: list[str], point: int, value: Fraction) -> tuple[Fraction, int]:
    """The spoken digits after tokens[point]; without any the point is not taken."""
    figures, j = "", point + 1
    while j < len(tokens):
        word = "0" if tokens[j] in ("oh", "o", "nought") else tokens[j]
        small = _below_hundred(tokens, j)
        if word.isdigit() and word.isascii():
            figures, j = figures + word, j + 1
        elif small is not None:
            figures, j = figures + str(small[0]), small[1]
        else:
            break
    return (value + Fraction(int(figures), 10 ** len(figures)), j) if figures else (value, point)


def _and_a_half(tokens: list[str], j: int, value: Fraction) -> tuple[Fraction, int]:
    """ "two and a half", "three and three quarters" """
    if tokens[j : j + 1] == ["and"] and j + 2 < len(tokens) and tokens[j + 2] in _PARTS:
        share = 1 if tokens[j + 1] in ("a", "one") else _VALUE.get(tokens[j + 1], 0)
        if share and tokens[j + 3 : j + 4] not in (["past"], ["to"]):
            return value + Fraction(share, _PARTS[tokens[j + 2]]), j + 3
    return value, j


def _part_of(tokens: list[str], i: int) -> tuple[str, int] | None:
    """ "half an", "a quarter of an" before a unit; "two thirds of" -> (figures or a sum in brackets, next)."""
    one, two, three = (*tokens[i : i + 3], "", "")[:3]
    if one == "half" and two in ("a", "an"):
        return ("6", i + 3) if three == "dozen" else ("0.5", i + 2)
    if one not in _PARTS and one not in ("a", "an") and one not in _VALUE and not _is_figure(one):
        return None
    bare = one in ("half", "quarter")                 # "fifth of may" is a day, "a fifth of" a share
    if not bare and (one in ("a", "an", "one", "1")) == two.endswith("s"):
        return None
    part, j = _PARTS.get(one if bare else two), i + (1 if bare else 2)
    if part is None or tokens[j : j + 1] != ["of"]:
        return None
    share = Fraction(1) if bare or one in ("a", "an") else Fraction(_VALUE.get(one, one))
    if tokens[j + 1 : j + 2] in (["a"], ["an"]):
        return figure(share / part), j + 2
    return f"( {figure(share)} / {part} )", j


def _ordinal_at(tokens: list[str], i: int) -> tuple[str, int] | None:
    """ "twenty first" -> 21st. A bare "second" is a unit of time unless a month is near."""
    word, following = tokens[i], tokens[i + 1] if i + 1 < len(tokens) else ""
    if word in TENS and _ORDINAL.get(following, 99) < 10:
        n, j = _VALUE[word] + _ORDINAL[following], i + 2
        dated = tokens[j : j + 1] == ["of"] or set(tokens[max(0, i - 1) : j + 1]) & {*MONTHS, "the"}
        if following == "second" and not dated:
            return None
    elif word in _ORDINAL and (word != "second" or set(tokens[max(0, i - 2) : i + 3]) & set(MONTHS)):
        n, j = _ORDINAL[word], i + 1
    else:
        return None
    return f"{n}{'th' if 10 < n % 100 < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}", j


def digits(text: str) -> str:
    """Lower-case words with every spoken number in figures: "twenty one" -> "21", "the third of may" -> "the 3rd of
    may", "half an hour" -> "0.5 hour", "a dozen" -> "12". Words that are no numbers stay as they are."""
    tokens = _HYPHEN.sub(" ", text).split()
    out: list[str] = []
    i = 0
    while i < len(tokens):
        if (found := _part_of(tokens, i) or _ordinal_at(tokens, i)) is not None:
            said, i = found
        elif (number := read_number(tokens, i)) is not None:
            value, i = number
            if tokens[i : i + 1] == ["dozen"]:
                value, i = value * 12, i + 1
            said = figure(value)
        elif tokens[i : i + 2] == ["a", "dozen"]:
            said, i = "12", i + 2
        elif tokens[i : i + 3] == ["a", "couple", "of"]:
            said, i = "2", i + 3
        else:
            said, i = tokens[i], i + 1
        out.append(said)
    return " ".join(out)
