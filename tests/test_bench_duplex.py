"""The turn-taking bench: hand-made predictions with known numbers must give exactly these; bad files one line each."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.__main__ import main
from app.settings.settings import load_profile
from audio_io.ears import Heard
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import HOP, MIC_HZ
from audio_io.wav import read_stereo, write_wav
from engine import messages as m
from engine.bench.duplex import eot_curve as eot
from engine.bench.duplex import events as ev
from engine.bench.duplex import full_duplex
from engine.bench.duplex import minmo as duplex_minmo
from engine.bench.duplex import peers as duplex_peers
from engine.bench.duplex import report as duplex_report
from engine.bench.duplex import score as duplex
from engine.bench.duplex.follow import Follower
from engine.bench.duplex.run import Odds, Setup, hear, known_at, predict
from engine.corpus.labels import Event, Labels, find, read
from engine.duplex.choose_predictor import make_predictor
from engine.duplex.predictor import View
from engine.duplex.rules import RulePredictor
from engine.simulation.rehearsal import Cued, Outcome
from engine.turns.floor import Floor, Hop
from engine.turns.rules import TurnRules

RULES = TurnRules()


def labels(user=(), assistant=(), seconds=20.0, name="talk", **more) -> Labels:
    return Labels(Path(f"{name}.wav"), seconds, tuple(user), tuple(assistant), **more)


def odds(seconds=20.0, **outputs) -> Odds:
    """Outputs: what each is from when on, [(seconds, value), ...]; values are known at the end of a 10 ms step."""
    time = np.round(np.arange(1, round(seconds * 100) + 1) * 0.01, 6)
    columns = {}
    for name in ("user_speaking", "turn_done", "turn_ending", "takes_floor", "backchannel_here"):
        column = np.zeros(len(time))
        for at, value in outputs.get(name, ()):
            column[time >= at - 1e-9] = value
        columns[name] = column
    return Odds(time, **columns)


# -- the definitions ------------------------------------------------------------------------------
def test_each_event_takes_the_earliest_decision_in_its_window_and_no_other_one():
    found, fired = ev.match([1.0, 2.0, 9.0], [(5.0, 5.5)], np.array([0.8, 0.9, 2.4, 4.8, 5.2]))
    assert found[:2] == pytest.approx([-0.2, 0.4])
    assert np.isnan(found[2])
    assert fired.tolist() == [True]


def test_a_window_begins_a_quarter_of_a_second_early_and_ends_after_three_seconds_or_at_the_next_event():
    def latency(t):
        return ev.match([10.0], [], np.array([t]))[0][0]

    assert np.isnan(latency(9.74))
    assert latency(9.75) == pytest.approx(-0.25)
    assert latency(13.0) == pytest.approx(3.0)
    assert np.isnan(latency(13.01))
    first, second = ev.match([10.0, 11.0], [], np.array([11.2]))[0]
    assert np.isnan(first)                       # 11.2 lies after the next event: it is that one's
    assert second == pytest.approx(0.2)


def test_a_false_positive_is_one_at_most_and_never_a_right_decision_or_in_a_right_window():
    assert ev.match([], [(5.0, 6.0)], np.array([5.1, 5.2, 5.9]))[1].tolist() == [True]
    assert ev.match([], [(5.0, 6.0)], np.array([4.75]))[1].tolist() == [True]
    assert ev.match([], [(5.0, 6.0)], np.array([4.74, 6.01]))[1].tolist() == [False]
    assert ev.match([6.1], [(5.5, 6.0)], np.array([5.9]))[1].tolist() == [False]


@given(st.lists(st.integers(0, 400), max_size=12, unique=True), st.lists(st.integers(0, 400), max_size=20, unique=True),
       st.integers(-24, 299))
@settings(max_examples=150, deadline=None)
def test_matching_is_one_to_one_and_every_lone_decision_counts(gold, extra, shift):
    golds = [t / 10 * 100 for t in sorted(gold)]             # ten seconds apart: windows cannot touch
    found, _ = ev.match(golds, [], np.array([t + shift / 100 for t in golds]))
    assert found == pytest.approx([shift / 100] * len(golds))
    decisions = np.array(sorted(extra), float)               # a second apart or more: each in one span alone
    found, fired = ev.match([t / 3 for t in sorted(gold)], [(t, t + 0.5) for t in decisions], decisions)
    assert fired.sum() + np.isfinite(found).sum() <= len(decisions)
    if not gold:
        assert fired.all()


def test_a_decision_is_a_rise_from_below():
    o = odds(turn_done=[(1.0, 0.7), (2.0, 0.3), (3.0, 0.5), (4.0, 0.9)])
    assert ev.rises(o.time, o.turn_done, 0.5) == pytest.approx([1.0, 3.0])
    assert ev.rises(o.time, o.turn_done, 0.6) == pytest.approx([1.0, 4.0])


def test_recall_false_positives_and_latencies_come_out_as_they_were_put_in():
    one = labels([Event(0.0, 5.0, "turn", pauses=((2.0, 2.5), (3.0, 3.4), (4.0, 4.05))), Event(9.0, 12.0, "turn")])
    o = odds(turn_done=[(2.3, 0.6), (2.5, 0.1), (5.2, 0.9), (9.0, 0.0), (12.4, 0.55), (12.5, 0.0)])
    gold = ev.end_of_turn(one, 0)
    assert gold.negatives == ((2.0, 2.5), (3.0, 3.4))        # 50 ms is no silence
    found = ev.sweep([gold], [o], "turn_done", np.array([0.5, 0.7]))
    low, high = ev.row(found, 0), ev.row(found, 1)
    assert (low["recall"], low["false positives"], low["p50 ms"]) == (1.0, 0.5, 300)
    assert (high["recall"], high["false positives"], high["p50 ms"]) == (0.5, 0.0, 200)
    assert ev.pick(found) == 1                   # half of the pauses are over the budget of a tenth
    assert ev.pick(found, budget=0.5) == 0
    assert ev.pick(replace(found, fired=np.ones_like(found.fired))) is None


def test_a_noise_under_the_users_own_turn_or_after_the_assistant_is_no_negative_there():
    one = labels([Event(1.0, 6.0, "noise"), Event(3.0, 5.0, "turn"), Event(7.5, 9.0, "other_voice")], [(0.5, 8.0)])
    gold = ev.interruption(one, 0)
    named = dict(zip([tag.kind for tag in gold.negative_tags], gold.negatives, strict=True))
    assert named["noise"] == (1.0, 2.75)
    assert named["other_voice"] == (7.5, 8.0)
    assert ev.over_talk(Event(3.2, 4.0, "cough"), one) == []


def test_interruptions_are_turns_over_the_assistant_and_all_else_over_it_is_a_negative():
    one = labels([Event(1.0, 2.0, "turn"), Event(5.0, 6.0, "turn"), Event(7.0, 7.4, "backchannel", takes_floor=False),
                  Event(9.0, 9.5, "cough"), Event(15.0, 16.0, "cough")], [(4.0, 5.5), (6.5, 12.0)])  # fmt: skip
    gold = ev.interruption(one, 3)
    assert gold.times == (5.0,)
    assert [tag.kind for tag in gold.negative_tags] == ["backchannel", "bleed", "cough", "bleed"]
    assert gold.negatives[1] == pytest.approx((7.65, 8.75))
    assert gold.negatives[3] == pytest.approx((9.75, 12.0))
    assert gold.tags[0].file == 3
    aside = replace(one, asides=((4.0, 5.5),))
    assert ev.interruption(aside, 0).times == ()              # nobody interrupts an "mm-hm"
    o = odds(takes_floor=[(5.3, 0.8), (6.0, 0.0), (9.4, 0.6), (9.6, 0.0)])
    row = ev.row(ev.sweep([gold], [o], "takes_floor", np.array([0.5])), 0)
    assert (row["recall"], row["false positives"], row["p50 ms"]) == (1.0, 0.25, 300)


# -- the end-of-turn curve --------------------------------------------------------------------------
TALK = labels([Event(0.0, 10.0, "turn", pauses=((1.0, 1.15), (2.0, 2.4), (4.0, 5.0), (6.0, 8.0)))], seconds=20.0)


def test_the_spans_are_the_silences_and_the_last_one_lasts_until_the_next_turn():
    talk = replace(TALK, user=(*TALK.user, Event(12.0, 13.0, "backchannel"), Event(15.0, 16.0, "turn")))
    spans = eot.silences(talk, 0)
    assert not any(s.eot for s in eot.silences(replace(TALK, seconds=10.05), 0))       # no silence to judge
    assert [(s.start, round(s.lasts, 3), s.eot) for s in spans] == [
        (1.0, 0.15, False), (2.0, 0.4, False), (4.0, 1.0, False), (6.0, 2.0, False), (10.0, 5.0, True),
        (16.0, 4.0, True)]  # fmt: skip


def test_time_outs_alone_cut_off_the_pauses_that_are_longer():
    found = eot.vad_only(eot.silences(TALK, 0))
    assert (found.holds, found.eots) == (3, 1)                # 150 ms is not scored
    points = eot.operating_points(found, np.array([1.0]))
    assert points["false cutoffs at 300 ms"]["cutoffs"] == 1.0
    assert points["false cutoffs at 600 ms"]["cutoffs"] == pytest.approx(2 / 3, abs=1e-4)
    assert points["latency at 5 % cutoffs"]["latency ms"] == 2000
    timeouts = {round(float(t), 1): found.cut[0, 0, i] for i, t in enumerate(eot.TIMEOUTS)}
    assert timeouts[0.4] == pytest.approx(2 / 3)              # going on at that very moment is not cut off
    assert timeouts[0.3] == 1.0


def test_a_score_that_knows_ends_the_turn_at_once_and_lets_every_pause_be():
    o = odds(turn_done=[(10.0, 0.9)])
    spans = eot.silences(TALK, 0)
    points = eot.operating_points(eot.curve(spans, eot.scores(spans, [o])))
    for policy in ("latency at 5 % cutoffs", "latency at 10 % cutoffs"):
        assert (points[policy]["latency ms"], points[policy]["cutoffs"]) == (100, 0.0)
    assert points["false cutoffs at 300 ms"]["value"] == 0.0


def test_a_reply_that_gives_the_end_away_can_be_left_unheard():
    o = odds(turn_done=[(10.0, 0.2), (10.45, 0.9)])
    talk = replace(TALK, assistant=((10.4, 12.0),))
    spans = eot.silences(talk, 0)
    score = eot.scores(spans, [o])
    deaf = eot.unheard(spans, score, [talk])
    assert np.nanmax(score[-1]) == pytest.approx(0.9)
    assert np.nanmax(deaf[-1]) == pytest.approx(0.2)
    assert np.array_equal(np.isnan(score), np.isnan(deaf))
    assert np.array_equal(deaf[:-1], score[:-1], equal_nan=True)


def test_delay_and_threshold_and_time_out_all_count():
    """One pause of a second scores 0.6 after 0.2 s; the end 0.7 after 0.35 s: known by 0.4 s."""
    o = odds(turn_done=[(4.2, 0.6), (5.0, 0.0), (10.35, 0.7)])
    spans = eot.silences(TALK, 0)
    found = eot.curve(spans, eot.scores(spans, [o]), np.array([0.5, 0.65]))
    timeouts = len(eot.TIMEOUTS) - 1
    assert found.at((0, 0, timeouts)) == pytest.approx((1 / 3, 0.4))
    assert found.at((1, 0, timeouts)) == pytest.approx((0.0, 0.4))
    assert found.at((1, 9, timeouts)) == pytest.approx((0.0, 1.0))            # a delay of a second
    assert found.at((0, 9, timeouts)) == pytest.approx((0.0, 1.0))            # ... is as long as the pause
    assert found.at((1, 0, 14)) == pytest.approx((1 / 3, 0.4))                # 1.5 s cut the pause of 2 s off
    assert np.isnan(found.cut[0, 9, 3])                                       # no time-out before the delay


@given(st.lists(st.tuples(st.integers(2, 50), st.booleans()), min_size=1, max_size=8), st.integers(0, 2**32 - 1),
       st.integers(0, 2), st.integers(0, 19), st.integers(0, 49))
@settings(max_examples=60, deadline=None)
def test_the_whole_grid_is_what_one_policy_at_a_time_gives(shape, seed, threshold, delay, timeout):
    """Against the definition, spelt out span by span."""
    thresholds = np.array([0.2, 0.5, 0.9])
    rng = np.random.default_rng(seed)
    tag = ev.Tag(0, "turn", "-", "-")
    spans = [eot.Silence(0, 0.0, n / 10, last, tag) for n, last in shape]
    score = np.full((len(spans), len(eot.POINTS)), np.nan)
    for i, (n, _) in enumerate(shape):
        score[i, : n - 1] = rng.uniform(0, 1, n - 1)
    found = eot.curve(spans, score, thresholds)
    if eot.TIMEOUTS[timeout] < eot.POINTS[delay]:
        assert np.isnan(found.cut[threshold, delay, timeout])
        return
    ends = []
    for i in range(len(spans)):
        good = [p for p, v in zip(eot.POINTS, score[i], strict=True)
                if p >= eot.POINTS[delay] and v >= thresholds[threshold]]
        ends.append(min([*good, eot.TIMEOUTS[timeout]]))
    cut = [e < s.lasts - 1e-9 for e, s in zip(ends, spans, strict=True) if not s.eot]
    late = [e for e, s in zip(ends, spans, strict=True) if s.eot]
    got = found.at((threshold, delay, timeout))
    assert got[0] == (pytest.approx(np.mean(cut)) if cut else pytest.approx(np.nan, nan_ok=True))
    assert got[1] == (pytest.approx(np.mean(late)) if late else pytest.approx(np.nan, nan_ok=True))


def test_the_frontier_has_only_what_nobody_beats():
    spans = eot.silences(TALK, 0)
    latency, cut = eot.frontier(eot.vad_only(spans))
    assert (np.diff(latency) > 0).all()
    assert (np.diff(cut) < 0).all()
    assert (latency[-1], cut[-1]) == pytest.approx((2.0, 0.0))


# -- MinMo ------------------------------------------------------------------------------------------
def test_f1_counts_decisions_within_so_many_frames_of_80_ms():
    one = labels([Event(0.0, 3.0, "turn"), Event(6.0, 9.0, "turn"), Event(12.0, 15.0, "turn")], [(3.5, 5.0)])
    o = odds(turn_done=[(1.0, 0.9), (1.2, 0), (3.05, 0.9), (3.1, 0), (4.5, 0.9), (4.6, 0), (9.3, 0.9), (9.4, 0),
                        (9.8, 0.9)])  # fmt: skip
    gold = ev.end_of_turn(one, 0)
    found = duplex_minmo.f1([one], [gold], [o], "turn_done", 0.5, during_talk=False)
    # 1.0 is wrong, 3.05 right, 4.5 is over the assistant's talk, 9.3 right within 4 frames, 9.8 belongs to it
    assert found["F1@1"] == pytest.approx(2 * 1 / (2 * 1 + 2 + 2), abs=1e-4)
    assert found["F1@5"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1), abs=1e-4)


# -- who has the floor --------------------------------------------------------------------------------
def test_the_follower_goes_as_the_core_does_and_never_ahead_of_time():
    f = Follower([(1.0, 2.0)], RULES)
    seen = []
    for i in range(200):
        seen.append(f.view.floor)
        t = i * HOP / MIC_HZ
        voice = 0.9 if 0.2 <= t < 0.6 or 1.8 <= t < 2.5 else 0.0
        done = 0.9 if 0.8 <= t < 1.0 or t >= 3.0 else 0.0
        f.step(Hop(voice, done, done))

    def floor(t):
        return seen[int(t * MIC_HZ / HOP)]

    assert [floor(t) for t in (0.1, 0.5, 0.75, 0.93, 1.1, 1.9, 2.2, 2.9, 3.2)] == [
        Floor.QUIET, Floor.HEARING, Floor.HEARING, Floor.QUIET, Floor.TALKING, Floor.TALKING, Floor.HEARING,
        Floor.HEARING, Floor.QUIET]  # fmt: skip
    assert seen.count(Floor.ENDING) == 2                      # a hop each: it was sure at once
    starts = [i for i in range(1, len(seen)) if seen[i] is Floor.TALKING and seen[i - 1] is not Floor.TALKING]
    assert [i * HOP / MIC_HZ >= 1.0 for i in starts] == [True]


def test_the_follower_ends_a_turn_by_itself_after_the_longest_pause():
    f = Follower([], RULES)
    for i in range(300):
        f.step(Hop(user_speaking=0.9 if i < 30 else 0.0))
        if i == 100:
            assert f.view.floor is Floor.HEARING
    assert f.view.floor is Floor.QUIET
    assert f.view.hops_in_floor > 100


class Spy:
    """A predictor that keeps what it is told."""

    told: ClassVar[list[tuple[Heard, View]]] = []

    def init_state(self) -> int:
        return 0

    def __call__(self, heard, view, state):
        self.told.append((heard, view))
        return Hop(user_speaking=min(1.0, state / 100)), state + 1


# -- files --------------------------------------------------------------------------------------------
def speechlike(seconds: float, seed: int) -> np.ndarray:
    """Noise through a syllable-like gate: sound enough to be heard, no more."""
    rng = np.random.default_rng(seed)
    n = int(seconds * MIC_HZ)
    t = np.arange(n) / MIC_HZ
    buzz = np.sign(np.sin(2 * np.pi * 120 * t)) * 0.1 + 0.02 * rng.standard_normal(n)
    return (buzz * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Two conversations of 6 s: a turn, a reply with a back-channel over it, an interruption."""
    data = tmp_path / "data"
    data.mkdir()
    for k in range(2):
        mic, ref = np.zeros(6 * MIC_HZ, np.float32), np.zeros(6 * MIC_HZ, np.float32)
        for start, end in ((0.5, 1.0), (1.3, 1.9), (3.0, 3.2), (4.2, 5.2)):
            mic[int(start * MIC_HZ) : int(start * MIC_HZ) + int((end - start) * MIC_HZ)] = speechlike(end - start, k)
        ref[int(2.3 * MIC_HZ) : int(4.6 * MIC_HZ)] = speechlike(2.3, 7 + k)[: int(4.6 * MIC_HZ) - int(2.3 * MIC_HZ)]
        write_wav(data / f"talk{k}.wav", np.stack([mic, ref], axis=1), MIC_HZ)
        (data / f"talk{k}.json").write_text(json.dumps({
            "version": 1, "voice": "human:7" if k else "synthetic:rms", "room": "desk", "weather": "fine",
            "user": [{"start": 0.5, "end": 1.9, "kind": "turn", "text": "so it is", "pauses": [[1.0, 1.3]]},
                     {"start": 3.0, "end": 3.2, "kind": "backchannel", "text": "mm"},
                     {"start": 4.2, "end": 5.2, "kind": "turn", "text": "wait", "pauses": [], "loud": True}],
            "assistant": [{"start": 2.3, "end": 4.6}]}))  # fmt: skip
    return data


