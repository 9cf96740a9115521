"""What people can install today, on the same recordings and the same ears: a VAD with time-outs, and Smart Turn v3.2.

The VAD is Silero (audio_io/dsp/vad.py) on the cleaned microphone. As a predictor its `turn_done` is how long it has
heard no voice, in units of `LONGEST_S`, so that every threshold is a time-out, and its `takes_floor` how long it has
heard one, in units of `LONGEST_VOICE_S`: the usual rule "so many ms of voice interrupt".

Smart Turn (BSD-2) comes with the wheel `pipecat-ai`, of which the network and its features are used, nothing else. As
in pipecat it is asked once the VAD has heard 0.2 s of silence, about the last 8 s at most of what was heard since
0.5 s before the voice began, and its answer stands until there is a voice again; without an answer above a threshold a
turn ends after 3 s. For the end-of-turn curve it is told where the silences of the labels begin, and asked again and
again while they last, as LiveKit's bench does: an advantage that no other has here.
"""

import hashlib
import importlib.util
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio_io.errors import NotHere
from audio_io.files import write_whole
from audio_io.frames import HOP, MIC_HZ
from engine.bench.duplex.eot_curve import POINTS, Silence
from engine.bench.duplex.run import HeardFile, Odds, known_at
from engine.corpus.labels import Labels
from engine.models import onnx

VOICE = 0.5                      # of the VAD
LONGEST_S, LONGEST_VOICE_S = 5.0, 1.0
STOP_S, GIVE_UP_S = 0.2, 3.0     # pipecat's: silence before the network is asked; silence that ends any turn
WINDOW_S, BEFORE_S = 8.0, 0.5    # what the network hears at most; before the voice began
ASKED = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2)      # s of a labelled silence; in between, the last answer stands
WHERE = "pipecat.audio.turn.smart_turn"
MODEL = "smart-turn-v3.2-cpu.onnx"


def runs(voice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """voice: [n] bool -> for how many hops there has been silence, and voice, up to and with each hop."""
    silence, voiced = np.zeros(len(voice), int), np.zeros(len(voice), int)
    quiet, loud = 0, 0
    heard = False
    for i, on in enumerate(voice):
        heard = heard or bool(on)
        quiet, loud = (0, loud + 1) if on else (quiet + heard, 0)
        silence[i], voiced[i] = quiet, loud
    return silence, voiced


def vad_odds(vad: np.ndarray) -> Odds:
    """vad: [n] 0..1, one a hop."""
    silence, voiced = runs(vad > VOICE)
    done = np.minimum(1.0, silence * HOP / MIC_HZ / LONGEST_S)
    takes = np.minimum(1.0, voiced * HOP / MIC_HZ / LONGEST_VOICE_S)
    time = np.array([known_at(i + 1) for i in range(len(vad))])
    none = np.zeros(len(vad), np.float32)
    f32 = np.float32
    return Odds(time, vad.astype(f32), done.astype(f32), done.astype(f32), takes.astype(f32), none)


Ask = Callable[[np.ndarray], float]


def smart_turn() -> Ask:
    """-> pcm [n] float32 at 16 kHz, the turn so far -> probability that it is complete. Raises NotHere."""
    try:
        found = importlib.util.find_spec("pipecat")
    except (ImportError, ValueError):
        found = None
    places = list(found.submodule_search_locations or ()) if found is not None else []
    folder = next((Path(p, *WHERE.split(".")[1:]) for p in places), None)
    missing = "Smart Turn: pipecat-ai is not installed here; pip install --no-deps pipecat-ai, or leave out --peers"
    if folder is None or not (folder / "data" / MODEL).is_file():
        raise NotHere(missing if folder is None else f"{folder / 'data' / MODEL}: is missing; install pipecat-ai again")
    features = _features(folder / "_whisper_features.py")
    session = onnx.session(folder / "data" / MODEL, threads=1, card=False, again="install pipecat-ai again")
    n = int(WINDOW_S * MIC_HZ)

    def ask(pcm: np.ndarray) -> float:
        last = np.asarray(pcm[-n:], np.float32)
        mel = features(np.pad(last, (n - len(last), 0)), do_normalize=True)
        return float(session.run(None, {"input_features": mel[None]})[0].reshape(-1)[0])

    return ask


def _features(path: Path) -> Any:
    """The wheel's own feature code, without the rest of the wheel and what that needs."""
    spec = importlib.util.spec_from_file_location("parley_peer_features", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise NotHere(f"{path}: is missing; install pipecat-ai again, in version 1")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compute_whisper_log_mel_features


def smart_turn_done(heard: HeardFile, ask: Ask) -> np.ndarray:
    """-> [hops] 0..1. As pipecat uses it: the VAD says when, the network whether."""
    silence, voiced = runs(heard.vad > VOICE)
    stop, give_up = round(STOP_S * MIC_HZ / HOP), round(GIVE_UP_S * MIC_HZ / HOP)
    done = np.zeros(len(silence), np.float32)
    began, answer = 0, 0.0
    for i in range(len(silence)):
        if voiced[i] == 1 and (i == 0 or done[i - 1] >= VOICE):
            began = i                            # what was said before has been answered
        if voiced[i]:
            answer = 0.0
        elif silence[i] == stop:
            first = max(0, began * HOP - int(BEFORE_S * MIC_HZ))
            answer = ask(heard.clean[first : (i + 1) * HOP])
        elif silence[i] >= give_up:
            answer = 1.0
        done[i] = answer
    return done


def smart_turn_scores(spans: Sequence[Silence], starts: Sequence[float], heard: HeardFile, ask: Ask) -> np.ndarray:
    """spans: of this recording; starts: where the turn of each begins, seconds. -> [spans, POINTS], NaN beyond."""
    out = np.full((len(spans), len(POINTS)), np.nan)
    for i, (span, start) in enumerate(zip(spans, starts, strict=True)):
        first = max(0, int((start - BEFORE_S) * MIC_HZ))
        answer = np.nan
        for k, after in enumerate(POINTS):
            if after >= span.lasts - 1e-9 or span.start + after > len(heard.clean) / MIC_HZ:
                break
            if any(abs(after - point) < 1e-6 for point in ASKED):
                answer = ask(heard.clean[first : int((span.start + after) * MIC_HZ)])
            out[i, k] = answer
    return out


def smart_turn_file(
    labels: Labels, heard: HeardFile, spans: Sequence[Silence], ask: Ask, kept: Path | None
) -> tuple[Odds, np.ndarray]:
    """One recording -> odds, and scores [spans, POINTS]. kept: folder of answers that need not be asked for again."""
    owner = [next(e.start for e in labels.turns if e.start <= s.start <= e.end + 1e-6) for s in spans]
    asked = np.array([(s.start, s.lasts, start) for s, start in zip(spans, owner, strict=True)], float)
    name = hashlib.sha256(heard.clean.tobytes() + heard.vad.tobytes() + asked.tobytes() + repr(ASKED).encode())
    path = None if kept is None else kept / f"smart_turn-{labels.name[:60]}-{name.hexdigest()[:24]}.npz"
    if path is not None and path.is_file():
        with np.load(path) as found:
            done, score = found["done"], found["score"]
    else:
        done, score = smart_turn_done(heard, ask), smart_turn_scores(spans, owner, heard, ask)
        if path is not None:
            packed = io.BytesIO()
            np.savez(packed, done=done, score=score)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, packed.getvalue())
    plain = vad_odds(heard.vad)
    return Odds(plain.time, plain.user_speaking, done, done, plain.takes_floor, plain.backchannel_here), score
