"""The vocabulary of turn-taking: who can have the floor, what can happen, what can be asked for, and the rules.

Probabilities come from the models (`Hop`, `Words.sense`); every threshold they are compared with is in `TurnRules`.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache


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
class Words:
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
    text: str                    # the assistant has something to say by itself: a timer


@dataclass(frozen=True, slots=True)
class Halt:
    """The stop key. Nothing weighs more."""


@dataclass(frozen=True, slots=True)
class Push:
    down: bool                   # the push-to-talk key


@dataclass(frozen=True, slots=True)
class Mode:
    push_to_talk: bool           # False: open microphone


Event = Hop | Missed | Words | Sounding | Spoken | Asked | Broken | Typed | Announce | Halt | Push | Mode


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


Action = Listen | Settle | Think | Release | BackChannel | Tell | Duck | Hold | Resume | Cancel | HeardNothing | GaveUp


SIGNS = ("mm-hm", "uh-huh", "right", "mm-hm", "okay")    # of listening, in turn: the least committal comes most


STOP_WORDS = frozenset({
    "stop", "stop it", "stop that", "stop talking", "stop stop", "stop please", "please stop", "quiet", "be quiet",
    "silence", "shut up", "enough", "that's enough", "parley stop", "okay stop", "no stop",
})
HUMS = frozenset({"mm", "hm", "hmm", "mhm", "mm-hm", "mm-hmm", "mmhm", "uh-huh", "uh", "huh", "um", "ah", "oh", "aha"})
BACK_CHANNELS = HUMS | frozenset({
    "yeah", "yep", "yes", "okay", "ok", "right", "sure", "wow", "really", "nice", "good", "cool", "i", "see", "alright",
})


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Every threshold of the conversation. Profiles may set each by its name; `parley train thresholds` chooses some.

    The assistant's signs of listening come no more often than people's: in the 1155 telephone calls of Switchboard
    19 % of 205,000 utterances are back-channels, one in about 36 of 1.4 million words (Stolcke et al. 2000,
    Computational Linguistics 26:3), which at 3.5 words a second is one in 10 s of the other's speech.
    """

    on: float = 0.6              # user_speaking above this starts a burst ...
    off: float = 0.35            # ... and below this ends it (hysteresis)
    done: float = 0.5            # turn_done above this ends the user's turn, at patience 0.5
    asked: float = 0.15          # by so much surer, if the assistant has just asked something
    dictated: float = 0.2        # by so much surer, while digits, letters or a note are dictated
    ending: float = 0.5          # turn_ending above this asks for the final words ahead of time
    think_ahead: bool = True     # False: thinks when sure that the user has finished, not before
    takes: float = 0.5           # takes_floor above this stops the reply, at barge_in 0.5
    decide_ms: float = 500       # a voice over the reply that has not taken the floor by then: full voice again
    patience: float = 0.5        # 0 answers fast and cuts off, 1 waits long
    barge_in: float = 0.5        # 0 hard, 1 easy to interrupt
    onset_ms: float = 64         # a burst this long begins a turn
    unduck_ms: float = 160       # silence after which a ducked reply gets its full voice back
    resume: bool = True          # False: whoever stops the reply has ended it
    longest_pause_ms: float = 3000   # silence that ends any turn
    held_pause_ms: float = 320   # silence after which an interruption's words are asked for
    lost_words_ms: float = 2000  # silence after which final words that never came are given up
    resume_ms: float = 1200      # a held reply goes on after this long without intelligible words
    longest_thought_ms: float = 20000    # nobody waits longer for a reply to sound
    longest_turn_ms: float = 60000   # nobody has the floor for ever (an open television)
    short_ms: float = 640        # an interruption shorter than this needs to make sense to count
    sense: float = 0.6           # what "making sense" means for a short interruption
    backchannels: bool = True    # False: the assistant listens without a sound
    backchannel: float = 0.5     # backchannel_here above this is answered by an "mm-hm" ...
    backchannel_first_ms: float = 2000   # ... never sooner after the user's turn began ...
    backchannel_every_ms: float = 10000  # ... and never after less of the user's speech since the last one

    def done_at(self, asked: bool = False, dictating: bool = False) -> float:
        """Patience moves the threshold of turn_done, not the clock: the predictor knows how sure it is.

        `asked`: the assistant has just asked something, so the user may need time to think. `dictating`: the user
        says digits, letters or a note, and pauses between any two of them.
        """
        wanted = self.done + 0.6 * (self.patience - 0.5) + self.asked * asked + self.dictated * dictating
        return min(0.95, max(0.05, wanted))

    @property
    def takes_at(self) -> float:
        return min(0.95, max(0.05, self.takes - 0.6 * (self.barge_in - 0.5)))


def bare(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").replace(".", " ").replace("!", " ").split())


def is_stop(text: str) -> bool:
    return bare(text) in STOP_WORDS


def goes_on_after_stop(text: str) -> bool:
    """"stop the timer": begins like a stop word, and is more than that."""
    said = bare(text)
    return said not in STOP_WORDS and any(said.startswith(f"{word} ") for word in STOP_WORDS)


def is_hum(text: str) -> bool:
    """Sounds that ask for nothing, whoever has the floor. Empty counts."""
    return all(word in HUMS for word in bare(text).split())


def is_back_channel(text: str) -> bool:
    """Nothing but acknowledging sounds. Empty counts."""
    return all(word in BACK_CHANNELS for word in bare(text).split())


_DIGITS = frozenset({
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple", "dash",
    "dot",
})
_TENS = frozenset({
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "point",
})
_NOTE = re.compile(
    r"(?:^|\b(?:you|please|to|parley) )(?:(?:take|make|write|add|leave|dictate) (?:down )?(?:a|an|another|this|the) "
    r"(?:\w+ )?(?:note|memo|list|message)|note (?:that|down)|write (?:this |it )?down|remember that)\b"
)


@lru_cache(256)
def dictates(text: str) -> bool:
    """Whether the user is dictating: a note or a list, or the last two words are single digits or letters.

    The last words of a number ("three point one four", "twenty five") are none.
    """
    words = bare(text).split()
    if _NOTE.search(" ".join(words)):
        return True
    units = [len(w) == 1 or w in _DIGITS for w in words[-2:]]
    return len(units) == 2 and all(units) and not (len(words) > 2 and words[-3] in _TENS)
