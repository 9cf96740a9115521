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

from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.bridge import PAINT_MS, Bridge
from app.options import Options
from app.window import Window
from engine.news import News

Script = list[tuple[float, str, dict[str, Any]]]

REPLY_3 = "Twelve times thirteen is one hundred and fifty six."
FIRST: Script = [
    (0.0, "ready", {}), (0.0, "mode", {"mode": "open", "muted": False}),
    (0.0, "status", {"text": "Studio microphone → Desk loudspeakers", "trouble": False}),
    (0.1, "echo", {"erle_db": 28.4, "delay_ms": 62.0}),
    (1.0, "user_start", {}), (2.9, "final", {"text": "what time is it in tokyo"}),
    (3.0, "tool", {"name": "time", "arguments": {"city": "Tokyo"}, "result": "22:41"}),
    (3.1, "reply_start", {"reply": 1}),
    (3.1, "reply_text", {"reply": 1, "text": "In Tokyo it is nineteen minutes to eleven in the evening."}),
    (3.2, "latency", {"wait_ms": 224.0, "listen_ms": 28.0, "think_ms": 9.0, "speak_ms": 64.0, "total_ms": 325.0}),
    (4.0, "duck", {"reply": 1}), (4.4, "unduck", {"reply": 1}),
    (6.9, "heard", {"reply": 1, "text": "In Tokyo it is nineteen minutes to eleven in the evening."}),
    (7.0, "reply_end", {"reply": 1}),
    (9.0, "user_start", {}), (10.2, "backchannel", {"text": "mm-hm"}),
    (11.5, "final", {"text": "tell me what you can do"}),
    (12.0, "reply_start", {"reply": 2}),
    (12.0, "reply_text", {"reply": 2, "text": "I can tell the time anywhere, keep timers and notes,"}),
    (12.0, "reply_text", {"reply": 2, "text": "do sums and convert units, and speak slower or faster."}),
    (14.8, "duck", {"reply": 2}),
    (15.2, "yield", {"reply": 2, "heard": "I can tell the time anywhere, keep"}),
    (15.2, "user_start", {}), (17.5, "final", {"text": "wait what is twelve times thirteen"}),
]
SPEECH = ((1.0, 2.6, 0), (3.1, 7.0, 1), (9.0, 11.3, 0), (12.0, 15.2, 1), (14.7, 17.2, 0))
TALKING: Script = [
    *FIRST, (17.8, "floor", {"state": "talking"}), (17.8, "reply_start", {"reply": 3}),
    (17.8, "reply_text", {"reply": 3, "text": REPLY_3}),
    (19.0, "heard", {"reply": 3, "text": "Twelve times thirteen is"}),
]
HEARING: Script = [
    *FIRST, (17.6, "mode", {"mode": "push", "muted": False}), (17.8, "reply_start", {"reply": 3}),
    (17.8, "reply_text", {"reply": 3, "text": REPLY_3}), (20.0, "heard", {"reply": 3, "text": REPLY_3}),
    (20.2, "reply_end", {"reply": 3}), (21.0, "user_start", {}), (22.0, "words", {"text": "and divided by"}),
    (22.0, "floor", {"state": "hearing"}),
]
TROUBLE: Script = [
    *FIRST, (18.0, "floor", {"state": "no_microphone"}), (18.0, "mode", {"mode": "open", "muted": True}),
    (18.0, "status", {"text": "The microphone is gone. Plug it in again; Parley takes it up by itself.",
                      "trouble": True}),
    (18.0, "error", {"what": "The voice did not start: eSpeak NG cannot be loaded.", "do": "Run `parley doctor`."}),
]
SCENES: dict[str, Script] = {
    "start": [], "quiet": [*FIRST, (18.0, "floor", {"state": "quiet"})],
    "thinking": [*FIRST, (18.0, "floor", {"state": "thinking"})], "talking": TALKING,
    "ducked": [*TALKING, (19.5, "duck", {"reply": 3})], "hearing": HEARING,
    "held": [*TALKING, (19.5, "yield", {"reply": 3, "heard": "Twelve times"}), (19.5, "floor", {"state": "held"})],
    "muted": [*FIRST, (18.0, "floor", {"state": "quiet"}), (18.0, "mode", {"mode": "open", "muted": True})],
    "trouble": TROUBLE,
}
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
        told.append((t, "level", {"mic": peaks[0], "speaker": peaks[1]}))
    return told


def settled(script: Script, size: tuple[int, int]) -> Window:
    """-> a window of that size that has been told the script."""
    news: SimpleQueue[News] = SimpleQueue()
    bridge = Bridge(news)
    window = Window(bridge, lambda verb, **arguments: None, Options(open_settings=lambda over: None))
    window.resize(*size)
    window.show()
    end = max((t for t, _, _ in script), default=0.0) + 0.5
    told = sorted([*script, *(levels(end) if script else [])], key=lambda item: item[0])
    for paint in range(int(end * 1000) // PAINT_MS + 1):     # so that the meters fall as they do in time
        while told and told[0][0] * 1000 <= paint * PAINT_MS:
            t, name, fields = told.pop(0)
            news.put(News(t or 0.001, name, fields))
        bridge.drain()
    QApplication.processEvents()
    return window


def save(widget: QWidget, file: Path) -> None:
    QApplication.processEvents()
    if not widget.grab().save(str(file)):
        raise SystemExit(f"{file}: cannot be written; choose another --out")


def paint(out: Path, scale: int) -> None:
    """All pictures of one scale."""
    application = QApplication([sys.argv[0], "-platform", "offscreen"])
    application.setStyle("Fusion")
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
                save(window.page.menu.menu(), out / f"menu-{light}-{scale}00.png")
            window.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("out") / "screenshots")
    parser.add_argument("--scale", type=int, choices=(1, 2), help="only this one, in this process")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.scale is not None:
        paint(out, arguments.scale)
        return 0
    for scale in (1, 2):
        subprocess.run([sys.executable, __file__, "--out", str(out), "--scale", str(scale)], check=True,
                       env=os.environ | {"QT_SCALE_FACTOR": str(scale)})  # fmt: skip
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
