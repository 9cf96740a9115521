"""What `engine.tts.english` reads abbreviations, units and names as. Tables, no code."""

from collections.abc import Mapping

MONTHS: Mapping[str, str] = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "jun": "June", "jul": "July", "aug": "August",
    "sep": "September", "sept": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
DAYS: Mapping[str, str] = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "thur": "Thursday",
    "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
TITLES: Mapping[str, str] = {    # before a capital letter
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Rev": "Reverend",
    "Gen": "General", "Col": "Colonel", "Sgt": "Sergeant", "Capt": "Captain", "Lt": "Lieutenant", "Gov": "Governor",
    "Sen": "Senator", "Rep": "Representative", "Hon": "Honorable", "Mt": "Mount", "Ft": "Fort", "St": "Saint",
}  # fmt: skip
STREETS: Mapping[str, str] = {   # after a capital letter
    "St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Dr": "Drive", "Ln": "Lane", "Hwy": "Highway",
    "Sq": "Square", "Pl": "Place", "Ct": "Court",
}  # fmt: skip
SHORT: Mapping[str, str] = {     # with a full stop, anywhere
    "etc": "et cetera", "approx": "approximately", "dept": "department", "est": "established", "max": "maximum",
    "min": "minimum", "tel": "telephone", "ext": "extension", "inc": "Incorporated", "ltd": "Limited",
    "corp": "Corporation", "co": "Company", "jr": "Junior", "sr": "Senior", "vs": "versus", "cf": "compare",
    "govt": "government", "misc": "miscellaneous", "assn": "association", "bros": "Brothers", "apt": "apartment",
    "e.g": "for example", "i.e": "that is", "a.k.a": "also known as", "no": "no", "ca": "about", "viz": "namely",
    "ave": "Avenue", "blvd": "Boulevard",
}  # fmt: skip
BARE: Mapping[str, str] = {      # without one
    "vs": "versus", "w/": "with", "w/o": "without", "&": "and", "aka": "also known as", "approx": "approximately",
    "btw": "by the way", "asap": "as soon as possible", "fyi": "for your information", "govt": "government",
    "%": "percent", "@": "at", "→": "to", "=": "equals", "+": "plus", "≈": "about", "§": "section", "°": "degrees",
    "eg": "for example", "ie": "that is",
}  # fmt: skip
NUMBERED: Mapping[str, str] = {  # before a number
    "No": "number", "no": "number", "Nos": "numbers", "nos": "numbers", "Nr": "number", "p": "page", "pp": "pages",
    "Fig": "figure", "fig": "figure", "Vol": "volume", "vol": "volume", "Ch": "chapter", "ch": "chapter",
    "Sec": "section",
    "sec": "section", "Eq": "equation", "eq": "equation", "Ext": "extension", "ext": "extension", "Art": "article",
}  # fmt: skip
UNITS: Mapping[str, tuple[str, str]] = {
    "km": ("kilometer", ""), "m": ("meter", ""), "cm": ("centimeter", ""), "mm": ("millimeter", ""),
    "µm": ("micrometer", ""), "nm": ("nanometer", ""), "mi": ("mile", ""), "ft": ("foot", "feet"), "yd": ("yard", ""),
    "inch": ("inch", "inches"), "kg": ("kilogram", ""), "g": ("gram", ""), "mg": ("milligram", ""),
    "µg": ("microgram", ""), "lb": ("pound", ""), "lbs": ("pound", ""), "oz": ("ounce", ""), "t": ("ton", ""),
    "l": ("liter", ""), "L": ("liter", ""), "ml": ("milliliter", ""), "mL": ("milliliter", ""), "cl": ("centiliter",
    ""),
    "dl": ("deciliter", ""), "h": ("hour", ""), "hr": ("hour", ""), "hrs": ("hour", ""), "min": ("minute", ""),
    "mins": ("minute", ""), "s": ("second", ""), "sec": ("second", ""), "secs": ("second", ""),
    "ms": ("millisecond", ""), "µs": ("microsecond", ""), "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "W": ("watt", ""), "kW": ("kilowatt", ""),
    "MW": ("megawatt", ""), "kWh": ("kilowatt hour", ""), "V": ("volt", ""), "mV": ("millivolt", ""),
    "mA": ("milliamp", ""), "mAh": ("milliamp hour", ""), "Ω": ("ohm", ""), "J": ("joule", ""), "kJ": ("kilojoule", ""),
    "cal": ("calorie", ""), "kcal": ("kilocalorie", ""), "Pa": ("pascal", ""), "hPa": ("hectopascal", ""),
    "kPa": ("kilopascal", ""), "psi": ("P S I", "P S I"), "dB": ("decibel", ""), "kB": ("kilobyte", ""),
    "KB": ("kilobyte", ""), "MB": ("megabyte", ""), "GB": ("gigabyte", ""), "TB": ("terabyte", ""),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "mph": ("mile per hour", "miles per hour"), "kph": ("kilometer per hour", "kilometers per hour"),
    "rpm": ("revolution per minute", "revolutions per minute"), "bpm": ("beat per minute", "beats per minute"),
    "fps": ("frame per second", "frames per second"), "px": ("pixel", ""), "ha": ("hectare", ""),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", ""),
    "%": ("percent", "percent"), "‰": ("per mille", "per mille"), "x": ("time", ""),
}  # fmt: skip
PER: Mapping[str, str] = {"h": "hour", "hr": "hour", "s": "second", "sec": "second", "min": "minute", "day": "day",
                          "week": "week", "month": "month", "mo": "month", "year": "year", "yr": "year",
                          "kg": "kilogram",
                          "g": "gram", "l": "liter", "L": "liter", "m": "meter", "km": "kilometer", "lb": "pound",
                          "hour": "hour", "person": "person", "night": "night", "ml": "milliliter"}  # fmt: skip
