"""Paired differences: two contenders on the same replications, and how sure their difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
LEAST_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean of paired differences with its interval.

    Parameters
    ----------
    n_pairs : int
        Replications in which both contenders have the key figure.
    pairing_gain : float
        How many times more replications independent chance would have needed for the same interval.
    """

    point: float
    lower: float
    upper: float
    n_pairs: int
    pairing_gain: float

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.upper - self.lower) / 2

    @property
    def largest(self) -> float:
        """The largest difference, of either sign, that the interval allows."""
        return max(abs(self.lower), abs(self.upper))

    @property
    def is_nothing(self) -> bool:
        """Whether every pair was equal."""
        return self.lower == self.upper == 0


def paired_difference(target: Floats, reference: Floats, *, confidence: float, n_intervals: int) -> Difference:
    """Estimate the mean of target less reference over common replications.

    The interval is Student's, at a level that makes `n_intervals` of them hold all at once with the confidence
    asked for (Bonferroni): right whatever the dependence between them, if a little wide.

    Parameters
    ----------
    target, reference : array of shape (n_replications,)
        NaN where a replication has no such figure; the pair is then left out.

    Returns
    -------
    Difference
        Of unbounded interval where fewer than two pairs are left.

    References
    ----------
    Law (2015), "Simulation Modeling and Analysis", 5th ed., 10.2.1 (paired-t intervals) and 9.7 (joint intervals).

    Examples
    --------
    >>> import numpy as np
    >>> paired_difference(np.array([3.0, 5.0]), np.array([1.0, 3.0]), confidence=0.95, n_intervals=1).point
    2.0
    """
    both = np.isfinite(target) & np.isfinite(reference)
    ours, theirs = target[both], reference[both]
    gaps, n_pairs = ours - theirs, int(both.sum())
    point = float(gaps.mean()) if n_pairs else math.nan
    if n_pairs < LEAST_PAIRS:
        return Difference(point, -math.inf, math.inf, n_pairs, math.nan)
    variance = float(gaps.var(ddof=1))
    quantile = float(stats.t.ppf(1 - (1 - confidence) / (2 * n_intervals), n_pairs - 1))
    half = quantile * math.sqrt(variance / n_pairs)
    unpaired = float(ours.var(ddof=1) + theirs.var(ddof=1))
    gain = unpaired / variance if variance > 0 else math.nan
    return Difference(point, point - half, point + half, n_pairs, gain)


def runs_needed(difference: Difference, half_width: float) -> int:
    """How many replications would bring the interval down to a half-width, if chance stays what it was so far."""
    if not math.isfinite(difference.half_width):
        return LEAST_PAIRS * max(difference.n_pairs, 1)
    return math.ceil(difference.n_pairs * (difference.half_width / half_width) ** 2)
