"""Text rows in, speech tokens out: one reply of the voice LM, while its text may still be coming.

Mixed ("bi-stream"): groups of 5 text rows and 15 speech tokens, so that speech begins with the fifth text row; after 15
tokens the network asks for text with the fill id, which is never fed back. When the text has ended: what is left of
it, the task row, and speech until eos. Not mixed: all text first. (CosyVoice 2, arXiv 2412.10117;
../shared/reference/models.md 4.1.)

A row is what the network reads, so the aligned model of MinMo puts its semantic vectors (engine/nets/projector.py)
where the others put text embeddings: as `lead` what describes the user's turn, then five to a group.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.nets.cfm import finish
from engine.nets.voice_draw import Draw
from engine.nets.voice_lane import Lane, Past
from engine.nets.voice_lm import VoiceLm


@dataclass(frozen=True)
class MixRules:
    """`compatible` repeats the public code's deviations from what the network was trained on, for the golden fixtures:

    at the end of the text the newest rows are fed twice; with a `lead` (CosyVoice3's instruction), or a prompt of whole
    groups, a group of speech is said before any of its text; a prompt's speech that is left at the end of the text is
    dropped; the first id after the codes is forbidden where eos should be; other special ids end or break the reply;
    one group is said for every piece of text that arrives, however many it holds; the mixed form has no limits.
    """

    mixed: bool = True
    least: int = 2               # speech tokens to a text row before eos is allowed
    most: int = 20               # speech tokens to a text row, at which the reply is cut (0.8 s a token)
    rows: int = 512              # rows computed in one step at most
    compatible: bool = False


@dataclass(frozen=True, eq=False)
class Opening:
    """How every reply in one voice begins; made by `opening`, computed once by `computed`, changed by nobody."""

    rules: MixRules
    rows: Tensor                 # [n, hidden], n >= 1: placed, and not yet computed
    text: Tensor                 # [t, hidden]: the prompt's text that still waits for its group
    speech: Tensor               # [s, hidden]: the prompt's speech, likewise
    to_fill: int                 # tokens until the first fill
    asks: bool                   # text rows must come before the next token
    waits_for: int = 0           # text rows that a mixed reply needs before its first token, unless its text ends
    past: Past | None = None     # of the rows before `rows`


def opening(lm: VoiceLm, rules: MixRules, lead: Tensor, text: Tensor, speech: Tensor) -> Opening:
    """lead, text, speech: [n, hidden], n may be 0: an instruction; what the voice's prompt says; its speech tokens.

    Raises ValueError where the prompt has more text than the groups of its speech can hold (mixed): the rest of its
    text would be said aloud.
    """
    m, n = lm.cfg.text_group, lm.cfg.speech_group
    rows = [lm.sos(), lead]
    asks = not len(lead) and not len(speech) if rules.compatible else len(speech) % n == 0
    to_fill = n - len(speech) % n
    if not rules.mixed:
        return Opening(rules, torch.cat([*rows, text]), text[:0], speech, 0, False)
    room = -(-len(speech) // n) * m
    if len(speech) and len(text) > room and not rules.compatible:
        raise ValueError(f"a prompt of {len(speech)} speech tokens has room for {room} text tokens, not {len(text)}")
    while len(speech) and len(text) >= m:
        rows += [text[:m], speech[:n]]
        text, speech = text[m:], speech[n:]
    waits_for = max(0, m * (-(-len(speech) // n) + asks) - len(text))
    return Opening(rules, torch.cat(rows), text, speech, to_fill, asks, waits_for)


def computed(lane: Lane, begin: Opening) -> Opening:
    """The same opening with all rows but the last in its `past`: a reply then starts with one row. Uses `lane`."""
    rows = begin.rows
    if len(rows) < 2:
        return begin
    lane.start(begin.past)
    for k in range(0, len(rows) - 1, begin.rules.rows):
        lane.feed(rows[:-1][k : k + begin.rules.rows])
    return replace(begin, rows=rows[-1:], past=lane.keep())


class Talk:
    """One reply. `text`, `end`, then `step` again and again until `over`, or until it is `waiting` for text.

    so_far: ids drawn, fill among them. made: speech tokens given. cut: it ended at the limit, not by itself.
    """

    def __init__(self, lm: VoiceLm, lane: Lane, draw: Draw, begin: Opening) -> None:
        """lane: this reply's alone from now on."""
        lane.start(begin.past)
        self.lm, self.lane, self.draw, self.rules = lm, lane, draw, begin.rules
        self.next, self.prompt, self.asks = begin.rows, begin.speech, begin.asks
        self.queue = begin.text                  # [n, hidden] text that waits for its group
        self.pieces: list[Tensor] = []           # compatible: text that has not been looked at
        self.fill_at = begin.to_fill             # place in `so_far` at which fill is imposed
        self.so_far: list[int] = []
        self.texts = self.made = 0
        self.ended = self.final = self.over = self.cut = self.waiting = self.placed = False

    def text(self, rows: Tensor) -> None:
        """rows [n, hidden]: the next text embeddings, or semantic vectors. Raises ValueError after `end`."""
        if self.ended:
            raise ValueError("text after the end of the text")
        self.texts += len(rows)
        self.waiting = False
        if self.rules.compatible and self.rules.mixed:
            self.pieces.append(rows)
        else:
            self.queue = torch.cat([self.queue, rows])

    def end(self) -> None:
        """There is no more text."""
        self.ended, self.waiting = True, False

    def step(self) -> int | None:
        """As `walk`, in one go."""
        return finish(self.walk())

    @torch.no_grad()                             # which torch leaves at every yield
    def walk(self) -> Generator[None, None, int | None]:
        """One step of the network, or none. -> the next speech token; None where there is none yet: it is `waiting`, or
        `over`, or there is more to compute. Raises ValueError where the lane is full. Yields as the lane does; closed
        on the way it has done nothing."""
        self.waiting = False
        if not self.over and not self.placed and not self._place():
            self.over = self.ended
            self.waiting = not self.over
        if self.over or self.waiting:
            return None
        if len(self.next) > self.rules.rows:
            yield from self.lane.walk(self.next[: self.rules.rows])
            self.next = self.next[self.rules.rows :]
            return None
        hidden = yield from self.lane.walk(self.next)
        return self._take(self._drawn(self.lm.head(hidden).float().cpu()))

    # -- which rows come next -----------------------------------------------------------------------------
    def _place(self) -> bool:
        """Puts the rows of the next step into `next`. -> whether there are any"""
        while self.rules.mixed:
            if self.pieces:
                self.queue = torch.cat([self.queue, self.pieces.pop(0)])
            elif self.rules.compatible:
                break
            if self._group():
                self.placed = True
                return True
            if not self.pieces:
                break
        if not self.ended:
            return False
        if not self.texts and not self.rules.compatible:
            return False                         # a reply without text is over
        rest = self.prompt[:0] if self.rules.mixed and self.rules.compatible else self.prompt
        self.next = torch.cat([self.next, self.queue, self.lm.task(), rest])
        self.queue, self.prompt = self.queue[:0], rest[:0]
        self.final = self.placed = True
        return True

    def _group(self) -> bool:
        """Mixed: the prompt's groups as far as there is text for them, then the text of the next group."""
        m, n = self.lm.cfg.text_group, self.lm.cfg.speech_group
        while len(self.prompt) and len(self.queue) >= m:
            self.next = torch.cat([self.next, self.queue[:m], self.prompt[:n]])
            self.queue, self.prompt = self.queue[m:], self.prompt[n:]
        if len(self.prompt):
            return False
        if self.asks:
            if len(self.queue) < m:
                return False
            before = self.next[:0] if self.so_far else self.next
            self.next, self.queue, self.asks = torch.cat([before, self.queue[:m]]), self.queue[m:], False
        return True

    # -- which token comes next ---------------------------------------------------------------------------
    def _drawn(self, scores: Tensor) -> int:
        cfg = self.lm.cfg
        if not self.final and len(self.so_far) == self.fill_at:
            return cfg.fill
        early = self.made < self.rules.least * self.texts
        if self.rules.compatible:
            if not self.final or (early and not self.rules.mixed):
                scores[cfg.codes] = float("-inf")
        else:
            special = cfg.eos if self.final else cfg.fill
            allowed = float("-inf") if self.final and early else float(scores[special])
            scores[cfg.codes :] = float("-inf")
            scores[special] = allowed
        return self.draw(scores, self.so_far)

    def _take(self, token: int) -> int | None:
        cfg = self.lm.cfg
        if token == cfg.fill and not self.final:
            self.fill_at = len(self.so_far) + cfg.speech_group + 1
            self.so_far.append(token)
            self.asks, self.placed = True, False
            if not self.rules.compatible:
                self.next = self.next[:0]
            return None
        if token >= cfg.codes:
            self.over = True
            if self.rules.mixed and not (self.final and token == cfg.eos):
                raise ValueError(f"the voice LM drew the special id {token}")
            return None
        self.so_far.append(token)
        self.made += 1
        self.next = self.lm.speech([token])
        endless = self.rules.compatible and self.rules.mixed
        if self.final and not endless and self.made >= self.rules.most * self.texts:
            self.over = self.cut = True
        return token
