"""The trained predictor: its features, its words, its targets, and that streaming is the same as all at once."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_io.ears import Heard
from audio_io.errors import Trouble
from audio_io.frames import HOP, MIC_HZ
from engine.duplex import features as seen
from engine.duplex import network as predict
from engine.duplex import turn_text
from engine.duplex.predictor import View
from engine.models import onnx
from engine.turns.floor import Floor

MODELS = Path(__file__).parent.parent / "assets" / "models"
SHIPPED = all((MODELS / name).is_file() for name in (predict.MODEL, "encoder.onnx"))
PIECES = ("<blank>", "▁stop", "▁ti", "me", "r", "▁")
CHUNK = predict.CHUNK_HOPS * HOP


class OneChunk:
    """An encoder's shape without its sense: frames that depend on the chunk's sound, a piece by its loudness."""

    pieces = PIECES

    def __init__(self):
        self.mix = np.random.default_rng(1).standard_normal((8, predict.FRAME)).astype(np.float32)

    def init_state(self):
        return np.zeros(0, np.float32)

    def __call__(self, pcm, state):
        x = np.concatenate([state, pcm])
        c = len(x) // CHUNK
        chunks = x[: c * CHUNK].reshape(c * 8, CHUNK // 8)
        loud = np.sqrt(np.mean(chunks**2, axis=1, keepdims=True)) if c else np.zeros((0, 1), np.float32)
        frames = np.tanh(loud * 5) * np.tile(self.mix, (c, 1))
        posteriors = np.full((c * 8, len(PIECES)), -5.0, np.float32)
        posteriors[np.arange(c * 8), (loud[:, 0] * 10).astype(int) % len(PIECES)] = -0.05
        return frames.astype(np.float32), posteriors, x[c * CHUNK :]


def word_weights(seed=0, wide=12):
    rng = np.random.default_rng(seed)
    shapes = {"embed": (29, 8), "w_in": (3 * wide, 8), "w_state": (3 * wide, wide), "b_in": (3 * wide,),
              "b_state": (3 * wide,), "w_code": (turn_text.CODE, wide), "b_code": (turn_text.CODE,),
              "w_out": (2, turn_text.CODE), "b_out": (2,)}  # fmt: skip
    return {name: rng.standard_normal(shape).astype(np.float32) * 0.4 for name, shape in shapes.items()}


def sound(seconds, seed=0):
    """Syllables of noise and a buzz, with pauses. [n] float32"""
    rng = np.random.default_rng(seed)
    n = int(seconds * MIC_HZ) // HOP * HOP
    t = np.arange(n) / MIC_HZ
    on = (np.sin(2 * np.pi * 0.7 * t + seed) > -0.3) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * t))
    return (0.1 * on * (np.sign(np.sin(2 * np.pi * 130 * t)) + 0.3 * rng.standard_normal(n))).astype(np.float32)


def hops_of(clean, ref=None, vad=None):
    ref = np.zeros_like(clean) if ref is None else ref
    for i in range(len(clean) // HOP):
        at = slice(i * HOP, (i + 1) * HOP)
        p = (0.95 if np.abs(clean[at]).max() > 0.01 else 0.05) if vad is None else vad[i]
        yield Heard(i + 1, clean[at], clean[at], ref[at], p, clean[at], p)


def vectors(clean, floor=Floor.QUIET, ref=None, vad=None):
    s, out = seen.start(), []
    for heard in hops_of(clean, ref, vad):
        x, s = seen.hop_features(heard, View(floor), s)
        out.append(x)
    return np.array(out)


# -- a hop's features ----------------------------------------------------------------------------------
def test_features_are_finite_small_and_as_wide_as_they_say():
    for clean in (sound(4), np.zeros(10 * HOP, np.float32), np.ones(10 * HOP, np.float32)):
        x = vectors(clean, Floor.TALKING, sound(len(clean) / MIC_HZ, 3))
        assert x.shape[1] == seen.WIDE == predict.HOP_WIDE - predict.CHUNK_HOPS - predict.WORDS
        assert np.isfinite(x).all()
        assert np.abs(x).max() < 4


def test_features_do_not_know_the_gain():
    """20 dB less: after the speaker's mean is known the vectors are the same."""
    loud = sound(8)
    vad = [h.vad for h in hops_of(loud)]
    a, b = vectors(loud, vad=vad), vectors(0.1 * loud, vad=vad)
    late = slice(150, None)
    assert np.abs(a[late, : seen.MIC] - b[late, : seen.MIC]).mean() < 0.08


