"""Speech tokens to mel as a stream: equal to the whole, bounded, cancellable. The golden fixtures give the weights."""

from dataclasses import replace

import pytest
from flows import FLOWS, ODE, flow_of
from golden_files import close, torch

from engine.nets.cfm import NOISE_FRAMES, Solver, finish, noise_at
from engine.nets.flow import Flow, FlowPrompt, Left
from engine.nets.flow_dit import FeedForward
from engine.nets.flow_unet import Resnet, Transformer
from engine.nets.tape import Span

FEW = Solver(steps=2)


@pytest.fixture(params=list(FLOWS), scope="module")
def flow(request):
    return flow_of(request.param)[0]


def random(runner, prompt, n, seed=1):
    """-> a prompt of `prompt` tokens, and n tokens [1, n]"""
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.randint(runner.net.cfg.vocab_size, (1, prompt + n), generator=draw)
    mel = torch.randn(1, runner.net.mel, 2 * prompt, generator=draw)
    speaker = torch.randn(1, runner.net.cfg.spk_embed_dim, generator=draw)
    return FlowPrompt(tokens[:, :prompt], mel, speaker), tokens[:, prompt:]


def stream(runner, state, tokens, pieces):
    """-> the mel of each step, the last one final"""
    mels, parts = [], tokens.split(pieces, 1)
    for i, part in enumerate(parts):
        mel, state = runner.step(part, state, final=i == len(parts) - 1)
        mels.append(mel)
    return mels


@pytest.mark.parametrize(("prompt", "pieces"), [(0, (28, 25, 50, 17)), (17, (15, 1, 0, 2, 30, 37)), (60, (3, 40, 2))])
def test_every_step_is_what_the_whole_would_be_so_far(flow, prompt, pieces):
    voice, tokens = random(flow, prompt, sum(pieces))
    mels = stream(flow, flow.init_state(voice, FEW), tokens, pieces)
    so_far = given = 0
    for i, (n, mel) in enumerate(zip(pieces, mels, strict=True)):
        so_far += n
        whole = flow.mel(tokens[:, :so_far], voice, FEW, streaming=True, final=i == len(pieces) - 1)
        close(mel, whole[:, :, given:], **ODE)
        given = max(given, whole.shape[2])
    assert given == 2 * sum(pieces)


@pytest.mark.parametrize("prompt", [True, False])
def test_with_a_limited_past_the_steps_sizes_do_not_matter(flow, prompt):
    c = flow.net.chunk
    voice, tokens = random(flow, c + 5, 6 * c - 5)    # steps end at whole chunks, the prompt and 3 tokens ahead counted
    left = Left(frames=2 * c + 20, tokens=c + 5, prompt=prompt)
    a, b = (torch.cat(stream(flow, flow.init_state(voice, FEW, left), tokens, pieces), 2)
            for pieces in ((c - 2, c, c, c, c, c - 3), (4 * c - 2, 2 * c - 3)))  # fmt: skip
    close(a, b, **ODE)
    everything = flow.mel(tokens, voice, FEW, streaming=True)
    assert (a - everything).abs().max() > 1e-3                              # the limit limits


@pytest.mark.parametrize("first", [0, 7])
@pytest.mark.parametrize("start", [0, 10, 30])
def test_who_sees_whom(start, first):
    """Chunks of 10 frames: a frame sees its chunk, 12 frames before it, and what is seen for ever."""
    span = Span(start, 43, start, chunk=10, first=first, recent=12)
    mask, keys = span.mask(), span.keys()
    assert keys == sorted(set(keys))
    for i in range(start, 43):
        block = i // 10 * 10
        due = {j for j in range(43) if j < block + 10 and (j < first or j >= block - 12)}
        assert due == {j for j, seen in zip(keys, mask[i - start].tolist(), strict=True) if seen}


def test_everyone_sees_everything_where_nothing_is_limited():
    assert Span(0, 30, 0).mask() is None
    assert Span(20, 30, 30, chunk=10).mask() is None


def test_the_prompt_is_seen_for_ever_if_so_wished(flow):
    voice, tokens = random(flow, 17, 4 * flow.net.chunk)
    ends = []
    for left in (Left(frames=10, tokens=25), Left(frames=10, tokens=25, prompt=False)):
        ends.append(stream(flow, flow.init_state(voice, FEW, left), tokens, (60, tokens.shape[1] - 60))[1])
    assert (ends[0] - ends[1]).abs().max() > 1e-4


def test_a_past_longer_than_the_stream_changes_nothing(flow):
    voice, tokens = random(flow, 30, 70)
    state = flow.init_state(voice, FEW, Left(frames=500, tokens=250))
    close(torch.cat(stream(flow, state, tokens, (48, 22)), 2), flow.mel(tokens, voice, FEW, streaming=True), **ODE)


def test_the_state_stops_growing(flow):
    voice, tokens = random(flow, 30, 12 * flow.net.chunk)
    state, sizes = flow.init_state(voice, FEW, Left(frames=60, tokens=30)), []
    for part in tokens.split(flow.net.chunk, 1):
        _, state = flow.step(part, state)
        sizes.append((state.bytes, state.tokens.shape[1], state.cond.shape[2]))
    assert len(set(sizes[3:])) == 1
    endless = flow.init_state(voice, FEW)
    for part in tokens[:, : 4 * flow.net.chunk].split(flow.net.chunk, 1):
        _, endless = flow.step(part, endless)
    assert endless.bytes > sizes[-1][0]


