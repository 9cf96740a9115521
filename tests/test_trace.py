import json

from audio_io.frames import hops
from engine import messages as m
from engine.runtime.trace import replay
from engine.turns.floor import Hop
from tests.fakes import Table

TALK = Hop(1.0, 0.0, 0.0, 1.0)


def conversation() -> Table:
    table = Table()
    for _ in range(4):
        table.user_says("tell me a story")
        table.assistant_thinks("Once upon a time.")
        table.hear(hops(9000))
        table.session.command(m.Stop())
    return table


def test_a_saved_trace_is_replayed_to_the_same_decisions(tmp_path):
    table = conversation()
    table.session.trace.save(tmp_path)
    steps = list(replay(tmp_path / "trace.jsonl"))
    assert sum(bool(recorded) for _, recorded, _ in steps) > 10
    assert all(recorded == now for _, recorded, now in steps)
    assert {p.name for p in tmp_path.iterdir()} == {"trace.jsonl", "mic.wav", "clean.wav", "reference.wav"}


def test_a_changed_decision_is_seen(tmp_path):
    conversation().session.trace.save(tmp_path)
    path = tmp_path / "trace.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if "core" in row:
            row["core"]["rules"]["on"] = 2.0                         # nothing is ever a voice
    path.write_text("\n".join(json.dumps(row) for row in rows))
    assert any(recorded != now for _, recorded, now in replay(path))


def test_it_is_bounded():
    table = Table()
    table.hear(hops(200_000))
    trace = table.session.trace
    assert len(trace.sounds) == hops(60_000)
    assert sum(len(s.steps) for s in trace.segments) <= hops(75_000)
