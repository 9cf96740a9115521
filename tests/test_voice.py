"""The voice encoder: streaming equals batch, silence stays silent, bad files are said in one line."""

import json
import shutil

import numpy as np
import pytest
from same import unlike

from audio_io.errors import NotHere, Trouble
from audio_io.frames import FRAME, HOP, MIC_HZ
from engine.asr.encoder import CHUNK_HOPS, MODELS, VoiceEncoder
from engine.features.mel import BANDS, SILENCE, MelState, log_mel


@pytest.fixture(scope="module")
def encoder():
    return VoiceEncoder()


def chirps(seconds: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * MIC_HZ)) / MIC_HZ
    tone = sum(np.sin(2 * np.pi * f * t * (1 + 0.1 * np.sin(3 * t))) for f in rng.uniform(100, 3000, 5))
    return (0.05 * tone * (np.sin(7 * t) > 0) + 1e-3 * rng.standard_normal(len(t))).astype(np.float32)


def test_mel_frames_do_not_depend_on_how_the_sound_is_cut():
    x, rng = chirps(1.5), np.random.default_rng(2)
    whole, _ = log_mel(x, MelState())
    state, parts, at = MelState(), [], 0
    while at < len(x):
        n = int(rng.integers(1, 900))
        frames, state = log_mel(x[at : at + n], state)
        parts.append(frames)
        at += n
    assert not unlike(np.concatenate(parts), whole)
    assert whole.shape == (1 + (len(x) + 2 * FRAME - 200) // FRAME, BANDS)


def test_silence_is_the_floor_and_a_tone_is_in_its_band():
    frames, _ = log_mel(np.zeros(MIC_HZ, np.float32), MelState())
    assert np.allclose(frames, SILENCE)
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(MIC_HZ) / MIC_HZ).astype(np.float32)
    frames, _ = log_mel(tone, MelState())
    assert abs(int(frames[50].argmax()) - 26) <= 1               # Slaney's 1 kHz is mel 15 of 45.2: band 26 of 80


def test_a_stream_gives_what_the_whole_gives(encoder):
    x, rng = chirps(6.0), np.random.default_rng(3)
    frames, posteriors, _ = encoder(x, encoder.init_state())
    assert frames.shape == (8 * (len(x) // (CHUNK_HOPS * HOP)), encoder.width)
    assert posteriors.shape == (len(frames), len(encoder.pieces))
    assert np.allclose(np.exp(posteriors).sum(1), 1, atol=1e-4)
    state, parts, at = encoder.init_state(), [], 0
    while at < len(x):
        n = int(rng.integers(1, 3000))
        some, _, state = encoder(x[at : at + n], state)
        parts.append(some)
        at += n
    assert np.abs(np.concatenate(parts) - frames).max() <= 1e-5


def test_a_chunk_is_there_with_its_fifth_hop(encoder):
    state = encoder.init_state()
    for hop in range(1, 16):
        frames, _, state = encoder(np.zeros(HOP, np.float32), state)
        assert len(frames) == (8 if hop % CHUNK_HOPS == 0 else 0)


def test_the_future_beyond_the_look_ahead_changes_nothing(encoder):
    x = chirps(3.2)
    y = x.copy()
    y[int(1.6 * MIC_HZ) :] = 0.3
    a, _, _ = encoder(x, encoder.init_state())
    b, _, _ = encoder(y, encoder.init_state())
    assert np.abs(a[:80] - b[:80]).max() < 1e-5
    assert not np.allclose(a[80:], b[80:])


def test_a_state_is_a_value(encoder):
    _, _, state = encoder(chirps(1.0), encoder.init_state())
    one, _, _ = encoder(chirps(1.0, 5), state)
    encoder(chirps(2.0, 6), state)
    again, _, _ = encoder(chirps(1.0, 5), state)
    assert not unlike(one, again)


def test_torch_and_onnxruntime_agree(encoder, tmp_path):
    torch = pytest.importorskip("torch")
    from engine.nets.encoder import EncoderConfig
    from engine.nets.encoder import VoiceEncoder as Net
    from engine.training.encoder.batches import log_mel as batch_mel
    from engine.training.encoder.export import export

    torch.manual_seed(1)
    net = Net(EncoderConfig(pieces=11, layers=2, left=3)).eval()
    notes = {"config": {"positions": 1500}}
    export(net, [f"p{i}" for i in range(11)], tmp_path, notes, quantise=False)
    x = chirps(1.6)
    with torch.no_grad():
        mel = batch_mel(torch.from_numpy(x)[None])
        frames, posteriors = net(mel, torch.zeros(1, dtype=torch.long))
    ours, ours_posteriors, _ = VoiceEncoder(tmp_path)(x, VoiceEncoder(tmp_path).init_state())
    assert np.abs(ours - frames[0].numpy()).max() < 1e-4
    assert np.abs(ours_posteriors - posteriors[0].numpy()).max() < 1e-4


def test_missing_and_broken_files_are_one_line(tmp_path):
    with pytest.raises(NotHere, match=r"encoder\.onnx is missing.*parley train encoder"):
        VoiceEncoder(tmp_path)
    for name in ("encoder.onnx", "encoder.json", "pieces.txt"):
        shutil.copy(MODELS / name, tmp_path / name)
    (tmp_path / "encoder.onnx").write_bytes(b"no network")
    with pytest.raises(Trouble, match="install Parley again"):
        VoiceEncoder(tmp_path)


def test_the_shipped_model_keeps_its_promises(encoder):
    config = json.loads((MODELS / "encoder.json").read_text())["config"]
    assert config["chunk"] * 0.02 + 0.02 <= 0.24                 # look-ahead of a chunk's first frame
    assert sum(p.stat().st_size for p in MODELS.iterdir()) <= 20e6
