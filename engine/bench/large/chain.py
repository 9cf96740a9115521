"""A spoken reply from the end of the user's turn to sound, with random weights: each stage measured as it really runs.

The same drivers as in a conversation: SenseVoice layer by layer, `LocalChat.tokens` over its KV cache, `VoiceTokens` (a
recorded graph on CUDA) and `Token2Wav`. They draw from each other: sound asks for speech tokens, these ask for text,
and so no part computes anything ahead of what the first sound needs. In a conversation the parts have threads of their
own, so from the second hop on the LLM writes while the voice speaks; here one waits for the other, and the real-time
factor is that of all the computing. Text goes to the voice token by token. CUDA was not run so far.
"""

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from audio_io.errors import NotHere, WrongUse
from audio_io.frames import MIC_HZ, VOICE_HZ
from engine.bench.large import nets
from engine.bench.large.clock import Budget, Meter, Times, idle, repeated
from engine.bench.large.counts import READ, TEXT_S
from engine.bench.large.operations import TOKENS_S
from engine.features import fbank as features
from engine.llm.local_model import LocalChat, Sampling
from engine.nets.flow import BOUNDED, FlowPrompt
from engine.nets.flow_recorded import flow_for
from engine.nets.predictor import LlmPredictor
from engine.nets.sensevoice import SenseVoice, greedy
from engine.nets.vocoder import Vocoder
from engine.nets.voice_mix import MixRules, Opening
from engine.tts.cosyvoice_text import VoicePrompt
from engine.tts.cosyvoice_tokens import VoiceTokens
from engine.tts.token2wav import ReadySpeaker, Schedule, Token2Wav

PERSONA = 128                    # tokens that the LLM has read before the conversation
INSTRUCTION = 24                 # tokens before every reply of the voice LM
PROMPT_TOKENS = 75               # of the flow: a recording of 3 s
EMBEDDINGS = 125                 # that the predictor has seen: 10 s
CANCELS = 12
HEARD_S = (3.0, 10.0)            # lengths of the user's turn; the first is the chain's
ROOM = 0.5                       # of a machine's free memory that a network may take: others live there, too
PARTS = ("SenseVoice", "LLM", "voice LM", "flow and vocoder")


