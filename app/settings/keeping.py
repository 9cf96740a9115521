"""What outlives the program, if the user wants it: notes, and recordings."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from queue import Empty, Full, Queue

import numpy as np
import soundfile

from audio_io.ears import Heard
from audio_io.errors import Trouble
from audio_io.files import check_writable, why, write_whole
from audio_io.frames import MIC_HZ
from audio_io.worker import Worker
from engine.runtime.news import News

DEPTH = 512                      # hops that the disk may be behind: 16 s


class NotesFile:
    """A text file, one note a line. It is written whole at every change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> list[str]:
        """Raises Trouble when there is a file that cannot be read: it is not to be overwritten."""
        try:
            return [line for line in self.path.read_text(encoding="utf-8").splitlines() if line]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Trouble(f"{self.path}: cannot be read: {why(error)}; mend it or set notes_dir") from error
        except UnicodeDecodeError as error:
            raise Trouble(f"{self.path}: is not a text file; move it away or set notes_dir") from error

    def save(self, notes: list[str]) -> None:
        """Raises Trouble; then the file is what it was."""
        check_writable(self.path.parent)
        write_whole(self.path, "".join(f"{note}\n" for note in notes).encode())


class Recorder:
    """Keeps the conversation as a FLAC file while it goes on: left the cleaned microphone, right the loudspeaker.

    A full disk ends the recording with one line, not the conversation.
    """

    def __init__(self, folder: Path, tell: Callable[[News], None]) -> None:
        self.folder, self.tell = folder, tell
        self.queue: Queue[Heard] = Queue(DEPTH)
        self.lost = 0                            # hops that the disk was too slow for
        self.file: soundfile.SoundFile | None = None
        self._worker = Worker("recorder", self._write, self._failed)
        self._worker.start()

    def hear(self, heard: Heard) -> None:
        """On the ears thread: never waits."""
        try:
            self.queue.put_nowait(heard)
        except Full:
            self.lost += 1

    def close(self) -> None:
        """Writes what is left."""
        self._worker.stop()
        try:
            while self._worker.error is None and self._write():
                continue
        except (OSError, Trouble) as error:
            self._failed("recorder", error)
        if self.file is not None:
            self.file.close()

    def _write(self) -> bool:
        try:
            heard = self.queue.get_nowait()
        except Empty:
            return False
        if self.file is None:
            check_writable(self.folder)
            path = self.folder / f"{datetime.now():%Y-%m-%d_%H-%M-%S}.flac"
            self.file = soundfile.SoundFile(path, "w", MIC_HZ, 2, "PCM_16")
            self.tell(News(0.0, "status", {"text": f"recording to {path}", "trouble": False}))
        self.file.write(np.stack([heard.clean, heard.ref], axis=1))
        return True

    def _failed(self, thread: str, error: BaseException) -> None:
        self.tell(News(0.0, "status", {"text": f"recording stopped: {error}", "trouble": True}))
