"""How a text is marked for translation where there is no Qt: Qt's own tools find it in the source by this name."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """The text as it is; it is translated where it is shown."""
    return text
