"""The vocoder's wide convolutions, computed in parts between yields, are what they are at once."""

import pytest
from golden_files import torch
from parity_vocoder import vocoder_of

from engine.nets.vocoder import Vocoder

NAMES = {"cv2_hift_tiny": 2, "cv3_hift_tiny": 3}


def spoken(monkeypatch, name, part):
    """-> (240 frames of sound, all in one call and a final one, how often it yielded)"""
    for module in ("hift_nets", "vocoder"):
        monkeypatch.setattr(f"engine.nets.{module}.PART", part)
    net, _ = vocoder_of(name, folded=True)
    vocoder, parts, yields = Vocoder(net), [], 0
    mel = torch.randn(1, net.cfg.in_channels, 240, generator=torch.Generator().manual_seed(3)) * 1.5 - 3
    state = vocoder.init_state()
    for n, piece in enumerate(mel.split((200, 40), 2)):
        walk = vocoder.walk_step(piece, state, n == 1)
        while True:
            try:
                next(walk)
                yields += 1
            except StopIteration as end:
                wave, state = end.value
                break
        parts.append(wave)
    return torch.cat(parts, 1), yields


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [7, 64])
def test_parts_are_the_whole(monkeypatch, name, part):
    whole, few = spoken(monkeypatch, name, 10**6)
    ours, many = spoken(monkeypatch, name, part)
    torch.testing.assert_close(ours, whole, atol=2e-5, rtol=0)
    assert many >= few + 3 * (200 // part)               # at least the three that raise the rate
    assert whole.abs().max() > 0.01


def test_the_pitch_from_convolution_to_convolution_is_the_whole():
    net, _ = vocoder_of("cv2_hift_tiny", folded=True)
    mel, yields = torch.randn(1, net.cfg.in_channels, 50, generator=torch.Generator().manual_seed(3)), 0
    with torch.no_grad():
        walk = net.walk_f0(mel)
        while True:
            try:
                next(walk)
                yields += 1
            except StopIteration as end:
                pitch = end.value
                break
        assert torch.equal(pitch, net.f0(mel))
    assert yields == 5                                   # its convolutions
