"""The flow at fixed addresses computes what the other one does; states are values all the same.

Only the recording of its pieces needs CUDA; everything else is the code that runs there."""

import gc
from dataclasses import replace

import pytest
from flows import FLOWS, ODE, flow_of
from golden_files import close, torch
from test_flow import random, stream

from engine.nets.cfm import Solver
from engine.nets.flow import Flow, Left
from engine.nets.flow_recorded import RecordedFlow

FEW = Solver(steps=2)
NEAR = Left(frames=120, tokens=60)               # no multiple of a chunk, and soon reached


@pytest.fixture(params=list(FLOWS), scope="module")
def net(request):
    return flow_of(request.param)[0].net


@pytest.fixture(scope="module")
def fixed(net):
    return RecordedFlow(net, FEW, NEAR, prompt=150)


@pytest.mark.parametrize(("prompt", "pieces"), [
    (0, (28, 50, 17)), (17, (15, 1, 0, 2, 30, 37)), (75, (12, 13, 25, 100, 60)), (75, (28, 25, 0)),
])
def test_every_hop_is_the_other_flows(net, fixed, prompt, pieces):
    plain = Flow(net)
    voice, tokens = random(plain, prompt, sum(pieces))
    ours, theirs = fixed.init_state(voice, FEW, NEAR), plain.init_state(voice, FEW, NEAR)
    assert ours.live is not None
    assert ours.steps == ()
    for mine, other in zip(stream(fixed, ours, tokens, pieces), stream(plain, theirs, tokens, pieces), strict=True):
        close(mine, other, **ODE)


@pytest.mark.parametrize(("left", "guidance"), [
    (Left(frames=30, tokens=30, prompt=False), 0.7), (Left(frames=0, tokens=25), 0),
])
def test_other_limits_and_no_guidance(net, left, guidance):
    how = Solver(3, guidance)
    fixed, plain = RecordedFlow(net, how, left, prompt=120), Flow(net)
    voice, tokens = random(plain, 55, 180)
    pieces = (40, 100, 40)
    ours, theirs = (torch.cat(stream(f, f.init_state(voice, how, left), tokens, pieces), 2) for f in (fixed, plain))
    close(ours, theirs, **ODE)


def test_two_streams_turn_by_turn_within_a_hop(net, fixed):
    plain, pieces = Flow(net), (28, 50, 25)
    alone, runs, ours = [], [], [[], []]
    for seed, prompt in ((1, 30), (2, 75)):
        voice, tokens = random(plain, prompt, sum(pieces), seed)
        alone.append(stream(plain, plain.init_state(voice, FEW, NEAR), tokens, pieces))
        runs.append(hops(fixed, fixed.init_state(voice, FEW, NEAR), tokens.split(pieces, 1)))
    while any(runs):
        for k, run in enumerate(runs):
            made = next(run, "over") if run else None
            if isinstance(made, str):
                runs[k] = None
            elif made is not None:
                ours[k].append(made)
    for mine, theirs in zip(ours, alone, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            close(a, b, **ODE)


def hops(flow, state, parts):
    """-> mels, None where the flow yields"""
    for k, part in enumerate(parts):
        walk = flow.walk_step(part, state, k == len(parts) - 1)
        while True:
            try:
                yield next(walk)
            except StopIteration as end:
                mel, state = end.value
                break
        yield mel


def test_any_state_may_be_gone_on_from_again(fixed):
    voice, tokens = random(fixed, 30, 120)
    states, mels = [fixed.init_state(voice, FEW, NEAR)], []
    for part in tokens.split((28, 12, 50, 30), 1):
        mel, state = fixed.step(part, states[-1])
        mels.append(mel)
        states.append(state)
    for k in (2, 0, 3):
        part = tokens.split((28, 12, 50, 30), 1)[k]
        again, _ = fixed.step(part, states[k])
        close(again, mels[k], **ODE)
    end, closed = fixed.step(tokens[:, :0], states[-1], final=True)
    assert end.shape[2] == 2 * 3
    with pytest.raises(ValueError, match="final"):
        fixed.step(tokens, closed)


@pytest.mark.parametrize("before", [1, 3])
def test_a_hop_that_is_closed_leaves_no_trace(fixed, before):
    voice, tokens = random(fixed, 30, 78)
    start = fixed.init_state(voice, FEW, NEAR)
    first, state = fixed.step(tokens[:, :28], start)
    walk, yields = fixed.walk_step(tokens[:, 28:], state), 0
    while True:
        try:
            next(walk)
            yields += 1
        except StopIteration as end:
            due, _ = end.value
            break
    _, state = fixed.step(tokens[:, :28], start)
    walk = fixed.walk_step(tokens[:, 28:] * 0 + 3, state)    # other tokens
    for _ in range(yields - before):             # the last four are between the solver's steps
        next(walk)
    walk.close()
    assert state.live.page.version != state.live.version         # the page had begun to change
    close(fixed.step(tokens[:, 28:], state)[0], due, **ODE)
    again, _ = fixed.step(tokens[:, :28], start)
    assert torch.equal(again, first)


def test_the_steady_case_copies_no_context_and_moves_none(fixed):
    voice, tokens = random(fixed, 30, 300)
    state, kept = fixed.init_state(voice, FEW, NEAR), []
    keep, put = fixed.solver._keep, fixed.solver._put
    fixed.solver._keep = lambda page: (kept.append("keep"), keep(page))[1]
    fixed.solver._put = lambda value: (kept.append("put"), put(value))[1]
    try:
        places = [t.data_ptr() for t in fixed.solver.buffers]
        for part in tokens[:, :200].split(50, 1):
            _, state = fixed.step(part, state)
        assert kept == ["put"]                   # the voice's own state, at the stream's start
        assert [t.data_ptr() for t in fixed.solver.buffers] == places
        assert state.steps == ()
        del state
        gc.collect()
        fixed.step(tokens[:, :50], fixed.init_state(voice, FEW, NEAR))
        assert kept == ["put", "keep", "put"]    # a new voice is kept; the stream that nobody holds is not
    finally:
        del fixed.solver._keep, fixed.solver._put


def test_what_does_not_fit_is_said_and_computed_as_ever(net, fixed):
    plain = Flow(net)
    voice, tokens = random(plain, 76, 60)
    assert fixed.why_not(voice) == "the voice's recording has 3.04 s, there is room for 3.00"
    for how, left in ((FEW, NEAR), (Solver(steps=3), NEAR), (FEW, Left())):
        short = voice if left == NEAR and how == FEW else random(plain, 20, 0)[0]
        assert fixed.why_not(short, how, left)
        ours, theirs = (f.init_state(short, how, left) for f in (fixed, plain))
        assert ours.live is None
        for a, b in zip(stream(fixed, ours, tokens, (30, 30)), stream(plain, theirs, tokens, (30, 30)), strict=True):
            assert torch.equal(a, b)
    assert not fixed.why_not(replace(voice, tokens=voice.tokens[:, 1:], mel=voice.mel[:, :, 2:]))
    with pytest.raises(ValueError, match="a past with a limit"):
        RecordedFlow(net, FEW, Left())
    assert torch.equal(fixed.mel(tokens, voice, FEW), plain.mel(tokens, voice, FEW))
