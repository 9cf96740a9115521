"""What a full-duplex predictor is: one hop of hearing in, five probabilities out. It reports; the core judges.

`engine.duplex.rules` needs no model, `engine.duplex.network` is trained, `engine.duplex.ensemble` joins the two.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from audio_io.ears import Heard
from engine.turns.floor import Floor, Hop


@dataclass(frozen=True, slots=True)
class View:
    """What the predictor may know of the conversation besides sound."""

    floor: Floor = Floor.QUIET
    hops_in_floor: int = 0
    text: str = ""               # the user's words so far in this turn
    sense: float = 0.5           # 0..1, how finished they sound


class Predictor(Protocol):
    """The state is a value: `hop, state = predictor(heard, view, state)`."""

    def init_state(self) -> Any: ...
    def __call__(self, heard: Heard, view: View, state: Any) -> tuple[Hop, Any]: ...

    def rest(self, state: Any, n: int) -> Any:
        """-> the state as if `n` hops of a quiet room had passed in which nobody had the floor."""
