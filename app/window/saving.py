"""Files are written beside the UI thread: a slow disk does not hold the window."""

import threading
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path

from app.window.export import FORMATS
from app.window.transcript import Turn
from audio_io.errors import Trouble, words_of
from audio_io.files import check_writable, write_whole
from audio_io.notices import state
from engine.messages import Event, Notice, Severity, Source
from engine.notices import Advice, NoticeCode


def save_transcript(turns: Sequence[Turn], path: Path, tell: Callable[[Event], None]) -> threading.Thread:
    """In the format of the name's end, txt where it has none of ours. `tell` hears how it went, on a thread."""
    form = FORMATS.get(path.suffix.lower().removeprefix("."), FORMATS["txt"])
    whole = form([copy(turn) for turn in turns])

    def write() -> None:
        try:
            check_writable(path.parent)
            write_whole(path, whole.encode())
        except (OSError, Trouble) as error:
            what = state(NoticeCode.FILE_NOT_SAVED, path=str(path), error=words_of(error))
            tell(Notice(0.0, (what,), Severity.ERROR, Source.WINDOW, Advice.OTHER_FOLDER))
            return
        tell(Notice(0.0, (state(NoticeCode.SAVED, path=str(path)),), source=Source.WINDOW))

    thread = threading.Thread(target=write, name="save", daemon=True)
    thread.start()
    return thread
