"""What `parley bench start` watches in the window."""

import json
from queue import SimpleQueue

import pytest

from app import watched_start
from app.fact import Fact
from app.window.bridge import Bridge
from engine.messages import Ready


@pytest.mark.usefixtures("qapp")
def test_the_window_is_told_painted_and_then_ready(capsys, qtbot):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    window.bridge, window.on_screen = Bridge(SimpleQueue()), Fact[()]()
    watched_start._watch(window)
    window.on_screen.emit()
    window.bridge._listeners[Ready][0](Ready(0.0))
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["what"] for one in told] == ["painted", "ready"]
