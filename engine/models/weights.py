"""Tensors of a published checkpoint: read without running anything in it, checked key by key, converted once.

Formats: safetensors, and `.pt`, which is a pickle inside a zip. A pickle can run code; it is read with
`weights_only=True`, which builds tensors and plain containers and refuses the rest. A name counts as strict: a network
loads exactly the keys of its table (assets/models/keys), no more, no fewer, each of its shape.
"""

import errno
import json
import os
import pickle
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

import assets
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import why

KEYS = Path(assets.__file__).parent / "models" / "keys"
MARGIN = 64 << 20                # bytes that stay free on the disk beside a converted file
HEADER = "parley"                # the one entry of ours in a safetensors header: their order is not kept
AGAIN = "`parley models pull` fetches it again"
OLD_NORM = re.compile(r"^(.+\.)?weight_([gv])$")


# -- reading ----------------------------------------------------------------------------------------------
def read_tensors(path: Path | str) -> dict[str, Tensor]:
    """-> {key: tensor on the CPU, as it was stored}; entries that are no tensors (`epoch`, `step`) are left out.

    A `.pt` is mapped into memory, not read through, where its format allows. Raises NotHere where there is no such
    file, Trouble where it is cut short, damaged, holds anything but tensors and plain values, or no tensor at all.
    """
    path = Path(path)
    if not path.is_file():
        raise NotHere(f"{path}: there is no such file; {AGAIN}")
    found = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    if not found:
        raise Trouble(f"{path}: holds no tensors; {AGAIN}")
    return found


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, "pt") as file:
            found = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
            aliases = json.loads((file.metadata() or {}).get(HEADER, "{}")).get("aliases", {})
        return found | {name: found[of] for name, of in aliases.items()}
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except (SafetensorError, KeyError, ValueError, AttributeError) as error:
        raise Trouble(f"{path}: is damaged or cut short ({_line(error)}); {AGAIN}") from error


def _pickled(path: Path) -> dict[str, Tensor]:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head[:1] != b"\x80" and head != b"PK\x03\x04":          # a page of a proxy, a pointer of git
            raise ValueError("it is no checkpoint")
        mapped = head == b"PK\x03\x04"                             # the format before torch 1.6 cannot be mapped
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except pickle.UnpicklingError as error:
        raise Trouble(f"{path}: holds more than tensors and plain values, so it was not opened further; "
                      "take the published file, or its safetensors") from error
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Trouble(f"{path}: is damaged or cut short ({_line(error)}); {AGAIN}") from error
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]                                # as FunASR's trainer saves it
    return only_tensors(found) if isinstance(found, Mapping) else {}


def device_named(name: str) -> torch.device:
    """cpu or cuda, perhaps with a number. Raises WrongUse for no such name, NotHere where torch cannot use it."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise WrongUse(f"{name!r} is not a computing device; say cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise NotHere("there is no CUDA device here that torch can use; choose cpu")
    return device


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 90 else text[:87] + "..."


# -- names ------------------------------------------------------------------------------------------------
def only_tensors(found: Mapping[object, object]) -> dict[str, Tensor]:
    """The reference's trainer writes `epoch` and `step` beside the weights: they are dropped."""
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, Tensor)}


def without_prefix(found: Mapping[str, Tensor], prefix: str = "generator.") -> dict[str, Tensor]:
    """Takes `prefix` off every key that has it: `hift.pt` of an adversarial training has `generator.` before each.

    Other keys (the discriminator's, which such a file may hold as well) are dropped when any key has the prefix.
    """
    if not any(key.startswith(prefix) for key in found):
        return dict(found)
    return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}


