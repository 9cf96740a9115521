"""What `parley bench duplex` found, as Markdown to read and two plots."""

import io
from typing import Any

import numpy as np

from engine.bench.duplex import eot_curve
from engine.bench.duplex.minmo import THEIRS
from engine.bench.duplex.score import Data, Measured
from engine.bench.report import table

TASKS = ("end of turn", "interruption", "interruption, strict")
POLICIES = tuple(name for name, _, _ in eot_curve.POLICIES)


def markdown(found: dict[str, Any]) -> str:
    """found: as `engine.bench.duplex.score.bench_duplex` gives it, with "full duplex bench" or without."""
    systems: dict[str, dict[str, Any]] = found["systems"]
    parts = [
        "# Turn-taking\n\n"
        f"{found['files']} conversations, {found['hours']} h; predictor: {found['predictor']}; words from: "
        f"{found['words']}; thresholds picked on {found['thresholds picked on']}. Definitions: "
        "engine/bench/duplex/events.py, eot_curve.py, minmo.py, full_duplex.py.\n",
        _bad(found),
        "## Events\n\nFalse positives: at most one a negative; latencies with all look-ahead. *strict*: at most 5 % "
        "false positives instead of 10 %.\n\n" + table(_events(systems)),
        "## End-of-turn curve\n\nThe best of all policies (threshold, delay, time-out) within the limit; cutoffs in % "
        "of the pauses of 0.2-5 s, latencies are means over all ends. *Reply unheard*: scores stand still from where "
        "the other side begins, which in a recording gives the end away.\n\n" + table(_curves(found)),
    ]
    if found["VAD time-outs"]:
        parts.append("## VAD with every time-out\n\n" + table([
            {k: _percent(v) if k in ("pauses fired in", "recall", "false cutoffs") else v for k, v in row.items()}
            for row in found["VAD time-outs"]]))
    parts.append("## MinMo's tables\n\nFrames of 80 ms.\n\n" + table(_minmo(systems)))
    parts.append("## By kind of sound over the assistant\n\nShare taken for an interruption.\n\n"
                 + table(_kinds(systems)))  # fmt: skip
    for what in ("voice", "condition"):
        parts.append(f"## By {what}\n\n" + table(_groups(systems, what)))
    if found.get("full duplex bench"):
        parts.append(
            "## Full-Duplex-Bench v1, on whole conversations with the product in the simulated room\n\n"
            f"Predictor: {found['full duplex bench']['predictor']}. TOR: take-over rate; lower is better for pauses "
            "and back-channels, higher for the others.\n\n" + table(found["full duplex bench"]["rows"]))
    return "\n".join(part for part in parts if part)


def _bad(found: dict[str, Any]) -> str:
    lines = [*found["bad"], *([found["not measured"]] if found["not measured"] else [])]
    return "Left out:\n\n" + "".join(f"- {line}\n" for line in lines) if lines else ""


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.1f} %"


