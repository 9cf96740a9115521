"""From the trained predictor to what Parley ships: predictor.onnx (one hop a call), turn_text.npz, predictor.json."""

import copy
import json
import warnings
from pathlib import Path
from typing import Any

import torch

from audio_io.files import write_whole
from engine.duplex import network as predict
from engine.duplex import turn_text
from engine.nets.predictor import DuplexPredictor


class _Step(torch.nn.Module):
    def __init__(self, net: DuplexPredictor) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.net.step(*inputs)


def onnx_file(net: DuplexPredictor, path: Path) -> None:
    """Writes one hop's computation: hop, frames, keys, values, seen -> odds, key, value."""
    still, c = copy.deepcopy(net).cpu().float().eval(), net.cfg
    inputs = (torch.zeros(1, c.hop), torch.zeros(1, c.frames), torch.zeros(c.left - 1, c.width),
              torch.zeros(c.left - 1, c.width), torch.zeros(1, dtype=torch.int64))  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")          # of the exporter, about its age and about constants
        torch.onnx.export(
            _Step(still), inputs, str(path), dynamo=False, opset_version=17,
            input_names=["hop", "frames", "keys", "values", "seen"], output_names=["odds", "key", "value"],
        )  # fmt: skip


def export(net: DuplexPredictor, words: Path, out: Path, notes: dict[str, Any]) -> None:
    """words: the trained turn_text.npz. Writes the three files into `out`; predictor.json last."""
    out.mkdir(parents=True, exist_ok=True)
    part = out / "predictor.part.onnx"
    onnx_file(net, part)
    part.replace(out / predict.MODEL)
    write_whole(out / turn_text.MODEL, words.read_bytes())
    write_whole(out / predict.NOTES, (json.dumps(notes, indent=1) + "\n").encode())
