import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio_io.frames import DEVICE_HZ
from audio_io.playout import DUCKED, Playout, Said, Sounding, Speech, Spoken

BLOCK = DEVICE_HZ // 100
FADE = DEVICE_HZ * 5 // 1000
ONE = np.ones(BLOCK * 5, np.float32)


class Live:
    now = 1


def make(*speech: Speech) -> tuple[Playout, Live]:
    live = Live()
    out = Playout(DEVICE_HZ, live)
    for s in speech:
        out.inbox.put_nowait(s)
    return out, live


def blocks(out: Playout, n: int) -> np.ndarray:
    return np.concatenate([out.block(BLOCK) for _ in range(n)])


def words(out: Playout) -> list[str]:
    return [r.word for r in out.take_reports() if isinstance(r, Said)]


def test_silence_when_there_is_nothing_to_say():
    out, _ = make()
    assert not out.block(BLOCK).any()
    assert out.take_reports() == []


def test_a_voided_reply_fades_in_5_ms_without_a_click_and_its_queue_is_emptied():
    out, live = make(Speech(1, ONE), Speech(1, ONE), Speech(2, ONE * 0.5))
    a = blocks(out, 2)
    live.now = 2
    b, c = out.block(BLOCK), out.block(BLOCK)
    assert a[-1] == 1.0
    assert np.abs(np.diff(np.concatenate([a, b]))).max() <= 1.01 / (FADE - 1)
    assert not b[FADE:].any()
    assert c[-1] == 0.5


def test_only_words_that_were_played_to_their_end_are_reported():
    out, live = make(Speech(1, ONE, ((0, "once"), (BLOCK, "upon"), (BLOCK * 3, "a"), (BLOCK * 4, "time"))))
    blocks(out, 3)
    live.now = 2
    out.block(BLOCK)
    assert words(out) == ["once", "upon"]


def test_the_report_says_where_in_the_loudspeakers_samples_it_happened():
    out, _ = make()
    out.block(BLOCK)
    out.inbox.put_nowait(Speech(1, ONE, ((0, "one"), (BLOCK + 7, "two")), last=True))
    blocks(out, 7)
    assert out.take_reports() == [
        Sounding(1, BLOCK), Said(1, BLOCK + BLOCK + 7, "one"), Said(1, 6 * BLOCK, "two"), Spoken(1, 6 * BLOCK),
    ]  # fmt: skip


def test_hold_falls_silent_in_5_ms_and_goes_on_from_the_word_it_was_in():
    ramp = np.arange(BLOCK * 8, dtype=np.float32) / (BLOCK * 8)
    out, _ = make(Speech(1, ramp, ((0, "one"), (BLOCK * 2, "two"), (BLOCK * 5, "three")), last=True))
    blocks(out, 4)
    out.hold = True
    held = blocks(out, 3)
    assert not held[FADE:].any()
    out.hold = False
    again = out.block(BLOCK)
    np.testing.assert_array_equal(again[FADE:], ramp[BLOCK * 2 + FADE : BLOCK * 3])
    blocks(out, 8)
    assert words(out) == ["one", "two", "three"]


def test_ducking_is_a_ramp_not_a_step():
    out, _ = make(Speech(1, ONE))
    a = out.block(BLOCK)
    out.duck = True
    y = np.concatenate([a, blocks(out, 2)])
    assert np.abs(np.diff(y)).max() <= 1.01 * (1 - DUCKED) / (FADE - 1)
    assert y[-1] == np.float32(DUCKED)


def test_a_reply_without_a_sound_ends_without_having_begun():
    out, _ = make(Speech(1, np.zeros(0, np.float32), last=True))
    out.block(BLOCK)
    assert out.take_reports() == [Spoken(1, 0)]


@given(st.lists(st.integers(0, 3 * BLOCK), min_size=1, max_size=12), st.lists(st.booleans(), max_size=40), st.randoms())
def test_whatever_is_held_and_however_it_is_chunked_every_word_is_reported_once_in_order(sizes, holds, random):
    chunks, expected = [], []
    for i, size in enumerate(sizes):
        ws = ((random.randrange(size), f"w{i}"),) if size else ()
        expected += [w for _, w in ws]
        chunks.append(Speech(1, np.full(size, 0.1, np.float32), ws, last=i == len(sizes) - 1))
    out, _ = make(*chunks)
    for hold in holds:
        out.hold = hold
        y = out.block(BLOCK)
        assert len(y) == BLOCK
        assert np.abs(y).max() <= 0.11
    out.hold = False
    blocks(out, sum(sizes) // BLOCK + 40)
    reports = out.take_reports()
    assert [r.word for r in reports if isinstance(r, Said)] == expected
    assert isinstance(reports[-1], Spoken)
    assert [r.at for r in reports] == sorted(r.at for r in reports)
