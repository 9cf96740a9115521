"""Takes the assistant's own voice out of the microphone: one small interface, several cancellers behind it.

    make("kalman")   our own (audio_io/dsp/kalman.py): lets a user through who is quieter than the echo; the default
    make("aec3")     WebRTC's AEC3, from the livekit wheel: the deepest silence, deaf to quiet interruptions
    make("speex")    speexdsp's filter behind our own alignment; needs the extra `speex`
    make("off")      headphones

Measured side by side in docs/adr/0003-echo-canceller.md.
"""

import difflib
import importlib.machinery
import importlib.util
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from audio_io.dsp.delay import Aligner, DelayFinder
from audio_io.dsp.kalman import KalmanCanceller
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import FRAME, MIC_HZ

DEFAULT = "kalman"
SPEEX_TAIL = 4096                # samples of its filter: 256 ms
FULL = 32768.0                   # int16 full scale


class Canceller(Protocol):
    """`process` for every 10 ms, in order: what the microphone heard, and what was played at the same time."""

    name: str
    latency: int                 # samples at 16 kHz that the output comes after the input
    linear: np.ndarray           # [FRAME] of the same time as the last output: the echo estimate taken off, no more

    @property
    def delay_ms(self) -> float | None:
        """How late the echo comes, or None where that is not known (yet)."""

    def process(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        """mic, ref: [FRAME] float32, -1..1, at 16 kHz -> [FRAME] float32. Raises Trouble if the library does."""

    def rest(self, frames: int) -> None:
        """So many frames of silence in the reference were not given to it. Only after two seconds of such silence."""

    def reset(self) -> None:
        """Forgets the room: after a change of device."""


class Off:
    """Nothing to remove: headphones, or a device that does it itself."""

    name = "off"
    latency = 0
    delay_ms: float | None = None
    linear = np.zeros(FRAME, np.float32)

    def process(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        self.linear = np.array(mic, np.float32)
        return self.linear

    def rest(self, frames: int) -> None:
        """It keeps no time."""

    def reset(self) -> None:
        """There is nothing to forget."""


class Aec3:
    """WebRTC's AEC3 alone: its noise suppression, high-pass and delay hint let no more of the user through."""

    name = "aec3"
    latency = 128                                                 # of its filter bank, measured
    delay_ms: float | None = None                                 # it does not tell
    linear = np.zeros(FRAME, np.float32)

    def __init__(self) -> None:
        try:
            from livekit.rtc import AudioFrame, AudioProcessingModule
        except (ImportError, OSError) as error:
            raise NotHere(f"echo canceller aec3: livekit does not load ({error}); choose kalman") from error
        self._frame: Any = AudioFrame
        self._module: Any = AudioProcessingModule
        self.reset()

    def rest(self, frames: int) -> None:
        """It finds the delay anew where that has moved."""

    def reset(self) -> None:
        self._apm = self._module(echo_cancellation=True)

    def process(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        near = self._frame(_pcm16(mic), MIC_HZ, 1, FRAME)
        far = self._frame(_pcm16(ref), MIC_HZ, 1, FRAME)
        try:
            self._apm.process_reverse_stream(far)                 # the reference first: its law
            self._apm.process_stream(near)
        except RuntimeError as error:
            raise Trouble(f"echo canceller aec3: {error}; choose kalman") from error
        self.linear = _float32(bytes(near.data))                  # it does not give the step before
        return self.linear


class Speex:
    """speexdsp's MDF filter (Soo and Pang 1990; Valin 2007). On its own it is lost beyond 256 ms or any drift."""

    name = "speex"
    latency = 0
    linear = np.zeros(FRAME, np.float32)

    def __init__(self) -> None:
        self._library = _speexdsp()
        self._aligner = Aligner()
        self.reset()

    @property
    def delay_ms(self) -> float | None:
        return self._aligner.delay_ms

    def rest(self, frames: int) -> None:
        self._aligner.rest(frames)

    def reset(self) -> None:
        self._aligner.reset()
        self._start()

    def _start(self) -> None:
        self._moved = self._aligner.moved
        self._state = self._library.EchoCanceller_create(FRAME, SPEEX_TAIL, MIC_HZ, 1, 1)

    def process(self, mic: np.ndarray, ref: np.ndarray) -> np.ndarray:
        aligned = self._aligner.align(mic, ref)
        if self._aligner.moved != self._moved:
            self._start()                                         # what it learnt belongs to another delay
        near, far = bytes(_pcm16(mic)), bytes(_pcm16(aligned))
        self.linear = _float32(self._library.EchoCanceller_process(self._state, near, far))
        return self.linear


def _speexdsp() -> Any:
    """The compiled part of speexdsp. Its Python wrapper needs `imp`, which Python 3.12 no longer has."""
    package = importlib.util.find_spec("speexdsp")
    places = package.submodule_search_locations if package else None
    spec = importlib.machinery.PathFinder.find_spec("_speexdsp", places) if places else None
    if spec is None or spec.loader is None:
        raise NotHere("echo canceller speex: speexdsp is not installed; pip install 'parley[speex]' or choose kalman")
    try:
        library = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(library)
    except ImportError as error:
        raise NotHere(f"echo canceller speex: speexdsp does not load ({error}); choose kalman") from error
    return library


MAKERS: dict[str, Callable[[], Canceller]] = {
    "kalman": KalmanCanceller, "aec3": Aec3, "speex": Speex, "off": Off,
}


def make(name: str = DEFAULT) -> Canceller:
    """Raises WrongUse for a name that is none, NotHere where its library is missing."""
    if name not in MAKERS:
        near = difflib.get_close_matches(name, MAKERS, 1, 0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(MAKERS)}"
        raise WrongUse(f"echo canceller {name!r} is unknown; {hint}")
    return MAKERS[name]()


def _pcm16(x: np.ndarray) -> bytearray:
    return bytearray(np.clip(np.rint(x * FULL), -FULL, FULL - 1).astype("<i2").tobytes())


def _float32(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(FULL)


class EchoMeter:
    """What the window and the doctor say: "echo removed: 28 dB, delay 63 ms"."""

    ACTIVE = 1e-6                # mean square of a reference that is a voice (-60 dBFS)
    HOPS = 100                   # 3.2 s of them make the figure

    def __init__(self) -> None:
        self.finder = DelayFinder()
        self.reset()

    def reset(self) -> None:
        self.finder.reset()
        self._rest = np.zeros((2, 0), np.float32)
        self._linger = 0
        self._ratios: deque[float] = deque(maxlen=self.HOPS)

    def __call__(self, raw: np.ndarray, ref: np.ndarray, clean: np.ndarray) -> None:
        """raw, ref, clean: [n] of the same time, any n, a hop as a rule."""
        self._rest = np.concatenate([self._rest, np.stack([raw, ref])], axis=1)
        while self._rest.shape[1] >= FRAME:
            self.finder.push(self._rest[0, :FRAME], self._rest[1, :FRAME])
            self._rest = self._rest[:, FRAME:]
        loud = float(np.mean(ref**2)) > self.ACTIVE
        before, after = float(np.mean(raw**2)), float(np.mean(clean**2))
        if loud and before > self.ACTIVE / 100:
            self._ratios.append(10 * float(np.log10((before + 1e-12) / (after + 1e-12))))

    @property
    def erle_db(self) -> float | None:
        """Echo return loss enhancement: the median over 3.2 s in which the assistant spoke; None before.

        The median, because the user's voice in some of the hops must not look like a failing canceller.
        """
        return float(np.median(self._ratios)) if len(self._ratios) >= self.HOPS // 4 else None

    @property
    def delay_ms(self) -> float | None:
        """The echo's delay, None while there is no echo to be found (headphones, silence)."""
        return None if self.finder.delay is None else 1000 * self.finder.delay / MIC_HZ

    def __str__(self) -> str:
        if self.erle_db is None:
            return "echo: nothing played yet"
        late = "" if self.delay_ms is None else f", delay {self.delay_ms:.0f} ms"
        return f"echo removed: {self.erle_db:.0f} dB{late}"
