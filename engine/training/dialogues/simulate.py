"""Makes labelled two-channel conversations: `parley train simulate`, or `python -m engine.training.dialogues.simulate`.

    NAME.wav          16 kHz: left = microphone, right = what the assistant played
    NAME.clean.flac   the microphone after echo removal, where the assistant could be heard in it
    NAME.json         the labels, in the form that `parley bench duplex` reads (version 1)

Every file comes from the seed, the split and its number alone: the same command makes the same bytes, in any order and
with any number of processes. Files appear one by one, the JSON last, so a reader may begin before the end.
"""

import argparse
import json
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from audio_io.errors import Trouble, WrongUse
from audio_io.frames import MIC_HZ
from engine.training.dialogues import device
from engine.training.dialogues.people import People, SyntheticTalker, Talker, numpy_rng
from engine.training.dialogues.recordings import SPLITS, Recordings, check_split, seconds
from engine.training.dialogues.script import (
    ASSISTANT,
    CALL,
    HELPER,
    USER,
    Scene,
    converse,
    disturb,
    nod_windows,
    track,
)  # fmt: skip
from engine.training.dialogues.text import Texts
from engine.training.dialogues.voices import ENGINES, Synthesisers

MEAN_S = 47.0                    # of one file, measured: hours become a number of files
SHARES = (("telephone", 0.40), ("loudspeaker", 0.35), ("headphones", 0.25))
HUMAN = 0.5                      # of the users' voices, and of the other side's on the telephone


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the voices and texts come from. speech, text: None for none. engines: of ENGINES."""

    split: str
    speech: Path | None
    text: Path | None
    engines: tuple[str, ...] = ENGINES
    cache: Path | None = None
    conditions: tuple[str, ...] = tuple(name for name, _ in SHARES)


class Maker:
    """Makes conversation number k. One a process."""

    def __init__(self, sources: Sources) -> None:
        self.split = sources.split
        self.shares = [(name, share) for name, share in SHARES if name in sources.conditions]
        self.recordings = Recordings(sources.speech, sources.split, sources.cache) if sources.speech else None
        self.people = People(self.recordings) if self.recordings else None
        self.texts = Texts(sources.text, sources.split)
        self.voices = Synthesisers(sources.split, sources.engines)

    def stop(self) -> None:
        self.voices.stop()

    def make(self, seed: int, number: int, out: Path) -> dict[str, Any]:
        """Writes one conversation. -> its labels."""
        rng = random.Random(f"{seed} {self.split} {number}")
        condition = rng.choices([c for c, _ in self.shares], [s for _, s in self.shares])[0]
        call = rng.random() < (0.85 if condition == "telephone" else 0.25)
        user = self._talker(rng, call)
        assistant = self._other(rng, call, condition)
        scene = converse((user, assistant), CALL if call else HELPER, rng.uniform(30, 52), rng)
        others = [self._talker(rng, call) for _ in range(2)]
        disturb(scene, user, others, self.recordings, rng.uniform(0, 2.5) if call else rng.uniform(1, 7), rng)
        taken = device.DEVICES[condition](self._tracks(scene, user, assistant, condition, rng), self.recordings, rng)
        about = {"condition": condition, "style": "call" if call else "assistant", "voice": user.name,
                 "assistant_voice": assistant.name, **taken.about}  # fmt: skip
        return write(out, f"{self.split}-{seed}-{number:05d}", taken, labels(scene, about))

    def _talker(self, rng: random.Random, call: bool) -> Talker:
        if self.people is not None and rng.random() < HUMAN:
            return self.people.draw(rng, "call" if call else "assistant")
        return SyntheticTalker(self.voices, self.voices.draw(rng), self.texts, rng.uniform(0.5, 2.0))

    def _other(self, rng: random.Random, call: bool, condition: str) -> Talker:
        if call and (condition == "telephone" or rng.random() < 0.6):
            return self._talker(rng, call)
        voice = self.voices.product(rng) if rng.random() < 0.5 else self.voices.draw(rng)
        return SyntheticTalker(self.voices, voice, self.texts, 1.0 if call else 0.2)

    def _tracks(
        self, scene: Scene, user: Talker, assistant: Talker, condition: str, rng: random.Random
    ) -> device.Tracks:
        own, other = track(scene, USER), track(scene, ASSISTANT)
        own = own + user.background(scene.total, numpy_rng(rng))
        if condition == "telephone":
            other = other + assistant.background(scene.total, numpy_rng(rng))
        return device.Tracks(own, track(scene, USER, far=True), other)


def labels(scene: Scene, about: dict[str, Any]) -> dict[str, Any]:
    """-> what NAME.json says."""
    assistant = [{k: v for k, v in e.label().items() if k != "takes_floor"} for e in scene.of(ASSISTANT)]
    return {
        "version": 1, "seconds": seconds(scene.total), **about, "user": [e.label() for e in scene.of(USER)],
        "assistant": assistant, "backchannel_here": nod_windows(scene),
    }  # fmt: skip


def write(out: Path, name: str, taken: device.Taken, said: dict[str, Any]) -> dict[str, Any]:
    """Writes the three files, the JSON last. -> the labels."""
    both = np.stack([taken.mic, taken.played], axis=1)
    soundfile.write(out / f"{name}.wav", _int16(both), MIC_HZ, subtype="PCM_16")
    said = {**said, "clean": None}
    if taken.clean is not None:
        said["clean"] = f"{name}.clean.flac"
        soundfile.write(out / said["clean"], _int16(taken.clean), MIC_HZ, subtype="PCM_16")
    path = out / f"{name}.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return said


def _int16(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(x * 32767), -32768, 32767), np.int16)


_maker: Maker | None = None      # of this worker process
_parent = 0


def _begin(sources: Sources) -> None:
    global _maker, _parent
    _maker, _parent = Maker(sources), os.getppid()


def _one(task: tuple[int, int, Path]) -> dict[str, Any]:
    assert _maker is not None
    if os.getppid() != _parent:                                   # killed: nobody collects, another may have begun
        _maker.stop()
        os._exit(1)
    return _maker.make(*task)


def count(found: dict[str, float], said: dict[str, Any]) -> None:
    """Adds one file's labels to the table of what there is."""
    def more(name: str, by: float = 1) -> None:
        found[name] = round(found.get(name, 0) + by, 4)

    more("files")
    more("hours", said["seconds"] / 3600)
    more(f"hours {said['condition']}", said["seconds"] / 3600)
    more(f"hours of user {said['voice'].split(':')[0]}", said["seconds"] / 3600)
    for event in said["user"]:
        more(f"user {event['kind']}")
        more("pauses in turns", len(event["pauses"]) if event["kind"] == "turn" else 0)
    for event in said["assistant"]:
        more(f"assistant {event['kind']}")
    more("backchannel_here", len(said["backchannel_here"]))


