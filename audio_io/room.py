"""A sound device and the room around it, simulated: what is played comes back into the microphone.

    speaker ring -> [reference ring] -> loudspeaker (soft clipping, 2nd harmonic) -> room -> delay, drift +
    say(pcm, at_sample) -> near-field room --------------------------------------------------------- + -> mic
    pink noise -------------------------------------------------------------------------------------- +

Time moves only in `advance`. The same seed and the same calls give the same bytes.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from scipy import fft, signal

from audio_io.device.ring import Ring
from audio_io.errors import WrongUse
from audio_io.frames import DEVICE_HZ, block_samples
from audio_io.notices import DeviceCode, Statement, state

TRACKS = ("user", "mic", "assistant", "echo")
TAPS, PHASES = 16, 512           # fractional delay: windowed sinc, nearest of 512 phases (error below -60 dB)
LOUDSPEAKER_HZ = 150             # a small loudspeaker gives little below
DRIVE, BIAS = 1.6, 0.06          # tanh loudspeaker: -3 dB at full scale; the bias makes the 2nd harmonic
NEAR_DB = -9.0                   # reverberation of the user's own voice to its direct sound

RANGES = {
    "delay_ms": (0.0, 1000.0), "echo_db": (-120.0, 20.0), "rt60_s": (0.0, 1.5), "drift_ppm": (-500.0, 500.0),
    "noise_db": (-120.0, 0.0), "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, slots=True)
class RoomShape:
    """One room, one loudspeaker, one microphone. Raises WrongUse for a value out of its range.

    delay_ms: 0..1000; from the sample's leaving the speaker ring to its first arrival at the microphone.
    echo_db: -120..20; level of the echo at the microphone to the level played, for the spectrum of speech;
        -120 is headphones: no echo at all.
    rt60_s: 0..1.5; reverberation time; 0 is a room without reflections.
    nonlinear: the loudspeaker clips softly and adds a second harmonic, as small ones played loud do.
    drift_ppm: -500..500; how much slower the loudspeaker's clock is than the microphone's.
    noise_db: -120..0; level (RMS) of pink noise at the microphone, dB to full scale.
    seed: 0..2**32-1; of the reflections and the noise.
    """

    delay_ms: float = 60.0
    echo_db: float = -10.0
    rt60_s: float = 0.3
    nonlinear: bool = False
    drift_ppm: float = 0.0
    noise_db: float = -65.0
    seed: int = 1

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "nonlinear":
                if not isinstance(value, bool):
                    raise WrongUse(f"room: nonlinear is true or false, not {value!r}")
                continue
            low, high = RANGES[f.name]
            whole = f.name == "seed"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise WrongUse(f"room: {f.name} is a {'whole ' if whole else ''}number, not {value!r}")
            if not low <= value <= high:                          # also catches NaN
                raise WrongUse(f"room: {f.name} must be {low:g} to {high:g}, not {value:g}")


class Room:
    """A device as `audio_io.device.stream.SoundDevice` is; here the caller turns the crank: `advance(blocks)`."""

    def __init__(self, shape: RoomShape, user: np.ndarray | None = None, hz: int = DEVICE_HZ) -> None:
        """user: [n] float32 at `hz`, said from sample 0 on; more can be said later with `say`."""
        self.shape, self.hz, self.block = shape, hz, block_samples(hz)
        self.mic, self.reference = Ring(hz // 2), Ring(hz // 2)
        self.speaker = Ring(2 * self.block)
        self.trouble = 0                                          # a simulated stream never stumbles
        self.now = 0                                              # microphone samples so far
        self.running = False
        rng = np.random.default_rng(shape.seed)
        self._loudspeaker = _Loudspeaker(shape.nonlinear)
        self._far = _Convolution(far_response(shape, hz, rng), self.block)
        self._near = _Convolution(near_response(shape, hz, rng), self.block)
        self._line = _DelayLine(shape, hz, self.block)
        self._noise = _PinkNoise(shape.noise_db, rng)
        self._said: list[tuple[int, np.ndarray]] = []
        self._tracks: dict[str, list[np.ndarray]] = {name: [] for name in TRACKS}
        if user is not None:
            self.say(user, 0)

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def alive(self) -> Statement | None:
        """-> None while it runs, else what is wrong."""
        return None if self.running else state(DeviceCode.NOT_STARTED)

    def say(self, pcm: np.ndarray, at_sample: int, gain_db: float = 0.0) -> int:
        """The user's mouth: pcm [n] float32 at `hz`, mixed in from microphone sample `at_sample` on.

        -> the sample it really starts at: what lies in the past starts with the next block.
        """
        start = max(int(at_sample), self.now)
        self._said.append((start, np.asarray(pcm, np.float32) * np.float32(10 ** (gain_db / 20))))
        return start

    def jump_delay(self, ms: float) -> None:
        """The echo's path becomes longer by `ms` (shorter if negative, at least 0): a route change."""
        self._line.jump(ms * self.hz / 1000)

    def delay_ms(self) -> float:
        """-> the delay of the echo's direct path now, drift and jumps included."""
        return 1000 * self._line.delay / self.hz

    def recording(self, name: str) -> np.ndarray:
        """name: `user` (near end alone), `mic`, `assistant` (as played), `echo` (alone) -> [n] float32."""
        blocks = self._tracks[name]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def advance(self, blocks: int = 1) -> None:
        """Time passes by `blocks` x 10 ms. Raises RuntimeError when not started."""
        if not self.running:
            raise RuntimeError("the simulated room is not started")
        for _ in range(blocks):
            played = self._pull()
            self.reference.push(played)
            echo = self._line(self._far(self._loudspeaker(played)))
            user = self._near(self._mouth())
            mic = np.clip(user + echo + self._noise(self.block), -1.0, 1.0)
            self.mic.push(mic)
            self.now += self.block
            for name, x in zip(TRACKS, (user, mic, played, echo), strict=True):
                self._tracks[name].append(x)

    def _pull(self) -> np.ndarray:
        played = np.empty(self.block, np.float32)
        self.speaker.pull(played)
        return played

    def _mouth(self) -> np.ndarray:
        out = np.zeros(self.block, np.float32)
        for start, pcm in self._said:
            a, b = max(start, self.now), min(start + len(pcm), self.now + self.block)
            if a < b:
                out[a - self.now : b - self.now] += pcm[a - start : b - start]
        self._said = [(s, p) for s, p in self._said if s + len(p) > self.now + self.block]
        return out


