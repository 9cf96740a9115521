"""PocketSphinx as the recogniser, in a process of its own: words while they are spoken.

Two ways to wait for it. Live, a hop is sent and whatever answers have come are passed on: a slow moment of the
recogniser delays the words, never the audio. In lockstep every hop waits for its own answer, so that the same audio
gives the same words at the same hop, as a simulated conversation needs.
"""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

import assets
from audio_io.errors import Trouble
from audio_io.worker_messages import LearnWord, LoadRecogniser, Recognise, Recognised, RecogniserReady, WordLearnt
from audio_io.worker_process import WorkerGone, WorkerProcess
from engine.asr.lookahead import spelt
from engine.messages import Audio, Begin, End, Words

MODEL = Path(assets.__path__[0], "models")


class PocketSphinxRecogniser:
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
        self._sent: list[Recognise] = []         # of the open utterance: a new process needs it again
        self._partial = ""
        self._restarted = self._stopped = False
        self._load = LoadRecogniser(str(models / "requests.lm"), str(models / "requests.dict"))
        self.worker = WorkerProcess("engine.asr.pocketsphinx_child", "the recogniser")
        self.worker.send(self._load)
        self._greeted = False

    def work(self, body: Begin | Audio | End) -> Generator[Words, None, None]:
        """-> words so far whenever they have changed; the final ones, even if there are none, once after End.

        What belongs to an utterance other than the last one begun is ignored. Raises NotHere when the model is
        missing, WorkerGone when the recogniser died twice in one utterance; the next Begin starts it anew.
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
        self._stopped = True
        self.worker.stop(0.0)                    # it has nothing to save, and may be in the middle of a search

    # -- one message and its answers ------------------------------------------------------------------
    def _exchange(self, what: Literal["begin", "audio", "end"], pcm: npt.NDArray[np.float32],
                  ) -> Generator[Words, None, None]:  # fmt: skip
        number = len(self._sent)
        self._sent.append(Recognise(what, self._utterance, number, as_int16(pcm)))
        awaited = number if self.lockstep or what == "end" else -1
        try:
            self._greet()
            self.worker.send(self._sent[-1])
            yield from self._answers(awaited)
        except WorkerGone:
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
            answer = self.worker.receive(None if answered < awaited else 0.0)
            if answer is None:
                return
            if not isinstance(answer, Recognised) or answer.utterance != self._utterance:
                continue
            answered = answer.message
            if answer.final:
                yield Words(self._named(), answer.text, True)
            elif answer.text != self._partial:
                self._partial = answer.text
                yield Words(self._named(), self._partial)

    def _named(self) -> int:
        assert self._since is not None
        return self._since

    # -- the process ----------------------------------------------------------------------------------
    def _greet(self) -> None:
        """Waits, once a process, until the model is loaded, and teaches it the user's words."""
        if self._greeted:
            return
        self.worker.want(RecogniserReady)
        for word in self.words:
            self.worker.send(LearnWord(word))
            learnt = self.worker.want(WordLearnt)
            if learnt is not None and not learnt.added:
                raise Trouble(f"the recogniser cannot learn the word {word!r}: take it out of the settings' words")
        self._greeted = True

    def _again(self) -> None:
        """A new process, which hears the open utterance from its beginning."""
        self.worker.restart()
        self.worker.send(self._load)
        self._greeted = False
        self._greet()
        for message in self._sent:
            self.worker.send(message)


def as_int16(pcm: npt.NDArray[np.float32]) -> bytes:
    """pcm: [n] -1..1 (louder is clipped, what is no number is silence) -> n int16."""
    finite = np.nan_to_num(pcm, nan=0.0, posinf=1.0, neginf=-1.0)
    return (np.clip(finite, -1, 1) * 32767).astype("<i2").tobytes()
