"""A chat model on this machine, through `transformers`: any causal language model with a chat template.

The token loop is our own: a generator that yields after every token and stops at once when it is closed. The KV cache
lives as long as the conversation (`engine.llm.kv_cache`): a turn costs the tokens that are new in it.
Not run here: the CUDA path (the arithmetic is the same, only `device` differs) and the published weights.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.notices import Statement, state
from audio_io.worker_messages import ToolSchema
from engine.assistant.assistant import Assistant
from engine.llm import chat
from engine.llm.chat_model import Delta, Markup, Message
from engine.llm.chat_template import ChatTemplate
from engine.llm.kv_cache import Part, Reader
from engine.messages import Prompt
from engine.notices import NoticeCode
from engine.workers.stage import Think

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "8bit": torch.bfloat16,
              "4bit": torch.bfloat16}  # fmt: skip
MOST_TOKENS = 1500               # of one answer: about eight minutes of speech


@dataclass(frozen=True, slots=True)
class Sampling:
    """temperature: 0 takes the likeliest token. top_p: share of the probability that is drawn from, 0..1."""

    temperature: float = 0.7
    top_p: float = 0.9
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """id: chosen. hidden: [d], the last hidden state that predicted it, where wanted."""

    id: int
    hidden: Tensor | None = None


class LocalModel:
    """The weights and the tokenizer; any number of conversations can be held with it, one after the other."""

    def __init__(self, net: Any, tokenizer: Any, device: torch.device) -> None:
        """net: in eval mode, on `device`."""
        self.net, self.tokenizer, self.device = net, tokenizer, device
        self.template = ChatTemplate(tokenizer)
        given = getattr(net.generation_config, "eos_token_id", None)
        ends = [*(given if isinstance(given, list) else [given]), tokenizer.eos_token_id]
        self.stops = frozenset(end for end in ends if end is not None)

    def ids(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> tuple[list[int], bool]:
        """-> the tokens up to where the answer begins, and whether it begins within a thought."""
        text = self.template.text(messages, tools)
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens, text.rstrip().endswith("<think>")

    def chat(self, sampling: Sampling | None = None) -> "LocalChat":
        """A new conversation."""
        return LocalChat(self, sampling or Sampling())


class LocalChat:
    """One conversation (`engine.llm.chat_model.ChatModel`)."""

    def __init__(self, model: LocalModel, sampling: Sampling) -> None:
        self.model, self.sampling = model, sampling
        self.reader = Reader(model.net, model.device)
        self._chance = torch.Generator(model.device).manual_seed(sampling.seed)

    def prepare(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[None, None, None]:
        """Reads what every answer begins with: the persona and the tools."""
        a, b = (self.model.ids([*messages, Message("user", text)], tools)[0] for text in ("a", "b"))
        same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        if same:
            try:
                yield from self.reader.read([a[:same]])
            except torch.OutOfMemoryError as error:
                raise self._no_memory() from error
            self.reader.keep()

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Generator[Delta, None, None]:
        """The answer as it is written. Raises Trouble where the network fails (memory, a context that is too long)."""
        ids, thinking = self.model.ids(messages, tools)
        markup, text = Markup(thinking), TextStream(self.model.tokenizer)
        for token in self.tokens([ids]):
            if token is not None:
                yield from markup.feed(text.add(token.id))
            yield None
        yield from markup.feed(text.end())
        yield from markup.end()

    def tokens(
        self, parts: Sequence[Part], hidden: bool = False, pick: Callable[[Tensor], int] | None = None
    ) -> Generator[Token | None, None, None]:
        """What follows `parts`, token by token, up to an end mark (not given) or MOST_TOKENS; None while computing.

        parts: token ids, or embeddings [n, d] in their place. pick: logits [vocabulary] float32 -> token.
        """
        pick = pick or self.pick
        try:
            reading = self.reader.read(parts, hidden)
            now = yield from reading
            self.reader.keep()
            for _ in range(min(MOST_TOKENS, self.reader.limit - len(self.reader.rows))):
                token = pick(now.logits)
                if token in self.model.stops:
                    return
                yield Token(token, now.hidden[-1] if now.hidden is not None else None)
                now = yield from self.reader.walk_step(token, hidden)
        except torch.OutOfMemoryError as error:
            raise self._no_memory() from error

    def pick(self, logits: Tensor) -> int:
        """Draws a token. logits: [vocabulary] float32."""
        if self.sampling.temperature <= 0:
            return int(logits.argmax())
        p, order = torch.softmax(logits / self.sampling.temperature, -1).sort(descending=True)
        drawn_from = p.cumsum(-1) - p < self.sampling.top_p
        drawn_from[0] = True                     # however small the share
        return int(order[torch.multinomial(p * drawn_from, 1, generator=self._chance)])

    def _no_memory(self) -> Trouble:
        self.reader.forget()
        return Trouble("the language model ran out of GPU memory; close other programs, or choose a smaller model or "
                       "precision")  # fmt: skip

    def tell(self, told: Callable[[Statement], None]) -> None:
        """After `prepare`: tells the user where it answers later than it might."""
        if self.reader.lacks:
            name = Path(self.model.net.name_or_path).name
            told(state(NoticeCode.CHAT_STEPWISE, name=name, why=str(self.reader.lacks)))

    def stop(self) -> None:
        """Frees the cache; the weights are the model's."""
        self.reader.forget()


