"""Acoustic features against the public reference: fixtures `features` and `sensevoice_frontend`."""

import numpy as np
from golden_files import GOLDEN, close, numbers, torch

from engine.features import fbank as features

FBANK = {"atol": 2e-4, "rtol": 0}                # log values
STEP = 2.0**-24                                  # float32's rounding, of the loudest band


def _as_exact_as_float32(ours, theirs, relative):
    """Within 1e-5, and where a band is quieter than the loudest of its frame, within what float32 leaves of it.

    The reference's spectra are float32, ours float64: its rounding, a part of the loudest band, is the difference.
    relative: values [bands, t] below that band's -> how much louder it is; their change for a relative error of 1.
    """
    ratio, change = relative(theirs.amax(-2, keepdim=True) - theirs)
    assert ours.shape == theirs.shape
    assert ((ours - theirs).abs() <= 1e-5 + 2 * STEP * ratio * change).all()


def test_features_mel_24k():
    arrays, _ = numbers("features")
    wave = arrays["wave24k"].numpy()
    for name, top_hz in (("mel24k_fmax8000", 8000.0), ("mel24k_fmaxnull", None)):
        ours = torch.from_numpy(features.mel_24k(wave, top_hz))[None]
        _as_exact_as_float32(ours, arrays[name], lambda below: (below.exp(), 1.0))       # ln of magnitude


def test_features_whisper_128():
    arrays, _ = numbers("features")
    ours = torch.from_numpy(features.whisper_128(arrays["wave16k"].numpy()))[None]
    _as_exact_as_float32(ours, arrays["whisper128"], lambda below: (10 ** (2 * below), 0.25 * 2 / np.log(10)))


def test_features_campplus():
    arrays, _ = numbers("features")
    wave = arrays["wave16k"].numpy()
    close(torch.from_numpy(features.kaldi_fbank(wave, "povey")), arrays["campplus_fbank_raw"], **FBANK)
    close(torch.from_numpy(features.speaker_features(wave)), arrays["campplus_fbank"], **FBANK)


def test_features_sensevoice_front_end():
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
