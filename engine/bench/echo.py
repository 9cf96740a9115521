"""How well the echo is removed, and what is left of a user who speaks over the assistant.

For each room and canceller the same conversation is played: the assistant talks all the time, the user now and
then, once not at all and once for each level of the user's voice to the echo (SER). All of it is simulated
(audio_io/room.py), so the figures come out the same on every machine, `cost_ms` excepted.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from audio_io.dsp.echo import DEFAULT, Canceller, make
from audio_io.dsp.resample import resample
from audio_io.dsp.vad import Vad
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import check_writable
from audio_io.frames import DEVICE_HZ, FRAME, HOP, MIC_HZ, block_samples
from audio_io.room import Room, RoomShape
from audio_io.wav import read_wav, write_wav
from engine.bench.report import bars, quantiles, table, write

ROOMS = {
    "desk": RoomShape(delay_ms=60, echo_db=-10, rt60_s=0.3),
    "headphones": RoomShape(echo_db=-120),
    "near": RoomShape(delay_ms=20, echo_db=0, rt60_s=0.2, nonlinear=True),
    "loud": RoomShape(delay_ms=60, echo_db=0, rt60_s=0.4, nonlinear=True),
    "bluetooth": RoomShape(delay_ms=300, echo_db=-6, rt60_s=0.6),
    "two clocks": RoomShape(delay_ms=150, echo_db=0, rt60_s=0.3, nonlinear=True, drift_ppm=50),
    "bad clocks": RoomShape(delay_ms=60, echo_db=0, rt60_s=0.4, nonlinear=True, drift_ppm=200),
}
SER_DB = (-10.0, 0.0, 10.0)
LEVEL_DB = -20.0                 # RMS of speech while it sounds, to full scale
VOICE = 0.5                      # of the VAD
INTERRUPTS_MS = 300              # an uninterrupted false voice of this length would stop the assistant
ONSET = (3, 4)                   # so many of so many hops with a voice make an onset
PATIENCE_S = 2.0                 # an onset later than this was missed
LEARNING_S = 10.0                # the user is silent until then; "steady" begins there
PAUSE_S = 3.5                    # between two things the user says
JUMP_S, JUMP_MS = 15.0, 100.0
SILENCE_S, KNOWN_S, AGAIN_S = 60.0, 10.0, 6.0    # nothing is played for so long, after and before so much speech
GOOD_DB = 20.0
LOOK = 4 * HOP                   # samples over which the echo's loss is measured: 128 ms
SOUNDS = {".wav", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".w64", ".mp3"}

ASSISTANT = (
    "The time in Tokyo is twenty past nine in the evening. Tell me which city you want next, and I will look it up.",
    "There are about two hundred countries in the world, and most of them differ from Greenwich by whole hours.",
    "The lighthouse was built in the third century before our time. It was more than a hundred metres high.",
    "Sailors trusted it for many hundred years, until an earthquake broke it into pieces.",
)
USER = (
    ("rms", "Wait, stop. I would like to know something else."),
    ("slt", "Excuse me, can you say that again please?"),
    ("awb", "No, thank you. How many miles are ten kilometres?"),
    ("kal16", "Stop. Set a timer for five minutes."),
)
Speak = Callable[[str, str], np.ndarray]


@dataclass(frozen=True, slots=True)
class Take:
    """One simulated recording at 16 kHz: mic, ref, user, echo: [n] float32; onsets: samples."""

    mic: np.ndarray
    ref: np.ndarray
    user: np.ndarray
    echo: np.ndarray
    onsets: tuple[int, ...]


def bench_echo(
    out: Path | None,
    rooms: dict[str, RoomShape] | None = None,
    cancellers: Sequence[str] = ("kalman", "aec3", "speex"),
    seconds: float = 40.0,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """-> {"seconds", "rooms": {name: shape}, "results": [one dict a room and canceller], "skipped": [lines]}.

    `out`: a folder for report.json, report.md and echo.png, or None. `seconds` >= 20: of each recording.
    A canceller that is not installed is left out and named in "skipped". Raises NotHere without a synthesiser.
    """
    if seconds < JUMP_S + 5:
        raise WrongUse(f"bench echo: {seconds:g} s are too short; at least {JUMP_S + 5:g}")
    rooms = ROOMS if rooms is None else rooms
    usable, skipped = [], []
    for name in cancellers:
        try:
            make(name)
            usable.append(name)
        except NotHere as error:
            skipped.append(str(error))
    speech = Speech(seconds)
    results = []
    for room, shape in rooms.items():
        takes = {ser: record(shape, speech, ser) for ser in (None, *SER_DB)}
        alone = {ser: record(replace(shape, echo_db=-120.0), speech, ser + echo_level(shape)) for ser in SER_DB}
        jumped, again = record(shape, speech, None, jump=True), record(shape, rested(speech), 0.0)
        for name in usable:
            say(f"echo: {room}, {name}")
            results.append({"room": room, "canceller": name, **measure(name, takes, alone, jumped),
                            **after_silence(name, again)})
    found: dict[str, Any] = {
        "seconds": seconds, "rooms": {name: asdict(shape) for name, shape in rooms.items()},
        "results": results, "skipped": skipped,
    }
    if out is not None:
        recall = {f"{r['room']}, {r['canceller']}": {"at 0 dB": r["recall_percent"]["0"]} for r in results}
        write(out, found, markdown(found), {"echo": bars("The user's voice over the assistant", recall, "% of hops")})
    return found


def markdown(found: dict[str, Any]) -> str:
    """-> the table of `bench_echo`'s results, one row a room and canceller."""
    rows = [
        {
            "room": r["room"], "canceller": r["canceller"], "ERLE dB": r["erle_db"], "s to 20 dB": r["to_20_db_s"],
            "false voice %": r["false_voice_percent"], "self-interruptions/min": r["self_interruptions_per_min"],
            **{f"recall % at {ser} dB": value for ser, value in r["recall_percent"].items()},
            "barge-in later ms p50/p95 (0 dB)": f"{r['later_ms']['0']['p50']}/{r['later_ms']['0']['p95']}",
            "missed (0 dB)": r["missed"]["0"],
            "s after a jump": r["recovery_s"], f"dB after {SILENCE_S:g} s of silence": r["after_silence_db"],
            "recall % then": r["after_silence_recall_percent"], "ms a 10 ms frame": r["cost_ms"],
        }
        for r in found["results"]
    ]
    return "# Echo\n\n" + table(rows) + "".join(f"\n{line}\n" for line in found["skipped"])