def test_a_folder_of_conversations_is_read_with_its_groups(folder):
    found, bad = find(folder)
    assert bad == []
    assert [(one.name, one.voice, one.condition) for one in found] == [
        ("talk0", "synthetic", "desk"), ("talk1", "human", "desk")]
    assert [e.kind for e in found[0].user] == ["turn", "backchannel", "turn"]
    assert [e.takes_floor for e in found[0].user] == [True, False, True]
    assert found[0].user[0].pauses == ((1.0, 1.3),)


@pytest.mark.parametrize(("change", "says"), [
    ({"version": 2}, "version is 2; this Parley reads version 1"),
    ({"user": None}, "user must be a list"),
    ({"user": [{"start": 1, "end": 2, "kind": "sneeze"}]}, 'kind is "sneeze"; it must be one of turn, backchannel'),
    ({"user": [{"start": 2, "end": 1, "kind": "turn"}]}, "user[0] is 2..1 s"),
    ({"user": [{"start": 1, "end": 99, "kind": "turn"}]}, "within the sound's 0..6.00 s"),
    ({"user": [{"start": "1", "end": 2, "kind": "turn"}]}, "needs start and end as seconds"),
    ({"user": [{"start": 1, "end": 2, "kind": "turn", "pauses": [[3, 4]]}]}, "a pause outside of 1..2 s"),
    ({"user": [{"start": 1, "end": 2, "kind": "turn", "pauses": [1]}]}, "must be a list of [start, end]"),
    ({"assistant": [{"start": float("nan"), "end": 2}]}, "needs start and end as seconds"),
    ("{", "is not JSON"), ("[]", "is not a JSON object"),
])  # fmt: skip
def test_bad_labels_are_one_clear_line_and_the_others_go_on(folder, change, says):
    path = folder / "talk0.json"
    path.write_text(change if isinstance(change, str) else json.dumps(json.loads(path.read_text()) | change))
    found, bad = find(folder)
    assert [one.name for one in found] == ["talk1"]
    assert len(bad) == 1
    assert "\n" not in bad[0]
    assert str(path) in bad[0]
    assert says in bad[0]


