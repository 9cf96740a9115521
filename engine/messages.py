"""What flows between the parts of a conversation, and what it tells whoever watches. Plain frozen values, no behaviour.

A profile is a choice of three generators; each is the `work` of a `engine.workers.stage.Stage`:

    listen(Begin | Audio | End)        -> Words, Words, ...        words so far, then the final ones
    think(Prompt)                      -> Say | Used | Change ...   the reply, a speakable phrase at a time
                                          (None: still at work, a moment at which it may be stopped)
    speak(Phrase)                      -> Chunk, Chunk, ...         audio with the words in it

Around `speak`, `engine.tts.back_channels` adds:   speak(Sign) -> Murmur        a sign of listening, ready to be played

What the user and the program want of a conversation is a `Command`: one value, from any thread.
What is told is an `Event`, at the end of this file: who shows it finds the words for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from audio_io.notices import Statement
from engine.notices import Advice

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


# -- to and from the recogniser ---------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Begin:
    """A user starts to speak. `since`: the hop that names this utterance. `pcm`: [n] 16 kHz, its pre-roll."""

    since: int
    pcm: np.ndarray


@dataclass(frozen=True, slots=True)
class Audio:
    """One more hop of the same utterance. pcm: [HOP] float32 at 16 kHz, echo removed."""

    since: int
    pcm: np.ndarray


@dataclass(frozen=True, slots=True)
class End:
    """The utterance is over: the final words, please."""

    since: int


@dataclass(frozen=True, slots=True)
class HeardTags:
    """How something was said, from a recogniser that can tell; "" is what it cannot, or is not sure of.

    language: zh, en, yue, ja, ko. emotion: happy, sad, angry, neutral, fearful, disgusted, surprised.
    event: speech, laughter, cough, cry, bgm, applause, sneeze, breath, sing ...
    """

    language: str = ""
    emotion: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What the recogniser makes of the utterance that began at hop `since`.

    text: lower case, numbers said out, no punctuation; may be empty. written: the same as one would write it, for
    captions and the chat model; "" where the recogniser cannot tell. sense: 0..1, how much it sounds like something
    complete, together with what was said before in the same turn; see engine.nlu.completeness.
    """

    since: int
    text: str
    final: bool = False
    tags: HeardTags = HeardTags()
    written: str = ""
    sense: float = 0.5


# -- to and from the brain ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of each side. `heard`: the words of the reply that left the loudspeaker, nothing else."""

    user: str
    heard: str = ""
    cut: bool = False            # the reply was interrupted


@dataclass(frozen=True, slots=True)
class Prompt:
    """`text`: what the user said. `past`: oldest first. `now`: the wall clock when the user had said it, aware.

    `tags`: what the recogniser noticed beside the words, in plain words: "sounds sad", "laughter".
    `written`: the text as one would write it, with case and punctuation; "" where nobody can tell.
    `ahead`: the user may go on yet: what leaves a trace is answered by `Lasting` alone.
    """

    text: str
    past: tuple[Exchange, ...] = ()
    now: datetime | None = None      # None: whenever it is answered
    tags: tuple[str, ...] = ()
    written: str = ""
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """A phrase to speak. `asks`: the assistant has asked something and waits for the answer.

    `how`: changes of the style for this phrase alone ("say that sadly"). `holding`: it only fills the time until the
    answer's first words: it is not said while the user may go on, nor when they are there.
    """

    text: str
    asks: bool = False
    how: "tuple[Change, ...]" = ()
    holding: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """A tool was used on the way."""

    name: str
    arguments: dict[str, Json]
    result: str


@dataclass(frozen=True, slots=True)
class Lasting:
    """In place of an answer: it would leave a trace, so ask again when it is sure that the user has finished."""


@dataclass(frozen=True, slots=True)
class Change:
    """The user wants it otherwise from the next phrase on: `field` of `Style` becomes `value`."""

    field: str
    value: str | float


# -- to and from the synthesiser ------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Style:
    """How the voice sounds. rate, pitch, volume: 1.0 is the voice's own.

    emotion, manner, dialect: names in `engine.tts.styles`; what the voice cannot do it leaves out.
    """

    voice: str = "en-us"
    rate: float = 1.0            # 0.5..2.5
    pitch: float = 1.0           # 0.5..2.0
    volume: float = 1.0          # 0.1..2.0
    emotion: str = "neutral"
    manner: str = "plain"
    dialect: str = ""            # the voice's own

    def with_(self, change: Change) -> "Style":
        """Raises TypeError for a field that is none."""
        values: dict[str, Any] = {change.field: change.value}
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Phrase:
    """`last`: no more phrases follow in this reply (`text` may then be empty)."""

    text: str
    style: Style = field(default_factory=Style)
    last: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """pcm: [n] float32 mono at VOICE_HZ. `words`: (first sample within pcm, word), in order.

    The words of all chunks of a phrase, joined by spaces, are the words of the phrase as written.
    """

    pcm: np.ndarray
    words: tuple[tuple[int, str], ...] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """Make this sign of listening, to be played later."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True, eq=False)
class Murmur:
    """The sign as sound: pcm [n] float32 mono at the device's rate."""

    text: str
    style: Style
    pcm: np.ndarray


