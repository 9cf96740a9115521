"""How well a voice is understood, how soon and at what cost: several synthesisers on the same sentences, in one run.

The words are heard by Whisper base, which has nothing to do with any of the voices. Times are of one core's work
(processor time of this process and of the children that it has waited for) where a synthesiser runs here; eSpeak NG and
flite run in processes of their own, and eSpeak NG's, which lives on, is not counted. Scores of listening are DNSMOS
(package `speechmos`, which needs librosa) and Distill-MOS (`distillmos`, which needs torchaudio); what is not here is
said, and has no column.
"""

import importlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audio_io.dsp.resample import resample
from audio_io.errors import NotHere
from audio_io.frames import MIC_HZ, VOICE_HZ
from audio_io.wav import read_wav
from engine.asr.whisper_model import Whisper
from engine.bench.asr import normal
from engine.bench.report import quantiles
from engine.messages import Phrase, Style
from engine.models import catalogue
from engine.models.sources import Sources
from engine.tts.synthesisers import SYNTHESISERS, make_synthesiser
from engine.tts.voices import presets

Pcm = npt.NDArray[np.float32]
SENTENCES = tuple("""
The timer for the pasta rings in eight minutes.
It will rain this evening, so take an umbrella with you.
A soft egg needs about six minutes in boiling water.
Your next meeting begins at half past three.
I have written that down for you.
The nearest pharmacy closes at seven tonight.
There are four apples and a loaf of bread on your list.
Which of the two alarms should I delete?
The train to the airport leaves from platform nine.
Yesterday was warmer than today, but tomorrow will be warm again.
She planted tomatoes behind the old wooden shed.
The museum is closed on Mondays and on public holidays.
Please speak a little louder, the kitchen is noisy.
My brother has bought a small boat with a red sail.
It takes nine hours to fly across the ocean.
The recipe asks for two cups of flour and a pinch of salt.
We could walk along the river before dinner.
The battery is almost empty, plug in the charger.
He found his keys under the blue cushion.
The library has a quiet room on the second floor.
Water boils at a lower temperature in the mountains.
Nobody knew who had left the window open.
The doctor can see you on Thursday morning.
Turn left after the bridge and follow the signs.
A good night's sleep is better than another coffee.
The children built a castle of sand near the pier.
Your parcel was delivered to the neighbor.
Let me know when you are ready to continue.
The concert was loud, long and quite wonderful.
Bees visit thousands of flowers for one spoon of honey.
The garden gate squeaks whenever the wind blows.
Shall I read you the news or play some music?
The old clock in the hall has stopped again.
Cheese tastes better when it is not too cold.
They painted the ceiling white and the doors green.
The shortest day of the year is in December.
I could not find anything with that name.
Her voice carried to the back of the theater.
The soup needs pepper and a little lemon.
Remember to water the plants before you leave.
The mechanic said that the brakes are worn.
Thanks, that was all I wanted to know.
""".strip().splitlines())


@dataclass(frozen=True, slots=True)
class Spoken:
    """pcm: float32 at VOICE_HZ. first_ms, first_cpu_ms: to the first sound, by the clock and of a core's work; None
    where it comes all at once. cpu_s: of a core's work in all."""

    pcm: Pcm
    first_ms: float | None
    first_cpu_ms: float | None
    cpu_s: float


Say = Callable[[str], Spoken]


