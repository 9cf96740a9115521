"""The brain of the profiles with a language model: what it says is spoken while it is written, tools work meanwhile.

`ChatBrain.work` and `lasting` are what `engine.nlu.brain.Brain`'s are. Where the words come from is a `ChatModel`'s
matter: a network on this machine (`engine.llm.local_model`) or a server (`engine.llm.server`).
"""

import json
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from contextlib import closing

from audio_io.errors import Trouble
from engine.assistant.assistant import Assistant
from engine.llm.chat_model import Call, ChatModel, Message
from engine.llm.context import HOLDING, Context
from engine.llm.personas import persona as named_persona
from engine.llm.sentences import Pieces
from engine.llm.tool_table import BadCall, Done, Once, Tool, offered
from engine.messages import Change, Prompt, Say, Used
from engine.nlu.brain import LASTING, Brain
from engine.workers.stage import Think

POLL_S = 0.05                    # between two looks at a tool that is at work
HOLD_POLLS = 20                  # after so many (a second) the user is told to wait
ROUNDS = 5                       # times the model may ask for tools in one answer
MOST_CALLS = 8                   # tools in one round
ENOUGH = "No more tools can be used in this answer. Answer with what you have."
LOST = "Sorry, I got lost in that. Please ask me again."

Reply = Generator[Say | Used | Change | None, None, None]
Outcome = tuple[list[Done], str]


class ChatBrain:
    """One conversation's brain; not to be shared between two. A reply that is closed leaves nothing behind but what
    its tools did (`Assistant.back` undoes that)."""

    def __init__(
        self, model: ChatModel, assistant: Assistant, persona: str = "", table: Mapping[str, Tool] | None = None
    ) -> None:
        """persona: a name in assets/personas, or a few sentences of one's own. table: the tools offered, by name.

        Raises WrongUse for a persona that is none.
        """
        self.model, self.assistant = model, assistant
        self.table = offered() if table is None else dict(table)
        self.schemas = [tool.schema for tool in self.table.values()]
        self.context = Context(named_persona(persona))
        self._workers = ThreadPoolExecutor(1, "tools")

    def prepare(self) -> Generator[None, None, None]:
        """Loads, connects, reads the persona ahead. Raises Trouble where the model cannot work."""
        yield from self.model.prepare((self.context.system,), self.schemas)

    def work(self, prompt: Prompt) -> Reply:
        """The reply, a piece at a time as it is written; None where there is nothing to say yet.

        Raises Trouble with one line when the model fails; the next prompt is answered as if nothing had been.
        """
        if Brain.read(prompt).name == "stop":
            return                               # answered by silence, without asking a model
        messages, steps = self.context.messages(prompt), list[Message]()
        spoke = held = False
        how: tuple[Change, ...] = ()             # of the voice, for this answer only
        for number in range(ROUNDS + 1):
            pieces, written, calls, said = Pieces(), "", list[Call](), False
            with closing(self.model.stream([*messages, *steps], self.schemas)) as deltas:
                for delta in deltas:
                    if isinstance(delta, str):
                        written += delta
                        for piece in pieces.feed(delta):
                            said = True
                            yield Say(piece.strip(), how=how)
                    elif isinstance(delta, Call):
                        calls.append(delta)
                    yield None
            for piece in pieces.end():           # what was said before a tool is used is heard while it works
                said = True
                asks = not calls and piece.rstrip("\"'”’»)").endswith(("?", "？"))
                yield Say(piece.strip(), asks, how)
            spoke = spoke or said
            if not calls or number == ROUNDS:
                break
            calls = [Call(c.name, c.arguments, c.id or f"call_{number}_{i}") for i, c in enumerate(calls[:MOST_CALLS])]
            steps.append(Message("assistant", written.strip(), tuple(calls)))
            for call in calls:
                for came in self._used(call, prompt, number, not held):
                    if isinstance(came, Message):
                        steps.append(came)
                    elif isinstance(came, Once):
                        how = (*how, came.change)
                    else:
                        held = held or isinstance(came, Say)
                        yield came
            self.context.keep(prompt, steps)
        if not said and (calls or not spoke):
            yield Say(LOST)                      # nothing but calls, thoughts or smileys: silence would seem deaf
        self.context.keep(prompt, steps)

    def lasting(self, prompt: Prompt) -> bool:
        """Whether answering will leave a trace, as far as the words tell: a model decides only while it answers.

        What they don't tell (other languages, roundabout requests) is begun ahead; `Assistant.back` undoes it then.
        """
        return Brain.read(prompt).name in LASTING

    def stop(self) -> None:
        """Frees the model. Nothing may be asked afterwards."""
        self._workers.shutdown(wait=True, cancel_futures=True)
        self.model.stop()

    # -- tools --------------------------------------------------------------------------------------
    def _used(self, call: Call, prompt: Prompt, number: int, hold: bool) -> Generator[
            Say | Done | Message | None, None, None]:  # fmt: skip
        """Uses one tool, in a thread of its own. Says that it takes a moment where it does, and `hold` allows it."""
        if number == ROUNDS - 1:
            yield Message("tool", ENOUGH, answers=call.id, name=call.name)
            return
        work = self._workers.submit(self._outcome, call, prompt)
        try:
            yield from _waited(work, hold)
        finally:
            work.cancel()                        # one that has not begun never will
        done, answer = work.result()
        yield from done
        yield Message("tool", answer, answers=call.id, name=call.name)

    def _outcome(self, call: Call, prompt: Prompt) -> Outcome:
        """Runs in the tools' thread. Whatever goes wrong becomes one line for the model."""
        tool = self.table.get(call.name)
        if tool is None:
            what = f"There is no tool called {call.name!r}." if call.name else "That was no readable tool call."
            return [], f"{what} The tools are: {', '.join(self.table)}. Answer, or call one of them as JSON."
        try:
            given = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError) as error:
            return [], f"{call.name}: the arguments are not JSON ({error}). Call it again or answer without."
        try:
            return tool.run(self.assistant, prompt, given)
        except BadCall as error:
            return [], str(error)
        except Trouble as error:
            return [], f"{call.name} failed: {error}"
        except Exception as error:
            return [], f"{call.name} failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _waited(work: "Future[Outcome]", hold: bool) -> Generator[Say | None, None, None]:
    """Until it is done. The waits are counted, no clock is read."""
    polls = 0
    while True:
        try:
            work.exception(timeout=POLL_S)
            return
        except TimeoutError:
            polls += 1
            yield Say(HOLDING) if hold and polls == HOLD_POLLS else None


def make_chat(
    model: ChatModel, assistant: Assistant, persona: str = "", voices: tuple[str, ...] = ()
) -> tuple[Think, Callable[[Prompt], bool], Callable[[], None]]:
    """-> (work, lasting, stop) of a brain over `model`, which is prepared here: it takes as long as it takes.

    Raises Trouble where the model cannot work; it is freed then.
    """
    try:
        brain = ChatBrain(model, assistant, persona, offered(voices))
        for _ in brain.prepare():
            pass
    except BaseException:
        model.stop()
        raise
    return brain.work, brain.lasting, brain.stop