def _events(systems: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for task in TASKS:
        for name, system in systems.items():
            one = system[task]
            if one is None:
                rows.append({"task": task, "system": name, "remark": "no such events in the data"})
                continue
            rows.append({
                "task": task, "system": name, "events": one["events"], "recall": _percent(one["recall"]),
                "negatives": one["negatives"], "false positives": _percent(one["false positives"]),
                "p10 ms": one["p10 ms"], "p50 ms": one["p50 ms"], "p90 ms": one["p90 ms"],
                "threshold": str(one["threshold"]), "remark": one["remark"],
            })  # fmt: skip
    columns = ("task", "system", "events", "recall", "negatives", "false positives", "p10 ms", "p50 ms", "p90 ms",
               "threshold", "remark")  # fmt: skip
    return [{column: row.get(column) for column in columns} for row in rows]


def _points(name: str, points: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"system": name}
    for policy, (_, what, _) in zip(POLICIES, eot_curve.POLICIES, strict=True):
        one = (points or {}).get(policy)
        value = None if one is None else one["value"]
        row[policy] = _percent(value) if what == "cut" else None if value is None else f"{value:.0f} ms"
    return row


def _curves(found: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, system in found["systems"].items():
        counts = {"pauses": system["curve"]["holds"], "ends": system["curve"]["ends"]}
        rows.append(_points(name, system["curve"]) | counts)
        rows.append(_points(f"{name}, reply unheard", system["curve, reply unheard"]) | counts)
        if "curve, picked on dev" in system:
            held = system["curve, picked on dev"]
            row: dict[str, Any] = {"system": f"{name}, policy of the development set"}
            for policy in POLICIES:
                one = held[policy]
                row[policy] = None if one is None else f"{_percent(one['cutoffs'])} at {one['latency ms']} ms"
            rows.append(row | counts)
    rows.append(_points("VAD-only baseline (told where silence begins)", found["VAD-only baseline"]))
    return rows


def _minmo(systems: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    everyone: dict[str, dict[str, Any]] = {name: system["minmo"] for name, system in systems.items()}
    everyone["MinMo's own data"] = THEIRS
    for whose in ("assistant's turn", "user's turn"):
        for name, one in everyone.items():
            values = one[whose] or {}
            assert isinstance(values, dict)
            accuracy = _three(one["back-channel accuracy"]) if whose == "user's turn" else None
            rows.append({
                "turn-taking": whose, "system": name,
                **{k: _three(values.get(k)) for k in ("F1@1", "F1@5", "F1@10", "mean delay ms")},
                "back-channel accuracy": accuracy,
            })  # fmt: skip
    return rows


def _three(value: Any) -> Any:
    return f"{value:.3f}" if isinstance(value, float) else value


def _kinds(systems: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for name, system in systems.items():
        for one in system["by kind"]:
            row = rows.setdefault(one["kind"], {"kind": one["kind"], "n": one["n"]} | dict.fromkeys(systems))
            row[name] = _percent(one["taken for an interruption"])
    return list(rows.values())


def _groups(systems: dict[str, dict[str, Any]], what: str) -> list[dict[str, Any]]:
    rows = []
    for name, system in systems.items():
        for one in system[f"by {what}"]:
            end, start = one["end of turn"] or {}, one["interruption"] or {}
            row = {
                what: one[what], "system": name, "ends": end.get("events"), "recall": _percent(end.get("recall")),
                "pauses fired in": _percent(end.get("false positives")), "p50 ms": end.get("p50 ms"),
                "interruptions": start.get("events"), "found": _percent(start.get("recall")),
                "other sounds": start.get("negatives"), "taken for one": _percent(start.get("false positives")),
                "their p50 ms": start.get("p50 ms"),
            }  # fmt: skip
            points = _points(name, one["curve"])
            rows.append(row | {k: points[k] for k in POLICIES})
    return rows


def plots(data: Data, measured: dict[str, Measured]) -> dict[str, bytes]:
    """-> PNG by name: the end-of-turn curve, and recall against false positives."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, one in measured.items():
        latency, cut = eot_curve.frontier(one.curve)
        axes.plot(1000 * latency, 100 * cut, drawstyle="steps-post", label=name)
    latency, cut = eot_curve.frontier(eot_curve.vad_only(data.spans))
    axes.plot(1000 * latency, 100 * cut, "k:", drawstyle="steps-post", label="VAD-only baseline")
    for at in eot_curve.LATENCIES_S:
        axes.axvline(1000 * at, color="grey", linewidth=0.5)
    for share in eot_curve.CUTOFFS:
        axes.axhline(100 * share, color="grey", linewidth=0.5)
    axes.set(xlabel="mean latency, ms", ylabel="pauses cut off, %", xlim=(0, 2000), ylim=(0, 100), title="End of turn")
    axes.legend(fontsize=8)
    pictures = {"eot_curve": _png(figure)}

    figure = Figure(figsize=(10, 4.5), dpi=110)
    FigureCanvasAgg(figure)
    both = figure.subplots(1, 2)
    for panel, task in zip(both, ("ends", "starts"), strict=True):
        for name, one in measured.items():
            found = getattr(one, task)
            if found.golds and found.negatives:
                fired, recall = found.fired.mean(axis=1), np.isfinite(found.latency).mean(axis=1)
                panel.plot(100 * fired, 100 * recall, ".-", markersize=3, linewidth=0.8, label=name)
        panel.axvline(10, color="grey", linewidth=0.5)
        panel.set(xlabel="false positives, %", ylabel="recall, %", xlim=(0, 100), ylim=(0, 101),
                  title="End of turn" if task == "ends" else "Interruption")  # fmt: skip
        if panel.lines[:-1]:
            panel.legend(fontsize=8)
    return pictures | {"events": _png(figure)}


def _png(figure: Any) -> bytes:
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
