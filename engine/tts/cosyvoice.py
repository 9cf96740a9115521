"""The voice of the large profiles: CosyVoice as a stream of short chunks with the words in them.

    voice = CosyVoice(load_cosyvoice(folder, device), presets, cache)
    for chunk in voice.work(Phrase("Good morning.", style)): ...     # None in between: still at work

A phrase is text ids, speech tokens, mel, sound, each piece made as soon as the one before it allows. What a voice's
replies begin with is computed once and kept as values: the recording's tokens, mel and vector (on disk), the flow's
state after it, and the language model's keys and values after the recording's words or the instruction. Everything of a
phrase is in its generator: closing it frees that at once and leaves the networks as they were.

A pitch cannot be asked of CosyVoice; the user's rate stretches the mel, the volume is a factor. The published weights
were not listened to.
"""

import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from audio_io.errors import Trouble, WrongUse
from audio_io.frames import VOICE_HZ
from audio_io.notices import Statement, state
from engine.messages import Chunk, Phrase, Style
from engine.nets.flow import FlowPrompt
from engine.nets.voice_draw import RasConfig
from engine.nets.voice_mix import Opening, opening
from engine.notices import NoticeCode
from engine.tts.cosyvoice_model import CosyVoiceModel
from engine.tts.cosyvoice_tokens import VoiceTokens
from engine.tts.cutter import limited
from engine.tts.number_words import number_words, year_words
from engine.tts.styles import END_OF_PROMPT, LEAD_V3, Delivery, delivery, with_preset
from engine.tts.text import Reading, as_spoken
from engine.tts.token2wav import FASTEST, SLOWEST, ReadySpeaker
from engine.tts.voice_prompts import RecordedVoice, voice_prompt
from engine.tts.voices import Preset, Recording
from engine.tts.word_times import PACE, WordTimes

STEP = VOICE_HZ // 25            # samples of a chunk: 40 ms
POLL_S = 0.04                    # between two looks at a recording that is being read
VOICES_KEPT = 2                  # flow states: 4.6 MB a frame of the prompt, see engine/nets/flow.py
OPENINGS_KEPT = 8
FIGURES = re.compile(r"(?<![\w.,$€£])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|(?<![\w.,$€£])-?\d{1,15}(?:\.\d{1,9})?(?!\w)")

T = TypeVar("T")
Pieces = Generator[None, None, T]
Meaning = Callable[[str], Tensor | None]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What a voice is known by: words (text ids) and speech tokens of its recording, both () for none; the flow's."""

    text: tuple[int, ...]
    speech: tuple[int, ...]
    flow: FlowPrompt


