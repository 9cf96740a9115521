"""Which chat model llama.cpp runs: the user's own file, one of the catalogue's, or what suits the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from audio_io.errors import NotHere, WrongUse
from engine.llm.llama import check_file, threads_here
from engine.models import catalogue
from engine.models.catalogue import Weights
from engine.models.sources import Sources
from engine.strict_yaml import nearest

MANY_CORES = 6                   # from here on four billion parameters keep up with speech
SHARE = 0.4                      # of the machine's memory that a chat model may take
LARGE = ("qwen3-4b",)            # for machines with many cores
USUAL = ("qwen3-1.7b", "qwen2.5-coder-1.5b", "qwen3-0.6b", "qwen2.5-coder-0.5b")     # the better ones first


@dataclass(frozen=True, slots=True)
class Machine:
    """memory: bytes in all. threads: cores that a chat model may have."""

    memory: int
    threads: int


def machine_here() -> Machine:
    return Machine(int(psutil.virtual_memory().total), threads_here())


def recommended(machine: Machine) -> tuple[Weights, ...]:
    """The catalogue's chat models that suit a machine, the best first; empty where even the smallest does not fit.

    Several, because a source may not be reached: the packaged ones come where no hub answers.
    """
    known = catalogue.load().weights
    names = (*LARGE, *USUAL) if machine.threads >= MANY_CORES else USUAL
    return tuple(known[name] for name in names if known[name].memory <= SHARE * machine.memory)


def gguf_of(weights: Weights) -> str:
    """The name of its one file."""
    return weights.files[0].name


def chosen(model: str, sources: Sources, machine: Machine) -> Path | None:
    """model: brain.model: a GGUF file, a name of the catalogue's, or empty: the best of the recommended that is here.

    -> the file; None where nothing is chosen and nothing is here. Raises NotHere for one that was named and is not
    here, WrongUse for a name that is none, Trouble for a file of another kind.
    """
    if model.lower().endswith(".gguf"):
        path = Path(model).expanduser()
        check_file(path)
        return path
    known = catalogue.load().weights
    if model:
        names = [name for name, one in known.items() if one.role == "thinks"]
        if model not in names:
            raise WrongUse(f"brain.model: {model!r} is neither a GGUF file nor a chat model that Parley knows"
                           f"{nearest(model, names)}")  # fmt: skip
        if not sources.here(known[model]):
            raise NotHere(f"brain.model: {model} is not here; run: parley models pull {model}")
        return sources.path(known[model], gguf_of(known[model]))
    here = first_here(sources, recommended(machine))
    return None if here is None else sources.path(here, gguf_of(here))


def any_here(model: str, sources: Sources, machine: Machine) -> bool:
    """Whether there is something for `chosen` to find or to complain of; quick."""
    return bool(model) or first_here(sources, recommended(machine)) is not None


def first_here(sources: Sources, wanted: Sequence[Weights]) -> Weights | None:
    return next((weights for weights in wanted if sources.here(weights)), None)
