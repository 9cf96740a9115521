"""Downloads against a server on this machine: whole, cut, resumed, wrong, cancelled, offline; and what lies on disk."""

import json
import shutil
import socket
import threading

import pytest

torch = pytest.importorskip("torch", reason="the extra `local` is not installed", exc_type=ImportError)
huggingface_hub = pytest.importorskip("huggingface_hub", reason="the extra `local` is not installed")
from hub_server import COMMIT, HubServer  # noqa: E402

from audio_io.errors import NotHere, Trouble  # noqa: E402
from engine.models import hub as hub_module  # noqa: E402
from engine.models import pull as pulls  # noqa: E402
from engine.models import weights  # noqa: E402
from engine.models.catalogue import File, Licence, Repository  # noqa: E402
from engine.models.hub import Cancelled, Hub  # noqa: E402
from engine.models.store import LOCK, Store  # noqa: E402

NAME = "Owner/Tiny"
BIG = bytes(range(256)) * 4096   # 1 MiB
LICENCE = Licence("mit", "MIT License", "keep the notice", False, "https://example.org")


@pytest.fixture(scope="module")
def one_server():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        one = HubServer()
        yield one
        huggingface_hub.close_session()                # its client is built once: that takes longer than all the rest
        one.stop()


@pytest.fixture
def server(one_server):
    one_server.reset()
    return one_server


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A repository in the published form: a checkpoint with a table of its keys, a small text, a large file."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "tiny.tsv").write_text("a.weight\t(30, 20)\na.bias\t(30,)\n")
    monkeypatch.setattr(weights, "KEYS", tmp_path / "keys")
    torch.save({"a.weight": torch.ones(30, 20), "a.bias": torch.zeros(30), "epoch": 3}, tmp_path / "llm.pt")
    files = {"llm.pt": (tmp_path / "llm.pt").read_bytes(), "sub/vocab.json": b"{}", "big.onnx": BIG, "README.md": b"x"}
    names = (File("llm.pt", 1, keys="tiny"), File("sub/vocab.json", 1), File("big.onnx", 1),
             File("x.yaml", 1, optional=True))  # fmt: skip
    return files, Repository(NAME, "main", LICENCE, "for tests", names, (), 4, True, ())


def pulled(store, server, repository, told=lambda step: None, cancel=None, offline=False):
    return pulls.pull(store, Hub(server.endpoint, offline, pause_s=0), repository, told, cancel or threading.Event())


def fetched(server, folder, name="big.onnx", hub=None, cancel=None):
    hub, come = hub or Hub(server.endpoint, pause_s=0), []
    sha = hub.fetch(hub.listing(NAME), name, folder, come.append, cancel or threading.Event())
    return sha, sum(come)


def parts(folder):
    return sorted((folder / hub_module.PARTS).glob("*")) if (folder / hub_module.PARTS).exists() else []


# -- one file -----------------------------------------------------------------------------------------------
def test_a_file_comes_whole(server, tmp_path):
    server.repositories[NAME] = {"big.onnx": BIG, "small.json": b"{}", "empty": b""}
    for name, data in server.repositories[NAME].items():
        _, come = fetched(server, tmp_path, name)
        assert (tmp_path / name).read_bytes() == data
        assert come == len(data)
    assert not (tmp_path / hub_module.PARTS).exists()


@pytest.mark.parametrize("faults", [["cut 300000"], ["cut 1", "cut 500000", 503, "cut 2"], ["cut 300000", "whole"],
                                    [500, 500, 500, 500]])  # fmt: skip
def test_a_line_that_breaks_costs_nothing_but_time(server, tmp_path, faults):
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG}, list(faults)
    _, come = fetched(server, tmp_path)
    assert (tmp_path / "big.onnx").read_bytes() == BIG
    assert come == len(BIG)
    cuts = [asked for _, asked in server.asked if asked]
    assert bool(cuts) == any(str(f).startswith("cut") for f in faults)


