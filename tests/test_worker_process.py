"""Worker processes: messages there and back, every way to die, and that nothing is left of them."""

import gc
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENT_S
from soundserver import until

from audio_io import worker_messages as messages
from audio_io import worker_process
from audio_io.errors import NotHere
from audio_io.notices import DeviceCode, state
from audio_io.worker_messages import BadFrame, Spoken, TaskDone, TaskStep, decode, encode
from audio_io.worker_process import Mailbox, WorkerGone, WorkerProcess

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
PROC = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")


@pytest.fixture
def start(monkeypatch, request):
    made = []

    def worker(kind="echo", module="worker_child"):
        monkeypatch.setenv("PARLEY_TEST_WORKER", kind)
        made.append(WorkerProcess(module, "the tester"))
        return made[-1]

    yield worker
    for one in made:
        one.stop()
        assert one.process.returncode is not None
        assert not any(thread.is_alive() for thread in one._life.threads)


def gone(worker, match):
    """Takes what comes until the end -> the error's line."""
    with pytest.raises(WorkerGone, match=match) as caught:
        deque(iter(lambda: worker.receive(PATIENT_S), None))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def alive(pid):
    """A process that nobody has waited for counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# -- messages -------------------------------------------------------------------------------------------------
SAMPLES = [
    messages.Start("a.b", ("/x", "/ü"), "/tmp"), messages.ListDevices(), messages.Failed("no", 3),
    messages.Failed(state(DeviceCode.AMISS, name="a", trouble=state(DeviceCode.STALLED, s=3)), 3),
    messages.OpenStream(None, 3), messages.OpenStream("headset", None), messages.StartStream("/dev/shm/x"),
    messages.Table((messages.Listed(0, "n", "h", 1, 2, 3, 0.5),), (("ALSA", -1, 2),)),
    messages.StreamOpened("a", "b", 44, (state(DeviceCode.STALLED, s=3),), (0.01, 1)), messages.StreamStarted(),
    messages.DefaultMoved(),
    messages.EspeakReady(22, (("en", "English", "gmw/en"),), ("f1",)), messages.Say(1, "héllo \ud800", "v", 1, 2, 3, 4),
    messages.CancelSay(2), messages.Spoken(1, b"\0\1", ((3, 4), (5, 6))), messages.SayEnded(1, "failed", "why"),
    messages.RunTask("do", {"a": {"b": [1]}}, {}), messages.TaskStep("n", "fetches", 1, 2),
    messages.TaskDone([{"x": None}]), messages.LoadChat("p", 1, 2, ""), messages.ChatLoaded(), messages.CancelChat(1),
    messages.AskChat(1, {"a": [1]}, ({"b": {}},)), messages.ChatCache(1, "save", "n"), messages.ChatChunk(1, {"c": 1}),
    messages.ChatEnded(1, True, "why"),
]  # fmt: skip


def taker(data):
    def take(n):
        nonlocal data
        some, data = data[:n], data[n:]
        return some

    return take


@pytest.mark.parametrize("message", SAMPLES, ids=lambda m: type(m).__name__)
def test_every_message_comes_back_as_it_was(message):
    frame = encode(message)
    assert messages.read(taker(frame)) == message
    for cut in (0, 3, len(frame) - 1):
        assert messages.read(taker(frame[:cut])) is None


def test_every_message_is_among_them():
    assert {type(one) for one in SAMPLES} == set(messages.MESSAGES.values())


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_refused(data):
    for read in (lambda: messages.read(taker(data)), lambda: decode(data, b"")):
        with suppress(BadFrame):
            read()


@pytest.mark.parametrize("header", [
    b'{"is": "TaskStep", "name": "n", "doing": "d", "done": "1", "total": 2}', b'{"is": "TaskStep"}',
    b'{"is": "Popen"}', b'{"is": ["x"]}', b"[]",
    b'{"is": "SayEnded", "id": 1, "how": "perhaps", "why": ""}', b"[" * 100_000,
    b'{"is": "OpenStream", "input": 1.5, "output": null}',
    b'{"is": "TaskStep", "name": "w", "doing": 1, "done": 1, "total": 1}',
    b'{"is": "Table", "devices": [{"index": 0}], "hosts": []}', b'{"is": "Spoken", "id": 1, "marks": [[1]]}',
])  # fmt: skip
def test_what_is_no_message_is_refused(header):
    with pytest.raises(BadFrame):
        decode(header, b"")


def test_a_message_that_is_too_large_is_not_sent(start):
    worker = start()
    with pytest.raises(BadFrame, match="more than"):
        worker.send(Spoken(1, bytes(messages.LARGEST), ()))
    with pytest.raises(BadFrame, match="TaskDone"):
        worker.send(TaskDone(object()))


# -- there and back -------------------------------------------------------------------------------------------
def test_messages_go_there_and_back_in_order(start):
    worker = start()
    for i in range(50):
        worker.send(Spoken(i, bytes(range(256)) * i, ()))
    for i in range(50):
        assert worker.receive(PATIENT_S) == Spoken(i, bytes(range(256)) * i, ())
        assert worker.want(TaskStep, PATIENT_S) == TaskStep("é", "fetches", 1, 2)
    assert worker.receive(0) is None
    worker.send(Spoken(1, b"", ()))
    with pytest.raises(WorkerGone, match="said Spoken where TaskDone was due"):
        worker.want(TaskDone, PATIENT_S)


def test_the_child_finds_modules_and_files_where_its_parent_does_and_prints_into_nothing(start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("here")
    worker = start()
    worker.send(TaskDone("print"))
    done = worker.want(TaskDone, PATIENT_S)
    assert done.result == ["", str(tmp_path), [str(path) for path in sys.path]]
    worker.stop()
    assert {"a library's line", "another"} <= set(worker._life.lines)


def test_a_flood_waits_in_the_pipe_and_ends_with_the_stop(start):
    worker = start("floods")
    until(lambda: len(worker._life.inbox.waiting) == worker_process.IN, PATIENT_S, "a full box")
    assert [worker.receive(PATIENT_S).done for _ in range(500)] == list(range(500))
    worker.stop()
    assert worker.process.returncode == 0        # it went by itself


def test_nobody_waits_for_a_child_that_reads_nothing(start, monkeypatch):
    worker = start("hangs")
    assert worker.want(TaskDone, PATIENT_S)
    monkeypatch.setattr(worker_process, "LEAVING_S", 0.05)
    monkeypatch.setattr(worker_process, "TERMINATED_S", 0.05)
    with pytest.raises(WorkerGone, match="has not read the last"):
        deque(map(worker.send, [Spoken(1, bytes(1000), ())] * 3 * worker_process.OUT))
    worker.stop()
    assert worker.process.returncode in (-signal.SIGTERM, -getattr(signal, "SIGKILL", 9), 1)


# -- every way to die -----------------------------------------------------------------------------------------
def test_one_that_dies_at_the_start_says_why(start):
    worker = start("dies at start")
    assert gone(worker, "the tester ended") == (
        "the tester ended (exit code 7): no such library (worker_child)")
    until(lambda: refused(worker), PATIENT_S, "the refusal")
    assert "exit code 1" in gone(start(module="no_such_module"), "No module named 'no_such_module'")


def refused(worker):
    try:
        worker.send(TaskDone("w"))
    except WorkerGone:
        return True
    return False


def test_one_that_dies_in_the_middle_says_its_last_words_and_is_replaced(start):
    worker = start()
    worker.send(Spoken(1, b"abc", ()))
    worker.send(TaskDone("die"))
    assert worker.want(Spoken, PATIENT_S) is not None      # what came before the end is not lost
    assert "exit code 3): the last words" in gone(worker, "ended")
    worker.restart()
    worker.send(Spoken(2, b"abc", ()))
    assert worker.want(Spoken, PATIENT_S).id == 2


def test_a_fault_is_told_by_its_last_line_and_trouble_by_its_own(start):
    worker = start()
    worker.send(TaskDone("raise"))
    gone(worker, r"exit code 1\): ValueError: a fault")
    worker.restart()
    worker.send(TaskDone("trouble"))
    with pytest.raises(NotHere, match=r"^there is none: install it$"):
        worker.receive(PATIENT_S)
    gone(worker, "exit code 3")


@pytest.mark.parametrize(("kind", "why"), [("garbage", "wrote what is"), ("too large", "more than the")])
def test_one_that_writes_what_is_no_message_is_ended(start, kind, why):
    gone(start(kind), why)


def test_one_that_is_killed_in_a_wait_ends_the_wait(start):
    worker = start()
    threading.Timer(0.05, worker.kill).start()
    gone(worker, "ended")


def test_stop_is_for_good_and_from_any_thread(start):
    worker = start()
    waits = threading.Thread(target=lambda: gone(worker, "is stopped"))
    waits.start()
    worker.stop()
    waits.join(PATIENT_S)
    worker.stop()
    assert not waits.is_alive()
    with pytest.raises(WorkerGone, match="is stopped"):
        worker.restart()
    with pytest.raises(WorkerGone, match="is stopped"):
        worker.send(TaskDone("w"))


def test_one_that_has_something_to_save_is_given_the_time(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_TEST_SAVED", str(tmp_path / "saved"))
    worker = start("polite")
    worker.want(TaskDone, PATIENT_S)
    worker.stop()
    assert (tmp_path / "saved").exists()
    assert worker.process.returncode == 0


def test_no_process_where_the_system_starts_none(monkeypatch):
    monkeypatch.setattr(worker_process.sys, "executable", "/no/such/python")
    with pytest.raises(WorkerGone, match="the tester cannot be started: No such file"):
        WorkerProcess("worker_child", "the tester")


# -- nothing is left ------------------------------------------------------------------------------------------
PARENT = """
import sys, os, signal
sys.path[:0] = {path!r}
from audio_io.worker_process import WorkerProcess
from audio_io.worker_messages import TaskDone
made = []
for kind in ("polite", "floods", "echo"):
    os.environ["PARLEY_TEST_WORKER"] = kind
    made.append(WorkerProcess("worker_child", kind))
