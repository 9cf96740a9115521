"""What is recorded on CUDA can be: checked on the meta device, where neither numbers nor the host's tensors exist."""

from functools import partial

import pytest
import tiny_chat
from golden_files import torch
from recordable import NotRecordable, check

from engine.bench.large import nets
from engine.llm.fixed_rows import FixedRows
from engine.models.catalogue import load
from engine.nets.cfm import Given, Solver, finish
from engine.nets.fixed_solver import FixedSolver, Page
from engine.nets.flow_recorded import RecordedFlow
from engine.nets.tape import Span
from engine.nets.voice_lane import FixedLane

META = torch.device("meta")


@pytest.mark.parametrize("wrong", [
    lambda x: x.sum().item(), lambda x: x if x.sum() > 0 else -x, lambda x: x.nonzero(), lambda x: x[x > 0],
    lambda x: x + torch.tensor([1.0]).to("meta"), lambda x: torch.arange(3), lambda x: x[torch.tensor([0])],
    lambda x: float(x.max()), lambda x: x.cpu(),
])  # fmt: skip
def test_what_no_graph_may_do_is_found(wrong):
    with pytest.raises(NotRecordable):
        check(lambda: wrong(torch.zeros(3, device="meta")))


def test_operations_are_counted_without_views():
    x = torch.zeros(3, 4, device="meta")
    assert check(lambda: (x.T.reshape(4, 3)[1:] + 1, x.mul_(2))) == 2


def solver(version, steps=2):
    net = nets.made(lambda: nets.make_flow(nets.sizes("tiny", version=version)), "meta")
    noise = torch.zeros(1, net.mel, 15000, device=META)
    return FixedSolver(net.estimator, net.mel, Solver(steps), Span(chunk=50, recent=200), 150, noise)


@pytest.mark.parametrize("version", [2, 3])
def test_the_flows_steps_can_be_recorded(version):
    made = solver(version)
    started = [check(piece.work) for piece in made.pieces]
    assert started[0] < 40
    assert len(set(started[1:])) == 1
    for piece in made.pieces:
        piece.work = lambda: None
    given = Given(torch.zeros(1, 80, 50, device=META), torch.zeros(1, 80, device=META),
                  torch.zeros(1, 80, 50, device=META))  # fmt: skip
    made.take(page := Page(0))
    assert check(lambda: finish(made.walk(page, (0, 50), given))) <= 9      # besides the replays, in a chunk


@pytest.mark.parametrize("version", [2, 3])
def test_the_voice_lms_step_can_be_recorded(version):
    lane = FixedLane(nets.made(lambda: nets.make_voice(nets.sizes("tiny", version=version)), "meta"), 32)
    assert check(lambda: lane._run(lane.row, lane.at)) > 20


def test_the_chat_models_step_can_be_recorded(tmp_path):
    config = tiny_chat.save(tmp_path / "tiny")
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        net = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(config)).eval()
    rows = FixedRows(net, META, 32)
    with torch.inference_mode():
        assert check(partial(rows._plain, {"inputs_embeds": rows.row}, rows.at, hidden=True)) > 20


@pytest.mark.parametrize(("version", "repository"), [(2, "CosyVoice2-0.5B"), (3, "Fun-CosyVoice3-0.5B-2512")])
def test_the_room_is_as_large_as_the_catalogue_says(version, repository, monkeypatch):
    monkeypatch.setattr("engine.nets.flow.noise", lambda mel: torch.zeros(1, mel, 15000, device=META))
    net = nets.made(lambda: nets.make_flow(nets.sizes("full", version=version)), "meta")
    (flow,) = (p for p in load().repositories[f"FunAudioLLM/{repository}"].parts if p.name == "flow")
    assert RecordedFlow(net).bytes == flow.beside