def test_missing_halves_and_wrong_channels_are_said(folder):
    (folder / "talk0.json").unlink()
    (folder / "talk1.wav").unlink()
    write_wav(folder / "mono.wav", np.zeros(MIC_HZ, np.float32), MIC_HZ)
    (folder / "broken.wav").write_bytes(b"RIFF")
    (folder / "notes.json").write_text("{}")                  # nobody's labels
    found, bad = find(folder)
    assert found == []
    assert [line.split(": ", 1)[1] for line in bad] == [
        "is not a sound file that can be read; convert it to WAV",
        "has 1 channel where two are needed: left the microphone, right what was played",
        "is missing; every NAME.wav needs its labels in NAME.json",
        "has no talk1.wav beside it; copy the sound too"]
    with pytest.raises(WrongUse, match="is not a folder"):
        find(folder / "nowhere")


def test_stereo_is_read_at_the_rate_that_is_asked_for(folder, tmp_path):
    both = np.stack([speechlike(1.0, 1), np.zeros(MIC_HZ, np.float32)], axis=1)
    write_wav(tmp_path / "fast.wav", np.repeat(both, 3, axis=0), 3 * MIC_HZ)
    found = read_stereo(tmp_path / "fast.wav", MIC_HZ)
    assert found.shape == (MIC_HZ, 2)
    assert np.abs(found[:, 1]).max() == 0
    write_wav(tmp_path / "mono.wav", both[:, 0], MIC_HZ)
    with pytest.raises(WrongUse, match="has 1 channel where two"):
        read_stereo(tmp_path / "mono.wav", MIC_HZ)


