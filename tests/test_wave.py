"""Speech tokens to sound: any split gives the same samples, as many as the tokens say; stopping; bounds; pace."""

from contextlib import closing
from itertools import islice, pairwise

import numpy as np
import pytest
from golden_files import fixture, numbers, torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity_flow import FLOWS
from parity_vocoder import vocoder_of

from audio_io.errors import WrongUse
from engine.nets.flow import Flow, FlowPrompt, Left, Solver
from engine.nets.hift_nets import fold_norms
from engine.nets.vocoder import HELD, Vocoder
from engine.tts.time_stretch import Pace
from engine.tts.token2wav import TOKEN, Call, Hops, Schedule, Token2Wav

TINY = {2: ("cv2_flow_tiny", "cv2_hift_tiny"), 3: ("cv3_flow_tiny", "cv3_hift_tiny")}
QUICK = Solver(steps=1, guidance=0)


def tiny(version, **kwargs):
    flow, vocoder = TINY[version]
    weights, _, config = fixture(flow)
    net, cfg = FLOWS[flow]
    net = net(cfg.of(config)).eval()
    net.load_state_dict(weights, strict=True)
    arrays, _ = numbers(f"cv{version}_stream_e2e_tiny")
    prompt = FlowPrompt(arrays["prompt_token"], arrays["prompt_feat"].transpose(1, 2), arrays["embedding"])
    return Token2Wav(Flow(net), Vocoder(vocoder_of(vocoder, folded=True)[0]), how=QUICK, **kwargs), prompt, arrays


@pytest.fixture(scope="module", params=TINY)
def made(request):
    token2wav, prompt, arrays = tiny(request.param)
    return token2wav, token2wav.voice(prompt), arrays["tokens"].tolist()


def whole(sound):
    return np.concatenate([np.zeros(0, np.float32), *(piece for piece in sound if piece is not None)])


def split(tokens, cuts):
    edges = [0, *sorted(min(cut, len(tokens)) for cut in cuts), len(tokens)]
    return [tuple(tokens[a:b]) for a, b in pairwise(edges)]


@settings(max_examples=8, deadline=None)
@given(n=st.integers(0, 95), cuts=st.lists(st.integers(0, 95), max_size=12))
def test_any_split_is_the_same_sound(made, n, cuts):
    token2wav, voice, tokens = made
    ours = whole(token2wav.stream(split(tokens[:n], cuts), voice))
    assert len(ours) == n * TOKEN
    assert np.array_equal(ours, whole(token2wav.stream([tokens[:n]], voice)))


@settings(max_examples=3, deadline=None)
@given(n=st.integers(0, 95), cuts=st.lists(st.integers(0, 95), max_size=6))
def test_the_references_loop_makes_as_many_samples(made, n, cuts):
    token2wav, voice, tokens = made
    assert len(whole(token2wav.compatible(split(tokens[:n], cuts), voice.prompt))) == n * TOKEN


@pytest.mark.parametrize("version", TINY)
@pytest.mark.parametrize("first", [1, 15])
def test_first_hop(version, first):
    token2wav, prompt, arrays = tiny(version, schedule=Schedule(first=first))
    voice, tokens = token2wav.voice(prompt), arrays["tokens"].tolist()
    assert len(whole(token2wav.stream([tokens], voice))) == len(tokens) * TOKEN
    pulled = []
    batches = (pulled.append(t) or (t,) for t in tokens)
    sound = token2wav.stream(batches, voice)
    next(piece for piece in sound if piece is not None)
    assert len(pulled) == (first + 3 if first > 4 else first + 3 + 25 - (17 + first) % 25)


@given(prompt=st.integers(0, 80), first=st.none() | st.integers(1, 40), hop=st.integers(1, 60), more=st.integers(0, 90))
def test_hops_end_at_chunks_and_go_on(prompt, first, hop, more):
    ends = list(islice(Schedule(hop, hop + more, first=first).ends(prompt), 12))
    assert all(a < b <= a + max(hop, hop + more) for a, b in pairwise(ends))
    if first is None and hop >= 25:
        assert hop % 25 or all((prompt + end) % 25 == 0 for end in ends)


def test_a_stream_counts_its_own_hops(made):
    token2wav, voice, tokens = made
    first = whole(token2wav.stream([tokens], voice))
    with closing(token2wav.stream([tokens], voice)) as sound:
        next(piece for piece in sound if piece is not None)
    assert np.array_equal(first, whole(token2wav.stream([tokens], voice)))


def test_two_streams_at_once_are_two(made):
    token2wav, voice, tokens = made
    alone = [whole(token2wav.stream([t], voice)) for t in (tokens, tokens[::-1])]
    streams = [token2wav.stream([t], voice) for t in (tokens, tokens[::-1])]
    ours = [[], []]
    while any(streams):
        for k, stream in enumerate(streams):
            piece = next(stream, "over") if stream else None
            if isinstance(piece, str):
                streams[k] = None
            elif piece is not None:
                ours[k].append(piece)
    for mine, theirs in zip(ours, alone, strict=True):
        assert np.array_equal(np.concatenate(mine), theirs)


def test_pieces_are_short_and_a_closed_stream_pulls_no_more(made):
    token2wav, voice, tokens = made
    pulled = []
    with closing(token2wav.stream((pulled.append(t) or (t,) for t in tokens), voice)) as sound:
        piece = next(piece for piece in sound if piece is not None)
    assert len(piece) <= TOKEN
    assert piece.dtype == np.float32
    assert piece.flags.owndata
    assert 25 < len(pulled) < len(tokens)


