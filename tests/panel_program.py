"""A program for panels under test: a window that nobody feeds, settings in a folder of the test's own."""

from pathlib import Path
from queue import SimpleQueue
from typing import Any

from app.desktop.program import Program
from app.panels.panels import Panels
from app.settings.choices import Choices
from app.settings.schema import Settings
from app.window.bridge import Bridge
from app.window.options import Options
from app.window.window import Window
from audio_io.device.portaudio import Listed, Table
from audio_io.frames import DEVICE_HZ
from audio_io.notices import Statement
from engine import messages as m

TABLE = Table((Listed(0, "Studio microphone", "ALSA", 1, 0, DEVICE_HZ), Listed(1, "Desk speakers", "ALSA", 0, 2,
              DEVICE_HZ), Listed(2, "Headset", "ALSA", 1, 2, DEVICE_HZ)), (("ALSA", 0, 1),))  # fmt: skip


class Desk:
    """`asked`: the commands that the panels have asked for. device: what `alone` lends."""

    def __init__(self, qtbot: Any, home: Path, settings: Settings | None = None, device: Any = None) -> None:
        self.asked: list[m.Command] = []
        self.told: list[Statement] = []
        self.forgot: list[str] = []
        self.arrived = 0                         # chat models
        self.device, self.home = device, home
        self.choices = Choices(settings or Settings(), self.told.append, {"PARLEY_HOME": str(home)})
        self.events: SimpleQueue[m.Event] = SimpleQueue()
        self.bridge = Bridge(self.events)
        self.window = Window(self.bridge, self.command, Options())
        qtbot.addWidget(self.window)
        program = Program(self.choices, self.command, self.alone, self.forgot.append, self.chat_arrives,
                          lambda: TABLE, self.sound, home / "settings.yaml", home)  # fmt: skip
        self.panels = Panels(program, self.window)

    def command(self, command: m.Command) -> None:
        self.asked.append(command)

    def chat_arrives(self) -> None:
        self.arrived += 1

    def alone(self, work: Any) -> Any:
        return work(self.device)

    def sound(self) -> dict[str, Any]:
        return {"works": True, "trouble": "", "notes": [], "echo": None, "hz": DEVICE_HZ, "input": "Studio microphone",
                "output": "Desk speakers", "latency_ms": [10.0, 20.0], "devices": [], "hosts": []}  # fmt: skip

    def tell(self, event: m.Event) -> None:
        self.events.put(event)
        self.bridge.drain()

    def quit(self) -> None:
        self.panels.close()
        for thread in list(self.panels.jobs.running.values()):
            thread.join()
        self.choices.close()
