"""Arithmetic as people say and type it. A recursive-descent parser over tokens; nothing is ever evaluated as code.

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/" | "mod" | "% of" | "% off") signed)*
    signed  = "-" signed | power
    power   = postfix ("^" signed)?
    postfix = atom ("!" | "%")*
    atom    = figure | "pi" | "(" sum ")" | "sqrt" signed | "cbrt" signed
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from engine.tts.number_words import words

MOST_DIGITS = 300                    # a result with more is refused: nobody listens to it, and it takes long
_N = r"(-?\d+(?:\.\d+)?|pi)"
_REWRITES: list[tuple[str, str]] = [
    (r"(?<![\d.] )\b(\d+) / (\d+) of\b", r"( \1 / \2 ) *"),
    (rf"\b(?:divide|split) {_N} (?:by|into|in) {_N}", r"\1 / \2"),
    (rf"\bdivide {_N} (?:and|over) {_N}", r"\1 / \2"),
    (rf"\bmultiply {_N} (?:by|with|and|times|to) {_N}", r"\1 * \2"),
    (rf"\b(?:add|adding) {_N} (?:and|to|with|plus) {_N}", r"\1 + \2"),
    (rf"\b(?:subtract|take|deduct) {_N} (?:away )?from {_N}", r"\2 - \1"),
    (rf"\b(?:sum|total) of {_N} and {_N}", r"\1 + \2"),
    (rf"\bproduct of {_N} and {_N}", r"\1 * \2"),
    (rf"\bdifference (?:between|of) {_N} and {_N}", r"\1 - \2"),
    (rf"\bquotient of {_N} and {_N}", r"\1 / \2"),
    (rf"\baverage of {_N} and {_N}", r"( \1 + \2 ) / 2"),
    (rf"\b(?:what )?(?:percent|percentage|per cent) of {_N} is {_N}", r"( \2 / \1 ) * 100 asp"),
    (rf"\b{_N} is what (?:percent|percentage|per cent) of {_N}", r"( \1 / \2 ) * 100 asp"),
    (rf"\bhow many times (?:does|do|will|can) {_N} (?:go|fit|divide) (?:into|in) {_N}", r"\2 / \1"),
    (rf"\bhow many {_N} ?s? (?:are )?in {_N}", r"\2 / \1"),
    (rf"\b{_N} goes into {_N}", r"\2 / \1"),
    (r"\b(?:divided|divide|divides|over|÷)(?: by)?\b|÷", "/"),
    (r"\b(?:times|multiplied by|multiplied with|multiply by|multiply|x)\b|×", "*"),
    (r"\b(?:plus|add|added to|and add)\b", "+"),
    (r"\b(?:minus|subtract|take away|takeaway|less|negative)\b", "-"),
    (r"(?:\b(?:raised )?to the (?:power of|power)|\bto the)(?= \d+(?:\.\d+)?$| -)", "^"),
    (r"\bto the (\d+)(?:st|nd|rd|th)(?: power)?\b", r"^ \1"),
    (r"\bsquared\b", "^ 2"), (r"\bcubed\b", "^ 3"),
    (r"\b(?:the )?cube root(?: of)?\b", "cbrt"),
    (r"√|\b(?:the )?square root(?:s)?(?: of)?\b|\b(?:the )?square route(?: of)?\b|\broot of\b", "sqrt"),
    (r"\b(?:percent|per cent)(?: of)?(?: the)? (?=\(|\d|pi|sqrt)", "% "),
    (r"\b(?:percent|per cent) off(?: of)?\b", "off"),
    (r"\b(?:percent|per cent)\b", "%"),
    (r"\b(?:a )?half of\b", "0.5 *"), (r"\b(?:double|twice)(?: of)?\b", "2 *"), (r"\btriple\b", "3 *"),
    (r"\) of\b", ") *"), (r"\bfactorial of (\d+)", r"\1 !"), (r"\bfactorial\b", "!"),
    (r"\b(?:modulo|modulus)\b", "mod"),
    (r"(?<=[-+*/^] )(?:to|too)(?= |$)", "2"), (r"(?<=[-+*/^] )(?:for|fore)(?= |$)", "4"),
]
_COMPILED = [(re.compile(pattern), to) for pattern, to in _REWRITES]
_LIST = re.compile(rf"\b(sum|total|average|mean|product) of ((?:{_N}(?:,? and | ))+{_N})$")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z']+|[-+*/^()!%=]")
_LEADS = frozenset(words(
    "what is the answer to result of calculate compute work out how much does do equal equals make makes tell me "
    "solve a please add up can you i need know find and so value it in total math maths problem are would be "
    "dollars dollar will get show give for = that by if cost pounds euros us s of sum all when take"
))
_CLUE = re.compile(r"\d|\bpi\b")
_VERB = re.compile(
    r"[-+*/^%!×÷√]|\b(?:plus|minus|times|divide|divided|over|multipl\w+|percent|per cent|square\w*|cube\w*|root|"
    r"add|sum|subtract|less|half of|double|twice|triple|power|factorial|average|mean|product|quotient|modul\w+|"
    r"difference|to the|takeaway|take|deduct|goes into|go into|x|total|split|mod)\b"
)


@dataclass(frozen=True, slots=True)
class Sum:
    """`value` is None when it has none; `why` then says so in a sentence. `about`: the value is irrational."""

    value: Fraction | None
    why: str = ""
    about: bool = False
    percent: bool = False


class NoValue(ArithmeticError):
    """The sum is well formed and has no value. str(error) is the sentence that says why."""


def find_sum(text: str, strays: int = 0) -> Sum | None:
    """The sum that canonical `text` asks for, or None: at least one operation, at most `strays` foreign words."""
    if not _CLUE.search(text) or not _VERB.search(text):
        return None
    s = _LIST.sub(_spread, text)
    for pattern, to in _COMPILED:
        s = pattern.sub(to, s)
    percent = "asp" in s.split()
    tokens = _TOKEN.findall(s.replace(" asp", ""))
    for i, token in enumerate(tokens):
        if token[0].isdigit() or token in ("pi", "(", "sqrt", "cbrt", "-"):
            parser = _Parser(tokens, i)
            try:
                value: Fraction | None = parser.sum()
            except SyntaxError:
                continue
            except NoValue as error:
                value, why = None, str(error)
            except OverflowError:
                value, why = None, "That number is too long to say."
            else:
                why = ""
            around = (tokens[:i], tokens[parser.i:])
            ahead, behind = ([w for w in part if w not in _LEADS and w != "%"] for part in around)
            if parser.operations == 0 or ahead or len(behind) > strays or any(w[0].isdigit() for w in behind):
                return None
            return Sum(value, why, parser.about, percent)
    return None


def unfinished(text: str) -> bool:
    """Whether a sum breaks off: "what is 12 plus"."""
    s = text
    for pattern, to in _COMPILED:
        s = pattern.sub(to, s)
    return bool(re.search(r"(?:^| )(?:[-+*/^]|sqrt|cbrt|mod|off)$", s)) and bool(_CLUE.search(s) or "sqrt" in s)


def _spread(m: "re.Match[str]") -> str:
    """ "the average of 3 4 and 8" """
    figures = re.findall(_N, m[2])
    sign = " * " if m[1] == "product" else " + "
    said = f"( {sign.join(figures)} )"
    return f"{said} / {len(figures)}" if m[1] in ("average", "mean") else said


class _Parser:
    """Reads one sum from tokens[i:]. `i` ends after it; SyntaxError when there is none."""

    def __init__(self, tokens: list[str], i: int) -> None:
        self.tokens, self.i, self.operations, self.about, self.depth = tokens, i, 0, False, 0

    def _at(self, *wanted: str) -> str | None:
        """The token here if it is one of these; it is then taken."""
        if self.i < len(self.tokens) and self.tokens[self.i] in wanted:
            self.i += 1
            return self.tokens[self.i - 1]
        return None

    def sum(self) -> Fraction:
        value = self._product()
        while (sign := self._operator("+", "-")) is not None:
            right = self._product()
            value = value + right if sign == "+" else value - right
        return value

    def _operator(self, *wanted: str) -> str | None:
        """As `_at`, for an operator that something must follow: "5 plus" alone is not taken."""
        if self.i + 1 < len(self.tokens) and (sign := self._at(*wanted)) is not None:
            self.operations += 1
            return sign
        return None

    def _product(self) -> Fraction:
        value = self._signed()
        while (sign := self._operator("*", "/", "mod", "%", "off")) is not None:
            if sign == "%" and not self._starts():
                self.operations, self.i = self.operations - 1, self.i - 1
                break
            right = self._signed()
            if sign in ("/", "mod") and right == 0:
                raise NoValue("Nothing can be divided by zero.")
            value = {"*": lambda a, b: a * b, "/": lambda a, b: a / b, "mod": lambda a, b: a % b,
                     "%": lambda a, b: a * b / 100, "off": lambda a, b: b * (100 - a) / 100}[sign](value, right)
        return value

    def _starts(self) -> bool:
        token = self.tokens[self.i]
        return token[0].isdigit() or token in ("(", "pi", "sqrt", "cbrt")

    def _signed(self) -> Fraction:
        self.depth += 1
        if self.depth > 60:
            raise SyntaxError
        try:
            return -self._signed() if self._at("-") else self._power()
        finally:
            self.depth -= 1

    def _power(self) -> Fraction:
        base = self._postfix()
        if self._operator("^") is None:
            return base
        exponent = self._signed()
        if base == 0 and exponent < 0:
            raise NoValue("Nothing can be divided by zero.")
        if abs(exponent) * max(1, len(str(abs(base.numerator)) + str(base.denominator)) - 1) > MOST_DIGITS:
            raise NoValue("That number is too long to say.")
        if exponent.denominator == 1:
            return Fraction(base ** int(exponent))
        if base < 0:
            raise NoValue("That has no real value.")
        return self._real(float(base) ** float(exponent))

    def _postfix(self) -> Fraction:
        value = self._atom()
        while self._at("!"):
            self.operations += 1
            if value.denominator != 1 or not 0 <= value <= 150:
                raise NoValue("I can only do factorials of whole numbers up to one hundred and fifty.")
            value = Fraction(math.factorial(int(value)))
        return value

    def _atom(self) -> Fraction:
        if self._at("("):
            value = self.sum()
            if not self._at(")"):
                raise SyntaxError
            return value
        if (root := self._at("sqrt", "cbrt")) is not None:
            self.operations += 1
            return self._root(self._signed(), 2 if root == "sqrt" else 3)
        if self._at("pi"):
            return self._real(math.pi)
        if self.i < len(self.tokens) and self.tokens[self.i][0].isdigit():
            self.i += 1
            return Fraction(self.tokens[self.i - 1][: MOST_DIGITS // 10])
        raise SyntaxError

    def _root(self, value: Fraction, degree: int) -> Fraction:
        if value < 0 and degree == 2:
            raise NoValue("A negative number has no real square root.")
        top, bottom = (round(abs(float(n)) ** (1 / degree)) for n in (value.numerator, value.denominator))
        if Fraction(top**degree, bottom**degree) == abs(value):
            return Fraction(top, bottom) * (-1 if value < 0 else 1)
        return self._real(math.copysign(abs(float(value)) ** (1 / degree), float(value)))

    def _real(self, value: float) -> Fraction:
        self.about = True
        return Fraction(value)
