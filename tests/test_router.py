"""Grammar or chat model: who answers what, how the model joins, and the phrase that fills a late start."""

import threading
from datetime import UTC, datetime
from itertools import count

from test_chat import Scripted

from audio_io.errors import Trouble
from engine.assistant.assistant import Assistant
from engine.llm.chat_model import Call
from engine.llm.context import THINKING, Context
from engine.llm.router import COMING, Mind, Router
from engine.messages import Change, Exchange, Prompt, Say, Used
from engine.nlu.brain import Brain
from engine.notices import NoticeCode
from engine.runtime.reply import Reply
from engine.workers.stage import Item

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def router(*answers, step: float = 0.0) -> tuple[Router, Scripted]:
    """step: seconds that pass between two looks at the clock."""
    assistant, model, ticks = Assistant(lambda: NOW), Scripted(*answers), count()
    made = Router(Brain(assistant), assistant, Mind(lambda: model, lambda: next(ticks) * step))
    made.start()
    made._thread.join()
    return made, model


def said(made: Router, text: str, *past: Exchange) -> list[str]:
    return [p.text for p in made.work(Prompt(text, past)) if isinstance(p, Say)]


def test_the_grammar_answers_what_it_is_sure_of_and_the_model_the_rest():
    made, model = router(["About six minutes."], ["Yes, it is."])
    asked = len(model.asked)
    assert "four" in " ".join(said(made, "what is two plus two")).lower()
    assert len(model.asked) == asked, "it is not even asked"
    assert said(made, "how long should i boil an egg") == ["About six minutes."]
    egg = Exchange("how long should i boil an egg", "About six minutes.")
    assert said(made, "yes", egg) == ["Yes, it is."], "an answer to the model is the model's"
    made.stop()
    assert model.stopped == 1


def test_the_model_is_told_the_time_and_what_the_grammar_did():
    made, model = router(["It is for your egg."])
    used = [p for p in made.work(Prompt("set a timer for six minutes")) if isinstance(p, Used)]
    assert used
    timer = Exchange("set a timer for six minutes", "Six minutes, starting now.")
    said(made, "what is that timer for again then", timer)
    last = model.asked[-1]
    assert "[it is Tuesday 01 December 2026, 08:30]" in last[-1].content
    assert [c.name for m in last for c in m.calls] == ["set_timer"]
    made.stop()


def test_what_points_to_the_models_answer_is_the_models():
    made, _ = router(["Six minutes."], [Call("set_timer", '{"seconds": 360}')], ["Six minutes, from now."],
                         ["Four minutes then."])  # fmt: skip
    said(made, "how long should i boil an egg")
    past = [Exchange("how long should i boil an egg", "Six minutes.")]
    assert said(made, "set a timer for that", *past) == ["Six minutes, from now."]
    past.append(Exchange("set a timer for that", "Six minutes, from now."))
    assert said(made, "actually make it two minutes shorter", *past) == ["Four minutes then."]
    assert "for how long" in " ".join(said(made, "set a timer", Exchange("hi", "Hello."))).lower()
    made.stop()


def test_without_a_model_it_says_so_kindly_and_while_it_comes():
    assistant = Assistant(lambda: NOW)
    alone = Router(Brain(assistant), assistant)
    assert "chat model" in said(alone, "who wrote hamlet")[0]
    alone.stop()
    here, read = threading.Event(), threading.Event()

    class Slow(Scripted):
        def prepare(self, messages, tools):
            assert read.wait(20)
            yield

    model = Slow(["William Shakespeare did."])
    coming = Router(Brain(assistant), assistant, Mind(lambda: model, lambda: 0.0, here.is_set))
    coming.start()
    assert "chat model" in said(coming, "who wrote hamlet")[0]
    here.set()                                   # the user has fetched one meanwhile
    assert said(coming, "who wrote hamlet") == [COMING]
    read.set()
    coming._thread.join()
    assert said(coming, "who wrote hamlet") == ["William Shakespeare did."]
    coming.stop()


def test_a_model_that_does_not_load_is_told_and_changes_nothing():
    told: list[str] = []
    assistant = Assistant(lambda: NOW)

    def broken():
        raise Trouble("no such file")

    made = Router(Brain(assistant), assistant, Mind(broken, lambda: 0.0, told=told.append))
    made.start()
    made._thread.join()
    assert [str(what) for what in told] == ["no chat model: no such file"]
    assert "chat model" in said(made, "who wrote hamlet")[0]
    made.stop()


def test_a_model_that_has_just_arrived_joins_without_being_asked_and_its_lack_is_told():
    told: list[str] = []
    here, model, assistant = threading.Event(), Scripted(["Shakespeare."]), Assistant(lambda: NOW)
    made = Router(Brain(assistant), assistant, Mind(lambda: model, lambda: 0.0, here.is_set,
                                                    told=lambda what: told.append(what.code)))
    made.start()
    said(made, "what is two plus two")
    assert told == []                            # the grammar can do that
    said(made, "who wrote hamlet")
    assert told == [NoticeCode.CHAT_WANTED]
    here.set()
    assert made.arrived()
    made._thread.join()
    assert told == [NoticeCode.CHAT_WANTED, NoticeCode.CHAT_JOINED]
    assert said(made, "who wrote hamlet") == ["Shakespeare."]
    assert not made.arrived()                    # this router has one
    made.stop()


def test_reading_is_given_up_when_the_conversation_ends():
    begun, assistant = threading.Event(), Assistant(lambda: NOW)

    class Endless(Scripted):
        def prepare(self, messages, tools):
            while True:
                begun.set()
                yield

    model = Endless()
    made = Router(Brain(assistant), assistant, Mind(lambda: model, lambda: 0.0))
    made.start()
    assert begun.wait(20)
    made.stop()
    assert model.stopped == 1
    assert made.chat is None


def test_a_late_answer_has_a_holding_phrase_once_and_an_early_one_none():
    late, _ = router([None, None, None, None, "Owls ", "hunt at night."], step=0.1)
    pieces = [p for p in late.work(Prompt("when do owls hunt")) if isinstance(p, Say)]
    assert [p.holding for p in pieces] == [True, False]
    assert pieces[0].text in THINKING
    late.stop()
    early, _ = router([None, "Owls hunt at night."], step=0.01)
    assert said(early, "when do owls hunt") == ["Owls hunt at night."]
    early.stop()


def test_a_holding_phrase_waits_until_the_user_has_finished():
    reply = Reply(ahead=True)
    assert reply.waits(Item(1, Say("Let me think.", holding=True)))
    assert not reply.waits(Item(1, Say("Owls hunt at night.")))
    reply.release(0.0)
    assert not reply.waits(Item(1, Say("Let me think.", holding=True)))
    assert reply.waits(Item(1, Change("rate", 1.0))) is False


def test_the_model_did_not_say_the_holding_phrase():
    context = Context("You are Parley.")
    past = (Exchange("when do owls hunt", f"{THINKING[0]} At night."), Exchange("and cats", THINKING[1]))
    shown = [m.content for m in context.messages(Prompt("why", past)) if m.role == "assistant"]
    assert shown == ["At night."]
