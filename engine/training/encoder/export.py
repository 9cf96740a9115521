"""From the trained encoder to what Parley ships: encoder.onnx (one chunk a call), pieces.txt, encoder.json."""

import copy
import json
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from engine.nets.encoder import VoiceEncoder


class _Step(torch.nn.Module):
    def __init__(self, model: VoiceEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, mel: torch.Tensor, past: torch.Tensor, ring: torch.Tensor, mask: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
        frames, posteriors, kept = self.model.step(mel, past, ring, mask)
        return frames, posteriors, kept


def inputs(model: VoiceEncoder) -> tuple[torch.Tensor, ...]:
    """-> (mel, past, ring, mask) of the shapes that one chunk has."""
    c = model.cfg
    past = torch.zeros(c.layers, 2, 1, c.left * c.chunk, c.width)
    return (torch.zeros(1, c.mels, c.bands), past, torch.zeros(c.chunk, c.width),
            torch.zeros(c.chunk, (c.left + 1) * c.chunk))  # fmt: skip


def export(model: VoiceEncoder, pieces: list[str], out: Path, notes: dict[str, object], quantise: bool = True) -> None:
    """Writes the three files; the weights of the products in 8 bits where `quantise`."""
    out.mkdir(parents=True, exist_ok=True)
    still = copy.deepcopy(model).cpu().float().eval()
    whole = out / "encoder.f32.onnx"
    with warnings.catch_warnings():              # the older exporter: the newer one needs a package more
        warnings.simplefilter("ignore")
        torch.onnx.export(_Step(still), inputs(still), str(whole), dynamo=False, opset_version=17,
                          input_names=["mel", "past", "ring", "mask"],
                          output_names=["frames", "posteriors", "kept"])  # fmt: skip
    if quantise:
        quantize_dynamic(str(whole), str(out / "encoder.tmp.onnx"), weight_type=QuantType.QInt8, per_channel=True,
                         op_types_to_quantize=["MatMul", "Gemm"])  # fmt: skip
        whole.unlink()
        whole = out / "encoder.tmp.onnx"
    whole.replace(out / "encoder.onnx")
    (out / "pieces.txt").write_text("\n".join(["<blank>", *pieces[1:]]) + "\n", encoding="utf-8")
    (out / "encoder.json").write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")
