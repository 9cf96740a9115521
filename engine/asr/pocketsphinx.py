"""PocketSphinx as the recogniser, in a process of its own: words while they are spoken.

Two ways to wait for it. Live, a hop is sent and whatever answers have come are passed on: a slow moment of the
recogniser delays the words, never the audio. In lockstep every hop waits for its own answer, so that the same audio
gives the same words at the same hop, as a simulated conversation needs.
"""

import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

import assets
from audio_io.errors import NotHere, Trouble
from engine.asr.lookahead import spelt
from engine.messages import Audio, Begin, End, Words
from engine.workers.child import Child, ChildGone, read_frame

MODEL = Path(assets.__path__[0], "models")
WAIT_S = 2.0                     # for the reader thread to end after its pipe has closed
Answer = dict[str, Any] | None   # None: the process has gone


class Listener:
    """Recognises one utterance at a time. `work` is for one thread (the stage's); `stop` may be called from any.

    Loading takes about half a second, in the other process: make one early, and the first words do not wait.
    """

    def __init__(self, words: Sequence[str] = (), lockstep: bool = False, models: Path = MODEL) -> None:
        """words: the user's own, learnt from their spelling. models: the folder of requests.lm and requests.dict.

        Raises WrongUse for a word that has no spelling in the letters a to z.
        """
        self.lockstep = lockstep
        self.words = [spelt(part) for word in words for part in word.split()]
        self._utterance = 0                      # counts Begins; answers carry it, so a late one is known
        self._since: int | None = None           # hop that names the open utterance
        self._sent: list[tuple[dict[str, Any], bytes]] = []     # of the open utterance: a new process needs it again
        self._partial = ""
        self._restarted = self._stopped = False
        self._changing = threading.Lock()        # start of a new process against stop()
        self.child = Child("engine.asr.pocketsphinx_child", str(models / "requests.lm"), str(models / "requests.dict"))
        self._greeted = False
        self._read()

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        What belongs to an utterance other than the last one begun is ignored. Raises NotHere when the model is
        missing, ChildGone when the recogniser died twice in one utterance; the next Begin starts it anew.
        """
        match body:
            case Begin(since, pcm):
                self._utterance += 1
                self._since, self._sent, self._partial, self._restarted = since, [], "", False
                yield from self._exchange("begin", pcm)
            case Audio(since, pcm) if since == self._since:
                yield from self._exchange("audio", pcm)
            case End(since) if since == self._since:
                yield from self._exchange("end", np.zeros(0, np.float32))
                self._since, self._sent = None, []

    def stop(self) -> None:
        """Ends the process. Everything after it yields nothing."""
        with self._changing:
            self._stopped = True
            self._end_process()
            self.child.stop()

    # -- one message and its answers ------------------------------------------------------------------
    def _exchange(self, op: str, pcm: npt.NDArray[np.float32]) -> Generator[Words, None, None]:
        number = len(self._sent)
        header: dict[str, Any] = {"op": op, "utterance": self._utterance, "message": number}
        self._sent.append((header, as_int16(pcm)))
        awaited = number if self.lockstep or op == "end" else -1
        try:
            self._greet()
            self.child.send(*self._sent[-1])
            yield from self._answers(awaited)
        except ChildGone:
            if self._stopped:
                return
            if self._restarted:
                raise
            self._restarted = True
            self._again()
            yield from self._answers(awaited)

    def _answers(self, awaited: int) -> Generator[Words, None, None]:
        """Passes on what has come; waits until the message with the number `awaited` has been answered."""
        answered = -1
        while True:
            try:
                answer = self._inbox.get(block=answered < awaited)
            except Empty:
                return
            if answer is None:
                if self._stopped:
                    return
                raise self._gone()
            if answer.get("utterance") != self._utterance:
                continue
            answered = answer["message"]
            if answer["final"]:
                yield Words(self._named(), answer["text"], True)
            elif answer["text"] != self._partial:
                self._partial = answer["text"]
                yield Words(self._named(), self._partial)

    def _named(self) -> int:
        assert self._since is not None
        return self._since

    # -- the process ----------------------------------------------------------------------------------
    def _read(self) -> None:
        """A thread that empties the process's pipe: then neither side ever waits for the other to read."""
        inbox: SimpleQueue[Answer] = SimpleQueue()
        # this process's own pipe: a restart must not redirect the thread
        pipe = cast(BinaryIO, self.child.process.stdout)

        def empty() -> None:
            while (frame := read_frame(pipe)) is not None:
                inbox.put(frame[0])
            inbox.put(None)

        self._inbox = inbox
        self._reader = threading.Thread(target=empty, name="listen-answers", daemon=True)
        self._reader.start()

    def _greet(self) -> None:
        """Waits, once a process, until the model is loaded, and teaches it the user's words."""
        if self._greeted:
            return
        hello = self._next()
        if "trouble" in hello:
            raise NotHere(f"{hello['trouble']}: install Parley again, or choose another profile")
        for word in self.words:
            self.child.send({"word": word})
            if not self._next()["added"]:
                raise Trouble(f"the recogniser cannot learn the word {word!r}: take it out of the settings' words")
        self._greeted = True

    def _next(self) -> dict[str, Any]:
        answer = self._inbox.get()
        if answer is None:
            raise self._gone()
        return answer

    def _gone(self) -> ChildGone:
        self._inbox.put(None)                    # the end stays the end: a dying process may still take a message
        return ChildGone(f"the recogniser ended (exit code {self.child.process.poll()})")

    def _end_process(self) -> None:
        """It has nothing to save, and may be in the middle of a search. Its pipe is closed only when no one reads."""
        self.child.process.kill()
        self._reader.join(WAIT_S)

    def _again(self) -> None:
        """A new process, which hears the open utterance from its beginning."""
        with self._changing:
            if self._stopped:
                return
            self._end_process()
            self.child.restart()
            self._greeted = False
            self._read()
        self._greet()
        for header, payload in self._sent:
            self.child.send(header, payload)


def as_int16(pcm: npt.NDArray[np.float32]) -> bytes:
    """pcm: [n] -1..1 (louder is clipped, what is no number is silence) -> n int16."""
    finite = np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0)
    return (np.clip(finite, -1, 1) * 32767).astype("<i2").tobytes()
