"""Scenarios on simulated time, a golden trace, and invariants of the core for any history."""

import contextlib
import copy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.turns.core import REPLYING, Turns
from engine.turns.floor import (
    Action,
    Announce,
    Asked,
    BackChannel,
    Broken,
    Cancel,
    Duck,
    Floor,
    Halt,
    Heard,
    HeardNothing,
    Hold,
    Hop,
    Listen,
    Mode,
    OutOfTurn,
    Recognised,
    Release,
    Resume,
    Settle,
    Sounding,
    Spoken,
    TalkKey,
    Tell,
    Think,
    Told,
    Typed,
    Untold,
)
from engine.turns.lexicon import is_back_channel, is_stop
from engine.turns.rules import TurnRules
from tests.playscript import Playscript

GOLDEN = Path(__file__).parent / "golden"


def story() -> Playscript:
    """The assistant has been telling a story for about a second."""
    play = Playscript(reply_ms=8000).says("tell me a story", 800).silence(1900)
    assert play.core.state is Floor.TALKING
    return play


def test_an_answer_waits_until_the_predictor_is_sure():
    play = Playscript().says("what time is it", 1500).run(450)
    assert not play.of(Think)
    play.silence(300)
    assert play.of(Think) == [Think(1, "what time is it")]


def test_patience_moves_the_threshold_and_a_question_of_ours_adds_to_it():
    rules = [TurnRules(patience=p) for p in (0.0, 0.5, 1.0)]
    assert [round(r.done_at(), 2) for r in rules] == [0.2, 0.5, 0.8]
    assert TurnRules().done_at(asked=True) > TurnRules().done_at()


def test_a_voice_without_words_is_heard_nothing_and_not_a_turn():
    play = Playscript().says("", 300).silence(1500)
    assert play.of(HeardNothing)
    assert not play.of(Think)
    assert play.core.state is Floor.QUIET


def test_a_cough_ducks_but_does_not_interrupt():
    play = story().says("", 100, takes=0.1).silence(600)
    assert play.of(Duck) == [Duck(True), Duck(False)]
    assert not play.of(Hold)
    assert play.core.state is Floor.TALKING


def test_a_longer_noise_stops_the_reply_but_it_resumes_when_no_words_come():
    play = story().says("", 700).silence(2600)
    assert play.of(Hold)
    assert play.of(Resume)
    assert not play.of(Cancel)
    assert play.core.state is Floor.TALKING


def test_a_back_channel_that_went_too_far_is_repaired_as_soon_as_its_words_are_known():
    play = story()
    start = play.ms
    play.says("yeah okay right", 600).silence(900)
    (resumed,) = [ms for ms, act in play.log if isinstance(act, Resume)]
    assert resumed - start < 600 + 600
    assert not play.of(Cancel)


def test_resuming_can_be_switched_off():
    play = Playscript(reply_ms=8000, resume=False).says("tell me a story", 800).silence(1900)
    play.says("", 700).silence(2600)
    assert play.of(Cancel) == [Cancel(1)]
    assert play.core.state is Floor.QUIET


def test_a_hum_is_not_a_turn():
    play = Playscript().says("mm hm", 500).silence(1200)
    assert play.of(HeardNothing)
    assert not play.of(Think)


def test_a_real_interruption_ducks_at_once_and_becomes_the_next_turn():
    play = story()
    start = play.ms
    play.says("what time is it in paris", 1400).silence(1200)
    ducked, held = (next(ms for ms, a in play.log if ms > start and isinstance(a, k)) for k in (Duck, Hold))
    assert ducked - start <= 64
    assert held - start <= 100
    assert play.of(Cancel) == [Cancel(1)]
    assert play.of(Think)[-1].text == "what time is it in paris"


def test_a_gap_between_two_words_is_no_end_of_an_interruption():
    """The predictor, sure of a finished turn a moment ago, need not have caught up with the voice over the reply."""
    play = story()
    play.done_ms = play.ending_ms = 0.0
    play.says("what is", 250).run(64).says("what is the time in paris", 1100).silence(1200)
    assert not play.of(Resume)
    assert len(play.of(Hold)) == 1
    assert play.of(Think)[-1].text == "what is the time in paris"


