"""How well is speech recognised? Any sound files with a table of what is said in them, through a recogniser as in a
conversation: hop by hop, words while they are spoken, the final ones at the end.

`manifest.csv`: the columns file and transcript; language and category where there are any. English (or a recording
without a language but with a transcript) is scored; a recording with neither language nor transcript holds nothing
that is said: words found in it are counted by the minute, in pieces of PIECE_S, as turns are. Everything else is
recognised and listed, not scored.
"""

import csv
import io
import random
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audio_io.errors import NotHere, WrongUse
from audio_io.frames import FRAME, HOP, MIC_HZ, hops
from audio_io.notices import Statement
from audio_io.wav import read_wav
from engine.asr.ctc_recogniser import MODEL, CtcRecogniser, Encoder
from engine.asr.encoder import VoiceEncoder
from engine.asr.lookahead import NO_MODEL
from engine.asr.recognisers import WHISPER, Listening, Recogniser, make_recogniser
from engine.bench.people import word_errors
from engine.bench.pocketsphinx import Sphinx
from engine.bench.report import quantiles
from engine.corpus.manifest import split_of
from engine.corpus.spoken_form import spoken
from engine.messages import Audio, Begin, End

LEAD_S, REST_S = 0.3, 0.8        # of quiet before and after a recording: a pre-roll, and a pause that ends a turn
PREROLL = hops(200) * HOP
QUIET = 3e-4                     # standard deviation of the quiet: -70 dB of white noise
PIECE_S = 5.0
SILENCE_S = 60.0                 # of each silence that the bench adds itself
HISS = {"(silence, digital)": 0.0, "(silence, -60 dB)": 1e-3, "(hiss, -40 dB)": 1e-2}
END_DB, FLOOR_DB = 30.0, -55.0   # sound has ended where it stays this far below its loudest 10 ms, or below the floor
SPLITS = ("all", "train", "dev", "test")

Pcm = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of the manifest. said: normalised, "" where nobody wrote it down or nothing is said."""

    file: str
    path: Path
    category: str
    kind: str                    # scored, empty (nothing is said in it), or listed
    said: str


@dataclass(frozen=True, slots=True)
class Result:
    """heard: as recognised. seconds: of sound. took_s: by the clock. last_ms: from the sound's end to the last word's
    lasting appearance, None where no words came. told_late: the last word came only with the final words.
    cpu_s: processor time.
    """

    clip: Clip
    heard: str
    seconds: float
    took_s: float
    last_ms: float | None = None
    told_late: bool = False
    cpu_s: float = 0.0


def normal(text: str) -> str:
    """Lower case, no accents and punctuation, numbers said out."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return " ".join(spoken("".join(c for c in plain if not unicodedata.combining(c)).replace("-", " ")))


def read_manifest(
    folder: Path, split: str = "all", categories: Sequence[str] = (), each: int | None = None
) -> list[Clip]:
    """-> the clips, in the manifest's order. split: of the speakers, as the voice encoder is trained. each: at most so
    many of a category, drawn. Raises WrongUse for a manifest that is missing, none, or names nothing."""
    path = folder / "manifest.csv"
    if not path.is_file():
        raise WrongUse(f"{path}: is missing; --data wants a folder of recordings with a manifest.csv")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WrongUse(f"{path}: is no table of text separated by commas ({error}); save it as CSV in UTF-8") from error
    if not rows or not {"file", "transcript"} <= set(rows[0]):
        raise WrongUse(f"{path}: the columns file and transcript are needed, and a row")
    clips = []
    for number, row in enumerate(rows, 2):
        if not row["file"]:
            raise WrongUse(f"{path}: line {number} names no file")
        if split == "all" or split_of({**row, "speaker": row.get("speaker") or ""}) == split:
            clips.append(_clip(folder, row))
    if categories and (missing := set(categories) - {c.category for c in clips}):
        raise WrongUse(f"{path}: has no recordings of {', '.join(sorted(missing))} (split {split})")
    clips = [c for c in clips if not categories or c.category in categories]
    if each is not None:
        drawn: dict[str, list[Clip]] = {}
        for c in random.Random(1).sample(clips, len(clips)):
            drawn.setdefault(f"{c.category} {c.kind}", []).append(c)
        chosen = {c.file for group in drawn.values() for c in group[:each]}
        clips = [c for c in clips if c.file in chosen]
    if not clips:
        raise WrongUse(f"{path}: has no recordings for this (split {split})")
    if gone := next((c for c in clips if not c.path.is_file()), None):
        raise WrongUse(f"{gone.path}: is missing, but {path.name} names it")
    return clips


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    language, said = (row.get("language") or "").strip().lower(), normal(row["transcript"] or "")
    english = not language or language.split("-")[0] in ("en", "eng", "english")
    nothing = not language and not (row["transcript"] or "").strip()
    kind = "scored" if said and english else "empty" if nothing else "listed"
    return Clip(row["file"], folder / row["file"], row.get("category") or "all", kind, said if kind == "scored" else "")


