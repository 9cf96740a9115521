"""For every test: Qt paints offscreen, and no test leaves a thread behind."""

import os
import threading
from collections.abc import Iterator

import pytest

# Also where there is a display: whoever works at it shall keep the focus, which the tests would take and lose.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ENDING_S = 2.0                   # a thread that has been told to end may take so long


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite golden traces, then review the diff")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in left:
        thread.join(ENDING_S)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"the test left threads running: {', '.join(alive)}"
