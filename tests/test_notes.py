"""Notes: two programs on one file, undoing without the disk, a full disk."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audio_io.errors import Trouble
from audio_io.notices import Statement
from engine.assistant import notes as module
from engine.assistant.assistant import Assistant, Files
from engine.assistant.notes import MOST_NOTES, Notes


def noon() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def notes(request: pytest.FixtureRequest, tmp_path: Path) -> Notes:
    return Notes(tmp_path / "deep" / "notes.txt" if request.param == "file" else None)


def test_adding_and_deleting(notes: Notes) -> None:
    for text in ("milk", "bread", "eggs"):
        assert notes.add(text)
    assert notes.delete("2") == 1
    assert notes.all() == ["milk", "eggs"]
    assert notes.delete("last") == 1
    assert notes.delete("7") == 0
    assert notes.delete("all") == 1
    assert notes.all() == []
    assert notes.delete("all") == 0


def test_there_is_an_end_to_notes(notes: Notes) -> None:
    assert all(notes.add("x") for _ in range(MOST_NOTES))
    assert not notes.add("y")


def test_a_note_is_one_line(notes: Notes) -> None:
    notes.add("buy milk\nand\u2028eggs")
    assert notes.all() == ["buy milk and eggs"]


def test_what_was_done_for_nobody_is_undone(notes: Notes) -> None:
    notes.add("milk")
    notes.add("bread")
    mark = notes.mark()
    notes.delete("1")
    notes.add("bre")
    notes.delete("1")
    assert notes.all() == ["bre"]
    notes.back(mark)
    assert notes.all() == ["milk", "bread"]
    notes.settle()
    assert notes.all() == ["milk", "bread"]
    assert not notes.unsettled


def test_what_is_still_being_done_for_a_reply_that_is_undone_is_undone_too(notes: Notes) -> None:
    mark = notes.mark()
    notes.back(mark)
    notes.add("too late")
    assert notes.all() == []
    notes.mark()
    notes.add("in time")
    assert notes.all() == ["in time"]


def test_an_older_mark_undoes_nothing(notes: Notes) -> None:
    old = notes.mark()
    notes.add("milk")
    notes.mark()
    notes.back(old)
    assert notes.all() == ["milk"]


def test_what_is_forgotten_does_not_come_back(tmp_path: Path) -> None:
    for path in (None, tmp_path / "notes.txt"):
        notes = Notes(path)
        notes.add("buy milk")
        mark = notes.mark()
        notes.delete("all")
        notes.back(mark)                         # it is to be there again
        notes.forget()
        notes.settle()
        assert notes.all() == []
    assert not (tmp_path / "notes.txt").exists()


def test_undoing_touches_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes(tmp_path / "notes.txt")
    mark = notes.mark()
    notes.add("milk")
    monkeypatch.setattr(module, "write_whole", lambda *_: pytest.fail("written"))
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("read"))
    notes.back(mark)
    notes.mark()
    assert notes.unsettled


def test_two_of_them_on_one_file_lose_nothing(tmp_path: Path) -> None:
    window, terminal = Notes(tmp_path / "notes.txt"), Notes(tmp_path / "notes.txt")
    window.add("buy milk")
    mark = window.mark()
    window.add("buy mi")
    terminal.add("buy eggs")
    window.back(mark)
    window.settle()
    (tmp_path / "notes.txt").write_text((tmp_path / "notes.txt").read_text() + "by hand\n")
    terminal.add("later")
    assert window.all() == terminal.all() == ["buy milk", "buy eggs", "by hand", "later"]


def test_two_programs_at_once_lose_nothing(tmp_path: Path) -> None:
    write = ("import sys; from pathlib import Path; from engine.assistant.notes import Notes\n"
             "notes = Notes(Path(sys.argv[1]))\n"
             "for n in range(40): notes.add(f'{sys.argv[2]} {n}')")
    path = tmp_path / "notes.txt"
    programs = [subprocess.Popen([sys.executable, "-c", write, str(path), name]) for name in ("window", "terminal")]
    assert [program.wait(120) for program in programs] == [0, 0]
    assert sorted(Notes(path).all()) == sorted(f"{name} {n}" for name in ("window", "terminal") for n in range(40))


def test_notes_that_cannot_be_kept_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.txt")
    notes.add("one")
    (tmp_path / "file").write_text("a file where the folder should be")
    notes.keep_in(tmp_path / "file" / "notes.txt")
    with pytest.raises(Trouble, match="file"):
        notes.add("two")
    notes.keep_in(tmp_path / "notes.txt")
    assert notes.all() == ["one"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00bad", b"\x80"])
def test_what_is_no_text_file_is_not_overwritten(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "notes.txt").write_bytes(data)
    for work in (Notes(tmp_path / "notes.txt").all, lambda: Notes(tmp_path / "notes.txt").add("x")):
        with pytest.raises(Trouble, match="not a text file"):
            work()
    assert (tmp_path / "notes.txt").read_bytes() == data


def test_what_an_editor_leaves_is_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"\xef\xbb\xbfone\r\n\r\n  \r\ntwo\r\n")
    assert Notes(tmp_path / "notes.txt").all() == ["one", "two"]


def test_undoing_on_a_full_disk_is_one_line_and_loses_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Statement] = []
    files = Files(tmp_path / "notes.txt", tmp_path / "schedule.json", lines.append)
    assistant = Assistant(noon, files)
    assistant.notes.add("milk")
    mark = assistant.mark()
    assistant.notes.add("mi")
    write = module.write_whole

    def full(path: Path, data: bytes) -> None:
        raise Trouble(f"{path}: could not be written: the disk is full; choose another place")

    monkeypatch.setattr(module, "write_whole", full)
    assistant.back(mark)                         # on the session's thread: raises nothing
    for _ in range(3):
        assistant._keep()
    assert len(lines) == 1
    assert "the disk is full" in str(lines[0])
    assert assistant.notes.all() == ["milk"]
    assert (tmp_path / "notes.txt").read_text() == "milk\nmi\n"
    monkeypatch.setattr(module, "write_whole", write)
    assistant.close()
    assert (tmp_path / "notes.txt").read_text() == "milk\n"
    assert len(lines) == 1
