"""Pictures of the window in every light, size and scale it is seen in: `make screenshots`.

No display is needed: Qt's offscreen platform paints. The news goes the way it goes in a conversation. A scale is a
property of a whole process, so each one is painted by a process of its own.
"""

import argparse
import os
import subprocess
import sys
from math import sin
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QLocale, QPoint
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.program import Program
from app.i18n.languages import speak_system_language
from app.panels.echo_test import EchoResult
from app.panels.first_run import STEPS
from app.panels.panels import Panels
from app.panels.stored_files import Kept
from app.settings.choices import Choices
from app.settings.declaration import PAGES
from app.settings.schema import BrainSettings, Settings, TurnSettings
from app.window import theme
from app.window.bridge import PAINT_MS, Bridge
from app.window.options import Options
from app.window.window import Window
from audio_io.frames import DEVICE_HZ
from audio_io.notices import DeviceCode, state
from audio_io.worker_messages import Listed, Table
from engine import messages as m
from engine.notices import Advice, NoticeCode

Script = list[m.Event]

REPLY_3 = "Twelve times thirteen is one hundred and fifty six."
FIRST: Script = [
    m.Ready(0.0), m.ModeChanged(0.0, push=False, muted=False),
    m.Notice(0.0, (state(NoticeCode.DEVICES_IN_USE, input="Studio microphone", output="Desk loudspeakers"),)),
    m.EchoRemoved(0.1, 28.4, 62.0),
    m.UserStarted(1.0), m.FinalWords(2.9, "what time is it in tokyo"),
    m.ToolUsed(3.0, "time", {"city": "Tokyo"}, "22:41"),
    m.ReplyStarted(3.1, 1),
    m.ReplyText(3.1, 1, "In Tokyo it is nineteen minutes to eleven in the evening."),
    m.Latency(3.2, wait_ms=224.0, listen_ms=28.0, think_ms=9.0, speak_ms=64.0, total_ms=325.0),
    m.Ducked(4.0, 1), m.Unducked(4.4, 1),
    m.ReplyHeard(6.9, 1, "In Tokyo it is nineteen minutes to eleven in the evening."),
    m.ReplyEnded(7.0, 1),
    m.UserStarted(9.0), m.BackChannelGiven(10.2, "mm-hm"),
    m.FinalWords(11.5, "tell me what you can do"),
    m.ReplyStarted(12.0, 2),
    m.ReplyText(12.0, 2, "I can tell the time anywhere, keep timers and notes,"),
    m.ReplyText(12.0, 2, "do sums and convert units, and speak slower or faster."),
    m.Ducked(14.8, 2),
    m.Yielded(15.2, 2, "I can tell the time anywhere, keep"),
    m.UserStarted(15.2), m.FinalWords(17.5, "wait what is twelve times thirteen"),
]
SPEECH = ((1.0, 2.6, 0), (3.1, 7.0, 1), (9.0, 11.3, 0), (12.0, 15.2, 1), (14.7, 17.2, 0))
TALKING: Script = [
    *FIRST, m.FloorChanged(17.8, m.FloorState.TALKING), m.ReplyStarted(17.8, 3),
    m.ReplyText(17.8, 3, REPLY_3),
    m.ReplyHeard(19.0, 3, "Twelve times thirteen is"),
]
HEARING: Script = [
    *FIRST, m.ModeChanged(17.6, push=True, muted=False), m.ReplyStarted(17.8, 3),
    m.ReplyText(17.8, 3, REPLY_3), m.ReplyHeard(20.0, 3, REPLY_3),
    m.ReplyEnded(20.2, 3), m.UserStarted(21.0), m.WordsSoFar(22.0, "and divided by"),
    m.FloorChanged(22.0, m.FloorState.HEARING),
]
TROUBLE: Script = [
    *FIRST, m.FloorChanged(18.0, m.FloorState.QUIET), m.ModeChanged(18.0, push=False, muted=True),
    m.Notice(18.0, (state(DeviceCode.LOST, trouble="Studio microphone: no sound for 1 s"),), m.Severity.TROUBLE),
    m.Notice(18.0, (state(NoticeCode.TROUBLE, trouble="The voice did not start: eSpeak NG cannot be loaded."),),
             m.Severity.ERROR, m.Source.ENGINE, Advice.MEND_OR_CHOOSE),
]
SCENES: dict[str, Script] = {
    "start": [], "quiet": [*FIRST, m.FloorChanged(18.0, m.FloorState.QUIET)],
    "thinking": [*FIRST, m.FloorChanged(18.0, m.FloorState.THINKING)], "talking": TALKING,
    "ducked": [*TALKING, m.Ducked(19.5, 3)], "hearing": HEARING,
    "held": [*TALKING, m.Yielded(19.5, 3, "Twelve times"), m.FloorChanged(19.5, m.FloorState.HELD)],
    "muted": [*FIRST, m.FloorChanged(18.0, m.FloorState.QUIET), m.ModeChanged(18.0, push=False, muted=True)],
    "trouble": TROUBLE,
}
TABLE = Table((Listed(0, "Studio microphone", "ALSA", 1, 0, DEVICE_HZ), Listed(1, "Desk loudspeakers", "ALSA", 0, 2,
              DEVICE_HZ)), (("ALSA", 0, 1),))  # fmt: skip
