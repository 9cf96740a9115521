"""The real program under a virtual screen: the first run comes by itself; every setting is found, changed and saved."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundserver
from patience import PATIENT_S
from program import ROOT
from screen import opened, xdotool
from soundserver import Jack, until
from test_desktop import LACKING, screen

from app.panels.settings_panel import found
from app.settings.schema import DECLARED
from app.settings.settings import load

pytestmark = [pytest.mark.device, pytest.mark.realtime, pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")]
screen = screen


SAVED_S = 10.0                   # then it is tried again: a letter may be lost, devices and voices not be listed yet
LISTED_S = 1.0
HOLDS = "profile"                # one that lacks its parts is given up when they are looked for
DOWN = {"audio.input", "audio.output", "brain.persona", "voice.voice"}       # lists that the texts do not hold


@contextmanager
def running(home: Path, folder: Path, screen: str) -> Iterator["subprocess.Popen[str]"]:
    """The program on a sound server of its own; it has to end well, by Ctrl+C."""
    with Jack(folder) as jack, open(folder / "told", "w+") as told:
        env = {k: v for k, v in jack.env.items() if k != "QT_QPA_PLATFORM"}
        env |= {"DISPLAY": screen, "PARLEY_HOME": str(home)}
        program = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=ROOT, stderr=told, text=True)
        try:
            yield program
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENT_S) == 0
            told.seek(0)
            assert "Traceback" not in told.read()
        finally:
            soundserver.end(program)


def read(home: Path, name: str) -> object:
    value: object = load(environ={"PARLEY_HOME": str(home)})
    for part in name.split("."):
        value = getattr(value, part)
    return value


def test_the_first_run_comes_once_and_a_setting_is_changed_by_keyboard(tmp_path, screen):
    home = tmp_path / "own"
    with running(home, tmp_path, screen) as program:
        window = opened(screen, "Parley", program)
        welcome = opened(screen, "Welcome to Parley", program)
        xdotool(screen, "windowfocus", "--sync", welcome)
        xdotool(screen, "key", "Escape")
        until(lambda: read(home, "window.welcomed"), PATIENT_S, "the first run to be remembered")
        xdotool(screen, "windowfocus", "--sync", window)
        xdotool(screen, "key", "ctrl+comma")
        panel = opened(screen, "Parley: settings", program)
        xdotool(screen, "windowfocus", "--sync", panel)
        xdotool(screen, "type", "--delay", "20", "patience")
        xdotool(screen, "key", "Return")
        xdotool(screen, "key", "Right")
        until(lambda: read(home, "turns.patience") == 0.55, PATIENT_S, "the setting to be saved")


def words_for(name: str) -> str:
    """-> what to search for, so that it is the first hit."""
    label = DECLARED[name].label
    return next(text for text in (label, name, f"{label} {name}") if found(text)[0][1] == name)


def writes(screen: str, text: str) -> None:
    xdotool(screen, "type", "--delay", "3", text)
    xdotool(screen, "key", "Return")


def uses(screen: str, name: str, default: object) -> None:
    """Does something to the setting that has the focus."""
    if name == "window.hotkey":
        xdotool(screen, "key", "F9")
    elif DECLARED[name].names or name in DOWN:
        xdotool(screen, "key", "Down")
    elif isinstance(default, bool):
        xdotool(screen, "key", "space")
    elif isinstance(default, float):
        xdotool(screen, "key", "Right")
    else:
        writes(screen, "Zora" if isinstance(default, tuple) else "~/own")


def changed(screen: str, home: Path, name: str, default: object) -> bool:
    """Searches for the setting and does something to it. -> whether another value of it was saved then."""
    xdotool(screen, "key", "ctrl+f")
    writes(screen, words_for(name))
    uses(screen, name, default)
    try:
        until(lambda: read(home, name) != default, LISTED_S if name in DOWN else SAVED_S, name)
    except TimeoutError:
        return False
    return True


def test_every_setting_is_found_and_changed_by_keyboard_while_the_conversation_runs(tmp_path, screen):
    home = tmp_path / "own"
    home.mkdir()
    (home / "settings.yaml").write_text("window: {welcomed: true}\n")
    before = {name: read(home, name) for name in DECLARED}
    with running(home, tmp_path, screen) as program:
        xdotool(screen, "windowfocus", "--sync", opened(screen, "Parley", program))
        xdotool(screen, "key", "ctrl+comma")
        xdotool(screen, "windowfocus", "--sync", opened(screen, "Parley: settings", program))
        for name in DECLARED:
            until(lambda name=name: changed(screen, home, name, before[name]), PATIENT_S, f"{name} to be changed")
            xdotool(screen, "key", "Tab")                    # out of a field that takes every key for itself
        until(lambda: read(home, HOLDS) == before[HOLDS], PATIENT_S, "the profile that lacks its parts to be given up")
    after = {name: read(home, name) for name in DECLARED}
    assert [name for name in DECLARED if after[name] == before[name]] == [HOLDS]
    assert (after["turns.patience"], after["voice.emotion"], after["listen.words"]) == (0.55, "happy", ("Zora",))
