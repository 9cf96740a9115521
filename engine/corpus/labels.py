"""Labelled conversations: what `parley bench duplex` measures on. Version 1 of the format, see docs/formats.md.

A conversation is NAME.wav (left: microphone, right: what the assistant played) and NAME.json:

    {"version": 1,
     "user": [{"start": s, "end": s, "kind": "turn", "text": "...", "pauses": [[s, e], ...]}, ...],
     "assistant": [{"start": s, "end": s}, ...]}

Keys that are not known are ignored. Some are used where they are there: of the whole file "voice" ("human:ID",
"synthetic:ID"), "condition" (else "room") as a name for a group of files, "clean" (a sound file of the user alone),
"backchannel_here" ([[s, e], ...]); of a user's event "voice" and "takes_floor" (else whether it is a turn); of the
assistant's "kind", which is "backchannel" for an "mm-hm" that takes nobody's floor.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from audio_io.errors import Trouble, WrongUse
from audio_io.files import why

VERSION = 1
KINDS = ("turn", "backchannel", "noise", "other_voice", "laugh", "cough")
LONGEST_S = 3 * 3600.0
SLACK_S = 0.25                   # labels may end so much after the sound: rounding, a cut tail
UNKNOWN = "-"

Span = tuple[float, float]       # start and end, seconds


@dataclass(frozen=True, slots=True)
class Event:
    """Something on the user's side. pauses: silences inside a turn, in order; all times in seconds."""

    start: float
    end: float
    kind: str
    text: str = ""
    pauses: tuple[Span, ...] = ()
    takes_floor: bool = True
    voice: str = UNKNOWN         # "human", "synthetic" or whatever stands before the colon


@dataclass(frozen=True, slots=True)
class Labels:
    """One conversation as labelled; user and assistant in order of time."""

    wav: Path
    seconds: float
    user: tuple[Event, ...]
    assistant: tuple[Span, ...]
    voice: str = UNKNOWN
    condition: str = UNKNOWN
    clean: Path | None = None
    backchannel_here: tuple[Span, ...] = ()
    asides: tuple[Span, ...] = ()            # those of `assistant` that are but signs of listening

    @property
    def replies(self) -> list[Span]:
        """What the assistant says that can be interrupted."""
        return [span for span in self.assistant if span not in self.asides]

    @property
    def name(self) -> str:
        return self.wav.stem

    @property
    def turns(self) -> list[Event]:
        return [e for e in self.user if e.kind == "turn"]

    def talking(self, t: float) -> bool:
        """Whether the assistant is in the middle of saying something at t."""
        return any(start <= t < end for start, end in self.assistant)


def find(folder: Path) -> tuple[list[Labels], list[str]]:
    """-> the conversations of `folder` by name; one line for each that cannot be used.

    Raises WrongUse when there is no such folder or nothing in it looks like a conversation.
    """
    if not folder.is_dir():
        raise WrongUse(f"{folder}: is not a folder; name one with NAME.wav and NAME.json files")
    found, bad = [], []
    wavs = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".wav")
    for wav in wavs:
        try:
            found.append(read(wav))
        except Trouble as line:
            bad.append(str(line))
    known = {p.stem for p in wavs}
    lonely = [p for p in sorted(folder.glob("*.json")) if p.stem not in known and _looks_like_labels(p)]
    bad += [f"{p}: has no {p.stem}.wav beside it; copy the sound too" for p in lonely]
    if not found and not bad:
        raise WrongUse(f"{folder}: has no conversations; it needs NAME.wav and NAME.json files (docs/formats.md)")
    return found, bad


def read(wav: Path) -> Labels:
    """Reads the labels beside `wav`, and the sound's header. Raises WrongUse, a line that names file and key."""
    path = wav.with_suffix(".json")
    seconds = _length_s(wav)
    data = _object(path)
    if data.get("version") != VERSION:
        raise WrongUse(f"{path}: version is {json.dumps(data.get('version'))}; this Parley reads version {VERSION}")
    voice = _group(path, data, "voice", UNKNOWN)
    user = [_event(path, i, one, seconds, voice) for i, one in enumerate(_list(path, data, "user"))]
    rows = _list(path, data, "assistant")
    assistant = [_span(path, f"assistant[{i}]", (one.get("start"), one.get("end")), seconds)
                 for i, one in enumerate(rows)]  # fmt: skip
    asides = sorted(s for s, one in zip(assistant, rows, strict=True) if one.get("kind") == "backchannel")
    here = data.get("backchannel_here", [])
    clean = data.get("clean")
    return Labels(
        wav, seconds, tuple(sorted(user, key=lambda e: (e.start, e.end))), tuple(sorted(assistant)), voice,
        _group(path, data, "condition", _group(path, data, "room", UNKNOWN)),
        wav.with_name(clean) if isinstance(clean, str) and clean and Path(clean).name == clean else None,
        tuple(sorted(_spans(path, "backchannel_here", here, seconds))), tuple(asides),
    )  # fmt: skip