@dataclass(frozen=True, slots=True)
class Lines:
    """What is said into a room, at DEVICE_HZ: the assistant's [n], and the user's (sample, [m])."""

    assistant: np.ndarray
    user: list[tuple[int, np.ndarray]]


class Speech:
    """The assistant's and the user's lines, at DEVICE_HZ and LEVEL_DB; the same every time."""

    def __init__(self, seconds: float, speak: Speak | None = None) -> None:
        """speak(voice, text) -> [n] float32 at DEVICE_HZ; by default flite or eSpeak NG. Raises NotHere."""
        speak = speak or synthesiser()
        gap = np.zeros(DEVICE_HZ // 3, np.float32)
        lines = np.concatenate([np.r_[level(speak("assistant", text)), gap] for text in ASSISTANT])
        n = int(seconds * DEVICE_HZ) // block_samples(DEVICE_HZ) * block_samples(DEVICE_HZ)
        self.assistant = np.resize(lines, n).astype(np.float32)
        self.user: list[tuple[int, np.ndarray]] = []              # (sample, pcm)
        at, k = int(LEARNING_S * DEVICE_HZ), 0
        while True:
            pcm = level(speak(*USER[k % len(USER)]))
            if at + len(pcm) > n:
                break
            self.user.append((at, pcm))
            at, k = at + len(pcm) + int(PAUSE_S * DEVICE_HZ), k + 1


def synthesiser() -> Speak:
    """-> speak(voice, text), by the programs flite (the user) and eSpeak NG (the assistant), or one of them."""
    flite, espeak = shutil.which("flite"), shutil.which("espeak-ng")
    if not flite and not espeak:
        raise NotHere("bench echo: needs a voice; install espeak-ng or flite (e.g. apt install espeak-ng flite)")
    variants = {"rms": "en-gb+m3", "slt": "en-us+f2", "awb": "en-gb-scotland+m5", "kal16": "en-us+m7"}

    def speak(voice: str, text: str) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            wav = str(Path(folder) / "said.wav")
            if espeak and (voice == "assistant" or not flite):
                line = [espeak, "-v", variants.get(voice, "en-us"), "-s", "165", "-w", wav, text]
            else:
                line = [str(flite), "-voice", "kal" if voice == "assistant" else voice, "-t", text, "-o", wav]
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            if done.returncode or not Path(wav).exists():
                raise Trouble(f"bench echo: {line[0]} failed: {done.stderr.strip() or done.returncode}")
            return read_wav(wav, DEVICE_HZ)

    return speak


def rested(speech: Speech) -> Lines:
    """The assistant talks, is silent for a minute, and talks again; a second later the user speaks over it."""
    known, silent, again = (int(s * DEVICE_HZ) for s in (KNOWN_S, SILENCE_S, AGAIN_S))
    assistant = [speech.assistant[:known], np.zeros(silent, np.float32), speech.assistant[:again]]
    over = speech.user[0][1][: again - DEVICE_HZ]
    return Lines(np.concatenate(assistant), [(known + silent + DEVICE_HZ, over)])


def after_silence(name: str, take: Take) -> dict[str, Any]:
    """-> the figures of one canceller after a minute in which it had nothing to learn from."""
    rest, again = clean(make(name), take.mic, take.ref), KNOWN_S + SILENCE_S
    truth = voices(take.user) > VOICE
    recall = (voices(rest)[: len(truth)] > VOICE)[truth].mean() if truth.any() else np.nan
    return {"after_silence_db": loss(take, rest[: len(take.mic)], again, again + 1),
            "after_silence_recall_percent": round(100 * float(recall), 1)}


def level(pcm: np.ndarray) -> np.ndarray:
    """-> pcm at LEVEL_DB, measured where it sounds at all."""
    loud = pcm[np.abs(pcm) > 0.01 * np.max(np.abs(pcm))]
    return np.asarray(pcm * 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(loud**2)), np.float32)


