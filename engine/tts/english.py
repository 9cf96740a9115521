"""English as it is written to English as it is spoken: money, dates, times, units, powers, abbreviations and the like.

A table of rules, tried in order, each a pattern and what to say of it. What is said of several written words is put
where the first of them stands, unless the rule parts it itself, so that every written word keeps its place in time.

Why not a library: NeMo's and WeText's grammars need OpenFst, whose wheels are for Linux alone; `num2words` has the
numbers only, which engine/tts/number_words.py has as well, and commas inside them that a voice makes pauses of.
"""

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from engine.tts import english_words as table
from engine.tts.number_words import LARGEST, ONES, number_words, ordinal_words, year_words
from engine.tts.number_words import MONTHS as MONTH_NAMES

JOIN = "\ue000"                  # a space inside what is said of one written word
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
MONTH = "|".join([*(m.title() for m in MONTH_NAMES), *(rf"{m.title()}\.?" for m in table.MONTHS)])
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
Rule = tuple[re.Pattern[str], Callable[["re.Match[str]"], str]]


def in_english(words: Sequence[str]) -> list[str]:
    """written words, without white space inside -> what is said of each, perhaps several words, perhaps nothing."""
    text = " ".join(words)
    for pattern, say in RULES:
        text = pattern.sub(lambda found, say=say: _placed(found[0], say(found)), text)  # type: ignore[misc]
    return [part.replace(JOIN, " ").strip() for part in text.split(" ")]


def _placed(written: str, said: str) -> str:
    """As many gaps as there were. In `said`, " " parts what belongs to one written word from what belongs to the
    next, where there are as many of them as in `written`; else everything belongs to the first."""
    gaps = written.count(" ")
    if said.count(" ") != gaps:
        said = said.replace(" ", JOIN) + " " * gaps
    return said


# -- numbers ----------------------------------------------------------------------------------------
def figure(text: str) -> str:
    """A written number with or without commas -> words; decimals digit by digit, a leading zero makes all of it so."""
    whole, point, tail = text.replace(",", "").partition(".")
    long = (len(whole) > 1 and whole[0] == "0") or int(whole) >= LARGEST or (len(whole) > 9 and "," not in text)
    said = digits(whole) if long else number_words(int(whole))
    return f"{said} point {digits(tail)}" if point else said


def digits(text: str) -> str:
    return " ".join(ONES[int(c)] for c in text if c.isdecimal())


def signed(text: str) -> str:
    text = text.translate(SUPERSCRIPTS).replace("−", "-")
    return ("minus " if text[0] == "-" else "plus " if text[0] == "+" else "") + figure(text.lstrip("-+"))


def ordinal(n: int) -> str:
    if n < 100:
        return ordinal_words(n)
    head, rest = number_words(n), n % 100
    if rest:
        return f"{number_words(n - rest)} and {ordinal_words(rest)}"
    return head + "th"


def year(text: str) -> str:
    return year_words(int(text)) if text[0] != "0" else digits(text)


def plural(text: str) -> bool:
    return text.replace(",", "") not in ("1", "-1", "−1")


def part(top: int, bottom: int) -> str:
    """ "three quarters", "one half", "eleven over forty" """
    if bottom < 2 or bottom > 20 or top >= 100:
        return f"{number_words(top)} over {number_words(bottom)}"
    one, many = table.PARTS.get(bottom, (ordinal_words(bottom), ordinal_words(bottom) + "s"))
    return f"{number_words(top)} {one if top == 1 else many}"


def power(exponent: str) -> str:
    plain = exponent.translate(SUPERSCRIPTS).replace("−", "-").strip("(){}")
    if plain in ("2", "3"):
        return "squared" if plain == "2" else "cubed"
    return "to the power of " + (signed(plain) if plain.lstrip("-+").isdigit() else plain)


def spelled(text: str) -> str:
    """A phone number and the like: digits, a pause where the writer had a gap."""
    return ", ".join(digits(group) for group in re.findall(r"\d+", text))


def roman(text: str) -> int:
    value = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    figures = [value[c] for c in text] + [0]
    return sum(-a if a < b else a for a, b in pairwise(figures))


# -- what rules say ---------------------------------------------------------------------------------
def _address(found: "re.Match[str]") -> str:
    said = found[0].replace("@", " at ").replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ")
    return _split(said.replace("+", " plus "))


