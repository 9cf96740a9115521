"""The picture of a conversation: two lanes of sound, and marks for who did what when."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_io.files import write_whole
from audio_io.frames import DEVICE_HZ
from engine.messages import (
    BackChannelGiven,
    Ducked,
    Event,
    FinalWords,
    HeardNothing,
    Notice,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    Resumed,
    Severity,
    Unducked,
    UserEnded,
    UserStarted,
    Yielded,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from engine.simulation.rehearsal import Outcome

MARKS: dict[type[Event], tuple[str, int, str]] = {               # label, lane (0 user, 1 assistant), colour
    UserStarted: ("user", 0, "#2c7fb8"), UserEnded: ("user", 0, "#2c7fb8"),
    HeardNothing: ("heard nothing", 0, "#888888"), ReplyStarted: ("reply", 1, "#31a354"),
    ReplyEnded: ("reply", 1, "#31a354"), Ducked: ("duck", 1, "#e6a000"), Unducked: ("unduck", 1, "#e6a000"),
    Yielded: ("yield", 1, "#d7301f"), Resumed: ("resume", 1, "#756bb1"),
    BackChannelGiven: ("backchannel", 1, "#31a354"), Notice: ("error", 1, "#d7301f"),
}  # fmt: skip
EXPLAINED = (Yielded, Resumed, HeardNothing, Notice)
LANE = -2.6                      # from one lane to the next
POINTS = 4000                    # of a lane's outline, however long the conversation


def outline(pcm: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """pcm [n] -> lowest and highest sample of each of at most `points` stretches."""
    if len(pcm) == 0:
        return np.zeros(1), np.zeros(1)
    size = max(1, -(-len(pcm) // points))
    padded = np.pad(pcm, (0, -len(pcm) % size)).reshape(-1, size)
    return padded.min(axis=1), padded.max(axis=1)


def draw(outcome: "Outcome", path: Path) -> None:
    """Writes a PNG. The same outcome gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    seconds = max(1.0, outcome.seconds)
    figure = Figure(figsize=(min(60.0, max(10.0, seconds * 0.5)), 3.8), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 1)
    for lane, pcm, colour in ((0, outcome.user, "#2c7fb8"), (1, outcome.assistant, "#31a354")):
        low, high = outline(pcm)
        peak = max(1e-3, float(np.abs(pcm).max(initial=0)))
        t = np.linspace(0, len(pcm) / DEVICE_HZ, len(low))
        axes.fill_between(t, LANE * lane + low / peak, LANE * lane + high / peak, color=colour, alpha=0.75, lw=0)
    _marks(axes, outcome)
    _texts(axes, outcome)
    axes.set(xlim=(0, seconds), ylim=(LANE - 2.3, 2.4), yticks=[0, LANE], yticklabels=["user", "assistant"],
             xlabel="microphone time in seconds")  # fmt: skip
    axes.grid(axis="x", alpha=0.25)
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    write_whole(path, picture.getvalue())


def _marks(axes: "Axes", outcome: "Outcome") -> None:
    """A line for every mark; words only for what is worth explaining, the legend has the rest."""
    named: dict[str, str] = {}
    for n in outcome.events:
        if type(n) not in MARKS or (isinstance(n, Notice) and n.severity is not Severity.ERROR):
            continue
        label, lane, colour = MARKS[type(n)]
        axes.plot([n.t, n.t], [LANE * lane - 1.1, LANE * lane + 1.1], color=colour, lw=1.2,
                  label=None if label in named else label)  # fmt: skip
        named[label] = colour
        if isinstance(n, EXPLAINED):
            axes.annotate(label, (n.t, LANE * lane + 1.15), fontsize=7, color=colour, ha="right")
    if named:
        axes.legend(loc="upper right", ncols=len(named), fontsize=7, frameon=False)


def _texts(axes: "Axes", outcome: "Outcome") -> None:
    """What the user was understood to say, above; the first phrase of each reply, below, in turn on two lines."""
    for final in outcome.of(FinalWords):
        axes.annotate(final.text, (final.t, 1.35), fontsize=7, ha="right")
    texts: dict[int, list[str]] = {}
    for phrase in outcome.of(ReplyText):
        texts.setdefault(phrase.reply, []).append(phrase.text)
    for start in outcome.of(ReplyStarted):
        first, *more = texts.get(start.reply, [""])
        axes.annotate(first + (" ..." if more else ""), (start.t, LANE - 1.55 - 0.4 * (start.reply % 2)), fontsize=7)
