"""The stages of the profiles with large models: what they need of the disk and the machine, checked, loaded and put
together. engine/runtime/profile_makers.py says which profile takes which. torch is loaded when the first one is made.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from audio_io.errors import NotHere, Trouble
from audio_io.notices import Statement, state
from engine.asr.recognisers import RECOGNISERS, Listening, Recogniser, make_recogniser
from engine.assistant.assistant import Assistant
from engine.duplex.choose_predictor import make_predictor
from engine.llm import precision
from engine.messages import Prompt
from engine.models import catalogue, loaded, pull
from engine.models import memory_fit as fits
from engine.models.catalogue import Needs, Repository
from engine.models.store import Store
from engine.notices import NoticeCode
from engine.runtime.embedded import Parts
from engine.runtime.reading import not_in_vain
from engine.tts.synthesisers import SYNTHESISERS, make_synthesiser
from engine.tts.voices import Preset
from engine.workers.stage import B, P, Speak, Think, Work

if TYPE_CHECKING:                # torch is loaded late
    from torch import Tensor

    from engine.asr.sensevoice_model import SenseVoice
    from engine.llm.local_model import LocalModel
    from engine.tts.cosyvoice_model import CosyVoiceModel

T = TypeVar("T")
SENSEVOICE, COSYVOICE = "sensevoice", "cosyvoice"
PRECISIONS = {16: "bf16", 8: "8bit", 4: "4bit"}
SHARES = {16: 1.0, 8: 0.55, 4: 0.35}     # of its files' bytes, for a chat model that the catalogue does not know


@dataclass(frozen=True, slots=True)
class Mind:
    """What thinks. model: a repository on the disk, or what the server calls it; empty: the first there is."""

    model: str = ""
    persona: str = ""
    server: str = ""
    key: str = field(default="", repr=False)
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class Order:
    """What the user has chosen and a profile's parts are made from.

    usual, own, spare: (what listens, what speaks) of the profile, of the user's settings ("" for no choice), and of the
    embedded profile. words: the user's own. voices: presets by name. models: the folder
    of models; cache: of what is computed from recordings. told: gets lines for the user while it loads. device: "" for
    cuda where there is one.
    """

    profile: str
    assistant: Assistant
    usual: tuple[str, str]
    own: tuple[str, str]
    spare: tuple[str, str]
    voices: Mapping[str, Preset]
    models: Path
    cache: Path
    mind: Mind = field(default_factory=Mind)
    words: tuple[str, ...] = ()
    language: str = "auto"
    lockstep: bool = False
    predicts: str = "rules"
    device: str = ""
    told: Callable[[Statement], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Speaking:
    """What speaks. names: of its voices, for the brain."""

    work: Speak
    stop: Callable[[], None]
    names: tuple[str, ...]


Thinking = tuple[Think, Callable[[Prompt], bool], Callable[[], None]]     # work, lasting, stop


def put_together(
    order: Order, hear: Callable[[Order], Recogniser], speak: Callable[[Order], Speaking],
    think: Callable[[Order, Assistant, tuple[str, ...]], Thinking],
) -> Parts:  # fmt: skip
    """Ears, voice, then the brain, which is to know the voices. What was made is stopped where a later one fails."""
    assistant, predictor = order.assistant, make_predictor(order.predicts)
    with ExitStack() as undo:
        ears = hear(order)
        undo.callback(ears.stop)
        mouth = speak(order)
        undo.callback(mouth.stop)
        work, lasting, stop = think(order, assistant, mouth.names)
        undo.callback(stop)
        large = type(ears).__module__.startswith("engine.asr.sensevoice")
        listen = on_card(order, ears.work, high=False) if large else ears.work
        thinks = until_closed(not_in_vain(work, lasting), undo)
        hears, speaks = until_closed(listen, undo), until_closed(mouth.work, undo)
        stops = undo.pop_all().close             # the brain first, the ears last
        order.told(state(NoticeCode.PROFILE_READY, name=order.profile))
        return Parts(hears, thinks, speaks, assistant, stops, predictor)


def until_closed(work: Callable[[B], T], until: ExitStack) -> Callable[[B], T]:
    """-> the same work, which forgets the networks behind it when `until` is closed: a conversation that has ended is
    kept for its memory while the next one is made, which may need their room."""
    held = [work]

    def doing(body: B) -> T:
        if not held:
            raise Trouble("this conversation has ended")
        return held[0](body)

    until.callback(held.clear)
    return doing


# -- what is missing --------------------------------------------------------------------------------------------
def check_packages(order: Order, packages: Sequence[str] = tuple(fits.PACKAGES)) -> None:
    """Raises NotHere with the command that installs what is missing."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise NotHere(f"profile {order.profile} needs {', '.join(missing)}; run: pip install 'parley[local]'")


