"""Units and their conversion, kitchen ones included. Factors are exact (the international yard and pound of 1959,
US customary measures for the kitchen); only the spoken result is rounded."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from engine.tts.number_words import number_words


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: 1 of it is `size` of its kind's base. Temperatures: base = (value + shift) * size in kelvin."""

    kind: str
    one: str
    many: str
    size: Fraction
    shift: Fraction = Fraction(0)


# kind | one | many (if irregular) | size | further names
_TABLE = """
length|metre||1|meter,meters,m
length|kilometre||1000|kilometer,kilometers,km,kms,k m,kilometre
length|centimetre||1/100|centimeter,centimeters,cm,cms,c m
length|millimetre||1/1000|millimeter,millimeters,mm,millimetre
length|mile||1609.344|mi,myles
length|yard||0.9144|yd,yds
length|foot|feet|0.3048|ft,foots
length|inch|inches|0.0254|inchs,"
length|nautical mile||1852|
length|light year||9460730472580800|lightyear,lightyears
mass|gram||1|g,gm,gms,grammes,gramme
mass|kilogram||1000|kg,kgs,kilo,kilos,kilogramme,kilogrammes,killer grams,kilo grams,kilo gram
mass|milligram||1/1000|mg,mgs
mass|tonne||1000000|metric ton,metric tons
mass|ton||907184.74|short ton,us ton
mass|pound||453.59237|lb,lbs
mass|ounce||28.349523125|oz,ozs
mass|stone|stone|6350.29318|stones
volume|litre||1|liter,liters,l,leader,leaders,leter
volume|millilitre||1/1000|milliliter,milliliters,ml,mls,m l,mil,mils,ml's,milli liters
volume|centilitre||1/100|centiliter,centiliters,cl
volume|decilitre||1/10|deciliter,deciliters,dl
volume|cubic metre||1000|cubic meter,cubic meters
volume|gallon||3.785411784|gal,gallons,us gallon,us gallons
volume|quart||0.946352946|qt,qts
volume|pint||0.473176473|pt,pts
volume|cup||0.2365882365|cups
volume|fluid ounce||0.0295735295625|fl oz,fluid oz
volume|tablespoon||0.01478676478125|tbsp,tbs,table spoon,table spoons,tablespoonful,tablespoonfuls
volume|teaspoon||0.00492892159375|tsp,tea spoon,tea spoons,teaspoonful,teaspoonfuls
volume|imperial gallon||4.54609|uk gallon,uk gallons
volume|imperial pint||0.56826125|uk pint,uk pints
speed|kilometre per hour|kilometres per hour|5/18|kilometer per hour,kilometers per hour,kmh,kph,km per hour,km / h
speed|mile per hour|miles per hour|0.44704|mph,miles an hour,m p h
speed|metre per second|metres per second|1|meter per second,meters per second,m / s,meters a second
speed|knot||463/900|kts
speed|foot per second|feet per second|0.3048|
time|second||1|s
time|minute||60|
time|hour||3600|h
time|day||86400|
time|week||604800|
time|month||2629746|
time|year||31556952|yr,yrs
time|decade||315569520|
time|century|centuries|3155695200|
time|millisecond||1/1000|ms
area|square metre||1|square meter,square meters,square m
area|square kilometre||1000000|square kilometer,square kilometers,square km
area|square centimetre||1/10000|square centimeter,square centimeters,square cm
area|square mile||2589988.110336|
area|square foot|square feet|0.09290304|square ft,sq ft
area|square inch|square inches|0.00064516|sq in
area|square yard||0.83612736|
area|acre||4046.8564224|
area|hectare||10000|ha,hectors
data|byte||8|b
data|bit||1|
data|kilobyte||8000|kb,kilo bytes
data|megabyte||8000000|mb,meg,megs,mega bytes
data|gigabyte||8000000000|gb,gig,gigs,giga bytes
data|terabyte||8000000000000|tb,tera bytes
data|kilobit||1000|kbit
data|megabit||1000000|mbit
data|gigabit||1000000000|gbit
temperature|degree Celsius|degrees Celsius|1|celsius,centigrade,degrees c,degree c,c,degrees centigrade,celcius
temperature|degree Fahrenheit|degrees Fahrenheit|5/9|fahrenheit,f,degrees f,degree f,farenheit,fahrenheits
temperature|kelvin|kelvin|1|degrees kelvin,kelvins
"""
_SHIFTS = {"degree Celsius": Fraction("273.15"), "degree Fahrenheit": Fraction("459.67")}


def _load() -> dict[str, Unit]:
    named: dict[str, Unit] = {}
    for row in _TABLE.strip().splitlines():
        kind, one, many, size, others = row.split("|")
        unit = Unit(kind, one, many or one + "s", Fraction(size), _SHIFTS.get(one, Fraction(0)))
        for name in (one.lower(), unit.many.lower(), *others.split(",")):
            if name:
                named.setdefault(name, unit)
    return named


