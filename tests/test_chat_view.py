"""A chat model from the window: offered, fetched, cancelled, refused; servers that run here; the offer it makes."""

import threading

import pytest
from panel_program import Desk
from patience import PATIENT_MS
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.desktop.beside import Beside, Cancelled
from app.panels.chat_texts import CONDITIONS, GOOD_FOR
from audio_io.errors import Trouble
from audio_io.notices import state
from audio_io.worker_messages import TaskStep
from engine import messages as m
from engine.llm import choose
from engine.models import catalogue
from engine.notices import NoticeCode

LICENCE = {"name": "Apache License 2.0", "conditions": CONDITIONS[0], "url": "https://example.org/licence"}
SERVER = {"name": "Ollama", "url": "http://127.0.0.1:11434/v1", "models": ["llama3.2:3b", "qwen3:8b"]}


def model(name, here=False):
    return {"name": name, "bytes": 1_107_409_472, "memory": 1_900_000_000, "here": here, "licence": LICENCE}


class Side:
    """The process beside the window. models, servers: what there is. go: a download waits for it."""

    def __init__(self):
        self.models = [model("qwen3-1.7b"), model("qwen2.5-coder-1.5b")]
        self.servers, self.asked, self.trouble = [], [], None
        self.go, self.began = threading.Event(), threading.Event()

    def ask(self, one, do, told, wants):
        self.asked.append((do, wants))
        if do == "chat":
            return {"memory": 16e9, "cores": 4, "models": self.models, "servers": self.servers}
        if do != "pull_chat":
            return {"folder": "", "trouble": "", "profiles": [], "models": {}, "fits": {}}
        told(TaskStep(wants["names"][0], "fetches", 1, 4))
        self.began.set()
        while not self.go.wait(0.01):
            if one._cancelled.is_set():
                raise Cancelled("stopped")
        if self.trouble is not None:
            raise self.trouble
        self.models = [model(wants["names"][0], here=True), *self.models[1:]]
        return {"name": wants["names"][0]}


@pytest.fixture
def side(monkeypatch):
    one = Side()
    monkeypatch.setattr(Beside, "ask", lambda self, do, settings, told=None, **wants: one.ask(self, do, told, wants))
    yield one
    one.go.set()


@pytest.fixture
def desk(qtbot, tmp_path, side):
    one = Desk(qtbot, tmp_path)
    one.window.show()
    yield one
    one.quit()


@pytest.fixture
def chat(desk, qtbot):
    """The part of the settings, when it has looked."""
    desk.panels.open("models")
    view = desk.panels.panel.page.chat
    qtbot.waitUntil(lambda: view.licence.isVisible() or "too little" in view.fits.text(), timeout=PATIENT_MS)
    return view


def texts(part: QWidget) -> str:
    return "\n".join(label.text() for label in part.findChildren(QLabel) if label.isVisibleTo(part))


def test_it_is_offered_with_what_it_is_good_for_its_licence_and_its_size(chat):
    assert "16.0 GB of memory, 4 cores" in chat.fits.text()
    assert "Qwen3 1.7B; good for everyday questions" in chat.fits.text()
    assert "1.9 GB of memory while it runs" in chat.fits.text()
    assert chat.licence.text().endswith("</a>)")
    assert CONDITIONS[0] in chat.licence.text()
    assert chat.licence.wordWrap()
    assert "Qwen2.5 Coder 1.5B (1.1 GB, Apache License 2.0)" in chat.instead.text()
    assert chat.get.text() == "Download 1.1 GB"
    assert chat.get.accessibleName() == "Download the chat model Qwen3 1.7B, 1.1 GB"
    assert not chat.use.isVisible()


def test_one_click_fetches_it_also_with_the_panel_closed_and_it_joins(chat, desk, side, qtbot):
    chat.get.click()
    qtbot.waitUntil(lambda: desk.panels.downloads.share == 0.25, timeout=PATIENT_MS)
    assert not chat.get.isVisible()
    assert chat.download_bar.bar.isVisible()
    assert chat.download_bar.bar.accessibleDescription() == "25 per cent"
    assert desk.panels.panel.page.view.bar.bar.isHidden()    # the larger profiles' own
    desk.panels.panel.close()
    side.go.set()
    qtbot.waitUntil(lambda: not desk.panels.downloads.going, timeout=PATIENT_MS)
    assert ("pull_chat", {"names": ["qwen3-1.7b", "qwen2.5-coder-1.5b"]}) in side.asked
    assert desk.arrived == 1
    qtbot.waitUntil(lambda: chat.here == "qwen3-1.7b", timeout=PATIENT_MS)
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_JOINED),)))
    assert [turn.text for turn in desk.window.transcript.turns] == ["the chat model has joined the conversation"]
    assert "joined" in desk.window.status_line.text()
    desk.panels.open()
    assert chat.fits.text().startswith("Here: Qwen3 1.7B")
    assert not chat.get.isVisible()
    assert not chat.use.isVisible()                          # it is in use


