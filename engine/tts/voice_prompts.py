"""A voice from a recording: what CosyVoice needs of a prompt, computed once and kept.

From a recording of 1 to 30 s come the speech tokens (25 a second, the published `speech_tokenizer_v2.onnx` or `_v3`),
the mel (two frames a token), and the speaker vector of CAM++ (`campplus.onnx`). The two networks run as published, on
onnxruntime; the names, order and shapes of their inputs are those of CosyVoice's `cli/frontend.py`.
"""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import why, write_whole
from audio_io.frames import FRAME, MIC_HZ, VOICE_HZ
from audio_io.wav import read_wav
from engine.features import fbank as features
from engine.models import onnx
from engine.models.cosyvoice_yaml import YAMLS

SHORTEST_S, LONGEST_S = 1.0, 30.0                # the published tokenizer takes no more than 30 s
QUIETEST = 0.003                                 # -50 dBFS: a recording whose loudest 10 ms lie below is silent
CODES = 6561
SPEAKER = 192                                    # numbers of CAM++'s vector
TOKENIZERS = ("speech_tokenizer_v3.onnx", "speech_tokenizer_v2.onnx")
SPEAKERS = "campplus.onnx"
MEL = {"n_fft": features.MEL_FFT, "win_size": features.MEL_FFT, "hop_size": features.MEL_HOP,
       "num_mels": features.BANDS, "fmin": 0}  # fmt: skip
FORM = 1                                         # of the saved file
AGAIN = "pull the model again"