made[0].want(TaskDone)
made[1].receive()
print(*(one.process.pid for one in made), flush=True)
{end}
"""


def parent(end, tmp_path):
    code = PARENT.format(path=[str(Path(__file__).parent.parent), str(Path(__file__).parent)], end=end)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True,
                            env=os.environ | {"PARLEY_TEST_SAVED": str(tmp_path / "saved")})  # fmt: skip


@POSIX
@PROC
def test_a_parent_that_is_killed_leaves_no_child(tmp_path):
    # the system ends it only if it stands still already when its parent dies: stopping takes a moment
    end = ("os.kill(made[2].process.pid, signal.SIGSTOP); stat = f'/proc/{made[2].process.pid}/stat'\n"
           "while open(stat).read().rpartition(')')[2].split()[0] != 'T': pass\n"
           "os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
    with parent(end, tmp_path) as program:       # also not one that is held still
        pids = [int(pid) for pid in program.stdout.readline().split()]
        program.wait(PATIENT_S)
    assert len(pids) == 3
    until(lambda: not any(alive(pid) for pid in pids), PATIENT_S, "the children to end")


@POSIX
@PROC
def test_ctrl_c_in_the_terminal_is_the_parents_alone(tmp_path):
    """The terminal sends it to the whole group: the children live until the parent has ended them."""
    end = """
