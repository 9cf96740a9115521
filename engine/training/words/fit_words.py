"""How much the words count beside the sound, and which words are noises: chosen on the development speakers.

    python -m engine.training.words.fit_words SPEECH_DIR [--requests DIR] [--work DIR] [--each N]

Prints the grid of word errors from which `engine.asr.lookahead.Weights` are taken, and the weights of
`engine/asr/word_confidence.py`: a logistic regression of words rightly recognised against words found where nothing
is said. Every second recording without speech is fitted on; the others say what is left. SPEECH_DIR and DIR: folders
with a manifest.csv (`bench asr`); of DIR (`engine.training.words.spoken_requests`) all is used.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audio_io.frames import MIC_HZ
from audio_io.wav import read_wav
from engine.asr import word_confidence, word_lm
from engine.asr.ctc import Search, Spelt
from engine.asr.ctc_recogniser import MODEL
from engine.asr.encoder import VoiceEncoder
from engine.asr.lookahead import Expectation, Weights
from engine.bench import asr
from engine.bench.people import word_errors
from engine.training.words.logistic import fit

LM = (0.0, 0.25, 0.4, 0.55, 0.75)
WORD = (0.0, 1.0, 2.0, 3.0)
SHORTEST_S, LONGEST_S = 0.3, 12.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as the encoder hears it. log_probs: [k, V]."""

    clip: asr.Clip
    log_probs: npt.NDArray[np.float32]


def posteriors(encoder: VoiceEncoder, clips: Sequence[asr.Clip], longest: float = LONGEST_S) -> list[Heard]:
    """As in `asr.play`: quiet before and after, in pieces where nothing is said."""
    found = []
    lead, rest = int(asr.LEAD_S * MIC_HZ), int(asr.REST_S * MIC_HZ)
    for clip in clips:
        pcm = read_wav(clip.path, MIC_HZ)
        if clip.kind != "empty" and not SHORTEST_S <= len(pcm) / MIC_HZ <= longest:
            continue
        for part in asr.pieces(clip, pcm):
            sound = np.pad(part, (lead, rest))
            sound = sound + np.random.default_rng(1).normal(0, asr.QUIET, len(sound)).astype(np.float32)
            found.append(Heard(clip, encoder(sound, encoder.init_state())[1]))
    return found


def kept(path: Path | None, encoder: VoiceEncoder, clips: Sequence[asr.Clip]) -> list[Heard]:
    """`posteriors`, from the file of an earlier call where there is one."""
    if path is None or not path.exists():
        heard = posteriors(encoder, clips)
        if path is not None:
            names = {f"{i:05d} {h.clip.file}": h.log_probs for i, h in enumerate(heard)}
            with path.open("wb") as file:
                np.savez(file, **names)  # type: ignore[arg-type]
        return heard
    by_file = {c.file: c for c in clips}
    with np.load(path) as file:
        return [Heard(by_file[name[6:]], file[name]) for name in file]


def words_of(search: Search, heard: Heard) -> list[Spelt]:
    return search.words(search(heard.log_probs, search.init_state()), final=True)


def grid(pieces: Sequence[str], lm: word_lm.WordLm, speech: Sequence[Heard]) -> list[dict[str, float | str]]:
    """-> word errors in percent by category, and their mean over the categories, for every pair of weights."""
    rows: list[dict[str, float | str]] = []
    for share in LM:
        for word in WORD:
            search = Search(pieces, Expectation(lm, weights=replace(Weights(), lm=share, word=word)))
            wrong: dict[str, list[int]] = {}
            for h in speech:
                text = asr.normal(" ".join(w.text for w in words_of(search, h)))
                wrong.setdefault(h.clip.category, []).append(word_errors(h.clip.said, text))
            counts = {c: sum(len(h.clip.said.split()) for h in speech if h.clip.category == c) for c in wrong}
            rows.append({"lm": share, "word": word, **{c: round(100 * sum(e) / counts[c], 1) for c, e in wrong.items()},
                         "mean": round(100 * float(np.mean([sum(e) / counts[c] for c, e in wrong.items()])), 2)})
    return rows


def trust(search: Search, speech: Sequence[Heard], nothing: Sequence[Heard]) -> dict[str, object]:
    """-> weights for word_confidence, and how much noise and speech pass at several odds."""
    said = [(w, True) for h in speech for w in words_of(search, h) if w.text in h.clip.said.split()]
    noise = [(w, False) for h in nothing[::2] for w in words_of(search, h)]
    both = said + noise
    if not noise:
        return {"weights": None, "words of speech": len(said), "words of noise": 0}
    x = np.array([word_confidence.measures(w) for w, _ in both])
    y = np.array([true for _, true in both])
    weights = fit(x, y)
    odds = x @ weights
    held = [[float(np.dot(word_confidence.measures(w), weights)) for w in words_of(search, h)] for h in nothing[1::2]]
    return {
        "weights": [round(float(w), 3) for w in weights], "words of speech": len(said), "words of noise": len(noise),
        "odds of speech": {f"{p} %": round(float(np.percentile(odds[y], p)), 2) for p in (1, 2, 5, 10)},
        "odds of noise": {f"{p} %": round(float(np.percentile(odds[~y], p)), 2) for p in (50, 75, 90)},
        "noises not fitted on that have words, %": {
            at: round(100 * float(np.mean([any(o > at for o in odds_of) for odds_of in held])), 1)
            for at in (-2, -1, 0, 1, 2)},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("speech_dir", type=Path)
    parser.add_argument("--requests", type=Path, help="spoken requests, for the grid and the trust")
    parser.add_argument("--work", type=Path, help="a folder that keeps the posteriors")
    parser.add_argument("--each", type=int, default=60, help="recordings of each category")
    parser.add_argument("--no-grid", action="store_true")
    args = parser.parse_args()
    clips = asr.read_manifest(args.speech_dir, "dev", each=args.each)
    clips += asr.read_manifest(args.requests, each=args.each) if args.requests else []
    clips = [c for c in clips if c.kind != "listed"]
    encoder, lm = VoiceEncoder(MODEL), word_lm.load(MODEL / "words.npz")
    if args.work is not None:
        args.work.mkdir(parents=True, exist_ok=True)
    heard = kept(args.work and args.work / "posteriors.npz", encoder, clips)
    speech = [h for h in heard if h.clip.kind == "scored"]
    nothing = [h for h in heard if h.clip.kind == "empty"]
    found: dict[str, object] = {"recordings": len(heard)}
    weights = Weights()
    if not args.no_grid:
        found["grid"] = rows = grid(encoder.pieces, lm, speech)
        found["best"] = best = min(rows, key=lambda row: row["mean"])
        weights = replace(weights, lm=float(best["lm"]), word=float(best["word"]))
    found["trust"] = trust(Search(encoder.pieces, Expectation(lm, weights=weights)), speech, nothing)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