def test_a_stream_goes_on_past_the_noise(flow):
    """15,000 frames are five minutes: the noise begins again, and nothing grows."""
    quick, (voice, tokens) = Solver(steps=1, guidance=0), random(flow, 0, NOISE_FRAMES // 2 + 100)
    state = flow.init_state(voice, quick, Left(frames=50, tokens=25))
    total, sizes = 0, set()
    for part in tokens.split(250, 1):
        mel, state = flow.step(part, state)
        assert mel.isfinite().all()
        total += mel.shape[2]
        sizes.add(state.bytes)
    assert total > NOISE_FRAMES
    assert len(sizes) <= 2                          # the first step begins with less


def test_past_its_end_the_noise_begins_again(flow):
    assert torch.equal(noise_at(flow.noise, NOISE_FRAMES - 3, NOISE_FRAMES + 5),
                       torch.cat([flow.noise[:, :, -3:], flow.noise[:, :, :5]], 2))  # fmt: skip
    short = Flow(flow.net)
    short.noise = flow.noise[:, :, :64]
    voice, tokens = random(flow, 17, 53)
    mel = torch.cat(stream(short, short.init_state(voice, FEW), tokens, (36, 17)), 2)
    close(mel, short.mel(tokens, voice, FEW, streaming=True), **ODE)


def test_a_state_is_a_value(flow):
    voice, tokens = random(flow, 30, 70)
    start = flow.init_state(voice, FEW)
    before = [t.clone() for t in (*start.slow, *start.fast, *(t for step in start.steps for t in step))]
    one, middle = flow.step(tokens[:, :50], start)
    half = flow.walk_step(tokens[:, 50:], middle, final=True)
    next(half)
    half.close()                                                             # a reply that was cancelled
    again, _ = flow.step(tokens[:, :50], start)
    assert torch.equal(one, again)
    after = [t for t in (*start.slow, *start.fast, *(t for step in start.steps for t in step))]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert torch.cat([one, flow.step(tokens[:, 50:], middle, final=True)[0]], 2).shape[2] == 140


def test_a_walk_yields_between_layers_and_stops_when_closed(flow):
    voice, tokens = random(flow, 0, 40)
    calls = []
    handles = [m.register_forward_hook(lambda *_: calls.append(1)) for m in flow.net.estimator.modules()
               if isinstance(m, Resnet | Transformer | FeedForward)]  # fmt: skip
    walk = flow.walk_step(tokens, flow.init_state(voice, FEW))
    seen = [len(calls) for _ in walk]
    assert max(b - a for a, b in zip([0, *seen], seen, strict=False)) <= 1   # one layer between two yields
    layers, calls[:] = len(calls), []
    assert layers == FEW.steps * len(handles)
    walk = flow.walk_step(tokens, flow.init_state(voice, FEW))
    for _ in range(3):
        next(walk)
    walk.close()
    assert len(calls) <= 3
    for handle in handles:
        handle.remove()


def test_gradients_are_as_they_were_between_yields(flow):
    voice, tokens = random(flow, 0, 40)
    state = flow.init_state(voice, Solver(steps=2, autocast=torch.bfloat16))
    for _ in flow.walk_step(tokens, state):
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
    assert not flow.step(tokens, state)[0].requires_grad


def test_guidance_goes_away_from_what_is_said_without_condition(flow):
    voice, tokens = random(flow, 17, 23)
    none, half, full = (flow.mel(tokens, voice, Solver(steps=1, guidance=g)) for g in (0, 0.5, 1))
    close(full - none, 2 * (half - none), atol=1e-3, rtol=1e-3)              # one step is linear in it
    assert (half - none).abs().max() > 1e-2


def test_more_steps_come_nearer_to_the_solution(flow):
    voice, tokens = random(flow, 17, 23)
    fine = flow.mel(tokens, voice, Solver(steps=40))
    errors = [(flow.mel(tokens, voice, Solver(steps=n)) - fine).abs().mean() for n in (2, 5, 10)]
    assert errors[0] > errors[1] > errors[2]


def test_half_precision_is_near(flow):
    voice, tokens = random(flow, 17, 48)
    exact = flow.mel(tokens, voice, streaming=True)
    state = flow.init_state(voice, Solver(autocast=torch.bfloat16))
    mel = torch.cat(stream(flow, state, tokens, (20, 28)), 2)
    assert mel.dtype == torch.float32
    assert (mel - exact).abs().mean() < 0.05 * exact.abs().mean()


def test_wrong_input_is_refused_in_one_line(flow):
    voice, tokens = random(flow, 17, 23)
    state = flow.init_state(voice, FEW)
    for part in (tokens[0], tokens.float(), tokens + flow.net.cfg.vocab_size):
        with pytest.raises(ValueError, match="flow: tokens"):
            flow.step(part, state)
    with pytest.raises(ValueError, match="flow: a prompt of"):
        flow.init_state(replace(voice, mel=voice.mel[:, :, 1:]))
    with pytest.raises(ValueError, match="at least one"):
        Solver(steps=0)
    _, end = flow.step(tokens, state, final=True)
    with pytest.raises(ValueError, match="final"):
        flow.step(tokens, end)


def test_a_reply_of_nothing_is_no_mel(flow):
    voice, tokens = random(flow, 17, 0)
    mel, _ = flow.step(tokens, flow.init_state(voice, FEW), final=True)
    assert mel.shape == (1, flow.net.mel, 0)
    assert finish(flow.walk_mel(tokens, voice)).shape == (1, flow.net.mel, 0)
