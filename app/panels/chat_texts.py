"""What the catalogue's chat models are called, what they are good for, and their licences, in the user's language."""


# ruff: noqa: E501  Qt's tools find a text by this long name only; a table is better read in one line each

from PySide6.QtCore import QCoreApplication

from app.i18n.marking import QT_TRANSLATE_NOOP

# by their name in assets/models.toml
GOOD_FOR = {
    "qwen3-4b": ("Qwen3 4B", QT_TRANSLATE_NOOP("Chat", "knows and follows most; wants a fast computer")),
    "qwen3-1.7b": ("Qwen3 1.7B", QT_TRANSLATE_NOOP("Chat", "good for everyday questions, advice and short stories; often wrong about facts")),
    "qwen2.5-coder-1.5b": ("Qwen2.5 Coder 1.5B", QT_TRANSLATE_NOOP("Chat", "good for everyday questions and what follows from them; often wrong about facts")),
    "qwen3-0.6b": ("Qwen3 0.6B", QT_TRANSLATE_NOOP("Chat", "good for short answers on a small computer; often wrong")),
    "qwen2.5-coder-0.5b": ("Qwen2.5 Coder 0.5B", QT_TRANSLATE_NOOP("Chat", "good for a chat where memory is scarce; very often wrong")),
}  # fmt: skip
# data of assets/models.toml
CONDITIONS = (
    QT_TRANSLATE_NOOP("Licences", "free to use, change and share; keep the notices; no warranty"),
    QT_TRANSLATE_NOOP("Licences", "free to use, change and share; keep the notice; no warranty"),
)


def title(name: str) -> str:
    return GOOD_FOR[name][0]


def good_for(name: str) -> str:
    return QCoreApplication.translate("Chat", GOOD_FOR[name][1])


def conditions(text: str) -> str:
    return QCoreApplication.translate("Licences", text)
