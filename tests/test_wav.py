"""Any sound file becomes mono float32 at the wanted rate; anything else becomes one line."""

import io
import os
import struct
import subprocess
import sys
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from same import unlike

from audio_io.errors import Trouble, WrongUse
from audio_io.files import check_writable, write_whole
from audio_io.frames import DEVICE_HZ, MIC_HZ
from audio_io.wav import read_wav, write_wav

TONE_HZ = 440.0


def tone(hz: int, seconds: float = 0.5, gain: float = 0.5) -> np.ndarray:
    return (gain * np.sin(2 * np.pi * TONE_HZ * np.arange(round(hz * seconds)) / hz)).astype(np.float32)


def refused(path: Path, *words: str) -> None:
    """One line with the file's name and `words` in it."""
    with pytest.raises(WrongUse) as caught:
        read_wav(path, MIC_HZ)
    line = str(caught.value)
    assert "\n" not in line
    assert path.name in line
    assert all(word in line for word in words), line


@pytest.mark.parametrize(("suffix", "subtype"), [
    ("wav", "PCM_U8"), ("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "PCM_32"), ("wav", "FLOAT"), ("wav", "DOUBLE"),
    ("wav", "ULAW"), ("flac", "PCM_16"), ("flac", "PCM_24"), ("ogg", "VORBIS"), ("aiff", "PCM_16"),
])
@pytest.mark.parametrize("hz", [8000, 22050, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_encoding_rate_and_channels_give_the_same_tone(tmp_path, suffix, subtype, hz, channels):
    file = tmp_path / f"tone.{suffix}"
    soundfile.write(file, np.repeat(tone(hz)[:, None], channels, axis=1), hz, subtype=subtype)
    x = read_wav(file, MIC_HZ)
    assert x.dtype == np.float32
    assert x.ndim == 1
    assert abs(len(x) - MIC_HZ / 2) <= 2
    n = min(len(x), MIC_HZ // 2)
    middle = slice(1000, n - 1000)                               # away from the resampler's edges
    assert np.sqrt(np.mean((x[middle] - tone(MIC_HZ)[middle]) ** 2)) < 0.02


def test_channels_are_averaged(tmp_path):
    stereo = np.stack([tone(MIC_HZ), np.zeros(MIC_HZ // 2, np.float32)], axis=1)
    soundfile.write(tmp_path / "s.wav", stereo, MIC_HZ, subtype="FLOAT")
    np.testing.assert_allclose(read_wav(tmp_path / "s.wav", MIC_HZ), tone(MIC_HZ) / 2, atol=1e-6)


def test_what_is_not_there_or_not_a_file(tmp_path):
    refused(tmp_path / "none.wav", "no such file")
    refused(tmp_path, "folder")
    refused(tmp_path / "x.wav" / "y.wav", "no such file")
    (tmp_path / "empty.wav").touch()
    refused(tmp_path / "empty.wav", "empty", "0 bytes")
    (tmp_path / "text.wav").write_text("this is not sound\n" * 10)
    refused(tmp_path / "text.wav", "not a sound file")
    (tmp_path / "x.raw").write_bytes(bytes(1000))
    refused(tmp_path / "x.raw", "not a sound file")
    with pytest.raises(WrongUse):
        read_wav("a\0b.wav", MIC_HZ)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "regular file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission_to_read(tmp_path):
    file = tmp_path / "secret.wav"
    write_wav(file, tone(MIC_HZ), MIC_HZ)
    file.chmod(0)
    refused(file, "permission denied")


def test_no_samples(tmp_path):
    soundfile.write(tmp_path / "zero.wav", np.zeros(0, np.float32), MIC_HZ)
    refused(tmp_path / "zero.wav", "0 samples")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_file_that_was_cut_off(tmp_path, suffix):
    whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    rng = np.random.default_rng(1)                               # noise does not compress: the cut is in the sound
    soundfile.write(whole, 0.3 * rng.standard_normal(3 * MIC_HZ).astype(np.float32), MIC_HZ)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    if suffix == "ogg":                                          # its length is that of the pages that are there
        assert len(read_wav(cut, MIC_HZ)) < 3 * MIC_HZ
    else:
        refused(cut, "cut off" if suffix == "wav" else "cut")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path, bad):
    x = tone(MIC_HZ)
    x[4000] = bad
    soundfile.write(tmp_path / "nan.wav", x, MIC_HZ, subtype="FLOAT")
    refused(tmp_path / "nan.wav", "NaN or infinite", "0.250 s")


def test_samples_in_another_unit(tmp_path):
    soundfile.write(tmp_path / "big.wav", tone(MIC_HZ) * 32768, MIC_HZ, subtype="FLOAT")
    refused(tmp_path / "big.wav", "full scale")


def test_an_hour_is_refused_from_its_header_alone(tmp_path):
    hour = tmp_path / "hour.wav"
    samples = 3600 * MIC_HZ * 2
    with hour.open("wb") as file:                                # sparse: not a byte of sound on the disk
        file.write(b"RIFF" + struct.pack("<I", 36 + samples) + b"WAVEfmt " +
                   struct.pack("<IHHIIHH", 16, 1, 1, MIC_HZ, 2 * MIC_HZ, 2, 16) + b"data" + struct.pack("<I", samples))
        file.truncate(44 + samples)
    refused(hour, "60 min long", "10 min")
    write_wav(tmp_path / "half.wav", tone(MIC_HZ), MIC_HZ)
    with pytest.raises(WrongUse, match=r"0\.5 s long, the limit is 0\.1 s"):
        read_wav(tmp_path / "half.wav", MIC_HZ, longest_s=0.1)


def test_a_wav_written_to_a_pipe_is_read_to_its_end(tmp_path):
    file = tmp_path / "piped.wav"
    write_wav(file, tone(MIC_HZ), MIC_HZ)
    data = bytearray(file.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"                # the length was not known when it was begun
    file.write_bytes(bytes(data))
    assert len(read_wav(file, MIC_HZ)) == MIC_HZ // 2


def _wav_bytes() -> bytes:
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((tone(8000, 0.05) * 32767).astype("<i2").tobytes())
    return packed.getvalue()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.one_of(
    st.binary(max_size=300),
    st.builds(lambda at, new: _wav_bytes()[:at] + new + _wav_bytes()[at + len(new):],
              st.integers(0, 60), st.binary(min_size=1, max_size=8)),
    st.builds(lambda n: _wav_bytes()[:n], st.integers(0, 844)),
))
@example(b"RIFF\0\0\0\0WAVEdata\0\0\0\0")
@example(b"fLaC\0\0\0\0")
@example(b"OggS" * 20)
def test_any_bytes_are_sound_or_one_line(tmp_path, data):
    file = tmp_path / "any.wav"
    file.write_bytes(data)
    with suppress(WrongUse):
        x = read_wav(file, MIC_HZ)
        assert len(x)
        assert np.isfinite(x).all()


# -- writing --------------------------------------------------------------------------------------
@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50), st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_16_bit_samples_survive_a_round_trip(tmp_path, whole, stereo):
    x = np.array(whole, np.float32) / 32768
    pcm = np.stack([x, -x], axis=1) if stereo else x
    clipped = write_wav(tmp_path / "r.wav", pcm, DEVICE_HZ)
    back, hz = soundfile.read(tmp_path / "r.wav", dtype="float32")
    assert hz == DEVICE_HZ
    assert clipped == 0
    np.testing.assert_allclose(back, pcm, atol=1.01 / 32768)
    if not stereo:
        np.testing.assert_array_equal(read_wav(tmp_path / "r.wav", DEVICE_HZ), x)


def test_clipping_is_counted(tmp_path):
    assert write_wav(tmp_path / "c.wav", np.array([0.0, 1.0, 1.5, -1.0, -2.0], np.float32), MIC_HZ) == 2
    np.testing.assert_allclose(read_wav(tmp_path / "c.wav", MIC_HZ), [0, 1, 1, -1, -1], atol=1e-4)


def test_samples_that_are_no_numbers_are_our_own_mistake_and_write_nothing(tmp_path):
    with pytest.raises(ValueError, match="finite"):
        write_wav(tmp_path / "n.wav", np.array([0.0, np.nan]), MIC_HZ)
    assert list(tmp_path.iterdir()) == []


def test_no_folder_or_a_folder_of_that_name(tmp_path):
    with pytest.raises(Trouble, match="no such file or folder"):
        write_wav(tmp_path / "none" / "x.wav", tone(MIC_HZ), MIC_HZ)
    (tmp_path / "taken.wav").mkdir()
    with pytest.raises(Trouble, match="it is a folder"):
        write_wav(tmp_path / "taken.wav", tone(MIC_HZ), MIC_HZ)
    assert [p.name for p in tmp_path.iterdir()] == ["taken.wav"]


FULL_DISK = """
import resource, signal, sys
import numpy as np
from audio_io.errors import Trouble
from audio_io.wav import write_wav
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_wav(sys.argv[1], np.zeros(16000, np.float32), 16000)
except Trouble as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_fills_up_keeps_the_old_file_and_leaves_no_other(tmp_path):
    file = tmp_path / "kept.wav"
    write_wav(file, tone(MIC_HZ, 0.01), MIC_HZ)
    before = file.read_bytes()
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(file)], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "could not be written" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert not unlike(file.read_bytes(), before)
    assert [p.name for p in tmp_path.iterdir()] == ["kept.wav"]


def test_ctrl_c_in_the_middle_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x.txt", b"some")
    assert list(tmp_path.iterdir()) == []


def test_whether_a_folder_can_be_written_to(tmp_path):
    check_writable(tmp_path / "new" / "deep")
    assert list((tmp_path / "new" / "deep").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="is a file"):
        check_writable(tmp_path / "file")
    with pytest.raises(Trouble, match="not a folder"):
        check_writable(tmp_path / "file" / "below")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder nobody can write to, not even root")
def test_a_folder_nobody_can_write_to():
    with pytest.raises(Trouble, match="choose another folder"):
        check_writable("/proc/self")
