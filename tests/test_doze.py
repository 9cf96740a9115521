"""Ears in a quiet room: what is left out, that nothing is missed for it, and what ends it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assets
from audio_io.dsp.echo import make
from audio_io.dsp.noise_gate import NoiseGate
from audio_io.ears import Ears, Heard
from audio_io.frames import DEVICE_HZ, FRAME, HOP, MIC_HZ, hops
from audio_io.wav import read_wav
from engine.duplex.choose_predictor import FILES, MODELS, make_predictor
from engine.duplex.predictor import View
from engine.duplex.rules import RulePredictor
from engine.runtime.hearing import AGAIN, DOZE, NOBODY, Hearer
from engine.turns.floor import Hop

SCENARIOS = Path(assets.__path__[0], "scenarios")
BLOCK = DEVICE_HZ // 100
QUIET_S = DOZE * HOP / MIC_HZ + 1.0              # enough to doze off


def hiss(seconds, db=-65.0, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(int(seconds * 100) * BLOCK) * 10 ** (db / 20)).astype(np.float32)


class Counts:
    """A predictor that says who is loud, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.rested = [], 0

    def init_state(self):
        return 0

    def __call__(self, heard, view, state):
        self.asked.append(heard.hop)
        return Hop(user_speaking=float(np.abs(heard.clean).max() > 0.05)), state + 1

    def rest(self, state, n):
        self.rested += n
        return state + n


def tone(seconds, amplitude):
    return (amplitude * np.sin(np.arange(int(seconds * DEVICE_HZ)) * 0.07)).astype(np.float32)


def hearer(predictor, free=lambda: True, deaf=lambda: False, vad=lambda: lambda pcm: float(np.abs(pcm).max() > 0.05)):
    return Hearer(Ears(DEVICE_HZ, make("kalman"), vad), predictor, View, free, deaf)


def hear(one, mic, ref=None, blocks=13):
    out = []
    for at in range(0, len(mic), blocks * BLOCK):
        part = mic[at : at + blocks * BLOCK]
        out += list(one.hear(part, np.zeros_like(part) if ref is None else ref[at : at + blocks * BLOCK]))
    return out


def test_a_quiet_room_is_dozed_through_and_the_clock_goes_on():
    counts = Counts()
    one = hearer(counts)
    found = hear(one, hiss(12.0))
    assert one.dozing
    assert [h.heard.hop for h in found] == list(range(1, len(found) + 1))
    assert len(found) == pytest.approx(12.0 * MIC_HZ / HOP, abs=2)
    assert len(counts.asked) == pytest.approx(DOZE, abs=5)
    assert all(h.hop == NOBODY for h in found[DOZE + 5 :])


def test_what_the_recogniser_would_get_is_the_microphone_to_the_sample():
    """Dozing and awake, and over both borders: as late as out of the canceller, nothing twice and nothing missing."""
    mic = hiss(10.0)
    mic[int(8.5 * DEVICE_HZ) :] += tone(1.5, 0.2)
    one, awake = hearer(Counts()), hearer(Counts(), free=lambda: False)
    dozed, heard = hear(one, mic), hear(awake, mic)
    assert any(h.hop == NOBODY for h in dozed)
    assert dozed[-1].hop.user_speaking == 1
    for name in ("clean", "raw", "whole"):
        ours, theirs = (np.concatenate([getattr(h.heard, name) for h in found]) for found in (dozed, heard))
        assert np.abs(ours - theirs).max() < 1e-5, name


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(0, 60))
def test_however_the_blocks_come_the_hops_are_the_same(cuts, at):
    """What is louder may be found in an earlier hop of its batch, never in a later one than where it is."""
    mic = hiss(QUIET_S + 2.0)
    burst = int(QUIET_S * DEVICE_HZ) + at * 240
    mic[burst : burst + DEVICE_HZ] += tone(1.0, 0.3)
    one, found, k = hearer(Counts()), [], 0
    while len(mic):
        n = cuts[k % len(cuts)] * BLOCK
        found += list(one.hear(mic[:n], np.zeros_like(mic[:n])))
        mic, k = mic[n:], k + 1
    assert [h.heard.hop for h in found] == list(range(1, len(found) + 1))
    first = next(h.heard.hop for h in found if h.hop.user_speaking)
    # the sample, the resampler's and the canceller's delay, and the hop it then lies in
    assert first - 1 <= (burst / DEVICE_HZ + 0.0115) * MIC_HZ / HOP <= first + 0.1


@pytest.mark.parametrize(("name", "noise_db"), [("time_in_tokyo", -75.0), ("low_tell_a_story", -65.0),
                                                ("hesitating_timer", -55.0)])
def test_the_products_predictor_hears_a_voice_after_dozing_as_soon_as_without(name, noise_db):
    if any(not (MODELS / file).is_file() for file in FILES):
        pytest.skip("the trained models are not here")
    voice = read_wav(SCENARIOS / f"{name}.wav", DEVICE_HZ)
    mic = hiss(QUIET_S + 3.0 + len(voice) / DEVICE_HZ + 1.0, noise_db)
    at = int((QUIET_S + 3.0) * DEVICE_HZ)
    mic[at : at + len(voice)] += voice
    firsts, lasts = [], []
    for free in (True, False):
        one = Hearer(Ears(DEVICE_HZ, make("kalman")), make_predictor("trained"), View, lambda free=free: free)
        spoken = [h.heard.hop for h in hear(one, mic) if h.hop.user_speaking > 0.6 and h.heard.hop > DOZE]
        firsts.append(spoken[0])
        lasts.append(spoken[-1])
    assert firsts[0] <= firsts[1] + 1
    assert abs(lasts[0] - lasts[1]) <= 1


