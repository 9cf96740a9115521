"""Recordings of people in a folder with a manifest.csv, and which of them are for training, development and testing."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import soundfile

from audio_io.dsp.resample import resample
from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ

TEST, DEV = 6, 12                # of 100 speakers: below TEST are tested on, below DEV developed with


def share(key: str) -> int:
    """-> 0..99, the same for the same key for ever."""
    return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:8], 16) % 100


def split_of(row: dict[str, str]) -> str:
    """-> train, dev or test of a manifest's row: by speaker, by file where nobody is named."""
    k = share(row.get("speaker") or Path(row["file"]).stem)
    return "test" if k < TEST else "dev" if k < DEV else "train"


def decoded(path: Path) -> np.ndarray:
    """-> [n] int16 at MIC_HZ, first channel."""
    pcm, hz = soundfile.read(path, dtype="float32", always_2d=True)
    x = resample(pcm[:, 0], hz, MIC_HZ) if hz != MIC_HZ else pcm[:, 0]
    return np.asarray(np.clip(x * 32767, -32768, 32767), np.int16)


def manifest(folder: Path) -> list[dict[str, str]]:
    """-> the rows of folder/manifest.csv. Raises WrongUse where it is not one."""
    path = folder / "manifest.csv"
    if not path.is_file():
        raise WrongUse(f"{path}: not there; --data wants a folder with manifest.csv (columns file, transcript, ...)")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "transcript"} <= set(rows[0]):
        raise WrongUse(f"{path}: the columns file and transcript are needed")
    return rows
