"""For every test: Qt paints offscreen, no test leaves a thread behind, and none fails for a slow machine."""

import os
import signal
import threading
from collections.abc import Iterator

import patience
import pytest
from hypothesis import HealthCheck, settings

from audio_io import worker_process
from audio_io.worker import Worker
from engine.llm import precision
from engine.workers.stage import Stage

# Also where there is a display: whoever works at it shall keep the focus, which the tests would take and lose.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Tiny networks are slower on two threads than on one, and threads that wait for each other disturb the real-time tests.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts CI in the background has it ignore Ctrl+C, and so would every program under test that is sent one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Other tests use their helpers, so they may be imported before test_parity.py collects them.
for name in ("duplex", "features", "sensevoice", "tokenizer", "voice_lm", "flow", "vocoder", "stream"):
    pytest.register_assert_rewrite(f"parity_{name}")

settings.register_profile("parley", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite golden traces, then review the diff")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "realtime: needs a machine that keeps up with a conversation, see patience.py")


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if item.get_closest_marker("realtime") is None:
        return None
    patience.run(item, nextitem)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in patience.retried:
        terminalreporter.write_line(f"TRIED AGAIN {line}")


@pytest.fixture(autouse=True)
def ending_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program waits for when it stops: a busy machine is no reason to kill a child or to name a thread."""
    monkeypatch.setattr(worker_process, "LEAVING_S", patience.PATIENT_S)
    for stop in (Stage.stop, Worker.stop):
        monkeypatch.setattr(stop, "__defaults__", (patience.PATIENT_S,))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in left:
        thread.join(patience.PATIENT_S)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"the test left threads running: {', '.join(alive)}"


@pytest.fixture(autouse=True)
def any_processor_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat model's bits are measured: its tests shall not depend on where they run."""
    monkeypatch.setattr(precision, "quicker_in_16_bits", lambda: False)


@pytest.fixture(autouse=True)
def what_is_said_to_the_hubs_library():
    """Every command says in the environment whether it may ask the hub: no test leaves that to the next one."""
    names = ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "PARLEY_KEEPS_OFFLINE")
    before = {name: os.environ[name] for name in names if name in os.environ}
    yield
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(before)
