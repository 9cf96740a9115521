"""The full-duplex predictor's networks: one causal transformer layer and linear heads.

`DuplexPredictor` is Parley's own: one token a hop, made of what engine/duplex/features.py sees, of the words so far
(duplex/turn_text.py) and of the voice encoder's newest frames; five outputs. `LlmPredictor` is MinMo's head (arXiv
2501.06282) over an LLM's hidden states, in the shape of the public class LLMVAD (../shared/reference/models.md 5.3).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

OUTPUTS = ("user_speaking", "turn_done", "turn_ending", "takes_floor", "backchannel_here")


@dataclass(frozen=True)
class PredictorConfig:
    hop: int                     # wide: what is new every hop
    frames: int = 768            # wide: what is new every chunk of the encoder: its last frame, and the mean of all
    width: int = 256
    heads: int = 4
    inner: int = 768
    left: int = 192              # hops that attention sees, this one included: 6.1 s
    dropout: float = 0.1
    transformer: bool = True     # False: the layer without attention (an ablation)


class DuplexPredictor(nn.Module):
    """hop [B, T, cfg.hop], frames [B, T, cfg.frames] (held between chunks) -> log-odds [B, T, 5] in OUTPUTS' order."""

    def __init__(self, cfg: PredictorConfig) -> None:
        super().__init__()
        self.cfg = cfg
        w = cfg.width
        self.frame_norm = nn.LayerNorm(cfg.frames)
        self.frames, self.hop = nn.Linear(cfg.frames, w, bias=False), nn.Linear(cfg.hop, w)
        self.mix_norm, self.mix = nn.LayerNorm(w), nn.Linear(w, w)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(w), nn.LayerNorm(w), nn.LayerNorm(w)
        self.q, self.k = nn.Linear(w, w), nn.Linear(w, w, bias=False)
        self.v, self.out = nn.Linear(w, w), nn.Linear(w, w)
        # a bias a head for every distance in time: starts as a soft preference for the recent past
        slopes = 2.0 ** -torch.arange(2, 2 + 2 * cfg.heads, 2)
        self.near = nn.Parameter(-slopes[:, None] * torch.arange(cfg.left)[None] * 0.25)
        self.up, self.down = nn.Linear(w, cfg.inner), nn.Linear(cfg.inner, w)
        self.heads = nn.Linear(w, len(OUTPUTS))
        self.drop = nn.Dropout(cfg.dropout)

    def token(self, hop: Tensor, frames: Tensor) -> Tensor:
        """-> [..., width]"""
        x: Tensor = self.hop(hop) + self.frames(self.frame_norm(frames))
        x = x + self.mix(F.gelu(self.mix_norm(x)))
        return x

    def rest(self, x: Tensor) -> Tensor:
        """What follows attention: [..., width] -> log-odds [..., 5]."""
        x = x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))
        out: Tensor = self.heads(self.norm3(x))
        return out

    def split(self, x: Tensor) -> Tensor:
        """[B, T, w] -> [B, heads, T, w / heads]"""
        return x.reshape(*x.shape[:2], self.cfg.heads, -1).transpose(1, 2)

    def forward(self, hop: Tensor, frames: Tensor) -> Tensor:
        x = self.drop(self.token(hop, frames))
        if self.cfg.transformer:
            y = self.norm1(x)
            t = torch.arange(x.shape[1], device=x.device)
            far = t[:, None] - t[None]                                      # [T, T], how long ago
            seen = (far >= 0) & (far < self.cfg.left)
            bias = self.near[:, far.clamp(0, self.cfg.left - 1)].masked_fill(~seen, float("-inf"))
            q, k, v = (self.split(m(y)) for m in (self.q, self.k, self.v))
            a = F.scaled_dot_product_attention(q, k, v, bias[None].to(q.dtype))
            x = x + self.drop(self.out(a.transpose(1, 2).flatten(2)))
        return self.rest(x)

    def step(self, hop: Tensor, frames: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> tuple[Tensor, ...]:
        """One hop. hop [1, cfg.hop], frames [1, cfg.frames], keys, values [left - 1, width] oldest first, seen [1]: how
        many of them are real -> probabilities [5], key [1, width], value [1, width] to append.
        """
        x = self.token(hop, frames)
        y = self.norm1(x)
        key, value = self.k(y), self.v(y)
        if self.cfg.transformer:
            n, heads = self.cfg.left, self.cfg.heads
            k = torch.cat([keys, key]).reshape(n, heads, -1).transpose(0, 1)          # [heads, left, w / heads]
            v = torch.cat([values, value]).reshape(n, heads, -1).transpose(0, 1)
            q = self.q(y).reshape(heads, -1, 1)
            scores = (k @ q).squeeze(-1) * (self.cfg.width / heads) ** -0.5 + self.near.flip(1)
            ages = torch.arange(n - 1, -1, -1, device=x.device)
            scores = torch.where(ages <= seen, scores, torch.full_like(scores, -1e9))
            a = (torch.softmax(scores, -1)[:, None] @ v).reshape(1, -1)
            x = x + self.out(a)
        return torch.sigmoid(self.rest(x))[0], key, value


@dataclass(frozen=True)
class LlmPredictorConfig:
    """The published sizes; the golden fixture has its own."""

    llm_hidden: int = 3584
    hidden: int = 896
    intermediate: int = 4736
    heads: int = 7
    kv_heads: int = 1
    rope_theta: float = 1e6
    rms_eps: float = 1e-6


class RmsNorm(nn.Module):
    """[..., width]; Qwen2's, in the order of operations of the reference."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


class Attention(nn.Module):
    """Causal, grouped queries, rotary positions; biases on queries, keys and values alone."""

    def __init__(self, cfg: LlmPredictorConfig) -> None:
        super().__init__()
        self.cfg, self.wide = cfg, cfg.hidden // cfg.heads
        self.q_proj = nn.Linear(cfg.hidden, cfg.heads * self.wide)
        self.k_proj = nn.Linear(cfg.hidden, cfg.kv_heads * self.wide)
        self.v_proj = nn.Linear(cfg.hidden, cfg.kv_heads * self.wide)
        self.o_proj = nn.Linear(cfg.heads * self.wide, cfg.hidden, bias=False)

    def rotate(self, x: Tensor, at: Tensor) -> Tensor:
        """x [B, heads, T, wide], at [T] positions"""
        rates = self.cfg.rope_theta ** (-torch.arange(0, self.wide, 2, device=x.device) / self.wide)
        angle = torch.cat([at[:, None] * rates] * 2, -1)
        a, b = x.chunk(2, -1)
        return x * angle.cos() + torch.cat([-b, a], -1) * angle.sin()

    def forward(self, x: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor]:
        """x [B, T, hidden], past [2, B, kv_heads, P, wide] -> ([B, T, hidden], [2, B, kv_heads, P + T, wide])"""
        before = 0 if past is None else past.shape[3]
        at = torch.arange(before, before + x.shape[1], device=x.device)
        three = (p(x).reshape(*x.shape[:2], -1, self.wide) for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k, v = (y.transpose(1, 2) for y in three)
        q, k = self.rotate(q, at), self.rotate(k, at)
        kv = torch.stack([k, v])
        if past is not None:
            kv = torch.cat([past, kv], 3)
        seen = torch.arange(kv.shape[3], device=x.device)[None] <= at[:, None]
        share = self.cfg.heads // self.cfg.kv_heads
        k, v = kv.repeat_interleave(share, 2)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.o_proj(a.transpose(1, 2).flatten(2)), kv


class Mlp(nn.Module):
    def __init__(self, cfg: LlmPredictorConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(cfg.hidden, cfg.intermediate, bias=False)
        self.up_proj = nn.Linear(cfg.hidden, cfg.intermediate, bias=False)
        self.down_proj = nn.Linear(cfg.intermediate, cfg.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class QwenLayer(nn.Module):
    """One decoder layer as in Qwen2 (arXiv 2407.10671)."""

    def __init__(self, cfg: LlmPredictorConfig) -> None:
        super().__init__()
        self.input_layernorm = RmsNorm(cfg.hidden, cfg.rms_eps)
        self.self_attn = Attention(cfg)
        self.post_attention_layernorm = RmsNorm(cfg.hidden, cfg.rms_eps)
        self.mlp = Mlp(cfg)

    def forward(self, x: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor]:
        a, kv = self.self_attn(self.input_layernorm(x), past)
        x = x + a
        return x + self.mlp(self.post_attention_layernorm(x)), kv


class LlmPredictor(nn.Module):
    """LLM last hidden states [B, T, llm_hidden] -> logits [B, T, 2] of (no, yes): the assistant's turn, and barge-in.

    Parameter names are the reference's, so that its state dict loads. No norm after the layer.
    """

    def __init__(self, cfg: LlmPredictorConfig) -> None:
        super().__init__()
        self.down_proj = nn.Linear(cfg.llm_hidden, cfg.hidden, bias=False)
        self.task_decoder_layer = QwenLayer(cfg)
        self.turn_taking_score, self.barge_in_score = nn.Linear(cfg.hidden, 2), nn.Linear(cfg.hidden, 2)

    def forward(self, hidden: Tensor, past: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """past: what the last call returned, for a conversation that goes on.

        -> turn-taking logits, barge-in logits, keys and values [2, B, kv_heads, P + T, wide]
        """
        x, kv = self.task_decoder_layer(self.down_proj(hidden), past)
        return self.turn_taking_score(x), self.barge_in_score(x), kv
