"""The workstation's recogniser: loading what is published, words so far that keep up, windows, tags."""

# ruff: noqa: E402
import io
import itertools
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
for package in ("transformers", "sentencepiece", "safetensors"):
    pytest.importorskip(package, reason="the extra `local` is not installed")

import sentencepiece
from safetensors.torch import save_file

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.frames import HOP, MIC_HZ
from engine.asr.sensevoice import SenseVoiceRecogniser, join, load_sensevoice, quietest, tags
from engine.asr.sensevoice_model import Transcript, tag_ids
from engine.messages import Audio, Begin, End, HeardTags, Words
from engine.nets import sensevoice as nets

TAGS = [f"<|{tag}|>" for tag in (*nets.LANGUAGES, *nets.EMOTIONS, *nets.EVENTS, *nets.NORMS)]
CONFIG = """encoder: SenseVoiceEncoderSmall
encoder_conf:
    output_size: 32
    attention_heads: 2
    linear_units: 48
    num_blocks: 3
    tp_blocks: 1
    kernel_size: 5
frontend_conf:
    fs: 16000
    window: hamming
    n_mels: 80
    lfr_m: 7
    lfr_n: 6
    cmvn_file: null
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkpoint of the published layout with random weights."""
    place = tmp_path_factory.mktemp("SenseVoiceSmall")
    model = io.BytesIO()
    texts = ["what time is it", "set a timer for ten minutes", "play some music please", "thank you very much"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts * 5), model_writer=model, vocab_size=80 + len(TAGS), model_type="bpe",
        user_defined_symbols=TAGS, hard_vocab_limit=False, minloglevel=2)  # fmt: skip
    (place / "tiny.bpe.model").write_bytes(model.getvalue())
    vocab = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).get_piece_size()
    cfg = nets.SenseVoiceConfig(vocab=vocab, width=32, heads=2, inner=48, layers=3, tp_layers=1, kernel=5)
    draw = torch.Generator().manual_seed(5)
    tensors = {key: torch.randn(shape, generator=draw) * 0.3 for key, shape in nets.reference_shapes(cfg).items()}
    torch.save(tensors, place / "model.pt")
    numbers = " ".join(["0.5"] * 560)
    vector = f"<LearnRateCoef> 0 [ {numbers} ]"
    (place / "am.mvn").write_text(f"<Nnet>\n<Splice> 560 560\n[ 0 ]\n<AddShift> 560 560\n{vector}\n"
                                  f"<Rescale> 560 560\n{vector}\n</Nnet>\n")  # fmt: skip
    (place / "config.yaml").write_text(CONFIG)
    return place


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * MIC_HZ)).astype(np.float32)


def utterance(listener, pcm, since=7, hop=HOP):
    """-> everything the listener said of it."""
    said = [*listener.work(Begin(since, pcm[:hop]))]
    for i in range(hop, len(pcm), hop):
        said += listener.work(Audio(since, pcm[i : i + hop]))
    return [*said, *listener.work(End(since))]


