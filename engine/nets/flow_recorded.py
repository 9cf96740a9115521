"""The flow with its estimator at fixed addresses, for CUDA: a solver's step is one recorded graph.

    flow = RecordedFlow(net)                         # in place of engine.nets.flow.Flow: the same methods and values
    flow.why_not(prompt)                             # "", or why this voice is computed operation by operation

One recording, of one chunk (25 tokens), serves every voice, hop and stream: a hop is as many chunks as it touches. A
prompt that is too long for the room, another solver or another limit of the past than the ones it was made for are
computed as by `Flow`, to the same result.

A state stays a value, though the contexts are in one place. The voice's own state is a copy; later ones say which
version of the page they are. Going on from the newest is the steady case and copies nothing. Whoever goes on from an
older one has its tokens computed again from the voice's state on, to the same result: exact, slow, and rare (a stream
is begun again, a hop was cancelled). CUDA was not run so far; on a CPU the same code runs without the recording.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from engine.nets.cfm import Given, Solver, stepwise
from engine.nets.fixed_solver import FixedSolver, Kept, Page
from engine.nets.flow import BOUNDED, PUBLISHED, Flow, FlowPrompt, FlowState, Left
from engine.nets.flow_nets import FlowNet
from engine.nets.graphs import Unrecordable
from engine.nets.tape import Span

PROMPT_S = 8                     # of a recording there is room for; 50 frames a second, each as in `Left`


@dataclass(frozen=True, eq=False)
class Live:
    """Where a state's contexts are. page None: they are `kept` (None: a stream's start), and the state is an origin."""

    page: Page | None = None
    version: int = 0
    kept: Kept | None = None
    origin: FlowState | None = None
    since: Tensor | None = None  # [1, n] tokens that were given after `origin`


def flow_for(net: FlowNet, left: Left, least: int = 0) -> Flow:
    """-> the fastest flow for streams in the published solver, on the network's device: on CUDA at fixed addresses, if
    `least` bytes of the card are free."""
    device = next(net.parameters()).device
    if device.type != "cuda":
        return Flow(net)
    lacks = "there is no room for that"
    if torch.cuda.mem_get_info(device)[0] >= least:
        try:
            return RecordedFlow(net, left=left)
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
        except Unrecordable as error:
            lacks = str(error)
    return Flow(net, lacks)


class RecordedFlow(Flow):
    def __init__(
        self, net: FlowNet, how: Solver = PUBLISHED, left: Left = BOUNDED, prompt: int = PROMPT_S * 50
    ) -> None:
        """how, left: of the streams that it is for; others are computed as by Flow. prompt: frames there is room for.

        Takes memory for `prompt` frames, `left.frames` and a chunk at once, and on CUDA records. Raises ValueError
        for a past without a limit and for half precision.
        """
        super().__init__(net)
        if left.frames is None or how.autocast is not None:
            raise ValueError("a recorded flow needs a past with a limit, and single precision")
        self.how, self.left, self.room = how, left, prompt if left.prompt else 0
        chunk = net.chunk * net.cfg.token_mel_ratio
        span = Span(chunk=chunk, recent=left.frames)
        self.solver = FixedSolver(net.estimator, net.mel, how, span, self.room, self.noise)

    @property
    def recorded(self) -> bool:
        return self.solver.recorded

    @property
    def computes(self) -> str:
        return "steps recorded" if self.recorded else "at fixed addresses, not recorded"

    @property
    def bytes(self) -> int:
        """What the room takes."""
        return self.solver.contexts.bytes

    def why_not(self, prompt: FlowPrompt, how: Solver | None = None, left: Left | None = None) -> str:
        """Why a stream in this voice is not computed at fixed addresses; empty if it is."""
        frames = prompt.mel.shape[2]
        if (how or self.how) != self.how or (left or self.left) != self.left:
            return "another solver or limit of the past than it was recorded with"
        if self.left.prompt and frames > self.room:
            return f"the voice's recording has {frames / 50:.2f} s, there is room for {self.room / 50:.2f}"
        return ""

    def walk_init_state(
        self, prompt: FlowPrompt, how: Solver = PUBLISHED, left: Left = BOUNDED
    ) -> Generator[None, None, FlowState]:
        state = yield from super().walk_init_state(prompt, how, left)
        if state.live is not None and state.live.page is not None:
            state = replace(state, live=Live(kept=self.solver.keep(state.live.page)))
        return state

    def _begin(self, prompt: FlowPrompt, how: Solver, left: Left) -> FlowState:
        state = super()._begin(prompt, how, left)
        return state if self.why_not(prompt, how, left) else replace(state, live=Live())

    def _with(self, state: FlowState, tokens: Tensor) -> FlowState:
        after = super()._with(state, tokens)
        live: Live | None = state.live
        if live is None:
            return after
        said = after.tokens[:, after.tokens.shape[1] - tokens.shape[1] :]
        if live.origin is None:
            return replace(after, live=replace(live, origin=state, since=said))
        assert live.since is not None
        return replace(after, live=replace(live, since=torch.cat([live.since, said], 1)))

    def _solve(self, state: FlowState, span: Span, given: Given) -> Generator[None, None, tuple[Tensor, FlowState]]:
        if state.live is None:
            return (yield from super()._solve(state, span, given))
        page = yield from self._page(state)
        page.version += 1                        # what is cancelled from here on is no state of anybody's
        version, size, parts = page.version, self.solver.chunk, []
        for block in range(span.start, span.end, size):
            end = min(block + size, span.end)
            a, b = block - span.start, end - span.start
            part = Given(given.mu[:, :, a:b], given.speaker, given.cond[:, :, a:b])
            parts.append((yield from stepwise(self.solver.walk(page, (block, end), part), self.device)))
        return torch.cat(parts, 2), replace(state, live=replace(state.live, page=page, version=version))

    def _page(self, state: FlowState) -> Generator[None, None, Page]:
        """The page at this state, from the voice's own on if it has gone on since."""
        live: Live = state.live
        if live.page is not None and live.page.version == live.version:
            return live.page
        first = state.prompt if self.left.prompt else 0
        if live.page is None:
            return Page(first, live.kept)
        assert live.origin is not None
        assert live.since is not None
        origin: Any = live.origin
        if origin.done == state.done:
            return Page(first, origin.live.kept)
        _, again = yield from self._run(self._with(origin, live.since), state.done, state.done)
        found: Page = again.live.page
        return found
