"""The voice LM as a part that runs: text ids in, piece by piece, speech tokens out, as early as they are sure.

    voice = VoiceTokens(lm)
    begin = voice.opening(prompt)                    # once for each voice and way of speaking
    with closing(voice.speak(pieces, begin, seed)) as batches:
        for tokens in batches: ...                   # a tuple, maybe empty, every few steps of the network

`Reply` is the same for who has phrases at different times. A reply's state is its own; the network has none.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from torch import Tensor

from audio_io.errors import Trouble, WrongUse
from engine.nets.voice_draw import Ras, RasConfig
from engine.nets.voice_lane import FixedLane, GrowingLane, Lane
from engine.nets.voice_lm import VoiceLm
from engine.nets.voice_mix import MixRules, Opening, Talk, computed, opening
from engine.tts.cosyvoice_text import VoicePrompt

T = TypeVar("T")
SILENT = frozenset((1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323))     # CosyVoice3's (models.md 4.9)
SILENT_RUN = 5                   # tokens, 0.2 s: what is silent beyond that is dropped
STEPS = {"cuda": 8}              # of the network between two yields: 50 ms at most; elsewhere a step takes them alone
ROWS = {"cuda": 512}             # of a prompt computed at once, likewise
FEW_ROWS = 16


class Pauses:
    """Shortens silence: lets through the first SILENT_RUN silent tokens in a row."""

    def __init__(self, silent: frozenset[int]) -> None:
        self.silent, self.run = silent, 0

    def __call__(self, token: int) -> bool:
        """-> whether the token is to be spoken."""
        self.run = self.run + 1 if token in self.silent else 0
        return self.run <= SILENT_RUN


def _nothing_yet(walk: Generator[None, None, T]) -> Generator[tuple[int, ...], None, T]:
    """The same, for who awaits batches."""
    with closing(walk):
        while True:
            try:
                next(walk)
            except StopIteration as end:
                value: T = end.value
                return value
            yield ()


class Reply:
    """One reply. `text` and `end` at any time, `run` for what can be said so far, `close` when nobody wants the rest.

    For one thread. over: all is said. cut: it ended at the limit of length, not by itself.
    """

    def __init__(self, voice: "VoiceTokens", begin: Opening, seed: int) -> None:
        """seed: the same text, however it is cut, and the same seed give the same tokens."""
        self.voice = voice
        self.lane: Lane | None = voice.take_lane()
        self.talk = Talk(voice.lm, self.lane, Ras(seed, voice.ras), begin)
        self.pauses = Pauses(voice.silent)

    @property
    def over(self) -> bool:
        return self.talk.over or self.lane is None

    @property
    def cut(self) -> bool:
        return self.talk.cut

    def text(self, ids: Sequence[int] | Tensor) -> None:
        """ids [n]; or semantic vectors [n, hidden] of the aligned model. Raises WrongUse after `end`, or for an id that
        the network does not have."""
        cfg = self.voice.lm.cfg
        if self.talk.ended:
            raise WrongUse("text for the voice after the end of its text")
        if isinstance(ids, Tensor) and ids.ndim == 2:
            if ids.shape[1] != cfg.hidden:
                raise WrongUse(f"semantic vectors of {ids.shape[1]} numbers; this voice takes {cfg.hidden}")
            self.talk.text(ids.to(self.voice.lm.device, self.voice.lm.dtype))
        elif len(ids):
            self.voice.check_ids(ids, cfg.vocab, "text")
            self.talk.text(self.voice.lm.text(ids))

    def end(self) -> None:
        """There is no more text."""
        self.talk.end()

    def run(self) -> Generator[tuple[int, ...], None, None]:
        """-> speech tokens in batches, maybe empty ones, until more text is needed or all is said.

        Raises Trouble where the reply outgrows the room there is for one.
        """
        while not self.over:
            batch = []
            for _ in range(self.voice.steps):
                try:
                    token = yield from _nothing_yet(self.talk.walk())
                except ValueError as error:
                    raise Trouble(f"the voice cannot go on: {error}; give it shorter replies") from error
                if token is not None and self.pauses(token):
                    batch.append(token)
                if self.talk.over or self.talk.waiting:
                    break
            if batch or not self.talk.waiting:
                yield tuple(batch)
            if self.talk.waiting:
                break
        if self.talk.over:
            self.close()

    def close(self) -> None:
        """Gives its lane back. Twice is fine."""
        if self.lane is not None:
            self.voice.give_lane(self.lane)
            self.lane = None


class VoiceTokens:
    """The network and the lanes that its replies run in. For any number of replies, from one thread."""

    def __init__(
        self, lm: VoiceLm, rules: MixRules | None = None, ras: RasConfig | None = None, steps: int | None = None,
        rows: int = 4096,
    ) -> None:
        """steps: of the network between two yields, None for what 50 ms allow on CUDA, and one elsewhere (at the
        published size one alone takes longer than that on a desktop's CPU). rows: room for a reply on CUDA, prompt,
        text and speech together. On CUDA, making one records a graph, which takes a moment: make it while loading."""
        kind = lm.device.type
        self.lm, self.ras = lm, ras or RasConfig()
        self.rules = replace(rules or MixRules(), rows=ROWS.get(kind, FEW_ROWS))
        self.silent = SILENT if lm.cfg.version == 3 else frozenset()
        self.steps, self.rows = steps or STEPS.get(kind, 1), rows
        self.free: list[Lane] = []
        lane = self.take_lane()
        self.lacks = lane.lacks                  # why a step is not recorded on CUDA
        self.give_lane(lane)

    def opening(self, prompt: VoicePrompt) -> Opening:
        """What all replies in this voice begin with, computed: takes as long as reading the prompt once.

        Raises WrongUse for ids that the network does not have, or a prompt with more text than its speech can hold;
        Trouble where there is no room for it.
        """
        self.check_ids([*prompt.lead, *prompt.text], self.lm.cfg.vocab, "text")
        self.check_ids(prompt.speech, self.lm.cfg.codes, "speech")
        rules = replace(self.rules, mixed=self.rules.mixed and prompt.mixed)
        lead, text, speech = self.lm.text(prompt.lead), self.lm.text(prompt.text), self.lm.speech(prompt.speech)
        try:
            begin = opening(self.lm, rules, lead, text, speech)
        except ValueError as error:
            raise WrongUse(f"the voice's prompt: {error}; use a longer recording or a shorter transcript") from error
        lane = self.take_lane()
        try:
            return computed(lane, begin)
        except ValueError as error:
            raise Trouble(f"the voice's prompt: {error}; use a shorter recording or instruction") from error
        finally:
            self.give_lane(lane)

    def reply(self, begin: Opening, seed: int) -> Reply:
        """begin: from `opening`. seed: of this reply's random numbers."""
        return Reply(self, begin, seed)

    def speak(
        self, texts: Iterable[Sequence[int]], begin: Opening, seed: int
    ) -> Generator[tuple[int, ...], None, None]:
        """texts: text ids in pieces; an empty one says "nothing yet". -> batches of speech tokens, maybe empty ones.

        Yields at least once a piece, and every 50 ms of computing; closing it ends the reply. Raises as `Reply` does.
        """
        reply = self.reply(begin, seed)
        try:
            for ids in texts:
                reply.text(ids)
                yield from reply.run()
                yield ()
            reply.end()
            yield from reply.run()
        finally:
            reply.close()

    def take_lane(self) -> Lane:
        """A lane that is nobody's."""
        if self.free:
            return self.free.pop()
        return FixedLane(self.lm, self.rows) if self.lm.device.type == "cuda" else GrowingLane(self.lm)

    def give_lane(self, lane: Lane) -> None:
        lane.start(None)
        self.free.append(lane)

    @staticmethod
    def check_ids(ids: Sequence[int] | Tensor, most: int, kind: str) -> None:
        """Raises WrongUse for an id outside 0..most-1."""
        wrong = [int(i) for i in ids if not 0 <= int(i) < most]
        if wrong:
            raise WrongUse(f"{kind} id {wrong[0]}: this voice has 0..{most - 1}; the tokenizer is another model's")
