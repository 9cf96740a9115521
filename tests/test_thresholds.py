"""`parley train`: which recipe runs, and the thresholds that are chosen on a development set."""

import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from audio_io.errors import WrongUse
from audio_io.frames import HOP, MIC_HZ
from audio_io.wav import write_wav
from engine.bench.duplex.run import Odds
from engine.corpus.labels import read
from engine.training.predictor import thresholds
from engine.training.predictor.thresholds import GRID, choose, load_predictions, write_profile
from engine.turns.rules import TurnRules

SECONDS = 60.0
TIME = (np.arange(int(SECONDS * MIC_HZ / HOP)) + 1) * HOP / MIC_HZ


def between(spans: list[tuple[float, float]]) -> np.ndarray:
    return np.any([(a <= TIME) & (b >= TIME) for a, b in spans], axis=0) if spans else np.zeros(len(TIME), bool)


def conversation(folder: Path, name: str = "one") -> Odds:
    """Six turns of the user's, each with a pause; six interruptions and six coughs over the assistant. The odds of a
    predictor that says 0.7 where something is so, 0.5 in pauses and in coughs, and 0.2 elsewhere."""
    turns = [(2.0 + 5 * k, 3.6 + 5 * k) for k in range(6)]
    pauses = [(a + 0.6, a + 1.1) for a, _ in turns]
    talk = [(33.0 + 4 * k, 36.0 + 4 * k) for k in range(6)]
    over = [(a + 1.0, a + 2.0) for a, _ in talk[:3]]
    coughs = [(a + 1.0, a + 1.4) for a, _ in talk[3:]]
    user = [{"start": a, "end": b, "kind": "turn", "pauses": [p]} for (a, b), p in zip(turns, pauses, strict=True)]
    user += [{"start": a, "end": b, "kind": "turn", "pauses": []} for a, b in over]
    user += [{"start": a, "end": b, "kind": "cough"} for a, b in coughs]
    write_wav(folder / f"{name}.wav", np.zeros((int(SECONDS * MIC_HZ), 2), np.float32), MIC_HZ)
    (folder / f"{name}.json").write_text(json.dumps({
        "version": 1, "user": user, "assistant": [{"start": a, "end": b} for a, b in talk]}))  # fmt: skip
    voice = between([(a, p[0]) for (a, _), p in zip(turns, pauses, strict=True)]
                    + [(p[1], b) for (_, b), p in zip(turns, pauses, strict=True)] + over)  # fmt: skip
    speaking = np.where(voice, 0.9, np.where(between(coughs), 0.3, 0.05))
    done = np.where(between([(b + 0.2, b + 1.5) for _, b in [*turns, *over]]), 0.7, 0.2)
    done[between([(a + 0.2, b) for a, b in pauses])] = 0.5
    ending = np.where(between([(b + 0.05, b + 1.5) for _, b in [*turns, *over]]), 0.7, 0.2)
    takes = np.where(between([(a + 0.3, b) for a, b in over]), 0.7, 0.2)
    takes[between([(a + 0.1, b) for a, b in coughs])] = 0.5
    return Odds(TIME, speaking, done, ending, takes, np.zeros(len(TIME)))


def found(folder: Path) -> dict[str, thresholds.Choice]:
    odds = conversation(folder)
    return {c.rule: c for c in choose([read(folder / "one.wav")], [odds])}


def test_each_threshold_keeps_to_its_criterion_and_buys_no_more_than_it_needs(tmp_path):
    choices = found(tmp_path)
    assert all(c.kept for c in choices.values())
    assert 0.5 < choices["done"].value <= 0.7
    assert 0.5 < choices["takes"].value <= 0.7
    assert choices["ending"].value <= 0.7
    assert choices["off"].value < choices["on"].value
    assert "100.0%" in choices["takes"].why
    assert "0.0% of 6 pauses" in choices["done"].why


def test_what_the_data_say_nothing_of_is_left_alone(tmp_path):
    assert "backchannel" not in found(tmp_path)


