"""Our networks against the public reference: the golden fixtures in PARLEY_GOLDEN, default tests/golden.

The tests are written in parity_*.py, a family of networks each, and collected here, so that one command judges another
folder of fixtures of the same form: PARLEY_GOLDEN=FOLDER pytest tests/test_parity.py
"""

# ruff: noqa: F403
from parity_duplex import *
from parity_features import *
from parity_flow import *
from parity_sensevoice import *
from parity_stream import *
from parity_tokenizer import *
from parity_vocoder import *
from parity_voice_lm import *
