"""When Whisper's words are those of a voice: the weights of `engine/asr/whisper_words.py`.

    python -m engine.training.words.fit_whisper SPEECH_DIR [--each N]

A logistic regression of recordings of the development speakers against pieces of recordings in which nothing is said,
those of the training split among them (Whisper has learnt from neither). Prints the weights, for an even bet, and the
lowest and highest odds of each category: the constant is then moved between the voices and the noises.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_io.dsp.vad import Vad
from audio_io.frames import HOP, MIC_HZ
from audio_io.wav import read_wav
from engine.asr.ctc_recogniser import CtcRecogniser
from engine.asr.recognisers import Listening, whisper_model
from engine.asr.whisper import VOICE, Model
from engine.asr.whisper_words import Evidence, measures
from engine.bench import asr
from engine.messages import Audio, Begin
from engine.training.words.logistic import fit

TRAIN_NOISE = 60                 # recordings without speech of the training split
TAIL_S = 0.4                     # of the quiet behind a recording that Whisper does not get: it begins at a pause


def evidence(whisper: Model, encoder: CtcRecogniser, vad: Vad, pcm: np.ndarray) -> Evidence:
    """pcm: [n] at MIC_HZ, heard as `bench asr` does and as the product would."""
    quiet = np.zeros(int(asr.LEAD_S * MIC_HZ), np.float32), np.zeros(int(asr.REST_S * MIC_HZ), np.float32)
    sound = np.concatenate([quiet[0], pcm, quiet[1]])
    sound = sound + np.random.default_rng(1).normal(0, asr.QUIET, len(sound)).astype(np.float32)
    vad.reset()
    voice = [vad(sound[at : at + HOP]) for at in range(0, len(sound) - HOP + 1, HOP)]
    for message in (Begin(1, sound[: asr.PREROLL]), Audio(1, sound[asr.PREROLL :])):
        for _ in encoder.work(message):
            pass
    heard = whisper.hear(sound[: len(sound) - int(TAIL_S * MIC_HZ)], "en")
    return Evidence(heard, tuple(encoder.finish(1)), sum(v > VOICE for v in voice) * HOP / MIC_HZ, max(voice))


def gathered(folder: Path, each: int) -> Iterator[tuple[asr.Clip, np.ndarray]]:
    """-> recordings, those in which nobody speaks in pieces."""
    noises = [c for c in asr.read_manifest(folder, "train") if c.kind == "empty"]
    noises = random.Random(3).sample(noises, min(TRAIN_NOISE, len(noises)))
    for clip in [*asr.read_manifest(folder, "dev", each=each), *noises]:
        for part in asr.pieces(clip, read_wav(clip.path, MIC_HZ)):
            yield clip, part


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser(prog="fit_whisper", description=__doc__)
    p.add_argument("speech", type=Path, help="folder with manifest.csv and recordings")
    p.add_argument("--each", type=int, default=80, help="recordings of each category")
    args = p.parse_args(argv)
    whisper, encoder, vad = whisper_model(Listening()), CtcRecogniser(), Vad()
    rows, voices, names = [], [], []
    for clip, pcm in [*gathered(args.speech, args.each), *asr.silences()]:
        found = evidence(whisper, encoder, vad, pcm)
        if found.heard.written:
            rows.append(measures(found))
            voices.append(clip.kind != "empty")
            names.append(f"{clip.category}, {clip.kind}")
    x = np.array(rows)
    weights = fit(x, np.array(voices))
    print("WEIGHTS =", tuple(round(float(w), 3) for w in weights))
    by = defaultdict(list)
    for name, one in zip(names, x @ weights, strict=True):
        by[name].append(float(one))
    for name, found_odds in by.items():
        print(f"{name}: {len(found_odds)}, {min(found_odds):.2f} to {max(found_odds):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
