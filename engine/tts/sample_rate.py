"""A synthesiser's chunks at the device's rate, with the words where they belong."""

from collections.abc import Generator
from contextlib import closing

import numpy as np

from audio_io.dsp.resample import Resampler
from audio_io.frames import VOICE_HZ
from engine.messages import Chunk, Phrase
from engine.workers.stage import Speak


def at_rate(speak: Speak, hz: int) -> Speak:
    """-> the same work with every Chunk resampled from VOICE_HZ to `hz`. A phrase is resampled as one stream."""

    def work(phrase: Phrase) -> Generator[Chunk | None, None, None]:
        resample = Resampler(VOICE_HZ, hz)
        words: list[tuple[int, str]] = []        # positions in the phrase at `hz`, not yet given out
        read = wrote = 0

        def out(pcm: np.ndarray, last: bool, all_words: bool) -> Chunk:
            nonlocal wrote, words
            end = wrote + len(pcm)
            due = [(at, w) for at, w in words if all_words or at < end]
            words = words[len(due) :]
            chunk = Chunk(pcm, tuple((max(0, at - wrote), w) for at, w in due), last)
            wrote = end
            return chunk

        last = False
        with closing(speak(phrase)) as chunks:
            for chunk in chunks:
                if chunk is None:                # still at work
                    yield None
                    continue
                words += [((read + at) * hz // VOICE_HZ, word) for at, word in chunk.words]
                read += len(chunk.pcm)
                last = last or chunk.last
                yield out(resample(chunk.pcm), False, False)
        yield out(resample.flush(), last, True)

    return work