def test_what_came_before_the_program_ended_is_not_fetched_again(server, tmp_path):
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG}, ["cut 700000"] + ["cut 0"] * 99
    with pytest.raises(Trouble, match=r"Owner/Tiny: http://127.*; 0.7 MB of it are kept, the next try goes on from"):
        fetched(server, tmp_path)
    assert [p.stat().st_size for p in parts(tmp_path)] == [700_000]
    server.faults.clear()
    server.asked.clear()
    _, come = fetched(server, tmp_path)
    assert server.asked == [("big.onnx", "bytes=700000-")]
    assert come == len(BIG)
    assert (tmp_path / "big.onnx").read_bytes() == BIG


def test_wrong_bytes_are_never_kept(server, tmp_path):
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG}, ["wrong"]
    with pytest.raises(Trouble, match=r"big.onnx: what came has not the checksum"):
        fetched(server, tmp_path)
    assert not (tmp_path / "big.onnx").exists()
    assert not parts(tmp_path)
    server.faults["small"] = ["wrong"]
    server.repositories[NAME]["small"] = b"{}"
    with pytest.raises(Trouble, match=r"small: what came has not the checksum"):
        fetched(server, tmp_path, "small")


def test_a_bad_part_is_thrown_away_and_everything_fetched_once_more(server, tmp_path):
    server.repositories[NAME] = {"big.onnx": BIG}
    hub = Hub(server.endpoint, pause_s=0)
    hub.part(tmp_path, hub.listing(NAME).files["big.onnx"]).write_bytes(b"?" * 1000)
    _, come = fetched(server, tmp_path, hub=hub)
    assert (tmp_path / "big.onnx").read_bytes() == BIG
    assert come == len(BIG)
    assert [asked for _, asked in server.asked] == ["bytes=1000-", None]


def test_more_than_announced_is_not_written_to_the_disk_without_end(server, tmp_path):
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG}, ["long"]
    with pytest.raises(Trouble, match=r"big.onnx is longer than the hub says"):
        fetched(server, tmp_path)
    assert not parts(tmp_path)


def test_cancelling_keeps_what_came(server, tmp_path):
    server.repositories[NAME] = {"big.onnx": BIG}
    hub, cancel = Hub(server.endpoint, pause_s=0), threading.Event()
    with pytest.raises(Cancelled, match=r"big.onnx: stopped; 0.\d MB of it are kept"):
        hub.fetch(hub.listing(NAME), "big.onnx", tmp_path, lambda n: n and cancel.set(), cancel)
    (part,) = parts(tmp_path)
    assert 0 < part.stat().st_size < len(BIG)


def test_a_part_of_an_older_content_is_not_gone_on_with(server, tmp_path):
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG}, ["cut 700000"] + ["cut 0"] * 9
    with pytest.raises(Trouble):
        fetched(server, tmp_path)
    server.repositories[NAME], server.faults["big.onnx"] = {"big.onnx": BIG[::-1]}, []
    server.asked.clear()
    fetched(server, tmp_path)
    assert [asked for _, asked in server.asked] == [None]
    assert (tmp_path / "big.onnx").read_bytes() == BIG[::-1]


def test_a_full_disk_is_said_before_and_during_a_download(server, tmp_path, monkeypatch):
    server.repositories[NAME] = {"big.onnx": BIG}
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(Trouble, match=r"big.onnx: needs 0.07 GB, the disk has 0.00 GB; make room"):
        fetched(server, tmp_path)
    assert server.asked == []
    monkeypatch.undo()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub_module.os, "fsync", full)
    with pytest.raises(Trouble, match=r"big.onnx: could not be written: the disk is full; what has come is kept"):
        fetched(server, tmp_path)
    assert len(parts(tmp_path)) == 1


