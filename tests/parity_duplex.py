"""The paper's duplex head against its golden fixture."""

import pytest
from golden_files import close, fixture, torch

from engine.nets.predictor import LlmPredictor, LlmPredictorConfig


@pytest.fixture
def duplex():
    weights, arrays, config = fixture("fdp_tiny")
    names = LlmPredictorConfig.__dataclass_fields__
    net = LlmPredictor(LlmPredictorConfig(**{k: v for k, v in config.items() if k in names})).eval()
    net.load_state_dict(weights, strict=True)
    return net, arrays


@torch.no_grad()
def test_the_papers_duplex_head(duplex):
    net, golden = duplex
    close(net.down_proj(golden["llm_hidden"]), golden["down"])
    close(net.task_decoder_layer(golden["down"], None)[0], golden["layer_out"])
    turn, barge, _ = net(golden["llm_hidden"])
    close(turn, golden["turn_taking_logits"])
    close(barge, golden["barge_in_logits"])


@torch.no_grad()
@pytest.mark.parametrize("most", [10**6, 1, 7])
def test_the_papers_duplex_head_streams(duplex, most):
    net, golden = duplex
    past, turns, barges = None, [], []
    for part in golden["llm_hidden"].split(most, 1):         # all at once, one by one, in pieces and a rest
        turn, barge, past = net(part, past)
        turns.append(turn)
        barges.append(barge)
    close(torch.cat(turns, 1), golden["turn_taking_logits"])
    close(torch.cat(barges, 1), golden["barge_in_logits"])


def test_the_papers_duplex_head_has_its_published_size():
    """17,783,172 parameters (../shared/reference/models.md 5.1): the paper says 18 M."""
    with torch.device("meta"):
        net = LlmPredictor(LlmPredictorConfig())
    assert sum(p.numel() for p in net.parameters()) == 17_783_172
