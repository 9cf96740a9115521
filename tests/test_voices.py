"""How the embedded voice sounds: rate, pitch, volume, and every voice it offers. Starts a real eSpeak NG process."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hearing import pitch_hz, say, sound, voiced
from same import unlike

from audio_io.errors import WrongUse
from engine.messages import Style
from engine.tts.cutter import KNEE, limited
from engine.tts.espeak import EspeakVoice
from engine.tts.voices import presets

A = "Hello there, it is one of the best days of the year."
B = "What time is it in Tokyo?"


@pytest.fixture(scope="module")
def shared() -> Iterator[EspeakVoice]:
    one = EspeakVoice()
    yield one
    one.stop()


def test_rate_changes_the_duration(shared: EspeakVoice) -> None:
    slow, plain, fast = (len(voiced(sound(say(shared, A, Style(rate=r))))) for r in (0.5, 1.0, 2.0))
    assert 1.5 < slow / plain < 2.4
    assert 1.5 < plain / fast < 2.4
    beyond = [len(sound(say(shared, B, Style(rate=r), last=True))) for r in (2.6, 9.0)]
    assert beyond[0] == beyond[1]


def test_pitch_changes_the_fundamental(shared: EspeakVoice) -> None:
    low, plain, high = (pitch_hz(sound(say(shared, A, Style(pitch=p)))) for p in (0.5, 1.0, 2.0))
    assert 60 < low < 0.9 * plain
    assert 1.2 * plain < high < 400


def test_volume_is_linear_until_the_limiter(shared: EspeakVoice) -> None:
    quiet, plain, loud = (sound(say(shared, A, Style(volume=v))) for v in (0.25, 1.0, 2.0))
    below = np.abs(plain) < KNEE
    np.testing.assert_allclose(quiet[below], plain[below] / 4, atol=1e-6)
    assert np.sqrt(np.mean(loud**2)) > 1.5 * np.sqrt(np.mean(plain**2))
    assert np.abs(loud).max() < 1.0


def test_the_limiter_bends_and_never_clips() -> None:
    x = np.linspace(-5, 5, 10_001, dtype=np.float32)
    y = limited(x)
    assert np.abs(y).max() <= 1.0
    assert (np.diff(y) >= 0).all()
    np.testing.assert_array_equal(y[np.abs(x) <= KNEE], x[np.abs(x) <= KNEE])
    assert np.abs(np.diff(y)).max() <= np.abs(np.diff(x)).max() + 1e-6


def test_every_preset_speaks_and_is_named(shared: EspeakVoice) -> None:
    shipped = presets()
    assert len(shipped) >= 4
    names = shared.voices()
    assert {*shipped, "en-us", "de", "en-us+f3"} <= set(names)
    heard = {sound(say(shared, B, Style(name))).tobytes() for name in shipped}
    assert len(heard) == len(shipped)
    own = shipped["deep"].style
    assert not unlike(sound(say(shared, B, Style("deep"))), sound(say(shared, B, own)))


def test_every_name_that_is_offered_is_known(shared: EspeakVoice) -> None:
    for name in shared.voices():
        (chunk,) = say(shared, "", Style(name), last=True)
        assert chunk.last


def test_every_language_that_is_offered_speaks(shared: EspeakVoice) -> None:
    """Some of eSpeak's voices cannot be loaded by their code, and a few lack their dictionary."""
    languages = [name for name in shared.voices() if "+" not in name and name not in presets()]
    assert len(languages) > 100
    for name in languages:
        assert np.abs(sound(say(shared, "a", Style(name)))).max() > 0.02, name


@pytest.mark.parametrize(
    ("name", "near"), [("en-uss", "en-us"), ("en-us+f33", "en-us+f3"), ("breesk", "brisk"), ("", ""), ("🙂" * 500, "")]
)
def test_an_unknown_voice_is_refused_with_the_nearest(shared: EspeakVoice, name: str, near: str) -> None:
    with pytest.raises(WrongUse) as caught:
        say(shared, A, Style(name))
    line = str(caught.value)
    assert near in line
    assert "\n" not in line
    assert len(line) < 250


def test_names_of_voices_are_read_kindly(shared: EspeakVoice) -> None:
    assert not unlike(sound(say(shared, B, Style(" EN-US+F3"))), sound(say(shared, B, Style("en-us+f3"))))
    assert not unlike(sound(say(shared, B, Style("English (America)"))), sound(say(shared, B)))


def test_a_preset_with_a_typo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("espeak: {voice: en-us}\npich: 1.1\ndescription: mine\n")
    with pytest.raises(WrongUse, match=r"mine\.yaml: pich .*pitch"):
        presets(tmp_path)
