"""The one crossing between the session and Qt: events come up, nothing waits.

Any thread puts an `Event` into a `SimpleQueue`. A timer on the UI thread takes it out, a bounded number a paint, and
tells it to who listens for its kind: levels are folded into one pair of peaks, everything else keeps its order.
Commands go the other way as plain calls of a function that only puts them into the session's inbox.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer

from app.fact import Fact
from engine.messages import Event, Level

PAINT_MS = 33                    # between two drains: 30 paints a second
HIDDEN_MS = 500                  # ... while nothing of it can be seen: the tray's icon is all there is to keep true
PER_PAINT = 200                  # events a drain takes at most; 6000 a second, a conversation makes about 50

E = TypeVar("E", bound=Event)


class Bridge:
    """Lives on the UI thread. What it tells are plain calls; `painted` closes each drain: widgets draw once a paint."""

    def __init__(self, events: "SimpleQueue[Event]") -> None:
        self.events = events
        self.level = Fact[float, float]()        # microphone, loudspeaker: peaks 0..1 since the last paint
        self.trail = Fact[list[tuple[float, float, float]]]()    # the same, one by one: (microphone time, the two)
        self.painted = Fact[()]()
        self.now_s = 0.0                         # microphone time of the event that is being told
        self._listeners: dict[type[Event], list[Callable[[Event], object]]] = {}
        self._last_s = 0.0
        self._longest_ms = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PAINT_MS)
        self._timer.timeout.connect(self._paint)

    def on(self, kind: type[E], listener: Callable[[E], object]) -> None:
        """From now on `listener` is called with every event of that kind, after those that came before it."""
        assert kind is not Level, "levels are folded: see `level` and `trail`"
        self._listeners.setdefault(kind, []).append(listener)        # type: ignore[arg-type]

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
        """Takes at most PER_PAINT events and tells them; needs no event loop. -> how many it took."""
        took = 0
        trail: list[tuple[float, float, float]] = []
        while took < PER_PAINT:
            try:
                event = self.events.get_nowait()
            except Empty:
                break
            took += 1
            self.now_s = event.t or self.now_s   # what does not come from the session has no microphone time
            if isinstance(event, Level):
                trail.append((self.now_s, min(1.0, max(0.0, event.mic)), min(1.0, max(0.0, event.speaker))))
            else:
                self.tell(event)
        if trail:
            self.trail.emit(trail)
            self.level.emit(max(mic for _, mic, _ in trail), max(speaker for _, _, speaker in trail))
        self.painted.emit()
        return took

    def tell(self, event: Event) -> None:
        """At once, to who listens for its kind."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)

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
