"""The real window under a virtual screen, on a real sound server: it opens, hears, answers, and closes."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import soundserver
from patience import PATIENT_S
from program import ROOT, understood
from screen import opened, virtual, xdotool
from soundserver import Jack, Person

LACKING = soundserver.lacking("jackd", "jack_lsp", "jack_connect", "Xvfb", "xdotool")
pytestmark = [pytest.mark.device, pytest.mark.realtime, pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")]


@pytest.fixture
def screen() -> Iterator[str]:
    """-> DISPLAY of a virtual screen of our own."""
    with virtual() as display:
        yield display


def answered(person: Person, asks: Callable[[], object], wait_s: float) -> str:
    """Asks, three times at the most: nothing shows when the program has loaded. -> what was understood of it."""
    heard = ""
    for _ in range(3):
        begin = person.now()
        asks()
        person.wait(wait_s)
        if "tokyo" in (heard := understood(person.heard()[begin:, 1])):
            break
    return heard


def test_the_window_opens_answers_what_is_typed_and_what_is_said_and_closes(tmp_path, screen):
    with Jack(tmp_path) as jack, jack.person(echo_db=-12.0) as person:
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "settings.yaml").write_text("window: {welcomed: true}\n")       # else the first run comes
        env = {k: v for k, v in jack.env.items() if k != "QT_QPA_PLATFORM"}
        env |= {"DISPLAY": screen, "PARLEY_HOME": str(tmp_path / "own")}
        program = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            window = opened(screen, "Parley", program)
            person.wire()
            person.wait(2.5)                                 # "ready" is a matter of loading, not of a signal
            said = answered(person, lambda: person.play(ROOT / "assets" / "scenarios" / "time_in_tokyo.wav"), 7.0)
            assert "tokyo" in said, said

            def types() -> None:
                xdotool(screen, "windowfocus", window)
                xdotool(screen, "key", "Tab")
                xdotool(screen, "type", "--delay", "20", "what time is it in tokyo")
                xdotool(screen, "key", "Return")

            said = answered(person, types, 5.0)
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENT_S) == 0
            assert "tokyo" in said, said
        finally:
            soundserver.end(program)
            assert program.stderr is not None
            program.stderr.close()
