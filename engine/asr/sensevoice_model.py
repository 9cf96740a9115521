"""SenseVoiceSmall as it is published: the files of its folder, and what it makes of a piece of sound.

The folder holds `model.safetensors` or `model.pt`, `am.mvn`, one `*.bpe.model` and `config.yaml`. The network runs in
float32 everywhere (0.94 GB): it is the smallest of the profile's networks, and nothing lower has been listened to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from audio_io.errors import NotHere, Trouble
from audio_io.files import why
from audio_io.frames import MIC_HZ
from engine.features import fbank as features
from engine.models.weights import check_keys, device_named, read_tensors
from engine.nets import sensevoice as nets

AGAIN = "pull the model again"
SIZES = {"width": "output_size", "heads": "attention_heads", "inner": "linear_units", "layers": "num_blocks",
         "tp_layers": "tp_blocks", "kernel": "kernel_size"}  # fmt: skip
EARS = {"fs": MIC_HZ, "n_mels": features.BANDS, "lfr_m": features.STACKED, "lfr_n": features.STEP, "window": "hamming",
        "frame_length": 25, "frame_shift": 10}  # fmt: skip
MARK = re.compile(r"<\|[^|>]*\|>")               # a tag among the words

Odds = dict[str, dict[str, float]]               # family -> name -> probability


@dataclass(frozen=True, slots=True)
class Transcript:
    """text: words without tags, lower case, "" where nobody speaks. odds: of the tags, per family."""

    text: str
    odds: Odds = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SenseVoice:
    """A loaded model. Immutable: one object serves any number of listeners."""

    net: nets.SenseVoice
    cmvn: features.Cmvn
    pieces: Any                                  # sentencepiece.SentencePieceProcessor
    ids: nets.TagIds
    device: torch.device

    def transcribe(
        self, pcm: np.ndarray, language: str = "auto", given_up: Callable[[], bool] = lambda: False
    ) -> Transcript | None:
        """pcm: [n] at MIC_HZ, at most 120 s. language: a key of LANGUAGE_ROWS.

        given_up is asked before each of the 70 layers; -> None once it says yes.
        """
        states = self.states(pcm, language, given_up)
        return None if states is None else self.read(states)

    def states(
        self, pcm: np.ndarray, language: str = "auto", given_up: Callable[[], bool] = lambda: False
    ) -> Tensor | None:
        """As `transcribe` -> the encoder's states [QUERIES + t, width], one each 60 ms after the tags'; [0, width] for
        sound too short for one."""
        rows = features.sensevoice_features(pcm, self.cmvn)
        if not len(rows):
            return torch.zeros(0, self.net.cfg.width, device=self.device)
        with torch.inference_mode():
            x = torch.from_numpy(rows).to(self.device)[None]
            steps = self.net.encode(self.net.with_queries(x, language))
            while not given_up():
                try:
                    next(steps)
                except StopIteration as done:
                    states: Tensor = done.value[0]
                    return states
        return None

    def read(self, states: Tensor) -> Transcript:
        """states: of `states` -> the words and the tags in them."""
        if not len(states):
            return Transcript("")
        with torch.inference_mode():
            return self._read(self.net.classify(states[None])[0].cpu())

    def _read(self, log_probs: torch.Tensor) -> Transcript:
        odds = nets.tag_probabilities(log_probs, self.ids)
        heard = odds["language"]
        if max(heard, key=heard.__getitem__) == "nospeech":
            return Transcript("", odds)
        text: str = self.pieces.decode(nets.greedy(log_probs[nets.QUERIES :]))
        return Transcript(" ".join(MARK.sub(" ", text).lower().split()), odds)


def load_sensevoice(folder: Path, device: str = "cpu") -> SenseVoice:
    """Raises NotHere for a missing file, package or device, Trouble for a file that is not what it should be."""
    place = device_named(device)
    config = _config(folder)
    pieces = _tokenizer(folder)
    tensors, path = _tensors(folder)
    try:
        config |= {"vocab": len(tensors["ctc.ctc_lo.weight"]), "queries": len(tensors["embed.weight"])}
    except KeyError as error:
        raise Trouble(f"{path}: lacks the key {error.args[0]}: it is not SenseVoice; {AGAIN}") from error
    cfg = nets.SenseVoiceConfig(**config)
    check_keys(tensors, nets.reference_shapes(cfg), path)
    if pieces.get_piece_size() != cfg.vocab:
        raise Trouble(f"{folder}: the *.bpe.model has {pieces.get_piece_size()} pieces, the network {cfg.vocab} "
                      f"classes: they do not belong together; {AGAIN}")  # fmt: skip
    if not (folder / "am.mvn").is_file():
        raise NotHere(f"{folder / 'am.mvn'} is missing; {AGAIN}")
    cmvn = features.read_cmvn(folder / "am.mvn", cfg.input)
    floats = {key: tensor.float() for key, tensor in tensors.items()}
    net = nets.from_reference(floats, cfg).to(place)
    return SenseVoice(net, cmvn, pieces, tag_ids(pieces, folder), place)


def tag_ids(pieces: Any, folder: Path) -> nets.TagIds:
    """The tags' class ids, by their names in the tokenizer. Raises Trouble where a family has none."""
    families: dict[str, Mapping[str, int]] = {}
    names = {"language": nets.LANGUAGES, "emotion": nets.EMOTIONS, "event": nets.EVENTS, "norm": nets.NORMS}
    for family, tags in names.items():
        ids = {tag: int(pieces.piece_to_id(f"<|{tag}|>")) for tag in tags}
        families[family] = {tag: i for tag, i in ids.items() if i != pieces.unk_id()}
        if not families[family]:
            raise Trouble(f"{folder}: the *.bpe.model has no pieces for the {family}, such as <|{tags[0]}|>: "
                          f"it is not SenseVoice's; {AGAIN}")  # fmt: skip
    return nets.TagIds(**families)


