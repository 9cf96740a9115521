"""ARCHITECTURE.md against the code: bounds of the queues, modules and rooms that it names."""

import inspect
import re
from pathlib import Path

import pytest

from app.desktop import supervisor
from app.settings import keeping
from app.window import bridge
from audio_io import playout, worker_process
from audio_io.device import shared_ring
from audio_io.frames import BLOCK_MS, HOP, MIC_HZ
from engine.runtime import pipeline, trace
from engine.workers.stage import Stage

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
HOP_S = HOP / MIC_HZ


def rows(title: str) -> dict[str, str]:
    """-> the first two columns of the table below a title."""
    part = TEXT.partition(f"\n## {title}")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:3]] for line in part.splitlines() if line.startswith("| ")]
    return {first: second for first, second in cells[1:]}


QUEUES = {
    "mic, reference rings": f"{shared_ring.DEEP_S:g} s",
    "speaker ring": f"{shared_ring.AHEAD * BLOCK_MS} ms",
    "session inbox, usual lane (hops, stages)": f"{pipeline.INBOX} messages",
    "listen inbox": f"{pipeline.LISTEN_DEPTH} hops ({pipeline.LISTEN_DEPTH * HOP_S:.0f} s)",
    "think, speak inboxes": f"{inspect.signature(Stage).parameters['depth'].default} items",
    "playout inbox": f"{playout.DEPTH} chunks",
    "to a worker process": f"{worker_process.OUT} messages",
    "from a worker process": f"{worker_process.IN} messages",
    "commands while there is no pipeline": f"{supervisor.EARLY}",
    "recording (`privacy.record`)": f"{keeping.DEPTH} hops ({keeping.DEPTH * HOP_S:.0f} s)",
    "flight recorder (`trace`)": f"{trace.SECONDS} s",
    "news to the window": f"unbounded, drained {bridge.PER_PAINT} a paint (30 a second, hidden 2)",
}
WITHOUT_A_NUMBER = {
    "session inbox, first lane (commands, what left the loudspeaker)", "Whisper's runs", "playout aside",
    "session bus (D-Bus)", "wishes to the supervisor",
}  # fmt: skip


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_has_the_bound_that_the_document_says(queue):
    assert rows("Queues")[queue].startswith(QUEUES[queue])


def test_every_queue_of_the_document_is_known_here():
    assert set(rows("Queues")) == QUEUES.keys() | WITHOUT_A_NUMBER
    assert 1000 // bridge.PAINT_MS == 30
    assert 1000 // bridge.HIDDEN_MS == 2
    assert f"waits {supervisor.QUIT_S:g} s at most" in TEXT


def test_every_file_and_room_that_the_document_names_is_there():
    named = set(re.findall(r"`((?:app|engine|audio_io|tests)(?:/[\w.]+)*)`", TEXT))
    assert {"engine/messages.py", "audio_io/worker_process.py", "app/desktop/supervisor.py"} <= named
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_room_has_a_row():
    told = " ".join(rows("Rooms")) + " "
    rooms = {path.parent.relative_to(ROOT).as_posix() for top in ("app", "engine", "audio_io")
             for path in (ROOT / top).rglob("__init__.py") if len(path.relative_to(ROOT).parts) == 3}  # fmt: skip
    assert {room for room in rooms if f"`{room}`" not in told} == set()


def test_every_module_named_in_a_room_is_in_it():
    part = TEXT.partition("\n## Rooms")[2].partition("\n## ")[0]
    for line in part.splitlines():
        if (room := re.match(r"\| `([\w/]+)` \|", line)) and (ROOT / room[1]).is_dir():
            for name in re.findall(r"`(\w+)`", line.split("|")[2]):
                assert (ROOT / room[1] / f"{name}.py").exists(), (room[1], name)
