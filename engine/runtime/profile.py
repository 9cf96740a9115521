"""A profile: which parts listen, think and speak, and what each costs in a simulated conversation. Plain values."""

from dataclasses import dataclass, field
from typing import Any

from engine.strict_yaml import limited

LARGE = ("workstation", "server", "aligned")     # made by engine.runtime.profile_makers
PROFILES = ("embedded", *LARGE)


@dataclass(frozen=True, slots=True)
class Costs:
    """Computing time of the stages in hops (32 ms each), where time is simulated; 0..1000.

    listen: from a hop of audio to the words so far that it changed.
    final: from the end of an utterance to its final words.
    think: from the final words to the first phrase of the reply, and from phrase to phrase.
    speak: from a phrase to its first chunk of audio.
    """

    listen: int = limited(1, 0, 1000)
    final: int = limited(2, 0, 1000)
    think: int = limited(1, 0, 1000)
    speak: int = limited(1, 0, 1000)


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of parts. `turns`: keyword arguments for the rules of the conversation core."""

    name: str
    listens: str
    thinks: str
    speaks: str
    costs: Costs = field(default_factory=Costs)
    turns: dict[str, Any] = field(default_factory=dict)
    predicts: str = "rules"
