"""`parley talk`: the conversation in the terminal, on the real devices."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from queue import Empty, SimpleQueue

from app.cli.terminal import Captions, JsonLines, read_lines
from app.settings.choices import Choices
from app.settings.folders import folders
from app.settings.schema import Settings
from app.wiring import Keeper, choice_of, keep_recording, make_assistant, make_pipeline
from audio_io.device.hot_plug import SteadyDevice
from audio_io.notices import Statement, state
from engine import messages as m
from engine.notices import Advice, NoticeCode
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
            pipeline = make_pipeline(device, settings, assistant, Keeper(choices, lambda e: queue.put(advised(e))).tell)
            if settings.privacy.record:
                keep_recording(pipeline, queue.put)
            _talk(pipeline, settings, queue, show)
        finally:
            assistant.close()
            choices.close()
    finally:
        device.stop()
    return 0


def advised(event: m.Event) -> m.Event:
    """Nobody puts another pipeline in the place of one that has lost a thread, as the window's program does."""
    if isinstance(event, m.Notice) and event.what[0].code is NoticeCode.THREAD_STOPPED:
        return replace(event, do=Advice.START_AGAIN)
    return event


def _talk(pipeline: Pipeline, settings: Settings, queue: "SimpleQueue[m.Event]",
          show: Callable[[m.Event], None]) -> None:  # fmt: skip
    try:
        pipeline.start()
        pushing = settings.mode == "push"
        if pushing:
            pipeline.command(m.SetMode(push=True))
            queue.put(m.Notice(0.0, (state(NoticeCode.HOW_TO_PUSH),)))
        read_lines(_typing(pipeline, pushing))
        _show_until_interrupted(queue, show)
    finally:
        pipeline.stop()


def _typing(pipeline: Pipeline, pushing: bool) -> Callable[[str], None]:
    down = False

    def typed(line: str) -> None:
        nonlocal down
        if line == "/trace":                     # what a bug report needs
            pipeline.command(m.SaveTrace(folders().home / "traces" / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"))
        elif line:
            pipeline.command(m.SayText(line))
        elif pushing:
            down = not down
            pipeline.command(m.Push(down))
        else:
            pipeline.command(m.Stop())           # Enter alone: be quiet

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
