"""Worker processes that behave and that do not, for tests/test_worker_process.py. PARLEY_TEST_WORKER says which."""

import os
import signal
import sys
import threading
import time

from audio_io.errors import NotHere
from audio_io.worker_messages import HEAD, LARGEST, Spoken, TaskDone, TaskStep
from audio_io.worker_process import Parent

KIND = os.environ.get("PARLEY_TEST_WORKER", "echo")
if KIND == "dies at start":
    print("no such library", file=sys.stderr)
    os._exit(7)


def main(parent: Parent) -> None:
    if KIND == "garbage":
        os.write(parent.out.fileno(), b"Segmentation fault in a library that prints\n" * 100)
        time.sleep(600)
    if KIND == "too large":
        os.write(parent.out.fileno(), HEAD.pack(20, LARGEST))
        time.sleep(600)
    if KIND == "hangs":
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        parent.send(TaskDone(os.getpid()))
        time.sleep(600)                          # reads nothing, and does not end when it is told to
    if KIND == "floods":
        parent.listen()
        for i in range(100_000):
            parent.send(TaskStep("x" * 1000, "fetches", i, 0))
    if KIND == "polite":
        done = threading.Event()
        parent.listen(at_end=done.set)
        parent.send(TaskDone(os.getpid()))
        done.wait()
        open(os.environ["PARLEY_TEST_SAVED"], "w").close()
        return
    parent.listen()
    while True:
        match parent.receive():
            case TaskDone("die"):
                print("the last", "words", file=sys.stderr)
                os._exit(3)
            case TaskDone("raise"):
                raise ValueError("a fault")
            case TaskDone("trouble"):
                raise NotHere("there is none: install it")
            case TaskDone("print"):
                print("a library's line")
                os.system("echo another")
                sys.stdout.flush()
                parent.send(TaskDone([sys.stdin.read(), os.getcwd(), sys.path]))
            case Spoken() as asked:
                parent.send(asked)
                parent.send(TaskStep("é", "fetches", 1, 2))
