"""What `parley doctor` and `parley models` find, in the form in which `--json` prints it and the panels read it.

TypedDicts and no dataclasses: they cross to JSON and to the process beside the window just as they are. Sizes in bytes.
"""

from typing import NotRequired, TypedDict

Part = TypedDict("Part", {"for": str, "here": bool, "needed": bool})


# -- parley doctor ------------------------------------------------------------------------------------------
class ListedDevice(TypedDict):
    """inputs, outputs: channels."""

    index: int
    name: str
    host: str
    inputs: int
    outputs: int
    hz: int
    low_in_s: NotRequired[float]
    low_out_s: NotRequired[float]


class Host(TypedDict):
    """Indices of its default devices; -1 for none."""

    name: str
    default_input: int
    default_output: int


class Echo(TypedDict):
    """As `audio_io.dsp.coupling.Coupling`."""

    heard: bool
    delay_ms: float | None
    echo_db: float | None
    noise_db: float


class Sound(TypedDict):
    """input, output, hz, latency_ms (in, out): only where a device works. trouble: why it does not, or "". """

    devices: list[ListedDevice]
    hosts: list[Host]
    works: bool
    trouble: str
    notes: list[str]
    echo: Echo | None
    input: NotRequired[str]
    output: NotRequired[str]
    hz: NotRequired[int]
    latency_ms: NotRequired[list[float]]


class Voices(TypedDict):
    """broken: a line for each file of the user's that cannot be read."""

    presets: list[str]
    names: list[str]
    broken: list[str]
    trouble: str


class Card(TypedDict):
    """A graphics card; None where it does not report its memory."""

    name: str
    total_mib: int | None
    free_mib: int | None


class Gpu(TypedDict):
    cards: list[Card]
    trouble: str


class Networks(TypedDict):
    """As `engine.models.onnx.Runtime`."""

    version: str
    provider: str
    why_not_cuda: str
    fault: bool
    trouble: str


class File(TypedDict):
    file: str
    bytes: int


class Folder(TypedDict):
    folder: str
    free_gb: float | None
    trouble: str


class Canceller(TypedDict):
    name: str
    trouble: str


class Profiles(TypedDict):
    """runs: which would run here, "" for none. embedded: why the default one does, or does not."""

    chosen: str
    runs: str
    embedded: str


class Fit(TypedDict):
    """As `engine.models.memory_fit.Fit`."""

    profile: str
    on: str
    models: list[str]
    bits: int
    needs: int
    free: int
    download: int
    missing: list[str]
    width: str
    runs: bool


class Fits(TypedDict):
    profiles: list[Fit]
    trouble: str


class Server(TypedDict):
    url: str
    model: str
    trouble: str


class FoundServer(TypedDict):
    """As `engine.llm.find_servers.Found`."""

    name: str
    url: str
    models: list[str]


class Offer(TypedDict):
    name: str
    bytes: int


class Mind(TypedDict):
    """prompt, answer: tokens a second, 0 where not measured."""

    file: str
    prompt: float
    answer: float
    slow: bool
    trouble: str
    recommended: list[Offer]
    servers: list[FoundServer]


class Machine(TypedDict):
    """All that `parley doctor` looks at. problems: lines for the user, the gravest first."""

    system: str
    parts: dict[str, Part]
    sound: Sound
    voices: Voices
    gpu: Gpu
    models: list[File]
    folders: list[Folder]
    networks: Networks
    canceller: Canceller
    fits: Fits
    server: Server | None
    mind: Mind
    profiles: Profiles
    problems: list[str]
    exit_code: int


# -- parley models ------------------------------------------------------------------------------------------
class Licence(TypedDict):
    """to_accept: it has to be agreed to. accepted: it has been."""

    id: str
    name: str
    conditions: str
    url: str
    to_accept: bool
    accepted: bool


class ModelFile(TypedDict):
    name: str
    bytes: int
    about: bool
    optional: bool


Model = TypedDict("Model", {
    "for": str, "bytes": int, "about": bool, "whole": bool, "there": bool, "on_disk": int, "to_download": int,
    "folder": str, "wrong": list[str], "commit": str, "files": list[ModelFile] | list[str], "licence": Licence,
})  # fmt: skip


class ProfileRow(TypedDict):
    """roles: role -> names of models, any of which will do."""

    name: str
    on: str
    roles: dict[str, list[str]]
    besides: str
    bytes: int
    to_download: int


EmbeddedRow = TypedDict("EmbeddedRow", {
    "name": str, "role": str, "for": str, "bytes": int, "here": bool, "recommended": bool, "licence": str,
})  # fmt: skip


class Listed(TypedDict):
    """Of the profiles with large models. models: by name."""

    folder: str
    profiles: list[ProfileRow]
    models: dict[str, Model]


class Models(TypedDict):
    """The same, and what the default profile has; what was not asked for is absent."""

    folder: str
    embedded: NotRequired[list[EmbeddedRow]]
    profiles: NotRequired[list[ProfileRow]]
    models: NotRequired[dict[str, Model]]


class ModelsHere(Listed):
    """And whether the profiles fit this machine, by name; trouble: why that is not known."""

    fits: dict[str, Fit]
    trouble: str


class Terms(TypedDict):
    name: str
    conditions: str
    url: str


class ChatOffer(TypedDict):
    """A chat model that suits this machine. memory: what it takes while it runs."""

    name: str
    bytes: int
    memory: int
    here: bool
    licence: Terms


class ChatHere(TypedDict):
    """memory, cores: of this machine. servers: that run on it."""

    memory: int
    cores: int
    models: list[ChatOffer]
    servers: list[FoundServer]
