"""The program's icon in every size and format that a desktop asks for, painted from assets/icons/parley.svg.

    python scripts/make_icons.py

Writes parley-16.png .. parley-512.png, parley.ico (Windows) and parley.icns (macOS) beside it. Both containers hold
the same PNGs: ICO since Windows Vista, ICNS since Mac OS X 10.7.
"""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent.parent / "assets" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
OF_ICO = (16, 24, 32, 48, 64, 128, 256)
OF_ICNS = ((b"icp4", 16), (b"icp5", 32), (b"icp6", 64), (b"ic07", 128), (b"ic08", 256), (b"ic09", 512))


def painted(drawing: QSvgRenderer, side: int) -> bytes:
    """-> the drawing as PNG, `side` pixels square, on nothing."""
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.render(painter, QRectF(0, 0, side, side))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise RuntimeError(f"Qt cannot write a PNG of {side} pixels")
    return bytes(data.data())


def ico(pictures: list[tuple[int, bytes]]) -> bytes:
    """pictures: (side in pixels, at most 256, PNG)."""
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    begin = len(head) + 16 * len(pictures)
    for side, png in pictures:
        head += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(png), begin + len(body))
        body += png
    return head + body


def icns(pictures: list[tuple[bytes, bytes]]) -> bytes:
    """pictures: (type of four letters, PNG)."""
    body = b"".join(name + struct.pack(">I", 8 + len(png)) + png for name, png in pictures)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> int:
    drawing = QSvgRenderer(str(FOLDER / "parley.svg"))
    if not drawing.isValid():
        print(f"{FOLDER / 'parley.svg'} is not a drawing that Qt can read", file=sys.stderr)
        return 1
    pictures = {side: painted(drawing, side) for side in SIZES}
    for side, png in pictures.items():
        (FOLDER / f"parley-{side}.png").write_bytes(png)
    (FOLDER / "parley.ico").write_bytes(ico([(side, pictures[side]) for side in OF_ICO]))
    (FOLDER / "parley.icns").write_bytes(icns([(name, pictures[side]) for name, side in OF_ICNS]))
    print(f"{len(SIZES)} PNGs, parley.ico and parley.icns are in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
