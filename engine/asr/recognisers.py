"""Which recogniser listens: by its name, loaded only when it is chosen."""

from collections.abc import Generator, Sequence
from importlib.util import find_spec
from typing import Protocol

from audio_io.errors import NotHere
from engine.messages import Audio, Begin, End, Words

RECOGNISERS = ("parley", "pocketsphinx")
LARGE = ("sensevoice",)          # of the profiles with large models, made by engine.runtime.make_stages


class Recogniser(Protocol):
    """What listens. `work` is for one thread, `stop` may be called from any."""

    def work(self, body: Begin | Audio | End, /) -> Generator[Words | None, None, None]: ...

    def stop(self) -> None: ...


def make_recogniser(name: str, words: Sequence[str] = (), lockstep: bool = False) -> Recogniser:
    """name: one of RECOGNISERS. words: the user's own. lockstep: the same words at the same hop, every time.

    Raises NotHere for one that is not installed or lacks its model, WrongUse for a word that cannot be learnt.
    """
    if name in LARGE:
        raise NotHere(f"listen.engine: {name} listens in the profiles workstation, server and aligned; choose one of "
                      f"them, or {' or '.join(RECOGNISERS)}")  # fmt: skip
    if name == "parley":
        from engine.asr import ctc_listener as listen

        return listen.Listener(words, lockstep)
    if find_spec("pocketsphinx") is None:
        raise NotHere("the recogniser pocketsphinx is not installed: pip install 'parley[pocketsphinx]', or choose "
                      "listen.engine: parley")  # fmt: skip
    from engine.asr import pocketsphinx as listen_sphinx

    return listen_sphinx.Listener(words, lockstep)
