"""Recordings of the conversation, which outlive the program if the user wants it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from queue import Empty, Full, Queue

import numpy as np
import soundfile

from audio_io.ears import Heard
from audio_io.errors import Trouble, words_of
from audio_io.files import check_writable
from audio_io.frames import MIC_HZ
from audio_io.notices import state
from audio_io.worker import Worker
from engine.messages import Event, Notice, Severity
from engine.notices import NoticeCode

DEPTH = 512                      # hops that the disk may be behind: 16 s


class Recorder:
    """Keeps the conversation as a FLAC file while it goes on: left the cleaned microphone, right the loudspeaker.

    A full disk ends the recording with one line, not the conversation.
    """

    def __init__(self, folder: Path, tell: Callable[[Event], None]) -> None:
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
            self.tell(Notice(0.0, (state(NoticeCode.RECORDING, path=str(path)),)))
        self.file.write(np.stack([heard.clean, heard.ref], axis=1))
        return True

    def _failed(self, thread: str, error: BaseException) -> None:
        what = state(NoticeCode.RECORDING_STOPPED, error=words_of(error))
        self.tell(Notice(0.0, (what,), Severity.TROUBLE))
