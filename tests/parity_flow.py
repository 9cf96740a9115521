"""CosyVoice2's and CosyVoice3's flows against their golden fixtures, in the reference's modes and as a stream.

Every array of the two fixtures is compared. Tolerances are those of tests/golden/README.md.
"""

import pytest
from golden_files import GOLDEN, close, fixture, torch

from engine.nets.cfm import finish, noise
from engine.nets.flow import Flow, FlowPrompt, FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.tape import Span, Tape

FLOWS = {"cv2_flow_tiny": (FlowV2, FlowV2Config), "cv3_flow_tiny": (FlowV3, FlowV3Config)}
MODULE, ODE = {"atol": 5e-5, "rtol": 5e-5}, {"atol": 1e-4, "rtol": 0}     # attention is SDPA


def flow_of(name):
    weights, arrays, config = fixture(name)
    net, cfg = FLOWS[name]
    net = net(cfg.of(config)).eval()
    net.load_state_dict(weights, strict=True)
    prompt = FlowPrompt(arrays["prompt_token"], arrays["prompt_feat"].transpose(1, 2), arrays["embedding"])
    return Flow(net), prompt, arrays


@pytest.fixture(params=list(FLOWS))
def flow(request):
    return flow_of(request.param)


def tape(frames, chunk):
    return Tape(Span(0, frames, 0, chunk), (), torch.device("cpu"))


@torch.no_grad()
@pytest.mark.parametrize("stream", [0, 1])
def test_flow_estimator(flow, stream):
    runner, _, golden = flow
    for row, mask in enumerate(golden["est_mask"]):
        n = int(mask.sum())                       # the fixture pads the shorter one of a batch, we have no padding
        chunk = runner.net.chunk * 2 if stream else None
        x, mu, cond = (golden[f"est_{k}"][row : row + 1, :, :n] for k in ("x", "mu", "cond"))
        t, speaker = (golden[f"est_{k}"][row : row + 1] for k in ("t", "spks"))
        ours = finish(runner.net.estimator.walk(x, mu, t, speaker, cond, tape(n, chunk)))
        close(ours[0], golden[f"est_out_stream{stream}"][row, :, :n], **MODULE)


@torch.no_grad()
@pytest.mark.parametrize("name", ["stream0", "stream1", "stream1_ctx"])
def test_flow_encoder(name):
    runner, prompt, golden = flow_of("cv2_flow_tiny")
    net, tokens = runner.net, torch.cat([prompt.tokens, golden["token"]], 1)
    ahead = net.cfg.pre_lookahead_len if name.endswith("ctx") else 0
    x = net.input_embedding(tokens)
    n = x.shape[1] - ahead
    chunk = net.chunk if "stream1" in name else None
    tapes = tape(n, chunk), tape(2 * n, chunk and 2 * chunk)
    close(net.encoder(x[:, :n], x[:, n:] if ahead else None, *tapes), golden[f"enc_out_{name}"], **MODULE)


@torch.no_grad()
@pytest.mark.parametrize("name", ["prelook_out", "prelook_out_ctx"])
def test_flow_look_ahead(name):
    runner, prompt, golden = flow_of("cv3_flow_tiny")
    net, tokens = runner.net, torch.cat([prompt.tokens, golden["token"]], 1)
    x = net.input_embedding(tokens)
    n = x.shape[1] - (net.cfg.pre_lookahead_len if name.endswith("ctx") else 0)
    close(net.pre_lookahead_layer(x[:, :n], x[:, n:] if n < x.shape[1] else None, tape(n, None)), golden[name])


def test_flow_noise_is_the_references(flow):
    runner, _, golden = flow
    head = golden["rand_noise_head"]
    ours = noise(runner.net.mel)
    assert torch.equal(ours[:, :, : head.shape[2]], head)
    total, weight = ours.double().sum(), ours.double().abs().sum()
    torch.testing.assert_close(torch.stack([total, weight]), golden["rand_noise_checksum"], atol=1e-6, rtol=1e-9)


def test_flow_mel_whole(flow):
    runner, prompt, golden = flow
    close(runner.mel(golden["token"], prompt), golden["mel_full_final"], **ODE)
    close(runner.mel(golden["token"], prompt, streaming=True), golden["mel_stream_final"], **ODE)


@pytest.mark.parametrize("hop", ["hop1", "hop2"])
def test_flow_mel_of_the_tokens_so_far(flow, hop):
    runner, prompt, golden = flow
    theirs = golden[f"mel_stream_{hop}"]
    tokens = golden["token"][:, : theirs.shape[2] // 2 + runner.net.cfg.pre_lookahead_len]
    close(runner.mel(tokens, prompt, streaming=True, final=False), theirs, **ODE)


def test_flow_mel_without_a_prompt(flow):
    runner, prompt, golden = flow
    theirs = golden["mel_noprompt"]
    nobody = FlowPrompt(prompt.tokens[:, :0], prompt.mel[:, :, :0], prompt.speaker)
    close(runner.mel(golden["token"][:, : theirs.shape[2] // 2], nobody), theirs, **ODE)


@pytest.mark.parametrize(("name", "count"), [("cv2_flow", 112_549_360), ("cv3_flow", 332_257_088)])
def test_flow_has_the_published_names_and_shapes(name, count):
    net, cfg = FLOWS[f"{name}_tiny"]
    with torch.device("meta"):
        full = net(cfg())
    theirs = {}
    for line in (GOLDEN / "keys" / f"{name}.tsv").read_text().splitlines():
        key, shape = line.split("\t")
        theirs[key] = tuple(int(n) for n in shape.strip("()").split(",") if n.strip())
    assert {key: tuple(value.shape) for key, value in full.state_dict().items()} == theirs
    assert sum(p.numel() for p in full.parameters()) == count
