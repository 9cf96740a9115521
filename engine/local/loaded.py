"""Models that stay in memory while the program runs: the latest of each kind, so that none is read twice in a row."""

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
            _held.pop(kind, None)
            held = None                          # let go before the new one is read
            _held[kind] = held = (key, make())
        model: T = held[1]
        return model


def forget() -> None:
    """Lets go of all of them."""
    with _lock:
        _held.clear()
