"""The assistant's signs of listening: when they come, how they sound, and what they must not touch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_io.ears import Heard
from audio_io.frames import DEVICE_HZ, HOP, hops
from audio_io.playout import ASIDE, Aside, Murmured, Playout, Speech
from engine import messages as m
from engine.messages import (
    Audio,
    BackChannelGiven,
    Change,
    Chunk,
    End,
    Murmur,
    Notice,
    Phrase,
    ReplyStarted,
    Sign,
    Style,
)
from engine.tts.back_channels import with_signs
from engine.turns.core import Turns
from engine.turns.floor import (
    BackChannel,
    Duck,
    Floor,
    Hop,
    OutOfTurn,
    Recognised,
    Sounding,
    Spoken,
    Think,
)
from engine.turns.lexicon import OWN_BACK_CHANNELS, is_dictation
from engine.turns.rules import TurnRules
from engine.workers.stage import Done, Failed, Item
from tests.fakes import SILENCE, Table
from tests.playscript import Playscript

BLOCK = DEVICE_HZ // 100
TALK, WELCOME = Hop(1.0), Hop(0.1, 0.0, 0.0, 0.0, 1.0)


# -- when --------------------------------------------------------------------------------------------
def telling(ms: float = 5000, **rules: float) -> Playscript:
    """The user tells something and pauses for a moment, within which a sign is welcome."""
    return Playscript(**rules).says("so i went there and", ms).run(200, welcome=1.0)


def test_a_long_turn_gets_a_sign_and_the_user_keeps_the_floor():
    play = telling()
    assert play.of(BackChannel) == [BackChannel("mm-hm")]
    assert play.core.state is Floor.HEARING
    assert play.core.epoch == 0


def test_one_pause_gets_one_sign():
    assert len(telling(backchannel_every_ms=32).run(250, welcome=1.0).of(BackChannel)) == 1


def test_none_at_the_beginning_of_a_turn():
    assert not telling(1500).of(BackChannel)
    assert telling(2200).of(BackChannel)


def test_none_before_the_user_has_spoken_for_long_since_the_last():
    play = telling().says("and", 9000).run(200, welcome=1.0)
    assert len(play.of(BackChannel)) == 1
    play.says("then", 1500).run(200, welcome=1.0)
    assert play.of(BackChannel) == [BackChannel(text) for text in OWN_BACK_CHANNELS[:2]]


def test_speech_counts_not_silence():
    play = telling()
    for _ in range(8):
        play.says("and", 1000).run(450, welcome=1.0)
    assert len(play.of(BackChannel)) == 1


def test_none_where_the_turn_ends():
    play = Playscript().says("what time is it", 4000)
    play.step(Hop(0.0, 0.0, 1.0, 0.0, 1.0))
    assert play.core.state is Floor.ENDING
    play.step(Hop(0.0, 0.0, 1.0, 0.0, 1.0))
    assert not play.of(BackChannel)


def test_switched_off_means_none():
    assert not telling(backchannels=False).of(BackChannel)


def test_a_sign_changes_neither_the_words_nor_the_turn():
    with_, without = (
        telling(backchannels=on).says("so i went there and saw it", 1500).silence(1500) for on in (True, False)
    )
    assert with_.of(BackChannel)
    assert with_.of(Think) == without.of(Think)
    assert [x for x in with_.log if not isinstance(x[1], BackChannel)] == without.log


WHAT = {                         # a letter each, so that a history is a text: quick to make, easy to read
    "v": Hop(1.0), "w": Hop(1.0, 0.0, 0.0, 0.0, 1.0), "s": Hop(), "p": Hop(0.0, 0.0, 0.0, 0.0, 1.0),
    "e": Hop(0.0, 0.0, 1.0, 0.0, 1.0), "E": Hop(1.0, 0.0, 1.0, 0.0, 1.0), "d": Hop(0.0, 1.0, 1.0, 0.0, 1.0),
    "t": Hop(1.0, 0.0, 0.0, 1.0, 1.0),
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.text("vwwwspeEdtFBX", max_size=150), st.booleans())
def test_never_out_of_place_never_too_often_and_never_when_off(history, on):
    core = Turns(TurnRules(backchannels=on, backchannel_first_ms=96, backchannel_every_ms=160))
    voiced, turn = 99, 0                             # hops of speech since the last sign; of this turn
    for letter in history:
        final = Recognised(core.owed[0] if core.owed else 0, "hello there", True)
        ev = WHAT.get(letter) or {"F": final, "B": Sounding(core.epoch), "X": Spoken(core.epoch)}[letter]
        before = core.state
        try:
            acts = core.step(ev)
        except OutOfTurn:
            continue
        if isinstance(ev, Hop):
            voiced += core.voiced
            turn = turn + 1 if before in (Floor.HEARING, Floor.ENDING, Floor.THINKING) else 0
        if any(isinstance(act, BackChannel) for act in acts):
            assert on
            assert len(acts) == 1
            assert before is core.state is Floor.HEARING
            assert ev.turn_ending == ev.turn_done == 0
            assert voiced >= hops(160)
            assert turn >= hops(96)
            voiced = 0


# -- how they sound ----------------------------------------------------------------------------------
class Live:
    now = 1


def sine(n: int) -> np.ndarray:
    return np.sin(np.arange(n) * 0.05).astype(np.float32)


def blocks(playout: Playout, n: int) -> np.ndarray:
    return np.concatenate([playout.block(BLOCK) for _ in range(n)])


def test_an_aside_is_quieter_than_speech_and_told_once():
    playout = Playout(DEVICE_HZ, Live())
    blocks(playout, 2)
    playout.aside = Aside("mm-hm", sine(BLOCK * 3))
    heard = blocks(playout, 6)
    np.testing.assert_allclose(heard[: BLOCK * 3], ASIDE * sine(BLOCK * 3), atol=1e-6)
    assert not heard[BLOCK * 3 :].any()
    assert playout.take_reports() == [Murmured("mm-hm", 2 * BLOCK)]


def test_an_aside_that_is_not_wanted_any_more_dies_away_without_a_click():
    playout = Playout(DEVICE_HZ, Live())
    playout.aside = Aside("mm-hm", np.ones(BLOCK * 20, np.float32))
    before = blocks(playout, 2)
    playout.aside = None
    after = blocks(playout, 6)
    assert np.abs(np.diff(np.concatenate([before[1:], after]))).max() < 0.001
    assert not after[BLOCK * 4 :].any()


def test_one_that_was_taken_back_before_it_sounded_was_never_there():
    playout = Playout(DEVICE_HZ, Live())
    playout.aside = Aside("mm-hm", sine(BLOCK))
    playout.aside = None
    assert not blocks(playout, 3).any()
    assert playout.take_reports() == []


def test_a_reply_that_sounds_ends_it():
    playout = Playout(DEVICE_HZ, Live())
    playout.aside = Aside("mm-hm", np.ones(BLOCK * 20, np.float32))
    blocks(playout, 2)
    playout.inbox.put_nowait(Speech(1, np.full(BLOCK * 20, 0.5, np.float32), ((0, "well"),)))
    heard = blocks(playout, 10)
    np.testing.assert_allclose(heard[BLOCK * 5 :], 0.5)


# -- the session --------------------------------------------------------------------------------------
def ready(table: Table) -> None:
    """Makes every sign that is asked for, as the speak stage would."""
    done = 0
    while done < len(table.speak.items):
        item = table.speak.items[done]
        done += 1
        if isinstance(item.body, Sign):
            table.session.take(Item(item.epoch, Murmur(item.body.text, item.body.style, sine(BLOCK * 4))))
            table.session.take(Done(item.epoch, "speak"))
            table.hear(1)


def heard_itself(table: Table) -> None:
    """The assistant has been audible for 3 s, while the user talked."""
    for _ in range(hops(3000)):
        table.hops += 1
        pcm = np.full(HOP, table.hops, np.float32)
        table.session.hear(Heard(table.hops, pcm, SILENCE, 0.1 * sine(HOP), 0.0, pcm, 0.0), TALK)


def prepared() -> Table:
    """The signs are made, and the assistant's echo is known."""
    table = Table(backchannels=True)
    table.hear(1)
    ready(table)
    heard_itself(table)
    table.session.command(m.Stop())
    table.hear(10)
    return table


