"""A voice from a recording: real ONNX graphs of the published names, bad recordings, the saved file."""

import numpy as np
import pytest

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import MIC_HZ, VOICE_HZ
from audio_io.wav import write_wav
from engine.features import fbank as features

onnx = pytest.importorskip("onnx", reason="the extra `train` is not installed")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from engine.tts import voice_prompts as prompts  # noqa: E402

YAML = """sample_rate: 24000
llm: !new:cosyvoice.llm.llm.Qwen2LM
    llm_input_size: 896
compute_fbank: !name:cosyvoice.dataset.processor.compute_fbank
    fmax: 1
feat_extractor: !name:matcha.utils.audio.mel_spectrogram
    n_fft: 1920
    num_mels: 80
    sampling_rate: !ref <sample_rate>
    hop_size: 480
    win_size: 1920
    fmin: 0
    fmax: {fmax}   # kept low
    center: False
parse_embedding: !name:cosyvoice.dataset.processor.parse_embedding
    fmax: 2
"""


def save(path, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, "tiny", inputs, outputs,
                              [numpy_helper.from_array(value, name) for name, value in constants.items()])  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def tokenizer(path, scale=700.0):
    """feats [1, 128, T], feats_length [1] -> indices [1, ceil(T / 4)]: every fourth frame's mean band as a code."""
    save(path, [
        helper.make_node("Slice", ["feats", "zero", "feats_length", "two", "four"], ["heard"]),
        helper.make_node("ReduceMean", ["heard"], ["means"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["means", "scale"], ["scaled"]), helper.make_node("Abs", ["scaled"], ["positive"]),
        helper.make_node("Cast", ["positive"], ["indices"], to=TensorProto.INT32),
    ], [helper.make_tensor_value_info("feats", TensorProto.FLOAT, [1, 128, "T"]),
        helper.make_tensor_value_info("feats_length", TensorProto.INT32, [1])],
       [helper.make_tensor_value_info("indices", TensorProto.INT32, [1, "N"])],
       {"zero": np.array([0], np.int32), "two": np.array([2], np.int32), "four": np.array([4], np.int32),
        "scale": np.array(scale, np.float32)})  # fmt: skip


def speakers(path, size=192):
    draw = np.random.default_rng(0).normal(size=(80, size)).astype(np.float32)
    save(path, [helper.make_node("ReduceMax", ["input"], ["high"], axes=[1], keepdims=0),
                helper.make_node("MatMul", ["high", "weight"], ["output"])],
         [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["B", "T", 80])],
         [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["B", size])], {"weight": draw})  # fmt: skip
    return draw


@pytest.fixture
def models(tmp_path):
    place = tmp_path / "CosyVoice2-0.5B"
    place.mkdir()
    tokenizer(place / "speech_tokenizer_v2.onnx")
    speakers(place / "campplus.onnx")
    (place / "cosyvoice2.yaml").write_text(YAML.format(fmax=8000))
    return place


def recording(path, seconds=2.0, hz=VOICE_HZ, level=0.1):
    t = np.arange(round(seconds * hz)) / hz
    write_wav(path, (level * np.sin(2 * np.pi * 220 * t * (1 + 0.1 * t))).astype(np.float32), hz)
    return path


# -- what is computed -------------------------------------------------------------------------------
@pytest.mark.parametrize("seconds", [1.0, 2.03, 3.5])
def test_a_voice_is_the_graphs_of_its_features(models, tmp_path, seconds):
    path = recording(tmp_path / "me.wav", seconds)
    prompt = prompts.PromptMaker(models)(path, "  hello  there ")
    low, high = prompts.prompt_sound(path)
    heard = features.whisper_128(low)
    codes = np.abs(heard[:, ::4].mean(axis=0) * 700).astype(np.int32)
    n = len(prompt.tokens)
    assert n in (int(25 * seconds), int(25 * seconds) + 1)
    assert np.abs(prompt.tokens - codes[:n]).max() <= 1          # sums in another order
    assert np.array_equal(prompt.mel, features.mel_24k(high, 8000.0)[:, : 2 * n])
    speaker = features.speaker_features(low).max(axis=0) @ speakers(tmp_path / "again.onnx")
    assert np.allclose(prompt.speaker, speaker, atol=1e-3)
    assert prompt.text == "hello there"


@pytest.mark.parametrize(("fmax", "top_hz"), [("8000", 8000.0), ("null", None)])
def test_the_mels_upper_edge_is_read_from_the_published_yaml(models, fmax, top_hz):
    (models / "cosyvoice2.yaml").write_text(YAML.format(fmax=fmax))
    assert prompts.mel_top(models) == top_hz


@pytest.mark.parametrize(("text", "words"), [
    (YAML.format(fmax="high"), "fmax is high"), (YAML.format(fmax=13000), "fmax is 13000"),
    (YAML.format(fmax=8000).replace("n_fft: 1920", "n_fft: 1024"), "n_fft is 1024"), ("llm: 3\n", "n_fft is missing"),
])  # fmt: skip
def test_another_mel_is_refused(models, text, words):
    (models / "cosyvoice2.yaml").write_text(text)
    with pytest.raises(Trouble, match=words):
        prompts.mel_top(models)


