"""What panels may ask of the running program besides the commands of a conversation. Imports no Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.cli.findings import Sound
from app.settings.choices import Choices
from audio_io.worker_messages import Table
from engine.messages import Command

if TYPE_CHECKING:                # what it imports would delay the window
    from audio_io.device.contract import Device


T = TypeVar("T")


class Alone(Protocol):
    def __call__(self, work: "Callable[[Device], T]", /) -> T: ...


@dataclass(frozen=True)
class Program:
    """choices: the user's settings. command: as for the window; returns at once.

    alone(work): the conversation pauses, `work(device)` has the device for itself, the conversation goes on; waits,
    so never on the UI thread. -> what `work` gives.
    forget(kind): "notes" or "timers": the running assistant no longer knows of them, and writes them no more; waits.
    chat_arrived(): a chat model has come to this machine; it joins the conversation that is running. Returns at once.
    devices: what is plugged in; waits. sound: names, rate and latency of the devices in use.
    settings_file, home: where the user's file and Parley's own folder are.
    """

    choices: Choices
    command: Callable[[Command], None]
    alone: "Alone"
    forget: Callable[[str], None]
    chat_arrived: Callable[[], None]
    devices: Callable[[], Table]
    sound: Callable[[], Sound]
    settings_file: Path
    home: Path
