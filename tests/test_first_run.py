"""The first run: every step, what it says of the microphone, the echo in the simulated room, and the first answer."""

import numpy as np
import pytest
from panel_program import Desk
from patience import PATIENT_MS
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.desktop.beside import Beside
from app.panels import echo_panel
from app.panels.first_run import STEPS, ZEROS_MS
from app.settings.schema import Settings
from app.settings.settings import load
from app.window.bridge import PAINT_MS
from audio_io.errors import Trouble
from audio_io.frames import DEVICE_HZ
from audio_io.room import Room, RoomShape
from audio_io.worker_messages import TaskStep
from engine import messages as m

MODELS = {"folder": "/models", "trouble": "", "profiles": [
    {"name": "workstation", "on": "gpu", "roles": {"thinks": ["Owner/Chat"]}, "besides": "", "bytes": 10,
     "to_download": 10}],
    "models": {"Owner/Chat": {"whole": False, "to_download": 2_000_000_000, "licence": {
        "id": "own", "name": "Its own licence", "conditions": "not for sale", "url": "https://example.org/licence",
        "to_accept": True, "accepted": False}}},
    "fits": {"workstation": {"profile": "workstation", "on": "gpu", "models": ["Owner/Chat"], "needs": 3e9, "free": 9e9,
                        "width": "bf16", "missing": ["2.0 GB of models: parley models pull workstation"]}}}  # fmt: skip

CHAT = {"memory": 16e9, "cores": 4, "servers": [], "models": [
    {"name": "qwen3-1.7b", "bytes": 1_107_409_472, "memory": 1_900_000_000, "here": False, "licence": {
        "name": "Apache License 2.0", "conditions": "free", "url": "https://example.org/licence"}}]}  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    """The questions to the process beside the window; they are answered at once."""
    questions = []

    def ask(self, do, settings, told=None, **wants):
        questions.append((do, wants))
        if do == "pull":
            told(TaskStep("Owner/Chat", "fetches", 1, 4))
            raise Trouble("the line broke; what has come is kept")
        if do == "pull_chat":
            return {"name": wants["names"][0]}
        return CHAT if do == "chat" else MODELS

    monkeypatch.setattr(Beside, "ask", ask)
    return questions


@pytest.fixture
def desk(qtbot, tmp_path, asked):
    room = Room(RoomShape(delay_ms=50, echo_db=-12, rt60_s=0.1))
    room.start()
    one = Desk(qtbot, tmp_path, device=room)
    one.window.show()
    one.panels.begin()
    yield one
    one.quit()


def paint(desk, ms):
    for _ in range(int(ms / PAINT_MS) + 1):
        desk.bridge.drain()


def test_it_shows_once_goes_through_and_is_remembered(desk, qtbot):
    run = desk.panels.first_run
    assert run.isVisible()
    assert desk.asked == [m.SetMode(push=True)]        # nobody is answered while one tries the microphone
    for i, name in enumerate(STEPS):
        assert run.step == name
        assert run.steps[name].isVisible()
        assert str(i + 1) in run.count.text()
        qtbot.mouseClick(run.next, Qt.MouseButton.LeftButton)
    assert not run.isVisible()
    assert desk.asked[-1] == m.SetMode(push=False)
    desk.choices.close()
    assert load(environ={"PARLEY_HOME": str(desk.home)}).window.welcomed
    desk.panels.begin()
    assert not desk.panels.first_run.isVisible()
    assert desk.panels.welcome().isVisible()                 # repeated when it is asked for


def test_what_it_does_to_the_mode_is_not_kept(desk):
    desk.tell(m.ModeChanged(0.0, push=True, muted=False))
    assert desk.choices.get("mode") == "open"


def test_skipping_restores_the_mode_and_counts(desk, qtbot):
    run = desk.panels.first_run
    qtbot.keyClick(run, Qt.Key.Key_Escape)
    assert not run.isVisible()
    assert desk.asked[-1] == m.SetMode(push=False)
    assert desk.choices.get("window.welcomed")


def test_the_microphone_is_heard_silent_or_dead(desk):
    run = desk.panels.first_run
    run.go(1)
    desk.tell(m.Ready(0.0))
    desk.tell(m.Level(0.0, 0.002, 0.0))
    assert "Nobody speaks" in run.state.text()
    for _ in range(int(ZEROS_MS / PAINT_MS) + 2):
        desk.tell(m.Level(0.0, 0.0, 0.0))
    assert "Only zeros" in run.state.text()
    assert not run.permission.isHidden()
    desk.tell(m.Level(0.0, 0.3, 0.0))
    assert "hears you" in run.state.text()
    assert run.meter.share > 0.5
    assert run.permission.isHidden()
    paint(desk, 2 * ZEROS_MS)                                # nothing at all arrives any more
    assert "No samples" in run.state.text()


@pytest.fixture
def spoken(monkeypatch):
    """The voice is not what is tested here: noise in the spectrum of speech, and no processor time of the canceller's.
    """
    rng = np.random.default_rng(1)
    pcm = (0.1 * np.convolve(rng.standard_normal(DEVICE_HZ * 4), np.ones(24) / 5, "same")).astype(np.float32)
    monkeypatch.setattr(echo_panel, "spoken", lambda settings, hz, text="": pcm)
    play = echo_panel.play
    monkeypatch.setattr(echo_panel, "play",
                        lambda device, pcm, told, cancel: play(device, pcm, told, cancel, wait=device.advance))


