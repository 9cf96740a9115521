"""The networks of a spoken reply with random weights, at the published sizes: to measure how long they take.

How long a network takes does not depend on what its weights are, so nothing has to be downloaded. What does depend on
them, how many tokens an answer has, is given by whoever measures (engine/bench/large/chain.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from torch import nn
from transformers import Qwen2Config, Qwen2ForCausalLM

from audio_io.errors import WrongUse
from engine.llm import precision
from engine.nets.flow import FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.flow_dit import DitConfig
from engine.nets.flow_encoder import EncoderConfig
from engine.nets.flow_unet import UnetConfig
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import HiftConfig, fold_norms
from engine.nets.predictor import LlmPredictor, LlmPredictorConfig
from engine.nets.sensevoice import SenseVoice, SenseVoiceConfig
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig

N = TypeVar("N", bound=nn.Module)
SIZES = ("full", "half", "tiny")


@dataclass(frozen=True)
class LlmConfig:
    """Sizes of a Qwen2 chat model; those of Qwen2.5-7B-Instruct unless given."""

    hidden: int = 3584
    intermediate: int = 18944
    layers: int = 28
    heads: int = 28
    kv_heads: int = 4
    vocab: int = 152064
    tied: bool = False           # the table of embeddings is the output's, too

    def qwen(self) -> Qwen2Config:
        config: Any = Qwen2Config
        made: Qwen2Config = config(
            vocab_size=self.vocab, hidden_size=self.hidden, intermediate_size=self.intermediate,
            num_hidden_layers=self.layers, num_attention_heads=self.heads, num_key_value_heads=self.kv_heads,
            rms_norm_eps=1e-6, rope_parameters={"rope_type": "default", "rope_theta": 1e6},
            max_position_embeddings=32768, tie_word_embeddings=self.tied, attn_implementation="sdpa",
        )  # fmt: skip
        return made


LLMS = {                         # config.json of Qwen/Qwen2.5-{0.5B,1.5B,7B}-Instruct
    "0.5b": LlmConfig(896, 4864, 24, 14, 2, 151936, True),
    "1.5b": LlmConfig(1536, 8960, 28, 12, 2, 151936, True),
    "7b": LlmConfig(),
}


@dataclass(frozen=True)
class Sizes:
    """Of all networks of one chain. The voice is CosyVoice's version 2 or 3, by the kind of `flow`."""

    hear: SenseVoiceConfig
    llm: LlmConfig
    predictor: LlmPredictorConfig
    voice: VoiceLmConfig
    flow: FlowV2Config | FlowV3Config
    vocoder: HiftConfig


def sizes(size: str = "full", llm: str = "7b", version: int = 2) -> Sizes:
    """size: of SIZES; half has half the layers (the vocoder half the channels), tiny is for tests.

    Raises WrongUse for a name that is none.
    """
    if size not in SIZES or llm not in LLMS or version not in (2, 3):
        raise WrongUse(f"size {size!r}, LLM {llm!r}, voice {version}: choose from {', '.join(SIZES)}; "
                       f"{', '.join(LLMS)}; 2, 3")  # fmt: skip
    if size == "tiny":
        return _tiny(version)
    thinks = LLMS[llm]
    full = Sizes(SenseVoiceConfig(), thinks, LlmPredictorConfig(thinks.hidden), VoiceLmConfig(version),
                 FlowV2Config() if version == 2 else FlowV3Config(), HiftConfig())  # fmt: skip
    return full if size == "full" else _half(full)


def _half(full: Sizes) -> Sizes:
    flow: FlowV2Config | FlowV3Config
    if isinstance(full.flow, FlowV2Config):
        flow = replace(full.flow, encoder=EncoderConfig(num_blocks=3, num_up_blocks=2),
                       estimator=UnetConfig(n_blocks=2))  # fmt: skip
    else:
        flow = replace(full.flow, estimator=replace(full.flow.estimator, depth=full.flow.estimator.depth // 2))
    return replace(
        full, hear=replace(full.hear, layers=full.hear.layers // 2, tp_layers=full.hear.tp_layers // 2),
        llm=replace(full.llm, layers=full.llm.layers // 2), voice=replace(full.voice, layers=full.voice.layers // 2),
        flow=flow, vocoder=replace(full.vocoder, base_channels=full.vocoder.base_channels // 2),
    )  # fmt: skip


def _tiny(version: int) -> Sizes:
    codes, voice = 60, VoiceLmConfig(version, 60, 32, 48, 2, 4, 2, 80)
    flow: FlowV2Config | FlowV3Config
    if version == 2:
        flow = FlowV2Config(codes, encoder=EncoderConfig(32, 2, 48, 1, 1), estimator=UnetConfig(
            channels=(32,), attention_head_dim=16, n_blocks=1, num_mid_blocks=1, num_heads=2))  # fmt: skip
    else:
        flow = FlowV3Config(codes, estimator=DitConfig(dim=32, depth=2, heads=2, dim_head=16, groups=4))
    return Sizes(
        SenseVoiceConfig(vocab=60, width=32, heads=2, inner=48, layers=2, tp_layers=1),
        LlmConfig(32, 48, 2, 4, 2, 90, True), LlmPredictorConfig(32, 28, 40, 7, 1), voice, flow,
        HiftConfig(base_channels=32, f0_cond_channels=16),
    )  # fmt: skip


def made(make: Callable[[], N], device: str, dtype: torch.dtype = torch.float32, seed: int = 0) -> N:
    """`make()` on `device` with weights of `dtype` drawn from `seed`, in evaluation mode."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.random.fork_rng(), torch.device(device):
            torch.manual_seed(seed)
            net = make()
    finally:
        torch.set_default_dtype(before)
    return net.eval().requires_grad_(False)


# -- the networks; the precisions are those in which the loaders load them ------------------------------------
def make_ears(s: Sizes) -> SenseVoice:
    return SenseVoice(s.hear)


def make_llm(config: LlmConfig) -> Qwen2ForCausalLM:
    return Qwen2ForCausalLM(config.qwen())


def make_predictor(s: Sizes) -> LlmPredictor:
    return LlmPredictor(s.predictor)


def make_voice(s: Sizes) -> VoiceLm:
    return VoiceLm(s.voice)


def make_flow(s: Sizes) -> FlowV2 | FlowV3:
    return FlowV2(s.flow) if isinstance(s.flow, FlowV2Config) else FlowV3(s.flow)


def make_vocoder(s: Sizes) -> HiftV2 | HiftV3:
    net = HiftV2(s.vocoder) if isinstance(s.flow, FlowV2Config) else HiftV3(s.vocoder)
    if net.conv_post.bias.device.type != "meta":
        fold_norms(net)
    return net


def llm_dtype(device: str, config: LlmConfig) -> torch.dtype:
    """What the profiles load such a chat model as (`engine.runtime.make_stages.width`), on a card the widest."""
    if torch.device(device).type != "cpu":
        return torch.bfloat16
    size = bytes_of(made(lambda: make_llm(config), "meta", torch.bfloat16))
    return torch.float32 if precision.on_processor(size) == "fp32" else torch.bfloat16


def voice_dtype(device: str) -> torch.dtype:
    """What `engine.tts.cosyvoice_model` loads the voice LM as; all other networks are float32 everywhere."""
    return torch.bfloat16 if torch.device(device).type == "cuda" else torch.float32


def bytes_of(net: nn.Module) -> int:
    """Of its weights; one that is used twice counts once."""
    return sum(p.numel() * p.element_size() for p in net.parameters())
