"""The `laptop` profile's voice: Pocket-TTS on a CPU, as a stream of short chunks with the words in them.

The first chunk leaves when the first frame (80 ms) is made; closing the generator ends the computing within a frame.
Words are placed by proportion (`engine.local.marks`): the model does not tell where they are.

What of a style is done: the rate by WSOLA, the pitch within a quarter (`engine.local.stretch`), the volume by a gain
below a limiter; of an emotion and a manner the rate and the volume, as for eSpeak. The model itself takes no
instruction, so melody, whisper, robot and dialects are left out.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

import numpy as np

from audio_io.errors import NotHere
from audio_io.frames import VOICE_HZ
from audio_io.resample import Resampler
from engine.local.marks import PACE, TOKEN, Marks
from engine.local.pocket_model import Pocket, Speaker
from engine.local.stretch import Shaped
from engine.parts import Chunk, Phrase, Style
from engine.presets import Preset, Recording, presets
from engine.speak import limited
from engine.spoken import ENDS_CLAUSE, Reading, as_spoken
from engine.styles import pace, prosody, with_preset

STEP = VOICE_HZ // 25            # samples a chunk: 40 ms
MOST_TOKENS = 50                 # spoken at once: what the model was published for
KEPT = 4                         # voices whose beginning stays in memory (6 MB each, for 10 s of prompt)
SHOWN = 3                        # voices named when the wanted one does not exist


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a phrase that is spoken at once. words: (word as written, tokens of it)."""

    text: str
    words: tuple[tuple[str, int], ...]


