"""What the networks of a reply cost by counting, and what that would be on a device that is not here: an estimate.

A network runs on torch's meta device, which computes no numbers; its multiply-adds, the bytes of weights that it reads
and the operations that are started are counted. From them comes a time: the longest of arithmetic, reading and
starting, for a device of known peaks, of which a share is assumed to be reached (SHARE_...). Nothing here is measured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from engine.bench.large import nets
from engine.bench.large.nets import LLMS, Sizes
from engine.bench.large.operations import META, TOKENS_S
from engine.nets.cfm import Given, Solver, finish, solve
from engine.nets.hift import HiftV2
from engine.nets.sensevoice import QUERIES
from engine.nets.tape import Span, Tape

SHARE_ARITHMETIC = 0.4           # of the peak, in products as small as these
SHARE_READING = 0.7
START_US = 8.0                   # host's time to start one operation from Python; a recorded graph has none of it
SET = 9                          # operations to set a recorded chunk of the flow and to take its mel
READ = 32                        # tokens of a user's turn that the LLM reads
TEXT_S = 4                       # tokens of text for a second of speech, a little more than English has
FRAME_S = 0.06                   # of SenseVoice


@dataclass(frozen=True)
class Device:
    """Peaks as its maker publishes them, without sparsity. tflops: at 16 bits with 32-bit sums, and at 32 bits."""

    name: str
    tflops_16: float
    tflops_32: float
    gb_s: float
    gb: float


DEVICES = (
    Device("H200", 989, 67, 4800, 141), Device("L20", 119.5, 59.8, 864, 48), Device("RTX 4060", 30, 15.1, 272, 8),
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """One run of a network. macs: multiply-adds. read: bytes of weights. starts: operations. bits: 16 or 32.

    recorded: the driver replays it as one CUDA graph, so that nothing is started one by one.
    """

    what: str
    macs: int
    read: int
    starts: int
    bits: int
    weights: int                 # bytes that stay in the device's memory
    recorded: bool = False

    def ms(self, on: Device) -> float:
        """An estimate, see above."""
        tflops = on.tflops_16 if self.bits == 16 else on.tflops_32
        arithmetic = 2 * self.macs / (tflops * 1e12 * SHARE_ARITHMETIC)
        reading = self.read / (on.gb_s * 1e9 * SHARE_READING)
        return 1000 * max(arithmetic, reading, 0.0 if self.recorded else self.starts * START_US / 1e6)


def recorded(one: Count) -> Count:
    return replace(one, recorded=True)


class _Starts(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operations that compute on the meta device; a view starts nothing."""

    n = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        returns = func._schema.returns
        view = bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write
        found = func(*args, **kwargs or {})
        one = found[0] if isinstance(found, (tuple, list)) and found else found
        self.n += not view and isinstance(one, torch.Tensor) and one.is_meta
        return found


def count(what: str, net: torch.nn.Module, work: Callable[[], object], bits: int, unread: int = 0,
          recorded: bool = False) -> Count:  # fmt: skip
    """net: on the meta device. unread: numbers of its weights that one run does not look at."""
    weights = sum(p.numel() for p in net.parameters())
    starts: Any = _Starts
    with torch.no_grad(), starts() as started, FlopCounterMode(display=False) as flops:
        work()
    width = bits // 8
    return Count(what, flops.get_total_flops() // 2, (weights - unread) * width, started.n, bits,
                 weights * width, recorded)  # fmt: skip


def deep(one: Count, two: Count, layers: int) -> Count:
    """Of a network of so many layers (or steps), all alike, from its counts with one and with two: counting is slow."""
    more = layers - 1
    parts = {name: getattr(one, name) + more * (getattr(two, name) - getattr(one, name))
             for name in ("macs", "read", "starts", "weights")}  # fmt: skip
    return replace(one, **parts)


def hear(s: Sizes, seconds: float) -> Count:
    one, two = (_hear(replace(s, hear=replace(s.hear, layers=n, tp_layers=1)), seconds) for n in (2, 3))
    return deep(one, two, s.hear.layers + s.hear.tp_layers - 2)


