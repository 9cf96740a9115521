import numpy as np
import pytest

from audio_io import playout as out
from audio_io.frames import hops
from audio_io.notices import state
from engine import messages as m
from engine.messages import (
    Audio,
    Begin,
    Change,
    End,
    Exchange,
    Level,
    ModeChanged,
    Notice,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    Resumed,
    Say,
    Severity,
    StyleChanged,
    Used,
    Words,
    Yielded,
)
from engine.notices import NoticeCode
from engine.runtime.session import Session
from engine.turns.core import Turns
from engine.turns.floor import Floor, Hop
from engine.turns.rules import TurnRules
from engine.workers.stage import Done, Failed, Item
from tests.fakes import Table

TALK = Hop(1.0, 0.0, 0.0, 1.0)


def sounding(table: Table, *phrases: str) -> int:
    """A reply to "hello" is audible. -> its epoch."""
    table.user_says("hello")
    table.assistant_thinks(*phrases)
    epoch = table.epoch.now
    table.session.played(1.0, out.Sounding(epoch, 0))
    return epoch


def test_the_recogniser_gets_the_preroll_and_every_hop_once():
    table = Table()
    table.hear(40)
    table.hear(10, TALK)
    begin, *rest = table.listen.bodies
    assert isinstance(begin, Begin)
    got = np.concatenate([begin.pcm, *(b.pcm for b in rest if isinstance(b, Audio))])[::512]
    assert got[-1] == 50
    assert (np.diff(got) == 1).all()
    assert got[0] <= 41 - 500 / 32


def test_a_second_utterance_does_not_hear_the_end_of_the_first_again():
    table = Table()
    table.user_says("well")
    table.session.command(m.Stop())
    table.hear(3, TALK)
    seen: list[float] = []
    for body in table.listen.bodies:
        if not isinstance(body, End):
            seen += list(body.pcm[::512])
    assert len(seen) == len(set(seen))


def test_replies_are_numbered_when_they_sound_and_their_texts_follow():
    table = Table()
    sounding(table, "Hi.", "How are you?")
    assert [started.reply for started in table.of(ReplyStarted)] == [1]
    assert [phrase.text for phrase in table.of(ReplyText)] == ["Hi.", "How are you?"]
    kinds = [type(event) for event in table.events]
    assert kinds.index(ReplyStarted) < kinds.index(ReplyText)


def test_phrases_go_to_the_synthesiser_one_by_one_and_the_last_says_so():
    table = Table()
    table.user_says("hello")
    table.assistant_thinks("One.", "Two.")
    assert [p.text for p in table.speak.bodies] == ["One."]
    for _ in range(2):
        table.session.take(Done(table.epoch.now, "speak"))
    assert [(p.text, p.last) for p in table.speak.bodies] == [("One.", False), ("Two.", False), ("", True)]


def test_memory_holds_what_was_heard():
    table = Table()
    epoch = sounding(table, "Once upon a time.")
    for word in ("Once", "upon"):
        table.session.played(1.5, out.Said(epoch, 0, word))
    table.session.command(m.Stop())
    assert table.session.past == (Exchange("hello", "Once upon", True),)
    assert [(cut.reply, cut.heard) for cut in table.of(Yielded)] == [(1, "Once upon")]


def test_late_words_of_a_cancelled_reply_are_not_remembered():
    table = Table()
    epoch = sounding(table, "Once upon a time.")
    table.session.command(m.Stop())
    table.session.played(2.0, out.Said(epoch, 0, "time."))
    table.session.take(Item(epoch, Say("More.")))
    assert table.session.past[-1].heard == ""
    assert len(table.of(ReplyText)) == 1


def test_what_was_done_for_a_reply_that_nobody_heard_is_undone():
    table = Table()
    table.user_says("set a timer")
    table.session.take(Item(table.epoch.now, Used("timer", {"seconds": 60}, "set")))
    table.hear(3, TALK)                                              # goes on before a sound
    assert table.assistant.undone == [1]
    assert table.session.past == ()
    assert table.session.core.state is Floor.HEARING


