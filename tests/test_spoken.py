"""What is said of what is written, without a voice."""

import pytest

from engine.tts.text import as_spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Bold** and `code` and ~~gone~~", "Bold and code and gone"),
        ("# Title\n\n- milk\n- two eggs", "Title. milk. two eggs"),
        ("see [the site](https://example.com/a_b) now", "see [the site now"),
        ("and/or 3/4 snake_case", "and or 3/4 snake case"),
        ("3 * 4 and 3*4 and 5 - 2", "3 times 4 and 3 times 4 and 5 minus 2"),
        ("well - yes * no", "well – yes no"),
        ("hi 🙂 there 👩‍👩‍👧 1️⃣", "hi there 1"),
        ("bell\x07 nul\x00l zero\u200bwidth \ud800", "bell null zerowidth"),
        ("wait ! now", "wait! now"),
        ("漢字 hello привет α ٣", "hello α 3"),
        ("<b>bold</b> 2 < 3", "bold 2 < 3"),
        ("| a | b |\n|---|---|", "a b"),
        ("𝗯𝗼𝗹𝗱 \u0301e", "bold \u0301e"),
        ("... !!", ""),
        ("🙂", ""),
        ("", ""),
    ],
)
def test_what_is_said_of_what_is_written(written: str, said: str) -> None:
    reading = as_spoken(written)
    assert reading.text == said
    assert list(reading.words) == written.split()
    assert len(reading.starts) == len(reading.weights) == len(reading.words)
    for word, start, weight in zip(reading.words, reading.starts, reading.weights, strict=True):
        if weight:
            assert reading.words[reading.word_at(start)] == word