def _hear(s: Sizes, seconds: float) -> Count:
    net, n = nets.made(lambda: nets.make_ears(s), "meta"), round(seconds / FRAME_S)
    rows = torch.zeros(1, n + QUERIES, s.hear.input, device=META)
    valid = torch.ones(1, n + QUERIES, device=META)

    def work() -> None:                          # `net.encode` without its mask, which is made by looking at numbers
        x = rows * net.encoder.scaling + net.encoder.position_embeddings(rows)
        for layer in net.encoder.layers:
            x = layer(x, None, valid)
        net.classify(x)

    return count(f"SenseVoice, {seconds:g} s of speech", net, work, 32)


def think(name: str, config: nets.LlmConfig, rows: int) -> Count:
    """One call with `rows` tokens at an empty past, which adds little: 57 kB a token for the 7B model."""
    one, two = (_think(name, replace(config, layers=n), rows) for n in (1, 2))
    return deep(one, two, config.layers)


def _think(name: str, config: nets.LlmConfig, rows: int) -> Count:
    net: Any = nets.made(lambda: nets.make_llm(config), "meta", torch.bfloat16)
    x = torch.zeros(1, rows, config.hidden, dtype=torch.bfloat16, device=META)
    table = 0 if config.tied else config.vocab * config.hidden
    what = f"LLM {name}, " + ("one token" if rows == 1 else f"reads {rows} tokens")
    no_mask = {"full_attention": None}           # one that is causal is made by looking at numbers
    return count(what, net, lambda: net(inputs_embeds=x, attention_mask=no_mask, logits_to_keep=1, use_cache=False),
                 16, table, recorded=rows == 1)  # fmt: skip


def predict(s: Sizes) -> Count:
    net = nets.made(lambda: nets.make_predictor(s), "meta")
    return count("predictor's head, one embedding", net,
                 lambda: net(torch.zeros(1, 1, s.predictor.llm_hidden, device=META)), 32)  # fmt: skip


def voice_token(s: Sizes) -> Count:
    one, two = (_voice_token(replace(s, voice=replace(s.voice, layers=n))) for n in (1, 2))
    return deep(one, two, s.voice.layers)


def _voice_token(s: Sizes) -> Count:
    net = nets.made(lambda: nets.make_voice(s), "meta", torch.bfloat16)
    row = torch.zeros(1, 1, s.voice.hidden, dtype=torch.bfloat16, device=META)
    unread = s.voice.vocab * s.voice.hidden + s.voice.ids * s.voice.hidden       # both tables: a row of each
    return count("voice LM, one token", net, lambda: net.head(net(row)), 16, unread, recorded=True)


def flow(s: Sizes, tokens: int, how: Solver | None = None) -> Count:
    how = how or Solver()
    one = _flow(s, tokens, replace(how, steps=1))
    estimator = nets.made(lambda: nets.make_flow(s), "meta").estimator
    again = sum(p.numel() for p in estimator.parameters()) * 4 * (how.steps - 1)
    two = _flow(s, tokens, replace(how, steps=2))
    return replace(deep(one, two, how.steps), read=one.read + again)


def _flow(s: Sizes, tokens: int, how: Solver) -> Count:
    net = nets.made(lambda: nets.make_flow(s), "meta")
    n = tokens * net.cfg.token_mel_ratio
    slow, fast = Span(0, tokens), Span(0, n)

    def work() -> None:
        ids, mel = torch.zeros(1, tokens, dtype=torch.long, device=META), torch.zeros(1, net.mel, n, device=META)
        mu = net.mu(ids, None, Tape(slow, (), META), Tape(fast, (), META))
        finish(solve(net.estimator, mel, Given(mu, mel[:, :, 0], mel), how, fast, ()))

    return count(f"flow, {tokens} tokens", net, work, 32)