def far_response(shape: RoomShape, hz: int, rng: np.random.Generator) -> np.ndarray:
    """-> [n] float32: loudspeaker to microphone, scaled so that speech comes back at `echo_db`."""
    n = block_samples(hz) if shape.rt60_s == 0 else int(hz * max(0.02, shape.rt60_s))
    h = np.zeros(n)
    h[0] = 1.0
    if shape.rt60_s:
        h += _reflections(n, shape.rt60_s, hz, rng)
    sos = signal.butter(2, LOUDSPEAKER_HZ, "highpass", fs=hz, output="sos")
    h = signal.sosfilt(sos, h)
    if shape.echo_db <= RANGES["echo_db"][0]:
        return np.zeros(n, np.float32)
    return np.asarray(h * 10 ** (shape.echo_db / 20) / _speech_gain(h, hz), np.float32)


def near_response(shape: RoomShape, hz: int, rng: np.random.Generator) -> np.ndarray:
    """-> [n] float32: mouth to microphone; the direct sound comes at once and as loud as it was said."""
    n = block_samples(hz) if shape.rt60_s == 0 else int(hz * max(0.02, shape.rt60_s))
    h = np.zeros(n)
    if shape.rt60_s:
        h = _reflections(n, shape.rt60_s, hz, rng)
        h *= 10 ** (NEAR_DB / 20) / np.linalg.norm(h)
    h[0] = 1.0
    return np.asarray(h, np.float32)


def _reflections(n: int, rt60_s: float, hz: int, rng: np.random.Generator) -> np.ndarray:
    """[n]: eight early reflections within 20 ms, then noise that decays by 60 dB in rt60_s (Polack's model).

    The energy of the tail to the direct sound (1.0) grows with rt60, as in a room of constant size.
    """
    t = np.arange(n) / hz
    tail = rng.standard_normal(n) * 10 ** (-3 * t / rt60_s)
    tail *= np.clip((t - 0.004) / 0.016, 0, 1)                    # diffuse only after the first 20 ms
    h = tail * np.sqrt(rt60_s / 0.4) / max(float(np.linalg.norm(tail)), 1e-9)
    early = (rng.uniform(0.001, 0.019, 8) * hz).astype(int)
    np.add.at(h, early, rng.choice([-1.0, 1.0], 8) * 0.5 * 10 ** (-3 * t[early] / rt60_s))
    h[0] = 0.0
    return np.asarray(h)


def _speech_gain(h: np.ndarray, hz: int) -> float:
    """Gain of `h` for noise with the spectrum of speech: flat 100..500 Hz, then -9 dB per octave."""
    n = fft.next_fast_len(max(len(h), 4096))
    f = fft.rfftfreq(n, 1 / hz)
    weight = np.where(f < 500, 1.0, (np.maximum(f, 1) / 500) ** -3) * (f > 100)
    return math.sqrt(float(np.sum(weight * np.abs(fft.rfft(h, n)) ** 2) / np.sum(weight)))