def test_a_short_interruption_counts_only_if_it_makes_sense():
    assert story().says("louder", 350, sense=0.9).silence(1200).of(Cancel)
    nonsense = story().says("who him", 350, sense=0.5).silence(1200)
    assert nonsense.of(Resume)
    assert not nonsense.of(Cancel)


def test_stop_ends_the_reply_before_the_words_are_final_and_nothing_is_answered():
    play = story()
    start = play.ms
    play.says("stop", 350, takes=0.0).silence(1500)
    (cancelled,) = [ms for ms, act in play.log if isinstance(act, Cancel)]
    assert cancelled - start <= 400
    assert len(play.of(Think)) == 1
    assert play.core.state is Floor.QUIET


def test_a_stop_word_that_was_obeyed_is_not_turned_into_a_question_by_its_final_words():
    play = story()
    play.says("stop", 350, takes=0.0)
    play.run(200)
    play.text = "in tokyo"                                   # what the recogniser makes of it in the end
    play.silence(1500)
    assert len(play.of(Think)) == 1
    assert play.core.state is Floor.QUIET


def test_stop_the_timer_stops_the_reply_and_is_a_request_too():
    play = story()
    play.says("stop", 250, takes=0.0)
    play.text = "stop the timer"
    play.run(500, speech=0.9).silence(1500)
    assert play.of(Cancel)
    assert play.of(Think)[-1].text == "stop the timer"


def test_whoever_interrupted_is_asked_for_the_words_even_if_nobody_is_sure_that_it_was_all():
    play = story()
    play.done_ms = 1e9                           # a predictor that never is
    play.says("the other one", 900, sense=0.5).silence(1000)
    assert play.of(Think)[-1].text == "the other one"
    assert not play.of(Resume)


def test_the_stop_key_works_in_every_state():
    for play in (Playscript(), Playscript().says("well", 300), Playscript().says("hello", 500).silence(650), story(),
                 story().says("wait a moment", 600)):  # fmt: skip
        play.step(Halt())
        assert play.core.state is Floor.QUIET
        assert not play.core.ducked
        play.silence(400)
        assert play.core.state is Floor.QUIET


def test_who_goes_on_before_the_answer_sounds_is_answered_for_the_whole():
    play = Playscript(think_ms=900).says("set a timer", 800).silence(700)
    assert play.of(Think) == [Think(1, "set a timer")]
    play.says("for ten minutes", 700).silence(2000)
    assert Cancel(1) in play.of(Cancel)
    assert play.of(Think)[-1].text == "set a timer for ten minutes"


def test_who_goes_on_while_the_final_words_are_on_their_way_keeps_the_floor():
    play = Playscript(final_ms=400).says("set a timer", 800).silence(560)
    assert play.core.state is Floor.ENDING
    play.text = "set a timer"
    play.run(100, speech=0.9).run(500, speech=0.9)
    play.text = "for ten minutes"
    play.silence(1500)
    assert [t.text for t in play.of(Think)] == ["set a timer for ten minutes"]


def test_lost_final_words_do_not_lock_the_floor():
    play = Playscript(final_ms=60_000).says("what time is it", 900).silence(4000)
    assert [t.text for t in play.of(Think)] == ["what time is it"]


def test_a_timer_waits_for_a_quiet_moment():
    play = Playscript().says("tell me a story", 800)
    play.step(Announce("Your timer is done."))
    assert not play.of(Tell)
    play.silence(700 + 300 + 2000 + 400)
    assert [t.text for t in play.of(Tell)] == ["Your timer is done."]


def test_typing_interrupts_and_is_answered():
    play = story()
    play.step(Typed("and in tokyo"))
    assert play.of(Cancel) == [Cancel(1)]
    assert play.of(Think)[-1].text == "and in tokyo"


