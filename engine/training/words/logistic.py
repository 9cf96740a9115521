"""Logistic regression for a handful of measures."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

RIDGE = 1e-3                     # keeps the weights of measures that say the same from running apart
Floats = npt.NDArray[np.float64]


def fit(x: Floats, is_word: npt.NDArray[np.bool_]) -> Floats:
    """x: [n, terms] -> [terms]: logistic regression, both classes of equal weight."""
    spread = np.maximum(x.std(0), 1e-9)
    spread[-1] = 1.0
    sign = np.where(is_word, 1.0, -1.0)
    share = np.where(is_word, 0.5 / is_word.sum(), 0.5 / (~is_word).sum())

    def loss(w: Floats) -> float:
        return float((share * np.logaddexp(0, -sign * (x / spread @ w))).sum() + RIDGE * (w[:-1] ** 2).sum())

    weights: Floats = minimize(loss, np.zeros(x.shape[1])).x / spread
    return weights
