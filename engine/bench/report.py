"""What every bench hands over: numbers as JSON, the same as a Markdown table, and a plot."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.files import check_writable, write_whole


def quantiles(values: Sequence[float], digits: int = 0) -> dict[str, float | int | None]:
    """-> n, p50, p95 and max; None where there is nothing to count."""
    if not values:
        return {"n": 0, "p50": None, "p95": None, "max": None}
    x = np.asarray(values, float)
    found = {"p50": np.percentile(x, 50), "p95": np.percentile(x, 95), "max": x.max()}
    return {"n": len(x), **{k: round(float(v), digits) if digits else round(float(v)) for k, v in found.items()}}


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> str:
    """A Markdown table; the columns are the keys of the first row unless given."""
    if not rows:
        return "(nothing was measured)\n"
    columns = columns or list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(" --- " for _ in columns) + "|"]
    lines += ["| " + " | ".join(_cell(row.get(c)) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)


def write(out: Path, report: dict[str, Any], text: str, plots: dict[str, bytes] | None = None) -> None:
    """report.json, report.md and NAME.png into `out`. Raises Trouble."""
    check_writable(out)
    write_whole(out / "report.json", (json.dumps(report, indent=2) + "\n").encode())
    write_whole(out / "report.md", text.encode())
    for name, picture in (plots or {}).items():
        write_whole(out / f"{name}.png", picture)


def bars(title: str, groups: dict[str, dict[str, float]], unit: str) -> bytes:
    """-> PNG: for each group a stack of named parts, e.g. the stages of a latency."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.2 + 0.5 * max(1, len(groups))), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    names = list(groups)
    left = np.zeros(len(names))
    parts = list(dict.fromkeys(part for group in groups.values() for part in group))
    for part in parts:
        width = np.array([float(groups[n].get(part) or 0.0) for n in names])
        axes.barh(names, width, left=left, label=part)
        left += width
    axes.set(xlabel=unit, title=title)
    axes.legend(fontsize=7)
    axes.invert_yaxis()
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
