"""Features of the public speech models where the goldens do not look: short clips, bad files."""

import numpy as np
import pytest

from audio_io.errors import Trouble
from audio_io.frames import MIC_HZ, VOICE_HZ
from engine.features import fbank as features


def mvn(shift, scale, name="<Rescale>"):
    return (f"<Nnet>\n<Splice> 4 4\n[ 0 ]\n<AddShift> 4 4\n<LearnRateCoef> 0 [ {shift} ]\n"
            f"{name} 4 4\n<LearnRateCoef> 0 [ {scale} ]\n</Nnet>\n")  # fmt: skip


def test_cmvn_is_read(tmp_path):
    path = tmp_path / "am.mvn"
    path.write_text(mvn("-8.3 -8 1e0 2", "0.1 0.2 0.3 0.4"))
    cmvn = features.read_cmvn(path, 4)
    assert cmvn.shift.tolist() == pytest.approx([-8.3, -8, 1, 2])
    assert cmvn.scale.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(("text", "words"), [
    (mvn("1 2 3", "1 2 3 4"), "<AddShift> has 3 numbers"), (mvn("1 2 3 4", "1 2 nan 4"), "finite: 3"),
    (mvn("1 2 3 4", "1 2 3 x"), "no <Rescale>"), (mvn("1 2 3 4", "1 2 3 4", "<Other>"), "no <Rescale>"),
    (mvn("1 2 3 4", "1 2 3 4").rpartition("]")[0], "no <Rescale>"), ("", "no <AddShift>"),
])  # fmt: skip
def test_a_bad_cmvn_is_one_clear_line(tmp_path, text, words):
    path = tmp_path / "am.mvn"
    path.write_text(text)
    with pytest.raises(Trouble, match=words) as caught:
        features.read_cmvn(path, 4)
    assert str(path) in str(caught.value)


def test_a_cmvn_that_is_no_text(tmp_path):
    (tmp_path / "am.mvn").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Trouble, match="not a Kaldi text file"):
        features.read_cmvn(tmp_path / "am.mvn")
    with pytest.raises(Trouble, match="no such file"):
        features.read_cmvn(tmp_path / "none.mvn")


@pytest.mark.parametrize("t", [1, 5, 6, 7, 13])
def test_low_frame_rate(t):
    frames = np.arange(t, dtype=np.float32)[:, None]
    rows = features.low_frame_rate(frames)
    assert len(rows) == -(-t // 6)
    held = [0] * 3 + list(range(t)) + [t - 1] * 6          # three copies before, the last one held
    for i, row in enumerate(rows):
        assert row.tolist() == held[6 * i : 6 * i + 7]


@pytest.mark.parametrize(("samples", "rows"), [(0, 0), (159, 0), (160, 1), (399, 1), (400, 1), (560, 2), (1040, 5)])
def test_short_clips(samples, rows):
    fbank = features.kaldi_fbank(np.zeros(samples, np.float32), "hamming")
    assert fbank.shape == (rows, 80)
    assert np.allclose(fbank, np.log(np.finfo(np.float32).eps))          # silence: the floor
    cmvn = features.Cmvn(np.ones(560, np.float32), np.ones(560, np.float32))
    assert features.sensevoice_features(np.zeros(samples, np.float32), cmvn).shape == (-(-rows // 6), 560)
    assert features.speaker_features(np.zeros(samples, np.float32)).shape == (rows, 80)


def test_a_tone_lies_in_its_band():
    t = np.arange(VOICE_HZ) / VOICE_HZ
    for top in (8000.0, None):
        mel = features.mel_24k(np.sin(2 * np.pi * 1000 * t).astype(np.float32), top)
        assert mel.shape == (80, 50)
        edges = 15 + (27 / np.log(6.4) * np.log((top or 12000) / 1000))
        assert abs(int(mel[:, 25].argmax()) - 15 / edges * 81 + 1) <= 1
    assert features.whisper_128(np.zeros(MIC_HZ, np.float32)).shape == (128, 100)
