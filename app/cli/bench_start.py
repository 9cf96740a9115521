"""`parley bench start`: how soon the window is painted and ready, and what it costs when nobody looks at it.

The program is started as the user starts it, in a process of its own that says when it is so far
(`app.watched_start`). Beside every start, `import PySide6.QtWidgets` in a bare Python: the ratio says more than seconds
do on a machine that has other work.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from audio_io.errors import NotHere, Trouble

START_S, END_S = 60.0, 10.0      # a start that takes longer has failed; to end by itself
SETTLE_S = 10.0                  # after "ready", before the idle cost is taken: the ears doze off after 4 s of quiet
BARE = "import PySide6.QtWidgets"
Say = Callable[[str], None]


class Started:
    """The program, started. `until(what)` -> its line. Raises NotHere when it cannot open here."""

    def __init__(self, arguments: list[str], environ: Mapping[str, str]) -> None:
        code = (f"import sys; sys.path[:] = {sys.path!r}; from app.watched_start import main; "
                "sys.exit(main(sys.argv[1:]))")
        self.began = time.monotonic()
        self.process = subprocess.Popen([sys.executable, "-c", code, *arguments], env=dict(environ), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip

    def until(self, what: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line: dict[str, Any] = json.loads(text)
            if line["what"] == "trouble":
                raise NotHere(line["line"])
            if line["what"] == what:
                return line | {"s": line["at"] - self.began}
        raise Trouble(f"the program ended before it was {what} (exit code {self.process.wait()})")

    def close(self) -> None:
        self.process.terminate()                 # as the cross of the window does
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def bench_start(environ: Mapping[str, str], runs: int, idle_s: float, say: Say) -> dict[str, Any]:
    """environ: of the program; with no display in it, Qt paints offscreen. runs: cold and warm ones, each.

    -> rows for a report. Raises NotHere where the window cannot open.
    """
    shown = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin"))
    env = dict(environ) | ({} if shown else {"QT_QPA_PLATFORM": "offscreen"})
    files: list[str] = _one(env)["files"]        # not counted: byte code is written, caches are filled
    rows = []
    for kind in ("warm", "cold"):
        if kind == "cold" and not hasattr(os, "posix_fadvise"):
            say("cold starts cannot be measured on this system")
            continue
        found = []
        for n in range(runs):
            if kind == "cold":
                forget(files)
            bare = _bare(env)
            if kind == "cold":
                forget(files)
            found.append(_one(env) | {"bare_s": bare})
            say(f"{kind} {n + 1} of {runs}: painted {found[-1]['painted_s']:.2f} s, ready {found[-1]['ready_s']:.2f} s")
        rows.append(_row(kind, found))
    return {"screen": env.get("QT_QPA_PLATFORM") or "the desktop's", "rows": rows,
            "idle": [_idle(kind, env, idle_s) for kind in ("minimised", "shown")]}  # fmt: skip


def _one(env: Mapping[str, str]) -> dict[str, Any]:
    program = Started([], env)
    try:
        painted, ready = program.until("painted"), program.until("ready")
    finally:
        program.close()
    return {"painted_s": painted["s"], "ready_s": ready["s"], "painted_cpu_s": painted["cpu_s"],
            "ready_cpu_s": ready["cpu_s"], "gap_s": ready["gap_s"], "files": ready["files"]}  # fmt: skip


def _bare(env: Mapping[str, str]) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", BARE], env=dict(env), check=True, timeout=START_S)
    return time.monotonic() - began


def _row(kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    def middle(name: str) -> float:
        return float(median(one[name] for one in found))

    return {
        "start": kind, "runs": len(found), "painted s": round(middle("painted_s"), 2),
        "ready s": round(middle("ready_s"), 2), "bare import of Qt s": round(middle("bare_s"), 2),
        "painted / bare": round(median(one["painted_s"] / one["bare_s"] for one in found), 2),
        "ready / bare": round(median(one["ready_s"] / one["bare_s"] for one in found), 2),
        "CPU s to painted": round(middle("painted_cpu_s"), 2), "CPU s to ready": round(middle("ready_cpu_s"), 2),
        "longest UI gap ms": round(1000 * max(one["gap_s"] for one in found)),
    }  # fmt: skip


def forget(files: list[str]) -> None:
    """Drops them from the system's page cache, as far as no other process has them mapped."""
    for file in files:
        try:
            handle = os.open(file, os.O_RDONLY)
        except OSError:
            continue
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _idle(kind: str, env: Mapping[str, str], seconds: float) -> dict[str, Any]:
    if not Path("/proc/self/stat").exists():
        return {"window": kind, "CPU %": None, "memory MB": None}
    program = Started(["--minimised"] if kind == "minimised" else [], env)
    try:
        program.until("ready")
        time.sleep(SETTLE_S)
        before, began = used(program.process.pid), time.monotonic()
        time.sleep(seconds)
        after, took = used(program.process.pid), time.monotonic() - began
        shares = {pid: 100 * (after[pid]["cpu_s"] - before[pid]["cpu_s"]) / took for pid in after if pid in before}
        return {"window": kind, "CPU %": round(sum(shares.values()), 1),
                "of it the window's process %": round(shares[program.process.pid], 1),
                "memory MB": round(sum(one["mb"] for one in after.values())), "processes": len(after)}  # fmt: skip
    finally:
        program.close()


def used(root: int) -> dict[int, dict[str, float]]:
    """-> of process `root` and all below it: CPU seconds so far, memory in MB (shared pages by their share)."""
    ticks, parents, cpu = os.sysconf("SC_CLK_TCK"), {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:                          # it has ended
            continue
        parents[int(folder.name)] = int(words[1])
        cpu[int(folder.name)] = (int(words[11]) + int(words[12])) / ticks
    tree, size = {root}, 0
    while len(tree) > size:
        size = len(tree)
        tree |= {pid for pid, parent in parents.items() if parent in tree}
    return {pid: {"cpu_s": cpu[pid], "mb": _memory_mb(pid)} for pid in tree & set(cpu)}


def _memory_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