def test_what_was_done_for_a_reply_that_was_heard_stays_done():
    table = Table()
    sounding(table, "Five minutes.")
    table.session.command(m.Stop())
    assert table.assistant.undone == []


def test_a_false_interruption_holds_and_resumes_the_same_reply():
    table = Table()
    epoch = sounding(table, "Once upon a time.")
    table.hear(4, TALK)
    assert table.playout.hold
    assert table.epoch.now == epoch
    table.hear(80)
    assert not table.playout.hold
    assert [resumed.reply for resumed in table.of(Resumed)] == [1]


def test_a_failed_brain_is_apologised_for_and_the_session_lives_on():
    table = Table()
    table.user_says("hello")
    table.session.take(Failed(table.epoch.now, "think", ValueError("weights and biases disagree")))
    table.hear(5)
    assert "weights and biases disagree" in str(table.of(Notice)[0].what[0])
    assert "Sorry" in table.speak.bodies[-1].text


def test_a_failed_synthesiser_gives_the_floor_back():
    table = Table()
    table.user_says("hello")
    table.assistant_thinks("Hi.")
    table.session.take(Failed(table.epoch.now, "speak", OSError("gone")))
    assert table.session.core.state is Floor.QUIET


def test_a_recogniser_that_cannot_keep_up_is_told_once_and_counted():
    table = Table()
    table.listen.full = True
    table.hear(30, TALK)
    assert table.session.utterances.lost == 29
    assert [notice.severity for notice in table.of(Notice)] == [Severity.ERROR]


def test_timers_speak_up_when_it_is_quiet():
    table = Table()
    table.assistant.scheduler.set("timer", 60, "tea")
    table.hear(2)
    assert not table.speak.bodies
    table.assistant.passes(60)
    table.hear(2)
    assert table.speak.bodies[-1].text == "Your tea timer is done."
    assert table.session.past == (Exchange(""),)


@pytest.mark.parametrize(("change", "value"), [
    (Change("rate", "*1.25"), 1.25), (Change("rate", "*9"), 2.5), (Change("pitch", 0.1), 0.5),
    (Change("voice", "en-gb"), "en-gb"),
])  # fmt: skip
def test_style_changes_are_relative_or_absolute_and_limited(change, value):
    table = Table()
    table.session.change(change)
    assert getattr(table.session.style, change.field) == value
    assert [(style.field, style.value) for style in table.of(StyleChanged)] == [(change.field, value)]


def test_muted_means_that_nothing_is_taken_for_the_user():
    table = Table()
    table.session.command(m.Mute(on=True))
    table.hear(30, TALK)
    assert not table.listen.items
    assert [(mode.push, mode.muted) for mode in table.of(ModeChanged)] == [(False, True)]


def test_levels_are_told_about_ten_times_a_second():
    table = Table()
    table.hear(30)
    assert len(table.of(Level)) == 10


def test_hops_that_were_dropped_do_not_shift_the_preroll():
    table = Table()
    table.hear(40)
    table.hops += 300                            # of the microphone, that never came
    table.hear(40)
    first = table.hops + 1
    table.hear(10, TALK)
    begin = next(b for b in table.listen.bodies if isinstance(b, Begin))
    assert begin.since == first
    assert begin.pcm[0] == first - hops(500)
    assert begin.pcm[-1] >= first


def test_a_lost_report_of_the_end_does_not_leave_it_talking_for_ever():
    table = Table()
    sounding(table, "Hi.")
    for _ in range(2):
        table.session.take(Done(table.epoch.now, "speak"))
    table.hear(20)
    assert table.session.core.state is Floor.TALKING                 # the report may be on its way yet
    table.hear(20)
    assert table.session.core.state is Floor.QUIET
    assert [ended.reply for ended in table.of(ReplyEnded)] == [1]


