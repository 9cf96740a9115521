"""llama.cpp in a process of its own: reads a GGUF model, answers one request after the other, stops when told to.

Why a process: a crash in native code, a model that does not fit, and the cores it takes are then its own matter,
and the program can hold it still from outside (`engine.llm.llama`): nothing in llama.cpp's interface stops a token.

Frames in:  load (path, threads, context, folder) | ask (id, body, tools) | cancel (id) | keep / take (id, name)
Frames out: loaded | failed (what) | chunk (id, data) | done (id, fine)

`body` is a chat request as llama.cpp's server takes it; `tools`: JSON schemas that a call must keep to. keep and take
write the slot's KV cache into `folder` and read it back, which only the server's HTTP side can do: it listens on
127.0.0.1, on a port that the system chooses, and answers nobody without this process's own key.
"""

import json
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from engine.llm.tool_words import grammar
from engine.workers.child import read_frame, write_frame

LOWEST = 10                      # niceness: the sound, the ears and the window go before it
BATCH = 32                       # tokens read at a time: between two of them a request can be given up
SLOT_S = 30.0                    # to write or read the KV cache


class Model:
    """One model. Used by the worker thread alone, but for `cancelled`."""

    def __init__(self, path: str, threads: int, context: int, folder: str) -> None:
        """Raises RuntimeError where llama.cpp cannot read it."""
        import xllamacpp

        self._key = secrets.token_urlsafe(32)
        self.cancelled: set[int] = set()
        self._server = xllamacpp.Server(self._params(xllamacpp, path, threads, context, folder))

    def _params(self, llama: Any, path: str, threads: int, context: int, folder: str) -> Any:
        params = llama.CommonParams()
        params.model.path = path
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_parallel = context, BATCH, BATCH, 1
        for cores in (params.cpuparams, params.cpuparams_batch):
            cores.n_threads, cores.poll = threads, 0
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [self._key]
        params.ui, params.warmup, params.cache_ram_mib, params.verbosity = False, False, 0, -1
        params.n_gpu_layers = 0
        if folder:
            params.slot_save_path = os.path.join(folder, "")
            params.endpoint_slots = True
        return params

    def ask(self, number: int, body: dict[str, Any], tools: Sequence[dict[str, Any]], tell: Any) -> bool:
        """tell: gets every chunk. -> whether it came to an end by itself."""
        if tools:
            body = {**body, "grammar": grammar(tools)}

        def take(chunk: Any) -> bool:
            tell({"is": "chunk", "id": number, "data": chunk})
            return number in self.cancelled

        if number not in self.cancelled:
            self._server.handle_chat_completions(body, take)
        return number not in self.cancelled

    def slot(self, action: str, name: str) -> bool:
        """action: save or restore. -> whether it was done."""
        request = Request(f"{self._server.listening_address}/slots/0?action={action}",
                          json.dumps({"filename": name}).encode(),
                          {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"})  # fmt: skip
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=SLOT_S) as answer:
                return int(answer.status) == 200
        except OSError:
            return False


class Program:
    """Frames in on this thread; the model's work on another, so that a cancel is heard at once."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)                            # whatever native code prints is no frame
        self._writing = threading.Lock()
        self._work: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self.model: Model | None = None

    def tell(self, header: dict[str, Any]) -> None:
        with self._writing:
            write_frame(self._out, header)

    def run(self) -> None:
        threading.Thread(target=self._works, name="llama", daemon=True).start()
        while (frame := read_frame(sys.stdin.buffer)) is not None:
            header = frame[0]
            if header["do"] == "cancel" and self.model is not None:
                self.model.cancelled.add(header["id"])
            elif header["do"] != "cancel":
                self._work.put(header)

    def _works(self) -> None:
        while (header := self._work.get()) is not None:
            try:
                self._one(header)
            except OSError:
                os._exit(1)                      # nobody listens any more
            except Exception as error:
                self.tell({"is": "failed", "id": header.get("id", 0), "what": " ".join(str(error).split())[:300]})

    def _one(self, header: dict[str, Any]) -> None:
        number = header.get("id", 0)
        if header["do"] == "load":
            self.model = Model(header["path"], header["threads"], header["context"], header["folder"])
            self.tell({"is": "loaded"})
            return
        if self.model is None:
            raise RuntimeError("no model is loaded")
        if header["do"] == "ask":
            fine = self.model.ask(number, header["body"], header["tools"], self.tell)
        else:
            fine = self.model.slot({"keep": "save", "take": "restore"}[header["do"]], header["name"])
        self.tell({"is": "done", "id": number, "fine": fine})


def _modest() -> None:
    """The lowest priority that still gets idle cores; on Linux it also ends with the program that started it."""
    import psutil

    own = psutil.Process()
    own.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else LOWEST)
    if sys.platform == "linux":                  # held still, it would not notice that its input has closed
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)          # 1: PR_SET_PDEATHSIG


def main(_: list[str]) -> int:
    _modest()
    Program().run()
    os._exit(0)                                  # at once: a model's destructors take seconds