@pytest.mark.parametrize(("name", "says", "kind"), [
    ("No/Such", "has no such repository", Trouble), ("Owner/Gated", "agree to terms", NotHere),
])  # fmt: skip
def test_what_the_hub_refuses_is_one_line(server, name, says, kind):
    server.gated.add("Owner/Gated")
    with pytest.raises(kind, match=says) as trouble:
        Hub(server.endpoint).listing(name)
    assert "\n" not in str(trouble.value)


def test_a_hub_that_is_not_there_is_one_line(server):
    gone = HubServer()
    gone.stop()
    with pytest.raises(Trouble, match=rf"{NAME}: {gone.endpoint} is not reached"):
        Hub(gone.endpoint).listing(NAME)


def test_offline_opens_no_socket_and_imports_nothing(monkeypatch, tmp_path, tiny):
    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(hub_module.importlib, "import_module", refuse)
    with pytest.raises(NotHere, match=r"privacy.offline is on"):
        Hub("http://127.0.0.1:9", offline=True).listing(NAME)
    with pytest.raises(NotHere, match=r"privacy.offline is on"):
        pulls.pull(Store(tmp_path), Hub(offline=True), tiny[1], print, threading.Event())


def test_without_huggingface_hub_the_line_says_what_to_install(monkeypatch):
    def lacking(name):
        raise ImportError(name)

    monkeypatch.setattr(hub_module.importlib, "import_module", lacking)
    with pytest.raises(NotHere, match=r"pip install 'parley\[local\]'"):
        Hub().listing(NAME)


# -- a whole repository -------------------------------------------------------------------------------------
def test_a_repository_is_pulled_locked_converted_and_verified(server, tmp_path, tiny):
    server.repositories[NAME], repository = tiny
    store, steps = Store(tmp_path / "models"), []
    assert store.state(repository).wrong
    lock = pulled(store, server, repository, steps.append)
    folder = tmp_path / "models" / "Owner--Tiny"
    assert lock.commit == COMMIT
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == [
        "big.onnx", "llm.safetensors", LOCK, "sub/vocab.json"]
    total = len(BIG) + len(tiny[0]["llm.pt"]) + 2
    assert {s.total for s in steps} == {total}
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[-1].done == total
    assert store.state(repository).wrong == ()
    pulls.verify(store, repository, lambda step: None)
    found = weights.read_tensors(store.find(NAME, "llm.pt"))
    assert sorted(found) == ["a.bias", "a.weight"]
    asked = len(server.asked)
    pulled(store, server, repository)
    assert len(server.asked) == asked


@pytest.mark.parametrize("harm", ["truncated", "wrong", "missing"])
@pytest.mark.parametrize("name", ["big.onnx", "sub/vocab.json", "llm.safetensors"])
def test_what_was_harmed_is_named_and_mended(server, tmp_path, tiny, harm, name):
    server.repositories[NAME], repository = tiny
    store = Store(tmp_path / "models")
    pulled(store, server, repository)
    path = store.folder(NAME) / name
    data = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if harm == "truncated" else data[:-1] + bytes([data[-1] ^ 1]))
    says = {"truncated": "has .* bytes, must have", "wrong": "is damaged", "missing": "is missing"}[harm]
    with pytest.raises(Trouble, match=rf"{path}: {says}.*`parley models pull {NAME}`"):
        pulls.verify(store, repository, lambda step: None)
    pulled(store, server, repository)
    assert path.read_bytes() == data
    pulls.verify(store, repository, lambda step: None)


def test_an_interrupted_pull_goes_on_where_it_was(server, tmp_path, tiny):
    server.repositories[NAME], repository = tiny
    server.faults["big.onnx"] = ["cut 600000"] + ["cut 0"] * 9
    store = Store(tmp_path / "models")
    with pytest.raises(Trouble, match="kept"):
        pulled(store, server, repository)
    assert store.state(repository).wrong
    with pytest.raises(NotHere, match=r"big.onnx: is missing; `parley models pull Owner/Tiny` fetches it"):
        store.find(NAME, "big.onnx")
    server.faults.clear()
    server.asked.clear()
    pulled(store, server, repository)
    assert server.asked == [("big.onnx", "bytes=600000-")]


