r"""Slowdown: by how much of itself a quote grows from calm to the worst weather, learned from journeys in all weathers.

Trees say nothing of weather beyond the worst of their log: the worst leaf answers for any storm. A straight line does,
and what it leaves is what the trees learn. Kinds of service differ in how well they keep their quotes, so each has a
level of its own, and all share the slope:

.. math:: R_i \approx m_{g(i)} (1 + \beta w_i)

with transit as a multiple of its quote :math:`R`, kind :math:`g` and severity :math:`w`, by alternating least squares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision.routing.journeys import MOST_SLOWDOWN

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Services are told apart by what they emit and how fast they quote, in so many kinds at most.
N_KINDS = 8
N_ROUNDS = 12
# A parcel that was lost and sent again says nothing about the weather.
HIGHEST_LEVEL = 0.98


def fitted_slowdown(ratio: Floats, weather: Floats, pace: Floats, counts: Integers) -> Floats:
    """The slope of each bag, shape (n_bags,), from 0 to MOST_SLOWDOWN; 0 where its orders met no weather.

    Parameters
    ----------
    ratio : array of shape (n_orders,)
        Transit as a multiple of its quote.
    weather : array of shape (n_orders,)
        Severity that was forecast, 0 to 1.
    pace : array of shape (n_orders,)
        What tells kinds of service apart.
    counts : array of shape (n_bags, n_orders)
        How often each bag holds each order.
    """
    kind = np.searchsorted(np.unique(np.quantile(pace, np.arange(1, N_KINDS) / N_KINDS)), pace)
    return np.array([_slope(ratio, weather, kind, count.astype(np.float64)) for count in counts])


def _slope(ratio: Floats, weather: Floats, kind: Integers, count: Floats) -> float:
    size = np.maximum(np.bincount(kind, weights=count), 1e-9)
    slope, usual = 0.0, ratio
    for _ in range(N_ROUNDS):
        slowed = 1.0 + slope * weather
        square = np.maximum(np.bincount(kind, weights=count * slowed**2), size * 1e-9)
        level = (np.bincount(kind, weights=count * usual * slowed) / square)[kind]
        met = level * weather
        information = float(count @ met**2)
        if information <= 0:
            return 0.0
        slope = min(max(float(count @ (met * (usual - level))) / information, 0.0), MOST_SLOWDOWN)
        expected = level * (1.0 + slope * weather)
        # Of a kind that a bag holds nothing of, nothing is expected.
        relative = np.divide(ratio, expected, out=np.zeros_like(ratio), where=expected > 0)
        usual = np.minimum(ratio, np.quantile(relative, HIGHEST_LEVEL) * expected)
    return slope
