"""An n-gram model of words in a small file, asked one word at a time.

The file is a NumPy archive: the words, and for pairs and triples of them the packed keys (differences of the sorted
ones), probabilities and backoff weights in steps of STEP decades, a byte each. It is made by
`engine/training/words/request_lm.py`.
"""

import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audio_io.errors import NotHere

BITS = 20                        # of a word's number in a key, the last word lowest
BEGIN, END, OTHER = 0, 1, 2      # numbers of the sentence's beginning and end, and of a word outside the vocabulary
STEP = 0.03                      # log10
LARGEST_BACKOFF = 1.2            # log10; a weight is rarely above 1
RARE = -16.0                     # natural logarithm of what has no probability of its own
LN10 = math.log(10)

Keys = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one length. keys: [k] sorted; p, backoff: [k] natural logarithms."""

    keys: Keys
    p: Floats
    backoff: Floats

    def at(self, key: int) -> int:
        """-> where the key is, -1 where it is not."""
        i = int(self.keys.searchsorted(key))
        return i if i < len(self.keys) and self.keys[i] == key else -1


class WordLm:
    """P(word | up to two words before it) with backoff. Words have numbers; `number` of an unknown one is OTHER."""

    def __init__(self, words: Sequence[str], grams: Sequence[Grams]) -> None:
        """words: the first three are the marks <s>, </s>, <unk>. grams: of one, two, ... words."""
        self.words = tuple(words)
        self.numbers = {w: i for i, w in enumerate(self.words)}
        self.singles = grams[0].p.tolist()
        self.grams = tuple(grams)

    def number(self, word: str) -> int:
        return self.numbers.get(word, OTHER)

    def logp(self, before: tuple[int, ...], word: int) -> float:
        """Natural logarithm of P(word | before); `before`: the last words, oldest first, as many as are known."""
        if word in (OTHER, BEGIN):
            return RARE
        before = before[max(0, len(before) - len(self.grams) + 1) :]
        lost = 0.0
        while before:
            key = 0
            for w in before:
                key = key << BITS | w
            found = self.grams[len(before)].at(key << BITS | word)
            if found >= 0:
                return lost + float(self.grams[len(before)].p[found])
            shorter = self.grams[len(before) - 1].at(key)
            lost += float(self.grams[len(before) - 1].backoff[shorter]) if shorter >= 0 else 0.0
            before = before[1:]
        return lost + float(self.singles[word])


def _coded(natural: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    codes = np.rint((LARGEST_BACKOFF - natural / LN10) / STEP)
    return np.clip(codes, 0, 255).astype(np.uint8)


def _decoded(codes: npt.NDArray[np.uint8]) -> Floats:
    return ((LARGEST_BACKOFF - codes.astype(np.float32) * np.float32(STEP)) * np.float32(LN10)).astype(np.float32)


def save(lm: WordLm, path: Path) -> None:
    """Writes the file. Probabilities lose what is finer than STEP / 2 decades."""
    arrays: dict[str, npt.NDArray[np.generic]] = {"words": np.frombuffer("\n".join(lm.words).encode(), np.uint8)}
    for n, grams in enumerate(lm.grams, 1):
        gaps = np.diff(grams.keys, prepend=0).astype("<u8")
        # byte planes: the high bytes are nearly all zero and pack to nothing
        planes = gaps.view(np.uint8).reshape(-1, 8).T.copy()
        arrays |= {f"gaps{n}": planes, f"p{n}": _coded(grams.p.astype(np.float64)),
                   f"backoff{n}": _coded(grams.backoff.astype(np.float64))}  # fmt: skip
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> WordLm:
    """Raises NotHere where the file is missing or none of ours."""
    try:
        with np.load(path, allow_pickle=False) as file:
            words = file["words"].tobytes().decode().split("\n")
            grams = []
            n = 1
            while f"p{n}" in file:
                gaps = np.ascontiguousarray(file[f"gaps{n}"].T).view("<u8").reshape(-1)
                keys = np.cumsum(gaps, dtype=np.int64)
                grams.append(Grams(keys, _decoded(file[f"p{n}"]), _decoded(file[f"backoff{n}"])))
                n += 1
    except FileNotFoundError as error:
        raise NotHere(f"the language model {path} is missing: install Parley again") from error
    except (zipfile.BadZipFile, ValueError, KeyError, OSError) as error:
        raise NotHere(f"the language model {path} cannot be read ({error}): install Parley again") from error
    return WordLm(words, grams)
