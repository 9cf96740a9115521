"""The one way to make an onnxruntime session: which provider, how many threads, and what is said of a bad file.

CUDA's provider comes first where the package `onnxruntime-gpu` brings it (extra `gpu`), the processor's second. What
is asked once a hop stays on the processor: it takes a millisecond or less there, and copies to a card and back would
add to every hop.
"""

import hashlib
import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from audio_io.errors import NotHere, Trouble
from audio_io.files import why

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
ERRORS = 3                       # onnxruntime's log level: its warnings are none of the user's business
Session = Any                    # onnxruntime.InferenceSession; the package has no types


@dataclass(frozen=True, slots=True)
class Runtime:
    """What networks run on here. why_not_cuda: empty where CUDA is used; fault: it should have been."""

    version: str
    provider: str
    why_not_cuda: str = ""
    fault: bool = False


def providers(available: Sequence[str], card: bool = True) -> list[str]:
    """available: what this onnxruntime was built with -> what a session asks for, the best first."""
    return [name for name in ((CUDA, CPU) if card else (CPU,)) if name in available]


def session(source: Path | bytes, *, threads: int, card: bool = True, sha256: str = "",
            again: str = "install Parley again") -> Session:  # fmt: skip
    """A network, ready to run. It never spins: a core that waits is free for others.

    source: the file, or its bytes. threads: of one operation; 0: as many as there are cores. card: may run on a
    graphics card. sha256: what a manifest says of the file; empty: not checked. again: what the user can do about a bad
    file. Raises NotHere where the file or onnxruntime is missing, Trouble for a file that is damaged.
    """
    name = "the network" if isinstance(source, bytes) else str(source)
    if not isinstance(source, bytes) and not source.is_file():
        raise NotHere(f"{name}: is missing; {again}")
    if sha256 and _digest(source) != sha256:
        raise Trouble(f"{name}: is not the file that was verified; {again}")
    runtime = _runtime()
    wanted = providers(runtime.get_available_providers(), card)
    try:
        if CUDA in wanted:
            _preload(runtime)
            try:
                return _made(runtime, source, threads, wanted)
            except Exception:                    # no card, or no driver: `examine` says so; a bad file fails again
                wanted.remove(CUDA)
        return _made(runtime, source, threads, wanted)
    except Exception as error:                   # onnxruntime's own errors have no common base
        line = " ".join(str(error).split())[:120]
        raise Trouble(f"{name}: cannot be loaded as an ONNX network ({line}); {again}") from error


def examine(model: Path, cards: bool) -> Runtime:
    """Loads `model` to see where it really runs. cards: whether there is an NVIDIA card. Raises as `session` does."""
    runtime = _runtime()
    if CUDA in runtime.get_available_providers():
        if CUDA in session(model, threads=1).get_providers():
            return Runtime(runtime.__version__, CUDA)
        hint = "CUDA does not start: install CUDA's and cuDNN's libraries: pip install 'onnxruntime-gpu[cuda,cudnn]'"
        return Runtime(runtime.__version__, CPU, hint if cards else "there is no NVIDIA card that works", cards)
    if sys.platform == "darwin":
        return Runtime(runtime.__version__, CPU, "there is no CUDA on macOS")
    if _installed("onnxruntime-gpu"):
        return Runtime(runtime.__version__, CPU, "onnxruntime lies over onnxruntime-gpu: pip uninstall onnxruntime, "
                       "then pip install --force-reinstall --no-deps onnxruntime-gpu", True)  # fmt: skip
    hint = "onnxruntime-gpu is not installed (extra gpu)" if cards else "there is no NVIDIA card"
    return Runtime(runtime.__version__, CPU, hint)


def _made(runtime: Any, source: Path | bytes, threads: int, wanted: list[str]) -> Session:
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = ERRORS
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # else it prints to our standard output, and goes on with the processor's provider without telling us
    return runtime.InferenceSession(source if isinstance(source, bytes) else str(source), options, providers=wanted,
                                    enable_fallback=False)  # fmt: skip


def _runtime() -> Any:
    try:
        import onnxruntime  # a statement: PyInstaller takes along what it sees imported
    except ImportError as error:
        raise NotHere("Parley's networks need onnxruntime: pip install onnxruntime") from error
    return onnxruntime


@cache
def _preload(runtime: Any) -> None:
    """CUDA's libraries from pip's packages: they lie where the system's loader does not look."""
    if hasattr(runtime, "preload_dlls"):
        with redirect_stdout(io.StringIO()):     # it prints what it does not find; `examine` says what follows
            runtime.preload_dlls()


def _installed(package: str) -> bool:
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


def _digest(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Trouble(f"{source}: could not be read: {why(error)}") from error
