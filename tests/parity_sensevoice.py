"""SenseVoiceSmall against the public reference: fixture `sensevoice_tiny`, and the keys at the published size."""

import ast

import pytest
from golden_files import GOLDEN, close, fixture, torch

pytest.importorskip("transformers", reason="the extra `local` is not installed")

from engine.nets import sensevoice as sv

OURS = {"eager": 1e-5, "sdpa": 5e-5}


def _net(attention):
    weights, arrays, config = fixture("sensevoice_tiny")
    conf = config["encoder_conf"]
    cfg = sv.SenseVoiceConfig(
        vocab=config["vocab_size"], stacked=config["input_size"] // 80, width=conf["output_size"],
        heads=conf["attention_heads"], inner=conf["linear_units"], layers=conf["num_blocks"],
        tp_layers=conf["tp_blocks"], kernel=conf["kernel_size"], queries=len(weights["embed.weight"]),
    )  # fmt: skip
    return sv.from_reference(weights, cfg, attention), arrays, config, weights


def _query_names(config):
    (language,) = (name for name, row in sv.LANGUAGE_ROWS.items() if row == config["lid_row"])
    (norm,) = (name for name, row in sv.NORM_ROWS.items() if row == config["textnorm_row"])
    return language, norm


@pytest.mark.parametrize("attention", OURS)
def test_sensevoice_encoder_with_padding(attention):
    net, arrays, config, _ = _net(attention)
    x = net.with_queries(arrays["speech"], *_query_names(config))
    lengths = arrays["enc_lens"].long()
    for i, n in enumerate(lengths):              # the rest is padding
        close(x[i, :n], arrays["x_in"][i, :n], atol=0, rtol=0)
    with torch.no_grad():
        out = sv.finish(net.encode(x, lengths))
        theirs = net.encoder(input_features=x, input_features_mask=(torch.arange(x.shape[1]) < lengths[:, None]).long())
        alone = sv.finish(net.encode(x[1:2, : lengths[1]]))
    tolerance = {"atol": OURS[attention], "rtol": OURS[attention]}
    for i, n in enumerate(lengths):
        close(out[i, :n], arrays["enc_out"][i, :n], **tolerance)
        close(out[i, :n], theirs.last_hidden_state[i, :n], atol=0, rtol=0)
    close(alone, arrays["enc_out_item1_unpadded"], **tolerance)


def test_sensevoice_head_and_greedy_ids():
    net, arrays, config, _ = _net("eager")
    with torch.no_grad():
        log_probs = net(arrays["speech"], arrays["speech_lengths"], *_query_names(config))
    for i, n in enumerate(arrays["enc_lens"].tolist()):
        close(log_probs[i, :n], arrays["ctc_log_probs"][i, :n], atol=2e-5, rtol=1e-5)
        assert sv.greedy(log_probs[i, :n]) == [k for k in arrays["greedy_ids"][i].tolist() if k >= 0]


def test_sensevoice_keys_go_there_and_back():
    net, _, _, weights = _net("sdpa")
    back = sv.to_reference(net)
    assert back.keys() == weights.keys()
    for key, tensor in weights.items():
        close(back[key], tensor, atol=0, rtol=0)


def test_sensevoice_names_the_first_wrong_key():
    net, _, _, weights = _net("sdpa")
    first = min(weights)
    for broken, word in ((dict(weights, aaa=torch.zeros(1)), "aaa is not"),
                         ({k: v for k, v in weights.items() if k != first}, f"{first} is missing"),
                         (dict(weights, **{first: torch.zeros(3, 1)}), f"{first} has the shape")):  # fmt: skip
        with pytest.raises(ValueError, match=word.replace(".", r"\.")):
            sv.from_reference(broken, net.cfg)


def test_sensevoice_too_long_is_refused():
    net, _, _, _ = _net("sdpa")
    with pytest.raises(ValueError, match="positions"):
        next(net.encode(torch.zeros(1, net.cfg.longest + 1, net.cfg.input)))


def test_sensevoice_tags_are_a_softmax_over_their_own_classes():
    logs = torch.log_softmax(torch.randn(5, 30, generator=torch.Generator().manual_seed(1)), -1)
    ids = sv.TagIds({"zh": 3, "en": 4}, {"HAPPY": 7, "SAD": 9, "EMO_UNKNOWN": 11}, {"Speech": 20}, {"woitn": 1})
    p = sv.tag_probabilities(logs, ids)
    assert p["language"]["zh"] == pytest.approx((logs[0, 3].exp() / logs[0, 3:5].exp().sum()).item())
    assert p["emotion"]["SAD"] == pytest.approx((logs[1, 9].exp() / logs[1, [7, 9, 11]].exp().sum()).item())
    assert p["event"] == {"Speech": 1.0}
    assert p["norm"] == {"woitn": 1.0}
    assert set(sv.tag_probabilities(logs, ids, ["EMO_UNKNOWN"])["emotion"]) == {"HAPPY", "SAD"}


def test_sensevoice_published_keys_and_shapes():
    path = GOLDEN / "keys" / "sensevoice_small.tsv"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    rows = [line.split("\t") for line in path.read_text().splitlines() if line]
    assert sv.reference_shapes(sv.SenseVoiceConfig()) == {key: ast.literal_eval(shape) for key, shape in rows}
