"""`parley bench latency --random-weights`: builds, measures, counts, and makes the report."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from audio_io.errors import WrongUse
from engine.bench import report
from engine.bench.large import counts, nets
from engine.bench.large import report as chain_report
from engine.bench.large.chain import Measured, build, measure
from engine.bench.large.clock import Budget, peak_bytes
from engine.tts.token2wav import Schedule

PROFILES = ("workstation",)
Found = tuple[dict[str, Any], str, dict[str, bytes]]


@dataclass(frozen=True)
class Wanted:
    """What to measure. budget_s: of time; what does not fit is counted. seconds: of the long answer.

    hop: tokens of the first hop, None for the product's. processor: times are the processor's for this process instead
    of the wall clock's: for a machine that is busy with other work, with one thread (OMP_NUM_THREADS=1) and no GPU.
    runs: of each stage at most; before them comes one to warm up, which counts where there is no time for another.
    """

    profile: str = "workstation"
    device: str = "cpu"
    size: str = "full"
    llm: str = "7b"
    voice: int = 2
    hop: int | None = None
    budget_s: float = 300.0
    seconds: float = 10.0
    processor: bool = False
    runs: int = 7

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise WrongUse(f"bench latency --random-weights: {self.profile!r} is not one of its profiles: "
                           f"{', '.join(PROFILES)}")  # fmt: skip
        if self.processor and (self.device != "cpu" or torch.get_num_threads() > 1):
            raise WrongUse("bench latency --random-weights: --processor-time needs --device cpu and OMP_NUM_THREADS=1")
        if min(self.budget_s, self.seconds, self.runs) <= 0:
            raise WrongUse("bench latency --random-weights: --budget-s, --seconds and --runs must be above 0")


def run(wanted: Wanted, say: Callable[[str], None] = print) -> Found:
    """-> (the report, its Markdown, a plot). Raises WrongUse, NotHere without the device."""
    sizes = nets.sizes(wanted.size, wanted.llm, wanted.voice)
    name = wanted.llm if wanted.size == "full" else f"{wanted.size} {wanted.llm}"
    budget = Budget(wanted.budget_s, measures=time.process_time if wanted.processor else None)
    began, ran = time.perf_counter(), time.process_time()
    chain = build(sizes, wanted.device, budget, wanted.hop, say)
    found = measure(chain, budget, wanted.seconds, wanted.runs, say)
    share = (time.process_time() - ran) / (time.perf_counter() - began) / torch.get_num_threads()
    memory, most = peak_bytes(wanted.device)
    first = next((chain.wave.schedule if chain.wave else Schedule(first=wanted.hop)).ends(0))
    say("counts the arithmetic")
    counted = counts.counted(sizes, name, first)
    ahead = sizes.flow.pre_lookahead_len
    group, speech = sizes.voice.text_group, sizes.voice.speech_group
    texts = -(-(first + ahead) // speech) * group
    estimates = {d.name: counted.stages(d, first + ahead, texts) for d in counts.DEVICES}
    estimates["H200 all recorded"] = counted.recorded().stages(counts.DEVICES[0], first + ahead, texts)
    where = _machine(wanted.device)
    data: dict[str, Any] = {
        "version": 1, "profile": wanted.profile, "device": where,
        "clock": "processor" if wanted.processor else "wall", "share of the processors": round(share, 2),
        "flow": chain.computes, "size": wanted.size, "llm": name, "voice": wanted.voice, "networks": chain.networks,
        "targets": chain_report.target_rows(_by_target(found, chain.whole), estimates, wanted.device),
        "stages": chain_report.stage_rows({k: t.runs for k, t in found.times.items()}, estimates),
        "answer": {"sound s": round(found.said_s, 2), "computing s": round(found.took_s, 2),
                   "real-time factor": _factor(found), "with the LLM": "yes" if chain.chat else "no"},
        "gaps": chain_report.gap_rows(found.gaps),
        "cancel": {"times": len(found.cancels), **_quantiles(found.cancels)},
        "memory": {"of": memory, "MB": None if most is None else round(most / 1e6)},
        "counts": [_count_row(c) for c in counted.all()],
        "assumed": {"share of peak arithmetic": counts.SHARE_ARITHMETIC, "share of bandwidth": counts.SHARE_READING,
                    "us to start an operation": counts.START_US,
                    "devices": [vars(d) for d in counts.DEVICES]},
    }  # fmt: skip
    peaks = ", ".join(f"{d.name} {d.tflops_16:g} TFLOP/s at 16 and {d.tflops_32:g} at 32 bits, {d.gb_s:g} GB/s"
                      for d in counts.DEVICES)  # fmt: skip
    notes = {"read": counts.READ, "hop": first, "ahead": ahead, "texts": texts, "arithmetic": counts.SHARE_ARITHMETIC,
             "reading": counts.SHARE_READING, "start": counts.START_US, "devices": peaks}  # fmt: skip
    parts = {name: 1000 * spent.own / max(found.said_s, 1e-9) for name, spent in found.gaps.items()}
    plot = report.bars("Computing for a second of the answer", {where: parts}, "ms") if parts else None
    return data, chain_report.markdown(data, notes), {"computing": plot} if plot else {}


def _by_target(found: Measured, whole: bool) -> dict[str, float | None]:
    """Stage -> ms, or the real-time factor. A chain without one of its networks has no first audio."""
    ms = {name: None if t.middle is None else 1000 * t.middle for name, t in found.times.items()}
    if not whole:
        ms["first audio"] = None
    slowest = 1000 * max(found.cancels) if found.cancels else None
    return {**ms, "real-time factor": _factor(found) if whole else None, "idle": slowest}


def _factor(found: Measured) -> float | None:
    return round(found.took_s / found.said_s, 3) if found.said_s else None


def _quantiles(seconds: tuple[float, ...]) -> dict[str, float | None]:
    if not seconds:
        return {"p50 ms": None, "slowest ms": None}
    return {"p50 ms": round(1000 * median(seconds), 2), "slowest ms": round(1000 * max(seconds), 2)}


def _count_row(c: counts.Count) -> dict[str, Any]:
    return {"network": c.what, "multiply-adds M": round(c.macs / 1e6, 1), "MB read": round(c.read / 1e6, 1),
            "operations": c.starts, "bits": c.bits,
            "recorded": "yes" if c.recorded else "no",
            **{f"{d.name} ms": round(c.ms(d), 2) if c.weights < d.gb * 1e9 else None for d in counts.DEVICES},
            "H200 all recorded ms": round(counts.recorded(c).ms(counts.DEVICES[0]), 2)}  # fmt: skip


def _machine(device: str) -> str:
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    try:
        told = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in told if line.startswith("model name")), name)
    except OSError:
        pass                                     # no Linux
    return f"{name}, {torch.get_num_threads()} threads"