# -- the published layout ---------------------------------------------------------------------------
def test_pt_and_safetensors_give_the_same_words(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    save_file(torch.load(other / "model.pt", weights_only=True), other / "model.safetensors")
    (other / "model.pt").unlink()
    pcm = noise(1.3)
    one, two = (load_sensevoice(place, "cpu").transcribe(pcm) for place in (folder, other))
    assert one == two
    assert one.text
    assert set(one.odds) == {"language", "emotion", "event", "norm"}
    assert all(sum(names.values()) == pytest.approx(1) for names in one.odds.values())


def test_listener_hears_what_the_model_hears(folder):
    model = load_sensevoice(folder)
    pcm = noise(1.2, 3)
    said = utterance(SenseVoiceRecogniser(model, lockstep=True), pcm)
    whole = model.transcribe(pcm)
    assert said[-1] == Words(7, whole.text, True, tags(whole.odds))
    assert len(said) >= 2
    assert not any(words.final for words in said[:-1])
    assert said == utterance(SenseVoiceRecogniser(model, lockstep=True), pcm)


def test_words_are_decoded_without_tags_and_nobody_says_nothing(folder):
    model = load_sensevoice(folder)
    ids = model.pieces.encode("what time is it")
    steps = [model.ids.language["en"], model.ids.emotion["SAD"], model.ids.event["Laughter"], model.ids.norm["woitn"],
             0, *itertools.chain(*((i, i, 0) for i in ids)), model.ids.event["Cough"], 0]  # fmt: skip
    scores = torch.nn.functional.one_hot(torch.tensor(steps), model.net.cfg.vocab).float() * 20
    heard = model._read(scores.log_softmax(-1))
    assert heard.text == "what time is it"
    assert tags(heard.odds) == HeardTags("en", "sad", "laughter")
    scores[0] = torch.nn.functional.one_hot(torch.tensor(model.ids.language["nospeech"]), model.net.cfg.vocab) * 20
    assert model._read(scores.log_softmax(-1)).text == ""


def broken_config(place):
    (place / "config.yaml").write_text(CONFIG.replace("output_size: 32", "output_size: many"))


def broken_front_end(place):
    (place / "config.yaml").write_text(CONFIG.replace("lfr_n: 6", "lfr_n: 4"))


def object_yaml(place):
    (place / "config.yaml").write_text("!!python/object/apply:os.getcwd []")


def no_tags(place):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c d e f g"] * 9), model_writer=model,
                                             vocab_size=20, hard_vocab_limit=False, minloglevel=2)  # fmt: skip
    (place / "tiny.bpe.model").write_bytes(model.getvalue())


def no_key(place):
    tensors = torch.load(place / "model.pt", weights_only=True)
    del tensors["encoder.tp_norm.bias"]
    torch.save(tensors, place / "model.pt")


def other_network(place):
    torch.save({"weight": torch.zeros(2, 2)}, place / "model.pt")


def cut_mvn(place):
    (place / "am.mvn").write_text((place / "am.mvn").read_text()[:4000])


@pytest.mark.parametrize(("harm", "kind", "words"), [
    (lambda place: (place / "model.pt").unlink(), NotHere, "neither model.safetensors nor model.pt"),
    (lambda place: (place / "am.mvn").unlink(), NotHere, "am.mvn"),
    (lambda place: (place / "tiny.bpe.model").unlink(), NotHere, r"bpe\.model"),
    (lambda place: (place / "tiny.bpe.model").write_bytes(b"no model"), Trouble, "not a sentencepiece model"),
    (cut_mvn, Trouble, "<Rescale>|<AddShift>"), (broken_config, Trouble, "output_size is 'many'"),
    (broken_front_end, Trouble, "lfr_n is 4"), (object_yaml, Trouble, "not plain YAML"),
    (no_tags, Trouble, "do not belong together"), (no_key, Trouble, r"encoder\.tp_norm\.bias"),
    (other_network, Trouble, "lacks the key"),
])  # fmt: skip
def test_a_bad_folder_is_one_clear_line(folder, tmp_path, harm, kind, words):
    place = tmp_path / "model"
    shutil.copytree(folder, place)
    harm(place)
    with pytest.raises(kind, match=words) as caught:
        load_sensevoice(place)
    assert "\n" not in str(caught.value)
    assert str(place) in str(caught.value)


def test_a_tokenizer_without_tags_is_not_sensevoices(tmp_path):
    no_tags(tmp_path)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "tiny.bpe.model"))
    with pytest.raises(Trouble, match=r"language, such as <\|zh\|>"):
        tag_ids(pieces, tmp_path)


def test_a_device_that_is_none(folder):
    with pytest.raises(WrongUse, match="abacus"):
        load_sensevoice(folder, "abacus")


# -- pace, windows, tags: with a model that writes down what it was asked -----------------------------
class Model:
    """Says how many seconds it heard; a run costs `cost_s` on its own clock, which sound does not move."""

    def __init__(self, cost_s=0.0, odds=None):
        self.cost_s, self.now, self.runs, self.odds = cost_s, 0.0, [], odds or {}

    def transcribe(self, pcm, language, given_up):
        self.now += self.cost_s
        self.runs.append(len(pcm))
        return Transcript(f"s{len(pcm) / MIC_HZ:.2f}", self.odds)

    def clock(self):
        return self.now