def test_a_criterion_that_cannot_be_met_is_said(tmp_path):
    odds = conversation(tmp_path)
    sure_of_all = Odds(odds.time, odds.user_speaking, np.full(len(TIME), 0.99), *list(odds.arrays().values())[3:])
    choice = next(c for c in choose([read(tmp_path / "one.wav")], [sure_of_all]) if c.rule == "done")
    assert not choice.kept


def test_every_threshold_is_a_rule_of_the_core(tmp_path):
    assert {c.rule for c in found(tmp_path).values()} | {"backchannel"} <= set(TurnRules.__dataclass_fields__)
    assert GRID.min() >= 0.05


@pytest.mark.parametrize(("turns", "rest"), [
    ("turns: {}   # none\n", "settings: {}\n"), ("turns:\n  done: 0.2\n  patience: 0.4\n", "settings: {}\n"), ("", ""),
    ("turns: {done: 0.2,\n  patience: 0.4\n}\n", "# the end\n"),
])  # fmt: skip
def test_the_profile_gets_them_and_keeps_everything_else(tmp_path, turns, rest):
    from engine.strict_yaml import read as read_yaml

    path = tmp_path / "own.yaml"
    path.write_text(f"# mine\nversion: 1\n{turns}{rest}")
    write_profile(path, [thresholds.Choice("done", 0.61, True, ""), thresholds.Choice("takes", 0.4, True, "")])
    text = path.read_text()
    values = read_yaml(path, "a profile").table("turns").values
    kept = {"patience": 0.4} if "patience" in turns else {}
    assert values == {"done": 0.61, "takes": 0.4} | kept
    assert text.startswith("# mine\nversion: 1\n")
    assert text.count("turns:") == 1
    assert rest in text


def test_the_command_reads_predictions_prints_the_table_and_writes_the_profile(tmp_path, capsys):
    odds = conversation(tmp_path)
    np.savez(tmp_path / "p.npz", **{f"one/{key}": value for key, value in odds.arrays().items()})
    profile = tmp_path / "own.yaml"
    profile.write_text("version: 1\nturns: {}\n")
    arguments = ["--data", str(tmp_path), "--predictions", str(tmp_path / "p.npz"), "--write", str(profile)]
    assert main(["train", "thresholds", *arguments]) == 0
    assert "| done |" in capsys.readouterr().out
    assert "done: 0." in profile.read_text()


def test_predictions_of_something_else_are_refused(tmp_path):
    conversation(tmp_path)
    labels = [read(tmp_path / "one.wav")]
    np.savez(tmp_path / "p.npz", **{"two/time": TIME})
    with pytest.raises(WrongUse, match="one/time"):
        load_predictions(tmp_path / "p.npz", labels)
    (tmp_path / "q.npz").write_text("no archive")
    with pytest.raises(WrongUse, match=r"q\.npz: cannot be read"):
        load_predictions(tmp_path / "q.npz", labels)


def test_an_unknown_profile_is_said_before_the_work(tmp_path, capsys):
    assert main(["train", "thresholds", "--data", str(tmp_path), "--write", "emebdded"]) == 2
    assert "--write emebdded" in capsys.readouterr().err


def test_a_recipe_gets_all_that_follows_its_name(monkeypatch):
    given = []
    recipe = types.ModuleType("engine.training.encoder.train")
    recipe.main = lambda arguments: given.append(arguments) or 0
    monkeypatch.setitem(sys.modules, recipe.__name__, recipe)
    assert main(["train", "encoder", "--out", "x", "--help"]) == 0
    assert given == [["--out", "x", "--help"]]


def test_without_torch_one_line_says_what_to_install(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "engine.training.encoder.train", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [m for m in sys.modules if m.startswith("engine.nets.")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["train", "encoder"]) == 3
    error = capsys.readouterr().err.strip()
    assert error == "parley: train encoder: torch is not installed; pip install 'parley[train]'"


def test_the_simulator_has_its_own_options_too(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "simulate", "--help"])
    assert ended.value.code == 0
    assert "--hours" in capsys.readouterr().out
