"""A reply cut into speakable pieces while it streams."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.llm.sentences import LONGEST_WORD, MOST_WORDS, Pieces, clean


def cut(text: str, *at: int) -> list[str]:
    """The pieces of `text` when it arrives in parts that end at `at`."""
    pieces, made = Pieces(), []
    ends = sorted({min(i, len(text)) for i in at} | {0, len(text)})
    for a, b in pairwise(ends):
        made += pieces.feed(text[a:b])
    return made + pieces.end()


ALPHABET = st.sampled_from([
    *"aB1 .,!?:;\"'()-*_`#|[]<>/\n\\", " ", " ", "Dr. ", "e.g. ", "3.14", "1,000",
    "“", "”", "「", "」", "。", "，", "你", "好",
    "😀", "\u200d", "```", "\n\n", "\n- ", "\n1. ", "https://a.bc/d", "](x)", "word ", "Then ", "é", "a.m. ", "…",
])  # fmt: skip


@given(st.lists(ALPHABET, max_size=120).map("".join), st.lists(st.integers(0, 400), max_size=30))
@example('He said "no', [3])
@example("```", [1, 2])
def test_the_pieces_are_the_same_for_any_split_and_together_the_cleaned_text(text: str, at: list[int]) -> None:
    pieces = cut(text, *at)
    assert pieces == cut(text) == cut(text, *range(len(text)))
    assert "".join(pieces).strip() == clean(text).strip()
    assert all(piece.strip() for piece in pieces)


@given(st.lists(st.sampled_from(["red", "green,", "Dr.", "3.5", "1,000", "etc.", "blue.", "Why?", "e.g.", "No"]),
                min_size=1, max_size=60), st.lists(st.integers(0, 300), max_size=9))  # fmt: skip
def test_plain_text_is_only_cut_never_changed(words: list[str], at: list[int]) -> None:
    text = " ".join(words)
    assert "".join(cut(text, *at)) == text


@pytest.mark.parametrize(("text", "pieces"), [
    ("Well, that is a good question, and here is why. It rains.",
     ["Well, that is a good question,", "and here is why.", "It rains."]),
    ("Yes. The train leaves at 10:30, on track 3.", ["Yes. The train leaves at 10:30,", "on track 3."]),
    ("It is about 3.14 metres. That is 1,000 times more than e.g. yesterday! Right?",
     ["It is about 3.14 metres.", "That is 1,000 times more than e.g. yesterday!", "Right?"]),
    ("It was on March 3, 2024. I asked Dr. Smith about it. He knew.",
     ["It was on March 3, 2024.", "I asked Dr. Smith about it.", "He knew."]),
    ('She said, "Come in. Sit down. Stay." and she smiled. They stayed the whole evening.',
     ['She said, "Come in. Sit down. Stay." and she smiled.', "They stayed the whole evening."]),
    ("The U.S. Navy was there at 9 a.m. and stayed. J. R. Smith left at 5 p.m. Nobody saw him.",
     ["The U.S. Navy was there at 9 a.m. and stayed.", "J. R. Smith left at 5 p.m.", "Nobody saw him."]),
    ("你好！今天天气很好，我们去公园吧。你觉得怎么样？好的，那就走吧。",
     ["你好！今天天气很好，", "我们去公园吧。", "你觉得怎么样？", "好的，那就走吧。"]),
    ("It costs 1 000 000 dollars, more or less.", ["It costs 1 000 000 dollars,", "more or less."]),
    ("1. Take two eggs.\n2. Beat them.", ["1. Take two eggs.", "2. Beat them."]),
    ('I am 6\'2" tall. You are not as tall as I am.', ['I am 6\'2" tall.', "You are not as tall as I am."]),
])  # fmt: skip
def test_where_it_is_cut(text: str, pieces: list[str]) -> None:
    assert [piece.strip() for piece in cut(text, *range(len(text)))] == pieces


@pytest.mark.parametrize(("written", "said"), [
    ("**Hello** _there_ 🎉, my `friend`!", "Hello there, my friend!"),
    ("See [the docs](https://www.example.com/a?b=c) or https://www.foo.org/x/y.", "See the docs or foo.org."),
    ("# Title\n\nText[1] here ✅", "Title. Text here"),
    ("Do:\n- one\n- two\n\nDone", "Do: one. two. Done"),
    ("Run\n```python\nprint('x')\n```\nand see.", "Run and see."),
    ("| a | b |\n|---|---|\n| c | d |", "a b c d"),
    ("2*3 is <b>six</b> and 20 °C is \\(warm\\)", "2 times 3 is six and 20 °C is warm"),
    ("👍👍", ""), ("", ""), ("snake_case stays", "snake case stays"), ("```js\nx", ""),
])  # fmt: skip
def test_what_is_left_for_the_ear(written: str, said: str) -> None:
    assert clean(written).strip() == said


def test_the_first_piece_is_there_as_soon_as_the_clause_is() -> None:
    pieces = Pieces()
    assert pieces.feed("To be honest, ") == []
    assert pieces.feed("I") == ["To be honest,"]


def test_nothing_is_held_back_for_ever() -> None:
    assert all(len(piece.split()) <= MOST_WORDS + 1 for piece in cut("word " * 500))
    assert len(cut('"' + "word " * 500)) > 3                    # a quotation that never ends
    assert max(map(len, cut("a" * 10_000, 50))) <= 20 * LONGEST_WORD


@pytest.mark.parametrize(("text", "pieces"), [
    ("3^4 is 81, and 2**3 is 8.", ["3^4 is 81,", " and 2^3 is 8."]),
    ("Oak Ave. 4, 7 King St. is near.", ["Oak Ave. 4, 7 King St. is near."]),
    ("It is due on Jan. 5 at the latest.", ["It is due on Jan. 5 at the latest."]),
])  # fmt: skip
def test_powers_and_abbreviations_stay_whole(text: str, pieces: list[str]) -> None:
    assert cut(text) == pieces
