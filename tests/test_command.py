"""The command itself: how it ends."""

import os
import signal
import threading

import pytest

from app import __main__ as command


@pytest.mark.parametrize(("name", "code"), [("talk", 0), ("demo", 1)])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_a_polite_kill_ends_it_as_ctrl_c_does(monkeypatch, name, code, number):
    wanted = getattr(signal, number, None)
    if wanted is None:
        pytest.skip(f"this system has no {number}")
    before, closed = signal.getsignal(wanted), []

    def works(args):
        try:
            os.kill(os.getpid(), wanted)
            threading.Event().wait(60)                   # the handler runs here, at once
            return 7
        finally:
            closed.append("its files")

    monkeypatch.setitem(command.COMMANDS, name, works)
    signal.signal(wanted, signal.SIG_DFL)
    try:
        assert command.main([name]) == code
        assert signal.getsignal(wanted) is signal.SIG_DFL
    finally:
        signal.signal(wanted, before)
    assert closed == ["its files"]


def test_what_is_ignored_stays_ignored(monkeypatch):
    """As under nohup, which has SIGHUP ignored; and as where main is called on a thread."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with command.ended_politely():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        monkeypatch.setitem(command.COMMANDS, "demo", lambda args: 5)
        codes = []
        thread = threading.Thread(target=lambda: codes.append(command.main(["demo"])))
        thread.start()
        thread.join()
        assert codes == [5]
    finally:
        signal.signal(signal.SIGTERM, before)
