"""SenseVoiceSmall: words, language, emotion and sound events of an utterance, over transformers' FunAsrNanoEncoder.

Source: FunAudioLLM/SenseVoice and FunASR `sense_voice` (arXiv 2407.04051): four query rows before the features, a
SAN-M encoder of 50 + 20 layers, one CTC head. The encoder is `transformers`' own, which is the same arithmetic under
other names; `to_reference` and `from_reference` translate. Not causal: a growing utterance is computed again.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import FunAsrNanoEncoderConfig
from transformers.masking_utils import create_bidirectional_mask
from transformers.models.fun_asr_nano.modeling_fun_asr_nano import FunAsrNanoEncoder

LANGUAGES = ("zh", "en", "yue", "ja", "ko", "nospeech")
EMOTIONS = ("HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN")
EVENTS = ("Speech", "BGM", "Applause", "Laughter", "Cry", "Sneeze", "Breath", "Cough", "Sing", "Speech_Noise", "GBG",
          "Event_UNK")  # fmt: skip
NORMS = ("withitn", "woitn")
LANGUAGE_ROWS = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12, "nospeech": 13}    # of `embed`
EMOTION_ROW, EVENT_ROW = 1, 2
NORM_ROWS = {"withitn": 14, "woitn": 15}
QUERIES = 4                      # language, emotion, event and text-norm rows; the first positions of the output
BLANK = 0

ENCODER = (("norm1", "input_layernorm"), ("norm2", "post_attention_layernorm"), ("feed_forward.w_1", "mlp.fc1"),
           ("feed_forward.w_2", "mlp.fc2"), ("self_attn.linear_out", "self_attn.o_proj"),
           ("self_attn.fsmn_block", "self_attn.fsmn.conv"))  # fmt: skip
FUSED, SPLIT = "self_attn.linear_q_k_v", ("q_proj", "k_proj", "v_proj")


@dataclass(frozen=True)
class SenseVoiceConfig:
    """Sizes; the defaults are those of the published SenseVoiceSmall (233,999,167 parameters)."""

    vocab: int = 25055
    bands: int = 80
    stacked: int = 7             # frames joined into one input row of 60 ms
    width: int = 512
    heads: int = 4
    inner: int = 2048
    layers: int = 50             # the first of them is `encoders0`
    tp_layers: int = 20
    kernel: int = 11             # of the FSMN memory
    queries: int = 16            # rows of `embed`
    longest: int = 2048          # steps, the four queries among them: 122 s

    @property
    def input(self) -> int:
        return self.bands * self.stacked


@dataclass(frozen=True)
class TagIds:
    """Class ids of the tags by name; the ids are those of a tokenizer, so they are read from one."""

    language: Mapping[str, int]
    emotion: Mapping[str, int]
    event: Mapping[str, int]
    norm: Mapping[str, int] = field(default_factory=dict)


def greedy(log_probs: Tensor) -> list[int]:
    """[t, vocab] -> ids: the best class of each step, repeats joined, blanks dropped."""
    return [int(i) for i in torch.unique_consecutive(log_probs.argmax(-1)) if i != BLANK]


def tag_probabilities(log_probs: Tensor, ids: TagIds, banned: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """log_probs: [>= 4, vocab] of one utterance -> family -> name -> probability among that family's classes.

    banned: names that count as impossible, such as EMO_UNKNOWN.
    """
    families = {"language": ids.language, "emotion": ids.emotion, "event": ids.event, "norm": ids.norm}
    out: dict[str, dict[str, float]] = {}
    for row, (family, classes) in enumerate(families.items()):
        names = [name for name in classes if name not in banned]
        scores = log_probs[row, [classes[name] for name in names]].float().softmax(-1)
        out[family] = dict(zip(names, scores.tolist(), strict=True))
    return out


class SenseVoice(nn.Module):
    """x: [b, t, input] features after CMVN -> log probabilities [b, t + 4, vocab]."""

    def __init__(self, cfg: SenseVoiceConfig, attention: str = "sdpa") -> None:
        """attention: "sdpa", or "eager" for the reference's own order of operations."""
        super().__init__()
        self.cfg = cfg
        config = FunAsrNanoEncoderConfig(
            num_mel_bins=cfg.bands, num_stacked_frames=cfg.stacked, hidden_size=cfg.width,
            num_attention_heads=cfg.heads, intermediate_size=cfg.inner, num_hidden_layers=cfg.layers + cfg.tp_layers,
            num_timestamp_prediction_layers=cfg.tp_layers, fsmn_kernel_size=cfg.kernel,
            max_position_embeddings=cfg.longest + 1)  # fmt: skip
        config._attn_implementation = attention
        self.encoder = FunAsrNanoEncoder(config)
        self.embed = nn.Embedding(cfg.queries, cfg.input)
        self.head = nn.Linear(cfg.width, cfg.vocab)

    def with_queries(self, x: Tensor, language: str = "auto", norm: str = "woitn") -> Tensor:
        """x: [b, t, input] -> [b, t + 4, input]. language: of LANGUAGE_ROWS; norm: of NORM_ROWS."""
        rows = torch.tensor([LANGUAGE_ROWS[language], EMOTION_ROW, EVENT_ROW, NORM_ROWS[norm]], device=x.device)
        return torch.cat([self.embed(rows).to(x.dtype).expand(len(x), -1, -1), x], 1)

    def encode(self, x: Tensor, lengths: Tensor | None = None) -> Generator[None, None, Tensor]:
        """x: [b, t, input] with the queries; lengths: [b] valid steps of each. -> [b, t, width].

        A generator, so that it can be given up: yields after each layer. Raises ValueError where t is too long.
        """
        b, t, _ = x.shape
        if t > self.cfg.longest:
            raise ValueError(f"{t} steps are more than the {self.cfg.longest} that this network has positions for")
        valid = torch.ones(b, t, dtype=torch.long, device=x.device)
        if lengths is not None:
            valid = (torch.arange(t, device=x.device)[None] < lengths[:, None]).long()
        mask = create_bidirectional_mask(config=self.encoder.config, inputs_embeds=x, attention_mask=valid)
        x = x * self.encoder.scaling + self.encoder.position_embeddings(x)
        for layer in self.encoder.layers:
            x = layer(x, mask, valid)
            yield
        return x

    def classify(self, x: Tensor) -> Tensor:
        """[b, t, width] -> log probabilities [b, t, vocab] float32."""
        scores: Tensor = self.head(x)
        return scores.float().log_softmax(-1)

    def forward(self, x: Tensor, lengths: Tensor | None = None, language: str = "auto", norm: str = "woitn") -> Tensor:
        """x: [b, t, input]; lengths: [b], without the queries. -> log probabilities [b, t + 4, vocab]."""
        steps = self.encode(self.with_queries(x, language, norm), None if lengths is None else lengths + QUERIES)
        return self.classify(finish(steps))