def needs_of(order: Order) -> Needs:
    return catalogue.load().profiles[order.profile]


def whole(order: Order, name: str) -> bool:
    """Whether the repository `name` of the catalogue is on the disk, verified."""
    return not Store(order.models).state(catalogue.load().repositories[name]).wrong


def check_models(order: Order) -> None:
    """Raises NotHere with the size of all that is missing and the command that fetches it."""
    known, needs = catalogue.load(), needs_of(order)
    missing = [known.repositories[names[0]] for role, names in needs.roles.items()
               if names and not (role == "thinks" and order.mind.model) and not any(whole(order, n) for n in names)]
    if not missing:
        return
    size = sum(repository.bytes for repository in missing) / 1e9
    what = order.profile if {r.name for r in missing} == set(needs.defaults()) else " ".join(r.name for r in missing)
    raise NotHere(f"{order.profile} needs {size:.1f} GB of models; run: parley models pull {what}")


def found(order: Order, role: str) -> Repository:
    """The first repository of `role` that is on the disk. Raises NotHere where none is."""
    known, names = catalogue.load(), needs_of(order).roles[role]
    name = next((name for name in names if whole(order, name)), "")
    if not name:
        first = known.repositories[names[0]]
        raise NotHere(f"{order.profile} {role} with {first.name}, which is not here ({first.bytes / 1e9:.1f} GB); "
                      f"run: parley models pull {first.name}")  # fmt: skip
    return known.repositories[name]


def folder_of(order: Order, repository: str) -> Path:
    return Store(order.models).find(repository)


# -- the machine ------------------------------------------------------------------------------------------------
def device_of(order: Order) -> str:
    """Where the networks run. Loads torch."""
    from engine.runtime import cuda_streams as streams

    device = order.device or streams.device_here()
    streams.bound_threads(device)
    return device


def on_card(order: Order, work: Work[B, P], high: bool) -> Work[B, P]:
    """-> `work` on a stream of its own where there is a graphics card."""
    from engine.runtime import cuda_streams as streams

    device = device_of(order)
    streams.settled(device)
    return streams.own_stream(work, device, streams.HIGH if high else streams.LOW)


# -- ears -------------------------------------------------------------------------------------------------------
def recogniser_for(order: Order, spare: bool) -> Recogniser:
    """spare: the embedded profile's ears where the usual ones are not here, told to the user."""
    chosen = order.own[0] or order.usual[0]
    if chosen in RECOGNISERS:
        return make_recogniser(chosen, listening(order))
    try:
        return sensevoice(order)
    except NotHere as lack:
        if not spare or order.own[0]:
            raise
        order.told(state(NoticeCode.OTHER_LISTENS, lack=lack.said, name=order.spare[0]))
        return make_recogniser(order.spare[0], listening(order))


def listening(order: Order) -> Listening:
    return Listening(order.words, order.language, order.lockstep, order.models, order.told)


def sensevoice(order: Order) -> Recogniser:
    check_packages(order)
    folder = folder_of(order, found(order, "hears").name)
    from engine.asr.sensevoice import SenseVoiceRecogniser

    return SenseVoiceRecogniser(sensevoice_model(order, folder), order.language, order.lockstep)


def sensevoice_model(order: Order, folder: Path) -> "SenseVoice":
    from engine.asr.sensevoice_model import load_sensevoice

    device = device_of(order)

    def make() -> "SenseVoice":
        order.told(state(NoticeCode.READS_EARS, name=folder.name))
        return load_sensevoice(folder, device)

    return loaded.once("ears", (folder, device), make)


# -- the voice --------------------------------------------------------------------------------------------------
def synthesiser_for(order: Order, spare: bool) -> Speaking:
    """spare: the embedded profile's voice where the usual one is not here, or would not keep up; told to the user."""
    chosen = order.own[1] or order.usual[1]
    if chosen in SYNTHESISERS:
        return small_voice(order, chosen)
    try:
        if spare and not order.own[1]:
            check_packages(order)
            name = found(order, "speaks").name
            if device_of(order) == "cpu":
                raise NotHere(f"{name} is too slow without a graphics card (voice.engine: cosyvoice takes it anyway)")
        return cosyvoice(order)
    except NotHere as lack:
        if not spare or order.own[1]:
            raise
        name = {"hibari": "hibari", "espeak": "eSpeak NG"}[order.spare[1]]
        order.told(state(NoticeCode.OTHER_SPEAKS, lack=lack.said, name=name))
        return small_voice(order, order.spare[1])


