"""Where the program begins that PyInstaller makes (scripts/parley.spec).

Parley starts its worker processes as `sys.executable -m MODULE` (audio_io/worker_process.py). In a frozen program
sys.executable is Parley itself, so it has to understand `-m` as Python does. Parley's own command line has no such
option.
"""

import runpy
import sys
from multiprocessing import freeze_support


def run() -> int:
    """-> exit code."""
    freeze_support()                             # the processes of multiprocessing end here
    if sys.argv[1:2] == ["-m"] and len(sys.argv) > 2:
        module = sys.argv[2]
        sys.argv = sys.argv[2:]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0
    from app.__main__ import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
