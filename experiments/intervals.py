"""Interval of a mean whose observations hang together within clusters, such as the orders of one day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.errors import SplitError

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the bounds of its 95% interval."""

    point: float
    lower: float
    upper: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.lower > 0 or self.upper < 0


def clustered_mean(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> Estimate:
    """Estimate a mean with the cluster-robust interval, by Student's t on the number of clusters less one.

    Parameters
    ----------
    values : array of shape (n_observations,)
    clusters : array of shape (n_observations,)
        Which cluster each observation belongs to; any integers.

    Raises
    ------
    SplitError
        If there are fewer than two clusters: nothing to judge the spread by.

    References
    ----------
    Cameron & Miller (2015), "A Practitioner's Guide to Cluster-Robust Inference", Journal of Human Resources.

    Examples
    --------
    >>> import numpy as np
    >>> clustered_mean(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1])).point
    2.0
    """
    _, place = np.unique(clusters, return_inverse=True)
    n_clusters = int(place.max(initial=-1)) + 1
    if n_clusters < 2:  # noqa: PLR2004 - two is where spread between clusters begins
        msg = f"an interval needs at least 2 clusters, got {n_clusters}; hold out more"
        raise SplitError(msg)
    point = float(values.mean())
    sums = np.bincount(place, weights=values - point)
    error = float(np.sqrt(n_clusters / (n_clusters - 1) * (sums**2).sum())) / len(values)
    half = float(stats.t.ppf((1 + LEVEL) / 2, n_clusters - 1)) * error
    return Estimate(point, point - half, point + half)
