"""Columns in standard deviations from their means, so that a penalty means the same for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def standardised(columns: Floats) -> Floats:
    """Centre every column and divide it by its standard deviation; a constant column becomes zeros.

    Parameters
    ----------
    columns : array of shape (n_rows, n_columns)

    Examples
    --------
    >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    deviation = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return np.asarray(scaled, dtype=np.float64)