def simulate(sources: Sources, out: Path, hours: float, seed: int, jobs: int) -> dict[str, float]:
    """Makes about `hours` of conversations in `out`; those that are there already are kept. -> counts."""
    if not hours > 0:
        raise WrongUse(f"--hours {hours:g}: how much to make, more than 0")
    check_split(sources.split)
    out.mkdir(parents=True, exist_ok=True)
    total = max(1, round(hours * 3600 / MEAN_S))
    found: dict[str, float] = {}
    tasks = []
    for k in range(total):
        ready = out / f"{sources.split}-{seed}-{k:05d}.json"
        if ready.exists():
            count(found, json.loads(ready.read_text(encoding="utf-8")))
        else:
            tasks.append((seed, k, out))
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(sources,)) as pool:
        for k, said in enumerate(pool.map(_one, tasks)):
            count(found, said)
            line = f"\r{k + 1} of {len(tasks)} conversations, {found['hours']:.2f} h"
            print(line, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    (out / f"counts-{sources.split}-{seed}.txt").write_text("".join(f"{k}: {v:g}\n" for k, v in sorted(found.items())))
    return found


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder with manifest.csv and human recordings; none: synthetic only")
    parser.add_argument("--text", type=Path, help="folder with requests.tsv and dialogues.tsv.gz; none: grammar only")
    parser.add_argument("--out", type=Path, required=True, help="folder for the conversations")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--split", choices=SPLITS, default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--voices", default=",".join(ENGINES), help="synthesisers, parted by commas")
    parser.add_argument("--conditions", default=",".join(name for name, _ in SHARES), help="which, parted by commas")
    parser.add_argument("--cache", type=Path, help="folder that keeps decoded recordings")


def _listed(option: str, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if unknown := sorted(set(chosen) - set(known)):
        raise WrongUse(f"{option} {unknown[0]!r}: there are {', '.join(known)}")
    return chosen


def main(args: argparse.Namespace) -> int:
    """Makes the conversations that `arguments` ask for and prints the counts. -> exit code."""
    engines = _listed("--voices", args.voices, ENGINES)
    conditions = _listed("--conditions", args.conditions, tuple(device.DEVICES))
    sources = Sources(args.split, args.data, args.text, engines, args.cache, conditions)
    for name, value in sorted(simulate(sources, args.out, args.hours, args.seed, args.jobs).items()):
        print(f"{name:32} {value:g}")
    return 0


if __name__ == "__main__":
    own = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments(own)
    try:
        sys.exit(main(own.parse_args()))
    except Trouble as error:
        sys.exit(f"simulate: {error}")
