"""The `laptop` profile's recogniser: Moonshine streaming, on a CPU. English.

The encoder goes on where it was and computes every 20 ms of sound once (`engine.local.moonshine_stream`), as the sound
comes. The words so far are written as often as the machine allows: after a run of c seconds the next one waits for
c / SHARE seconds of new sound, so it never falls behind. At the end of the utterance what is left to compute is the
encoder's last 240 ms and the words that have changed.

An utterance of more than WINDOW_S is cut at its quietest place; what lies before the cut is written once more, then
never again. The user's own words (`listen.words`) are not preferred: the model has no place for them.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from audio_io.errors import Trouble
from audio_io.frames import HOP, MIC_HZ
from engine.local.hear import CUT_S, LOCKSTEP_S, PACE_S, SHARE, WINDOW_S, join, quietest
from engine.local.moonshine_stream import Moonshine, Stream
from engine.local.native import config_of, load_net, load_tokenizer
from engine.parts import Audio, Begin, End, Words

__all__ = ["MoonshineListener", "load_moonshine", "plain"]

KIND = "moonshine_streaming"
SLICE = MIC_HZ // 2              # samples that the encoder is given at once
EDGES = ".,;:!?…\"“”‘()[]{}<>*_ "               # of a written word, not of a spoken one
T = TypeVar("T")


@dataclass(slots=True)
class _Utterance:
    since: int
    stream: Stream
    sound: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))    # of the open window
    fed: int = 0                 # samples of it that `stream` has heard
    tokens: list[int] = field(default_factory=list)     # of the open window, as last written
    fresh: int = 0               # samples that `tokens` know nothing of
    before: str = ""             # words of the windows that are closed
    told: str = ""


class MoonshineListener:
    """Recognises one utterance at a time. `work` is for one thread (the stage's); `stop` may be called from any.

    A generator that is closed has changed nothing but what it had finished: the sound is kept, the next one goes on.
    """

    def __init__(
        self, model: Moonshine, lockstep: bool = False, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """lockstep: the same words at the same hop, every time; reads no clock."""
        self.model, self.lockstep, self.clock = model, lockstep, clock
        self.window = round(min(WINDOW_S, model.longest_s - 1) * MIC_HZ)
        self._open: _Utterance | None = None
        self._pace_s = PACE_S
        self._stopped = False

    def work(self, body: Begin | Audio | End) -> Generator[Words | None, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        None: still computing, a moment at which it may be stopped. What belongs to an utterance other than the last
        one begun is ignored.
        """
        match body:
            case Begin(since, pcm):
                self._open = _Utterance(since, self.model.begin())
                self._pace_s = LOCKSTEP_S if self.lockstep else PACE_S
                yield from self._hear(self._open, pcm)
            case Audio(since, pcm) if self._open and since == self._open.since:
                yield from self._hear(self._open, pcm)
            case End(since) if self._open and since == self._open.since:
                said = self._open
                yield from self._encode(said, last=True)
                yield from self._write(said)
                self._open = None
                if not self._stopped:
                    yield Words(since, self._text(said), True)

    def stop(self) -> None:
        """Everything after it yields nothing."""
        self._stopped = True

    def _hear(self, said: _Utterance, pcm: np.ndarray) -> Generator[Words | None, None, None]:
        clean = np.clip(np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1).astype(np.float32)
        said.sound = np.concatenate([said.sound, clean])
        said.fresh += len(clean)
        while len(said.sound) > self.window and not self._stopped:
            yield from self._close_window(said)
        if self._stopped or said.fresh < self._pace_s * MIC_HZ:
            return
        began = 0.0 if self.lockstep else self.clock()
        yield from self._encode(said)
        yield from self._write(said)
        if not self.lockstep:
            self._pace_s = max(PACE_S, (self.clock() - began) / SHARE)
        text = self._text(said)
        if text != said.told and not self._stopped:
            said.told = text
            yield Words(said.since, text)

    def _encode(self, said: _Utterance, last: bool = False) -> Generator[None, None, None]:
        """The encoder hears what it has not."""
        while said.fed < len(said.sound) or last:
            until = min(said.fed + SLICE, len(said.sound))
            ends = last and until == len(said.sound)
            stream = yield from self._while_wanted(self.model.hear(said.stream, said.sound[said.fed : until], ends))
            if stream is None:
                return
            said.stream, said.fed = stream, until
            if ends:
                return

    def _write(self, said: _Utterance) -> Generator[None, None, None]:
        heard = said.fresh
        tokens = yield from self._while_wanted(self.model.write(said.stream, said.tokens))
        if tokens is not None:
            said.tokens, said.fresh = tokens, said.fresh - heard

    def _while_wanted(self, steps: Generator[None, None, T]) -> Generator[None, None, T | None]:
        """What `steps` returns, None where `stop` came before."""
        while not self._stopped:
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            yield
        return None

    def _close_window(self, said: _Utterance) -> Generator[None, None, None]:
        """What lies before the quietest place of the last CUT_S is written for good; the rest begins a new window."""
        yield from self._encode(said)
        cut = max(HOP, quietest(said.sound[: self.window - self.model.ahead]))
        heard = self.model.until(said.stream, cut)
        tokens = yield from self._while_wanted(self.model.write(heard, said.tokens))
        if tokens is None:
            return
        said.before = join(said.before, plain(self.model.text(tokens)))
        said.sound, said.fed, said.stream, said.tokens = said.sound[cut:], 0, self.model.begin(), []
        said.fresh = len(said.sound)

    def _text(self, said: _Utterance) -> str:
        return join(said.before, plain(self.model.text(said.tokens)))


def plain(text: str) -> str:
    """Written words -> spoken ones: lower case, without the marks of a sentence; 3.5, it's and well-known stay."""
    return " ".join(word for token in text.lower().split() if (word := token.strip(EDGES).strip("-'")))


def load_moonshine(folder: Path) -> Moonshine:
    """The folder as published: config.json, generation_config.json, model.safetensors, tokenizer.json. On the CPU.

    Raises NotHere for what is missing, Trouble for what is not Moonshine streaming.
    """
    config = config_of(folder, KIND)
    from transformers import MoonshineStreamingForConditionalGeneration

    ears = config.get("encoder_config") or {}
    if (rate := ears.get("sample_rate", MIC_HZ)) != MIC_HZ:
        raise Trouble(f"{folder}: hears at {rate} Hz, Parley at {MIC_HZ}; this is another model than Moonshine's")
    net = load_net(MoonshineStreamingForConditionalGeneration, folder)
    tokenizer = load_tokenizer(folder)
    if len(tokenizer) > net.config.vocab_size:
        raise Trouble(f"{folder}: the tokenizer has {len(tokenizer)} tokens, the network {net.config.vocab_size}: they "
                      "do not belong together; pull the model again")  # fmt: skip
    model = Moonshine(net, tokenizer)
    if model.longest_s < 2 * CUT_S:
        raise Trouble(f"{folder}: has positions for {model.longest_s:.1f} s only; pull the model again")
    return model
