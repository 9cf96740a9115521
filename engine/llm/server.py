"""A chat model behind any OpenAI-compatible server: vLLM, llama.cpp, Ollama, `transformers serve`.

One event loop belongs to one conversation and turns only while an answer is asked for, in the thread that asks (names
are looked up in a thread of the loop's own): closing the generator cancels the request, which closes its connection at
once. Nothing is asked again once a word has been given; before that, without what the server has said it does not take
(tools, a parameter, a system message, so many tokens); that is remembered as long as the conversation lasts.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.notices import Statement, state
from audio_io.worker_messages import ToolSchema
from engine.assistant.assistant import Assistant
from engine.llm import chat
from engine.llm import server_kinds as kinds
from engine.llm.chat_model import Call, Delta, Markup, Message
from engine.llm.context import shortened
from engine.llm.tool_words import plain
from engine.messages import Prompt
from engine.notices import NoticeCode
from engine.workers.stage import Think

if TYPE_CHECKING:                # the package comes in when a server is wanted
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

POLL_S = 0.05                    # between two yields while the server is silent
LAST_POLLS = 5                   # for what follows the answer's end; a server that hangs there is left
MOST_LETTERS = 60_000            # of one answer, whatever the server makes of that
MOST_SAID = 160                  # letters of a server's own words in an error

T = TypeVar("T")
Chunks: TypeAlias = "AsyncStream[ChatCompletionChunk]"


@dataclass(frozen=True, slots=True)
class Server:
    """url: with its version, such as http://localhost:8000/v1. model: empty: the first that the server lists.

    key: sent as a bearer token; empty: none is needed. connect_s, read_s: longest silence, when connecting and then: a
    server may have to load its model first.
    """

    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    temperature: float = 0.7
    connect_s: float = 5.0
    read_s: float = 180.0


class ServerModel:
    """One conversation with a server (`engine.llm.chat_model.ChatModel`)."""

    def __init__(self, server: Server, told: Callable[[Statement], None] = lambda _: None) -> None:
        """Opens no connection yet. told: gets a line for the user on what the server does not take, or waits for.

        Raises NotHere without the package `openai`, WrongUse for no address, Trouble for a proxy that cannot be used.
        """
        try:
            import openai
        except ImportError as error:
            raise NotHere("a chat model on a server needs the package openai; pip install openai") from error
        address = _address(server.url)
        self.server, self.model = server, server.model
        self._openai = openai
        self._options = dict(kinds.OPTIONS)
        self._told = told
        self._refusals: set[str] = set()         # what the server does not take: tools, temperature, max_tokens, system
        self._limit = kinds.LIMITS[0]
        self._perhaps = kinds.PERHAPS
        self._client = self._connected(address)
        self._loop = asyncio.new_event_loop()

    def _connected(self, address: SplitResult) -> "AsyncOpenAI":
        """-> a client without a connection so far; it keeps the one that it makes."""
        openai, server = self._openai, self.server
        near = address.hostname in ("localhost", "127.0.0.1", "::1")
        try:
            # verify: loading the certificates takes long, and http has none
            http = openai.DefaultAsyncHttpxClient(trust_env=not near, follow_redirects=False,
                                                  verify=address.scheme == "https")  # fmt: skip
        except (ImportError, ValueError) as error:
            proxies = getproxies()
            proxy = proxies.get(address.scheme) or proxies.get("all", "")
            raise Trouble(f"{server.url}: the proxy {proxy} of your environment cannot be used ({_own_words(error)}); "
                          f"put {address.hostname} into NO_PROXY, or name an http proxy") from error  # fmt: skip
        client: AsyncOpenAI = openai.AsyncOpenAI(
            base_url=server.url, api_key=server.key or "none", max_retries=0,
            timeout=openai.Timeout(server.read_s, connect=server.connect_s), http_client=http)  # fmt: skip
        client.organization = client.project = None                   # not from the environment
        return client

    def prepare(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[None, None, None]:
        """Asks which models there are, and takes the first where none was named."""
        try:
            names = yield from self._turned(self._listed())
        except _NoList:
            if not self.model:                   # some serve a model and cannot list it
                raise
            return
        if not self.model:
            if not names:
                raise Trouble(f"{self.server.url}: the server lists no model; load one there, or set brain.model")
            self.model = min(names, key=lambda name: kinds.NO_CHAT.search(name) is not None)

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[Delta, None, None]:
        """The answer as it arrives; None at least every POLL_S while nothing does."""
        if not self.model:
            yield from self.prepare(messages, tools)
        for waited in range(round(self.server.read_s) + 1):
            try:
                chunks, messages = yield from self._opened(messages, tools)
                break
            except _Loading as loading:
                if waited == 0:
                    self._told(state(NoticeCode.SERVER_LOADS, address=self.server.url))
                if waited >= self.server.read_s:
                    raise Trouble(f"{self.server.url}: the server is still loading its model; ask again later"
                                  ) from loading  # fmt: skip
                for _ in range(round(1 / POLL_S)):
                    self._run(asyncio.sleep(POLL_S))
                    yield None
        known = kinds.THINKERS.search(self.model) is not None
        answer, markup = _Answer(), Markup(perhaps=kinds.LONG_THOUGHT if known else self._perhaps)
        incoming = chunks.__aiter__()
        try:
            while not answer.ended:
                chunk = yield from self._turned(_next(incoming))
                if chunk is None:
                    raise self._broken("ended before the answer did" if answer.chunks else "sent no answer")
                try:
                    text = answer.take(chunk)
                except (AttributeError, TypeError, ValueError, KeyError, IndexError):
                    raise self._broken("sent something that is no answer") from None
                yield from markup.feed(text)
                yield None
            yield from markup.end()
            yield from answer.calls()
            if markup.unopened or self._perhaps == kinds.PERHAPS:
                self._perhaps = kinds.LONG_THOUGHT if markup.unopened else 0
            yield from self._drained(incoming)
        except Trouble:
            yield from markup.end()              # what had come is said, as it would have been of a later answer
            raise
        finally:
            self._run(_closed(chunks))

    def stop(self) -> None:
        """Closes all connections. Twice is once."""
        if not self._loop.is_closed():
            self._run(self._client.close())
            self._run(self._loop.shutdown_asyncgens())
            self._loop.close()

    # -- what is asked ------------------------------------------------------------------------------
    def _opened(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[
            None, None, tuple[Chunks, Sequence[Message]]]:  # fmt: skip
        """Asks until the server takes it. -> the answer's chunks, and the messages that were taken."""
        while True:
            try:
                chunks = yield from self._turned(self._asked(messages, tools), slow=True)
                return chunks, messages
            except _Refused as refused:
                messages = self._without(refused.what, messages)

    def _without(self, what: str, messages: Sequence[Message]) -> Sequence[Message]:
        """Learns that the server does not take this. -> what to ask instead. Raises Trouble if nothing is left."""
        if what in self._options:
            del self._options[what]
        elif what != "context":
            self._refusals.add(what)
            if what == "tools":
                self._told(state(NoticeCode.NO_TOOLS, name=self.model))
        elif self._limit > kinds.LIMITS[-1]:
            self._limit = next(limit for limit in kinds.LIMITS if limit < self._limit)
        elif (fewer := shortened(messages)) is not None:
            return fewer
        else:
            raise Trouble(f"{self.server.url}: the context of {self.model} is too small even for one question; give it "
                          "a larger one on the server (num_ctx, --ctx-size), or choose another model")  # fmt: skip
        return messages

    def _shown(self, messages: Sequence[Message]) -> list[dict[str, object]]:
        rows = [plain(m) for m in messages] if "tools" in self._refusals else list(messages)
        if "system" in self._refusals:
            system = "\n\n".join(m.content for m in rows if m.role == "system")
            rows = [m for m in rows if m.role != "system"]
            if system and rows:
                rows[0] = Message(rows[0].role, f"{system}\n\n{rows[0].content}", rows[0].calls)
        return [_table(m) for m in rows]

    async def _listed(self) -> list[str]:
        return [str(model.id) async for model in self._client.models.list()]

    async def _asked(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Chunks:
        asked: dict[str, object] = {"tools": list(tools)} if tools and "tools" not in self._refusals else {}
        asked["max_completion_tokens" if "max_tokens" in self._refusals else "max_tokens"] = self._limit
        if "temperature" not in self._refusals:
            asked["temperature"] = self.server.temperature
        create: Any = self._client.chat.completions.create
        chunks: Chunks = await create(model=self.model, messages=self._shown(messages), stream=True,
                                      extra_body=dict(self._options), **asked)  # fmt: skip
        return chunks

    # -- the loop -----------------------------------------------------------------------------------
    def _turned(self, work: Coroutine[None, None, T], slow: bool = False) -> Generator[None, None, T]:
        """Turns the loop until `work` is done, yielding as it goes; cancels it when closed. Raises Trouble.

        slow: the user is told where it takes long.
        """
        task, polls = self._loop.create_task(work), 0
        try:
            while True:
                polls += 1
                if slow and polls == kinds.LOADING_POLLS:
                    self._told(state(NoticeCode.SERVER_SILENT, address=self.server.url))
                self._run(asyncio.wait({task}, timeout=POLL_S))
                if task.done():
                    break
                yield
        finally:
            if not task.done():
                task.cancel()
                self._run(asyncio.wait({task}))
                if not task.cancelled() and task.exception() is None and hasattr(task.result(), "response"):
                    self._run(_closed(task.result()))          # it came in that very moment
        try:
            return task.result()
        except Exception as error:
            if isinstance(error, self._openai.APIStatusError):         # many a server then closes what it had kept
                self._run(self._client.close())
                self._client = self._connected(_address(self.server.url))
            raise self._explained(error) from error

    def _drained(self, incoming: AsyncIterator[object]) -> Generator[None, None, None]:
        """Reads what follows the end, so that the connection can be used again; not for long, and without complaint."""
        task = self._loop.create_task(_rest(incoming))
        try:
            for _ in range(LAST_POLLS):
                self._run(asyncio.wait({task}, timeout=POLL_S))
                if task.done():
                    break
                yield
        finally:
            task.cancel()
            self._run(asyncio.gather(task, return_exceptions=True))

    def _run(self, work: Awaitable[T]) -> T:
        """Turns the loop until `work` is done. The loop is this thread's only meanwhile."""
        return self._loop.run_until_complete(_awaited(work))

    # -- what went wrong ----------------------------------------------------------------------------
    def _broken(self, how: str) -> Trouble:
        return Trouble(f"{self.server.url}: the server {how}; ask again, and look at the server if it stays so")

    def _explained(self, error: Exception) -> Exception:
        """-> one line for the user; or that the server does not know our option, if that was it."""
        api, url, said = self._openai, self.server.url, _own_words(error)
        if isinstance(error, api.APITimeoutError):
            return Trouble(f"{url}: the server does not answer; look whether it is busy or still loading its model")
        if isinstance(error, api.APIConnectionError):
            return Trouble(f"{url}: no server answers there, or it hung up; start it, or set brain.server")
        if isinstance(error, api.APIStatusError):
            if error.status_code == 503 and "loading" in str(error).lower():
                return _Loading(said)
            what = kinds.refused(str(error), self._options, self._refusals)
            if what and error.status_code in (400, 413, 422, 500, 501):
                return _Refused(what)
            if error.status_code in (401, 403):
                return Trouble(f"{url}: the server refuses the key; put the right one into brain.key_file")
            if error.status_code == 404:
                return _NoList(f"{url}: the server knows no such address or no model {self.model!r} ({said}); check "
                               "brain.server, which mostly ends in /v1, and brain.model")  # fmt: skip
            return _NoList(f"{url}: the server answered {error.status_code} ({said})")
        return self._broken(f"sent something that is no answer ({said})")


class _NoList(Trouble):
    """The server is there, but does not do what was asked."""


class _Loading(Exception):
    """The server has begun, its model is not read yet."""


class _Refused(Exception):
    """The server does not take one of OPTIONS, or something else that was sent (ServerModel._refusals), or so much."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class _Answer:
    """What the chunks of one answer add up to."""

    def __init__(self) -> None:
        self.chunks, self.letters, self.ended = 0, 0, False
        self._calls: list[dict[str, str]] = []
        self._at: dict[int, int] = {}            # the server's index -> which of `_calls`

    def take(self, chunk: "ChatCompletionChunk") -> str:
        """-> the text in it. Raises what attribute access on junk raises."""
        self.chunks += 1
        if not chunk.choices:                    # usage, or a comment
            return ""
        choice = chunk.choices[0]
        delta = choice.delta
        text = (delta.content if delta is not None else None) or ""
        for part in (delta.tool_calls if delta is not None else None) or ():
            self._add(part)
        if not isinstance(text, str):
            raise TypeError("content is not text")
        self.letters += len(text)
        self.ended = bool(choice.finish_reason) or max(self.letters, self.chunks) > MOST_LETTERS
        return text

    def _add(self, part: Any) -> None:
        index = part.index if part.index is not None else len(self._calls) - (0 if part.id else 1)
        at = self._at.get(index, -1)
        fresh = at < 0 or (part.id and self._calls[at]["id"] not in ("", part.id))      # some count every call as 0
        if fresh:
            at = self._at[index] = len(self._calls)
            self._calls.append({"id": "", "name": "", "arguments": ""})
        call, function = self._calls[at], part.function
        call["id"] = part.id or call["id"]
        if function is not None:
            call["name"] += function.name or ""
            call["arguments"] += function.arguments or ""
            self.letters += len(function.arguments or "")

    def calls(self) -> list[Call]:
        return [Call(c["name"], c["arguments"], str(c["id"])) for c in self._calls]


def _address(url: str) -> SplitResult:
    """Raises WrongUse for no address."""
    try:
        address = urlsplit(url)
        good = address.scheme in ("http", "https") and address.hostname and address.port != 0     # .port may raise
    except ValueError:                           # a port above 65535, half a bracket
        good = False
    if not good or " " in url:
        raise WrongUse(f"brain.server: {url!r} is not an address like http://localhost:8000/v1")
    return address


def _table(message: Message) -> dict[str, object]:
    """As the interface takes it."""
    table: dict[str, object] = {"role": message.role, "content": message.content}
    if message.calls:
        table["tool_calls"] = [{"id": c.id, "type": "function", "function": {
            "name": c.name or "unknown", "arguments": c.arguments}} for c in message.calls]  # fmt: skip
    if message.role == "tool":
        table["tool_call_id"] = message.answers
    return table


def _own_words(error: Exception) -> str:
    body = getattr(error, "body", None)
    said = body.get("message") or body.get("detail") if isinstance(body, dict) else body
    text = " ".join(str(said or error).split())
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}..."


async def _awaited(work: Awaitable[T]) -> T:
    return await work


async def _next(incoming: AsyncIterator[T]) -> T | None:
    """None at the end: StopAsyncIteration cannot leave a task."""
    return await anext(incoming, None)


async def _rest(incoming: AsyncIterator[object]) -> None:
    async for _ in incoming:
        pass


async def _closed(chunks: Any) -> None:
    await chunks.response.aclose()


def make_chat(
    server: Server, assistant: Assistant, persona: str = "", voices: tuple[str, ...] = (),
    told: Callable[[Statement], None] = lambda _: None,
) -> tuple[Think, Callable[[Prompt], bool], Callable[[], None]]:  # fmt: skip
    """-> (work, lasting, stop) of a new conversation with `server`, which has been asked for its models.

    Raises Trouble where it does not answer, NotHere and WrongUse as `ServerModel` does.
    """
    return chat.make_chat(ServerModel(server, told), assistant, persona, voices)
