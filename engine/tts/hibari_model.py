"""hibari's network and its reading of English, from the package `hibari-tts`: text to spectra and word times.

The package (Apache-2.0, one person's) is used for what is data and for its grapheme-to-phoneme part; the network is
run by Parley, and every file is compared with the checksum in `assets/models.toml` before it is read. Nothing is
fetched: the package's other voices, which it would download by itself, are never asked for.

The network's own durations become word times: the rounded number of steps of 25 ms a phoneme is inside the graph
(`DURATIONS`) and is made an output of it.
"""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.errors import NotHere, Trouble
from audio_io.frames import VOICE_HZ
from engine.models.catalogue import load
from engine.models.onnx import Session, session
from engine.models.sources import Sources
from engine.tts.source_filter import Spectra

WEIGHTS = "hibari"                               # in the catalogue
DURATIONS = "/Clip_output_0"
STEP_S = 0.025                                   # the unit of durations
EARLIER_S = 0.045                                # sound sets in before the network's own boundary (docs/log.md)
MARKS = ".!?…,;:—"                               # phonemes that are pauses
SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=\S)")
_making = threading.Lock()
SPEEDS = (0.5, 2.5)


@dataclass(frozen=True, slots=True)
class Clause:
    """phonemes: characters of the network's alphabet. starts: (index of a phoneme, character of the text) by word."""

    phonemes: str
    starts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Predicted:
    """One clause. marks: (sample at VOICE_HZ, character of the text) by word. begin: where the first word begins."""

    spectra: Spectra
    marks: tuple[tuple[int, int], ...]
    begin: int


class HibariModel:
    """`clauses` is for one thread at a time, `predict` for any. Takes 0.6 s of one core to make, and 190 MB."""

    def __init__(self) -> None:
        """Raises NotHere where the package is not installed, or not the known one; Trouble where it cannot be read."""
        paths = checked()
        try:
            from hibari.g2p import G2P
            from hibari.g2p.oov import OOV
        except ImportError as error:
            raise NotHere(f"hibari-tts cannot be imported ({error}); run: pip install hibari-tts==0.2.1") from error
        again = "run: pip install --force-reinstall hibari-tts==0.2.1"
        self.network = _with_durations(paths["hibari.onnx"], again)
        self.outputs = ["lh", "theta", "ln", "lr", "phi", "f0", DURATIONS]
        unknown = session(paths["oov.onnx"], threads=1, card=False, again=again)
        self.g2p: Any = G2P(oov=OOV(str(paths["oov.onnx"]), unknown))
        self.ids: dict[str, int] = _read_json(paths["vocab.json"])

    def clauses(self, text: str, first: int, longest: int) -> Iterator[Clause]:
        """text: as `as_spoken` gives it. first, longest: phonemes a clause, about 60 ms each.

        Sentences are whole clauses where they are short enough; longer ones are cut at their marks, or between words.
        """
        at = 0
        for sentence in SENTENCE.split(text):
            at = text.index(sentence, at)
            for clause in cut(self._words(sentence, at), first, longest):
                yield clause
                first = longest
            at += len(sentence)

    def predict(self, clause: Clause, speed: float) -> Predicted:
        """speed: factor on the rate, within SPEEDS.

        The network slows down by itself. Faster is the same with frames left out evenly: its steps of STEP_S are too
        coarse for it (at twice the rate a recogniser misread 20 words of 72, and misreads 4 with frames left out).
        """
        speed = min(max(speed, SPEEDS[0]), SPEEDS[1])
        denser = max(1.0, speed)
        ids = np.array([[0, *(self.ids[c] for c in clause.phonemes), 0]], np.int64)
        out = self.network.run(self.outputs, {"ids": ids, "speed": np.array([speed / denser], np.float32)})
        ends = np.cumsum(out[6].reshape(-1)) * STEP_S * VOICE_HZ / denser   # the first is the silence before it all
        marks = tuple((round(float(ends[index]) - EARLIER_S * VOICE_HZ), char) for index, char in clause.starts)
        frames = out[5].shape[1]
        kept = (np.arange(int(frames / denser)) + 0.5) * denser
        at = slice(None) if denser == 1 else kept.astype(np.intp)
        return Predicted(Spectra(*(part[0][..., at] for part in out[:6])), marks, round(float(ends[0])))

    def _words(self, sentence: str, at: int) -> list[tuple[int, str]]:
        """-> (character of the text, phonemes) of each word of `sentence`, which begins at the character `at`."""
        spaced = list(re.finditer(r"\S+", sentence))
        said = [""] * len(spaced)
        word = 0
        for token in self.g2p.phonemize_tokens(self.g2p.tokenize(sentence)):
            if word < len(said):
                said[word] += "".join(c for c in token.phonemes or "" if c in self.ids)
            word += bool(token.whitespace)
        return [(at + found.start(), phonemes.strip()) for found, phonemes in zip(spaced, said, strict=True)]


def checked() -> dict[str, Path]:
    """-> the package's files by name, each compared with its checksum. Raises NotHere with what to do."""
    known, sources = load().weights[WEIGHTS], Sources()
    return {file.name: sources.path(known, file.name) for file in known.files}


def shared() -> HibariModel:
    """The one that all voices of this process use; made by whoever asks first. Raises as HibariModel does."""
    with _making:
        return _made()


@cache
def _made() -> HibariModel:
    return HibariModel()


def cut(words: list[tuple[int, str]], first: int, longest: int) -> Iterator[Clause]:
    """words: (character, phonemes). -> clauses of at most `longest` phonemes, the first of `first`; or of one word."""
    left = [(char, said) for char, said in words if said]
    while left:
        room, fits, mark = first, 0, 0
        for count, (_, said) in enumerate(left, 1):
            room -= len(said) + 1
            if room < 0:
                break
            fits = count
            if said[-1] in MARKS:
                mark = count
        take = len(left) if fits == len(left) else max(1, mark or fits)
        yield _clause(left[:take])
        left, first = left[take:], longest


def _clause(words: list[tuple[int, str]]) -> Clause:
    phonemes, starts = "", []
    for char, said in words:
        phonemes += " " if phonemes else ""
        starts.append((len(phonemes), char))
        phonemes += said
    return Clause(phonemes if phonemes[-1] in MARKS else phonemes + ".", tuple(starts))


def _with_durations(path: Path, again: str) -> Session:
    """The network with one more output: of two messages of one type behind each other protobuf makes one, repeated
    fields joined, so a `ModelProto` with nothing but `graph.output` adds it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Trouble(f"{path}: cannot be read; {again}") from error
    name = DURATIONS.encode()
    value = _field(1, name)                      # ValueInfoProto.name
    return session(data + _field(7, _field(12, value)), threads=1, card=False, again=again)


def _field(number: int, body: bytes) -> bytes:
    """A protobuf field of bytes shorter than 128."""
    return bytes([number << 3 | 2, len(body)]) + body


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Trouble(f"{path}: cannot be read ({error}); run: pip install --force-reinstall hibari-tts==0.2.1"
                      ) from error  # fmt: skip
