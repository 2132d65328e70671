"""Distributions given by quantiles at evenly spaced probabilities, sampled by inversion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quantile(quantiles: Sequence[float], probability: float) -> float:
    """Linear interpolation between quantiles at probabilities 0, 1/(n-1), ..., 1.

    Examples
    --------
    >>> quantile((0.0, 10.0, 40.0), 0.75)
    25.0
    """
    place = probability * (len(quantiles) - 1)
    below = int(place)
    if below >= len(quantiles) - 1:
        return quantiles[-1]
    return quantiles[below] + (quantiles[below + 1] - quantiles[below]) * (place - below)


def quantiles_at(quantiles: Sequence[float], probabilities: Floats) -> Floats:
    """The same for many probabilities in [0, 1), any shape; equal to `quantile` to the last bit."""
    values = np.asarray(quantiles, dtype=np.float64)
    place = probabilities * (len(values) - 1)
    below = np.minimum(place.astype(np.int64), len(values) - 2)
    drawn: Floats = values[below] + (values[below + 1] - values[below]) * (place - below)
    return drawn


def weighted_index(weights: Sequence[float], uniforms: Floats) -> NDArray[np.int64]:
    """Draw indices in proportion to weights, by inversion; shape of `uniforms`."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges / edges[-1], uniforms, side="right").clip(max=len(edges) - 1)
