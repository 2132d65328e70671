"""Two samples side by side: how far their means, their distributions and their shares are apart, and how surely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simulator.validation.shared_luck import Inflation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CONFIDENCE = 0.95


@dataclass(frozen=True)
class TwoSamples:
    """A number of every order whose number is known, in the history and in the world.

    Parameters
    ----------
    run : array of int of shape (n_world,)
        Under which seed each order of the world was played.
    """

    history: Floats
    world: Floats
    run: Ints

    @property
    def fewest(self) -> int:
        """Orders on the side that has fewer."""
        return min(len(self.history), len(self.world))


@dataclass(frozen=True)
class Shift:
    """The world's mean less the history's, its interval, and how likely chance makes one so large."""

    hours: float
    low: float
    high: float
    p: float


def shift(samples: TwoSamples, inflation: Inflation) -> Shift:
    """Compare means: Welch's test, its variances inflated by what orders share."""
    sides = ((samples.history, inflation.history), (samples.world, inflation.world))
    parts = [float(side.var(ddof=1)) / len(side) * inflated for side, inflated in sides]
    apart, error = float(samples.world.mean() - samples.history.mean()), math.sqrt(sum(parts))
    if not error:
        return Shift(apart, apart, apart, float(apart == 0))
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, (side, _) in zip(parts, sides, strict=True))
    freedom = min(freedom, inflation.freedom)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return Shift(apart, apart - reach, apart + reach, 2.0 * float(stats.t.sf(abs(apart) / error, freedom)))


def gap(samples: TwoSamples, inflation: Inflation) -> tuple[float, float]:
    """The largest gap between the two distribution functions, and its p-value for as many orders as the luck is worth.

    References
    ----------
    Stephens (1970), "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without extensive tables".
    """
    found = stats.ks_2samp(samples.history, samples.world, method="asymp")
    if math.isinf(inflation.freedom):
        return float(found.statistic), float(found.pvalue)
    worth = (len(samples.history) / inflation.history, len(samples.world) / inflation.world)
    root = math.sqrt(worth[0] * worth[1] / sum(worth))
    return float(found.statistic), float(stats.kstwobign.sf((root + 0.12 + 0.11 / root) * found.statistic))


def share_p(samples: TwoSamples, inflation: Inflation) -> float:
    """The p-value of two shares, of samples of 0 and 1: Fisher's where orders are independent."""
    sides = (samples.history, samples.world)
    if math.isinf(inflation.freedom):
        table = np.array([[int(side.sum()), int(len(side) - side.sum())] for side in sides])
        return float(stats.fisher_exact(table).pvalue)
    pooled = float(np.concatenate(sides).mean())
    worth = inflation.history / len(samples.history) + inflation.world / len(samples.world)
    error = math.sqrt(pooled * (1 - pooled) * worth)
    if not error:
        return 1.0
    apart = abs(float(samples.world.mean() - samples.history.mean())) / error
    return 2.0 * float(stats.t.sf(apart, inflation.freedom))
