"""Who has the floor in a recording, hop by hop: what the predictor is told (`View`) when nobody can be asked.

In the product the conversation core says it; in a recording the assistant has spoken when it spoke, whatever the
predictor thinks. So this follower goes open loop, by these rules, on what is known up to the hop alone:

- the assistant's labelled intervals are TALKING, from the hop that begins in one to the last of it;
- outside of them the predictor's own `user_speaking` decides, with the thresholds of the core (`TurnRules`):
  a burst of `onset_ms` above `on` (until below `off`) makes QUIET or ENDING to HEARING;
- in HEARING, `turn_ending` or `turn_done` above their thresholds in a silence make it ENDING, as the core asks for
  the final words then;
- in ENDING, `turn_done` above its threshold, or a silence of `longest_pause_ms`, makes it QUIET: the turn is over
  and the assistant, in this recording, has not begun. (THINKING and HELD do not occur: nothing thinks or is held.)
- when the assistant falls silent while the user's voice goes on, the user has the floor: HEARING; else QUIET.

`View.text` and `View.sense` are what the recogniser makes of it where one is given, else "" and 0.5.
"""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import hops, seconds
from engine.asr.ctc_recogniser import CtcRecogniser
from engine.duplex.predictor import View
from engine.messages import Audio, Begin, End
from engine.nlu.completeness import UNKNOWN, complete
from engine.runtime.utterance import PREROLL_MS
from engine.turns.floor import Floor, Hop
from engine.turns.rules import TurnRules

Words = Callable[[Heard, Floor], tuple[str, float]]


class Follower:
    """`view` before a hop is judged, `step(hop)` after it. One conversation each."""

    def __init__(self, assistant: Sequence[tuple[float, float]], rules: TurnRules) -> None:
        """assistant: its intervals in seconds, in order."""
        self.assistant, self.rules = assistant, rules
        self.floor, self.waited, self.hop = Floor.QUIET, 0, 0
        self.voiced, self.run = False, 0         # as in Turns: hysteresis output, hops since it flipped
        self.text, self.sense = "", UNKNOWN
        self._at = 0                             # the first interval that is not over

    @property
    def view(self) -> View:
        """What is known when the next hop has been heard."""
        self._meet_assistant()
        return View(self.floor, self.waited, self.text, self.sense)

    def _meet_assistant(self) -> None:
        t = seconds(self.hop)                    # where the next hop begins
        while self._at < len(self.assistant) and self.assistant[self._at][1] <= t:
            self._at += 1
        talks = self._at < len(self.assistant) and self.assistant[self._at][0] <= t
        if talks and self.floor is not Floor.TALKING:
            self._go(Floor.TALKING)
        elif not talks and self.floor is Floor.TALKING:
            self._go(Floor.HEARING if self.voiced else Floor.QUIET)

    def step(self, hop: Hop) -> None:
        """What the predictor made of the hop."""
        self.hop += 1
        flipped = hop.user_speaking > self.rules.on if not self.voiced else hop.user_speaking < self.rules.off
        self.voiced ^= flipped
        self.run = 1 if flipped else self.run + 1
        was = self.floor
        if self.floor is not Floor.TALKING:
            self._judge(hop)
        self.waited = self.waited + 1 if self.floor is was else 0

    def _judge(self, hop: Hop) -> None:
        done = not self.voiced and hop.turn_done >= self.rules.done_at()
        if self.voiced and self.run >= hops(self.rules.onset_ms):
            self.floor = Floor.HEARING
        elif self.floor is Floor.HEARING and (done or (not self.voiced and hop.turn_ending >= self.rules.ending)):
            self.floor = Floor.ENDING
        elif self.floor is Floor.ENDING and (done or self._silent_for(self.rules.longest_pause_ms)):
            self.floor = Floor.QUIET
        elif self.floor is Floor.HEARING and self._silent_for(self.rules.longest_pause_ms):
            self.floor = Floor.ENDING

    def _silent_for(self, ms: float) -> bool:
        return not self.voiced and self.run >= hops(ms)

    def _go(self, floor: Floor) -> None:
        self.floor, self.waited = floor, 0


class ProductWords:
    """The product's recogniser and its sense of a whole request, in lockstep: slow, about real time.

    An utterance runs from an onset (with the product's pre-roll) to ENDING; going on adds to what was said before.
    A word is known a hop after its sound, as the embedded profile's costs have it.
    """

    def __init__(self) -> None:
        self.listener = CtcRecogniser(lockstep=True)
        self.recent: deque[np.ndarray] = deque(maxlen=hops(PREROLL_MS))
        self.since, self.before, self.text = 0, "", ""
        self.known = ("", UNKNOWN)

    def __call__(self, heard: Heard, floor: Floor) -> tuple[str, float]:
        """floor: after this hop. -> text and sense for the next one."""
        known = self.known
        if floor is Floor.HEARING:
            if not self.since:
                self.since = heard.hop
                self._take(Begin(self.since, np.concatenate([*self.recent, heard.whole])))
            else:
                self._take(Audio(self.since, heard.whole))
        elif self.since:
            self._take(End(self.since))
            self.before, self.since, self.text = f"{self.before} {self.text}".strip(), 0, ""
        if floor in (Floor.QUIET, Floor.TALKING):
            self.before = self.text = ""
        self.recent.append(heard.whole)
        said = f"{self.before} {self.text}".strip()
        self.known = (said, complete(said))
        return known

    def stop(self) -> None:
        self.listener.stop()

    def _take(self, body: Begin | Audio | End) -> None:
        for words in self.listener.work(body):
            self.text = words.text