def test_all_signs_are_made_at_the_start_once_and_again_when_the_voice_changes():
    table = prepared()
    assert sorted(table.session.signs.ready) == sorted(set(OWN_BACK_CHANNELS))
    assert len(table.speak.items) == len(set(OWN_BACK_CHANNELS))
    table.session.change(Change("voice", "en-gb"))
    table.hear(1)
    assert not table.session.signs.ready
    ready(table)
    assert {b.style.voice for b in table.speak.bodies[len(set(OWN_BACK_CHANNELS)) :]} == {"en-gb"}
    assert sorted(table.session.signs.ready) == sorted(set(OWN_BACK_CHANNELS))


def test_a_sign_that_a_reply_pushed_aside_is_asked_for_again():
    table = Table(backchannels=True)
    table.hear(1)
    table.session.command(m.SayText("hello"))
    table.session.command(m.Stop())
    table.hear(1)
    assert [b.text for b in table.speak.bodies if isinstance(b, Sign)] == [OWN_BACK_CHANNELS[0]] * 2


def test_a_voice_that_cannot_say_them_is_told_once_and_not_asked_again():
    table = Table(backchannels=True)
    table.hear(1)
    table.session.take(Failed(table.epoch.now, "speak", ValueError("no such voice")))
    table.hear(20)
    assert len(table.of(Notice)) == 1
    assert len(table.speak.items) == 1


