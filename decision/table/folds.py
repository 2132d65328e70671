"""Parting rows so that nothing is judged on what it was learned from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEW_ROWS, MANY_ROWS = 1_500, 10_000


def fold_of_rows(arm_of: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The fold of each row: five for small tables, three, or two for large ones; arms evenly spread."""
    n_rows = len(arm_of)
    n_folds = 5 if n_rows < FEW_ROWS else 3 if n_rows < MANY_ROWS else 2
    rng = np.random.default_rng([seed, 4])
    folds = np.empty(n_rows, np.int64)
    for arm in np.unique(arm_of):
        rows = np.flatnonzero(arm_of == arm)
        folds[rows] = rng.permutation(np.arange(len(rows)) % n_folds)
    return folds
