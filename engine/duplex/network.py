"""The trained full-duplex predictor: engine/nets/predictor.py's network at work, without torch.

In one hop: what engine/duplex/features.py sees, the voice encoder's newest frames and what it has spelled so far
(engine/duplex/turn_text.py), then one step of a causal transformer layer in ONNX Runtime. What is remembered is in the
state, a value: the encoder's, the features', the words', and the keys and values of the last `left - 1` hops.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from audio_io.ears import Heard
from audio_io.errors import Trouble
from audio_io.files import why
from engine.duplex import features as seen
from engine.duplex import turn_text
from engine.duplex.predictor import View
from engine.duplex.turn_text import CODE, Said, TurnText
from engine.models import onnx
from engine.turns.floor import Hop

MODEL, NOTES = "predictor.onnx", "predictor.json"
FRAME = 384                                      # wide: one frame of the encoder
CHUNK_HOPS = 5                                   # hops between two chunks of the encoder
WORDS = CODE + 6                                 # wide: what is known of the words
HOP_WIDE = seen.WIDE + CHUNK_HOPS + WORDS        # what is new every hop
GROUPS = {                                       # columns of the hop's vector, by what they come from
    "mic": slice(0, seen.MIC),
    "vad": slice(seen.MIC, seen.MIC + seen.VAD),
    "reference": slice(seen.MIC + seen.VAD, seen.MIC + seen.VAD + seen.REF),
    "floor": slice(seen.MIC + seen.VAD + seen.REF, seen.WIDE),
    "phase": slice(seen.WIDE, seen.WIDE + CHUNK_HOPS),
    "text": slice(seen.WIDE + CHUNK_HOPS, HOP_WIDE),
}
STALE = seen.FORGET                              # silence after which words belong to an earlier turn
ANSWERED = seen.ANSWERED                         # ... while the assistant talks


class Encoder(Protocol):
    """What the predictor needs of engine.asr.encoder.VoiceEncoder."""

    pieces: tuple[str, ...]

    def init_state(self) -> Any: ...
    def __call__(self, pcm: np.ndarray, state: Any) -> tuple[np.ndarray, np.ndarray, Any]: ...


@dataclass(frozen=True, slots=True)
class Spelling:
    """Greedy CTC over the user's turn so far. last: the piece of the last frame; quiet: hops since the last letter."""

    said: Said
    last: int = 0
    quiet: int = 999
    blank: float = 1.0           # mean probability of no letter in the last chunk


