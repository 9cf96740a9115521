"""Everything that passes between Parley and its worker processes: frozen dataclasses, and how they become bytes.

A frame is `u32 header length, u32 raw length` (little endian), a header in JSON, {"is": name of the class, its fields},
and the raw bytes of the one field that is `bytes`: sound. Nothing that is received is executed, and nothing is larger
than LARGEST.

    sound process     ListDevices -> Table; OpenStream -> StreamOpened, then StartStream -> StreamStarted, DefaultMoved
    eSpeak NG         EspeakReady; Say -> Spoken ..., SayEnded; CancelSay
    llama.cpp         LoadChat -> ChatLoaded; AskChat -> ChatChunk ..., ChatEnded; CancelChat; ChatCache -> ChatEnded
    the window's      RunTask -> TaskStep ..., TaskDone
    all of them       Start, first; Failed, last
"""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, NotRequired, TypedDict, get_args, get_origin, get_type_hints, is_typeddict

from audio_io.notices import Said, Statement, from_json, to_json

HEAD = struct.Struct("<II")
LARGEST = 16 << 20               # bytes of a frame: some minutes of sound
Side = Literal["input", "output"]


class BadFrame(ValueError):
    """What came, or was to be sent, is no message. str(error) says why."""


# -- all of them --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Start:
    """path: where modules are found, and folder: what relative paths mean, as in the process that starts this one."""

    module: str
    path: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A Trouble of the worker: what it says, and its code."""

    said: Said
    code: int


# -- the sound process --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ListDevices:
    """-> Table, and the process ends."""


@dataclass(frozen=True, slots=True)
class OpenStream:
    """As audio_io.device.portaudio.DeviceChoice. -> StreamOpened."""

    input: str | int | None
    output: str | int | None


@dataclass(frozen=True, slots=True)
class StartStream:
    """rings: the file of the shared rings. -> StreamStarted."""

    rings: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A device as PortAudio lists it. inputs, outputs: channels. hz: the rate it prefers."""

    index: int
    name: str
    host: str
    inputs: int
    outputs: int
    hz: int
    low_in_s: float = 0.0
    low_out_s: float = 0.0

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.host}"

    def has(self, side: Side) -> bool:
        return (self.inputs if side == "input" else self.outputs) > 0


@dataclass(frozen=True, slots=True)
class Table:
    """hosts: (name, default input or -1, default output or -1), PortAudio's preferred host first."""

    devices: tuple[Listed, ...]
    hosts: tuple[tuple[str, int, int], ...]

    def __str__(self) -> str:
        return "; ".join(f"{d.index} {d.full_name} ({d.inputs} in, {d.outputs} out)" for d in self.devices)

    @property
    def inputs(self) -> tuple[Listed, ...]:
        return tuple(d for d in self.devices if d.inputs > 0)

    @property
    def outputs(self) -> tuple[Listed, ...]:
        return tuple(d for d in self.devices if d.outputs > 0)

    def at(self, index: int) -> Listed | None:
        return next((d for d in self.devices if d.index == index), None)

    def default(self, host: str, side: Side) -> Listed | None:
        for name, given, taken in self.hosts:
            if name == host:
                return self.at(given if side == "input" else taken)
        return None


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """Names of the devices, the device's own rate, what the user should know, latencies of input and output."""

    input: str
    output: str
    hz: int
    notes: tuple[Statement, ...]
    latency_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """Samples go through the rings from now on."""


@dataclass(frozen=True, slots=True)
class DefaultMoved:
    """The system's default that the stream was opened for is another device now."""


# -- eSpeak NG ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EspeakReady:
    """voices: (language, name, key)."""

    hz: int
    voices: tuple[tuple[str, str, str], ...]
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """rate: words a minute. pitch, range: 0..99. gap: between words, in 10 ms."""

    id: int
    text: str
    voice: str
    rate: int
    pitch: int
    range: int
    gap: int


@dataclass(frozen=True, slots=True)
class CancelSay:
    """Ends this phrase and every earlier one."""

    id: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """pcm: int16. marks: (sample of the phrase at which a word begins, character of the text it begins at)."""

    id: int
    pcm: bytes
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SayEnded:
    """The last of every phrase."""

    id: int
    how: Literal["done", "cancelled", "failed"]
    why: str = ""


# -- llama.cpp ----------------------------------------------------------------------------------------------
Chunk = dict[str, Any]           # as llama.cpp's server writes it


class ArgumentSchema(TypedDict):
    """enum: the only values it may have."""

    type: str
    description: str
    enum: NotRequired[list[str]]


class ArgumentsSchema(TypedDict):
    """required: names among `properties`."""

    type: Literal["object"]
    properties: dict[str, ArgumentSchema]
    required: NotRequired[list[str]]


class FunctionSchema(TypedDict):
    """One function, for the model to read."""

    name: str
    description: str
    parameters: ArgumentsSchema