def test_a_wrong_checkpoint_names_its_first_wrong_key(server, tmp_path, tiny):
    server.repositories[NAME], repository = tiny
    (tmp_path / "keys" / "tiny.tsv").write_text("a.weight\t(20, 30)\na.bias\t(30,)\n")
    with pytest.raises(Trouble, match=r"llm.pt: a.weight has the shape \(30, 20\), must have \(20, 30\)"):
        pulled(Store(tmp_path / "models"), server, repository)


def test_a_file_that_the_hub_no_longer_has_is_said_before_anything_comes(server, tmp_path, tiny):
    files, repository = tiny
    server.repositories[NAME] = {n: d for n, d in files.items() if n != "big.onnx"}
    with pytest.raises(Trouble, match=r"Owner/Tiny: has no file big.onnx at c0ffee000000"):
        pulled(Store(tmp_path / "models"), server, repository)
    assert server.asked == []


def test_a_folder_of_the_users_is_taken_as_it_is_and_nothing_in_it_replaced(server, tmp_path, tiny):
    files, repository = tiny
    server.repositories[NAME] = files
    own = tmp_path / "mine"
    (own / "sub").mkdir(parents=True)
    for name, data in files.items():
        (own / name).write_bytes(data)
    store = Store(tmp_path / "models")
    store.use(NAME, own)
    pulled(store, server, repository)
    assert server.asked == []
    assert (own / "llm.pt").exists()
    assert store.find(NAME, "llm.pt") == own / "llm.safetensors"
    pulls.verify(store, repository, lambda step: None)
    (own / "big.onnx").write_bytes(b"another model of mine")
    with pytest.raises(Trouble, match=r"big.onnx: is not the file that the hub has at c0ffee000000, and in a"):
        pulled(store, server, repository)
    assert (own / "big.onnx").read_bytes() == b"another model of mine"
    with pytest.raises(Trouble, match="there is no such folder"):
        store.use(NAME, tmp_path / "nowhere")


def test_a_repository_of_the_users_choice_takes_safetensors_only(server, tmp_path):
    server.licence = "gemma"
    server.repositories["Some/Chat"] = {"model.safetensors": BIG, "config.json": b"{}", "pytorch_model.bin": BIG}
    hub = Hub(server.endpoint, pause_s=0)
    listing = hub.listing("Some/Chat")
    repository = pulls.unknown(listing)
    assert repository.licence.name == "gemma"
    assert repository.licence.accept
    lock = pulls.pull(Store(tmp_path), hub, repository, lambda step: None, threading.Event(), listing)
    assert sorted(lock.files) == ["config.json", "model.safetensors"]


def test_a_name_that_leads_out_of_the_folder_is_not_taken(server, tmp_path):
    server.repositories[NAME] = {"../evil.json": b"{}", "a/../../x": b"{}", "/abs": b"{}", "fine.json": b"{}"}
    assert list(Hub(server.endpoint).listing(NAME).files) == ["fine.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"version": 1, "files": 3}',
                                  '{"version": 1, "repository": "x/y", "commit": "", "licence": "", "files": {}}'])
def test_a_damaged_lock_is_one_line(tmp_path, tiny, text):
    store = Store(tmp_path)
    (tmp_path / "Owner--Tiny").mkdir()
    (tmp_path / "Owner--Tiny" / LOCK).write_text(text)
    with pytest.raises(Trouble, match=rf"{LOCK}: (is|belongs)"):
        store.state(tiny[1])


def test_what_was_agreed_to_is_remembered(tmp_path):
    store = Store(tmp_path / "models")
    assert store.accepted(NAME) == ""
    store.accept(NAME, "mit")
    assert Store(tmp_path / "models").accepted(NAME) == "mit"
    assert json.loads((tmp_path / "models" / "parley-models.json").read_text())["accepted"] == {NAME: "mit"}
