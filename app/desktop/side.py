"""A process beside the window for what imports large libraries or asks the network: they would hold the UI thread.

It is asked one thing, RunTask; it answers with any number of TaskStep and one TaskDone, or Failed. It ends when the
user has cancelled, or the window has gone.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.cli.findings import ChatHere, ModelsHere
from app.settings.folders import hub
from app.settings.schema import Settings
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.notices import state
from audio_io.worker_messages import RunTask, TaskDone, TaskStep
from audio_io.worker_process import Parent
from engine.notices import NoticeCode
from engine.strict_yaml import Table, filled

if TYPE_CHECKING:
    from engine.models.pull import Step

TELL_S = 0.1                     # between two steps of a download
Tell = Callable[[TaskStep], None]


class Asked:
    """settings: the window's. wants: what the task takes. cancel: set when it is no longer wanted."""

    def __init__(self, task: RunTask, cancel: threading.Event) -> None:
        self.settings: Settings = filled(Settings(), Table("settings", "", task.settings))
        self.wants, self.cancel = task.wants, cancel


def models(asked: Asked, tell: Tell) -> ModelsHere:
    """What there is, what is here, and what would run on this machine."""
    from app.cli import doctor, doctor_models
    from app.cli.models import listed
    from engine.models import catalogue
    from engine.models.store import Store

    found = listed(catalogue.load(), Store(asked.settings.models()))
    fits = doctor_models.examine(asked.settings, doctor.gpus()["cards"])
    return {**found, "fits": {one["profile"]: one for one in fits["profiles"]}, "trouble": fits["trouble"]}


def chat(asked: Asked, tell: Tell) -> ChatHere:
    """-> `memory` and `cores` of the machine, `models` that suit it, the best first, and `servers` that run on it."""
    from app.cli.models import chat_models
    from engine.llm.choose import machine_here
    from engine.llm.find_servers import find
    from engine.models.sources import Sources

    machine = machine_here()
    return {"memory": machine.memory, "cores": machine.threads + 1,
            "models": chat_models(Sources(asked.settings.models()), machine),
            "servers": [{"name": one.name, "url": one.url, "models": list(one.models)} for one in find()]}  # fmt: skip


def pull_chat(asked: Asked, tell: Tell) -> dict[str, str]:
    """wants `names`: chat models of the catalogue, tried in this order. -> `name` of the one that came.

    Raises NotHere where none of them could be fetched.
    """
    from audio_io.files import check_writable
    from engine.models import catalogue
    from engine.models.hub import Hub
    from engine.models.sources import Missing, Sources

    home, known = asked.settings.models(), catalogue.load().weights
    check_writable(home)
    sources = Sources(home, Hub(hub(downloads=True), asked.settings.privacy.offline))
    reasons: list[str] = []
    for name in asked.wants["names"]:
        try:
            sources.fetch(known[name], seldom(tell), asked.cancel)
            return {"name": name}
        except Missing as error:                 # the next one may be reached
            reasons.append(f"{name}: {error.why}")
    raise NotHere(state(NoticeCode.NO_SOURCE, why=reasons[0]))


def seldom(tell: Tell) -> "Callable[[Step], None]":
    """-> what may be called with every step: a window paints no faster than it is looked at."""
    shown_at, shown = 0.0, ""

    def told(step: "Step") -> None:
        nonlocal shown_at, shown
        now = time.monotonic()
        if step.doing == shown and now - shown_at < TELL_S and step.done != step.total:
            return
        shown_at, shown = now, step.doing
        tell(TaskStep(step.repository, step.doing, step.done, step.total))

    return told


def pull(asked: Asked, tell: Tell) -> dict[str, str]:
    """wants `names`: repositories; `accepted`: ids of the licences that the user has seen and agreed to."""
    from audio_io.files import check_writable
    from engine.models import catalogue
    from engine.models import pull as pulls
    from engine.models.hub import Hub
    from engine.models.store import Store

    known, store = catalogue.load(), Store(asked.settings.models())
    server = Hub(hub(downloads=True), asked.settings.privacy.offline)
    check_writable(store.home)
    for name in asked.wants["names"]:
        listing = None if name in known.repositories else server.listing(name)
        repository = pulls.unknown(listing) if listing else known.repositories[name]
        licence = repository.licence
        if licence.accept and store.accepted(name) != licence.id:
            if licence.id not in asked.wants["accepted"]:
                raise WrongUse(f"{name}: its licence has to be agreed to first: {licence.url}")
            store.accept(name, licence.id)

        pulls.pull(store, server, repository, seldom(tell), asked.cancel, listing)
    return {}


def server(asked: Asked, tell: Tell) -> dict[str, str]:
    """One short answer of the server in the settings: its model, and what it said."""
    from engine.llm.chat_model import Message
    from engine.llm.server import Server, ServerModel

    brain = asked.settings.brain
    if not brain.server:
        raise WrongUse("there is no address to test; write one such as http://localhost:8000/v1")
    model = ServerModel(Server(brain.server, brain.model, brain.key(), temperature=0.0))
    try:
        said = ""
        for delta in model.stream([Message("user", "Say hello in three words.")], []):
            if isinstance(delta, str):
                said += delta
            if asked.cancel.is_set() or len(said) > 200:
                break
        return {"model": model.model, "said": " ".join(said.split())[:80]}
    finally:
        model.stop()


def report(asked: Asked, tell: Tell) -> dict[str, str]:
    """wants `sound`: of the device that runs, which must not be opened a second time. -> doctor's lines, version."""
    from app.cli import doctor
    from app.version import version

    found = doctor.examine(asked.settings, echo_test=False, sound=asked.wants["sound"])
    return {"doctor": doctor.report(found), "version": version()}


TASKS: dict[str, Callable[[Asked, Tell], object]] = {
    "models": models, "chat": chat, "pull": pull, "pull_chat": pull_chat, "server": server, "report": report,
}
DOWNLOADS = ("pull", "pull_chat")


def main(parent: Parent) -> None:
    """Raises Trouble where the task does."""
    cancel = threading.Event()
    keeps = threading.Event()                    # the task has something to put away before the process ends

    def at_end() -> None:
        cancel.set()
        if not keeps.is_set():
            os._exit(0)

    parent.listen(at_end=at_end)
    task = parent.receive()
    assert isinstance(task, RunTask)
    if task.do in DOWNLOADS:
        keeps.set()
    hub(downloads=task.do in DOWNLOADS)
    asked = Asked(task, cancel)
    try:
        parent.send(TaskDone(TASKS[task.do](asked, parent.send)))
    except Trouble:
        raise
    except Exception as error:
        raise Trouble(f"This is a fault in Parley, please report it: {error!r}") from error