def signed() -> Table:
    """The user has been telling something; the sign is in the playout."""
    table = prepared()
    table.hear(100, TALK)
    table.hear(5, WELCOME)
    return table


def test_it_is_told_when_it_leaves_the_loudspeaker_and_enters_no_memory():
    table = signed()
    assert table.playout.aside is not None
    assert not table.of(BackChannelGiven)
    blocks(table.playout, 1)
    for report in table.playout.take_reports():
        table.session.played(3.3, report)
    assert [given.text for given in table.of(BackChannelGiven)] == ["mm-hm"]
    assert table.session.past == ()
    assert not table.of(ReplyStarted)
    assert not table.session.core.replying


def test_the_recogniser_hears_every_hop_under_it_once():
    table = signed()
    table.hear(5)
    last = [b for b in table.listen.bodies if b.since == table.listen.bodies[-1].since]
    heard = [b.pcm[0] for b in last if isinstance(b, Audio)]
    assert len(heard) > 100
    assert (np.diff(heard) == 1).all()
    assert not [b for b in last if isinstance(b, End)]


@pytest.mark.parametrize("end", [Hop(0.0, 1.0, 1.0), None])
def test_it_is_taken_back_when_the_users_turn_ends(end):
    table = signed()
    if end is None:
        table.session.command(m.Stop())
    else:
        table.hear(1, end)
    assert table.playout.aside is None


def test_one_that_is_not_ready_is_not_made_when_it_is_welcome():
    table = Table(backchannels=True)
    heard_itself(table)
    table.hear(100, TALK)
    table.hear(5, WELCOME)
    assert table.session.core.signs == 0
    assert table.playout.aside is None


def test_none_before_the_echo_of_this_device_is_known():
    table = prepared()
    table.session.command(m.NewRoute())
    table.hear(100, TALK)
    table.hear(5, WELCOME)
    assert table.playout.aside is None
    heard_itself(table)
    table.hear(5, WELCOME)
    assert table.playout.aside is not None


def test_a_sign_is_made_in_one_piece_without_the_silence_around_it():
    def speak(phrase: Phrase):
        pad = np.zeros(4800, np.float32)
        for part in (pad, 0.1 * sine(9600), pad):
            yield Chunk(part)

    style = Style(voice="en-gb")
    (murmur,) = with_signs(speak, DEVICE_HZ)(Sign("mm-hm", style))
    assert (murmur.text, murmur.style) == ("mm-hm", style)
    assert 9000 < len(murmur.pcm) < 10_200
    assert abs(murmur.pcm[0]) < 1e-6
    assert len(list(with_signs(speak, DEVICE_HZ)(Phrase("hello")))) == 3


# -- dictation, and the decision over a reply ----------------------------------------------------------
@pytest.mark.parametrize("text", [
    "my number is four one five", "it is spelled p a r", "the code is 4 1", "take a note",
    "please take a note buy milk", "could you write this down", "double seven two oh",
])  # fmt: skip
def test_dictation_is_noticed(text):
    assert is_dictation(text)


@pytest.mark.parametrize("text", [
    "", "what time is it", "set a timer for twenty five", "what is two plus two", "five times three point one four",
    "read my notes", "one", "tell me a story",
])  # fmt: skip
def test_what_is_no_dictation(text):
    assert not is_dictation(text)


def test_a_pause_between_dictated_digits_needs_more_certainty():
    thought = []
    for text in ("tell me a story", "my number is four one five"):
        play = Playscript().says(text, 1500)
        for _ in range(6):
            play.step(Hop(0.0, 0.6))
        play.run(96)
        thought.append(play.core.state is not Floor.HEARING)
    assert thought == [True, False]


def test_a_voice_that_has_not_taken_the_floor_within_half_a_second_does_not_keep_the_reply_quiet():
    play = Playscript(reply_ms=8000).says("tell me a story", 800).silence(1900)
    start = play.ms
    play.says("", 2000, takes=0.1)                            # a television
    (down, up) = [ms - start for ms, act in play.log if isinstance(act, Duck)]
    assert down <= 64
    assert 450 <= up <= 564
    assert play.core.state is Floor.TALKING
    play.run(64, speech=0.9, takes=1.0)                       # whoever takes the floor later still gets it
    assert play.core.state is Floor.HELD


def test_the_next_voice_over_the_same_reply_ducks_it_again():
    play = Playscript(reply_ms=8000).says("tell me a story", 800).silence(1900)
    for _ in range(2):
        play.says("", 800, takes=0.1).silence(600)
    assert play.of(Duck) == [Duck(True), Duck(False)] * 2
