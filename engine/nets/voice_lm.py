"""The voice token LM of CosyVoice2 and 3: a Qwen2 body that reads text rows and speech rows and predicts speech tokens.

Sources: CosyVoice 2 (arXiv 2412.10117), CosyVoice 3 (arXiv 2505.17589), the public repository FunAudioLLM/CosyVoice.
The facts are collected in ../shared/reference/models.md 4.1 and 4.9. State dict keys are the published checkpoints'.

A *row* is one input position, [hidden]. A sequence is sos, text and speech rows, one task row where the text ends, and
what is left of the speech. engine/nets/voice_mix.py builds it step by step, engine/nets/voice_lane.py computes it with
a cache, engine/nets/voice_draw.py draws the next token.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import Qwen2Config, Qwen2Model

SOS, TEXT, TASK, SPEECH = range(4)       # kinds of row
IGNORED = -1                             # a target that no loss is taken of


@dataclass(frozen=True)
class VoiceLmConfig:
    """The published sizes; a golden fixture has its own. `version`: 2 or 3, of CosyVoice.

    Version 2 keeps sos and task in a table of two rows and has 3 ids after the codes; version 3 keeps both among the
    200 ids after the codes and has no bias in the head.
    """

    version: int = 2
    codes: int = 6561                    # of the speech tokenizer (FSQ, 3 ** 8), 25 a second
    hidden: int = 896
    intermediate: int = 4864
    layers: int = 24
    heads: int = 14
    kv_heads: int = 2
    vocab: int = 151936
    rope_theta: float = 1e6
    rms_eps: float = 1e-6
    attention: str = "sdpa"              # or "eager", which is the reference to the last bit
    text_group: int = 5                  # text rows to
    speech_group: int = 15               # speech rows, where text arrives while speech leaves

    @property
    def ids(self) -> int:
        """How many ids the head knows."""
        return self.codes + (3 if self.version == 2 else 200)

    @property
    def sos(self) -> int:
        """Row of `llm_embedding` (version 2), id in `speech_embedding` (version 3); so is `task`."""
        return 0 if self.version == 2 else self.codes

    @property
    def eos(self) -> int:
        return self.codes + (0 if self.version == 2 else 1)

    @property
    def task(self) -> int:
        return 1 if self.version == 2 else self.codes + 2

    @property
    def fill(self) -> int:
        """The id that asks for the next text group. It is never fed back as a row."""
        return self.codes + (2 if self.version == 2 else 3)

    def qwen(self) -> Qwen2Config:
        config: Any = Qwen2Config
        made: Qwen2Config = config(
            vocab_size=self.vocab, hidden_size=self.hidden, intermediate_size=self.intermediate,
            num_hidden_layers=self.layers, num_attention_heads=self.heads, num_key_value_heads=self.kv_heads,
            rms_norm_eps=self.rms_eps, rope_parameters={"rope_type": "default", "rope_theta": self.rope_theta},
            tie_word_embeddings=True, attn_implementation=self.attention,
        )  # fmt: skip
        return made


class Unread(nn.Module):
    """The checkpoint's text head, which the voice never uses: its key is known, its numbers are dropped.

    Saving gives the text embedding's, to which it is tied.
    """

    def __init__(self, tied: nn.Embedding) -> None:
        super().__init__()
        self.tied = (tied,)              # in a tuple, so that it is not registered twice

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        weight = self.tied[0].weight
        destination[prefix + "weight"] = weight if keep_vars else weight.detach()

    def _load_from_state_dict(  # torch's own signature
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        key, shape = prefix + "weight", self.tied[0].weight.shape
        if key not in state_dict:
            missing_keys.append(key)
        elif state_dict[key].shape != shape:
            error_msgs.append(f"size mismatch for {key}: {tuple(state_dict[key].shape)}, must be {tuple(shape)}")
        unexpected_keys.extend(k for k in state_dict if k.startswith(prefix) and k != key)


class Named(nn.Module):
    """Holds modules under the names that the checkpoint's keys have."""

    def __init__(self, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


class VoiceLm(nn.Module):
    """Rows [B, T, hidden] -> hidden states [B, T, hidden] -> log-odds [B, T, ids] of the token after each row.

    Holds weights alone: a reply's cache is a lane (engine/nets/voice_lane.py).
    """

    def __init__(self, cfg: VoiceLmConfig) -> None:
        """Raises ValueError for a version that is none."""
        super().__init__()
        if cfg.version not in (2, 3):
            raise ValueError(f"voice LM of CosyVoice {cfg.version}: only versions 2 and 3 are known")
        self.cfg = cfg
        body: Any = Qwen2Model(cfg.qwen())
        self.llm = Named(model=Named(model=body, lm_head=Unread(body.embed_tokens)))
        self.llm_decoder = nn.Linear(cfg.hidden, cfg.ids, bias=cfg.version == 2)
        self.speech_embedding = nn.Embedding(cfg.ids, cfg.hidden)
        if cfg.version == 2:
            self.llm_embedding = nn.Embedding(2, cfg.hidden)

    @property
    def body(self) -> Any:
        """The Qwen2Model."""
        return self.llm.model.model  # type: ignore[union-attr]

    @property
    def device(self) -> torch.device:
        return self.speech_embedding.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.speech_embedding.weight.dtype

    # -- rows ---------------------------------------------------------------------------------------------
    def _look(self, table: nn.Embedding, ids: Sequence[int] | Tensor) -> Tensor:
        out: Tensor = table(torch.as_tensor(ids, dtype=torch.long, device=self.device).reshape(-1))
        return out

    def text(self, ids: Sequence[int] | Tensor) -> Tensor:
        """[n] text ids -> [n, hidden]"""
        return self._look(self.body.embed_tokens, ids)

    def speech(self, ids: Sequence[int] | Tensor) -> Tensor:
        """[n] speech tokens -> [n, hidden]"""
        return self._look(self.speech_embedding, ids)

    def sos(self) -> Tensor:
        """-> [1, hidden]"""
        return self._look(self.llm_embedding if self.cfg.version == 2 else self.speech_embedding, [self.cfg.sos])

    def task(self) -> Tensor:
        """The row that says: no more text. -> [1, hidden]"""
        return self._look(self.llm_embedding if self.cfg.version == 2 else self.speech_embedding, [self.cfg.task])

    def rows(self, kinds: Tensor, values: Tensor) -> Tensor:
        """kinds, values [T] of a `Lesson` -> [T, hidden]"""
        out = torch.empty(len(kinds), self.cfg.hidden, dtype=self.dtype, device=self.device)
        out[kinds == SOS], out[kinds == TASK] = self.sos(), self.task()
        out[kinds == TEXT] = self.text(values[kinds == TEXT])
        out[kinds == SPEECH] = self.speech(values[kinds == SPEECH])
        return out

    # -- what it says -------------------------------------------------------------------------------------
    def forward(self, rows: Tensor, mask: Tensor | None = None, at: Tensor | None = None, cache: Any = None) -> Tensor:
        """rows [B, T, hidden] -> [B, T, hidden], after the final norm.

        mask: additive [1, 1, T, keys], None where every row may see every key. at: [1, T] positions, None for 0 and on.
        cache: transformers' own. Without mask and cache: causal (teacher forcing).
        """
        if mask is None and cache is None:
            mask = causal(torch.arange(rows.shape[1], device=rows.device), rows.shape[1], rows.dtype)
        # as a dictionary the mask is taken as it is: a mask over one position beside a cache is then no trap
        out = self.body(inputs_embeds=rows, attention_mask={"full_attention": mask}, position_ids=at,
                        past_key_values=cache, use_cache=cache is not None)  # fmt: skip
        hidden: Tensor = out.last_hidden_state
        return hidden

    def head(self, hidden: Tensor) -> Tensor:
        """[..., hidden] -> log-odds [..., ids]"""
        out: Tensor = self.llm_decoder(hidden)
        return out

    def loss(self, rows: Tensor, targets: Tensor) -> Tensor:
        """rows [B, T, hidden], targets [B, T] (IGNORED where nothing is asked) -> mean cross-entropy, a scalar."""
        said = self.head(self(rows)).float()
        return F.cross_entropy(said.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def causal(at: Tensor, keys: int, dtype: torch.dtype) -> Tensor:
    """at [T] positions of the rows -> additive mask [1, 1, T, keys]: key k is seen from position k on."""
    hidden = torch.arange(keys, device=at.device)[None] > at[:, None]
    zeros = torch.zeros(hidden.shape, dtype=dtype, device=at.device)
    return zeros.masked_fill(hidden, torch.finfo(dtype).min)[None, None]


def load(
    cfg: VoiceLmConfig, state: Mapping[str, Tensor], device: str = "cpu", dtype: torch.dtype = torch.float32
) -> VoiceLm:
    """The network with these tensors, which are moved and converted once; nothing is drawn at random first.

    Raises RuntimeError, as `load_state_dict` does, for a key too many, too few, or of another shape.
    """
    with torch.device("meta"):
        net = VoiceLm(cfg)
    unread = "llm.model.lm_head.weight"
    moved = {k: v if k == unread else v.to(device=device, dtype=dtype) for k, v in state.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")          # torch: "for ... copying from a non-meta parameter"
        net.load_state_dict(moved, strict=True, assign=True)
    rotary = net.body.rotary_emb
    # positions stay in float32 whatever the weights are; they are no part of a checkpoint, so they are computed here
    net.body.rotary_emb = type(rotary)(config=net.body.config).to(device)
    return net.eval().requires_grad_(False)


# -- what it is taught --------------------------------------------------------------------------------------
class Lesson(NamedTuple):
    """One sequence of training: row t is of `kinds[t]` with id `values[t]`; after it follows `targets[t]`."""

    kinds: Tensor                        # [T] SOS, TEXT, TASK, SPEECH
    values: Tensor                       # [T] ids; 0 for sos and task
    targets: Tensor                      # [T] ids of the head, or IGNORED


def lesson(
    cfg: VoiceLmConfig, text: Sequence[int], speech: Sequence[int], mixed: bool, lead: Sequence[int] = ()
) -> Lesson:
    """The sequence that teaches to say `speech` for `text`; `lead`: an instruction, which precedes all groups.

    mixed: text and speech alternate, `text_group` to `speech_group`, so that speech may begin before the text ends; the
    reference does so with half of its sequences. It needs more speech to a text token than a group has; where there is
    less, the text is given whole.
    """
    m, n = cfg.text_group, cfg.speech_group
    rows: list[tuple[int, int, int]] = [(SOS, 0, IGNORED)] + [(TEXT, i, IGNORED) for i in lead]
    done = 0                             # groups
    if mixed and len(speech) * m > len(text) * n:
        for done in range(1, len(text) // m + 1):
            words, sounds = text[(done - 1) * m : done * m], speech[(done - 1) * n : done * n]
            rows += [(TEXT, i, IGNORED) for i in words[:-1]] + [(TEXT, words[-1], sounds[0])]
            rows += [(SPEECH, i, after) for i, after in zip(sounds, [*sounds[1:], cfg.fill], strict=True)]
    rest = list(speech[done * n :])
    rows += [(TEXT, i, IGNORED) for i in text[done * m :]]
    rows += [(TASK, 0, (*rest, cfg.eos)[0])]
    rows += [(SPEECH, i, after) for i, after in zip(rest, [*rest[1:], cfg.eos], strict=True)]
    kinds, values, targets = zip(*rows, strict=True)
    return Lesson(torch.tensor(kinds), torch.tensor(values), torch.tensor(targets))
