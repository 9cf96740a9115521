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
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from audio_io.dsp.resample import Resampler
from audio_io.errors import Trouble, WrongUse
from audio_io.frames import VOICE_HZ
from audio_io.worker_messages import CancelSay, EspeakReady, Say, SayEnded, Spoken
from audio_io.worker_process import WorkerGone, WorkerProcess
from engine.messages import Chunk, Phrase, Style
from engine.tts.styles import controls, pace, with_preset
from engine.tts.text import ENDS_CLAUSE, Reading, as_spoken, reads_all
from engine.tts.voices import Preset, presets

STEP = VOICE_HZ // 25            # samples a chunk: 40 ms
LEAD_S = 0.005                   # kept before the first sound, so that it does not start with a click
QUIET = 2.0**-10                 # -60 dB of full scale: below it is silence
PAUSE_S = 0.22                   # after a sentence, at rate 1
SHORT_PAUSE_S = 0.16             # after a part of one
TAIL_S = 0.04                    # after the last phrase of a reply
KNEE = 0.8                       # the limiter leaves everything below alone
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


class Voice:
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
        reading = as_spoken(phrase.text, reads_all(language))
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


class Cutter:
    """One phrase's way from eSpeak's samples and marks to chunks of ours.

    Times are samples at eSpeak's rate from the beginning of the phrase, the silence before it included.
    """

    def __init__(self, reading: Reading, hz: int, gain: float) -> None:
        """hz: of the samples that come in. gain: linear, 1.0 leaves them as they are."""
        self.reading, self.hz, self.gain = reading, hz, gain
        self.lead = round(hz * LEAD_S)
        self.resampler = Resampler(hz, VOICE_HZ)
        self.held = np.zeros(0, np.float32)      # what has come and is not yet released
        self.base = 0                            # time of held[0]
        self.begin: int | None = None            # time of the first sample that is released, once it is known
        self.loud = 0                            # time at which the last sound so far ends
        self.mark, self.marked = 0, -1           # time and word of the last mark
        self.placed: list[tuple[float, str]] = []    # (time, word), not yet in a chunk
        self.ready = np.zeros(0, np.float32)     # at VOICE_HZ, not yet in a chunk
        self.cut = 0                             # samples already in chunks

    def take(self, pcm: np.ndarray, marks: Sequence[Sequence[int]]) -> Iterator[Chunk]:
        """pcm: [n] int16. marks: (time, character of the reading's text), times never going back."""
        for time, index in marks:
            self._place(max(time, self.mark), self.reading.word_at(index))
        self._hold(pcm.astype(np.float32) / 32768)
        self._release(min(self.mark, self.loud))
        while len(self.ready) > STEP:            # `finish` needs one to be the last
            yield self._chunk(STEP)

    def finish(self, silence_s: float, last: bool) -> Iterator[Chunk]:
        """The rest, then silence. At least one chunk if there is a word in it or `last` is to be told."""
        self._place(max(self.loud, self.mark), len(self.reading.words))
        self._release(self.loud)
        self.ready = np.concatenate([self.ready, self._level(self.resampler.flush())])
        if self.cut + len(self.ready):
            self.ready = np.pad(self.ready, (0, round(silence_s * VOICE_HZ)))
        elif self.placed:                        # a word that is not spoken still has a place in the reply
            self.ready = np.zeros(STEP // 2, np.float32)
        elif not last:
            return
        while len(self.ready) > STEP:
            yield self._chunk(STEP)
        yield self._chunk(len(self.ready), last, rest=True)

    def _place(self, time: int, word: int) -> None:
        """`word` begins at `time`, and so those between the last mark and it are somewhere between."""
        if word > self.marked:
            words, weights = self.reading.words, self.reading.weights
            so_far = weights[self.marked] if self.marked >= 0 else 0
            whole = max(1, so_far + sum(weights[self.marked + 1 : word]))
            for k in range(self.marked + 1, word):
                self.placed.append((self.mark + (time - self.mark) * so_far / whole, words[k]))
                so_far += weights[k]
            if word < len(words):
                self.placed.append((time, words[word]))
            self.marked = word
        self.mark = time

    def _hold(self, x: np.ndarray) -> None:
        """x: [n] float32, the next samples. What is silent before the first sound is forgotten."""
        sounds = np.flatnonzero(np.abs(x) > QUIET)
        arrived = self.base + len(self.held)
        self.held = np.concatenate([self.held, x])
        if len(sounds):
            self.loud = arrived + int(sounds[-1]) + 1
        if self.begin is None:
            first = arrived + (int(sounds[0]) if len(sounds) else len(x))
            keep_from = max(self.base, first - self.lead)
            self.held, self.base = self.held[keep_from - self.base :], keep_from
            if len(sounds):
                self.begin = keep_from

    def _release(self, until: int) -> None:
        n = until - self.base
        if n > 0:
            self.ready = np.concatenate([self.ready, self._level(self.resampler(self.held[:n]))])
            self.held, self.base = self.held[n:], until

    def _level(self, x: np.ndarray) -> np.ndarray:
        return limited(x * np.float32(self.gain))

    def _chunk(self, n: int, last: bool = False, rest: bool = False) -> Chunk:
        """The next n samples with the words that begin in them; `rest`: with all words that are left."""
        begin = self.begin or 0
        words: list[tuple[int, str]] = []
        while self.placed:
            time, word = self.placed[0]
            at = round((time - begin) * VOICE_HZ / self.hz) - self.cut
            if at >= n and not rest:
                break
            words.append((max(0, min(at, n - 1)), word))
            del self.placed[0]
        pcm, self.ready = self.ready[:n], self.ready[n:]
        self.cut += n
        return Chunk(pcm, tuple(words), last)


def pause_s(text: str, rate: float, last: bool) -> float:
    """How long to be silent after a phrase, in seconds: longer after a sentence, shorter when speaking fast."""
    if last:
        return TAIL_S
    ends_sentence = text.rstrip("\"')]”’»")[-1:] in set(ENDS_CLAUSE) - set(",;:")
    return (PAUSE_S if ends_sentence else SHORT_PAUSE_S) / max(0.5, min(rate, 2.5))


def limited(x: np.ndarray) -> np.ndarray:
    """x: [n] float32 -> the same below KNEE, bent towards 1.0 above it: loud, but never clipped."""
    over = np.abs(x) - np.float32(KNEE)
    if not (over > 0).any():
        return x
    bent = KNEE + (1 - KNEE) * np.tanh(np.maximum(over, 0) / (1 - KNEE))
    return np.where(over > 0, np.sign(x) * bent, x).astype(np.float32)
