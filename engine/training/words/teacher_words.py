"""Writes down recordings that have no transcript, with a public recogniser:
`python -m engine.training.words.teacher_words`.

The recogniser is Moonshine tiny (MIT; arXiv 2410.15608), whose English model is inside the wheel `moonshine-voice`
0.0.49. Its words are good enough to learn from and are never measured against.

    python -m engine.training.words.teacher_words --data SPEECH --category picovoice_barista_commands --out TEACHER.tsv
    parley train encoder --data SPEECH --words TEACHER.tsv ...
"""

import argparse
import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.errors import NotHere, WrongUse
from audio_io.frames import MIC_HZ
from engine.corpus.manifest import decoded, manifest


def teacher() -> Any:
    """-> Moonshine's transcriber. Raises NotHere without the package, or without the model in it."""
    spec = find_spec("moonshine_voice")
    folders = [Path(f) for f in (spec.submodule_search_locations or [])] if spec else []
    models = [f / "assets" / "tiny-en" for f in folders if (f / "assets" / "tiny-en").is_dir()]
    if not models:
        raise NotHere("the teacher is in the package moonshine-voice: pip install moonshine-voice==0.0.49")
    library = importlib.import_module("moonshine_voice")
    return library.Transcriber(model_path=str(models[0]), model_arch=library.ModelArch.TINY)


def main(argv: list[str]) -> int:
    p = argparse.ArgumentParser(prog="teacher_words", description=__doc__)
    p.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and recordings")
    p.add_argument("--category", required=True, help="which of them to write down")
    p.add_argument("--out", type=Path, required=True, help="table to write: file <tab> words")
    args = p.parse_args(argv)
    rows = [r for r in manifest(args.data) if r.get("category") == args.category and not r["transcript"]]
    if not rows:
        raise WrongUse(f"{args.data}: no recording of category {args.category!r} is without a transcript")
    recogniser = teacher()
    with args.out.open("w", encoding="utf-8") as out:
        for k, row in enumerate(rows, 1):
            sound = decoded(args.data / row["file"]).astype(np.float32) / 32768
            lines = recogniser.transcribe_without_streaming(sound.tolist(), MIC_HZ).lines
            print(row["file"], " ".join(line.text for line in lines), sep="\t", file=out)
            print(f"\r{k}/{len(rows)}", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
