"""Shared luck: how much less orders that share queues and storms tell than as many independent ones.

Played under several seeds, a group's mean differs from run to run by more than independent orders would make it. That
excess, against the independent variance, is the group's inflation (Kish's design effect); what orders share goes down
with the days that they span and not with their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST_RUNS = 3


@dataclass(frozen=True)
class Inflation:
    """By how much variances of a mean are larger than independent orders would have it.

    Parameters
    ----------
    history, world : float
        Of the history's mean, and of the mean over all runs; 1 is independent.
    freedom : float
        Degrees of freedom with which they are known; infinite where independence was assumed.
    """

    history: float = 1.0
    world: float = 1.0
    freedom: float = math.inf


INDEPENDENT = Inflation()


@dataclass(frozen=True)
class Spread:
    """What the runs of a world say of one group.

    Parameters
    ----------
    inflation : float
        Of one run's mean; NaN where runs are too few, or do not differ at all.
    exposure : float
        The history's orders per day of its span, against a run's.
    n_runs : int
        Runs in which the group has orders.
    """

    inflation: float
    exposure: float
    n_runs: int


def spread_of(played: Floats, run: Ints, n_history: int, days: tuple[float, float]) -> Spread:
    """Measure a group's spread between runs.

    Parameters
    ----------
    played : array of shape (n_played,)
        Hours, or 0 and 1, of the group's orders in all runs.
    run : array of int of shape (n_played,)
        Which run each is of.
    days : (float, float)
        That the history spans, and that one run spans.
    """
    counts = np.bincount(run)
    counts_there = counts[counts > 0]
    variance, size = float(played.var()), float(counts_there.mean()) if len(counts_there) else 0.0
    exposure = (n_history / days[0]) / (size / days[1]) if size else math.nan
    if len(counts_there) < FEWEST_RUNS or not variance:
        return Spread(math.nan, exposure, len(counts_there))
    means = np.bincount(run, weights=played)[counts > 0] / counts_there
    return Spread(float(means.var(ddof=1)) / (variance / size), exposure, len(counts_there))


def moderated(spreads: Sequence[Spread]) -> list[Inflation]:
    """The inflation of each group: half its own, half that of all groups of its kind, and never below 1.

    A group's own, from a few runs, is known poorly; all groups share the same queues and storms.

    References
    ----------
    Smyth (2004), "Linear models and empirical Bayes methods for assessing differential expression", for the shrinkage
    of many variances to their mean; Kish (1965), *Survey Sampling*, for the design effect.
    """
    known = [spread.inflation for spread in spreads if not math.isnan(spread.inflation)]
    if not known:
        return [INDEPENDENT] * len(spreads)
    usual = float(np.mean(known))
    return [_moderated(spread, usual) for spread in spreads]


def _moderated(spread: Spread, usual: float) -> Inflation:
    own = usual if math.isnan(spread.inflation) else spread.inflation
    world = max(1.0, (own + usual) / 2)
    exposure = 1.0 if math.isnan(spread.exposure) else spread.exposure
    return Inflation(1.0 + (world - 1.0) * exposure, world, 2.0 * max(spread.n_runs - 1, 1))
