"""How many bits a chat model gets on a processor."""

import pytest

from engine.llm import precision

torch = pytest.importorskip("torch", reason="torch is not installed")
measure = precision.quicker_in_16_bits           # conftest puts an answer in its place for each test


def test_a_large_model_gets_16_and_a_small_one_what_is_quicker(monkeypatch):
    assert precision.on_processor(precision.SMALL) == "fp32"
    assert precision.on_processor(precision.SMALL + 1) == "bf16"
    monkeypatch.setattr(precision, "quicker_in_16_bits", lambda: True)
    assert precision.on_processor(1) == "bf16"


@pytest.mark.parametrize(("times", "quicker"), [((3.0, 1.0), True), ((1.0, 3.0), False), ((1.0, 0.9), False)])
def test_it_is_measured_and_has_to_pay_clearly(monkeypatch, times, quicker):
    """times: of a product at 32 and at 16 bits; one of several tries may meet a busy machine."""
    now, tries = [0.0], []

    def product(x, weight):
        tries.append(x.dtype)
        busy = 100.0 if len(tries) % precision.TRIES == 1 else 0.0
        now[0] += times[x.dtype is torch.bfloat16] * len(x) + busy
        return x

    monkeypatch.setattr(torch.nn.functional, "linear", product)
    monkeypatch.setattr(precision.time, "perf_counter", lambda: now[0])
    assert measure.__wrapped__() is quicker


def test_on_this_machine_it_is_asked_once():
    assert measure() in (True, False)
    assert measure.cache_info().misses <= 1
