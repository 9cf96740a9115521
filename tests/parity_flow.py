"""CosyVoice2's and CosyVoice3's flows against their golden fixtures, in the reference's modes and as a stream.

Every array of the two fixtures is compared. Tolerances are those of tests/golden/README.md.
"""

from pathlib import Path

import pytest
from flows import FLOWS, ODE, flow_of
from golden_files import close, torch

from engine.nets.cfm import finish, noise
from engine.nets.flow import FlowPrompt
from engine.nets.tape import Span, Tape

MODULE = {"atol": 5e-5, "rtol": 5e-5}          # attention is SDPA


@pytest.fixture(params=list(FLOWS))
def flow(request):
    return flow_of(request.param)


def tape(frames, chunk):
    return Tape(Span(0, frames, 0, chunk), (), torch.device("cpu"))


@torch.no_grad()
@pytest.mark.parametrize("stream", [0, 1])
def test_flow_estimator(flow, stream):
    runner, _, golden, _ = flow
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
    runner, prompt, golden, _ = flow_of("cv2_flow_tiny")
    net, tokens = runner.net, torch.cat([prompt.tokens, golden["token"]], 1)
    ahead = net.cfg.pre_lookahead_len if name.endswith("ctx") else 0
    x = net.input_embedding(tokens)
    n = x.shape[1] - ahead
    chunk = net.chunk if "stream1" in name else None
    tapes = tape(n, chunk), tape(2 * n, chunk and 2 * chunk)
    close(finish(net.encoder.walk(x[:, :n], x[:, n:] if ahead else None, *tapes)), golden[f"enc_out_{name}"], **MODULE)


@torch.no_grad()
@pytest.mark.parametrize("name", ["prelook_out", "prelook_out_ctx"])
def test_flow_look_ahead(name):
    runner, prompt, golden, _ = flow_of("cv3_flow_tiny")
    net, tokens = runner.net, torch.cat([prompt.tokens, golden["token"]], 1)
    x = net.input_embedding(tokens)
    n = x.shape[1] - (net.cfg.pre_lookahead_len if name.endswith("ctx") else 0)
    close(net.pre_lookahead_layer(x[:, :n], x[:, n:] if n < x.shape[1] else None, tape(n, None)), golden[name])


def test_flow_noise_is_the_references(flow):
    runner, _, golden, _ = flow
    head = golden["rand_noise_head"]
    ours = noise(runner.net.mel)
    assert torch.equal(ours[:, :, : head.shape[2]], head)
    total, weight = ours.double().sum(), ours.double().abs().sum()
    torch.testing.assert_close(torch.stack([total, weight]), golden["rand_noise_checksum"], atol=1e-6, rtol=1e-9)


def test_flow_mel_whole(flow):
    runner, prompt, golden, how = flow
    close(runner.mel(golden["token"], prompt, how), golden["mel_full_final"], **ODE)
    close(runner.mel(golden["token"], prompt, how, streaming=True), golden["mel_stream_final"], **ODE)


@pytest.mark.parametrize("hop", ["hop1", "hop2"])
def test_flow_mel_of_the_tokens_so_far(flow, hop):
    runner, prompt, golden, how = flow
    theirs = golden[f"mel_stream_{hop}"]
    tokens = golden["token"][:, : theirs.shape[2] // 2 + runner.net.cfg.pre_lookahead_len]
    close(runner.mel(tokens, prompt, how, streaming=True, final=False), theirs, **ODE)


def test_flow_mel_step_by_step(flow):
    """With caches, at the reference's hops: each step is its streaming mode's mel of the tokens so far, cut."""
    runner, prompt, golden, how = flow
    state, done, given = runner.init_state(prompt, how), 0, 0
    for hop in ("hop1", "hop2", "final"):
        theirs, final = golden[f"mel_stream_{hop}"], hop == "final"
        so_far = theirs.shape[2] // 2 + (0 if final else runner.net.cfg.pre_lookahead_len)
        mel, state = runner.step(golden["token"][:, done:so_far], state, final)
        close(mel, theirs[:, :, given:], **ODE)
        done, given = so_far, theirs.shape[2]


def test_flow_mel_without_a_prompt(flow):
    runner, prompt, golden, how = flow
    theirs = golden["mel_noprompt"]
    nobody = FlowPrompt(prompt.tokens[:, :0], prompt.mel[:, :, :0], prompt.speaker)
    close(runner.mel(golden["token"][:, : theirs.shape[2] // 2], nobody, how), theirs, **ODE)


@pytest.mark.parametrize(("name", "count"), [("cv2_flow", 112_549_360), ("cv3_flow", 332_257_088)])
def test_flow_has_the_published_names_and_shapes(name, count):
    net, cfg = FLOWS[f"{name}_tiny"]
    with torch.device("meta"):
        full = net(cfg())
    theirs = {}
    for line in (Path(__file__).parent / "golden" / "keys" / f"{name}.tsv").read_text().splitlines():
        key, shape = line.split("\t")
        theirs[key] = tuple(int(n) for n in shape.strip("()").split(",") if n.strip())
    assert {key: tuple(value.shape) for key, value in full.state_dict().items()} == theirs
    assert sum(p.numel() for p in full.parameters()) == count
