"""The one way to make an onnxruntime session: order of providers, options, and what is said of a bad file."""

import ast
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli import doctor
from audio_io.errors import NotHere, Trouble
from engine.models import onnx

MODEL = Path(__file__).parent.parent / "assets" / "models" / "predictor.onnx"


class Fake:
    """onnxruntime with these providers; `works`: those that start on this machine."""

    __version__ = "9.9"
    GraphOptimizationLevel = SimpleNamespace(ORT_ENABLE_ALL="all")

    def __init__(self, available, works):
        self.available, self.works, self.preloaded = available, works, 0

    class SessionOptions(SimpleNamespace):
        def __init__(self):
            super().__init__(entries={})

        def add_session_config_entry(self, key, value):
            self.entries[key] = value

    def get_available_providers(self):
        return self.available

    def preload_dlls(self):
        self.preloaded += 1
        print("this line must not come through")

    def InferenceSession(self, source, options, providers, enable_fallback):
        assert not enable_fallback
        if not set(providers) <= set(self.works):
            raise RuntimeError(f"does not start: {providers}")
        return SimpleNamespace(source=source, options=options, get_providers=lambda: providers)


@pytest.fixture
def fake(monkeypatch):
    def make(available, works):
        one = Fake(available, works)
        monkeypatch.setattr(onnx, "_runtime", lambda: one)
        return one

    return make


BOTH = ["TensorrtExecutionProvider", onnx.CUDA, onnx.CPU]


@pytest.mark.parametrize(("available", "card", "wanted"), [
    (BOTH, True, [onnx.CUDA, onnx.CPU]), (BOTH, False, [onnx.CPU]), (["Azure", onnx.CPU], True, [onnx.CPU]),
])  # fmt: skip
def test_cuda_comes_first_where_there_is_one(available, card, wanted):
    assert onnx.providers(available, card) == wanted


def test_a_session_is_told_everything(fake, capsys):
    runtime = fake(BOTH, BOTH)
    made = onnx.session(MODEL, threads=3)
    assert made.get_providers() == [onnx.CUDA, onnx.CPU]
    assert made.options.intra_op_num_threads == 3
    assert made.options.inter_op_num_threads == 1
    assert made.options.graph_optimization_level == "all"
    assert made.options.entries["session.intra_op.allow_spinning"] == "0"
    assert runtime.preloaded == 1
    assert onnx.session(MODEL, threads=1, card=False).get_providers() == [onnx.CPU]
    assert capsys.readouterr().out == ""


def test_a_card_that_does_not_start_leaves_the_processor_and_the_doctor_says_so(fake, monkeypatch):
    fake(BOTH, [onnx.CPU])
    assert onnx.session(MODEL, threads=1).get_providers() == [onnx.CPU]
    found = onnx.examine(MODEL, cards=True)
    assert found.provider == onnx.CPU
    assert found.fault
    assert "cuDNN" in found.why_not_cuda
    assert not onnx.examine(MODEL, cards=False).fault
    told = doctor._networks(cards=True)
    assert "not CUDA: CUDA does not start" in doctor._networks_line(told)


def test_the_doctor_says_which_provider_and_why_not_cuda(fake, monkeypatch):
    fake(BOTH, BOTH)
    assert onnx.examine(MODEL, cards=True) == onnx.Runtime("9.9", onnx.CUDA)
    assert "9.9 on CUDA" in doctor._networks_line(doctor._networks(cards=True))
    fake([onnx.CPU], [onnx.CPU])
    monkeypatch.setattr(onnx.sys, "platform", "linux")
    monkeypatch.setattr(onnx, "_installed", lambda package: False)
    assert "extra gpu" in onnx.examine(MODEL, cards=True).why_not_cuda
    monkeypatch.setattr(onnx, "_installed", lambda package: True)
    found = onnx.examine(MODEL, cards=True)
    assert found.fault
    assert "pip uninstall onnxruntime" in found.why_not_cuda
    monkeypatch.setattr(onnx.sys, "platform", "darwin")
    assert "macOS" in onnx.examine(MODEL, cards=False).why_not_cuda


def test_a_file_that_is_missing_damaged_or_another_is_one_line(tmp_path):
    path = tmp_path / "net.onnx"
    with pytest.raises(NotHere, match=r"net\.onnx: is missing; pull it"):
        onnx.session(path, threads=1, again="pull it")
    path.write_bytes(MODEL.read_bytes()[:5000])
    with pytest.raises(Trouble, match=r"net\.onnx: cannot be loaded.*pull it") as caught:
        onnx.session(path, threads=1, again="pull it")
    assert "\n" not in str(caught.value)
    with pytest.raises(Trouble, match="not the file that was verified"):
        onnx.session(path, threads=1, sha256="0" * 64)
    right = hashlib.sha256(MODEL.read_bytes()).hexdigest()
    assert onnx.session(MODEL, threads=1, sha256=right).get_inputs()
    assert onnx.session(MODEL.read_bytes(), threads=1, sha256=right).get_inputs()


def test_without_onnxruntime(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(NotHere, match="pip install onnxruntime"):
        onnx.session(MODEL, threads=1)
    assert "do not run" in doctor._networks_line(doctor._networks(cards=False))


def test_the_import_is_one_that_a_packager_sees():
    """PyInstaller takes along what is imported in a statement; the frozen program had no onnxruntime without one."""
    tree = ast.parse(Path(onnx.__file__).read_text(encoding="utf-8"))
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    assert "onnxruntime" in {alias.name for node in imports for alias in node.names}
