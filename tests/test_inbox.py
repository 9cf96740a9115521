"""The session's inbox: what is never dropped, what is, and who goes first."""

import threading
from queue import Empty, Full

import pytest
from patience import PATIENT_S

from engine.runtime.inbox import Inbox


def test_what_is_first_is_taken_before_what_came_earlier():
    inbox = Inbox(8)
    inbox.offer("hop 1")
    inbox.offer("hop 2")
    inbox.put_first("stop")
    inbox.put_first("mute")
    assert [inbox.get(0) for _ in range(4)] == ["stop", "mute", "hop 1", "hop 2"]


def test_a_full_lane_of_hops_refuses_hops_and_nothing_else():
    inbox = Inbox(2)
    assert inbox.offer("hop 1")
    assert inbox.offer("hop 2")
    assert not inbox.offer("hop 3")
    with pytest.raises(Full):
        inbox.put("words", timeout=0)
    inbox.put_first("stop")
    assert [inbox.get(0) for _ in range(3)] == ["stop", "hop 1", "hop 2"]
    with pytest.raises(Empty):
        inbox.get(0)


def test_a_stage_waits_until_there_is_room():
    inbox = Inbox(1)
    inbox.offer("hop")
    stage = threading.Thread(target=lambda: inbox.put("words", timeout=PATIENT_S))
    stage.start()
    assert inbox.get(PATIENT_S) == "hop"
    assert inbox.get(PATIENT_S) == "words"
    stage.join(PATIENT_S)
    assert not stage.is_alive()


def test_who_waits_is_woken():
    inbox, got = Inbox(1), []
    session = threading.Thread(target=lambda: got.append(inbox.get(PATIENT_S)))
    session.start()
    inbox.put_first("mute")
    session.join(PATIENT_S)
    assert got == ["mute"]