def _tensors(folder: Path) -> tuple[dict[str, torch.Tensor], Path]:
    for name in ("model.safetensors", "model.pt"):
        if (folder / name).is_file():
            return read_tensors(folder / name), folder / name
    raise NotHere(f"{folder}: has neither model.safetensors nor model.pt; {AGAIN}")


def _tokenizer(folder: Path) -> Any:
    found = sorted(folder.glob("*.bpe.model"))
    if len(found) != 1:
        raise NotHere(f"{folder}: has {len(found)} files *.bpe.model where one is needed; {AGAIN}")
    try:
        import sentencepiece
    except ImportError as error:
        raise NotHere("sentencepiece is not installed: pip install 'parley[local]'") from error
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(found[0]))
    except (RuntimeError, OSError) as error:
        raise Trouble(f"{found[0]}: is not a sentencepiece model; {AGAIN}") from error


def _config(folder: Path) -> dict[str, int]:
    """-> sizes by the names of SenseVoiceConfig. Without config.yaml: none, the published ones hold."""
    path = folder / "config.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}; {AGAIN}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Trouble(f"{path}: is not plain YAML; {AGAIN}") from error
    sizes = found.get("encoder_conf") if isinstance(found, dict) else None
    ears = found.get("frontend_conf", {}) if isinstance(found, dict) else None
    if not isinstance(sizes, dict) or not isinstance(ears, dict):
        raise Trouble(f"{path}: has no encoder_conf and frontend_conf; {AGAIN}")
    for name, ours in EARS.items():
        if ears.get(name, ours) != ours:
            raise Trouble(f"{path}: frontend_conf.{name} is {ears[name]!r}, Parley hears with {ours!r}: "
                          "this is another model than SenseVoiceSmall")  # fmt: skip
    out: dict[str, int] = {}
    for ours_name, name in SIZES.items():
        value = sizes.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Trouble(f"{path}: encoder_conf.{name} is {value!r}, a whole number above 0 is needed; {AGAIN}")
        out[ours_name] = value
    if out["width"] % out["heads"]:
        raise Trouble(f"{path}: encoder_conf: output_size {out['width']} does not divide by {out['heads']} heads")
    return out
