"""The laptop's voice: the codec in steps, transformers' own sound, chunks and words, styles, voices, broken files."""

# ruff: noqa: E402
import json
import shutil
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
pytest.importorskip("transformers", reason="the extra `local` is not installed")

import soundfile
from safetensors.torch import save_file
from tiny_laptop import save_codec, save_pocket, save_voices

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import VOICE_HZ
from engine.local.pocket import KEPT, STEP, PocketVoice, cut
from engine.local.pocket_codec import CodecStream, encoded
from engine.local.pocket_model import load_pocket
from engine.local.stretch import Shaped, Stretch
from engine.nets.halting import halts
from engine.parts import Phrase, Style
from engine.presets import Preset, Recording
from engine.spoken import as_spoken

TEXT = "Good morning, the kettle is on."


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("models")
    codec = save_codec(home / "pocket-tts-audio-tokenizer")
    pocket = save_pocket(home / "pocket-tts", codec)
    save_voices(pocket)
    return pocket, codec


@pytest.fixture(scope="module")
def model(folders):
    return load_pocket(*folders)


def tone(seconds, hz=VOICE_HZ):
    t = np.arange(round(seconds * hz)) / hz
    return (0.3 * np.sin(2 * np.pi * 150 * t) + 0.1 * np.sin(2 * np.pi * 1350 * t)).astype(np.float32)


def result(steps):
    """-> what a generator gives without the pauses, and what it returns."""
    given = []
    while True:
        try:
            piece = next(steps)
        except StopIteration as done:
            return given, done.value
        if piece is not None:
            given.append(piece)


def spoken(voice, text, /, **style):
    """-> sound, [(sample, word)], chunks."""
    chunks, _ = result(voice.work(Phrase(text, Style(**style), last=True)))
    words, at = [], 0
    for chunk in chunks:
        words += [(at + i, word) for i, word in chunk.words]
        at += len(chunk.pcm)
    return np.concatenate([chunk.pcm for chunk in chunks]), words, chunks


# -- the networks in steps --------------------------------------------------------------------------
@pytest.mark.parametrize("cuts", [[9], [1] * 9, [2, 3, 4]], ids=["once", "frames", "odd"])
def test_codec_in_steps_is_transformers_in_one(model, cuts):
    latents = torch.randn(1, 9, 4, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        whole = model.codec.decode(latents).audio_values[0, 0].numpy()
    stream, parts, at = CodecStream(model.codec), [], 0
    for n in cuts:
        parts.append(stream.step(latents[:, at : at + n]))
        at += n
    assert [len(part) for part in parts] == [n * model.frame for n in cuts]
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-5 * np.abs(whole).max()


def test_encoder_in_slices_is_transformers_in_one(model):
    pcm = np.random.default_rng(1).normal(0, 0.1, 20 * model.frame).astype(np.float32)
    with torch.no_grad():
        whole = model.codec.encode(torch.from_numpy(pcm)[None, None]).latents
    _, latents = result(encoded(model.codec, pcm))
    assert latents.shape == whole.shape
    assert float((latents - whole).abs().max()) < 1e-5 * float(whole.abs().max())


@pytest.mark.parametrize("text", [TEXT, "Yes"], ids=["sentence", "word"])
def test_sound_is_transformers_own(model, monkeypatch, text):
    """`generate` and `decode` of transformers, with the same noise and the same recording of a voice."""
    pcm = np.random.default_rng(2).normal(0, 0.1, VOICE_HZ).astype(np.float32)
    content = [{"type": "audio", "audio": pcm}, {"type": "text", "text": text}]
    inputs = model.processor.apply_chat_template([{"role": "user", "content": content}], tokenize=True,
                                                 return_dict=True, return_tensors="pt")  # fmt: skip
    chance, draw = torch.Generator().manual_seed(4), torch.randn
    monkeypatch.setattr(torch, "randn", lambda *size, **more: draw(*size, **more, generator=chance))
    out = model.net.generate(**inputs)
    monkeypatch.undo()
    theirs = model.processor.decode(out.audio_latents, out.audio_latents_mask)[0].numpy()
    _, speaker = result(model.recorded(pcm))
    ours = np.concatenate(result(model.say(speaker, text, seed=4))[0])
    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs).max() < 1e-5


