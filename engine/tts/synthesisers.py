"""Which synthesiser speaks: by its name, loaded only when it is chosen."""

from collections.abc import Callable, Generator, Mapping
from typing import Protocol

from audio_io.errors import NotHere
from audio_io.notices import Statement, state
from engine.messages import Chunk, Phrase
from engine.notices import NoticeCode
from engine.tts.espeak import EspeakVoice
from engine.tts.voices import Preset

SYNTHESISERS = ("hibari", "espeak")
LARGE = ("cosyvoice",)           # of the profiles with large models, made by engine.runtime.make_stages


class Synthesiser(Protocol):
    """What speaks. `work` is for one thread, the others may be called from any."""

    def work(self, phrase: Phrase, /) -> Generator[Chunk | None, None, None]: ...

    def voices(self) -> list[str]: ...

    def stop(self) -> None: ...


def make_synthesiser(name: str, voices: Mapping[str, Preset], told: Callable[[Statement], None]) -> Synthesiser:
    """name: one of SYNTHESISERS. voices: the presets there are. told: gets a line where another one has to stand in.

    Raises NotHere for one that other profiles have.
    """
    if name in LARGE:
        raise NotHere(f"voice.engine: {name} speaks in the profiles workstation, server and aligned; choose one of "
                      f"them, or {' or '.join(SYNTHESISERS)}")  # fmt: skip
    if name == "hibari":
        from engine.tts.hibari import Hibari

        try:
            return Hibari(voices)
        except NotHere as lack:
            told(state(NoticeCode.NATURAL_VOICE_MISSING, lack=lack.said))
    return EspeakVoice(voices)
