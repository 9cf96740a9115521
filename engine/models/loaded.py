"""Models that stay in memory while the program runs: the latest of each kind, so that none is read twice in a row."""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_lock = threading.Lock()
_held: dict[str, tuple[object, Any]] = {}


def once(kind: str, key: object, make: Callable[[], T]) -> T:
    """What `make` made for this `key`, if it was the latest of its kind; else it makes it, and lets go of the other
    first: there may not be room for both. Raises what `make` raises.

    What the last one who used it has still queued on a graphics card is over when this returns: streams do not wait for
    each other, and some models have one place for what they compute (engine/nets/fixed_solver.py).
    """
    with _lock:
        held = _held.get(kind)
        if held is not None and held[0] == key:
            _settle()
        else:
            if _held.pop(kind, None) is not None:
                held = None                      # let go before the new one is read
                _give_back()
            _held[kind] = held = (key, make())
        model: T = held[1]
        return model


def _give_back() -> None:
    """Frees what was let go of. On a graphics card torch keeps it for itself: who asks what is free would be told less.
    """
    gc.collect()
    if (cuda := _cuda()) is not None:
        cuda.empty_cache()


def _settle() -> None:
    if (cuda := _cuda()) is not None:
        cuda.synchronize()


def _cuda() -> Any:
    """torch.cuda where it is in use, else None. torch is never loaded for it: the embedded profile has none."""
    torch: Any = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None


def forget() -> None:
    """Lets go of all of them."""
    with _lock:
        _held.clear()
