"""Does the sound stay whole beside a full load? Lateness of the callback, lost and starved samples, cost of the ears.

A full load: the assistant tells stories (brain, synthesiser and playout are busy), and the push-to-talk key is held
half of the time so that the recogniser works on every hop of it; echo removal, VAD and predictor always run.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from audio_io.device.hot_plug import SteadyDevice
from audio_io.frames import BLOCK_MS
from engine import messages as m
from engine.bench.report import quantiles
from engine.runtime.pipeline import Pipeline

SETTLE_S = 2.0
STORY_S = 8.0                    # then another one is asked for
STEP_S = 0.25


def bench_audio(
    device: SteadyDevice, talk: Pipeline, seconds: float, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """`device` runs, `talk` is started here and stopped by the caller. -> numbers, of the loaded time alone."""
    talk.start()
    _wait(SETTLE_S)
    before = _counters(device, talk)
    began, first_block = time.perf_counter(), device.blocks
    elapsed = 0.0
    while elapsed < seconds:
        say(f"{elapsed:.0f} of {seconds:.0f} s")
        talk.command(m.SetMode(push=False))
        talk.command(m.SayText("tell me another story"))
        _wait(STORY_S / 2)
        talk.command(m.SetMode(push=True))
        talk.command(m.Push(down=True))          # the recogniser hears every hop; this also interrupts the story
        _wait(STORY_S / 2)
        talk.command(m.Push(down=False))
        elapsed = time.perf_counter() - began
    after = _counters(device, talk)
    moments = device.rings.moments_ms()[-(device.blocks - first_block) :]
    late = np.abs(np.diff(moments) - BLOCK_MS)
    whole = {k: after[k] - before[k] for k in before}
    return {
        "seconds": round(elapsed, 1), "blocks": device.blocks - first_block,
        "expected blocks": round(elapsed * 1000 / BLOCK_MS),
        "callback lateness ms": {**quantiles(late.tolist(), 2), "p99": round(float(np.percentile(late, 99)), 2)},
        "lost microphone samples": whole["lost"], "starved loudspeaker samples": whole["starved"],
        "xruns": whole["trouble"], "dropped messages": whole["dropped"],
        "ears % of a core": round(100 * whole["ears"] / elapsed, 1),
        "mouth % of a core": round(100 * whole["mouth"] / elapsed, 1),
        "session % of a core": round(100 * whole["session"] / elapsed, 1),
    }  # fmt: skip


def _wait(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        time.sleep(min(STEP_S, left))


def _counters(device: SteadyDevice, talk: Pipeline) -> dict[str, float]:
    cpu = {w.thread.name: w.cpu_s for w in talk.workers}
    return {"lost": device.mic.lost + device.reference.lost, "starved": device.speaker.starved,
            "trouble": device.trouble, "dropped": talk.dropped, **cpu}  # fmt: skip
