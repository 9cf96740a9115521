"""The default voice: hibari, natural English at 24 kHz, on one core at about a hundredth of the time it speaks.

Runs on the speak stage's own thread: onnxruntime and scipy's FFT let other threads go on, and between two yields lie
at most one clause through the network or 300 ms of its sound (docs/log.md has the figures).

What one recorded voice cannot do is not pretended: rate, pitch, melody, loudness, brightness and breath are moved as
`engine.tts.styles` says, so that emotions and manners differ in what can be measured; it has no other person's timbre,
no laughter, no dialects. Other voices and languages are eSpeak NG's, which is started when the first is asked for.
"""

import threading
from collections.abc import Generator, Mapping
from contextlib import closing, suppress

import numpy as np

from audio_io.errors import Trouble
from audio_io.frames import VOICE_HZ
from engine.messages import Chunk, Phrase, Style
from engine.tts import hibari_model
from engine.tts.cutter import Cutter, pause_s
from engine.tts.espeak import EspeakVoice
from engine.tts.hibari_model import HibariModel
from engine.tts.source_filter import BLOCK, HOP, Colour, render
from engine.tts.styles import pace, prosody, with_preset
from engine.tts.text import as_spoken
from engine.tts.voices import Preset, presets

FIRST = 70                       # phonemes of the first clause at most: about 4 s of sound, 20 ms of work
LONGEST = 160                    # of any other
GAIN = 1.8                       # its own sound is 5 dB quieter than eSpeak NG's
BEFORE_S = 0.03                  # of the silence before a later clause that is kept; the pause is the clause's before
INT16 = np.float32(32768)        # the cutter's range


class Hibari:
    """Speaks phrases. `work` is for one thread (the stage's); `voices` and `stop` may be called from any."""

    def __init__(self, presets_: Mapping[str, Preset] | None = None) -> None:
        """presets_: None for those that Parley ships. Begins to read the network in a thread of its own.

        Raises NotHere where the package is missing or is not the known one.
        """
        hibari_model.checked()
        self.presets = presets() if presets_ is None else presets_
        self._lock = threading.Lock()
        self._espeak: EspeakVoice | None = None
        self._stopped = False
        self._reader = threading.Thread(target=_read, name="hibari", daemon=True)
        self._reader.start()

    def work(self, phrase: Phrase) -> Generator[Chunk | None, None, None]:
        """-> chunks of at most 50 ms, or None: still at work. Closing the generator ends the synthesis.

        Raises NotHere and Trouble where the package cannot be read, and as eSpeak NG's voice for that one's voices.
        """
        preset = self.presets.get(phrase.style.voice.strip().lower())
        if preset is None or not preset.hibari:
            with closing(self._others().work(phrase)) as chunks:
                yield from chunks
            return
        self._reader.join()
        yield from speak(hibari_model.shared(), phrase, with_preset(phrase.style, preset.style))

    def voices(self) -> list[str]:
        """Names for `Style.voice`: presets, then eSpeak NG's languages and variants."""
        return self._others().voices()

    def stop(self) -> None:
        """Ends eSpeak NG's process, if it runs. A `work` that uses it raises WorkerGone."""
        with self._lock:
            self._stopped = True
            if self._espeak is not None:
                self._espeak.stop()
        self._reader.join()

    def _others(self) -> EspeakVoice:
        with self._lock:
            if self._espeak is None:
                self._espeak = EspeakVoice(self.presets)
                if self._stopped:
                    self._espeak.stop()
            return self._espeak


def _read() -> None:
    """What goes wrong is said by `work`, which asks again."""
    with suppress(Trouble):
        hibari_model.shared()


def speak(model: HibariModel, phrase: Phrase, style: Style) -> Generator[Chunk | None, None, None]:
    """style: the phrase's, a preset's part in it."""
    reading = as_spoken(phrase.text, english=True)
    look = prosody(style)
    colour = Colour(style.pitch * look.pitch, look.melody, look.tilt, look.breath)
    cutter = Cutter(reading, VOICE_HZ, GAIN * style.volume * look.volume)
    at = 0                                               # samples of the phrase so far
    for clause in model.clauses(reading.text, FIRST, LONGEST):
        yield None
        predicted = model.predict(clause, style.rate * look.rate)
        yield None
        skip = max(0, predicted.begin - round(BEFORE_S * VOICE_HZ)) if at else 0
        marks = [(at + time - skip, char) for time, char in predicted.marks]
        drop = skip
        for k, block in enumerate(render(predicted.spectra, colour)):
            sound = block[drop:]
            drop -= len(block) - len(sound)
            here = (k + 1) * BLOCK * HOP - skip + at
            due = [mark for mark in marks if mark[0] < here]
            marks = marks[len(due) :]
            yield from cutter.take(sound * INT16, due)
            yield None
            at += len(sound)
    yield from cutter.finish(pause_s(reading.text, pace(style), phrase.last), phrase.last)
