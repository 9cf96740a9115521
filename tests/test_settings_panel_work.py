"""What the panel's pages do beside the UI thread: the process beside the window, files, reports, and the heartbeat."""

import threading
from pathlib import Path

import pytest
from panel_program import Desk
from patience import PATIENT_MS, PATIENT_S
from PySide6.QtWidgets import QApplication

from app.desktop.beside import Beside, Cancelled
from app.desktop.jobs import Jobs
from app.panels.bug_report import bug_report, nameless, settings_lines
from app.panels.stored_files import KINDS, delete, stored
from app.settings.schema import Settings
from app.settings.settings import changed
from audio_io.errors import NotHere, Trouble
from audio_io.notices import state
from audio_io.worker_messages import TaskStep
from engine import messages as m
from engine.notices import NoticeCode
from engine.runtime.trace import replay
from engine.turns.floor import Hop
from tests.fakes import Table


@pytest.fixture
def desk(qtbot, tmp_path):
    one = Desk(qtbot, tmp_path)
    yield one
    one.quit()


def until(qtbot, true):
    qtbot.waitUntil(true, timeout=PATIENT_MS)


# -- jobs -------------------------------------------------------------------------------------------
def test_a_job_runs_beside_and_ends_on_the_ui_thread(qtbot):
    jobs, here, seen = Jobs(), threading.current_thread(), []

    def work(say):
        assert threading.current_thread() is not here
        say(1)
        say(2)
        return 3

    def done(result, line):
        assert threading.current_thread() is here
        seen.append((result, line))

    assert jobs.start("one", work, done, seen.append)
    assert not jobs.start("one", work, done)                 # it runs already
    until(qtbot, lambda: len(seen) == 3)
    assert seen == [1, 2, (3, "")]

    def fails(say):
        raise NotHere("there is none; make one")

    jobs.start("one", fails, done)
    until(qtbot, lambda: len(seen) == 4)
    assert seen[-1] == (None, "there is none; make one")
    jobs.start("one", lambda say: 1 / 0, done)
    until(qtbot, lambda: len(seen) == 5)
    assert "fault in Parley" in seen[-1][1]


def test_after_closing_nothing_arrives(qtbot):
    jobs, seen, go = Jobs(), [], threading.Event()
    jobs.start("one", lambda say: go.wait(PATIENT_S), lambda result, line: seen.append(line))
    thread = jobs.running["one"]
    jobs.close()
    go.set()
    thread.join()
    QApplication.processEvents()
    assert seen == []
    assert not jobs.start("two", lambda say: None, lambda result, line: None)


# -- the process beside the window --------------------------------------------------------------------
def test_the_process_beside_answers_with_the_one_line_of_what_is_wrong():
    with pytest.raises(Trouble, match="no address to test"):
        Beside().ask("server", Settings())
    offline = changed(Settings(), "privacy.offline", True)
    with pytest.raises(NotHere, match="offline"):
        Beside().ask("pull", offline, names=["Owner/Tiny"], accepted=[])


def test_the_process_beside_is_ended_when_nobody_wants_it():
    one = Beside()
    one.cancel()
    with pytest.raises(Cancelled):
        one.ask("models", Settings())


# -- the heartbeat ----------------------------------------------------------------------------------
@pytest.mark.realtime
def test_the_ui_thread_beats_while_a_download_runs_and_a_model_loads(desk, qtbot, monkeypatch):
    """The download's process and the load of a network (onnxruntime, on a thread), while the window paints."""
    from engine.asr.encoder import VoiceEncoder

    def ask(self, do, settings, told=None, **wants):
        for i in range(2000):
            told(TaskStep("Owner/Chat", "fetches", i, 2000))
        return {}

    monkeypatch.setattr(Beside, "ask", ask)
    desk.window.show()
    desk.bridge.start()
    until(qtbot, lambda: desk.bridge.take_longest_gap_ms() > 0)
    loaded = []
    desk.panels.jobs.start("load", lambda say: VoiceEncoder(), lambda made, line: loaded.append(line))
    desk.bridge.take_longest_gap_ms()
    desk.panels.downloads.start(["Owner/Chat"], [])
    until(qtbot, lambda: bool(loaded) and not desk.panels.downloads.going)
    assert loaded == [""]
    assert desk.bridge.take_longest_gap_ms() < 33 + 50
    desk.bridge.stop()


