"""Does a built program work? `make package-test` asks the one in dist/parley; no network, no sound device is needed.

    python scripts/package_test.py PROGRAM

Checked: its version; the demonstration conversation (the recogniser's and the voice's processes, the models, the
timeline); with Xvfb, that the window or the one line that says why there is none comes up.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT_S = 300.0


def run(*words: str, **more: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False, **more)  # type: ignore


def version(program: str) -> str:
    done = run(program, "--version")
    return "" if done.returncode == 0 and done.stdout.startswith("parley ") else done.stdout + done.stderr


def demo(program: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = run(program, "demo", "--out", f"{folder}/demo", cwd=folder)
        if done.returncode:
            return done.stdout + done.stderr
        here = Path(folder, "demo")
        events = [json.loads(line) for line in (here / "events.jsonl").read_text().splitlines()]
        heard = [one for one in events if one.get("event") == "final"]
        lacking = [name for name in ("stereo.wav", "timeline.png") if not (here / name).exists()]
        return f"missing: {lacking}, understood: {len(heard)}" if lacking or len(heard) < 3 else ""


def window(program: str) -> str:
    """Without a sound device the program says so with exit code 3, but only after Qt has found its screen."""
    if shutil.which("xvfb-run") is None:
        return "skipped: there is no xvfb-run"
    done = run("xvfb-run", "-a", "timeout", "15", program)
    shown = done.returncode == 124               # it was still open when its time was over
    told = done.returncode == 3 and done.stderr.startswith("parley:") and "No window" not in done.stderr
    return "" if shown or told else f"exit code {done.returncode}: {done.stdout}{done.stderr}"


def main(program: str) -> int:
    failed = 0
    for name, check in (("version", version), ("window", window), ("demo", demo)):
        trouble = check(program)
        print(f"{name}: {trouble or 'works'}", flush=True)
        failed += bool(trouble) and not trouble.startswith("skipped")
    files = [path for path in Path(program).parent.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"size: {size / 1e6:.0f} MB")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
