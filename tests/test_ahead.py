"""Thinking begins before it is sure that the user has finished; nothing of it sounds, shows or lasts before it is."""

import numpy as np
import pytest

from audio_io import playout as out
from audio_io.frames import DEVICE_HZ
from audio_io.playout import Speech
from engine.messages import Change, End, Lasting, Latency, Say, StyleChanged, ToolUsed, Used, Words
from engine.turns.floor import Asked, Cancel, Floor, Halt, Hop, OutOfTurn, Release, Sounding, Spoken, Think, Typed
from engine.workers.stage import Done, Failed, Item
from tests.fakes import Table
from tests.playscript import Playscript

TALK, PERHAPS, SURE = Hop(1.0, 0.0, 0.0, 1.0), Hop(0.0, 0.0, 1.0), Hop(0.0, 1.0, 1.0)
BLOCK = DEVICE_HZ // 100


def paused(text: str = "what time is it", think_ms: float = 300, **rules: float) -> Playscript:
    """The user has paused for 300 ms: the final words are known, and it is not sure that this was all."""
    play = Playscript(think_ms=think_ms, **rules)
    play.ending_ms, play.done_ms = 100, 700
    return play.says(text, 900).silence(300)


def test_thinking_begins_as_soon_as_the_words_are_known_and_the_floor_stays_with_the_user():
    play = paused()
    assert play.of(Think) == [Think(1, "what time is it", True)]
    assert play.core.state is Floor.ENDING
    assert not play.of(Release)


def test_what_was_thought_ahead_sounds_at_once_when_it_is_sure():
    late = {}
    for ahead in (True, False):
        play = paused(think_ms=200, think_ahead=ahead).silence(1000)
        sure = next(ms for ms, act in play.log if isinstance(act, Release if ahead else Think))
        late[ahead] = next(ms for ms, act in play.log if act == "TALKING") - sure
    assert late[True] <= 32
    assert late[False] >= 192


def test_who_goes_on_voids_the_thought_and_loses_no_word():
    play = paused("set a timer")
    play.says("for ten minutes", 700).silence(1500)
    assert play.of(Cancel) == [Cancel(1)]
    assert [t.text for t in play.of(Think)] == ["set a timer", "set a timer for ten minutes"]
    assert len(play.of(Release)) == 1


@pytest.mark.parametrize(("first", "ahead"), [("um", True), ("set a timer", False)])
def test_words_that_were_final_before_the_user_went_on_are_kept(first, ahead):
    play = paused(first, think_ahead=ahead).says("for ten minutes", 700).silence(1500)
    assert [t.text for t in play.of(Think)] == [f"{first} for ten minutes"]


def test_a_hum_is_not_thought_about_and_not_given_up_before_it_is_sure():
    play = paused("um")
    assert not play.of(Think)
    assert play.core.state is Floor.ENDING
    assert play.silence(1000).core.state is Floor.QUIET


def test_nothing_can_sound_or_end_before_the_release():
    play = paused()
    before = dict(vars(play.core))
    for ev in (Sounding(1), Spoken(1)):
        with pytest.raises(OutOfTurn):
            play.core.step(ev)
    assert vars(play.core) == before


@pytest.mark.parametrize("ev", [Halt(), Typed("and in tokyo")])
def test_the_stop_key_and_the_keyboard_void_it(ev):
    play = paused()
    assert Cancel(1) in play.step(ev)
    assert not play.core.ahead


def test_a_question_of_the_reply_in_the_making_asks_for_no_patience_before_it_was_heard():
    play = paused()
    play.step(Asked(1))
    assert (play.core.asks, play.core.asked) == (True, False)
    play.silence(1200)
    assert play.core.state is Floor.TALKING
    assert play.core.asked


def test_whoever_was_asked_is_given_more_time_while_the_answer_is_already_thought_about():
    plays = []
    for asked in (False, True):
        play = Playscript()
        play.core.asked = asked
        play.ending_ms = 100
        play.says("seven", 500).silence(200)
        assert play.core.ahead
        for _ in range(8):
            play.step(Hop(0.0, 0.6, 1.0))                     # rather sure, not more
        plays.append(play)
    assert [bool(p.of(Release)) for p in plays] == [True, False]


def test_an_interruption_is_answered_when_it_has_ended_not_when_it_pauses():
    play = Playscript(reply_ms=8000).says("tell me a story", 800).silence(1900)
    assert play.core.state is Floor.TALKING
    play.ending_ms, play.done_ms = 100, 700
    play.says("what time is it", 1000).silence(300)
    assert play.of(Think)[-1] == Think(3, "what time is it", True)
    play.says("in paris", 500).silence(1200)
    assert play.of(Cancel)[-1] == Cancel(3)
    assert play.of(Think)[-1].text == "what time is it in paris"


# -- the session --------------------------------------------------------------------------------------
def perhaps(text: str, table: Table | None = None) -> Table:
    """The user has perhaps finished: `text` is final and thought about."""
    table = table or Table()
    table.hear(20, TALK)
    table.hear(4, PERHAPS)
    ends = [b for b in table.listen.bodies if isinstance(b, End)]
    table.session.take(Item(0, Words(ends[-1].since, text, True)))
    assert table.session.core.ahead
    return table