def test_digital_silence_is_a_quiet_room():
    """What is far below speech is cut off: zeros tell nothing that a room at -75 dB does not."""
    speech, n = sound(6), 20 * HOP
    room = np.random.default_rng(2).standard_normal(n).astype(np.float32) * 10 ** (-75 / 20)
    zeros = np.concatenate([speech, np.zeros(n, np.float32)])
    noisy = np.concatenate([speech, room])
    vad = [h.vad for h in hops_of(zeros)]
    a, b = vectors(zeros, vad=vad)[-15:], vectors(noisy, vad=vad)[-15:]
    pitchless = [i for i in range(seen.MIC) if i < 2 * seen.BANDS + seen.PARTS + 1]
    np.testing.assert_allclose(a[:, pitchless], b[:, pitchless], atol=0.35)


def test_the_reference_counts_only_while_it_sounds():
    clean, ref = sound(2), sound(2, 4)
    columns = predict.GROUPS["reference"]
    assert (vectors(clean)[:, columns] == [*[0.0] * (seen.REF - 1), -1.0]).all()
    assert (vectors(clean, ref=ref)[20:, columns][:, -1] == 1).all()


def test_pitch():
    t = np.arange(seen.LONG) / MIC_HZ
    for hz in (80, 130, 250):
        periodic, octave = seen.pitch(np.sign(np.sin(2 * np.pi * hz * t)).astype(np.float32) * 0.1)
        assert periodic > 0.9
        assert octave == pytest.approx(np.log2(hz / 100), abs=0.03)
    assert seen.pitch(np.random.default_rng(0).standard_normal(seen.LONG).astype(np.float32))[0] < 0.5


# -- words -----------------------------------------------------------------------------------------------
def test_a_speller_spells_each_piece_once_and_skips_blanks():
    speller = predict.Speller(PIECES, turn_text.TurnText(word_weights()))
    s = speller.start()
    for best in ([0, 1, 1, 0], [0, 2, 3, 0], [0, 4, 4, 0]):
        s = speller.read(np.array(best), np.full(4, 0.5), s)
    direct = speller.text.read("stop timer", speller.text.nothing)
    np.testing.assert_allclose(s.said.hidden, direct.hidden, atol=1e-6)
    assert s.said.letters == len("stop timer")


def test_a_piece_goes_on_over_the_border_of_chunks():
    speller = predict.Speller(PIECES, turn_text.TurnText(word_weights()))
    s = speller.read(np.array([0, 1]), np.ones(2), speller.start())
    assert speller.read(np.array([1, 0]), np.ones(2), s).said.letters == len("stop")
    assert speller.read(np.array([0, 1]), np.ones(2), s).said.letters == len("stop stop")


def test_words_are_forgotten_when_the_turn_is_over():
    speller = predict.Speller(PIECES, turn_text.TurnText(word_weights()))

    def after(hops, talking):
        s = speller.read(np.array([1]), np.ones(1), speller.start())
        state = seen.start()
        for silence in range(1, hops + 1):
            s = speller.next_hop(s, predict.replace(state, silence=silence, talking=talking))
        return s.said.letters

    assert after(40, False) == 4                 # a pause
    assert after(predict.STALE + 3, False) == 0
    assert after(40, True) == 0                  # answered
    assert after(10, True) == 4                  # the other one says "mm-hm" meanwhile


def test_missing_weights_are_said_by_name():
    weights = word_weights()
    del weights["w_out"]
    with pytest.raises(Trouble, match="w_out"):
        turn_text.TurnText(weights)


def test_text_network_in_numpy_is_the_one_in_torch():
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    from engine.training.predictor.turn_text import TurnTextNet

    torch.manual_seed(3)
    net = TurnTextNet().eval()
    text, words = turn_text.TurnText(net.weights()), "what time is it"
    said = text.nothing
    with torch.no_grad():
        marks, _ = net(torch.tensor([[0, *(turn_text.LETTERS.index(c) for c in words)]]))
    for i in range(len(words)):
        said = text.read(words[i], said)
        np.testing.assert_allclose([said.end, said.sentence], marks[0, i + 1].numpy(), atol=1e-5)


# -- what is learnt -----------------------------------------------------------------------------------
@pytest.fixture
def conversation(tmp_path):
    """-> its labels: a turn with a pause, an answer, a back-channel and an interruption over it."""
    from engine.corpus.labels import read

    def write(folder, name, seed):
        folder.mkdir(parents=True, exist_ok=True)
        user, far = sound(12, seed), sound(12, seed + 50)
        far[: int(4.5 * MIC_HZ)] = far[int(9.5 * MIC_HZ) :] = 0
        soundfile.write(folder / f"{name}.wav", np.stack([user, far], 1), MIC_HZ, subtype="PCM_16")
        events = [
            {"start": 1.0, "end": 4.0, "kind": "turn", "text": "x", "pauses": [[2.0, 2.6]], "voice": "human:1"},
            {"start": 6.0, "end": 6.4, "kind": "backchannel"},
            {"start": 9.0, "end": 11.0, "kind": "turn"},
        ]
        labels = {"version": 1, "user": events, "assistant": [{"start": 4.5, "end": 9.5}], "voice": "human:1",
                  "backchannel_here": [[2.1, 2.5]]}  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(labels))
        return read(folder / f"{name}.wav")

    return lambda folder="a", name="one", seed=1: write(tmp_path / folder, name, seed)