class _Loudspeaker:
    def __init__(self, nonlinear: bool) -> None:
        self.nonlinear = nonlinear
        self.rest = math.tanh(BIAS)
        self.gain = DRIVE * (1 - self.rest**2)                    # unity for quiet sounds

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if not self.nonlinear:
            return x
        return np.asarray((np.tanh(DRIVE * x + BIAS) - self.rest) / self.gain, np.float32)


class _Convolution:
    """Uniformly partitioned overlap-save: one block in, one block out, no delay; nothing to do in silence."""

    def __init__(self, h: np.ndarray, block: int) -> None:
        self.block, self.parts = block, -(-len(h) // block)
        padded = np.zeros(self.parts * block, np.float32)
        padded[: len(h)] = h
        self.filters = fft.rfft(padded.reshape(self.parts, block), 2 * block)         # [parts, block + 1]
        self.heard = np.zeros_like(self.filters)
        self.last = np.zeros(block, np.float32)
        self.at = 0                                               # the newest row of `heard`
        self.quiet = self.parts + 1                               # silent blocks in a row

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.quiet = 0 if x.any() else self.quiet + 1
        self.at = (self.at - 1) % self.parts
        if self.quiet > self.parts + 1:
            self.heard[self.at] = 0
            self.last = x
            return np.zeros(self.block, np.float32)
        self.heard[self.at] = fft.rfft(np.concatenate([self.last, x]))
        self.last = x
        k = self.parts - self.at                                  # rows at.. are the newest k
        total = np.einsum("pf,pf->f", self.heard[self.at :], self.filters[:k])
        if self.at:
            total = total + np.einsum("pf,pf->f", self.heard[: self.at], self.filters[k:])
        return np.asarray(fft.irfft(total, 2 * self.block)[self.block :], np.float32)


class _DelayLine:
    """A tape read at a distance that is not whole and that the drift changes with every sample."""

    def __init__(self, shape: RoomShape, hz: int, block: int) -> None:
        self.block, self.drift = block, shape.drift_ppm * 1e-6
        self.nominal = shape.delay_ms * hz / 1000
        if self.drift or self.nominal != int(self.nominal):       # the sinc looks ahead by half its length
            self.nominal = max(self.nominal, TAPS // 2)
        self.delay = self.nominal
        self.longest = 2.0 * hz
        self.tape = np.zeros(int(self.longest) + 2 * block + TAPS, np.float32)
        offset = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - np.arange(PHASES + 1)[:, None] / PHASES
        taps = np.sinc(offset) * np.i0(6.0 * np.sqrt(np.maximum(0, 1 - (2 * offset / TAPS) ** 2)))
        self.bank = np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)     # [PHASES + 1, TAPS]

    def jump(self, samples: float) -> None:
        self.delay = min(max(0.0, self.delay + samples), self.longest)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        b = self.block
        self.tape[:-b] = self.tape[b:]
        self.tape[-b:] = x
        end = len(self.tape) - b                                  # index of x[0]
        if self.drift == 0 and self.delay == int(self.delay):
            start = end - int(self.delay)
            return self.tape[start : start + b].copy()
        distance = self.delay + self.drift * np.arange(b)
        self.delay += self.drift * b
        if not TAPS // 2 <= self.delay <= self.longest:           # an empty or full driver's buffer slips
            self.delay = self.nominal
        at = end + np.arange(b) - distance
        whole = np.floor(at).astype(np.int64)
        phase = np.rint((at - whole) * PHASES).astype(np.int64)
        first = np.minimum(whole - (TAPS // 2 - 1), len(self.tape) - TAPS)
        rows = np.lib.stride_tricks.sliding_window_view(self.tape, TAPS)[first]
        return np.asarray(np.einsum("nt,nt->n", rows, self.bank[phase]), np.float32)


class _PinkNoise:
    """White noise through Paul Kellet's "economy" pink filter, at a level of `db` to full scale."""

    def __init__(self, db: float, rng: np.random.Generator) -> None:
        self.rng = rng
        self.silent = db <= RANGES["noise_db"][0]
        poles, gains = (0.99765, 0.96300, 0.57000), (0.0990460, 0.2965164, 1.0526913)
        self.a = np.poly(poles)
        b = 0.1848 * self.a
        for i, g in enumerate(gains):
            b[:3] += g * np.poly([p for j, p in enumerate(poles) if j != i])
        level = float(np.linalg.norm(signal.lfilter(b, self.a, np.r_[1.0, np.zeros(8191)])))
        self.b = b * 10 ** (db / 20) / level
        self.state = np.zeros(3)

    def __call__(self, n: int) -> np.ndarray:
        if self.silent:
            return np.zeros(n, np.float32)
        y, self.state = signal.lfilter(self.b, self.a, self.rng.standard_normal(n), zi=self.state)
        return np.asarray(y, np.float32)