def _length_s(wav: Path) -> float:
    try:
        info = soundfile.info(str(wav))
    except (soundfile.LibsndfileError, TypeError) as error:
        raise WrongUse(f"{wav}: is not a sound file that can be read; convert it to WAV") from error
    if info.channels != 2:
        raise WrongUse(f"{wav}: has {info.channels} channel{'s' * (info.channels != 1)} where two are needed: left "
                       "the microphone, right what was played")
    if info.frames <= 0:
        raise WrongUse(f"{wav}: has no sound in it; record it again")
    return float(info.frames / info.samplerate)


def _object(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WrongUse(f"{path}: is missing; every NAME.wav needs its labels in NAME.json") from error
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {why(error)}; check the file") from error
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{path}: is not JSON ({str(error)[:80]}); mend it or write it anew") from error
    if not isinstance(data, dict):
        raise WrongUse(f"{path}: is not a JSON object; see docs/formats.md")
    return data


def _looks_like_labels(path: Path) -> bool:
    try:
        data = _object(path)
    except Trouble:
        return False
    return "user" in data and "assistant" in data


def _list(path: Path, data: Mapping[str, object], key: str) -> list[dict[str, object]]:
    if key not in data:
        raise WrongUse(f"{path}: {key} is missing; write [] if there is nothing")
    rows = data[key]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongUse(f"{path}: {key} must be a list of objects with start and end")
    return rows


def _event(path: Path, i: int, row: Mapping[str, object], seconds: float, voice: str) -> Event:
    where = f"user[{i}]"
    start, end = _span(path, where, (row.get("start"), row.get("end")), seconds)
    kind = row.get("kind")
    if kind not in KINDS:
        raise WrongUse(f"{path}: {where}.kind is {json.dumps(kind)[:40]}; it must be one of {', '.join(KINDS)}")
    pauses = _spans(path, f"{where}.pauses", row.get("pauses") or [], seconds)
    if any(s < start - 1e-6 or e > end + 1e-6 for s, e in pauses):
        raise WrongUse(f"{path}: {where}.pauses has a pause outside of {start:g}..{end:g} s")
    takes = row.get("takes_floor", kind == "turn")
    if not isinstance(takes, bool):
        raise WrongUse(f"{path}: {where}.takes_floor must be true or false")
    text = row.get("text")
    return Event(start, end, kind, text if isinstance(text, str) else "", tuple(sorted(pauses)), takes,
                 _group(path, row, "voice", voice))


def _spans(path: Path, where: str, rows: object, seconds: float) -> list[Span]:
    if not isinstance(rows, Sequence) or isinstance(rows, str) or any(
            not isinstance(r, Sequence) or isinstance(r, str) or len(r) != 2 for r in rows):
        raise WrongUse(f"{path}: {where} must be a list of [start, end]")
    return [_span(path, f"{where}[{i}]", (row[0], row[1]), seconds) for i, row in enumerate(rows)]


def _span(path: Path, where: str, pair: tuple[object, object], seconds: float) -> Span:
    ends = []
    for value in pair:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise WrongUse(f"{path}: {where} needs start and end as seconds, not {json.dumps(value)[:40]}")
        ends.append(float(value))
    start, end = ends
    if not 0 <= start < end or end > seconds + SLACK_S or start >= seconds:
        raise WrongUse(f"{path}: {where} is {start:g}..{end:g} s; it must have start < end and lie within "
                       f"the sound's 0..{seconds:.2f} s")
    return start, min(end, seconds)


def _group(path: Path, data: Mapping[str, object], key: str, default: str) -> str:
    """A name to group by: of "human:ID" what stands before the colon; of an object its "name"."""
    value = data.get(key)
    if isinstance(value, dict):
        value = value.get("name")
    return value.split(":")[0].strip() or default if isinstance(value, str) else default
