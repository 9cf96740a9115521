"""Labelled conversations -> what the predictor learns from: features, computed once and kept on disk, and targets.

The features are the product's own (`engine.duplex.network`), hop by hop; only the encoder runs over a file at once,
which gives the same numbers. Every recording goes through a telephone, a filter or some noise first, drawn from a hash
of its name, so that neither a bandwidth nor the silence of a simulator tells anything.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from audio_io.dsp import echo
from audio_io.dsp.vad import Vad
from audio_io.ears import Heard
from audio_io.errors import WrongUse
from audio_io.frames import FRAME as BLOCK
from audio_io.frames import HOP, MIC_HZ
from engine.corpus.labels import Event, Labels, find
from engine.duplex import features as seen
from engine.duplex.network import CHUNK_HOPS, FRAME, GROUPS, HOP_WIDE, Encoder, Speller, summary
from engine.duplex.predictor import View
from engine.nets.predictor import OUTPUTS
from engine.turns.floor import Floor

VERSION = 1                                      # of the features: a change makes old caches void
AT_ONCE = 20 * CHUNK_HOPS * HOP                  # samples the encoder gets at once
HOP_S = HOP / MIC_HZ
SPEAKING, DONE, ENDING, TAKES, HERE = range(len(OUTPUTS))


@dataclass(frozen=True)
class Raw:
    """One recording's features as kept on disk. n hops, c chunks of k frames."""

    hop: np.ndarray              # [n, features.WIDE] float16
    state: np.ndarray            # [n, 3] int16: silence, assistant talks, hops since that changed
    frames: np.ndarray           # [c, 2 * FRAME] float16
    due: np.ndarray              # [c] int32: the hop at which a chunk is known
    best: np.ndarray             # [c, k] uint16: likeliest piece of each frame
    blank: np.ndarray            # [c, k] float16: probability of none


@dataclass(frozen=True)
class Example:
    """One recording, ready to learn from. frames[at[h]] is what the encoder had said by hop h (row 0: nothing)."""

    labels: Labels
    hop: np.ndarray              # [n, HOP_WIDE] float32
    frames: np.ndarray           # [c + 1, 2 * FRAME] float16
    at: np.ndarray               # [n] int64
    target: np.ndarray           # [n, 5] float32
    weight: np.ndarray           # [n, 5] float32


def digest(parts: Sequence[bytes]) -> str:
    h = hashlib.sha256()
    for part in parts:
        h.update(part)
    return h.hexdigest()