# -- recordings that will not do --------------------------------------------------------------------
@pytest.mark.parametrize(("make", "words"), [
    (lambda path: recording(path, 0.9), "0.90 s long, a voice needs 1 to 30 s"),
    (lambda path: recording(path, 30.5), "30.5 s long, the limit is 30 s"),
    (lambda path: recording(path, level=0.001), "silent"),
    (lambda path: recording(path, hz=8000), "8000 samples a second"),
    (lambda path: path.write_bytes(b"RIFFnosound"), "not a sound file"),
    (lambda path: path.write_bytes(b""), "empty"), (lambda path: None, "no such file"),
    (lambda path: path.write_bytes(recording(path).read_bytes()[:-999]), "cut off"),
])  # fmt: skip
def test_a_bad_recording_is_one_clear_line(models, tmp_path, make, words):
    path = tmp_path / "voice.wav"
    make(path)
    with pytest.raises(WrongUse, match=words) as caught:
        prompts.PromptMaker(models)(path, "")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


# -- models that will not do ------------------------------------------------------------------------
@pytest.mark.parametrize(("harm", "kind", "words"), [
    (lambda m: (m / "campplus.onnx").unlink(), NotHere, "campplus"),
    (lambda m: (m / "speech_tokenizer_v2.onnx").unlink(), NotHere, "speech_tokenizer_v3.onnx, speech_tokenizer_v2"),
    (lambda m: (m / "cosyvoice2.yaml").unlink(), NotHere, r"cosyvoice2\.yaml"),
    (lambda m: (m / "campplus.onnx").write_bytes(b"x" * 99), Trouble, "cannot be loaded as an ONNX network"),
    (lambda m: (m / "campplus.onnx").write_bytes((m / "speech_tokenizer_v2.onnx").read_bytes()), Trouble, "another"),
    (lambda m: speakers(m / "campplus.onnx", 100), Trouble, "speaker is float32"),
    (lambda m: tokenizer(m / "speech_tokenizer_v2.onnx", 1e5), Trouble, r"not in 0\.\.6560"),
])  # fmt: skip
def test_a_bad_model_is_one_clear_line(models, tmp_path, harm, kind, words):
    harm(models)
    with pytest.raises(kind, match=words) as caught:
        prompts.PromptMaker(models)(recording(tmp_path / "me.wav"), "")
    assert "\n" not in str(caught.value)


# -- kept -------------------------------------------------------------------------------------------
def test_a_voice_is_computed_once(models, tmp_path, monkeypatch):
    path, cache = recording(tmp_path / "me.wav"), tmp_path / "cache" / "voices"
    first = prompts.voice_prompt(path, "hello", models, cache)
    (kept,) = cache.iterdir()
    made = []
    real = prompts.PromptMaker
    monkeypatch.setattr(prompts, "PromptMaker", lambda models: made.append(models) or real(models))
    again = prompts.voice_prompt(path, "other words", models, cache)
    assert not made
    assert (first.text, again.text) == ("hello", "other words")
    for name in ("tokens", "mel", "speaker"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    kept.write_bytes(kept.read_bytes()[:500])                  # cut short: made anew
    prompts.voice_prompt(path, "hello", models, cache)
    (models / "cosyvoice2.yaml").write_text(YAML.format(fmax="null"))        # another mel: another voice
    prompts.voice_prompt(path, "hello", models, cache)
    prompts.voice_prompt(recording(path, 3.0), "hello", models, cache)       # another recording
    assert len(made) == 3
    assert len([*cache.iterdir()]) == 3


def prompt(**other):
    parts = {"text": "hi", "tokens": np.arange(3, dtype=np.int32), "mel": np.zeros((80, 6), np.float32),
             "speaker": np.ones(192, np.float32)}  # fmt: skip
    return prompts.RecordedVoice(**(parts | other))


def test_saved_and_loaded(tmp_path):
    path = tmp_path / "voice.npz"
    prompt(text="grüß dich, 你好").save(path)
    back = prompts.RecordedVoice.load(path)
    assert back.text == "grüß dich, 你好"
    assert back.tokens.tolist() == [0, 1, 2]
    with pytest.raises(NotHere, match="no such voice"):
        prompts.RecordedVoice.load(tmp_path / "none.npz")


@pytest.mark.parametrize("write", [
    lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"PK\x03\x04 no zip"),
    lambda path: path.write_text("text"), lambda path: np.savez(path, form=np.array(1), text=np.array("a")),
    lambda path: np.savez(path, form=np.array(9)), lambda path: np.savez(path, form=np.array("x")),
    lambda path: np.savez(path, form=np.array(1), text=np.array([{}], object), tokens=1, mel=1, speaker=1),
    lambda path: np.savez(path, form=np.array(1), text=np.array("a"), tokens=np.zeros(3, np.int32),
                          mel=np.zeros((80, 5), np.float32), speaker=np.zeros(192, np.float32)),
])  # fmt: skip
def test_a_bad_file_is_one_clear_line(tmp_path, write):
    path = tmp_path / "voice.npz"
    write(path)
    with pytest.raises(Trouble, match="not a saved voice") as caught:
        prompts.RecordedVoice.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [
    {"tokens": np.zeros(0, np.int32), "mel": np.zeros((80, 0), np.float32)}, {"tokens": np.zeros(3, np.int64)},
    {"tokens": np.array([0, 6561, 1], np.int32)}, {"mel": np.zeros((80, 7), np.float32)},
    {"speaker": np.full(192, np.nan, np.float32)},
])  # fmt: skip
def test_parts_that_do_not_belong_together(wrong):
    with pytest.raises(ValueError, match="not"):
        prompt(**wrong)


def test_sound_is_read_at_both_rates(tmp_path):
    low, high = prompts.prompt_sound(recording(tmp_path / "me.wav", 1.5))
    assert (len(low), len(high)) == (1.5 * MIC_HZ, 1.5 * VOICE_HZ)