def flow_as_run(s: Sizes, tokens: int, how: Solver | None = None) -> Count:
    """As on CUDA (engine/nets/flow_recorded.py): whole chunks, the estimator's steps recorded, the encoder not."""
    how = how or Solver()
    net = nets.made(lambda: nets.make_flow(s), "meta")
    chunks = -(-tokens // net.chunk)
    ids = torch.zeros(1, tokens, dtype=torch.long, device=META)
    spans = Span(0, tokens), Span(0, tokens * net.cfg.token_mel_ratio)
    encoder = count("", net, lambda: net.mu(ids, None, *(Tape(span, (), META) for span in spans)), 32)
    return replace(flow(s, chunks * net.chunk, how), what=f"flow, {tokens} tokens, steps recorded",
                   starts=encoder.starts + chunks * (SET + 1 + how.steps))  # fmt: skip


def vocode(s: Sizes, frames: int) -> Count:
    net = nets.made(lambda: nets.make_vocoder(s), "meta")
    mel = torch.zeros(1, s.vocoder.in_channels, frames, device=META)
    source = torch.zeros(1, 1, frames * s.vocoder.frame, device=META)
    # the last transform, of 16 points, looks at its window's values, which are not there; it costs little
    net.samples = lambda spectrum: spectrum.new_zeros(1, spectrum.shape[2])  # type: ignore[method-assign, assignment]

    def work() -> None:
        if isinstance(net, HiftV2):
            net.f0(mel)
            finish(net.walk(mel, source))
        else:
            net.f0(mel, True)
            finish(net.walk(mel, source))

    return count(f"vocoder, {frames} frames", net, work, 32)


# -- together ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Counts:
    """Of everything that a reply runs."""

    hears: tuple[Count, Count]   # 3 s and 10 s
    reads: Count                 # the LLM: a user's turn
    writes: Count                # one token
    predicts: Count
    speaks: Count
    flows: tuple[Count, Count]   # the first hop, one second
    sounds: tuple[Count, Count]
    others: tuple[Count, ...] = ()       # one token of the LLMs that were not chosen

    def all(self) -> tuple[Count, ...]:
        return (self.predicts, *self.hears, self.reads, self.writes, *self.others, self.speaks, *self.flows,
                *self.sounds)  # fmt: skip

    def recorded(self) -> "Counts":
        """The same if every network ran as a recorded graph."""
        hears, flows, sounds = ((recorded(a), recorded(b)) for a, b in (self.hears, self.flows, self.sounds))
        return Counts(hears, recorded(self.reads), recorded(self.writes), recorded(self.predicts),
                      recorded(self.speaks), flows, sounds)  # fmt: skip

    def fits(self, on: Device) -> bool:
        """Whether the weights fit into the device's memory."""
        parts = (self.predicts, self.hears[0], self.writes, self.speaks, self.flows[0], self.sounds[0])
        return sum(part.weights for part in parts) < on.gb * 1e9

    def stages(self, on: Device, first: int, texts: int) -> dict[str, float | None]:
        """ms of each stage, and the real-time factor: an estimate. first: tokens of speech before the first sound, what
        is only looked at among them; texts: tokens of text that they need. None where the weights do not fit."""
        ears, token = self.hears[0].ms(on) + self.reads.ms(on), self.writes.ms(on)
        wave = self.flows[0].ms(on) + self.sounds[0].ms(on)
        second = TEXT_S * token + TOKENS_S * self.speaks.ms(on) + self.flows[1].ms(on) + self.sounds[1].ms(on)
        found: dict[str, float | None] = {
            "predictor's head": self.predicts.ms(on), "LLM and predictor's head": token + self.predicts.ms(on),
            "SenseVoice, 3 s": self.hears[0].ms(on), "SenseVoice, 10 s": self.hears[1].ms(on),
            "first token": ears, "five tokens": ears + 4 * token,
            "15 speech tokens": 15 * self.speaks.ms(on), "token to wave": wave,
            "first audio": ears + (texts - 1) * token + first * self.speaks.ms(on) + wave,
            "real-time factor": second / 1000,
        }  # fmt: skip
        return found if self.fits(on) else dict.fromkeys(found)


def counted(s: Sizes, llm: str, hop: int) -> Counts:
    """Of the sizes `s`. llm: its name. hop: tokens of the first hop."""
    others = tuple(think(name, config, 1) for name, config in LLMS.items() if config != s.llm)
    return Counts(
        (hear(s, 3), hear(s, 10)), think(llm, s.llm, READ), think(llm, s.llm, 1), predict(s), voice_token(s),
        (flow_as_run(s, hop), flow_as_run(s, TOKENS_S)), (vocode(s, 2 * hop), vocode(s, 2 * TOKENS_S)), others,
    )  # fmt: skip
