"""The laptop's recogniser: what is heard in steps is what is heard at once, words that keep up, hostile sound."""

# ruff: noqa: E402
import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
pytest.importorskip("transformers", reason="the extra `local` is not installed")

from tiny_laptop import save_moonshine

from audio_io.errors import NotHere, Trouble
from audio_io.frames import HOP, MIC_HZ
from engine.local import moonshine, moonshine_stream
from engine.local.moonshine import MoonshineListener, load_moonshine, plain
from engine.nets.halting import halts
from engine.parts import Audio, Begin, End, Words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_moonshine(tmp_path_factory.mktemp("moonshine-streaming-small"))


@pytest.fixture(scope="module")
def model(folder):
    return load_moonshine(folder)


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * MIC_HZ)).astype(np.float32)


def result(steps):
    """-> what a generator returns, and how often it yielded."""
    count = 0
    while True:
        try:
            next(steps)
            count += 1
        except StopIteration as done:
            return done.value, count


def heard(model, pcm, cuts):
    stream, at = model.begin(), 0
    for n in cuts:
        stream, _ = result(model.hear(stream, pcm[at : at + n]))
        at += n
    return result(model.hear(stream, pcm[at:], last=True))[0]


def utterance(listener, pcm, since=7, hop=HOP):
    """-> everything the listener said of it."""
    said = [*listener.work(Begin(since, pcm[:hop]))]
    for i in range(hop, len(pcm), hop):
        said += listener.work(Audio(since, pcm[i : i + hop]))
    return [words for words in [*said, *listener.work(End(since))] if words is not None]


# -- the network in steps ---------------------------------------------------------------------------
@pytest.mark.parametrize("cuts", [[], [HOP] * 90, [1, 79, 80, 3, 8000, 0, 17] * 5], ids=["once", "hops", "odd"])
def test_any_cutting_of_the_sound_gives_transformers_rows(model, cuts):
    pcm = noise(3.0)
    x = torch.from_numpy(pcm)[None]
    with torch.no_grad():
        whole = model.encoder(x, attention_mask=torch.ones_like(x, dtype=torch.long)).last_hidden_state
    rows = heard(model, pcm, cuts).rows
    assert rows.shape == whole.shape
    assert float((rows - whole).abs().max()) < 2e-5 * float(whole.abs().max())


def test_rows_that_are_final_stay_and_come_in_time(model):
    pcm = noise(2.0)
    early, _ = result(model.hear(model.begin(), pcm[:MIC_HZ]))
    late, steps = result(model.hear(early, pcm[MIC_HZ:]))
    n = early.rows.shape[1]
    assert (MIC_HZ - model.ahead) // model.row - 1 <= n <= MIC_HZ // model.row
    assert torch.equal(late.rows[:, :n], early.rows)
    assert steps == 1 + len(model.windows)           # a moment to stop after every layer


def test_words_are_transformers_words_whatever_was_written_before(model):
    pcm = noise(2.5, 3)
    stream = heard(model, pcm, [])
    tokens, steps = result(model.write(stream))
    assert tokens
    assert steps == len(tokens)
    x = torch.from_numpy(pcm)[None]
    written = model.net.generate(input_values=x, attention_mask=torch.ones_like(x, dtype=torch.long), do_sample=False,
                                 max_new_tokens=len(tokens))[0].tolist()  # fmt: skip
    assert written[1 : 1 + len(tokens)] == tokens
    for before in (tokens, tokens[:3], [*tokens[:2], (tokens[2] + 1) % 200, *tokens[3:]], [5] * 300):
        assert result(model.write(stream, before))[0] == tokens


def test_a_large_network_yields_within_a_token_and_writes_the_same(model, monkeypatch):
    stream = heard(model, noise(2.5, 3), [])
    tokens, steps = result(model.write(stream))
    monkeypatch.setattr(model, "places", halts(model.decoder, every=1))
    again, more = result(model.write(stream))
    assert again == tokens
    assert more > steps + len(model.places.after) / 2 * (len(tokens) + 1)      # the sound is looked at once
    writing = model.write(stream)
    next(writing)
    writing.close()
    assert result(model.write(stream))[0] == tokens


# -- the listener -----------------------------------------------------------------------------------
def test_words_so_far_and_final_ones(model):
    pcm = noise(2.2, 5)
    said = utterance(MoonshineListener(model, lockstep=True), pcm)
    whole = plain(model.text(result(model.write(heard(model, pcm, [])))[0]))
    assert said[-1] == Words(7, whole, True)
    assert len(said) >= 3
    assert not any(words.final for words in said[:-1])
    assert said == utterance(MoonshineListener(model, lockstep=True), pcm)
    assert said[-1] == utterance(MoonshineListener(model, lockstep=True), pcm, hop=1999)[-1]


