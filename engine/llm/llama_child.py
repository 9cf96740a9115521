"""llama.cpp in a process of its own: reads a GGUF model, answers one request after the other, stops when told to.

Why a process: a crash in native code, a model that does not fit, and the cores it takes are then its own matter,
and the program can hold it still from outside (`engine.llm.llama`): nothing in llama.cpp's interface stops a token.

To keep the read persona on the disk, only the HTTP side of llama.cpp's server will do: it listens on 127.0.0.1, on a
port that the system chooses, and answers nobody without this process's own key.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from audio_io.errors import Trouble
from audio_io.worker_messages import (
    AskChat,
    CancelChat,
    ChatCache,
    ChatChunk,
    ChatEnded,
    ChatLoaded,
    Chunk,
    LoadChat,
    Message,
)
from audio_io.worker_process import Parent
from engine.llm.tool_words import grammar

LOWEST = 10                      # niceness: the sound, the ears and the window go before it
BATCH = 32                       # tokens read at a time: between two of them a request can be given up
SLOT_S = 30.0                    # to write or read the KV cache
LEFT_OVER = 64                   # requests given up that are remembered


class Model:
    """One model. Used by the main thread alone, but for `cancelled`."""

    def __init__(self, order: LoadChat) -> None:
        """Raises RuntimeError where llama.cpp cannot read it."""
        import xllamacpp

        self._key = secrets.token_urlsafe(32)
        self._server = xllamacpp.Server(self._params(xllamacpp, order))

    def _params(self, llama: Any, order: LoadChat) -> Any:
        params = llama.CommonParams()
        params.model.path = order.path
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_parallel = order.context, BATCH, BATCH, 1
        for cores in (params.cpuparams, params.cpuparams_batch):
            cores.n_threads, cores.poll = order.threads, 0
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [self._key]
        params.ui, params.warmup, params.cache_ram_mib, params.verbosity = False, False, 0, -1
        params.n_gpu_layers = 0
        if order.folder:
            params.slot_save_path = os.path.join(order.folder, "")
            params.endpoint_slots = True
        return params

    def ask(self, asked: AskChat, given_up: Callable[[], bool], tell: Callable[[Message], None]) -> ChatEnded:
        """tell: gets every chunk. -> how it ended."""
        body = {**asked.body, "grammar": grammar(asked.tools)} if asked.tools else asked.body

        def take(chunk: Chunk) -> bool:
            tell(ChatChunk(asked.id, chunk))
            return given_up()

        if not given_up():
            self._server.handle_chat_completions(body, take)
        return ChatEnded(asked.id, not given_up())

    def cache(self, asked: ChatCache) -> ChatEnded:
        """-> whether it was done."""
        request = Request(f"{self._server.listening_address}/slots/0?action={asked.do}",
                          json.dumps({"filename": asked.name}).encode(),
                          {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"})  # fmt: skip
        with suppress(OSError), build_opener(ProxyHandler({})).open(request, timeout=SLOT_S) as answer:
            return ChatEnded(asked.id, int(answer.status) == 200)
        return ChatEnded(asked.id, False)


def main(parent: Parent) -> None:
    """Of the worker process (audio_io/worker_process.py)."""
    _modest()
    cancelled: set[int] = set()

    def first(message: Message) -> bool:
        if isinstance(message, CancelChat):
            cancelled.difference_update([n for n in cancelled if n < message.id - LEFT_OVER])
            cancelled.add(message.id)
            return True
        return False

    parent.listen(first)
    order = parent.receive()
    assert isinstance(order, LoadChat)
    try:
        model = Model(order)
    except RuntimeError:
        raise Trouble(f"{order.path}: llama.cpp cannot read this model; `parley models verify` checks it, or set "
                      "brain.model to another one") from None  # fmt: skip
    parent.send(ChatLoaded())
    while True:
        asked = parent.receive()
        assert isinstance(asked, AskChat | ChatCache)
        number = asked.id
        try:
            if isinstance(asked, AskChat):
                parent.send(model.ask(asked, lambda n=number: n in cancelled, parent.send))      # type: ignore[misc]
            else:
                parent.send(model.cache(asked))
        except RuntimeError as error:
            parent.send(ChatEnded(number, False, " ".join(str(error).split())[:300]))


def _modest() -> None:
    """A priority that still gets idle cores."""
    import psutil

    own = psutil.Process()
    own.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else LOWEST)
