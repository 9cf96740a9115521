"""The embedded recogniser: Parley's own voice encoder and a search over its posteriors, words while they are spoken.

It works in the listen stage's own thread. The network runs in onnxruntime, which lets other Python threads go on;
the search holds Python's lock for 1-3 ms at a hop that completes a chunk (docs/log.md), every fifth. All
state of an utterance is a value: one that is dropped costs nothing, and what was heard before changes nothing.
"""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import assets
from audio_io.frames import HOP, MIC_HZ
from engine.asr import word_lm
from engine.asr.ctc import Search, Spelt
from engine.asr.encoder import VoiceEncoder
from engine.asr.lookahead import Expectation, Weights, spelt
from engine.asr.word_confidence import likely
from engine.asr.word_lm import BEGIN, END, OTHER
from engine.messages import Audio, Begin, End, Words

MODEL = Path(assets.__path__[0], "models")
FRAME_S = 0.02                   # of the encoder
TAIL_S = 0.2                     # quiet after the end, so that the last word's sound is past the encoder's look-ahead
SETTLED = 8                      # frames after which the last word is taken for whole, even if nobody knows it
UNKNOWN = -14.0                  # natural logarithm of the probability of a word in no list
LONGEST_FLUSH = 64               # hops; an encoder that gives no frames by then is broken

Pcm = npt.NDArray[np.float32]


class Encoder(Protocol):
    """`engine.asr.encoder.VoiceEncoder`, or what stands for it in a test."""

    pieces: tuple[str, ...]

    def init_state(self) -> Any: ...

    def __call__(self, pcm: Pcm, state: Any, /) -> tuple[Pcm, Pcm, Any]: ...


class CtcRecogniser:
    """Recognises one utterance at a time. `work` is for one thread (the stage's); `stop` may be called from any."""

    def __init__(
        self, words: Sequence[str] = (), lockstep: bool = False, models: Path = MODEL, encoder: Encoder | None = None,
        weights: Weights | None = None,
    ) -> None:  # fmt: skip
        """words: the user's own words and phrases, preferred to what sounds alike. lockstep: always so.

        models: the folder of encoder.onnx, pieces.txt and words.npz. encoder: instead of the one there. weights: how
        much expectations count.
        Raises WrongUse for a word that has no spelling in the letters a to z, NotHere for a missing model.
        """
        own = [" ".join(spelt(part) for part in phrase.replace("-", " ").split()) for phrase in words]
        self.encoder: Encoder = encoder or VoiceEncoder(models)
        self.search = Search(self.encoder.pieces, Expectation(word_lm.load(models / "words.npz"), own, weights))
        self._since: int | None = None           # hop that names the open utterance
        self._stopped = False

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        What belongs to an utterance other than the last one begun is ignored.
        """
        if self._stopped:
            return
        match body:
            case Begin(since, pcm):
                self._since, self._partial, self._heard = since, "", 0
                self._state, self._beam = self.encoder.init_state(), self.search.init_state()
                yield from self._hear(pcm)
            case Audio(since, pcm) if since == self._since:
                yield from self._hear(pcm)
            case End(since) if since == self._since:
                yield Words(since, _text(likely(self.finish(since))), True)

    def finish(self, since: int) -> list[Spelt]:
        """Instead of `work(End(since))`: all the words, likely or not. None of another utterance than the last begun.
        """
        if self._stopped or since != self._since:
            return []
        self._flush()
        self._since = None
        return self.search.words(self._beam, final=True)

    def expected(self, text: str) -> float:
        """text: plain words -> the natural logarithm of their probability by the model of words."""
        lm, total = self.search.expect.lm, 0.0
        before: tuple[int, ...] = (BEGIN,)
        for word in text.split():
            number = lm.number(word)
            total += max(lm.logp(before, number), UNKNOWN) if number != OTHER else UNKNOWN
            before = (*before, number)[-2:]
        return total + lm.logp(before, END)

    def stop(self) -> None:
        """Everything after it yields nothing."""
        self._stopped = True

    def _hear(self, pcm: Pcm) -> Generator[Words, None, None]:
        assert self._since is not None
        if self._take(pcm):
            text = _text(likely(self._whole(self.search.words(self._beam))))
            if text != self._partial:
                self._partial = text
                yield Words(self._since, text)

    def _take(self, pcm: Pcm) -> bool:
        """-> whether frames came of it."""
        self._heard += len(pcm)
        clean = np.clip(np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1)
        _, log_probs, self._state = self.encoder(clean, self._state)
        self._beam = self.search(log_probs, self._beam)
        return len(log_probs) > 0

    def _flush(self) -> None:
        """Quiet, until all that was heard has become frames."""
        wanted = self._heard / MIC_HZ + TAIL_S
        for _ in range(LONGEST_FLUSH):
            if self._beam.frames * FRAME_S >= wanted:
                return
            self._take(np.zeros(HOP, np.float32))

    def _whole(self, words: list[Spelt]) -> list[Spelt]:
        """Without a last word that is only begun: what nobody knows may be the beginning of something."""
        settled = not words or words[-1].known or self._beam.frames - words[-1].last > SETTLED
        return words if settled else words[:-1]


def _text(words: Sequence[Spelt]) -> str:
    return " ".join(word.text for word in words)
