"""The report of `parley bench latency --random-weights`: MinMo's columns, the targets, and what was only estimated.

Takes plain numbers, so that it needs no torch. MinMo (arXiv 2501.06282) measured on an L20 at 16 bits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.bench import report

MINMO_MS = {                     # ../shared/reference/models.md 5.5
    "first token": 95, "five tokens": 150, "15 speech tokens": 70, "token to wave": 130, "first audio": 350,
}  # fmt: skip
TARGETS = (                      # on an H200: what, the stage, at most, unit
    ("end of turn to the LLM's fifth token", "five tokens", 60, "ms"),
    ("15 speech tokens", "15 speech tokens", 60, "ms"),
    ("token to wave, first hop", "token to wave", 50, "ms"), ("end of turn to first audio", "first audio", 200, "ms"),
    ("real-time factor of the chain", "real-time factor", 0.25, ""), ("stopped to idle, the slowest", "idle", 30, "ms"),
)  # fmt: skip
NOTES = """
Random weights at the sizes above: times are those of the arithmetic, what is said is noise. Stages are medians; the
first run of each only warms up, where there was time for a second. The user's turn has 3 s of speech, the LLM reads
{read} tokens of it after a persona that it knows already; `first token`, `five tokens` and `first audio` begin with
SenseVoice's final run, at the end of the turn. The voice LM takes text token by token, 5 to 15 tokens of speech; the
first hop of sound has {hop} tokens and looks at {ahead} more, for which the LLM writes {texts} tokens.

MinMo's column is the paper's (L20, 16 bits). Its predictor decides after 250 ms of the conversation, which is no time
of computing; its 600 ms to the first sound are those and the 350 here.

**Estimates** are of counted arithmetic, never measured: per run of a network the longest of multiply-adds at
{arithmetic:.0%} of the device's peak, weights read at {reading:.0%} of its bandwidth, and {start:g} us for each
operation that Python starts. They are of what runs on CUDA: one token of the LLM and of the voice LM and the flow's
steps are recorded as CUDA graphs, for which nothing is started; `all recorded` is for comparison, as if every network
were. Peaks: {devices}.
"""


def stage_rows(measured: Mapping[str, Any], counted: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """measured: name -> (seconds, ...) of the runs. counted: device -> stage -> ms."""
    names = {**measured, **dict.fromkeys(MINMO_MS)}
    rows = []
    for name in names:
        runs = sorted(1000 * s for s in measured.get(name) or ())
        middle = (runs[(len(runs) - 1) // 2] + runs[len(runs) // 2]) / 2 if runs else None
        rows.append({
            "stage": name, "MinMo ms": MINMO_MS.get(name), "measured ms": _round(middle),
            "slowest ms": _round(runs[-1] if runs else None), "runs": len(runs),
            **{f"{device} estimated ms": _round(stages.get(name)) for device, stages in counted.items()},
        })  # fmt: skip
    return rows


def target_rows(
    measured: Mapping[str, float | None], counted: Mapping[str, Mapping[str, Any]], device: str
) -> list[dict[str, Any]]:
    """measured: stage -> ms, or the real-time factor; None where it was not run."""
    rows = []
    for what, stage, most, unit in TARGETS:
        value = measured.get(stage)
        rows.append({
            "target": what, "at most": f"{most:g} {unit}".strip(), f"measured, {device}": _round(value),
            "met": None if value is None else "yes" if value <= most else "no",
            **{f"{name}, estimated": _round(stages.get(stage)) for name, stages in counted.items()},
        })  # fmt: skip
    return rows


def gap_rows(gaps: Mapping[str, Any]) -> list[dict[str, Any]]:
    """gaps: generator -> `Spent`."""
    return [{"generator": name, "longest between yields ms": _round(1000 * spent.longest), "yields": spent.yields,
             "own computing s": round(spent.own, 3)} for name, spent in gaps.items()]  # fmt: skip


def _round(value: float | None) -> float | None:
    if value is None:
        return None
    return round(value, 1 if value >= 10 else 3)


def markdown(found: Mapping[str, Any], notes: Mapping[str, Any]) -> str:
    """found: the report. notes: the numbers of NOTES."""
    done = found["answer"]
    parts: Sequence[tuple[str, str]] = (
        ("Targets", report.table(found["targets"])), ("Stages", report.table(found["stages"])),
        ("Networks", report.table(found["networks"])),
        ("A long answer", report.table([done]) + "\n" + report.table(found["gaps"])),
        ("Stopped at a random moment, until the device is idle", report.table([found["cancel"]])),
        ("Counted arithmetic", report.table(found["counts"])),
    )  # fmt: skip
    head = (f"# Latency of a spoken reply, networks with random weights\n\n{found['device']}; size {found['size']}, "
            f"LLM {found['llm']}, CosyVoice {found['voice']}; flow: {found['flow']}. {found['memory']['of']} at most: "
            f"{found['memory']['MB'] or '-'} MB. Times by the {found['clock']}'s clock; the process had "
            f"{found['share of the processors']:.0%} of its processors.\n")  # fmt: skip
    return head + "".join(f"\n## {title}\n\n{text}" for title, text in parts) + NOTES.format(**notes)