class CosyVoice:
    """Speaks phrases. `work` and `prepare` are for one thread (the stage's), `stop` and `voices` for any."""

    def __init__(
        self, model: CosyVoiceModel, presets: Mapping[str, Preset], cache: Path,
        told: Callable[[Statement], None] = lambda _: None, meaning: Meaning = lambda _: None,
    ) -> None:  # fmt: skip
        """cache: folder of what is computed from recordings. told: gets a line for the user now and then.

        meaning: a phrase -> semantic vectors [n, hidden] to be read in place of its text; None: its text is read.
        """
        self.model, self.presets, self.cache, self.told, self.meaning = model, presets, cache, told, meaning
        self._samples: dict[object, Sample] = {}
        self._ready: OrderedDict[object, ReadySpeaker] = OrderedDict()
        self._openings: OrderedDict[object, Opening] = OrderedDict()
        self._paces: dict[object, float] = {}
        self._worker = ThreadPoolExecutor(1, "recordings")
        self._stopped = False

    def voices(self) -> list[str]:
        """Names for `Style.voice`; any other is the model's average voice."""
        return sorted({*self.presets, *self.model.speakers})

    def prepare(self, style: Style) -> Pieces[None]:
        """Computes ahead what every phrase in this style begins with. Raises as `work` does."""
        style, key, source = self._source(style)
        yield from self._voice(key, source)
        yield from self._opening(key, delivery(style, self.model.version))

    def work(self, phrase: Phrase) -> Generator[Chunk | None, None, None]:
        """-> chunks of at most 40 ms. Raises WrongUse for a speaker or recording that will not do, Trouble."""
        reading = as_spoken(phrase.text, every_script=True, english=language(phrase.text) == "en")
        if not reading.text:
            yield from _silent(reading, phrase.last)
            return
        said = said_words(reading)
        style, key, source = self._source(phrase.style)
        how = delivery(style, self.model.version, language(reading.text))
        ready = yield from self._voice(key, source)
        begin = yield from self._opening(key, how)
        meant = self.meaning(phrase.text)
        ids: Any = self.model.text.ids("".join(said)) if meant is None else meant
        counts = [max(1, len(self.model.text.ids(part.rstrip()))) if part else 0 for part in said]
        marks = WordTimes(list(zip(reading.words, counts, strict=True)), self._paces.get(key, PACE))
        made = self._tokens(ids, begin, how, marks, _seed(phrase))
        with closing(made), closing(self.model.wave.stream(made, ready, _pace(how.speed))) as sound:
            yield from _chunks(sound, marks, how, phrase.last)
        self._paces[key] = marks.pace

    def stop(self) -> None:
        """Frees what is kept; the weights are the model's. What is being made ends at its next step."""
        self._stopped = True
        self._worker.shutdown(wait=False, cancel_futures=True)

    # -- one phrase -----------------------------------------------------------------------------------------
    def _tokens(
        self, ids: Sequence[int] | Tensor, begin: Opening, how: Delivery, marks: WordTimes, seed: int
    ) -> Generator[tuple[int, ...], None, None]:
        voice: VoiceTokens = copy(self.model.tokens)     # the lanes and the weights are the same; the sampling is not
        voice.ras = RasConfig(how.top_p, how.top_k)
        marks.read(marks.starts[-1])             # all of the text is there at once
        with closing(voice.speak([ids], begin, seed)) as batches:  # type: ignore[list-item]
            for batch in batches:
                if self._stopped:
                    return
                marks.made(len(batch))
                yield batch
        marks.over()

    # -- one voice ------------------------------------------------------------------------------------------
    def _source(self, style: Style) -> tuple[Style, object, str | Recording | None]:
        """-> the style with its preset's part, what its voice is kept under, and where that voice comes from."""
        name = style.voice.strip()
        preset = self.presets.get(name.lower())
        if preset is None:
            known = name if name in self.model.speakers else None
            return style, known, known
        style = with_preset(style, preset.style)
        if preset.speaker and preset.speaker not in self.model.speakers:
            there = ", ".join(sorted(self.model.speakers)[:8]) or "none"
            raise WrongUse(f"voice {name}: its speaker {preset.speaker!r} is not in {self.model.folder.name}, which "
                           f"has {there}; change the voice's file, or give it a prompt")  # fmt: skip
        source = preset.prompt or preset.speaker or None
        return style, source, source

    def _sample(self, key: object, source: str | Recording | None) -> Pieces[Sample]:
        if key in self._samples:
            return self._samples[key]
        if isinstance(source, Recording):
            told = partial(voice_prompt, source.file, source.text, self.model.folder, self.cache)
            recorded = yield from self._elsewhere(told)
            sample = self._recorded(recorded)
        elif source is not None:
            speaker = self.model.speakers[source]
            sample = Sample(speaker.text, speaker.tokens if speaker.text else (), speaker.prompt)
        else:
            name = next(iter(sorted(self.model.speakers)), "")
            if name:
                sample = Sample((), (), self.model.speakers[name].prompt)
            else:
                self.told(state(NoticeCode.AVERAGE_VOICE))
                net = self.model.wave.flow.net
                sample = Sample((), (), FlowPrompt(torch.zeros(1, 0, dtype=torch.long), torch.zeros(1, net.mel, 0),
                                                   torch.zeros(1, net.cfg.spk_embed_dim)))  # fmt: skip
        self._samples[key] = sample
        return sample

    def _recorded(self, said: RecordedVoice) -> Sample:
        tokens = tuple(int(t) for t in said.tokens)
        flow = FlowPrompt(torch.tensor([tokens], dtype=torch.long), torch.from_numpy(said.mel)[None],
                          torch.from_numpy(said.speaker)[None])  # fmt: skip
        return Sample(self.model.text.ids(said.text) if said.text else (), tokens if said.text else (), flow)

    def _elsewhere(self, work: Callable[[], T]) -> Pieces[T]:
        """Runs `work` in a thread of its own: reading a new recording takes seconds, and cannot be cut into steps."""
        try:
            task: Future[T] = self._worker.submit(work)
        except RuntimeError as error:
            raise Trouble("the voice has been stopped") from error
        while True:
            try:
                return task.result(timeout=POLL_S)
            except TimeoutError:
                if task.done():
                    raise
                yield

    def _voice(self, key: object, source: str | Recording | None) -> Pieces[ReadySpeaker]:
        """The flow's state after the recording."""
        ready = self._ready.get(key)
        if ready is None:
            sample = yield from self._sample(key, source)
            wave = self.model.wave
            if why := wave.flow.why_not(sample.flow, wave.how, wave.left):
                self.told(state(NoticeCode.VOICE_LATER, why=str(why)))
            try:
                begun = yield from wave.flow.walk_init_state(sample.flow, wave.how, wave.left)
            except ValueError as error:
                raise Trouble(f"the voice {key}: {error}; make it again from its recording") from error
            ready = _kept(self._ready, key, ReadySpeaker(sample.flow, begun), VOICES_KEPT)
        self._ready.move_to_end(key)
        return ready

    def _opening(self, key: object, how: Delivery) -> Pieces[Opening]:
        """What the language model has read before the first word; computed a few rows at a time."""
        lead = LEAD_V3 if self.model.version == 3 else ""
        asked = how.instruct.removesuffix(END_OF_PROMPT).removeprefix(lead).strip()
        name = (key, asked)
        if name in self._openings:
            self._openings.move_to_end(name)
            return self._openings[name]
        sample, voice, lm = self._samples[key], self.model.tokens, self.model.tokens.lm
        prompt = self.model.text.prompt("", (), asked)
        text, speech = ((), ()) if asked else (sample.text, sample.speech)
        voice.check_ids([*prompt.lead, *prompt.text, *text], lm.cfg.vocab, "text")
        voice.check_ids(speech, lm.cfg.codes, "speech")
        rules = replace(voice.rules, mixed=voice.rules.mixed and prompt.mixed)
        try:
            begin = opening(lm, rules, lm.text(prompt.lead), lm.text([*prompt.text, *text]), lm.speech(speech))
        except ValueError as error:
            raise WrongUse(f"the voice's recording: {error}; use a longer one or a shorter text") from error
        computed = yield from _computed(voice, begin)
        return _kept(self._openings, name, computed, OPENINGS_KEPT)