def test_the_predictor_hears_every_hop_and_its_values_are_known_when_the_frames_are_complete(folder, tmp_path):
    one = read(folder / "talk0.wav")
    heard = hear(one, "kalman", tmp_path / "ears")
    again = hear(one, "kalman", tmp_path / "ears")
    assert len(list((tmp_path / "ears").iterdir())) == 1
    assert np.array_equal(heard.clean, again.clean)
    Spy.told.clear()
    o = predict(one, heard, Setup(Spy, RULES))
    assert len(o.time) == len(Spy.told) == len(heard.vad)
    assert [h.hop for h, _ in Spy.told] == list(range(1, len(o.time) + 1))
    assert o.time[0] == pytest.approx(0.04)                   # 32 ms need four frames of 10 ms
    assert all(known_at(i + 1) >= (i + 1) * HOP / MIC_HZ - 1e-9 for i in range(50))
    assert o.user_speaking[50] == pytest.approx(0.5)
    talking = [h.hop for h, view in Spy.told if view.floor is Floor.TALKING]
    assert talking[0] == int(np.ceil(2.3 * MIC_HZ / HOP)) + 1
    assert np.isclose(Spy.told[10][0].raw, heard.raw[10 * HOP : 11 * HOP]).all()


def test_kept_ears_that_are_broken_are_made_anew(folder, tmp_path):
    one = read(folder / "talk0.wav")
    first = hear(one, "off", tmp_path)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(hear(one, "off", tmp_path).clean, first.clean)


