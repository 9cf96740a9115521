"""Does a built program work? `make package-test` asks the one in dist/parley; no network, no sound card is needed.

    python scripts/package_test.py PROGRAM

Checked: that nothing of the large profiles came along; its version; the demonstration conversation (the recogniser's
and the voice's processes, the models, the timeline); the window, on a virtual screen and a private sound server: it
opens, answers aloud what is typed, and closes. Run it with a Python that has Parley's own libraries.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import soundserver
from screen import opened, virtual, xdotool
from soundserver import Jack, Person

LIMIT_S = 300.0
NEEDED = ("jackd", "jack_lsp", "jack_connect", "Xvfb", "xdotool")
LARGE = ("torch", "transformers", "bitsandbytes", "onnx", "sympy")
LOUD = 0.03                      # the assistant's voice; what else the person hears is 30 dB below
ANSWER_S = 8.0
ASKS = 6


def run(*words: str, folder: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=folder)


def lean(program: str) -> str:
    inside = Path(program).parent / "_internal"
    there = [name for name in LARGE if (inside / name).exists()]
    return f"came along: {', '.join(there)}" if there or not inside.is_dir() else ""


def version(program: str) -> str:
    done = run(program, "--version")
    return "" if done.returncode == 0 and done.stdout.startswith("parley ") else done.stdout + done.stderr


def demo(program: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = run(program, "demo", "--out", f"{folder}/demo", folder=folder)
        if done.returncode:
            return done.stdout + done.stderr
        here = Path(folder, "demo")
        events = [json.loads(line) for line in (here / "events.jsonl").read_text().splitlines()]
        heard = [one for one in events if one.get("event") == "final"]
        lacking = [name for name in ("stereo.wav", "timeline.png") if not (here / name).exists()]
        return f"missing: {lacking}, understood: {len(heard)}" if lacking or len(heard) < 3 else ""


def window(program: str) -> str:
    """-> "" or what was amiss; `skipped: ...` where the screen or the sound server is not installed."""
    if lacking := soundserver.lacking(*NEEDED):
        return f"skipped: {lacking}"
    with tempfile.TemporaryDirectory() as name, virtual() as screen:
        folder = Path(name)
        with Jack(folder) as jack, jack.person(echo_db=None) as person:
            home = folder / "own"
            home.mkdir()
            (home / "settings.yaml").write_text("window: {welcomed: true}\n")    # else the first run comes
            env = {key: value for key, value in jack.env.items() if key != "QT_QPA_PLATFORM"}
            env |= {"DISPLAY": screen, "PARLEY_HOME": str(home)}
            with open(folder / "told", "w+") as told:
                started = subprocess.Popen([program], env=env, cwd=folder, stderr=told, text=True)
                try:
                    return used(started, person, screen)
                except (TimeoutError, RuntimeError) as error:
                    told.seek(0)
                    return f"{error}: {told.read()[-2000:]}"
                finally:
                    soundserver.end(started)


def used(started: "subprocess.Popen[str]", person: Person, screen: str) -> str:
    """Somebody asks in the window by keyboard, again while it loads, and closes it. -> "" or what was amiss."""

    there = opened(screen, "Parley", started, LIMIT_S)
    person.wire()
    loudest = 0.0
    for _ in range(ASKS):
        at = person.now()
        xdotool(screen, "windowfocus", "--sync", there)
        xdotool(screen, "key", "ctrl+t")
        xdotool(screen, "type", "--delay", "20", "what time is it in tokyo")
        xdotool(screen, "key", "Return")
        person.wait(ANSWER_S)
        if (loudest := float(np.abs(person.heard()[at:, 1]).max(initial=0.0))) > LOUD:
            break
    started.send_signal(signal.SIGINT)
    code = started.wait(LIMIT_S)
    return "" if loudest > LOUD and code == 0 else f"loudest answer {loudest:.3f}, exit code {code}"


def main(program: str) -> int:
    failed = 0
    for name, check in (("lean", lean), ("version", version), ("window", window), ("demo", demo)):
        begin = time.monotonic()
        trouble = check(program)
        print(f"{name}: {trouble or 'works'} ({time.monotonic() - begin:.0f} s)", flush=True)
        failed += bool(trouble) and not trouble.startswith("skipped")
    files = [path for path in Path(program).parent.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"size: {size / 1e6:.0f} MB")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
