"""Events for tests that are about how they are shown."""

from audio_io.notices import state
from engine.messages import Notice, Severity, Source
from engine.notices import Advice, NoticeCode


def status(text: str, trouble: bool = False, source: Source = Source.DEVICE, t: float = 0.0) -> Notice:
    """Other people's words, as an error of a library."""
    severity = Severity.TROUBLE if trouble else Severity.INFO
    return Notice(t, (state(NoticeCode.TROUBLE, trouble=text),), severity, source)


def error(text: str, do: Advice | None = None, t: float = 0.0) -> Notice:
    return Notice(t, (state(NoticeCode.TROUBLE, trouble=text),), Severity.ERROR, Source.ENGINE, do)