# -- a phrase ---------------------------------------------------------------------------------------
def test_chunks_are_short_and_hold_every_word_in_order(model):
    sound, words, chunks = spoken(PocketVoice(model), TEXT)
    assert [word for _, word in words] == TEXT.split()
    assert [at for at, _ in words] == sorted(at for at, _ in words)
    assert all(0 < len(chunk.pcm) <= STEP <= VOICE_HZ * 0.05 for chunk in chunks)
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert np.isfinite(sound).all()
    assert 0.01 < np.abs(sound).max() <= 1
    assert words[-1][0] > len(sound) * 0.4


def test_the_first_chunk_needs_one_frame(model, monkeypatch):
    made = []
    step = CodecStream.step
    monkeypatch.setattr(CodecStream, "step", lambda self, latents: made.append(1) or step(self, latents))
    steps = PocketVoice(model).work(Phrase(TEXT))
    first = next(chunk for chunk in steps if chunk is not None)
    steps.close()
    assert len(first.pcm) == STEP
    assert len(made) == 1


def test_closed_in_mid_phrase_it_computes_no_more_and_the_next_is_as_ever(model, monkeypatch):
    voice = PocketVoice(model)
    whole, _, _ = spoken(voice, TEXT)
    steps = voice.work(Phrase(TEXT))
    for _ in range(9):
        next(steps)
    made = []
    monkeypatch.setattr(type(model), "_run", lambda *_: made.append(1))
    steps.close()
    monkeypatch.undo()
    assert made == []
    again, _, _ = spoken(voice, TEXT)
    assert np.array_equal(whole, again)


def test_a_large_network_yields_within_a_frame_and_sounds_the_same(model, monkeypatch):
    whole, _, _ = spoken(PocketVoice(model), TEXT)
    steps = sum(1 for _ in PocketVoice(model).work(Phrase(TEXT)))
    monkeypatch.setattr(model, "places", halts(model.net.model, every=1))
    again, _, _ = spoken(PocketVoice(model), TEXT)
    assert np.array_equal(whole, again)
    voice = PocketVoice(model)
    assert sum(1 for _ in voice.work(Phrase(TEXT))) > 3 * steps
    for stop in (3, 20, 50):                     # within the voice, the text, a frame
        with closing(voice.work(Phrase(TEXT))) as work:
            for _ in zip(range(stop), work, strict=False):
                pass
    assert np.array_equal(spoken(voice, TEXT)[0], whole)


def test_stop_ends_it_within_a_chunk(model):
    voice = PocketVoice(model)
    steps = voice.work(Phrase(TEXT))
    next(chunk for chunk in steps if chunk is not None)
    voice.stop()
    assert [chunk for chunk in steps if chunk is not None] == []


@pytest.mark.parametrize("text", ["", "   ", "🙂", "***", "---"])
def test_what_is_not_spoken_has_its_place(model, text):
    sound, words, chunks = spoken(PocketVoice(model), text)
    assert [word for _, word in words] == text.split()
    assert len(chunks) == 1
    assert chunks[0].last
    assert not sound.any()
    assert result(PocketVoice(model).work(Phrase(" ")))[0] == []


