"""Fits WEIGHTS of engine/asr/word_evidence.py: `python -m engine.training.words.fit_evidence SPEECH_DIR`.

Words that were recognised rightly in speech (single words, read sentences, and requests spoken by flite, half of
them with noise at 15 dB) against words that were found in recordings without speech. Every fifth recording of
ESC-10 and every tenth speaker is left out, for the measurement in docs/log.md.
"""

import argparse
import csv
import json
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from audio_io.dsp.resample import Resampler
from audio_io.frames import HOP, MIC_HZ
from engine.asr import pocketsphinx_child as sphinx_child
from engine.asr.word_evidence import Word, measures, terms
from engine.training.words import request_grammar
from engine.training.words.logistic import fit
from engine.training.words.request_lm import held_out

Sound = npt.NDArray[np.float32]
VOICES = ("slt", "rms", "awb", "kal16")
MARGIN = np.zeros(MIC_HZ // 4, np.float32)       # before and after: what a pre-roll and a pause give
SHORTEST_S = 5


@dataclass(frozen=True, slots=True)
class Take:
    """pcm: [n] float32 at 16 kHz. said: the words in it; none in noise."""

    pcm: Sound
    said: frozenset[str]


def load(path: Path) -> Sound:
    pcm, hz = soundfile.read(path, dtype="float32", always_2d=True)
    to_mic = Resampler(hz, MIC_HZ)
    return np.concatenate([to_mic(pcm[:, 0]), to_mic.flush()]).astype(np.float32)


def synthetic(count: int, rng: random.Random) -> Iterator[Take]:
    for i, words in enumerate(request_grammar.sentences(count, seed=rng.randrange(1 << 30))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "spoken.wav"
            subprocess.run(["flite", "-voice", VOICES[i % len(VOICES)], "-t", " ".join(words), "-o", path], check=True)
            yield Take(load(path), frozenset(words))


def human(folder: Path, count: int, rng: random.Random) -> tuple[list[Take], list[Take]]:
    """-> (speech, noise), without the speakers and recordings that are measured on later."""
    with (folder / "manifest.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    speech: list[Take] = []
    for category in ("speech_commands_1per_speaker", "speechocean762", "librispeech_train_clean_5"):
        own = [r for r in rows if r["category"] == category and not held_out(r["speaker"], 100, "evidence")]
        short = [r for r in own if float(r["duration_s"]) < SHORTEST_S]
        chosen = rng.sample(short, min(count, len(short)))
        speech += [Take(load(folder / r["file"]), frozenset(r["transcript"].lower().split())) for r in chosen]
    sounds = [r for r in rows if r["category"] == "esc10_sounds"]
    noise = [Take(load(folder / r["file"]), frozenset()) for i, r in enumerate(sounds) if i % 5 and i % 5 < 3]
    return speech, noise


def words_of(ear: sphinx_child.Ear, take: Take, noise_db: float | None, rng: np.random.Generator) -> Iterator[
    tuple[Word, Sound]
]:
    """-> every word that is recognised in a take, with the harmonicity of the whole take."""
    pcm = np.concatenate([MARGIN, take.pcm, MARGIN])
    power = float(np.mean(take.pcm**2)) * 10 ** (-noise_db / 10) if noise_db is not None else 1e-8
    noisy = pcm + rng.normal(0, np.sqrt(power), len(pcm))
    samples = (np.clip(noisy, -1, 1) * 32767).astype(np.int16)
    ear.begin(samples[:HOP])
    for at in range(HOP, len(samples), HOP):
        ear.audio(samples[at : at + HOP])
    words, harmonic = ear.heard()
    for word in words:
        yield word, harmonic


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("speech_dir", type=Path)
    parser.add_argument("--count", type=int, default=80, help="takes of each kind of speech")
    args = parser.parse_args()
    chooser, rng = random.Random(1), np.random.default_rng(1)
    speech, noise = human(args.speech_dir, args.count, chooser)
    speech += synthetic(args.count, chooser)
    models = Path("assets/models")
    ear = sphinx_child.Ear(models / "requests.lm", models / "requests.dict")
    rows: list[tuple[float, ...]] = []
    is_word: list[bool] = []
    for i, take in enumerate([*speech, *noise]):
        for word, harmonic in words_of(ear, take, 15.0 if i % 2 and take.said else None, rng):
            if not take.said or word.text in take.said:
                rows.append(terms(measures(word, harmonic)))
                is_word.append(bool(take.said))
    x, y = np.array(rows), np.array(is_word)
    weights = fit(x, y)
    odds = x @ weights
    print(json.dumps({
        "weights": [round(float(w), 3) for w in weights], "words": int(y.sum()), "noise": int((~y).sum()),
        "odds_of_words": np.percentile(odds[y], [1, 2, 3, 5, 10]).round(2).tolist(),
        "noise_left": [round(float(np.mean(odds[~y] > np.percentile(odds[y], p))), 2) for p in (1, 2, 3, 5, 10)],
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
