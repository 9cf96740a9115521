import threading
from dataclasses import FrozenInstanceError, fields
from io import StringIO
from queue import SimpleQueue
from time import thread_time

import pytest
from events import error, status
from patience import PATIENT_MS

from app.cli.event_lines import stable
from app.cli.terminal import Captions, JsonLines
from app.window.bridge import PAINT_MS, PER_PAINT, Bridge
from engine import messages as m
from engine.notices import Advice

ONE_OF_EACH = [
    m.Ready(0.0),
    m.FloorChanged(0.1, m.FloorState.HEARING),
    m.UserStarted(0.2),
    m.WordsSoFar(0.3, "what"),
    m.UserEnded(0.4),
    m.FinalWords(0.5, "what now"),
    m.ReplyText(0.6, 1, "This."),
    m.ReplyStarted(0.7, 1),
    m.ReplyHeard(0.8, 1, "This."),
    m.Ducked(0.9, 1),
    m.Unducked(1.0, 1),
    m.Yielded(1.1, 1, "This."),
    m.Resumed(1.2, 1),
    m.ReplyEnded(1.3, 1),
    m.BackChannelGiven(1.4, "mm-hm"),
    m.ToolUsed(1.5, "time", {"city": "Rome"}, "noon"),
    m.HeardNothing(1.6),
    m.Latency(1.7, wait_ms=0.0, listen_ms=0.0, think_ms=3, speak_ms=40.5, total_ms=43.5),
    m.ModeChanged(1.8, push=True, muted=True),
    status("fine", trouble=False, t=1.9),
    m.EchoRemoved(2.0, 21.5, 60),
    error("It broke.", Advice.SAY_IT_AGAIN, t=2.1),
    m.Level(2.2, 0.25, 0.5),
    m.StyleChanged(2.3, "rate", 1.5),
]


KINDS = [type(event) for event in ONE_OF_EACH]


def listening(bridge: Bridge) -> list[object]:
    """-> a list that everything the bridge tells is appended to, `painted` and `trail` excepted."""
    told: list[object] = []
    for kind in set(KINDS) - {m.Level}:
        bridge.on(kind, told.append)
    bridge.level.connect(lambda *peaks: told.append(peaks))
    return told


@pytest.fixture
def events() -> "SimpleQueue[m.Event]":
    return SimpleQueue()


@pytest.fixture
def bridge(qapp: object, events: "SimpleQueue[m.Event]") -> Bridge:
    return Bridge(events)


def test_there_is_one_of_each_here():
    assert {kind.__name__ for kind in KINDS} == {kind.__name__ for kind in m.Event.__subclasses__()}


def test_an_event_is_frozen_and_carries_codes_values_and_the_users_or_the_assistants_own_words():
    """No sentence of the program's own: a str is somebody's words, or a name."""
    texts = {(kind.__name__, field.name) for kind in KINDS for field in fields(kind)
             if "str" in str(field.type) and field.name != "arguments"}  # fmt: skip
    assert texts == {("WordsSoFar", "text"), ("FinalWords", "text"), ("ReplyText", "text"), ("ReplyHeard", "text"),
                     ("Yielded", "heard"), ("BackChannelGiven", "text"), ("ToolUsed", "name"), ("ToolUsed", "result"),
                     ("StyleChanged", "field"), ("StyleChanged", "value")}  # fmt: skip
    for event in ONE_OF_EACH:
        assert "Any" not in str([field.type for field in fields(event)])
        with pytest.raises(FrozenInstanceError):
            event.t = 1.0
        assert not hasattr(event, "__dict__")


def test_every_event_is_told_as_it_is_in_order(bridge, events):
    told = listening(bridge)
    for event in ONE_OF_EACH:
        events.put(event)
    assert bridge.drain() == len(ONE_OF_EACH)
    assert told == [event for event in ONE_OF_EACH if not isinstance(event, m.Level)] + [(0.25, 0.5)]
    assert bridge.now_s == 2.3


def test_levels_fold_into_their_peaks_and_the_rest_keeps_its_order(bridge, events):
    told = listening(bridge)
    for mic, speaker in ((0.1, 0.9), (0.7, 0.0), (0.3, 1.7)):
        events.put(m.Level(0.0, mic, speaker))
        events.put(m.WordsSoFar(0.0, str(mic)))
    bridge.drain()
    assert told == [m.WordsSoFar(0.0, "0.1"), m.WordsSoFar(0.0, "0.7"), m.WordsSoFar(0.0, "0.3"), (0.7, 1.0)]


def test_every_event_in_a_terminal():
    out = StringIO()
    show = Captions(out)
    for event in ONE_OF_EACH:
        show(event)
    assert out.getvalue().splitlines() == [
        "Ready. Speak, or type and press Enter. Ctrl+C ends.", "you: what now", "parley: This.",
        "        [stopped; you heard: This.]", "        [that was no interruption: going on]", "        [mm-hm]",
        "        [heard a voice, but no words]",
        "        [44 ms from your last word: wait 0, listen 0, think 3, speak 40]", "        [fine]",
        "        [It broke. Say it again.]",
    ]


