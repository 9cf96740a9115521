"""The recipe of the voice encoder, in small: what is learnt from, in which order, and how it is weighed."""

import csv
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_io.errors import NotHere, WrongUse
from audio_io.frames import MIC_HZ

torch = pytest.importorskip("torch", reason="the training extra is not installed", exc_type=ImportError)
sentencepiece = pytest.importorskip("sentencepiece", reason="the training extra is not installed")

from engine.corpus.manifest import manifest, split_of  # noqa: E402
from engine.features.mel import MelState  # noqa: E402
from engine.features.mel import log_mel as streaming  # noqa: E402
from engine.nets.encoder import EncoderConfig, VoiceEncoder  # noqa: E402
from engine.training.encoder import augment  # noqa: E402
from engine.training.encoder import batches as encoder_batches  # noqa: E402
from engine.training.encoder import data as encoder_data  # noqa: E402
from engine.training.encoder import start as encoder_start  # noqa: E402
from engine.training.encoder import train as train_encoder  # noqa: E402

SAID = ["what time is it in tokyo", "set a timer for ten minutes please", "a cat", "tell me a story about the sea",
        "how many miles are eight kilometres", "stop", "it's half past nine in the morning and i am late"]  # fmt: skip


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SAID * 3), model_prefix=str(folder / "pieces"), vocab_size=40, unk_id=0, bos_id=-1,
        eos_id=-1, minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, pieces):
    """Noise of the right lengths, through the cache."""
    folder, rng = tmp_path_factory.mktemp("speech"), np.random.default_rng(1)
    rows = []
    for k, words in enumerate(SAID):
        seconds = 6.5 if len(words.split()) > 9 else 1.0 + 0.2 * k
        soundfile.write(folder / f"{k}.wav", 0.1 * rng.standard_normal(int(seconds * MIC_HZ)), MIC_HZ)
        rows.append(({"file": f"{k}.wav", "category": "some"}, words))
    return encoder_batches.Corpus(folder / "cache", encoder_data.cache(folder, rows, folder / "cache", 1), pieces)


def examples(corpus, batch_s=4.0, often=0.5):
    rng = torch.Generator().manual_seed(1)
    air = augment.Air(augment.synthetic_rooms(3, rng), 0.01 * torch.randn(20 * MIC_HZ, generator=rng))
    return encoder_batches.Examples([corpus], air, 1, often, batch_s)


def test_the_cache_holds_every_sound_and_is_read_again(corpus, tmp_path):
    assert [u.words for u in corpus.utterances] == SAID
    assert [u.n for u in corpus.utterances][:2] == [MIC_HZ, int(1.2 * MIC_HZ)]
    assert sum(u.n for u in corpus.utterances) == len(corpus.sounds)
    assert encoder_data.cache(tmp_path / "gone", [], Path(corpus.sounds.filename), 1) == corpus.utterances


def test_speakers_are_in_one_split_only_and_about_a_tenth_are_kept_out():
    rows = [{"file": f"{s}-{k}.wav", "speaker": f"s{s}"} for s in range(600) for k in range(3)]
    by_speaker = {r["speaker"]: set() for r in rows}
    for row in rows:
        by_speaker[row["speaker"]].add(split_of(row))
    assert all(len(splits) == 1 for splits in by_speaker.values())
    counts = Counter(next(iter(s)) for s in by_speaker.values())
    assert 15 < counts["test"] < 65
    assert 15 < counts["dev"] < 65


@pytest.mark.parametrize(("text", "words"), [
    ("What's the time? It\u2019s 10:30!", "what's the time it's ten thirty"), ("", ""), ("'Quoted'", "quoted"),
    ("naïve caf\u00e9", "na ve caf"), ("3 miles", "three miles"),
])  # fmt: skip
def test_transcripts_become_plain_words(text, words):
    assert encoder_data.plain_words(text) == words


def test_mel_on_batches_is_what_the_product_hears():
    x = (0.1 * np.random.default_rng(2).standard_normal(2 * encoder_batches.CHUNK)).astype(np.float32)
    ours = encoder_batches.log_mel(torch.from_numpy(x)[None])[0].numpy()
    frames, _ = streaming(x, MelState())
    assert ours.shape[0] == 2 * 16 + 3
    assert np.abs(ours[2 : 2 + len(frames)] - frames[: len(ours) - 2]).max() < 1e-4


