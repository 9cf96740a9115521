"""Files are written beside the UI thread: a slow disk does not hold the window."""

import threading
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path

from app.window.export import FORMATS
from app.window.transcript import Turn
from audio_io.errors import Trouble
from audio_io.files import check_writable, write_whole
from engine.runtime.news import News


def save_transcript(turns: Sequence[Turn], path: Path, tell: Callable[[News], None]) -> threading.Thread:
    """In the format of the name's end, txt where it has none of ours. `tell` gets news of how it went, on a thread."""
    form = FORMATS.get(path.suffix.lower().removeprefix("."), FORMATS["txt"])
    whole = form([copy(turn) for turn in turns])

    def write() -> None:
        try:
            check_writable(path.parent)
            write_whole(path, whole.encode())
        except (OSError, Trouble) as error:
            tell(News(0.0, "error", {"what": f"{path} was not saved: {error}.", "do": "Choose another folder."}))
            return
        tell(News(0.0, "status", {"text": f"Saved: {path}", "trouble": False, "source": "window"}))

    thread = threading.Thread(target=write, name="save", daemon=True)
    thread.start()
    return thread
