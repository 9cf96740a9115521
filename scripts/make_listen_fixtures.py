"""Makes tests/data/listen/*.flac with flite: `python scripts/make_listen_fixtures.py`. See tests/data/README.md."""

import subprocess
import tempfile
from pathlib import Path

import soundfile

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "listen"
PHRASES = {
    "time_in_london": ("slt", "what time is it in london"),
    "timer": ("rms", "set a timer for five minutes"),
    "story": ("slt", "tell me a story"),
    "stop": ("rms", "stop"),
    "no_thanks": ("slt", "no thank you"),
    "sum": ("rms", "what is seven times twelve"),
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (voice, text) in PHRASES.items():
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "spoken.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", wav], check=True)
            pcm, hz = soundfile.read(wav, dtype="int16")
        soundfile.write(FOLDER / f"{name}.flac", pcm, hz)
        (FOLDER / f"{name}.txt").write_text(text + "\n")


if __name__ == "__main__":
    main()
