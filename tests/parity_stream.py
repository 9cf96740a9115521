"""The reference's streaming loop, end to end: calls exactly, sound within the tolerances of tests/golden/README.md."""

import json

import numpy as np
import pytest
import restated
from golden_files import GOLDEN, numbers, torch
from parity_flow import flow_of
from parity_vocoder import vocoder_of

from engine.nets.flow import FlowPrompt
from engine.nets.vocoder import Vocoder
from engine.tts.token2wav import TOKEN, Hops, Schedule, Token2Wav

STREAMS = {"cv2_stream_e2e_tiny": ("cv2_flow_tiny", "cv2_hift_tiny"),
           "cv3_stream_e2e_tiny": ("cv3_flow_tiny", "cv3_hift_tiny")}  # fmt: skip
# For cv3 README.md has 1e-4, which a like processor keeps: on ours the reference's own order of operations
# (tests/restated.py) is 1.2e-3 off, with other instruction sets 0.5e-3 to 1.2e-3. The reference sums phases in single
# precision: a last bit of the pitch moves a phase by 3e-3. The code itself is held to 1e-4 below, the fixture to this
MOST = {"cv2_stream_e2e_tiny": 1e-2, "cv3_stream_e2e_tiny": 2.5e-3}


def made(name, case):
    """-> (our samples, our calls, the fixture's sound, its calls, what the restated loop needs)"""
    arrays, config = numbers(name)
    flow_name, vocoder_name = STREAMS[name]
    flow, net = flow_of(flow_name)[0], vocoder_of(vocoder_name)[0]
    token2wav = Token2Wav(flow, Vocoder(net, seed=None))
    tokens, mel = arrays["prompt_token"], arrays["prompt_feat"].transpose(1, 2)
    if case == "noprompt":
        tokens, mel = tokens[:, :0], mel[:, :, :0]
    prompt, calls = FlowPrompt(tokens, mel, arrays["embedding"]), []
    sound = token2wav.compatible([arrays["tokens"].tolist()], prompt, calls)
    wave = np.concatenate([piece for piece in sound if piece is not None])
    theirs = arrays[f"wav_{case}"][0].numpy()
    return wave, calls, theirs, config["cases"][case], (flow, net, arrays["tokens"][None], prompt)


@pytest.mark.parametrize("case", ["prompt17", "noprompt"])
@pytest.mark.parametrize("name", STREAMS)
def test_stream_end_to_end(name, case):
    wave, calls, sound, theirs, (_, _, tokens, _) = made(name, case)
    assert [(c.passed, c.offset, c.final) for c in calls] == [
        (c["tokens_passed"], c["token_offset"], c["finalize"]) for c in theirs
    ]
    assert len(wave) == sum(c["samples_out"] for c in theirs) == tokens.shape[1] * TOKEN
    apart = np.abs(wave - sound)
    assert apart.mean() < 5e-4
    assert apart.max() < MOST[name]


@pytest.mark.parametrize("case", ["prompt17", "noprompt"])
def test_stream_end_to_end_is_the_restated_one(case):
    """The reference's operations in its order, on this processor: README.md's 1e-4 for cv3."""
    wave, calls, _, _, given = made("cv3_stream_e2e_tiny", case)
    again = restated.stream(*given, [(c.passed, c.offset, c.final) for c in calls])[0].numpy()
    assert np.abs(wave - again).max() < 1e-4


def test_stream_schedule_is_the_references():
    path = GOLDEN / "stream_schedule.json"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    for case in json.loads(path.read_text())["schedules"]:
        hops = Hops(Schedule(), case["prompt_tokens"], 3)
        calls = [call for call in hops.read([range(case["tokens"])]) if call is not None]
        ours, given = [], 0
        for call in calls:
            upto = call.end * TOKEN - (0 if call.final else 8 * TOKEN // 2)
            ours.append((call.passed, call.offset, call.final, upto - given))
            given = upto
        assert ours == [(c["tokens_passed"], c["token_offset"], c["finalize"], c["samples_out"]) for c in case["calls"]]


def test_stream_uses_no_more_than_the_reference_draws():
    """The fixtures' noise of the vocoder is zero: so is ours without a seed, and not with one."""
    net, _ = vocoder_of("cv2_hift_tiny")
    Vocoder(net, seed=None)
    assert net.m_source.noise_at(0, 4) is None
    Vocoder(net, seed=1)
    assert torch.equal(net.m_source.noise_at(0, 4), net.m_source.noise_at(0, 9)[:, :4])
