"""The real program in a process of its own, read through its JSON lines."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from patience import PATIENT_S
from soundserver import until

from audio_io.dsp.resample import resample
from audio_io.frames import DEVICE_HZ, HOP, MIC_HZ
from engine.asr.recognisers import Listening, make_recogniser
from engine.messages import Audio, Begin, End

ROOT = Path(__file__).parent.parent


class Talk:
    """`parley talk --json` with `env`. `events`: what it has said so far, in order."""

    def __init__(self, env: dict[str, str], *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "talk", "--json", *args], env=env, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.events: list[dict[str, Any]] = []
        self.reader = threading.Thread(target=self._read, name="reader")
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(PATIENT_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def of(self, name: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == name]

    def waits_for(self, name: str, n: int = 1, limit_s: float = PATIENT_S,
                  where: Callable[[dict[str, Any]], bool] = lambda e: True) -> dict[str, Any]:  # fmt: skip
        """-> the n-th event of that name. Raises TimeoutError with what there was, also when the program has ended."""

        def come() -> list[Any]:
            gone = not self.reader.is_alive()    # asked first: then all that it has said is there
            return [e for e in self.of(name) if where(e)][n - 1 :] or ([None] if gone else [])

        try:
            found = until(come, limit_s, name)[0]
        except TimeoutError as error:
            raise TimeoutError(f"{error}; said: {self.events[-12:]}") from error
        if found is None:
            raise TimeoutError(f"{name}: the program has ended ({self.process.wait()}); said: {self.events[-12:]}")
        return found

    def interrupt(self) -> int:
        """Ctrl+C. -> the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENT_S)


def understood(sound: np.ndarray) -> str:
    """What Parley's own recogniser makes of [n] float32 at DEVICE_HZ."""
    pcm = resample(sound, DEVICE_HZ, MIC_HZ)
    pcm = np.concatenate([np.zeros(MIC_HZ // 4, np.float32), pcm, np.zeros(MIC_HZ // 4, np.float32)])
    listener = make_recogniser("whisper", Listening(lockstep=True))
    try:
        list(listener.work(Begin(1, pcm[:HOP])))
        for i in range(HOP, len(pcm) - HOP, HOP):
            list(listener.work(Audio(1, pcm[i : i + HOP])))
        return " ".join(w.text for w in listener.work(End(1)) if w.final)
    finally:
        listener.stop()
