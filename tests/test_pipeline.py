"""A conversation whose threads have not started: what its session finds in its inbox when it is late."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from app.cli.talk import advised
from audio_io.dsp import echo
from audio_io.ears import Heard
from audio_io.frames import HOP, MIC_HZ
from audio_io.playout import Spoken
from audio_io.room import Room, RoomShape
from engine import messages as m
from engine.notices import Advice, NoticeCode
from engine.runtime.embedded import Parts
from engine.runtime.hearing import Hearing
from engine.runtime.pipeline import INBOX, Pipeline, Played
from engine.turns.floor import Floor, Hop
from engine.turns.rules import TurnRules
from tests.fakes import SILENCE, FakeAssistant


def nothing(body: Any) -> Iterator[Any]:
    yield from ()


@pytest.fixture
def talk() -> Pipeline:
    room = Room(RoomShape(echo_db=-120.0, rt60_s=0.0))
    parts = Parts(nothing, nothing, nothing, FakeAssistant(), lambda: None)
    return Pipeline(room, parts, TurnRules(backchannels=False), echo.make("off"), lambda news: None)


def hearing(hop: int) -> Hearing:
    return Hearing(Heard(hop, SILENCE, SILENCE, SILENCE, 0.0, SILENCE, 0.0), Hop())


def test_a_stuck_session_drops_hops_and_no_command_and_obeys_first(talk):
    for hop in range(1, INBOX + 10):
        talk._post(hearing(hop))
    assert talk.dropped == 9
    talk.command(m.Mute(on=True))
    talk._decide()
    assert talk.session.muted
    assert talk.session.core.hop == 0


def test_a_stuck_session_learns_that_the_reply_is_over(talk):
    core = talk.session.core
    core.state, core.epoch = Floor.TALKING, 3
    for hop in range(1, INBOX + 10):
        talk._post(hearing(hop))
    talk.inbox.put_first(Played(1.0, Spoken(3, 0)))
    talk._decide()
    assert core.state is Floor.QUIET


def test_after_dropped_hops_the_core_counts_as_the_microphone_does(talk):
    for hop in (1, 2, 3, 40, 41):
        talk._post(hearing(hop))
        talk._decide()
    assert talk.session.core.hop == 41


def test_another_conversation_goes_on_with_the_microphones_count(talk):
    room = talk.device
    room.start()
    room.advance(300)
    room.mic.take(len(room.mic))
    talk = Pipeline(room, talk.parts, TurnRules(), echo.make("off"), lambda news: None)
    room.reference.take(len(room.reference))
    room.advance(10)
    for one in talk.ears.hear(room.mic.take(len(room.mic)), np.zeros(10 * room.block, np.float32)):
        talk.session.hear(one, Hop())
    assert talk.session.core.hop == pytest.approx(talk.now() * MIC_HZ / HOP, abs=2)


def test_a_thread_that_has_died_is_told_and_who_replaces_nothing_says_to_start_again(talk):
    """In the window's program the supervisor builds another pipeline and says so."""
    told: list[m.Event] = []

    def fails() -> bool:
        raise KeyError("x")

    _, session, _ = talk.workers
    talk.tell, session.work = told.append, fails
    session._run()
    assert talk.broken
    (notice,) = told
    assert isinstance(notice, m.Notice)
    assert (notice.what[0].code, notice.do) == (NoticeCode.THREAD_STOPPED, Advice.REPORT)
    assert advised(notice).do is Advice.START_AGAIN
    assert advised(m.Ready(1.0)) == m.Ready(1.0)