# -- who listens ------------------------------------------------------------------------------------------
class Recorded:
    """An encoder whose answers to the utterance begun last are kept."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.pieces, self.answers = encoder, encoder.pieces, list[Pcm]()

    def init_state(self) -> Any:
        self.answers = []
        return self.encoder.init_state()

    def __call__(self, pcm: Pcm, state: Any) -> tuple[Pcm, Pcm, Any]:
        frames, log_probs, state = self.encoder(pcm, state)
        self.answers.append(log_probs)
        return frames, log_probs, state


class Replayed:
    """Gives a recorder's answers again, in the same order, whatever it hears."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded, self.pieces = recorded, recorded.pieces

    def init_state(self) -> int:
        return 0

    def __call__(self, pcm: Pcm, state: int) -> tuple[Pcm, Pcm, int]:
        return np.zeros((0, 0), np.float32), self.recorded.answers[state], state + 1


def listeners(words: Sequence[str], peers: bool) -> dict[str, Recogniser]:
    """-> Whisper as it is used, Parley's own encoder, what it hears in the same sound without a model of words, and
    PocketSphinx. Raises NotHere without Whisper's weights: another recogniser must not be measured under its name."""
    recorded = Recorded(VoiceEncoder(MODEL))
    made: dict[str, Recogniser] = {
        WHISPER: make_recogniser(WHISPER, Listening(words, "en", lockstep=True, amiss=_refuse)),
        "parley": CtcRecogniser(words, encoder=recorded),
        "parley, sound alone": CtcRecogniser(encoder=Replayed(recorded), weights=NO_MODEL),
    }
    return made | ({"pocketsphinx": Sphinx()} if peers else {})


def _refuse(what: Statement) -> None:
    raise NotHere(what)


# -- one recording ----------------------------------------------------------------------------------------
def play(recogniser: Recogniser, clip: Clip, pcm: Pcm) -> Result:
    """pcm: [n] at MIC_HZ, heard as one utterance with quiet around it."""
    lead, rest = int(LEAD_S * MIC_HZ), int(REST_S * MIC_HZ)
    rest += -(lead + len(pcm) + rest - PREROLL) % HOP
    sound = np.concatenate([np.zeros(lead, np.float32), pcm, np.zeros(rest, np.float32)])
    sound = sound + np.random.default_rng(1).normal(0, QUIET, len(sound)).astype(np.float32)
    began, used = time.perf_counter(), time.process_time()
    told: list[tuple[int, str]] = []             # (samples heard, words so far)
    told += [(PREROLL, w.text) for w in recogniser.work(Begin(1, sound[:PREROLL])) if w]
    for at in range(PREROLL, len(sound), HOP):
        told += [(at + HOP, w.text) for w in recogniser.work(Audio(1, sound[at : at + HOP])) if w]
    final = next(w.text for w in recogniser.work(End(1)) if w and w.final)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    settled = _settled(told, final)
    ended = lead + sound_end(pcm)
    last = None if not final else 1000 * ((settled or len(sound)) - ended) / MIC_HZ
    return Result(clip, final, len(pcm) / MIC_HZ, took, last, bool(final) and settled is None, cpu)


def _settled(told: Sequence[tuple[int, str]], final: str) -> int | None:
    """-> samples heard when the final's words were first all there, for good; None: only with the final itself."""
    at = None
    for samples, text in reversed(told):
        if text != final:
            break
        at = samples
    return at


def sound_end(pcm: Pcm) -> int:
    """-> the sample at which the last loud 10 ms end."""
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    if not len(frames):
        return len(pcm)
    db = 10 * np.log10(np.mean(frames * frames, 1) + 1e-12)
    loud = np.flatnonzero(db > max(float(db.max()) - END_DB, FLOOR_DB))
    return (int(loud[-1]) + 1) * FRAME if len(loud) else len(pcm)


def pieces(clip: Clip, pcm: Pcm) -> list[Pcm]:
    """What nobody speaks in is heard in pieces as long as a turn; speech is one."""
    if clip.kind != "empty":
        return [pcm]
    size = int(PIECE_S * MIC_HZ)
    return [pcm[at : at + size] for at in range(0, len(pcm), size) if len(pcm) - at > HOP or at == 0]


def silences() -> list[tuple[Clip, Pcm]]:
    """Digital silence and two levels of white noise, as recordings."""
    rng = np.random.default_rng(2)
    n = int(SILENCE_S * MIC_HZ)
    return [(Clip("", Path(name), name, "empty", ""), rng.normal(0, level, n).astype(np.float32))
            for name, level in HISS.items()]  # fmt: skip