def test_what_was_no_voice_is_dozed_through_again_soon():
    counts = Counts()
    one = hearer(counts)
    mic = hiss(QUIET_S + 4.0)
    at = int((QUIET_S + 1.0) * DEVICE_HZ)
    mic[at : at + BLOCK] += tone(0.01, 0.01)     # a click: loud for the gate, not for the VAD
    hear(one, mic)
    assert one.dozing
    assert len(counts.asked) - DOZE < AGAIN + 40
    assert counts.rested > 0


def test_whoever_takes_the_floor_and_whatever_is_played_ends_the_doze():
    busy, counts = [], Counts()
    one = hearer(counts, free=lambda: not busy)
    hear(one, hiss(QUIET_S + 1.0))
    assert one.dozing
    busy.append("a typed line")
    n = len(counts.asked)
    hear(one, hiss(0.5, seed=1))
    assert not one.dozing
    assert len(counts.asked) - n >= hops(300)
    busy.clear()
    hear(one, hiss(QUIET_S + 1.0, seed=2))
    assert one.dozing
    hear(one, hiss(0.5, seed=3), ref=hiss(0.5, -20.0, seed=4))
    assert not one.dozing


def test_a_level_that_rises_for_good_is_learnt():
    """Somebody switches a fan on: looked at, found to be no voice, dozed through."""
    one = hearer(Counts())
    hear(one, np.concatenate([hiss(QUIET_S + 1.0), hiss(QUIET_S + 1.0, -50.0, seed=1)]))
    assert one.dozing


def test_with_the_key_up_in_push_to_talk_nobody_is_listened_for():
    counts = Counts()
    one = hearer(counts, deaf=lambda: True)
    mic = hiss(QUIET_S + 3.0)
    mic[::2] += 0.2                              # somebody talks to somebody else all the time
    hear(one, mic)
    assert one.dozing
    assert len(counts.asked) == pytest.approx(DOZE, abs=5)


def test_another_device_is_learnt_before_it_is_dozed_over():
    one = hearer(Counts())
    hear(one, hiss(QUIET_S + 1.0))
    one.new_route()
    assert not one.dozing
    assert one.gate.background is None
    assert len(hear(one, hiss(1.0))) >= hops(900)


@given(st.floats(-72, -30), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_the_gate_stays_shut_over_steady_noise_and_opens_for_what_is_twice_as_loud(db, seed):
    gate, noise = NoiseGate(DEVICE_HZ), hiss(8.0, db, seed)
    gate.learn(noise[: DEVICE_HZ])
    assert not any(gate.opens(noise[at : at + 13 * BLOCK]) for at in range(DEVICE_HZ, len(noise), 13 * BLOCK))
    assert gate.opens(2.5 * noise[: 13 * BLOCK])


def test_what_no_voice_could_be_does_not_open_the_gate_of_a_microphone_that_is_all_but_silent():
    gate, noise = NoiseGate(DEVICE_HZ), hiss(2.0, -100.0)
    gate.learn(noise)
    assert not gate.opens(5 * noise)


@pytest.mark.parametrize("hz", [16_000, 44_100, 48_000])
def test_the_gate_opens_for_a_soft_voice_at_any_rate(hz):
    gate = NoiseGate(hz)
    rng = np.random.default_rng(1)
    noise = (1e-3 * rng.standard_normal(2 * hz)).astype(np.float32)
    gate.learn(noise[:hz])
    assert not gate.opens(noise[: hz // 5])
    tone = 0.01 * np.sin(2 * np.pi * 500 * np.arange(hz // 5) / hz).astype(np.float32)
    assert gate.opens(noise[: hz // 5] + tone)


@pytest.mark.parametrize("n", [1, 40, 2000])
def test_a_rested_predictor_is_one_that_heard_so_much_quiet(n):
    rules, view, silence = RulePredictor(), View(), np.zeros(HOP, np.float32)

    def listen(state, pcm, vad, times):
        for _ in range(times):
            _, state = rules(Heard(1, pcm, pcm, silence, vad, pcm, vad), view, state)
        return state

    state = listen(listen(rules.init_state(), tone(0.1, 0.2)[:HOP], 1.0, 20), silence, 0.0, 100)
    rested, heard = rules.rest(state, n), listen(state, silence, 0.0, n)
    assert (rested.silence, rested.since_play, rested.voice, rested.talked) == (
        heard.silence, heard.since_play, heard.voice, heard.talked)
    assert rested.loud_db == pytest.approx(heard.loud_db)
    assert rested.ref_db == pytest.approx(heard.ref_db)


@pytest.mark.parametrize("name", ["kalman", "aec3", "speex", "off"])
def test_every_canceller_can_rest(name):
    canceller, silence = make(name), np.zeros(FRAME, np.float32)
    for _ in range(200):
        canceller.process(silence, silence)
    canceller.rest(6000)
    assert not np.abs(canceller.process(silence, silence)).max() > 1e-3
