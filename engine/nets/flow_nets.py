"""The two public flows, speech tokens to mel: CosyVoice2's and CosyVoice3's, with their state dicts' key names.

Sizes and order: ../shared/reference/models.md 4.6, 4.9. What runs them is engine/nets/flow.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn
from torch.nn import functional as F

from engine.nets.cfm import Estimator, finish
from engine.nets.flow_dit import Dit, DitConfig
from engine.nets.flow_encoder import ConformerEncoder, EncoderConfig, LookAhead
from engine.nets.flow_unet import Unet, UnetConfig
from engine.nets.tape import Tape, Walk

C = TypeVar("C")


def read(kind: type[C], values: Mapping[str, Any]) -> C:
    """A configuration from a file's values; keys that it has not are not read, lists become tuples."""
    names = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in names})


@dataclass(frozen=True)
class FlowV2Config:
    """The published sizes of CosyVoice2-0.5B."""

    vocab_size: int = 6561
    spk_embed_dim: int = 192
    token_mel_ratio: int = 2
    pre_lookahead_len: int = 3   # tokens
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    estimator: UnetConfig = field(default_factory=UnetConfig)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "FlowV2Config":
        """From a configuration file with the names of these fields."""
        parts = {"encoder": read(EncoderConfig, values["encoder"]), "estimator": read(UnetConfig, values["estimator"])}
        return read(cls, {**values, **parts})


@dataclass(frozen=True)
class LookAheadConfig:
    in_channels: int = 80
    channels: int = 1024


@dataclass(frozen=True)
class FlowV3Config:
    """The published sizes of Fun-CosyVoice3-0.5B."""

    vocab_size: int = 6561
    spk_embed_dim: int = 192
    token_mel_ratio: int = 2
    pre_lookahead_len: int = 3   # tokens
    pre_lookahead: LookAheadConfig = field(default_factory=LookAheadConfig)
    estimator: DitConfig = field(default_factory=DitConfig)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "FlowV3Config":
        """From a configuration file with the names of these fields."""
        look = read(LookAheadConfig, values["pre_lookahead"])
        return read(cls, {**values, "pre_lookahead": look, "estimator": read(DitConfig, values["estimator"])})


class Decoder(nn.Module):
    """Holds the estimator under the reference's name."""

    def __init__(self, estimator: nn.Module) -> None:
        super().__init__()
        self.estimator = estimator


class FlowNet(Protocol):
    """What the two have in common for whoever runs them."""

    cfg: FlowV2Config | FlowV3Config

    @property
    def mel(self) -> int: ...
    @property
    def chunk(self) -> int: ...
    @property
    def estimator(self) -> Estimator: ...
    def speaker(self, vector: Tensor) -> Tensor: ...
    def mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Tensor: ...
    def walk_mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Walk: ...
    def parameters(self) -> Any: ...


class FlowV2(nn.Module):
    """CosyVoice2's: an up-sampling conformer encoder, and a U-Net."""

    def __init__(self, cfg: FlowV2Config) -> None:
        super().__init__()
        self.cfg = cfg
        self.mel, self.chunk = cfg.estimator.out_channels, cfg.encoder.static_chunk_size
        if cfg.estimator.static_chunk_size != self.chunk * cfg.token_mel_ratio:
            raise ValueError(f"encoder chunks of {self.chunk} tokens, but the estimator's of "
                             f"{cfg.estimator.static_chunk_size} frames: they must be the same time")  # fmt: skip
        self.input_embedding = nn.Embedding(cfg.vocab_size, cfg.encoder.output_size)
        self.spk_embed_affine_layer = nn.Linear(cfg.spk_embed_dim, self.mel)
        self.encoder = ConformerEncoder(cfg.encoder, cfg.pre_lookahead_len, cfg.token_mel_ratio)
        self.encoder_proj = nn.Linear(cfg.encoder.output_size, self.mel)
        self.decoder = Decoder(Unet(cfg.estimator))

    @property
    def estimator(self) -> Unet:
        found = self.decoder.estimator
        assert isinstance(found, Unet)
        return found

    def speaker(self, vector: Tensor) -> Tensor:
        """[1, 192] of any length -> [1, 80]"""
        out: Tensor = self.spk_embed_affine_layer(F.normalize(vector, dim=1))
        return out

    def mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Tensor:
        """tokens [1, n], after [1, 3] the tokens that follow (None: none do) -> [1, 80, 2 n]."""
        return finish(self.walk_mu(tokens, after, slow, fast))

    def walk_mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Walk:
        x = yield from self.encoder.walk(
            self.input_embedding(tokens), None if after is None else self.input_embedding(after), slow, fast
        )
        out: Tensor = self.encoder_proj(x).transpose(1, 2)
        return out


class FlowV3(nn.Module):
    """CosyVoice3's: a look-ahead layer, and a diffusion transformer."""

    def __init__(self, cfg: FlowV3Config) -> None:
        super().__init__()
        self.cfg = cfg
        self.mel, self.chunk = cfg.estimator.mel, cfg.estimator.static_chunk_size // cfg.token_mel_ratio
        wide = cfg.pre_lookahead.in_channels
        self.input_embedding = nn.Embedding(cfg.vocab_size, wide)
        self.spk_embed_affine_layer = nn.Linear(cfg.spk_embed_dim, self.mel)
        self.pre_lookahead_layer = LookAhead(wide, cfg.pre_lookahead.channels, cfg.pre_lookahead_len)
        self.decoder = Decoder(Dit(cfg.estimator))

    @property
    def estimator(self) -> Dit:
        found = self.decoder.estimator
        assert isinstance(found, Dit)
        return found

    def speaker(self, vector: Tensor) -> Tensor:
        """[1, 192] of any length -> [1, 80]"""
        out: Tensor = self.spk_embed_affine_layer(F.normalize(vector, dim=1))
        return out

    def mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Tensor:
        """tokens [1, n], after [1, 3] the tokens that follow (None: none do) -> [1, 80, 2 n]. `fast` is not used."""
        return finish(self.walk_mu(tokens, after, slow, fast))

    def walk_mu(self, tokens: Tensor, after: Tensor | None, slow: Tape, fast: Tape) -> Walk:
        follow = None if after is None else self.input_embedding(after)
        x = self.pre_lookahead_layer(self.input_embedding(tokens), follow, slow).transpose(1, 2)
        out: Tensor = x.repeat_interleave(self.cfg.token_mel_ratio, 2)
        yield
        return out