# -- all of them ------------------------------------------------------------------------------------------
def bench_asr(
    clips: Sequence[Clip], recognisers: dict[str, Recogniser], say: Callable[[str], None] = lambda line: None
) -> tuple[dict[str, Any], dict[str, list[Result]]]:
    """recognisers: by name; each hears all of it. -> (the report, the results by recogniser).

    Raises WrongUse for a recording that is missing or cannot be read.
    """
    results: dict[str, list[Result]] = {name: [] for name in recognisers}
    for number, clip in enumerate(clips):
        pcm = read_wav(clip.path, MIC_HZ)
        if number % 50 == 0:
            say(f"{number} of {len(clips)} recordings")
        _hear(clip, pcm, recognisers, results)
    for clip, pcm in silences():
        _hear(clip, pcm, recognisers, results)
    categories = list(dict.fromkeys((r.clip.category, r.clip.kind) for r in next(iter(results.values()))))
    rows = [_row(category, kind, name, [r for r in found if (r.clip.category, r.clip.kind) == (category, kind)])
            for category, kind in categories for name, found in results.items()]  # fmt: skip
    rows += [_row("(all scored)", "scored", name, [r for r in found if r.clip.kind == "scored"])
             for name, found in results.items() if any(k == "scored" for _, k in categories)]  # fmt: skip
    return {"recordings": len(clips), "rows": rows}, results


def _hear(
    clip: Clip, pcm: Pcm, recognisers: dict[str, Recogniser], results: dict[str, list[Result]]
) -> None:
    """Adds each one's result. A piece is heard by all before the next one, as `Replayed` needs."""
    parts = [[play(recogniser, clip, part) for recogniser in recognisers.values()] for part in pieces(clip, pcm)]
    for name, own in zip(recognisers, zip(*parts, strict=True), strict=True):
        results[name].append(_joined(clip, own))


def _joined(clip: Clip, results: Sequence[Result]) -> Result:
    heard = " ".join(r.heard for r in results if r.heard)
    last = results[0].last_ms if len(results) == 1 else None
    return Result(clip, heard, sum(r.seconds for r in results), sum(r.took_s for r in results), last,
                  any(r.told_late for r in results), sum(r.cpu_s for r in results))  # fmt: skip


def _row(category: str, kind: str, name: str, results: Sequence[Result]) -> dict[str, Any]:
    scored = kind == "scored"
    heard = [normal(r.heard) for r in results]
    wrong = sum(word_errors(r.clip.said, h) for r, h in zip(results, heard, strict=True)) if scored else 0
    words = sum(len(r.clip.said.split()) for r in results)
    minutes = sum(r.seconds for r in results) / 60
    found = sum(len(h.split()) for h in heard)
    last = quantiles([r.last_ms for r in results if r.last_ms is not None and scored])
    spoke = [r for r in results if r.heard]
    padding = (LEAD_S + REST_S) * (len(results) if kind != "empty" else minutes * 60 / PIECE_S)
    return {
        "category": category, "recogniser": name, "n": len(results), "minutes": round(minutes, 1), "words": words,
        "word errors %": round(100 * wrong / words, 1) if words else None,
        "all words right %": round(100 * sum(r.clip.said == h for r, h in zip(results, heard, strict=True))
                                   / len(results), 1) if scored else None,
        "words in nothing, a minute": round(found / minutes, 2) if kind == "empty" and minutes else None,
        "heard anything %": round(100 * len(spoke) / len(results), 1),
        "last word p50 ms": last["p50"], "last word p95 ms": last["p95"],
        "told late %": round(100 * sum(r.told_late for r in spoke) / len(spoke), 1) if scored and spoke else None,
        "processor s a clip": round(sum(r.cpu_s for r in results) / len(results), 2),
        "real-time factor": round(sum(r.took_s for r in results) / (minutes * 60 + padding), 3) if minutes else None,
    }  # fmt: skip


NOTES = f"""
- *word errors*: substituted, missing and added words for each word said; lower case, numbers said out, no
  punctuation, no accents. Recordings in other languages are recognised and listed in words.csv, not scored.
- *last word*: from the end of the sound to the moment at which all the final words are there for good. The end of
  the sound is estimated from its level: the last 10 ms within {END_DB:.0f} dB of the loudest and above
  {FLOOR_DB:.0f} dBFS. Each recording is followed by {REST_S} s of quiet; what comes only with the final words counts
  from the end of that, and is *told late*.
- *words in nothing*: recordings with neither language nor transcript, and silence and hiss made by the bench, in
  utterances of {PIECE_S:.0f} s.
- *processor s a clip*: of all cores, from the first hop to the final words. Whisper works at the end here and counts
  wholly; in a conversation it has begun at the pause before.
- *real-time factor*: seconds a second of sound by the clock, beside whatever else this machine did. "Sound alone" is
  the same network without the model of words; its answers are replayed, so its number is that of the search.
"""


def words_csv(results: dict[str, list[Result]]) -> str:
    """file, words (of the first recogniser), then a column for each further one."""
    out = io.StringIO()
    names = list(results)
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["file", "words", *names[1:]])
    for same in zip(*results.values(), strict=True):
        if same[0].clip.file:
            table.writerow([same[0].clip.file, *(r.heard for r in same)])
    return out.getvalue()
