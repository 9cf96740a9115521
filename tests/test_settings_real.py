"""The real program under a virtual screen: the first run comes by itself, a setting is found, changed and saved."""

import signal
import subprocess
import sys

import pytest
import soundserver
from patience import PATIENT_S
from program import ROOT
from screen import opened, xdotool
from soundserver import Jack, until
from test_desktop import LACKING, screen

from app.settings import load

pytestmark = [pytest.mark.device, pytest.mark.realtime, pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")]
screen = screen


def test_the_first_run_comes_once_and_a_setting_is_changed_by_keyboard(tmp_path, screen):
    home = tmp_path / "own"
    with Jack(tmp_path) as jack:
        env = {k: v for k, v in jack.env.items() if k != "QT_QPA_PLATFORM"}
        env |= {"DISPLAY": screen, "PARLEY_HOME": str(home)}
        program = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)

        def read(name: str) -> object:
            return getattr(load(environ={"PARLEY_HOME": str(home)}), name)

        try:
            window = opened(screen, "Parley", program)
            welcome = opened(screen, "Welcome to Parley", program)
            xdotool(screen, "windowfocus", "--sync", welcome)
            xdotool(screen, "key", "Escape")
            until(lambda: read("window").welcomed, PATIENT_S, "the first run to be remembered")
            xdotool(screen, "windowfocus", "--sync", window)
            xdotool(screen, "key", "ctrl+comma")
            panel = opened(screen, "Parley: settings", program)
            xdotool(screen, "windowfocus", "--sync", panel)
            xdotool(screen, "type", "--delay", "20", "patience")
            xdotool(screen, "key", "Return")
            xdotool(screen, "key", "Right")
            until(lambda: read("turns").patience == 0.55, PATIENT_S, "the setting to be saved")
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENT_S) == 0
            assert program.stderr is not None
            assert "Traceback" not in program.stderr.read()
        finally:
            soundserver.end(program)
            assert program.stderr is not None
            program.stderr.close()
