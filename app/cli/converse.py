"""`parley converse`: a scripted conversation in the simulated room, written to a folder.

The outcome's files and events are version 1 of a format that other programs read: see `docs/formats.md`.
"""

import json
from pathlib import Path

import numpy as np

from app.cli import timeline
from app.settings.schema import Settings
from app.wiring import make_cast
from audio_io.files import check_writable, write_whole
from audio_io.frames import DEVICE_HZ, MIC_HZ
from audio_io.wav import write_wav
from engine.simulation.rehearsal import Outcome, rehearse, rehearse_live
from engine.simulation.scenario import Scenario


def converse(scenario: Scenario, settings: Settings, realtime: bool = False) -> Outcome:
    """Runs the scenario. `realtime`: on the wall clock with threads, counting the computing time really taken."""
    cast = make_cast(settings, scenario.profile)
    return rehearse_live(scenario, cast) if realtime else rehearse(scenario, cast)


def write(outcome: Outcome, folder: Path) -> None:
    """Writes the outcome's files into `folder`. Raises Trouble when one cannot be written."""
    check_writable(folder)
    lines = [json.dumps({"t": round(n.t, 4), "event": n.name, **n.fields}, ensure_ascii=False) for n in outcome.events]
    write_whole(folder / "events.jsonl", ("\n".join(lines) + "\n" if lines else "").encode())
    for name, hz in (("user", DEVICE_HZ), ("mic", DEVICE_HZ), ("clean", MIC_HZ), ("assistant", DEVICE_HZ)):
        write_wav(folder / f"{name}.wav", getattr(outcome, name), hz)
    write_wav(folder / "stereo.wav", np.stack([outcome.user, outcome.assistant], axis=1), DEVICE_HZ)
    timeline.draw(outcome, folder / "timeline.png")


def told(outcome: Outcome) -> list[str]:
    """The conversation as lines to read."""
    lines = []
    for n in outcome.news:
        f = n.fields
        match n.name:
            case "final":
                lines.append(f"{n.t:7.2f}  user       {f['text']}")
            case "reply_text":
                lines.append(f"{n.t:7.2f}  assistant  {f['text']}")
            case "backchannel":
                lines.append(f"{n.t:7.2f}  -- {f['text']}")
            case "yield" | "resume" | "duck" | "unduck" | "heard_nothing" | "reply_end" | "error":
                rest = " ".join(f"{k}: {v}" for k, v in f.items() if k != "reply")
                lines.append(f"{n.t:7.2f}  -- {n.name.replace('_', ' ')} {rest}".rstrip())
    return lines
