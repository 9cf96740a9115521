from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from app.settings.keeping import NotesFile, Recorder
from audio_io.ears import Heard
from audio_io.errors import Trouble
from audio_io.frames import HOP
from engine.assistant.tools import Tools


def noon() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


def heard(hop: int) -> Heard:
    silence = np.zeros(HOP, np.float32)
    return Heard(hop, np.full(HOP, 0.25, np.float32), silence, np.full(HOP, -0.5, np.float32), 0.0, silence, 0.0)


def test_notes_outlive_the_program(tmp_path):
    shelf = NotesFile(tmp_path / "deep" / "notes.txt")
    tools = Tools(noon, shelf=shelf)
    tools.add_note("buy milk")
    tools.add_note("call mum")
    tools.delete_notes("1")
    assert Tools(noon, shelf=shelf).notes() == ["call mum"]


def test_a_note_that_was_taken_back_is_off_the_disk_too(tmp_path):
    shelf = NotesFile(tmp_path / "notes.txt")
    tools = Tools(noon, shelf=shelf)
    tools.add_note("buy milk")
    mark = tools.mark()
    tools.add_note("buy mi")
    tools.set_timer(60, 0.0)
    tools.back(mark)
    assert shelf.load() == ["buy milk"]
    assert tools.timers() == []


def test_a_timer_that_has_rung_does_not_ring_again_when_something_is_taken_back():
    tools = Tools(noon)
    tools.set_timer(60, 0.0)
    mark = tools.mark()
    assert tools.due(60.0)
    tools.back(mark)
    assert tools.due(61.0) == []


def test_notes_that_cannot_be_kept_are_refused_and_nothing_changes(tmp_path):
    (tmp_path / "notes").write_text("a file where the folder should be")
    tools = Tools(noon, shelf=NotesFile(tmp_path / "other.txt"))
    tools.add_note("one")
    tools._shelf = NotesFile(tmp_path / "notes" / "notes.txt")
    with pytest.raises(Trouble, match="notes"):
        tools.add_note("two")
    assert tools.notes() == ["one"]


def test_a_broken_notes_file_is_not_overwritten(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Trouble, match="not a text file"):
        Tools(noon, shelf=NotesFile(tmp_path / "notes.txt"))


def test_a_recording_holds_every_hop(tmp_path):
    news = []
    recorder = Recorder(tmp_path / "recordings", news.append)
    for hop in range(1, 101):
        recorder.hear(heard(hop))
    recorder.close()
    (path,) = (tmp_path / "recordings").iterdir()
    sound, _ = soundfile.read(path, dtype="float32")
    assert sound.shape == (100 * HOP, 2)
    np.testing.assert_allclose(sound[0], [0.25, -0.5], atol=1e-4)
    assert str(path) in news[0].fields["text"]


def test_a_recording_that_fails_ends_with_a_line(tmp_path):
    (tmp_path / "file").write_text("")
    news = []
    recorder = Recorder(tmp_path / "file", news.append)
    recorder.hear(heard(1))
    recorder.close()
    assert news[-1].fields["trouble"]
    assert "is a file" in news[-1].fields["text"]
