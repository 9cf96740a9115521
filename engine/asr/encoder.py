"""Parley's voice encoder at run time: sound in, frames and CTC posteriors out, on onnxruntime; the state is a value.

`engine/nets/encoder.py` is the same network in torch, `parley train encoder` makes the three files read here. Nothing
is computed until a chunk of 160 ms (5 hops) is complete: chunk c is there when hop 5 (c + 1) has been heard. Frame i
is centred at (2 i - 2) * 10 ms; the first frame of a chunk is 180 ms late, the last 40 ms.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import assets
from audio_io.errors import NotHere, Trouble
from engine.features.mel import BANDS, SILENCE, MelState, log_mel
from engine.models import onnx

MODELS = Path(assets.__file__).parent / "models"
CHUNK_HOPS = 5
AGAIN = "install Parley again, or make it with: parley train encoder"


@dataclass(frozen=True, slots=True)
class VoiceState:
    """Between two calls: samples not yet framed, mel frames not yet used, keys and values of the past chunks."""

    mel: MelState = field(default_factory=MelState)
    frames: np.ndarray = field(default_factory=lambda: np.full((2, BANDS), SILENCE, np.float32))
    past: np.ndarray | None = None               # [layers, 2, 1, left * chunk, width]; None: nothing yet
    chunks: int = 0                              # so far


class VoiceEncoder:
    """`frames, log_posteriors, state = encoder(pcm, state)`. One object serves any number of streams and threads.

    Raises NotHere where a file is missing and Trouble where it is not what it should be, at construction.
    """

    def __init__(self, folder: Path = MODELS, threads: int = 1) -> None:
        for name in ("encoder.onnx", "encoder.json", "pieces.txt"):
            if not (folder / name).is_file():
                raise NotHere(f"the voice encoder's file {folder / name} is missing: {AGAIN}")
        self.folder = folder
        self.session = onnx.session(folder / "encoder.onnx", threads=threads, card=False, again=AGAIN)
        try:
            self.notes: dict[str, Any] = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            shapes = {i.name: i.shape for i in self.session.get_inputs()}
            self.pieces = tuple((folder / "pieces.txt").read_text(encoding="utf-8").splitlines())
            self._past, self._mels = list(shapes["past"]), int(shapes["mel"][1])
            self.chunk, self.width = (int(n) for n in shapes["ring"])
            self.positions = int(self.notes["config"]["positions"])
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise Trouble(f"the voice encoder in {folder} cannot be loaded ({error!r}): {AGAIN}") from error
        self.left = self._past[3] // self.chunk

    def init_state(self) -> VoiceState:
        return VoiceState()

    @cached_property
    def ring(self) -> np.ndarray:
        """-> [positions, width] float32: engine.nets.encoder.sinusoids."""
        half = self.width // 2
        angles = np.arange(self.positions)[:, None] * np.exp(-np.arange(half) * np.log(10000.0) / (half - 1))[None]
        return np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)

    def __call__(self, pcm: np.ndarray, state: VoiceState) -> tuple[np.ndarray, np.ndarray, VoiceState]:
        """pcm: [n] float32 at MIC_HZ, any n -> frames [k, width], log posteriors [k, pieces], state; k is 0, 8, 16...
        """
        new, mel = log_mel(pcm, state.mel)
        ready, past, chunks = np.concatenate([state.frames, new]), state.past, state.chunks
        out: list[tuple[np.ndarray, np.ndarray]] = []
        while len(ready) >= self._mels:
            frames, posteriors, past = self._step(ready[: self._mels], past, chunks)
            out.append((frames, posteriors))
            ready, chunks = ready[2 * self.chunk :], chunks + 1
        later = VoiceState(mel, ready, past, chunks)
        if not out:
            return np.zeros((0, self.width), np.float32), np.zeros((0, len(self.pieces)), np.float32), later
        return np.concatenate([f for f, _ in out]), np.concatenate([p for _, p in out]), later

    def _step(self, mel: np.ndarray, past: np.ndarray | None, chunks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if past is None:
            past = np.zeros(self._past, np.float32)
        mask = np.zeros((self.chunk, (self.left + 1) * self.chunk), np.float32)
        mask[:, : max(0, self.left - chunks) * self.chunk] = -np.inf
        at = (chunks * self.chunk + np.arange(self.chunk)) % self.positions
        frames, posteriors, kept = self.session.run(
            ["frames", "posteriors", "kept"], {"mel": mel[None], "past": past, "ring": self.ring[at], "mask": mask})
        return frames[0], posteriors[0], kept