@dataclass
class Chain:
    """The networks and what has been computed for one voice and one persona. A part that did not fit is None."""

    device: str
    sizes: nets.Sizes
    ears: SenseVoice | None = None
    chat: LocalChat | None = None
    predictor: LlmPredictor | None = None
    voice: VoiceTokens | None = None
    begin: Opening | None = None
    wave: Token2Wav | None = None
    speaker: ReadySpeaker | None = None
    networks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def computes(self) -> str:
        """How the flow does."""
        return "not run" if self.wave is None else self.wave.flow.computes

    @property
    def whole(self) -> bool:
        return None not in (self.ears, self.chat, self.voice, self.wave)

    # -- parts, each a generator -------------------------------------------------------------------------
    def hear(self, seconds: float) -> Generator[None, None, None]:
        """The final run over an utterance, as in engine/asr/sensevoice_model.py; without the tokenizer."""
        assert self.ears is not None
        width = self.ears.cfg.input
        pcm = np.random.default_rng(0).normal(0, 0.1, round(seconds * MIC_HZ)).astype(np.float32)
        plain = features.Cmvn(np.zeros(width, np.float32), np.full(width, 0.1, np.float32))
        rows = features.sensevoice_features(pcm, plain)
        yield
        with torch.inference_mode():
            x = self.ears.with_queries(torch.from_numpy(rows).to(self.device)[None])
        layers = self.ears.encode(x)
        while True:
            with torch.inference_mode():
                try:
                    next(layers)
                except StopIteration as done:
                    greedy(self.ears.classify(done.value)[0].cpu())
                    return
            yield

    def text(self, tokens: int) -> Generator[list[int], None, None]:
        """-> an answer of so many tokens, one by one, an empty list while the question is read. Without an LLM: all at
        once."""
        vocab = self.sizes.voice.vocab
        if self.chat is None:
            for n in range(tokens):
                yield [n % vocab]
            return
        with closing(self.chat.tokens([_ids(PERSONA), _ids(READ, 7)])) as written:
            for token in written:
                yield [] if token is None else [token.id % vocab]
                tokens -= token is not None
                if not tokens:
                    return

    def speech(self, text: Iterator[Sequence[int]], tokens: int) -> Generator[tuple[int, ...], None, None]:
        """-> so many speech tokens."""
        assert self.voice is not None
        assert self.begin is not None
        with closing(self.voice.speak(text, self.begin, seed=0)) as batches:
            for batch in batches:
                yield batch[:tokens]
                tokens -= len(batch)
                if tokens <= 0:
                    return

    def sound(self, batches: Iterator[Sequence[int]]) -> Generator[np.ndarray | None, None, None]:
        assert self.wave is not None
        assert self.speaker is not None
        return self.wave.stream(batches, self.speaker)

    def reply(self, meter: Meter, seconds: float) -> Generator[np.ndarray | None, None, None]:
        """All of it, from the last sound of the user to the last of the reply, which takes `seconds`; None: at work."""
        if self.ears is not None:
            for _ in (hearing := meter.watch(PARTS[0], self.hear(HEARD_S[0]))):
                yield None
            hearing.close()
        text = meter.watch(PARTS[1], self.text(round(seconds * TEXT_S)))
        speech = meter.watch(PARTS[2], self.speech(text, round(seconds * TOKENS_S)))
        with closing(text), closing(speech), closing(meter.watch(PARTS[3], self.sound(speech))) as sound:
            yield from sound

    def ready(self) -> None:
        """Before a reply: the LLM has read what precedes the question, and nothing of it."""
        if self.chat is not None:
            for _ in self.chat.reader.read([_ids(PERSONA)]):
                pass
        idle(self.device)


def _ids(n: int, step: int = 5, most: int = 80) -> list[int]:
    return [(step * k) % most for k in range(n)]


# -- building -------------------------------------------------------------------------------------------------
def build(
    sizes: nets.Sizes, device: str, budget: Budget, hop: int | None = None, say: Callable[[str], None] = print
) -> Chain:
    """hop: tokens of the first hop, None for the product's. Networks that do not fit, in memory or time, are left out
    and named in `networks`. Raises NotHere without the device."""
    place = torch.device(device)
    if place.type == "cuda" and not torch.cuda.is_available():
        raise NotHere("torch finds no CUDA device; leave out --device cuda, or mend the driver")
    chain = Chain(device, sizes)
    voice_type = nets.voice_dtype(device)

    def get(name: str, make: Callable[[], Any], dtype: torch.dtype = torch.float32) -> Any:
        return _fitting(chain, budget, (name, make, dtype), say)

    chain.ears = get("SenseVoice", lambda: nets.make_ears(sizes))
    lm = get("voice LM", lambda: nets.make_voice(sizes), voice_type)
    flow, vocoder = get("flow", lambda: nets.make_flow(sizes)), get("vocoder", lambda: nets.make_vocoder(sizes))
    chain.predictor = get("predictor's head", lambda: nets.make_predictor(sizes))
    llm: Any = get("LLM", lambda: nets.make_llm(sizes.llm), nets.llm_dtype(device, sizes.llm))
    if llm is not None:
        plain: Any = SimpleNamespace(net=llm, device=place, stops=frozenset())     # a model without a tokenizer
        chain.chat = LocalChat(plain, Sampling())
    if lm is not None:
        chain.voice = VoiceTokens(lm, MixRules(least=10**6, most=10**6))           # says what it is asked for
        chain.begin = chain.voice.opening(VoicePrompt(lead=tuple(_ids(INSTRUCTION, 3))))
    if flow is not None and vocoder is not None:
        chain.wave = token2wav(flow, vocoder, hop)
        chain.speaker = chain.wave.voice(_prompt(sizes, device))
    chain.ready()
    return chain


