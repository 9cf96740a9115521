"""Timers, alarms and reminders: by the wall clock, through restarts, sleep, and changes of the clock."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audio_io.errors import Trouble
from audio_io.notices import Statement
from engine.assistant.clock import later, next_time, seconds_between
from engine.assistant.schedule_file import ScheduleFile
from engine.assistant.scheduler import LONGEST_S, MOST_TIMERS, Scheduler
from engine.nlu.timer_words import announcement

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 1, 5, 12, tzinfo=LONDON)


class Wall:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> datetime:
        self.now = later(self.now, seconds)
        return self.now


def opened(path: Path, wall: Callable[[], datetime], lines: list[Statement] | None = None) -> Scheduler:
    scheduler = Scheduler(wall, ScheduleFile(path, (lines if lines is not None else []).append))
    scheduler.open()
    return scheduler


def said(scheduler: Scheduler, now: datetime) -> list[str]:
    return [announcement(due) for due in scheduler.due(now)]


# -- setting and ringing ----------------------------------------------------------------------------
def test_a_timer_rings_once_when_it_is_due() -> None:
    wall = Wall()
    scheduler = Scheduler(wall)
    assert scheduler.set("timer", 300) is not None
    assert said(scheduler, wall.passes(299.9)) == []
    assert said(scheduler, wall.passes(0.1)) == ["Your five minute timer is done."]
    assert said(scheduler, wall.passes(1)) == []
    assert scheduler.timers() == []


def test_what_is_due_together_rings_in_the_order_of_its_ends() -> None:
    wall = Wall()
    scheduler = Scheduler(wall)
    scheduler.set("timer", 60, "pasta")
    scheduler.set("reminder", 30, "call your mum")
    scheduler.set("alarm", 45)
    assert said(scheduler, wall.passes(61)) == [
        "Here is your reminder: call your mum.", "This is your alarm.", "Your pasta timer is done."]


def test_a_length_out_of_range_is_refused() -> None:
    for seconds in (0.0, -5.0, LONGEST_S + 1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="outside"):
            Scheduler(Wall()).set("timer", seconds)
    for due in (NOON, NOON - timedelta(hours=1), NOON + timedelta(days=3)):
        with pytest.raises(ValueError, match="two days"):
            Scheduler(Wall()).set_at("alarm", due)


def test_there_is_an_end_to_timers() -> None:
    scheduler = Scheduler(Wall())
    assert all(scheduler.set("timer", 60) for _ in range(MOST_TIMERS))
    assert scheduler.set("timer", 60) is None
    assert scheduler.set_at("alarm", later(NOON, 60)) is None


def test_changing_and_cancelling() -> None:
    scheduler = Scheduler(Wall())
    first, second = scheduler.set("timer", 60), scheduler.set("timer", 30)
    assert first is not None
    assert second is not None
    assert scheduler.timers() == [second, first]
    assert scheduler.newest() == second
    changed = scheduler.change(second, 90, later(NOON, 90))
    assert scheduler.timers() == [first, changed]
    scheduler.cancel([first])
    assert scheduler.timers() == [changed]
    assert scheduler.timers("alarm") == []


def test_what_is_cancelled_while_it_rings_has_rung() -> None:
    wall = Wall()
    scheduler = Scheduler(wall)
    timer = scheduler.set("timer", 60)
    assert timer is not None
    scheduler.due(wall.passes(60))
    scheduler.cancel([timer])
    scheduler.change(timer, 60, later(wall(), 60))
    assert scheduler.timers() == []


# -- the clock --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("evening", "hour", "seconds"), [
    (datetime(2026, 3, 28, 22, tzinfo=LONDON), 8, 32400), (datetime(2026, 3, 28, 22, tzinfo=LONDON), 5, 21600),
    (datetime(2026, 10, 24, 22, tzinfo=LONDON), 8, 39600), (datetime(2026, 10, 24, 22, tzinfo=LONDON), 5, 28800),
])
def test_an_alarm_rings_when_the_clock_shows_its_time_in_the_night_that_the_clock_changes(
        evening: datetime, hour: int, seconds: int) -> None:
    wall = Wall(evening)
    scheduler = Scheduler(wall)
    due = next_time(evening, hour, 0)
    assert seconds_between(evening, due) == seconds
    timer = scheduler.set_at("alarm", due)
    assert timer is not None
    assert timer.seconds == seconds
    assert scheduler.due(wall.passes(seconds - 1)) == []
    (rung,) = scheduler.due(wall.passes(1))
    assert (rung.now.hour, rung.now.minute) == (hour, 0)


@pytest.mark.parametrize(("month", "day"), [(3, 28), (10, 24)])
def test_a_timer_is_what_passes_also_when_the_clock_changes(month: int, day: int) -> None:
    wall = Wall(datetime(2026, month, day, 22, tzinfo=LONDON))
    scheduler = Scheduler(wall)
    scheduler.set("timer", 10 * 3600)
    assert scheduler.due(wall.passes(10 * 3600 - 1)) == []
    assert len(scheduler.due(wall.passes(1))) == 1


def test_a_time_that_the_clock_leaves_out_and_one_that_it_shows_twice() -> None:
    spring, autumn = datetime(2026, 3, 29, 0, 30, tzinfo=LONDON), datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)
    assert next_time(spring, 1, 30).isoformat() == "2026-03-29T02:30:00+01:00"
    first = next_time(autumn, 1, 30)
    assert first.isoformat() == "2026-10-25T01:30:00+01:00"
    assert next_time(later(first, 60), 1, 30).isoformat() == "2026-10-25T01:30:00+00:00"


@given(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)), st.integers(0, 23), st.integers(0, 59), st.booleans(),
       st.booleans(), st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]))
@settings(deadline=None)
def test_the_next_time_is_ahead_within_two_days_and_shows_what_was_asked_for(
        when: datetime, hour: int, minute: int, sure: bool, tomorrow: bool, zone: str) -> None:
    now = when.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    due = next_time(now, hour, minute, sure, tomorrow)
    assert 0 < seconds_between(now, due) <= LONGEST_S + 2 * 3600
    gap = due.minute != minute or (due.hour - hour) % (24 if sure else 12) != 0
    assert not gap or due.utcoffset() != now.utcoffset()
    assert not tomorrow or gap or due.date() == now.date() + timedelta(days=1)
    Scheduler(lambda: now).set_at("alarm", due, since=now)


# -- what outlives the program ----------------------------------------------------------------------
def test_timers_outlive_the_program_and_what_was_due_meanwhile_is_told_with_when(tmp_path: Path) -> None:
    wall, path = Wall(datetime(2026, 1, 5, 22, tzinfo=LONDON)), tmp_path / "schedule.json"
    before = opened(path, wall)
    before.set_at("alarm", next_time(wall(), 7, 0))
    before.set("reminder", 3600, "call the vet")
    before.set("timer", 12 * 3600, "ham")
    before.close()
    wall.passes(11 * 3600)
    after = opened(path, wall)
    assert said(after, wall()) == [
        "Your reminder was due yesterday at eleven o'clock at night, ten hours ago: call the vet.",
        "Your alarm was due at seven o'clock in the morning, two hours ago."]
    assert said(after, wall.passes(3600)) == ["Your ham timer is done."]
    after.close()


def test_what_rang_and_was_not_heard_rings_at_the_next_start_and_what_was_heard_does_not(tmp_path: Path) -> None:
    wall, path = Wall(), tmp_path / "schedule.json"
    before = opened(path, wall)
    before.set("timer", 60, "tea")
    before.set("timer", 60, "rice")
    tea, _ = before.due(wall.passes(60))
    before.heard(tea.timer.number)
    before.close()
    after = opened(path, wall)
    assert said(after, wall()) == ["Your rice timer is done."]
    after.close()


def test_an_alarm_follows_the_user_into_another_zone_and_a_timer_does_not(tmp_path: Path) -> None:
    wall, path = Wall(datetime(2026, 1, 5, 22, tzinfo=LONDON)), tmp_path / "schedule.json"
    before = opened(path, wall)
    before.set_at("alarm", next_time(wall(), 7, 0))
    before.set("timer", 9 * 3600)
    before.close()
    wall.now = wall().astimezone(ZoneInfo("America/New_York"))
    after = opened(path, wall)
    timer, alarm = after.timers()
    assert alarm.due.isoformat() == "2026-01-06T07:00:00-05:00"
    assert seconds_between(wall(), timer.due) == 9 * 3600
    after.close()


def test_a_second_program_beside_the_first_rings_its_own_and_what_it_leaves_is_taken_over(tmp_path: Path) -> None:
    wall, path = Wall(), tmp_path / "schedule.json"
    window, terminal = opened(path, wall), opened(path, wall)
    window.set("timer", 60, "tea")
    terminal.set("timer", 60, "rice")
    terminal.set("timer", 600, "ham")
    assert said(terminal, wall.passes(60)) == ["Your rice timer is done."]
    assert said(window, wall()) == ["Your tea timer is done."]
    for one in (terminal, window):
        one.close()
    after = opened(path, wall)
    assert sorted(t.label for t in after.timers()) == ["ham", "rice", "tea"]     # two of them were not heard
    assert [p.name for p in tmp_path.glob("*.json")] == ["schedule.json"]
    after.close()


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"[]", b"null", b'{"version": 2, "timers": []}',
                                  b'{"version": 1}', b'{"version": 1, "timers": 3}', b"[" * 100_000])
def test_a_damaged_file_is_one_line_and_set_aside(tmp_path: Path, data: bytes) -> None:
    path, lines = tmp_path / "schedule.json", list[Statement]()
    path.write_bytes(data)
    scheduler = opened(path, Wall(), lines)
    (line,) = lines
    assert "schedule.json.damaged-1" in str(line)
    assert "\n" not in str(line)
    assert (tmp_path / "schedule.json.damaged-1").read_bytes() == data
    scheduler.set("timer", 60, "tea")
    scheduler.close()
    again = opened(path, Wall(), lines)
    assert [t.label for t in again.timers()] == ["tea"]
    assert len(lines) == 1
    again.close()


@pytest.mark.parametrize("change", [
    {"kind": "bomb"}, {"due": "tomorrow"}, {"due": "2026-01-05T13:00:00"}, {"seconds": "long"}, {"label": 3},
    {"set": 7}, {"at_clock": "yes"}, {"seconds": -1},
])
def test_of_a_file_with_one_damaged_row_the_others_run_on(tmp_path: Path, change: dict[str, object]) -> None:
    path, lines, wall = tmp_path / "schedule.json", list[Statement](), Wall()
    first = opened(path, wall)
    first.set("timer", 60, "tea")
    first.set("timer", 90, "rice")
    first.close()
    table = json.loads(path.read_text())
    table["timers"][0] |= change
    path.write_text(json.dumps(table))
    after = opened(path, wall, lines)
    assert [t.label for t in after.timers()] == ["rice"]
    assert len(lines) == 1
    after.close()


def test_a_full_disk_is_told_and_the_timer_runs_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    wall = Wall()
    scheduler = Scheduler(wall, ScheduleFile(tmp_path / "home" / "schedule.json", lambda line: None))
    with pytest.raises(Trouble, match="is a file"):
        scheduler.open()
    scheduler.set("timer", 60)
    assert len(scheduler.due(wall.passes(60))) == 1
    scheduler.close()


# -- any history ------------------------------------------------------------------------------------
class Histories(RuleBasedStateMachine):
    """No timer is lost, none is heard twice, whatever happens to the program and to its clock."""

    def __init__(self) -> None:
        super().__init__()
        from tempfile import TemporaryDirectory

        self.folder = TemporaryDirectory()
        self.wall = Wall()
        self.path = Path(self.folder.name) / "schedule.json"
        self.scheduler = opened(self.path, self.wall)
        self.wanted: set[str] = set()            # labels of what is to ring
        self.rung: dict[int, str] = {}           # told in this session, not heard
        self.heard: list[str] = []
        self.made = 0
        self.mark: int | None = None
        self.at_mark: set[str] = set()

    def teardown(self) -> None:
        self.scheduler.close()
        self.folder.cleanup()

    @rule(seconds=st.floats(1, 5000), clock=st.booleans())
    def set(self, seconds: float, clock: bool) -> None:
        self.made += 1
        label = f"n{self.made}"
        timer = (self.scheduler.set_at("alarm", later(self.wall(), seconds), label) if clock
                 else self.scheduler.set("timer", seconds, label))
        if timer is not None:
            self.wanted.add(label)

    @precondition(lambda self: self.scheduler.timers())
    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        running = self.scheduler.timers()
        one = running[which % len(running)]
        self.scheduler.cancel([one])
        self.wanted.discard(one.label)

    @precondition(lambda self: self.scheduler.timers())
    @rule(seconds=st.floats(1, 5000))
    def change(self, seconds: float) -> None:
        self.scheduler.change(self.scheduler.timers()[0], seconds, later(self.wall(), seconds))

    @rule()
    def begin_reply(self) -> None:
        self.mark, self.at_mark = self.scheduler.mark(), set(self.wanted)

    @precondition(lambda self: self.mark is not None)
    @rule()
    def nobody_heard_it(self) -> None:
        assert self.mark is not None
        self.scheduler.back(self.mark)
        gone = set(self.heard) | set(self.rung.values())
        self.wanted = {w for w in self.at_mark if w not in self.heard} | {w for w in self.wanted if w in gone} - set(
            self.heard)
        self.mark = self.scheduler.mark()
        self.at_mark = set(self.wanted)

    @rule(seconds=st.floats(0, 4000))
    def time_passes(self, seconds: float) -> None:
        self.wall.passes(seconds)

    @rule(seconds=st.floats(-5000, 5000))
    def the_clock_is_set(self, seconds: float) -> None:
        self.wall.passes(seconds)

    @rule()
    def ring(self) -> None:
        for due in self.scheduler.due(self.wall()):
            assert due.timer.number not in self.rung
            assert due.timer.label in self.wanted
            self.rung[due.timer.number] = due.timer.label

    @precondition(lambda self: self.rung)
    @rule()
    def somebody_hears_it(self) -> None:
        number, label = self.rung.popitem()
        self.scheduler.heard(number)
        self.heard.append(label)
        self.wanted.discard(label)

    @rule()
    def new_pipeline(self) -> None:
        self.scheduler.ring_again()
        self.rung.clear()

    @rule(wrote=st.booleans())
    def restart(self, wrote: bool) -> None:
        self.scheduler.sync()
        self.scheduler.close()
        self.scheduler = opened(self.path, self.wall)
        self.rung.clear()
        self.mark = None

    @invariant()
    def nothing_is_lost_and_nothing_comes_twice(self) -> None:
        assert len(self.heard) == len(set(self.heard))
        running = [t.label for t in self.scheduler.timers()]
        assert len(running) == len(set(running))
        assert set(running) | set(self.rung.values()) == self.wanted


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHistories = Histories.TestCase