def test_a_long_phrase_is_spoken_in_pieces_after_its_clauses():
    text = " ".join(["one two three four five, six seven eight."] * 8) + " 🙂"
    pieces = cut(as_spoken(text), lambda part: len(part.split()))
    assert [word for piece in pieces for word, _ in piece.words] == text.split()
    assert len(pieces) == 2
    assert all(piece.text.endswith((",", ".")) for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == as_spoken(text).text
    one = cut(as_spoken("x" * 3 + " y" * 120), lambda part: len(part.split()))
    assert [len(piece.words) for piece in one] == [50, 50, 21]


def test_a_hostile_phrase_ends(model):
    voice = PocketVoice(model)
    text = "A\x00" + "é漢字" * 20 + " <audio_bos> <voice> " + "z" * 90
    sound, words, _ = spoken(voice, text)
    assert [word for _, word in words] == text.split()
    assert np.isfinite(sound).all()


def test_a_broken_network_is_said_and_not_played(model):
    bias = model.net.eos_head.bias.data.clone()
    mean = model.net.latent_mean.clone()
    model.net.latent_mean += float("nan")
    try:
        with pytest.raises(Trouble, match="no numbers"):
            spoken(PocketVoice(model), TEXT)
    finally:
        model.net.latent_mean.copy_(mean)
    assert torch.equal(model.net.eos_head.bias, bias)


# -- styles -----------------------------------------------------------------------------------------
def test_rate_pitch_and_volume(model):
    voice = PocketVoice(model)
    plain, _, _ = spoken(voice, TEXT)
    fast, words, _ = spoken(voice, TEXT, rate=1.5)
    slow, _, _ = spoken(voice, TEXT, emotion="sad")
    quiet, _, _ = spoken(voice, TEXT, volume=0.25)
    high, _, _ = spoken(voice, TEXT, pitch=1.2)
    assert len(fast) == pytest.approx(len(plain) / 1.5, abs=STEP)
    assert len(slow) == pytest.approx(len(plain) / 0.8, abs=STEP)
    assert len(high) == pytest.approx(len(plain), abs=STEP)
    assert [word for _, word in words] == TEXT.split()
    assert np.abs(quiet).max() == pytest.approx(np.abs(plain).max() / 4, rel=1e-3)
    assert np.abs(spoken(voice, TEXT, volume=2.0, manner="loud")[0]).max() <= 1


@pytest.mark.parametrize("tempo", [0.5, 0.8, 1.3, 2.5])
def test_stretch_keeps_the_pitch_and_the_level(tempo):
    x = tone(2)
    once, parts = Stretch(tempo), Stretch(tempo)
    y = np.concatenate([once(x), once.flush()])
    z = np.concatenate([*(parts(x[i : i + 777]) for i in range(0, len(x), 777)), parts.flush()])
    assert np.array_equal(y, z)
    assert len(y) == round(len(x) / tempo)
    strongest = np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * VOICE_HZ / len(y)
    assert strongest == pytest.approx(150, abs=2)
    inner = y[VOICE_HZ // 10 : -VOICE_HZ // 10]
    assert np.sqrt(np.mean(inner**2)) == pytest.approx(np.sqrt(np.mean(x**2)), rel=0.03)
    assert np.abs(np.diff(y)).max() < 1.2 * np.abs(np.diff(x)).max()         # no clicks


def test_pitch_moves_without_the_tempo():
    shaped = Shaped(1.2, 1.1)
    y = np.concatenate([shaped(tone(2)), shaped.flush()])
    assert len(y) == pytest.approx(2 * VOICE_HZ / 1.2, abs=4)
    strongest = np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * VOICE_HZ / len(y)
    assert strongest == pytest.approx(165, abs=2)
    same = Stretch(1.0)
    assert np.array_equal(same(tone(0.1)), tone(0.1))
    assert len(same.flush()) == 0


# -- voices -----------------------------------------------------------------------------------------
def test_voices_differ_and_unknown_ones_are_told_of(model):
    lines = []
    voice = PocketVoice(model, told=lines.append)
    assert {"alba", "marius", "calm"} <= set(voice.voices())
    usual, alba, marius = (spoken(voice, "Yes", voice=name)[0] for name in ("en-us", "alba", "marius"))
    assert np.array_equal(usual, alba)
    n = min(len(alba), len(marius))
    assert np.abs(alba[:n] - marius[:n]).max() > 0.01
    assert lines == []
    for _ in range(2):
        assert np.array_equal(spoken(voice, "Yes", voice="mariux")[0], usual)
    assert len(lines) == 1
    assert "'mariux'" in lines[0]
    assert "marius" in lines[0]


def test_a_recording_becomes_a_voice_and_is_read_once(model, tmp_path, monkeypatch):
    file = tmp_path / "me.wav"
    soundfile.write(file, tone(1.5), VOICE_HZ)
    mine = Preset(Style("en-us", rate=1.25), "mine", prompt=Recording(file, "anything"))
    voice = PocketVoice(model, {"mine": mine})
    read = []
    recorded = model.recorded
    monkeypatch.setattr(model, "recorded", lambda pcm: read.append(len(pcm)) or recorded(pcm))
    one, _, _ = spoken(voice, "Yes", voice="mine")
    two, _, _ = spoken(voice, "Yes", voice="mine")
    assert np.array_equal(one, two)
    assert read == [round(1.5 * VOICE_HZ)]
    soundfile.write(file, tone(0.3), VOICE_HZ)
    with pytest.raises(WrongUse, match=r"0\.30 s long"):
        spoken(PocketVoice(model, {"mine": mine}), "Yes", voice="mine")


def test_few_voices_stay_in_memory(model, monkeypatch):
    voice = PocketVoice(model)
    voice.own = [f"v{k}" for k in range(KEPT + 3)]
    monkeypatch.setattr(model, "speaker", lambda name: iter_of(SimpleNamespace(name=name)))
    for name in voice.own:
        result(voice.prepare(Style(name)))
    assert list(voice._speakers) == voice.own[3:]


def iter_of(value):
    yield None
    return value


def test_a_voice_kept_as_keys_and_values_is_the_voice_kept_as_latents(model, folders):
    _, speaker = result(model.speaker("marius"))
    tensors = {}
    for i, (keys, values) in enumerate(speaker.layers):
        tensors |= {f"layers.{i}.key": keys.contiguous(), f"layers.{i}.value": values.contiguous()}
    path = folders[0] / "voices" / "kept.safetensors"
    try:
        save_file(tensors, path)
        _, kept = result(model.speaker("kept"))
        one, two = (result(model.say(s, "Yes"))[0] for s in (speaker, kept))
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
        tensors.pop("layers.1.key")
        save_file(tensors, path)
        with pytest.raises(Trouble, match="no voice of this model"):
            result(model.speaker("kept"))
        path.write_bytes(b"nothing")
        with pytest.raises(Trouble, match="cannot be read"):
            result(model.speaker("kept"))
    finally:
        path.unlink()


# -- the published layout ---------------------------------------------------------------------------
def test_what_is_missing_is_said(folders, tmp_path):
    pocket, codec = folders
    with pytest.raises(NotHere, match=r"config\.json"):
        load_pocket(tmp_path, codec)
    with pytest.raises(Trouble, match="pocket_tts_audio_tokenizer"):
        load_pocket(pocket, pocket)
    for name in ("chat_template.jinja", "processor_config.json"):
        place = tmp_path / name.partition(".")[0]
        shutil.copytree(pocket, place)
        (place / name).unlink()
        with pytest.raises(NotHere, match=name.replace(".", r"\.")):
            load_pocket(place, codec)


def test_a_template_or_codec_that_does_not_fit_is_refused(folders, tmp_path):
    pocket, codec = folders
    place = tmp_path / "pocket"
    shutil.copytree(pocket, place)
    (place / "chat_template.jinja").write_text("{{ messages[0].content[-1].text }}<audio_bos><voice>")
    with pytest.raises(Trouble, match=r"template|processor"):
        load_pocket(place, codec)
    other = tmp_path / "codec"
    shutil.copytree(codec, other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"pad_mode": "replicate"}))
    with pytest.raises(Trouble, match="as it comes"):
        load_pocket(pocket, other)


def test_without_any_voice_it_does_not_begin(folders, tmp_path):
    place = tmp_path / "pocket"
    shutil.copytree(folders[0], place, ignore=shutil.ignore_patterns("voices"))
    with pytest.raises(NotHere, match="has no voices"):
        PocketVoice(load_pocket(place, folders[1]))