class TextStream:
    """Tokens -> text, as soon as its characters are whole."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer, self._ids = tokenizer, list[int]()
        self._from = self._to = 0                # tokens [from:to) are said, and what later ones lean on

    def add(self, token: int) -> str:
        self._ids.append(token)
        new = self._new()
        if not new or new.endswith("\ufffd"):    # half a character yet
            return ""
        self._from, self._to = self._to, len(self._ids)
        return new

    def end(self) -> str:
        return self._new().rstrip("\ufffd")

    def _new(self) -> str:
        said = self._tokenizer.decode(self._ids[self._from : self._to], skip_special_tokens=True)
        text: str = self._tokenizer.decode(self._ids[self._from :], skip_special_tokens=True)
        return text[len(said) :]


def load(folder: Path | str, device: str = "cpu", precision: str = "bf16") -> LocalModel:
    """The chat model in `folder` (config.json, *.safetensors, tokenizer.json as published). precision: PRECISIONS.

    Nothing is fetched and no code of the folder's is run. Raises NotHere for what this machine lacks, WrongUse for a
    precision that is none, Trouble for a folder that is not such a model or does not hold all of its weights.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    folder, place = Path(folder), torch.device(device)
    if precision not in PRECISIONS:
        raise WrongUse(f"{precision!r} is not a precision; choose from {', '.join(PRECISIONS)}")
    if not (folder / "config.json").is_file():
        raise NotHere(f"{folder}: there is no config.json, so no model; `parley models pull` fetches one")
    if place.type == "cuda" and not torch.cuda.is_available():
        raise NotHere("torch finds no CUDA device; choose the embedded or server profile, or mend the driver")
    quiet: Any = logging.disable_progress_bar
    quiet()                                      # the terminal is the conversation's
    extra = _quantised(precision, device) if precision in ("8bit", "4bit") else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        loading: Any = AutoModelForCausalLM.from_pretrained    # with the report its annotation does not know of
        net, info = loading(
            folder, dtype=PRECISIONS[precision], local_files_only=True, use_safetensors=True,
            output_loading_info=True, **extra)  # fmt: skip
    except Exception as error:                   # OSError, ValueError, SafetensorError, KeyError by what is amiss
        said = " ".join(str(error).split())[:200]
        raise Trouble(f"{folder}: cannot be loaded as a chat model ({said}); `parley models verify` looks") from error
    for what in ("missing_keys", "mismatched_keys", "error_msgs"):
        if info.get(what):
            first = sorted(map(str, info[what]))[0]
            raise Trouble(f"{folder}: {len(info[what])} weights are amiss ({what.replace('_', ' ')}), first {first}; "
                          "`parley models verify` checks it")  # fmt: skip
    # it is never trained: gradients of its weights would take as much memory again
    return LocalModel((net if extra else net.to(place)).eval().requires_grad_(False), tokenizer, place)


def _quantised(precision: str, device: str) -> dict[str, Any]:
    """What `from_pretrained` needs to quantise on loading. Not run here: it needs a GPU."""
    from transformers import BitsAndBytesConfig

    for package in ("bitsandbytes", "accelerate"):
        if find_spec(package) is None:
            raise NotHere(f"{precision} needs the package {package}; pip install 'parley[quantised]'")
    config: Any = BitsAndBytesConfig
    nf4 = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16}
    chosen = config(load_in_8bit=True) if precision == "8bit" else config(**nf4)
    return {"quantization_config": chosen, "device_map": {"": device}}


def make_chat(
    model: LocalModel, assistant: Assistant, persona: str = "", sampling: Sampling | None = None,
    voices: tuple[str, ...] = (),
    told: Callable[[Statement], None] = lambda _: None,
) -> tuple[Think, Callable[[Prompt], bool], Callable[[], None]]:  # fmt: skip
    """-> (work, lasting, stop) of a new conversation with `model`; the persona has been read when this returns.

    told: gets a line for the user where it answers later than it might.
    """
    talk = model.chat(sampling)
    made = chat.make_chat(talk, assistant, persona, voices)
    talk.tell(told)
    return made
