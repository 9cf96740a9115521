"""The natural voice: what it says, when, and that its controls do what they are for. Runs the real package."""

import hashlib
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hearing import check, pitch_hz, sound, times, voiced
from hypothesis import given, settings
from hypothesis import strategies as st
from test_speak import TEXT

from audio_io.errors import NotHere
from audio_io.frames import VOICE_HZ
from engine.messages import Chunk, Phrase, Style
from engine.models.catalogue import load
from engine.models.sources import Sources
from engine.tts import hibari_model
from engine.tts.espeak import EspeakVoice
from engine.tts.hibari import FIRST, Hibari
from engine.tts.hibari_model import cut
from engine.tts.source_filter import HOP, Colour, Spectra, coloured, pulses, render
from engine.tts.styles import EMOTIONS, MANNERS
from engine.tts.synthesisers import make_synthesiser
from engine.tts.voices import Preset, presets

A = "Hello there, it is one of the best days of the year."
LONG = " ".join(["The weather in Paris is wonderful, and the old king waits in the house by the river"] * 6) + "."
CLARA = Style("clara")


@pytest.fixture(scope="module")
def clara() -> Iterator[Hibari]:
    one = Hibari()
    yield one
    one.stop()


def say(voice: Hibari, text: str, style: Style = CLARA, last: bool = False) -> list[Chunk]:
    return [chunk for chunk in voice.work(Phrase(text, style, last)) if chunk is not None]


# -- words and sound ------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(text=TEXT, last=st.booleans())
def test_the_words_of_the_chunks_are_the_words_as_written(clara: Hibari, text: str, last: bool) -> None:
    check(text, say(clara, text, last=last), last)


def test_the_same_phrase_is_the_same_bytes(clara: Hibari) -> None:
    first = sound(say(clara, A))
    say(clara, LONG)
    assert sound(say(clara, A)).tobytes() == first.tobytes()


def test_words_begin_where_the_sound_does(clara: Hibari) -> None:
    """After each pause the first word lies within 60 ms of the rise of the energy."""
    x, hop = np.zeros(0, np.float32), VOICE_HZ // 100
    errors: list[float] = []
    for text in ("One, table, cat, people, door.", "Seven, garden, window, river, house.", "Dog, lamp, key, young."):
        chunks = say(clara, text, Style("clara", rate=0.6))
        x = sound(chunks)
        loud = np.sqrt(np.convolve(x**2, np.ones(hop) / hop, "same"))[::hop] > 0.01
        onsets = [k / 100 for k in range(9, len(loud)) if loud[k] and not loud[k - 9 : k].any()]
        for at in times(chunks)[1:]:
            nearest = min((abs(onset - at / VOICE_HZ) for onset in onsets), default=1.0)
            errors += [nearest] if nearest < 0.25 else []        # without a pause before it there is no onset to see
    assert len(errors) >= 7
    assert np.median(errors) < 0.04
    assert max(errors) < 0.1


def test_the_first_clause_is_short_and_marks_are_kept_together() -> None:
    words = [(k, "pˈippˈip") for k in range(20)] + [(20, "pip,")] + [(k, "pˈip") for k in range(21, 60)]
    clauses = list(cut(words, FIRST, 200))
    assert len(clauses[0].phonemes) <= FIRST + 1
    assert clauses[1].phonemes.endswith(",")
    assert [char for clause in clauses for _, char in clause.starts] == list(range(60))
    assert [len(c.starts) for c in cut([(0, "p" * 500), (1, "a")], 70, 160)] == [1, 1]


def test_a_long_phrase_is_given_in_steps_that_can_be_stopped(clara: Hibari) -> None:
    work = clara.work(Phrase(LONG, CLARA))
    steps = [next(work) for _ in range(6)]
    work.close()
    assert None in steps
    assert sum(len(chunk.pcm) for chunk in steps if chunk) < 2 * VOICE_HZ


# -- controls -------------------------------------------------------------------------------------
def measure(x: np.ndarray) -> dict[str, float]:
    """seconds, level in dB, F0 in Hz (0 where there is none), tilt: dB of 2-8 kHz against what is below."""
    power = np.abs(np.fft.rfft(x)) ** 2
    hz = np.fft.rfftfreq(len(x), 1 / VOICE_HZ)
    high = power[(hz > 2000) & (hz < 8000)].sum() / power[(hz > 80) & (hz < 2000)].sum()
    return {"s": len(x) / VOICE_HZ, "db": 10 * np.log10((x**2).mean()), "tilt": 10 * np.log10(high)}


@pytest.fixture(scope="module")
def plain(clara: Hibari) -> np.ndarray:
    return voiced(sound(say(clara, A)))


@pytest.mark.parametrize("rate", [0.5, 0.75, 1.5, 2.0, 2.5])
def test_rate(clara: Hibari, plain: np.ndarray, rate: float) -> None:
    got = len(plain) / len(voiced(sound(say(clara, A, Style("clara", rate=rate)))))
    assert got == pytest.approx(rate, rel=0.12)


@pytest.mark.parametrize("pitch", [0.6, 0.8, 1.25, 1.6])
def test_pitch_moves_and_length_does_not(clara: Hibari, plain: np.ndarray, pitch: float) -> None:
    x = voiced(sound(say(clara, A, Style("clara", pitch=pitch))))
    assert pitch_hz(x) / pitch_hz(plain) == pytest.approx(pitch, rel=0.08)
    assert len(x) == pytest.approx(len(plain), rel=0.03)