def token2wav(flow: Any, vocoder: Any, hop: int | None) -> Token2Wav:
    """As in engine/tts/cosyvoice_model.py, with another first hop where one is given. Raises WrongUse below 1."""
    if hop is not None and hop < 1:
        raise WrongUse(f"a first hop of {hop} tokens: must be 1 or more")
    chunk = flow.chunk
    return Token2Wav(flow_for(flow, BOUNDED), Vocoder(vocoder), Schedule(chunk, 4 * chunk, chunk, hop), left=BOUNDED)


def _prompt(sizes: nets.Sizes, device: str) -> FlowPrompt:
    chance = torch.Generator().manual_seed(0)
    tokens = torch.randint(sizes.flow.vocab_size, (1, PROMPT_TOKENS), generator=chance)
    mel = torch.randn(1, 80, 2 * PROMPT_TOKENS, generator=chance) - 5
    return FlowPrompt(tokens.to(device), mel.to(device), torch.randn(1, 192, generator=chance).to(device))


def _fitting(chain: Chain, budget: Budget, wanted: tuple[str, Callable[[], Any], torch.dtype],
             say: Callable[[str], None]) -> Any:  # fmt: skip
    """The network, or None; and its line in `networks`."""
    from engine.models.memory_fit import ram_free

    name, make, dtype = wanted
    size = nets.bytes_of(nets.made(make, "meta", dtype))
    on_card = torch.device(chain.device).type == "cuda"
    free = torch.cuda.mem_get_info(chain.device)[0] if on_card else ram_free()
    room, net = free * (0.9 if on_card else ROOM), None
    why = ""
    if size > room:
        why = f"by counts: takes {size / 1e9:.1f} GB, and of {free / 1e9:.1f} GB free it may take {room / 1e9:.1f}"
    elif budget.left <= 0:
        why = "by counts: the time is over"
    else:
        say(f"{name}: {size / 1e6:.0f} MB")
        net = nets.made(make, chain.device, dtype)
    chain.networks.append({"network": name, "MB": round(size / 1e6), "precision": str(dtype).removeprefix("torch."),
                           "measured": why or "yes"})  # fmt: skip
    return net


# -- measuring ------------------------------------------------------------------------------------------------
@dataclass
class Measured:
    """times: of each stage that was run, by name. Seconds everywhere."""

    times: dict[str, Times] = field(default_factory=dict)
    gaps: dict[str, Any] = field(default_factory=dict)           # name -> Spent, of the long answer
    said_s: float = 0.0          # sound of the long answer
    took_s: float = 0.0          # and the computing, the user's turn included
    cancels: tuple[float, ...] = ()


def measure(
    chain: Chain, budget: Budget, seconds: float, runs: int = 7, say: Callable[[str], None] = print
) -> Measured:
    """seconds: of the long answer; less where the budget ends it. runs: of each stage at most, besides a first one."""
    found = Measured()
    stages = _stages(chain, budget.measures)
    for name, work in stages.items():
        found.times[name] = repeated(work, budget, most=runs)
        middle = found.times[name].middle
        say(f"{name}: {'left out, the time is over' if middle is None else f'{1000 * middle:.1f} ms'}")
    if chain.voice is None or chain.wave is None:
        return found
    long = 0.6 * budget.left
    _long_answer(chain, found, budget, seconds, long)
    say(f"{found.said_s:.1f} s of sound took {found.took_s:.1f} s")
    found.cancels = tuple(_cancels(chain, budget))
    say(f"{len(found.cancels)} times stopped")
    return found


