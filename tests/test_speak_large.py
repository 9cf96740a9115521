"""CosyVoice as the voice of the large profiles, on tiny checkpoints in the published layout."""

# ruff: noqa: E402
import os
import shutil
import threading
from contextlib import closing
from copy import copy
from dataclasses import replace
from queue import Queue

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors", "onnx"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import tiny_models

from audio_io.errors import Trouble, WrongUse
from audio_io.frames import DEVICE_HZ, VOICE_HZ
from audio_io.notices import state
from audio_io.wav import write_wav
from engine.messages import Chunk, Phrase, Style
from engine.nets.flow_recorded import RecordedFlow
from engine.notices import NoticeCode
from engine.tts.back_channels import with_signs
from engine.tts.cosyvoice import CosyVoice, language, said_words
from engine.tts.cosyvoice_model import load_cosyvoice
from engine.tts.sample_rate import at_rate
from engine.tts.text import as_spoken
from engine.tts.voices import Preset, Recording
from engine.workers.stage import Done, Epoch, Failed, Item, Stage


@pytest.fixture(scope="module")
def published():
    """-> {version: folder}"""
    _, _, two, three = tiny_models.published()
    return {2: two, 3: three}


@pytest.fixture
def nothing_left():
    """Afterwards no more threads than before."""
    before = set(threading.enumerate())
    yield
    assert [t.name for t in threading.enumerate() if t not in before and t.is_alive()] == []


@pytest.fixture(scope="module", params=[2, 3], ids=["cv2", "cv3"])
def model(request, published):
    made = load_cosyvoice(published[request.param])
    made.tokens.rules = replace(made.tokens.rules, most=3)       # random weights seldom end by themselves
    return made


def spoken(voice, phrase):
    """-> the sound, and (second, word) of each word."""
    at, parts, words = 0, [np.zeros(0, np.float32)], []
    for chunk in voice.work(phrase):
        if chunk is not None:
            assert len(chunk.pcm) <= VOICE_HZ // 20
            assert all(0 <= n < max(1, len(chunk.pcm)) for n, _ in chunk.words)
            words += [((at + n) / VOICE_HZ, word) for n, word in chunk.words]
            at, last = at + len(chunk.pcm), chunk.last
            parts.append(chunk.pcm)
    assert last == phrase.last
    return np.concatenate(parts), words