# -- the server's test --------------------------------------------------------------------------------
def test_the_server_page_shows_one_line_and_can_be_stopped(desk, qtbot, monkeypatch):
    answers = [{"model": "qwen", "said": "Hello to you"}, Trouble("http://x/v1: no server answers there")]

    def ask(self, do, settings, told=None, **wants):
        assert (do, settings.brain.server) == ("server", "http://x/v1")
        answer = answers.pop(0)
        if isinstance(answer, Trouble):
            raise answer
        return answer

    monkeypatch.setattr(Beside, "ask", ask)
    panel = desk.panels.open("server")
    page = panel.page
    page.rows["brain.server"].edit.setText("http://x/v1")    # not yet left: it counts all the same
    page.test.click()
    until(qtbot, lambda: page.asked is None)
    assert page.result.text() == "It works: qwen says “Hello to you”"
    page.test.click()
    until(qtbot, lambda: page.asked is None)
    assert page.result.text() == "http://x/v1: no server answers there"


# -- what is stored ---------------------------------------------------------------------------------
def fill(home: Path) -> Settings:
    for name in ("notes/notes.txt", "notes/mine.doc", "recordings/a.flac", "traces/one/trace.jsonl",
                 "traces/one/mic.wav", "traces/other/file", "schedule.json", "schedule-2.json",
                 "schedule.json.damaged-1", "cache/llama-1f/speed.json", "cache/llama-1f/2e.prefix.kv",
                 "cache/voice-3d.npz", "models/weights/whisper-base/model.bin", "models/parley-checked.json",
                 "models/Qwen--Qwen3/.parts/a.part", "models/mine/model.gguf", "voices/me.yaml"):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x" * 1000)
    return changed(changed(Settings(), "notes_dir", str(home / "notes")), "models_dir", str(home / "models"))


def test_what_is_stored_is_counted_and_only_ours_deleted(tmp_path):
    settings = fill(tmp_path)
    found = {one.kind: one for one in stored(settings, tmp_path)}
    assert {kind: (len(one.files), one.bytes) for kind, one in found.items()} == {
        "notes": (1, 1000), "timers": (3, 3000), "recordings": (1, 1000), "traces": (2, 2000), "cache": (3, 3000),
        "models": (2, 2000)}
    assert set(found) == set(KINDS)
    for one in found.values():
        delete(one)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["models/mine/model.gguf", "notes/mine.doc", "traces/other/file", "voices/me.yaml"]
    assert not (tmp_path / "traces" / "one").exists()
    assert not (tmp_path / "cache" / "llama-1f").exists()
    assert not (tmp_path / "models" / "weights" / "whisper-base").exists()
    assert not (tmp_path / "models" / "Qwen--Qwen3").exists()


def test_nothing_is_deleted_before_it_was_asked_twice(desk, qtbot):
    fill(desk.home)
    desk.choices.set("notes_dir", str(desk.home / "notes"))
    desk.choices.set("models_dir", str(desk.home / "models"))
    desk.tell(m.FinalWords(0.0, "my secret"))
    panel = desk.panels.open("privacy")
    page = panel.page
    until(qtbot, lambda: "recordings" in page.found)
    assert "files: 2" in page.places["traces"].text()
    page.delete.click()
    assert page.sure.isVisible()
    page.no.click()
    assert (desk.home / "recordings" / "a.flac").exists()
    page.delete.click()
    page.boxes["notes"].click()                              # a change of mind asks anew
    assert not page.sure.isVisible()
    page.boxes["notes"].click()
    page.delete.click()
    page.sure.click()
    until(qtbot, lambda: "Deleted" in page.line.text())
    assert not (desk.home / "recordings" / "a.flac").exists()
    assert not (desk.home / "notes" / "notes.txt").exists()
    assert m.Forget() in desk.asked
    assert desk.forgot == ["notes", "timers", "recordings", "traces", "cache"]
    assert desk.window.transcript.turns == []
    page.boxes["settings"].click()
    page.delete.click()
    page.sure.click()
    assert desk.choices.now == Settings()


