import threading
from queue import SimpleQueue
from time import thread_time

import pytest
from patience import PATIENT_MS

from app.fact import Fact
from app.window.bridge import FACTS, PAINT_MS, PER_PAINT, Bridge
from engine.runtime.news import News

ONE_OF_EACH = [
    News(0.0, "ready"),
    News(0.1, "floor", {"state": "HEARING"}),
    News(0.2, "user_start"),
    News(0.3, "words", {"text": "what"}),
    News(0.4, "user_end"),
    News(0.5, "final", {"text": "what now"}),
    News(0.6, "reply_text", {"reply": 1, "text": "This."}),
    News(0.7, "reply_start", {"reply": 1}),
    News(0.8, "heard", {"reply": 1, "text": "This."}),
    News(0.9, "duck"),
    News(1.0, "unduck"),
    News(1.1, "yield", {"reply": 1, "heard": "This."}),
    News(1.2, "resume", {"reply": 1}),
    News(1.3, "reply_end", {"reply": 1}),
    News(1.4, "backchannel", {"text": "mm-hm"}),
    News(1.5, "tool", {"name": "time", "arguments": {"city": "Rome"}, "result": "noon"}),
    News(1.6, "heard_nothing"),
    News(1.7, "latency", {"listen_ms": None, "think_ms": 3, "speak_ms": 40.5, "total_ms": 43.5}),
    News(1.8, "mode", {"mode": "push", "muted": True}),
    News(1.9, "status", {"text": "fine", "trouble": False}),
    News(2.0, "echo", {"erle_db": 21.5, "delay_ms": 60}),
    News(2.1, "error", {"what": "It broke.", "do": "Mend it."}),
]


def listening(bridge: Bridge) -> list[tuple[object, ...]]:
    """-> a list that everything the bridge tells is appended to, `painted` excepted."""
    told: list[tuple[object, ...]] = []
    for name, fact in vars(bridge).items():
        if isinstance(fact, Fact) and name not in ("painted", "trail"):
            fact.connect(lambda *values, name=name: told.append((name, *values)))
    return told


@pytest.fixture
def news() -> "SimpleQueue[News]":
    return SimpleQueue()


@pytest.fixture
def bridge(qapp: object, news: "SimpleQueue[News]") -> Bridge:
    return Bridge(news)


def test_every_news_becomes_its_fact_in_order(bridge, news):
    told = listening(bridge)
    for item in ONE_OF_EACH:
        news.put(item)
    assert bridge.drain() == len(ONE_OF_EACH)
    assert {item.name for item in ONE_OF_EACH} == set(FACTS)
    assert told == [
        ("ready",), ("floor", "hearing"), ("user_speaks", True), ("words", "what"), ("user_speaks", False),
        ("final", "what now"), ("reply_text", 1, "This."), ("reply_started", 1), ("heard", 1, "This."),
        ("ducked", True), ("ducked", False), ("yielded", 1, "This."), ("resumed", 1), ("reply_ended", 1),
        ("backchannel", "mm-hm"), ("tool", "time", {"city": "Rome"}, "noon"), ("heard_nothing",),
        ("latency", {"think_ms": 3.0, "speak_ms": 40.5, "total_ms": 43.5}), ("mode", "push", True),
        ("status", "fine", False, "device"), ("echo", 21.5, 60.0), ("failed", "It broke.", "Mend it."),
    ]


def test_levels_fold_into_their_peaks_and_the_rest_keeps_its_order(bridge, news):
    told = listening(bridge)
    for mic, speaker in ((0.1, 0.9), (0.7, 0.0), (0.3, 1.7)):
        news.put(News(0.0, "level", {"mic": mic, "speaker": speaker}))
        news.put(News(0.0, "words", {"text": str(mic)}))
    bridge.drain()
    assert told == [("words", "0.1"), ("words", "0.7"), ("words", "0.3"), ("level", 0.7, 1.0)]


@pytest.mark.parametrize("broken", [
    News(0.0, "nonsense"), News(0.0, "words"), News(0.0, "heard", {"reply": "one", "text": ""}),
    News(0.0, "level", {"mic": None, "speaker": 0.0}), News(0.0, "echo", {"erle_db": None, "delay_ms": 1.0}),
])
def test_news_that_cannot_be_read_is_shown_as_a_fault_and_stops_nothing(bridge, news, broken):
    told = listening(bridge)
    news.put(broken)
    news.put(News(0.0, "final", {"text": "still here"}))
    bridge.drain()
    assert [item[0] for item in told] == ["failed", "final"]
    assert broken.name in str(told[0][1])


def test_a_burst_is_spread_over_paints_and_nothing_is_lost(bridge, news):
    told = listening(bridge)
    for i in range(5000):
        news.put(News(i / 1000, "words", {"text": str(i)}))
    taken = []
    while took := bridge.drain():
        taken.append(took)
    assert taken == [PER_PAINT] * (5000 // PER_PAINT)
    assert told == [("words", str(i)) for i in range(5000)]


def test_every_drain_ends_with_one_paint(bridge, news):
    paints = []
    bridge.painted.connect(lambda: paints.append(news.qsize()))
    for _ in range(PER_PAINT + 1):
        news.put(News(0.0, "level", {"mic": 0.1, "speaker": 0.1}))
    bridge.drain()
    bridge.drain()
    bridge.drain()
    assert paints == [1, 0, 0]


def test_news_of_another_thread_is_told_on_the_ui_thread(bridge, news, qtbot):
    told = []
    bridge.floor.connect(lambda state: told.append((state, threading.current_thread() is threading.main_thread())))
    bridge.start()
    thread = threading.Thread(target=news.put, args=(News(0.0, "floor", {"state": "hearing"}),))
    thread.start()
    qtbot.waitUntil(lambda: told == [("hearing", True)], timeout=PATIENT_MS)
    thread.join()
    bridge.stop()


def test_after_stop_nothing_is_told(bridge, news, qtbot):
    told, paints = listening(bridge), []
    bridge.painted.connect(lambda: paints.append(1))
    bridge.start()
    qtbot.waitUntil(lambda: len(paints) >= 2, timeout=PATIENT_MS)
    bridge.stop()
    news.put(News(0.0, "ready"))
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
