"""A download as the window does it, in the process beside it, from a hub on this machine: progress, licence, cancel."""

import json
import threading
from dataclasses import asdict
from hashlib import sha256
from types import SimpleNamespace

import pytest

pytest.importorskip("huggingface_hub", reason="the extra `local` is not installed")
from hub_server import COMMIT, HubServer
from patience import PATIENT_S

from app.desktop import side
from app.desktop.beside import Beside, Cancelled
from app.settings.schema import Settings
from app.settings.settings import changed
from audio_io.errors import NotHere, WrongUse
from audio_io.worker_messages import RunTask
from engine.models import catalogue, hub
from engine.models.catalogue import FromHub, Licence, WeightFile, Weights
from engine.notices import NoticeCode

NAME = "Owner/Tiny"
CHAT = "Owner/Chat"
BIG = bytes(range(256)) * 8192   # 2 MiB


@pytest.fixture
def server(monkeypatch):
    one = HubServer()
    one.repositories[NAME] = {"config.json": b"{}", "model.safetensors": BIG}
    monkeypatch.setenv("HF_ENDPOINT", one.endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield one
    one.stop()


def test_a_download_needs_its_licence_can_be_cancelled_and_goes_on(server, tmp_path):
    settings = changed(Settings(), "models_dir", str(tmp_path / "models"))
    with pytest.raises(WrongUse, match="licence has to be agreed to first"):
        Beside().ask("pull", settings, names=[NAME], accepted=[])
    assert server.asked == []                    # not a byte of it

    server.faults["model.safetensors"] = ["hold 700000"]     # a server that hangs does not hold up who cancels
    one, lines = Beside(), []
    user = threading.Thread(target=lambda: server.held.wait(PATIENT_S) and one.cancel())
    user.start()
    with pytest.raises(Cancelled):
        one.ask("pull", settings, lines.append, names=[NAME], accepted=["hub:apache-2.0"])
    user.join()
    assert lines[0].name == NAME

    lines.clear()
    assert Beside().ask("pull", settings, lines.append, names=[NAME], accepted=[]) == {}    # agreed to already
    assert lines[-1].done == lines[-1].total == len(BIG) + 2
    assert (tmp_path / "models" / "Owner--Tiny" / "model.safetensors").read_bytes() == BIG


@pytest.fixture
def suited(server, monkeypatch):
    """Two chat models: the first is nowhere, the second on this machine's hub."""
    server.repositories[CHAT] = {"chat.gguf": BIG}
    licence = Licence("apache-2.0", "Apache", "", False, "")
    known = {name: Weights(name, "thinks", "", licence, (WeightFile("chat.gguf", len(BIG), sha256(BIG).hexdigest(), (
        FromHub(repository, COMMIT, "chat.gguf"),)),), 1, True)
        for name, repository in (("best", "Owner/Gone"), ("next", CHAT))}  # fmt: skip
    monkeypatch.setattr(catalogue, "load", lambda: SimpleNamespace(weights=known))
    return known


def fetch(tmp_path, names, tell=lambda step: None, cancel=None):
    chosen = json.loads(json.dumps(asdict(changed(Settings(), "models_dir", str(tmp_path)))))
    del chosen["remarks"]
    task = RunTask("pull_chat", chosen, {"names": names})
    return side.pull_chat(side.Asked(task, cancel or threading.Event()), tell)


def test_the_first_chat_model_whose_source_is_reached_comes(suited, tmp_path):
    lines = []
    assert fetch(tmp_path, ["best", "next"], lines.append) == {"name": "next"}
    assert (lines[-1].name, lines[-1].done, lines[-1].total) == ("next", len(BIG), len(BIG))
    assert (tmp_path / "weights" / "next" / "chat.gguf").read_bytes() == BIG


def test_a_chat_model_that_was_interrupted_goes_on_where_it_was(suited, server, tmp_path):
    server.faults["chat.gguf"] = ["hold 700000"]
    cancel = threading.Event()
    user = threading.Thread(target=lambda: server.held.wait(PATIENT_S) and cancel.set())
    user.start()
    with pytest.raises(hub.Cancelled):
        fetch(tmp_path, ["next"], cancel=cancel)
    user.join()
    assert fetch(tmp_path, ["next"]) == {"name": "next"}
    assert server.asked[-1][1]                   # a range: not from the beginning


def test_where_no_source_is_reached_the_reason_is_said_without_a_command(suited, tmp_path):
    with pytest.raises(NotHere) as error:
        fetch(tmp_path, ["best"])
    assert error.value.said.code is NoticeCode.NO_SOURCE
    assert "best: Owner/Gone" in str(error.value)
    assert "parley models" not in str(error.value)
