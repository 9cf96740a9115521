"""The `laptop` profile: no graphics card. Moonshine hears, a small chat model thinks, Pocket-TTS speaks, on the CPU.

A processor of 2 to 8 cores is shared by three networks and by the ears, the sound and the window, so each stage's
thread is told how many threads torch may use for it. With OpenMP, which torch is built with where this was measured,
that number belongs to the calling thread; where it belongs to the process the last one told holds for all.
"""

import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from audio_io.errors import NotHere, WrongUse
from engine.embedded import Parts
from engine.local import loaded
from engine.local.catalogue import BESIDE
from engine.local.parts import (
    ESPEAK,
    Mouth,
    Order,
    check_models,
    check_packages,
    espeak,
    folder_of,
    found,
    local_mind,
    made,
)
from engine.parts import Audio, Begin, End, Words
from engine.recognisers import RECOGNISERS, Recogniser, make_recogniser
from engine.stage import Work
from engine.tools import Tools

HEARS = ("auto", "en")           # languages that Moonshine hears


@dataclass(frozen=True, slots=True)
class Shares:
    """Threads of torch for each stage."""

    hear: int
    think: int
    speak: int


def shares(cores: int) -> Shares:
    """cores: logical ones. While the user speaks only `hear` works; while the assistant does, `think` and `speak`.

    The chat model takes most: how soon an answer begins is its matter. The others keep up with real time on one
    core, by their authors' figures, and get a second where there are many.
    """
    small = 2 if cores >= 6 else 1
    return Shares(small, max(1, min(4, cores // 2)), small)


def laptop(order: Order) -> Parts:
    """Raises NotHere with one line for what is missing, WrongUse for what it cannot do, Trouble for a broken model."""
    order, share = replace(order, device="cpu"), shares(os.cpu_count() or 1)
    check_packages(order)
    check_models(order)

    def mind(order: Order, tools: Tools, voices: tuple[str, ...]) -> Any:
        work, lasting, stop = local_mind(order, tools, voices)
        return bounded(work, share.think), lasting, stop

    return made(order, lambda o: ears(o, share.hear), lambda o: mouth(o, share.speak), mind)


def bounded(work: Work, threads: int) -> Work:
    """-> the same work, for which torch uses so many threads."""

    def shared(body: Any) -> Generator[Any, None, None]:
        import torch

        torch.set_num_threads(threads)
        with closing(work(body)) as pieces:
            yield from pieces

    return shared


class Ears:
    """Moonshine with its share of the processor (`engine.recognisers.Recogniser`)."""

    def __init__(self, listener: Recogniser, threads: int) -> None:
        self._work, self.stop = bounded(listener.work, threads), listener.stop

    def work(self, body: Begin | Audio | End) -> Generator[Words | None, None, None]:
        return self._work(body)


def ears(order: Order, threads: int) -> Recogniser:
    """Raises NotHere, WrongUse for a language that Moonshine does not hear, Trouble."""
    chosen = order.own[0]
    if chosen in RECOGNISERS:
        return make_recogniser(chosen, order.words, order.lockstep)
    if chosen:
        raise NotHere(f"listen.engine: {chosen} is not for the profile laptop; leave it empty for Moonshine, or choose "
                      f"{' or '.join(RECOGNISERS)}")  # fmt: skip
    if order.language not in HEARS:
        raise WrongUse(f"listen.language: the profile laptop hears English, not {order.language}; choose en, or the "
                       "profile workstation")  # fmt: skip
    folder = folder_of(order, found(order, "hears").name)
    from engine.local.moonshine import MoonshineListener, load_moonshine

    def make() -> Any:
        order.told(f"{folder.name}: reads what listens")
        return load_moonshine(folder)

    if order.words:
        order.told("listen.words: Moonshine has no place for words of one's own; they are not preferred")
    return Ears(MoonshineListener(loaded.once("ears", folder, make), order.lockstep), threads)


def mouth(order: Order, threads: int) -> Mouth:
    """Raises NotHere, WrongUse for a recording that will not do, Trouble."""
    chosen = order.own[1]
    if chosen == ESPEAK:
        return espeak(order)
    if chosen:
        raise NotHere(f"voice.engine: {chosen} is not for the profile laptop; leave it empty for Pocket-TTS, or choose "
                      f"{ESPEAK}")  # fmt: skip
    folder, codec = (folder_of(order, found(order, role).name) for role in ("speaks", BESIDE))
    from engine.local.pocket import PocketVoice
    from engine.local.pocket_model import load_pocket

    def make() -> Any:
        order.told(f"{folder.name}: reads what speaks")
        return load_pocket(folder, codec)

    voice = PocketVoice(loaded.once("voice", (folder, codec), make), order.voices, order.told)
    for _ in voice.prepare(order.style):
        pass
    return Mouth(bounded(voice.work, threads), voice.stop, tuple(voice.voices()))