def test_targets(conversation):
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    assert torch
    from engine.training.predictor.data import DONE, ENDING, HERE, HOP_S, SPEAKING, TAKES, targets

    y, w = targets(conversation(), int(12 / HOP_S))

    def at(t, output):
        return y[int(t / HOP_S), output], w[int(t / HOP_S), output]

    assert at(1.5, SPEAKING) == (1, 1)
    assert at(2.3, SPEAKING) == (0, 1)
    assert at(2.3, DONE) == (0, 1.5)             # a pause: where it matters
    assert at(4.2, DONE) == (1, 1)
    assert at(3.4, ENDING)[0] == 0
    assert at(3.7, ENDING)[0] == 1
    assert at(3.7, DONE)[0] == 0
    assert at(6.2, TAKES) == (0, 2)              # a back-channel
    assert at(9.2, TAKES) == (1, 2)
    assert at(10.5, TAKES) == (1, 1)             # the assistant has yielded: the user took it all the same
    assert at(1.5, TAKES) == (0, pytest.approx(0.1))             # an onset counts twice
    assert at(0.2, DONE)[1] == 0                 # nobody has said anything
    assert at(2.3, HERE) == (1, 3)


def test_every_cached_number_is_the_one_the_product_computes(conversation, tmp_path):
    pytest.importorskip("torch", reason="the training extra is not installed")
    from engine.training.predictor import data

    labels, encoder = conversation(), OneChunk()
    speller = predict.Speller(PIECES, turn_text.TurnText(word_weights()))
    example = data.assemble(labels, data.kept(labels, encoder, "m", tmp_path / "cache", plain=True), speller)
    again = data.assemble(labels, data.kept(labels, None, "m", tmp_path / "cache", plain=True), speller)
    np.testing.assert_array_equal(example.hop, again.hop)

    predictor = product(encoder)
    state, vad = predictor.init_state(), data.Vad()
    mic, clean, ref = data.sounds(labels)
    for i in range(len(clean) // HOP):
        at = slice(i * HOP, (i + 1) * HOP)
        p = vad(clean[at])
        floor = Floor.TALKING if labels.talking(i * data.HOP_S) else Floor.QUIET
        heard = Heard(i + 1, clean[at], mic[at], ref[at], p, clean[at], p)
        vector, state = predictor.features(heard, View(floor), state)
        np.testing.assert_allclose(vector, example.hop[i], atol=4e-3)            # kept as float16
        np.testing.assert_allclose(state.frames, example.frames[example.at[i]], atol=4e-3)


# -- the network ------------------------------------------------------------------------------------------
def tiny():
    from engine.nets.predictor import DuplexPredictor, PredictorConfig

    return DuplexPredictor(PredictorConfig(predict.HOP_WIDE, width=16, heads=2, inner=24, left=20)).eval()


def product(encoder, net=None):
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    import tempfile

    from engine.training.predictor.export import onnx_file

    torch.manual_seed(5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.onnx"
        onnx_file(net or tiny(), path)
        session = onnx.session(path.read_bytes(), threads=1, card=False)
        return predict.TrainedPredictor(encoder, turn_text.TurnText(word_weights()), session)


def test_a_stream_is_the_same_as_all_at_once():
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    torch.manual_seed(6)
    net = tiny()
    predictor = product(OneChunk(), net)
    clean, state = sound(4), predictor.init_state()
    inputs, odds = [], []
    for heard in hops_of(clean, sound(4, 9)):
        vector, state = predictor.features(heard, View(), state)
        hop, state = predictor.judge(vector, state)
        inputs.append((vector, state.frames))
        odds.append([hop.user_speaking, hop.turn_done, hop.turn_ending, hop.takes_floor, hop.backchannel_here])
    with torch.no_grad():
        batch = net(*(torch.from_numpy(np.array(x))[None] for x in zip(*inputs, strict=True)))
    np.testing.assert_allclose(np.array(odds), torch.sigmoid(batch)[0].numpy(), atol=1e-5)


def test_the_state_is_a_value():
    """The same hop after the same past gives the same odds, whatever was computed in between."""
    predictor = product(OneChunk())
    heard = list(hops_of(sound(2)))
    state = predictor.init_state()
    for one in heard[:30]:
        _, state = predictor(one, View(), state)
    first, after = predictor(heard[30], View(), state)
    for one in heard[30:]:
        _, after = predictor(one, View(Floor.TALKING), after)
    assert predictor(heard[30], View(), state)[0] == first


def test_from_conversations_to_the_files_and_on_after_a_break(conversation, tmp_path, monkeypatch, capsys):
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    from engine.training.predictor import train

    for seed in range(3):
        conversation("train", f"t{seed}", seed)
    conversation("dev", "d", 7)
    (tmp_path / "work").mkdir()
    np.savez(tmp_path / "work" / turn_text.MODEL, **word_weights())
    (tmp_path / "encoder.onnx").write_bytes(b"this one")
    monkeypatch.setattr(train.voice, "VoiceEncoder", lambda folder: OneChunk())
    monkeypatch.setattr(train, "BATCH", 2)
    command = ["--data", str(tmp_path), "--work", str(tmp_path / "work"), "--models", str(tmp_path), "--passes", "6",
               "--every", "2", "--threads", "1", "--device", "cpu"]  # fmt: skip
    assert train.main(command) == 0
    first = (tmp_path / predict.MODEL).read_bytes()
    kept = torch.load(tmp_path / "work" / "predictor-duplex.pt", weights_only=True)
    assert kept["step"] > 2
    assert train.main(command) == 0              # nothing is left to do: the same file
    assert (tmp_path / predict.MODEL).read_bytes() == first
    notes = json.loads((tmp_path / predict.NOTES).read_text())
    assert len(notes["data"]) == 64
    assert notes["encoder"] == predict.fingerprint(tmp_path / "encoder.onnx")
    loaded = predict.load(tmp_path, OneChunk())
    hop, _ = loaded(next(hops_of(sound(1))), View(), loaded.init_state())
    assert 0 < hop.turn_done < 1
    (tmp_path / "encoder.onnx").write_bytes(b"another")
    with pytest.raises(Trouble, match="another encoder"):
        predict.load(tmp_path, OneChunk())


def test_a_missing_model_is_said_in_one_line(tmp_path):
    with pytest.raises(Trouble, match=r"predictor\.json: could not be read"):
        predict.load(tmp_path, OneChunk())


# -- what is shipped ------------------------------------------------------------------------------------
@pytest.mark.skipif(not SHIPPED, reason="no trained predictor, or no encoder, in assets/models")
def test_the_shipped_predictor_hears_silence_as_silence():
    from engine.asr.encoder import VoiceEncoder

    predictor = predict.load(MODELS, VoiceEncoder(MODELS))
    state, odds = predictor.init_state(), []
    for heard in hops_of(np.zeros(3 * MIC_HZ // HOP * HOP, np.float32), vad=[0.01] * 100):
        hop, state = predictor(heard, View(), state)
        odds.append(hop)
    assert max(hop.user_speaking for hop in odds[10:]) < 0.35
    assert max(hop.takes_floor for hop in odds[10:]) < 0.5


@pytest.mark.skipif(not SHIPPED, reason="no trained predictor, or no encoder, in assets/models")
def test_the_shipped_predictor_says_what_it_was_made_of():
    notes = json.loads((MODELS / predict.NOTES).read_text())
    assert len(notes["data"]) == len(notes["encoder"]) == 64
    assert notes["command"].startswith("parley train predictor ")
    assert notes["without"] == []


def test_a_user_whom_nobody_answers_sounds_to_the_network_as_in_a_quiet_room():
    pytest.importorskip("torch", reason="the training extra is not installed")
    from engine.duplex.network import GROUPS, HOP_WIDE
    from engine.training.predictor.data import TAKES
    from engine.training.predictor.train import unanswered

    rng = np.random.default_rng(1)
    hop = rng.standard_normal((50, HOP_WIDE)).astype(np.float32)
    before, weight = hop.copy(), np.ones((50, 5), np.float32)
    unanswered(hop, weight, rng)
    nothing = np.zeros(HOP, np.float32)
    heard = Heard(1, nothing, nothing, nothing, 0.0, nothing, 0.0)
    silent, _ = seen.hop_features(heard, View(Floor.HEARING), seen.start())
    assert np.array_equal(hop[:, GROUPS["reference"]], np.tile(silent[GROUPS["reference"]], (50, 1)))
    assert (hop[:, GROUPS["floor"]][:, :2] == [0, 1]).all()
    assert np.array_equal(hop[:, GROUPS["mic"]], before[:, GROUPS["mic"]])
    assert not weight[:, TAKES].any()
