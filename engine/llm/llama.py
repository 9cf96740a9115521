"""A chat model on this machine's processor, through llama.cpp (package xllamacpp): any GGUF file with a chat template.

It runs in a process of its own (`engine.llm.llama_child`) at low priority, on all cores but one, which the ears keep.
Its KV cache holds the persona, the tools and the conversation: a turn costs the tokens that are new in it, and what
the user did not hear is cut off the cache's end, because the next request says only what was heard. A reply that is
cancelled is given up at the next token or batch; until then the process is held still, so that its cores are free at
once (on Windows it goes on at low priority for that long).
"""

import hashlib
import json
import sys
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import psutil

from audio_io.errors import NotHere, Trouble
from audio_io.files import write_whole
from audio_io.notices import Statement, state
from audio_io.worker_messages import (
    AskChat,
    CancelChat,
    ChatCache,
    ChatChunk,
    ChatEnded,
    ChatLoaded,
    Chunk,
    LoadChat,
    ToolSchema,
)
from audio_io.worker_process import Life, WorkerGone, WorkerProcess
from engine.llm.chat_model import Delta, Markup, Message
from engine.llm.context import shortened
from engine.llm.tool_words import described, plain
from engine.notices import NoticeCode

POLL_S = 0.05                    # between two yields while nothing comes
CONTEXT = 4096                   # tokens
MOST_TOKENS = 400                # of one answer: two minutes of speech
TRIAL_TOKENS = 8                 # of the answer by which the speed is measured
TRIAL_PROMPT = 64                # tokens at least, else the speed of reading is not measured
SLOW_ANSWER = 4.0                # tokens a second: speech takes three and a half
SLOW_PROMPT = 8.0
MAGIC = b"GGUF"
KEPT = "prefix.kv"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second on this machine, with the cores it is given. 0: not known."""

    prompt: float = 0.0
    answer: float = 0.0

    @property
    def slow(self) -> bool:
        """Whether it is too slow to talk to."""
        return 0 < self.answer < SLOW_ANSWER or 0 < self.prompt < SLOW_PROMPT


def threads_here() -> int:
    """All cores but one, which the ears and the voice keep; hardware threads of one core do not count."""
    return max(1, (psutil.cpu_count(logical=False) or psutil.cpu_count() or 2) - 1)


class Process(WorkerProcess):
    """The child with one model in it; ended when it is let go of."""

    def __init__(self, order: LoadChat) -> None:
        super().__init__("engine.llm.llama_child", "llama.cpp")
        self._still = False
        self.end = weakref.finalize(self, _end, self._life)
        self.send(order)

    def hold(self) -> None:
        """Held still: it takes no time of any core. Not on Windows, where nothing would wake one that is left over."""
        if sys.platform != "win32":
            with suppress(psutil.Error):
                psutil.Process(self.process.pid).suspend()
                self._still = True

    def go_on(self) -> None:
        if self._still:
            self._still = False
            with suppress(psutil.Error):
                psutil.Process(self.process.pid).resume()


def _end(life: Life) -> None:
    life.process.kill()                          # it holds nothing that has to be saved
    life.end(0.0)


class LlamaModel:
    """The weights, in their process. One conversation at a time."""

    def __init__(self, path: Path, cache: Path | None = None, threads: int = 0, context: int = CONTEXT) -> None:
        """path: a GGUF file. cache: a folder for its speed and for the read persona; None keeps neither. threads: 0
        for all cores but one. context: tokens.

        Starts to load, returns at once. Raises NotHere without the package or the file, Trouble for another kind of
        file.
        """
        if find_spec("xllamacpp") is None:
            raise NotHere("a chat model on this machine needs the package xllamacpp; pip install xllamacpp")
        check_file(path)
        self.path, self.threads, self.context = path, threads or threads_here(), context
        self.cache = None if cache is None else _folder(cache, path)
        self.speed = self._remembered()
        self._loaded = False
        self._asked = 0
        self._process: Process | None = None
        self._started()

    def load(self) -> Generator[None, None, None]:
        """Until the model is read. Raises Trouble."""
        process = self._started()
        try:
            while not self._loaded:
                if isinstance(process.receive(POLL_S), ChatLoaded):
                    self._loaded = True
                else:
                    yield
        except Trouble:
            self.stop()
            raise

    def work(self, make: Callable[[int], AskChat | ChatCache]) -> Generator[Chunk | None, None, bool]:
        """A request. Yields what comes (None: still at work), -> whether it was done. Closed: given up at once."""
        yield from self.load()
        process = self._started()
        process.go_on()
        self._asked += 1
        number, over = self._asked, False
        try:
            process.send(make(number))
            while True:
                message = process.receive(POLL_S)
                if message is None:
                    yield None
                elif isinstance(message, ChatChunk) and message.id == number:
                    yield message.chunk
                elif isinstance(message, ChatEnded) and message.id == number:
                    over = True
                    if message.why:
                        raise Trouble(f"{self.path.name}: {message.why}")
                    return message.fine          # all others are the rest of what was given up
        except WorkerGone as gone:
            over = True
            self.stop()
            raise Trouble(f"{self.path.name}: llama.cpp ended unexpectedly (too little memory?); it is started again "
                          "with the next question") from gone  # fmt: skip
        finally:
            if not over:
                with suppress(WorkerGone):
                    process.send(CancelChat(number))
                    process.hold()

    def stop(self) -> None:
        """Ends the process; the next request starts a new one."""
        process, self._process, self._loaded = self._process, None, False
        if process is not None:
            process.end()

    def memory(self) -> int:
        """Bytes that the process holds; 0 where it does not run."""
        with suppress(psutil.Error):
            if self._process is not None:
                return int(psutil.Process(self._process.process.pid).memory_info().rss)
        return 0

    # -- what is kept on the disk -------------------------------------------------------------------
    def measured(self, timings: Mapping[str, float]) -> None:
        """timings: llama.cpp's, of one answer."""
        read, wrote = timings.get("prompt_n", 0), timings.get("predicted_n", 0)
        prompt = timings.get("prompt_per_second", 0.0) if read >= TRIAL_PROMPT else self.speed.prompt
        answer = timings.get("predicted_per_second", 0.0) if wrote >= TRIAL_TOKENS else self.speed.answer
        if (speed := Speed(round(prompt, 1), round(answer, 1))) != self.speed:
            self.speed = speed
            if self.cache is not None:
                with suppress(Trouble):
                    write_whole(self.cache / "speed.json", json.dumps(asdict(speed)).encode())

    def _remembered(self) -> Speed:
        return Speed() if self.cache is None else remembered(self.cache)

    def _started(self) -> Process:
        if self._process is None:
            self._loaded = False
            self._process = Process(LoadChat(str(self.path), self.threads, self.context, str(self.cache or "")))
        return self._process


