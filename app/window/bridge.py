"""The one crossing between the session and Qt: news comes up, nothing waits.

Any thread puts `News` into a `SimpleQueue`. A timer on the UI thread takes it out, a bounded number a paint, and
tells it to who listens: levels are folded into one pair of peaks, everything else keeps its order. Commands go the
other way as plain calls of a function that only puts them into the session's inbox.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any

from PySide6.QtCore import Qt, QTimer

from app.fact import Fact
from engine.runtime.news import News

PAINT_MS = 33                    # between two drains: 30 paints a second
HIDDEN_MS = 500                  # ... while nothing of it can be seen: the tray's icon is all there is to keep true
PER_PAINT = 200                  # news a drain takes at most; 6000 a second, a conversation makes about 50
STAGES = ("wait_ms", "listen_ms", "think_ms", "speak_ms", "total_ms")

Fields = dict[str, Any]


def _stages(fields: Fields) -> tuple[dict[str, float]]:
    return ({stage: float(fields[stage]) for stage in STAGES if fields.get(stage) is not None},)


def _number(fields: Fields) -> tuple[int]:
    return (int(fields["reply"]),)


def _text(fields: Fields) -> tuple[str]:
    return (str(fields["text"]),)


def _numbered_text(fields: Fields) -> tuple[int, str]:
    return int(fields["reply"]), str(fields["text"])


# news name -> fact of the bridge, and how the fields become its values
FACTS: dict[str, tuple[str, Callable[[Fields], tuple[Any, ...]]]] = {
    "ready": ("ready", lambda f: ()),
    "floor": ("floor", lambda f: (str(f["state"]).lower(),)),
    "user_start": ("user_speaks", lambda f: (True,)),
    "user_end": ("user_speaks", lambda f: (False,)),
    "words": ("words", _text),
    "final": ("final", _text),
    "reply_text": ("reply_text", _numbered_text),
    "reply_start": ("reply_started", _number),
    "heard": ("heard", _numbered_text),
    "duck": ("ducked", lambda f: (True,)),
    "unduck": ("ducked", lambda f: (False,)),
    "yield": ("yielded", lambda f: (int(f["reply"]), str(f["heard"]))),
    "resume": ("resumed", _number),
    "reply_end": ("reply_ended", _number),
    "backchannel": ("backchannel", lambda f: (str(f.get("text", "")),)),
    "tool": ("tool", lambda f: (str(f["name"]), dict(f["arguments"]), str(f["result"]))),
    "heard_nothing": ("heard_nothing", lambda f: ()),
    "latency": ("latency", _stages),
    "mode": ("mode", lambda f: (str(f["mode"]), bool(f["muted"]))),
    "status": ("status", lambda f: (str(f["text"]), bool(f["trouble"]), str(f.get("source", "device")))),
    "echo": ("echo", lambda f: (float(f["erle_db"]), float(f["delay_ms"]))),
    "error": ("failed", lambda f: (str(f["what"]), str(f["do"]))),
}


class Bridge:
    """Lives on the UI thread. Its facts are plain calls; `painted` closes each drain: widgets draw once a paint."""

    def __init__(self, news: "SimpleQueue[News]") -> None:
        self.news = news
        self.ready = Fact[()]()
        self.floor = Fact[str]()                 # quiet, hearing, thinking, talking, ducked, held, no_microphone
        self.level = Fact[float, float]()        # microphone, loudspeaker: peaks 0..1 since the last paint
        self.trail = Fact[list[tuple[float, float, float]]]()    # the same, one by one: (microphone time, the two)
        self.user_speaks = Fact[bool]()
        self.words, self.final = Fact[str](), Fact[str]()
        self.reply_text, self.heard = Fact[int, str](), Fact[int, str]()
        self.reply_started, self.reply_ended = Fact[int](), Fact[int]()
        self.ducked = Fact[bool]()
        self.yielded = Fact[int, str]()          # reply, the words that were heard
        self.resumed = Fact[int]()
        self.backchannel = Fact[str]()
        self.tool = Fact[str, dict[str, Any], str]()
        self.heard_nothing = Fact[()]()
        self.latency = Fact[dict[str, float]]()  # ms by STAGES; a stage that took no part is absent
        self.mode = Fact[str, bool]()            # "open" or "push", muted
        self.status = Fact[str, bool, str]()     # text, whether it is trouble, who says so
        self.echo = Fact[float, float]()         # dB removed, delay in ms
        self.failed = Fact[str, str]()           # what broke, what to do about it
        self.painted = Fact[()]()
        self.now_s = 0.0                         # microphone time of the news that is being told
        self._last_s = 0.0
        self._longest_ms = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PAINT_MS)
        self._timer.timeout.connect(self._paint)

    def start(self) -> None:
        """From now on the event loop drains by itself."""
        self._last_s = 0.0
        self._timer.start()

    def stop(self) -> None:
        """Nothing more is told, whatever is still in the queue."""
        self._timer.stop()

    @property
    def interval_ms(self) -> int:
        """Between two paints."""
        return self._timer.interval()

    def pace(self, seen: bool) -> None:
        """Whether the window can be seen: 30 drains a second, or two."""
        self._last_s = 0.0
        self._timer.setTimerType(Qt.TimerType.PreciseTimer if seen else Qt.TimerType.CoarseTimer)
        self._timer.setInterval(PAINT_MS if seen else HIDDEN_MS)

    def drain(self) -> int:
        """Takes at most PER_PAINT news and tells them; needs no event loop. -> how many it took.

        News that cannot be read is a fault of ours, not of the user: it is shown as one, and what follows goes on.
        """
        took = 0
        trail: list[tuple[float, float, float]] = []
        while took < PER_PAINT:
            try:
                news = self.news.get_nowait()
            except Empty:
                break
            took += 1
            self.now_s = news.t or self.now_s    # what does not come from the session has no microphone time
            try:
                if news.name == "level":
                    mic, speaker = float(news.fields["mic"]), float(news.fields["speaker"])
                    trail.append((self.now_s, min(1.0, max(0.0, mic)), min(1.0, max(0.0, speaker))))
                    continue
                fact, read = FACTS[news.name]
                values = read(news.fields)
            except (KeyError, TypeError, ValueError) as fault:
                self.failed.emit(f"The window cannot read the news {news.name!r}: {fault!r}.",
                                 "This is a fault in Parley: please report this line.")
                continue
            getattr(self, fact).emit(*values)
        if trail:
            self.trail.emit(trail)
            self.level.emit(max(mic for _, mic, _ in trail), max(speaker for _, _, speaker in trail))
        self.painted.emit()
        return took

    def take_longest_gap_ms(self) -> float:
        """-> the longest time between two paints since the last call: PAINT_MS when the UI thread is never held."""
        longest, self._longest_ms = self._longest_ms, 0.0
        return longest

    def _paint(self) -> None:
        now_s = perf_counter()
        if self._last_s:
            self._longest_ms = max(self._longest_ms, 1000 * (now_s - self._last_s))
        self._last_s = now_s
        self.drain()
