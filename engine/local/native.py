"""Loading a network that transformers knows natively: strict, from a folder, no socket, no code of the folder's."""

import json
from pathlib import Path
from typing import Any

from audio_io.errors import NotHere, Trouble
from audio_io.files import why

LOOKS = "`parley models verify` looks"


def config_of(folder: Path, kind: str) -> dict[str, Any]:
    """What `config.json` says. kind: the model_type that it must have.

    Raises NotHere where there is none, Trouble where it is another model's or broken.
    """
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotHere(f"{folder}: there is no config.json, so no model; `parley models pull` fetches one") from error
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {why(error)}") from error
    except ValueError as error:
        raise Trouble(f"{path}: is not JSON; {LOOKS}") from error
    said = found.get("model_type") if isinstance(found, dict) else None
    if said != kind:
        raise Trouble(f"{path}: is of a model {said!r}, {kind!r} is needed; pull that one, or name its folder")
    return dict(found)


def load_net(kind: Any, folder: Path) -> Any:
    """kind: the class of the network -> it, in float32, eval mode, on the CPU.

    Raises Trouble for a folder whose weights are missing, of the wrong shape or unreadable.
    """
    import torch
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()                 # the terminal is the conversation's
    try:
        net, info = kind.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, output_loading_info=True)
    except Exception as error:                   # OSError, ValueError, SafetensorError, KeyError by what is amiss
        said = " ".join(str(error).split())[:200]
        raise Trouble(f"{folder}: cannot be loaded ({said}); {LOOKS}") from error
    for what in ("missing_keys", "mismatched_keys", "error_msgs"):
        if info.get(what):
            first = sorted(map(str, info[what]))[0]
            raise Trouble(f"{folder}: {len(info[what])} weights are amiss ({what.replace('_', ' ')}), first {first}; "
                          f"{LOOKS}")  # fmt: skip
    return net.eval()


def load_tokenizer(folder: Path) -> Any:
    """Raises Trouble where there is none that can be read."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:                   # OSError, ValueError, KeyError, or what tokenizers raises: Exception
        said = " ".join(str(error).split())[:200]
        raise Trouble(f"{folder}: its tokenizer cannot be loaded ({said}); {LOOKS}") from error
