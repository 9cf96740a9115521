"""The window's small pictures, drawn here as strokes: sharp at every scale, in the colour of the text beside them."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import assets

# strokes in a square of 24 units; "!" begins a filled shape
DRAWN: dict[str, tuple[str, ...]] = {
    "mic": ("M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0z", "M5 11a7 7 0 0 0 14 0", "M12 18v3"),
    "mic off": ("M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0z", "M5 11a7 7 0 0 0 14 0", "M12 18v3", "M4 3l16 18"),
    "stop": ("!M7 7h10v10H7z",),
    "send": ("M5 12h13", "M12 6l6 6-6 6"),
    "search": ("M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z", "M15.5 15.5L20 20"),
    "copy": ("M9 9h10v11H9z", "M15 9V5H5v11h4"),
    "export": ("M12 15V4", "M8 8l4-4 4 4", "M5 14v6h14v-6"),
    "delete": ("M5 7h14", "M10 7V4h4v3", "M7 7l1 13h8l1-13", "M10.5 11v5", "M13.5 11v5"),
    "settings": ("M4 7h9", "M19 7h1", "M4 17h1", "M11 17h9", "M16 4.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5z",
                 "M8 14.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5z"),
    "compact": ("M4 9h16v6H4z", "M12 3v3", "M10 4.5l2 2 2-2", "M12 21v-3", "M10 19.5l2-2 2 2"),
    "expand": ("M14 4h6v6", "M20 4l-7 7", "M10 20H4v-6", "M4 20l7-7"),
    "menu": ("!M5 10.5h3v3H5z", "!M10.5 10.5h3v3h-3z", "!M16 10.5h3v3h-3z"),
    "close": ("M6 6l12 12", "M18 6L6 18"),
    "up": ("M6 15l6-6 6 6",),
    "down": ("M6 9l6 6 6-6",),
    "reset": ("M5 12a7 7 0 1 0 2.4-5.3", "M4 4v4h4"),
    "play": ("!M8 5l11 7-11 7z",),
    "clock": ("M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16z", "M12 8v4l3 2"),
}


def drawing(name: str, colour: QColor) -> bytes:
    """-> the picture as SVG."""
    ink = colour.name()
    paths = "".join(
        f'<path d="{way[1:]}" fill="{ink}"/>' if way.startswith("!") else
        f'<path d="{way}" fill="none" stroke="{ink}" stroke-width="1.8" stroke-linecap="round" '
        f'stroke-linejoin="round"/>' for way in DRAWN[name])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{paths}</svg>'.encode()


@lru_cache(maxsize=128)
def _pixmap(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        QSvgRenderer(QByteArray(drawing(name, QColor(colour)))).render(painter, QRectF(0, 0, side, side))
    return pixmap


def pixmap(name: str, colour: QColor, side: int, ratio: float = 1.0) -> QPixmap:
    """-> `side` logical pixels square, for a screen with `ratio` pixels to a logical one."""
    return _pixmap(name, colour.name(), side, ratio)


def program() -> QIcon:
    """-> the program's own icon, for windows and task bars; a size is read when it is first shown."""
    made = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        made.addFile(str(Path(assets.__path__[0], "icons", f"parley-{side}.png")))
    return made


def disc(colour: str, struck: bool = False, side: int = 64) -> QIcon:
    """-> the program's mark, two rings of voices, in the colour of a state; `struck`: it does not hear."""
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, alpha in ((0.48, 90), (0.30, 255)):
            shade = QColor(colour)
            shade.setAlpha(alpha)
            painter.setBrush(shade)
            painter.drawEllipse(QRectF(side * (0.5 - share), side * (0.5 - share), 2 * share * side, 2 * share * side))
        if struck:
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setColor(QColor("white"))
            pen.setWidth(side // 10)
            painter.setPen(pen)
            painter.drawLine(side // 4, side // 4, 3 * side // 4, 3 * side // 4)
    return QIcon(made)
