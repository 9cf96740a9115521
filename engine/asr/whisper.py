"""The embedded profile's recogniser: Whisper for the final words, Parley's own encoder for words while they are spoken.

Whisper hears whole utterances. It begins on what has been said whenever the speaker pauses, in a thread of its own, and
what it makes of it is the final words if nobody has spoken since when the utterance ends: then only the rest of its
work is waited for. Which piece of sound that is depends on the sound alone, so the same sound gives the same words
however fast the machine is; in lockstep it is heard at the pause itself. Words so far are Whisper's until the latest
pause that it has done, and the encoder's since. Work that nobody wants any more is not begun; what has begun runs to
its end (0.1 s for each second of sound) and is thrown away.

The encoder's words are also evidence: what they say of noises and of single words is in engine/asr/whisper_words.py.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol

import numpy as np
import numpy.typing as npt

from audio_io.dsp.vad import Vad
from audio_io.errors import WrongUse
from audio_io.frames import HOP, MIC_HZ, hops
from engine.asr.ctc import Spelt
from engine.asr.ctc_recogniser import CtcRecogniser
from engine.asr.whisper_model import LONGEST_S, Heard
from engine.asr.whisper_words import SQUEEZE, Evidence, chosen, joined, plain
from engine.asr.windows import join, quietest
from engine.messages import Audio, Begin, End, HeardTags, Words

VOICE, QUIET = 0.5, 0.35         # VAD above and below which a hop is a voice's, or a pause
PAUSE = hops(130)                # of quiet after a voice at which Whisper begins
SHOWN = hops(220)                # of quiet after which its words are told: in a shorter one somebody looks for a word
LEAST = hops(60)                 # of a voice before it
SHORTEST_S = 0.1                 # less sound holds no words
WAIT_S = 0.02                    # between two looks at whether it is to stop

Pcm = npt.NDArray[np.float32]


class Model(Protocol):
    """`engine.asr.whisper_model.Whisper`, or what stands for it in a test."""

    languages: tuple[str, ...]

    def hear(self, pcm: Pcm, language: str = "", prompt: str = "") -> Heard: ...


@dataclass(slots=True)
class _Run:
    """Whisper's work on the first `samples` of the open window; `heard` when it is done, `error` if it broke."""

    samples: int
    pcm: Pcm
    words: int = 0                                       # of the encoder's until then
    done: threading.Event = field(default_factory=threading.Event)
    wanted: bool = True
    heard: Heard = field(default_factory=Heard)
    error: Exception | None = None


@dataclass(slots=True)
class _Utterance:
    since: int
    sound: list[Pcm] = field(default_factory=list)       # of the open window
    samples: int = 0
    rest: Pcm = field(default_factory=lambda: np.zeros(0, np.float32))        # not yet a hop for the VAD
    voiced: int = 0                                      # hops, in all
    surest: float = 0.0                                  # of the VAD
    quiet: int = 0                                       # hops since the last voice
    fresh: int = 0                                       # hops of voice since the last run began
    run: _Run | None = None
    before: tuple[str, ...] = ()                         # as written, of the windows that are closed
    so_far: str = ""                                     # the encoder's words
    ahead: tuple[int, str] = (0, "")                     # so many of them are these, by Whisper's latest run
    told: str = ""


