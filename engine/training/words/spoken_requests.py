"""Requests within the embedded brain's domain, spoken by voices that nothing is trained on, for `parley bench asr`:
`python -m engine.training.words.spoken_requests OUT`.

OUT gets NAME.wav and manifest.csv. The grammar is the one that the language model has learnt from; a sentence that the
voice encoder was trained with is left out. eSpeak NG speaks with accents and variants that are not in `encoder.data`,
festival with a diphone voice of a speaker who is in none.
"""

import argparse
import csv
import random
import shutil
import subprocess
from pathlib import Path

from audio_io.errors import NotHere, Trouble
from engine.training.encoder import data as encoder_data
from engine.training.words import request_grammar

ACCENTS = ("en-us-nyc", "en-gb-x-gbcwmd")
VARIANTS = ("f1", "f5", "m1", "m4", "m6", "m8", "Alicia", "adam", "shelby", "john", "robert", "travis", "quincy",
            "anika")  # fmt: skip
SPEEDS = (130, 190)              # words a minute
FESTIVAL = "voice_ked_diphone"


def texts(count: int, seed: int, exclude: set[str]) -> list[str]:
    """-> sentences of the grammar, none twice."""
    found: dict[str, None] = {}
    for n in range(8):
        for words in request_grammar.sentences(2 * count, seed=seed + n):
            if (text := " ".join(words)) not in exclude:
                found[text] = None
        if len(found) >= count:
            break
    return list(found)[:count]


def speak(text: str, out: Path, rng: random.Random) -> str:
    """Writes a WAV. -> the voice's name. Raises Trouble where the synthesiser fails."""
    if rng.random() < 0.4:
        voice = FESTIVAL
        command = ["text2wave", "-eval", f"({FESTIVAL})", "-o", str(out)]
    else:
        voice = f"{rng.choice(ACCENTS)}+{rng.choice(VARIANTS)}"
        command = ["espeak-ng", "-v", voice, "-s", str(rng.randint(*SPEEDS)), "-p", str(rng.randint(30, 70)),
                   "-w", str(out), "--stdin"]  # fmt: skip
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    if done.returncode or not out.exists():
        raise Trouble(f"{command[0]} does not speak {text!r}: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return voice


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--exclude", type=Path, help="index of the encoder's synthetic speech (WORK/synthetic.tsv)")
    args = parser.parse_args()
    for program, package in (("text2wave", "festival festvox-kdlpc16k"), ("espeak-ng", "espeak-ng")):
        if shutil.which(program) is None:
            raise NotHere(f"{program} is not installed: apt install {package}")
    trained = args.exclude.read_text(encoding="utf-8").splitlines() if args.exclude else []
    rng = random.Random(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "transcript", "language", "category", "speaker"])
        for i, text in enumerate(texts(args.count, args.seed, {line.split("\t")[2] for line in trained})):
            name = f"{i:04d}.wav"
            voice = speak(text, args.out / name, rng)
            kind = "requests, festival" if voice == FESTIVAL else "requests, espeak"
            table.writerow([name, encoder_data.plain_words(text), "en", kind, voice])


if __name__ == "__main__":
    main()
