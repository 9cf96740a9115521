"""Was that a word, or a noise that had to be something? Four measures of each recognised word, one probability.

A recogniser without a model of noise gives words for everything: a dog is "hello there now". What tells them
apart: the posterior of the word in the lattice, the acoustic score a frame (PocketSphinx scores against the best
senone, so 0 is a perfect frame), how long its phones are (noise stretches them), and how harmonic the sound is.
The weights are a logistic regression over words of speech against words found in noise (docs/log.md).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audio_io.frames import FRAME, MIC_HZ

WINDOW = 4 * FRAME               # 40 ms: two periods of the lowest voice
PITCH_LOW, PITCH_HIGH = 75, 400  # Hz
HARMONIC = 0.6                   # of a frame, to count as voiced
LONG = 30                        # frames; a word of 0.3 s has a vowel, and a vowel has voice
PHONE_FRAMES = 8                 # 80 ms: a usual phone
LOWEST = -5.0                    # log10 probability a frame; below it the number no longer tells anything
WEIGHTS = (0.996, 1.855, -1.086, 6.569, 0.411, 0.133, -0.719, -3.106, 0.954)   # engine/training/words/fit_evidence.py
# a missed "stop" annoys more than a false one, and what is said alone is short and drawn out, as noises are
EXPECTED = frozenset(["stop", "wait", "pause", "quiet", "enough", "cancel", "no", "yes", "okay", "help"])
EXPECTED_ODDS = 1.0
A_WORD, A_SENTENCE = -2.0, -0.8  # odds below which a word, and what is left of a sentence, was noise
QUIET = 1e-5                     # mean power below which a window is silence, not voice: about -50 dB


def harmonicity(pcm: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """pcm: [n] at 16 kHz -> [n // FRAME] 0..1: the highest autocorrelation at a lag that a voice's pitch has.

    Normalised by the autocorrelation of the window itself, after Boersma, "Accurate short-term analysis of the
    fundamental frequency" (1993), without its interpolation of the peak.
    """
    frames = len(pcm) // FRAME
    if frames == 0:
        return np.zeros(0, np.float32)
    padded = np.concatenate([pcm[: frames * FRAME], np.zeros(WINDOW, np.float32)])
    x = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::FRAME][:frames]
    x = x - x.mean(1, keepdims=True)
    shape = np.hanning(WINDOW).astype(np.float32)
    size = 2 * WINDOW

    def correlate(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.fft.irfft(np.abs(np.fft.rfft(y, size)) ** 2)[..., :WINDOW].astype(np.float32)

    own, of_window = correlate(x * shape), correlate(shape)
    lags = slice(MIC_HZ // PITCH_HIGH, MIC_HZ // PITCH_LOW)
    peak = (own[:, lags] / of_window[lags]).max(1) * of_window[0] / np.maximum(own[:, 0], 1e-9)
    return np.where(np.mean(x * x, 1) < QUIET, 0, np.clip(peak, 0, 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word. frames: of 10 ms; phones: of its pronunciation; posterior, acoustic: probabilities."""

    text: str
    first: int
    frames: int
    phones: int
    posterior: float
    acoustic: float


Measures = tuple[float, float, float, float]


def measures(word: Word, harmonic: npt.NDArray[np.float32]) -> Measures:
    """harmonic: of the whole utterance, one value a frame.

    -> posterior 0..1; log10 of the acoustic probability a frame, 0 and below; doublings of the usual length of a
    phone; share of harmonic frames 0..1.
    """
    voiced = harmonic[word.first : word.first + word.frames]
    return (
        min(word.posterior, 1.0),
        max(math.log10(max(word.acoustic, 1e-300)) / word.frames, LOWEST),
        math.log2(word.frames / max(word.phones, 1) / PHONE_FRAMES),
        float(np.mean(voiced > HARMONIC)) if len(voiced) else 0.0,
    )


def terms(m: Measures) -> tuple[float, ...]:
    """What the weights belong to: the measures, their squares (too long and too short are both wrong), and 1."""
    return (*m, *(v * v for v in m), 1.0)


def odds(word: Word, harmonic: npt.NDArray[np.float32]) -> float:
    """The logarithm of the odds that it was said; 0 is even."""
    if word.frames >= LONG and not np.any(harmonic[word.first : word.first + word.frames] > HARMONIC):
        return -math.inf
    expected = EXPECTED_ODDS if word.text in EXPECTED else 0.0
    return expected + sum(w * t for w, t in zip(WEIGHTS, terms(measures(word, harmonic)), strict=True))


def likely_words(words: list[Word], harmonic: npt.NDArray[np.float32]) -> list[str]:
    """Leaves out single words that are noises, and everything when what remains is on the whole no better."""
    scored = [(odds(w, harmonic), w.text) for w in words]
    kept = [(score, text) for score, text in scored if score > A_WORD]
    if not kept or sum(score for score, _ in kept) / len(kept) < A_SENTENCE:
        return []
    return [text for _, text in kept]