def test_the_echo_test_plays_through_the_device_and_advises(desk, qtbot, spoken):
    run, results = desk.panels.first_run, []
    run.echo.ended.connect(results.append)
    run.go(2)
    run.echo.button.click()
    assert run.echo.bar.isVisible()
    qtbot.waitUntil(lambda: bool(results), timeout=PATIENT_MS)
    assert results[0].heard
    assert results[0].delay_ms == pytest.approx(50, abs=8)
    assert "Echo removed:" in run.echo.figures.text()
    assert "Delay: " in run.echo.figures.text()
    assert run.echo.verdict.text()
    assert not run.echo.bar.isVisible()
    run.echo.show_result(results[0], "off")                  # the same room without its canceller: another advice
    assert "Echo removal is off" in run.echo.advice.text()


def test_the_echo_test_stops_when_it_is_told_to(desk, qtbot, spoken):
    run, results = desk.panels.first_run, []
    run.echo.ended.connect(results.append)
    run.echo.toggle()
    run.echo.toggle()
    qtbot.waitUntil(lambda: bool(results), timeout=PATIENT_MS)
    assert results == [None]
    assert run.echo.cancel is None


def test_a_chat_model_is_offered_and_goes_on_coming_when_it_is_over(desk, qtbot, asked):
    run = desk.panels.first_run
    run.go(3)
    qtbot.waitUntil(run.models.get.isVisible, timeout=PATIENT_MS)
    assert run.models.get.text() == "Download 1.1 GB"
    run.models.get.click()
    run.close()
    qtbot.waitUntil(lambda: not desk.panels.downloads.going, timeout=PATIENT_MS)
    assert ("pull_chat", {"names": ["qwen3-1.7b"]}) in asked
    assert desk.arrived == 1


def test_a_larger_profile_is_offered_its_licence_agreed_to_and_fetched_beside(desk, qtbot, asked):
    desk.panels.open("models")
    view = desk.panels.panel.page.view
    qtbot.waitUntil(lambda: bool(view.cards), timeout=PATIENT_MS)
    (card,) = view.cards
    assert "2.0 GB" in card.load.text()
    assert not card.load.isEnabled()                         # its licence was not agreed to
    ((box, _),) = card.agree
    box.click()
    shares = []
    desk.panels.downloads.changed.connect(lambda: shares.append(desk.panels.downloads.share))
    card.load.click()
    qtbot.waitUntil(lambda: not desk.panels.downloads.going, timeout=PATIENT_MS)
    assert ("pull", {"names": ["Owner/Chat"], "accepted": ["own"]}) in asked
    assert 0.25 in shares
    assert "the line broke" in view.state.text()
    (card,) = view.cards                                     # painted anew from what lies on the disk now
    assert "2.0 GB" in card.load.text()


def test_what_a_larger_profile_lacks_is_said_without_a_command(desk, qtbot, monkeypatch):
    lacking = MODELS["fits"]["workstation"] | {"missing": ["torch: pip install 'parley[local]'"]}
    monkeypatch.setitem(MODELS["fits"], "workstation", lacking)
    desk.panels.open("models")
    view = desk.panels.panel.page.view
    qtbot.waitUntil(lambda: bool(view.cards), timeout=PATIENT_MS)
    said = "\n".join(label.text() for label in view.cards[0].findChildren(QLabel))
    assert "parts that this Parley was installed without (torch)" in said
    assert "pip" not in said


def test_offline_nothing_is_fetched(desk, qtbot):
    desk.choices.set("privacy.offline", True)
    run = desk.panels.first_run
    run.go(3)
    qtbot.waitUntil(run.models.get.isVisible, timeout=PATIENT_MS)
    assert not run.models.get.isEnabled()
    desk.panels.open("models")
    view = desk.panels.panel.page.view
    qtbot.waitUntil(lambda: bool(view.cards), timeout=PATIENT_MS)
    view.cards[0].agree[0][0].click()
    assert not view.cards[0].load.isEnabled()


def test_the_last_step_shows_the_first_answer(desk):
    run = desk.panels.first_run
    run.go(4)
    assert desk.asked[-1] == m.SetMode(push=False)
    desk.tell(m.FinalWords(0.0, "what time is it in tokyo"))
    desk.tell(m.ReplyStarted(0.0, 1))
    desk.tell(m.ReplyText(0.0, 1, "It is ten."))
    desk.tell(m.ReplyHeard(0.0, 1, "It is"))
    assert "tokyo" in run.question.text()
    assert run.answer.text() == "Parley: It is"


def test_who_has_been_welcomed_is_not_again(qtbot, tmp_path, asked):
    one = Desk(qtbot, tmp_path)
    one.choices.set("window.welcomed", True)
    one.panels.begin()
    assert one.panels.first_run is None
    assert one.choices.now != Settings()
    one.quit()