def record(shape: RoomShape, speech: Speech | Lines, ser_db: float | None, jump: bool = False) -> Take:
    """Plays the assistant into the room; the user speaks ser_db above the echo, or not at all (None)."""
    room = Room(shape)
    room.start()
    onsets = []
    if ser_db is not None:
        onsets = [room.say(pcm, at, echo_level(shape) + ser_db) for at, pcm in speech.user]
    for i, start in enumerate(range(0, len(speech.assistant), room.block)):
        if jump and i == int(JUMP_S * 100):
            room.jump_delay(JUMP_MS)
        room.speaker.push(speech.assistant[start : start + room.block])
        room.advance()
    mic, ref, user, echo = (
        resample(room.recording(name), room.hz, MIC_HZ) for name in ("mic", "assistant", "user", "echo"))
    return Take(mic, ref, user, echo, tuple(at * MIC_HZ // room.hz for at in onsets))


def echo_level(shape: RoomShape) -> float:
    """-> dB to which SER refers: the echo's level, or that of the speech played where there is no echo."""
    return shape.echo_db if shape.echo_db > -120 else 0.0


def clean(canceller: Canceller, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
    """mic, ref: [n] float32 at 16 kHz -> [n], the canceller's latency taken out."""
    total = -(-(len(mic) + canceller.latency) // FRAME) * FRAME
    mic, ref = (np.pad(x, (0, total - len(x))) for x in (mic, ref))
    parts = [canceller.process(mic[i : i + FRAME], ref[i : i + FRAME]) for i in range(0, total, FRAME)]
    return np.concatenate(parts)[canceller.latency :]


def measure(name: str, takes: dict[float | None, Take], alone: dict[float, Take], jumped: Take) -> dict[str, Any]:
    """-> the figures of one canceller in one room; every recording meets a new canceller."""
    quiet = takes[None]
    began = time.perf_counter()
    rest = clean(make(name), quiet.mic, quiet.ref)[: len(quiet.mic)]
    cost_ms = (time.perf_counter() - began) * 1000 / (len(quiet.mic) / FRAME)
    voice = voices(rest) > VOICE
    long = sum(length * HOP * 1000 >= INTERRUPTS_MS * MIC_HZ for length in runs(voice))
    found: dict[str, Any] = {
        "erle_db": loss(quiet, rest, LEARNING_S, None),
        "to_20_db_s": reaches(quiet, rest, 0.0),
        "false_voice_percent": round(100 * float(voice.mean()), 2),
        "self_interruptions_per_min": round(long * 60 * MIC_HZ / len(rest), 2),
        "recall_percent": {}, "later_ms": {}, "missed": {},
    }
    for ser in SER_DB:
        key, take = f"{ser:g}", takes[ser]
        heard = voices(clean(make(name), take.mic, take.ref))
        truth = voices(take.user) > VOICE
        found["recall_percent"][key] = round(100 * float((heard[: len(truth)] > VOICE)[truth].mean()), 1)
        without = voices(alone[ser].mic)
        pairs = [(onset(heard, at), onset(without, at)) for at in take.onsets]
        found["later_ms"][key] = quantiles([(a - b) * HOP * 1000 / MIC_HZ for a, b in pairs if a and b])
        found["missed"][key] = sum(a is None for a, b in pairs if b)
    after = clean(make(name), jumped.mic, jumped.ref)[: len(jumped.mic)]
    found["recovery_s"] = reaches(jumped, after, JUMP_S)
    found["false_voice_after_jump_percent"] = round(
        100 * float((voices(after)[int(JUMP_S * MIC_HZ / HOP) :] > VOICE).mean()), 2)
    found["cost_ms"] = round(cost_ms, 2)
    return found


def voices(pcm: np.ndarray) -> np.ndarray:
    """pcm: [n] at 16 kHz -> [n // HOP] probabilities of a voice."""
    vad = Vad()
    return np.array([vad(pcm[i : i + HOP]) for i in range(0, len(pcm) - HOP + 1, HOP)])


def runs(voice: np.ndarray) -> list[int]:
    """voice: [n] bool -> the lengths of its runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voice.astype(np.int8), [0]])))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def onset(voice: np.ndarray, at: int) -> int | None:
    """-> the hop at which a voice that began at sample `at` is noticed; None when not within PATIENCE_S."""
    need, among = ONSET
    first = at // HOP
    for hop in range(first + among, min(len(voice), first + int(PATIENCE_S * MIC_HZ / HOP))):
        if int((voice[hop - among + 1 : hop + 1] > VOICE).sum()) >= need:
            return hop
    return None


def _looks(take: Take, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> energy of the microphone and of the rest per LOOK, and whether there was an echo to remove."""
    k = len(rest) // LOOK * LOOK
    mic, out, echo = (np.mean(x[:k].reshape(-1, LOOK) ** 2, axis=1) for x in (take.mic, rest, take.echo))
    return mic, out, echo > max(1e-3 * float(echo.max()), 1e-6)


def loss(take: Take, rest: np.ndarray, from_s: float, to_s: float | None) -> float | None:
    """-> echo return loss enhancement, dB, of a take in which only the assistant speaks."""
    mic, out, there = _looks(take, rest)
    t = np.arange(len(mic)) * LOOK / MIC_HZ
    there &= (t >= from_s) & (t < (np.inf if to_s is None else to_s))
    return round(10 * float(np.log10(mic[there].sum() / (out[there].sum() + 1e-12))), 1) if there.any() else None


def reaches(take: Take, rest: np.ndarray, from_s: float) -> float | None:
    """-> seconds from `from_s` until GOOD_DB is reached in half a second of echo; None: never."""
    mic, out, there = _looks(take, rest)
    at = [i for i in np.flatnonzero(there) if i * LOOK >= from_s * MIC_HZ]
    for k in range(len(at) - 3):
        four = at[k : k + 4]
        if mic[four].sum() >= 10 ** (GOOD_DB / 10) * out[four].sum():
            return round(float(at[k + 3] + 1) * LOOK / MIC_HZ - from_s, 2)
    return None


def process_folder(
    data_dir: Path, out_dir: Path, cancellers: Sequence[str] = (DEFAULT,), say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Anybody's stereo recordings (left: microphone, right: far end) -> OUT/NAME.clean.wav, as long as the input.

    With several cancellers also OUT/CANCELLER/NAME.clean.wav each; the default one's (or the first's) lies at
    OUT/NAME.clean.wav. Sub-folders keep their names. What cannot be read costs one line through `say`.
    -> {"done": [{"file", "canceller", "removed_db"}], "skipped": [lines]}. Raises WrongUse without any file.
    """
    if not data_dir.is_dir():
        raise WrongUse(f"{data_dir}: is not a folder; name one with stereo recordings")
    files = sorted(p for p in data_dir.rglob("*") if p.suffix.lower() in SOUNDS and p.is_file())
    if not files:
        raise WrongUse(f"{data_dir}: has no sound files in it; WAV or FLAC, left = microphone, right = far end")
    for name in cancellers:
        make(name)                                                # a wrong name is told before any work
    first = DEFAULT if DEFAULT in cancellers else cancellers[0]
    done: list[dict[str, Any]] = []
    skipped: list[str] = []
    taken: dict[Path, Path] = {}
    for path in files:
        target = path.relative_to(data_dir).with_suffix(".clean.wav")
        try:
            if target in taken:
                raise WrongUse(f"{path}: would be written to the same place as {taken[target].name}; rename it")
            taken[target] = path
            mic, ref, hz = read_stereo(path)
        except WrongUse as error:
            skipped.append(f"{error} (skipped)")
            say(skipped[-1])
            continue
        for canceller in cancellers:
            y = clean_recording(make(canceller), mic, ref, hz)
            places = [out_dir / canceller / target] if len(cancellers) > 1 else []
            for place in [*places, out_dir / target] if canceller == first else places:
                check_writable(place.parent)
                write_wav(place, y, hz)
            ratio = (float(np.mean(mic**2)) + 1e-12) / (float(np.mean(y**2)) + 1e-12)
            done.append({"file": str(path.relative_to(data_dir)), "canceller": canceller,
                         "removed_db": round(10 * float(np.log10(ratio)), 1)})
    return {"done": done, "skipped": skipped}


def read_stereo(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """-> left and right, [n] float32 each, and the rate. Raises WrongUse: unreadable, or not two channels."""
    read_wav(path, MIC_HZ, longest_s=7200.0)                      # says what is wrong with a broken file
    x, hz = soundfile.read(path, dtype="float32", always_2d=True)
    if x.shape[1] != 2:
        raise WrongUse(f"{path}: has {x.shape[1]} channel(s), not two; left = microphone, right = far end")
    return np.ascontiguousarray(x[:, 0]), np.ascontiguousarray(x[:, 1]), int(hz)


def clean_recording(canceller: Canceller, mic: np.ndarray, ref: np.ndarray, hz: int) -> np.ndarray:
    """mic, ref: [n] at hz -> [n] at hz; computed at 16 kHz, so nothing above 8 kHz remains."""
    y = clean(canceller, resample(mic, hz, MIC_HZ), resample(ref, hz, MIC_HZ))
    y = resample(y, MIC_HZ, hz)[: len(mic)]
    return np.pad(y, (0, len(mic) - len(y)))
