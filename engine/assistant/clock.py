"""The clock on the wall: local time that follows this computer's zone, and the next time that it shows a given hour.

A clock is handed to whoever needs one. Arithmetic on aware datetimes of one zone counts what the clock shows, not what
passes (Python's rule): a length is added in UTC, an hour of the day is looked up on the clock.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

Clock = Callable[[], datetime]       # -> now, aware, in the zone whose clock the user looks at


class LocalZone(tzinfo):
    """This computer's zone with its rules for summer time, as the operating system knows them."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def fromutc(self, dt: datetime) -> datetime:
        there = dt.replace(tzinfo=UTC).astimezone()
        shown = there.replace(tzinfo=None)
        again = shown.astimezone().utcoffset() != there.utcoffset()      # the second time that the clock shows this
        return shown.replace(tzinfo=self, fold=int(again))


LOCAL = LocalZone()


def local_time() -> datetime:
    """Now, in this computer's zone."""
    return datetime.now(LOCAL)


def later(moment: datetime, seconds: float) -> datetime:
    """`moment` and `seconds` that pass, in the zone of `moment`. Raises OverflowError beyond the calendar."""
    return (moment.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(moment.tzinfo)


def seconds_between(a: datetime, b: datetime) -> float:
    """How many seconds pass from a to b."""
    return (b.astimezone(UTC) - a.astimezone(UTC)).total_seconds()


def next_time(now: datetime, hour: int, minute: int, sure: bool = True, tomorrow: bool = False) -> datetime:
    """When the clock shows hour:minute next, after `now`; `tomorrow`: not today.

    sure: False where 7 may be 7:00 or 19:00; then the nearer one is meant. A time that is left out in spring is taken
    for the one an hour later; of one that comes twice in autumn the first that is still ahead is meant.
    """
    shown = now.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    step = timedelta(hours=24 if sure or hour == 0 else 12)
    if tomorrow:
        shown, step = shown + timedelta(days=1), timedelta(hours=24)
    while True:
        for fold in (0, 1):
            found = shown.replace(fold=fold)
            if seconds_between(now, found) > 0:
                return found.astimezone(UTC).astimezone(now.tzinfo)
        shown += step
