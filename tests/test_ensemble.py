"""The trained predictor and the brain's sense of a whole request, put together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_io.ears import Heard
from audio_io.frames import HOP, hops
from engine.duplex.ensemble import EnsemblePredictor
from engine.duplex.predictor import View
from engine.turns.floor import Floor, Hop

share = st.floats(0, 1)
a_hop = st.builds(Hop, share, share, share, share, share)
QUIET = np.zeros(HOP, np.float32)


class Says:
    """A network that always says the same; its state counts."""

    def __init__(self, hop):
        self.hop = hop

    def init_state(self):
        return 0

    def __call__(self, heard, view, state):
        return self.hop, state + 1


def heard(k, pcm=QUIET, vad=0.0):
    return Heard(k, pcm, pcm, QUIET, vad, pcm, vad)


@given(a_hop, a_hop, st.integers(0, 999))
def test_a_whole_request_waits_for_neither_and_an_open_one_for_both(net, rules, silence):
    judge = EnsemblePredictor(Says(net)).judge
    whole, open_ = judge(net, rules, 0.95, silence), judge(net, rules, 0.05, silence)
    assert whole.turn_done == max(net.turn_done, rules.turn_done)
    assert whole.turn_ending == max(net.turn_ending, rules.turn_ending)
    assert open_.turn_done == min(net.turn_done, rules.turn_done)
    assert (whole.takes_floor, open_.takes_floor) == (net.takes_floor, net.takes_floor)
    assert open_.user_speaking == net.user_speaking >= whole.user_speaking


@given(a_hop, a_hop, st.integers(0, hops(800)))
def test_where_nobody_knows_the_network_decides(net, rules, silence):
    found = EnsemblePredictor(Says(net)).judge(net, rules, 0.5, silence)
    assert found.turn_done == pytest.approx(net.turn_done, abs=0.005)
    assert found.user_speaking == net.user_speaking


@given(a_hop)
def test_but_not_for_ever(net):
    judge = EnsemblePredictor(Says(net)).judge
    odds = [judge(net, Hop(), 0.5, k).turn_done for k in range(hops(2500))]
    assert odds == sorted(odds)
    assert odds[-1] > 0.99


def test_a_voice_over_the_reply_is_told_by_whoever_hears_it_first():
    voice = np.random.default_rng(1).normal(0, 0.1, HOP).astype(np.float32)
    told = {}
    for floor in (Floor.TALKING, Floor.QUIET):
        predictor = EnsemblePredictor(Says(Hop(user_speaking=0.2)))
        state = predictor.init_state()
        for k in range(1, 6):
            hop, state = predictor(heard(k, voice, 0.99), View(floor), state)
        told[floor] = hop.user_speaking
        assert state.network == 5
    assert told[Floor.TALKING] > 0.9
    assert told[Floor.QUIET] == 0.2
