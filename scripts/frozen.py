"""Where the program begins that PyInstaller makes (scripts/parley.spec).

Parley starts its child processes as `sys.executable -c CODE`. In a frozen program sys.executable is Parley itself, so
it has to understand `-c` as Python does. Parley's own command line has no such option.
"""

import sys
from multiprocessing import freeze_support


def run() -> int:
    """-> exit code."""
    freeze_support()                             # the processes of multiprocessing end here
    if sys.argv[1:2] == ["-c"] and len(sys.argv) > 2:
        code = sys.argv[2]
        sys.argv = ["-c", *sys.argv[3:]]
        exec(compile(code, "<child>", "exec"), {"__name__": "__main__"})
        return 0
    from app.__main__ import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