def finish(steps: Generator[None, None, Tensor]) -> Tensor:
    """Runs `SenseVoice.encode` to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: Tensor = done.value
            return result


# -- names of the published checkpoint ------------------------------------------------------------------------
def _layer_names(cfg: SenseVoiceConfig) -> dict[str, str]:
    """-> prefix in the checkpoint: prefix here."""
    names = {"encoder.encoders0.0.": "encoder.layers.0."}
    names |= {f"encoder.encoders.{i}.": f"encoder.layers.{i + 1}." for i in range(cfg.layers - 1)}
    return names | {f"encoder.tp_encoders.{i}.": f"encoder.layers.{cfg.layers + i}." for i in range(cfg.tp_layers)}


def _names(cfg: SenseVoiceConfig) -> dict[str, tuple[str, ...]]:
    """-> key in the checkpoint: key here, or three keys of which it is the rows, one after the other."""
    whole = {"embed": "embed", "ctc.ctc_lo": "head"}
    whole["encoder.after_norm"] = f"encoder.layers.{cfg.layers - 1}.final_layernorm"
    whole["encoder.tp_norm"] = f"encoder.layers.{cfg.layers + cfg.tp_layers - 1}.final_layernorm"
    names: dict[str, tuple[str, ...]] = {}
    for theirs, ours in _layer_names(cfg).items():
        whole |= {theirs + a: ours + b for a, b in ENCODER}
        for part in ("weight", "bias"):
            names[f"{theirs}{FUSED}.{part}"] = tuple(f"{ours}self_attn.{name}.{part}" for name in SPLIT)
    for theirs, ours in whole.items():
        names[f"{theirs}.weight"] = (f"{ours}.weight",)
        if theirs != "embed" and not theirs.endswith("fsmn_block"):
            names[f"{theirs}.bias"] = (f"{ours}.bias",)
    return names


def to_reference(net: SenseVoice) -> dict[str, Tensor]:
    """-> the state under the names of the published checkpoint."""
    state = net.state_dict()
    return {key: torch.cat([state[ours] for ours in parts]) for key, parts in _names(net.cfg).items()}


def reference_shapes(cfg: SenseVoiceConfig) -> dict[str, tuple[int, ...]]:
    """-> key of the published checkpoint: shape. Allocates nothing."""
    with torch.device("meta"):
        net = SenseVoice(cfg)
    return {key: tuple(tensor.shape) for key, tensor in to_reference(net).items()}


def from_reference(tensors: Mapping[str, Tensor], cfg: SenseVoiceConfig, attention: str = "sdpa") -> SenseVoice:
    """tensors: a checkpoint of the published names -> the network, in evaluation mode, on the tensors' device.

    Raises ValueError that names the first key (in order of the name) that is missing, unknown or of another shape.
    """
    wanted = reference_shapes(cfg)
    for key in sorted(wanted.keys() | tensors.keys()):
        if key not in wanted:
            raise ValueError(f"the key {key} is not SenseVoice's")
        if key not in tensors:
            raise ValueError(f"the key {key} is missing")
        if tuple(tensors[key].shape) != wanted[key]:
            raise ValueError(f"the key {key} has the shape {tuple(tensors[key].shape)}, not {wanted[key]}")
    state: dict[str, Tensor] = {}
    for key, ours in _names(cfg).items():
        state |= zip(ours, tensors[key].chunk(len(ours)), strict=True)
    with torch.device("meta"):
        net = SenseVoice(cfg, attention)
    net.load_state_dict(state, strict=True, assign=True)
    positions: Any = net.encoder.position_embeddings     # not in the checkpoint: computed, so not on `meta`
    table: Tensor = positions.compute_default_singular_positional_embedding()
    positions.positional_embedding = table.to(next(iter(tensors.values())).device)
    return net.eval().requires_grad_(False)