def _stages(chain: Chain, clock: Callable[[], float]) -> dict[str, Callable[[], float]]:
    """-> name: what runs it once and says how long it took."""
    def timed(work: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            chain.ready()
            began = clock()
            work()
            idle(chain.device)
            return clock() - began
        return run

    def begun(tokens: int) -> None:
        _drain(chain.hear(HEARD_S[0]))
        _drain(chain.text(tokens))

    stages: dict[str, Callable[[], float]] = {}
    if chain.predictor is not None:
        stages["predictor's head"] = timed(_predict(chain, False))
        if chain.chat is not None:
            stages["LLM and predictor's head"] = timed(_predict(chain, True))
    if chain.ears is not None:
        for s in HEARD_S:
            stages[f"SenseVoice, {s:g} s"] = timed(partial(_drain_heard, chain, s))
    if chain.chat is not None and chain.ears is not None:
        stages["first token"], stages["five tokens"] = timed(partial(begun, 1)), timed(partial(begun, 5))
    if chain.voice is not None:                  # the fifth text token has just come
        stages["15 speech tokens"] = timed(lambda: _drain(chain.speech(iter([_ids(5)]), 15)))
    if chain.wave is not None:
        stages["token to wave"] = timed(lambda: _first(chain.sound(iter([_ids(200, 5, 60)]))))
    if chain.voice is not None and chain.wave is not None:
        stages["first audio"] = timed(lambda: _first(chain.reply(Meter(), 10.0)))
    return stages


def _drain_heard(chain: Chain, seconds: float) -> None:
    _drain(chain.hear(seconds))


def _predict(chain: Chain, with_llm: bool) -> Callable[[], object]:
    """One embedding of 80 ms: what the LLM makes of it, and the head over that."""
    head = chain.predictor
    assert head is not None
    with torch.inference_mode():
        past = head(torch.zeros(1, EMBEDDINGS, chain.sizes.predictor.llm_hidden, device=chain.device))[2]

    @torch.inference_mode()
    def run() -> object:
        if not with_llm:
            return head(torch.zeros(1, 1, chain.sizes.predictor.llm_hidden, device=chain.device), past)[0].cpu()
        assert chain.chat is not None
        hidden = chain.chat.reader.step(1, hidden=True).hidden
        assert hidden is not None
        return head(hidden[None].float(), past)[0].cpu()

    return run


def _drain(work: Generator[Any, None, None]) -> None:
    with closing(work):
        for _ in work:
            pass


def _first(sound: Generator[np.ndarray | None, None, None]) -> None:
    """Up to the first samples."""
    with closing(sound):
        for piece in sound:
            if piece is not None and len(piece):
                return


def _long_answer(chain: Chain, found: Measured, budget: Budget, seconds: float, most: float) -> None:
    """One reply as long as `seconds`, or as the time allows: real-time factor, longest gaps between yields."""
    chain.ready()
    meter, until, samples = Meter(budget.measures), budget.clock() + most, 0
    began = budget.measures()
    with closing(chain.reply(meter, seconds)) as reply:
        for piece in reply:
            if piece is not None:
                samples += len(piece)
            if samples and budget.clock() > until:
                break
    idle(chain.device)
    found.took_s, found.said_s, found.gaps = budget.measures() - began, samples / VOICE_HZ, meter.spent


def _cancels(chain: Chain, budget: Budget) -> Iterator[float]:
    """A reply is stopped at a moment drawn at random within it -> seconds from there to an idle device.

    The moment lies within computing: what is left of that up to the next yield is part of the time, as is what a GPU
    has still in its queue.
    """
    chance, clock = random.Random(0), budget.measures
    chain.ready()
    began = clock()
    _first(chain.reply(Meter(clock), 10.0))
    whole = clock() - began
    for _ in range(CANCELS):
        if budget.left <= 0:
            return
        chain.ready()
        began = clock()
        at = began + chance.random() * whole
        with closing(chain.reply(Meter(clock), 10.0)) as reply:
            for _ in reply:
                if clock() >= at:
                    break
        idle(chain.device)
        yield clock() - at
