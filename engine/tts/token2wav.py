"""Speech tokens to sound while they are still being made: flow, pace and vocoder, hop by hop.

    token2wav = Token2Wav(Flow(net), Vocoder(net))
    voice = token2wav.voice(prompt)                  # once a voice: its prompt is computed, the value kept
    with closing(token2wav.stream(batches, voice)) as pieces:
        for pcm in pieces: ...                       # [n] float32 at 24 kHz, at most 40 ms; None: still at work

A *hop* is a number of tokens (40 ms each) that are computed together. Hops grow, so that the first sound comes early
and later ones cost less: 25, 50, 100 tokens, and what fills the last chunk of the prompt in the first. The schedule is
a value and a stream counts its own hops (the reference keeps the grown hop in the model: whoever speaks next has to
wait longer). Which hops are computed depends on the number of tokens alone, never on how they arrived, so the same
tokens are the same sound. At pace 1 a stream gives 960 samples a token, neither more nor less.

`compatible` is the reference's loop, which computes everything anew in each hop and the end without chunk masks: for
comparison, not for use. ../shared/reference/models.md 4.7.

Everything of a stream is in its generator; closing it frees that at once. It yields between layers. One thread at a
time: the networks are shared. Device: the networks'. CUDA was not run so far.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audio_io.errors import WrongUse
from audio_io.frames import VOICE_HZ
from engine.nets.flow import ALL, PUBLISHED, Flow, FlowPrompt, FlowState, Left, Solver
from engine.nets.hift import HiftV2
from engine.nets.vocoder import Held, Vocoder
from engine.tts.time_stretch import Pace

TOKEN = VOICE_HZ // 25           # samples of a token, and of a piece
SLOWEST, FASTEST = 0.5, 2.5      # pace, as in engine.messages.Style

Sound = Generator[np.ndarray | None, None, None]


@dataclass(frozen=True)
class Call:
    """One hop: tokens `offset`..`end` become sound; `passed` of them have to be there, for looking ahead."""

    passed: int
    offset: int
    end: int
    final: bool


@dataclass(frozen=True)
class Schedule:
    """How many tokens are computed together. The defaults are the reference's."""

    hop: int = 25                # tokens, doubled from hop to hop
    most: int = 100
    chunk: int = 25              # of the flow's masks: hops end where one ends
    first: int | None = None     # tokens of the first hop wherever that ends; 15 is MinMo's. Then `hop`, doubled

    def __post_init__(self) -> None:
        if not 1 <= self.hop <= self.most or self.chunk < 1 or (self.first is not None and self.first < 1):
            raise WrongUse(f"hops of {self.first or self.hop} to {self.most} tokens: must be 1 or more, and not shrink")

    def ends(self, prompt: int) -> Iterator[int]:
        """Where hops end, in tokens after a prompt of `prompt` tokens; without an end."""
        hop = self.hop
        if self.first is None:
            end = hop + -prompt % self.chunk
            hop = min(self.most, 2 * hop)
        else:
            end = self.first
        while True:
            yield end
            whole = (prompt + end + hop) // self.chunk * self.chunk - prompt
            end = whole if whole > end else end + hop
            hop = min(self.most, 2 * hop)


class Hops:
    """Reads tokens and says which hop can be computed."""

    def __init__(self, schedule: Schedule, prompt: int, ahead: int) -> None:
        self.ends, self.ahead = schedule.ends(prompt), ahead
        self.tokens: list[int] = []
        self.over = False
        self.offset, self.end = 0, next(self.ends)

    def ready(self) -> Call | None:
        """The next hop, or None: more tokens are needed. After the final one there is none."""
        if len(self.tokens) >= self.end + self.ahead:
            call = Call(self.end + self.ahead, self.offset, self.end, False)
            self.offset, self.end = self.end, next(self.ends)
            return call
        return Call(len(self.tokens), self.offset, len(self.tokens), True) if self.over else None

    def read(self, batches: Iterable[Sequence[int]]) -> Generator[Call | None, None, None]:
        """-> hops as soon as their tokens are there, and None after each batch that is not enough."""
        source = iter(batches)
        while True:
            call = self.ready()
            if call is None:
                batch = next(source, None)
                self.over = batch is None
                self.tokens.extend(batch or ())
                yield None
            elif call.passed:
                yield call
            if call is not None and call.final:
                return