def work_s() -> float:
    """Seconds of work so far, of this process and of those it has waited for."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def voices(told: Callable[[str], None]) -> Iterator[tuple[str, Say, Callable[[], None]]]:
    """-> (name, what says a sentence, what ends it) of each that is here; told: a line for each that is not."""
    for name in SYNTHESISERS:
        voice = make_synthesiser(name, presets(), lambda lack: told(str(lack)))
        style = Style("clara" if name == "hibari" else "en-us")
        list(voice.work(Phrase("Hello.", style)))        # reads what it needs
        yield name, lambda text, voice=voice, style=style: _stream(voice.work, text, style), voice.stop  # type: ignore[misc]
    if shutil.which("flite"):
        yield "flite slt", _flite, lambda: None
    else:
        told("flite is not installed (apt install flite)")


def _stream(work: Any, text: str, style: Style) -> Spoken:
    begin, clock = work_s(), time.perf_counter()
    first: tuple[float, float] | None = None
    parts = [np.zeros(0, np.float32)]
    for chunk in work(Phrase(text, style, last=True)):
        if chunk is not None:
            first = first or (1000 * (time.perf_counter() - clock), 1000 * (work_s() - begin))
            parts.append(chunk.pcm)
    at = first or (0.0, 0.0)
    return Spoken(np.concatenate(parts), at[0], at[1], work_s() - begin)


def _flite(text: str) -> Spoken:
    begin = work_s()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "said.wav"
        subprocess.run(["flite", "-voice", "slt", "-t", text, str(out)], check=True, timeout=60)
        pcm = read_wav(out, VOICE_HZ)
    return Spoken(pcm, None, None, work_s() - begin)


def scorers(told: Callable[[str], None]) -> dict[str, Callable[[Pcm], float]]:
    """-> by name, what gives 16 kHz sound a score of 1..5. told: a line for each whose package is not here."""
    found: dict[str, Callable[[Pcm], float]] = {}
    try:
        dnsmos = importlib.import_module("speechmos.dnsmos")
        found["DNSMOS"] = lambda x: float(dnsmos.run(np.clip(x, -1, 1), sr=MIC_HZ)["ovrl_mos"])
    except ImportError as lack:
        told(f"DNSMOS: left out, {lack} (pip install speechmos librosa)")
    try:
        torch, distillmos = importlib.import_module("torch"), importlib.import_module("distillmos")
        net = distillmos.ConvTransformerSQAModel().eval()
        found["Distill-MOS"] = lambda x: float(net(torch.from_numpy(x)[None])[0])
    except ImportError as lack:
        told(f"Distill-MOS: left out, {lack} (pip install distillmos torchaudio)")
    return found


def bench_voice(models: Path, say: Callable[[str], None], most: int = len(SENTENCES)) -> dict[str, Any]:
    """models: where Parley keeps weights. most: sentences. Raises NotHere without the recogniser's weights."""
    known, sources = catalogue.load().weights["whisper-base"], Sources(models)
    if not sources.here(known):
        raise NotHere("bench voice: needs Whisper base to listen: `parley models pull whisper-base`")
    whisper, scores = Whisper(lambda name: sources.read(known, name)), scorers(say)
    rows = []
    for name, speak, end in voices(say):
        say(f"{name}: {most} sentences")
        try:
            made = [(text, speak(text)) for text in SENTENCES[:most]]
        finally:
            end()
        rows.append(_row(name, made, whisper, scores))
    return {"sentences": most, "rows": rows}


def _row(name: str, made: list[tuple[str, Spoken]], whisper: Whisper, scores: dict[str, Callable[[Pcm], float]]
         ) -> dict[str, Any]:  # fmt: skip
    wrong = total = 0
    marks: dict[str, list[float]] = {score: [] for score in scores}
    for text, spoken in made:
        pcm = resample(spoken.pcm, VOICE_HZ, MIC_HZ)
        said, heard = normal(text).split(), normal(whisper.hear(pcm, "en").written).split()
        wrong, total = wrong + edits(said, heard), total + len(said)
        for score, of in scores.items():
            marks[score].append(of(pcm))
    seconds = sum(len(spoken.pcm) for _, spoken in made) / VOICE_HZ
    first = quantiles([spoken.first_cpu_ms for _, spoken in made if spoken.first_cpu_ms is not None], 1)
    clock = quantiles([spoken.first_ms for _, spoken in made if spoken.first_ms is not None], 1)
    return {
        "voice": name, "words": total, "wrong %": round(100 * wrong / total, 1), "first sound p50 cpu ms": first["p50"],
        "p95 cpu ms": first["p95"], "p95 ms": clock["p95"], "s": round(seconds, 1),
        "cpu s a second": round(sum(spoken.cpu_s for _, spoken in made) / seconds, 4),
        **{score: round(float(np.mean(values)), 2) for score, values in marks.items()},
    }  # fmt: skip


def edits(a: list[str], b: list[str]) -> int:
    """Words to change, leave out or add (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
