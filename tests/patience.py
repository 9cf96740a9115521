"""How long tests wait, and what they make of a machine that is too busy for real time.

No limit here is a measurement: each only ends a test that would otherwise hang. What has to be fast is measured in
the processor time or on the sound server's clock.

Sound that is spoken and answered in real time needs a machine that keeps up. A test marked `realtime` that fails is
tried once more, with everything anew; where the machine has meanwhile been measured to give a busy thread less than
a third of a processor, or to stand still for seconds, it is skipped with that measurement for a reason. A fault of
the program's fails both times, on a machine that keeps up.
"""

import hashlib
import threading
import time

import pytest
from _pytest.runner import runtestprotocol

PATIENT_S = 60.0
PATIENT_MS = round(1000 * PATIENT_S)
TRIES = 2
BUSY = 3.0                       # times slower than the same work without interruption
STOOD_S = 3.0                    # one stall that no conversation survives
UNIT, LONG = 2000, 100           # rounds of a hash: about half a millisecond; so many of them in a measurement
BETWEEN_S = 0.5

retried: list[str] = []


def spin(rounds: int) -> float:
    """-> seconds on the wall that this work takes; it holds no lock of Python's."""
    start = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"pace", b"salt", rounds)
    return time.perf_counter() - start


class Pace:
    """Measures, while it is entered, how much slower than uninterrupted a thread with work to do gets on."""

    plain_s = 0.0                                # LONG units, by the fastest single unit ever seen here

    def __enter__(self) -> "Pace":
        fastest = min(spin(UNIT) for _ in range(40)) * LONG
        Pace.plain_s = min(fastest, Pace.plain_s or fastest)
        self.taken: list[float] = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, name="pace", daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.ending.wait(BETWEEN_S):
            self.taken.append(spin(LONG * UNIT))

    def too_slow(self) -> str:
        """-> "" or why real time was not possible."""
        taken = self.taken or [spin(LONG * UNIT)]
        slower = sum(taken) / len(taken) / self.plain_s
        if slower > BUSY:
            return f"this machine is too busy for real time: a thread gets 1/{slower:.1f} of a processor"
        if max(taken) > STOOD_S:
            return f"this machine is too busy for real time: it stood still for {max(taken):.1f} s"
        return ""


def why_failed(report: pytest.TestReport) -> str:
    """-> one line: where, and the error's own words where there is one."""
    where = str(report.longrepr).strip().splitlines()[-1]
    crash = getattr(report.longrepr, "reprcrash", None)
    words = crash.message.strip().splitlines()[0] if crash is not None and crash.message.strip() else ""
    return f"{where}: {words}"[:300] if words else where[:300]


def run(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Runs a test marked `realtime` and reports its last try."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(1, TRIES + 1):
        with Pace() as pace:
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = [r for r in reports if r.failed]
        if not failed:
            break
        last = why_failed(failed[0])
        if why := pace.too_slow():
            for r in failed:
                r.outcome = "skipped"
                r.longrepr = (str(item.path), item.location[1] or 0, f"{why} ({last})")
            break
        if attempt < TRIES:
            retried.append(f"{item.nodeid}: {last}")
    for r in reports:
        item.ihook.pytest_runtest_logreport(report=r)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