def test_every_event_as_a_line_of_json():
    """Other programs read these: docs/formats.md."""
    out = StringIO()
    write = JsonLines(out)
    for event in ONE_OF_EACH:
        write(event)
    assert out.getvalue().splitlines() == [
        '{"t": 0.0, "event": "ready"}', '{"t": 0.2, "event": "user_start"}',
        '{"t": 0.3, "event": "words", "text": "what"}', '{"t": 0.4, "event": "user_end"}',
        '{"t": 0.5, "event": "final", "text": "what now"}',
        '{"t": 0.6, "event": "reply_text", "reply": 1, "text": "This."}',
        '{"t": 0.7, "event": "reply_start", "reply": 1}', '{"t": 0.9, "event": "duck", "reply": 1}',
        '{"t": 1.0, "event": "unduck", "reply": 1}', '{"t": 1.1, "event": "yield", "reply": 1, "heard": "This."}',
        '{"t": 1.2, "event": "resume", "reply": 1}', '{"t": 1.3, "event": "reply_end", "reply": 1}',
        '{"t": 1.4, "event": "backchannel", "text": "mm-hm"}',
        '{"t": 1.5, "event": "tool", "name": "time", "arguments": {"city": "Rome"}, "result": "noon"}',
        '{"t": 1.6, "event": "heard_nothing"}',
        '{"t": 1.7, "event": "latency", "wait_ms": 0.0, "listen_ms": 0.0, "think_ms": 3, "speak_ms": 40.5, '
        '"total_ms": 43.5}',
        '{"t": 1.9, "event": "status", "text": "fine", "trouble": false}',
        '{"t": 2.0, "event": "echo", "erle_db": 21.5, "delay_ms": 60}',
        '{"t": 2.1, "event": "error", "what": "It broke.", "do": "Say it again."}',
    ]
    assert [told["event"] for event in ONE_OF_EACH if (told := stable(event))] == [
        "user_start", "words", "user_end", "final", "reply_text", "reply_start", "duck", "unduck", "yield", "resume",
        "reply_end", "backchannel", "tool", "heard_nothing", "error"]  # fmt: skip


def test_a_burst_is_spread_over_paints_and_nothing_is_lost(bridge, events):
    told = listening(bridge)
    for i in range(5000):
        events.put(m.WordsSoFar(i / 1000, str(i)))
    taken = []
    while took := bridge.drain():
        taken.append(took)
    assert taken == [PER_PAINT] * (5000 // PER_PAINT)
    assert told == [m.WordsSoFar(i / 1000, str(i)) for i in range(5000)]


def test_every_drain_ends_with_one_paint(bridge, events):
    paints = []
    bridge.painted.connect(lambda: paints.append(events.qsize()))
    for _ in range(PER_PAINT + 1):
        events.put(m.Level(0.0, 0.1, 0.1))
    bridge.drain()
    bridge.drain()
    bridge.drain()
    assert paints == [1, 0, 0]


def test_an_event_of_another_thread_is_told_on_the_ui_thread(bridge, events, qtbot):
    told = []

    def take(floor: m.FloorChanged) -> None:
        told.append((floor.state, threading.current_thread() is threading.main_thread()))

    bridge.on(m.FloorChanged, take)
    bridge.start()
    thread = threading.Thread(target=events.put, args=(m.FloorChanged(0.0, m.FloorState.HEARING),))
    thread.start()
    qtbot.waitUntil(lambda: told == [(m.FloorState.HEARING, True)], timeout=PATIENT_MS)
    thread.join()
    bridge.stop()


def test_after_stop_nothing_is_told(bridge, events, qtbot):
    told, paints = listening(bridge), []
    bridge.painted.connect(lambda: paints.append(1))
    bridge.start()
    qtbot.waitUntil(lambda: len(paints) >= 2, timeout=PATIENT_MS)
    bridge.stop()
    events.put(m.Ready(0.0))
    qtbot.wait(3 * PAINT_MS)
    assert told == []


def test_the_longest_gap_between_paints_is_measured(bridge, qtbot):
    paints = []
    bridge.painted.connect(lambda: paints.append(1))
    bridge.start()
    qtbot.waitUntil(lambda: len(paints) >= 3, timeout=PATIENT_MS)
    assert bridge.take_longest_gap_ms() >= PAINT_MS - 5

    def hold() -> None:
        until = thread_time() + 0.12
        while thread_time() < until:
            pass

    hold()                                               # the UI thread computes: the measurement shows it
    count = len(paints)
    qtbot.waitUntil(lambda: len(paints) > count, timeout=PATIENT_MS)
    assert bridge.take_longest_gap_ms() > 110
    assert bridge.take_longest_gap_ms() == 0.0
    bridge.stop()
