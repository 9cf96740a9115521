"""Our networks against the public reference: the golden fixtures in PARLEY_GOLDEN, default tests/golden."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed", exc_type=ImportError)

from engine.nets.predictor import LlmPredictor, LlmPredictorConfig  # noqa: E402

GOLDEN = Path(os.environ.get("PARLEY_GOLDEN") or Path(__file__).parent / "golden")


def fixture(name):
    """-> (weights, arrays, configuration). The .safetensors layout is a length, a JSON header, and the numbers."""
    path = GOLDEN / f"{name}.weights.safetensors"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    data = path.read_bytes()
    (n,) = struct.unpack_from("<Q", data)
    weights = {}
    for key, entry in json.loads(data[8 : 8 + n]).items():
        if key != "__metadata__":
            start, end = entry["data_offsets"]
            numbers = np.frombuffer(data[8 + n + start : 8 + n + end], "<f4")
            weights[key] = torch.from_numpy(numbers.reshape(entry["shape"]).copy())
    with np.load(GOLDEN / f"{name}.io.npz") as file:
        arrays = {key: torch.from_numpy(file[key]) for key in file.files}
    return weights, arrays, json.loads((GOLDEN / f"{name}.config.json").read_text())


@pytest.fixture
def duplex():
    weights, arrays, config = fixture("fdp_tiny")
    names = LlmPredictorConfig.__dataclass_fields__
    net = LlmPredictor(LlmPredictorConfig(**{k: v for k, v in config.items() if k in names})).eval()
    net.load_state_dict(weights, strict=True)
    return net, arrays


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_papers_duplex_head(duplex):
    net, golden = duplex
    close(net.down_proj(golden["llm_hidden"]), golden["down"])
    close(net.task_decoder_layer(golden["down"], None)[0], golden["layer_out"])
    turn, barge, _ = net(golden["llm_hidden"])
    close(turn, golden["turn_taking_logits"])
    close(barge, golden["barge_in_logits"])


@torch.no_grad()
@pytest.mark.parametrize("pieces", [(40,), (1,) * 40, (7, 20, 13)])
def test_the_papers_duplex_head_streams(duplex, pieces):
    net, golden = duplex
    past, turns, barges = None, [], []
    for part in golden["llm_hidden"].split(pieces, 1):
        turn, barge, past = net(part, past)
        turns.append(turn)
        barges.append(barge)
    close(torch.cat(turns, 1), golden["turn_taking_logits"])
    close(torch.cat(barges, 1), golden["barge_in_logits"])


def test_the_papers_duplex_head_has_its_published_size():
    """17,783,172 parameters (../shared/reference/models.md 5.1): the paper says 18 M."""
    with torch.device("meta"):
        net = LlmPredictor(LlmPredictorConfig())
    assert sum(p.numel() for p in net.parameters()) == 17_783_172