class ToolSchema(TypedDict):
    """A tool in OpenAI's form."""

    type: Literal["function"]
    function: FunctionSchema


@dataclass(frozen=True, slots=True)
class LoadChat:
    """path: a GGUF file. context: tokens. folder: for its cache; empty for none. -> ChatLoaded, or it fails."""

    path: str
    threads: int
    context: int
    folder: str


@dataclass(frozen=True, slots=True)
class ChatLoaded:
    """The model is read."""


@dataclass(frozen=True, slots=True)
class AskChat:
    """body: a chat request as llama.cpp's server takes it. tools: what it may call."""

    id: int
    body: dict[str, object]
    tools: tuple[ToolSchema, ...]


@dataclass(frozen=True, slots=True)
class CancelChat:
    """Gives this request up at the next token or batch."""

    id: int


@dataclass(frozen=True, slots=True)
class ChatCache:
    """Writes what has been read into the folder, or reads it back. name: of the file there."""

    id: int
    do: Literal["save", "restore"]
    name: str


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """A piece of the answer, as llama.cpp's server streams it."""

    id: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class ChatEnded:
    """The last of every request. fine: it was done to the end. why: it failed, in llama.cpp's words."""

    id: int
    fine: bool
    why: str = ""


# -- slow work of the window --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RunTask:
    """do: one of app.desktop.side.TASKS. settings: the window's, by section. wants: what that task takes."""

    do: str
    settings: dict[str, object]
    wants: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskStep:
    """How far a download is. doing: "fetches", "checks" or "converts". done, total: bytes."""

    name: str
    doing: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TaskDone:
    """result: plain values, as JSON has them."""

    result: object


Message = (
    Start | Failed | ListDevices | OpenStream | StartStream | Table | StreamOpened | StreamStarted | DefaultMoved
    | EspeakReady | Say | CancelSay | Spoken | SayEnded | LoadChat | ChatLoaded | AskChat | CancelChat | ChatCache
    | ChatChunk | ChatEnded | RunTask | TaskStep | TaskDone
)  # fmt: skip
MESSAGES: dict[str, Any] = {cls.__name__: cls for cls in get_args(Message)}


# -- messages and bytes -------------------------------------------------------------------------------------
def encode(message: Message) -> bytes:
    """-> a frame. Raises BadFrame for a message that is too large or holds what JSON has not."""
    header: dict[str, object] = {"is": type(message).__name__}
    raw = b""
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, bytes):
            raw = value
        else:
            header[field.name] = value
    try:
        text = json.dumps(header, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise BadFrame(f"{type(message).__name__}: {error}") from error
    _check(len(text), len(raw))
    return HEAD.pack(len(text), len(raw)) + text + raw


def decode(text: bytes, raw: bytes) -> Message:
    """Header and raw bytes of a frame -> the message. Raises BadFrame."""
    try:
        header = json.loads(text)
        cls = MESSAGES[header.pop("is")]
        message: Message = cls(**{name: raw if hint is bytes else _typed(hint, header[name])
                                  for name, hint in _hints(cls).items()})  # fmt: skip
        return message
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadFrame(f"no message: {error!r}"[:200]) from error


def read(take: Callable[[int], bytes]) -> Message | None:
    """take: -> as many bytes as asked for, fewer only at the end. -> None at the end, be it in the middle of a frame.

    Raises BadFrame, after which nothing that follows means anything.
    """
    head = take(HEAD.size)
    if len(head) < HEAD.size:
        return None
    n, m = HEAD.unpack(head)
    _check(n, m)
    text, raw = take(n), take(m)
    return decode(text, raw) if len(text) == n and len(raw) == m else None


def _check(n: int, m: int) -> None:
    if n + m > LARGEST:
        raise BadFrame(f"{n} + {m} bytes are more than the {LARGEST} of a message")


def _plain(value: Any) -> object:
    return to_json(value) if isinstance(value, Statement) else asdict(value)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _typed(hint: Any, value: Any) -> Any:
    """JSON's value as what the field says it is. Raises ValueError or TypeError where it is something else."""
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(value, dict) and (hint is Statement or Statement in args):
        return from_json(value)
    if hint in (Any, object) or (hint is float and type(value) is int) or (origin is Literal and value in args):
        return value
    if origin is UnionType and any(type(value) is one for one in args):
        return value
    if origin is tuple and isinstance(value, list):
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else args
        return tuple(_typed(kind, one) for kind, one in zip(kinds, value, strict=True))
    if (origin is dict or is_typeddict(hint)) and isinstance(value, dict):
        return value
    if isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        return hint(**{name: _typed(kind, value[name]) for name, kind in _hints(hint).items()})
    if type(value) is not hint:
        raise ValueError(f"{value!r} is not {hint}")
    return value
