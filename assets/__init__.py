"""What is shipped beside the code."""

from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"
