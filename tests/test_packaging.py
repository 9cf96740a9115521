"""What is installed: every file that the program reads, its icon, its menu entry; and the program that is frozen."""

import configparser
import json
import os
import re
import struct
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest
from patience import PATIENT_S
from PySide6.QtGui import QImage

from app.__main__ import main
from app.cli import bench_start
from app.platform import menu_entry
from app.window import icons
from audio_io.errors import NotHere
from audio_io.worker_messages import EspeakReady
from audio_io.worker_process import WorkerProcess

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "engine", "audio_io", "assets")
BUILT = """
import json
from setuptools import Distribution
dist = Distribution()
dist.script_name = "setup.py"
dist.parse_config_files(["pyproject.toml"])
build = dist.get_command_obj("build_py")
build.ensure_finalized()
print(json.dumps(build.get_outputs(include_bytecode=False)))
"""


def frozen(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs what the frozen program begins with."""
    return subprocess.run([sys.executable, str(ROOT / "scripts" / "frozen.py"), *words], input=stdin, text=True,
                          capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip


# -- the wheel ------------------------------------------------------------------------------------------------
def test_the_wheel_has_every_module_and_every_file_that_the_program_reads():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", BUILT], cwd=ROOT, capture_output=True, text=True,
                          check=True)  # fmt: skip
    built = {Path(name).relative_to("build/lib") for name in json.loads(done.stdout.splitlines()[-1])}
    asked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    tracked = {Path(name) for name in asked.stdout.splitlines() if (ROOT / name).exists()}
    if not tracked:
        pytest.skip("not in a git checkout")
    assert len(tracked) > 200
    assert not tracked - built


# -- icon and menu entry --------------------------------------------------------------------------------------
def test_every_size_of_the_icon_is_there_and_is_that_size(qapp):
    for side in (16, 24, 32, 48, 64, 128, 256, 512):
        image = QImage(str(menu_entry.ICONS / f"parley-{side}.png"))
        assert (image.width(), image.height()) == (side, side)
        assert image.pixelColor(0, 0).alpha() == 0                       # round corners
        assert image.pixelColor(side // 2, side // 2).alpha() == 255
    assert not icons.program().pixmap(48, 48).isNull()


def test_the_containers_hold_the_same_pictures():
    ico = (menu_entry.ICONS / "parley.ico").read_bytes()
    _, kind, count = struct.unpack("<HHH", ico[:6])
    assert (kind, count) == (1, 7)
    for n in range(count):
        side, *_, size, begin = struct.unpack("<BBBBHHII", ico[6 + 16 * n : 22 + 16 * n])
        assert ico[begin : begin + size] == (menu_entry.ICONS / f"parley-{side or 256}.png").read_bytes()
    icns = (menu_entry.ICONS / "parley.icns").read_bytes()
    assert icns[:4] == b"icns"
    assert struct.unpack(">I", icns[4:8])[0] == len(icns)
    assert icns.endswith((menu_entry.ICONS / "parley-512.png").read_bytes())


def test_the_menu_entry_comes_and_goes_and_starts_this_program(tmp_path, monkeypatch, capsys):
    home = tmp_path / "share of $me"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    monkeypatch.setattr(menu_entry, "command", lambda: tmp_path / "50% `of` $all" / "parley")
    assert main(["desktop-file", "install"]) == 0
    entry = configparser.RawConfigParser(delimiters="=", comment_prefixes="#")
    entry.read(home / "applications" / "org.parley.Parley.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"] == rf'"{tmp_path}/50%% \\`of\\` \\$all/parley"'
    assert entry["Desktop Action compact"]["Exec"].endswith('/parley" --compact')
    icon = entry["Desktop Entry"]["Icon"]
    assert len(list(home.rglob(f"{icon}.png"))) == 8
    assert (home / "icons" / "hicolor" / "scalable" / "apps" / f"{icon}.svg").exists()
    assert main(["desktop-file", "remove"]) == 0
    assert not [path for path in home.rglob("*") if path.is_file()]
    capsys.readouterr()
    assert main(["desktop-file", "remove"]) == 0
    assert "nothing of Parley" in capsys.readouterr().out


def test_a_menu_entry_wants_a_command_to_start(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotHere, match="pip install"):
        menu_entry.command()
    (tmp_path / "parley").touch()
    assert menu_entry.command() == tmp_path / "parley"


def test_the_stores_description_is_of_this_program():
    about = tree.parse(menu_entry.SOURCE / "org.parley.Parley.metainfo.xml").getroot()
    assert about.findtext("id") == menu_entry.NAME
    assert about.findtext("launchable") == f"{menu_entry.NAME}.desktop"
    version = next(line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith("version"))
    release = about.find("releases/release")
    assert release is not None
    assert f'"{release.get("version")}"' in version


def test_the_oldest_transformers_that_is_accepted_has_the_networks_of_the_profiles():
    """SenseVoice's encoder came with 5.17 (looked up in the wheels)."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["local"]
    (wanted,) = (one for one in extras if one.startswith("transformers"))
    oldest = re.search(r">=(\d+)\.(\d+)", wanted)
    assert oldest is not None
    assert (int(oldest[1]), int(oldest[2])) >= (5, 21)


# -- the frozen program ---------------------------------------------------------------------------------------
def test_the_frozen_program_starts_its_children_as_python_does():
    done = frozen("-m", "json.tool", "--compact", stdin="[1, 2]")
    assert (done.returncode, done.stdout) == (0, "[1,2]\n")


@pytest.mark.skipif(sys.platform == "win32", reason="its scripts are no programs")
def test_worker_processes_run_in_the_frozen_program(tmp_path, monkeypatch):
    program = tmp_path / "parley"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/scripts/frozen.py" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    voice = WorkerProcess("engine.tts.espeak_child", "the voice")
    try:
        assert voice.want(EspeakReady, PATIENT_S) is not None
    finally:
        voice.stop()
    assert voice.process.returncode == 0


def test_the_frozen_program_is_parley():
    done = frozen("--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("parley ")


# -- the start ------------------------------------------------------------------------------------------------
def test_the_window_waits_for_nothing_heavy():
    code = "import sys, app.__main__, app.desktop.desktop, app.desktop.running; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "PySide6" in loaded
    heavy = {"scipy", "matplotlib", "onnxruntime", "soundfile", "livekit", "ctranslate2", "sounddevice", "torch"}
    assert not loaded & heavy


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
def test_what_a_program_costs_is_read_of_all_its_processes():
    child = subprocess.Popen([sys.executable, "-c", "input(sum(range(3_000_000)))"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.read(1)                         # it has counted
    found = bench_start.used(os.getpid())
    child.stdin.close()
    child.wait()
    child.stdout.close()
    assert {os.getpid(), child.pid} <= set(found)
    assert found[child.pid]["cpu_s"] > 0
    assert found[os.getpid()]["mb"] > 10