def _site(found: "re.Match[str]") -> str:
    path = (found["path"] or "").rstrip("/")
    said = found["host"].replace(".", " dot ").replace("-", " dash ")
    return _split(said + re.sub(r"[_-]", " dash ", path.replace(".", " dot ")).replace("/", " slash "))


def _split(said: str) -> str:
    return " ".join(re.sub(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", " ", said).split())


def _clock(found: "re.Match[str]") -> str:
    hour, minute, half = int(found["h"]), int(found["m"] or 0), (found["half"] or "").replace(".", "").lower()
    if hour > 24 or minute > 59:
        return found[0]
    said = number_words(hour)
    if minute:
        said += f" oh {ONES[minute]}" if minute < 10 else f" {number_words(minute)}"
    elif not half:
        said += " o'clock" if 0 < hour <= 12 else " hundred hours" if hour else " o'clock"
    seconds = found.groupdict().get("s")
    said += f" and {number_words(int(seconds))} seconds" if seconds else ""
    if half:
        said += f" {half[0]}.m" + ("." if found[0].endswith(".") and not found.string[found.end() :].strip() else "")
    return said


def _month(text: str) -> str:
    return table.MONTHS.get(text.rstrip(".").lower(), text)


def _month_day(found: "re.Match[str]") -> str:
    said = f"{_month(found['month'])} {ordinal(int(found['day']))}"
    return said + (f"{found['comma'] or ''} {year(found['year'])}" if found["year"] else "")


def _day_month(found: "re.Match[str]") -> str:
    the = "" if re.search(r"\bthe $", found.string[: found.start()]) else "the "
    said = f"{the}{ordinal(int(found['day']))} of {_month(found['month'])}"
    return said + (f"{found['comma'] or ''} {year(found['year'])}" if found["year"] else "")


def _date(y: str, m: int, d: int) -> str:
    return f"{MONTH_NAMES[m - 1].title()} {ordinal(d)}, {year(y)}" if 1 <= m <= 12 and 1 <= d <= 31 else ""


def _slashed(found: "re.Match[str]") -> str:
    a, b, y = int(found[1]), int(found[2]), found[3]
    y = y if len(y) == 4 else ("20" if int(y) < 50 else "19") + y
    return (_date(y, a, b) if a <= 12 else _date(y, b, a)) or found[0]


def _money(found: "re.Match[str]") -> str:
    one, many, cent, cents = table.CURRENCIES[found["unit"]]
    amount, large, sign = found["n"], found["large"], "minus " if found.groupdict().get("sign") else ""
    whole, _, tail = amount.replace(",", "").partition(".")
    if large:
        gap = " " if " " in found[0].strip() else JOIN
        return f"{sign}{figure(amount)}".replace(" ", JOIN) + gap + f"{table.LARGE[large]}{JOIN}{many}"
    if not tail or not cent or len(tail) > 2:
        return f"{sign}{figure(amount)} {many if plural(amount) else one}"
    small = int(tail.ljust(2, "0"))
    said = f"{figure(whole)} {many if plural(whole) else one}" if int(whole) or not small else ""
    if small and not said:
        return f"{sign}{number_words(small)} {cent if small == 1 else cents}"
    if small:
        cents = cent if small == 1 else cents
        said += f" {number_words(small)}" if small > 9 else f" and {number_words(small)} {cents}"
    return sign + said


def _unit(found: "re.Match[str]") -> str:
    one, many = table.UNITS[found["unit"]]
    many = many or one + "s"
    area = {"²": "square ", "2": "square ", "³": "cubic ", "3": "cubic "}.get(found["area"] or "", "")
    per = f" per {table.PER[found['per']]}" if found["per"] else ""
    gap = " " if " " in found[0] else JOIN
    name = f"{area}{many if plural(found['n']) else one}{per}".replace(" ", JOIN)
    return f"{signed(found['n'])}".replace(" ", JOIN) + gap + name


def _range(found: "re.Match[str]") -> str:
    a, b = found[1], found[2]
    if len(a) == len(b) == 4 and a.isdigit() and b.isdigit() and 1000 <= int(a) < int(b) <= 2100:
        return f"{year(a)} to {year(b)}"
    return f"{figure(a)} to {figure(b)}"


def _range_of(found: "re.Match[str]") -> str:
    one, many = table.UNITS[found["unit"]]
    gap = " " if found["gap"] else JOIN
    return _range(found).replace(" ", JOIN) + gap + (many or one + "s").replace(" ", JOIN)


def _abbreviation(found: "re.Match[str]") -> str:
    said = table.SHORT[found[1].lower()]
    return said + ("." if not found.string[found.end() :].strip() else "")


def _street(found: "re.Match[str]") -> str:
    ends = found["dot"] and not found.string[found.end() :].strip()
    return f"{found['before']}{table.STREETS[found['kind']]}" + ("." if ends else "")


def _code(found: "re.Match[str]") -> str:
    return " ".join(figure(piece) if piece.isdigit() and len(piece) < 3 else digits(piece) if piece.isdigit() else piece
                    for piece in re.findall(r"\d+|[^\W\d]+", found[0]))  # fmt: skip


def _names(words: Collection[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _rule(pattern: str, say: Callable[["re.Match[str]"], str] | str, flags: int = 0) -> Rule:
    return re.compile(pattern, flags), say if callable(say) else (lambda _: say)


START, STOP = r"(?<![\w.,$£€/-])", r"(?![\w]|[.,]\d)"
SUFFIX = r"(?:\^\(?(?P<up>[-−+]?\d+|[a-z])\)?|(?P<sup>[⁻⁺]?[⁰¹²³⁴-⁹]+))"
HALF = r"(?P<half>[ap]\.m\.?|[ap]m\b)"
YEAR = r"(?P<comma>,)? (?P<year>[12]\d{3})(?!\d)"
SYMBOL = _names(["US$", "$", "£", "€", "¥", "₹", "₩"])
RULES: list[Rule] = [
    _rule(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    _rule(r"(?:https?://(?:www\.)?|www\.)(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?P<path>(?:/[\w.-]*\w)*/?)"
          r"(?:[?#][^\s,;]*[^\s,;.!?])?", _site, re.I),
    _rule(r"(?<![\w.@])(?P<host>(?:[A-Za-z][\w-]*\.)+(?:com|org|net|edu|gov|io|dev|info|co\.uk|de|fr|eu))"
          r"(?P<path>(?:/[\w.-]*\w)*/?)(?!\w)", _site),
    # times and dates
    _rule(rf"{START}(?P<h>\d{{1,2}}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))? ?{HALF}?(?![:\w])", _clock, re.I),
    _rule(rf"{START}(?P<h>1[0-2]|[1-9])(?P<m>) ?{HALF}", _clock, re.I),
    _rule(r"\b(\d{4})-(\d\d)-(\d\d)\b", lambda m: _date(m[1], int(m[2]), int(m[3])) or m[0]),
    _rule(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)\b", _slashed),
    _rule(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})\b", lambda m: _date(m[3], int(m[2]), int(m[1])) or m[0]),
    _rule(rf"\b(?P<month>{MONTH}) (?P<day>3[01]|[12]?\d)(?:st|nd|rd|th)?(?![\d:%-]|\.\d| ?(?:%|[ap]\.?m))(?:{YEAR})?",
          _month_day),
    _rule(rf"(?<![\w.])(?P<day>3[01]|[12]?\d)(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})(?![a-z])(?:{YEAR})?",
          _day_month),
    _rule(rf"\b({_names([m.title() for m in table.MONTHS])})\.(?= |,|$)", lambda m: _month(m[1])),
    _rule(rf"\b({_names([d.title() for d in table.DAYS])})\.(?=,? (?:{MONTH}|[A-Z]|\d|the\b))",
          lambda m: table.DAYS[m[1].lower()]),
    _rule(r"(?<!\w)(1\d|20)(\d0)s\b", lambda m: f"{number_words(int(m[1]))} {_decade(m[2])}" if m[2] != "00" else
          f"{year_words(int(m[1] + m[2]))}s"),
    _rule(r"(?<!\w)['’](\d0)s\b", lambda m: _decade(m[1])),
    # money
    _rule(rf"(?P<sign>(?<![\w.])[-−])?(?P<unit>{SYMBOL}) ?(?P<n>{NUMBER})(?: ?(?P<large>{_names(table.LARGE)})\b)?",
          _money),
    _rule(rf"{START}(?P<sign>[-−])?(?P<n>{NUMBER})(?: ?(?P<large>{_names(table.LARGE)}))? ?"
          rf"(?P<unit>€|£|USD|EUR|GBP|CHF|JPY)(?!\w)", _money),
    _rule(rf"{START}({NUMBER}) ?¢", lambda m: f"{figure(m[1])} cent{'s' if plural(m[1]) else ''}"),
    _rule(r"(?<=[a-z])/(day|night|week|month|mo|year|yr|hour|hr|person|min)\b", lambda m: f" per {table.PER[m[1]]}"),
    # powers
    _rule(rf"(?<![\w.])(?P<n>{NUMBER})[eE](?P<up>[-−+]?\d+)\b",
          lambda m: f"{figure(m['n'])} times ten to the power of {signed(m['up'].lstrip('+'))}"),
    _rule(rf"(?<![\d.])(?P<n>{NUMBER}){SUFFIX}", lambda m: f"{figure(m['n'])} {power(m['up'] or m['sup'])}"),
    _rule(r"(?<=\d)\*\*(?P<up>-?\d+)", lambda m: f" {power(m['up'])}"),
    # fractions and units
    _rule(rf"{START}(\d+) ([1-9]\d?)/([1-9]\d?)(?![\w/])",
          lambda m: f"{figure(m[1])} and {_a(part(int(m[2]), int(m[3])))}" if int(m[2]) < int(m[3]) else m[0]),
    _rule(r"(\d*)([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])",
          lambda m: (f"{figure(m[1])} and {_a(part(*table.VULGAR[m[2]]))}" if m[1] else _a(part(*table.VULGAR[m[2]])))),
    _rule(rf"{START}(24)/(7)(?![\w/])", "twenty-four seven"),
    _rule(r"(?<![\w./])(\d{1,3})/([1-9]\d{0,2})(?![\w/]|\.\d)", lambda m: part(int(m[1]), int(m[2]))),
    _rule(r"(?<!\w)(\d)['’](\d{1,2})(?:\"|”|''|\b)", lambda m: f"{figure(m[1])} foot {figure(m[2])}"),
    _rule(rf"{START}({NUMBER})[-–]({NUMBER})(?P<gap> ?)(?P<unit>{_names(table.UNITS)})(?![\w/])",
          _range_of),
    _rule(rf"(?<![\w.,/])(?P<n>[-−]?(?:{NUMBER})) ?(?P<unit>{_names(table.UNITS)})(?:(?P<area>[²³]|(?<=m)[23]))?"
          rf"(?:/(?P<per>{_names(table.PER)}))?(?![\w/²³])", _unit),
    _rule(rf"(?<=[a-z])({_names(['²', '³'])})", lambda m: f" {power(m[1])}"),
    _rule(rf"(?<=[A-Za-z)]){SUFFIX}", lambda m: f" {power(m['up'] or m['sup'])}"),
    # numbers that are not amounts
    _rule(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)",
          lambda m: " dot ".join(digits(g) for g in m[0].split("."))),
    _rule(r"(?<![\w.])[vV]?\d+(?:\.\d+){2,}(?!\w)",
          lambda m: ("version " if m[0][0] in "vV" else "")
          + " point ".join(figure(g) for g in m[0].lstrip("vV").split("."))),
    _rule(r"(?<![\w.])\+?(?:\(\d{2,5}\) ?)?\d{2,5}(?:[ -]\d{2,5}){2,}(?!\w)|(?<![\w.])\d{3}[- ]\d{4}(?!\w)|"
          r"(?<!\w)\+\d{6,15}(?!\d)|(?<!\w)\(\d{3}\) ?\d{3}-\d{4}", lambda m: spelled(m[0])),
    _rule(rf"\b((?:{_names(table.DIALLED)})(?: (?:is|number|me|at|on))*)(?: |: )(\d{{3,}})(?![\w,]|\.\d)",
          lambda m: m[0][: len(m[0]) - len(m[2])] + digits(m[2]).replace(" ", JOIN), re.I),
    _rule(rf"{START}({NUMBER})[-–—]({NUMBER})(?![\w-]|\.\d)", _range),
    _rule(r"\b(\d+)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1])) if 0 < int(m[1]) < LARGEST else m[0]),
    _rule(rf"\b({_names(table.NUMBERED)})\.? ?(?=\d)",
          lambda m: table.NUMBERED[m[1]] + (" " if m[0].endswith(" ") else JOIN) if "." in m[0] else m[0]),
    _rule(r"(?<![\w&])#(?=\d)", "number" + JOIN),
    # operators between numbers
    _rule(r"(?<=\d) ?[×*] ?(?=-?\d)|(?<=\d) x (?=\d)", " times "),
    _rule(r"(?<=[\d)]) ([-−]) (?=[\d(])", " minus "),
    _rule(r"(?<=[\w)]) ?÷ ?(?=[\w(])", " divided by "),
    _rule(r"(?<=[\w)]) ?(=) ?(?=[-−\w(])", " equals "),
    _rule(r"(?<=[\d)]) ?\+ ?(?=[\d(])", " plus "),
    _rule(r"(?<=\d)\+(?!\w)", " plus"),
    _rule(r"(?<=[\w)]) ?≠ ?(?=\w)", " is not equal to "), _rule(r"(?<=[\w)]) ?≤ ?(?=\w)", " is at most "),
    _rule(r"(?<=[\w)]) ?≥ ?(?=\w)", " is at least "), _rule(r"(?<=[\w)]) < (?=\w)", " is less than "),
    _rule(r"(?<=[\w)]) > (?=\w)", " is greater than "), _rule(r"±(?= ?\d)", "plus or minus" + JOIN),
    _rule(r"(?<![\w])[~≈](?= ?\d)", "about" + JOIN), _rule(r"(?<=\w)&(?=\w)", " and "),
    # abbreviations
    _rule(rf"(?P<before>\b(?:[A-Z][a-z]+|\w+(?:st|nd|rd|th)) )(?P<kind>{_names(table.STREETS)})(?P<dot>\.)?"
          rf"(?=$|[,;:!?)]| [a-z\d])", _street),
    _rule(rf"\b({_names(table.TITLES)})\.? (?=[A-Z]|and [A-Z])", lambda m: table.TITLES[m[1]] + " "),
    _rule(rf"(?<![\w.])({_names([k for k in table.SHORT if k != 'no'])})\.(?!\w)", _abbreviation, re.I),
    _rule(r"(?<![\w.])((?:[A-Z]\.){2,})(?!\w)", lambda m: m[1].replace(".", "")
          + ("." if not m.string[m.end() :].strip() else "")),
    _rule(rf"(?<!\S)({_names(table.BARE)})(?!\S)", lambda m: table.BARE[m[1].lower()], re.I),
    # Roman numerals, where they are sure
    _rule(rf"\b({_names(table.CHAPTERS)}) ([IVX]{{1,5}})\b", lambda m: f"{m[1]} {number_words(roman(m[2]))}"),
    _rule(rf"\b({_names(table.RULERS)}) ([IVX]{{1,5}})\b(?!['’])", lambda m: f"{m[1]} the{JOIN}{ordinal(roman(m[2]))}"
          .replace(" ", JOIN).replace(JOIN, " ", 1)),
    # what is left
    _rule(rf"\b({_names(table.DATED)}) ([12]\d{{3}})(?![\w,]|\.\d)",
          lambda m: f"{m[1]} {year(m[2]).replace(' ', JOIN)}",
          re.I),
    _rule(r"(?<![\w.,])(19\d\d|20[0-3]\d)(?!\w|[.,]\d| [a-z]+s\b)", lambda m: year(m[1])),
    _rule(r"(?<![\w.])(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z\d]+(?:-\d+)?(?![\w])", _code),
    _rule(r"(?<=[A-Za-z])-(?=\d)", JOIN),
    _rule(rf"(?<![\w.)])([-−])(?={NUMBER})", "minus" + JOIN),
    _rule(r"(?<!\w)\+(?=\d)", "plus" + JOIN),
    _rule(NUMBER, lambda m: figure(m[0])),
    _rule(r"[⁻⁺]?[⁰¹²³⁴-⁹]+", lambda m: power(m[0])),
]


def _decade(two: str) -> str:
    """ "90" -> nineties, "10" -> tens """
    said = number_words(int(two))
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def _a(said: str) -> str:
    """ "two and a half", "two and three quarters" """
    return "a" + said.removeprefix("one") if said.startswith("one ") and " over " not in said else said