def small_voice(order: Order, name: str) -> Speaking:
    voice = make_synthesiser(name, order.voices, order.told)
    return Speaking(voice.work, voice.stop, tuple(order.voices))


def cosyvoice(order: Order, meaning: "Callable[[str], Tensor | None]" = lambda _: None,
              fit: "Callable[[CosyVoiceModel], CosyVoiceModel]" = lambda m: m) -> Speaking:  # fmt: skip
    """meaning: as of engine.tts.cosyvoice.CosyVoice. fit: changes the model that was loaded, for this profile alone."""
    check_packages(order)
    folder = folder_of(order, found(order, "speaks").name)
    from engine.tts.cosyvoice import CosyVoice
    from engine.tts.cosyvoice_model import load_cosyvoice

    device = device_of(order)
    model = fit(loaded.once("voice", (folder, device), lambda: load_cosyvoice(folder, device, told=order.told)))
    voice = CosyVoice(model, order.voices, order.cache, order.told, meaning)
    try:
        order.told(state(NoticeCode.PREPARES_VOICE, name=folder.name))
        for _ in voice.prepare(order.assistant.style):
            pass
    except BaseException:
        voice.stop()
        raise
    return Speaking(on_card(order, voice.work, high=True), voice.stop, tuple(voice.voices()))


# -- the brain --------------------------------------------------------------------------------------------------
def chat_model(order: Order) -> "LocalModel":
    """At the width that fits. Raises NotHere, Trouble."""
    from engine.llm import local_model as llm

    store, device = Store(order.models), device_of(order)
    repository = chosen_chat(order, store)
    folder = store.find(repository.name)

    def make() -> "LocalModel":
        wide = width(repository, device)         # not before: what is free beside a model that is here tells nothing
        order.told(state(NoticeCode.READS_MIND_AT, name=folder.name, precision=str(wide)))
        return llm.load(folder, device, wide)

    return loaded.once("chat", (folder, device), make)


def chosen_chat(order: Order, store: Store) -> Repository:
    """The one that the user names, else the first of the profile's that is here."""
    if not order.mind.model:
        return found(order, "thinks")
    known = catalogue.load().repositories.get(order.mind.model)
    lock = store.lock(order.mind.model)
    if not lock.files:
        raise NotHere(f"brain.model: {order.mind.model} is not here; run: parley models pull {order.mind.model}")
    return known or pull.as_locked(lock)


def width(repository: Repository, device: str) -> str:
    """-> the precision that a chat model is run at: on a card the widest for which there is room beside the rest."""
    if device == "cpu":
        return precision.on_processor(repository.bytes)
    import torch

    free = torch.cuda.mem_get_info()[0] - fits.RESERVE_GPU
    for bits, name in PRECISIONS.items():
        sizes = [fits.bytes_of(part, bits) for part in repository.parts if part.on == "gpu"]
        if (sum(sizes) if sizes else repository.bytes * SHARES[bits]) <= free:
            return name
    raise Trouble(f"{repository.name}: does not fit into the {free / 1e9:.1f} GB that are free on the graphics card, "
                  "even at 4 bits; close other programs, or set brain.model to a smaller one")  # fmt: skip


def local_mind(order: Order, assistant: Assistant, voices: tuple[str, ...]) -> Thinking:
    from engine.llm import local_model as llm

    sampling = llm.Sampling(temperature=order.mind.temperature)
    model = chat_model(order)
    order.told(state(NoticeCode.READS_PERSONA))
    work, lasting, stop = llm.make_chat(model, assistant, order.mind.persona, sampling, voices, order.told)
    return on_card(order, work, high=True), lasting, stop


def ask(order: Order) -> None:
    """Whether the server answers. Raises NotHere where none is named, Trouble where it does not."""
    from engine.llm.server import Server, ServerModel

    if not order.mind.server:
        raise NotHere("profile server needs an OpenAI-compatible server: set brain.server to its address, such as "
                      "http://localhost:11434/v1")  # fmt: skip
    order.told(state(NoticeCode.ASKS_SERVER, address=order.mind.server))
    model = ServerModel(Server(order.mind.server, order.mind.model, order.mind.key))
    try:
        for _ in model.prepare((), ()):
            pass
    finally:
        model.stop()


def server_mind(order: Order, assistant: Assistant, voices: tuple[str, ...]) -> Thinking:
    from engine.llm.server import Server, make_chat

    mind = order.mind
    return make_chat(Server(mind.server, mind.model, mind.key, mind.temperature), assistant, mind.persona, voices,
                     order.told)