# -- commands: what a conversation can be told --------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Mute:
    """The microphone counts as silent while it is on."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetMode:
    """push: the user is heard only while the key is down (push to talk); else always."""

    push: bool


@dataclass(frozen=True, slots=True)
class Push:
    """The push-to-talk key goes down or up; means nothing in the open mode."""

    down: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Be quiet: the reply ends, and the user's turn as well."""


@dataclass(frozen=True, slots=True)
class SayText:
    """The user has typed this instead of saying it."""

    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Say this in the voice of now, at once, in place of what is being said."""

    text: str


@dataclass(frozen=True, slots=True)
class SetRules:
    """What the user may choose of the rules of turn-taking; fields as in `engine.turns.floor.TurnRules`."""

    patience: float
    barge_in: float
    resume: bool
    backchannels: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """What was said so far is forgotten."""


@dataclass(frozen=True, slots=True)
class SaveTrace:
    """Write the last minute into this folder, for a report."""

    folder: Path


@dataclass(frozen=True, slots=True)
class NewRoute:
    """Another device plays and listens: what was learnt of the echo is void."""


# `Change` (above) is one as well: of the style, from the next phrase on
Command = Mute | SetMode | Push | Stop | SayText | Preview | Change | SetRules | Forget | SaveTrace | NewRoute


# -- events: what is told ---------------------------------------------------------------------------
class FloorState(Enum):
    """Who has the floor, as it is shown; see `engine.turns.floor.Floor`."""

    STARTING = "starting"        # there is no conversation yet
    QUIET = "quiet"
    HEARING = "hearing"
    ENDING = "ending"
    THINKING = "thinking"
    TALKING = "talking"
    DUCKED = "ducked"            # talking softly, because there is a voice over it
    HELD = "held"


class Severity(Enum):
    """What a notice means for who reads it."""

    INFO = auto()                # all is well as far as the source can tell
    TROUBLE = auto()             # something is wrong until the same source says otherwise
    ERROR = auto()               # something went wrong, once


class Source(Enum):
    """Who gives a notice."""

    DEVICE = auto()
    ENGINE = auto()
    SETTINGS = auto()
    WINDOW = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """t: seconds on the microphone's clock; 0 for what does not come from a conversation."""

    t: float


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """Microphone, voice and words are there."""


@dataclass(frozen=True, slots=True)
class FloorChanged(Event):
    state: FloorState


@dataclass(frozen=True, slots=True)
class Level(Event):
    """Peaks 0..1 since the last one, about ten a second."""

    mic: float
    speaker: float


@dataclass(frozen=True, slots=True)
class UserStarted(Event):
    """The user's voice is taken for speech."""


@dataclass(frozen=True, slots=True)
class UserEnded(Event):
    """The user has probably finished: the time of the decision."""


@dataclass(frozen=True, slots=True)
class WordsSoFar(Event):
    """text: of the utterance, from its beginning; empty: they were not for us."""

    text: str


@dataclass(frozen=True, slots=True)
class FinalWords(Event):
    """text: of the utterance, or what was typed."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyText(Event):
    """One more phrase of a reply, as generated. reply: its number, from 1, here and below."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyStarted(Event):
    """Its first sample leaves the loudspeaker."""

    reply: int


@dataclass(frozen=True, slots=True)
class ReplyHeard(Event):
    """text: all its words that have left the loudspeaker so far."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class Ducked(Event):
    """The voice goes down: there is another one over it."""

    reply: int


@dataclass(frozen=True, slots=True)
class Unducked(Event):
    """The voice comes back."""

    reply: int


@dataclass(frozen=True, slots=True)
class Yielded(Event):
    """It falls silent for the user. heard: as `ReplyHeard.text`."""

    reply: int
    heard: str


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The interruption was none: it goes on."""

    reply: int


@dataclass(frozen=True, slots=True)
class ReplyEnded(Event):
    """Its last sample has left, or it was given up."""

    reply: int


@dataclass(frozen=True, slots=True)
class BackChannelGiven(Event):
    """A short sign of listening begins to sound."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolUsed(Event):
    """arguments: as the brain gave them; nobody changes them any more."""

    name: str
    arguments: Mapping[str, Json]
    result: str


@dataclass(frozen=True, slots=True)
class HeardNothing(Event):
    """There was a voice, but no words."""


@dataclass(frozen=True, slots=True)
class Latency(Event):
    """Where the time from the user's last sound to the reply's first went, milliseconds.

    wait: nothing was missing but certainty that the user had finished.
    """

    wait_ms: float
    listen_ms: float
    think_ms: float
    speak_ms: float
    total_ms: float


@dataclass(frozen=True, slots=True)
class ModeChanged(Event):
    """push: push-to-talk, else the microphone is open."""

    push: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class StyleChanged(Event):
    """`field` of `Style` is `value` from the next phrase on."""

    field: str
    value: str | float


@dataclass(frozen=True, slots=True)
class EchoRemoved(Event):
    """How much of the loudspeaker's echo is removed, and how late it arrives."""

    erle_db: float
    delay_ms: float


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something that the user should know. what: one statement after the other. do: what the user may do about it."""

    what: tuple[Statement, ...]
    severity: Severity = Severity.INFO
    source: Source = Source.DEVICE
    do: Advice | None = None
