"""Reads the golden fixtures of tests/golden, or of the folder in PARLEY_GOLDEN: same names, any weights and sizes."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)

GOLDEN = Path(os.environ.get("PARLEY_GOLDEN") or Path(__file__).parent / "golden")
KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?"}


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
            values = np.frombuffer(data[8 + n + start : 8 + n + end], KINDS[entry["dtype"]])
            weights[key] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return weights, *numbers(name)


def numbers(name):
    """-> (arrays, configuration) of a fixture without weights."""
    path = GOLDEN / f"{name}.io.npz"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    with np.load(path) as file:
        found = {key: file[key] for key in file.files}
    arrays = {key: str(v) if v.dtype.kind == "U" else torch.from_numpy(v) for key, v in found.items()}
    return arrays, json.loads((GOLDEN / f"{name}.config.json").read_text())


def close(ours, theirs, atol=1e-5, rtol=1e-5):
    torch.testing.assert_close(ours, theirs, atol=atol, rtol=rtol)
