"""The reply in the making, as the session keeps it: what is not yet spoken, told or sure."""

from collections import deque

from engine.assistant.assistant import Mark
from engine.messages import Change, Latency, Say, Used
from engine.workers.stage import Done, Item, Message


class Reply:
    """One reply. `ahead`: the user may go on yet, so nothing of it may sound, show or last."""

    def __init__(self, mark: Mark | None = None, begun: float = 0.0, ahead: bool = False) -> None:
        """mark: how things stood before it. begun: microphone time in seconds."""
        self.mark, self.begun, self.ahead = mark, begun, ahead
        self.sure: Item | None = None            # the same prompt, for when it is sure that the user has finished
        self.unanswered = False                  # the brain says that answering would leave a trace
        self.declined: Item | None = None        # what to ask again when it is sure
        self.waiting: list[Message] = []         # what the brain had to say that must not show while it is ahead
        self.phrases: deque[Say] = deque()    # not yet given to the synthesiser
        self.texts: list[str] = []               # generated, not yet told, because nothing has sounded
        self.busy = self.thought = self.sounded = self.closed = False
        self.released = begun                    # when it was sure that the user had finished
        self.phrase: float | None = None         # when its first phrase was there

    def waits(self, msg: Message) -> bool:
        """Whether `msg` of the brain has to wait until it is sure that the user has finished.

        A tool's use is only told later; a change of the voice keeps back all that is to be spoken in the new one.
        """
        if not self.ahead:
            return False
        match msg:
            case Item(_, Used() | Change() | Say(holding=True)):
                return True
            case Item(_, Say()) | Done(_, "think"):
                return any(isinstance(m, Item) and isinstance(m.body, Change) for m in self.waiting)
        return False

    def ends_unanswered(self) -> Item | None:
        """-> what to ask the brain again; None as long as it is not sure that the user has finished."""
        self.unanswered, self.declined = False, self.sure if self.ahead else None
        return None if self.ahead else self.sure

    def release(self, now: float) -> list[Message]:
        """It is sure now. -> what has waited, in order."""
        self.ahead, self.released = False, now
        waited, self.waiting = self.waiting, []
        return waited

    def latency(self, now: float, voice_end: float, settled: float, sounding: float) -> Latency:
        """All times in seconds. speak is the synthesis that was left when it was sure that the user had finished."""
        phrase = sounding if self.phrase is None else self.phrase
        listen, think, total = self.begun - settled, phrase - self.begun, sounding - voice_end
        speak = sounding - max(phrase, self.released)
        parts = (total - listen - think - speak, listen, think, speak, total)
        return Latency(now, *(round(1000 * part, 1) for part in parts))
