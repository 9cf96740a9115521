"""What the predictor looks at in one hop, besides the encoder's frames and the words: NumPy, the state is a value.

Everything is relative to the speaker, not to full scale: log-mel bands against their own mean while somebody speaks
(channel and gain drop out, a telephone and a studio look alike), levels against the level of speech, pitch against the
speaker's mean. What lies 30 dB below speech is cut off, so that digital silence and a quiet room are the same thing.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import HOP, MIC_HZ, hops
from engine.duplex.predictor import View
from engine.turns.floor import Floor

BANDS = 40
PARTS = 4                        # a hop's envelope: levels of 8 ms
# columns of the vector, in order
MIC = 2 * BANDS + PARTS + 5      # two spectra, envelope, level, background, voicing, pitch, pitch trend
VAD = 4                          # probability; silence, burst and talk so far
REF = BANDS + 4                  # spectrum, level, microphone against reference, echo taken off, audible
FLOOR = 4                        # assistant talks, does not; for how long; has it ever
WIDE = MIC + VAD + REF + FLOOR
VOICE, QUIET = 0.5, -100.0       # VAD probability that counts as voice here; dB of nothing
REF_ON_DB = -50.0
BRIDGE, FORGET = hops(96), hops(3000)            # a gap inside a burst; a silence after which another turn begins ...
ANSWERED = hops(640)                             # ... and if the assistant talks
LAGS = (MIC_HZ // 400, MIC_HZ // 65)             # pitch of 65-400 Hz
LONG = 2 * HOP                                   # samples of a pitch window


def level_db(x: np.ndarray) -> float:
    """Mean power of x in dB relative to full scale."""
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + 1e-10))


@cache
def _filters() -> np.ndarray:
    """[HOP // 2 + 1, BANDS] triangles, equal on the mel scale (O'Shaughnessy) from 100 Hz to 95 % of Nyquist."""
    top = 0.475 * MIC_HZ
    mel = np.linspace(2595 * np.log10(1 + 100 / 700), 2595 * np.log10(1 + top / 700), BANDS + 2)
    hz = 700 * (10 ** (mel / 2595) - 1)
    bins = np.linspace(0, MIC_HZ / 2, HOP // 2 + 1)[:, None]
    up, down = (bins - hz[:-2]) / np.diff(hz)[:-1], (hz[2:] - bins) / np.diff(hz)[1:]
    return np.asarray(np.maximum(0, np.minimum(up, down)), np.float32)


@cache
def _window(n: int) -> np.ndarray:
    return np.asarray(np.hanning(n + 1)[:-1], np.float32)


@cache
def _fade() -> np.ndarray:
    """The autocorrelation of a windowed constant: what periodic sound loses at each lag."""
    power = np.square(np.abs(np.fft.rfft(_window(LONG), 2 * LONG)))
    fade = np.fft.irfft(power)[: LAGS[1] + 1]
    return np.asarray(fade / fade[0], np.float32)


def log_bands(frames: np.ndarray) -> np.ndarray:
    """frames: [k, HOP] at MIC_HZ -> [k, BANDS] natural logarithm of band power, -23 for silence."""
    power = np.square(np.abs(np.fft.rfft(frames * _window(HOP), axis=1))).astype(np.float32)
    return np.asarray(np.log(power @ _filters() / HOP + 1e-10), np.float32)


def pitch(x: np.ndarray) -> tuple[float, float]:
    """x: [LONG] at MIC_HZ -> (how periodic, 0..1; octaves above 100 Hz)."""
    power = np.square(np.abs(np.fft.rfft(x * _window(LONG), 2 * LONG)))
    r = np.fft.irfft(power)[: LAGS[1] + 1]
    if r[0] < 1e-7:
        return 0.0, 0.0
    r = r / r[0] / _fade()
    r = r[LAGS[0] :]
    inner = r[1:-1]                              # the first peak that is nearly the highest: not two periods for one
    peaks = 1 + np.flatnonzero((inner >= r[:-2]) & (inner > r[2:]))
    if not len(peaks):
        return 0.0, 0.0
    at = int(peaks[np.argmax(r[peaks] >= 0.9 * r[peaks].max())])
    return float(np.clip(r[at], 0, 1)), float(np.log2(MIC_HZ / (at + LAGS[0]) / 100))


@dataclass(frozen=True, slots=True)
class Mean:
    """A running mean with a prior: quick at first, then over about `slow` hops."""

    value: np.ndarray
    seen: float = 0.0

    def take(self, x: np.ndarray | float, weight: float, slow: float = 300.0) -> "Mean":
        if weight <= 0:
            return self
        seen = min(slow, self.seen + weight)
        return Mean(np.asarray(self.value + weight / (seen + 4) * (x - self.value), np.float32), seen)


def _flat(value: float, n: int = BANDS) -> Mean:
    return Mean(np.full(n, value, np.float32))


@dataclass(frozen=True, slots=True)
class HopState:
    """Everything that the vectors of later hops need of the earlier ones."""

    tail: np.ndarray             # [HOP] the clean samples before this hop
    bands: Mean                  # of clean, while there is a voice
    ref_bands: Mean              # of the reference, while it is audible
    speech_db: Mean
    noise_db: Mean
    octave: Mean                 # the speaker's pitch
    last_octave: float = 0.0
    ref_db: float = QUIET        # with a decay, as the room lets it ring
    silence: int = 999           # hops since the last voice
    burst: int = 0               # hops since its onset, short gaps bridged
    talked: int = 0              # hops of voice since a long silence
    talking: bool = False        # the assistant is audible
    since: int = 999             # hops since that changed
    ever: bool = False


def start() -> HopState:
    return HopState(np.zeros(HOP, np.float32), _flat(-6.0), _flat(-6.0), _flat(-30.0, 1), _flat(-60.0, 1),
                    _flat(0.6, 1))  # fmt: skip


def hop_features(heard: Heard, view: View, s: HopState) -> tuple[np.ndarray, HopState]:
    """-> ([WIDE] float32, about -2..2, state). Uses heard.clean, raw, ref, vad and whether the assistant is audible."""
    clean = np.asarray(heard.clean, np.float32)
    s = _count(s, heard.vad, view.floor is Floor.TALKING)
    both = np.concatenate([s.tail, clean])
    mic, s = _microphone(both, clean, heard.vad, s)
    ref, s = _reference(heard, s)
    times = [_log(s.silence), _log(s.burst), _log(s.talked)]
    floor = [float(s.talking), float(not s.talking), _log(s.since), float(s.ever)]
    vector = np.concatenate([mic, [2 * heard.vad - 1, *times], ref, floor]).astype(np.float32)
    return vector, replace(s, tail=clean)


def rest(s: HopState, n: int) -> HopState:
    """-> the state after `n` hops, one or more, of a quiet room in which nobody had the floor."""
    s = _count(replace(s, silence=min(999, s.silence + n - 1), since=min(999, s.since + n - 1)), 0.0, False)
    return replace(s, ref_db=max(QUIET, s.ref_db - 1.2 * n))


def _log(count: int) -> float:
    return float(np.log1p(min(999, count)) / 3 - 1)


def _count(s: HopState, vad: float, talking: bool) -> HopState:
    """Who talks, for how long."""
    flipped = talking is not s.talking
    s = replace(s, talking=talking, since=0 if flipped else min(999, s.since + 1), ever=s.ever or talking)
    talked = 0 if s.silence > (ANSWERED if talking else FORGET) else s.talked
    if vad > VOICE:
        return replace(s, silence=0, burst=min(999, s.burst + 1), talked=min(999, talked + 1))
    silence = min(999, s.silence + 1)
    burst = min(999, s.burst + 1) if s.burst and silence <= BRIDGE else 0
    return replace(s, silence=silence, burst=burst, talked=talked)


def _microphone(both: np.ndarray, clean: np.ndarray, vad: float, s: HopState) -> tuple[np.ndarray, HopState]:
    """both: [2 * HOP], the last hop and this one -> [MIC]."""
    voiced = max(0.0, 2 * vad - 1)
    bands = log_bands(np.stack([both[HOP // 2 : -HOP // 2], clean]))
    db = level_db(clean)
    s = replace(s, bands=s.bands.take(bands[1], voiced), speech_db=s.speech_db.take(db, voiced))
    if vad < 0.2:
        s = replace(s, noise_db=s.noise_db.take(max(-80.0, db), 1.0, 100.0))
    speech, noise = float(s.speech_db.value[0]), float(s.noise_db.value[0])
    shape = np.clip((bands - s.bands.value) / 3, -2.3, 2).ravel()
    parts = 10 * np.log10(np.square(clean.reshape(PARTS, -1)).mean(axis=1) + 1e-10)
    levels = np.clip((np.append(parts, db) - speech) / 10, -3, 2)
    periodic, octave = pitch(both)
    periodic *= vad
    step = octave - s.last_octave if periodic > VOICE else 0.0
    if periodic > VOICE:
        s = replace(s, octave=s.octave.take(octave, periodic, 150.0), last_octave=octave)
    high = float(np.clip(octave - s.octave.value[0], -1, 1)) * (periodic > VOICE)
    tone = [np.clip((noise - speech) / 10, -3, 1), 2 * periodic - 1, 2 * high, float(np.clip(4 * step, -1.5, 1.5))]
    return np.concatenate([shape, levels, tone]), s


def _reference(heard: Heard, s: HopState) -> tuple[np.ndarray, HopState]:
    """-> [REF]: all zero but the last while nothing is or was just played."""
    db = level_db(heard.ref)
    s = replace(s, ref_db=max(db, s.ref_db - 1.2))
    if s.ref_db < REF_ON_DB:
        return np.append(np.zeros(REF - 1), -1.0), s
    bands = log_bands(np.asarray(heard.ref, np.float32)[None])[0]
    s = replace(s, ref_bands=s.ref_bands.take(bands, float(db > REF_ON_DB)))
    shape = np.clip((bands - s.ref_bands.value) / 3, -2.3, 2)
    clean_db = level_db(heard.clean)
    against = np.clip((clean_db - s.ref_db + 20) / 15, -2, 2)
    taken = np.clip((level_db(heard.raw) - clean_db) / 15, -0.5, 2)
    return np.concatenate([shape, [np.clip((db + 30) / 15, -2, 2), against, taken, 1.0]]), s
