"""Pocket-TTS's codec as a stream: latents in, sound out, frame by frame.

transformers decodes a whole utterance: its convolutions begin with silence at every call, only the transformer between
them can go on. Here each convolution keeps the few inputs that the next frame's outputs need (kernel less stride; one
for a transposed one), so a frame is computed once and the sound is the one of decoding everything at once.
"""

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import DynamicCache

from audio_io.errors import Trouble

SLICE = 6                        # frames (0.5 s) encoded between two yields


class CodecStream:
    """The decoder of one phrase. `codec`, a PocketTTSAudioTokenizerModel in eval mode, is shared."""

    def __init__(self, codec: Any) -> None:
        self.codec, self.decoder = codec, codec.decoder
        self.cache = DynamicCache(config=codec.config.decoder_config)
        self.kept: dict[nn.Module, Tensor] = {}

    def step(self, latents: Tensor) -> np.ndarray:
        """latents: [1, n, d], the next frames -> [n * frame_size] float32."""
        with torch.inference_mode():
            x = self.codec.latent_proj(latents.transpose(1, 2))
            if self.decoder.upsample is not None:
                x = self._module(self.decoder.upsample, x)
            out = self.decoder.decoder_transformer(x.transpose(1, 2), past_key_values=self.cache, use_cache=True)
            x = out.last_hidden_state.transpose(1, 2)
            for layer in self.decoder.decoder_seanet.layers:
                x = self._module(layer, x)
            return np.asarray(x[0, 0].float().cpu().numpy(), np.float32)

    def _module(self, module: Any, x: Tensor) -> Tensor:
        """x: [1, C, t], what follows what the module had before."""
        if hasattr(module, "block"):             # a residual block
            y = x
            for layer in module.block:
                y = self._module(layer, y)
            return self._module(module.shortcut, x) + y
        conv = getattr(module, "conv", None)
        if isinstance(conv, nn.ConvTranspose1d):
            return self._transposed(conv, x)
        if isinstance(conv, nn.Conv1d):
            x = self._with_past(conv, x, (conv.kernel_size[0] - 1) * conv.dilation[0])
            return functional.conv1d(x, conv.weight, conv.bias, 1, 0, conv.dilation, conv.groups)
        made: Tensor = module(x)                 # an activation, or nothing
        return made

    def _transposed(self, conv: nn.ConvTranspose1d, x: Tensor) -> Tensor:
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        past = math.ceil(kernel / stride) - 1
        n = x.shape[2] * stride
        x = self._with_past(conv, x, past)
        y = functional.conv_transpose1d(x, conv.weight, conv.bias, stride, 0, 0, conv.groups)
        return y[:, :, past * stride : past * stride + n]

    def _with_past(self, conv: nn.Module, x: Tensor, n: int) -> Tensor:
        """x with the n inputs before it; before the first there was silence."""
        past = self.kept.get(conv)
        x = torch.cat([x.new_zeros(1, x.shape[1], n) if past is None else past, x], 2)
        self.kept[conv] = x[:, :, x.shape[2] - n :].clone()
        return x


def encoded(codec: Any, pcm: np.ndarray) -> Generator[None, None, Tensor]:
    """pcm: [n] float32 at the codec's rate -> its latents [1, frames, d]; yields every half second of sound.

    Raises Trouble for a codec that was published without its encoder.
    """
    if codec.encoder is None:
        raise Trouble("this copy of Pocket-TTS's codec cannot take a voice from a recording: it has no encoder; choose "
                      "one of the model's own voices")  # fmt: skip
    size = codec.config.frame_size
    x = torch.from_numpy(np.pad(pcm, (0, -len(pcm) % size)))[None, None]
    parts: list[Tensor] = []
    cache = padding = None
    for at in range(0, x.shape[2], SLICE * size):
        with torch.inference_mode():
            out = codec.encode(x[:, :, at : at + SLICE * size], encoder_past_key_values=cache, padding_cache=padding,
                               use_streaming=True)  # fmt: skip
        cache, padding = out.encoder_past_key_values, out.padding_cache
        parts.append(out.latents)
        yield
    return torch.cat(parts, 1)


def check_causal(codec: Any, where: str) -> None:
    """Raises Trouble for a codec whose decoder hears the future or fills gaps otherwise than with silence."""
    config = codec.config
    if codec.decoder is None:
        raise Trouble(f"{where}: has no decoder, so it makes no sound; pull the model again")
    if not config.use_causal_conv or config.pad_mode != "constant" or config.trim_right_ratio != 1:
        raise Trouble(f"{where}: is a codec that cannot be decoded as it comes (use_causal_conv, pad_mode or "
                      "trim_right_ratio); pull the model again")  # fmt: skip
