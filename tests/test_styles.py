"""Emotions and manners: what they make of a voice, to the ear and in the figures. Starts a real eSpeak NG process."""

from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from brain_conversation import Talk, tool, words
from hearing import say, sound, voiced
from hypothesis import given, settings
from hypothesis import strategies as st
from same import unlike

from app.settings.choices import Choices
from app.settings.settings import load
from app.wiring import Keeper
from audio_io.dsp.resample import resample
from audio_io.errors import WrongUse
from audio_io.frames import MIC_HZ, VOICE_HZ
from audio_io.notices import Statement
from engine import messages as m
from engine.messages import Change, Say, Style
from engine.nlu.brain import Brain
from engine.tts import styles
from engine.tts.espeak import EspeakVoice
from engine.tts.styles import EMOTIONS, MANNERS, changed, controls, delivery, set_voice
from engine.tts.voices import SHIPPED, own_and_shipped, presets
from engine.workers.stage import Done, Item
from tests.fakes import Table

A = "Hello there, it is one of the best days of the year. What do you want to do?"
STYLES = st.builds(
    Style, st.sampled_from(["en-us", "en-us+f3", "gmw/en-GB-x-rp+m7"]), st.floats(0.5, 2.5), st.floats(0.5, 2.0),
    st.floats(0.1, 2.0), st.sampled_from(EMOTIONS), st.sampled_from(MANNERS), st.sampled_from(sorted(styles.DIALECTS)),
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[EspeakVoice]:
    one = EspeakVoice()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def measured(shared: EspeakVoice) -> dict[str, dict[str, float]]:
    """By emotion or manner: seconds, level in dB, pitch in Hz and its range in semitones."""
    found = {}
    for name in (*EMOTIONS, *MANNERS[1:]):
        style = Style("bright", emotion=name) if name in EMOTIONS else Style("bright", manner=name)
        x = voiced(sound(say(shared, A, style, last=True)))
        hz = pitches(x)
        low, high = np.percentile(hz, [10, 90]) if len(hz) > 20 else (1.0, 1.0)
        found[name] = {"s": len(x) / VOICE_HZ, "db": 10 * float(np.log10(np.mean(x**2))), "voiced": len(hz),
                       "hz": float(np.median(hz)) if len(hz) else 0.0, "range": 12 * float(np.log2(high / low))}
    return found


def pitches(x: np.ndarray) -> np.ndarray:
    """The fundamental of each voiced frame, Hz, by autocorrelation."""
    found, size = [], VOICE_HZ // 25
    for i in range(0, len(x) - size, size // 2):
        frame = x[i : i + size] - x[i : i + size].mean()
        r = np.correlate(frame, frame, "full")[size - 1 :]
        lags = r[VOICE_HZ // 400 : VOICE_HZ // 60]
        if r[0] > 0.3 and lags.max() > 0.5 * r[0]:
            found.append(VOICE_HZ / (VOICE_HZ // 400 + int(lags.argmax())))
    return np.array(found)


# -- to the ear -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "what", "low", "high"), [       # of the neutral voice's
    ("happy", "hz", 1.1, 1.4), ("happy", "range", 1.1, 2), ("happy", "s", 0.8, 0.97),
    ("sad", "hz", 0.7, 0.92), ("sad", "range", 0.2, 0.8), ("sad", "s", 1.15, 1.6),
    ("angry", "s", 0.75, 0.95), ("angry", "range", 1.05, 2),
    ("fearful", "hz", 1.05, 1.5), ("fearful", "range", 0.2, 0.8), ("fearful", "s", 0.7, 0.9),
    ("surprised", "hz", 1.2, 1.7), ("surprised", "range", 1.2, 2.5),
    ("calm", "hz", 0.8, 0.98), ("calm", "s", 1.05, 1.4),
    ("excited", "hz", 1.15, 1.7), ("excited", "s", 0.7, 0.9), ("excited", "range", 1.05, 2.5),
    ("robot", "range", 0, 0.2), ("storyteller", "range", 1.1, 2), ("storyteller", "s", 1.1, 1.5),
    ("slow-and-clear", "s", 1.4, 2), ("whisper", "voiced", 0, 0.2),
])  # fmt: skip
def test_each_is_heard_as_meant(
    measured: dict[str, dict[str, float]], name: str, what: str, low: float, high: float
) -> None:
    assert low < measured[name][what] / measured["neutral"][what] + 1e-9 < high


@pytest.mark.parametrize(("name", "low", "high"), [("sad", -5, -1), ("angry", 2, 6), ("fearful", -3, -0.5), ("soft",
                         -8, -4), ("loud", 2, 7), ("excited", 1, 5), ("calm", -3, -0.3)])  # fmt: skip
def test_each_is_as_loud_as_meant(measured: dict[str, dict[str, float]], name: str, low: float, high: float) -> None:
    assert low < measured[name]["db"] - measured["neutral"]["db"] < high


def test_each_sounds_like_no_other(shared: EspeakVoice) -> None:
    heard = [sound(say(shared, "Good morning.", Style(emotion=e))).tobytes() for e in EMOTIONS]
    heard += [sound(say(shared, "Good morning.", Style(manner=m))).tobytes() for m in MANNERS[1:]]
    assert len(set(heard)) == len(heard)


def test_nothing_of_a_feeling_is_left_in_the_next_phrase(shared: EspeakVoice) -> None:
    before = sound(say(shared, A))
    say(shared, A, Style(emotion="surprised", manner="robot"))
    say(shared, A, Style(manner="slow-and-clear"))
    assert not unlike(sound(say(shared, A)), before)


def test_each_is_still_understood(shared: EspeakVoice) -> None:
    """By PocketSphinx, which makes out the plain voice's words: with a feeling at most a few are lost."""
    from pocketsphinx import Decoder

    decoder, room = Decoder(samprate=MIC_HZ, loglevel="FATAL"), np.random.default_rng(1)
    missed = {}
    for name in ("sad", "angry", "fearful", "surprised", "excited", "slow-and-clear"):
        style = Style("clear", emotion=name) if name in EMOTIONS else Style("clear", manner=name)
        x = np.pad(resample(sound(say(shared, "Today is the second of March.", style)),
                            VOICE_HZ, MIC_HZ), MIC_HZ // 3)  # fmt: skip
        decoder.start_utt()
        decoder.process_raw(((x + room.normal(0, 1e-3, len(x))) * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        heard = found.hypstr.split() if found else []
        missed[name] = [w for w in ("today", "second", "march") if w not in heard]
    assert sum(map(len, missed.values())) <= len(missed), missed


# -- in figures -------------------------------------------------------------------------------------
@given(style=STYLES)
def test_controls_stay_inside_what_espeak_accepts(style: Style) -> None:
    told = controls(style)
    for value, (low, high) in ((told.rate, styles.RATES), (told.pitch, styles.PITCHES), (told.range, styles.PITCHES),
                               (told.gap, styles.GAPS), (told.gain, styles.GAINS)):  # fmt: skip
        assert low <= value <= high
    assert told.voice.count("+") <= 1


def test_neutral_and_plain_change_nothing() -> None:
    told = controls(Style("en-us+f3", 1.2, 0.9, 0.7))
    assert (told.voice, told.rate, told.pitch, told.range, told.gap, told.gain) == ("en-us+f3", 210, 45, 50, 0, 0.7)
    assert delivery(Style(), 2).instruct == ""
    assert delivery(Style(), 3).instruct == "You are a helpful assistant.<|endofprompt|>"


@given(style=STYLES, version=st.sampled_from([2, 3]), language=st.sampled_from(["en", "zh-cn", "de"]))
def test_what_cosyvoice_is_told(style: Style, version: int, language: str) -> None:
    told = delivery(style, version, language)
    plain = style.emotion == "neutral" and style.manner == "plain" and not style.dialect
    assert bool(told.instruct) == (version == 3 or not plain)
    assert told.instruct.count(styles.END_OF_PROMPT) == bool(told.instruct)
    assert told.speed == style.rate
    assert 0 < told.top_p <= 1
    assert told.top_k > 0
    if style.dialect:
        assert styles.DIALECTS[style.dialect] in told.instruct


def test_cosyvoice_3_gets_the_published_words() -> None:
    told = delivery(Style(emotion="happy", dialect="sichuan"), 3)
    assert told.instruct == "You are a helpful assistant. 请用四川话表达。 请非常开心地说一句话。<|endofprompt|>"
    assert "happy" in delivery(Style(emotion="happy"), 2, "en").instruct
    assert "开心" in delivery(Style(emotion="happy"), 2, "zh").instruct


@given(changes=st.lists(st.one_of(
    st.builds(Change, st.sampled_from(sorted(styles.LIMITS)), st.one_of(st.floats(-9, 9), st.just("*1.3"))),
    st.builds(Change, st.just("emotion"), st.sampled_from(EMOTIONS)),
    st.builds(Change, st.just("manner"), st.sampled_from(MANNERS))), max_size=12))  # fmt: skip
def test_a_style_stays_a_style(changes: list[Change]) -> None:
    style = reduce(changed, changes, Style())
    assert all(low <= getattr(style, field) <= high for field, (low, high) in styles.LIMITS.items())
    for change in changes:
        if change.field in styles.CHOICES:
            last = [c.value for c in changes if c.field == change.field][-1]
            assert getattr(style, change.field) == last


def test_the_tool_makes_changes_or_says_what_is_wrong() -> None:
    assert set_voice("Happy", "storyteller", 1.2, "Bright", ["bright"]) == [
        Change("voice", "bright"), Change("emotion", "happy"), Change("manner", "storyteller"), Change("rate", 1.2)]
    assert set_voice() == []
    for bad, line in (({"emotion": "hapy"}, "happy"), ({"manner": "x"}, "whisper"), ({"rate": 9.0}, "0.5 to 2.5"),
                      ({"voice": "brigt", "voices": ["bright"]}, "bright")):  # fmt: skip
        with pytest.raises(WrongUse, match=line):
            set_voice(**bad)  # type: ignore[arg-type]


# -- presets ----------------------------------------------------------------------------------------
def test_a_preset_of_ones_own_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "bright.yaml").write_text("description: mine\nespeak: {voice: en-gb}\nemotion: sad\nmanner: soft\n")
    (tmp_path / "Me.yaml").write_text(
        "description: me\nprompt: {file: me.wav, text: Hello to you, consent: true}\nspeaker: ''\n")  # fmt: skip
    (tmp_path / "me.wav").write_bytes(b"RIFF")
    found = presets(tmp_path, SHIPPED)
    assert found["bright"].style == Style("en-gb", emotion="sad", manner="soft")
    assert found["me"].prompt is not None
    assert found["me"].prompt.file == tmp_path / "me.wav"
    assert {"deep", "clear"} <= set(found)
    assert presets(tmp_path / "none", SHIPPED) == presets()


@pytest.mark.parametrize(("text", "says"), [
    ("espeak: {voice: en}", r"description is missing"), ("description: [", r"mine\.yaml, line \d"),
    ("description: a\npich: 1.1", r"pich .*pitch"), ("description: a\nespeak: {vioce: en}", r"espeak\.vioce .*voice"),
    ("description: a\nemotion: hapy", r"emotion cannot be 'hapy' \(did you mean happy"),
    ("description: a\nrate: 9", r"rate must be a number from 0\.5 to 2\.5"),
    ("description: a\nprompt: {file: no.wav, text: b, consent: true}", r"prompt\.file names .*no\.wav, which is not"),
    ("description: a\nprompt: {file: mine.yaml, consent: true}", r"prompt\.text is missing"),
    ("description: a\nprompt: {file: mine.yaml, text: b}", r"prompt\.consent must be true"),
    ("description: a\nspeaker: b\nprompt: {file: mine.yaml, text: b, consent: true}", r"speaker and prompt"),
])  # fmt: skip
def test_a_broken_preset_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(WrongUse, match=says) as caught:
        presets(tmp_path, SHIPPED)
    assert "mine.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_file_of_ones_own_is_left_out_and_its_name_still_speaks(tmp_path: Path, shared: EspeakVoice) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00 description")
    (tmp_path / "bright.yaml").write_text("description: a\nrate: 9")
    (tmp_path / "far.yaml").write_text(f"description: a\nprompt: {{file: {'x' * 300}, text: b, consent: true}}")
    (tmp_path / "good.yaml").write_text("description: mine\nespeak: {voice: en-gb}\n")
    (tmp_path / "folder.yaml").mkdir()
    told: list[Statement] = []
    found = own_and_shipped(tmp_path, told.append)
    assert found["good"].style == Style("en-gb")
    assert found["bright"] == presets()["bright"]
    assert [name for what in told for name in ("bad", "bright", "far", "folder") if f"{name}.yaml" in str(what)] == [
        "bad", "bright", "far", "folder"]  # fmt: skip
    assert all("\n" not in str(what) for what in told)
    own = EspeakVoice(found)
    try:
        assert not unlike(sound(say(own, "Good morning.", Style("bad"))), sound(say(shared, "Good morning.", Style())))
    finally:
        own.stop()


def test_a_folder_of_ones_own_that_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, pattern: str) -> list[Path]:
        if folder == tmp_path:
            raise PermissionError(13, "Permission denied")
        return list(glob(folder, pattern))

    glob, told = Path.glob, list[Statement]()
    monkeypatch.setattr(Path, "glob", refuse)
    assert own_and_shipped(tmp_path, told.append) == presets()
    assert len(told) == 1
    assert str(tmp_path) in str(told[0])


def test_a_preset_and_the_users_own_wish_go_together(shared: EspeakVoice) -> None:
    sad = sound(say(shared, "Good morning.", Style("sunny", emotion="sad")))
    assert not unlike(sad, sound(say(shared, "Good morning.", Style("en-us+f1", emotion="sad"))))
    happy = sound(say(shared, "Good morning.", Style("sunny")))
    assert not unlike(happy, sound(say(shared, "Good morning.", Style("en-us+f1", emotion="happy"))))


# -- by voice ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("said", "field", "value"), [
    ("speak with a happy voice", "emotion", "happy"), ("be sad", "emotion", "sad"),
    ("please sound excited", "emotion", "excited"), ("i want you to sound angry", "emotion", "angry"),
    ("could you be a bit more cheerful", "emotion", "happy"), ("use a calm voice", "emotion", "calm"),
    ("change your tone to angry", "emotion", "angry"), ("happier please", "emotion", "happy"),
    ("stop being sad", "emotion", "neutral"), ("don't sound so angry", "emotion", "neutral"),
    ("whisper", "manner", "whisper"), ("switch to whisper mode", "manner", "whisper"),
    ("stop whispering", "manner", "plain"), ("get out of whisper mode", "manner", "plain"),
    ("talk like a robot", "manner", "robot"), ("tell it like a storyteller", "manner", "storyteller"),
    ("speak like you are telling a story", "manner", "storyteller"), ("in a soft voice please", "manner", "soft"),
    ("speak slowly and clearly", "manner", "slow-and-clear"), ("use the voice bright", "voice", "bright"),
    ("switch to the newsreader voice", "voice", "newsreader"), ("speak more softly", "volume", "*0.741"),
])  # fmt: skip
def test_it_is_changed_by_voice(said: str, field: str, value: str) -> None:
    pieces = Talk().say(said)
    assert [(p.field, p.value) for p in pieces if isinstance(p, Change)] == [(field, value)]
    assert words(pieces)


@pytest.mark.parametrize("said", [
    "i am sad", "are you happy", "why do you sound sad", "tell me a sad story", "tell me a happy fact",
    "happy birthday", "play happy music", "is the robot done", "what does angry mean", "are you a robot",
    "you sound sad", "sad", "my son is scared", "use voice mail", "keep reading the audiobook", "who is the narrator",
    "what makes people happy",
])  # fmt: skip
def test_other_talk_changes_no_voice(said: str) -> None:
    assert not [p for p in Talk().say(said) if isinstance(p, Change)]


@pytest.mark.parametrize(("said", "how"), [
    ("say that sadly", Change("emotion", "sad")), ("say that again happily", Change("emotion", "happy")),
    ("can you say that again in a happy voice", Change("emotion", "happy")),
    ("say it again like a robot", Change("manner", "robot")), ("repeat that more slowly", Change("rate", "*0.750")),
    ("repeat that louder", Change("volume", "*1.500")),
])  # fmt: skip
def test_once_more_with_feeling_is_only_once(said: str, how: Change) -> None:
    talk = Talk()
    first = words(talk.say("what day is it"))
    again = talk.say(said)
    assert words(again) == first
    assert {p.how for p in again if isinstance(p, Say)} == {(how,)}
    assert not [p for p in again if isinstance(p, Change)]


def test_once_is_for_its_phrase_alone() -> None:
    table = Table()
    table.user_says("say that sadly")
    epoch = table.epoch.now
    once = Say("One.", how=(Change("emotion", "sad"), Change("rate", "*0.5")))
    for piece in (Change("rate", 2.0), once, Say("Two.")):
        table.session.take(Item(epoch, piece))
    table.session.take(Done(epoch, "speak"))
    assert [(p.text, p.style.emotion, p.style.rate) for p in table.speak.bodies] == [
        ("One.", "sad", 1.0), ("Two.", "neutral", 2.0)]  # fmt: skip
    assert [(style.field, style.value) for style in table.of(m.StyleChanged)] == [("rate", 2.0)]


def test_voices_are_listed_and_an_unknown_one_is_said_to_be_none() -> None:
    talk = Talk()
    talk.brain = Brain(talk.assistant, {"granny_2": "old", "bright": "young"})
    assert "granny" in words(talk.say("what voices are there"))
    assert [p.value for p in talk.say("use the voice brigth") if isinstance(p, Change)] == ["bright"]
    lost = talk.say("use the voice zebra")
    assert tool(lost) == ""
    assert "no voice called zebra" in words(lost)


def test_everything_is_normal_again() -> None:
    talk = Talk()
    style = Style()
    for said in ("whisper", "sound sad", "faster", "louder", "normal voice please"):
        style = reduce(changed, [p for p in talk.say(said) if isinstance(p, Change)], style)
    assert style == Style()


def test_what_is_changed_by_voice_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path))
    choices = Choices(load())
    keeper = Keeper(choices, lambda event: None)
    for field, value in (("emotion", "happy"), ("manner", "robot"), ("voice", "deep")):
        keeper.tell(m.StyleChanged(0.0, field, value))
    choices.close()
    assert load().voice.style() == Style("deep", emotion="happy", manner="robot")
    (tmp_path / "settings.yaml").write_text("voice: {emotion: hapy}\n")
    with pytest.raises(WrongUse, match=r"voice\.emotion .*happy"):
        load()


@settings(max_examples=8, deadline=None)
@given(style=STYLES)
def test_any_style_speaks(shared: EspeakVoice, style: Style) -> None:
    x = sound(say(shared, "Yes.", Style("deep", style.rate, style.pitch, style.volume, style.emotion, style.manner)))
    assert np.abs(x).max() <= 1.0
    assert np.abs(x).max() > 0.002
