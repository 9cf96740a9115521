"""A broken file in the user's folder of voices: one line, wherever voices are read, and everything else goes on."""

import pytest
from panel_program import Desk
from patience import PATIENT_MS

from app.settings.schema import Settings
from app.wiring import make_cast, make_pipeline
from audio_io.room import Room, RoomShape
from engine.assistant.assistant import Assistant
from engine.assistant.clock import local_time
from engine.messages import Event, Notice, Severity
from engine.notices import Advice


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "me.yaml").write_text("description: me\npich: 1.1\n")
    return tmp_path


def test_the_conversation_starts_and_tells_of_it_once(home):
    told: list[Event] = []
    talk = make_pipeline(Room(RoomShape()), Settings(), Assistant(local_time), told.append)
    talk.parts.stop()                            # it was made, not started
    wrong = [event for event in told if isinstance(event, Notice) and event.severity is Severity.ERROR]
    assert len(wrong) == 1
    assert "me.yaml: pich" in str(wrong[0].what[0])
    assert "\n" not in str(wrong[0].what[0])
    assert wrong[0].do is Advice.READ_AT_NEXT_START


def test_a_scenario_tells_of_it_where_its_outcome_is_not(home, capsys):
    make_cast(Settings()).make(local_time, True).stop()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("parley: ")
    assert "me.yaml: pich" in told.err
    assert told.err.count("\n") == 1


def test_the_page_of_voices_offers_the_others_and_names_it(home, qtbot):
    desk = Desk(qtbot, home)
    try:
        desk.panels.open("voice")
        page = desk.panels.panel.pages["voice"]
        qtbot.waitUntil(lambda: page.rows["voice.voice"].box.findData("calm") >= 0, timeout=PATIENT_MS)
        assert "me.yaml: pich" in page.trouble.text()
        assert page.trouble.isVisible()
    finally:
        desk.quit()
