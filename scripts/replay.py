"""Runs a saved trace through the core again: `python scripts/replay.py DIR/trace.jsonl`.

Prints every decision; exit code 1 if one of them comes out otherwise than it was recorded.
"""

import argparse
import sys
from pathlib import Path

from audio_io.frames import seconds
from engine.runtime.trace import replay


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    path = parser.parse_args().trace
    differ = 0
    for hop, recorded, now in replay(path):
        if recorded or now:
            same = recorded == now
            differ += not same
            print(f"{seconds(hop):8.3f}  {now}" + ("" if same else f"   RECORDED {recorded}"))
    print(f"{differ} decisions differ" if differ else "every decision is the recorded one")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
