"""What a sound device and the simulated room have in common."""

from typing import Protocol

import numpy as np

from audio_io.device.ring import Ring
from audio_io.notices import Statement


class Device(Protocol):
    """What a sound device and the simulated room have in common."""

    hz: int
    block: int
    mic: Ring
    reference: Ring
    speaker: Ring

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def alive(self) -> Statement | None: ...


def whole_blocks(device: Device) -> tuple[np.ndarray, np.ndarray] | None:
    """-> (mic, reference) [k * block] as far as both have it, or None when there is no whole block yet."""
    n = min(len(device.mic), len(device.reference)) // device.block * device.block
    return (device.mic.take(n), device.reference.take(n)) if n else None
