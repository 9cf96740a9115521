from hypothesis import given
from hypothesis import strategies as st

from app.window.transcript import KEPT, Mark, Transcript


def marked(transcript: Transcript, turn: int = -1) -> list[tuple[str, Mark]]:
    return [span for span in transcript.turns[turn].spans() if span[1] is not Mark.NAME]


def told(phrases: tuple[str, ...] = ("One two three,", "four five six.")) -> Transcript:
    transcript = Transcript()
    for phrase in phrases:
        transcript.reply_text(1, phrase)
    transcript.reply_starts(1)
    return transcript


def test_partial_words_are_replaced_and_become_final():
    t = Transcript()
    t.user_starts()
    t.words("what")
    t.words("what time")
    assert marked(t) == [("what time", Mark.PARTIAL)]
    t.final("what time is it")
    assert [marked(t, i) for i in range(len(t.turns))] == [[("what time is it", Mark.SAID)]]


def test_words_without_a_final_one_leave_when_there_were_none():
    t = Transcript()
    t.words("hm")
    t.final("")
    assert t.turns == []
    assert t.changed == []


def test_what_was_heard_is_told_from_what_is_still_to_come():
    t = told()
    t.heard(1, "One two")
    assert marked(t) == [("One two ", Mark.HEARD), ("three, four five six.", Mark.AHEAD)]


def test_an_interrupted_reply_loses_what_was_not_heard():
    t = told()
    t.cut(1, "One two three,")
    assert marked(t) == [("One two three, ", Mark.HEARD), ("four five six.", Mark.LOST), ("  interrupted", Mark.ASIDE)]


def test_a_resumed_reply_has_lost_nothing():
    t = told()
    t.cut(1, "One")
    t.reply_ends(1)
    t.resume(1)
    t.heard(1, "One two")
    assert marked(t) == [("One two ", Mark.HEARD), ("three, four five six.", Mark.AHEAD)]


def test_a_reply_heard_to_its_end_shows_nothing_lost():
    t = told()
    t.reply_ends(1)
    t.heard(1, "One two three, four five six.")          # the last words may be reported after the end
    assert marked(t) == [("One two three, four five six.", Mark.HEARD)]


def test_a_reply_that_was_never_spoken_leaves_when_the_next_one_is():
    t = Transcript()
    t.words("what is")
    t.reply_text(1, "Never spoken.")
    t.final("what is the time")
    t.reply_text(2, "Noon.")
    t.reply_starts(2)
    assert [turn.spans()[1][0] for turn in t.turns] == ["what is the time", "Noon."]


def test_words_over_a_reply_that_became_no_turn_do_not_stay_above_it():
    t = Transcript()
    t.words("mm")                                        # no final words follow
    t.reply_text(1, "On I go.")
    t.reply_starts(1)
    t.user_starts()
    t.words("stop")
    assert [turn.who for turn in t.turns] == ["Parley", "You"]
    assert marked(t) == [("stop", Mark.PARTIAL)]


def test_a_tool_is_an_aside():
    t = Transcript()
    t.tool("time", {"city": "Tokyo"}, "22:41")
    assert t.turns[0].spans() == [("time (city Tokyo): 22:41", Mark.ASIDE)]


def test_the_screen_keeps_a_bounded_number_of_turns():
    t = Transcript()
    for i in range(KEPT + 50):
        t.final(f"number {i}")
    assert len(t.turns) == KEPT
    assert marked(t, 0) == [("number 50", Mark.SAID)]


WORDS = st.lists(st.sampled_from(["a", "bc", "def", "ghij"]), min_size=1, max_size=6).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_heard_and_rest_are_the_reply_as_written(phrases: list[str], data: st.DataObject):
    t = told(tuple(phrases))
    whole = " ".join(phrases).split()
    count = data.draw(st.integers(0, len(whole)))
    t.heard(1, " ".join(whole[:count]))
    spans = marked(t)
    assert "".join(text for text, _ in spans) == " ".join(whole)
    assert "".join(text for text, mark in spans if mark is Mark.HEARD).split() == whole[:count]


ACTS = st.lists(st.tuples(
    st.sampled_from(["user_starts", "words", "final", "reply_text", "reply_starts", "heard", "cut", "resume",
                     "reply_ends", "aside"]),
    st.integers(1, 4), st.sampled_from(["", "one", "one two", "one two three"])), max_size=40)


@given(ACTS)
def test_any_order_of_facts_leaves_one_block_a_turn(acts: list[tuple[str, int, str]]):
    t = Transcript()
    for name, reply, text in acts:
        arguments: tuple[object, ...] = ()
        if name in ("words", "final", "aside"):
            arguments = (text,)
        elif name in ("reply_text", "heard", "cut"):
            arguments = (reply, text)
        elif name != "user_starts":
            arguments = (reply,)
        getattr(t, name)(*arguments)
        assert len({id(turn) for turn in t.turns}) == len(t.turns)
        assert all(any(turn is other for other in t.turns) for turn in t.changed)
        assert sum(turn.reply == 0 and bool(turn.who) and not turn.final for turn in t.turns) <= 1