def test_a_broken_stage_gives_the_floor_back():
    play = story()
    play.step(Broken(play.core.epoch))
    assert play.core.state is Floor.QUIET


def test_a_reply_that_never_sounds_is_given_up():
    play = Playscript(think_ms=60_000).says("what time is it", 900).silence(22_000)
    assert [type(a).__name__ for _, a in play.log if not isinstance(a, str)][-2:] == ["Cancel", "GaveUp"]
    assert play.core.state is Floor.QUIET


def test_push_to_talk_hears_only_while_the_key_is_down_and_pauses_do_not_end_the_turn():
    play = Playscript()
    play.step(Mode(True))
    play.says("not for you", 900).silence(900)
    assert not play.of(Listen)
    play.step(TalkKey(True))
    play.says("set a timer", 600).silence(1500).says("set a timer for ten minutes", 500)
    assert play.core.state is Floor.HEARING
    play.step(TalkKey(False))
    play.silence(200)
    assert [t.text for t in play.of(Think)] == ["set a timer for ten minutes"]


def test_the_key_takes_the_floor_from_a_reply_at_once():
    play = story()
    play.step(Mode(True))
    acts = play.step(TalkKey(True))
    assert acts[0] == Cancel(1)
    assert isinstance(acts[-1], Listen)


def test_late_news_from_a_cancelled_reply_is_ignored():
    play = Playscript(think_ms=1000).says("hello", 800).silence(700).says("wait", 400)
    assert play.core.epoch == 2
    play.silence(300)
    assert play.core.state is Floor.HEARING


def test_words_of_no_utterance_change_nothing():
    core = Turns()
    core.step(Typed("hello"))
    core.step(Recognised(0, "stop"))
    assert core.state is Floor.THINKING
    assert not core.text


def test_an_event_out_of_turn_is_an_error_not_a_shrug():
    with pytest.raises(OutOfTurn, match=r"Sounding.*while QUIET"):
        Turns().step(Sounding(0))


def test_stop_words_and_back_channels():
    assert is_stop("Stop!")
    assert is_stop("be quiet")
    assert not is_stop("stop the timer")
    assert is_back_channel("mm-hm yeah")
    assert is_back_channel("")
    assert not is_back_channel("yeah but why")


def test_golden_trace(request: pytest.FixtureRequest):
    play = Playscript(reply_ms=4000).says("tell me a story", 800).silence(1900)
    play.says("", 128, takes=0.2).silence(600).says("stop", 500).silence(2000)
    path = GOLDEN / "barge_in.txt"
    if request.config.getoption("--golden", default=False):
        path.write_text(play.trace() + "\n")
    assert play.trace() + "\n" == path.read_text()


ODDS = st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0])
EVENTS = st.one_of(
    st.builds(Hop, ODDS, ODDS, ODDS, ODDS, ODDS), st.just(Hop()), st.just(Hop(1.0, 0.0, 0.0, 1.0)),
    st.just(Hop(0.0, 1.0)),
    st.builds(Recognised, st.integers(0, 60), st.sampled_from(["", "hi", "stop", "mm"]), st.booleans(), ODDS),
    st.just("words now"), st.just("final now"),
    st.integers(0, 6).map(Sounding), st.integers(0, 6).map(Spoken), st.integers(0, 6).map(Asked),
    st.integers(0, 6).map(Broken), st.just(Typed("hello")), st.just(Announce("ding")), st.just(Halt()),
    st.booleans().map(TalkKey), st.booleans().map(Mode),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(EVENTS, max_size=250))