def test_volume(clara: Hibari, plain: np.ndarray) -> None:
    quiet = sound(say(clara, A, Style("clara", volume=0.25)))
    assert measure(voiced(quiet * 4))["db"] == pytest.approx(measure(plain)["db"], abs=0.6)
    assert np.abs(sound(say(clara, A, Style("clara", volume=2.0)))).max() < 1


@pytest.mark.parametrize(("style", "louder", "brighter"), [
    (Style("clara", manner="soft"), -1, -1), (Style("clara", manner="loud"), 1, 1),
    (Style("clara", emotion="sad"), -1, -1), (Style("clara", emotion="angry"), 1, 1),
    (Style("clara", emotion="excited"), 1, 1),
])  # fmt: skip
def test_level_and_brightness(clara: Hibari, plain: np.ndarray, style: Style, louder: int, brighter: int) -> None:
    here, own = measure(voiced(sound(say(clara, A, style)))), measure(plain)
    assert (here["db"] - own["db"]) * louder > 1
    assert (here["tilt"] - own["tilt"]) * brighter > 1


def periodicity(x: np.ndarray) -> float:
    """Median over the louder frames of the highest autocorrelation at a pitch of 80 to 400 Hz; 1 is a pure tone."""
    size, found = VOICE_HZ // 25, []
    for frame in np.lib.stride_tricks.sliding_window_view(x, size)[:: size // 2]:
        r = np.correlate(frame, frame, "full")[size - 1 :]
        if r[0] > 0.5:
            found.append(r[VOICE_HZ // 400 : VOICE_HZ // 80].max() / r[0])
    return float(np.median(found))


def test_a_whisper_has_no_voice_and_a_robot_no_melody(clara: Hibari, plain: np.ndarray) -> None:
    assert periodicity(sound(say(clara, A, Style("clara", manner="whisper")))) < 0.45 < 0.6 < periodicity(plain)
    f0 = coloured(np.array([0, 150, 200, 300], np.float32), Colour(pitch=0.8, melody=0))
    assert f0[0] == 0
    assert np.ptp(f0[1:]) < 0.01


def test_every_style_speaks_and_sounds_like_no_other(clara: Hibari) -> None:
    styles = [Style("clara", emotion=e) for e in EMOTIONS] + [Style("clara", manner=m) for m in MANNERS[1:]]
    made = {sound(say(clara, "Good morning.", style)).tobytes() for style in styles}
    assert len(made) == len(styles)


# -- the network's package ------------------------------------------------------------------------
def test_the_sound_is_the_packages_own() -> None:
    """Noise left out: its order in time is another."""
    from hibari import dsp

    rng = np.random.default_rng(1)
    parts = [rng.normal(-2, 1, (601, 90)).astype(np.float32) for _ in range(5)]
    parts[2][:] = -30
    f0 = np.where(np.arange(90) % 30 < 20, 200, 0).astype(np.float32)
    theirs = dsp.synth(*parts, f0, np.random.default_rng(0))
    ours = np.concatenate(list(render(Spectra(*parts, f0), Colour())))
    assert len(ours) == len(theirs) == 90 * HOP
    middle = slice(4 * HOP, -4 * HOP)                        # at the edges the windows add up to less than one
    np.testing.assert_allclose(ours[middle], theirs[middle], atol=0.02 * np.abs(theirs).max())
    assert np.corrcoef(ours[middle], theirs[middle])[0, 1] > 0.9999


def test_pulses_have_the_pitch_they_are_told() -> None:
    x = pulses(np.full(80, 150, np.float32))
    assert np.argmax(np.abs(np.fft.rfft(x))[: len(x) // 100]) % (150 * len(x) // VOICE_HZ) == 0
    assert not pulses(np.zeros(4, np.float32)).any()


def test_files_that_are_not_the_known_ones_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    known = load().weights["hibari"]
    assert {"hibari.onnx", "oov.onnx", "tagger.json.gz"} <= {file.name for file in known.files}
    for file in known.files:
        assert hashlib.sha256(Sources().read(known, file.name)).hexdigest() == file.sha256
    monkeypatch.setattr(Sources, "_right", lambda *_: False)
    lines: list[str] = []
    voice = make_synthesiser("hibari", presets(), lambda one: lines.append(str(one)))
    try:
        assert isinstance(voice, EspeakVoice)                      # eSpeak NG stands in, and it is said once
        assert len(lines) == 1
        assert "eSpeak NG speaks" in lines[0]
        assert "\n" not in lines[0]
    finally:
        voice.stop()


def test_nothing_is_fetched(clara: Hibari, monkeypatch: pytest.MonkeyPatch) -> None:
    import hibari.voices

    monkeypatch.setattr(hibari.voices, "download", lambda *_: pytest.fail("a download that nobody asked for"))
    monkeypatch.setattr(hibari_model, "_made", hibari_model.HibariModel)
    assert len(sound(say(clara, "Zyxquorl blems.")))


def test_other_voices_are_espeaks(clara: Hibari) -> None:
    assert len(sound(say(clara, "Guten Morgen.", Style("de"))))
    assert {"clara", "de"} <= set(clara.voices())


def test_it_is_read_once_for_all_and_ends_without_leftovers() -> None:
    before = threading.active_count()
    voice = Hibari({"clara": Preset(Style("en-us"), "", "heart")})
    voice.stop()
    assert threading.active_count() == before
    assert hibari_model.shared() is hibari_model.shared()
    with pytest.raises(NotHere, match="choose one of them"):
        make_synthesiser("cosyvoice", {}, print)
