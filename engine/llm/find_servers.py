"""Chat servers that run on this machine: Ollama, llama.cpp, LM Studio and vLLM, on the ports they usually take."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.request import ProxyHandler, build_opener

from engine.llm.server_kinds import NO_CHAT

USUAL = (("Ollama", 11434), ("LM Studio", 1234), ("llama.cpp", 8080), ("vLLM", 8000))
WAIT_S = 1.0
MOST = 1 << 20                   # bytes of a list of models


@dataclass(frozen=True, slots=True)
class Found:
    """url: for brain.server. models: those that can chat, by name."""

    name: str
    url: str
    models: tuple[str, ...]


def find(usual: Sequence[tuple[str, int]] = USUAL) -> tuple[Found, ...]:
    """usual: names and ports on this machine. Asks them all at once; nothing leaves the machine."""
    with ThreadPoolExecutor(len(usual), "servers") as at_once:
        return tuple(found for found in at_once.map(_ask, usual) if found is not None)


def _ask(one: tuple[str, int]) -> Found | None:
    name, port = one
    url = f"http://127.0.0.1:{port}/v1"
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/models", timeout=WAIT_S) as answer:
            listed = json.loads(answer.read(MOST))["data"]
        models = [str(model["id"]) for model in listed or ()]
    except (OSError, ValueError, KeyError, TypeError):
        return None                              # nothing there, or something else
    able = tuple(model for model in models if NO_CHAT.search(model) is None)
    return Found(name, url, able) if able else None
