"""Acoustic features against the public reference: fixtures `features` and `sensevoice_frontend`."""

import numpy as np
import pytest
from golden_files import GOLDEN, close, numbers, torch

from engine import features

FBANK = {"atol": 2e-4, "rtol": 0}                # log values, Kaldi in C++ against Kaldi in torchaudio
MEL = {"atol": 1e-5, "rtol": 0}


def _knf():
    pytest.importorskip("kaldi_native_fbank", reason="the extra `local` is not installed")


def test_features_mel_24k():
    arrays, _ = numbers("features")
    wave = arrays["wave24k"].numpy()
    for name, top_hz in (("mel24k_fmax8000", 8000.0), ("mel24k_fmaxnull", None)):
        close(torch.from_numpy(features.mel_24k(wave, top_hz))[None], arrays[name], **MEL)


def test_features_whisper_128():
    arrays, _ = numbers("features")
    close(torch.from_numpy(features.whisper_128(arrays["wave16k"].numpy()))[None], arrays["whisper128"], **MEL)


def test_features_campplus():
    _knf()
    arrays, _ = numbers("features")
    wave = arrays["wave16k"].numpy()
    close(torch.from_numpy(features.kaldi_fbank(wave, "povey")), arrays["campplus_fbank_raw"], **FBANK)
    close(torch.from_numpy(features.speaker_features(wave)), arrays["campplus_fbank"], **FBANK)


def test_features_sensevoice_front_end():
    _knf()
    arrays, _ = numbers("sensevoice_frontend")
    cmvn = features.read_cmvn(GOLDEN / "sensevoice_frontend.am.mvn")
    close(torch.from_numpy(np.stack([cmvn.shift, cmvn.scale])), arrays["cmvn"], atol=0, rtol=0)
    for clip in sorted(name[5:] for name in arrays if name.startswith("wave_")):
        wave = arrays[f"wave_{clip}"].numpy()
        fbank = features.kaldi_fbank(wave, "hamming", features.FULL_SCALE)
        close(torch.from_numpy(fbank), arrays[f"fbank_{clip}"], **FBANK)
        exact = features.low_frame_rate(arrays[f"fbank_{clip}"].numpy())
        close(torch.from_numpy(exact), arrays[f"lfr_{clip}"], atol=0, rtol=0)
        close(torch.from_numpy(features.sensevoice_features(wave, cmvn)), arrays[f"out_{clip}"], **FBANK)