@pytest.mark.parametrize(("cost_s", "gap_s"), [(0.0, 0.3), (0.1, 0.3), (0.5, 1.0), (2.0, 4.0)])
def test_words_so_far_take_at_most_half_of_real_time(cost_s, gap_s):
    model = Model(cost_s)
    utterance(SenseVoiceRecogniser(model, clock=model.clock), np.zeros(20 * MIC_HZ, np.float32))
    gaps = np.diff(model.runs[:-1]) / MIC_HZ
    assert (gaps >= gap_s).all()
    assert (gaps < gap_s + 2 * HOP / MIC_HZ).all()
    assert sum(model.runs[i] > 0 for i in range(len(model.runs) - 1)) * cost_s <= 10 + cost_s


def test_the_final_words_cost_no_run_that_was_just_made():
    model = Model()
    listener = SenseVoiceRecogniser(model, clock=model.clock)
    pcm = np.zeros(MIC_HZ, np.float32)
    assert [w.text for w in listener.work(Begin(1, pcm))] == ["s1.00"]
    assert [*listener.work(End(1))] == [Words(1, "s1.00", True)]
    assert model.runs == [MIC_HZ]


def test_a_long_utterance_is_cut_where_it_is_quiet():
    pcm = noise(70)
    for second in (24, 47):                      # pauses; the next window begins in the first
        pcm[second * MIC_HZ : round((second + 0.4) * MIC_HZ)] = 0
    model = Model()
    last = utterance(SenseVoiceRecogniser(model, lockstep=True), pcm)[-1]
    assert max(model.runs) <= 30 * MIC_HZ + HOP
    lengths = [float(word[1:]) for word in last.text.split()]
    assert lengths[0] == pytest.approx(24.2, abs=0.15)
    assert lengths[0] + lengths[1] == pytest.approx(47.2, abs=0.15)
    assert sum(lengths) == pytest.approx(70, abs=0.02)


def test_quietest_lies_inside():
    pcm = np.ones(30 * MIC_HZ, np.float32)
    pcm[round(25 * MIC_HZ) : round(25.2 * MIC_HZ)] = 0
    assert quietest(pcm) / MIC_HZ == pytest.approx(25.1, abs=0.02)


def test_tags_are_told_only_when_sure_and_weighted_by_time():
    odds = {"language": {"en": 0.4, "zh": 0.35, "ja": 0.25}, "emotion": {"HAPPY": 0.9, "SAD": 0.1},
            "event": {"Event_UNK": 0.9, "Cough": 0.1}}  # fmt: skip
    listener = SenseVoiceRecogniser(Model(odds=odds), lockstep=True)
    last = utterance(listener, noise(1))[-1]
    assert last.tags == listener.heard == HeardTags("", "happy", "")


def test_what_belongs_to_no_open_utterance_is_ignored():
    listener = SenseVoiceRecogniser(Model(), lockstep=True)
    assert not [*listener.work(Audio(3, noise(1))), *listener.work(End(3))]
    assert [*listener.work(Begin(3, noise(0.01)))] == []
    assert not [*listener.work(Audio(2, noise(1)))]
    assert [*listener.work(End(3))] == [Words(3, "", True)]
    assert not [*listener.work(End(3))]


def test_stop_ends_a_run_within_a_layer(folder):
    model = load_sensevoice(folder)
    listener = SenseVoiceRecogniser(model, lockstep=True)
    layers = []

    def stopping(layer, inputs, output):
        layers.append(layer)
        listener.stop()

    hooks = [layer.register_forward_hook(stopping) for layer in model.net.encoder.layers]
    assert not utterance(listener, noise(1.5))
    assert len(layers) == 1
    for hook in hooks:
        hook.remove()


def test_a_language_that_it_has_no_row_for():
    with pytest.raises(WrongUse, match="klingon"):
        SenseVoiceRecogniser(Model(), "klingon")


def test_broken_samples_are_heard_as_silence(folder):
    pcm = noise(0.6)
    pcm[100:200] = np.nan
    said = utterance(SenseVoiceRecogniser(load_sensevoice(folder), lockstep=True), pcm)
    assert said[-1].final


def test_join():
    assert join("", "a") == "a"
    assert join("a b", "c") == "a b c"
    assert join("你好", "世界") == "你好世界"
    assert join("안녕", "하세요") == "안녕 하세요"
    assert join("hi", "") == "hi"