@dataclass(frozen=True, slots=True, eq=False)
class RecordedVoice:
    """text: what is said in the recording, "" for none (then only the voice is taken, not the way of speaking).

    tokens: [n] int32, 0..6560. mel: [80, 2 n] float32. speaker: [192] float32, of any length (the flow normalises it).
    """

    text: str
    tokens: np.ndarray
    mel: np.ndarray
    speaker: np.ndarray

    def __post_init__(self) -> None:
        """Raises ValueError where the parts do not belong together."""
        n = len(self.tokens)
        if self.tokens.ndim != 1 or not n or self.tokens.dtype != np.int32:
            raise ValueError(f"tokens are {self.tokens.dtype} {self.tokens.shape}, not int32 [n]")
        if not 0 <= int(self.tokens.min()) <= int(self.tokens.max()) < CODES:
            raise ValueError(f"tokens lie in {self.tokens.min()}..{self.tokens.max()}, not in 0..{CODES - 1}")
        for name, found, shape in (("mel", self.mel, (features.BANDS, 2 * n)), ("speaker", self.speaker, (SPEAKER,))):
            if found.shape != shape or found.dtype != np.float32 or not np.isfinite(found).all():
                raise ValueError(f"{name} is {found.dtype} {found.shape}, not finite float32 {shape}")

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all; raises Trouble."""
        packed = io.BytesIO()
        np.savez(packed, form=np.array(FORM), text=np.array(self.text), tokens=self.tokens, mel=self.mel,
                 speaker=self.speaker)  # fmt: skip
        write_whole(path, packed.getvalue())

    @staticmethod
    def load(path: Path) -> "RecordedVoice":
        """Raises NotHere where there is no file, Trouble where it is not one that `save` wrote."""
        try:
            data = path.read_bytes()             # numpy leaves a file open that turns out not to be a zip
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                if int(file["form"]) != FORM:
                    raise ValueError(f"it has the form {int(file['form'])}, this version reads {FORM}")
                return RecordedVoice(str(file["text"]), file["tokens"], file["mel"], file["speaker"])
        except FileNotFoundError as error:
            raise NotHere(f"{path}: there is no such voice; make it from a recording") from error
        except OSError as error:
            raise Trouble(f"{path}: cannot be read: {why(error)}") from error
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
            line = " ".join(str(error).split()) or type(error).__name__
            raise Trouble(f"{path}: is not a saved voice ({line}); delete it, and it is made again") from error


def voice_prompt(recording: Path, text: str, models: Path, cache: Path) -> RecordedVoice:
    """As PromptMaker, but from `cache` where this recording was used before with this tokenizer.

    models: the folder of a CosyVoice checkpoint. A file in the cache that cannot be used is made anew.
    """
    sound = prompt_sound(recording)
    tokenizer, top_hz = _tokenizer(models), mel_top(models)
    try:
        key = hashlib.sha256(recording.read_bytes())
    except OSError as error:
        raise WrongUse(f"{recording}: cannot be read: {why(error)}; check the path") from error
    key.update(f"{FORM} {tokenizer.name} {tokenizer.stat().st_size} {top_hz}".encode())
    path = cache / f"voice-{key.hexdigest()[:24]}.npz"
    if path.is_file():
        try:
            return replace(RecordedVoice.load(path), text=" ".join(text.split()))
        except Trouble:
            pass                                 # a file cut short by a full disk is no reason to have no voice
    prompt = PromptMaker(models).make(sound, text, str(recording))
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"{cache}: cannot be made: {why(error)}; choose another folder") from error
    prompt.save(path)
    return prompt


def prompt_sound(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """-> the recording at MIC_HZ and at VOICE_HZ, [n] float32 mono.

    Raises WrongUse for what cannot be read, is shorter than 1 s, longer than 30 s, below 16 kHz, or silent.
    """
    low, high = (read_wav(path, hz, LONGEST_S) for hz in (MIC_HZ, VOICE_HZ))
    if (rate := soundfile.info(path).samplerate) < MIC_HZ:
        raise WrongUse(f"{path}: has {rate} samples a second, a voice needs {MIC_HZ} or more; record it again")
    if len(low) < SHORTEST_S * MIC_HZ:
        raise WrongUse(f"{path}: is {len(low) / MIC_HZ:.2f} s long, a voice needs 1 to 30 s (5 to 15 s are best)")
    frames = low[: len(low) // FRAME * FRAME].reshape(-1, FRAME)
    if np.sqrt(np.square(frames).mean(axis=1).max()) < QUIETEST:
        raise WrongUse(f"{path}: is silent (below -50 dBFS throughout); record it again, closer to the microphone")
    return low, high


class PromptMaker:
    """Holds the two networks; half a gigabyte or more, so let go of it when the voices are made."""

    def __init__(self, models: Path) -> None:
        """models: the folder of a CosyVoice2 or 3 checkpoint. Raises NotHere for a missing file, Trouble for a bad one.
        """
        self.top_hz = mel_top(models)
        self.tokenizer = _Graph(_tokenizer(models), ranks=(3, 1))
        self.speakers = _Graph(models / SPEAKERS, ranks=(3,))

    def __call__(self, recording: Path, text: str) -> RecordedVoice:
        """text: the words of the recording. Raises WrongUse for a recording that will not do."""
        return self.make(prompt_sound(recording), text, str(recording))

    def make(self, sound: tuple[np.ndarray, np.ndarray], text: str, name: str) -> RecordedVoice:
        """sound: as of `prompt_sound`. name: what to call it in an error."""
        low, high = sound
        mel = features.mel_24k(high, self.top_hz)
        heard = features.whisper_128(low)[None]
        codes = self.tokenizer(heard, np.array([heard.shape[2]]))
        speaker = self.speakers(features.speaker_features(low)[None]).reshape(-1)
        tokens = codes.reshape(-1).astype(np.int32)
        n = min(len(tokens), mel.shape[1] // 2)              # the mel is cut to two frames a token
        try:
            return RecordedVoice(" ".join(text.split()), tokens[:n], np.ascontiguousarray(mel[:, : 2 * n]),
                               speaker.astype(np.float32))  # fmt: skip
        except ValueError as error:
            raise Trouble(f"{name}: no voice came of it ({error}): the models do not fit, pull them again") from error


def mel_top(models: Path) -> float | None:
    """-> the upper edge of the mel bands in Hz, None for Nyquist: `fmax` of `feat_extractor` in the checkpoint's yaml.

    The published yaml builds Python objects when it is loaded, so it is only searched for these lines. Raises
    NotHere without such a file, Trouble where another mel is described than Parley computes.
    """
    path = next((models / name for name in YAMLS if (models / name).is_file()), None)
    if path is None:
        raise NotHere(f"{models}: has none of {', '.join(YAMLS)}; {AGAIN}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except UnicodeDecodeError as error:
        raise Trouble(f"{path}: is no text; {AGAIN}") from error
    block = re.search(r"^feat_extractor:.*\n((?:[ \t]+.*\n?|[ \t]*#.*\n?|\n)*)", text, re.MULTILINE)
    found = dict(re.findall(r"^[ \t]+(\w+):[ \t]*([^\s#]+)", block[1], re.MULTILINE)) if block else {}
    for name, ours in MEL.items():
        if found.get(name) != str(ours):
            raise Trouble(f"{path}: feat_extractor.{name} is {found.get(name, 'missing')}, Parley computes {ours}: "
                          "this is another model than CosyVoice2 or 3")  # fmt: skip
    top = found.get("fmax", "missing")
    if top in ("null", "~", "None"):
        return None
    try:
        if 0 < float(top) <= VOICE_HZ / 2:
            return float(top)
    except ValueError:
        pass
    raise Trouble(f"{path}: feat_extractor.fmax is {top}, a frequency up to {VOICE_HZ // 2} Hz or null is needed; "
                  f"{AGAIN}")  # fmt: skip


def _tokenizer(models: Path) -> Path:
    for name in TOKENIZERS:
        if (models / name).is_file():
            return models / name
    raise NotHere(f"{models}: has none of {', '.join(TOKENIZERS)}; {AGAIN}")


class _Graph:
    """A published ONNX graph: inputs by their order, the first output."""

    def __init__(self, path: Path, ranks: tuple[int, ...]) -> None:
        self.path = path
        self.session = onnx.session(path, threads=0, again=AGAIN)
        self.inputs = self.session.get_inputs()
        found = tuple(len(entry.shape) for entry in self.inputs)
        if found != ranks:
            raise Trouble(f"{path}: takes inputs of {found} dimensions, not {ranks}: it is another model")

    def __call__(self, *values: np.ndarray) -> np.ndarray:
        types: dict[str, Any] = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}
        try:
            feed = {entry.name: value.astype(types[entry.type])
                    for entry, value in zip(self.inputs, values, strict=True)}  # fmt: skip
            return np.asarray(self.session.run(None, feed)[0])
        except Exception as error:               # as above
            line = " ".join(str(error).split())[:120]
            raise Trouble(f"{self.path}: failed ({line}); {AGAIN}") from error
