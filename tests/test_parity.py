"""Our networks against the public reference: the golden fixtures in PARLEY_GOLDEN, default tests/golden.

The tests are written in parity_*.py, a family of networks each, and collected here, so that one command judges another
folder of fixtures of the same form: PARLEY_GOLDEN=FOLDER pytest tests/test_parity.py
"""

# ruff: noqa: F403
import pytest

for name in ("duplex", "features", "sensevoice", "tokenizer", "voice_lm", "flow", "vocoder", "stream"):
    pytest.register_assert_rewrite(f"parity_{name}")

from parity_duplex import *  # noqa: E402
from parity_features import *  # noqa: E402
from parity_flow import *  # noqa: E402
from parity_sensevoice import *  # noqa: E402
from parity_stream import *  # noqa: E402
from parity_tokenizer import *  # noqa: E402
from parity_vocoder import *  # noqa: E402
from parity_voice_lm import *  # noqa: E402
