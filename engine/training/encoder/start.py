"""Starting weights for the voice encoder: the body of Smart Turn v3 (BSD-2-Clause; itself Whisper tiny's, MIT).

12 hours of speech are too few to learn English from nothing; a public encoder of the same shape knows it already (ADR
0005). The wheel `pipecat-ai` carries the model as quantised ONNX; its weights are read from there and dequantised.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from audio_io.errors import NotHere
from engine.nets.encoder import VoiceEncoder

MODEL = "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"


def smart_turn() -> Path:
    """-> the model file inside the installed wheel. Raises NotHere."""
    spec = find_spec("pipecat")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / MODEL).is_file():
            return path
    raise NotHere("the starting weights are in the package pipecat-ai: pip install 'parley[train]', or --from-scratch")


def dequantised(path: Path) -> tuple[dict[str, np.ndarray], list[onnx.NodeProto]]:
    """-> every initialiser and dequantised tensor by name, and the nodes in their order."""
    graph = onnx.load(str(path)).graph
    named = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in named:
            q, scale = named[node.input[0]].astype(np.float32), named[node.input[1]]
            zero = named[node.input[2]].astype(np.float32) if len(node.input) > 2 else np.zeros_like(scale)
            axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
            shape = [1] * q.ndim
            if scale.ndim and scale.size > 1:
                shape[axis] = -1
            named[node.output[0]] = (q - zero.reshape(shape)) * scale.reshape(shape)
    return named, list(graph.node)


def products(named: dict[str, np.ndarray], nodes: list[onnx.NodeProto]) -> Iterator[tuple[str, np.ndarray]]:
    """-> (name of the bias that follows, weight [in, out]) of each product with a constant, in the graph's order.

    The keys' product has no bias: its name is empty.
    """
    after = {n.input[k]: n for n in nodes if n.op_type in {"Add", "QuantizeLinear", "DequantizeLinear"} for k in (0,)}
    for node in nodes:
        if node.op_type != "MatMul" or node.input[1] not in named:
            continue
        name, step = "", after.get(node.output[0])
        while step is not None and not name:
            name = next((i for i in step.input if i.endswith(".bias")), "")
            step = after.get(step.output[0]) if step.op_type != "Add" else None
        yield name, named[node.input[1]]


PLACES = {"self_attn.q_proj": "q", "self_attn.v_proj": "v", "self_attn.out_proj": "out", "fc1": "up", "fc2": "down"}


def start(model: VoiceEncoder, path: Path) -> None:
    """Fills the encoder's body from Smart Turn's. The heads keep their random weights.

    Raises ValueError where the file has another shape than is known here.
    """
    named, nodes = dequantised(path)
    if "inner.encoder.conv1.bias" not in named:
        raise ValueError(f"{path}: not the shape known here; it has no inner.encoder.conv1.bias")
    weights: dict[str, np.ndarray] = {}
    for conv in ("conv1", "conv2"):
        weights[f"{conv}.weight"] = named[f"inner.encoder.{conv}.weight_DequantizeLinear_Output"]
        weights[f"{conv}.bias"] = named[f"inner.encoder.{conv}.bias"]
    keys = 0
    for bias, weight in products(named, nodes):
        parts = bias.removeprefix("inner.encoder.layers.").removesuffix(".bias").split(".", 1)
        if len(parts) == 2 and parts[1] in PLACES:
            name = f"layers.{parts[0]}.{PLACES[parts[1]]}"
            weights[f"{name}.weight"], weights[f"{name}.bias"] = weight.T, named[bias]
        elif not bias and weight.shape == (model.cfg.width, model.cfg.width) and keys < model.cfg.layers:
            weights[f"layers.{keys}.k.weight"] = weight.T
            keys += 1
    for i in range(model.cfg.layers):
        for theirs, ours in (("self_attn_layer_norm", "norm1"), ("final_layer_norm", "norm2")):
            for kind in ("weight", "bias"):
                weights[f"layers.{i}.{ours}.{kind}"] = named[f"inner.encoder.layers.{i}.{theirs}.{kind}"]
    for kind in ("weight", "bias"):
        weights[f"norm.{kind}"] = named[f"inner.encoder.layer_norm.{kind}"]
    body = {n for n, _ in model.named_parameters() if not n.startswith(("ctc.", "letters."))}
    if set(weights) != body:
        raise ValueError(f"{path}: not the shape known here; lacking {sorted(body - set(weights))[:4]}")
    model.load_state_dict({n: torch.tensor(np.array(w, np.float32)) for n, w in weights.items()}, strict=False)
