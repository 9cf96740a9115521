"""Acoustic features of the public speech models, on NumPy: what SenseVoice, CAM++, CosyVoice and its tokenizer hear.

Sources: Kaldi's fbank as torchaudio computes it, FunASR's `WavFrontend` (low frame rate, `am.mvn`), Whisper's
audio.py, the `mel_spectrogram` of HiFi-GAN as CosyVoice uses it. All functions are pure; sound is [n] float32 in -1..1.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from audio_io.errors import Trouble
from audio_io.files import why
from audio_io.frames import FRAME, MIC_HZ, VOICE_HZ
from engine.features.mel import slaney

BANDS = 80
WINDOW = 400                                     # samples at MIC_HZ: 25 ms
STACKED, STEP = 7, 6                             # low frame rate: 7 frames of 10 ms joined, every 60 ms
WIDTH = BANDS * STACKED
LOWEST_HZ, PRE_EMPHASIS = 20.0, 0.97
FULL_SCALE = 32768.0                             # SenseVoice was trained on int16 values

MEL_FFT, MEL_HOP = 1920, 480                     # samples at VOICE_HZ: 80 ms, 20 ms
WHISPER_BANDS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Cmvn:
    """y = (x + shift) * scale, a number a column: both [WIDTH] float32."""

    shift: np.ndarray
    scale: np.ndarray


@cache
def _kaldi_window(name: str, length: int) -> np.ndarray:
    """-> [length]; Povey's is a Hann window to the power of 0.85. Both reach their ends, unlike the periodic ones."""
    wave = np.cos(2 * np.pi * np.arange(length) / max(1, length - 1))
    return np.asarray(0.54 - 0.46 * wave if name == "hamming" else (0.5 - 0.5 * wave) ** 0.85)


@cache
def _kaldi_bands(length: int) -> np.ndarray:
    """-> [length // 2 + 1, BANDS] float32: triangles, equally wide on HTK's mel scale, from 20 Hz to Nyquist.

    In float32 and in torchaudio's order: exact edges would move the log values by up to 1e-4.
    """
    low, high = (1127.0 * np.log(1.0 + hz / 700.0) for hz in (LOWEST_HZ, MIC_HZ / 2))
    gap = np.float32((high - low) / (BANDS + 1))
    edges = np.float32(low) + np.arange(BANDS + 2, dtype=np.float32) * gap
    bins = np.arange(length // 2, dtype=np.float32) * np.float32(MIC_HZ / length)
    mels = (np.float32(1127.0) * np.log(np.float32(1.0) + bins / np.float32(700.0)))[:, None]
    up, down = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    return np.asarray(np.pad(np.maximum(0, np.minimum(up, down)), ((0, 1), (0, 0))), np.float32)


def kaldi_fbank(pcm: np.ndarray, window: Literal["hamming", "povey"], gain: float = 1.0) -> np.ndarray:
    """pcm: [n] at MIC_HZ -> [t, BANDS] float32 log mel energies; t = (n - 400) // 160 + 1, no dither.

    25 ms windows every 10 ms that lie wholly in the sound, without mean, pre-emphasis 0.97, HTK mels of 20 Hz to
    Nyquist, floored at the smallest float32 step. A clip shorter than a window is one window of its own length; of
    less than 10 ms there are no features.
    """
    if len(pcm) < FRAME:
        return np.zeros((0, BANDS), np.float32)
    length = min(WINDOW, len(pcm))
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(pcm, np.float64) * gain, length)[::FRAME]
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - PRE_EMPHASIS * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    padded = 1 << (length - 1).bit_length()
    power = np.square(np.abs(np.fft.rfft(frames * _kaldi_window(window, length), padded, axis=1)))
    return np.asarray(np.log(np.maximum(power @ _kaldi_bands(padded), np.finfo(np.float32).eps)), np.float32)


