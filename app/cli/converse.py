"""`parley converse`: a scripted conversation in the simulated room, written to a folder.

The outcome's files and events are version 1 of a format that other programs read: see `docs/formats.md`.
"""

import json
from pathlib import Path

import numpy as np

from app.cli import timeline
from app.cli.event_lines import stable
from app.settings.schema import Settings
from app.wiring import make_cast
from audio_io.files import check_writable, write_whole
from audio_io.frames import DEVICE_HZ, MIC_HZ
from audio_io.notices import line
from audio_io.wav import write_wav
from engine.messages import (
    BackChannelGiven,
    Ducked,
    FinalWords,
    HeardNothing,
    Notice,
    ReplyEnded,
    ReplyText,
    Resumed,
    Severity,
    Unducked,
    Yielded,
)
from engine.simulation.rehearsal import Outcome, rehearse, rehearse_live
from engine.simulation.scenario import Scenario


def converse(scenario: Scenario, settings: Settings, realtime: bool = False) -> Outcome:
    """Runs the scenario. `realtime`: on the wall clock with threads, counting the computing time really taken."""
    cast = make_cast(settings, scenario.profile)
    return rehearse_live(scenario, cast) if realtime else rehearse(scenario, cast)


def write(outcome: Outcome, folder: Path) -> None:
    """Writes the outcome's files into `folder`. Raises Trouble when one cannot be written."""
    check_writable(folder)
    lines = [json.dumps(told, ensure_ascii=False) for event in outcome.events if (told := stable(event)) is not None]
    write_whole(folder / "events.jsonl", ("\n".join(lines) + "\n" if lines else "").encode())
    for name, hz in (("user", DEVICE_HZ), ("mic", DEVICE_HZ), ("clean", MIC_HZ), ("assistant", DEVICE_HZ)):
        write_wav(folder / f"{name}.wav", getattr(outcome, name), hz)
    write_wav(folder / "stereo.wav", np.stack([outcome.user, outcome.assistant], axis=1), DEVICE_HZ)
    timeline.draw(outcome, folder / "timeline.png")


def told(outcome: Outcome) -> list[str]:
    """The conversation as lines to read."""
    lines = []
    for event in outcome.events:
        at = f"{event.t:7.2f}  "
        match event:
            case FinalWords(text=text):
                lines.append(f"{at}user       {text}")
            case ReplyText(text=text):
                lines.append(f"{at}assistant  {text}")
            case BackChannelGiven(text=text):
                lines.append(f"{at}-- {text}")
            case Yielded(heard=heard):
                lines.append(f"{at}-- yield heard: {heard}".rstrip())
            case Resumed():
                lines.append(f"{at}-- resume")
            case Ducked():
                lines.append(f"{at}-- duck")
            case Unducked():
                lines.append(f"{at}-- unduck")
            case HeardNothing():
                lines.append(f"{at}-- heard nothing")
            case ReplyEnded():
                lines.append(f"{at}-- reply end")
            case Notice(what=what, do=do, severity=Severity.ERROR):
                lines.append(f"{at}-- error what: {line(what)}{f' do: {do.value}' if do else ''}")
    return lines
