"""Ranking and selection: which of many alternatives is best, with a promised probability of being right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_FIRST_STAGE = 10


@dataclass(frozen=True, slots=True)
class Selection:
    """How far a selection has come.

    Parameters
    ----------
    survivors : tuple of int
        Alternatives that are still in the race.
    eliminated_after : dict of int to int
        After how many replications each of the others fell out.
    best : int or None
        The alternative selected; None while there are not enough replications to say.
    """

    survivors: tuple[int, ...]
    eliminated_after: dict[int, int]
    best: int | None


def select_smallest(losses: Floats, *, n_first: int, indifference: float, confidence: float) -> Selection:
    """Select the alternative of the smallest mean by Kim and Nelson's fully sequential procedure.

    If the best mean is at least `indifference` smaller than any other, it is selected with at least the
    probability `confidence`, for normal losses and whatever correlation common random numbers bring:
    variances are those of paired differences.

    Parameters
    ----------
    losses : array of shape (n_alternatives, n_replications)
        An alternative that was eliminated needs no values after that, and none are looked at.
    n_first : int
        Replications of the first stage, from which the variances are taken.
    indifference : float
        The smallest difference worth detecting; positive.

    References
    ----------
    Kim & Nelson (2001), "A fully sequential procedure for indifference-zone selection in simulation",
    ACM TOMACS 11(3), 251-273; with c = 1.

    Examples
    --------
    >>> import numpy as np
    >>> chance = np.random.default_rng(1).normal(size=12)
    >>> select_smallest(np.array([chance + 5, chance]), n_first=10, indifference=1.0, confidence=0.95).best
    1
    """
    n_alternatives, n_replications = losses.shape
    survivors, fallen = list(range(n_alternatives)), dict[int, int]()
    if n_replications < n_first:
        return Selection(tuple(survivors), fallen, None)
    reach = _reach(losses[:, :n_first], indifference, confidence)
    for count in range(n_first, n_replications + 1):
        means = losses[survivors, :count].mean(axis=1)
        slack = np.maximum(0.0, indifference / (2 * count) * (reach[np.ix_(survivors, survivors)] - count))
        kept = (means[:, None] <= means[None, :] + slack).all(axis=1)
        fallen |= {survivors[place]: count for place in np.flatnonzero(~kept).tolist()}
        survivors = [survivors[place] for place in np.flatnonzero(kept).tolist()]
        if len(survivors) == 1 or count > reach[np.ix_(survivors, survivors)].max():
            leader = survivors[int(np.argmin(losses[survivors, :count].mean(axis=1)))]
            fallen |= dict.fromkeys((other for other in survivors if other != leader), count)
            return Selection((leader,), fallen, leader)
    return Selection(tuple(survivors), fallen, None)


def _reach(first_stage: Floats, indifference: float, confidence: float) -> Floats:
    """How many replications each pair may still need (h squared S squared over delta squared in the paper)."""
    n_alternatives, n_first = first_stage.shape
    gaps = first_stage[:, None, :] - first_stage[None, :, :]
    variances = gaps.var(axis=2, ddof=1)
    error_share = 2 * (1 - confidence) / max(n_alternatives - 1, 1)
    eta = (error_share ** (-2 / (n_first - 1)) - 1) / 2
    reach: Floats = 2 * eta * (n_first - 1) * variances / indifference**2
    return reach
