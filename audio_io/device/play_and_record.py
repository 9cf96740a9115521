"""Plays a signal and records what comes of it: for the echo test (`audio_io.dsp.coupling`)."""

import time
from collections.abc import Callable

import numpy as np

from audio_io.device.contract import Device
from audio_io.errors import Trouble

POLL_S = 0.004
LIMIT_S = 4.0                    # beyond the signal's own length, before a device counts as stuck


def play_and_record(
    device: Device, signal: np.ndarray, clock: Callable[[], float] = time.monotonic
) -> tuple[np.ndarray, np.ndarray]:
    """Plays `signal` on a running device nobody else uses. -> (mic, reference) [n], aligned, all of it in them.

    Raises Trouble when the device stops taking samples.
    """
    old = min(len(device.mic), len(device.reference))             # in equal steps, else they lose their alignment
    device.mic.take(old)
    device.reference.take(old)
    mic, reference, sent, got = [], [], 0, 0
    goal, deadline = len(signal), clock() + len(signal) / device.hz + LIMIT_S
    while got < goal:
        while sent < len(signal) and device.speaker.free >= device.block:
            device.speaker.push(signal[sent : sent + device.block])
            sent += device.block
        n = min(len(device.mic), len(device.reference))
        mic.append(device.mic.take(n))
        reference.append(device.reference.take(n))
        got += n
        if clock() > deadline:
            raise Trouble(f"the device stopped during the echo test: {device.alive() or 'no samples came'}")
        time.sleep(POLL_S)
    return np.concatenate(mic), np.concatenate(reference)
