"""What the tests themselves rest on: a failure stays one, unless it happened once or the machine was too slow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import Pace
from same import unlike

HERE = Path(__file__).parent
CONFTEST = """
import sys
sys.path.insert(0, {here!r})
import patience
patience.Pace.too_slow = lambda self: {why!r}

def pytest_runtest_protocol(item, nextitem):
    patience.run(item, nextitem)
    return True
"""
TESTS = """
import pathlib

def test_wrong(): assert 1 == 2

def test_right(): pass

def test_wrong_once(tmp_path, request):
    been = pathlib.Path(__file__).with_name("been")
    if not been.exists():
        been.touch()
        raise TimeoutError("so busy")
    assert not list(tmp_path.iterdir())
"""


@pytest.mark.parametrize(("why", "told"), [("", "1 failed, 2 passed"), ("too busy", "1 passed, 2 skipped")])
def test_a_failure_is_tried_once_more_and_only_a_slow_machine_excuses_it(tmp_path, why, told):
    (tmp_path / "conftest.py").write_text(CONFTEST.format(here=str(HERE), why=why))
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(tmp_path)],
                          cwd=tmp_path, capture_output=True, text=True)  # fmt: skip
    assert told in done.stdout, done.stdout + done.stderr
    assert not why or "too busy (" in done.stdout


def test_the_pace_of_a_machine_is_judged_by_what_it_did():
    with Pace() as pace:
        pass
    pace.taken = [pace.plain_s, 1.5 * pace.plain_s]
    assert pace.too_slow() == ""
    pace.taken = [8 * pace.plain_s] * 3
    assert "1/8.0 of a processor" in pace.too_slow()
    pace.plain_s = 2.0
    pace.taken = [2.0, 2.0, 5.0]
    assert "stood still for 5.0 s" in pace.too_slow()


def test_unlike_tells_where_and_how_much():
    x = np.arange(6, dtype=np.float32)
    y = x.copy()
    y[4] = 0.5
    assert unlike(x, x.copy()) == unlike(b"abc", b"abc") == ""
    assert unlike(x, y).startswith("1 of 6 differ, first [4]")
    assert unlike(b"abc", b"abd").startswith("1 of 3 differ, first [2]")
    assert "is not" in unlike(x, x[:5])
    assert "is not" in unlike(x, x.astype(np.float64))
    assert unlike(np.zeros(2), -np.zeros(2))                # to the last bit