LICENCES = {"apache": ("Apache License 2.0", "keep the notice", False),
            "own": ("FunASR Model License", "name the model and its makers", True)}


def model(size: int, licence: str, whole: bool = False) -> dict[str, Any]:
    name, conditions, accept = LICENCES[licence]
    return {"whole": whole, "to_download": 0 if whole else size, "licence": {
        "id": licence, "name": name, "conditions": conditions, "url": "https://example.org/licence",
        "to_accept": accept, "accepted": whole}}  # fmt: skip


FOUND: dict[str, Any] = {
    "folder": "/home/you/.local/share/parley/models", "trouble": "",
    "profiles": [{"name": "server", "on": "gpu", "besides": "", "roles": {"thinks": ["Qwen/Qwen3-0.6B"]}},
                 {"name": "workstation", "on": "gpu", "besides": "", "roles": {
                     "hears": ["FunAudioLLM/SenseVoiceSmall"], "thinks": ["Qwen/Qwen3-8B"]}}],
    "models": {"Qwen/Qwen3-0.6B": model(1_500_000_000, "apache", True),
               "FunAudioLLM/SenseVoiceSmall": model(940_000_000, "own"),
               "Qwen/Qwen3-8B": model(16_400_000_000, "apache")},
    "fits": {"server": {"models": ["Qwen/Qwen3-0.6B"], "needs": 3_100_000_000, "free": 11_000_000_000,
                        "width": "bf16", "missing": []},
             "workstation": {"models": ["FunAudioLLM/SenseVoiceSmall", "Qwen/Qwen3-8B"], "needs": 10_500_000_000,
                             "free": 11_800_000_000, "width": "8-bit", "missing": []}},
}  # fmt: skip
APACHE = {"name": "Apache License 2.0", "conditions": "free to use, change and share; keep the notices; no warranty",
          "url": "https://www.apache.org/licenses/LICENSE-2.0"}
CHAT: dict[str, Any] = {
    "memory": 16_700_000_000, "cores": 4,
    "models": [{"name": "qwen3-1.7b", "bytes": 1_107_409_472, "memory": 1_900_000_000, "here": False,
                "licence": APACHE},
               {"name": "qwen2.5-coder-1.5b", "bytes": 1_117_320_768, "memory": 1_900_000_000, "here": False,
                "licence": APACHE}],
    "servers": [{"name": "Ollama", "url": "http://127.0.0.1:11434/v1", "models": ["llama3.2:3b", "qwen3:8b"]}],
}  # fmt: skip
SIZES = {"560x780": (560, 780), "380x640": (380, 640), "1400x900": (1400, 900), "380x460": (380, 460),
         "380x92": (380, 92), "300x92": (300, 92)}


def levels(until: float) -> Script:
    """-> ten levels a second: two voices that rise and fall as speech does."""
    told: Script = []
    for i in range(int(until * 10)):
        t = i / 10
        peaks = [0.0015 + 0.001 * sin(7 * t), 0.0]
        for begin, end, lane in (*SPEECH, (17.8, 20.0, 1), (21.0, 23.0, 0)):
            if begin <= t <= end:
                peaks[lane] = 0.04 + 0.35 * abs(sin(5.1 * t) * sin(1.7 * t + lane))
        told.append(m.Level(t, peaks[0], peaks[1]))
    return told


