"""MinMo's joints (arXiv 2501.06282): voice enters the chat model as embeddings, its states enter the voice LM.

A checkpoint is a folder with `aligned.json` (which models it joins, sizes, how far it was trained) and
`aligned.safetensors` (`input.*`, `output.*`, and `voice.*` where the voice LM was trained too), made by
`parley train aligned`. engine/nets/projector.py has the networks, and what of MinMo is our own reading.

Between the three parts of a conversation a `Board` carries what words cannot: where it has nothing that belongs to some
words (typed text, a line of the program's own), the words themselves are read, as in the other profiles.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from audio_io.errors import NotHere, Trouble
from audio_io.files import why, write_whole
from audio_io.frames import MIC_HZ
from audio_io.worker_messages import ToolSchema
from engine.asr.sensevoice import SenseVoiceRecogniser
from engine.asr.sensevoice_model import SenseVoice, Transcript
from engine.llm.chat_model import Delta, Markup, Message
from engine.llm.kv_cache import Part
from engine.llm.local_model import LocalChat, TextStream
from engine.messages import Audio, Begin, End, Words
from engine.models import weights
from engine.nets.projector import InputProjector, InputProjectorConfig, OutputProjector, OutputProjectorConfig
from engine.nets.sensevoice import QUERIES

FORM = 1
FACTS, TENSORS = "aligned.json", "aligned.safetensors"
KEPT = 64                        # utterances whose embeddings are kept: as many as the memory's exchanges, and some
TOKENS_KEPT = 4000               # of what was written, that may still be spoken
JOINED = 8                       # utterances that one turn of the user's may have
MARK = "\ue000"                  # stands for an utterance in a chat template; no model's text has it
MAKE = "make one with: parley train aligned"


# -- the checkpoint ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Facts:
    """llm: the chat model's name. ears: width of the encoder's states. voice: of the voice LM. steps: trained, by part.
    """

    llm: str
    ears: int
    input: InputProjectorConfig
    output: OutputProjectorConfig
    form: int = FORM
    voice: int = 896
    voice_version: int = 2
    voice_lm: bool = False       # whether it has a voice LM of its own
    steps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A loaded checkpoint. voice: tensors of its own voice LM; {} for the published one."""

    facts: Facts
    input: InputProjector
    output: OutputProjector
    voice: dict[str, Tensor]