class PocketVoice:
    """Speaks phrases. `work` is for one thread (the stage's); `voices` and `stop` may be called from any."""

    def __init__(
        self, model: Pocket, presets_: Mapping[str, Preset] | None = None, told: Callable[[str], None] = lambda _: None,
        seed: int = 0,
    ) -> None:  # fmt: skip
        """presets_: None for those that Parley ships. told: gets a line for the user. seed: the same sound every time.

        Raises NotHere for a model without voices of its own, where no preset has a recording either.
        """
        self.model, self.told, self.seed = model, told, seed
        self.presets = presets() if presets_ is None else presets_
        self.own = model.names()
        if not self.voices():
            raise NotHere(f"{model.folder}: has no voices, and no preset has a recording; pull the model again")
        self._speakers: OrderedDict[str, Speaker] = OrderedDict()
        self._unknown = {Style().voice}          # names that were told of; the default one means no choice
        self._pace = PACE
        self._stopped = False

    def voices(self) -> list[str]:
        """Names for `Style.voice`: the presets with something for this model, then the model's own voices."""
        usable = [name for name, preset in self.presets.items() if preset.prompt or self.own]
        return [*usable, *(name for name in self.own if name not in self.presets)]

    def stop(self) -> None:
        """Frees the voices. Everything after it yields nothing."""
        self._stopped = True

    def prepare(self, style: Style) -> Generator[None, None, None]:
        """Reads the style's voice ahead, so that the first phrase need not wait for it. Raises as `work` does."""
        yield from self._speaker(self._resolved(style)[1])

    def work(self, phrase: Phrase) -> Generator[Chunk | None, None, None]:
        """-> chunks of at most 40 ms, None while there is nothing to hear. Closing the generator ends the synthesis.

        Raises WrongUse for a recording that will not do, Trouble for a model that is broken.
        """
        style, source = self._resolved(phrase.style)
        reading = as_spoken(phrase.text)
        if not reading.text:
            if reading.words or phrase.last:     # a word that is not spoken still has a place in the reply
                yield Chunk(np.zeros(STEP // 2, np.float32), tuple((0, word) for word in reading.words), phrase.last)
            return
        speaker = yield from self._speaker(source)
        pieces = cut(reading, self.model.count)
        for i, piece in enumerate(pieces):
            last = phrase.last and i == len(pieces) - 1
            with closing(self._say(speaker, piece, style, last)) as chunks:
                for chunk in chunks:
                    if self._stopped:
                        return
                    yield chunk

    def _say(self, speaker: Speaker, piece: Piece, style: Style, last: bool) -> Generator[Chunk | None, None, None]:
        to_voice, shaped = Resampler(self.model.hz, VOICE_HZ), Shaped(pace(style), style.pitch)
        gain = np.float32(min(4.0, style.volume * prosody(style).volume))
        marks, made = Marks(piece.words, self._pace), 0
        marks.read(sum(n for _, n in piece.words))
        ready = np.zeros(0, np.float32)
        with closing(self.model.say(speaker, piece.text, self.seed)) as frames:
            for frame in frames:
                if frame is None:
                    yield None
                    continue
                made += len(frame)
                marks.made(round(made * VOICE_HZ / self.model.hz / TOKEN) - marks.speech)
                ready = np.concatenate([ready, limited(shaped(to_voice(frame)) * gain)])
                while len(ready) > STEP:         # the last words need a last chunk
                    yield Chunk(ready[:STEP], marks.take(STEP, 1 / shaped.tempo))
                    ready = ready[STEP:]
        marks.over()
        self._pace = marks.pace
        rest = np.concatenate([shaped(to_voice.flush()), shaped.flush()])
        ready = np.concatenate([ready, limited(rest * gain)])
        while len(ready) > STEP:
            yield Chunk(ready[:STEP], marks.take(STEP, 1 / shaped.tempo))
            ready = ready[STEP:]
        ready = ready if len(ready) else np.zeros(1, np.float32)
        yield Chunk(ready, marks.take(len(ready), 1 / shaped.tempo, last=True), last)

    # -- voices -----------------------------------------------------------------------------------
    def _resolved(self, style: Style) -> tuple[Style, str | Recording]:
        """-> the style with the preset's part in it, and where its voice comes from; unknown ones are told of."""
        wanted = style.voice.strip().lower()
        if preset := self.presets.get(wanted):
            style = with_preset(style, preset.style)
            if preset.prompt:
                return style, preset.prompt
        own = next((name for name in self.own if name.lower() == wanted), "")
        usual = self.own[0] if self.own else next(p.prompt for p in self.presets.values() if p.prompt)
        if not own and preset is None and wanted not in self._unknown:
            self._unknown.add(wanted)            # eSpeak's, perhaps, from before the profile was changed
            near = get_close_matches(wanted[:60], self.voices(), SHOWN, 0.0)
            self.told(f"voice {style.voice[:60]!r}: Pocket-TTS has none of this name and speaks in its usual one; the "
                      f"nearest are {', '.join(near)}")  # fmt: skip
        return style, own or usual

    def _speaker(self, source: str | Recording) -> Generator[None, None, Speaker]:
        key = source if isinstance(source, str) else str(source.file)
        if key not in self._speakers:
            if isinstance(source, str):
                made = yield from self.model.speaker(source)
            else:
                made = yield from self.model.recorded(sound_of(source.file, self.model.hz))
            self._speakers[key] = made
            while len(self._speakers) > KEPT:
                self._speakers.popitem(last=False)
        self._speakers.move_to_end(key)
        return self._speakers[key]


def sound_of(recording: Path, hz: int) -> np.ndarray:
    """-> [n] float32 at hz. Raises WrongUse for a recording that cannot be read, is too short, too long or silent."""
    from engine.local.prompts import prompt_sound

    sound = prompt_sound(recording)[1]
    change = Resampler(VOICE_HZ, hz)
    return np.concatenate([change(sound), change.flush()])


def cut(reading: Reading, count: Callable[[str], int]) -> list[Piece]:
    """A phrase in pieces of at most MOST_TOKENS, after a clause where there is one. count: the tokens of a text.

    reading.text must not be empty. A word that is not spoken goes with the one after it.
    """
    starts = [*reading.starts, len(reading.text)]
    said = [reading.text[a:b] for a, b in pairwise(starts)]
    said[0] = reading.text[: starts[0]] + said[0]
    tokens = [count(text) if text.strip() else 0 for text in said]
    pieces: list[Piece] = []
    begin = 0
    while begin < len(said):
        end, size, clause = begin, 0, 0
        while end < len(said) and (end == begin or size + tokens[end] <= MOST_TOKENS):
            size += tokens[end]
            end += 1
            if said[end - 1].rstrip().endswith(tuple(ENDS_CLAUSE)):
                clause = end
        if end < len(said) and clause:
            end = clause
        text = "".join(said[begin:end]).strip()
        words = tuple(zip(reading.words[begin:end], tokens[begin:end], strict=True))
        if text or not pieces:
            pieces.append(Piece(text, words))
        else:                                    # silent words at the end belong to the last that is heard
            pieces[-1] = Piece(pieces[-1].text, (*pieces[-1].words, *words))
        begin = end
    return pieces
