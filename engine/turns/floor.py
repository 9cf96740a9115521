"""Who can have the floor, the events that change it and the actions that the core asks for.

Probabilities come from the models (`Hop`, `Recognised.sense`); every threshold that they are compared with is in
`TurnRules`.
"""

from dataclasses import dataclass
from enum import Enum, auto


class OutOfTurn(RuntimeError):
    """An event arrived in a state where it cannot happen: a bug upstream, never a user's doing."""


class Floor(Enum):
    """Who has the floor."""

    QUIET = auto()               # nobody
    HEARING = auto()             # the user
    ENDING = auto()              # the user is silent; final words are asked for, or known and it is not yet sure
    THINKING = auto()            # the assistant, not yet audible
    TALKING = auto()             # the assistant, audible (perhaps ducked)
    HELD = auto()                # the assistant stopped in mid-reply for the user; it may go on


# -- what comes in ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Hop:
    """The predictor's five probabilities for one hop of the microphone. One every 32 ms: this is the clock."""

    user_speaking: float = 0.0   # the user's own voice is in this hop (not echo, noise, another voice)
    turn_done: float = 0.0       # the user has finished: the assistant may take the floor
    turn_ending: float = 0.0     # the user will finish within 500 ms
    takes_floor: float = 0.0     # speaking over the assistant, the user wants the floor
    backchannel_here: float = 0.0    # a short "mm-hm" of the assistant would be welcome now


@dataclass(frozen=True, slots=True)
class Missed:
    """So many hops of the microphone never came: the clock goes on, and nobody knows what was in them."""

    hops: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the recogniser makes of the utterance that began at hop `since`.

    sense: 0..1, how much it sounds like something complete that the brain understands.
    """

    since: int
    text: str
    final: bool = False
    sense: float = 0.5


@dataclass(frozen=True, slots=True)
class Sounding:
    epoch: int                   # the first sample of the reply left the loudspeaker


@dataclass(frozen=True, slots=True)
class Heard:
    epoch: int                   # the first word of the reply has left the loudspeaker to its end


@dataclass(frozen=True, slots=True)
class Spoken:
    epoch: int                   # the last sample of the reply left the loudspeaker


@dataclass(frozen=True, slots=True)
class Asked:
    epoch: int                   # the reply ends in a question: the user will want time to think


@dataclass(frozen=True, slots=True)
class Broken:
    epoch: int                   # a stage failed: this reply will never be finished


@dataclass(frozen=True, slots=True)
class Typed:
    text: str                    # the user typed instead of speaking


@dataclass(frozen=True, slots=True)
class Announce:
    """The assistant has something to say by itself.

    number: its name, where it is to be told until it is heard (an alarm); 0: once is enough. failed: so many times it
    could not be said.
    """

    text: str
    number: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Halt:
    """The stop key. Nothing weighs more."""


@dataclass(frozen=True, slots=True)
class TalkKey:
    down: bool                   # the push-to-talk key


@dataclass(frozen=True, slots=True)
class Mode:
    push_to_talk: bool           # False: open microphone


Event = (Hop | Missed | Recognised | Sounding | Heard | Spoken | Asked | Broken | Typed | Announce | Halt | TalkKey
         | Mode)  # fmt: skip


# -- what goes out ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Listen:
    since: int                   # recognise from the pre-roll of this hop on


@dataclass(frozen=True, slots=True)
class Settle:
    since: int                   # the utterance is over: final words, please


@dataclass(frozen=True, slots=True)
class Think:
    epoch: int
    text: str
    ahead: bool = False          # the user may go on yet: nothing may sound or show before `Release`


@dataclass(frozen=True, slots=True)
class Release:
    epoch: int                   # the user has finished: what was thought ahead may sound


@dataclass(frozen=True, slots=True)
class BackChannel:
    text: str                    # a short sign of listening; the user keeps the floor


@dataclass(frozen=True, slots=True)
class Tell:
    epoch: int                   # say this, no thinking needed
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    number: int                  # this announcement was heard


@dataclass(frozen=True, slots=True)
class Untold:
    number: int                  # this announcement could not be said, however often it was tried
    text: str


@dataclass(frozen=True, slots=True)
class Duck:
    on: bool


@dataclass(frozen=True, slots=True)
class Hold:
    epoch: int                   # yield: fall silent, keep the rest


@dataclass(frozen=True, slots=True)
class Resume:
    epoch: int                   # the interruption was none: go on from the last word boundary


@dataclass(frozen=True, slots=True)
class Cancel:
    epoch: int                   # everything stamped with this epoch is now void


@dataclass(frozen=True, slots=True)
class HeardNothing:
    since: int                   # a voice, but no words


@dataclass(frozen=True, slots=True)
class GaveUp:
    epoch: int                   # no answer came in time; it was cancelled


Action = (Listen | Settle | Think | Release | BackChannel | Tell | Told | Untold | Duck | Hold | Resume | Cancel
          | HeardNothing | GaveUp)
