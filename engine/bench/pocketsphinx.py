"""PocketSphinx as a peer of `bench asr`: its own acoustic and language model, as they come with it."""

from collections.abc import Generator
from typing import Any

import numpy as np

from audio_io.errors import NotHere
from engine.messages import Audio, Begin, End, Words


class Sphinx:
    """A recogniser in the bench's own thread. Raises NotHere where the package is not installed."""

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise NotHere("bench asr --peers needs PocketSphinx: pip install 'parley[bench]'") from error
        self.decoder: Any = Decoder(loglevel="FATAL")

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        match body:
            case Begin(since, pcm):
                self.decoder.start_stream()      # forgets the noise that was estimated before
                self.decoder.start_utt()
                yield from self._hear(since, pcm)
            case Audio(since, pcm):
                yield from self._hear(since, pcm)
            case End(since):
                self.decoder.end_utt()
                yield Words(since, self._text(), True)

    def stop(self) -> None:
        """There is nothing to end."""

    def _hear(self, since: int, pcm: np.ndarray) -> Generator[Words, None, None]:
        self.decoder.process_raw((np.clip(pcm, -1, 1) * 32767).astype("<i2").tobytes())
        yield Words(since, self._text())

    def _text(self) -> str:
        found = self.decoder.hyp()
        return " ".join(w for w in found.hypstr.split() if w[0] not in "<[") if found else ""
