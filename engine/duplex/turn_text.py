"""How finished the words so far sound: a small causal network over letters, computed in NumPy.

It reads what the voice encoder has spelled so far and says, after every letter, how likely the turn ends here, and how
likely a sentence does. Prosody of read speech does not carry over to conversation; words do. Letters, not the encoder's
pieces, because misspelt words ("tymer") keep most of their letters, and the network outlives a change of the pieces.

Trained by engine/training/predictor/turn_text.py. A GRU (Cho and others, 2014) over embeddings of 29 symbols.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_io.errors import Trouble
from audio_io.files import why

LETTERS = "\n abcdefghijklmnopqrstuvwxyz'"           # "\n": nothing said yet, the beginning of a turn
CODE = 16                                            # wide: what the predictor gets besides the two probabilities
MODEL = "turn_text.npz"
NAMES = ("embed", "w_in", "w_state", "b_in", "b_state", "w_code", "b_code", "w_out", "b_out")


@dataclass(frozen=True, slots=True)
class Said:
    """A turn's words so far. hidden: [H]; code: [CODE], -1..1; end, sentence: log-odds that it ends here."""

    hidden: np.ndarray
    code: np.ndarray
    end: float
    sentence: float
    letters: int = 0


class TurnText:
    """`said = text.read(letters, said)`; `text.nothing` is where every turn begins."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        """weights: NAMES as engine/training/predictor/turn_text.py saves them. Raises Trouble when some are missing."""
        missing = [n for n in NAMES if n not in weights]
        if missing:
            raise Trouble(f"{MODEL}: has no {', '.join(missing)}; run `parley train predictor` again")
        w = {n: np.asarray(weights[n], np.float32) for n in NAMES}
        self.inputs = w["embed"] @ w["w_in"].T + w["b_in"]                   # [29, 3H]: one letter is one row
        self.w_state, self.b_state = np.ascontiguousarray(w["w_state"].T), w["b_state"]
        self.w_code, self.b_code = np.ascontiguousarray(w["w_code"].T), w["b_code"]
        self.w_out, self.b_out = np.ascontiguousarray(w["w_out"].T), w["b_out"]
        self.wide = len(self.w_state)
        self.nothing = self._said(self._step(0, np.zeros(self.wide, np.float32)), 0)

    def read(self, letters: str, said: Said) -> Said:
        """letters: what was spelled since; anything that is not in LETTERS is passed over."""
        hidden, n = said.hidden, said.letters
        for letter in letters:
            symbol = LETTERS.find(letter)
            if symbol > 0:
                hidden, n = self._step(symbol, hidden), n + 1
        return self._said(hidden, n) if n > said.letters else said

    def _step(self, symbol: int, h: np.ndarray) -> np.ndarray:
        x, s, n = self.inputs[symbol], h @ self.w_state + self.b_state, self.wide
        gates = 0.5 + 0.5 * np.tanh(0.5 * (x[: 2 * n] + s[: 2 * n]))         # reset, update
        new = np.tanh(x[2 * n :] + gates[:n] * s[2 * n :])
        return np.asarray(new + gates[n:] * (h - new), np.float32)

    def _said(self, hidden: np.ndarray, letters: int) -> Said:
        code = np.tanh(hidden @ self.w_code + self.b_code)
        end, sentence = code @ self.w_out + self.b_out
        return Said(hidden, code, float(end), float(sentence), letters)


def load(path: Path) -> TurnText:
    """Raises Trouble when the file is missing or is not what it should be."""
    try:
        with np.load(path) as file:
            return TurnText({name: file[name] for name in file.files})
    except OSError as error:
        raise Trouble(f"{path}: could not be read: {why(error)}; run `parley train predictor`") from error
    except ValueError as error:
        raise Trouble(f"{path}: is not a model of turn ends; run `parley train predictor` again") from error
