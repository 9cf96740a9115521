"""Sizes from the yaml of a CosyVoice checkpoint, which is written for a library that builds Python objects from it.

Only plain values are read: a tag (`!new:...`) is left out, a reference (`!ref <a> * <b>`) to numbers is worked out. No
code is named, found or run.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from audio_io.errors import Trouble
from audio_io.files import why

AGAIN = "`parley models pull` fetches it again"
YAMLS = ("cosyvoice3.yaml", "cosyvoice2.yaml", "cosyvoice.yaml")      # the newest first


Yaml = Mapping[str, Any]         # plain values as somebody else's file has them: each reader says what it wants


class _Ref(str):
    """`<name>`, or a product of such and numbers."""


class _Plain(yaml.SafeLoader):
    """A safe loader to which every tag of its own kind is none."""


def _untagged(loader: _Plain, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    value = str(loader.construct_scalar(node))  # type: ignore[arg-type]
    return _Ref(value) if suffix == "ref" else value


_Plain.add_multi_constructor("!", _untagged)


def read_yaml(folder: Path) -> Yaml:
    """-> what the checkpoint's yaml says, references to numbers filled in; {} where there is no such file.

    Raises Trouble where it is not such a yaml.
    """
    path = next((folder / name for name in YAMLS if (folder / name).is_file()), None)
    if path is None:
        return {}
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Plain)
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise Trouble(f"{path}: is damaged ({' '.join(str(error).split())[:90]}); {AGAIN}") from error
    if not isinstance(found, dict):
        raise Trouble(f"{path}: holds no settings of a model; {AGAIN}")
    return {key: _filled(value, found) for key, value in found.items()}


def part(values: Yaml, *names: str) -> dict[str, Any]:
    """-> the table at `names`, one inside the other; {} where there is none."""
    at: object = values
    for name in names:
        at = at.get(name) if isinstance(at, Mapping) else None
    return dict(at) if isinstance(at, Mapping) else {}


def _filled(value: object, top: Mapping[str, object]) -> object:
    if isinstance(value, _Ref):
        return _product(value, top)
    if isinstance(value, dict):
        return {key: _filled(v, top) for key, v in value.items()}
    return [_filled(v, top) for v in value] if isinstance(value, list) else value


def _product(ref: str, top: Mapping[str, object]) -> int | float | None:
    """-> the number; None where the reference is to something else."""
    whole: int | float = 1
    for term in ref.split("*"):
        name = term.strip()
        value = top.get(name[1:-1]) if name.startswith("<") else int(name) if name.isdecimal() else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        whole *= value
    return whole
