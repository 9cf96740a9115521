"""The architecture as a test: who may import whom, and how large things may grow."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("app", "engine", "audio_io")
MAY = {"app": {"app", "engine", "audio_io", "assets"}, "engine": {"engine", "audio_io", "assets"},
       "audio_io": {"audio_io", "assets"}}  # fmt: skip
PURE = ["engine/turns.py", "engine/floor.py", "engine/memory.py", "engine/script.py", "engine/complete.py",
        "engine/news.py"]  # fmt: skip
IMPURE = {"threading", "queue", "time", "os", "subprocess", "sounddevice", "torch", "PySide6", "onnxruntime"}
CLOCKS = {"engine/stage.py"}
FILES = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
IDS = [str(p.relative_to(ROOT)) for p in FILES]


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return found | {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_point_one_way(path):
    folder = path.relative_to(ROOT).parts[0]
    assert imports(path) & {"app", "engine", "audio_io", "assets", "tests"} <= MAY[folder]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_qt_stays_in_the_app_and_torch_stays_out_of_the_base(path):
    found = imports(path)
    if path.relative_to(ROOT).parts[0] != "app":
        assert "PySide6" not in found
    if path.relative_to(ROOT).parts[:2] not in {("engine", "nets"), ("engine", "local"), ("engine", "training")}:
        assert "torch" not in found              # what runs at the user's needs none in the embedded profile


@pytest.mark.parametrize("name", PURE)
def test_pure_files_touch_nothing(name):
    assert not imports(ROOT / name) & (IMPURE | {"numpy"})


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_settings_reads_the_environment(path):
    if path.name != "settings.py":
        uses = [n for n in ast.walk(ast.parse(path.read_text()))
                if isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv")
                and isinstance(n.value, ast.Name) and n.value.id == "os"]  # fmt: skip
        assert not uses


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_sizes_stay_readable(path):
    text = path.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 60, f"{node.name} has {length} lines"
            if node.name == "__init__":
                args = [a for a in node.args.args + node.args.kwonlyargs if a.arg != "self"]
                assert len(args) <= 6, f"a constructor with {len(args)} parameters"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_rate_literals_live_in_frames(path):
    if path.name == "frames.py":
        return
    numbers = {n.value for n in ast.walk(ast.parse(path.read_text()))
               if isinstance(n, ast.Constant) and isinstance(n.value, int)}  # fmt: skip
    assert not numbers & {16_000, 48_000}