def test_a_synthesiser_that_gives_nothing_more_ends_the_reply():
    table = Table()
    sounding(table, "Once upon a time.", "There was a dog.")
    table.hear(600)                                                  # 19 s
    assert table.session.core.state is Floor.TALKING
    table.hear(40)
    assert table.session.core.state is Floor.QUIET
    assert len(table.of(Notice)) == 1


def test_what_waits_to_be_played_is_not_over():
    table = Table()
    epoch = sounding(table, "Hi.")
    for _ in range(2):
        table.session.take(Done(epoch, "speak"))
    table.playout.inbox.put(out.Speech(epoch, np.ones(100, np.float32)))
    table.hear(700)
    assert table.session.core.state is Floor.TALKING


# -- what is due must be heard ----------------------------------------------------------------------
def ringing() -> Table:
    """The reply that tells of a timer is with the synthesiser."""
    table = Table()
    table.assistant.scheduler.set("timer", 60, "tea")
    table.assistant.passes(60)
    table.hear(2)
    assert table.speak.bodies[-1].text == "Your tea timer is done."
    return table


def rest(table: Table) -> int:
    """How many would ring once more, if another session took over."""
    table.assistant.scheduler.ring_again()
    return len(table.assistant.scheduler.timers())


def test_a_timer_is_done_with_when_its_first_word_was_heard():
    table = ringing()
    epoch = table.epoch.now
    table.session.played(1.0, out.Sounding(epoch, 0))
    table.session.played(1.2, out.Said(epoch, 0, "Your"))
    assert rest(table) == 0


def test_a_timer_of_which_only_the_beginning_of_a_word_was_heard_is_not_done_with():
    table = ringing()
    table.session.played(1.0, out.Sounding(table.epoch.now, 0))
    assert rest(table) == 1


def test_a_timer_coughed_over_before_it_sounds_rings_again():
    table = ringing()
    table.hear(5, TALK)
    table.hear(30, Hop(0.0, 1.0))
    ends = [body for body in table.listen.bodies if isinstance(body, End)]
    table.session.take(Item(0, Words(ends[-1].since, "", True)))
    table.hear(5)
    assert [body.text for body in table.speak.bodies].count("Your tea timer is done.") == 2


def test_a_timer_whose_synthesis_fails_is_tried_again_and_then_shown_and_kept():
    table = ringing()
    for n in (2, 3):
        table.session.take(Failed(table.epoch.now, "speak", OSError("gone")))
        table.hear(80)
        assert [body.text for body in table.speak.bodies].count("Your tea timer is done.") == n
    table.session.take(Failed(table.epoch.now, "speak", OSError("gone")))
    table.hear(200)
    assert [body.text for body in table.speak.bodies].count("Your tea timer is done.") == 3
    assert table.of(Notice)[-1].what == (state(NoticeCode.NOT_SPOKEN, text="Your tea timer is done."),)
    assert rest(table) == 1


def test_a_timer_that_rang_into_the_end_of_a_session_rings_in_the_next():
    table = ringing()
    after = Table()
    after.session = Session(Turns(TurnRules(backchannels=False)), after.session.stages, after.playout,
                            table.assistant, after.events.append, after.session.now)  # fmt: skip
    after.hear(2)
    assert after.speak.bodies[-1].text == "Your tea timer is done."


def test_a_timer_rings_after_what_has_passed_whatever_became_of_the_session_that_set_it():
    before, after = Table(), Table()
    before.hear(5000)                            # its microphone has run for a while; the next one's has not
    before.assistant.scheduler.set("timer", 5)
    before.assistant.passes(4)
    after.session = Session(Turns(TurnRules(backchannels=False)), after.session.stages, after.playout,
                            before.assistant, after.events.append, after.session.now)  # fmt: skip
    after.hear(3)
    assert not after.speak.bodies
    before.assistant.passes(1)
    after.hear(1)
    assert after.speak.bodies[-1].text == "Your five second timer is done."
