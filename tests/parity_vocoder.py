"""CosyVoice2's and CosyVoice3's vocoders against their golden fixtures; tolerances as in tests/golden/README.md."""

import pytest
from golden_files import GOLDEN, close, fixture, torch

from engine.nets.cfm import finish
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import HiftConfig, fold_norms

VOCODERS = {"cv2_hift_tiny": HiftV2, "cv3_hift_tiny": HiftV3}
WAVE, OWN_SOURCE = {"atol": 1e-4, "rtol": 0}, {"atol": 1e-3, "rtol": 0}


def vocoder_of(name, folded=False):
    weights, arrays, config = fixture(name)
    net = VOCODERS[name](HiftConfig.of(config)).eval()
    net.load_state_dict(weights, strict=True)
    if folded:
        fold_norms(net)
    return net, arrays


@torch.no_grad()
@pytest.mark.parametrize("folded", [False, True])
def test_vocoder_v2(folded):
    net, golden = vocoder_of("cv2_hift_tiny", folded)
    mel = golden["mel"]
    # the fixture's own rounding is 0.95 of the tolerance, and single precision rounds otherwise on another processor:
    # the network is held to it in double, and its single precision to that
    exact = vocoder_of("cv2_hift_tiny")[0].double().f0(mel.double())
    close(exact.float(), golden["f0"], atol=1e-5, rtol=1e-5)
    close(net.f0(mel), exact.float(), atol=1e-5, rtol=2e-5)
    close(net.m_source(golden["f0"], golden["noise"]), golden["source"], **OWN_SOURCE)     # whatever rand_ini is
    close(net.m_source(golden["f0"]), golden["source_zero_noise"], **OWN_SOURCE)
    close(net.spectrum(golden["source"]), golden["source_stft"], atol=1e-5, rtol=1e-5)
    close(finish(net.walk(mel, golden["source"])), golden["wav"], **WAVE)
    close(finish(net.walk(mel, golden["source_zero_noise"])), golden["wav_zero_noise"], **WAVE)
    cached = golden["cache_source"]
    source = torch.cat([cached, net.m_source(golden["f0"], golden["noise"])[:, :, cached.shape[2] :]], 2)
    close(finish(net.walk(mel, source)), golden["wav_cached_source"], **OWN_SOURCE)


@torch.no_grad()
@pytest.mark.parametrize("folded", [False, True])
def test_vocoder_v3(folded):
    net, golden = vocoder_of("cv3_hift_tiny", folded)
    mel, noise = golden["mel"], golden["noise_buf"].float()
    close(net.f0(mel, final=True), golden["f0_final"], atol=1e-5, rtol=1e-5)
    close(net.m_source(golden["f0_final"], noise), golden["source_final"], **OWN_SOURCE)
    close(finish(net.walk(mel, golden["source_final"])), golden["wav_final"], **WAVE)
    parts = [name for name in golden if name.startswith("wav_part")]
    for name in parts:
        n = int(name.removeprefix("wav_part"))
        f0 = net.f0(mel[:, :, :n], final=False)
        source = net.m_source(f0, noise[:, : f0.shape[1] * net.cfg.frame])
        close(finish(net.walk(mel[:, :, :n], source, final=False)), golden[name], **WAVE)
    assert parts


@torch.no_grad()
@pytest.mark.parametrize("name", VOCODERS)
def test_vocoder_phases_in_double_are_the_references(name):
    """The stream's own sum of phases, which does not grow, makes the same source."""
    net, golden = vocoder_of(name)
    f0 = golden["f0" if "f0" in golden else "f0_final"]
    start = torch.zeros(1, net.cfg.harmonics, dtype=torch.float64)
    close(net.m_source(f0, None, start), net.m_source(f0), **OWN_SOURCE)


@pytest.mark.parametrize(("name", "count"), [("cv2_hift", 20_821_295), ("cv3_hift", 20_779_887)])
def test_vocoder_has_the_published_names_and_shapes(name, count):
    with torch.device("meta"):
        net = VOCODERS[f"{name}_tiny"](HiftConfig())
    theirs = {}
    for line in (GOLDEN / "keys" / f"{name}.tsv").read_text().splitlines():
        key, shape = line.split("\t")
        theirs[key] = tuple(int(n) for n in shape.strip("()").split(",") if n.strip())
    assert {key: tuple(value.shape) for key, value in net.state_dict().items()} == theirs
    assert sum(p.numel() for p in net.parameters()) == count


def test_vocoder_takes_the_older_names_of_weight_norm():
    weights, _, config = fixture("cv2_hift_tiny")
    new = "parametrizations.weight.original"
    old = {key.replace(new + "0", "weight_g").replace(new + "1", "weight_v"): value for key, value in weights.items()}
    assert old.keys() != weights.keys()
    net = HiftV2(HiftConfig.of(config))
    net.load_state_dict(old, strict=True)
    for key, value in net.state_dict().items():
        close(value, weights[key], atol=0, rtol=0)