def put(table: Table, value: float, last: bool = False) -> None:
    speech = Speech(table.epoch.now, np.full(BLOCK * 4, value, np.float32), ((0, "word"),), last)
    table.playout.inbox.put_nowait(speech)


def test_what_is_synthesised_ahead_is_silent_until_the_release_and_then_begins_with_its_first_sample():
    table = perhaps("hello")
    table.assistant_thinks("Hi.")
    assert [p.text for p in table.speak.bodies] == ["Hi."]
    put(table, 0.5)
    assert not np.concatenate([table.playout.block(BLOCK) for _ in range(10)]).any()
    assert table.playout.take_reports() == []
    table.hear(1, SURE)
    assert table.playout.block(BLOCK)[-1] == 0.5
    assert [type(r) for r in table.playout.take_reports()] == [out.Sounding]


def test_what_was_synthesised_for_nothing_never_sounds():
    table = perhaps("hello")
    put(table, 0.5)
    table.hear(3, TALK)
    assert not table.playout.hold
    assert not np.concatenate([table.playout.block(BLOCK) for _ in range(10)]).any()


def test_nothing_shows_of_a_tool_that_was_used_ahead_and_it_is_undone_when_the_user_goes_on():
    table = perhaps("flip a coin")
    table.session.take(Item(table.epoch.now, Used("coin", {}, "heads")))
    assert not table.of(ToolUsed)
    table.hear(3, TALK)
    assert table.assistant.undone == [1]
    assert not table.of(ToolUsed)
    assert table.session.past == ()


def test_it_shows_when_it_is_sure():
    table = perhaps("flip a coin")
    table.session.take(Item(table.epoch.now, Used("coin", {}, "heads")))
    table.hear(1, SURE)
    assert [used.result for used in table.of(ToolUsed)] == ["heads"]
    assert not table.assistant.undone


def test_another_voice_waits_until_it_is_sure_and_so_do_the_words_in_it():
    table = perhaps("speak slower")
    epoch = table.epoch.now
    for body in (Say("One moment."), Change("rate", 0.5), Say("Like this?", asks=True)):
        table.session.take(Item(epoch, body))
    table.session.take(Done(epoch, "think"))
    table.session.take(Done(epoch, "speak"))
    assert [(p.text, p.style.rate) for p in table.speak.bodies] == [("One moment.", 1.0)]
    assert not table.of(StyleChanged)
    table.hear(1, SURE)
    table.session.take(Done(epoch, "speak"))
    assert [(p.text, p.style.rate, p.last) for p in table.speak.bodies] == [
        ("One moment.", 1.0, False), ("Like this?", 0.5, False), ("", 0.5, True)]  # fmt: skip
    assert table.session.core.asks


def test_a_voice_that_was_asked_for_in_half_a_sentence_stays_as_it_was():
    table = perhaps("speak slower")
    table.session.take(Item(table.epoch.now, Change("rate", 0.5)))
    table.hear(3, TALK)
    assert table.session.style.rate == 1.0
    table.hear(60, SURE)
    assert not table.of(StyleChanged)


def test_what_would_leave_a_trace_is_not_begun_before_it_is_sure():
    table = Table()
    perhaps("set a timer for ten minutes", table)
    declined(table)
    table.hear(1, SURE)
    assert [(b.text, b.ahead) for b in table.think.bodies[1:]] == [("set a timer for ten minutes", False)]
    table.session.take(Item(table.epoch.now, Say("Timer set.")))
    assert table.speak.bodies[-1].text == "Timer set."


def test_a_brain_that_declines_when_it_has_become_sure_is_asked_again_at_once():
    for early in (False, True):
        table = Table()
        perhaps("set a timer for ten minutes", table)
        if early:
            table.session.take(Item(table.epoch.now, Lasting()))
        table.hear(1, SURE)
        assert len(table.think.bodies) == 1
        if not early:
            table.session.take(Item(table.epoch.now, Lasting()))
        table.session.take(Done(table.epoch.now, "think"))
        assert [b.ahead for b in table.think.bodies] == [True, False]
        table.session.take(Done(table.epoch.now, "think"))
        assert len(table.think.bodies) == 2


def declined(table):
    assert [b.ahead for b in table.think.bodies] == [True]
    table.session.take(Item(table.epoch.now, Lasting()))
    table.session.take(Done(table.epoch.now, "think"))
    assert len(table.think.bodies) == 1


def test_a_brain_that_breaks_ahead_is_told_and_the_session_lives_on():
    table = perhaps("hello")
    table.session.take(Failed(table.epoch.now, "think", ValueError("no")))
    table.hear(3)
    assert not table.session.core.ahead
    assert "Sorry" in table.speak.bodies[-1].text


def test_the_stages_of_a_reply_add_up_and_waiting_for_certainty_is_waiting():
    table = perhaps("hello")
    table.assistant_thinks("Hi.")
    table.hear(20, PERHAPS)
    table.hear(1, SURE)
    table.session.played(table.hops * 0.032 + 0.01, out.Sounding(table.epoch.now, 0))
    (took,) = table.of(Latency)
    parts = sum((took.wait_ms, took.listen_ms, took.think_ms, took.speak_ms))
    assert took.total_ms == pytest.approx(parts, abs=0.2)
    assert took.wait_ms > 20 * 32
    assert took.speak_ms == pytest.approx(10, abs=0.2)

