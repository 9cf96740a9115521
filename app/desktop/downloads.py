"""Downloads of models in the background: one at a time, in a process of its own, seen from the UI thread."""

from collections.abc import Sequence
from typing import Any

from app.desktop.beside import Beside
from app.desktop.jobs import Jobs
from app.fact import Fact
from app.settings.choices import Choices
from audio_io.worker_messages import TaskStep

KINDS = {"models": "pull", "chat": "pull_chat"}  # kind -> what app.desktop.side is asked


class Downloads:
    """`going`: what is being fetched, or (). `share`: 0..1 of the repository `name`. `line`: how the last one ended.
    `kind`: one of KINDS, of the present or the last one. `stopped`: whether the user has ended it.

    `changed` after each of them changes; `ended(whole)` when it is over; `chat_came(name)` when a chat model is there.
    """

    def __init__(self, choices: Choices, jobs: Jobs) -> None:
        self.choices, self.jobs = choices, jobs
        self.changed, self.ended, self.chat_came = Fact[()](), Fact[bool](), Fact[str]()
        self.going: tuple[str, ...] = ()
        self.name = self.doing = self.line = self.kind = ""
        self.stopped = False
        self.done = self.total = 0
        self._beside = Beside()

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0

    def start(self, names: Sequence[str], accepted: Sequence[str]) -> bool:
        """names: of repositories. accepted: ids of licences that the user agrees to. -> False: another one runs."""
        return self._start("models", names, accepted=list(accepted))

    def start_chat(self, names: Sequence[str]) -> bool:
        """names: of chat models in the catalogue; the first whose source is reached is fetched. -> as of `start`."""
        return self._start("chat", names)

    def _start(self, kind: str, names: Sequence[str], **wants: Any) -> bool:
        if self.going:
            return False
        self.kind, self.stopped = kind, False
        self.going, self.line, self.done, self.total = tuple(names), "", 0, 0
        self.name, self.doing = names[0], ""
        beside = self._beside = Beside()
        settings = self.choices.now
        self.jobs.start("download", lambda say: beside.ask(KINDS[kind], settings, say, names=list(names), **wants),
                        self._end, self._step)  # fmt: skip
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """Stops; what has come is kept, and the next start goes on from there."""
        self.stopped = True
        self._beside.cancel()

    def _step(self, told: TaskStep) -> None:
        self.name, self.doing, self.done, self.total = told.name, told.doing, told.done, told.total
        self.changed.emit()

    def _end(self, result: dict[str, str] | None, line: str) -> None:
        self.going, self.line = (), line
        self.changed.emit()
        if result and "name" in result:
            self.chat_came.emit(result["name"])
        self.ended.emit(not line)
