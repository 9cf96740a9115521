"""The architecture as tests: who may import whom, what stays out of the base install, and how large things may grow."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("app", "engine", "audio_io")
MAY = {"app": {"app", "engine", "audio_io", "assets"}, "engine": {"engine", "audio_io", "assets"},
       "audio_io": {"audio_io", "assets"}}  # fmt: skip
PURE = ("engine/messages.py", "engine/turns/core.py", "engine/turns/floor.py", "engine/turns/memory.py",
        "engine/turns/rules.py", "engine/turns/lexicon.py", "engine/turns/table.py",
        "engine/simulation/script.py", "engine/nlu/completeness.py")  # fmt: skip
IMPURE = {"threading", "queue", "time", "os", "subprocess", "sounddevice", "torch", "PySide6", "onnxruntime"}
FILES = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
MODULES = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in FILES}
# what a user's machine runs without any extra
BASE = ("app.__main__", "app.wiring", "app.desktop.desktop", "app.panels.panels", "engine.runtime.embedded",
        "engine.runtime.pipeline", "audio_io.device.sound_process")  # fmt: skip


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, everywhere: bool = True) -> set[str]:
    """-> whole names of modules. everywhere: also those that are imported inside a function."""
    found: set[str] = set()
    nodes = ast.walk(tree(path)) if everywhere else iter(tree(path).body)
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = inner & set(MODULES)
            found |= modules | ({node.module} if len(modules) < len(inner) else set())
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def room(module: str) -> str:
    """The folder; a file directly under app, engine or audio_io is a room of its own."""
    path = MODULES[module]
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]).removesuffix(".py")


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """-> the nodes that can be reached from themselves."""
    def reached(start: str) -> set[str]:
        seen, todo = set(), [start]
        while todo:
            for target in arrows.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    return sorted(node for node in arrows if node in reached(node))


def test_imports_point_one_way():
    for path in FILES:
        others = {"app", "engine", "audio_io", "assets", "tests"} - MAY[path.relative_to(ROOT).parts[0]]
        assert not tops(path) & others, path


def test_no_modules_import_each_other_in_a_circle():
    assert not circles({name: imports(path) & set(MODULES) - {name} for name, path in MODULES.items()})


def test_no_rooms_import_each_other_in_a_circle():
    arrows: defaultdict[str, set[str]] = defaultdict(set)
    for name, path in MODULES.items():
        arrows[room(name)] |= {room(other) for other in imports(path) & set(MODULES)} - {room(name)}
    assert not circles(arrows)


def test_qt_stays_in_the_app_and_torch_out_of_the_base_install():
    assert not [p for p in FILES if p.relative_to(ROOT).parts[0] != "app" and "PySide6" in tops(p)]
    seen, todo = set(BASE), list(BASE)
    while todo:
        path = MODULES[todo.pop()]
        found = imports(path, everywhere=False)
        assert not {name.split(".")[0] for name in found} & {"torch", "transformers", "huggingface_hub"}, path
        new = (found & set(MODULES)) - seen
        seen |= new
        todo += new


def test_pure_files_touch_nothing():
    for name in PURE:
        also = set() if name == "engine/messages.py" else {"numpy"}
        assert not tops(ROOT / name) & (IMPURE | also), name


def test_only_settings_reads_the_environment():
    for path in FILES:
        if path.parts[-2:] != ("settings", "folders.py"):
            uses = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv")
                    and isinstance(n.value, ast.Name) and n.value.id == "os"]  # fmt: skip
            assert not uses, path


def test_sizes_stay_readable():
    for path in FILES:
        most = 600 if path.name in ("messages.py", "worker_messages.py") else 500       # tables of messages
        assert path.read_text(encoding="utf-8").count("\n") <= most, path
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 60, f"{path}: {node.name} has {length} lines"
                if node.name == "__init__":
                    args = [a for a in node.args.args + node.args.kwonlyargs if a.arg != "self"]
                    assert len(args) <= 6, f"{path}: a constructor with {len(args)} parameters"


def test_rates_are_named_in_frames_alone():
    for path in FILES:
        if path.name != "frames.py":
            numbers = {n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant)}
            assert not numbers & {16_000, 48_000}, path


@pytest.mark.parametrize(("arrows", "found"), [
    ({"a": {"b"}, "b": {"c"}}, []), ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, ["a", "b"]),
])  # fmt: skip
def test_circles_are_found(arrows, found):
    assert circles(arrows) == found