def test_slow_machine_writes_less_often(model):
    """A run that takes 1.5 s is followed by 3 s of sound without one."""
    now = iter(1.5 * k for k in range(1000))
    listener = MoonshineListener(model, clock=lambda: next(now))
    runs = []
    pcm = noise(8.0)
    list(listener.work(Begin(1, pcm[:HOP])))
    for i in range(HOP, len(pcm), HOP):
        if list(listener.work(Audio(1, pcm[i : i + HOP]))):
            runs.append(i / MIC_HZ)
    assert 2 <= len(runs) <= 4
    assert min(np.diff(runs)) >= 2.9


def test_closed_in_mid_computing_loses_nothing(model):
    pcm = noise(2.0, 8)
    whole = utterance(MoonshineListener(model, lockstep=True), pcm)[-1]
    listener = MoonshineListener(model, lockstep=True)
    list(listener.work(Begin(7, pcm[:HOP])))
    for k, i in enumerate(range(HOP, len(pcm), HOP)):
        steps = listener.work(Audio(7, pcm[i : i + HOP]))
        for _ in zip(range(1 + k % 5), steps, strict=False):
            pass
        steps.close()
    ending = listener.work(End(7))
    next(ending)
    ending.close()                                   # asked again, it answers
    assert [words for words in listener.work(End(7)) if words] == [whole]


def test_stop_ends_it_within_a_step(model):
    listener = MoonshineListener(model, lockstep=True)
    list(listener.work(Begin(1, noise(0.4))))
    steps = listener.work(Audio(1, noise(2.0)))
    next(steps)
    listener.stop()
    assert [words for words in steps if words] == []
    assert [words for words in listener.work(End(1)) if words] == []


def test_what_belongs_to_another_utterance_is_ignored(model):
    listener = MoonshineListener(model, lockstep=True)
    assert list(listener.work(Audio(3, noise(1.0)))) == []
    list(listener.work(Begin(4, noise(0.1))))
    assert list(listener.work(End(3))) == []
    assert [words.since for words in listener.work(End(4)) if words] == [4]


# -- hostile sound ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("sound", "words"), [
    (np.zeros(MIC_HZ, np.float32), False), (np.full(MIC_HZ, np.nan, np.float32), False),
    (np.zeros(0, np.float32), False), (noise(0.003), None), (np.full(9000, np.inf, np.float32), None),
    (noise(1.0) * 1e6, None)], ids=["silence", "nan", "nothing", "a moment", "infinite", "far too loud"])  # fmt: skip
def test_hostile_sound_ends_in_words(model, sound, words):
    said = utterance(MoonshineListener(model, lockstep=True), sound)
    assert said[-1].final
    assert words is None or bool(said[-1].text) == words


def test_sixty_seconds_in_bounded_memory(model, monkeypatch):
    monkeypatch.setattr(moonshine, "LOCKSTEP_S", 3.0)
    monkeypatch.setattr(moonshine_stream, "TOKENS_S", 0.5)       # these weights never end by themselves
    listener = MoonshineListener(model, lockstep=True)
    pcm = noise(60.0, 2)
    pcm[25 * MIC_HZ : 25 * MIC_HZ + 4000] = 0        # the quietest place of the first window
    longest = rows = 0
    list(listener.work(Begin(1, pcm[:HOP])))
    for i in range(HOP, len(pcm), 40 * HOP):
        list(listener.work(Audio(1, pcm[i : i + 40 * HOP])))
        longest = max(longest, len(listener._open.sound))
        rows = max(rows, listener._open.stream.rows.shape[1])
    final = [words for words in listener.work(End(1)) if words][-1]
    assert longest <= listener.window
    assert rows <= listener.window // model.row
    assert len(final.text) > 12


# -- the published layout ---------------------------------------------------------------------------
def test_what_is_missing_is_said(folder, tmp_path):
    with pytest.raises(NotHere, match=r"config\.json"):
        load_moonshine(tmp_path)
    place = tmp_path / "broken"
    shutil.copytree(folder, place)
    (place / "model.safetensors").write_bytes(b"no such thing")
    with pytest.raises(Trouble, match="cannot be loaded"):
        load_moonshine(place)
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"model_type": "moonshine"}))
    with pytest.raises(Trouble, match="'moonshine'"):
        load_moonshine(place)


def test_weights_that_are_missing_are_named(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    place = tmp_path / "short"
    shutil.copytree(folder, place)
    tensors = load_file(place / "model.safetensors")
    gone = next(name for name in sorted(tensors) if "encoder_attn" in name)
    del tensors[gone]
    save_file(tensors, place / "model.safetensors", {"format": "pt"})
    with pytest.raises(Trouble, match=gone.replace(".", r"\.")):
        load_moonshine(place)


def test_written_words_become_spoken_ones():
    assert plain("Well, it's 3.5 degrees -- \"warm\", isn't it?") == "well it's 3.5 degrees warm isn't it"
    assert plain("?!") == ""
