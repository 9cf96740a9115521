"""MinMo's projectors: their sizes, one go against pieces, which state goes with which token."""

import pytest
from golden_files import close, torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.nets.projector import (
    InputProjector,
    InputProjectorConfig,
    Meanings,
    OutputProjector,
    OutputProjectorConfig,
)


def sized(net):
    return sum(p.numel() for p in net.parameters())


def projector(**sizes):
    torch.manual_seed(1)
    return InputProjector(InputProjectorConfig(**{"encoder": 12, "llm": 16, "heads": 4, "inner": 24} | sizes)).eval()


def test_the_projectors_have_the_published_sizes():
    """../shared/reference/models.md 5.1 and 5.4: 170 M and 6 M in the paper, 170.7 M and 6.42 M counted."""
    with torch.device("meta"):
        net, out = InputProjector(InputProjectorConfig()), OutputProjector(OutputProjectorConfig())
        small = InputProjector(InputProjectorConfig(encoder=512, stride=1))
    assert round((sized(net) - sized(net.enter)) / 1e6, 1) == 170.7
    assert sized(net.enter) == 1280 * 3584 + 3584
    assert sized(small) - sized(small.enter) == sized(net) - sized(net.enter)
    assert sized(out) == 2 * 3584 * 896 + 896
    assert round(sized(out) / 1e6, 2) == 6.42


@settings(max_examples=25)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=8), st.sampled_from([(3, 2), (3, 1), (2, 2), (5, 3)]),
       st.sampled_from([1, 5, 99]))  # fmt: skip
@torch.no_grad()
def test_voice_in_pieces_is_voice_in_one_go(cuts, kernel, left):
    net = projector(kernel=kernel[0], stride=kernel[1], left=left)
    frames = torch.randn(2, sum(cuts), 12)
    whole, _ = net(frames)
    assert whole.shape == (2, sum(cuts) // kernel[1], 16)
    state, parts = net.init_state(2), []
    for part in frames.split(cuts, 1):
        part, state = net(part, state)
        parts.append(part)
    close(torch.cat(parts, 1), whole)
    assert all(past.shape[3] <= left - 1 for past in state.pasts)


@torch.no_grad()
def test_no_embedding_knows_the_future():
    net, frames = projector(), torch.randn(1, 20, 12)
    whole, _ = net(frames)
    other = frames.clone()
    other[:, 10:] += 1
    changed, _ = net(other)
    close(changed[:, :5], whole[:, :5])
    assert (changed[:, 5:] - whole[:, 5:]).abs().amin(-1).amax() > 0


@torch.no_grad()
def test_what_sees_the_future_does_not_stream():
    net, frames = projector(causal=False), torch.randn(1, 20, 12)
    whole, state = net(frames)
    other = frames.clone()
    other[:, 19] += 1
    assert (net(other)[0][:, 0] - whole[:, 0]).abs().max() > 0
    with pytest.raises(ValueError, match="does not stream"):
        net(frames, state)
    with pytest.raises(ValueError, match="kernel 1 under stride 2"):
        projector(kernel=1)


@torch.no_grad()
@pytest.mark.parametrize("norm", [False, True])
def test_a_token_goes_with_the_state_that_predicted_it(norm):
    torch.manual_seed(2)
    project = OutputProjector(OutputProjectorConfig(llm=8, voice=6, norm=norm))
    inputs, hidden = torch.randn(10, 8), torch.randn(10, 8)
    reply = project.semantic(inputs, hidden, 4, 9)
    close(reply, torch.stack([project(inputs[k], hidden[k - 1]) for k in range(4, 9)]))
    close(project.query(inputs[:4], hidden[:4])[2], project(inputs[2], hidden[2]))
    for cuts in ([5], [1] * 5, [2, 0, 3]):
        meanings = Meanings(project, hidden[3])
        parts = [meanings(x, h) for x, h in zip(inputs[4:9].split(cuts), hidden[4:9].split(cuts), strict=True)]
        close(torch.cat(parts), reply)
    for begin, end in ((0, 3), (5, 4), (4, 11)):
        with pytest.raises(ValueError, match="of a sequence of 10"):
            project.semantic(inputs, hidden, begin, end)