def test_a_model_that_was_there_joins_without_a_line_in_the_conversation(desk):
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_JOINED),)))
    assert desk.window.transcript.turns == []


def test_it_can_be_cancelled_and_asked_for_again(chat, desk, side, qtbot):
    chat.get.click()
    assert side.began.wait(PATIENT_MS / 1000)
    qtbot.waitUntil(chat.download_bar.stop.isVisible, timeout=PATIENT_MS)
    chat.download_bar.stop.click()
    qtbot.waitUntil(lambda: not desk.panels.downloads.going and chat.asked is None, timeout=PATIENT_MS)
    assert chat.state.text().startswith("Stopped. What has come is kept")
    assert chat.get.isVisible()
    assert chat.get.isEnabled()
    assert desk.arrived == 0


def test_what_goes_wrong_is_said_without_a_command(chat, desk, side, qtbot):
    side.trouble = Trouble(state(NoticeCode.NO_SOURCE, why="qwen3-1.7b: no connection"))
    side.go.set()
    chat.get.click()
    qtbot.waitUntil(lambda: not desk.panels.downloads.going, timeout=PATIENT_MS)
    assert chat.state.text().startswith("Not downloaded: none of its sources could be used")
    assert "no connection" in chat.state.text()
    assert not any(command in texts(chat) for command in ("pip ", "parley models", "run:"))


def test_offline_it_is_refused_with_the_reason(chat, desk, side):
    desk.choices.set("privacy.offline", True)
    QApplication.processEvents()
    assert not chat.get.isEnabled()
    assert "offline" in chat.state.text()
    chat.get.click()
    assert not any(do == "pull_chat" for do, _ in side.asked)
    desk.choices.set("privacy.offline", False)
    QApplication.processEvents()
    assert chat.get.isEnabled()
    assert chat.state.isHidden()


def test_a_server_that_runs_is_chosen_by_one_click(chat, desk, side, qtbot):
    assert not chat.servers.isVisible()
    side.servers = [SERVER]
    chat.look()
    qtbot.waitUntil(chat.servers.isVisible, timeout=PATIENT_MS)
    (use,) = chat.servers.buttons
    assert use.text() == "Think with Ollama"
    use.click()
    brain = desk.choices.now.brain
    assert (desk.choices.get("profile"), brain.server, brain.model) == ("server", SERVER["url"], "llama3.2:3b")
    side.models = [model("qwen3-1.7b", here=True)]
    chat.look()
    qtbot.waitUntil(chat.use.isVisible, timeout=PATIENT_MS)  # and back again
    assert "Parley thinks with it" in texts(chat.servers)
    chat.use.click()
    assert (desk.choices.get("profile"), desk.choices.get("brain.model")) == ("embedded", "")
    assert not chat.use.isVisible()


def test_where_none_would_run_a_server_is_named(desk, side, qtbot):
    side.models = []
    desk.panels.open("models")
    chat = desk.panels.panel.page.chat
    qtbot.waitUntil(lambda: "too little memory" in chat.fits.text(), timeout=PATIENT_MS)
    assert not chat.get.isVisible()
    assert not chat.licence.isVisible()


def test_a_question_for_a_chat_model_leads_to_the_page_by_mouse_and_keys(desk, side, qtbot):
    offer = desk.window.page.chat_offer
    assert not offer.isVisible()
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_WANTED),)))
    assert offer.isVisible()
    assert offer.button.accessibleName() == "Get a chat model"
    qtbot.keyClick(offer.button, Qt.Key.Key_Space)
    assert not offer.isVisible()
    assert desk.panels.panel.page.name == "models"
    qtbot.waitUntil(desk.panels.panel.page.chat.get.hasFocus, timeout=PATIENT_MS)
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_WANTED),)))
    assert offer.isVisible()
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_JOINED),)))
    assert not offer.isVisible()                             # one has come
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_WANTED),)))
    offer.away.click()
    desk.tell(m.Notice(0.0, (state(NoticeCode.CHAT_WANTED),)))
    assert not offer.isVisible()                             # dismissed is dismissed


def test_every_model_on_offer_is_described_and_every_licence_translated():
    known = catalogue.load().weights
    for name in (*choose.LARGE, *choose.USUAL):
        assert name in GOOD_FOR
        assert known[name].licence.conditions in CONDITIONS
