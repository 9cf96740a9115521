"""Models that stay in memory while the program runs: the latest of each kind, so that none is read twice in a row."""

import gc
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_lock = threading.Lock()
_held: dict[str, tuple[object, Any]] = {}


def once(kind: str, key: object, make: Callable[[], T]) -> T:
    """What `make` made for this `key`, if it was the latest of its kind; else it makes it, and lets go of the other
    first: there may not be room for both. Raises what `make` raises."""
    with _lock:
        held = _held.get(kind)
        if held is None or held[0] != key:
            if _held.pop(kind, None) is not None:
                held = None                      # let go before the new one is read
                _give_back()
            _held[kind] = held = (key, make())
        model: T = held[1]
        return model


def _give_back() -> None:
    """Frees what was let go of. On a graphics card torch keeps it for itself: who asks what is free would be told less.
    """
    import torch

    cuda: Any = torch.cuda
    gc.collect()
    if cuda.is_initialized():
        cuda.empty_cache()


def forget() -> None:
    """Lets go of all of them."""
    with _lock:
        _held.clear()
