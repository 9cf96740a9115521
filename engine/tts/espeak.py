"""The embedded voice: eSpeak NG, as a stream of short chunks with the words in them.

eSpeak NG is licensed under the GNU General Public License, version 3 or later. It runs in a process of its own
(`engine/tts/espeak_child.py`), as a program that Parley starts and talks to; nothing of it is loaded here.

Words: eSpeak tells at which sample a word begins, but says nothing of the second of two that it runs together
("of the") and several times of one that it reads in parts ("12.50"). So sound is held back until the next mark is
known (it is made about a thousand times faster than it is played), and words without a mark share the time
between their neighbours, by their letters.

The same phrase is the same bytes, whatever was said before: see `engine/tts/espeak_child.py`. That is also why a
phrase can be taken up at the chunk at which the program died.
"""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from audio_io.errors import Trouble, WrongUse
from audio_io.worker_messages import CancelSay, EspeakReady, Say, SayEnded, Spoken
from audio_io.worker_process import WorkerGone, WorkerProcess
from engine.messages import Chunk, Phrase, Style
from engine.tts.cutter import Cutter, pause_s
from engine.tts.styles import controls, pace, with_preset
from engine.tts.text import Reading, as_spoken, reads_all
from engine.tts.voices import Preset, presets

SHOWN = 3                        # voices named when the wanted one does not exist


class Catalogue:
    """Which voices there are: presets, eSpeak's languages, each also with a variant (`en-us+f3`)."""

    def __init__(
        self, presets: Mapping[str, Preset], voices: Sequence[tuple[str, str, str]], variants: Sequence[str]
    ) -> None:
        """voices: (language code, name, eSpeak's key)."""
        self.presets = presets
        self.codes = sorted({language for language, _, _ in voices})
        by_name = {name.lower(): (language, key) for language, name, key in voices}
        self.voices = by_name | {language.lower(): (language, key) for language, _, key in voices}
        self.variants = {name.lower(): name for name in variants}

    def names(self) -> list[str]:
        """Presets, then every language, then the variants of the default voice."""
        return [*self.presets, *self.codes, *(f"{Style().voice}+{v}" for v in self.variants.values())]

    def resolve(self, style: Style) -> tuple[Style, str]:
        """-> the style with eSpeak's key for the voice and the preset's part in it, and the voice's language.

        Raises WrongUse.
        """
        wanted = style.voice.strip()
        if preset := self.presets.get(wanted.lower()):
            style = with_preset(style, preset.style)
            wanted = preset.style.voice
        base, plus, variant = wanted.partition("+")
        if base.lower() not in self.voices or (plus and variant.lower() not in self.variants):
            raise WrongUse(
                f"voice {style.voice[:60]!r}: there is no such voice here; the nearest are {self._nearest(wanted)}"
            )
        language, key = self.voices[base.lower()]
        return replace(style, voice=key + (f"+{self.variants[variant.lower()]}" if plus else "")), language

    def _nearest(self, wanted: str) -> str:
        base, _, variant = wanted.lower()[:60].partition("+")
        if base in self.voices:
            near = [f"{base}+{self.variants[v]}" for v in get_close_matches(variant, self.variants, SHOWN, 0.0)]
        else:
            near = get_close_matches(base, [*self.presets, *self.codes], SHOWN, 0.0)
        return ", ".join(near)


class EspeakVoice:
    """Speaks phrases. `work` is for one thread (the stage's); `voices` and `stop` may be called from any.

    Starting takes about 0.2 s, in another process: make one early, and the first phrase does not wait for it.
    """

    def __init__(self, presets_: Mapping[str, Preset] | None = None) -> None:
        """presets_: None for those that Parley ships."""
        self.presets = presets() if presets_ is None else presets_
        self.worker = WorkerProcess("engine.tts.espeak_child", "the voice")
        self._request = 0                        # of the phrase being spoken; all that is said of it carries the number
        self._first = threading.Lock()           # the first message belongs to whoever asks first
        self._catalogue: Catalogue | None = None
        self._hz = 0

    def work(self, phrase: Phrase) -> Generator[Chunk, None, None]:
        """-> chunks of at most 50 ms. Closing the generator ends the synthesis.

        Raises WrongUse for an unknown voice, NotHere where there is no eSpeak NG, Trouble where it refuses the
        phrase, WorkerGone when it died twice.
        """
        style, language = self._greeted().resolve(phrase.style)
        reading = as_spoken(phrase.text, reads_all(language), language.split("-")[0] == "en")
        given = 0
        for life in (1, 2):
            try:
                with closing(self._speak(reading, style, phrase.last)) as chunks:
                    for k, chunk in enumerate(chunks):
                        if k == given:           # the first life may have given some already
                            given += 1
                            yield chunk
                return
            except WorkerGone:
                if life == 2:
                    raise
                self.worker.restart()

    def voices(self) -> list[str]:
        """Names for `Style.voice`. Waits for eSpeak NG to have started; raises as `work` does."""
        return self._greeted().names()

    def stop(self) -> None:
        """Ends the process. A `work` that is still going on raises WorkerGone."""
        self.worker.stop()

    def _greeted(self) -> Catalogue:
        with self._first:
            if self._catalogue is None:
                try:
                    ready = self.worker.want(EspeakReady)
                except WorkerGone:
                    self.worker.restart()
                    ready = self.worker.want(EspeakReady)
                assert ready is not None
                self._hz = ready.hz
                self._catalogue = Catalogue(self.presets, ready.voices, ready.variants)
            return self._catalogue

    def _speak(self, reading: Reading, style: Style, last: bool) -> Generator[Chunk, None, None]:
        """One try at a phrase."""
        told = controls(style)
        cutter = Cutter(reading, self._hz, told.gain)
        if not reading.text:
            yield from cutter.finish(0.0, last)
            return
        self._request = request = self._request + 1
        ended = False
        try:
            self.worker.send(Say(request, reading.text, told.voice, told.rate, told.pitch, told.range, told.gap))
            while not ended:
                match self.worker.receive():     # what is of another phrase: nobody wanted the rest of it any more
                    case SayEnded(id, how, why) if id == request:
                        ended = True
                        if how != "done":
                            raise Trouble(f"voice {style.voice}: {why}; choose another voice")
                    case Spoken(id, pcm, marks) if id == request:
                        yield from cutter.take(np.frombuffer(pcm, "<i2"), marks)
        finally:
            if not ended:
                with suppress(WorkerGone):       # then it is silent as well, and the next phrase starts a new one
                    self.worker.send(CancelSay(request))
        yield from cutter.finish(pause_s(reading.text, pace(style), last), last)
