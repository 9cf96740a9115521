import threading
from queue import Queue

import pytest
from patience import PATIENT_S

from engine.workers.stage import Done, Epoch, Failed, Item, Stage


def make(work, depth=4):
    out, epoch = Queue(depth), Epoch()
    stage = Stage("speak", work, epoch, out)
    stage.start()
    return stage, epoch, out


def words(text):
    yield from text.split()


def test_pieces_then_done():
    stage, _, out = make(words)
    assert stage.put(Item(0, "one two"))
    assert [out.get(timeout=PATIENT_S) for _ in range(3)] == [Item(0, "one"), Item(0, "two"), Done(0, "speak")]
    stage.stop()


def test_cancel_frees_a_stage_blocked_on_a_full_outbox_and_closes_its_generator():
    closed = threading.Event()

    def endless(_):
        try:
            while True:
                yield 0
        finally:
            closed.set()

    stage, epoch, out = make(endless, depth=2)
    stage.put(Item(0, None))
    while not out.full():
        assert stage.thread.is_alive()
    epoch.now = 1                                  # barge-in
    assert closed.wait(PATIENT_S)
    stage.stop()


def test_an_error_travels_as_a_message_and_the_stage_lives_on():
    def broken(body):
        yield 1
        if body == "bad":
            raise ValueError("weights and biases disagree")

    stage, _, out = make(broken)
    stage.put(Item(0, "bad"))
    out.get(timeout=PATIENT_S)
    failed = out.get(timeout=PATIENT_S)
    assert isinstance(failed, Failed)
    assert failed.stage == "speak"
    stage.put(Item(0, "good"))
    assert out.get(timeout=PATIENT_S) == Item(0, 1)
    stage.stop()


def test_items_of_a_dead_epoch_are_not_begun():
    stage, epoch, out = make(words)
    epoch.now = 3
    stage.put(Item(2, "old"))
    stage.put(Item(3, "new"))
    assert out.get(timeout=PATIENT_S) == Item(3, "new")
    stage.stop()


def test_a_full_inbox_refuses_without_waiting_and_stop_does_not_hang():
    gate, begun = threading.Event(), threading.Event()

    def slow(_):
        begun.set()
        gate.wait(PATIENT_S)
        yield 0

    stage, _, _ = make(slow)
    stage.put(Item(0, None))
    assert begun.wait(PATIENT_S)
    for _ in range(stage.inbox.maxsize):
        assert stage.put(Item(0, None))
    assert not stage.put(Item(0, None))
    gate.set()
    stage.stop()


def test_a_stage_that_does_not_end_is_named():
    gate, begun = threading.Event(), threading.Event()

    def stuck(_):
        begun.set()
        gate.wait(PATIENT_S)
        yield 0

    stage, _, _ = make(stuck)
    stage.put(Item(0, None))
    assert begun.wait(PATIENT_S)
    with pytest.raises(RuntimeError, match="'speak' is still running"):
        stage.stop(timeout_s=0.05)
    gate.set()
    stage.thread.join(PATIENT_S)


def test_none_is_no_message_but_a_moment_to_stop():
    closed = threading.Event()

    def work(body):
        try:
            yield None
            yield "a"
            while True:
                yield None
        finally:
            closed.set()

    stage, epoch, out = make(work)
    stage.put(Item(0, "x"))
    assert out.get(timeout=PATIENT_S) == Item(0, "a")
    epoch.now = 1
    assert closed.wait(PATIENT_S)
    stage.stop()
    assert out.empty()
