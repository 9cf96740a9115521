"""Reading the user's words where nobody waits for it: beside the session, in the threads that listen and think."""

from collections.abc import Callable, Generator
from dataclasses import replace

from engine.messages import Audio, Begin, End, Lasting, Prompt, Words
from engine.nlu.completeness import complete
from engine.workers.stage import Listen, Think, Thought


def judged(listen: Listen, before: Callable[[], str]) -> Listen:
    """-> `listen`, with what sense the words make together with what the user said before them in the same turn."""

    def work(body: Begin | Audio | End) -> Generator[Words | None, None, None]:
        for piece in listen(body):
            if isinstance(piece, Words):
                piece = replace(piece, sense=complete(f"{before()} {piece.text}".strip()))
            yield piece

    return work


def not_in_vain(think: Think, lasting: Callable[[Prompt], bool]) -> Think:
    """-> `think`, which, asked ahead, begins nothing that leaves a trace: it says so, to be asked again.

    lasting: whether answering this leaves a trace that must not be left twice, or in vain.
    """

    def work(prompt: Prompt) -> Generator[Thought | None, None, None]:
        if prompt.ahead and lasting(prompt):
            yield Lasting()
        else:
            yield from think(prompt)

    return work