def settled(script: Script, size: tuple[int, int]) -> Window:
    """-> a window of that size that has been told the script."""
    events: SimpleQueue[m.Event] = SimpleQueue()
    bridge = Bridge(events)
    window = Window(bridge, lambda command: None, Options(open_settings=lambda over: None))
    window.resize(*size)
    window.show()
    end = max((event.t for event in script), default=0.0) + 0.5
    told = sorted([*script, *(levels(end) if script else [])], key=lambda event: event.t)
    for paint in range(int(end * 1000) // PAINT_MS + 1):     # so that the meters fall as they do in time
        while told and told[0].t * 1000 <= paint * PAINT_MS:
            events.put(told.pop(0))
        bridge.drain()
    QApplication.processEvents()
    return window


def save(widget: QWidget, file: Path) -> None:
    QApplication.processEvents()
    if not widget.grab().save(str(file)):
        raise SystemExit(f"{file}: cannot be written; choose another --out")


def paint(out: Path, scale: int, language: str) -> None:
    """All pictures of one scale."""
    application = QApplication([sys.argv[0], "-platform", "offscreen"])
    application.setStyle("Fusion")
    if not speak_system_language(application, QLocale(language)) and language != "en":
        raise SystemExit(f"--language {language}: there is no translation; `make translations` makes one")
    for light in ("light", "dark"):
        theme.wear(application, light == "dark")
        wanted = [(name, "560x780") for name in SCENES]
        wanted += [(name, size) for size in SIZES for name in ("hearing", "trouble")]
        for name, size in dict.fromkeys(wanted):
            window = settled(SCENES[name], SIZES[size])
            save(window, out / f"{name}-{size}-{light}-{scale}00.png")
            if (name, size) == ("hearing", "560x780"):
                window.page.latency.click()
                window.page.search.open()
                window.page.search.line.setText("t")
                save(window, out / f"search-{size}-{light}-{scale}00.png")
                save(window.help(), out / f"help-{light}-{scale}00.png")
                menu = window.page.menu.menu()
                menu.popup(QPoint())             # its width is known when it is shown
                save(menu, out / f"menu-{light}-{scale}00.png")
                menu.hide()
            window.close()
        Stage().paint(out, f"{light}-{scale}00")


class Stage:
    """The panels over a window, with a program that answers at once what they ask on other threads."""

    def __init__(self) -> None:
        self.window = settled(SCENES["quiet"], SIZES["560x780"])
        home = Path("/home/you/.local/share/parley")
        program = Program(Choices(Settings()), lambda command: None, lambda work: None, lambda kind: None,
                          lambda: None, lambda: TABLE, dict, Path("/home/you/.config/parley/settings.yaml"),
                          home)  # fmt: skip
        self.panels = Panels(program, self.window)
        self.panels.jobs.start = lambda *_, **__: True       # type: ignore[method-assign]
        self.panels.program.choices.now = Settings(turns=TurnSettings(patience=0.7), brain=BrainSettings(
            server="http://localhost:8000/v1"))  # fmt: skip

    def fill(self, name: str, page: Any) -> None:
        """What would arrive from the other threads."""
        if name == "devices":
            page._found(TABLE, "")
            page.show_levels(0.2, 0.05)
            page.echo.show_result(EchoResult(27.6, 62.0, -11.0, -66.0, 2.0, True), "kalman")
        elif name == "voice":
            page._found([("en-us", ""), ("calm", "A man's voice, American, unhurried")], "")
        elif name == "models":
            page.chat.show_found(CHAT, "")
            page.view.show_found(FOUND, "")
        elif name == "server":
            page._done({"model": "qwen3-8b", "said": "Hello, my friend!"}, "")
        elif name == "privacy":
            home = Path("/home/you/.local/share/parley")
            page._found([Kept("notes", home / "notes", (home,), 512), Kept("recordings", home / "recordings", (), 0),
                         Kept("traces", home / "traces", (home,) * 4, 8_400_000),
                         Kept("models", home / "models", (home,) * 12, 4_200_000_000)], "")  # fmt: skip
        elif name == "diagnostics":
            page._done("Parley 0.1.0\n\nSystem      Linux 6.8, Python 3.11.9, 8 CPU cores\nSound       works", "")

    def paint(self, out: Path, end: str) -> None:
        """Every page of the settings, what a search finds, and every step of the first run."""
        panel = self.panels.open()
        for width in (380, 860, 1400):
            panel.resize(width, 680)
            for name in PAGES:
                panel.show_page(name)
                self.fill(name, panel.page)
                save(panel, out / f"settings-{name}-{width}-{end}.png")
            panel.line.setText("echo")
            save(panel, out / f"settings-search-{width}-{end}.png")
            panel.line.clear()
        run = self.panels.welcome()
        run.echo.show_result(EchoResult(6.0, 410.0, 4.0, -60.0, 22.0, True), "kalman")
        run.models.show_found(CHAT, "")
        for width in (380, 560):
            run.resize(width, 560)
            for i, name in enumerate(STEPS):
                run.go(i)
                run.meter.show_peak(0.2)
                save(run, out / f"first-run-{i + 1}-{name}-{width}-{end}.png")
        self.panels.close()
        self.window.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("out") / "screenshots")
    parser.add_argument("--scale", type=int, choices=(1, 2), help="only this one, in this process")
    parser.add_argument("--language", default="en", help="of the texts, as de; default: en")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.scale is not None:
        paint(out, arguments.scale, arguments.language)
        return 0
    for scale in (1, 2):
        subprocess.run([sys.executable, __file__, "--out", str(out), "--scale", str(scale), "--language",
                        arguments.language], check=True, env=os.environ | {"QT_SCALE_FACTOR": str(scale)})  # fmt: skip
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
