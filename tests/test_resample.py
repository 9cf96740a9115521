import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_io.dsp.resample import Resampler, resample
from audio_io.frames import DEVICE_HZ, MIC_HZ, VOICE_HZ, block_samples

PAIRS = [(DEVICE_HZ, MIC_HZ), (44_100, MIC_HZ), (22_050, VOICE_HZ), (VOICE_HZ, DEVICE_HZ), (MIC_HZ, 44_100),
         (8_000, MIC_HZ), (MIC_HZ, MIC_HZ)]


@pytest.fixture(scope="module")
def resamplers():
    return {pair: Resampler(*pair) for pair in PAIRS}


@settings(deadline=None, max_examples=60)
@given(pair=st.sampled_from(PAIRS), sizes=st.lists(st.integers(0, 700), min_size=1, max_size=12))
def test_any_chunking_gives_what_one_go_gives(resamplers, pair, sizes):
    x = np.random.default_rng(len(sizes)).standard_normal(sum(sizes)).astype(np.float32)
    r = resamplers[pair]
    whole = np.concatenate([r(x), r.flush()])
    pieces = [r(part) for part in np.split(x, np.cumsum(sizes)[:-1])]
    pieces.append(r.flush())
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-5)
    assert len(whole) == -(-len(x) * pair[1] // pair[0])


@pytest.mark.parametrize("pair", PAIRS)
def test_a_tone_keeps_its_time_and_level(pair):
    a, b = pair
    hz = 0.8 * min(a, b) / 2
    y = resample(np.sin(2 * np.pi * hz * np.arange(a // 4) / a).astype(np.float32), a, b)
    want = np.sin(2 * np.pi * hz * np.arange(len(y)) / b)
    middle = slice(b // 50, -b // 50)
    assert np.max(np.abs(y[middle] - want[middle])) < 0.012


def test_what_cannot_be_represented_is_gone():
    loud = np.sin(2 * np.pi * 9_500 * np.arange(DEVICE_HZ) / DEVICE_HZ).astype(np.float32)
    y = resample(loud, DEVICE_HZ, MIC_HZ)[200:-200]
    assert 20 * np.log10(np.std(y) + 1e-12) < -75


@pytest.mark.parametrize("pair", PAIRS)
def test_the_delay_is_constant_and_as_stated(pair):
    r, got = Resampler(*pair), 0
    for i in range(1, 60):
        got += len(r(np.ones(block_samples(pair[0]), np.float32)))
        missing = i * block_samples(pair[0]) * pair[1] / pair[0] - got
        assert missing <= r.delay + 1
        assert missing >= r.delay - 2
    assert r.delay <= 0.00225 * pair[1] or pair[0] == 8_000
    assert len(r.flush()) <= r.delay + 1


def test_equal_rates_pass_a_copy_through():
    r, x = Resampler(MIC_HZ, MIC_HZ), np.arange(5, dtype=np.float32)
    y = r(x)
    np.testing.assert_array_equal(y, x)
    y[0] = 9
    assert x[0] == 0
    assert r.delay == 0


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive"):
        Resampler(0, MIC_HZ)