class Speller:
    """Frames' best pieces in, letters out, and what they sound like. Pure: the state comes in and goes out."""

    def __init__(self, pieces: tuple[str, ...], text: TurnText) -> None:
        self.text = text
        self.letters = tuple("" if i == 0 else p.replace("▁", " ") for i, p in enumerate(pieces))

    def start(self) -> Spelling:
        return Spelling(self.text.nothing)

    def read(self, best: np.ndarray, blank: np.ndarray, s: Spelling) -> Spelling:
        """best: [k] the likeliest piece of each frame; blank: [k] the probability of none."""
        spelled, last = "", s.last
        for piece in best.tolist():
            if piece and piece != last:
                spelled += self.letters[piece]
            last = piece
        if not s.said.letters:
            spelled = spelled.lstrip()
        said = self.text.read(spelled, s.said)
        return Spelling(said, last, 0 if said is not s.said else s.quiet, float(np.mean(blank)))

    def next_hop(self, s: Spelling, hop: seen.HopState, n: int = 1) -> Spelling:
        """`n` hops have passed; a turn's words are forgotten when it has been answered, or long ago."""
        silent = min(hop.silence, s.quiet)       # letters come later than the sound
        if s.said.letters and silent > (ANSWERED if hop.talking else STALE):
            s = replace(s, said=self.text.nothing, quiet=999)
        return replace(s, quiet=min(999, s.quiet + n))

    def features(self, s: Spelling) -> np.ndarray:
        """-> [WORDS] float32, about -2..2"""
        said = s.said
        scalars = [said.end / 4, said.sentence / 4, np.log1p(said.letters) / 2 - 1, np.log1p(s.quiet) / 3 - 1,
                   2 * s.blank - 1, float(said.letters > 0)]  # fmt: skip
        return np.concatenate([np.clip(scalars, -2.5, 2.5), said.code]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PredictorState:
    voice: Any
    hop: seen.HopState
    words: Spelling
    frames: np.ndarray           # [2 * FRAME]: the newest chunk's last frame and its mean
    phase: int                   # hops since it came
    keys: np.ndarray             # [left - 1, width], oldest first
    values: np.ndarray
    heard: int = 0               # how many of them are real


class TrainedPredictor:
    """Implements engine.duplex.rules.Predictor. Not for several threads at once; several states are no problem."""

    def __init__(self, encoder: Encoder, text: TurnText, network: onnx.Session) -> None:
        self.encoder, self.network = encoder, network
        self.speller = Speller(encoder.pieces, text)
        shape = {i.name: i.shape for i in network.get_inputs()}
        if shape.get("hop") != [1, HOP_WIDE] or shape.get("frames") != [1, 2 * FRAME]:
            raise Trouble(f"{MODEL}: was made for other features; run `parley train predictor` again")
        self.kept = (int(shape["keys"][0]), int(shape["keys"][1]))

    def init_state(self) -> PredictorState:
        nothing = np.zeros(self.kept, np.float32)
        return PredictorState(self.encoder.init_state(), seen.start(), self.speller.start(),
                              np.zeros(2 * FRAME, np.float32), 0, nothing, nothing)  # fmt: skip

    def features(self, heard: Heard, view: View, s: PredictorState) -> tuple[np.ndarray, PredictorState]:
        """-> ([HOP_WIDE] float32, the state with everything but the network's part moved on)."""
        vector, hop = seen.hop_features(heard, view, s.hop)
        words = self.speller.next_hop(s.words, hop)
        frames, posteriors, voice = self.encoder(heard.clean, s.voice)
        newest, phase = s.frames, min(CHUNK_HOPS - 1, s.phase + 1)
        if len(frames):
            newest, phase = summary(frames), 0
            words = self.speller.read(posteriors.argmax(1), np.exp(posteriors[:, 0]), words)
        vector = np.concatenate([vector, np.eye(CHUNK_HOPS, dtype=np.float32)[phase], self.speller.features(words)])
        return vector, replace(s, voice=voice, hop=hop, words=words, frames=newest, phase=phase)

    def __call__(self, heard: Heard, view: View, state: PredictorState) -> tuple[Hop, PredictorState]:
        vector, s = self.features(heard, view, state)
        return self.judge(vector, s)

    def rest(self, state: PredictorState, n: int) -> PredictorState:
        """The network's own memory stays as it is: the quiet before is like the quiet that has passed."""
        if n == 0:
            return state
        hop = seen.rest(state.hop, n)
        return replace(state, hop=hop, words=self.speller.next_hop(state.words, hop, n))

    def judge(self, vector: np.ndarray, s: PredictorState) -> tuple[Hop, PredictorState]:
        """The network's step. vector: [HOP_WIDE]."""
        odds, key, value = self.network.run(None, {
            "hop": vector[None], "frames": s.frames[None], "keys": s.keys, "values": s.values,
            "seen": np.array([s.heard], np.int64),
        })  # fmt: skip
        keys, values = np.concatenate([s.keys[1:], key]), np.concatenate([s.values[1:], value])
        s = replace(s, keys=keys, values=values, heard=min(len(keys), s.heard + 1))
        return Hop(*(float(p) for p in odds)), s


def summary(frames: np.ndarray) -> np.ndarray:
    """A chunk's frames [k, FRAME] -> [2 * FRAME] float32: the last one and the mean."""
    return np.concatenate([frames[-1], frames.mean(axis=0)]).astype(np.float32)


def fingerprint(path: Path) -> str:
    """-> SHA-256 of a file. Raises Trouble when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Trouble(f"{path}: could not be read: {why(error)}; run `parley train` to make it") from error


def load(folder: Path, encoder: Encoder) -> TrainedPredictor:
    """The predictor in `folder` (assets/models), over the encoder whose encoder.onnx lies there too.

    Raises Trouble when a file is missing, damaged, or the predictor was trained on another encoder.
    """
    try:
        notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
        trained_on = str(notes["encoder"])
    except OSError as error:
        raise Trouble(f"{folder / NOTES}: could not be read: {why(error)}; run `parley train predictor`") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{folder / NOTES}: does not say which encoder it needs; run `parley train predictor`") from error
    if trained_on != fingerprint(folder / "encoder.onnx"):
        raise Trouble(f"{folder / MODEL}: was trained on another encoder.onnx; run `parley train predictor` again")
    network = onnx.session(folder / MODEL, threads=1, card=False, again="run `parley train predictor`")
    return TrainedPredictor(encoder, turn_text.load(folder / turn_text.MODEL), network)