def test_invariants_hold_for_any_history(events):
    core, ducked, held = Turns(), False, False
    for ev in events:
        if ev == "words now":
            ev = Recognised(core.since, "hello there")
        if ev == "final now":
            ev = Recognised(core.owed[0] if core.owed else 0, "hello there", True)
        before = copy.deepcopy(vars(core))
        try:
            acts = core.step(ev)
        except OutOfTurn:
            assert vars(core) == before                              # refused, and nothing happened
            continue
        assert core.epoch >= before["epoch"]
        assert core.state is Floor.ENDING or not core.ahead
        for act in acts:
            match act:
                case Think(epoch, text, ahead):
                    assert (epoch, ahead) == (core.epoch, core.ahead)
                    assert text
                case Release(epoch):
                    assert before["ahead"]
                    assert epoch == before["epoch"] == core.epoch
                    assert core.state is Floor.THINKING
                case BackChannel():
                    assert before["state"] is core.state is Floor.HEARING
                case Duck(on):
                    assert on != ducked
                    ducked = on
                case Hold():
                    assert not held
                    held = True
                case Resume() | Cancel():
                    held = False
                case Settle(since):
                    assert since in core.owed or isinstance(ev, Halt | Typed | TalkKey)
        held = held and core.state is Floor.HELD
        assert held == (core.state is Floor.HELD)
        assert core.ducked == ducked
        if core.state not in REPLYING:
            assert not ducked                                        # nobody is quiet *and* ducked
        if core.state is Floor.QUIET:
            assert not core.since
            assert not core.before
        assert list(core.owed) == sorted(core.owed)


# -- what has to be heard ---------------------------------------------------------------------------
ALARM = Announce("This is your alarm.", number=7)


def telling(**rules: float) -> Playscript:
    """An alarm is being told, and nothing of it has sounded."""
    play = Playscript(**rules)
    play.step(ALARM)
    play.run(64)
    assert play.core.state is Floor.THINKING
    return play


def test_a_cough_before_its_first_sample_does_not_lose_an_alarm():
    play = telling()
    play.says("", 200).silence(500)
    while len(play.of(Tell)) < 2:
        play.silence(32)
    play.silence(500)
    assert not play.of(Told)
    play.step(Heard(play.core.epoch))
    assert play.of(Told) == [Told(7)]
    play.silence(5000)
    assert len(play.of(Tell)) == 2


@pytest.mark.parametrize("end", [Halt(), TalkKey(True), Typed("what time is it")])
def test_whatever_ends_it_unheard_it_is_told_again(end):
    play = telling()
    play.step(Mode(isinstance(end, TalkKey)))
    play.step(end)
    if isinstance(end, TalkKey):
        play.step(TalkKey(False))
    play.silence(6000)
    assert [t.text for t in play.of(Tell)] == [ALARM.text] * 2


def test_an_alarm_that_cannot_be_said_is_tried_a_few_times_with_pauses_and_then_given_up():
    play = telling()
    for n in (1, 2):
        play.step(Broken(play.core.epoch))
        play.silence(1900)
        assert len(play.of(Tell)) == n
        play.silence(200)
        assert len(play.of(Tell)) == n + 1
    play.step(Broken(play.core.epoch))
    play.silence(9000)
    assert len(play.of(Tell)) == 3
    assert play.of(Untold) == [Untold(7, ALARM.text)]


def test_an_alarm_cut_off_after_its_first_word_is_done_with():
    play = telling()
    play.silence(500)
    play.step(Heard(play.core.epoch))
    play.step(Halt())
    play.silence(3000)
    assert len(play.of(Tell)) == 1
    assert play.of(Told) == [Told(7)]


def test_what_need_not_be_heard_is_told_once():
    play = Playscript()
    play.step(Announce("Sorry."))
    play.run(64)
    play.step(Broken(play.core.epoch))
    play.silence(6000)
    assert len(play.of(Tell)) == 1
    assert not play.of(Untold)


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=150))
def test_no_announcement_is_lost_or_told_again_after_it_was_heard(events):
    core = Turns()
    core.step(ALARM)
    done = 0
    for ev in events:
        acts: list[Action] = []
        with contextlib.suppress(OutOfTurn):
            acts = core.step(ev) if not isinstance(ev, str) else []
        done += sum(act == Told(7) or isinstance(act, Untold) for act in acts)
        inside = [one for one in (*core.announcements.waiting, core.announcements.telling) if one and one.number == 7]
        assert done + len(inside) == 1
