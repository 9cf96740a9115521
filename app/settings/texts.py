"""What the settings panel can find besides settings, and texts in the user's language."""

from PySide6.QtCore import QCoreApplication

from app.i18n.marking import QT_TRANSLATE_NOOP

# ruff: noqa: E501  Qt's tools find a text by this long name only; a table is better read in one line each

# what else can be found: page, what it is called, by which words
EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("devices", QT_TRANSLATE_NOOP("Settings", "Test my speakers and echo"), QT_TRANSLATE_NOOP("Settings", "echo test wizard delay headphones")),
    ("devices", QT_TRANSLATE_NOOP("Settings", "Show the first run again"), QT_TRANSLATE_NOOP("Settings", "welcome introduction tutorial")),
    ("voice", QT_TRANSLATE_NOOP("Settings", "Listen to the voice"), QT_TRANSLATE_NOOP("Settings", "preview try hear example")),
    ("models", QT_TRANSLATE_NOOP("Settings", "Download models"), QT_TRANSLATE_NOOP("Settings", "pull licence disk gigabytes")),
    ("server", QT_TRANSLATE_NOOP("Settings", "Test the server"), QT_TRANSLATE_NOOP("Settings", "connection answer")),
    ("privacy", QT_TRANSLATE_NOOP("Settings", "What is stored, and delete all"), QT_TRANSLATE_NOOP("Settings", "delete erase forget data files recordings")),
    ("diagnostics", QT_TRANSLATE_NOOP("Settings", "Copy what a bug report needs"), QT_TRANSLATE_NOOP("Settings", "bug report doctor log problem help")),
    ("diagnostics", QT_TRANSLATE_NOOP("Settings", "Save the last minute"), QT_TRANSLATE_NOOP("Settings", "trace bug report record 60 seconds")),
    ("models", QT_TRANSLATE_NOOP("Settings", "Get a chat model"), QT_TRANSLATE_NOOP("Settings", "language model llm talk think brain persona download ollama llama.cpp lm studio")),
)


def told(text: str) -> str:
    """In the user's language."""
    return QCoreApplication.translate("Settings", text) if text else ""
