"""Pictures of the window in every light it is seen in: `python scripts/screenshots.py [--out out]`.

No display is needed: Qt's offscreen platform paints. The news goes the way it goes in a conversation.
"""

import argparse
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge
from app.window import Window
from engine.news import News

Script = list[tuple[str, dict[str, Any]]]

FIRST: Script = [
    ("ready", {}), ("mode", {"mode": "open", "muted": False}),
    ("status", {"text": "Studio microphone, Desk loudspeakers, 48 kHz", "trouble": False}),
    ("echo", {"erle_db": 28.4, "delay_ms": 62.0}),
    ("user_start", {}), ("final", {"text": "what time is it in tokyo"}),
    ("tool", {"name": "time", "arguments": {"city": "Tokyo"}, "result": "22:41"}),
    ("reply_text", {"reply": 1, "text": "In Tokyo it is nineteen minutes to eleven in the evening."}),
    ("reply_start", {"reply": 1}),
    ("heard", {"reply": 1, "text": "In Tokyo it is nineteen minutes to eleven in the evening."}),
    ("reply_end", {"reply": 1}),
    ("latency", {"wait_ms": 224.0, "listen_ms": 28.0, "think_ms": 9.0, "speak_ms": 64.0, "total_ms": 325.0}),
    ("user_start", {}), ("final", {"text": "tell me what you can do"}),
    ("reply_text", {"reply": 2, "text": "I can tell the time anywhere, keep timers and notes,"}),
    ("reply_text", {"reply": 2, "text": "do sums and convert units, and speak slower or faster."}),
    ("reply_start", {"reply": 2}),
    ("yield", {"reply": 2, "heard": "I can tell the time anywhere, keep"}),
    ("user_start", {}), ("final", {"text": "wait what is twelve times thirteen"}),
]
TALKING: Script = [
    *FIRST,
    ("reply_text", {"reply": 3, "text": "Twelve times thirteen is one hundred and fifty six."}),
    ("reply_start", {"reply": 3}), ("heard", {"reply": 3, "text": "Twelve times thirteen is"}),
    ("floor", {"state": "talking"}), ("level", {"mic": 0.01, "speaker": 0.4}),
]
HEARING: Script = [
    *FIRST, ("mode", {"mode": "push", "muted": False}),
    ("reply_start", {"reply": 3}),
    ("reply_text", {"reply": 3, "text": "Twelve times thirteen is one hundred and fifty six."}),
    ("heard", {"reply": 3, "text": "Twelve times thirteen is one hundred and fifty six."}),
    ("reply_end", {"reply": 3}),
    ("user_start", {}), ("words", {"text": "and divided by"}),
    ("floor", {"state": "hearing"}), ("level", {"mic": 0.3, "speaker": 0.0}),
]
TROUBLE: Script = [
    *FIRST, ("floor", {"state": "no_microphone"}), ("mode", {"mode": "open", "muted": True}),
    ("status", {"text": "The microphone is gone. Plug it in again; Parley takes it up by itself.", "trouble": True}),
    ("error", {"what": "The voice did not start: eSpeak NG cannot be loaded.", "do": "Run `parley doctor`."}),
]
SCENES: dict[str, Script] = {"start": [], "thinking": [*FIRST, ("floor", {"state": "thinking"})],
                             "talking": TALKING, "hearing": HEARING, "trouble": TROUBLE}


def picture(script: Script, width: int, height: int, file: Path) -> None:
    """Plays the script into a window of the given size and saves what it shows."""
    news: SimpleQueue[News] = SimpleQueue()
    bridge = Bridge(news)
    window = Window(bridge, lambda verb, **arguments: None)
    window.resize(width, height)
    window.show()
    for name, fields in script:
        news.put(News(0.0, name, fields))
    bridge.drain()
    QApplication.processEvents()
    if not window.grab().save(str(file)):
        raise SystemExit(f"{file}: cannot be written; choose another --out")
    window.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("out"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    application = QApplication([sys.argv[0], "-platform", "offscreen"])
    for light, colour in (("light", "#f2f2f2"), ("dark", "#2c2e33")):
        palette = QPalette(QColor(colour))                       # Qt derives all others from it
        if light == "dark":
            palette.setColor(QPalette.ColorRole.Base, QColor("#1e2024"))     # which would be black
        application.setPalette(palette)
        for name, script in SCENES.items():
            picture(script, 560, 740, out / f"window-{name}-{light}.png")
        for width, height in ((380, 640), (1400, 900)):
            picture(HEARING, width, height, out / f"window-{width}-{light}.png")
    print(f"{len(list(out.glob('window-*.png')))} pictures in {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
