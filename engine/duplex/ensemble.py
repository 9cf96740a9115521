"""The trained predictor, told what the words mean: a network for how people talk, the brain for what is whole.

The network hears prosody, echo and letters; it has never heard the brain. `View.sense` says how finished the words so
far sound to the brain that is to answer them: a whole request need not wait for the network to be sure, and one that
obviously goes on is not to be cut off however it sounds. Where the brain cannot tell (0.5, always so for talk that is
none of its requests, and in the bench without words) the network decides alone, but not for ever: between people hardly
a pause within a turn lasts over a second and a half (docs/log.md), so `turn_done` grows with silence from there on.

Over the assistant's voice both are asked: the rules by the length of a voice and its pitch, the network by everything
else. They err on different sounds, so `takes_floor` is their mean, and the rules may be quicker than they are alone.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from audio_io.ears import Heard
from audio_io.frames import HOP, MIC_HZ
from engine.duplex.predictor import Predictor, View
from engine.duplex.rules import RulePredictor, RuleState, logistic
from engine.turns.floor import Floor, Hop


@dataclass(frozen=True, slots=True)
class State:
    network: Any
    rules: RuleState


@dataclass(frozen=True, slots=True)
class EnsemblePredictor:
    """whole, open: `View.sense` from which on, and up to which, the brain's grammar decides; 0..1.

    long_ms: silence at which a turn of unknown meaning is as likely over as not, whatever it sounded like.
    """

    network: Predictor
    rules: RulePredictor = field(default_factory=lambda: RulePredictor(140, slope=0.12, takes_ms=160))
    whole: float = 0.75
    open: float = 0.25
    long_ms: float = 1500
    long_slope_ms: float = 120

    def init_state(self) -> State:
        return State(self.network.init_state(), self.rules.init_state())

    def __call__(self, heard: Heard, view: View, state: State) -> tuple[Hop, State]:
        hop, network = self.network(heard, view, state.network)
        ruled, rules = self.rules(heard, view, state.rules)
        if view.floor is Floor.TALKING:          # the reflex: whoever hears a voice first ducks the reply
            hop = replace(hop, user_speaking=max(hop.user_speaking, ruled.user_speaking),
                          takes_floor=(hop.takes_floor + ruled.takes_floor) / 2)  # fmt: skip
        return self.judge(hop, ruled, view.sense, rules.silence), State(network, rules)

    def rest(self, state: State, n: int) -> State:
        return State(self.network.rest(state.network, n), self.rules.rest(state.rules, n))

    def judge(self, hop: Hop, ruled: Hop, sense: float, silence: int) -> Hop:
        """When the turn is over. hop, ruled: what the network and the rules say; silence: hops since the last voice."""
        done, ending = (hop.turn_done, ruled.turn_done), (hop.turn_ending, ruled.turn_ending)
        if sense <= self.open:
            return replace(hop, turn_done=min(done), turn_ending=min(ending))
        if sense >= self.whole:                  # the rules see a voice fall two hops before the network is sure
            speaking = min(hop.user_speaking, ruled.user_speaking) if silence else hop.user_speaking
            return replace(hop, user_speaking=speaking, turn_done=max(done), turn_ending=max(ending))
        silent_ms = silence * HOP * 1000 / MIC_HZ
        over = logistic((silent_ms - self.long_ms) / self.long_slope_ms) if silence else 0.0
        return replace(hop, turn_done=max(hop.turn_done, over), turn_ending=max(hop.turn_ending, over))