def test_computing_is_done_in_many_small_parts(made):
    token2wav, voice, tokens = made
    assert sum(piece is None for piece in token2wav.stream([tokens[:30]], voice)) > 40


def test_what_a_stream_holds_does_not_grow():
    token2wav, prompt, arrays = tiny(3, left=Left(frames=50, tokens=25))
    flow, vocoder = token2wav.voice(prompt).flow, token2wav.vocoder.init_state()
    tokens, held = arrays["tokens"][None, :50], []
    for _ in range(5):
        mel, flow = token2wav.flow.step(tokens, flow)
        _, vocoder = token2wav.vocoder.step(mel, vocoder)
        held.append((flow.bytes, vocoder.mel.shape[2], vocoder.source.shape[2]))
    assert held[2] == held[3] == held[4]
    assert held[4][1] <= token2wav.vocoder.net.behind + HELD


def test_what_is_wrong_is_said(made):
    token2wav, voice, tokens = made
    for pace in (0.1, 3, float("nan")):
        with pytest.raises(WrongUse, match="pace"):
            next(token2wav.stream([tokens], voice, pace))
    with pytest.raises(ValueError, match="tokens lie in"):
        whole(token2wav.stream([[10**6] * 40], voice))
    with pytest.raises(WrongUse, match="hops"):
        Schedule(hop=0)


def test_no_tokens_are_no_sound_and_one_call_is_final():
    assert list(Hops(Schedule(), 0, 3).read([])) == [None]
    assert [c for c in Hops(Schedule(), 0, 3).read([[1], [2]]) if c] == [Call(2, 0, 2, True)]


# -- the vocoder's stream ---------------------------------------------------------------------------------
def spoken(vocoder, mel, cuts):
    state, parts = vocoder.init_state(), []
    pieces = mel.split(cuts, 2)
    for k, piece in enumerate(pieces):
        wave, state = vocoder.step(piece, state, k == len(pieces) - 1)
        parts.append(wave)
    return torch.cat(parts, 1)


@pytest.mark.parametrize("cuts", [(1,) * 30 + (90,), (34, 66, 20), (50, 0, 70), (120, 0)])
def test_vocoder_v3_as_a_stream_is_the_whole(cuts):
    net, _ = vocoder_of("cv3_hift_tiny")
    vocoder = Vocoder(net)
    mel = torch.randn(1, net.cfg.in_channels, 120, generator=torch.Generator().manual_seed(3)) * 1.5 - 3
    at_once = spoken(vocoder, mel, (120,))
    torch.testing.assert_close(spoken(vocoder, mel, cuts), at_once, atol=2e-5, rtol=0)     # measured: 4e-6
    torch.testing.assert_close(at_once, vocoder.wave(mel), atol=2e-3, rtol=0)              # phases in double or single


@pytest.mark.parametrize("cuts", [(1,) * 30 + (90,), (34, 66, 20), (120, 0)])
def test_vocoder_v2_as_a_stream_is_near_the_whole(cuts):
    """At one pitch: where that is estimated, estimates near a cut differ, and with them all later phases."""
    net, _ = vocoder_of("cv2_hift_tiny", folded=True)

    def level(mel):
        yield
        return torch.full((1, mel.shape[2]), 133.3)

    net.walk_f0 = level
    vocoder = Vocoder(net)
    mel = torch.randn(1, net.cfg.in_channels, 120, generator=torch.Generator().manual_seed(3)) * 1.5 - 3
    at_once, ours = spoken(vocoder, mel, (120,)), spoken(vocoder, mel, cuts)
    assert ours.shape == (1, 120 * net.cfg.frame)
    if len(cuts) == 3:
        assert (ours - at_once).abs().mean() < 0.05 * at_once.pow(2).mean().sqrt()         # measured: 0.01
    elif len(cuts) == 2:
        assert (ours - at_once).abs().max() < 0.5


# -- pace -------------------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(
    pace=st.floats(0.5, 2.5), n=st.integers(1, 120), cuts=st.lists(st.integers(0, 120), max_size=8),
)  # fmt: skip
def test_pace_is_one_grid_however_it_was_cut(pace, n, cuts):
    mel = torch.arange(n, dtype=torch.float32)[None, None] * 2 + 3                         # a ramp: jumps would show
    stretch, parts = Pace(pace), []
    pieces = split(range(n), cuts)
    for k, piece in enumerate(pieces):
        parts.append(stretch(mel[:, :, list(piece)], k == len(pieces) - 1))
    ours = torch.cat(parts, 2)
    assert ours.shape[2] == (n if pace == 1 else int(n / pace))
    at = ((torch.arange(ours.shape[2], dtype=torch.float64) + 0.5) * pace - 0.5).clamp(0, n - 1)
    if pace != 1:
        torch.testing.assert_close(ours[0, 0], (at * 2 + 3).float(), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("pace", [0.5, 0.8, 1.25, 2.5])
def test_pace_scales_the_length(made, pace):
    token2wav, voice, tokens = made
    n = len(whole(token2wav.stream([tokens], voice, pace)))
    assert n == int(len(tokens) * 2 / pace) * TOKEN // 2


def test_fold_norms_changes_nothing():
    net, golden = vocoder_of("cv2_hift_tiny")
    before = Vocoder(net).wave(golden["mel"])
    fold_norms(net)
    torch.testing.assert_close(Vocoder(net).wave(golden["mel"]), before, atol=1e-5, rtol=0)
    assert not any("original" in key for key in net.state_dict())
