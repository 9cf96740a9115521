"""CosyVoice2 and 3 as they are published: the files of the folder, and the networks that they make.

    llm.pt, flow.pt, hift.pt          or what they were converted to, *.safetensors
    CosyVoice-BlankEN/                config.json, vocab.json, merges.txt: the language model's sizes and its tokenizer
    cosyvoice2.yaml, cosyvoice3.yaml  the other sizes; without one the published ones hold
    spk2info.pt                       speakers by name, may be absent
    campplus.onnx, speech_tokenizer_v2.onnx (v3)    needed for one's own recordings alone (engine/tts/voice_prompts.py)

The language model runs at 16 bits on CUDA and 32 elsewhere, flow and vocoder at 32 everywhere: the vocoder has to, and
the flow at 16 bits has not been listened to. CUDA and the published weights were not run.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import why
from audio_io.notices import Statement, state
from engine.models import memory_fit as fits
from engine.models import weights
from engine.models.cosyvoice_yaml import Yaml, part, read_yaml
from engine.nets import voice_lm
from engine.nets.flow import BOUNDED, FlowPrompt, FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.flow_recorded import flow_for
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import HiftConfig, fold_norms
from engine.nets.vocoder import Vocoder
from engine.nets.voice_lm import VoiceLmConfig
from engine.notices import NoticeCode
from engine.tts.cosyvoice_text import VoiceText
from engine.tts.cosyvoice_tokens import VoiceTokens
from engine.tts.token2wav import Token2Wav

BLANK = "CosyVoice-BlankEN"
AGAIN = "`parley models pull` fetches it again"
OTHERS = 2_000_000_000           # bytes that ears and voice may have taken of the card already, of fits.ROOMY
SPECIALS = {2: 3, 3: 200}        # ids of the head after the codes


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """One of spk2info.pt. text: what its recording says, as ids; tokens [n] and mel [1, 80, 2 n] of it, n may be 0."""

    vector: Tensor               # [1, 192]
    text: tuple[int, ...]
    tokens: tuple[int, ...]
    mel: Tensor

    @property
    def prompt(self) -> FlowPrompt:
        return FlowPrompt(torch.tensor([self.tokens], dtype=torch.long), self.mel, self.vector)


@dataclass(frozen=True, slots=True)
class CosyVoiceModel:
    """The networks of one checkpoint; for any number of replies, from one thread."""

    version: int
    folder: Path
    text: VoiceText
    tokens: VoiceTokens
    wave: Token2Wav
    speakers: Mapping[str, Speaker]


def load_cosyvoice(
    folder: Path | str, device: str = "cpu", version: int | None = None, 
    told: Callable[[Statement], None] = lambda _: None,
) -> CosyVoiceModel:
    """version: 2 or 3; None: as the weights say. told: gets a line for each network before it is read.

    Raises NotHere for a missing file or device, Trouble for one that is not what it should be, with the first wrong
    key; WrongUse for a version that the folder does not hold.
    """
    folder, place = Path(folder), weights.device_named(device)
    told(state(NoticeCode.READS_VOICE_LM, name=folder.name))
    found, path = _tensors(folder, "llm")
    has = 2 if "llm_embedding.weight" in found else 3
    if version not in (None, has):
        raise WrongUse(f"{path}: is CosyVoice {has}, not {version}; choose its own name for it")
    values = read_yaml(folder)
    cfg = _lm_config(folder, values, found, path, has)
    weights.check_keys(found, _shapes(lambda: voice_lm.VoiceLm(cfg)), path)
    lm = voice_lm.load(cfg, found, device, torch.bfloat16 if place.type == "cuda" else torch.float32)
    del found
    told(state(NoticeCode.READS_FLOW, name=folder.name))
    flow = flow_for(_flow(folder, values, has, place), BOUNDED, fits.ROOMY - OTHERS)
    if flow.lacks:
        told(state(NoticeCode.FLOW_SLOWER, name=folder.name, how=str(flow.computes), why=str(flow.lacks)))
    vocoder = _vocoder(folder, values, has, place)
    text = VoiceText(folder / BLANK, has)
    speakers = read_speakers(folder / "spk2info.pt")
    tokens = VoiceTokens(lm)
    if tokens.lacks:
        told(state(NoticeCode.VOICE_LM_STEPWISE, name=folder.name, why=str(tokens.lacks)))
    return CosyVoiceModel(has, folder, text, tokens, Token2Wav(flow, vocoder, left=BOUNDED), speakers)


def _tensors(folder: Path, name: str) -> tuple[dict[str, Tensor], Path]:
    """The converted file where there is one."""
    for file in (f"{name}.safetensors", f"{name}.pt"):
        if (folder / file).is_file():
            return weights.published(weights.read_tensors(folder / file)), folder / file
    raise NotHere(f"{folder}: has neither {name}.safetensors nor {name}.pt; {AGAIN}")


def _shapes(make: Callable[[], nn.Module]) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        return {key: tuple(tensor.shape) for key, tensor in make().state_dict().items()}


def _lm_config(
    folder: Path, values: Yaml, found: Mapping[str, Tensor], path: Path, version: int
) -> VoiceLmConfig:
    """Its sizes: the body's from config.json, the speech's from the tensors themselves."""
    file = folder / BLANK / "config.json"
    try:
        told = json.loads(file.read_text("utf-8"))
        rope = told.get("rope_parameters") or {}
        mix = part(values, "llm").get("mix_ratio") or (5, 15)
        return VoiceLmConfig(
            version, len(found["speech_embedding.weight"]) - SPECIALS[version], int(told["hidden_size"]),
            int(told["intermediate_size"]), int(told["num_hidden_layers"]), int(told["num_attention_heads"]),
            int(told["num_key_value_heads"]), int(told["vocab_size"]),
            float(told.get("rope_theta") or rope.get("rope_theta") or VoiceLmConfig.rope_theta),
            float(told.get("rms_norm_eps", VoiceLmConfig.rms_eps)), text_group=int(mix[0]), speech_group=int(mix[1]),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise NotHere(f"{file}: there is no such file; {AGAIN}") from error
    except OSError as error:
        raise Trouble(f"{file}: cannot be read: {why(error)}") from error
    except KeyError as error:
        if error.args == ("speech_embedding.weight",):
            raise Trouble(f"{path}: lacks the key speech_embedding.weight: it is not CosyVoice's; {AGAIN}") from error
        raise Trouble(f"{file}: lacks {error.args[0]}; {AGAIN}") from error
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise Trouble(f"{file}: is damaged ({' '.join(str(error).split())[:90]}); {AGAIN}") from error


def _built(net: nn.Module, found: dict[str, Tensor], place: torch.device) -> Any:
    net.load_state_dict(found, strict=True)
    return net.to(place).eval().requires_grad_(False)


def _flow(folder: Path, values: Yaml, version: int, place: torch.device) -> Any:
    found, path = _tensors(folder, "flow")
    facts = part(values, "flow")
    estimator = part(facts, "decoder", "estimator")
    cfg: Any
    try:
        if version == 2:
            encoder = part(facts, "encoder")
            known = encoder | ({"heads": encoder["attention_heads"]} if "attention_heads" in encoder else {})
            cfg = FlowV2Config.of({**facts, "encoder": known, "estimator": estimator})
        else:
            known = estimator | ({"mel": estimator["mel_dim"]} if "mel_dim" in estimator else {})
            cfg = FlowV3Config.of(
                {**facts, "pre_lookahead": part(facts, "pre_lookahead_layer"), "estimator": known}
            )
        kind: Any = FlowV2 if version == 2 else FlowV3
        weights.check_keys(found, _shapes(lambda: kind(cfg)), path)
        return _built(kind(cfg), found, place)
    except (ValueError, TypeError, ZeroDivisionError, RuntimeError) as error:
        raise _unfit(path, error) from error


def _vocoder(folder: Path, values: Yaml, version: int, place: torch.device) -> Vocoder:
    found, path = _tensors(folder, "hift")
    facts = part(values, "hift")
    pitch = part(facts, "f0_predictor")
    known = facts | ({"f0_cond_channels": pitch["cond_channels"]} if "cond_channels" in pitch else {})
    try:
        cfg = HiftConfig.of({k: v for k, v in known.items() if v is not None})
        kind: Any = HiftV2 if version == 2 else HiftV3
        weights.check_keys(found, _shapes(lambda: kind(cfg)), path)
        net = _built(kind(cfg), found, place)
    except (ValueError, TypeError, ZeroDivisionError, RuntimeError) as error:
        raise _unfit(path, error) from error
    fold_norms(net)
    return Vocoder(net)


def _unfit(path: Path, error: Exception) -> Trouble:
    said = " ".join(str(error).split())[:120]
    return Trouble(f"{path}: does not fit the sizes that its yaml names ({said}); {AGAIN}")


def read_speakers(path: Path) -> dict[str, Speaker]:
    """spk2info.pt -> its speakers by name; {} where there is no such file. Runs nothing that is in it. Raises Trouble.
    """
    if not path.is_file():
        return {}
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        return {str(name): _speaker(facts) for name, facts in found.items()}
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except Exception as error:               # pickle, zip, KeyError, AttributeError by what is amiss
        said = " ".join(str(error).split())[:90]
        raise Trouble(f"{path}: is no table of speakers ({said}); {AGAIN}, or remove it") from error


def _speaker(facts: Mapping[str, Any]) -> Speaker:
    """A preset has a vector alone; one that was made from a recording also what is said in it, tokens and mel."""
    vector: Tensor = facts["flow_embedding"] if "flow_embedding" in facts else facts["embedding"]
    mel = facts.get("prompt_speech_feat", torch.zeros(1, 0, 80))
    tokens = facts.get("flow_prompt_speech_token", torch.zeros(1, 0))
    text = facts.get("prompt_text", torch.zeros(1, 0))
    return Speaker(vector.float().reshape(1, -1), tuple(int(i) for i in text.reshape(-1)),
                   tuple(int(i) for i in tokens.reshape(-1)), mel.float().transpose(1, 2))  # fmt: skip