UNITS = _load()
SHORT = frozenset(name for name in UNITS if len(name) == 1 or name in ("in", "mil", "leader", "leaders"))
UNIT_WORDS = frozenset(w for name in UNITS for w in name.split() if len(w) > 1)
_NAMES = "|".join(re.escape(n) for n in sorted(UNITS, key=len, reverse=True))
_U = rf"({_NAMES})"
_N = r"((?:minus |negative |- )?\d+(?:\.\d+)?|an?|1)"
_TO = (r"(?: is| are| equals?| makes?| be)*(?: converted)? (?:in ?to|in|to|too|two|2|as|into|is|equals?|equal to|"
       r"and|would be) ")
_PATTERNS = [
    (re.compile(rf"\b{_N} (?:of )?{_U}(?: of \w+)?{_TO}(?:the )?{_U}(?![\w'])"), (1, 2, 3)),
    (re.compile(rf"\b(?:(?:how )?many|number of|amount of) {_U}(?: \w+)?? (?:are |is |do |does |will |would |can "
                rf")?(?:there )?(?:i get |"
                rf"you get )?(?:in|is|are|equals?|make|makes|make up|fit in|from|for|to|go into|equal to|per|are "
                rf"in|=)(?: (?:there |up |in ))?(?: ?{_N})? {_U}(?![\w'])"), (2, 3, 1)),
    (re.compile(rf"\b{_N} {_U}(?: of \w+)?(?: is| are| equals?| makes?| has| have| contains?)?(?: to| in)? (?:how "
                rf"many|what in) {_U}(?![\w'])"), (1, 2, 3)),
    (re.compile(rf"\bhow (?:much|far|long|heavy|hot|cold|fast) (?:is|are) {_N} {_U} (?:in|as|to) "
                rf"{_U}(?![\w'])"), (1, 2, 3)),
    (re.compile(rf"\b(?:conver\w+|chang(?:e|ing))(?: between| from| of| for)? (?:an? )?{_U} (?:in ?to|to|and|in) "
                rf"(?:an? )?{_U}(?![\w'])"), (0, 1, 2)),
    (re.compile(rf"^(?:(?:give me|i need|what is|from) )?{_U} (?:in ?to|to|in) {_U}$"), (0, 1, 2)),
]
_TO_ALONE = re.compile(rf"^(?:and |what about |how about |but |or |what is (?:that|it|this) |convert (?:that|it|"
                       rf"this) |same |that |make it |make that )*(?:in ?to|in|as|to|into) {_U}$")
_AMOUNT = re.compile(rf"{_N} {_U}(?![\w'])")


@dataclass(frozen=True, slots=True)
class Conversion:
    """`amount` of `source`, wanted in `target`; text[start:end] said so."""

    amount: Fraction
    source: Unit
    target: Unit
    start: int = 0
    end: int = 0


def _amount(said: str | None) -> Fraction:
    if said is None or said[0] == "a":
        return Fraction(1)
    sign = -1 if said[0] in "mn-" else 1
    return sign * Fraction(said.split()[-1])


def find_conversion(text: str) -> Conversion | None:
    """ "21 km in miles", "how many feet in 3 metres", "what is 20 degrees celsius in fahrenheit" """
    for pattern, (n, source, target) in _PATTERNS:
        if (m := pattern.search(text)) is not None:
            pair = UNITS[m[source]], UNITS[m[target]]
            if pair[0] is pair[1] or (m[target] in SHORT and m[source] not in SHORT and m[target] not in "cfglm"):
                continue
            return Conversion(_amount(m[n] if n else None), *_fitting(*pair), m.start(), m.end())
    return None


def find_target(text: str) -> Unit | None:
    """The unit of a follow-up that names nothing else: "and in miles"."""
    m = _TO_ALONE.match(text)
    return UNITS[m[1]] if m else None


def find_amount(text: str) -> tuple[Fraction, Unit, int, int] | None:
    """The first amount with a unit."""
    m = _AMOUNT.search(text)
    return (_amount(m[1]), UNITS[m[2]], m.start(), m.end()) if m else None


def _fitting(a: Unit, b: Unit) -> tuple[Unit, Unit]:
    """An ounce beside a volume is a fluid ounce."""
    fluid = UNITS["fluid ounce"]
    if a.one == "ounce" and b.kind == "volume":
        return fluid, b
    if b.one == "ounce" and a.kind == "volume":
        return a, fluid
    return a, b


def convert(amount: Fraction, source: Unit, target: Unit) -> Fraction | None:
    """None when the two measure different things. Exact."""
    a, b = _fitting(source, target)
    if a.kind != b.kind:
        return None
    return (amount + a.shift) * a.size / b.size - b.shift


def sensible(value: Fraction) -> tuple[Fraction, bool]:
    """Rounded as people say it, about four figures -> (value, whether that changed it)."""
    if value == 0:
        return value, False
    size = math.floor(math.log10(abs(value.numerator) / value.denominator)) if abs(value) < 10**300 else 300
    places = max(0, min(12, (0 if size >= 3 else 1 if size >= 1 else 2) if size >= 0 else 1 - size))
    rounded = round(value, places)
    return Fraction(rounded), rounded != value


def amount_words(value: Fraction, unit: Unit) -> str:
    """ "one mile", "thirteen point zero five miles", "minus five degrees Celsius" """
    return f"{number_words(value, 12)} {unit.one if value == 1 else unit.many}"
