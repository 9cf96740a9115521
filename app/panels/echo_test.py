"""The test of loudspeakers and echo: plays a phrase, listens, removes the echo, and says what follows from it.

Pure but for the device it is given: the simulated room is one. `play` takes the wait between two looks, so that a
test turns the room's crank there.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_io.device.contract import Device, whole_blocks
from audio_io.dsp import echo
from audio_io.ears import Ears
from audio_io.errors import Trouble
from audio_io.frames import HOP, MIC_HZ

PHRASE = ("This is how I sound through your loudspeakers. While I speak, I listen to how much of my own voice comes "
          "back into the microphone, and I learn to leave it out.")  # fmt: skip
BEFORE_S, AFTER_S = 0.5, 0.6     # silence around the phrase: for the microphone's noise, for the last echo
LEARNING_S = 2.5                 # the canceller's first seconds do not count
LIMIT_S = 4.0                    # beyond the phrase's own length, before a device counts as stuck
POLL_S = 0.004
PLAYED = 1e-5                    # mean square of a reference that is a voice (-50 dB)
FAINT_DB = 6.0                   # an echo less than this above the noise is none: headphones
GOOD_DB, FAIR_DB = 18.0, 10.0    # of echo that must go, or the microphone hears nothing but noise afterwards
NOISE_LEFT_DB = 6.0              # what is left may be this much above the noise: it cannot be heard
LOUD_DB = 3.0                    # an echo louder than what is played: turn something down
LATE_MS = 350.0
CLIPS = 0.985                    # of full scale


@dataclass(frozen=True, slots=True)
class EchoResult:
    """removed_db: of the echo, after the canceller has learnt; delay_ms: None where no echo was found.

    echo_db: the echo to what was played. noise_db: of the microphone in silence, to full scale. left_db: what is left
    of the echo to that noise. zeros: the microphone delivered nothing at all. clipped: the echo drove it to its limit.
    """

    removed_db: float
    delay_ms: float | None
    echo_db: float
    noise_db: float
    left_db: float
    heard: bool
    zeros: bool = False
    clipped: bool = False


def play(
    device: Device, pcm: np.ndarray, told: Callable[[float, float, float], None] = lambda share, mic, speaker: None,
    cancel: threading.Event | None = None, wait: Callable[[], None] = lambda: time.sleep(POLL_S),
    clock: Callable[[], float] = time.monotonic,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Plays pcm [n] at the device's rate on a device that runs and that nobody else uses.

    told: (share done 0..1, peaks of microphone and loudspeaker). -> (mic, reference), aligned, with silence around.
    Raises Trouble where the device stops, or `cancel` was set.
    """
    hz = device.hz
    signal = np.concatenate([np.zeros(int(BEFORE_S * hz)), pcm, np.zeros(int(AFTER_S * hz))]).astype(np.float32)
    signal = np.pad(signal, (0, -len(signal) % device.block))
    old = min(len(device.mic), len(device.reference))
    device.mic.take(old)
    device.reference.take(old)
    mics, references, sent, got = [], [], 0, 0
    deadline = clock() + len(signal) / hz + LIMIT_S
    while got < len(signal):
        while sent < len(signal) and device.speaker.free >= device.block:
            device.speaker.push(signal[sent : sent + device.block])
            sent += device.block
        if (blocks := whole_blocks(device)) is not None:
            mics.append(blocks[0])
            references.append(blocks[1])
            got += len(blocks[0])
            told(min(1.0, got / len(signal)), *(float(np.abs(x).max()) for x in blocks))
        if cancel is not None and cancel.is_set():
            raise Trouble("the test was stopped")
        if clock() > deadline:
            raise Trouble(f"the device stopped during the test: {device.alive() or 'no samples came'}")
        wait()
    return np.concatenate(mics), np.concatenate(references)


def judge(mic: np.ndarray, reference: np.ndarray, hz: int, canceller: echo.Canceller) -> EchoResult:
    """mic, reference: [n] float32 as `play` gives them. canceller: a new one, as the conversation would use it."""
    ears = Ears(hz, canceller, vad=lambda: lambda hop: 0.0)
    heard = ears.hear(mic, reference)
    finder = echo.EchoMeter()
    for one in heard:
        finder(one.raw, one.ref, one.clean)
    powers = np.array([[float(np.mean(np.square(x))) for x in (h.raw, h.ref, h.clean)] for h in heard])
    played = powers[:, 1] > PLAYED
    first = int(np.argmax(played)) if played.any() else len(played)
    zeros = not np.any(mic)
    noise = float(np.median(powers[: max(1, first), 0])) if len(powers) else 0.0
    late = int((finder.delay_ms or 0.0) / 1000 * MIC_HZ / HOP + 0.5)
    echoed = np.zeros_like(played)
    echoed[late:] = played[: len(played) - late] if late else played       # when the echo of what is played is heard
    counts = echoed & (np.arange(len(echoed)) >= first + LEARNING_S * MIC_HZ / HOP)
    if zeros or not counts.any():
        return EchoResult(0.0, None, -120.0, _db(noise), 0.0, False, zeros)
    raw, clean = (float(np.mean(powers[counts, i])) for i in (0, 2))
    loud = float(np.mean(powers[played, 1]))
    found = finder.delay_ms is not None and _db(raw) - _db(noise) > FAINT_DB
    return EchoResult(
        _db(raw) - _db(clean), finder.delay_ms if found else None, _db(max(raw - noise, 0.0)) - _db(loud), _db(noise),
        _db(clean) - _db(noise), found, False, bool(np.max(np.abs(mic)) >= CLIPS),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Advice:
    """verdict: good, fair, bad, headphones or silent. do: keys of what to do, the most useful first."""

    verdict: str
    do: tuple[str, ...] = ()


def advice(result: EchoResult, canceller: str = echo.DEFAULT) -> Advice:
    """What the figures mean for the user. do: permission, lower, quieter, headphones, pair, wired, canceller, off."""
    if result.zeros:
        return Advice("silent", ("permission", "pair"))
    if not result.heard:
        return Advice("headphones", () if canceller == "off" else ("off",))
    gone = result.left_db <= NOISE_LEFT_DB
    do: list[str] = []
    if result.clipped:
        do.append("lower")
    elif result.echo_db > LOUD_DB:
        do.append("quieter")
    if (result.delay_ms or 0.0) > LATE_MS:
        do.append("wired")
    if canceller == "off":
        return Advice("bad", ("canceller", *do, "headphones"))
    if (result.removed_db >= GOOD_DB or gone) and not do:
        return Advice("good")
    if result.removed_db >= FAIR_DB or gone:
        return Advice("fair", tuple(do) or ("quieter",))
    return Advice("bad", (*do, "headphones", "pair"))


def _db(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))
