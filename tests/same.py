"""Compares sounds and files without showing them: pytest's own difference of two megabytes takes many minutes.

    assert not unlike(x, y)
"""

import numpy as np


def unlike(x: np.ndarray | bytes, y: np.ndarray | bytes) -> str:
    """-> "" when both are the same to the last bit, else how many and where they first differ."""
    a, b = (np.frombuffer(v, np.uint8) if isinstance(v, bytes) else np.asarray(v) for v in (x, y))
    if (a.dtype, a.shape) != (b.dtype, b.shape):
        return f"{a.dtype}{list(a.shape)} is not {b.dtype}{list(b.shape)}"
    if a.tobytes() == b.tobytes():
        return ""
    bits = np.frombuffer(a.tobytes(), np.uint8) != np.frombuffer(b.tobytes(), np.uint8)
    apart = np.flatnonzero(bits.reshape(a.size, a.itemsize).any(axis=1))
    k = int(apart[0])
    return f"{len(apart)} of {a.size} differ, first [{k}]: {a.flat[k]!r} is not {b.flat[k]!r}"
