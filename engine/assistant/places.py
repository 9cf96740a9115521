"""Cities, countries, states and time zones -> the clock there.

The table is assets/cities.tsv (name, IANA zone, kind, further names); the zones' rules are zoneinfo's.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    """`name` as it is said in an answer, `kind` one of city, country, state, zone."""

    name: str
    zone: str
    kind: str

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@cache
def by_name() -> dict[str, Place]:
    """Every name that people say, in lower case -> its place."""
    text = (files("assets") / "cities.tsv").read_text(encoding="utf-8")
    named: dict[str, Place] = {}
    for row in text.splitlines()[1:]:
        name, zone, kind, also = row.split("\t")
        for said in (name.lower(), *(also.split(",") if also else ())):
            named[said] = Place(name, zone, kind)
    return named
