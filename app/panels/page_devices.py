"""The page of the devices: which microphone and loudspeaker, how loud they are now, and how they get on together."""


from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.panels.echo_panel import EchoPanel
from app.panels.host import PanelHost
from app.panels.pages import Page, beside, heading, lines, say
from app.panels.rows import ChoiceRow
from app.window.buttons import SoftButton
from app.window.theme import ME, YOU
from app.window.widgets import LevelMeter
from audio_io.worker_messages import Table


class DevicesPage(Page):
    """Its meters live while it is shown."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__("devices", panels.program.choices)
        self.panels, self.shown = panels, False
        self.mic_meter, self.speaker_meter = LevelMeter(self.tr("Microphone"), YOU), LevelMeter(self.tr("Speaker"), ME)
        meters = QWidget()
        row = QHBoxLayout(meters)
        row.setContentsMargins(0, 0, 0, 10)
        row.setSpacing(16)
        row.addWidget(self.mic_meter)
        row.addWidget(self.speaker_meter)
        self.column.insertWidget(1, meters)
        self.trouble = lines()
        self.again = SoftButton(self.tr("Look for devices again"), self.tr("After plugging something in"))
        self.again.clicked.connect(self.look)
        self.add(self.trouble)
        self.add(beside(self.again))
        self.add(heading(self.tr("Loudspeakers and echo")))
        self.echo = EchoPanel(panels.program, panels.jobs)
        self.echo.levels.connect(self.show_levels)
        self.add(self.echo, "Test my speakers and echo")
        first = SoftButton(self.tr("Show the first run again"), self.tr("Welcome, microphone, echo, first words"))
        first.clicked.connect(panels.welcome)
        holder = beside(first)
        holder.setFocusProxy(first)
        self.add(holder, "Show the first run again")
        self.finish()
        panels.window.bridge.level.connect(lambda mic, speaker: self.show_levels(mic, speaker) if self.shown else None)
        panels.window.bridge.painted.connect(self._tick)

    def entered(self) -> None:
        self.shown = True
        self.look()

    def left(self) -> None:
        self.shown = False
        if self.echo.cancel is not None:
            self.echo.cancel.set()

    def show_levels(self, mic: float, speaker: float) -> None:
        self.mic_meter.show_peak(mic)
        self.speaker_meter.show_peak(speaker)

    def _tick(self) -> None:
        if self.shown:
            self.mic_meter.tick()
            self.speaker_meter.tick()

    def look(self) -> None:
        """What is plugged in now."""
        self.again.setEnabled(False)
        if not self.panels.jobs.start("devices", lambda say: self.panels.program.devices(), self._found):
            self.again.setEnabled(True)

    def _found(self, table: Table | None, line: str) -> None:
        self.again.setEnabled(True)
        say(self.trouble, line)
        if table is None:
            return
        for name, able in (("audio.input", table.inputs), ("audio.output", table.outputs)):
            row = self.rows[name]
            assert isinstance(row, ChoiceRow)
            names = list(dict.fromkeys(device.full_name for device in able))
            pairs = [("", self.tr("The system's default")), *((one, one) for one in names)]
            wish = str(self.panels.program.choices.get(name))
            if wish and wish not in names:
                meant = [one for one in names if wish.lower() in one.lower()]
                pairs.append((wish, meant[0] if meant else self.tr("{name} (not there now)").format(name=wish)))
            row.offer(pairs)