def ends(number, frame):
    print(*(one.process.poll() for one in made), flush=True)
    for one in made:
        one.stop()
    print(*(one.process.returncode for one in made), flush=True)
    sys.exit(5)
signal.signal(signal.SIGINT, ends)
print("ready", flush=True)
while True: signal.pause()
"""
    with parent(end, tmp_path) as program:
        pids = program.stdout.readline().split()
        assert program.stdout.readline() == "ready\n"
        os.killpg(program.pid, signal.SIGINT)
        assert program.stdout.readline() == "None None None\n"
        assert program.stdout.readline() == "0 0 0\n"
        assert program.wait(PATIENT_S) == 5
    assert not any(alive(int(pid)) for pid in pids)


@PROC
def test_a_hundred_starts_and_stops_leave_nothing(start):
    def held():
        gc.collect()
        return len(os.listdir("/proc/self/fd")), threading.active_count(), zombies()

    def zombies():
        return sum(Path("/proc/self/task", task, "children").read_text().count(" ")
                   for task in os.listdir("/proc/self/task"))

    start().stop()
    before = held()
    ended = []
    for i in range(100):
        worker = WorkerProcess("worker_child", "the tester")
        if i % 3 == 0:
            worker.send(Spoken(i, bytes(1000), ()))
            worker.want(Spoken, PATIENT_S)
        if i % 10 == 1:
            worker.restart()
        worker.stop(0.0 if i % 3 == 1 else None)
        ended.append(worker.process.returncode)
    assert None not in ended
    assert all(now <= then for now, then in zip(held(), before, strict=True))    # what others left may go meanwhile


def test_a_mailbox_holds_no_more_than_it_may_and_gives_back_what_it_has_when_closed():
    box = Mailbox(2)
    assert box.put(1)
    assert box.put(2)
    assert not box.put(3, block=False)
    blocked = threading.Thread(target=box.put, args=(3,))
    blocked.start()
    assert [box.take(), box.take(), box.take()] == [1, 2, 3]
    blocked.join()
    assert box.take(0) is None
    box.put(4)
    box.close()
    assert not box.put(5)
    assert box.take() == 4
    with pytest.raises(EOFError):
        box.take()
