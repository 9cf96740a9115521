"""Which recogniser listens: by its name, loaded only when it is chosen."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audio_io.errors import NotHere, Trouble
from audio_io.notices import Statement, state
from engine.messages import Audio, Begin, End, Words
from engine.models import catalogue, loaded
from engine.models.sources import Sources
from engine.notices import NoticeCode

if TYPE_CHECKING:
    from engine.asr.whisper import Model

WHISPER, PARLEY = "whisper", "parley"
RECOGNISERS = (WHISPER, PARLEY)
LARGE = ("sensevoice",)          # of the profiles with large models, made by engine.runtime.make_stages
WEIGHTS = "whisper-base"         # of the catalogue


class Recogniser(Protocol):
    """What listens. `work` is for one thread, `stop` may be called from any."""

    def work(self, body: Begin | Audio | End, /) -> Generator[Words | None, None, None]: ...

    def stop(self) -> None: ...


def _ignore(_: Statement) -> None:
    """For who wants to hear nothing."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen. words: the user's own. language: a code, or auto (Whisper finds out). lockstep: the same words at
    the same hop, every time. models: Parley's models folder; None: only installed packages serve. amiss: gets a line
    about what is broken and replaced.
    """

    words: Sequence[str] = ()
    language: str = "auto"
    lockstep: bool = False
    models: Path | None = None
    amiss: Callable[[Statement], None] = _ignore


def make_recogniser(name: str, how: Listening) -> Recogniser:
    """name: one of RECOGNISERS. Where Whisper's weights or libraries are missing or damaged, Parley's own encoder
    listens instead, and `how.amiss` is told.

    Raises NotHere for another name or a missing model of Parley's own, WrongUse for a word that cannot be learnt or a
    language that Whisper does not know.
    """
    from engine.asr.ctc_recogniser import CtcRecogniser

    if name not in RECOGNISERS:
        raise NotHere(f"listen.engine: {name} listens in the profiles workstation, server and aligned; choose one of "
                      f"them, or {' or '.join(RECOGNISERS)}")  # fmt: skip
    encoder = CtcRecogniser(how.words, how.lockstep)
    if name == PARLEY:
        return encoder
    from engine.asr import whisper

    try:
        model = whisper_model(how)
    except Trouble as lack:
        how.amiss(state(NoticeCode.SMALL_LISTENS, lack=lack.said))
        return encoder
    return whisper.WhisperRecogniser(model, encoder, how.words, how.language, how.lockstep)


def whisper_model(how: Listening) -> "Model":
    """-> Whisper, read once while the program runs. Raises NotHere or Trouble where it cannot be."""
    from engine.asr import whisper

    weights, sources = catalogue.load().weights[WEIGHTS], Sources(how.models, say=how.amiss)
    return loaded.once(WHISPER, how.models, lambda: whisper.load(lambda name: sources.read(weights, name)))