def low_frame_rate(frames: np.ndarray) -> np.ndarray:
    """[t, bands] -> [ceil(t / STEP), STACKED * bands]: each row is STACKED frames, the ends are held."""
    t = len(frames)
    rows = -(-t // STEP)
    at = np.arange(rows)[:, None] * STEP + np.arange(STACKED)[None] - (STACKED - 1) // 2
    return np.ascontiguousarray(frames[np.clip(at, 0, max(0, t - 1))].reshape(rows, STACKED * frames.shape[1]))


def sensevoice_features(pcm: np.ndarray, cmvn: Cmvn) -> np.ndarray:
    """pcm: [n] at MIC_HZ -> [t, WIDTH] float32, a row every 60 ms (FunASR's WavFrontend without dither)."""
    rows = low_frame_rate(kaldi_fbank(pcm, "hamming", FULL_SCALE))
    return np.asarray((rows + cmvn.shift) * cmvn.scale, np.float32)


def speaker_features(pcm: np.ndarray) -> np.ndarray:
    """pcm: [n] at MIC_HZ -> [t, BANDS] float32 without its mean over time: the input of CAM++."""
    frames = kaldi_fbank(pcm, "povey")
    return frames - frames.mean(axis=0, keepdims=True) if len(frames) else frames


def read_cmvn(path: Path, width: int = WIDTH) -> Cmvn:
    """Reads Kaldi's nnet text `am.mvn`: <AddShift> and <Rescale>, each followed by [ width numbers ].

    Raises Trouble for a missing file, and for one that is not of this form.
    """
    try:
        words = path.read_text(encoding="utf-8").split()
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}; pull the model again") from error
    except UnicodeDecodeError as error:
        raise Trouble(f"{path}: is not a Kaldi text file; pull the model again") from error
    return Cmvn(_vector(path, words, "<AddShift>", width), _vector(path, words, "<Rescale>", width))


def _vector(path: Path, words: list[str], name: str, width: int) -> np.ndarray:
    try:
        start = words.index("[", words.index(name)) + 1
        found = np.array([float(word) for word in words[start : words.index("]", start)]], np.float32)
    except ValueError as error:
        raise Trouble(f"{path}: has no {name} with numbers in brackets; pull the model again") from error
    if len(found) != width or not np.isfinite(found).all():
        raise Trouble(f"{path}: {name} has {len(found)} numbers (finite: {int(np.isfinite(found).sum())}) where "
                      f"{width} are needed; pull the model again")  # fmt: skip
    return found


@cache
def _hann(length: int) -> np.ndarray:
    return np.asarray(np.hanning(length + 1)[:-1])


def _spectra(pcm: np.ndarray, length: int, hop: int) -> np.ndarray:
    """-> [t, length // 2 + 1] complex128 of the windows that fit."""
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(pcm, np.float64), length)[::hop]
    return np.asarray(np.fft.rfft(frames * _hann(length), axis=1))


def mel_24k(pcm: np.ndarray, top_hz: float | None) -> np.ndarray:
    """pcm: [n] at VOICE_HZ, n > 720 -> [80, n // 480] float32: natural log of mel magnitudes, 50 frames a second.

    top_hz: upper edge of the mel bands, 8000 in CosyVoice2, None (Nyquist) in CosyVoice3: read it from the yaml.
    """
    padded = np.pad(np.asarray(pcm, np.float64), (MEL_FFT - MEL_HOP) // 2, mode="reflect")
    magnitude = np.sqrt(np.square(np.abs(_spectra(padded, MEL_FFT, MEL_HOP))) + 1e-9)
    bands = magnitude @ slaney(BANDS, MEL_FFT, VOICE_HZ, top_hz or VOICE_HZ / 2)
    return np.asarray(np.log(np.maximum(bands, 1e-5)).T, np.float32)


def whisper_128(pcm: np.ndarray) -> np.ndarray:
    """pcm: [n] at MIC_HZ, n > 200 -> [128, n // 160] float32: the input of CosyVoice's speech tokenizer."""
    return whisper_log_mel(pcm, WHISPER_BANDS)


def whisper_log_mel(pcm: np.ndarray, bands: int) -> np.ndarray:
    """pcm: [n] at MIC_HZ, n > 200 -> [bands, n // 160] float32, about -1..1.5: Whisper's input, 80 or 128 bands.

    Not padded to 30 s; relative to the recording's loudest band, at most 80 dB below it.
    """
    padded = np.pad(np.asarray(pcm, np.float64), WINDOW // 2, mode="reflect")
    power = np.square(np.abs(_spectra(padded, WINDOW, FRAME)[: len(pcm) // FRAME]))
    logs = np.log10(np.maximum(power @ slaney(bands, WINDOW, MIC_HZ, MIC_HZ / 2), 1e-10))
    return np.asarray((np.maximum(logs, logs.max() - 8.0) + 4.0).T / 4.0, np.float32)
