"""Every synthetic voice to be had: eSpeak NG (the wheel's), flite and festival (Debian's), as programs beside us.

    eSpeak NG   all English voices x variants; word times from the synthesiser
    flite       slt, rms, awb, kal16
    festival    us-slt-hts, kallpc16k, kdlpc16k

A voice is dealt to one split by its name (eSpeak: by the variant, which makes the timbre). Rate, pitch and the length
of the vocal tract (by resampling) are drawn anew for every speaker.
"""

import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from audio_io.dsp.resample import resample
from audio_io.errors import NotHere, Trouble
from audio_io.frames import MIC_HZ
from audio_io.worker_messages import EspeakReady, Say, SayEnded, Spoken
from audio_io.worker_process import WorkerProcess
from engine.training.dialogues.recordings import phrase_split
from engine.training.dialogues.sound import resampled

ENGINES = ("espeak", "flite", "festival")
FLITE = {"train": ("slt", "rms", "kal16"), "dev": ("rms",), "test": ("awb",)}
FESTIVAL = {"train": ("cmu_us_slt_arctic_hts", "kal_diphone"), "dev": ("ked_diphone",), "test": ()}
UNLIKE_PEOPLE = frozenset(("whisper", "whisperf", "croak", "Demonic", "fast", "Mr serious", "UniRobot"))
PROGRAMS = {"flite": "flite", "festival": "text2wave"}
PRODUCT = "gmw/en-US"            # what Parley itself speaks with; the assistant's voice in any split


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """engine: one of ENGINES. key: its name for the voice. rate: 1 is its own. tract: 0.85..1.2 resampling factor."""

    engine: str
    key: str
    rate: float = 1.0
    pitch: int = 50
    tract: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.engine}:{self.key}"


class Synthesisers:
    """Draws voices of a split and speaks with them. One a process; `stop` ends the helper."""

    def __init__(self, split: str, engines: tuple[str, ...] = ENGINES) -> None:
        """Raises NotHere for an engine that is not installed."""
        for engine in engines:
            if engine in PROGRAMS and shutil.which(PROGRAMS[engine]) is None:
                raise NotHere(f"voices of {engine}: no program {PROGRAMS[engine]} here; apt install {engine}, or "
                              "leave it out with --voices espeak")  # fmt: skip
        self.split, self.engines = split, engines
        self.worker = WorkerProcess("engine.tts.espeak_child", "eSpeak NG")
        ready = self.worker.want(EspeakReady)
        assert ready is not None
        self.hz = ready.hz
        self.accents = sorted(key for language, _, key in ready.voices if language.split("-")[0] == "en")
        variants = [v for v in ready.variants if v not in UNLIKE_PEOPLE and not v.startswith("robosoft")]
        self.variants = sorted(v for v in variants if phrase_split(v.rstrip("0123456789"), "voice") == split)
        self.said = 0

    def stop(self) -> None:
        self.worker.stop()

    def draw(self, rng: random.Random) -> VoiceSpec:
        """-> a voice of this split with a rate, a pitch and a tract of its own."""
        others = [("flite", v) for v in FLITE[self.split] if "flite" in self.engines]
        others += [("festival", v) for v in FESTIVAL[self.split] if "festival" in self.engines]
        rate, pitch, tract = rng.uniform(0.85, 1.3), rng.randint(15, 85), rng.uniform(0.88, 1.15)
        if others and rng.random() < 0.5:
            engine, key = rng.choice(others)
            return VoiceSpec(engine, key, rate, pitch, tract)
        return VoiceSpec("espeak", f"{rng.choice(self.accents)}+{rng.choice(self.variants)}", rate, pitch, tract)

    def product(self, rng: random.Random) -> VoiceSpec:
        """-> what the assistant sounds like in the product."""
        return VoiceSpec("espeak", PRODUCT, rng.uniform(0.9, 1.1), rng.randint(40, 60), 1.0)

    def say(self, text: str, voice: VoiceSpec) -> tuple[np.ndarray, dict[int, int]]:
        """-> [n] float32 at MIC_HZ, and for voices that tell it: character of the text -> sample of that word."""
        marks: dict[int, int] = {}
        if voice.engine == "espeak":
            pcm, marks = self._espeak(text, voice)
        else:
            with tempfile.TemporaryDirectory() as folder:
                pcm = _program(text, voice, Path(folder) / "spoken.wav")
        pcm = resampled(pcm, voice.tract)
        return pcm, {c: int(s / voice.tract) for c, s in marks.items()}

    def _espeak(self, text: str, voice: VoiceSpec) -> tuple[np.ndarray, dict[int, int]]:
        self.said += 1
        rate = round(165 * voice.rate / voice.tract)
        self.worker.send(Say(self.said, text, voice.key, rate, voice.pitch, range=50, gap=0))
        parts: list[np.ndarray] = []
        marks: list[tuple[int, int]] = []
        while not isinstance(got := self.worker.receive(), SayEnded):
            if isinstance(got, Spoken):
                parts.append(np.frombuffer(got.pcm, np.int16))
                marks += got.marks
        if got.how != "done":
            raise Trouble(f"eSpeak NG, voice {voice.key}: {got.why or got.how}: {text[:60]!r}")
        x = np.concatenate([*parts, np.zeros(1, np.int16)]).astype(np.float32) / 32768
        return resample(x, self.hz, MIC_HZ), {int(c): int(s * MIC_HZ / self.hz) for s, c in marks}


def _program(text: str, voice: VoiceSpec, out: Path) -> np.ndarray:
    slow = voice.tract / voice.rate
    if voice.engine == "flite":
        command = ["flite", "-voice", voice.key, "--setf", f"duration_stretch={slow:.2f}", "-t", text, "-o", str(out)]
        asked = None
    else:
        command = ["text2wave", "-eval", f"(voice_{voice.key})", "-eval",
                   f"(Parameter.set 'Duration_Stretch {slow:.2f})", "-o", str(out)]  # fmt: skip
        asked = text.encode()
    done = subprocess.run(command, input=asked, capture_output=True)
    if done.returncode or not out.exists() or out.stat().st_size < 1000:
        raise Trouble(f"{voice.name} could not speak {text[:60]!r} (exit code {done.returncode})")
    pcm, hz = soundfile.read(out, dtype="float32", always_2d=True)
    return resample(pcm[:, 0], hz, MIC_HZ) if hz != MIC_HZ else np.asarray(pcm[:, 0])