# -- the voice ------------------------------------------------------------------------------------------------
def test_every_word_is_marked_and_the_same_phrase_is_the_same_sound(model, tmp_path):
    voice = CosyVoice(model, {}, tmp_path)
    phrase = Phrase("**Hi**, it is 12.", last=True)
    pcm, words = spoken(voice, phrase)
    assert [word for _, word in words] == phrase.text.split()
    assert [t for t, _ in words] == sorted(t for t, _ in words)
    assert len(pcm) % (VOICE_HZ // 25) == 0
    with closing(voice.work(Phrase("Something else that is cut."))) as chunks:
        next(chunk for chunk in chunks if chunk is not None)
    assert np.array_equal(spoken(CosyVoice(model, {}, tmp_path), phrase)[0], pcm)
    assert len(model.tokens.free) == 1                           # what was cut has given its lane back


def test_phrases_without_sound_keep_their_words(model, tmp_path):
    voice = CosyVoice(model, {}, tmp_path)
    assert spoken(voice, Phrase("**"))[1] == [(0, "**")]
    assert len(spoken(voice, Phrase("", last=True))[0]) == 0


def test_style_and_speaker_change_the_voice(model, tmp_path):
    voice, said = CosyVoice(model, {}, tmp_path, told=(lines := []).append), "Good."
    plain, _ = spoken(voice, Phrase(said))
    styles = [Style(rate=2.0), Style(volume=0.5), Style(emotion="sad")]
    fast, quiet, sad = (spoken(voice, Phrase(said, style))[0] for style in styles)
    assert len(fast) < 0.7 * len(plain)
    assert not np.array_equal(sad, plain)
    assert np.abs(quiet).max() < np.abs(plain).max()
    assert (state(NoticeCode.AVERAGE_VOICE) in lines) == (not model.speakers)


def test_a_recording_of_ones_own_is_a_voice(model, tmp_path):
    t = np.arange(2 * VOICE_HZ) / VOICE_HZ
    write_wav(tmp_path / "me.wav", (0.1 * np.sin(2 * np.pi * 220 * t * (1 + 0.1 * t))).astype(np.float32), VOICE_HZ)
    mine = Preset(Style(rate=1.5), "Me", prompt=Recording(tmp_path / "me.wav", "Hello."))
    voice = CosyVoice(model, {"me": mine}, tmp_path / "cache")
    assert list(voice.prepare(Style("me"))) or True
    (kept,) = (tmp_path / "cache").glob("voice-*.npz")
    before = kept.stat().st_mtime_ns
    assert [word for _, word in spoken(voice, Phrase("Good.", Style("me")))[1]] == ["Good."]
    again = CosyVoice(model, {"me": mine}, tmp_path / "cache")
    spoken(again, Phrase("Good.", Style("me", emotion="happy")))
    assert kept.stat().st_mtime_ns == before
    voice.stop()
    again.stop()


def test_a_recording_too_long_for_a_recorded_flow_is_told_and_spoken(model, tmp_path):
    t = np.arange(2 * VOICE_HZ) / VOICE_HZ
    write_wav(tmp_path / "me.wav", (0.1 * np.sin(2 * np.pi * 220 * t * (1 + 0.1 * t))).astype(np.float32), VOICE_HZ)
    mine = Preset(Style(), "Me", prompt=Recording(tmp_path / "me.wav", "Hello."))
    lengths = []
    for room in (120, 40):                       # frames of 20 ms
        wave, told = copy(model.wave), []
        wave.flow = RecordedFlow(model.wave.flow.net, wave.how, wave.left, prompt=room)
        voice = CosyVoice(replace(model, wave=wave), {"me": mine}, tmp_path / "cache", told.append)
        lengths.append(len(spoken(voice, Phrase("Good.", Style("me")))[0]))
        voice.stop()
        lines = [str(what) for what in told]
        assert [("answers later" in line, "there is room for 0.80" in line) for line in lines] == [(True, True)] * (
            room == 40)  # fmt: skip
    assert lengths[0] == lengths[1] > 0


def test_a_speaker_that_the_model_lacks_is_refused(model, tmp_path):
    voice = CosyVoice(model, {"x": Preset(Style(), "", speaker="nobody")}, tmp_path)
    with pytest.raises(WrongUse, match="voice x: its speaker 'nobody' is not in voice"):
        list(voice.work(Phrase("Hi.", Style("x"))))


def test_another_version_and_a_wrong_key_are_named(published, tmp_path):
    with pytest.raises(WrongUse, match=r"llm\.pt: is CosyVoice 3, not 2"):
        load_cosyvoice(published[3], version=2)
    for name, file in (("hift", "hift.pt"), ("flow", "flow.pt")):
        folder = tmp_path / name
        shutil.copytree(published[2], folder, copy_function=os.link)
        tensors = torch.load(folder / file, weights_only=True)
        key = next(iter(tensors))
        (folder / file).unlink()
        torch.save({k: v for k, v in tensors.items() if k != key}, folder / file)
        with pytest.raises(Trouble, match=f"{file}: lacks the key {key.removeprefix('generator.')} "):
            load_cosyvoice(folder)


@pytest.mark.parametrize(("file", "text", "line"), [
    ("cosyvoice2.yaml", "flow: [", "cosyvoice2.yaml: is damaged"), ("cosyvoice2.yaml", "- 3", "holds no settings"),
    ("cosyvoice2.yaml", "flow: {encoder: {output_size: 33}}", "does not fit the sizes|has the shape|lacks the key"),
    ("CosyVoice-BlankEN/config.json", "{}", "config.json: lacks hidden_size"),
    ("CosyVoice-BlankEN/config.json", None, "config.json: there is no such file"),
    ("spk2info.pt", "junk", "spk2info.pt: is no table of speakers"), ("llm.pt", None, "neither llm.safetensors nor"),
])  # fmt: skip
def test_a_file_that_is_not_what_it_should_be_is_one_line(published, tmp_path, file, text, line):
    folder = tmp_path / "voice"
    shutil.copytree(published[2], folder, copy_function=os.link)
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text)
    with pytest.raises(Trouble, match=line) as caught:
        load_cosyvoice(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [
    ("At 12 and 1984.", "At twelve and nineteen eighty-four."), ("A4, v1.2.3", "A4, v1.2.3"),
    ("1,200 of 3.5%", "one thousand two hundred of three point five%"), ("温度是12度", "温度是12度"),
])  # fmt: skip
def test_figures_are_said_in_words_where_that_is_english(text, said):
    assert "".join(said_words(as_spoken(text, every_script=True))) == said


@pytest.mark.parametrize(("text", "code"), [
    ("Hello 你", "en"), ("你好 ok", "zh"), ("こんにちは世界", "ja"), ("안녕", "ko"), ("12", "en"),
])  # fmt: skip
def test_the_language_is_told_by_the_script(text, code):
    assert language(text) == code


# -- in the product's threads ---------------------------------------------------------------------------------
def test_a_new_epoch_stops_the_voice_in_its_thread(model, tmp_path, nothing_left):
    """The real stage: what nobody wants any more is let go of, and the next phrase is spoken whole."""
    voice, out, epoch = CosyVoice(model, {}, tmp_path), Queue(1000), Epoch()
    stage = Stage("speak", with_signs(at_rate(voice.work, DEVICE_HZ), DEVICE_HZ), epoch, out)
    stage.start()
    stage.put(Item(0, Phrase("This is a long story that nobody is going to hear to its very end, is it?")))
    first = out.get(timeout=60)
    assert isinstance(first.body, Chunk)
    epoch.now = 1
    stage.put(Item(1, Phrase("Yes.", last=True)))
    seen = [first]
    while not isinstance(seen[-1], Done):
        seen.append(out.get(timeout=60))
    stage.stop(60)
    voice.stop()
    assert not [m for m in seen if isinstance(m, Failed)]
    assert not [m for m in seen if isinstance(m, Done) and m.epoch == 0]
    said = [word for m in seen if isinstance(m, Item) and m.epoch == 1 for _, word in m.body.words]
    assert said == ["Yes."]
    assert len(model.tokens.free) == 1
