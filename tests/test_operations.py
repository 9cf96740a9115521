"""The count of arithmetic against what is known of the published networks (../shared/reference/models.md 4.1, 4.6)."""

import pytest

pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
pytest.importorskip("transformers", reason="the extra `local` is not installed")

from engine.bench.large.operations import TOKENS_S, voice_operations


@pytest.mark.parametrize(("version", "flow"), [(2, 71.3e6), (3, 331.1e6 - 22 * 1024 * 6144)])
def test_operations_are_those_of_the_published_sizes(version, flow):
    """A weight is a multiply-add a frame, 20 times for 10 steps with guidance; version 3's modulations a step."""
    ours = voice_operations(version)
    assert ours.voice_lm / TOKENS_S == pytest.approx(364e6, rel=0.02)        # 358 M weights and the head
    assert ours.flow == pytest.approx(flow * 20 * 50, rel=0.1)
    assert 10e9 < ours.vocoder < 20e9


def test_operations_of_a_version_that_is_none():
    with pytest.raises(ValueError, match="2 or 3"):
        voice_operations(4)