def fresh(llm: str, llm_width: int, ears: int, voice: int, voice_version: int) -> Aligned:
    """An untrained one for models of these widths. SenseVoice's states are 60 ms apart, so each becomes one embedding.
    """
    heads = next(n for n in (llm_width // 128, 8, 4, 2, 1) if n and llm_width % n == 0)
    facts = Facts(llm, ears, InputProjectorConfig(ears, llm_width, heads=heads, stride=1),
                  OutputProjectorConfig(llm_width, voice), voice=voice, voice_version=voice_version)  # fmt: skip
    return Aligned(facts, InputProjector(facts.input), OutputProjector(facts.output), {})


def save(folder: Path, aligned: Aligned) -> None:
    """Writes both files, the tensors first. Raises Trouble."""
    tensors = {f"input.{k}": v for k, v in aligned.input.state_dict().items()}
    tensors |= {f"output.{k}": v for k, v in aligned.output.state_dict().items()}
    tensors |= {f"voice.{k}": v for k, v in aligned.voice.items()}
    part = folder / f".{TENSORS}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, part)
        part.replace(folder / TENSORS)
    except OSError as error:
        raise Trouble(f"{folder}: cannot be written: {why(error)}; choose another folder") from error
    write_whole(folder / FACTS, (json.dumps(asdict(aligned.facts), indent=1) + "\n").encode())


def load(folder: Path, device: str = "cpu") -> Aligned:
    """Raises NotHere where there is no checkpoint, Trouble for one that is not, with the first wrong key."""
    path = folder / FACTS
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise NotHere(f"{folder}: there is no aligned checkpoint; {MAKE}") from error
    except (OSError, ValueError) as error:
        raise Trouble(f"{path}: cannot be read ({' '.join(str(error).split())[:90]}); {MAKE}") from error
    try:
        if told["form"] != FORM:
            raise ValueError(f"it has the form {told['form']}, this version reads {FORM}")
        sizes = {"input": InputProjectorConfig(**told["input"]), "output": OutputProjectorConfig(**told["output"])}
        facts = Facts(**{**told, **sizes})
        enter, leave = InputProjector(sizes["input"]), OutputProjector(sizes["output"])  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Trouble(f"{path}: does not describe a checkpoint ({error}); {MAKE}") from error
    found = weights.read_tensors(folder / TENSORS)
    voice = {k.removeprefix("voice."): v for k, v in found.items() if k.startswith("voice.")}
    rest = {k: v for k, v in found.items() if not k.startswith("voice.")}
    nets = {"input": enter, "output": leave}
    shapes = {f"{name}.{k}": tuple(v.shape) for name, net in nets.items() for k, v in net.state_dict().items()}
    weights.check_keys(rest, shapes, folder / TENSORS)
    for name, net in nets.items():
        net.load_state_dict({k.removeprefix(f"{name}."): v for k, v in rest.items() if k.startswith(f"{name}.")})
        net.to(device).eval().requires_grad_(False)
    return Aligned(facts, enter, leave, voice)


# -- between the parts of one conversation ----------------------------------------------------------------------
class Board:
    """Embeddings of what was heard, semantic vectors of what was written; both on the CPU. For three threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: deque[tuple[str, Tensor]] = deque(maxlen=KEPT)
        self._written: deque[tuple[str, Tensor]] = deque(maxlen=TOKENS_KEPT)

    def heard(self, text: str, embeddings: Tensor) -> None:
        """embeddings [n, llm] of an utterance whose words are `text`."""
        if text.strip() and len(embeddings):
            with self._lock:
                self._heard.append((_plain(text), embeddings.cpu()))

    def embeddings(self, text: str) -> Tensor | None:
        """Of a turn of the user's, which may be several utterances, -> [n, llm]; None: it was not heard."""
        wanted = _plain(text)
        with self._lock:
            kept = list(self._heard)
        for end in range(len(kept), 0, -1):
            for begin in range(end - 1, max(-1, end - 1 - JOINED), -1):
                if " ".join(said for said, _ in kept[begin:end]) == wanted:
                    return torch.cat([rows for _, rows in kept[begin:end]])
        return None

    def wrote(self, text: str, vector: Tensor) -> None:
        """vector [voice]: the meaning of one token, which added `text` to what is written."""
        with self._lock:
            self._written.append((_letters(text), vector.cpu()))

    def meaning(self, phrase: str) -> Tensor | None:
        """Semantic vectors [n, voice] of the tokens that a phrase was cut from, latest first; None: there are none."""
        wanted = _letters(phrase)
        with self._lock:
            kept = list(self._written)
        at = "".join(letters for letters, _ in kept).rfind(wanted) if wanted else -1
        if at < 0:
            return None
        vectors, here = [], 0
        for letters, vector in kept:
            begins, here = here, here + len(letters)
            if here > at and (begins < at + len(wanted) if letters else begins <= at + len(wanted)):
                vectors.append(vector)           # with the marks after it, which say how it ends
        return torch.stack(vectors)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


# -- the parts --------------------------------------------------------------------------------------------------
class _LastRun:
    """SenseVoice that keeps the states of its last run, so that no utterance is computed twice."""

    def __init__(self, model: SenseVoice) -> None:
        self.model = model
        self.samples, self.states = 0, torch.zeros(0, model.net.cfg.width)

    def transcribe(self, pcm: np.ndarray, language: str, given_up: Callable[[], bool]) -> Transcript | None:
        states = self.model.states(pcm, language, given_up)
        if states is None:
            return None
        self.samples, self.states = len(pcm), states
        return self.model.read(states)


class AlignedRecogniser:
    """A recogniser whose final words have embeddings on the board. `work` is for one thread, `stop` for any."""

    MOST_S = 30.0                # an utterance that is longer is given as words alone

    def __init__(self, model: SenseVoice, aligned: Aligned, board: Board, language: str, lockstep: bool) -> None:
        self.aligned, self.board = aligned, board
        self._run = _LastRun(model)
        self._ears = SenseVoiceRecogniser(self._run, language, lockstep)  # type: ignore[arg-type]
        self._samples = 0

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        """As SenseVoiceRecogniser.work."""
        if not isinstance(body, End):
            self._samples = len(body.pcm) + (self._samples if isinstance(body, Audio) else 0)
        for words in self._ears.work(body):
            if words.final and words.text and self._run.samples == self._samples <= self.MOST_S * MIC_HZ:
                self.board.heard(words.text, embedded(self.aligned, self._run.states[QUERIES:]))
            yield words

    def stop(self) -> None:
        self._ears.stop()


@torch.inference_mode()
def embedded(aligned: Aligned, states: Tensor) -> Tensor:
    """The encoder's states of an utterance [t, ears] -> embeddings [n, llm] for the chat model."""
    rows, _ = aligned.input(states.float()[None])
    out: Tensor = rows[0]
    return out


class AlignedChat:
    """A conversation with a chat model that reads voice and tells the voice what it means (a `ChatModel`)."""

    def __init__(self, chat: LocalChat, aligned: Aligned, board: Board) -> None:
        self.chat, self.aligned, self.board = chat, aligned, board
        self.embed = chat.model.net.get_input_embeddings()

    def prepare(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[None, None, None]:
        yield from self.chat.prepare(messages, tools)

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[Delta, None, None]:
        parts, thinking = self.parts(messages, tools)
        markup, text = Markup(thinking), TextStream(self.chat.model.tokenizer)
        for token in self.chat.tokens(parts, hidden=True):
            if token is not None and token.hidden is not None:
                said = text.add(token.id)
                self.board.wrote(said, self.meaning(token.id, token.hidden))
                yield from markup.feed(said)
            yield None
        yield from markup.feed(text.end())
        yield from markup.end()

    def stop(self) -> None:
        self.chat.stop()

    @torch.inference_mode()
    def meaning(self, token: int, hidden: Tensor) -> Tensor:
        """A token and the state that predicted it [llm] -> [voice]."""
        embedding = self.embed(torch.tensor(token, device=self.chat.model.device))
        out: Tensor = self.aligned.output(embedding.float(), hidden.float())
        return out

    def parts(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> tuple[list[Part], bool]:
        """-> token ids, and embeddings where a line of the user's was heard; whether the answer begins in a thought."""
        utterances: list[Tensor] = []
        shown = [Message(m.role, self._marked(m.content, utterances), m.calls, m.answers, m.name)
                 if m.role == "user" else m for m in messages]  # fmt: skip
        text = self.chat.model.template.text(shown, tools)
        pieces, parts = text.split(MARK), list[Part]()
        for k, piece in enumerate(pieces):
            parts += [self.chat.model.tokenizer(piece, add_special_tokens=False)["input_ids"]] if piece else []
            parts += [utterances[k]] if k < len(pieces) - 1 else []
        return parts, text.rstrip().endswith("<think>")

    def _marked(self, content: str, utterances: list[Tensor]) -> str:
        lines = []
        for line in content.replace(MARK, "").split("\n"):
            rows = None if line.startswith("[") else self.board.embeddings(line)
            if rows is not None:
                utterances.append(rows.to(self.chat.model.device))
            lines.append(line if rows is None else MARK)
        return "\n".join(lines)