def test_the_bench_writes_predictions_and_a_report_for_the_product_and_its_peers(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(duplex_peers, "smart_turn", lambda: lambda pcm: min(1.0, len(pcm) / MIC_HZ / 4))
    duplex._ask.cache_clear()
    (folder / "talk1.json").write_text("{}")
    out = tmp_path / "out"
    out.mkdir()
    setup = Setup(RulePredictor, RULES, "kalman", False, out / "ears")
    lines: list[str] = []
    found, data, measured = duplex.bench_duplex(folder, out, "rules", setup, dev=folder, peers=True, say=lines.append)
    duplex._ask.cache_clear()
    assert found["files"] == 1
    assert sum("talk1" in line for line in found["bad"]) == 2                 # once each for data and dev
    assert list(found["systems"]) == ["rules", "VAD time-out", "Smart Turn v3.2"]
    with np.load(out / "predictions.npz") as kept:
        assert sorted(kept) == sorted(f"talk0/{name}" for name in (
            "time", "user_speaking", "turn_done", "turn_ending", "takes_floor", "backchannel_here"))
        assert len({len(kept[name]) for name in kept}) == 1
        assert (np.diff(kept["talk0/time"]) > 0).all()
    rules = found["systems"]["rules"]
    assert rules["end of turn"]["events"] == 2
    assert rules["interruption"]["events"] == 1
    assert [row["condition"] for row in rules["by condition"]] == ["desk"]
    text = duplex_report.markdown(json.loads(json.dumps(found)))              # JSON can hold all of it
    for title in ("## Events", "## End-of-turn curve", "## VAD with every time-out", "## MinMo", "## By voice"):
        assert title in text
    assert all(png.startswith(b"\x89PNG") for png in duplex_report.plots(data, measured).values())


def test_the_command_says_what_is_bad_and_ends_with_1_when_nothing_is_left(folder, tmp_path, capsys):
    for k in range(2):
        (folder / f"talk{k}.json").write_text("{}")
    assert main(["bench", "duplex", "--data", str(folder), "--out", str(tmp_path / "o"), "--predictor", "rules"]) == 1
    said = capsys.readouterr().err
    assert said.count("version is null") == 2
    assert "none of its 2 recordings can be used" in said
    assert main(["bench", "duplex", "--out", str(tmp_path / "o")]) == 2
    assert main(["bench", "duplex", "--data", str(tmp_path / "no"), "--out", str(tmp_path / "o")]) == 2


def test_the_command_measures_and_writes(folder, tmp_path, capsys):
    out = tmp_path / "o"
    assert main(["bench", "duplex", "--data", str(folder), "--out", str(out), "--predictor", "rules", "--whole", "0",
                 "--ears", str(tmp_path / "ears"), "--json"]) == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["version"] == 1
    assert {p.name for p in out.iterdir()} >= {
        "report.json", "report.md", "predictions.npz", "eot_curve.png", "events.png"}


def test_each_predictor_follows_the_floor_with_its_own_thresholds(folder, tmp_path, monkeypatch):
    setups = []

    def keep(data, out, name, setup, *more):
        setups.append(setup)
        raise WrongUse("enough")

    monkeypatch.setattr("engine.bench.duplex.score.bench_duplex", keep)
    for name in ("rules", "trained"):
        monkeypatch.setattr("engine.duplex.choose_predictor.make_predictor", lambda name: None)
        assert main(["bench", "duplex", "--data", str(folder), "--out", str(tmp_path), "--predictor", name]) == 2
    rules, trained = (setup.rules for setup in setups)
    assert rules == TurnRules()
    assert trained == TurnRules(**load_profile("embedded", TurnRules).turns)
    assert trained != rules


def test_a_predictor_that_is_not_there_is_said_before_the_work(tmp_path):
    with pytest.raises(NotHere, match="run `parley train`"):
        make_predictor("trained", tmp_path)
    with pytest.raises(WrongUse, match="is not a predictor"):
        make_predictor("oracle")
    assert isinstance(partial(make_predictor, "rules")(), RulePredictor)


# -- the peers ----------------------------------------------------------------------------------------
def test_the_vad_peer_is_a_time_out_for_every_threshold():
    vad = np.zeros(300)
    vad[20:60] = 0.9
    o = duplex_peers.vad_odds(vad)
    for timeout in (0.3, 1.0, 2.0):
        (decided,) = ev.rises(o.time, o.turn_done, timeout / duplex_peers.LONGEST_S)
        assert decided == pytest.approx(known_at(60) + timeout, abs=0.045)
    assert o.turn_done[:20].max() == 0                        # no voice yet: nothing to end


def test_smart_turn_is_asked_when_the_vad_stops_and_its_answer_stands(folder, tmp_path):
    heard = hear(read(folder / "talk0.wav"), "off", None)
    vad = np.zeros(len(heard.vad), np.float32)
    vad[10:30] = vad[60:80] = 0.9
    asked: list[int] = []

    def ask(pcm):
        asked.append(len(pcm))
        return 0.8 if len(asked) == 1 else 0.2

    done = duplex_peers.smart_turn_done(replace(heard, vad=vad), ask)
    assert len(asked) == 2
    assert done[30:35].max() == 0
    assert done[36:60] == pytest.approx(0.8)
    assert done[60:80].max() == 0
    assert done[86:170] == pytest.approx(0.2)
    assert done[80 + 94 :] == pytest.approx(1.0)              # after three seconds it ends by itself
    assert asked[1] < asked[0] + 50 * HOP                     # the first turn was answered: not heard again


def test_without_the_wheel_there_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(duplex_peers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotHere, match="pip install --no-deps pipecat-ai"):
        duplex_peers.smart_turn()


# -- whole conversations --------------------------------------------------------------------------------
def outcome(*events: m.Event) -> Outcome:
    nothing = np.zeros(48 * 1000, np.float32)
    return Outcome(events, (Cued("turn", 1.0, 5.0),), nothing, nothing, nothing, nothing, 0.0)


def test_a_take_over_is_a_second_of_speech_or_more_than_three_words():
    def reply(end, words):
        return full_duplex.Reply(1.0, end, words)

    assert [reply(*x).takes_over for x in ((2.0, 0), (1.5, 4), (1.5, 3), (1.99, 0))] == [True, True, False, False]
    cut = full_duplex.within(full_duplex.Reply(1.0, 3.0, 8), 1.5)
    assert (cut.end, cut.words) == (1.5, 2)


def test_replies_end_where_they_were_held_unless_they_went_on():
    held = [m.ReplyStarted(2.0, 1), m.ReplyHeard(2.4, 1, "it is late"),
            m.Yielded(2.6, 1, ""), m.ReplyEnded(4.0, 1)]  # fmt: skip
    assert full_duplex.replies(outcome(*held)) == [full_duplex.Reply(2.0, 2.6, 3)]
    went_on = [*held[:3], m.Resumed(3.0, 1), held[3]]
    assert full_duplex.replies(outcome(*went_on)) == [full_duplex.Reply(2.0, 4.0, 3)]


def test_signs_of_listening_where_they_are_welcome_are_near_and_elsewhere_far():
    assert full_duplex.distance([], [(1.0, 1.4)], 4.0) == 1.0
    assert full_duplex.distance([1.1], [], 4.0) is None
    near, far = (full_duplex.distance([t], [(1.0, 1.4)], 4.0) for t in (1.1, 3.1))
    assert near < far
    assert far == pytest.approx(np.sqrt(np.log(2)), abs=1e-3)


def test_turns_are_taken_from_as_many_conversations_as_there_are_and_without_the_assistants_voice(folder):
    found, _ = find(folder)
    turns = full_duplex.turns_of(found, lambda e: True, 4)
    assert [t.name for t in turns] == ["talk0 0.5 s", "talk1 0.5 s"]          # the interruption is not alone
    assert turns[0].pauses[0] == pytest.approx((0.6, 0.9))
    assert turns[0].seconds == pytest.approx(1.6, abs=0.01)


def test_a_broken_stage_is_told_and_does_not_count():
    def broken(*_):
        raise Trouble("the recogniser is gone")

    row = full_duplex._one(full_duplex.Said("x", np.zeros(10, np.float32), (), ()),
                           type("C", (), {"make": broken, "canceller": "off"})(), None)  # fmt: skip
    assert row == {"error": "the recogniser is gone"}
    assert full_duplex._row("pause handling", [row])["n"] == 0