def sounds(labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> (microphone, the user alone as after echo removal, reference), [n] float32 each, n a multiple of HOP."""
    both, hz = soundfile.read(str(labels.wav), dtype="float32", always_2d=True)
    if hz != MIC_HZ:
        raise WrongUse(f"{labels.wav}: is at {hz} Hz; training wants {MIC_HZ} Hz, please resample it")
    mic, ref = both[:, 0], both[:, 1]
    if labels.clean is not None:
        clean = soundfile.read(str(labels.clean), dtype="float32", always_2d=True)[0][:, 0]
    else:                                        # no echo, but the product's canceller listens in all the same
        canceller = echo.make(echo.DEFAULT)
        blocks = range(0, len(mic) // BLOCK * BLOCK, BLOCK)
        clean = np.concatenate([canceller.process(mic[i : i + BLOCK], ref[i : i + BLOCK]) for i in blocks])
    n = min(len(mic), len(clean)) // HOP * HOP
    return mic[:n], clean[:n], ref[:n]


def channel(mic: np.ndarray, clean: np.ndarray, ref: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The same microphone, line and background for both of the user's signals; a telephone for the far end too."""
    kind, out = rng.random(), [mic, clean, ref]
    if kind < 0.35:                              # a telephone
        band = signal.butter(4, (rng.uniform(200, 340), rng.uniform(3100, 3800)), "bandpass", fs=MIC_HZ, output="sos")
        out = [_mu_law(signal.sosfilt(band, x)) for x in out]
    elif kind < 0.65:                            # another microphone: a tilt and perhaps less band
        tilt = rng.uniform(-0.5, 0.5)
        top = signal.butter(2, rng.uniform(3500, 7800), "lowpass", fs=MIC_HZ, output="sos")
        out = [*(signal.sosfilt(top, signal.lfilter([1, tilt], [1], x)) for x in out[:2]), ref]
    gain = 10 ** (rng.uniform(-15, 4) / 20)
    out = [*(np.asarray(gain * x, np.float32) for x in out[:2]), np.asarray(out[2], np.float32)]
    level = np.sqrt(np.mean(np.square(out[1])) + 1e-12) * 10 ** (rng.uniform(-60, -22) / 20)
    if rng.random() < 0.7:
        noise = rng.standard_normal(len(clean)).astype(np.float32)
        noise = signal.lfilter([1], [1, -rng.uniform(0, 0.95)], noise)
        noise = np.asarray(noise / (np.std(noise) + 1e-9) * level, np.float32)
        out = [out[0] + noise, out[1] + noise, out[2]]
    return [np.clip(x, -1, 1).astype(np.float32) for x in out]


def _mu_law(x: np.ndarray) -> np.ndarray:
    """8 bits, ITU-T G.711's curve."""
    y = np.sign(x) * np.log1p(255 * np.minimum(1, np.abs(x))) / np.log(256)
    y = np.round(127 * y) / 127
    return np.asarray(np.sign(y) * np.expm1(np.abs(y) * np.log(256)) / 255, np.float32)


def heard(labels: Labels, plain: bool = False) -> list[np.ndarray]:
    """-> (microphone, clean, reference) as they are learnt from. plain: as they are, without another channel."""
    mic, clean, ref = sounds(labels)
    if plain:
        return [mic, clean, ref]
    seed = int(hashlib.sha256(labels.name.encode()).hexdigest()[:8], 16)
    return channel(mic, clean, ref, np.random.default_rng(seed))


def look(labels: Labels, three: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """What needs no encoder: `hop` and `state` of Raw."""
    mic, clean, ref = three
    vad, s = Vad(), seen.start()
    hop, state = [], []
    for i in range(len(clean) // HOP):
        at = slice(i * HOP, (i + 1) * HOP)
        p = vad(clean[at])
        one = Heard(i + 1, clean[at], mic[at], ref[at], p, clean[at], p)
        vector, s = seen.hop_features(one, View(Floor.TALKING if labels.talking(i * HOP_S) else Floor.QUIET), s)
        hop.append(vector)
        state.append((s.silence, s.talking, s.since))
    return {"hop": np.array(hop, np.float16), "state": np.array(state, np.int16)}


def listen(clean: np.ndarray, encoder: Encoder) -> dict[str, np.ndarray]:
    """The rest of Raw. A chunk is known when its last hop, the k-th multiple of CHUNK_HOPS, has been heard."""
    voice, frames, posteriors = encoder.init_state(), [], []
    for i in range(0, len(clean), AT_ONCE):
        f, p, voice = encoder(clean[i : i + AT_ONCE], voice)
        frames.append(f)
        posteriors.append(p)
    f, p = np.concatenate(frames), np.concatenate(posteriors)
    c = len(clean) // HOP // CHUNK_HOPS
    k = len(f) // c if c else 8
    f, p = f[: c * k].reshape(c, k, FRAME), p[: c * k].reshape(c, k, p.shape[1])
    made = np.array([summary(x) for x in f]).reshape(c, 2 * FRAME).astype(np.float16)
    due = (np.arange(1, c + 1) * CHUNK_HOPS - 1).astype(np.int32)
    best, blank = p.argmax(2).astype(np.uint16), np.exp(p[:, :, 0]).astype(np.float16)
    return {"frames": made, "due": due, "best": best, "blank": blank}


def kept(labels: Labels, encoder: Encoder, mark: str, cache: Path, plain: bool = False) -> Raw:
    """The recording's features from `cache`, or computed and put there. mark: which encoder."""
    files = [labels.wav, labels.wav.with_suffix(".json"), *([labels.clean] if labels.clean is not None else [])]
    name = digest([*(f.read_bytes() for f in files), bytes([VERSION, plain])])[:16]
    three: list[np.ndarray] = []

    def once() -> list[np.ndarray]:
        if not three:
            three.extend(heard(labels, plain))
        return three

    hop = _from(cache / f"{labels.name}-{name}-hop.npz", lambda: look(labels, once()))
    voice = _from(cache / f"{labels.name}-{name}-{mark[:16]}.npz", lambda: listen(once()[1], encoder))
    return Raw(**hop, **voice)


def _from(path: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    if path.is_file():
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(part, allow_pickle=False, **made)
    part.replace(path)                           # several processes may fill one cache
    return made


def assemble(labels: Labels, raw: Raw, speller: Speller) -> Example:
    """Puts the words in, holds the frames, adds the targets."""
    n = len(raw.hop)
    hop, at = np.zeros((n, HOP_WIDE), np.float32), np.zeros(n, np.int64)
    hop[:, : seen.WIDE] = raw.hop
    words, chunk, phase, start = speller.start(), 0, 0, seen.start()
    for h in range(n):
        silence, talking, since = (int(x) for x in raw.state[h])
        words = speller.next_hop(words, _bare(start, silence, bool(talking), since))
        phase = min(CHUNK_HOPS - 1, phase + 1)
        if chunk < len(raw.due) and raw.due[chunk] == h:
            words = speller.read(raw.best[chunk], raw.blank[chunk].astype(np.float32), words)
            chunk, phase = chunk + 1, 0
        at[h] = chunk
        hop[h, seen.WIDE + phase] = 1
        hop[h, seen.WIDE + CHUNK_HOPS :] = speller.features(words)
    frames = np.concatenate([np.zeros((1, 2 * FRAME), np.float16), raw.frames])
    return Example(labels, hop, frames, at, *targets(labels, n))


def _bare(start: seen.HopState, silence: int, talking: bool, since: int) -> seen.HopState:
    """A state with just what the speller looks at."""
    return seen.HopState(start.tail, start.bands, start.ref_bands, start.speech_db, start.noise_db, start.octave,
                         silence=silence, talking=talking, since=since)  # fmt: skip


def _span(n: int, start: float, end: float) -> slice:
    """The hops whose middle lies in start..end seconds."""
    return slice(max(0, round(start / HOP_S)), max(0, min(n, round(end / HOP_S))))


def targets(labels: Labels, n: int) -> tuple[np.ndarray, np.ndarray]:
    """-> (what each output should be, how much that counts), [n, 5] float32 each.

    A decision counts where it is needed: the turn's end in silence after speech, most in pauses; the floor over the
    assistant's voice, most in the first 0.8 s of a sound.
    """
    y, w = np.zeros((n, len(OUTPUTS)), np.float32), np.zeros((n, len(OUTPUTS)), np.float32)
    talks = np.zeros(n, bool)
    for start, end in labels.assistant:
        talks[_span(n, start, end)] = True
    w[:, SPEAKING], w[:, TAKES], w[:, HERE] = 1.0, np.where(talks, 0.3, 0.05), 0.1
    for event in labels.user:
        here = _span(n, event.start, event.end)
        if event.kind in ("turn", "backchannel"):
            y[here, SPEAKING] = 1
            for s, e in event.pauses:
                y[_span(n, s, e), SPEAKING] = 0
        _floor_taken(event, here, talks, y, w)
    edges = np.flatnonzero(np.diff(y[:, SPEAKING], prepend=0))
    w[np.clip(np.concatenate([edges - 1, edges]), 0, n - 1), SPEAKING] = 0.2
    _turns(labels, y, w)
    for start, end in labels.backchannel_here:
        y[_span(n, start, end), HERE] = 1
        w[_span(n, start, end), HERE] = 3
    return y, w


def _floor_taken(event: Event, here: slice, talks: np.ndarray, y: np.ndarray, w: np.ndarray) -> None:
    """takes_floor. Who begins over the assistant takes the floor even if it falls silent at once: for 2 s that counts.

    A turn that began before, and goes on although the assistant speaks, is held; the rest of a turn is no news.
    """
    over = event.takes_floor and bool(talks[here.start : here.start + 1].any())
    y[here, TAKES] = np.where(talks[here], float(event.takes_floor), 0)
    w[here, TAKES] = np.where(talks[here], 0.5 if event.takes_floor else 1.0, 0.0 if over else 0.05)
    first = slice(here.start, min(here.stop, here.start + round(2.0 / HOP_S)))
    if over:
        y[first, TAKES], w[first, TAKES] = 1.0, 1.0
    w[here.start : here.start + round(0.8 / HOP_S), TAKES] *= 2


def _turns(labels: Labels, y: np.ndarray, w: np.ndarray) -> None:
    """turn_done and turn_ending, from each turn to the next, whether or not the other one answers or just nods."""
    n, turns = len(y), labels.turns
    for i, turn in enumerate(turns):
        until = turns[i + 1].start if i + 1 < len(turns) else n * HOP_S
        inside, after = _span(n, turn.start, turn.end), _span(n, turn.end, until)
        y[after, DONE] = y[after, ENDING] = 1
        y[_span(n, max(turn.start, turn.end - 0.5), turn.end), ENDING] = 1
        w[inside, DONE] = w[inside, ENDING] = 0.3
        for s, e in turn.pauses:
            w[_span(n, s, e), DONE] = w[_span(n, s, e), ENDING] = 1.5
        late = np.arange(max(0, after.stop - after.start)) * HOP_S
        w[after, DONE] = w[after, ENDING] = np.where(late < 3, 1.0, 0.1)
        w[inside, HERE] = 1


def load(
    folder: Path, encoder: Encoder, mark: str, cache: Path, speller: Speller, keep: slice = slice(None),
    plain: bool = False, voice: str = "",
) -> Iterator[Example]:  # fmt: skip
    """Every usable conversation of `folder`, with a bar on stderr. voice: only this kind.

    Raises WrongUse when there is none.
    """
    found, bad = find(folder)
    for line in bad:
        print(line, file=sys.stderr)
    chosen = [f for f in found if not voice or f.voice == voice][keep]
    if not chosen:
        raise WrongUse(f"{folder}: has no conversation to learn from; make some with `parley train simulate`")
    for i, labels in enumerate(chosen):
        yield assemble(labels, kept(labels, encoder, mark, cache, plain), speller)
        filled = 30 * (i + 1) // len(chosen)
        print(f"\rfeatures [{'#' * filled}{'.' * (30 - filled)}] {i + 1}/{len(chosen)} {labels.name[:40]:40}",
              end="", file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)


def data_hash(folder: Path) -> str:
    """-> SHA-256 over the names and bytes of the labels and sounds in `folder`."""
    h = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".wav", ".json", ".flac")):
        h.update(path.name.encode())
        h.update(path.read_bytes())
    return h.hexdigest()


def take_away(e: Example, part: str) -> None:
    """An ablation: `part` is never seen. In place."""
    if part == "encoder":
        e.frames[:] = 0
    elif part in GROUPS:
        e.hop[:, GROUPS[part]] = 0
