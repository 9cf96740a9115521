"""The human recordings that the simulator speaks with: a manifest's rows of one split, decoded once.

The splits are those of `engine.corpus.manifest.split_of`: by speaker, by file where nobody is named,
so nobody whom either model has learnt from is heard in the test.
"""

import json
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ
from engine.corpus.manifest import decoded, manifest, share, split_of

SPLITS = ("train", "dev", "test")
KEPT = 400                       # decoded recordings in memory: about 100 MB
SHARED = ("noise", "rir")        # too few files for a split by file; see `Recordings.of`


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of the manifest. file: relative to the folder. speaker: the file's stem where nobody is named."""

    file: str
    category: str
    speaker: str
    language: str
    seconds: float
    words: str
    label: str


def check_split(split: str) -> str:
    """-> split. Raises WrongUse for anything but train, dev or test."""
    if split not in SPLITS:
        raise WrongUse(f"split {split!r}: it is one of {', '.join(SPLITS)}")
    return split


def phrase_split(text: str, salt: str = "phrase") -> str:
    """-> the split that a phrase belongs to, by its hash: 74 % train, 11 % dev, 15 % test."""
    k = share(f"{salt} {text}")
    return "test" if k < 15 else "dev" if k < 26 else "train"


class Recordings:
    """The recordings of one split of a folder with manifest.csv."""

    def __init__(self, folder: Path, split: str, cache: Path | None = None) -> None:
        """cache: a folder that keeps what was decoded, as int16. Raises WrongUse where there is no manifest."""
        self.folder, self.split, self.cache = folder, check_split(split), cache
        self.by_category: dict[str, list[Recording]] = defaultdict(list)
        for row in manifest(folder):
            if row.get("category") in SHARED or _own_split(row) == split:
                self.by_category[row.get("category", "")].append(_recording(row))
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()

    def of(self, *categories: str) -> list[Recording]:
        """-> the recordings of these categories, in the manifest's order."""
        return [r for c in categories for r in self.by_category.get(c, [])]

    def speakers(self, *categories: str) -> dict[str, list[Recording]]:
        """-> speaker -> their recordings, in the manifest's order (in a book: the order of reading)."""
        found: dict[str, list[Recording]] = defaultdict(list)
        for r in self.of(*categories):
            found[r.speaker].append(r)
        return dict(found)

    def pcm(self, recording: Recording) -> np.ndarray:
        """-> [n] float32 at MIC_HZ. Of a noise, only this split's part of the recording."""
        if recording.file not in self._kept:
            self._kept[recording.file] = self._decoded(recording)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(recording.file)
        x = self._kept[recording.file]
        if recording.category == "noise":
            a, b = {"train": (0.0, 0.7), "dev": (0.7, 0.83), "test": (0.83, 1.0)}[self.split]
            x = x[int(a * len(x)) : int(b * len(x))]
        return np.asarray(x, np.float32) / 32768

    def _decoded(self, recording: Recording) -> np.ndarray:
        if self.cache is None:
            return decoded(self.folder / recording.file)
        path = (self.cache / recording.file).with_suffix(".npy")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = path.with_suffix(f".{id(self)}.tmp.npy")
            np.save(whole, decoded(self.folder / recording.file))
            whole.replace(path)                                   # never half a file, whoever else writes it too
        return np.asarray(np.load(path))

    def room_responses(self) -> list[Recording]:
        """-> this split's share of the measured room responses: one in five each for dev and test."""
        number = {"dev": (0,), "test": (1,), "train": (2, 3, 4)}[self.split]
        own = [r for r in self.of("rir") if "telephone" not in r.file]
        return [r for i, r in enumerate(own) if i % 5 in number]


def _own_split(row: dict[str, str]) -> str:
    if row.get("category") == "esc10_sounds":                     # parts of one clip share the number in the middle
        return split_of({**row, "speaker": "esc" + Path(row["file"]).stem.split("-")[1]})
    return split_of(row)


def _recording(row: dict[str, str]) -> Recording:
    label = row.get("label", "")
    words = row["transcript"].strip()
    if not words and label.startswith("{"):
        slots = json.loads(label).get("slots", {})
        words = " ".join(str(v).strip() for v in slots.values())
    return Recording(
        row["file"], row.get("category", ""), row.get("speaker") or Path(row["file"]).stem,
        row.get("language", "en"), float(row.get("duration_s") or 0), words, label,
    )  # fmt: skip


def seconds(samples: int) -> float:
    """Samples at MIC_HZ in seconds, to the microsecond: exact to the sample when read back."""
    return round(samples / MIC_HZ, 6)