@dataclass(frozen=True)
class ReadySpeaker:
    """A voice that is ready to speak. A value, for any number of streams."""

    prompt: FlowPrompt
    flow: FlowState


class Token2Wav:
    def __init__(
        self, flow: Flow, vocoder: Vocoder, schedule: Schedule | None = None, how: Solver = PUBLISHED,
        left: Left = ALL,
    ) -> None:  # fmt: skip
        """how, left: the flow's, see engine/nets/flow.py; `left` bounds what long streams cost."""
        chunk = flow.net.chunk
        self.flow, self.vocoder, self.how, self.left = flow, vocoder, how, left
        self.schedule = schedule or Schedule(chunk, 4 * chunk, chunk)
        self.ahead = flow.net.cfg.pre_lookahead_len
        if vocoder.frame * flow.net.cfg.token_mel_ratio != TOKEN or self.schedule.chunk != chunk:
            raise WrongUse(
                f"this flow and vocoder make {vocoder.frame * flow.net.cfg.token_mel_ratio} samples of a token in "
                f"chunks of {chunk}, Parley needs {TOKEN} in chunks of {self.schedule.chunk}; take those of one model"
            )

    def voice(self, prompt: FlowPrompt) -> ReadySpeaker:
        """Computes the prompt's part once. Raises ValueError for a prompt that is none."""
        return ReadySpeaker(prompt, self.flow.init_state(prompt, self.how, self.left))

    def stream(self, tokens: Iterable[Sequence[int]], voice: ReadySpeaker, pace: float = 1.0) -> Sound:
        """tokens: batches as they come, empty ones too -> pieces of sound, None in between.

        pace: 0.5..2.5, 1 is the voice's own; the mel is stretched, the pitch stays. Raises WrongUse, or ValueError for
        tokens that the flow does not know.
        """
        if not SLOWEST <= pace <= FASTEST:
            raise WrongUse(f"a pace of {pace:g}: must be {SLOWEST:g} to {FASTEST:g}")
        hops = Hops(self.schedule, voice.prompt.tokens.shape[1], self.ahead)
        flow, vocoder, stretch, given = voice.flow, self.vocoder.init_state(), Pace(pace), 0
        for call in hops.read(tokens):
            if call is None:
                yield None
                continue
            new = self._ids(hops.tokens[given : call.passed])
            given = call.passed
            mel, flow = yield from self.flow.walk_step(new, flow, call.final)
            mel = stretch(mel, call.final)
            wave, vocoder = yield from self.vocoder.walk_step(mel, vocoder, call.final)
            yield from _pieces(wave)

    def compatible(
        self, tokens: Iterable[Sequence[int]], prompt: FlowPrompt, calls: list[Call] | None = None
    ) -> Sound:
        """The reference's loop, to the letter but for the hop that it forgets to reset. calls: gets what was done."""
        hops = Hops(self.schedule, prompt.tokens.shape[1], self.ahead)
        held: Held | None = None
        mel, given = torch.zeros(1, self.flow.net.mel, 0, device=self.flow.device), 0
        for call in hops.read(tokens):
            if call is None:
                yield None
                continue
            if calls is not None:
                calls.append(call)
            ids = self._ids(hops.tokens[: call.passed])
            made = yield from self.flow.walk_mel(ids, prompt, self.how, not call.final, call.final)
            new = made[:, :, call.offset * self.flow.net.cfg.token_mel_ratio :]
            if isinstance(self.vocoder.net, HiftV2):
                wave, held = yield from self.vocoder.walk_on(new, held, call.final)
            else:
                mel = torch.cat([mel, new], 2)
                wave = yield from self.vocoder.walk_so_far(mel, call.final)
                wave, given = wave[:, given:], wave.shape[1]
            yield from _pieces(wave)

    def _ids(self, tokens: Sequence[int]) -> Tensor:
        return torch.tensor(tokens, dtype=torch.long, device=self.flow.device)[None]


def _pieces(wave: Tensor) -> Iterator[np.ndarray]:
    """wave [1, n] -> pieces of 40 ms and the rest, copies: nobody holds the whole hop by holding one."""
    pcm = wave[0].float().cpu().numpy()
    for at in range(0, len(pcm), TOKEN):
        yield pcm[at : at + TOKEN].copy()
