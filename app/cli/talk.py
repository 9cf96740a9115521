"""`parley talk`: the conversation in the terminal, on the real devices."""

import sys
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue

from app.cli.terminal import Captions, JsonLines, read_lines
from app.settings.choices import Choices
from app.settings.places import places
from app.settings.schema import Settings
from app.wiring import Keeper, choice_of, keep_recording, make_assistant, make_pipeline
from audio_io.device.hot_plug import SteadyDevice
from audio_io.notices import Statement, state
from engine import messages as m
from engine.notices import NoticeCode
from engine.runtime.pipeline import Pipeline

PAINT_S = 0.05


def run(settings: Settings, as_json: bool = False) -> int:
    """Talks until Ctrl+C. -> exit code. Raises NotHere without a device."""
    queue: SimpleQueue[m.Event] = SimpleQueue()
    show = JsonLines(sys.stdout) if as_json else Captions(sys.stdout)

    def status(what: tuple[Statement, ...]) -> None:
        queue.put(m.Notice(0.0, what, m.Severity.TROUBLE if device.alive() else m.Severity.INFO))

    def amiss(what: Statement) -> None:
        queue.put(m.Notice(0.0, (what,), m.Severity.TROUBLE, m.Source.SETTINGS))

    device = SteadyDevice(choice_of(settings), status)
    device.start(strict=True)
    try:
        status((state(NoticeCode.NAMES_IN_USE, input=device.now[0], output=device.now[1]), *device.notes))
        choices = Choices(settings, amiss)
        assistant = make_assistant(settings, amiss)
        try:
            talk = make_pipeline(device, settings, assistant, Keeper(choices, queue.put).tell)
            if settings.privacy.record:
                keep_recording(talk, queue.put)
            _talk(talk, settings, queue, show)
        finally:
            assistant.close()
            choices.close()
    finally:
        device.stop()
    return 0


def _talk(talk: Pipeline, settings: Settings, queue: "SimpleQueue[m.Event]",
          show: Callable[[m.Event], None]) -> None:  # fmt: skip
    try:
        talk.start()
        pushing = settings.mode == "push"
        if pushing:
            talk.command(m.SetMode(push=True))
            queue.put(m.Notice(0.0, (state(NoticeCode.HOW_TO_PUSH),)))
        read_lines(_typing(talk, pushing))
        _show_until_interrupted(queue, show)
    finally:
        talk.stop()


def _typing(talk: Pipeline, pushing: bool) -> Callable[[str], None]:
    down = False

    def typed(line: str) -> None:
        nonlocal down
        if line == "/trace":                     # what a bug report needs
            talk.command(m.SaveTrace(places().home / "traces" / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"))
        elif line:
            talk.command(m.SayText(line))
        elif pushing:
            down = not down
            talk.command(m.Push(down))
        else:
            talk.command(m.Stop())               # Enter alone: be quiet

    return typed


def _show_until_interrupted(queue: "SimpleQueue[m.Event]", show: Callable[[m.Event], None]) -> None:
    try:
        while True:
            try:
                show(queue.get(timeout=PAINT_S))
            except Empty:
                continue
    except KeyboardInterrupt:
        return
