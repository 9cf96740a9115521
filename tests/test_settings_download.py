"""A download as the window does it, in the process beside it, from a hub on this machine: progress, licence, cancel."""

import threading

import pytest

pytest.importorskip("huggingface_hub", reason="the extra `local` is not installed")
from hub_server import HubServer
from patience import PATIENT_S

from app.desktop.beside import Beside, Cancelled
from app.settings.schema import Settings
from app.settings.settings import changed
from audio_io.errors import WrongUse

NAME = "Owner/Tiny"
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
