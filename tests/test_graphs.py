"""How work is recorded and replayed, with a pretended CUDA: order of the runs, the memory handed on, replays."""

from contextlib import contextmanager

import numpy as np
import pytest
from golden_files import torch
from test_wave import QUICK, TINY, tiny, whole

from engine.nets import graphs
from engine.nets.flow import Left
from engine.nets.flow_recorded import RecordedFlow
from engine.nets.graphs import WARM_UPS, Piece, record
from engine.tts.token2wav import Token2Wav

NEAR = Left(frames=120, tokens=60)


class Cuda:
    """torch.cuda as far as recording needs it. A graph that is replayed runs what was run while it was recorded."""

    def __init__(self, seen):
        self.seen, self.at = seen, "current"

    def Stream(self):
        return self

    def current_stream(self):
        return self

    def wait_stream(self, other):
        self.seen.append("wait")

    @contextmanager
    def stream(self, side):
        self.at = "side"
        yield
        self.at = "current"

    def CUDAGraph(self):
        return self.Graph()

    class Graph:
        played = 0

        def pool(self):
            return "pool"

        def replay(self):
            self.played += 1

    @contextmanager
    def graph(self, graph, pool, stream, capture_error_mode):
        assert capture_error_mode == "thread_local"
        self.at = f"recording into {pool}"
        yield
        self.at = "current"


@pytest.fixture
def cuda(monkeypatch):
    made = Cuda([])
    monkeypatch.setattr(torch, "cuda", made)
    return made


def test_work_is_warmed_up_put_back_and_recorded_once(cuda):
    graph, out = record(lambda: cuda.seen.append(cuda.at) or "out", lambda: cuda.seen.append("again"))
    assert out == "out"
    assert cuda.seen == ["wait", *["again", "side"] * WARM_UPS, "again", "wait", "recording into None", "again"]
    assert graph.played == 0


def test_one_recording_at_a_time(cuda):
    """Two stages may want one at once: a voice's second lane, a chat model's new cache."""
    alone = []
    record(lambda: alone.append(graphs._one.locked()), lambda: None)
    assert alone == [True] * (WARM_UPS + 1)
    assert not graphs._one.locked()


def test_a_piece_replays_once_it_is_recorded(cuda):
    runs = []
    one, two = Piece(lambda: runs.append(cuda.at)), Piece(lambda: runs.append(cuda.at))
    one()
    assert runs == ["current"]
    two.record(one.record())
    assert runs[WARM_UPS + 1 :: WARM_UPS + 1] == ["recording into None", "recording into pool"]
    done = len(runs)
    one()
    one()
    assert (one.graph.played, two.graph.played, len(runs)) == (2, 0, done)


@pytest.mark.parametrize("version", TINY)
def test_a_reply_is_the_same_sound_from_recorded_steps(version, cuda):
    plain, prompt, arrays = tiny(version, left=NEAR)
    flow = RecordedFlow(plain.flow.net, QUICK, NEAR, prompt=100)
    assert not flow.recorded
    flow.solver.record()
    assert flow.recorded
    for piece in flow.solver.pieces:
        piece.graph.replay = piece.work          # as the device does: the same operations, from and to the same places
    ours = Token2Wav(flow, plain.vocoder, how=QUICK, left=NEAR)
    tokens = arrays["tokens"].tolist() * 2
    sounds = [whole(made.stream([tokens], made.voice(prompt))) for made in (plain, ours, ours)]
    assert len(sounds[0]) == len(tokens) * 960
    assert np.abs(sounds[1] - sounds[0]).max() < 0.02        # measured: 0.005; a pitch adds up what the mel differs by
    assert np.array_equal(sounds[1], sounds[2])