def test_the_first_epoch_has_long_sentences_as_they_are_and_later_ones_everything(corpus):
    some = examples(corpus)
    first = [k for batch in some.order(0) for k in batch]
    assert first == [SAID.index("it's half past nine in the morning and i am late")]
    assert sorted(k for batch in some.order(1) for k in batch) == list(range(len(SAID)))
    mel, frames, ids = some.batch(first, 0, plain=True)
    sound, _ = encoder_batches.padded([corpus.sound(first[0])])
    assert torch.equal(mel, encoder_batches.log_mel(sound))
    assert frames.tolist() == [8 * (int(6.5 * MIC_HZ) // encoder_batches.CHUNK + 2)]
    assert ids[0].tolist() == corpus.ids[first[0]]


def test_an_interrupted_run_goes_on_with_the_same_batches(corpus):
    some = examples(corpus)
    whole = list(encoder_batches.ahead(some, 1, 0, 6))
    rest = list(encoder_batches.ahead(some, *whole[2][:2], 4))
    assert [(e, k) for e, k, _ in rest] == [(e, k) for e, k, _ in whole[2:]]
    for (_, _, a), (_, _, b) in zip(rest, whole[2:], strict=True):
        assert torch.equal(a[0], b[0])


def test_a_noise_weighs_no_more_than_its_share():
    scores = torch.zeros(2, 200, 5)
    noise, words = torch.zeros(0, dtype=torch.long), torch.tensor([1, 2] * 20)
    both = train_encoder.ctc(scores, [words, noise], torch.tensor([200, 200]))
    alone = train_encoder.ctc(scores[:1], [words], torch.tensor([200]))
    assert float(both) < 3 * float(alone)


def test_pieces_are_spelt(pieces):
    spelt = train_encoder.spelling(pieces)
    ids = torch.tensor(pieces.encode("it's a cat"))
    letters = train_encoder.letters([ids], spelt)[0].tolist()
    assert "".join("_ '"[c] if c < 3 else chr(c + 94) for c in letters).strip() == "it's a cat"


def test_heads_learn_before_the_body_and_everything_comes_to_rest():
    steps, peak = 1000, 1e-4
    body = [train_encoder.rate(s, steps, peak, False) for s in range(steps + 1)]
    assert body[train_encoder.HEAD_ALONE] == 0
    assert 0.8 * peak < max(body) <= peak
    assert train_encoder.rate(20, steps, peak, True) > 5 * peak
    assert body[-1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("truth", "heard", "wrong"), [
    ("a b c", "a b c", 0), ("a b c", "a c", 1), ("a b", "a x b", 1), ("a b", "", 2), ("", "a", 1), ("a b", "x y", 2),
])  # fmt: skip
def test_word_errors_are_counted(truth, heard, wrong):
    assert encoder_batches.errors(truth.split(), heard.split()) == wrong


def test_weights_of_another_shape_are_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    graph = onnx.helper.make_graph([], "g", [], [])
    onnx.save(onnx.helper.make_model(graph), str(tmp_path / "other.onnx"))
    with pytest.raises(ValueError, match="not the shape known here"):
        encoder_start.start(VoiceEncoder(EncoderConfig(layers=1)), tmp_path / "other.onnx")


def test_no_starting_weights_are_said_in_one_line(monkeypatch):
    monkeypatch.setattr(encoder_start, "find_spec", lambda name: None)
    with pytest.raises(NotHere, match="from-scratch"):
        encoder_start.smart_turn()


def test_a_folder_without_manifest_is_said_in_one_line(tmp_path):
    with pytest.raises(WrongUse, match=r"manifest\.csv: not there"):
        manifest(tmp_path)
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b"], ["1", "2"]])
    with pytest.raises(WrongUse, match="columns file and transcript"):
        manifest(tmp_path)


def test_batches_are_of_about_one_length(corpus):
    for batch in islice(examples(corpus, batch_s=30.0).order(1), 3):
        assert sum(corpus.utterances[k].n for k in batch) < 30 * MIC_HZ
