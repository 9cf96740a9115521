"""Checkpoints in the published formats, tiny: read, renamed, checked key by key, converted."""

import os
import pickle
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
from safetensors.torch import save_file  # noqa: E402

from audio_io.errors import NotHere, Trouble  # noqa: E402
from engine.models import weights  # noqa: E402

TABLE = {"a.weight": (3, 2), "a.bias": (3,), "steps": ()}


def tiny():
    return {"a.weight": torch.arange(6.0).reshape(3, 2), "a.bias": torch.ones(3), "steps": torch.tensor(7)}


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for key in ours:
        assert torch.equal(ours[key], theirs[key])
        assert ours[key].dtype == theirs[key].dtype


def in_order(found):
    return dict(sorted(found.items()))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])
def test_a_pt_file_gives_its_tensors_and_nothing_else(tmp_path, zipped):
    path = tmp_path / "llm.pt"
    torch.save(tiny() | {"epoch": 3, "step": 100}, path, _use_new_zipfile_serialization=zipped)
    same(weights.read_tensors(path), tiny())
    torch.save({"state_dict": tiny(), "optimizer": {}}, path)
    same(weights.read_tensors(path), tiny())


def test_safetensors_give_their_tensors(tmp_path):
    save_file(tiny(), tmp_path / "model.safetensors")
    same(in_order(weights.read_tensors(tmp_path / "model.safetensors")), in_order(tiny()))


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("bomb",)


def test_a_pickle_that_would_run_code_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(tiny() | {"x": Bomb()}, "new.pt")
    Path("old.pt").write_bytes(pickle.dumps({"x": Bomb()}, protocol=2))
    for name in ("new.pt", "old.pt"):
        with pytest.raises(Trouble, match=rf"{name}: holds more than tensors and plain values"):
            weights.read_tensors(name)
    assert not Path("bomb").exists()


@pytest.mark.parametrize("name", ["x.pt", "x.safetensors"])
@pytest.mark.parametrize("keep", [0, 1, 7, 40, 0.5, 0.9, -1])
def test_a_file_cut_short_is_one_line(tmp_path, name, keep):
    path = tmp_path / name
    if name.endswith(".pt"):
        torch.save(tiny(), path)
    else:
        save_file(tiny(), path)
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(keep * len(data))])
    with pytest.raises(Trouble) as trouble:
        weights.read_tensors(path)
    assert str(trouble.value).startswith(f"{path}: ")
    assert "\n" not in str(trouble.value)


def test_other_things_are_refused(tmp_path):
    with pytest.raises(NotHere, match=r"no.pt: there is no such file; `parley models pull`"):
        weights.read_tensors(tmp_path / "no.pt")
    torch.save({"epoch": 3}, tmp_path / "empty.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "page.pt").write_text("<html>404</html>")
    for name in ("empty.pt", "list.pt", "page.pt"):
        with pytest.raises(Trouble, match=rf"{name}: (holds no tensors|is damaged|holds more)"):
            weights.read_tensors(tmp_path / name)


def test_names_of_other_savers():
    found = {"generator.conv.weight_g": torch.ones(1), "generator.conv.weight_v": torch.ones(2),
             "generator.conv.bias": torch.ones(3), "discriminator.weight": torch.ones(4)}  # fmt: skip
    assert {key: tuple(t.shape) for key, t in weights.published(found).items()} == {
        "conv.parametrizations.weight.original0": (1,), "conv.parametrizations.weight.original1": (2,),
        "conv.bias": (3,),
    }  # fmt: skip
    same(weights.published(tiny()), tiny())


@pytest.mark.parametrize(("change", "says"), [
    (lambda t: t.pop("a.bias"), r"f.pt: lacks the key a.bias \(3\), has 2 of 3 keys"),
    (lambda t: t.update({"a.weight": torch.ones(2, 3)}), r"f.pt: a.weight has the shape \(2, 3\), must have \(3, 2\)"),
    (lambda t: t.update(steps=torch.ones(1)), r"f.pt: steps has the shape \(1\), must have \(\)"),
    (lambda t: t.update(b=torch.ones(1)), r"f.pt: has the key b \(1\), which this network does not have"),
])
def test_the_first_wrong_key_is_named(tmp_path, change, says):
    found = tiny()
    weights.check_keys(found, TABLE, "f.pt")
    change(found)
    with pytest.raises(Trouble, match=says):
        weights.check_keys(found, TABLE, "f.pt")


def test_the_tables_of_the_published_sizes_are_read():
    tables = {path.stem: weights.read_table(path) for path in sorted(weights.KEYS.glob("*.tsv"))}
    assert set(tables) == {f"cv{v}_{part}" for v in (2, 3) for part in ("llm", "flow", "hift")} | {"sensevoice_small"}
    assert tables["cv2_llm"]["llm_decoder.bias"] == (6564,)
    assert all(table for table in tables.values())


@pytest.mark.parametrize("line", ["a (3,)", "a\t3", "a\t(3)", "a\t(3, )", "a\t(x,)", "\t"])
def test_a_damaged_table_names_its_line(tmp_path, line):
    (tmp_path / "t.tsv").write_text(f"b\t(1, 2)\nc\t(4,)\nd\t()\n{line}\n")
    with pytest.raises(Trouble, match=r"t.tsv, line 4: must be a key, a tab and a shape"):
        weights.read_table(tmp_path / "t.tsv")


def test_converting_keeps_every_number_and_shared_ones_once(tmp_path):
    shared = torch.randn(400, 10)
    found = {"embed.weight": shared, "head.weight": shared, "row": shared[3], "turned": shared.T, "n": torch.tensor(3)}
    torch.save(found | {"epoch": 1}, tmp_path / "llm.pt")
    table = {key: tuple(value.shape) for key, value in found.items()}
    weights.convert(tmp_path / "llm.pt", tmp_path / "made" / "llm.safetensors", table)
    same(in_order(weights.read_tensors(tmp_path / "made" / "llm.safetensors")), in_order(found))
    assert (tmp_path / "made" / "llm.safetensors").stat().st_size < 2.5 * 16_000
    assert [p.name for p in (tmp_path / "made").iterdir()] == ["llm.safetensors"]


def test_a_conversion_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    torch.save(tiny(), tmp_path / "a.pt")
    target = tmp_path / "a.safetensors"
    target.write_text("old")
    with pytest.raises(Trouble, match="lacks the key b"):
        weights.convert(tmp_path / "a.pt", target, TABLE | {"b": (1,)})
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(Trouble, match=r"a.safetensors: could not be written: the disk is full; it needs 0.07 GB"):
        weights.convert(tmp_path / "a.pt", target, TABLE)
    monkeypatch.undo()

    def torn(tensors, path, metadata=None):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "save_file", torn)
    with pytest.raises(Trouble, match="the disk is full"):
        weights.convert(tmp_path / "a.pt", target, TABLE)
    assert target.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pt", "a.safetensors"]