CURRENCIES: Mapping[str, tuple[str, str, str, str]] = {      # one, many, a hundredth, hundredths
    "$": ("dollar", "dollars", "cent", "cents"), "US$": ("US dollar", "US dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"), "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""), "₹": ("rupee", "rupees", "paisa", "paise"), "₩": ("won", "won", "", ""),
    "USD": ("US dollar", "US dollars", "cent", "cents"), "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"), "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "JPY": ("yen", "yen", "", ""),
}  # fmt: skip
LARGE: Mapping[str, str] = {"k": "thousand", "K": "thousand", "M": "million", "m": "million", "mn": "million",
                            "B": "billion", "b": "billion", "bn": "billion", "T": "trillion", "tn": "trillion",
                            "thousand": "thousand", "million": "million", "billion": "billion",
                            "trillion": "trillion"}  # fmt: skip
VULGAR: Mapping[str, tuple[int, int]] = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
PARTS: Mapping[int, tuple[str, str]] = {2: ("half", "halves"), 4: ("quarter", "quarters")}
RULERS = ("Henry", "Louis", "Elizabeth", "Charles", "George", "Edward", "William", "Richard", "James", "John", "Paul",
          "Pius", "Benedict", "Gregory", "Philip", "Frederick", "Wilhelm", "Napoleon", "Nicholas", "Alexander", "Peter",
          "Catherine", "Ramesses", "Leo", "Francis", "Ivan", "Otto", "Ferdinand")  # fmt: skip
CHAPTERS = ("Chapter", "Part", "Volume", "Vol", "Act", "Scene", "Section", "Book", "Appendix", "Phase", "Level", "Type",
            "World War", "Super Bowl", "Article", "Title", "Class", "Episode", "Stage", "Rocky",
            "Final Fantasy")  # fmt: skip
DIALLED = ("dial", "call", "ring", "phone", "code", "pin", "extension", "text", "flight",
"room")    # said digit by digit
DATED = ("in", "since", "by", "from", "until", "till", "year", "before", "after", "around", "during", "early", "late",
         "mid", "the", "of", "between", "and", "spring", "summer", "autumn", "fall", "winter")  # fmt: skip