def new_norms(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`x.weight_g`, `x.weight_v` -> `x.parametrizations.weight.original0`, `...original1` (torch's newer names)."""
    def name(key: str) -> str:
        match = OLD_NORM.match(key)
        return f"{match[1] or ''}parametrizations.weight.original{'gv'.index(match[2])}" if match else key

    return {name(key): value for key, value in found.items()}


def published(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Every renaming that a published or fine-tuned checkpoint may need, in order."""
    return new_norms(without_prefix(found))


# -- checking ---------------------------------------------------------------------------------------------
def read_table(path: Path | str) -> dict[str, tuple[int, ...]]:
    """A file of lines `key <tab> (d0, d1, ...)` -> {key: shape}; `()` is a single number."""
    path, table = Path(path), {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise NotHere(f"{path}: cannot be read: {why(error)}; install Parley again") from error
    for number, line in enumerate(lines, 1):
        key, tab, shape = line.partition("\t")
        if not tab or not re.fullmatch(r"\((\d+,( \d+(, \d+)*)?)?\)", shape):
            raise Trouble(f"{path}, line {number}: must be a key, a tab and a shape, not {line[:60]!r}")
        table[key] = tuple(int(n) for n in re.findall(r"\d+", shape))
    return table


def check_keys(found: Mapping[str, Tensor], table: Path | Mapping[str, tuple[int, ...]], path: Path | str) -> None:
    """Raises Trouble with the first key of `found` (read from `path`) that is missing, of another shape, or not known.

    First means: in the order of the table, and only when all of that is right, of the file.
    """
    shapes = read_table(table) if isinstance(table, Path) else table
    for key, shape in shapes.items():
        if key not in found:
            raise Trouble(f"{path}: lacks the key {key} {_shape(shape)}, has {len(found)} of {len(shapes)} keys; "
                          "it is another model or another version")
        if tuple(found[key].shape) != tuple(shape):
            raise Trouble(f"{path}: {key} has the shape {_shape(found[key].shape)}, must have {_shape(shape)}; "
                          "it is another model or another version")
    for key in found:
        if key not in shapes:
            raise Trouble(f"{path}: has the key {key} {_shape(found[key].shape)}, which this network does not have; "
                          "it is another model or another version")


def _shape(shape: Iterable[int]) -> str:
    return f"({', '.join(str(int(n)) for n in shape)})"


# -- converting -------------------------------------------------------------------------------------------
def convert(
    source: Path | str, target: Path | str, table: Path | Mapping[str, tuple[int, ...]],
    rename: Callable[[Mapping[str, Tensor]], dict[str, Tensor]] = published, note: Mapping[str, str] | None = None,
) -> None:
    """`source` (.pt), renamed and checked against `table` -> `target` (.safetensors), wholly or not at all.

    Keys that share one storage are written once; `read_tensors` gives all of them back. `note`: for the header. The
    same source gives the same bytes.
    Raises Trouble (a wrong key, no room, a full disk); `target` is then what it was before.
    """
    source, target = Path(source), Path(target)
    found = rename(read_tensors(source))
    check_keys(found, table, source)
    kept, aliases = _once(found)
    needs = sum(t.numel() * t.element_size() for t in kept.values()) + MARGIN
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < needs:
            raise OSError(errno.ENOSPC, "")
        save_file(kept, part, metadata={HEADER: json.dumps({**(note or {}), "aliases": aliases}, sort_keys=True)})
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    except (OSError, SafetensorError) as error:
        reason = why(error) if isinstance(error, OSError) else _line(error)
        raise Trouble(f"{target}: could not be written: {reason}; it needs {needs / 1e9:.2f} GB") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _once(found: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """-> (tensors that own their numbers, {another name: the name that has the same ones})."""
    kept: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    seen: dict[tuple[object, ...], str] = {}
    for key, value in found.items():
        place = (value.untyped_storage().data_ptr(), value.storage_offset(), value.shape, value.stride(), value.dtype)
        if value.numel() and place in seen:
            aliases[key] = seen[place]
            continue
        seen[place] = key
        # a view of a larger storage would drag all of it along, and safetensors refuses what overlaps
        whole = value.is_contiguous() and value.untyped_storage().nbytes() == value.numel() * value.element_size()
        kept[key] = value if whole else value.contiguous().clone()
    return kept, aliases
