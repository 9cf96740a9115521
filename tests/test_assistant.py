"""The assistant as the program makes it: this computer's zone, its files, one for every pipeline."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.settings.schema import Settings
from app.wiring import make_assistant
from audio_io.notices import Statement
from engine.assistant.assistant import Assistant, Files
from engine.assistant.clock import LOCAL, later, local_time, next_time
from engine.messages import Prompt, Say, Used
from engine.nlu.brain import Brain
from tests.brain_conversation import shipped, words

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def in_london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system's zone cannot be set for one process")
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "TZ", "Europe/London")
        time.tzset()
        yield
    time.tzset()


def test_local_time_is_that_of_the_zone_in_every_hour_around_both_changes(in_london: None) -> None:
    for change in (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)):
        for quarter in range(-12, 13):
            moment = change + timedelta(minutes=15 * quarter)
            here, there = moment.astimezone(LOCAL), moment.astimezone(LONDON)
            assert here.isoformat() == there.isoformat()
            assert here.fold == there.fold
            assert here.astimezone(UTC) == moment


def test_an_alarm_in_local_time_follows_the_change_of_the_clock(in_london: None) -> None:
    evening = datetime(2026, 3, 28, 22, tzinfo=LOCAL)
    assert next_time(evening, 8, 0).isoformat() == "2026-03-29T08:00:00+01:00"
    assert later(evening, 10 * 3600).isoformat() == "2026-03-29T09:00:00+01:00"


@pytest.mark.parametrize(("evening", "alarm_s", "reminder_s"), [
    (datetime(2026, 3, 28, 22, tzinfo=LONDON), 32400, 21600), (datetime(2026, 10, 24, 22, tzinfo=LONDON), 39600, 28800),
])
def test_what_is_said_and_done_in_the_night_that_the_clock_changes(
        evening: datetime, alarm_s: int, reminder_s: int) -> None:
    for said, kind, seconds, clock in (("set an alarm for eight am", "alarm", alarm_s, "eight o'clock in the morning"),
                                       ("remind me to go at 5 am", "reminder", reminder_s, "five o'clock")):
        pieces = list(Brain(Assistant(lambda: evening), shipped()).work(Prompt(said)))
        (used,) = [piece for piece in pieces if isinstance(piece, Used)]
        assert (used.name, used.arguments["seconds"]) == (kind, seconds)
        assert clock in words([piece for piece in pieces if isinstance(piece, Say)])


def test_what_the_program_keeps_is_there_again_at_its_next_start(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    lines: list[Statement] = []
    first = make_assistant(Settings(), lines.append)
    first.scheduler.set("timer", 3600, "tea")
    first.notes.add("buy milk")
    first.close()
    second = make_assistant(Settings(), lines.append)
    try:
        assert [timer.label for timer in second.scheduler.timers()] == ["tea"]
        assert second.notes.all() == ["buy milk"]
        assert not second.scheduler.due(local_time())
        assert len(second.scheduler.due(later(local_time(), 3601))) == 1
    finally:
        second.close()
    assert not lines


def test_a_folder_that_cannot_be_written_is_one_line_and_the_assistant_works(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lines: list[Statement] = []
    files = Files(tmp_path / "file" / "notes.txt", tmp_path / "file" / "schedule.json", lines.append)
    assistant = Assistant(local_time, files)
    assistant.scheduler.set("timer", 60)
    assistant.close()
    assert len(lines) == 1
    assert "is a file" in str(lines[0])
