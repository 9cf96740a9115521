"""Who answers: the grammar what it parses completely and surely, at once; a chat model, if there is one, all else.

The chat model is read on a thread of its own and joins the conversation that is running then: nothing is rebuilt, no
turn is lost. Until it is there, what the grammar cannot do is answered in a friendly sentence. When the model's first
words will be late, a short holding phrase is given first, once.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

from audio_io.errors import Trouble
from audio_io.notices import Statement, state
from engine.assistant.assistant import Assistant
from engine.llm.chat import ChatBrain
from engine.llm.chat_model import Call, ChatModel, Message
from engine.llm.context import THINKING
from engine.llm.tool_table import offered
from engine.messages import Change, Prompt, Say, Used
from engine.nlu.brain import Brain
from engine.notices import NoticeCode

HOLD_S = 0.25                    # of thinking without a word: with the end of the turn and the voice it is 0.7 s then
COMING = "Give me a moment, I am still waking up. Ask me that again shortly."
ANSWERS = frozenset({"yes", "no", "okay", "go_on"})      # to the chat model, if it is what spoke last
SMALL = frozenset((              # the tools a small model is offered: it reads each of them before it says a word, and
    # the grammar understands the others' requests by itself
    "get_time", "get_date", "days_until", "set_timer", "set_alarm", "set_reminder", "change_timer", "cancel_timer",
    "list_timers", "calculate", "convert", "take_note", "read_notes",
))  # fmt: skip
_POINTS = re.compile(r"\b(?:that|this|it|them|those|so)\b")      # to what the chat model has said
REMEMBERED = 8                   # turns of the chat model's that such an answer may follow

Reply = Generator[Say | Used | Change | None, None, None]


@dataclass(frozen=True, slots=True)
class Mind:
    """The chat model of a profile that can do without. make: called on a thread of its own; raises Trouble.

    here: whether there is one on this machine: asked at the start, and again where one would be needed, for it may
    have been fetched meanwhile. persona: as of ChatBrain. told: gets lines for the user, on any thread.
    clock: seconds, for the holding phrase.
    """

    make: Callable[[], ChatModel]
    clock: Callable[[], float]
    here: Callable[[], bool] = lambda: True
    persona: str = ""
    told: Callable[[Statement], None] = lambda _: None


class Router:
    """`work`, `lasting` and `stop` are those of engine.runtime.embedded.Parts."""

    def __init__(self, brain: Brain, assistant: Assistant, mind: Mind | None = None) -> None:
        """mind: None: there is no chat model."""
        self._brain, self._assistant, self._mind = brain, assistant, mind
        self.chat: ChatBrain | None = None
        self.coming = False                      # it is being read
        self._chatted: deque[str] = deque(maxlen=REMEMBERED)
        self._held = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begins to read the chat model, where there is one, the first time that there is. From any thread."""
        if self._mind is None or self._thread is not None or not self._mind.here():
            return
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self.coming = True
                self._thread = threading.Thread(target=self._join, args=(self._mind,), name="chat model", daemon=True)
                self._thread.start()

    def arrived(self) -> bool:
        """A chat model has come to this machine. -> whether it joins; False: one has been read already, or tried."""
        if self._mind is not None and self._thread is not None:
            return False
        self.start()
        return True

    def work(self, prompt: Prompt) -> Reply:
        """The reply, as of Brain and ChatBrain."""
        followed = bool(prompt.past) and prompt.past[-1].user in self._chatted
        own = replace(prompt, past=()) if followed else prompt       # the grammar knows nothing of that answer
        request = self._brain.read(own)
        points = bool(request.missing) and _POINTS.search(prompt.text.lower()) is not None
        if request.name == "unknown":
            self.start()
            if self._mind is not None and self._thread is None:
                self._mind.told(state(NoticeCode.CHAT_WANTED))
        beyond = request.name == "unknown" or (followed and (request.name in ANSWERS or points))
        if beyond and self.chat is not None and self._mind is not None:
            self._chatted.append(prompt.text)
            now = f"{self._assistant.now():%A %d %B %Y, %H:%M}"
            timed = replace(prompt, tags=(*prompt.tags, f"it is {now}"))
            yield from self._in_time(self.chat.work(timed), self._mind.clock)
        elif beyond and self.coming:
            yield Say(COMING)
        else:
            yield from self._told(own, request.name)

    def lasting(self, prompt: Prompt) -> bool:
        """As of Brain: whether the words tell that answering leaves a trace."""
        return self._brain.lasting(prompt)

    def stop(self) -> None:
        """Gives up reading, frees the model. Twice is once."""
        with self._starting:
            self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        if self.chat is not None:
            self.chat.stop()
            self.chat = None

    def _told(self, prompt: Prompt, name: str) -> Reply:
        """The grammar's answer; the chat model will know which tools were used in it."""
        steps: list[Message] = []
        tool = next((t.name for t in offered().values() if name in t.covers), "") if self.chat else ""
        for piece in self._brain.work(prompt):
            if isinstance(piece, Used) and tool and self.chat is not None:
                call = Call(tool, json.dumps(piece.arguments, default=str), f"own_{len(steps)}")
                steps += [Message("assistant", "", (call,)), Message("tool", piece.result, answers=call.id, name=tool)]
                self.chat.context.keep(prompt, steps)
            yield piece

    def _in_time(self, reply: Reply, clock: Callable[[], float]) -> Reply:
        """The same reply, with a holding phrase before it where its first words are late."""
        begun, spoke = clock(), False
        with closing(reply):
            for piece in reply:
                if not spoke and piece is None and clock() - begun >= HOLD_S:
                    spoke = True
                    self._held += 1
                    yield Say(THINKING[self._held % len(THINKING)], holding=True)
                spoke = spoke or isinstance(piece, Say)
                yield piece

    def _join(self, mind: Mind) -> None:
        """On the thread: reads the model and lets it in."""
        brain: ChatBrain | None = None
        try:
            table = {name: tool for name, tool in offered().items() if name in SMALL}
            brain = ChatBrain(mind.make(), self._assistant, mind.persona, table)
            for _ in brain.prepare():
                if self._stopping.is_set():
                    brain.stop()
                    return
        except Trouble as trouble:
            if brain is not None:
                brain.stop()
            mind.told(state(NoticeCode.NO_CHAT_MODEL, trouble=trouble.said))
        else:
            self.chat = brain
            mind.told(state(NoticeCode.CHAT_JOINED))
        finally:
            self.coming = False
