"""What fits into the memory of this machine, said before anything is loaded.

Numbers are the catalogue's: parameters times the width they are run with, the cache of the chat model's context, and
a reserve for what the libraries take. They are estimates on the safe side, not measurements.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from audio_io.errors import Trouble
from engine.models.catalogue import MOST, Catalogue, Needs, Part, Repository

CONTEXT = 8192                   # tokens of conversation that the chat model's cache has room for
RESERVE_GPU = 1_500_000_000      # bytes: CUDA's own, kernels' workspaces, the voice's caches and activations
RESERVE_CPU = 1_500_000_000      # bytes: Python, torch, the window, the ears
ROOMY = 14_000_000_000           # bytes free on a card from which the flow is recorded, `Part.beside`: the voice
                                 # answers sooner, but on smaller cards the chat model needs the room
WIDTHS = {32: 4.0, 16: 2.0, 8: 1.02, 4: 0.57}     # bytes a parameter; NF4 keeps four bytes for every 64 of them beside
NAMES = {32: "fp32", 16: "bf16", 8: "8-bit", 4: "4-bit"}
PACKAGES = {                     # module: what pip calls the extra that brings it
    "torch": "local", "transformers": "local", "safetensors": "local", "huggingface_hub": "local",
    "sentencepiece": "local", "tokenizers": "local",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """Bytes of free memory. card: the graphics card's name, empty if none; no_cuda: why it cannot be used, or empty."""

    ram_free: int
    card: str = ""
    vram_free: int = 0
    no_cuda: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a profile runs here. models: what it would take; bits: of its chat model, 0 without one.

    needs, free: bytes in the memory that decides (of the graphics card, or the machine's), at these bits.
    download: bytes that are not on the disk. missing: what stands in the way, one line each; empty if it runs.
    """

    profile: str
    on: str
    models: tuple[str, ...]
    bits: int
    needs: int
    free: int
    download: int
    missing: tuple[str, ...]

    @property
    def width(self) -> str:
        return NAMES.get(self.bits, "")


def bytes_of(part: Part, bits: int, roomy: bool = False) -> int:
    """Memory of one network. bits: what the chat model's layers are quantised to; other networks keep their own.

    roomy: on a card with room for what is faster with it.
    """
    beside = part.beside if roomy and part.on == "gpu" else 0
    if not part.embedding:
        return part.params * part.bits // 8 + beside
    layers = (part.params - part.embedding) * WIDTHS[bits]
    whole = max(bits, 16)                        # what is never quantised: the embedding and the cache
    return int(layers + part.embedding * WIDTHS[whole] + part.kv * CONTEXT * whole // 16) + beside


def memory(repositories: tuple[Repository, ...], on: str, bits: int, free: int) -> int:
    """Bytes that `repositories` take in the memory `on` (gpu, cpu) where `free` are, with the reserve."""
    roomy = on == "gpu" and free >= ROOMY
    parts = [part for repository in repositories for part in repository.parts]
    return sum(bytes_of(p, bits, roomy) for p in parts if p.on == on or on == "cpu") + (
        RESERVE_GPU if on == "gpu" else RESERVE_CPU)  # fmt: skip


def choose(catalogue: Catalogue, needs: Needs, free: int) -> tuple[tuple[Repository, ...], int, int]:
    """-> (repositories, bits of the chat model, bytes): the profile's first chat model that fits into `free` bytes.

    A model is tried at 16, 8 and 4 bits before the next one is; on a CPU at 32 alone. Where nothing fits, the least.
    """
    firsts = [names[0] for role, names in needs.roles.items() if names and role != "thinks"]
    others = tuple(catalogue.repositories[name] for name in firsts)
    tried = []
    for name in needs.roles.get("thinks") or ("",):
        chat = (catalogue.repositories[name],) if name else ()
        for bits in ((16, 8, 4) if needs.on == "gpu" else (32,)) if name else (0,):
            size = memory(others + chat, needs.on, bits, free)
            tried.append((size, others + chat, bits))
            if size <= free:
                return others + chat, bits, size
    size, least, bits = min(tried, key=lambda one: one[0])
    return least, bits, size


def fit(
    catalogue: Catalogue, needs: Needs, machine: Machine, left: Callable[[Repository], int],
    here: Callable[[str], bool] = lambda module: find_spec(module) is not None,
) -> Fit:
    """left: bytes of a repository that have still to be downloaded. here: whether a module is installed."""
    free = machine.vram_free if needs.on == "gpu" else machine.ram_free
    absent = needs.on == "gpu" and not machine.card
    chosen, bits, size = choose(catalogue, needs, MOST if absent else free)    # no card: what one would be for
    missing = []
    packages = [p for p in PACKAGES if not here(p)]
    if packages:
        missing.append(f"{', '.join(packages)}: pip install 'parley[local]'")
    if absent:
        missing.append("an NVIDIA card")
    elif needs.on == "gpu" and machine.no_cuda:
        missing.append(machine.no_cuda)
    if size > free and not absent:
        what = "memory of the card" if needs.on == "gpu" else "memory"
        missing.append(f"{(size - free) / 1e9:.1f} GB more free {what}")
    if bits in (8, 4) and not here("bitsandbytes"):
        missing.append("bitsandbytes: pip install 'parley[quantised]'")
    download = sum(left(repository) for repository in chosen)
    if download:
        names = [r.name for r in chosen]
        pull = needs.name if set(names) == set(needs.defaults()) else " ".join(names)
        missing.append(f"{download / 1e9:.1f} GB of models: parley models pull {pull}")
    if needs.besides:
        missing.append(needs.besides)
    return Fit(needs.name, needs.on, tuple(r.name for r in chosen), bits, size, free, download, tuple(missing))


# -- the machine --------------------------------------------------------------------------------------------
def cuda_lacks() -> str:
    """Why torch cannot use the graphics card that is there; empty if it can. Takes seconds: it loads torch."""
    if find_spec("torch") is None:
        return ""                                      # said already, as a missing package
    try:
        import torch
    except (ImportError, OSError) as error:            # OSError: a library of its own that does not load
        return f"a torch that loads here ({' '.join(str(error).split())[:80]})"
    if torch.cuda.is_available():
        return ""
    if torch.version.cuda is None:
        return f"a torch with CUDA (this one, {torch.__version__}, is for CPUs alone)"
    return f"a driver that torch's CUDA {torch.version.cuda} can use"


def ram_free(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes of memory that programs can have now; where the system does not say, half of all. Raises Trouble."""
    try:
        told = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        return int(told["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        pass
    if sys.platform == "win32":
        return _windows_free()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (OSError, ValueError, AttributeError) as error:
        raise Trouble(f"the size of this machine's memory is not known: {error}") from error


def _windows_free() -> int:
    import ctypes

    class Status(ctypes.Structure):                    # MEMORYSTATUSEX of the Windows API
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong),
                    *((name, ctypes.c_ulonglong) for name in "abcdefg")]  # fmt: skip

    status = Status()
    status.length = ctypes.sizeof(Status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined,unused-ignore]
        raise Trouble("the size of this machine's memory is not known")
    return int(status.b)                               # ullAvailPhys


def machine(cards: Sequence[Mapping[str, object]], lacks: Callable[[], str] | None = None) -> Machine:
    """cards: name and free_mib of each graphics card, as nvidia-smi tells; the one with most room is taken.

    lacks: why torch cannot use it; `cuda_lacks` if not given.
    """
    known = [(int(str(c["free_mib"])), str(c["name"])) for c in cards if c.get("free_mib") is not None]
    if not known:
        return Machine(ram_free(), str(cards[0]["name"]) if cards else "")
    free, name = max(known)
    return Machine(ram_free(), name, free << 20, (lacks or cuda_lacks)())
