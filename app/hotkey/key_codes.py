"""Which keys can be had from anywhere, and what each system calls them. Qt's names of them are the user's."""

from dataclasses import dataclass

from PySide6.QtCore import Qt

Key, Modifier = Qt.Key, Qt.KeyboardModifier
# Carbon's virtual key codes, kVK_...; those of letters and digits are places on the keyboard, named as on a US one
MAC_PLACES = {
    "A": 0x00, "B": 0x0B, "C": 0x08, "D": 0x02, "E": 0x0E, "F": 0x03, "G": 0x05, "H": 0x04, "I": 0x22, "J": 0x26,
    "K": 0x28, "L": 0x25, "M": 0x2E, "N": 0x2D, "O": 0x1F, "P": 0x23, "Q": 0x0C, "R": 0x0F, "S": 0x01, "T": 0x11,
    "U": 0x20, "V": 0x09, "W": 0x0D, "X": 0x07, "Y": 0x10, "Z": 0x06,
    "0": 0x1D, "1": 0x12, "2": 0x13, "3": 0x14, "4": 0x15, "5": 0x17, "6": 0x16, "7": 0x1A, "8": 0x1C, "9": 0x19,
}  # fmt: skip
MAC_F = (0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D, 0x67, 0x6F, 0x69, 0x6B, 0x71, 0x6A, 0x40, 0x4F,
         0x50, 0x5A)             # F1 to F20; a Mac has no more


@dataclass(frozen=True)
class Codes:
    """keysym: X11's; virtual: Windows'; mac: Carbon's, None where a Mac has no such key; name: XKB's, for portals."""

    keysym: int
    virtual: int
    mac: int | None
    name: str


SPECIAL = {
    Key.Key_Space: Codes(0x20, 0x20, 0x31, "space"), Key.Key_Pause: Codes(0xFF13, 0x13, MAC_F[14], "Pause"),
    Key.Key_ScrollLock: Codes(0xFF14, 0x91, MAC_F[13], "Scroll_Lock"),      # a Mac takes both for F15 and F14
    Key.Key_Insert: Codes(0xFF63, 0x2D, 0x72, "Insert"), Key.Key_Home: Codes(0xFF50, 0x24, 0x73, "Home"),
    Key.Key_End: Codes(0xFF57, 0x23, 0x77, "End"), Key.Key_PageUp: Codes(0xFF55, 0x21, 0x74, "Page_Up"),
    Key.Key_PageDown: Codes(0xFF56, 0x22, 0x79, "Page_Down"),
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What a modifier of Qt's is: a bit of X11's, Windows' and Carbon's masks, and a word of the portal's."""

    qt: Qt.KeyboardModifier
    x11: int
    windows: int
    mac: int
    name: str


# on a Mac Qt calls the Command key Control and the Control key Meta
MODIFIERS = (Held(Modifier.ControlModifier, 4, 2, 0x100, "CTRL"), Held(Modifier.AltModifier, 8, 1, 0x800, "ALT"),
             Held(Modifier.ShiftModifier, 1, 4, 0x200, "SHIFT"), Held(Modifier.MetaModifier, 64, 8, 0x1000, "LOGO"))


def codes(key: Qt.Key) -> Codes | None:
    """-> None for a key that cannot be taken. Letters and digits are the same to X11, Windows and Qt."""
    if Key.Key_F1 <= key <= Key.Key_F24:
        n = key - Key.Key_F1
        return Codes(0xFFBE + n, 0x70 + n, MAC_F[n] if n < len(MAC_F) else None, f"F{n + 1}")
    if Key.Key_A <= key <= Key.Key_Z:
        return Codes(int(key) + 32, int(key), MAC_PLACES[chr(key)], chr(key).lower())
    if Key.Key_0 <= key <= Key.Key_9:
        return Codes(int(key), int(key), MAC_PLACES[chr(key)], chr(key))
    return SPECIAL.get(key)


def held(modifiers: Qt.KeyboardModifier) -> list[Held]:
    return [one for one in MODIFIERS if modifiers & one.qt]


def trigger(key: Codes, modifiers: list[Held]) -> str:
    """-> as freedesktop.org's shortcuts specification writes it: "CTRL+ALT+space"."""
    return "+".join([*(one.name for one in modifiers), key.name])