def _computed(voice: VoiceTokens, begin: Opening) -> Pieces[Opening]:
    """As engine.nets.voice_mix.computed, a few rows at a time."""
    if len(begin.rows) < 2:
        return begin
    lane, rows = voice.take_lane(), begin.rows[:-1]
    try:
        lane.start(begin.past)
        for k in range(0, len(rows), begin.rules.rows):
            yield from lane.walk(rows[k : k + begin.rules.rows])
            yield
        return replace(begin, rows=begin.rows[-1:], past=lane.keep())
    finally:
        voice.give_lane(lane)


def _kept(values: "OrderedDict[object, T]", key: object, value: T, most: int) -> T:
    values[key] = value
    while len(values) > most:
        values.popitem(last=False)
    return value


def _chunks(
    sound: Generator[np.ndarray | None, None, None], marks: WordTimes, how: Delivery, last: bool
) -> Generator[Chunk | None, None, None]:
    """Pieces of sound -> chunks with their words. One piece is held back: the last of them has to know it."""
    held: np.ndarray | None = None
    stretch = 1 / _pace(how.speed)
    for pcm in sound:
        if pcm is None or not len(pcm):
            yield None
            continue
        if held is not None:
            yield Chunk(held, marks.take(len(held), stretch))
        held = limited((pcm * np.float32(how.gain)).astype(np.float32))
    if held is None:                             # it had nothing to say, but the words have their place in the reply
        held = np.zeros(STEP // 2, np.float32)
    yield Chunk(held, marks.take(len(held), stretch, last=True), last)


def _silent(reading: Reading, last: bool) -> Generator[Chunk, None, None]:
    """A phrase without anything to say: perhaps words that are not spoken, perhaps the end of the reply."""
    if reading.words:
        yield Chunk(np.zeros(STEP // 2, np.float32), tuple((0, word) for word in reading.words), last)
    elif last:
        yield Chunk(np.zeros(0, np.float32), (), True)


def said_words(reading: Reading) -> list[str]:
    """For each word as written what is said for it, with the space after it; figures in words where that is English."""
    ends = [*reading.starts[1:], len(reading.text)]
    said = [reading.text[a:b] for a, b in zip(reading.starts, ends, strict=True)]
    if language(reading.text) != "en" or not reading.text.isascii():
        return said
    return [FIGURES.sub(_figure, part) for part in said]


def _figure(found: "re.Match[str]") -> str:
    text = found[0]
    if re.fullmatch(r"1[1-9]\d\d|20[1-9]\d", text):
        return year_words(int(text))
    return number_words(Fraction(text.replace(",", "")), 9)


def language(text: str) -> str:
    """Of these words, by their script: ja, ko, zh, or en for any other."""
    kana = sum("\u3040" <= c <= "\u30ff" for c in text)
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    if 2 * (kana + hangul + han) < sum(c.isalpha() for c in text) or not kana + hangul + han:
        return "en"
    return "ja" if kana else "ko" if hangul > han else "zh"


def _pace(speed: float) -> float:
    return min(max(speed, SLOWEST), FASTEST)


def _seed(phrase: Phrase) -> int:
    """The same phrase in the same style is the same sound."""
    return zlib.crc32(f"{phrase.text}\0{phrase.style}".encode())
