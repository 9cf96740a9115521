"""The `workstation` profile's recogniser: SenseVoice, run again on the growing utterance.

The model hears both directions, so words so far come of computing the whole utterance anew. How often is decided by
what that costs on this machine: after a run of c seconds the next one waits for c / SHARE seconds of new sound, so
words so far take at most that share of real time, and the recogniser never falls behind. An utterance of more than
WINDOW_S is cut at its quietest place; what lies before the cut is computed once more, then never again.

Measured on no GPU: on `cuda` the same code runs.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np

from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ
from engine.asr.sensevoice_model import Odds, SenseVoice, Transcript, load_sensevoice
from engine.asr.windows import join, quietest
from engine.messages import Audio, Begin, End, HeardTags, Words
from engine.nets.sensevoice import LANGUAGE_ROWS

__all__ = ["SenseVoiceRecogniser", "load_sensevoice"]

PACE_S = 0.3                     # words so far at most so often
LOCKSTEP_S = 0.5                 # and exactly so often where the same sound must give the same words
SHARE = 0.5                      # of real time that words so far may take
WINDOW_S = 30.0                  # what is computed at once
SHORTEST_S = 0.1                 # less sound holds no words
SURE = 0.5                       # probability from which a tag is told
UNSAID = frozenset(("nospeech", "EMO_UNKNOWN", "Event_UNK", "GBG"))      # tags that tell nothing


@dataclass(slots=True)
class _Utterance:
    since: int
    sound: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))    # of the open window
    before: str = ""             # words of the windows that are closed
    odds: Odds = field(default_factory=dict)     # of the tags in them: probability times seconds
    latest: Transcript = field(default_factory=lambda: Transcript(""))            # of the open window
    fresh: int = 0               # samples that `latest` has not heard
    told: str = ""


class SenseVoiceRecogniser:
    """Recognises one utterance at a time. `work` is for one thread (the stage's); `stop` may be called from any.

    `heard` is how the last finished utterance was said, for whoever writes the reply; the final Words carry it too.
    A run is not interrupted by closing the generator, which it does not outlive; `stop` ends it within a layer.
    """

    def __init__(
        self, model: SenseVoice, language: str = "auto", lockstep: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        """language: the user's, or auto. lockstep: the same words at the same hop, every time; reads no clock.

        Raises WrongUse for a language that SenseVoice has no row for.
        """
        languages = [name for name in LANGUAGE_ROWS if name != "nospeech"]
        if language not in languages:
            raise WrongUse(f"SenseVoice cannot be told the language {language!r}: say one of {', '.join(languages)}")
        self.model, self.language, self.lockstep, self.clock = model, language, lockstep, clock
        self.heard = HeardTags()
        self._open: _Utterance | None = None
        self._pace_s = PACE_S
        self._stopped = False

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        What belongs to an utterance other than the last one begun is ignored.
        """
        match body:
            case Begin(since, pcm):
                self._open = _Utterance(since)
                self._pace_s = LOCKSTEP_S if self.lockstep else PACE_S
                yield from self._hear(self._open, pcm)
            case Audio(since, pcm) if self._open and since == self._open.since:
                yield from self._hear(self._open, pcm)
            case End(since) if self._open and since == self._open.since:
                said, self._open = self._open, None
                self._run(said)
                if not self._stopped:
                    _add(said.odds, said.latest.odds, len(said.sound) / MIC_HZ)
                    self.heard = tags(said.odds)
                    yield Words(since, join(said.before, said.latest.text), True, self.heard)

    def stop(self) -> None:
        """Everything after it yields nothing."""
        self._stopped = True

    def _hear(self, said: _Utterance, pcm: np.ndarray) -> Generator[Words, None, None]:
        clean = np.clip(np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1).astype(np.float32)
        said.sound = np.concatenate([said.sound, clean])
        said.fresh += len(clean)
        while len(said.sound) > WINDOW_S * MIC_HZ and not self._stopped:
            self._close_window(said)
        if said.fresh >= self._pace_s * MIC_HZ:
            self._run(said)
            text = join(said.before, said.latest.text)
            if text != said.told and not self._stopped:
                said.told = text
                yield Words(said.since, text)

    def _run(self, said: _Utterance) -> None:
        """Brings `latest` up to date, and learns what that costs."""
        if not said.fresh:
            return
        began = 0.0 if self.lockstep else self.clock()
        said.latest, said.fresh = self._transcribe(said.sound), 0
        if not self.lockstep:
            self._pace_s = max(PACE_S, (self.clock() - began) / SHARE)

    def _close_window(self, said: _Utterance) -> None:
        cut = quietest(said.sound[: round(WINDOW_S * MIC_HZ)])
        closed = self._transcribe(said.sound[:cut])
        said.before = join(said.before, closed.text)
        _add(said.odds, closed.odds, cut / MIC_HZ)
        said.sound, said.latest = said.sound[cut:], Transcript("")
        said.fresh = len(said.sound)

    def _transcribe(self, pcm: np.ndarray) -> Transcript:
        if len(pcm) < SHORTEST_S * MIC_HZ:
            return Transcript("")
        return self.model.transcribe(pcm, self.language, lambda: self._stopped) or Transcript("")


def _add(total: Odds, odds: Odds, weight: float) -> None:
    for family, names in odds.items():
        sums = total.setdefault(family, {})
        for name, p in names.items():
            sums[name] = sums.get(name, 0.0) + p * weight


def tags(odds: Odds) -> HeardTags:
    """odds: weighted by the length of the windows -> what the model is sure of."""
    told: dict[str, str] = {}
    for family in ("language", "emotion", "event"):
        names = odds.get(family, {})
        best = max(names, key=names.__getitem__, default="")
        sure = best and best not in UNSAID and names[best] >= SURE * sum(names.values())
        told[family] = best.lower() if sure else ""
    return HeardTags(**told)