# -- the bug report -----------------------------------------------------------------------------------
def test_a_bug_report_has_no_names_and_no_words_of_the_users():
    home = Path("/home/zoe")
    settings = changed(changed(Settings(), "listen.words", ("Anna", "Jim")), "brain.persona", "I am zoe's friend.")
    settings = changed(settings, "brain.server", "http://zoe:secret@host:80/v1?key=abc")
    settings = changed(settings, "notes_dir", "/media/zoe/notes")
    text = bug_report("Folder /home/zoe/.local/share/parley: 3 GB\nC:\\Users\\zoe\\x", settings,
                      ["/home/zoe/a: cannot be read"], "1.0", home)  # fmt: skip
    assert "zoe" not in text
    assert "secret" not in text
    assert "abc" not in text
    assert "Anna" not in text
    assert "~/.local/share/parley: 3 GB" in text
    assert "/media/USER/notes" in text
    assert "words: 2 words" in text
    assert "- ~/a: cannot be read" in text
    assert settings_lines(Settings()) == "all as shipped\n"
    assert nameless("zoey is not zoe", home) == "zoey is not zoe"


def test_the_report_is_copied_and_the_last_minute_asked_for(desk, qtbot, monkeypatch):
    def ask(self, do, settings, told=None, **wants):
        assert wants["sound"]["input"] == "Studio microphone"
        assert wants["sound"]["devices"][0]["name"] == "Studio microphone"
        return {"doctor": f"System {Path.home()}/x", "version": "1.2"}

    monkeypatch.setattr(Beside, "ask", ask)
    page = desk.panels.open("diagnostics").page
    until(qtbot, lambda: bool(page.text.toPlainText()))
    page.copy.click()
    copied = QApplication.clipboard().text()
    assert "Parley 1.2" in copied
    assert "System ~/x" in copied
    page.trace.click()
    (wants,) = [one for one in desk.asked if isinstance(one, m.SaveTrace)]
    assert wants.folder.parent == desk.home / "traces"
    desk.tell(m.Notice(0.0, (state(NoticeCode.TRACE_SAVED, folder=str(wants.folder)),)))
    assert "the last minute is in" in page.saved.text()


# -- the voice --------------------------------------------------------------------------------------
def test_a_change_of_the_voice_is_heard_once_it_rests(desk, qtbot, monkeypatch):
    from app.panels import page_voice

    monkeypatch.setattr(page_voice.VoicePage, "_voices", lambda self: [("calm", "calm: unhurried")])
    page = desk.panels.open("voice").page
    for _ in range(5):
        page.rows["voice.rate"].slider.triggerAction(page.rows["voice.rate"].slider.SliderAction.SliderSingleStepAdd)
    until(qtbot, lambda: any(isinstance(one, m.Preview) for one in desk.asked))
    assert sum(isinstance(one, m.Preview) for one in desk.asked) == 1
    until(qtbot, lambda: page.rows["voice.voice"].box.findData("calm") >= 0)
    page.quiet.click()
    assert desk.asked[-1] == m.Stop()


# -- the session's part of it -------------------------------------------------------------------------
def test_a_preview_replaces_what_is_being_said_and_is_said_once():
    table = Table()
    table.session.command(m.SayText("tell me a story"))
    table.assistant_thinks("Once upon a time.")
    for _ in range(3):
        table.session.command(m.Preview("This is how I sound."))
    table.hear(3)
    said = [body.text for body in table.speak.bodies]
    assert said.count("This is how I sound.") == 1
    assert table.session.core.state.name == "THINKING"


def test_other_thresholds_hold_at_once_and_a_trace_of_it_is_replayed(tmp_path):
    table = Table()
    table.hear(10, Hop(1.0, 0.0, 0.0, 1.0))
    table.session.command(m.SetRules(patience=0.0, barge_in=0.9, resume=True, backchannels=False))
    table.hear(40, Hop(0.0, 0.6))
    assert table.session.core.rules.barge_in == 0.9
    table.session.command(m.SaveTrace(tmp_path / "trace"))
    rows = list(replay(tmp_path / "trace" / "trace.jsonl"))
    assert len(rows) > 40
    assert all(then == now for _, then, now in rows)
