"""Recordings through the product's ears and a predictor: the odds of every hop, and when they are known.

The ears are slow (the echo canceller) and the same for every predictor, so what they make of a file is kept, named by
the file's bytes and the code that made it.
"""

import hashlib
import io
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.device import contract as loop
from audio_io.dsp import coupling, delay, echo, kalman, resample, vad
from audio_io.ears import Ears, Heard
from audio_io.files import write_whole
from audio_io.frames import FRAME, HOP, MIC_HZ
from audio_io.wav import read_stereo
from engine.bench.duplex.follow import Follower, ProductWords
from engine.corpus.labels import LONGEST_S, Labels
from engine.duplex.predictor import Predictor
from engine.turns.rules import TurnRules

OUTPUTS = ("user_speaking", "turn_done", "turn_ending", "takes_floor", "backchannel_here")
PIECE = MIC_HZ                   # samples given to the ears at a time; any chunking gives the same
MAKERS = (coupling, delay, echo, kalman, loop, resample, vad)


@dataclass(frozen=True, slots=True, eq=False)
class Odds:
    """A predictor's five outputs over one recording: [n] each; time: seconds, when the value is known."""

    time: np.ndarray
    user_speaking: np.ndarray
    turn_done: np.ndarray
    turn_ending: np.ndarray
    takes_floor: np.ndarray
    backchannel_here: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything but the recording. make: builds the predictor; ears: folder of the kept ears, or None."""

    make: Callable[[], Predictor]
    rules: TurnRules
    canceller: str = echo.DEFAULT
    words: bool = False
    ears: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HeardFile:
    """What the ears make of one recording. raw, ref, clean, whole: [hops * HOP] float32; vad, vad_whole: [hops]."""

    raw: np.ndarray
    ref: np.ndarray
    clean: np.ndarray
    whole: np.ndarray
    vad: np.ndarray
    vad_whole: np.ndarray

    def hops(self) -> Iterator[Heard]:
        for i in range(len(self.vad)):
            at = slice(i * HOP, (i + 1) * HOP)
            yield Heard(i + 1, self.clean[at], self.raw[at], self.ref[at], float(self.vad[i]), self.whole[at],
                        float(self.vad_whole[i]))  # fmt: skip


def known_at(hop: int) -> float:
    """Seconds at which hop number `hop` (from 1) is complete: the ears work on whole frames of 10 ms."""
    return math.ceil(hop * HOP / FRAME) * FRAME / MIC_HZ


def hear(labels: Labels, canceller: str, kept: Path | None) -> HeardFile:
    """The recording through the product's ears, or what they made of it before. Raises Trouble."""
    both = read_stereo(labels.wav, MIC_HZ, LONGEST_S)
    raw, ref = np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])
    path = None if kept is None else kept / f"{labels.name[:60]}-{_name(both, canceller)}.npz"
    made = _load(path) if path is not None else None
    if made is None:
        made = _listen(raw, ref, canceller)
        if path is not None:
            kept_bytes = io.BytesIO()
            np.savez(kept_bytes, **made)    # type: ignore[arg-type]
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, kept_bytes.getvalue())
    n = len(made["vad"]) * HOP
    return HeardFile(raw[:n], ref[:n], made["clean"], made["whole"], made["vad"], made["vad_whole"])


def _listen(raw: np.ndarray, ref: np.ndarray, canceller: str) -> dict[str, np.ndarray]:
    ears = Ears(MIC_HZ, echo.make(canceller))
    heard: list[Heard] = []
    for at in range(0, len(raw), PIECE):
        heard += ears.hear(raw[at : at + PIECE], ref[at : at + PIECE])
    nothing = np.zeros(0, np.float32)
    return {
        "clean": np.concatenate([nothing, *(h.clean for h in heard)]),
        "whole": np.concatenate([nothing, *(h.whole for h in heard)]),
        "vad": np.array([h.vad for h in heard], np.float32),
        "vad_whole": np.array([h.vad_whole for h in heard], np.float32),
    }


@lru_cache
def _code() -> bytes:
    """A hash of the code that hears: an older version's ears must not be mistaken for this one's."""
    return hashlib.sha256(b"".join(Path(str(m.__file__)).read_bytes() for m in MAKERS)).digest()


def _name(both: np.ndarray, canceller: str) -> str:
    return hashlib.sha256(both.tobytes() + canceller.encode() + _code()).hexdigest()[:24]


def _load(path: Path) -> dict[str, np.ndarray] | None:
    """None: not there, or not whole (then it is made anew and written over)."""
    try:
        with np.load(io.BytesIO(path.read_bytes())) as found:
            made = {name: found[name] for name in ("clean", "whole", "vad", "vad_whole")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return made if len(made["clean"]) == len(made["whole"]) == HOP * len(made["vad"]) else None


def predict(labels: Labels, heard: HeardFile, setup: Setup) -> Odds:
    """The predictor over one recording, hop by hop, told no more than it would know (`Follower`)."""
    predictor = setup.make()
    state: Any = predictor.init_state()
    follower = Follower(labels.assistant, setup.rules)
    words = ProductWords() if setup.words else None
    n = len(heard.vad)
    out = np.zeros((n, len(OUTPUTS)), np.float32)
    try:
        for i, one in enumerate(heard.hops()):
            hop, state = predictor(one, follower.view, state)
            out[i] = [getattr(hop, name) for name in OUTPUTS]
            follower.step(hop)
            if words is not None:
                follower.text, follower.sense = words(one, follower.floor)
    finally:
        if words is not None:
            words.stop()
    time = np.array([known_at(i + 1) for i in range(n)])
    return Odds(time, *(np.ascontiguousarray(column) for column in out.T))
