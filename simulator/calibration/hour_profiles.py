"""Hour profiles: when in the day orders come, shared by all regions and shrunk towards that for each.

With few orders a region's own hours are mostly chance. How far regions truly differ is estimated by moments over
all of them, and each region's profile is its own counts with so many orders of the shared profile added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOURS = 24


@dataclass(frozen=True)
class HoursOfDay:
    """Weights of the 24 UTC hours: of all orders, and of each region where regions differ."""

    shared: tuple[float, ...]
    by_region: dict[str, tuple[float, ...] | None]
    note: str


def hours_of_day(orders: pd.DataFrame) -> HoursOfDay | None:
    """Count the hours of canonical orders; None where the history has dates without times."""
    ordered_at = orders["ordered_at"]
    if (ordered_at == ordered_at.dt.normalize()).all():
        return None
    hours = ordered_at.dt.hour
    shared = np.bincount(hours, minlength=HOURS) / len(hours)
    counts = {str(name): np.bincount(own, minlength=HOURS) for name, own in hours.groupby(orders["region"])}
    prior = prior_orders(np.array(list(counts.values())), shared)
    if prior is None:
        note = "regions differ in their hours no more than chance would have it: all have the shared profile"
        return HoursOfDay(relative_weights(shared), dict.fromkeys(counts), note)
    mixed = {name: relative_weights((own + prior * shared) / (own.sum() + prior)) for name, own in counts.items()}
    note = f"each region's hours of the day (UTC) with {prior:,.0f} orders of the shared profile added"
    return HoursOfDay(relative_weights(shared), dict(mixed), note)


def prior_orders(counts: NDArray[np.int64], shared: Floats) -> float | None:
    """Orders of the shared profile to add to each region's, by moments; None where regions do not differ.

    Pearson's statistic of a region of n orders has mean (hours - 1) + n * d for regions that differ by d, so
    that d is estimated over all regions, and (hours - 1) / d orders of prior leave the least error.

    Parameters
    ----------
    counts : array of shape (n_regions, 24)
        Orders by region and hour.
    shared : array of shape (24,)
        Shares of all orders.
    """
    seen = shared > 0
    n = counts.sum(axis=1)
    expected = n[:, None] * shared[seen]
    statistic = ((counts[:, seen] - expected) ** 2 / expected).sum(axis=1)
    # The shared profile was estimated from the same orders, which costs one region's freedom.
    freedom = (seen.sum() - 1) * (len(counts) - 1)
    excess = float(statistic.sum() - freedom)
    # Within two standard deviations of chance it is chance.
    if freedom == 0 or excess <= 2 * np.sqrt(2 * freedom):
        return None
    return float((seen.sum() - 1) * n.sum() / excess)


def relative_weights(shares: Floats) -> tuple[float, ...]:
    """Weights with mean 1, short enough to read."""
    return tuple(np.round(shares * len(shares) / shares.sum(), 4).tolist())