class WhisperRecogniser:
    """Recognises one utterance at a time. `work` is for one thread (the stage's); `stop` may be called from any."""

    def __init__(
        self, model: Model, encoder: CtcRecogniser, words: Sequence[str] = (), language: str = "en",
        lockstep: bool = False,
    ) -> None:  # fmt: skip
        """encoder: hears words so far. words: the user's own; Whisper is told that they may come. language: a code, or
        auto. lockstep: without a thread of its own, the same words at the same hop.

        Raises WrongUse for a language that Whisper does not know.
        """
        if language != "auto" and language not in model.languages:
            raise WrongUse(f"listen.language: Whisper does not know {language!r}; say auto, or a code "
                           "such as en, de, fr")  # fmt: skip
        self.model, self.encoder, self.lockstep = model, encoder, lockstep
        self.language = "" if language == "auto" else language
        self.prompt = f"Glossary: {', '.join(words)}." if words else ""
        self.vad = Vad()
        self._open: _Utterance | None = None
        self._stopped = False
        self._queue: SimpleQueue[_Run | None] = SimpleQueue()
        self._thread = None if lockstep else threading.Thread(target=self._runs, name="whisper", daemon=True)
        if self._thread is not None:
            self._thread.start()

    def work(self, body: Begin | Audio | End) -> Generator[Words | None, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        What belongs to an utterance other than the last one begun is ignored. Raises what Whisper raises.
        """
        if self._stopped:
            return
        match body:
            case Begin(since, pcm):
                self._drop()
                self._open = _Utterance(since)
                self.vad.reset()
                self._hear(self._open, pcm)
                yield from self._so_far(self._open, body)
            case Audio(since, pcm) if self._open and since == self._open.since:
                self._hear(self._open, pcm)
                yield from self._so_far(self._open, body)
            case End(since) if self._open and since == self._open.since:
                said = self._open
                yield from self._finish(said, body)

    def stop(self) -> None:
        """Everything after it yields nothing; the thread ends when what it has begun is done."""
        self._stopped = True
        self.encoder.stop()
        self._queue.put(None)

    # -- while it is spoken ----------------------------------------------------------------------------------
    def _hear(self, said: _Utterance, pcm: Pcm) -> None:
        clean = np.clip(np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1).astype(np.float32)
        said.sound.append(clean)
        said.samples += len(clean)
        rest = np.concatenate([said.rest, clean])
        whole = len(rest) // HOP * HOP
        for at in range(0, whole, HOP):
            self._judge(said, self.vad(rest[at : at + HOP]))
        said.rest = rest[whole:]
        if said.samples > LONGEST_S * MIC_HZ:
            self._close_window(said)

    def _so_far(self, said: _Utterance, body: Begin | Audio) -> Generator[Words, None, None]:
        """What Whisper made of the sound until a pause, and what the encoder has heard since."""
        for words in self.encoder.work(body):
            said.so_far = words.text
        run = said.run
        ready = run is not None and run.done.is_set() and run.error is None and said.quiet >= SHOWN
        if run is not None and ready and run.heard.squeeze < SQUEEZE:
            closed = " ".join(plain(part, run.heard.language) for part in (*said.before, run.heard.written))
            if not said.fresh:                   # the encoder is late: what it adds in the pause was said before it
                run.words = len(said.so_far.split())
            said.ahead = (run.words, closed.strip())
        count, ahead = said.ahead
        text = " ".join([ahead, *said.so_far.split()[count:]]).strip() if said.so_far else ""
        if text != said.told:
            said.told = text
            yield Words(said.since, text)

    def _judge(self, said: _Utterance, odds: float) -> None:
        said.surest = max(said.surest, odds)
        if odds > VOICE:
            said.voiced, said.fresh, said.quiet = said.voiced + 1, said.fresh + 1, 0
            return
        said.quiet += odds < QUIET
        if said.quiet == PAUSE and said.fresh >= LEAST:
            self._begin(said)

    def _begin(self, said: _Utterance) -> None:
        """Whisper hears the open window as it is now."""
        self._drop(said)
        pcm = np.concatenate(said.sound)
        said.sound, said.fresh = [pcm], 0
        said.run = _Run(len(pcm), pcm, len(said.so_far.split()))
        if self.lockstep:
            self._do(said.run)
        else:
            self._queue.put(said.run)

    def _drop(self, said: _Utterance | None = None) -> None:
        said = said or self._open
        if said is not None and said.run is not None:
            said.run.wanted = False
            said.run = None

    def _close_window(self, said: _Utterance) -> None:
        """What lies before its quietest place is heard for good: Whisper has places for 30 s."""
        pcm = np.concatenate(said.sound)
        cut = quietest(pcm)
        self._drop(said)
        heard = self._now(_Run(cut, pcm[:cut]))
        said.before = (*said.before, heard.written) if heard.written else said.before
        said.sound, said.samples, said.fresh = [pcm[cut:]], len(pcm) - cut, max(said.fresh, 1)

    # -- the end ---------------------------------------------------------------------------------------------
    def _finish(self, said: _Utterance, body: End) -> Generator[Words | None, None, None]:
        if said.run is None or said.fresh:
            self._begin(said)
        assert said.run is not None
        run, self._open = said.run, None
        spelt = self.encoder.finish(body.since)
        while not run.done.wait(WAIT_S):
            if self._stopped:
                return
            yield None
        heard = self._result(run)
        text, written = self._words(said, heard, spelt)
        if not self._stopped:
            yield Words(body.since, text, True, HeardTags(language=heard.language if text else ""), written)

    def _words(self, said: _Utterance, heard: Heard, spelt: Sequence[Spelt]) -> tuple[str, str]:
        voiced_s = said.voiced * HOP / MIC_HZ
        gain = self.encoder.expected(joined(spelt)) - self.encoder.expected(plain(heard.written))
        written = chosen(Evidence(heard, tuple(spelt), voiced_s, said.surest, bool(said.before), gain))
        for part in reversed(said.before):
            written = join(part, written)
        return plain(written, heard.language), written

    # -- Whisper ---------------------------------------------------------------------------------------------
    def _now(self, run: _Run) -> Heard:
        if run.samples < SHORTEST_S * MIC_HZ:
            return Heard()
        return self.model.hear(run.pcm, self.language, self.prompt)

    def _result(self, run: _Run) -> Heard:
        if run.error is not None:
            raise run.error
        return run.heard

    def _runs(self) -> None:
        while (run := self._queue.get()) is not None:
            if run.wanted and not self._stopped:
                self._do(run)
            run.done.set()

    def _do(self, run: _Run) -> None:
        try:
            run.heard = self._now(run)
        except Exception as error:               # told by the stage that waits for it
            run.error = error
        run.done.set()


def load(read: Callable[[str], bytes], threads: int = 1) -> Model:
    """-> Whisper; read: as of `engine.asr.whisper_model.Whisper`."""
    from engine.asr.whisper_model import Whisper

    return Whisper(read, threads)