class LlamaChat:
    """One conversation (`engine.llm.chat_model.ChatModel`)."""

    def __init__(self, model: LlamaModel, temperature: float = 0.7, seed: int = -1,
                 told: Callable[[Statement], None] = lambda _: None) -> None:  # fmt: skip
        """temperature: 0 takes the likeliest token. seed: -1 for another one each time. told: gets a line for the user
        where the machine is too slow to talk to."""
        self.model, self._temperature, self._seed, self._told = model, temperature, seed, told

    def prepare(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[None, None, None]:
        """Reads the model, then what every answer begins with, and measures its speed. Raises Trouble.

        What was read once is taken from the disk the next time, as long as nothing in it has changed.
        """
        yield from self.model.load()
        body = self._body([*messages, Message("user", "Hello.")], tools)
        name = f"{hashlib.sha256(json.dumps(body['messages']).encode()).hexdigest()[:16]}.{KEPT}"
        kept = self.model.cache is not None and (self.model.cache / name).is_file()
        if kept:
            kept = yield from _done(self.model.work(lambda n: ChatCache(n, "restore", name)))
        yield from _done(self._answered({**body, "max_tokens": TRIAL_TOKENS, "ignore_eos": True}, ()))
        if self.model.cache is not None and not kept:
            for old in self.model.cache.glob(f"*.{KEPT}"):
                with suppress(OSError):
                    old.unlink()
            yield from _done(self.model.work(lambda n: ChatCache(n, "save", name)))
        if self.model.speed.slow:
            name, speed = self.model.path.name, f"{self.model.speed.answer:g}"
            self._told(state(NoticeCode.CHAT_SLOW, name=name, speed=speed))

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[Delta, None, None]:
        """The answer as it is written. The oldest turns are left out where the context is full. Raises Trouble."""
        markup = Markup()
        while True:
            try:
                for text in self._answered(self._body(messages, tools), tools):
                    if text is not None:
                        yield from markup.feed(text)
                    yield None
                yield from markup.end()
                return
            except _TooLong:
                fewer = shortened(messages)
                if fewer is None:
                    raise Trouble(f"{self.model.path.name}: what was said is too long for its context of "
                                  f"{self.model.context} "
                                  "tokens; say it in fewer words") from None  # fmt: skip
                messages = fewer

    def stop(self) -> None:
        """Nothing to free: the cache is the model's, and the next conversation overwrites it."""

    def _body(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> dict[str, object]:
        system = "\n\n".join(m.content for m in messages if m.role == "system")
        system = f"{system}\n\n{described(tools)}" if tools else system
        said = [plain(m) for m in messages if m.role != "system"]
        shown = [*([Message("system", system)] if system else []), *said]
        return {"messages": [{"role": m.role, "content": m.content} for m in shown], "stream": True,
                "temperature": self._temperature, "top_p": 0.9, "seed": self._seed, "max_tokens": MOST_TOKENS,
                "cache_prompt": True, "return_progress": True, "reasoning_format": "none",
                "chat_template_kwargs": {"enable_thinking": False}}  # fmt: skip

    def _answered(
        self, body: dict[str, object], tools: Sequence[ToolSchema]
    ) -> Generator[str | None, None, None]:
        for chunk in self.model.work(lambda n: AskChat(n, body, tuple(tools))):
            if chunk is None:
                yield None
                continue
            if "error" in chunk or "code" in chunk:
                said = chunk.get("error", chunk)
                if "exceed_context" in str(said.get("type", "")) or "context size" in str(said.get("message", "")):
                    raise _TooLong
                raise Trouble(f"{self.model.path.name}: {' '.join(str(said.get('message', said)).split())[:200]}")
            if "timings" in chunk:
                self.model.measured(chunk["timings"])
            for choice in chunk.get("choices", ()):
                yield choice["delta"].get("content") or None


class _TooLong(Exception):
    """The request does not fit into the context."""


def _done(work: Generator[object, None, T]) -> Generator[None, None, T]:
    """Lets it do its work, whatever it yields. -> what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value
        yield


def check_file(path: Path) -> None:
    """Raises NotHere where there is no such file, Trouble where it is no GGUF file."""
    if not path.is_file():
        raise NotHere(f"{path}: there is no such chat model; run: parley models pull chat")
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {error.strerror}") from error
    if head != MAGIC:
        raise Trouble(f"{path}: is not a GGUF file; llama.cpp reads nothing else")


def _folder(cache: Path, path: Path) -> Path | None:
    """-> where what belongs to this very file is kept; None where nothing can be kept."""
    stat = path.stat()
    named = hashlib.sha256(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]
    folder = cache / f"llama-{named}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def remembered(folder: Path) -> Speed:
    """What was measured before."""
    try:
        return Speed(**json.loads((folder / "speed.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return Speed()


def speed_of(path: Path, cache: Path) -> Speed:
    """The speed of a model that was loaded before, without loading it."""
    folder = _folder(cache, path)
    return Speed() if folder is None else remembered(folder)
