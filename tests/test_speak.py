"""The embedded voice: what it says, when, in which words, and what it survives. Starts real eSpeak NG processes."""

import signal
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hearing import check, say, sound, times, voiced, words
from hypothesis import given, settings
from hypothesis import strategies as st
from same import unlike

from audio_io.dsp.resample import resample
from audio_io.errors import NotHere
from audio_io.frames import MIC_HZ, VOICE_HZ
from audio_io.worker_process import WorkerGone
from engine.messages import Chunk, Phrase, Style
from engine.tts.cutter import LEAD_S, Cutter
from engine.tts.espeak import EspeakVoice
from engine.tts.text import as_spoken

A = "Hello there, it is one of the best days of the year."
B = "What time is it in Tokyo?"
LONG = " ".join(["The weather in Paris is wonderful, and number 45 waits in the house of the king."] * 125)


@pytest.fixture(scope="module")
def shared() -> Iterator[EspeakVoice]:
    one = EspeakVoice()
    yield one
    one.stop()


@pytest.fixture
def fresh() -> Iterator[EspeakVoice]:
    one = EspeakVoice()
    yield one
    one.stop()


class Count:
    """Counts the messages that come from the child."""

    def __init__(self, voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n = 0
        receive = voice.worker.receive

        def counted() -> object:
            self.n += 1
            return receive()

        monkeypatch.setattr(voice.worker, "receive", counted)


# -- words ----------------------------------------------------------------------------------------
TRICKY = (
    "the of in to be it is as had let me a I you know house king don't Dr. Mr. e.g. U.S.A. NASA 3rd 1990s and/or"
    " well-known bob@example.com https://example.com/x $12.50 10:30 -5°C 50% naïve Zürich snake_case"
)
WORD = st.one_of(
    st.sampled_from(TRICKY.split()),
    st.integers(0, 10**9).map(str),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=9),
    st.sampled_from(["-", "–", "...", "*", "🙂", "**bold**", "`x`", "#", "!", "(", "漢字", "\x07", "1️⃣", "[a](http://b)"]),
)
TEXT = st.lists(
    st.tuples(WORD, st.sampled_from(["", "", "", ",", ".", "?", "!", ";", ":", ")", "…"]),
              st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\t"])),
    max_size=25,
).map(lambda parts: "".join(word + mark + gap for word, mark, gap in parts))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(text=TEXT, last=st.booleans())
def test_the_words_of_the_chunks_are_the_words_as_written(shared: EspeakVoice, text: str, last: bool) -> None:
    check(text, say(shared, text, last=last), last)


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_at_all_is_spoken_or_passed_over(shared: EspeakVoice, text: str) -> None:
    check(text, say(shared, text, last=True), True)


def test_a_word_begins_where_it_is_heard(shared: EspeakVoice) -> None:
    chunks = say(shared, "One, two, three, four.")
    x, at = np.abs(sound(chunks)), times(chunks)
    for begin in at[1:]:                                     # after a comma: silence before, sound after
        assert x[begin - VOICE_HZ // 25 : begin - VOICE_HZ // 100].max() < 0.02
        assert x[begin : begin + VOICE_HZ // 8].max() > 0.1


def test_words_that_are_run_together_share_the_time(shared: EspeakVoice) -> None:
    """eSpeak reports "of the" as one word."""
    at = times(say(shared, "the end of the road"))
    of, the, road = at[2:]
    assert (the - of) / (road - of) == pytest.approx(2 / 5, abs=0.02)


def test_a_number_that_is_read_in_parts_is_one_word(shared: EspeakVoice) -> None:
    chunks = say(shared, "I have 1,234,567 apples")
    at = times(chunks)
    assert at[3] - at[2] > 1.5 * VOICE_HZ


def test_a_clause_too_long_for_espeak_is_spoken_to_the_end(shared: EspeakVoice) -> None:
    """Beyond 1000 phonemes without a comma it would drop the rest."""
    numbers = [str(136 + i) for i in range(90)]
    whole = len(voiced(sound(say(shared, " ".join(numbers)))))
    tens = sum(len(voiced(sound(say(shared, " ".join(numbers[i : i + 10]))))) for i in range(0, 90, 10))
    assert whole > 0.9 * tens


@given(cuts=st.lists(st.integers(0, 12_000), max_size=8), lead=st.integers(0, 4000))
def test_words_keep_their_places_however_the_sound_arrives(cuts: list[int], lead: int) -> None:
    """Leading silence goes, the words move with it; a silent word goes with the next one."""
    hz, tone = 22_050, np.full(8000, 9000, np.int16)
    pcm = np.concatenate([np.zeros(lead, np.int16), tone, np.zeros(12_000 - 8000 - lead, np.int16)])
    cutter = Cutter(as_spoken("one 🙂 three two four"), hz, 1.0)
    marks = [(0, 0), (lead + 2000, 4), (lead + 6000, 14)]    # "one", "three", nothing for "two", "four"
    chunks: list[Chunk] = []
    edges = [0, *sorted(cuts), 12_000]
    for begin, end in pairwise(edges):
        new = [mark for mark in marks if begin <= mark[0] < end]
        chunks += cutter.take(pcm[begin:end], new)
    chunks += cutter.finish(0.1, True)
    check("one 🙂 three two four", chunks, True)
    kept = min(lead, round(hz * LEAD_S))
    places = [0, 2000, 2000, 2000 + 4000 * 5 / 8, 6000]      # "two": after the five letters of "three", of eight
    wanted = [round((kept + place) * VOICE_HZ / hz) if place else 0 for place in places]
    assert times(chunks) == pytest.approx(wanted, abs=1)
    assert len(sound(chunks)) == pytest.approx((kept + 8000) * VOICE_HZ / hz + 0.1 * VOICE_HZ, abs=2)


# -- what is silent -------------------------------------------------------------------------------
def test_a_voice_of_another_script_reads_it(shared: EspeakVoice) -> None:
    assert as_spoken("привет, мир", every_script=True).text == "привет, мир"
    russian = say(shared, "привет, мир", Style("ru"))
    assert len(sound(russian)) > VOICE_HZ // 2
    english = say(shared, "привет, мир")
    assert not sound(english).any()
    assert words(english) == ["привет,", "мир"]


def test_markup_does_not_sound(shared: EspeakVoice) -> None:
    plain = sound(say(shared, "this is bold and good"))
    marked = sound(say(shared, "this is **bold** \u200band 🙂 `good`"))
    assert not unlike(plain, marked)


# -- the ends -------------------------------------------------------------------------------------
def test_an_empty_last_phrase_is_one_empty_chunk(shared: EspeakVoice) -> None:
    for text in ("", " \n"):
        (chunk,) = say(shared, text, last=True)
        assert chunk.last
        assert len(chunk.pcm) == 0
        assert chunk.words == ()
        assert say(shared, text) == []


def test_the_voice_starts_promptly_and_pauses_after_a_phrase(shared: EspeakVoice) -> None:
    for text, lo, hi in ((A, 0.2, 0.25), ("Well, yes,", 0.15, 0.2), ("two words", 0.15, 0.2)):
        x = sound(say(shared, text))
        loud = np.flatnonzero(np.abs(x) > 0.002)
        assert loud[0] < 0.012 * VOICE_HZ
        assert lo <= (len(x) - loud[-1]) / VOICE_HZ <= hi + 0.02
    assert len(sound(say(shared, A))) - len(sound(say(shared, A, last=True))) > 0.15 * VOICE_HZ


# -- the same again -------------------------------------------------------------------------------
def test_the_same_phrase_is_the_same_whatever_came_before(shared: EspeakVoice, fresh: EspeakVoice) -> None:
    soft = Style("en-us+f3", 1.3, 1.2, 0.7)
    say(shared, "something else entirely", Style("de"))
    say(shared, "and a whisper", Style("en-us+whisper"))
    breathy = Style("en-us+caleb")                           # its noise is the C library's
    say(shared, "some noise", breathy)
    one = [sound(say(shared, A)), sound(say(shared, B, soft)), sound(say(shared, A, breathy))]
    two = [sound(say(fresh, A, breathy)), sound(say(fresh, B, soft)), sound(say(fresh, A))]
    for x, y in zip(one, reversed(two), strict=True):
        assert not unlike(x, y)


@pytest.mark.parametrize("voice", ["en-us", "en-us+f3", "en-us+whisper", "en-us+caleb", "en-us+Reed"])
def test_the_same_phrase_is_the_same_at_any_time_of_day(shared: EspeakVoice, voice: str) -> None:
    later = EspeakVoice()
    try:
        later.worker.module = "another_second"
        later.worker.restart()
        expected = sound(say(shared, A, Style(voice)))
        for _ in range(3):
            assert not unlike(sound(say(later, A, Style(voice))), expected)
    finally:
        later.stop()


def test_a_cancelled_phrase_leaves_nothing_behind(
    shared: EspeakVoice, fresh: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(shared, B)
    count = Count(shared, monkeypatch)
    for taken in (1, 3, 40):
        phrase = shared.work(Phrase(LONG))
        for _ in range(taken):
            next(phrase)
        count.n = 0
        phrase.close()
        chunks = say(shared, A)
        assert words(chunks) == A.split()
        assert not unlike(sound(chunks), sound(say(fresh, A)))
        assert count.n < 5000                                # the long phrase alone would be 20,000


def test_a_long_text_streams(shared: EspeakVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(LONG.split()) == 2000
    say(shared, B)
    count = Count(shared, monkeypatch)
    phrase = shared.work(Phrase(LONG))
    assert np.abs(next(phrase).pcm).max() > 0.01
    assert count.n < 30
    phrase.close()


def test_a_reader_that_goes_away_holds_up_nothing(fresh: EspeakVoice) -> None:
    phrase = fresh.work(Phrase(LONG))
    next(phrase)                                             # eSpeak now waits in a full pipe
    fresh.stop()
    assert fresh.worker.process.poll() == 0                   # it went by itself
    with pytest.raises(WorkerGone):
        list(phrase)
    with pytest.raises(WorkerGone):
        say(fresh, A)


# -- trouble --------------------------------------------------------------------------------------
def test_a_killed_process_is_started_again(fresh: EspeakVoice) -> None:
    expected = sound(say(fresh, A))
    fresh.worker.process.kill()
    fresh.worker.process.wait()
    assert not unlike(sound(say(fresh, A)), expected)


def test_a_process_killed_in_mid_phrase_is_taken_up_where_it_was(fresh: EspeakVoice, shared: EspeakVoice) -> None:
    text = " ".join([A] * 20)
    chunks = []
    for k, chunk in enumerate(fresh.work(Phrase(text, last=True))):
        chunks.append(chunk)
        if k == 7:
            fresh.worker.process.kill()
    check(text, chunks, True)
    assert not unlike(sound(chunks), sound(say(shared, text, last=True)))


def test_one_that_dies_twice_is_reported(fresh: EspeakVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    say(fresh, B)
    restart = fresh.worker.restart
    restarts = []

    def restart_and_die() -> None:
        restarts.append(1)
        restart()
        fresh.worker.process.kill()
        fresh.worker.process.wait()

    monkeypatch.setattr(fresh.worker, "restart", restart_and_die)
    fresh.worker.process.kill()
    with pytest.raises(WorkerGone, match="espeak_child"):
        say(fresh, A)
    assert restarts == [1]


def test_without_espeak_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    voice = EspeakVoice()
    try:
        with pytest.raises(NotHere, match="espeakng-loader"):
            say(voice, A)
    finally:
        voice.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_ctrl_c_in_the_terminal_is_not_for_the_voice(fresh: EspeakVoice) -> None:
    say(fresh, B)
    pid = fresh.worker.process.pid
    fresh.worker.process.send_signal(signal.SIGINT)
    say(fresh, B)
    assert fresh.worker.process.pid == pid


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory map that only Linux shows")
def test_espeak_is_not_in_this_process(shared: EspeakVoice) -> None:
    say(shared, A)
    assert "espeak" not in Path("/proc/self/maps").read_text()
    assert "espeak" in Path(f"/proc/{shared.worker.process.pid}/maps").read_text()


# -- listening ------------------------------------------------------------------------------------
def test_a_recogniser_understands_it(shared: EspeakVoice) -> None:
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=MIC_HZ, loglevel="FATAL")
    room = np.random.default_rng(1)                          # a recogniser expects a room, not digital silence
    asked, missed = 0, []
    for text, keys in (
        ("What is the weather in London today?", "weather london today"),
        ("It is five o'clock in the morning.", "five o'clock morning"),
        ("Today is the second of March.", "today second march"),
        ("Your notes are empty.", "notes empty"),
        ("Please say that again.", "please say again"),
        ("You asked me to buy milk and bread.", "asked buy milk bread"),
    ):
        x = np.pad(resample(sound(say(shared, text, Style("clear"))), VOICE_HZ, MIC_HZ), MIC_HZ // 3)
        x = x + room.normal(0, 1e-3, len(x))
        decoder.start_utt()
        decoder.process_raw((x * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        heard = found.hypstr.split() if found else []
        asked += len(keys.split())
        missed += [word for word in keys.split() if word not in heard]
    assert len(missed) <= asked // 4, missed
